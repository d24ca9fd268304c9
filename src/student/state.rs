//! [`State`]: a student's progress and work in one file, to move to another machine; and what becomes of each file there. Pure.
//!
//! The file is a zip: `state.json`, the work by its paths below `files/`, and the versions of the course that it was made from below `given/`, by
//! digest, so that it can be merged where the course is newer or older.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::id::FileId;
use crate::lock::Progress;
use crate::path::WorkspacePath;
use crate::plan::merge::Three;
use crate::plan::merge::file::merge_files;

/// The name of the entry that says what the others are.
pub const STATE: &str = "state.json";
/// The version of the format that this tito writes, and the newest that it reads.
pub const STATE_VERSION: u64 = 1;

/// What `state.json` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The version of this format.
    pub format: u64,
    /// The course's stable name.
    pub course: String,
    /// When it was written (RFC 3339, UTC).
    pub at: String,
    /// `progress.json`, as tito writes it.
    pub progress: Value,
    /// The student's id, where it is remembered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// The files, by their paths in the workspace.
    pub files: BTreeMap<WorkspacePath, File>,
}

/// A file of the student's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Digest of its bytes.
    pub sha256: Digest,
    /// The course's name for it; none for a file of the student's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<FileId>,
    /// Digest of the course's version that the student works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Digest>,
}

/// What a file is on the machine that it comes to.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Its bytes; none: it is not there.
    pub bytes: Option<&'a [u8]>,
    /// As the course gave it here; none for a file of the student's own.
    pub given: Option<&'a [u8]>,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is the same here.
    Same,
    /// The student went on with it here: that stays.
    Further,
    /// These bytes come in its place.
    Take(Vec<u8>),
    /// The student changed it here and there: both stay, this one beside.
    Beside,
}

/// What becomes of a file that was `there`, and was made from `given`, where it is as `here` says.
pub fn fate(there: &[u8], given: Option<&[u8]>, here: Here<'_>) -> Fate {
    let is_edited_here = match (here.bytes, here.given) {
        (None, _) => false,
        (Some(bytes), Some(given)) => bytes != given,
        (Some(_), None) => true,
    };
    if here.bytes == Some(there) {
        return Fate::Same;
    }
    if given == Some(there) {
        // Nothing was done with it there.
        return if here.bytes.is_some() { Fate::Further } else { Fate::Take(there.to_owned()) };
    }
    if is_edited_here {
        return Fate::Beside;
    }
    match (given, here.given) {
        // Another version of the course: the student's work on that one, as an update would have it.
        (Some(base), Some(course)) if base != course => {
            match merge_files(Three { base, student: there, course }).bytes {
                Some(bytes) => Fate::Take(bytes),
                None => Fate::Beside,
            }
        }
        _ => Fate::Take(there.to_owned()),
    }
}

/// The progress of both: what is further wins, and nothing goes.
pub fn further(here: &Progress, there: Progress) -> Progress {
    let mut both = here.clone();
    both.started.extend(there.started);
    for (unit, at) in there.completed {
        let known = both.completed.entry(unit).or_default();
        // The first time counts.
        if known.is_empty() || (!at.is_empty() && at < *known) {
            *known = at;
        }
    }
    for (unit, submitted) in there.submitted {
        let is_newer = both.submitted.get(&unit).is_none_or(|known| {
            (known.number, known.reopened, &known.at) < (submitted.number, submitted.reopened, &submitted.at)
        });
        if is_newer {
            both.submitted.insert(unit, submitted);
        }
    }
    for (key, value) in there.other {
        let known = both.other.entry(key).or_insert(Value::Null);
        join(known, value);
    }
    both
}

/// Adds what only the other has: keys of maps, entries of lists.
fn join(known: &mut Value, other: Value) {
    match (known, other) {
        (Value::Object(known), Value::Object(other)) => {
            for (key, value) in other {
                join(known.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(known), Value::Array(other)) => {
            for value in other {
                if !known.contains(&value) {
                    known.push(value);
                }
            }
        }
        (known @ Value::Null, other) => *known = other,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_further_wins_and_nothing_goes() {
        let some = |text: &'static str| Some(text.as_bytes());
        let here = |bytes, given| Here { bytes, given };
        let take = |text: &str| Fate::Take(text.as_bytes().to_owned());
        for (there, given, here, expected) in [
            ("mine", some("old"), here(some("mine"), some("old")), Fate::Same),
            ("mine", some("old"), here(some("old"), some("old")), take("mine")),
            ("mine", some("old"), here(None, some("old")), take("mine")),
            ("old", some("old"), here(some("mine"), some("old")), Fate::Further),
            ("mine", some("old"), here(some("other"), some("old")), Fate::Beside),
            ("own", None, here(None, None), take("own")),
            ("own", None, here(some("another"), None), Fate::Beside),
            // The course here is newer: both changes are in the result.
            (
                "a\nb\nmine\n",
                some("a\nb\nc\n"),
                here(some("new\nb\nc\n"), some("new\nb\nc\n")),
                take("new\nb\nmine\n"),
            ),
            ("mine\n", some("a\n"), here(some("new\n"), some("new\n")), Fate::Beside),
        ] {
            assert_eq!(fate(there.as_bytes(), given, here), expected, "{there} {here:?}");
        }
    }

    #[test]
    fn progress_is_joined() {
        let read = |value: Value| {
            let bytes = value.to_string().into_bytes();
            Progress::read(&bytes, None, &BTreeMap::new(), &Default::default()).unwrap().0
        };
        let here =
            read(json!({"started": ["a"], "completed": {"a": "2027-02-02", "b": ""}, "mine": {"x": 1}}));
        let there = read(
            json!({"started": ["c"], "completed": {"a": "2027-01-01", "b": "2027-03-03"}, "mine": {"y": 2}}),
        );
        let both = further(&here, there.clone());
        let expected = json!({"started": ["a", "c"], "completed": {"a": "2027-01-01", "b": "2027-03-03"}, "mine": {"x": 1, "y": 2}});
        assert_eq!(serde_json::from_slice::<Value>(&both.write()).unwrap(), expected);
        assert_eq!(further(&both, there), both, "twice is as once");
    }
}
