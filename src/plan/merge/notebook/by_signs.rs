//! Matching of graded cells: by all signs together, labels among them.
//!
//! A grade_id that the rest agrees with settles it at once. For the others every pair is weighed, and the heaviest go first. A pairing in
//! which the label is against all else is none.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::differs;
use super::pairing::{Editor, MOST_COMPARISONS, Pairing};
use super::signs::{Label, Scales, Side, Weight};

/// The flags that say what a graded cell is for; a cell whose grade_id the course renamed has the same.
const FLAGS: [&str; 4] = ["grade", "solution", "locked", "task"];

/// A pairing whose grade_ids differ needs so much.
const RENAMED: i32 = 3;

/// Two cells that may be one.
#[derive(Clone, Copy)]
struct Candidate {
    at: usize,
    place: usize,
    label: Label,
    weight: Weight,
}

/// Pairs the graded cells. `aliases` are grade_ids of `before` that `after` may know under another name.
pub(super) fn pair_graded(
    pairing: &mut Pairing,
    before: &Side<'_>,
    after: &Side<'_>,
    editor: Editor,
    aliases: &BTreeMap<&str, &str>,
) {
    let scales = Scales::of(before, after, editor);
    let labels = labels(before, after, aliases);
    let weigh = |&(at, place, label): &(usize, usize, Label)| Candidate {
        at,
        place,
        label,
        weight: scales.weigh(at, place, label),
    };
    let labelled: Vec<_> = labels.iter().map(weigh).collect();
    let is_settled = |one: &&Candidate| one.label == Label::Same && one.weight.is_undisputed();
    for candidate in labelled.iter().filter(is_settled) {
        pairing.join(candidate.at, candidate.place);
    }
    let is_free = |pairing: &Pairing, candidate: &Candidate| {
        pairing.partner(candidate.at).is_none()
            && pairing.from.get(candidate.place).is_some_and(Option::is_none)
    };
    let mut candidates: Vec<_> = labelled.into_iter().filter(|one| is_free(pairing, one)).collect();
    if editor == Editor::Course {
        let known: BTreeSet<_> = labels.into_iter().map(|(at, place, _)| (at, place)).collect();
        candidates.extend(
            renamed(pairing, before, after, &scales)
                .into_iter()
                .filter(|one| !known.contains(&(one.at, one.place))),
        );
    }
    candidates.retain(Candidate::is_enough);
    candidates.sort_by_key(|one| (Reverse(one.weight.sum()), one.label == Label::Other, one.at, one.place));
    let rows = Rows::of(&candidates);
    for &candidate in &candidates {
        if is_free(pairing, &candidate) {
            let rivals: Vec<_> = rows.rivals(&candidate).filter(|rival| is_free(pairing, rival)).collect();
            settle(pairing, candidate, &rivals, before);
        }
    }
}

impl Candidate {
    /// Could the two be one, if nothing else came into question?
    fn is_enough(&self) -> bool {
        match self.label != Label::Other {
            true => self.weight.sum() >= 0 && !self.weight.is_label_alone(),
            false => self.weight.content() >= RENAMED && self.weight.is_possible() && self.weight.is_backed(),
        }
    }
}

/// Candidates by each of their cells.
struct Rows<'a> {
    by_before: BTreeMap<usize, Vec<&'a Candidate>>,
    by_after: BTreeMap<usize, Vec<&'a Candidate>>,
}

impl<'a> Rows<'a> {
    fn of(candidates: &'a [Candidate]) -> Self {
        let mut rows = Self { by_before: BTreeMap::new(), by_after: BTreeMap::new() };
        for candidate in candidates {
            rows.by_before.entry(candidate.at).or_default().push(candidate);
            rows.by_after.entry(candidate.place).or_default().push(candidate);
        }
        rows
    }

    /// The other candidates that want one of the two cells.
    fn rivals(&self, candidate: &Candidate) -> impl Iterator<Item = &'a Candidate> {
        let (at, place) = (candidate.at, candidate.place);
        let row = self.by_before.get(&at).into_iter().flatten().filter(move |other| other.place != place);
        let column = self.by_after.get(&place).into_iter().flatten().filter(move |other| other.at != at);
        row.chain(column).copied()
    }
}

/// Joins the two cells, unless others fit as well.
fn settle(pairing: &mut Pairing, candidate: Candidate, rivals: &[&Candidate], before: &Side<'_>) {
    let Candidate { at, place, label, weight } = candidate;
    let same_label = label != Label::Other;
    let is_close = |rival: &&&Candidate| weight.sum() - rival.weight.sum() < 2;
    let close: Vec<_> = rivals.iter().filter(is_close).collect();
    // Two that fit alike, and no label: no one can tell which.
    if !same_label && close.iter().any(|rival| rival.label == Label::Other) {
        return;
    }
    pairing.join(at, place);
    let doubtful = !close.is_empty() || (same_label && weight.disagrees());
    if doubtful && before.cells.get(at).is_some_and(|cell| cell.flag("solution")) {
        pairing.doubt(at);
    }
}

/// Pairs of graded cells without a partner whose grade_ids differ, but whose flags do not.
fn renamed(pairing: &Pairing, before: &Side<'_>, after: &Side<'_>, scales: &Scales<'_>) -> Vec<Candidate> {
    let is_graded =
        |side: &Side<'_>, at: &usize| side.cells.get(*at).is_some_and(|cell| cell.grade_id().is_some());
    let old: Vec<_> = pairing.free_before().into_iter().filter(|at| is_graded(before, at)).collect();
    let new: Vec<_> = pairing.free_after().into_iter().filter(|at| is_graded(after, at)).collect();
    if old.len() * new.len() > MOST_COMPARISONS {
        return Vec::new();
    }
    let mut found = Vec::new();
    for &at in &old {
        for &place in &new {
            let (Some(a), Some(b)) = (before.cells.get(at), after.cells.get(place)) else { continue };
            if a.kind == b.kind && FLAGS.iter().all(|flag| a.flag(flag) == b.flag(flag)) {
                let weight = scales.weigh(at, place, Label::Other);
                found.push(Candidate { at, place, label: Label::Other, weight });
            }
        }
    }
    found
}

/// Pairs of cells whose grade_ids name one question. These are unique, except for cells that a student copied: then the one that bears the
/// work is the original.
fn labels(before: &Side<'_>, after: &Side<'_>, aliases: &BTreeMap<&str, &str>) -> Vec<(usize, usize, Label)> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, cell) in after.cells.iter().enumerate() {
        if let Some(id) = cell.grade_id() {
            places.entry(id).or_default().push(at);
        }
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, cell) in before.cells.iter().enumerate() {
        // A second cell of that grade_id in a broken base finds nothing.
        let Some(id) = cell.grade_id().filter(|id| seen.insert(*id)) else { continue };
        let rank = |&&place: &&usize| {
            let candidate = after.cells.get(place)?;
            let same_id = cell.id.is_some() && cell.id == candidate.id;
            // An answered copy of a question outranks the untouched original; an edited copy of a test does not.
            let telling = if cell.flag("solution") { differs(cell, candidate) } else { same_id };
            Some((cell.kind == candidate.kind, telling, same_id, Reverse(place)))
        };
        let alias = aliases.get(id).map(|&name| (name, Label::Renamed));
        for (name, label) in std::iter::once((id, Label::Same)).chain(alias) {
            if let Some(&place) = places.get(name).and_then(|places| places.iter().max_by_key(rank)) {
                found.push((at, place, label));
            }
        }
    }
    found
}
