//! How the solutions of a base are marked.

use serde::{Deserialize, Serialize};

/// Whose markers a base uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Markers {
    /// nbgrader's: `### BEGIN SOLUTION` … `### END SOLUTION` in cells that are marked as solutions.
    #[default]
    Nbgrader,
    /// Those of otter-grader's `otter assign`: `# SOLUTION` at the end of a line, `# BEGIN SOLUTION`, raw cells around questions.
    Otter,
}

impl Markers {
    /// The words of `markers` in a catalog.
    pub const WORDS: &[&str] = &["nbgrader", "otter"];

    /// Those that `word` names.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "nbgrader" => Some(Self::Nbgrader),
            "otter" => Some(Self::Otter),
            _ => None,
        }
    }
}
