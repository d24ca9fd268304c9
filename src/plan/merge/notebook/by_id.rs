//! Matching by name: grade_ids, then cell ids.

use std::collections::BTreeMap;

use super::differs;
use super::likeness::{ALIKE, VERY_ALIKE};
use super::matching::{MOST_COMPARISONS, Pairing, Side, fit, may_pair};

/// Flagged grade_ids are unique, but for cells that a student copied: then the one that bears the work is the original.
pub(super) fn pair_by_grade_id(
    pairing: &mut Pairing,
    before: &Side<'_>,
    after: &Side<'_>,
    aliases: &BTreeMap<&str, &str>,
) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, cell) in after.cells.iter().enumerate() {
        if let Some(id) = cell.grade_id() {
            places.entry(id).or_default().push(at);
        }
    }
    for (at, cell) in before.cells.iter().enumerate() {
        // Removed, so that a second cell of that grade_id in a broken base finds nothing.
        let Some(id) = cell.grade_id() else { continue };
        let by_alias = aliases.get(id).and_then(|alias| places.remove(alias));
        let Some(found) = places.remove(id).or(by_alias) else { continue };
        let rank = |&place: &usize| {
            let candidate = after.cells.get(place)?;
            let same_id = cell.id.is_some() && cell.id == candidate.id;
            // An answered copy of a question outranks the untouched original; an edited copy of a test does not.
            let telling = if cell.flag("solution") { differs(cell, candidate) } else { same_id };
            Some((cell.kind == candidate.kind, telling, same_id, std::cmp::Reverse(place)))
        };
        if let Some(place) = found.into_iter().max_by_key(rank) {
            pairing.join(at, place);
        }
    }
}

/// Equal ids, unless type and text speak against it while another cell fits better: ids may be positional, or new.
pub(super) fn pair_by_id(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let mut places: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for at in pairing.free_after() {
        if let Some(id) = after.cells.get(at).and_then(|cell| cell.id.as_deref()) {
            // An id that is there twice says nothing.
            places.entry(id).and_modify(|place| *place = None).or_insert(Some(at));
        }
    }
    let mut doubtful = Vec::new();
    for at in pairing.free_before() {
        let Some(cell) = before.cells.get(at) else { continue };
        let Some(Some(place)) = cell.id.as_deref().and_then(|id| places.get(id).copied()) else { continue };
        match after.cells.get(place) {
            Some(other) if !may_pair(cell, other) => {}
            Some(other) if !differs(cell, other) => pairing.join(at, place),
            _ => doubtful.push((at, place)),
        }
    }
    for (at, place) in doubtful {
        if !fits_better_elsewhere(pairing, before, after, at, place) {
            pairing.join(at, place);
        }
    }
}

fn fits_better_elsewhere(
    pairing: &Pairing,
    before: &Side<'_>,
    after: &Side<'_>,
    at: usize,
    place: usize,
) -> bool {
    let here = fit(before, after, at, place);
    if here >= ALIKE {
        return false;
    }
    let (rivals, others) = (pairing.free_after(), pairing.free_before());
    if rivals.len() * others.len() > MOST_COMPARISONS {
        return here == 0;
    }
    rivals.into_iter().any(|rival| rival != place && fit(before, after, at, rival) >= VERY_ALIKE)
        || others.into_iter().any(|other| other != at && fit(before, after, other, place) >= VERY_ALIKE)
}
