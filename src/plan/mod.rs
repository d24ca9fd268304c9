//! Target × what was observed → [`Plan`]: every decided path. Pure and total: a conflict is a step, not an error.
//!
//! In: a [`Target`](crate::compile::Target), the lock and baselines of the last run, what is on disk. Out: a [`Plan`], which `check`,
//! `plan`, `explain` and `update` print, and which `apply` carries out: preview and apply interpret one value. It touches no
//! disk: bytes that a merge needs come through the observation.

mod advise;
mod cache;
mod canonical;
mod decide;
mod effects;
mod elsewhere;
pub mod exports;
mod facts;
mod likeness;

pub mod merge;
mod merging;
mod moves;
mod observe;
mod offers;
mod observed;
mod pairs;
mod points;
mod pristine;
mod renamed;
mod saved_again;
mod returning;
mod schema;
mod situation;
mod states;
mod steps;
mod suppose;
mod request;
mod unreadable;

pub use cache::StatCache;
pub use canonical::canonical;
pub use decide::{Because, Facts, Floor, allowed, decide};
pub use effects::{Effects, decline, effects};
pub use observe::{ObserveError, observe};
pub use observed::{Observed, Obstacle, Seen};
pub use offers::OfferedCell;
pub use pairs::unit_folder;
pub use pristine::{PACKS, Pristine, object_path};
pub use request::Request;
pub use schema::schema;
pub use situation::situation;
pub use states::states;
pub use steps::plan;
pub use suppose::{Supposition, Verdict, suppose, suppose_given};
pub use unreadable::unreadable;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use exports::Reexport;

use crate::digest::Digest;
use crate::id::{Action, FileId, Role, State, UnitId, UnitKind};
use crate::lock::{OpenPoint, Unsettled};
use crate::path::WorkspacePath;
use crate::schedule::Dates;

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
    /// Only whether it may be run changes; the bytes stay.
    Mode,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Step {
    /// Where the file is when the step is done.
    pub path: WorkspacePath,
    /// Where it was, if it moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WorkspacePath>,
    /// Where it was until the student moved it to `path`. It is followed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followed: Option<WorkspacePath>,
    /// Where `version.json` has it, if it has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<WorkspacePath>,
    /// What it is.
    pub id: FileId,
    /// The unit it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// What it is for.
    pub role: Role,
    /// How far the student is with the unit.
    pub state: State,
    /// The schedule closed the unit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// How the sides relate.
    pub situation: Situation,
    /// What policy allows, after `edited` and `critical` had their say.
    pub action: Action,
    /// What happens.
    pub decision: Decision,
    /// Why the action is what it is.
    pub because: Because,
    /// Name of the rule that decided.
    pub rule: String,
    /// Where that rule is.
    pub rule_from: String,
    /// Ids of advisories that cover the change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<String>,
    /// The student's file holds text that the course said before: an editor, a backup or a drive brought it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated: bool,
    /// The student was told of this version before: nothing happens again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
    /// The merge left something of the course's out, which is offered beside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_offered: bool,
    /// The cells of the course's that are on offer; none where that is not known by cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offers: Option<Vec<OfferedCell>>,
    /// Something that the student wrote gives way to what they take over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
    /// One cell is taken, and the course has more for the file: that stays on offer, or comes with the next update.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_part: bool,
    /// What merges did to cells of it and the student must act on: this one's, and earlier ones' that still stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<OpenPoint>,
    /// Digest of the course's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<Digest>,
    /// The file will be one that may be run, or no longer be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executable: Option<bool>,
    /// Digest of what will be at `path`, or lie in `.tinytorch/incoming/` when it is an offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Digest>,
    /// Digest of the bytes that were at `path` (or `from`) when this was decided; none: nothing was there.
    pub expect: Option<Digest>,
    /// One more sentence for people: `2 cells yours, 1 cell fixed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Why an offer is not made again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// It was made, and the student has not taken it.
    Offered,
    /// The student declined it.
    Declined,
}

impl Step {
    /// Does anything on the disk change for this file?
    pub fn changes_disk(&self) -> bool {
        self.from.is_some() || (self.settled.is_none() && self.decision.writes())
    }

    /// Does an offer for this file, new or made before, have its place?
    fn keeps_offer(&self, offered: &BTreeMap<FileId, Digest>) -> bool {
        let offers = self.decision == Decision::Offer
            || self.also_offered
            || self.is_beside(offered)
            || self.waits(offered);
        offers && self.settled != Some(Settled::Declined)
    }

    /// Is the course's version on offer, and does a rule leave the file alone for now? What was offered before stays on offer.
    fn waits(&self, offered: &BTreeMap<FileId, Digest>) -> bool {
        matches!(self.decision, Decision::Leave { .. })
            && self.course.is_some()
            && offered.get(&self.id).copied() == self.course
    }

