//! The diff3 core: three sequences → [`Region`]s, each the same on all sides, changed by one side, or changed by both.
//!
//! Two Myers diffs against the base, their hunks walked together, as `git merge-file --diff3` does it (git's `xdiff/xmerge.c` at its
//! level "eager"): hunks that touch are one conflict, equal changes are none. Property tests hold it against the real git.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::ops::Range;

use gix_imara_diff::{Algorithm, Diff, InternedInput, Interner};

use super::Three;

/// What happened to a stretch of the three sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegionKind {
    /// Student and course say the same: no one changed it, or both did in the same way.
    Agreed,
    /// Only the student changed it.
    Student,
    /// Only the course changed it.
    Course,
    /// Both changed it, differently.
    Conflict,
}

/// A stretch of the three sequences; one starts where the one before it ends, on every side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// What happened.
    pub kind: RegionKind,
    /// Where it is on each side.
    pub at: Three<Range<usize>>,
}

/// A stretch of `before` that became a stretch of `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// What was there.
    pub before: Range<usize>,
    /// What is there.
    pub after: Range<usize>,
}

/// What changed from `before` to `after`: Myers' diff, hunks slid down as far as they go, as git shows them.
///
/// Sequences of two thousand million elements, which the differ cannot index, count as changed whole.
pub fn hunks<T: Eq + Hash>(before: &[T], after: &[T]) -> Vec<Hunk> {
    if before.len() >= i32::MAX as usize || after.len() >= i32::MAX as usize {
        return vec![Hunk { before: 0..before.len(), after: 0..after.len() }];
    }
    let interner = Interner::new(before.len() + after.len());
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner };
    input.update_before(before.iter());
    input.update_after(after.iter());
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Hunk { before: wide(hunk.before), after: wide(hunk.after) }).collect()
}

/// The pairs of equal elements that the diff from `before` to `after` leaves in place.
pub fn kept<T: Eq + Hash>(before: &[T], after: &[T]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut from, mut to) = (0, 0);
    for hunk in hunks(before, after) {
        pairs.extend((from..hunk.before.start).zip(to..hunk.after.start));
        (from, to) = (hunk.before.end, hunk.after.end);
    }
    pairs.extend((from..before.len()).zip(to..after.len()));
    pairs
}

/// Merges three sequences: the regions, in order, that together cover each side exactly once.
pub fn merge_lines<T: Eq + Hash>(sides: Three<&[T]>) -> Vec<Region> {
    let students = hunks(sides.base, sides.student);
    let courses = hunks(sides.base, sides.course);
    let mut merged = Walk::default();
    let (mut s, mut c) = (students.iter().peekable(), courses.iter().peekable());
    loop {
        match (s.peek(), c.peek()) {
            (None, None) => break,
            (Some(student), course) if course.is_none_or(|it| student.before.end < it.before.start) => {
                merged.student_alone(student);
                s.next();
            }
            (student, Some(course)) if student.is_none_or(|it| course.before.end < it.before.start) => {
                merged.course_alone(course);
                c.next();
            }
            (Some(student), Some(course)) => {
                if !same_change(sides, student, course) {
                    merged.conflict(student, course);
                }
                let (student_end, course_end) = (student.before.end, course.before.end);
                if student_end >= course_end {
                    merged.course_shift(course);
                    c.next();
                }
                if course_end >= student_end {
                    merged.student_shift(student);
                    s.next();
                }
            }
            // Unreachable: a single hunk always is alone, by the guards above.
            _ => break,
        }
    }
    with_agreed(merged.regions, sides.map(<[T]>::len))
}

/// Applies both sides' hunks where no element of the base is in two of them; hunks that touch do not collide here, unlike in
/// [`merge_lines`], as in a notebook's small cells most changes touch. What both insert at one place, the course's and the student's, is what
/// `both_inserted` makes of it. `None`: they collide.
pub fn merge_disjoint<T: Eq + Hash + Clone>(
    sides: Three<&[T]>,
    both_inserted: impl Fn(&[T], &[T]) -> Option<Vec<T>>,
) -> Option<Vec<T>> {
    let mut merged = Vec::new();
    for Region { kind, at } in merge_lines(sides) {
        match kind {
            RegionKind::Course => merged.extend_from_slice(sides.course.get(at.course)?),
            RegionKind::Agreed | RegionKind::Student => {
                merged.extend_from_slice(sides.student.get(at.student)?)
            }
            RegionKind::Conflict => {
                let base = sides.base.get(at.base)?;
                let (student, course) = (sides.student.get(at.student)?, sides.course.get(at.course)?);
                merged.extend(interleave(Three { base, student, course }, &both_inserted)?);
            }
        }
    }
    Some(merged)
}

fn interleave<T: Eq + Hash + Clone>(
    sides: Three<&[T]>,
    both_inserted: impl Fn(&[T], &[T]) -> Option<Vec<T>>,
) -> Option<Vec<T>> {
    let (students, courses) = (hunks(sides.base, sides.student), hunks(sides.base, sides.course));
    let (mut students, mut courses) = (students.iter().peekable(), courses.iter().peekable());
    let mut merged = Vec::new();
    let mut done = 0;
    let first = |hunk: &&Hunk| (hunk.before.start, hunk.before.end);
    loop {
        let (at, lines) = match (students.peek().map(first), courses.peek().map(first)) {
            (None, None) => break,
            (Some(student), Some(course)) if student == course => {
                let (student, course) = (students.next()?, courses.next()?);
                let theirs = sides.course.get(course.after.clone())?;
                let mine = sides.student.get(student.after.clone())?;
                if !student.before.is_empty() {
                    return None;
                }
                let lines = both_inserted(theirs, mine)?;
                (student.before.clone(), lines)
            }
            (student, course)
                if course.is_none_or(|course| student.is_some_and(|student| student < course)) =>
            {
                let hunk = students.next()?;
                (hunk.before.clone(), sides.student.get(hunk.after.clone())?.to_vec())
            }
            _ => {
                let hunk = courses.next()?;
                (hunk.before.clone(), sides.course.get(hunk.after.clone())?.to_vec())
            }
        };
        // A range that starts before the last one ended is none: the hunks overlap.
        merged.extend_from_slice(sides.base.get(done..at.start)?);
        merged.extend(lines);
        done = at.end;
    }
    merged.extend_from_slice(sides.base.get(done..)?);
    Some(merged)
}

