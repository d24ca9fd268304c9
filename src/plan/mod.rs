//! Target × what was observed → [`Plan`]: every decided path. Pure and total: a conflict is a step, not an error.
//!
//! In: a [`Target`](crate::target::Target), the lock and baselines of the last run, what is on disk. Out: a [`Plan`], which `check`,
//! `plan`, `explain` and `update` print, and which `apply` carries out: preview and apply interpret one value. It touches no
//! disk: bytes that a merge needs come through the observation.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::{Action, FileId, Role, State, UnitId};
use crate::path::WorkspacePath;

/// A value for each of the three sides of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// As tito last wrote it.
    pub base: Option<T>,
    /// As it is on disk.
    pub student: Option<T>,
    /// As the course wants it now.
    pub course: Option<T>,
}

/// How the three sides of a file relate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// Only the course has it.
    New,
    /// Never written by tito; the student has the same.
    AddedSame,
    /// Never written by tito; the student has another.
    AddedDiffer,
    /// All the same.
    Unchanged,
    /// Only the course changed.
    CourseChanged,
    /// Only the student changed.
    StudentChanged,
    /// Both changed, to the same.
    BothSame,
    /// Both changed, differently.
    BothDiffer,
    /// The student deleted it.
    Deleted,
    /// The student deleted it, the course changed it.
    DeletedChanged,
    /// The course no longer has it; the student did not touch it.
    Dropped,
    /// The course no longer has it; the student edited it.
    DroppedEdited,
    /// The student's own.
    Own,
    /// Neither has it any more.
    Forgotten,
}

/// What happens to a path.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Nothing to do: the file is up to date, or not ours.
    Nothing,
    /// A newer version exists and policy leaves the file; `remember` it for `status` (keep) or not (freeze).
    Leave {
        /// Shown by `status`.
        remember: bool,
    },
    /// Written where nothing was.
    Create,
    /// Recorded as the new baseline; nothing is written.
    Adopt,
    /// The course's version over a pristine file.
    Write,
    /// The course's version goes to `.tinytorch/incoming/`.
    Offer,
    /// Three-way merge of what both changed.
    Merge,
    /// The student's version is set aside, then the course's written.
    SetAside,
    /// A deleted file is written again.
    Restore,
    /// It becomes the student's own.
    Retire,
    /// It goes; the bytes stay in the journal.
    Remove,
    /// Its baseline is forgotten.
    Forget,
}

/// One decided path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where the file is when the step is done.
    pub path: WorkspacePath,
    /// Where it was, if it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WorkspacePath>,
    /// What it is.
    pub id: FileId,
    /// The unit it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// What it is for.
    pub role: Role,
    /// How far the student is with the unit.
    pub state: State,
    /// How the sides relate.
    pub situation: Situation,
    /// What policy allows, after `edited` and `critical` had their say.
    pub action: Action,
    /// What happens.
    pub decision: Decision,
    /// Name of the rule that decided.
    pub rule: String,
    /// Where that rule stands.
    pub rule_from: String,
    /// Ids of advisories that cover the change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<String>,
    /// Digest of the bytes that stood at `path` (or `from`) when this was decided; none: nothing stood there.
    pub expect: Option<Digest>,
    /// One more sentence for people: `2 cells yours, 1 cell fixed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One effect on the disk, as `apply` understands it. A step becomes none, one or several of these.
///
/// `apply` knows no policy: it makes each change durable, in order, exactly once, and loses nothing that it displaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `content` will stand at `at`. What stands there now must be `expect`, or the change is skipped and counted. Displaced bytes that
    /// are not known as pristine are kept as a backup when `keep` names a folder for them, or always when they are not `expect`.
    Put {
        /// Where.
        at: Place,
        /// What.
        content: Arc<[u8]>,
        /// May be run.
        executable: bool,
        /// What stands there now, by raw digest; none: nothing.
        expect: Option<Digest>,
        /// Name of the folder below `.tinytorch/backups/` into which what is displaced goes; none: it is pristine, the objects have it.
        keep: Option<String>,
    },
    /// What stands at `from` (raw digest `expect`) will stand at `to`, where nothing may be but what another move takes away: neighbouring
    /// moves happen at once, so that swaps, chains and circles are simply listed.
    Move {
        /// Where it is.
        from: WorkspacePath,
        /// Where it goes.
        to: WorkspacePath,
        /// What it is, by raw digest.
        expect: Digest,
    },
    /// What stands at `at` goes; its bytes stay in the objects (for undo). Folders that are empty then go too.
    Remove {
        /// Where.
        at: Place,
        /// What stands there, by raw digest.
        expect: Digest,
    },
}

/// A place that `apply` may write to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file of the workspace.
    Workspace(WorkspacePath),
    /// An offer: the same path below `.tinytorch/incoming/`.
    Incoming(WorkspacePath),
}
