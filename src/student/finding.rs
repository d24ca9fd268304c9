//! What a check of the workspace or of Python found.

use serde::Serialize;

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As it should be.
    Good,
    /// Worth knowing.
    Notice,
    /// Something does not work without it.
    Missing,
    /// Not as tito wrote it.
    Broken,
}

/// One thing that was checked.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was checked: `lock`, `package`.
    pub what: &'static str,
    /// The result.
    pub health: Health,
    /// What was found.
    pub says: String,
    /// What fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_do: Option<String>,
}

impl Finding {
    /// A finding that needs nothing.
    pub fn good(what: &'static str, says: impl Into<String>) -> Self {
        Self { what, health: Health::Good, says: says.into(), to_do: None }
    }

    /// A finding of the kind `health`, and what fixes it.
    pub fn bad(
        what: &'static str,
        health: Health,
        says: impl Into<String>,
        to_do: impl Into<String>,
    ) -> Self {
        Self { what, health, says: says.into(), to_do: Some(to_do.into()) }
    }
}