/// Where the sides differ only in what `key` does not see, makes them one: the student's, or the course's where only the course changed it.
pub fn settle<T: Clone + PartialEq, K: Eq + Hash>(sides: &mut Three<Vec<T>>, key: impl Fn(&T) -> K) {
    let keys = sides.as_ref().map(|side| side.iter().map(&key).collect::<Vec<_>>());
    let places = |side: &[K]| kept(&keys.base, side).into_iter().collect::<BTreeMap<_, _>>();
    let (students, courses) = (places(&keys.student), places(&keys.course));
    for (at, base) in sides.base.iter_mut().enumerate() {
        let student = students.get(&at).and_then(|&place| sides.student.get_mut(place));
        let course = courses.get(&at).and_then(|&place| sides.course.get_mut(place));
        let chosen = match (&student, &course) {
            (Some(student), _) if **student != *base => (*student).clone(),
            (_, Some(course)) => (*course).clone(),
            _ => continue,
        };
        for side in [student, course].into_iter().flatten() {
            side.clone_from(&chosen);
        }
        *base = chosen;
    }
}

fn same_change<T: Eq>(sides: Three<&[T]>, student: &Hunk, course: &Hunk) -> bool {
    student.before == course.before
        && sides.student.get(student.after.clone()) == sides.course.get(course.after.clone())
}

/// How far a side has drifted from the base: `side index = base index + drift`, for lines behind the hunks seen so far.
fn drift(hunk: &Hunk) -> isize {
    hunk.after.end as isize - hunk.before.end as isize
}

fn shifted(range: &Range<usize>, by: isize) -> Range<usize> {
    range.start.saturating_add_signed(by)..range.end.saturating_add_signed(by)
}

/// The state of the walk over both lists of hunks.
#[derive(Default)]
struct Walk {
    regions: Vec<Region>,
    student_drift: isize,
    course_drift: isize,
}

impl Walk {
    fn student_alone(&mut self, hunk: &Hunk) {
        let course = shifted(&hunk.before, self.course_drift);
        self.student_shift(hunk);
        let at = Three { base: hunk.before.clone(), student: hunk.after.clone(), course };
        self.push(RegionKind::Student, at);
    }

    fn course_alone(&mut self, hunk: &Hunk) {
        let student = shifted(&hunk.before, self.student_drift);
        self.course_shift(hunk);
        let at = Three { base: hunk.before.clone(), student, course: hunk.after.clone() };
        self.push(RegionKind::Course, at);
    }

    fn student_shift(&mut self, hunk: &Hunk) {
        self.student_drift = drift(hunk);
    }

    fn course_shift(&mut self, hunk: &Hunk) {
        self.course_drift = drift(hunk);
    }

    /// Both hunks, each widened to what the other covers of the base.
    fn conflict(&mut self, student: &Hunk, course: &Hunk) {
        let start = student.before.start.min(course.before.start);
        let end = student.before.end.max(course.before.end);
        let widen = |hunk: &Hunk| {
            let from = hunk.after.start.saturating_sub(hunk.before.start - start);
            from..hunk.after.end + (end - hunk.before.end)
        };
        let at = Three { base: start..end, student: widen(student), course: widen(course) };
        self.push(RegionKind::Conflict, at);
    }

    /// Appends a region; one that touches the last on either side joins it, as a conflict unless the same side made both.
    fn push(&mut self, kind: RegionKind, at: Three<Range<usize>>) {
        match self.regions.last_mut() {
            Some(last)
                if at.student.start <= last.at.student.end || at.course.start <= last.at.course.end =>
            {
                if last.kind != kind {
                    last.kind = RegionKind::Conflict;
                }
                last.at.base.end = at.base.end;
                last.at.student.end = at.student.end;
                last.at.course.end = at.course.end;
            }
            _ => self.regions.push(Region { kind, at }),
        }
    }
}

/// Puts the stretches between the changes in their places.
fn with_agreed(changes: Vec<Region>, lengths: Three<usize>) -> Vec<Region> {
    let mut regions = Vec::with_capacity(changes.len() * 2 + 1);
    let mut done = Three { base: 0, student: 0, course: 0 };
    let end = Region { kind: RegionKind::Agreed, at: lengths.map(|length| length..length) };
    for change in changes.into_iter().chain([end]) {
        let gap = Three {
            base: done.base..change.at.base.start,
            student: done.student..change.at.student.start,
            course: done.course..change.at.course.start,
        };
        if !(gap.base.is_empty() && gap.student.is_empty() && gap.course.is_empty()) {
            regions.push(Region { kind: RegionKind::Agreed, at: gap });
        }
        done = change.at.as_ref().map(|range| range.end);
        if change.kind != RegionKind::Agreed {
            regions.push(change);
        }
    }
    regions
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
