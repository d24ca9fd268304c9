//! The text of one cell on three sides → one text, or a collision.
//!
//! Three things are settled before lines are compared, each by itself, so that none of them can withhold the rest: white space at
//! line ends and at the end of the cell; the lines that belong on top of a code cell (`%%time`, `#| export`); and what both sides insert
//! at one place, which [`insertions`](super::insertions) puts in order.

use std::borrow::Cow;

use super::insertions::is_directive;
use super::regions::{merge_shared, merge_solution};
use crate::notebook::nbformat::canonical_text;
use crate::plan::merge::Three;
use crate::plan::merge::lines::settle;

/// Who may write in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// The student in its regions, the course around them.
    Regions,
    /// Everybody.
    Shared,
}

/// The text with `\n` line ends.
pub(super) fn unix(source: &str) -> Cow<'_, str> {
    if source.contains('\r') {
        source.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        source.into()
    }
}

/// The three texts with `\n` line ends, and with one white space at the ends of lines that are the same otherwise: the student's, or the
/// course's where only the course changed it. Afterwards texts that say the same are equal.
pub(super) fn settled<'a>(sources: Three<&'a str>) -> Three<Cow<'a, str>> {
    let texts = sources.map(unix);
    let is_bare = |text: &str| matches!(canonical_text(text), Cow::Borrowed(_));
    if is_bare(&texts.base) && is_bare(&texts.student) && is_bare(&texts.course) {
        return texts;
    }
    let mut lines = texts.as_ref().map(|text| text.split('\n').collect::<Vec<_>>());
    let tails = Three {
        base: tail(&mut lines.base),
        student: tail(&mut lines.student),
        course: tail(&mut lines.course),
    };
    settle(&mut lines, |line| line.trim_end());
    let tail = if tails.student == tails.base { tails.course } else { tails.student };
    lines.map(|mut lines| {
        lines.extend_from_slice(&tail);
        Cow::Owned(lines.join("\n"))
    })
}

/// Takes the blank lines off the end.
fn tail<'a>(lines: &mut Vec<&'a str>) -> Vec<&'a str> {
    let end = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    lines.split_off(end)
}

/// Merges settled texts. `None`: lines collide, or code would not hold together.
pub(super) fn merge_texts(texts: Three<&str>, lines: Lines, is_code: bool) -> Option<String> {
    let merge = if lines == Lines::Regions { merge_solution } else { merge_shared };
    if !is_code {
        return merge(texts, false);
    }
    let base = Topped::of(texts.base, &[]);
    let sides = Three {
        student: Topped::of(texts.student, &base.top),
        course: Topped::of(texts.course, &base.top),
        base,
    };
    if sides.base.top.is_empty() && sides.student.top.is_empty() && sides.course.top.is_empty() {
        return merge(texts, true);
    }
    let mut merged = merge_tops(sides.as_ref().map(|side| side.top.as_slice()))?;
    let rests = sides.as_ref().map(|side| side.rest.join("\n"));
    let rest = merge(rests.as_ref().map(String::as_str), true)?;
    if !rest.is_empty() {
        merged.push(&rest);
    }
    Some(merged.join("\n"))
}

/// A code cell, cut into what belongs on top and the rest.
struct Topped<'a> {
    /// A cell magic and directives.
    top: Vec<&'a str>,
    /// All other lines.
    rest: Vec<&'a str>,
}

impl<'a> Topped<'a> {
    /// Lines that were on top of the base are found anywhere: an import may be above them now.
    fn of(text: &'a str, of_base: &[&str]) -> Self {
        let (mut top, mut rest) = (Vec::new(), Vec::new());
        let mut on_top = true;
        for line in text.split('\n') {
            let first = top.is_empty() && rest.iter().all(|line: &&str| line.trim().is_empty());
            let belongs = is_directive(line) || (first && line.starts_with("%%"));
            let strayed = of_base.contains(&line) && !top.contains(&line);
            if (on_top && belongs) || strayed {
                top.push(line);
            } else {
                on_top &= line.trim().is_empty();
                rest.push(line);
            }
        }
        Self { top, rest }
    }
}

/// Directives line by line: the course's, then the student's own; what one side deleted is gone. `None`: both replaced one differently.
fn merge_tops<'a>(tops: Three<&[&'a str]>) -> Option<Vec<&'a str>> {
    let Three { base, student, course } = tops;
    let without = |lines: &[&'a str], other: &[&str]| -> Vec<&'a str> {
        lines.iter().copied().filter(|line| !other.contains(line)).collect()
    };
    let (gone, new) = (without(base, student), without(student, base));
    let (gone_too, of_course) = (without(base, course), without(course, base));
    let both_replaced =
        gone.iter().any(|line| gone_too.contains(line)) && !new.is_empty() && !of_course.is_empty();
    let is_magic = |line: &&str| line.starts_with("%%");
    let two_magics = new.iter().any(is_magic) && of_course.iter().any(is_magic);
    if (both_replaced || two_magics) && new != of_course {
        return None;
    }
    let mut merged = without(course, &gone);
    merged.extend(without(&new, &of_course));
    merged.sort_by_key(|line| !is_magic(line));
    Some(merged)
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
