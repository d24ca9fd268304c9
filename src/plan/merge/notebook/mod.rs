//! Notebooks: the three-way merge by cell.
//!
//! In: three notebooks. Out: a [`NotebookMerge`]: always a notebook (valid nbformat 4.5, no conflict marker in it), and the report of what
//! became of every cell. Total: whatever the notebooks hold, every line that the student wrote is in the result, or, for cells
//! that are the course's alone, in the report.
//!
//! matching (which cell is which) → cells (what each becomes; authors, where neither side is a student) → moves (answers whose exercise is elsewhere
//! now) → order → needs (no cell before one of the student's that it uses) → hidden (no stub behind an answer) → finish (ids, format). Its type is not
//! [`TextMerge`](super::text::TextMerge), because a notebook never fails to merge as a whole.

pub(super) mod asked;
mod authors;
mod by_id;
mod by_place;
mod by_signs;
mod by_text;
mod cells;
mod defined;
mod finish;
mod fits;
mod hidden;
mod insertions;
mod likeness;
pub mod matching;
mod metadata;
mod moves;
mod names;
mod needs;
mod order;
mod pairing;
mod partners;
mod parts;
mod regions;
pub mod report;
mod signs;
mod sound;
mod spine;
mod texts;
mod triples;

use std::borrow::Cow;

use super::Three;
use crate::notebook::nbformat::canonical_text;
use crate::notebook::{Cell, Notebook};
use cells::Merged;
use moves::Exercises;
pub use names::{cell_id, cell_name};
pub use report::{Beside, CellReport, Fate, MergeReport, OtherCell, Whose};
use signs::Side;

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

/// Who wrote the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    /// A student, and the course.
    Student,
    /// Two authors of the course: what is graded is neither side's alone.
    Authors,
}

/// Merges three notebooks, as the table of cells says: each cell by who changed it and whom it belongs to.
pub fn merge_notebooks(sides: Three<&Notebook>) -> NotebookMerge {
    let cells = sides.map(|notebook| notebook.cells.as_slice());
    let read = cells.map(Side::of);
    let same = triples::same_cells(read.as_ref());
    let is_of_authors = authors::wrote(cells.base);
    let merge = |(number, &places): (usize, &Places)| match is_of_authors {
        true => authors::merge_cell(cells, places),
        false => cells::merge_cell(cells, places, same.doubts.contains(&number)),
    };
    let mut merged: Vec<Merged> = same.places.iter().enumerate().map(merge).collect();
    let exercises = Exercises::of(read.as_ref(), &same, &merged);
    let moves = exercises.as_ref().map(|exercises| exercises.bring_answers(&mut merged)).unwrap_or_default();
    let mut order = order::order(&same.places, &merged);
    needs::keep_needs(&mut order, &merged, &same, &moves);
    if let Some(exercises) = &exercises {
        hidden::uncover(&mut order, &mut merged, exercises, &same);
    }
    let mut report = MergeReport::default();
    let mut beside = Vec::new();
    let mut result = Notebook {
        minor: 5,
        metadata: metadata::of_notebook(sides.map(|notebook| &notebook.metadata), &mut beside),
        cells: Vec::new(),
        other: metadata::three_way(sides.map(|notebook| &notebook.other), &mut beside),
    };
    let news = metadata::has_news(sides.map(|notebook| &notebook.metadata), &result.metadata);
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
    report.cells.extend(CellReport::of_notebook(beside, news));
    finish::finish(&mut result, &wanted);
    NotebookMerge { notebook: result, report }
}

/// What the text of a cell says: how its lines end is not part of it, nor is white space at the ends of lines and of the cell.
fn text_of(source: &str) -> Cow<'_, str> {
    canonical_text(source)
}

/// Is it an edit? Only type and text count: not ids, outputs, counts, metadata, or white space at the ends of lines and of the cell.
pub fn differs(a: &Cell, b: &Cell) -> bool {
    a.kind != b.kind || (a.source != b.source && text_of(&a.source) != text_of(&b.source))
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
