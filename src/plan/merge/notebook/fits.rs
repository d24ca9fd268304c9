//! Whether two cells may be one, and how well they fit.

use super::likeness::ALIKE;
use super::pairing::Pairing;
use super::signs::Side;
use crate::notebook::Cell;

/// May these be one cell, as far as their grading goes? Two graded cells have been looked at by themselves.
pub(super) fn may_pair(a: &Cell, b: &Cell) -> bool {
    a.grade_id().is_none() || b.grade_id().is_none()
}

/// How well two cells fit: their likeness, nothing where their grading speaks against it, less where their types differ.
pub(super) fn fit(before: &Side<'_>, after: &Side<'_>, at: usize, place: usize) -> usize {
    let (Some(a), Some(b)) = (before.cells.get(at), after.cells.get(place)) else { return 0 };
    if !may_pair(a, b) {
        return 0;
    }
    let likeness = if a.source == b.source {
        1000
    } else {
        match (before.words.get(at), after.words.get(place)) {
            (Some(a), Some(b)) => a.likeness(b),
            _ => 0,
        }
    };
    match (a.kind == b.kind, likeness) {
        (true, likeness) => likeness,
        // The same text made code of, or a text.
        (false, 1000) if !a.source.trim().is_empty() => ALIKE,
        (false, likeness) => likeness / 3,
    }
}

pub(super) fn join_if_allowed(
    pairing: &mut Pairing,
    before: &Side<'_>,
    after: &Side<'_>,
    at: usize,
    place: usize,
) {
    if let (Some(a), Some(b)) = (before.cells.get(at), after.cells.get(place))
        && may_pair(a, b)
    {
        pairing.join(at, place);
    }
}
