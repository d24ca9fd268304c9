//! Which tests are run, and what those that failed said.

use serde::Serialize;

/// Which tests, how many failures, and how much of them is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// Stop at the first that fails.
    pub first: bool,
    /// Only tests whose name contains this.
    pub only: Option<&'a str>,
    /// Show everything.
    pub verbose: bool,
}

/// One test, or file of tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its name.
    pub name: String,
    /// The first line of the reason.
    pub why: String,
    /// Where it is, for people: `cell 7 of modules/01_frogs/frogs.ipynb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Failure {
    /// `test-count, cell 7 of modules/01_frogs/frogs.ipynb`.
    pub fn shown(&self) -> String {
        self.place.as_ref().map_or_else(|| self.name.clone(), |place| format!("{}, {place}", self.name))
    }
}

/// Reasons in the order in which they came, each with the tests that failed for it: one open exercise fails many.
pub fn reasons<'a>(failures: impl Iterator<Item = &'a Failure>) -> Vec<(&'a str, Vec<&'a Failure>)> {
    let mut reasons: Vec<(&str, Vec<&Failure>)> = Vec::new();
    for failure in failures {
        match reasons.iter_mut().find(|(why, _)| *why == failure.why) {
            Some((_, failures)) => failures.push(failure),
            None => reasons.push((&failure.why, vec![failure])),
        }
    }
    reasons
}
