//! Which cell of one side is which of another: by grade_id, by id, by text, by likeness.
//!
//! In: two lists of cells. Out: a [`Pairing`]. It decides nothing about their content. Each step looks only at what the steps before
//! it left unpaired, the surest first.

use std::collections::BTreeMap;
use std::ops::Range;

use super::likeness::{ALIKE, VERY_ALIKE, Words};
use super::renames::pair_renamed;
use super::spine::on_spine;
use super::{differs, text_of};
use crate::notebook::Cell;
use crate::plan::merge::lines::kept;

/// Comparisons of one cell with another beyond which a step that compares every cell with every other is left out, so that
/// notebooks of many thousand cells are merged in bounded time.
const MOST_COMPARISONS: usize = 250_000;

/// Which cells of two lists are the same cell. Every cell is in at most one pair.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// For each cell of the first list, its partner in the second.
    pub to: Vec<Option<usize>>,
    /// For each cell of the second list, its partner in the first.
    pub from: Vec<Option<usize>>,
}

impl Pairing {
    pub(super) fn none(before: usize, after: usize) -> Self {
        Self { to: vec![None; before], from: vec![None; after] }
    }

    /// Makes a pair of two cells that have no partner yet.
    pub(super) fn join(&mut self, before: usize, after: usize) {
        if let (Some(to @ None), Some(from @ None)) = (self.to.get_mut(before), self.from.get_mut(after)) {
            (*to, *from) = (Some(after), Some(before));
        }
    }

    pub(super) fn partner(&self, before: usize) -> Option<usize> {
        self.to.get(before).copied().flatten()
    }

    /// All pairs, in the order of the first list.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.to.iter().enumerate().filter_map(|(before, after)| Some((before, (*after)?)))
    }

    fn free_before(&self) -> Vec<usize> {
        free(&self.to)
    }

    fn free_after(&self) -> Vec<usize> {
        free(&self.from)
    }
}

fn free(partners: &[Option<usize>]) -> Vec<usize> {
    (0..partners.len()).filter(|&at| partners.get(at).is_some_and(Option::is_none)).collect()
}

/// Who made the second list out of the first. It decides whether grade_ids may have been renamed: students do not rename them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    /// A student, in Jupyter.
    Student,
    /// The course's maintainers.
    Course,
}

/// A list of cells, with what matching asks of each.
pub(super) struct Side<'a> {
    pub(super) cells: &'a [Cell],
    pub(super) words: Vec<Words>,
}

impl<'a> Side<'a> {
    pub(super) fn of(cells: &'a [Cell]) -> Self {
        Self { cells, words: cells.iter().map(|cell| Words::of(&cell.source)).collect() }
    }

    fn grade_id(&self, at: usize) -> Option<&'a str> {
        self.cells.get(at)?.grade_id()
    }
}

/// Pairs the cells of `before` with those of `after`, which `editor` made of them.
pub fn pair(before: &[Cell], after: &[Cell], editor: Editor) -> Pairing {
    let (before, after) = (Side::of(before), Side::of(after));
    let mut pairing = Pairing::none(before.cells.len(), after.cells.len());
    pair_by_grade_id(&mut pairing, &before, &after);
    pair_by_id(&mut pairing, &before, &after);
    pair_equal_in_order(&mut pairing, &before, &after);
    pair_equal_anywhere(&mut pairing, &before, &after);
    pair_alike_in_gaps(&mut pairing, &before, &after);
    pair_alike_anywhere(&mut pairing, &before, &after);
    if editor == Editor::Course {
        pair_renamed(&mut pairing, &before, &after);
    }
    pairing
}