    /// Was the course's version merged except for something that was offered beside, and is that still on offer?
    fn is_beside(&self, offered: &BTreeMap<FileId, Digest>) -> bool {
        self.situation == Situation::StudentChanged
            && self.offers.as_ref().is_none_or(|offers| !offers.is_empty())
            && self.course.is_some()
            && offered.get(&self.id).copied() == self.course
    }

    /// Are cells on offer?
    fn has_offers(&self) -> bool {
        self.offers.as_ref().is_some_and(|offers| !offers.is_empty())
    }

    /// Does anything change at all, were it only what tito remembers?
    pub fn changes(&self) -> bool {
        self.changes_disk()
            || self.followed.is_some()
            || matches!(self.decision, Decision::Adopt | Decision::Retire | Decision::Forget)
    }

    /// Is there anything to say of the file? Not of one that is up to date and where it belongs.
    pub fn is_told(&self) -> bool {
        self.changes() || self.decision != Decision::Nothing || !self.open.is_empty()
    }

    /// Does the course have a version of the file that the student does not get by this?
    pub fn leaves_behind(&self) -> bool {
        matches!(self.decision, Decision::Leave { .. } | Decision::Offer) && self.situation.course_changed()
    }
}

impl Decision {
    /// Does it change something on the disk?
    pub fn writes(self) -> bool {
        match self {
            Self::Create
            | Self::Mode
            | Self::Write
            | Self::Offer
            | Self::Merge
            | Self::SetAside
            | Self::Restore
            | Self::Remove => true,
            Self::Nothing | Self::Leave { .. } | Self::Adopt | Self::Retire | Self::Forget => false,
        }
    }

    /// Is the course's version the new baseline when it is done?
    pub fn brings_up_to_date(self) -> bool {
        matches!(
            self,
            Self::Create
                | Self::Adopt
                | Self::Mode
                | Self::Write
                | Self::Merge
                | Self::SetAside
                | Self::Restore
        )
    }
}

/// Version of the plan's JSON form.
pub const PLAN_FORMAT: u32 = 2;

/// Every decided path, and what is to be said beside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Plan {
    /// Version of this form.
    pub format: u32,
    /// Stable name of the course.
    pub course: String,
    /// Version of the base: before and after.
    #[schemars(with = "FromTo<String>")]
    pub base: FromTo<semver::Version>,
    /// Digest of `course.lock`: before and after.
    pub lock: FromTo<Digest>,
    /// The moment that it was made for, where the course has dates: what is open, closed, or governed by a rule for a time then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub at: Option<jiff::Timestamp>,
    /// What the student asked for.
    pub request: Request,
    /// Units of this course, and those that it no longer has.
    pub units: Vec<UnitLine>,
    /// Every file, in the order of paths.
    pub steps: Vec<Step>,
    /// The student's own files that move along with a unit.
    pub own_files: Vec<OwnFiles>,
    /// Modules that the student exported, and that the course has under another name, or that import such a one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<Reexport>,
    /// Offers that are no longer of use and go, by the path that they were for, with the digest of what is there.
    pub stale: BTreeMap<WorkspacePath, Digest>,
    /// Advisories that cover something of this plan.
    pub advisories: Vec<Announcement>,
    /// What else the student should know.
    pub notices: Vec<Notice>,
    /// `progress.json` is rewritten: in today's form, and with what was started.
    pub progress: bool,
    /// Units that are recorded as started, because the edited file that showed it is no longer tito's to follow, or edited.
    pub begun: BTreeSet<UnitId>,
    /// Where the lock in force has work that an update brought to its new place before it was interrupted, by that new place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub came_from: BTreeMap<WorkspacePath, WorkspacePath>,
    /// Bytes of merges, by digest.
    #[serde(skip)]
    #[schemars(skip)]
    pub contents: BTreeMap<Digest, Arc<[u8]>>,
}

/// Before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FromTo<T> {
    /// Before; none in a new workspace.
    pub from: Option<T>,
    /// After.
    pub to: T,
}

/// A unit in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UnitLine {
    /// Its id.
    pub id: UnitId,
    /// What sort.
    pub kind: UnitKind,
    /// `01`, `02`, …; empty for units without one.
    pub number: String,
    /// For people.
    pub title: String,
    /// How far the student is with it.
    pub state: State,
    /// What becomes of it.
    pub change: UnitChange,
    /// When it opens, is due and closes.
    #[serde(default, skip_serializing_if = "Dates::is_empty")]
    pub dates: Dates,
    /// The dates that the student was told before, where they are others now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Dates>,
    /// It is not open yet: its files come later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub announced: bool,
    /// It is closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// What becomes of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnitChange {
    /// It is where it was.
    Same,
    /// It is new in this course.
    Added,
    /// The course no longer has it.
    Removed,
    /// It was called this.
    Renamed(UnitId),
    /// It had this number.
    Renumbered(String),
}

