//! Matching of cells that lost their labels: by the names that they define, and by where they are.
//!
//! A retyped cell, or one that came back from another format, has neither metadata nor an id. A function has its name; a bare stub that was
//! answered has nothing but its place.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::by_text::gaps;
use super::fits::{fit, join_if_allowed};
use super::likeness::ALIKE;
use super::pairing::{Editor, Pairing};
use super::signs::Side;
use crate::notebook::CellKind;

/// Pairs cells of which each is the only one of its side that defines a name. Graded cells go with ungraded ones only where a student
/// lost the grading.
pub(super) fn pair_by_names(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>, editor: Editor) {
    let (mine, theirs) = (definers(before, &pairing.free_before()), definers(after, &pairing.free_after()));
    for (name, at) in mine {
        let (Some(at), Some(Some(place))) = (at, theirs.get(name).copied()) else { continue };
        let (Some(a), Some(b)) = (before.cells.get(at), after.cells.get(place)) else { continue };
        let lost = editor == Editor::Student && b.grade_id().is_none();
        if lost || (a.grade_id().is_none() && b.grade_id().is_none()) {
            join_if_allowed(pairing, before, after, at, place);
        }
    }
}

/// For each name, the cell of those that defines it; none if several do.
fn definers<'a>(side: &'a Side<'_>, of: &[usize]) -> BTreeMap<&'a str, Option<usize>> {
    let mut found = BTreeMap::new();
    for &at in of {
        for name in side.names.get(at).into_iter().flatten() {
            found.entry(name.as_str()).and_modify(|cell| *cell = None).or_insert(Some(at));
        }
    }
    found
}

/// Pairs graded answers with what is in their place, between the same neighbours: as many cells of that type on either side.
pub(super) fn pair_in_the_same_place(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    for (mine, theirs) in gaps(pairing) {
        for kind in [CellKind::Code, CellKind::Markdown] {
            let free = |side: &Side<'_>, range: &Range<usize>, partners: &[Option<usize>]| -> Vec<usize> {
                let is = |at: &usize| {
                    partners.get(*at).is_some_and(Option::is_none)
                        && side.cells.get(*at).is_some_and(|cell| cell.kind == kind)
                };
                range.clone().filter(is).collect()
            };
            let (old, new) = (free(before, &mine, &pairing.to), free(after, &theirs, &pairing.from));
            if old.len() != new.len() {
                continue;
            }
            for (at, place) in old.into_iter().zip(new) {
                if is_bare_answer(before, at) {
                    join_if_allowed(pairing, before, after, at, place);
                }
            }
        }
    }
}

/// Pairs exercises that define no name with what is like them below their question, wherever that was moved.
pub(super) fn pair_alike_below_the_question(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    for at in pairing.free_before().into_iter().filter(|&at| is_bare_answer(before, at)) {
        let Some(first) = below_the_question(pairing, before, at) else { continue };
        let is_below = |place: &usize| {
            pairing.from.get(*place).is_some_and(Option::is_none)
                && after.cells.get(*place).is_some_and(|cell| cell.kind != CellKind::Markdown)
        };
        let section = (first..after.cells.len()).take_while(is_below);
        let fits = section.map(|place| (fit(before, after, at, place), Reverse(place)));
        if let Some((_, Reverse(place))) = fits.filter(|(fit, _)| *fit >= ALIKE).max() {
            join_if_allowed(pairing, before, after, at, place);
        }
    }
}

/// Pairs graded answers with what is right below their question, wherever that was moved.
pub(super) fn pair_below_the_question(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    for at in pairing.free_before() {
        let Some(place) = below_the_question(pairing, before, at) else { continue };
        let kind = |side: &Side<'_>, at: usize| side.cells.get(at).map(|cell| cell.kind);
        let same_kind = kind(before, at) == kind(after, place);
        if is_bare_answer(before, at) && same_kind {
            join_if_allowed(pairing, before, after, at, place);
        }
    }
}

/// The place right below the partner of the question that is right above a cell.
fn below_the_question(pairing: &Pairing, before: &Side<'_>, at: usize) -> Option<usize> {
    let asked = at.checked_sub(1).filter(|&above| before.question_at(at) == Some(above))?;
    pairing.partner(asked).map(|asks| asks + 1)
}

/// An exercise that defines no name, by which it would have been found.
fn is_bare_answer(side: &Side<'_>, at: usize) -> bool {
    side.cells.get(at).is_some_and(|cell| cell.flag("solution"))
        && side.names.get(at).is_some_and(std::collections::BTreeSet::is_empty)
}
