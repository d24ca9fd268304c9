//! Matching by cell id.

use std::collections::BTreeMap;

use super::differs;
use super::fits::{fit, may_pair};
use super::likeness::{ALIKE, VERY_ALIKE};
use super::pairing::{MOST_COMPARISONS, Pairing};
use super::signs::Side;

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
