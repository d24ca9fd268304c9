//! What pytest says, line by line, and how it is called.

use std::io::{self, IsTerminal};
use std::path::Path;

use serde::Serialize;

use super::brief::Brief;
use super::packages;
use super::pytest_lines::{heading, is_summary};
use super::python::Python;
use super::tests::{Choice, Failure};
use crate::path::WorkspacePath;

/// What pytest said.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Pytest {
    /// It ended with success.
    #[serde(skip)]
    pub passed: bool,
    /// pytest's last line: `3 passed in 0.02s`.
    pub summary: String,
    /// Tests that failed.
    pub failed: Vec<Failure>,
    /// Test files that could not be run.
    pub errors: Vec<Failure>,
    /// Something of what pytest said was not shown.
    #[serde(skip)]
    pub shortened: bool,
    /// Packages that the course needs and this Python has not, and what to do; where the tests may have failed for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacking: Option<String>,
}

impl Pytest {
    /// A module was not found; or pytest itself could not begin, so that no one was heard to fail.
    fn may_lack_a_package(&self, passed: bool) -> bool {
        let mut failures = self.errors.iter().chain(&self.failed).peekable();
        let unheard = failures.peek().is_none() && self.summary.is_empty();
        !passed && (unheard || failures.any(|failure| failure.why.starts_with("ModuleNotFoundError")))
    }

    /// Notes what a line of pytest's output says: headings of failures, and the first line of each one's reason.
    fn hear(&mut self, line: &str) {
        if let Some(heading) = heading(line) {
            let failure = |name: &str| Failure { name: name.to_owned(), why: String::new(), place: None };
            match heading.strip_prefix("ERROR collecting ") {
                Some(file) => self.errors.push(failure(file)),
                None => self.failed.push(failure(heading)),
            }
        } else if let Some(why) = line.strip_prefix("E  ") {
            // A file that cannot be read comes before any test.
            let last = self.failed.last_mut().or(self.errors.last_mut());
            if let Some(failure) = last.filter(|failure| failure.why.is_empty()) {
                why.trim().trim_start_matches("AssertionError: ").clone_into(&mut failure.why);
            }
        } else if is_summary(line) {
            line.trim_matches(['=', ' ']).clone_into(&mut self.summary);
        }
    }
}

/// Runs the tests in `folders` of the workspace at `root`; `show` gets each line that a reader wants, as it comes.
///
/// # Errors
/// When this Python cannot be started.
pub fn run(
    python: &Python,
    root: &Path,
    folders: &[WorkspacePath],
    choice: Choice<'_>,
    show: &mut dyn FnMut(&str),
) -> io::Result<Pytest> {
    let mut tested = Pytest::default();
    let mut brief = Brief::default();
    let mut hear = |text: &str| {
        let line = anstream::adapter::strip_str(text).to_string();
        tested.hear(&line);
        if choice.verbose || brief.shows(&line) {
            show(text);
        }
    };
    let status = python.stream(root, &arguments(folders, choice), &mut hear)?;
    if tested.may_lack_a_package(status.success()) {
        tested.lacking = packages::lacking(root);
    }
    tested.shortened = !choice.verbose && brief.hides();
    tested.passed = status.success();
    // 5: no test was chosen.
    if status.code() == Some(5) && tested.summary.is_empty() {
        tested.summary = "no test ran".to_owned();
    }
    Ok(tested)
}

fn arguments(folders: &[WorkspacePath], choice: Choice<'_>) -> Vec<String> {
    let colour = if std::io::stdout().is_terminal() { "yes" } else { "no" };
    let mut words: Vec<String> = [
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        "-rN",
        "-p",
        "no:cacheprovider",
        "--rootdir=.",
        "-o",
        "addopts=",
    ]
    .map(str::to_owned)
    .into();
    words.push(format!("--color={colour}"));
    if choice.first {
        words.push("-x".to_owned());
    }
    if let Some(only) = choice.only {
        words.push(format!("-k={only}"));
    }
    words.push("--".to_owned());
    words.extend(folders.iter().map(ToString::to_string));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::student::tests::reasons;

    fn named(tested: &Pytest) -> Vec<(&str, Vec<&str>)> {
        let all = reasons(tested.errors.iter().chain(&tested.failed));
        all.into_iter()
            .map(|(why, found)| (why, found.iter().map(|one| one.name.as_str()).collect()))
            .collect()
    }

    #[test]
    fn pytest_is_understood() {
        let mut tested = Pytest::default();
        for line in [
            "_____________________ test_shapes[2-3] _____________________",
            "    assert shape == (2, 3)",
            "E   AssertionError: a shape is missing",
            "E   assert (1,) == (2, 3)",
            "_____________________ test_b _____________________",
            "E       AssertionError: a shape is missing",
            "__init__",
            "_ _ _ _ _ _ _ _",
            "1 passed, 1 failed in the text",
            "================ 2 failed, 3 passed in 0.12s ================",
        ] {
            tested.hear(line);
        }
        assert_eq!(named(&tested), [("a shape is missing", vec!["test_shapes[2-3]", "test_b"])]);
        assert_eq!(tested.summary, "2 failed, 3 passed in 0.12s");
        let mut tested = Pytest::default();
        tested.hear("________ ERROR collecting tests/02_x/test_x.py ________");
        tested.hear("E   ModuleNotFoundError: No module named 'p.x'");
        assert_eq!(
            named(&tested),
            [("ModuleNotFoundError: No module named 'p.x'", vec!["tests/02_x/test_x.py"])]
        );
        for line in ["no tests ran in 0.01s", "3 passed in 61.00s (0:01:01)", "1 deselected in 0.10s"] {
            assert!(is_summary(line), "{line}");
        }
        assert!(!is_summary("2 passed the test in class"));
    }
}
