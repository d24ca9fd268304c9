//! What a terminal is shown of a file: the lines around some places, and of long lines a part.
//!
//! In: a [`Source`] and labels in it. Out: an [`Excerpt`] that miette draws, and the labels as they are in it. A course may be one line
//! of 4 MB and may hold what terminals obey: neither reaches them.

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::diagnostic::Label;
use crate::source::Source;

use super::out::{clean, is_odd, shortened};

/// A longer line is shown in part.
const LONGEST: usize = 300;
/// How much of it is shown, and how much of that before the place.
const WINDOW: usize = 200;
const BEFORE: usize = 80;
/// Stands for what is not shown.
const CUT: &str = "…";

/// Some lines of a file.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    /// Its number in the file, from 0.
    number: usize,
    /// Where it begins in the excerpt.
    start: usize,
    /// How many characters are left out before what is shown.
    skipped: usize,
}

impl Excerpt {
    /// The lines of `source` that `labels` stand in, with one before and after each; and the labels in it.
    pub(super) fn of(source: &Source, labels: &[&Label]) -> (Self, Vec<LabeledSpan>) {
        let places: Vec<usize> = labels.iter().map(|label| label.span.line_column().0 - 1).collect();
        let near = |line: &usize| line.saturating_sub(1)..=line + 1;
        let wanted: std::collections::BTreeSet<usize> = places.iter().flat_map(near).collect();
        let mut this =
            Self { name: shortened(&clean(source.name())), text: String::new(), lines: Vec::new() };
        let mut shown: Vec<Option<LabeledSpan>> = vec![None; labels.len()];
        for number in wanted {
            let Some(range) = source.line_range(number + 1) else { continue };
            let here: Vec<usize> = (0..labels.len()).filter(|at| places[*at] == number).collect();
            let line = source.text().get(range.clone()).unwrap_or_default();
            let first = here.first().map_or(0, |at| labels[*at].span.start().saturating_sub(range.start));
            let part = window(line, first);
            let before = if part.start > 0 { CUT } else { "" };
            let start = this.text.len();
            let skipped = line.get(..part.start).unwrap_or_default().chars().count();
            this.lines.push(Line { number, start, skipped: skipped - usize::from(!before.is_empty()) });
            this.text += before;
            for at in here {
                let inside = |place: usize| place.saturating_sub(range.start).clamp(part.start, part.end);
                let span = &labels[at].span;
                // A label that runs over lines is drawn along the margin; its first line says as much.
                let end = span.start() + span.text().lines().next().map_or(0, str::len);
                let (from, to) = (inside(span.start()), inside(end));
                let text = Some(shortened(&clean(&labels[at].text))).filter(|text| !text.is_empty());
                let offset = this.text.len() + from - part.start;
                shown[at] = Some(LabeledSpan::new(text, offset, to - from));
            }
            this.text += &harmless(line.get(part.clone()).unwrap_or_default());
            if part.end < line.trim_end_matches(['\n', '\r']).len() {
                this.text += CUT;
                this.text.push('\n');
            }
        }
        (this, shown.into_iter().flatten().collect())
    }

