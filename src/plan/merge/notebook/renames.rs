//! Questions whose grade_id the course renamed.
//!
//! An answer must never move to another question, and empty answers look all alike: `# YOUR CODE HERE` under one heading is the
//! same text as under the next. So a renamed cell is recognised only where the question's own text says so too.

use super::likeness::{ALIKE, Words};
use super::matching::{Pairing, Side};
use super::regions::without_stubs;
use super::text_of;
use crate::notebook::{Cell, CellKind};

/// The flags that say what a graded cell is for; a renamed cell has the same.
const FLAGS: [&str; 4] = ["grade", "solution", "locked", "task"];

/// Pairs flagged cells that have no partner with such of another grade_id, where text and question are the same.
pub(super) fn pair_renamed(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let flagged = |side: &Side<'_>, partners: &[Option<usize>]| -> Vec<usize> {
        let graded = side.cells.iter().zip(partners).enumerate();
        graded
            .filter(|(_, (cell, pair))| pair.is_none() && cell.grade_id().is_some())
            .map(|(at, _)| at)
            .collect()
    };
    let (old, new) = (flagged(before, &pairing.to), flagged(after, &pairing.from));
    let mut found = Vec::new();
    for &at in &old {
        let same: Vec<_> =
            new.iter().copied().filter(|&place| same_question(pairing, before, after, at, place)).collect();
        // Two candidates: nobody can tell which.
        if let [place] = same.as_slice() {
            found.push((at, *place));
        }
    }
    for &(at, place) in &found {
        let rivals = found.iter().filter(|&&(_, other)| other == place).count();
        if rivals == 1 {
            pairing.join(at, place);
        }
    }
}

fn same_question(pairing: &Pairing, before: &Side<'_>, after: &Side<'_>, at: usize, place: usize) -> bool {
    let (Some(old), Some(new)) = (before.cells.get(at), after.cells.get(place)) else { return false };
    if old.kind != new.kind || FLAGS.iter().any(|flag| old.flag(flag) != new.flag(flag)) {
        return false;
    }
    let (mine, theirs) = (own_text(old), own_text(new));
    let telling = Words::of(&mine).count() >= 3;
    match (question(before.cells, at), question(after.cells, place)) {
        (Some(asked), Some(asks)) => {
            let same_cell = pairing.partner(asked) == Some(asks);
            let text =
                |cells: &[Cell], at: usize| cells.get(at).map(|cell| text_of(&cell.source).into_owned());
            let same_words = same_cell && text(before.cells, asked) == text(after.cells, asks);
            (same_cell && mine == theirs && telling)
                || (same_words && (mine == theirs || Words::of(&mine).likeness(&Words::of(&theirs)) >= ALIKE))
        }
        (None, None) => telling && mine == theirs,
        _ => false,
    }
}

/// What the course wrote in the cell: all but the stubs.
fn own_text(cell: &Cell) -> String {
    without_stubs(&text_of(&cell.source))
}

/// The nearest text above: what the cell answers.
fn question(cells: &[Cell], at: usize) -> Option<usize> {
    (0..at).rev().find(|&above| cells.get(above).is_some_and(|cell| cell.kind == CellKind::Markdown))
}
