//! Taking what is on offer: cells of the course's in place of the student's, and nothing else of the notebook.

use std::sync::Arc;

use serde_json::Value;

use super::notebook::{CellReport, Fate, NotebookMerge, Whose, cell_id};
use crate::notebook::{Cell, Notebook};

/// What of the course's is taken over where both changed the same lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Take<'a> {
    /// Nothing: the student's stays.
    #[default]
    Nothing,
    /// Every cell that is on offer.
    All,
    /// Only the cell of this id; of a merge nothing else is taken over either.
    Cell(&'a str),
}

impl Take<'_> {
    /// The merge with what is taken over.
    pub(super) fn apply(self, merge: NotebookMerge, [student, course]: [&Notebook; 2]) -> NotebookMerge {
        match self {
            Take::Nothing => merge,
            Take::All => taken(merge, course, |_| true),
            Take::Cell(id) => one_cell(taken(merge, course, |cell| cell.id == id), student, id),
        }
    }
}

/// The merge with the course's text in the cells that are on offer and `wanted`.
fn taken(mut merge: NotebookMerge, course: &Notebook, wanted: impl Fn(&CellReport) -> bool) -> NotebookMerge {
    let offered: Vec<usize> = (0..merge.report.cells.len())
        .filter(|&at| {
            merge.report.cells.get(at).is_some_and(|cell| cell.lacks(Whose::Course) && wanted(cell))
        })
        .collect();
    for number in offered {
        let Some(entry) = merge.report.cells.get_mut(number) else { continue };
        if take_beside(entry, &mut merge.notebook, course) {
            continue;
        }
        let Some(place) = (0..course.cells.len()).find(|&at| cell_id(&course.cells, at) == entry.id) else {
            continue;
        };
        let Some(cell) = course.cells.get(place) else { continue };
        entry.course = None;
        match entry.at.and_then(|at| merge.notebook.cells.get_mut(at)) {
            Some(own) => {
                entry.student = Some(std::mem::take(&mut own.source)).filter(|text| !text.trim().is_empty());
                entry.fate = Fate::Fixed;
                own.kind = cell.kind;
                own.source.clone_from(&cell.source);
                (own.outputs, own.execution_count) = (Arc::default(), Value::Null);
            }
            None => {
                let at = behind(&merge.notebook.cells, &course.cells, place);
                entry.fate = Fate::Added;
                insert(&mut merge, cell.clone(), at, number);
            }
        }
    }
    // What was taken on purpose is not kept aside without a word: the whole file is in the backup.
    for entry in merge.report.cells.iter_mut().filter(|entry| entry.fate == Fate::Fixed) {
        entry.student = None;
    }
    merge
}

/// Takes over what the course has beside the text of a cell, or of the whole notebook. Was that all?
fn take_beside(entry: &mut CellReport, notebook: &mut Notebook, course: &Notebook) -> bool {
    let before = entry.beside.len();
    entry.beside.retain(|beside| beside.lacks != Whose::Course);
    if entry.beside.len() == before {
        return false;
    }
    let place = (0..course.cells.len()).find(|&at| cell_id(&course.cells, at) == entry.id);
    let cell = place.and_then(|place| course.cells.get(place));
    match (entry.at.and_then(|at| notebook.cells.get_mut(at)), cell) {
        (Some(own), Some(cell)) => {
            own.metadata.clone_from(&cell.metadata);
            own.attachments.clone_from(&cell.attachments);
        }
        (None, None) => notebook.metadata.clone_from(&course.metadata),
        _ => {}
    }
    entry.course.is_none()
}

fn insert(merge: &mut NotebookMerge, cell: Cell, at: usize, number: usize) {
    for place in
        merge.report.cells.iter_mut().filter_map(|entry| entry.at.as_mut()).filter(|place| **place >= at)
    {
        *place += 1;
    }
    merge.notebook.cells.insert(at, cell);
    if let Some(entry) = merge.report.cells.get_mut(number) {
        entry.at = Some(at);
    }
}

/// The place in `cells` behind the nearest of the cells before `place` in `of` that is there.
fn behind(cells: &[Cell], of: &[Cell], place: usize) -> usize {
    let before = (0..place).rev().map(|at| cell_id(of, at));
    let found = before.filter_map(|id| (0..cells.len()).find(|&at| cell_id(cells, at) == id)).next();
    found.map_or(0, |at| at + 1)
}

/// The student's notebook, with nothing but the cell `id` as the merge has it.
fn one_cell(merge: NotebookMerge, student: &Notebook, id: &str) -> NotebookMerge {
    let mut result = NotebookMerge { notebook: student.clone(), report: merge.report.clone() };
    let Some(entry) = merge.report.cells.iter().find(|cell| cell.id == id) else { return result };
    let merged = entry.at.and_then(|at| Some((at, merge.notebook.cells.get(at)?)));
    let is_it = |cell: &Cell, other: &Cell| {
        cell.grade_id().map_or(cell.id.is_some() && cell.id == other.id, |id| other.grade_id() == Some(id))
    };
    match merged {
        None if entry.fate == Fate::Removed => {
            if let Some(at) = (0..student.cells.len()).find(|&at| cell_id(&student.cells, at) == id) {
                result.notebook.cells.remove(at);
            }
        }
        None => {}
        Some((at, cell)) => match result.notebook.cells.iter().position(|own| is_it(cell, own)) {
            Some(place) => {
                if let Some(own) = result.notebook.cells.get_mut(place) {
                    own.clone_from(cell);
                }
            }
            None => {
                let place = behind(&result.notebook.cells, &merge.notebook.cells, at);
                result.notebook.cells.insert(place, cell.clone());
            }
        },
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;
    use crate::plan::merge::Three;
    use crate::plan::merge::notebook::merge_notebooks;

    fn notebook(texts: [&str; 3]) -> Notebook {
        let cell = |(at, text): (usize, &str)| {
            let mut cell = Cell::new(CellKind::Code, text);
            cell.id = Some(format!("c{at}"));
            cell
        };
        let cells = texts.into_iter().enumerate().map(cell).collect();
        Notebook { cells, minor: 5, ..Notebook::default() }
    }

    /// The cells after taking; both changed `c0`, only the course `c1`, only the student `c2`.
    fn after(take: Take<'_>) -> Vec<String> {
        let base = notebook(["x = 1", "y = 1", "z = 1"]);
        let student = notebook(["x = 2", "y = 1", "z = 2"]);
        let course = notebook(["x = 3", "y = 3", "z = 1"]);
        let merge = merge_notebooks(Three { base: &base, student: &student, course: &course });
        let taken = take.apply(merge, [&student, &course]);
        taken.notebook.cells.into_iter().map(|cell| cell.source).collect()
    }

    #[test]
    fn what_is_on_offer_is_taken_and_nothing_else() {
        assert_eq!(after(Take::Nothing), ["x = 2", "y = 3", "z = 2"]);
        assert_eq!(after(Take::All), ["x = 3", "y = 3", "z = 2"]);
        assert_eq!(after(Take::Cell("c0")), ["x = 3", "y = 1", "z = 2"]);
        assert_eq!(after(Take::Cell("c1")), ["x = 2", "y = 3", "z = 2"]);
        assert_eq!(after(Take::Cell("c2")), ["x = 2", "y = 1", "z = 2"]);
        assert_eq!(after(Take::Cell("none")), ["x = 2", "y = 1", "z = 2"]);
    }
}