    /// The index of the line in which the byte `at` of the excerpt is.
    fn line_at(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    /// Where the line after `index` begins.
    fn end_of(&self, index: usize) -> usize {
        self.lines.get(index + 1).map_or(self.text.len(), |next| next.start)
    }
}

/// The part of `line` that is shown when `place` is what matters in it.
fn window(line: &str, place: usize) -> std::ops::Range<usize> {
    if line.len() <= LONGEST {
        return 0..line.len();
    }
    let border = |mut at: usize| {
        at = at.min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = if place < WINDOW { 0 } else { border(place - BEFORE) };
    let end = border(start + WINDOW);
    // A line end alone is nothing that is left out.
    if line.len() - end <= 2 { start..line.len() } else { start..end }
}

/// `text` as a terminal may see it: every odd character is replaced by as many bytes, so that places hold.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends_line = c == '\r' && rest.peek() == Some(&'\n');
        if ends_line || matches!(c, '\n' | '\t') || !is_odd(c) {
            shown.push(c);
        } else {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        }
    }
    shown
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = (self.line_at(start), self.line_at(end.saturating_sub(1).max(start)));
        let follows = |index: usize| self.lines[index + 1].number == self.lines[index].number + 1;
        if !(first..last).all(follows) {
            return Err(MietteError::OutOfBounds);
        }
        let number = |index: usize| self.lines.get(index).map_or(0, |line| line.number);
        if before == 0 && after == 0 {
            let line = self.lines.get(first);
            let (at, skipped) = line.map_or((0, 0), |line| (line.start, line.skipped));
            let column = self.text.get(at..start).unwrap_or_default().chars().count() + skipped;
            let data = self.text.as_bytes().get(start..end).unwrap_or_default();
            return Ok(self.contents(data, (start, end - start), number(first), column, 1));
        }
        let from = if first > 0 && follows(first - 1) { first - 1 } else { first };
        let to = if last + 1 < self.lines.len() && follows(last) { last + 1 } else { last };
        let begins = self.lines.get(from).map_or(0, |line| line.start);
        let ends = self.end_of(to);
        let data = self.text.as_bytes().get(begins..ends).unwrap_or_default();
        Ok(self.contents(data, (begins, ends - begins), number(from), 0, to - from + 1))
    }
}

impl Excerpt {
    fn contents<'a>(
        &self,
        data: &'a [u8],
        span: (usize, usize),
        line: usize,
        column: usize,
        count: usize,
    ) -> Box<dyn SpanContents<'a> + 'a> {
        let name = self.name.clone();
        Box::new(MietteSpanContents::new_named(name, data, span.into(), line, column, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, places: &[(usize, usize)]) -> (Excerpt, Vec<LabeledSpan>) {
        let source = Source::new("c.yml", text);
        let labels: Vec<Label> = places
            .iter()
            .map(|(start, end)| Label { span: source.span(*start, *end), text: "here".to_owned() })
            .collect();
        Excerpt::of(&source, &labels.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_long_line_is_shown_around_its_place() {
        let line = format!("{}é=VALUE{}\n", "x".repeat(70_000), "y".repeat(70_000));
        let at = 70_003;
        let (excerpt, labels) = excerpt(&format!("first\n{line}last"), &[(6 + at, 6 + at + 5)]);
        assert!(excerpt.text.len() < 2 * LONGEST, "{}", excerpt.text);
        let label = &labels[0];
        assert_eq!(&excerpt.text[label.offset()..label.offset() + label.len()], "VALUE");
        let contents = excerpt.read_span(label.inner(), 0, 0).unwrap();
        assert_eq!((contents.line(), contents.column()), (1, 70_002));
        assert!(excerpt.text.starts_with("first\n…x") && excerpt.text.ends_with("y…\nlast"));
    }

    #[test]
    fn places_far_apart_are_no_context_of_each_other() {
        let text: String = (1..=50).map(|line| format!("line {line}\n")).collect();
        let (excerpt, labels) = excerpt(&text, &[(0, 4), (text.len() - 8, text.len() - 4)]);
        let both = SourceSpan::from((labels[0].offset(), labels[1].offset() + 4));
        assert!(excerpt.read_span(&both, 1, 1).is_err());
        assert_eq!(excerpt.read_span(labels[1].inner(), 1, 1).unwrap().line(), 48);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        let (excerpt, _) = excerpt("a\u{1b}[31m\rb\u{202e}c\td\r\n", &[(0, 1)]);
        assert_eq!(excerpt.text, "a?[31m?b???c\td\r\n");
    }

    #[test]
    fn every_place_can_be_shown() {
        let text = format!("{}\r\nab\n\n{}é", "ü".repeat(400), "z".repeat(500));
        for at in 0..=text.len() {
            let (excerpt, labels) = excerpt(&text, &[(at, at + 3), (at / 2, at)]);
            for label in labels {
                assert!(excerpt.read_span(label.inner(), 1, 1).is_ok(), "{at}");
                assert!(excerpt.text.is_char_boundary(label.offset()), "{at}");
            }
        }
    }
}
