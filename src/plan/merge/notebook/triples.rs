//! Two pairings → for every cell of every side, where it is on the others.

use std::collections::{BTreeMap, BTreeSet};

use super::Places;
use super::matching::{Editor, Pairing, pair_sides, pair_unrelated};
use super::signs::Side;
use crate::plan::merge::Three;

/// Every cell of every side, each once, with the places of the same cell on the other sides.
pub(super) struct SameCells {
    /// The places.
    pub(super) places: Vec<Places>,
    /// Numbers of those of which it is in doubt that the course's cell is the same question.
    pub(super) doubts: BTreeSet<usize>,
}

/// Finds them.
pub(super) fn same_cells(sides: Three<&Side<'_>>) -> SameCells {
    let cells = sides.map(|side| side.cells);
    let courses = pair_sides(sides.base, sides.course, Editor::Course, &BTreeMap::new());
    let students = students_cells(sides, &courses);
    let across = across(sides, &students, &courses);
    let mut seen_student = vec![false; cells.student.len()];
    let mut seen_course = vec![false; cells.course.len()];
    let mut found = Vec::with_capacity(cells.base.len());
    for base in 0..cells.base.len() {
        let course = courses.partner(base);
        let adopted = || course.and_then(|course| across.from.get(course).copied().flatten());
        let student = students.partner(base).or_else(adopted);
        mark(&mut seen_student, student);
        mark(&mut seen_course, course);
        found.push(Places { base: Some(base), student, course });
    }
    for student in 0..cells.student.len() {
        if mark(&mut seen_student, Some(student)) {
            let course = across.partner(student).filter(|&course| mark(&mut seen_course, Some(course)));
            found.push(Places { base: None, student: Some(student), course });
        }
    }
    for course in 0..cells.course.len() {
        if mark(&mut seen_course, Some(course)) {
            found.push(Places { base: None, student: None, course: Some(course) });
        }
    }
    // Places of the base come first, each under its own number.
    SameCells { places: found, doubts: courses.doubts }
}

/// Notes that a cell was met; says whether it is the first time.
fn mark(seen: &mut [bool], at: Option<usize>) -> bool {
    at.and_then(|at| seen.get_mut(at)).is_some_and(|seen| !std::mem::replace(seen, true))
}

/// Base ↔ student. A grade_id that the course renamed may be renamed in the student's notebook already, by an earlier merge.
fn students_cells(sides: Three<&Side<'_>>, courses: &Pairing) -> Pairing {
    let cells = sides.map(|side| side.cells);
    let renamed = courses.pairs().filter_map(|(old, new)| {
        let old = cells.base.get(old)?.grade_id()?;
        let new = cells.course.get(new)?.grade_id()?;
        (old != new).then_some((old, new))
    });
    pair_sides(sides.base, sides.student, Editor::Student, &renamed.collect())
}

/// Student ↔ course: by the base, and what the base has on one side or not at all by sure signs.
fn across(sides: Three<&Side<'_>>, students: &Pairing, courses: &Pairing) -> Pairing {
    let mut across = Pairing::none(sides.student.cells.len(), sides.course.cells.len());
    for (base, student) in students.pairs() {
        if let Some(course) = courses.partner(base) {
            across.join(student, course);
        }
    }
    let is_new = |student: usize| students.from.get(student).is_some_and(Option::is_none);
    pair_unrelated(&mut across, sides.student, sides.course, is_new);
    across
}
