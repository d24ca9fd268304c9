//! [`Grading`]s of two locks → what differs between them, notebook by notebook and cell by cell. Places are `release.rs`'s.

use std::collections::BTreeMap;

use super::{Grading, Lock};
use crate::compile::{Renames, Target};
use crate::id::FileId;
use crate::notebook::grading::FlaggedCell;

/// One flagged cell that two locks say different things of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradingChange {
    /// The notebook, as the older lock knows it.
    pub was: FileId,
    /// The notebook, as it is known today.
    pub file: FileId,
    /// The cell's grade_id: today's, or its last.
    pub grade_id: String,
    /// What happened to it.
    pub what: What,
}

/// What happened to a flagged cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added(FlaggedCell),
    /// It is gone.
    Removed(FlaggedCell),
    /// It is new, the cell of this grade_id is gone, and the two are the only ones of their sort: most likely they are one cell.
    Renamed(String, FlaggedCell),
    /// It is of another type, or for something else.
    Turned(FlaggedCell, FlaggedCell),
    /// It is worth more or less. Grading goes on with that.
    Points(FlaggedCell, FlaggedCell),
}

/// What of `target` is graded.
pub(super) fn of(target: &Target) -> Grading {
    let flagged = target.files.values().filter(|file| !file.flagged.is_empty());
    let cells = flagged.map(|file| {
        let cells = file.flagged.iter().map(|(grade_id, cell)| (grade_id.clone(), cell.value)).collect();
        (file.id.clone(), cells)
    });
    cells.collect()
}

/// How the flagged cells of notebooks that both courses have differ; `renames` are those since. Nothing where one of the
/// locks does not say what is graded.
pub fn grading_changes(old: &Lock, new: &Lock, renames: &Renames) -> Vec<GradingChange> {
    let (Some(before), Some(after)) = (&old.grading, &new.grading) else { return Vec::new() };
    let successors = renames.successors(old.ids(), new.ids());
    let none = BTreeMap::new();
    let mut all = Vec::new();
    for was in old.files.values().map(|file| &file.id) {
        let Some(file) = successors.get(was).map(|successor| &successor.id) else { continue };
        let cells = |of: &'_ Grading, id: &FileId| of.get(id).unwrap_or(&none).clone();
        for (grade_id, what) in cell_changes(&cells(before, was), &cells(after, file)) {
            all.push(GradingChange { was: was.clone(), file: file.clone(), grade_id, what });
        }
    }
    all
}

type Cells = BTreeMap<String, FlaggedCell>;

/// How the flagged cells of two versions of a notebook differ, by grade_id.
pub fn cell_changes(
    before: &BTreeMap<String, FlaggedCell>,
    after: &BTreeMap<String, FlaggedCell>,
) -> Vec<(String, What)> {
    let only = |of: &Cells, other: &Cells| -> Cells {
        of.iter().filter(|(id, _)| !other.contains_key(*id)).map(|(id, cell)| (id.clone(), *cell)).collect()
    };
    let (mut gone, mut new) = (only(before, after), only(after, before));
    let mut all = Vec::new();
    for (from, to) in renamed(&gone, &new) {
        gone.remove(&from);
        if let Some(cell) = new.remove(&to) {
            all.push((to, What::Renamed(from, cell)));
        }
    }
    all.extend(gone.into_iter().map(|(id, cell)| (id, What::Removed(cell))));
    all.extend(new.into_iter().map(|(id, cell)| (id, What::Added(cell))));
    let both = before.iter().filter_map(|(id, was)| Some((id, *was, *after.get(id)?)));
    all.extend(both.filter(|(_, was, is)| was != is).map(|(id, was, is)| {
        let same = (was.kind, was.duty) == (is.kind, is.duty);
        (id.clone(), if same { What::Points(was, is) } else { What::Turned(was, is) })
    }));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// Cells that are gone, each with the new one that it seems to be: of its sort there is no other on either side.
fn renamed(gone: &Cells, new: &Cells) -> Vec<(String, String)> {
    let alone = |cells: &Cells, cell: &FlaggedCell| -> Option<String> {
        let mut alike = cells.iter().filter(|(_, other)| *other == cell);
        alike.next().filter(|_| alike.next().is_none()).map(|(id, _)| id.clone())
    };
    let pair = |cell: &FlaggedCell| Some((alone(gone, cell)?, alone(new, cell)?));
    gone.values().filter_map(pair).collect()
}
