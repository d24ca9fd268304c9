//! [`Source`], [`Span`], [`Spanned`]: text that was read, and places in it.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A text file as it was read, under the name that messages give it. Cheap to clone.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    name: String,
    file: usize,
    text: String,
    index: OnceLock<Index>,
}

/// Where lines begin, and how many characters come before every [`BLOCK`]th byte: so that a place is found in no time, in whatever
/// text.
struct Index {
    lines: Vec<usize>,
    characters: Vec<usize>,
}

const BLOCK: usize = 1024;

impl Index {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let mut count = 0;
        let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
            let before = count;
            count += starts(block);
            before
        });
        Self { lines: std::iter::once(0).chain(ends).collect(), characters: blocks.collect() }
    }
}

/// How many characters begin in `bytes`.
fn starts(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

impl Source {
    /// A source called `name` (a path as the user knows it) that holds `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let name = name.into();
        Self(Arc::new(Inner { file: name.len(), name, text: text.into(), index: OnceLock::new() }))
    }

    /// Cell `number` (from 1) of the notebook `file`. Its places count lines within the cell.
    pub fn cell(file: &str, number: usize, text: impl Into<String>) -> Self {
        let name = format!("{file}, cell {number}");
        Self(Arc::new(Inner { name, file: file.len(), text: text.into(), index: OnceLock::new() }))
    }

    /// What the template `file` was rendered to. Its places count lines of that.
    pub fn rendered(file: &str, text: impl Into<String>) -> Self {
        let name = format!("{file} (rendered)");
        Self(Arc::new(Inner { name, file: file.len(), text: text.into(), index: OnceLock::new() }))
    }

    /// Is the text not that of the file, but what a template became?
    pub fn is_rendered(&self) -> bool {
        self.0.name.len() > self.0.file && self.cell_name().is_none()
    }

    /// The file that the text is in: the name without the cell.
    pub fn file(&self) -> &str {
        self.0.name.get(..self.0.file).unwrap_or(&self.0.name)
    }

    /// The name that messages give it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The cell that the text is: `cell 3`. `None`: it is a whole file.
    pub fn cell_name(&self) -> Option<&str> {
        self.0.name.get(self.0.file..)?.strip_prefix(", ")
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The place of the bytes `start..end`, clipped to the text and to character borders.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let text = self.text();
        let clip = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = clip(start);
        Span { source: self.clone(), start, end: clip(end).max(start) }
    }

    /// The place of line `line` (from 1), without its end.
    pub fn line(&self, line: usize) -> Span {
        match self.line_range(line).filter(|range| !range.is_empty()) {
            Some(range) => {
                let text = self.text().get(range.clone()).unwrap_or_default();
                self.span(range.start, range.start + text.trim_end_matches(['\n', '\r']).len())
            }
            None => self.span(self.text().len(), self.text().len()),
        }
    }

    /// The bytes of line `line` (from 1) with its end; none where there is no such line.
    pub fn line_range(&self, line: usize) -> Option<Range<usize>> {
        let lines = &self.index().lines;
        let start = *lines.get(line.checked_sub(1)?)?;
        Some(start..lines.get(line).copied().unwrap_or(self.text().len()))
    }

    fn index(&self) -> &Index {
        self.0.index.get_or_init(|| Index::of(self.text()))
    }

    /// How many characters come before the byte `at`.
    fn characters_before(&self, at: usize) -> usize {
        let block = at / BLOCK;
        let before = self.index().characters.get(block).copied();
        let (from, count) = match before {
            Some(count) => (block * BLOCK, count),
            // The end of a text that fills its last block.
            None => (at, starts(self.text().as_bytes())),
        };
        count + starts(self.text().as_bytes().get(from..at).unwrap_or_default())
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.name())
    }
}

/// A place in a [`Source`]: bytes `start..end`.
#[derive(Clone)]
pub struct Span {
    source: Source,
    start: usize,
    end: usize,
}

impl Span {
    /// The source it is in.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The first byte.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The byte after the last.
    pub fn end(&self) -> usize {
        self.end
    }

    /// The text of the place.
    pub fn text(&self) -> &str {
        &self.source.text()[self.start..self.end]
    }

    /// The same place without the white space around it.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let text = self.text();
        let start = self.start + (text.len() - text.trim_start().len());
        self.source.span(start, start + text.trim().len())
    }

    /// Line and column of the start, both from 1; columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        let lines = &self.source.index().lines;
        let line = lines.partition_point(|start| *start <= self.start);
        let start = lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.source.characters_before(self.start) - self.source.characters_before(start);
        (line, column + 1)
    }

    /// Does `other` lie in it?
    pub fn contains(&self, other: &Span) -> bool {
        self.source.name() == other.source.name() && self.start <= other.start && other.end <= self.end
    }

    /// The key that orders places: source name, then position.
    pub fn order(&self) -> (&str, usize, usize) {
        (self.source.name(), self.start, self.end)
    }
}

impl fmt::Display for Span {
    /// `course.yml:12:5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A value and the place where it was written.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span }
    }

    /// The same place with a reference to the value.
    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span.clone() }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    /// Where it was written does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let source = Source::new("x.yml", "é: 1\nab: ü2\n");
        let span = source.span(source.text().find('2').unwrap(), source.text().find('2').unwrap() + 1);
        assert_eq!(span.to_string(), "x.yml:2:6");
        assert_eq!(source.line(2).text(), "ab: ü2");
        assert_eq!(source.line(9).text(), "");
    }

    #[test]
    fn a_cell_is_named_with_its_file() {
        let cell = Source::cell("a/b.ipynb", 3, "x = 1\ny = (\n");
        assert_eq!(cell.line(2).to_string(), "a/b.ipynb, cell 3:2:1");
        assert_eq!((cell.file(), cell.cell_name()), ("a/b.ipynb", Some("cell 3")));
        assert_eq!(Source::new("a.yml", "").cell_name(), None);
    }

    #[test]
    fn what_a_template_became_is_named_with_it() {
        let made = Source::rendered("a/b.py.j2", "x = 1\n");
        assert_eq!(made.line(1).to_string(), "a/b.py.j2 (rendered):1:1");
        assert_eq!((made.file(), made.cell_name(), made.is_rendered()), ("a/b.py.j2", None, true));
        assert!(!Source::new("a", "").is_rendered() && !Source::cell("a", 1, "").is_rendered());
    }

    #[test]
    fn places_in_long_texts_are_those_that_counting_finds() {
        let text: String = (0..3000).map(|at| if at % 700 == 699 { "\n" } else { "é." }).collect();
        let source = Source::new("x", text.as_str());
        for (at, _) in text.char_indices().step_by(37).chain([(text.len(), ' ')]) {
            let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let counted = (text[..at].matches('\n').count() + 1, text[line_start..at].chars().count() + 1);
            assert_eq!(source.span(at, at).line_column(), counted, "{at}");
        }
        let full = Source::new("x", "a".repeat(2 * BLOCK));
        assert_eq!(full.span(2 * BLOCK, 2 * BLOCK).line_column(), (1, 2 * BLOCK + 1));
    }

    #[test]
    fn spans_are_clipped_to_the_text() {
        let source = Source::new("x", "é");
        assert_eq!(source.span(1, 99).text(), "é");
    }
}
