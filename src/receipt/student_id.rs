//! [`StudentId`]: the name under which a university knows a student, such as `jane` or `s1234567`.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::path::WorkspacePath;

/// A name that can be a folder on every system, and that nbgrader takes.
// Letters and their accents are composed: macOS writes names of files the other way, and it is one student.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct StudentId(String);

/// The text cannot be a student's id.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{}` cannot be a student id: letters, digits, `_`, `-`, `.` and `@`, at most 64 of them, and a letter or digit first",
    .0.escape_debug()
)]
pub struct NotAStudentId(String);

/// No id is longer.
const LONGEST: usize = 64;

impl StudentId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that is nearest to a name such as `Jane Doe`: what no folder can have becomes `-`. None where nothing is left.
    pub fn near(name: &str) -> Option<Self> {
        let mut text = String::new();
        for letter in name.nfc() {
            let fits = letter.is_alphanumeric() || "_.@".contains(letter);
            match (fits, text.ends_with('-')) {
                (true, _) => text.push(letter),
                (false, false) => text.push('-'),
                (false, true) => {}
            }
        }
        let text: String = text.trim_matches(['-', '.', '_']).chars().take(LONGEST).collect();
        text.trim_end_matches(['-', '.']).parse().ok()
    }
}

impl FromStr for StudentId {
    type Err = NotAStudentId;

    fn from_str(typed: &str) -> Result<Self, NotAStudentId> {
        let text: String = typed.nfc().collect();
        let fits = |letter: char| letter.is_alphanumeric() || "_-.@".contains(letter);
        let is_right = text.chars().next().is_some_and(char::is_alphanumeric)
            && text.chars().all(fits)
            && text.chars().count() <= LONGEST
            // Names that Windows keeps for itself, and dots at the end.
            && WorkspacePath::new(&text).is_ok();
        if is_right { Ok(Self(text)) } else { Err(NotAStudentId(typed.to_owned())) }
    }
}

impl TryFrom<String> for StudentId {
    type Error = NotAStudentId;

    fn try_from(text: String) -> Result<Self, NotAStudentId> {
        text.parse()
    }
}

impl fmt::Display for StudentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_folder_on_every_system() {
        for good in ["jane", "s1234567", "j.doe@example.org", "Åsa", "7"] {
            assert_eq!(good.parse::<StudentId>().unwrap().as_str(), good);
        }
        let long = "x".repeat(65);
        for bad in ["", ".", "..", "a/b", "a\\b", "con", "a.", "-a", ".a", "a b", "a\u{202e}", &long] {
            assert!(bad.parse::<StudentId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_become_ids() {
        for (name, id) in [
            ("Jane Doe", Some("Jane-Doe")),
            ("O'Neil,  Ann", Some("O-Neil-Ann")),
            ("../../etc", Some("etc")),
            ("Åsa Öberg", Some("Åsa-Öberg")),
            ("A\u{30a}sa O\u{308}berg", Some("Åsa-Öberg")),
            ("...", None),
            ("con", None),
        ] {
            assert_eq!(StudentId::near(name).as_ref().map(StudentId::as_str), id, "{name}");
        }
    }
}
