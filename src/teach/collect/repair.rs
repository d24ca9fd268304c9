//! What nbgrader would not grade in a student's notebook, repaired: each repair is said. Pure.
//!
//! nbgrader takes the cells of a submission by grade_id. One that is missing gives no points and no place for feedback; of copies it takes the last, whatever
//! is in it (`DeduplicateIds`); one that it does not know ends the grading of the whole submission (`SaveAutoGrades`).

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::notebook::grading::{flagged, is_locked};
use crate::notebook::nbformat::canonical_text;
use crate::notebook::{Cell, CellKind, Notebook};

/// What was done to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Repair {
    /// It was missing; the course's cell is there again.
    Restored,
    /// It was there more than once; the one with an answer counts, and the others are ordinary cells.
    Uncopied,
    /// It belongs to the course, and has the course's text again.
    TextOfCourse,
    /// It has the type that the course gave it again.
    KindOfCourse,
    /// It has the points and flags that the course gave it again.
    FlagsOfCourse,
    /// The course has no such graded cell; it is an ordinary cell now.
    Unknown,
}

impl Repair {
    /// In words.
    pub fn said(self, cell: &str) -> String {
        match self {
            Self::Restored => format!("cell `{cell}` was missing: the course's is there again"),
            Self::Uncopied => {
                format!("cell `{cell}` was there more than once: the one with an answer counts")
            }
            Self::TextOfCourse => format!("cell `{cell}` was changed: it has the course's text again"),
            Self::KindOfCourse => format!("cell `{cell}` had another type: it has the course's again"),
            Self::FlagsOfCourse => {
                format!("cell `{cell}` had other points or flags: it has the course's again")
            }
            Self::Unknown => {
                format!("cell `{cell}` is not one that the course grades: it is an ordinary cell now")
            }
        }
    }
}

/// Repairs a student's notebook, which came from `course`. What was done, in the order of the course's cells.
pub(super) fn repair(student: &mut Notebook, course: &Notebook) -> Vec<(String, Repair)> {
    let graded = flagged(course);
    let mut order: Vec<(usize, &str)> = graded.iter().map(|(id, (at, _))| (*at, id.as_str())).collect();
    order.sort_unstable();
    let mut done = Vec::new();
    for (at, id) in &order {
        let Some(cell) = course.cells.get(*at) else { continue };
        drop_copies(student, id, cell, &mut done);
        let present = student.cells.iter_mut().find(|other| other.grade_id() == Some(id));
        if let Some(present) = present {
            as_the_course(present, cell, id, &mut done);
        }
    }
    let known: BTreeSet<&str> = graded.keys().map(String::as_str).collect();
    for cell in &mut student.cells {
        let unknown = cell.grade_id().filter(|id| !known.contains(id)).map(str::to_owned);
        if let Some(id) = unknown {
            cell.metadata.shift_remove("nbgrader");
            done.push((id, Repair::Unknown));
        }
    }
    for (at, id) in &order {
        if student.cells.iter().all(|cell| cell.grade_id() != Some(id))
            && let Some(cell) = course.cells.get(*at)
        {
            let place = place_of(student, course, *at);
            let mut cell = cell.clone();
            if cell
                .id
                .as_ref()
                .is_some_and(|id| student.cells.iter().any(|other| other.id.as_ref() == Some(id)))
            {
                cell.id = None;
            }
            student.cells.insert(place, cell);
            done.push(((*id).to_owned(), Repair::Restored));
        }
    }
    let places: BTreeMap<&str, usize> = order.iter().map(|(at, id)| (*id, *at)).collect();
    done.sort_by_key(|(id, what)| (places.get(id.as_str()).copied().unwrap_or(usize::MAX), *what));
    done
}

/// Is the text of two cells the same?
pub(super) fn same_text(a: &Cell, b: &Cell) -> bool {
    canonical_text(&a.source) == canonical_text(&b.source)
}

/// Of several cells with one grade_id keeps that of the course's cell, or else the last one with an answer: it is the one that counts when
/// the notebook runs.
fn drop_copies(student: &mut Notebook, id: &str, course: &Cell, done: &mut Vec<(String, Repair)>) {
    let places: Vec<usize> = (0..student.cells.len())
        .filter(|at| student.cells.get(*at).and_then(Cell::grade_id) == Some(id))
        .collect();
    if places.len() < 2 {
        return;
    }
    let is_given = |at: &&usize| student.cells.get(**at).is_some_and(|cell| same_text(cell, course));
    let kept = if is_locked(course) {
        places.iter().find(is_given).or(places.first()).copied()
    } else {
        places.iter().rev().find(|at| !is_given(at)).or(places.first()).copied()
    };
    for at in places.into_iter().filter(|at| Some(*at) != kept) {
        if let Some(cell) = student.cells.get_mut(at) {
            cell.metadata.shift_remove("nbgrader");
        }
    }
    done.push((id.to_owned(), Repair::Uncopied));
}

