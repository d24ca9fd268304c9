//! [`Receipt`]: what a student handed in, in words that a grader's tools can check. `receipt.json` of every submission;
//! `course-schemas/receipt.schema.json` is its schema.
//!
//! A receipt is not signed: its seal shows that it was changed by accident or without care, and a student who wants to can
//! make one with another text. What is graded is always the file, never what the receipt says of it.

mod student_id;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::id::{FileId, UnitId};
use crate::json;
use crate::notebook::grading::Deviation;
use crate::path::WorkspacePath;

pub use student_id::{NotAStudentId, StudentId};

/// The name of the receipt in a submission.
pub const RECEIPT: &str = "receipt.json";
/// The version of the format that this tito writes, and the newest that it reads.
pub const RECEIPT_VERSION: u64 = 1;
/// No file that is graded is longer.
pub const MAX_GRADED_BYTES: u64 = 64 << 20;
/// A longer receipt is not read.
pub const MAX_RECEIPT_BYTES: u64 = 4 << 20;
/// The key of the seal.
const SEAL: &str = "seal";

/// What was handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The version of this format.
    pub format: u64,
    /// The version of tito that wrote it.
    pub tito: String,
    /// The course, as the student had it.
    pub course: Course,
    /// The unit.
    pub unit: UnitId,
    /// Who handed it in, as they said; none: the platform knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<StudentId>,
    /// When, by the clock of the student's computer (RFC 3339, UTC).
    pub at: String,
    /// How often the unit was handed in with this one: 1, 2, 3, …
    pub number: u64,
    /// Was it after the due date, as far as the student's computer knew? None: the course has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<bool>,
    /// Was the unit closed? None: it never closes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
    /// Every file, by its path in the workspace, which is its path in the submission.
    pub files: BTreeMap<WorkspacePath, File>,
    /// What the tests said when they last ran; none: they did not run, or it is not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<Tests>,
    /// What a grader should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub odd: Vec<Odd>,
}

/// The course, as the student had it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Course {
    /// Its stable name.
    pub id: String,
    /// Which run of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Digest of the workspace's `course.lock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Digest>,
    /// Digest of the release that the workspace was last given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Digest>,
    /// Its number where it was published; none for a course that is not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// The version of the base (semver).
    pub base_version: String,
}

/// What a file of a submission is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file of the course that the student edits.
    Work,
    /// A module of the package, exported from the student's notebook.
    Exported,
    /// A file that the student added to the unit's folder.
    Own,
}

/// A file of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct File {
    /// What it is.
    pub kind: Kind,
    /// Its path below the unit's folder, as the course has it; none for exported code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<WorkspacePath>,
    /// The course's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FileId>,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// How many bytes it has.
    pub bytes: u64,
    /// Digest of the course's version of it that the student works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Digest>,
}

/// What tests said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tests {
    /// When they ran (RFC 3339, UTC).
    pub at: String,
    /// Something ran, and nothing failed.
    pub passed: bool,
    /// How many graded cells there were.
    pub graded: u64,
    /// The names of graded cells and of tests that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// They ran on the very files that are handed in.
    pub of_these_files: bool,
}

/// Something that a grader should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Odd {
    /// A cell of a notebook.
    Cell {
        /// The notebook.
        path: WorkspacePath,
        /// The cell's grade_id.
        cell: String,
        /// How it differs.
        how: Deviation,
    },
    /// A notebook that cannot be read.
    NotANotebook {
        /// Which.
        path: WorkspacePath,
        /// What is wrong with it.
        why: String,
    },
    /// A work file that is not there.
    FileMissing {
        /// Which.
        path: WorkspacePath,
    },
    /// A file of the unit's tests that is not as the course gave it.
    TestEdited {
        /// Which.
        path: WorkspacePath,
    },
    /// A file of the student's own that was left out, because it is too large.
    TooLarge {
        /// Which.
        path: WorkspacePath,
    },
}

/// Why a receipt cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// It is longer than a receipt is.
    #[error("it is too long to be a receipt")]
    TooLong,
    /// It was written by a newer tito.
    #[error("it has format {0}, which a newer tito wrote; update tito")]
    Newer(u64),
    /// It is not a receipt.
    #[error("it is not a receipt: {0}")]
    Form(String),
}

