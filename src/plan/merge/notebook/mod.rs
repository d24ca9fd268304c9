//! Notebooks: the three-way merge by cell.
//!
//! In: three notebooks. Out: a [`NotebookMerge`]: always a notebook (valid nbformat 4.5, no conflict marker in it), and the report of what
//! became of every cell. Total: whatever the notebooks hold, every line that the student wrote is in the result, or, for cells
//! that are the course's alone, in the report.
//!
//! matching (which cell is which) → cells (what each becomes) → order → finish (ids, format). Its type is not
//! [`TextMerge`](super::text::TextMerge), because a notebook never fails to merge as a whole.

mod by_id;
mod by_text;
mod cells;
mod finish;
mod likeness;
pub mod matching;
mod metadata;
mod order;
mod regions;
mod renames;
pub mod report;
mod spine;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Three;
use crate::notebook::{Cell, Notebook};
use cells::Merged;
use matching::{Editor, Pairing, pair, pair_unrelated, pair_with_aliases};
pub use report::{CellReport, Fate, MergeReport};

/// A merged notebook, and what was done.
#[derive(Clone, Debug, PartialEq)]
pub struct NotebookMerge {
    /// The notebook.
    pub notebook: Notebook,
    /// What became of every cell.
    pub report: MergeReport,
}

/// The places of one cell on the three sides.
type Places = Three<Option<usize>>;

/// Merges three notebooks, as the table of cells says: each cell by who changed it and whom it belongs to.
pub fn merge_notebooks(sides: Three<&Notebook>) -> NotebookMerge {
    let cells = sides.map(|notebook| notebook.cells.as_slice());
    let places = same_cells(cells);
    let merged: Vec<Merged> = places.iter().map(|&places| cells::merge_cell(cells, places)).collect();
    let order = order::order(&places, &merged);
    let mut report = MergeReport::default();
    let mut result = Notebook {
        minor: 5,
        metadata: metadata::of_notebook(sides.map(|notebook| &notebook.metadata)),
        cells: Vec::new(),
        other: metadata::three_way(sides.map(|notebook| &notebook.other)),
    };
    let mut wanted = Vec::new();
    for (cell, moved, mut entry, ids) in order::arrange(merged, &order) {
        entry.moved = moved;
        if let Some(cell) = cell {
            entry.at = Some(result.cells.len());
            result.cells.push(cell);
            wanted.push(ids);
        }
        report.cells.push(entry);
    }
    finish::finish(&mut result, &wanted);
    NotebookMerge { notebook: result, report }
}

/// Every cell of every side, each once, with the places of the same cell on the other sides.
fn same_cells(cells: Three<&[Cell]>) -> Vec<Places> {
    let courses = pair(cells.base, cells.course, Editor::Course);
    let grade_id = |cells: &'_ [Cell], at: usize| cells.get(at).and_then(Cell::grade_id).map(str::to_owned);
    let renamed: Vec<_> = courses
        .pairs()
        .filter_map(|(old, new)| Some((grade_id(cells.base, old)?, grade_id(cells.course, new)?)))
        .filter(|(old, new)| old != new)
        .collect();
    // An earlier merge may have renamed it in the student's notebook already.
    let aliases = renamed.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    let students = pair_with_aliases(cells.base, cells.student, Editor::Student, &aliases);
    let mut across = Pairing::none(cells.student.len(), cells.course.len());
    for (base, student) in students.pairs() {
        if let Some(course) = courses.partner(base) {
            across.join(student, course);
        }
    }
    // What the base has on one side only may still be the same cell, renamed or added on both.
    let mut rest = across.clone();
    pair_unrelated(&mut rest, cells.student, cells.course);
    let mut found = Vec::new();
    for base in 0..cells.base.len() {
        let course = courses.partner(base);
        let adopted = || course.and_then(|course| rest.from.get(course).copied().flatten());
        found.push(Places { base: Some(base), student: students.partner(base).or_else(adopted), course });
    }
    let seen = |of: fn(&Places) -> Option<usize>, length: usize| {
        let mut seen = vec![false; length];
        for at in found.iter().filter_map(of) {
            if let Some(mark) = seen.get_mut(at) {
                *mark = true;
            }
        }
        seen
    };
    let seen_student = seen(|places| places.student, cells.student.len());
    let seen_course = seen(|places| places.course, cells.course.len());
    let mut own = Vec::new();
    for (student, seen) in seen_student.into_iter().enumerate() {
        let course = rest.partner(student).filter(|&at| seen_course.get(at) == Some(&false));
        if !seen {
            own.push(Places { base: None, student: Some(student), course });
        }
    }
    let paired: BTreeSet<_> = own.iter().filter_map(|places| places.course).collect();
    found.extend(own);
    for (course, seen) in seen_course.into_iter().enumerate() {
        if !seen && !paired.contains(&course) {
            found.push(Places { base: None, student: None, course: Some(course) });
        }
    }
    found
}

/// The text of a cell with `\n` line ends: how a line ends is not part of what a cell says.
fn text_of(source: &str) -> Cow<'_, str> {
    if source.contains('\r') {
        source.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        source.into()
    }
}

/// Is it an edit? Only type and text count: not ids, outputs, counts, or metadata.
pub fn differs(a: &Cell, b: &Cell) -> bool {
    a.kind != b.kind || (a.source != b.source && text_of(&a.source) != text_of(&b.source))
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