/// Text, type and flags as the course has them, where they are its own.
fn as_the_course(cell: &mut Cell, course: &Cell, id: &str, done: &mut Vec<(String, Repair)>) {
    let mut say = |what| done.push((id.to_owned(), what));
    if cell.kind != course.kind {
        cell.kind = course.kind;
        if cell.kind == CellKind::Code {
            cell.attachments = None;
        } else {
            cell.outputs = std::sync::Arc::default();
            cell.execution_count = Value::Null;
        }
        say(Repair::KindOfCourse);
    }
    if is_locked(course) && !same_text(cell, course) {
        cell.source.clone_from(&course.source);
        say(Repair::TextOfCourse);
    }
    let of = |cell: &Cell, key: &str| cell.nbgrader().and_then(|flags| flags.get(key)).cloned();
    let flags = ["grade", "solution", "task"].iter().all(|flag| cell.flag(flag) == course.flag(flag));
    let points = |cell: &Cell| of(cell, "points").and_then(|points| points.as_f64());
    let is_worth = course.flag("grade") || course.flag("task");
    if !flags || (is_worth && points(cell) != points(course)) {
        say(Repair::FlagsOfCourse);
    }
    if let Some(own) = course.metadata.get("nbgrader") {
        cell.metadata.insert("nbgrader".to_owned(), own.clone());
    }
}

/// Where the course's cell at `at` belongs in the student's notebook: behind the nearest cell before it that is there.
fn place_of(student: &Notebook, course: &Notebook, at: usize) -> usize {
    let before = course.cells.get(..at).unwrap_or_default().iter().rev();
    let there = |cell: &Cell| {
        let by_grade =
            cell.grade_id().and_then(|id| student.cells.iter().rposition(|it| it.grade_id() == Some(id)));
        by_grade.or_else(|| {
            let id = cell.id.as_ref()?;
            student.cells.iter().rposition(|other| other.id.as_ref() == Some(id))
        })
    };
    before.filter_map(there).next().map_or(0, |place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cell(id: &str, source: &str, test: bool) -> Cell {
        let mut cell = Cell::new(CellKind::Code, source);
        let flags = json!({"grade_id": id, "grade": test, "solution": !test, "locked": test, "points": 1, "schema_version": 3});
        cell.metadata.insert("nbgrader".into(), flags);
        cell
    }

    fn of(cells: &[Cell]) -> Notebook {
        Notebook { minor: 5, cells: cells.to_vec(), ..Notebook::default() }
    }

    fn course() -> Notebook {
        of(&[
            cell("a", "stub", false),
            cell("t", "assert a", true),
            cell("b", "stub", false),
            cell("u", "assert b", true),
        ])
    }

    fn shown(notebook: &Notebook) -> Vec<String> {
        let line = |cell: &Cell| format!("{} {}", cell.grade_id().unwrap_or("-"), cell.source);
        notebook.cells.iter().map(line).collect()
    }

    #[test]
    fn a_right_notebook_is_left_alone() {
        let mut right = of(&[
            cell("a", "x", false),
            cell("t", "assert a", true),
            cell("b", "y", false),
            cell("u", "assert b", true),
        ]);
        let before = right.clone();
        assert_eq!(repair(&mut right, &course()), []);
        assert_eq!(right, before);
    }

    #[test]
    fn missing_copied_changed_and_unknown_cells_are_repaired() {
        let mut points = cell("u", "assert b", true);
        points.metadata["nbgrader"]["points"] = json!(100);
        let mut bad = of(&[
            cell("a", "first", false),
            cell("a", "stub", false),
            cell("a", "second", false),
            cell("t", "assert True", true),
            points,
            cell("x", "assert mine", true),
        ]);
        let done = repair(&mut bad, &course());
        let done: Vec<(&str, Repair)> = done.iter().map(|(id, what)| (id.as_str(), *what)).collect();
        assert_eq!(
            done,
            [
                ("a", Repair::Uncopied),
                ("t", Repair::TextOfCourse),
                ("b", Repair::Restored),
                ("u", Repair::FlagsOfCourse),
                ("x", Repair::Unknown),
            ]
        );
        assert_eq!(
            shown(&bad),
            ["- first", "- stub", "a second", "t assert a", "b stub", "u assert b", "- assert mine"]
        );
        assert_eq!(bad.cells[5].nbgrader().unwrap()["points"], json!(1));
        assert_eq!(repair(&mut bad, &course()), [], "once is enough");
    }

    #[test]
    fn an_empty_notebook_gets_every_graded_cell_in_order() {
        let mut empty = of(&[]);
        repair(&mut empty, &course());
        assert_eq!(shown(&empty), shown(&course()));
    }

    #[test]
    fn another_type_goes_back() {
        let mut notebook = course();
        notebook.cells[0].kind = CellKind::Markdown;
        assert_eq!(repair(&mut notebook, &course()), [("a".to_owned(), Repair::KindOfCourse)]);
        assert_eq!(notebook, course());
    }
}
