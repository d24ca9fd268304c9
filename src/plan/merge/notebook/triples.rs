//! Two pairings → for every cell of every side, where it is on the others.

use super::Places;
use super::matching::{Editor, Pairing, pair, pair_unrelated, pair_with_aliases};
use crate::notebook::Cell;
use crate::plan::merge::Three;

/// Every cell of every side, each once, with the places of the same cell on the other sides.
pub(super) fn same_cells(cells: Three<&[Cell]>) -> Vec<Places> {
    let courses = pair(cells.base, cells.course, Editor::Course);
    let students = students_cells(cells, &courses);
    let across = across(cells, &students, &courses);
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
    found
}

/// Notes that a cell was met; says whether it is the first time.
fn mark(seen: &mut [bool], at: Option<usize>) -> bool {
    at.and_then(|at| seen.get_mut(at)).is_some_and(|seen| !std::mem::replace(seen, true))
}

/// Base ↔ student. A grade_id that the course renamed may be renamed in the student's notebook already, by an earlier merge.
fn students_cells(cells: Three<&[Cell]>, courses: &Pairing) -> Pairing {
    let renamed = courses.pairs().filter_map(|(old, new)| {
        let old = cells.base.get(old)?.grade_id()?;
        let new = cells.course.get(new)?.grade_id()?;
        (old != new).then_some((old, new))
    });
    pair_with_aliases(cells.base, cells.student, Editor::Student, &renamed.collect())
}

/// Student ↔ course: by the base, and what the base has on one side or not at all by sure signs.
fn across(cells: Three<&[Cell]>, students: &Pairing, courses: &Pairing) -> Pairing {
    let mut across = Pairing::none(cells.student.len(), cells.course.len());
    for (base, student) in students.pairs() {
        if let Some(course) = courses.partner(base) {
            across.join(student, course);
        }
    }
    pair_unrelated(&mut across, cells.student, cells.course);
    across
}
