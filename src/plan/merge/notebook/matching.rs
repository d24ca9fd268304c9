//! Which cell of one side is which of another: graded cells by all signs together, then by id, by text, by names, by likeness, by place.
//!
//! In: two lists of cells. Out: a [`Pairing`]. It decides nothing about their content. Each step looks only at what the steps before
//! it left unpaired, the surest first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::by_id::pair_by_id;
use super::by_place::{
    pair_alike_below_the_question, pair_below_the_question, pair_by_names, pair_in_the_same_place,
};
use super::by_signs::pair_graded;
use super::by_text::{pair_alike_anywhere, pair_alike_in_gaps, pair_equal_anywhere, pair_equal_in_order};
use super::fits::fit;
use super::likeness::ALIKE;
pub use super::pairing::{Editor, Pairing};
use super::signs::Side;
use super::spine::on_spine;
use super::text_of;
use crate::notebook::Cell;

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
