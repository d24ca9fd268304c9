//! [`OpenPoint`]: what a merge did to a cell and a student must act on. It is in the file's entry until the student has dealt with it.

use serde::{Deserialize, Serialize};

/// Something that a student must act on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OpenPoint {
    /// What happened to the cell.
    pub what: Point,
    /// The cell's grade_id, else its id, else its name.
    pub cell: String,
    /// The cell's name, for people.
    pub name: String,
    /// The beginning of the digest of the cell's text as the merge left it: once it is another one, the student has dealt with it.
    pub text: String,
    /// What the student had written, where the notebook does not have it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// The backup that has the whole file as it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
}

/// What happened to a cell.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// The student had changed a cell that is the course's: it has the course's text again.
    KeptAside,
    /// An answer that lost its grading, as the course has the question no more.
    NotGraded,
    /// A graded cell that the student had deleted: it is there again, without an answer.
    Restored,
    /// A cell that asks for what the student has defined in another cell.
    AskedAgain,
}