/// A file of the student's own that moves along with a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OwnFiles {
    /// Where it is.
    pub from: WorkspacePath,
    /// Where it goes.
    pub to: WorkspacePath,
    /// Digest of its bytes.
    pub expect: Digest,
}

/// An advisory, and the files of this plan that it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Announcement {
    /// Its id.
    pub id: String,
    /// How bad.
    pub severity: crate::compile::AdvisorySeverity,
    /// What was wrong.
    pub title: String,
    /// What it asks of the student.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// Files that get the fix.
    pub fixed: Vec<WorkspacePath>,
    /// Files that do not, by policy or because the student declined.
    pub open: Vec<WorkspacePath>,
}

/// Something that a student should know beside the steps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "notice")]
pub enum Notice {
    /// The file is left alone because of what is there.
    InTheWay {
        /// Which file.
        path: WorkspacePath,
        /// What is there.
        obstacle: Obstacle,
    },
    /// A file went beside its place, because another one is there.
    Beside {
        /// Where it belongs.
        goal: WorkspacePath,
        /// Where it is.
        path: WorkspacePath,
        /// It is a file of the student's own, that went along with its folder.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        own: bool,
    },
    /// Something in the folder of a unit that moves stays where it is: a link, or a name that not every system can hold.
    StaysBehind {
        /// What.
        path: String,
    },
    /// Work is missing, and this may be it: a file, or a folder with a `/` at its end, with a name that not every system can hold.
    Unnamed {
        /// Which one.
        path: String,
        /// What is wrong with its name.
        why: String,
    },
    /// A notebook imports a module of the package by a name that it had.
    OldImport {
        /// The notebook.
        path: WorkspacePath,
        /// The module as it is imported.
        module: String,
        /// Its name today.
        today: String,
    },
    /// In the folder of a unit that moves is too much of the student's own: all of that stays where it is.
    TooMany {
        /// Which folder.
        path: String,
    },
    /// A notebook of the student's cannot be read as one.
    Unreadable {
        /// Where it is.
        path: WorkspacePath,
        /// The unit that it is of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
        /// What is wrong with it.
        why: String,
    },
    /// An editor that still had a file open under a name that it had before saved it there: the student may have written on in that one.
    SavedAgain {
        /// The file that tito follows.
        path: WorkspacePath,
        /// What was saved under the old name.
        at: WorkspacePath,
        /// The unit that it is of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
    },
    /// An entry of `progress.json` could not be understood.
    Progress(Unsettled),
}

impl Plan {
    /// Is there nothing to do, not even to remember?
    pub fn is_empty(&self) -> bool {
        !self.progress
            && self.stale.is_empty()
            && self.own_files.is_empty()
            && !self.steps.iter().any(Step::changes)
            && !self.exports.iter().any(|export| export.result.is_some())
            && (self.lock.from == Some(self.lock.to) || !self.request.is_whole())
    }

    /// The step of the file that is at `path`, or goes there.
    pub fn step(&self, path: &WorkspacePath) -> Option<&Step> {
        let at = |step: &&Step| step.path == *path;
        self.steps.iter().find(at).or_else(|| self.steps.iter().find(|step| step.from.as_ref() == Some(path)))
    }

    /// The plan without the files of which there is nothing to say: up to date, and where they belong.
    #[must_use]
    pub fn brief(&self) -> Self {
        let mut brief = self.clone();
        brief.steps.retain(Step::is_told);
        brief
    }
}

/// One effect on the disk, as `apply` understands it. A step becomes none, one or several of these.
///
/// `apply` knows no policy: it makes each change durable, in order, exactly once, and loses nothing that it displaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `content` will be at `at`. What is there now must be `expect`, or the change is skipped and counted. Displaced bytes that
    /// are not known as pristine are kept as a backup when `keep` names a folder for them, or always when they are not `expect`.
    Put {
        /// Where.
        at: Place,
        /// What.
        content: Arc<[u8]>,
        /// May be run.
        executable: bool,
        /// What is there now, by raw digest; none: nothing.
        expect: Option<Digest>,
        /// Name of the folder below `.tinytorch/backups/` into which what is displaced goes; none: it is pristine, the objects have it.
        keep: Option<String>,
    },
    /// What is at `from` (raw digest `expect`) will be at `to`, where nothing may be but what another move takes away: neighbouring
    /// moves happen at once, so that swaps, chains and circles are simply listed.
    Move {
        /// Where it is.
        from: WorkspacePath,
        /// Where it goes.
        to: WorkspacePath,
        /// What it is, by raw digest.
        expect: Digest,
    },
    /// What is at `at` goes; its bytes stay in the objects (for undo). Folders that are empty then go too.
    Remove {
        /// Where.
        at: Place,
        /// What is there, by raw digest.
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
