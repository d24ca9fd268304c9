//! [`Diagnostic`]: what is wrong, where, and what would be right. A record; rendering is `cli`'s.

use std::fmt;

use serde::Serialize;

use crate::id::UnitId;
use crate::path::WorkspacePath;
use crate::source::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing is compiled.
    Error,
    /// It compiles, and is probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $severity:ident;)+) => {
        /// What kind of diagnostic it is. The text form is stable: scripts and documentation name it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Code] = &[$(Code::$name),+];

            /// The stable text: `group::name`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The severity that a diagnostic of this code has.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),+ }
            }

            /// One sentence: what the code means.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii()),+ }
            }
        }
    };
}

mod codes;
pub use codes::Code;

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said there; may be empty.
    pub text: String,
}

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What was found: lower case, no full stop.
    pub message: String,
    /// Where; the first label is the main one.
    pub labels: Vec<Label>,
    /// What would be right.
    pub help: Option<String>,
    /// The unit that the course does not have, where that is what is wrong.
    pub lacks: Option<UnitId>,
    /// The file of a workspace that it is about, where that is not the one it points into.
    pub about: Option<WorkspacePath>,
}

impl Diagnostic {
    /// A diagnostic of `code` with its usual severity.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            labels: Vec::new(),
            help: None,
            lacks: None,
            about: None,
        }
    }

    /// With a place; the first one given is the main one.
    #[must_use]
    pub fn at(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span: span.clone(), text: text.into() });
        self
    }

    /// With a place, where there is one.
    #[must_use]
    pub fn at_some(self, span: Option<&Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.at(span, text),
            None => self,
        }
    }

    /// With what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Wrong because the course does not have `unit`.
    #[must_use]
    pub fn lacks(mut self, unit: &UnitId) -> Self {
        self.lacks = Some(unit.clone());
        self
    }

    /// The main place.
    pub fn span(&self) -> Option<&Span> {
        self.labels.first().map(|label| &label.span)
    }
}

/// A value (where one could be made) and everything that was found on the way.
#[derive(Debug)]
pub struct Checked<T> {
    /// The value; `None` when an error left nothing worth having.
    pub value: Option<T>,
    /// In the order found until [`sort`] is called.
    pub diagnostics: Vec<Diagnostic>,
}

impl<T> Checked<T> {
    /// A value with what was found.
    pub fn new(value: T, diagnostics: Vec<Diagnostic>) -> Self {
        Self { value: Some(value), diagnostics }
    }

    /// No value.
    pub fn failed(diagnostics: Vec<Diagnostic>) -> Self {
        Self { value: None, diagnostics }
    }

    /// Is one of the diagnostics an error?
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }

    /// The value if no diagnostic is an error; the diagnostics either way.
    ///
    /// # Errors
    /// All diagnostics, when one is an error or there is no value.
    pub fn into_result(self) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>> {
        match self.value {
            Some(value) if !has_errors(&self.diagnostics) => Ok((value, self.diagnostics)),
            _ => Err(self.diagnostics),
        }
    }
}

/// `text` as a message quotes it: as it was written, except for what would break the line.
pub fn quoted(text: &str) -> String {
    let one = |c: char| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() };
    text.chars().map(one).collect()
}

/// Is there an error of which the main place is in `span`? What follows from it need not be said as well.
pub fn error_within(diagnostics: &[Diagnostic], span: &Span) -> bool {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .any(|diagnostic| diagnostic.span().is_some_and(|place| span.contains(place)))
}

/// Is one of them an error?
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Puts diagnostics in the order in which they are shown (by file and place; errors before warnings at one place) and
/// drops repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    fn key(d: &Diagnostic) -> (Option<(&str, usize, usize)>, Severity, Code, &str) {
        (d.span().map(Span::order), d.severity, d.code, &d.message)
    }
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
    diagnostics.dedup_by(|a, b| key(a) == key(b));
}

/// `; did you mean …`: the nearest of `candidates` to `written`, if one is near enough to be a slip.
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.into_iter().filter_map(|candidate| Some((slips(written, candidate)?, candidate)));
    near.min().map(|(_, candidate)| candidate)
}

/// How many slips make `written` of `meant`; none where they are too many to be slips: more than a third of the letters, or all.
pub fn slips(written: &str, meant: &str) -> Option<usize> {
    let letters = written.chars().count();
    let limit = (letters / 3).max(1).min(letters.saturating_sub(1));
    // No one writes such a name by a slip, and comparing takes time and memory by the product of the lengths.
    if letters >= 200 || meant.chars().count().abs_diff(letters) > limit {
        return None;
    }
    let distance = strsim::damerau_levenshtein(&written.to_lowercase(), &meant.to_lowercase());
    (distance <= limit).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn nearest_finds_slips_and_nothing_else() {
        assert_eq!(nearest("autogard", ["autograd", "tensor"]), Some("autograd"));
        assert_eq!(nearest("quantum", ["autograd", "tensor"]), None);
        assert_eq!(nearest("x", ["a", "b"]), None, "another letter is not a slip");
    }

    #[test]
    fn sorting_is_by_place_and_drops_repetitions() {
        let source = Source::new("c.yml", "abcdef");
        let at = |start| Diagnostic::new(Code::UnknownKey, "m").at(&source.span(start, start + 1), "");
        let mut all = vec![at(4), at(1), at(4)];
        sort(&mut all);
        assert_eq!(all.iter().map(|d| d.span().unwrap().start()).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn codes_are_unique_and_explained() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.summary().len() > 15, "{code} says too little");
            assert!(code.as_str().contains("::"));
        }
    }
}
