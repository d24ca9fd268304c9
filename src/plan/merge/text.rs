//! Text files: line merge with the student's line ends.
//!
//! Line ends and the final newline are not content (a checkout on another system changes them all): the merge compares lines
//! without their ends, and the result has the ends that the student's file has. Bytes need not be UTF-8, only text.

use super::Three;
use super::lines::{Region, RegionKind, merge_lines, settle};

/// What a text merge came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextMerge {
    /// Both sides' changes in one text.
    Clean(Vec<u8>),
    /// Both changed the same lines; the student's file stays whole and the course's is offered.
    Conflict(Vec<Collision>),
    /// One of the sides is not text.
    Binary,
}

/// Lines that both sides changed, differently. Line numbers count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// Where, on each side.
    pub at: Three<std::ops::Range<usize>>,
}

/// Is it something else than text? As git decides it: a NUL among the first 8,000 bytes.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|&byte| byte == 0)
}

/// Do most of its lines end in `\r\n`?
pub(super) fn is_crlf(bytes: &[u8]) -> bool {
    Text::of(bytes).usual_end() == Some(b"\r\n")
}

/// The text with `\n` line ends.
pub(super) fn unix(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").into() } else { text.into() }
}

/// Merges three texts. Any bytes will do; binary ones are refused by value.
pub fn merge_text(base: &[u8], student: &[u8], course: &[u8]) -> TextMerge {
    let sides = Three { base, student, course };
    if is_binary(base) || is_binary(student) || is_binary(course) {
        return TextMerge::Binary;
    }
    let mut texts = sides.map(Text::of);
    settle_ends(&mut texts);
    let bodies = texts.as_ref().map(|text| text.lines.iter().map(|line| line.body).collect::<Vec<_>>());
    let regions = merge_lines(bodies.as_ref().map(Vec::as_slice));
    let collisions: Vec<_> = regions
        .iter()
        .filter(|region| region.kind == RegionKind::Conflict)
        .map(|region| Collision { at: region.at.clone() })
        .collect();
    if collisions.is_empty() {
        TextMerge::Clean(join(&texts, &regions))
    } else {
        TextMerge::Conflict(collisions)
    }
}

/// White space at the ends of lines that are the same otherwise makes no collision: the student's stays, or the course's where only the
/// course changed it.
fn settle_ends(texts: &mut Three<Text<'_>>) {
    let mut bodies = texts.as_ref().map(|text| text.lines.iter().map(|line| line.body).collect::<Vec<_>>());
    settle(&mut bodies, |body| body.trim_ascii_end());
    let Three { base, student, course } = bodies;
    for (text, bodies) in
        [(&mut texts.base, base), (&mut texts.student, student), (&mut texts.course, course)]
    {
        for (line, body) in text.lines.iter_mut().zip(bodies) {
            line.body = body;
        }
    }
}

/// A line without its end, and the end.
#[derive(Clone, Copy)]
struct Line<'a> {
    body: &'a [u8],
    end: &'static [u8],
}

struct Text<'a> {
    lines: Vec<Line<'a>>,
    /// An empty text counts as ended: what is added to it ends in a newline.
    ended: bool,
}

impl<'a> Text<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let lines = bytes.split_inclusive(|&byte| byte == b'\n').map(Line::of).collect();
        Self { lines, ended: bytes.last().is_none_or(|&byte| byte == b'\n') }
    }

    /// The line end that most lines have; `\n` where there is none to follow.
    fn usual_end(&self) -> Option<&'static [u8]> {
        let crlf = self.lines.iter().filter(|line| line.end == b"\r\n").count();
        let ends = self.lines.iter().filter(|line| !line.end.is_empty()).count();
        (ends > 0).then_some(if crlf * 2 > ends { b"\r\n" } else { b"\n" })
    }
}

impl<'a> Line<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match bytes {
            [body @ .., b'\r', b'\n'] => Self { body, end: b"\r\n" },
            [body @ .., b'\n'] => Self { body, end: b"\n" },
            body => Self { body, end: b"" },
        }
    }
}

/// The merged text: the student's lines with their own ends, the course's with the end that is usual in the student's file.
fn join(texts: &Three<Text<'_>>, regions: &[Region]) -> Vec<u8> {
    let usual = texts.student.usual_end().or(texts.course.usual_end()).unwrap_or(b"\n");
    let mut merged: Vec<Line<'_>> = Vec::new();
    for region in regions {
        match region.kind {
            RegionKind::Course => {
                let lines = texts.course.lines.get(region.at.course.clone()).unwrap_or_default();
                merged.extend(lines.iter().map(|line| Line { body: line.body, end: usual }));
            }
            _ => merged.extend(texts.student.lines.get(region.at.student.clone()).unwrap_or_default()),
        }
    }
    let changed_by_student = texts.student.ended != texts.base.ended;
    let ended = if changed_by_student { texts.student.ended } else { texts.course.ended };
    let last = merged.len().saturating_sub(1);
    let mut bytes = Vec::new();
    for (number, line) in merged.iter().enumerate() {
        bytes.extend_from_slice(line.body);
        if number < last || ended {
            bytes.extend_from_slice(if line.end.is_empty() { usual } else { line.end });
        }
    }
    bytes
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
