//! Situation × action → [`Decision`], and rule × facts → [`Action`]: the specification of updates, as two total functions.
//! `tests/decisions.txt` says the same as a table that an instructor can read, and the tests hold the two together.

use serde::{Deserialize, Serialize};

use super::{Decision, Situation};
use crate::compile::Rule;
use crate::id::{Action, Role, State};

/// May an edited file be replaced as a whole?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Floor {
    /// No: it is the student's work. No policy can lift this.
    Holds,
    /// Yes: it is not a work file, or the student asked for exactly this.
    Lifted,
}

impl Floor {
    /// The floor under a file of `role`, when no student asked for anything.
    pub fn under(role: Role) -> Self {
        match role {
            Role::Work => Self::Holds,
            Role::Test
            | Role::Doc
            | Role::Milestone
            | Role::Support
            | Role::Data
            | Role::Export
            | Role::Derived => Self::Lifted,
        }
    }
}

/// What happens to a file in `situation` when policy allows `action`.
pub fn decide(situation: Situation, action: Action, floor: Floor) -> Decision {
    use Action as A;
    use Situation as S;
    const LEAVE: Decision = Decision::Leave { remember: false };
    const REMEMBER: Decision = Decision::Leave { remember: true };
    match (situation, action) {
        (S::New, A::Freeze) => LEAVE,
        (S::New, A::Keep | A::Offer | A::Merge | A::Replace) => Decision::Create,
        (S::AddedSame | S::BothSame, _) => Decision::Adopt,
        (S::AddedDiffer, A::Freeze | A::Keep) => LEAVE,
        (S::AddedDiffer, A::Offer | A::Merge) => Decision::Offer,
        (S::AddedDiffer, A::Replace) => match floor {
            Floor::Holds => Decision::Offer,
            Floor::Lifted => Decision::SetAside,
        },
        (S::Unchanged | S::StudentChanged | S::Own, _) => Decision::Nothing,
        (S::CourseChanged | S::BothDiffer | S::DeletedChanged, A::Freeze) => LEAVE,
        (S::CourseChanged | S::BothDiffer | S::DeletedChanged, A::Keep) => REMEMBER,
        (S::CourseChanged | S::BothDiffer | S::DeletedChanged, A::Offer) => Decision::Offer,
        (S::CourseChanged, A::Merge | A::Replace) => Decision::Write,
        (S::BothDiffer, A::Merge) => Decision::Merge,
        (S::BothDiffer, A::Replace) => match floor {
            Floor::Holds => Decision::Merge,
            Floor::Lifted => Decision::SetAside,
        },
        (S::DeletedChanged, A::Merge) => Decision::Offer,
        (S::Deleted, A::Freeze | A::Keep | A::Offer | A::Merge) => LEAVE,
        (S::Deleted | S::DeletedChanged, A::Replace) => Decision::Restore,
        (S::Dropped, A::Freeze) => LEAVE,
        (S::Dropped, A::Keep | A::Offer) => Decision::Retire,
        (S::Dropped, A::Merge | A::Replace) => Decision::Remove,
        (S::DroppedEdited, _) => Decision::Retire,
        (S::Forgotten, _) => Decision::Forget,
    }
}

/// What is known of a file when its rule is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is for.
    pub role: Role,
    /// How far the student is with its unit.
    pub state: State,
    /// Is its unit closed?
    pub closed: bool,
    /// Did the student change it?
    pub edited: bool,
    /// Does a critical advisory cover the course's change?
    pub critical: bool,
    /// May it be replaced when it is edited?
    pub floor: Floor,
}

/// Why an action is what it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The rule says so for this state.
    Rule,
    /// The rule freezes the file, and a critical advisory covers the change: announced, not applied.
    FrozenThoughCritical,
    /// A critical advisory raised it.
    Critical,
    /// The student's edit lowered it.
    Edited,
    /// Edited work is never replaced.
    Work,
    /// tito generates this file; policy has no say.
    Derived,
    /// The student asked for it.
    Asked,
    /// Its unit is not open yet: what the student has of it stays as it is, whatever a rule says.
    Announced,
}

/// The action that `rule` allows, and why.
pub fn allowed(rule: &Rule, facts: Facts) -> (Action, Because) {
    if facts.role == Role::Derived {
        return (Action::Replace, Because::Derived);
    }
    let said = rule.action.get(facts.state, facts.closed);
    let raise =
        rule.critical.filter(|_| facts.critical).map(|critical| critical.get(facts.state, facts.closed));
    let (action, because) = match (said, raise, rule.edited.filter(|_| facts.edited)) {
        (Action::Freeze, ..) => (Action::Freeze, Because::Rule),
        (_, Some(raise), _) if raise > said => (raise, Because::Critical),
        // A rule's `critical` takes the place of its `edited`, also where it raises nothing.
        (_, Some(_), _) => (said, Because::Rule),
        (_, None, Some(lower)) if lower < said => (lower, Because::Edited),
        (_, None, _) => (said, Because::Rule),
    };
    if action == Action::Freeze && facts.critical {
        return (Action::Freeze, Because::FrozenThoughCritical);
    }
    if facts.edited && facts.floor == Floor::Holds && action == Action::Replace {
        return (Action::Merge, Because::Work);
    }
    (action, because)
}
