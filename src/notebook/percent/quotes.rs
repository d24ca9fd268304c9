//! Is the next line inside a string? jupytext's own idea of it, which is simpler than Python's.

use super::languages;
use crate::notebook::python::lstrip;

/// Reads lines and knows whether a triple quote is open. Single quotes end with their line, comments are skipped, a quote
/// after a backslash does not count.
pub(super) struct Quotes {
    comment: Option<&'static str>,
    python: bool,
    triple: Option<char>,
}

impl Quotes {
    /// A reader of `language`.
    pub(super) fn of(language: &str) -> Self {
        Self { comment: languages::comment(language), python: language != "R", triple: None }
    }

    /// Does the next line begin inside a string?
    pub(super) fn open(&self) -> bool {
        self.triple.is_some()
    }

    /// Reads one line.
    pub(super) fn read(&mut self, line: &str) {
        if !self.python {
            return; // Without triple quotes nothing outlives its line.
        }
        if self.triple.is_none() && self.comment.is_some_and(|comment| lstrip(line).starts_with(comment)) {
            return;
        }
        let bytes = line.as_bytes();
        let mut single: Option<char> = None;
        let mut last_triple: isize = -1;
        let mut place: isize = -1;
        for (at, c) in line.char_indices() {
            place += 1;
            if single.is_none() && self.triple.is_none() && self.starts_comment(line, at) {
                break;
            }
            let escaped = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\\');
            if !matches!(c, '"' | '\'') || escaped {
                continue;
            }
            if single == Some(c) {
                single = None;
            } else if single.is_some() {
                // The other quote inside a string.
            } else if ends_three(bytes, at) && place >= last_triple + 3 {
                if self.triple == Some(c) {
                    self.triple = None;
                    last_triple = place;
                } else if self.triple.is_none() {
                    self.triple = Some(c);
                    last_triple = place;
                }
            } else if self.triple.is_none() {
                single = Some(c);
            }
        }
    }

    fn starts_comment(&self, line: &str, at: usize) -> bool {
        self.comment.is_some_and(|comment| line.get(at..).is_some_and(|rest| rest.starts_with(comment)))
    }
}

/// Is the quote at `at` the last of three?
fn ends_three(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(2)
        .and_then(|start| bytes.get(start..=at))
        .is_some_and(|three| three.iter().all(|b| *b == bytes[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_after(text: &str) -> bool {
        let mut quotes = Quotes::of("python");
        for line in text.split('\n') {
            quotes.read(line);
        }
        quotes.open()
    }

    #[test]
    fn triple_quotes_span_lines_and_nothing_else_does() {
        assert!(open_after("x = \"\"\"a"));
        assert!(open_after("'''a\n# \"\"\" x"));
        assert!(!open_after("'''a\n'''"));
        assert!(!open_after("x = 'a"));
        assert!(!open_after("# it's \"\"\""));
        assert!(!open_after("x # \"\"\""));
        assert!(open_after("\"\"\"it's"));
        assert!(!open_after("\"\"\"\"\"\""));
        assert!(!open_after("x = '\\'' # \"\"\""));
    }
}
