//! [`Report`]: what was found in an inbox, and what became of it. `course-schemas/collect.schema.json` is its schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::receipt::StudentId;

use super::inbox::Trouble;
use super::repair::Repair;

/// What was found in an inbox.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Every submission, by student and unit.
    pub submissions: Vec<Line>,
    /// What could not be read, or belongs to no submission.
    pub left_out: Vec<LeftOut>,
}

/// Something that is in no submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Where it is in the inbox.
    pub at: String,
    /// Why.
    pub why: String,
}

impl From<Trouble> for LeftOut {
    fn from(trouble: Trouble) -> Self {
        Self { at: trouble.at, why: trouble.why }
    }
}

/// A submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Where it is in the inbox.
    pub at: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<StudentId>,
    /// Of which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// When it was handed in, as its receipt or the platform says (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_in: Option<String>,
    /// The number of the release that the student had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// Is it late, as its receipt or the platform says?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// What there is to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is in the tree now.
    Collected,
    /// It is in the tree now, in the place of an earlier one that was not graded.
    Replaced,
    /// It was in the tree already.
    Unchanged,
    /// An earlier one was graded, or someone edited what is in the tree: that stays.
    Kept,
    /// The student handed in again, and that one counts.
    Superseded,
    /// There is nothing in it that can be graded, or it is not known whose it is.
    Refused,
}

impl Outcome {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
        }
    }
}

/// What there is to know of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "note")]
pub enum Note {
    /// It has no receipt.
    NoReceipt,
    /// Its receipt cannot be read.
    BadReceipt {
        /// Why.
        why: String,
    },
    /// Its receipt was changed after tito wrote it.
    ReceiptEdited,
    /// A file is not as its receipt says.
    FileChanged {
        /// Which.
        path: String,
    },
    /// It is of another course.
    OtherCourse {
        /// Which.
        course: String,
    },
    /// It is of another run of the course.
    OtherRun {
        /// Which.
        run: String,
    },
    /// The course has no such unit, or not any more.
    NoSuchUnit {
        /// Which.
        unit: String,
    },
    /// It is of another unit than was asked for.
    OtherUnit {
        /// Of which.
        unit: UnitId,
    },
    /// A notebook is that of another unit.
    WrongNotebook {
        /// The file.
        path: String,
        /// The unit that it belongs to.
        unit: UnitId,
    },
    /// The receipt names another student than the platform.
    OtherStudent {
        /// Whom the receipt names.
        receipt: StudentId,
        /// Who handed it in.
        platform: String,
    },
    /// Two students of this platform have the same name, or names that give the same id.
    SameName,
    /// There is more than one notebook of the unit in it.
    Several {
        /// The one that is graded.
        path: String,
        /// Those that are not.
        others: Vec<String>,
    },
    /// It is not known who handed it in.
    NoStudent,
    /// Its release is not known: it is not published any more, or never was.
    UnknownRelease {
        /// Its number, as the receipt says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serial: Option<u64>,
    },
    /// The student had an older version; the course's changes since were merged in, as an update does.
    BroughtUp {
        /// The notebook.
        path: String,
        /// What the student had.
        from: String,
        /// What it is graded against.
        to: String,
    },
    /// The student and the course changed the same lines; the student's are graded.
    Collision {
        /// The notebook.
        path: String,
        /// The cell.
        cell: String,
    },
    /// A cell that nbgrader would not have graded was repaired.
    Repaired {
        /// The notebook.
        path: String,
        /// The cell.
        cell: String,
        /// What was done.
        what: Repair,
    },
    /// A notebook of the unit is missing.
    Missing {
        /// Which.
        path: String,
    },
    /// A file cannot be read.
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// The tree has no such assignment.
    NoAssignment,
    /// The tree's notebooks are of another version of the course than what students have.
    OtherTree,
    /// What is in the tree was graded already.
    Graded,
    /// Someone edited what is in the tree.
    Edited,
}

impl Note {
    /// Must the instructor look at it?
    pub fn needs_attention(&self) -> bool {
        !matches!(self, Self::BroughtUp { .. } | Self::Repaired { .. } | Self::Collision { .. })
    }

    /// In words.
    pub fn said(&self) -> String {
        match self {
            Self::NoReceipt => "it has no receipt".to_owned(),
            Self::BadReceipt { why } => format!("its receipt cannot be read: {why}"),
            Self::ReceiptEdited => "its receipt was changed after tito wrote it".to_owned(),
            Self::FileChanged { path } => format!("{path} is not as its receipt says: it was changed later"),
            Self::OtherCourse { course } => format!("it is of another course: {course}"),
            Self::OtherRun { run } => format!("it is of another run of the course: {run}"),
            Self::NoSuchUnit { unit } => format!("the course has no unit `{unit}` that can be graded"),
            Self::OtherUnit { unit } => {
                format!("it is of the unit {unit}, not of the one that was asked for")
            }
            Self::WrongNotebook { path, unit } => format!("{path} is the notebook of {unit}"),
            Self::OtherStudent { receipt, platform } => {
                format!("its receipt is of {receipt}, and {platform} handed it in")
            }
            Self::SameName => {
                "several students have this name; the number of the platform tells them apart".to_owned()
            }
            Self::Several { path, others } => {
                format!("it has several notebooks of this unit: {path} is graded, not {}", others.join(", "))
            }
            Self::NoStudent => {
                "it is not known who handed it in: put it into a folder with the student's id".to_owned()
            }
            Self::UnknownRelease { serial: Some(serial) } => {
                format!(
                    "release {serial}, which the student has, is not known: it is graded against the current one"
                )
            }
            Self::UnknownRelease { serial: None } => {
                "the version that the student has is not known: it is graded against the current one"
                    .to_owned()
            }
            Self::BroughtUp { path, from, to } => format!("{path} was of {from}, and is brought up to {to}"),
            Self::Collision { path, cell } => {
                format!(
                    "{path}: the student and the course changed cell `{cell}`; the student's text is graded"
                )
            }
            Self::Repaired { path, cell, what } => format!("{path}: {}", what.said(cell)),
            Self::Missing { path } => format!("{path} is missing"),
            Self::Unreadable { path, why } => format!("{path} cannot be graded: {why}"),
            Self::NoAssignment => "the tree has no such assignment: run `tito nbgrader` on it".to_owned(),
            Self::OtherTree => {
                "the tree is of another version of the course: run `tito nbgrader` on it".to_owned()
            }
            Self::Graded => "an earlier one was graded and stays; `--regrade` takes this one".to_owned(),
            Self::Edited => "someone edited what is in the tree: it stays".to_owned(),
        }
    }
}

impl Report {
    /// Is there something that the instructor must look at?
    pub fn needs_attention(&self) -> bool {
        !self.left_out.is_empty() || self.submissions.iter().any(Line::needs_attention)
    }
}

impl Line {
    /// Is there something about it that the instructor must look at?
    pub fn needs_attention(&self) -> bool {
        matches!(self.outcome, Outcome::Refused | Outcome::Kept)
            || self.notes.iter().any(Note::needs_attention)
    }
}

/// The JSON Schema of a report.
pub fn schema() -> serde_json::Value {
    crate::json::schema::<Report>("collect.schema.json", "what `tito collect --format json` prints")
}
