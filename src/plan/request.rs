//! [`Request`]: what the student asked for. Most often an update by policy; else something narrower, where the student's explicit word
//! takes the place of policy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Because, Facts, Floor, Situation, allowed};
use crate::compile::Rule;
use crate::id::{Action, UnitId};
use crate::path::WorkspacePath;

/// What the student asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// `tito update`: everything, by policy.
    #[default]
    Update,
    /// `tito update --module`: this unit alone is brought to the latest; edited work too, after a backup. What policy freezes stays.
    Unit(UnitId),
    /// `tito take`: the course's version of these files, in place of the student's or merged into it.
    Take {
        /// Where they are, or belong.
        paths: BTreeSet<WorkspacePath>,
        /// Merge: where both changed the same lines, the student's stays.
        merge: bool,
        /// Only this cell, by its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cell: Option<String>,
    },
    /// `tito restore`: these files, if they were deleted.
    Restore(BTreeSet<WorkspacePath>),
    /// `tito module reset`: these files as the course has them now, whatever the student did to them.
    Reset(BTreeSet<WorkspacePath>),
}

impl Request {
    /// Is it about the whole workspace? Only then does the lock change.
    pub fn is_whole(&self) -> bool {
        *self == Self::Update
    }

    /// Is it about files that the student named?
    pub fn is_about_files(&self) -> bool {
        matches!(self, Self::Take { .. } | Self::Restore(_) | Self::Reset(_))
    }

    /// Is it about the file that is at `at` and belongs at `goal`?
    pub(super) fn covers(&self, unit: Option<&UnitId>, at: [Option<&WorkspacePath>; 2]) -> bool {
        match self {
            Self::Update => true,
            Self::Unit(wanted) => unit == Some(wanted),
            Self::Take { paths, .. } | Self::Restore(paths) | Self::Reset(paths) => {
                at.into_iter().flatten().any(|path| paths.contains(path))
            }
        }
    }

    /// Does the floor under edited work hold?
    pub(super) fn floor(&self, role: crate::id::Role) -> Floor {
        if self.is_whole() { Floor::under(role) } else { Floor::Lifted }
    }

    /// The action that `rule` allows, or the student asked for.
    pub(super) fn allowed(&self, rule: &Rule, facts: Facts) -> (Action, Because) {
        let (action, because) = allowed(rule, facts);
        match self {
            Self::Update => (action, because),
            Self::Unit(_) if action == Action::Freeze => (action, because),
            Self::Take { merge: true, .. } => (Action::Merge, Because::Asked),
            Self::Unit(_) | Self::Take { merge: false, .. } | Self::Restore(_) | Self::Reset(_) => {
                (Action::Replace, Because::Asked)
            }
        }
    }

    /// The situation as this request looks at it. A reset, and taking what a merge left out, take an edit of an unchanged file for one side of a difference; a
    /// restore has nothing to do with files that are there.
    pub(super) fn view(&self, situation: Situation) -> Option<Situation> {
        use Situation as S;
        match (self, situation) {
            (Self::Reset(_) | Self::Take { merge: false, .. }, S::StudentChanged) => Some(S::BothDiffer),
            (Self::Restore(_), S::Deleted | S::DeletedChanged | S::New) => Some(situation),
            (Self::Restore(_), _) => None,
            (Self::Update | Self::Unit(_) | Self::Take { .. } | Self::Reset(_), _) => Some(situation),
        }
    }
}
