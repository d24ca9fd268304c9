//! What changed from one notebook to another, by cell: the value that `tito diff` renders.

use super::lines::{Hunk, hunks};
use super::notebook::differs;
use super::notebook::matching::{Editor, Pairing, moved, pair};
use crate::notebook::{Cell, CellKind, Notebook};

/// What happened to a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Unchanged,
    /// Its text or type.
    Changed {
        /// Its lines before.
        before: Vec<String>,
        /// Its lines after.
        after: Vec<String>,
        /// Which of them changed.
        hunks: Vec<Hunk>,
        /// Its type before, if that changed.
        was: Option<CellKind>,
    },
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// One cell of the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellDiff {
    /// Its place before, from 0.
    pub before: Option<usize>,
    /// Its place after, from 0.
    pub after: Option<usize>,
    /// What happened to it.
    pub change: Change,
    /// It is elsewhere among its neighbours.
    pub moved: bool,
}

/// What `editor` made of `before`: every cell of both, in the order of `after`; removed cells are where they were.
pub fn diff(before: &Notebook, after: &Notebook, editor: Editor) -> Vec<CellDiff> {
    let pairing = pair(&before.cells, &after.cells, editor);
    let moved = moved(&pairing);
    let mut removed = Removed { pairing: &pairing, next: 0 };
    let mut found = Vec::with_capacity(after.cells.len());
    for (place, cell) in after.cells.iter().enumerate() {
        let at = pairing.from.get(place).copied().flatten();
        let is_moved = at.is_some_and(|at| moved.get(at) == Some(&true));
        if let Some(at) = at.filter(|_| !is_moved) {
            found.extend(removed.before(at));
        }
        let change = at.and_then(|at| before.cells.get(at)).map_or(Change::Added, |old| change(old, cell));
        found.push(CellDiff { before: at, after: Some(place), change, moved: is_moved });
    }
    found.extend(removed.before(before.cells.len()));
    found
}

/// The cells that are gone, handed out as their neighbours come by.
struct Removed<'a> {
    pairing: &'a Pairing,
    next: usize,
}

impl Removed<'_> {
    fn before(&mut self, at: usize) -> Vec<CellDiff> {
        let range = self.next..at.max(self.next);
        self.next = range.end;
        let gone = range.filter(|&at| self.pairing.to.get(at).is_some_and(Option::is_none));
        gone.map(|at| CellDiff { before: Some(at), after: None, change: Change::Removed, moved: false })
            .collect()
    }
}

fn change(old: &Cell, new: &Cell) -> Change {
    if !differs(old, new) {
        return Change::Unchanged;
    }
    let lines = |cell: &Cell| cell.source.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(old), lines(new));
    let hunks = hunks(&before, &after);
    Change::Changed { before, after, hunks, was: (old.kind != new.kind).then_some(old.kind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(texts: &[&str]) -> Notebook {
        let cells = texts.iter().map(|text| Cell::new(CellKind::Code, *text)).collect();
        Notebook { cells, ..Notebook::default() }
    }

    fn told(before: &[&str], after: &[&str]) -> String {
        let cells = diff(&notebook(before), &notebook(after), Editor::Student);
        let word = |cell: &CellDiff| match (&cell.change, cell.moved) {
            (Change::Unchanged, false) => "=".to_owned(),
            (Change::Unchanged, true) => "moved".to_owned(),
            (Change::Changed { hunks, .. }, _) => format!("~{}", hunks.len()),
            (Change::Added, _) => "+".to_owned(),
            (Change::Removed, _) => "-".to_owned(),
        };
        cells.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_cell_is_told_once() {
        assert_eq!(told(&["a b c", "d", "e"], &["a b X", "e", "new"]), "~1 - = +");
        assert_eq!(told(&["a", "b", "c"], &["b", "c", "a"]), "= = moved");
        assert_eq!(told(&["gone"], &[]), "-");
        assert_eq!(told(&[], &[]), "");
    }

    #[test]
    fn a_change_of_type_is_told() {
        let (code, mut text) = (notebook(&["x"]), notebook(&["x"]));
        text.cells[0].kind = CellKind::Markdown;
        let cells = diff(&code, &text, Editor::Student);
        assert!(matches!(cells[0].change, Change::Changed { was: Some(CellKind::Code), .. }), "{cells:?}");
    }
}
