//! Which cell of one side is which of another: graded cells by all signs together, then by id, by text, by names, by likeness, by place.
//!
//! In: two lists of cells. Out: a [`Pairing`]. It decides nothing about their content. Each step looks only at what the steps before
//! it left unpaired, the surest first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::by_id::pair_by_id;
use super::by_place::{
    pair_alike_below_the_question, pair_below_the_question, pair_by_names, pair_in_the_same_place,
};
use super::by_signs::pair_graded;
use super::by_text::{pair_alike_anywhere, pair_alike_in_gaps, pair_equal_anywhere, pair_equal_in_order};
use super::likeness::ALIKE;
use super::signs::Side;
use super::spine::on_spine;
use super::text_of;
use crate::notebook::Cell;

/// Comparisons of one cell with another beyond which a step that compares every cell with every other is left out, so that
/// notebooks of many thousand cells are merged in bounded time.
pub(super) const MOST_COMPARISONS: usize = 250_000;

/// Which cells of two lists are the same cell. Every cell is in at most one pair.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// For each cell of the first list, its partner in the second.
    pub to: Vec<Option<usize>>,
    /// For each cell of the second list, its partner in the first.
    pub from: Vec<Option<usize>>,
    /// Graded cells of the first list whose signs disagree about their partner.
    pub(super) doubts: BTreeSet<usize>,
}

impl Pairing {
    pub(super) fn none(before: usize, after: usize) -> Self {
        Self { to: vec![None; before], from: vec![None; after], doubts: BTreeSet::new() }
    }

    /// Makes a pair of two cells that have no partner yet.
    pub(super) fn join(&mut self, before: usize, after: usize) {
        if let (Some(to @ None), Some(from @ None)) = (self.to.get_mut(before), self.from.get_mut(after)) {
            (*to, *from) = (Some(after), Some(before));
        }
    }

    /// Notes that signs disagree about the partner of a cell.
    pub(super) fn doubt(&mut self, before: usize) {
        self.doubts.insert(before);
    }

    /// The partner of a cell of the first list.
    pub fn partner(&self, before: usize) -> Option<usize> {
        self.to.get(before).copied().flatten()
    }

    /// All pairs, in the order of the first list.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.to.iter().enumerate().filter_map(|(before, after)| Some((before, (*after)?)))
    }

    pub(super) fn free_before(&self) -> Vec<usize> {
        free(&self.to)
    }

    pub(super) fn free_after(&self) -> Vec<usize> {
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

/// Pairs the cells of `before` with those of `after`, which `editor` made of them.
pub fn pair(before: &[Cell], after: &[Cell], editor: Editor) -> Pairing {
    pair_sides(&Side::of(before), &Side::of(after), editor, &BTreeMap::new())
}

/// The same; `aliases` are grade_ids of `before` that `after` may know under another name.
pub(super) fn pair_sides(
    before: &Side<'_>,
    after: &Side<'_>,
    editor: Editor,
    aliases: &BTreeMap<&str, &str>,
) -> Pairing {
    let mut pairing = Pairing::none(before.cells.len(), after.cells.len());
    pair_graded(&mut pairing, before, after, editor, aliases);
    pair_by_id(&mut pairing, before, after);
    pair_equal_in_order(&mut pairing, before, after);
    pair_equal_anywhere(&mut pairing, before, after, false);
    pair_by_names(&mut pairing, before, after, editor);
    if editor == Editor::Student {
        // Blank exercises are all alike: the question says which is which.
        pair_alike_below_the_question(&mut pairing, before, after);
    }
    pair_alike_in_gaps(&mut pairing, before, after);
    pair_alike_anywhere(&mut pairing, before, after);
    if editor == Editor::Student {
        pair_below_the_question(&mut pairing, before, after);
        pair_in_the_same_place(&mut pairing, before, after);
    }
    pair_equal_anywhere(&mut pairing, before, after, true);
    pairing
}

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

/// Pairs that two lists have without a base between them: cells that both sides got from elsewhere, such as one that
/// an earlier merge added. Only sure signs count. `is_new`: is the student's cell none of the base's?
pub(super) fn pair_unrelated(
    pairing: &mut Pairing,
    students: &Side<'_>,
    courses: &Side<'_>,
    is_new: impl Fn(usize) -> bool,
) {
    for sign in [Sign::GradeId, Sign::Text, Sign::Id] {
        let mut places: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for place in pairing.free_after().into_iter().rev() {
            if let Some(key) = courses.cells.get(place).and_then(|cell| sign.of(cell)) {
                places.entry(key).or_default().push(place);
            }
        }
        for at in pairing.free_before().into_iter().filter(|&at| is_new(at)) {
            let key = students.cells.get(at).and_then(|cell| sign.of(cell));
            let Some(found) = key.and_then(|key| places.get_mut(&key)) else { continue };
            let fits = |place: &usize| sign != Sign::Id || fit(students, courses, at, *place) >= ALIKE;
            if let Some(place) = found.pop_if(|place| fits(place)) {
                let id = |side: &Side<'_>, at: usize| {
                    side.cells.get(at).and_then(Cell::grade_id).map(str::to_owned)
                };
                let (mine, theirs) = (id(students, at), id(courses, place));
                if mine.is_none() || theirs.is_none() || mine == theirs {
                    pairing.join(at, place);
                }
            }
        }
    }
}

/// What two cells may have in common without a base.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    GradeId,
    Text,
    Id,
}

impl Sign {
    fn of<'a>(self, cell: &'a Cell) -> Option<(&'static str, Cow<'a, str>)> {
        match self {
            Self::GradeId => Some(("", cell.grade_id()?.into())),
            Self::Text if cell.source.trim().is_empty() => None,
            Self::Text => Some((cell.kind.as_str(), text_of(&cell.source))),
            Self::Id => Some(("", cell.id.as_deref()?.into())),
        }
    }
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