/// Flagged grade_ids are unique, but for cells that a student copied: then the one that bears the work is the original.
fn pair_by_grade_id(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, cell) in after.cells.iter().enumerate() {
        if let Some(id) = cell.grade_id() {
            places.entry(id).or_default().push(at);
        }
    }
    for (at, cell) in before.cells.iter().enumerate() {
        // Removed, so that a second cell of that grade_id in a broken base finds nothing.
        let Some(found) = cell.grade_id().and_then(|id| places.remove(id)) else { continue };
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

/// May these be one cell, as far as their grading goes? (Renamed grade_ids are looked at last, by themselves.)
pub(super) fn may_pair(a: &Cell, b: &Cell) -> bool {
    match (a.grade_id(), b.grade_id()) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// Equal ids, unless type and text speak against it while another cell fits better: ids may be positional, or new.
fn pair_by_id(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
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
    rivals.into_iter().any(|rival| rival != place && fit(before, after, at, rival) >= ALIKE)
        || others.into_iter().any(|other| other != at && fit(before, after, other, place) >= ALIKE)
}

/// How well two cells fit: their likeness, nothing where their grading speaks against it, less where their types differ.
fn fit(before: &Side<'_>, after: &Side<'_>, at: usize, place: usize) -> usize {
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

/// What two cells must share to be paired by text, or the number of the pair that they are in already.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Pair(usize),
    Text(&'static str, std::borrow::Cow<'a, str>),
}

fn pair_equal_in_order(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let key = |side: &[Cell], at: usize, pair: Option<usize>| match pair {
        Some(number) => Key::Pair(number),
        None => side.get(at).map_or(Key::Pair(usize::MAX), |cell| {
            Key::Text(cell.kind.as_str(), text_of(&cell.source).into_owned().into())
        }),
    };
    let mine: Vec<_> =
        (0..before.cells.len()).map(|at| key(before.cells, at, pairing.partner(at).map(|_| at))).collect();
    let theirs: Vec<_> =
        pairing.from.iter().enumerate().map(|(at, &pair)| key(after.cells, at, pair)).collect();
    for (at, place) in kept(&mine, &theirs) {
        join_if_allowed(pairing, before, after, at, place);
    }
}

fn join_if_allowed(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>, at: usize, place: usize) {
    if let (Some(a), Some(b)) = (before.cells.get(at), after.cells.get(place))
        && may_pair(a, b)
    {
        pairing.join(at, place);
    }
}

/// Equal cells that moved. Blank ones say nothing.
fn pair_equal_anywhere(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for place in pairing.free_after().into_iter().rev() {
        if let Some(cell) = after.cells.get(place) {
            places.entry((cell.kind, text_of(&cell.source))).or_default().push(place);
        }
    }
    for at in pairing.free_before() {
        let Some(cell) = before.cells.get(at).filter(|cell| !cell.source.trim().is_empty()) else { continue };
        if let Some(place) = places.get_mut(&(cell.kind, text_of(&cell.source))).and_then(Vec::pop) {
            join_if_allowed(pairing, before, after, at, place);
        }
    }
}

/// For each cell of the first list: does its partner stand elsewhere among the partners of the others?
pub fn moved(pairing: &Pairing) -> Vec<bool> {
    let pairs: Vec<_> = pairing.pairs().collect();
    let spine = on_spine(&pairs.iter().map(|&(_, place)| place).collect::<Vec<_>>());
    let mut moved = vec![false; pairing.to.len()];
    for ((at, _), stayed) in pairs.into_iter().zip(spine) {
        if let Some(mark) = moved.get_mut(at) {
            *mark = !stayed;
        }
    }
    moved
}

/// Edited cells between two pairs that stayed in order: the alignment of the gap that makes the sum of likenesses largest.
fn pair_alike_in_gaps(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    for (mine, theirs) in gaps(pairing) {
        let mine: Vec<_> = mine.filter(|&at| pairing.partner(at).is_none()).collect();
        let theirs: Vec<_> = theirs.filter(|&at| pairing.from.get(at).is_some_and(Option::is_none)).collect();
        if mine.len() * theirs.len() > MOST_COMPARISONS {
            continue;
        }
        for (at, place) in best_alignment(&mine, &theirs, |at, place| fit(before, after, at, place)) {
            pairing.join(at, place);
        }
    }
}

/// The stretches between the pairs that did not move.
fn gaps(pairing: &Pairing) -> Vec<(Range<usize>, Range<usize>)> {
    let pairs: Vec<_> = pairing.pairs().collect();
    let places: Vec<_> = pairs.iter().map(|&(_, place)| place).collect();
    let mut gaps = Vec::new();
    let (mut mine, mut theirs) = (0, 0);
    for ((at, place), stayed) in pairs.into_iter().zip(on_spine(&places)) {
        if stayed {
            gaps.push((mine..at, theirs..place));
            (mine, theirs) = (at + 1, place + 1);
        }
    }
    gaps.push((mine..pairing.to.len(), theirs..pairing.from.len()));
    gaps.retain(|(mine, theirs)| !mine.is_empty() && !theirs.is_empty());
    gaps
}

/// Pairs of `mine` and `theirs`, in order, none less than [`ALIKE`], with the largest sum of `fit`.
fn best_alignment(
    mine: &[usize],
    theirs: &[usize],
    fit: impl Fn(usize, usize) -> usize,
) -> Vec<(usize, usize)> {
    let width = theirs.len() + 1;
    // best[i * width + j]: the largest sum over mine[i..] and theirs[j..].
    let mut best = vec![0usize; (mine.len() + 1) * width];
    let mut fits = vec![0usize; mine.len() * theirs.len()];
    let read = |table: &[usize], at: usize| table.get(at).copied().unwrap_or(0);
    for (i, &a) in mine.iter().enumerate().rev() {
        for (j, &b) in theirs.iter().enumerate().rev() {
            let here = Some(fit(a, b)).filter(|&fit| fit >= ALIKE).unwrap_or(0);
            let joined = if here > 0 { here + read(&best, (i + 1) * width + j + 1) } else { 0 };
            let skipped = read(&best, (i + 1) * width + j).max(read(&best, i * width + j + 1));
            if let (Some(sum), Some(fit)) = (best.get_mut(i * width + j), fits.get_mut(i * theirs.len() + j))
            {
                (*sum, *fit) = (joined.max(skipped), here);
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(&a), Some(&b)) = (mine.get(i), theirs.get(j)) {
        let here = read(&fits, i * theirs.len() + j);
        let sum = read(&best, i * width + j);
        if here > 0 && sum == here + read(&best, (i + 1) * width + j + 1) {
            pairs.push((a, b));
            (i, j) = (i + 1, j + 1);
        } else if sum == read(&best, (i + 1) * width + j) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Cells that moved and were edited: only where they are very much alike and have something to say.
fn pair_alike_anywhere(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let telling = |side: &Side<'_>, at: &usize| side.words.get(*at).is_some_and(|words| words.count() >= 4);
    let mine: Vec<_> = pairing.free_before().into_iter().filter(|at| telling(before, at)).collect();
    let theirs: Vec<_> = pairing.free_after().into_iter().filter(|at| telling(after, at)).collect();
    if mine.len() * theirs.len() > MOST_COMPARISONS {
        return;
    }
    let mut found = Vec::new();
    for &at in &mine {
        for &place in &theirs {
            let fit = fit(before, after, at, place);
            if fit >= VERY_ALIKE {
                found.push((std::cmp::Reverse(fit), at, place));
            }
        }
    }
    found.sort_unstable();
    for (_, at, place) in found {
        pairing.join(at, place);
    }
}

/// Pairs that two lists have without a base between them: cells that both sides got from elsewhere, such as one that
/// an earlier merge added. Only sure signs count.
pub(super) fn pair_unrelated(pairing: &mut Pairing, students: &[Cell], courses: &[Cell]) {
    let (students, courses) = (Side::of(students), Side::of(courses));
    for sign in [same_grade_id, same_text, same_id] {
        let free = pairing.free_after();
        for at in pairing.free_before() {
            let fits = |place: &usize| {
                pairing.from.get(*place).is_some_and(Option::is_none) && sign(&students, &courses, at, *place)
            };
            if let Some(place) = free.iter().copied().find(fits) {
                join_if_allowed(pairing, &students, &courses, at, place);
            }
        }
    }
}

fn same_grade_id(a: &Side<'_>, b: &Side<'_>, at: usize, place: usize) -> bool {
    a.grade_id(at).is_some() && a.grade_id(at) == b.grade_id(place)
}

fn same_text(a: &Side<'_>, b: &Side<'_>, at: usize, place: usize) -> bool {
    match (a.cells.get(at), b.cells.get(place)) {
        (Some(a), Some(b)) => !a.source.trim().is_empty() && may_pair(a, b) && !differs(a, b),
        _ => false,
    }
}

fn same_id(a: &Side<'_>, b: &Side<'_>, at: usize, place: usize) -> bool {
    match (a.cells.get(at), b.cells.get(place)) {
        (Some(x), Some(y)) => x.id.is_some() && x.id == y.id && fit(a, b, at, place) >= ALIKE,
        _ => false,
    }
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
