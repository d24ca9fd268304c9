//! Which version of a cell the student's came from.
//!
//! Lines in the place of a stub of the last version are the student's, and say nothing about that. A version that gives what the last one
//! asks for is the origin only of a cell in a notebook that is old as a whole: else the answer would make way for the stub.

use std::collections::BTreeSet;

use super::lines::hunks;
use super::notebook::asked::{around, asks_all, is_only_answered};
use super::notebook::differs;
use crate::notebook::Cell;
use crate::python::words;

/// What is known about a notebook as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// It is closest to the version that tito last wrote.
    pub(super) is_last: bool,
    /// It is a former version: cells say so, and none says anything else.
    pub(super) is_old: bool,
}

/// What one cell says about the notebook that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It has text of the former version that the course has replaced since.
    Old,
    /// It has what the last version has.
    Last,
    /// Nothing.
    Nothing,
}

/// What the student's cell says, where `former` and `last` are versions of it.
pub(super) fn says(former: &Cell, last: &Cell, student: &Cell) -> Says {
    if !differs(former, last) || !asks_all(former, last) || !asks_all(last, former) {
        return Says::Nothing;
    }
    let is_asked = is_only_answered(last, last);
    let (far_former, far_last) = (distance_around(former, student), distance_around(last, student));
    if far_last < far_former {
        Says::Last
    } else if far_former < far_last
        && (has_of(former, last, student, Lines::Around) || (!is_asked && !differs(former, student)))
    {
        Says::Old
    } else {
        Says::Nothing
    }
}

/// The version that the student's cell came from. `versions` has at least one, the oldest first; `start` is the one in the version to which
/// the whole notebook is closest. `is_behind`: the student did not take over the last one.
pub(super) fn of_cell<'c>(
    versions: &[&'c Cell],
    start: Option<&Cell>,
    (whole, is_behind): (Whole, bool),
    student: &Cell,
) -> Option<&'c Cell> {
    let &last = versions.last()?;
    let is_start = |version: &Cell| start.is_some_and(|start| std::ptr::eq(start, version));
    if !whole.is_old && !is_behind && is_only_answered(last, student) {
        return Some(last);
    }
    let is_possible = |version: &&&Cell| {
        asks_all(version, last)
            || (whole.is_old && is_start(version))
            || (is_behind && differs(version, student))
    };
    let former = versions.iter().rev().skip(1).filter(is_possible).copied();
    let candidates: Vec<&Cell> = std::iter::once(last).chain(former).collect();
    if let Some(same) = candidates.iter().find(|version| !differs(version, student)) {
        return Some(same);
    }
    let far: Vec<usize> = candidates.iter().map(|version| distance_around(version, student)).collect();
    let least = far.iter().min()?;
    let mut closest =
        candidates.iter().zip(&far).filter(|(_, far)| *far == least).map(|(version, _)| *version);
    let chosen = if is_behind && candidates.len() > 1 {
        // Where the last version was not taken over, it is the origin only if it is closer than any other: a tie tells nothing.
        let first = closest.next()?;
        if std::ptr::eq(first, last) { closest.next().unwrap_or(last) } else { first }
    } else {
        let equally: Vec<&Cell> = closest.collect();
        let start = equally.iter().find(|version| whole.is_old && is_start(version));
        start.or(equally.first()).copied()?
    };
    // In a notebook that is the last version as a whole, a cell that only does not have something is one that the student shortened.
    let is_sure = whole.is_old
        || is_behind
        || has_of(chosen, last, student, Lines::Around)
        || (!whole.is_last && !has_of(chosen, last, student, Lines::All));
    Some(if is_sure { chosen } else { last })
}

/// How many words and signs must go or come.
pub(super) fn distance_of(before: &str, after: &str) -> usize {
    let [before, after] = [before, after].map(|text| words(text).collect::<Vec<_>>());
    hunks(&before, &after).into_iter().map(|hunk| hunk.before.len() + hunk.after.len()).sum()
}

fn distance_around(version: &Cell, student: &Cell) -> usize {
    let [version, student] = around(version, student);
    distance_of(&version, &student)
}

/// Which lines of a student's cell are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// All.
    All,
    /// Those that are not in the place of a stub of the last version.
    Around,
}

/// Does the student's cell have a line of `chosen` that `last` has not?
fn has_of(chosen: &Cell, last: &Cell, student: &Cell, which: Lines) -> bool {
    let lines = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().map(|line| line.split_whitespace().collect::<String>());
        lines.filter(|line| !line.is_empty()).collect()
    };
    let student = match which {
        Lines::All => lines(&student.source),
        Lines::Around => lines(&around(last, student)[1]),
    };
    let (chosen, last) = (lines(&chosen.source), lines(&last.source));
    chosen.difference(&last).any(|line| student.contains(line))
}
