//! Matching by text: equal cells in order, equal cells that moved, edited cells between them, edited cells that moved.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::fits::{fit, join_if_allowed};
use super::likeness::{ALIKE, VERY_ALIKE};
use super::pairing::{MOST_COMPARISONS, Pairing};
use super::signs::Side;
use super::spine::on_spine;
use super::text_of;
use crate::notebook::Cell;
use crate::plan::merge::lines::kept;

/// What two cells must share to be paired by text, or the number of the pair that they are in already.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Pair(usize),
    /// A cell that equals none.
    Blank(usize),
    Text(&'static str, Cow<'a, str>),
}

pub(super) fn pair_equal_in_order(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let key = |side: &[Cell], at: usize, pair: Option<usize>| match pair {
        Some(number) => Key::Pair(number),
        None => side.get(at).map_or(Key::Pair(usize::MAX), |cell| {
            Key::Text(cell.kind.as_str(), text_of(&cell.source).into_owned().into())
        }),
    };
    let mine: Vec<_> = (0..before.cells.len())
        .map(|at| match pairing.partner(at) {
            None if before.is_blank_exercise(at) => Key::Blank(at),
            pair => key(before.cells, at, pair.map(|_| at)),
        })
        .collect();
    let theirs: Vec<_> =
        pairing.from.iter().enumerate().map(|(at, &pair)| key(after.cells, at, pair)).collect();
    for (at, place) in kept(&mine, &theirs) {
        join_if_allowed(pairing, before, after, at, place);
    }
}

/// Equal cells that moved. Blank ones say nothing; nor do exercises without a text, except when all else was tried.
pub(super) fn pair_equal_anywhere(
    pairing: &mut Pairing,
    before: &Side<'_>,
    after: &Side<'_>,
    blank_exercises: bool,
) {
    let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for place in pairing.free_after().into_iter().rev() {
        if let Some(cell) = after.cells.get(place) {
            places.entry((cell.kind, text_of(&cell.source))).or_default().push(place);
        }
    }
    for at in pairing.free_before() {
        let Some(cell) = before.cells.get(at).filter(|cell| !cell.source.trim().is_empty()) else { continue };
        if before.is_blank_exercise(at) && !blank_exercises {
            continue;
        }
        if let Some(place) = places.get_mut(&(cell.kind, text_of(&cell.source))).and_then(Vec::pop) {
            join_if_allowed(pairing, before, after, at, place);
        }
    }
}

/// Edited cells between two pairs that stayed in order: the alignment of the gap that makes the sum of likenesses largest.
pub(super) fn pair_alike_in_gaps(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    for (mine, theirs) in gaps(pairing) {
        let mine: Vec<_> = mine.filter(|&at| pairing.partner(at).is_none()).collect();
        let theirs: Vec<_> = theirs.filter(|&at| pairing.from.get(at).is_some_and(Option::is_none)).collect();
        if mine.len() * theirs.len() > MOST_COMPARISONS {
            continue;
        }
        // An untouched blank exercise is like any other one.
        let says_nothing = |at: usize, place: usize| {
            let (a, b) = (before.cells.get(at), after.cells.get(place));
            before.is_blank_exercise(at) && a.zip(b).is_some_and(|(a, b)| a.source == b.source)
        };
        let fits = |at, place| if says_nothing(at, place) { 0 } else { fit(before, after, at, place) };
        for (at, place) in best_alignment(&mine, &theirs, fits) {
            pairing.join(at, place);
        }
    }
}

/// The stretches between the pairs that did not move.
pub(super) fn gaps(pairing: &Pairing) -> Vec<(Range<usize>, Range<usize>)> {
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
pub(super) fn pair_alike_anywhere(pairing: &mut Pairing, before: &Side<'_>, after: &Side<'_>) {
    let telling = |side: &Side<'_>, at: &usize| side.words.get(*at).is_some_and(|words| words.count() >= 4);
    let says = |at: &usize| telling(before, at) && !before.is_blank_exercise(*at);
    let mine: Vec<_> = pairing.free_before().into_iter().filter(says).collect();
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
