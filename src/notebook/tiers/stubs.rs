//! What is where a solution was.

use std::collections::BTreeMap;

/// The stubs of code by language: nbgrader's, and those that a course sets in their place (nbgrader's `code_stub`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stubs(BTreeMap<String, String>);

/// The languages for which nbgrader has a stub, with its spelling of them, and the stub.
const NBGRADER: [(&str, &str); 6] = [
    ("python", "# YOUR CODE HERE\nraise NotImplementedError()"),
    ("R", "# YOUR CODE HERE\nfail()"),
    ("matlab", "% YOUR CODE HERE\nerror('No Answer Given!')"),
    ("octave", "% YOUR CODE HERE\nerror('No Answer Given!')"),
    ("sas", "/* YOUR CODE HERE */\n %notImplemented;"),
    ("java", "// YOUR CODE HERE"),
];

impl Stubs {
    /// nbgrader's stubs, with others for the languages in `own`. Upper and lower case do not matter.
    pub fn new<'a>(own: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let own = own.into_iter();
        Self(own.map(|(language, stub)| (language.to_lowercase(), stub.trim_end().to_owned())).collect())
    }

    /// The languages for which there is a stub without a course's.
    pub fn languages() -> impl Iterator<Item = &'static str> {
        NBGRADER.iter().map(|(name, _)| *name)
    }

    /// The stub of code in `language`, line by line; `None` where there is none, and nbgrader refuses the notebook.
    pub fn code(&self, language: &str) -> Option<Vec<&str>> {
        let own = self.0.get(&language.to_lowercase()).map(String::as_str);
        let stub = own.or_else(|| {
            let mut all = NBGRADER.iter();
            all.find(|(name, _)| name.eq_ignore_ascii_case(language)).map(|(_, stub)| *stub)
        });
        stub.map(|stub| stub.split('\n').collect())
    }

    /// What nbgrader's `code_stub` must say, so that it writes the same; `None`: what it says by itself.
    pub fn code_stub(&self) -> Option<BTreeMap<&str, &str>> {
        if self.0.is_empty() {
            return None;
        }
        let mut all: BTreeMap<&str, &str> = NBGRADER.into_iter().collect();
        for (language, stub) in &self.0 {
            let known =
                NBGRADER.iter().map(|(name, _)| *name).find(|name| name.eq_ignore_ascii_case(language));
            all.insert(known.unwrap_or(language), stub);
        }
        Some(all)
    }
}

/// The stub of written answers.
pub(super) const TEXT: &[&str] = &["YOUR ANSWER HERE"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_sets_stubs_by_language() {
        let stubs =
            Stubs::new([("r", "# your code here\nfail() # No Answer\n"), ("julia", "# YOUR CODE HERE")]);
        assert_eq!(stubs.code("R").unwrap(), ["# your code here", "fail() # No Answer"]);
        assert_eq!(stubs.code("julia").unwrap(), ["# YOUR CODE HERE"]);
        assert_eq!(stubs.code("python").unwrap(), ["# YOUR CODE HERE", "raise NotImplementedError()"]);
        assert_eq!(stubs.code("scala"), None);
        let written = stubs.code_stub().unwrap();
        assert_eq!((written["R"], written.len()), ("# your code here\nfail() # No Answer", 7));
        assert_eq!(Stubs::default().code_stub(), None);
    }
}