impl Receipt {
    /// Reads `receipt.json`. Also says whether its seal is right: whether it is as tito wrote it.
    ///
    /// # Errors
    /// A [`ReceiptError`].
    pub fn read(bytes: &[u8]) -> Result<(Self, bool), ReceiptError> {
        if bytes.len() as u64 > MAX_RECEIPT_BYTES {
            return Err(ReceiptError::TooLong);
        }
        let form = |error: String| ReceiptError::Form(error);
        let mut value = json::read(bytes).map_err(|error| form(error.to_string()))?;
        let format = value.get("format").and_then(Value::as_u64);
        if let Some(format) = format.filter(|format| *format > RECEIPT_VERSION) {
            return Err(ReceiptError::Newer(format));
        }
        let seal = value.as_object_mut().and_then(|map| map.shift_remove(SEAL));
        let is_sealed = seal.as_ref().and_then(Value::as_str) == Some(seal_of(&value).as_str());
        let receipt = serde_json::from_value(value).map_err(|error| form(error.to_string()))?;
        Ok((receipt, is_sealed))
    }

    /// The bytes of `receipt.json`, sealed.
    pub fn write(&self) -> Vec<u8> {
        // Every key is a text, so nothing can fail.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        let seal = seal_of(&value);
        if let Value::Object(map) = &mut value {
            map.insert(SEAL.to_owned(), seal.into());
        }
        json::by_line(&value).unwrap_or_default()
    }
}

/// The digest of all else that a receipt says.
fn seal_of(value: &Value) -> String {
    Digest::of(value.to_string().as_bytes()).to_string()
}

/// The JSON Schema of a receipt.
pub fn schema() -> Value {
    let mut schema = json::schema::<Receipt>("receipt.schema.json", "receipt.json: what a student handed in");
    let seal = serde_json::json!({
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "description": "SHA-256 of the receipt without this key, as JSON without spaces"
    });
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert(SEAL.to_owned(), seal);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            format: RECEIPT_VERSION,
            tito: "0.1.0".to_owned(),
            course: Course {
                id: "x/mls".to_owned(),
                run: Some("2027".to_owned()),
                lock: Some(Digest::of(b"lock")),
                release: None,
                serial: Some(3),
                base_version: "1.0.0".to_owned(),
            },
            unit: "sums".parse().unwrap(),
            student: Some("jane".parse().unwrap()),
            at: "2027-02-01T09:30:00Z".to_owned(),
            number: 1,
            late: None,
            closed: None,
            files: BTreeMap::new(),
            tests: None,
            odd: vec![Odd::FileMissing { path: WorkspacePath::new("modules/01_sums/sums.ipynb").unwrap() }],
        }
    }

    #[test]
    fn what_is_written_is_read_and_sealed() {
        let bytes = receipt().write();
        assert_eq!(Receipt::read(&bytes).unwrap(), (receipt(), true));
        let text = String::from_utf8(bytes).unwrap();
        // However it is laid out, the seal holds; another word breaks it.
        let compact = serde_json::from_str::<Value>(&text).unwrap().to_string();
        assert!(Receipt::read(compact.as_bytes()).unwrap().1);
        assert!(!Receipt::read(text.replace("jane", "june").as_bytes()).unwrap().1);
        assert!(!Receipt::read(serde_json::to_string(&receipt()).unwrap().as_bytes()).unwrap().1);
    }

    #[test]
    fn what_is_not_a_receipt_is_refused() {
        let newer = String::from_utf8(receipt().write()).unwrap().replace("\"format\": 1", "\"format\": 9");
        assert!(matches!(Receipt::read(newer.as_bytes()), Err(ReceiptError::Newer(9))));
        let escaping = String::from_utf8(receipt().write()).unwrap().replace("modules/01", "../01");
        for bad in ["", "[]", "{}", "{\"format\": 1}", &escaping] {
            assert!(matches!(Receipt::read(bad.as_bytes()), Err(ReceiptError::Form(_))), "{bad}");
        }
    }
}
