//! A blank stub never hides an answer: where the course asks again for what the student has defined, its cell comes first.
//!
//! In: the merged cells and their order. A stub behind an answer of the same name is put before it, with the text that introduces it, and
//! the report names both cells. In one cell the course's text is
//! offered instead.

use std::collections::BTreeSet;

use super::Party;
use super::cells::{Merged, offered};
use super::defined::{Outline, Site, bindings};
use super::moves::Exercises;
use super::order::{Placed, place};
use super::report::{Fate, OtherCell, Whose};
use super::triples::SameCells;
use crate::notebook::CellKind;

/// Reorders cells until no stub hides an answer, and notes in the report which cells ask again for what. Where both are in one cell, the
/// student's stays and the course's is offered.
pub(super) fn uncover(
    order: &mut Vec<Placed>,
    merged: &mut [Merged],
    exercises: &Exercises<'_>,
    same: &SameCells,
) {
    let mut outline = exercises.outline(merged, order.iter().map(|placed| placed.number));
    let mut answers: Vec<(String, Site)> =
        exercises.answers().into_iter().map(|(name, site)| (name.to_owned(), site.clone())).collect();
    let is_known = |name: &&str| answers.iter().any(|(known, _)| known == name);
    let bound = outline.asked().filter(|name| !is_known(name));
    let bound: Vec<(String, Site)> =
        bound.filter_map(|name| Some((name.to_owned(), exercises.bound(name)?))).collect();
    let bind = |outline: &mut Outline, merged: &[Merged]| {
        for (name, _) in &bound {
            let cells =
                merged.iter().enumerate().filter_map(|(at, merged)| Some((at, merged.cell.as_ref()?)));
            outline.bind(name, cells.flat_map(|(at, cell)| bindings(at, cell, name)));
        }
    };
    bind(&mut outline, merged);
    answers.extend(bound.iter().cloned());
    let mut told: BTreeSet<(usize, &str)> = BTreeSet::new();
    // Each round says something that was not said before.
    loop {
        let places = places_in(order, merged.len());
        let hidden = answers.iter().find_map(|(name, answer)| {
            let hidden = Hidden::of(outline.sites(name), answer, &places)?;
            told.insert((hidden.stub, name)).then_some((name, answer, hidden))
        });
        let Some((name, answer, Hidden { stub, answered })) = hidden else { return };
        if answered == Some(stub) && keep_the_students(merged, stub, exercises) {
            outline = exercises.outline(merged, order.iter().map(|placed| placed.number));
            bind(&mut outline, merged);
            continue;
        }
        let cell = match answered {
            Some(answered) => {
                if answered != stub {
                    move_before(order, stub, answered, merged, same);
                }
                merged.get(answered).map(|merged| merged.report.name.clone())
            }
            // The answer is not in the notebook: kept aside, or replaced.
            None => Some(exercises.name_of_students(answer.cell)),
        };
        if let Some(merged) = merged.get_mut(stub) {
            if matches!(merged.report.fate, Fate::Added | Fate::Restored | Fate::Fixed | Fate::Same) {
                merged.report.fate = Fate::AskedAgain;
            }
            merged.report.others.push(OtherCell { cell: cell.unwrap_or_default(), name: name.clone() });
        }
    }
}

/// Puts the student's text into a cell in which the course's stub would be behind the answer, and offers the course's. Is that possible? Not
/// where an answer came into the cell or left it.
fn keep_the_students(merged: &mut [Merged], number: usize, exercises: &Exercises<'_>) -> bool {
    let (Some(merged), Some(sides)) = (merged.get_mut(number), exercises.cells_of(number)) else {
        return false;
    };
    if merged.report.answer_moves || merged.report.lacks(Whose::Student) {
        return false;
    }
    let (cell, told) = offered(sides, sides.student.kind, Party::Student);
    merged.cell = cell;
    merged.report.fate = told.fate;
    merged.report.course = told.course;
    merged.report.beside = told.beside;
    true
}

/// A stub behind all answers of its name.
struct Hidden {
    /// The merged cell that has it.
    stub: usize,
    /// The merged cell that has the answer, if one does. It may be the same one.
    answered: Option<usize>,
}

impl Hidden {
    fn of(sites: &[Site], answer: &Site, places: &[usize]) -> Option<Self> {
        let place = |site: &&Site| places.get(site.cell).map(|&place| (place, site.range.start));
        let is_stub = |site: &&Site| site.stubs > answer.stubs;
        sites.iter().max_by_key(place).filter(is_stub)?;
        let answered = sites.iter().filter(|site| !is_stub(site)).max_by_key(place);
        let behind = |site: &&Site| answered.is_none_or(|answered| place(&answered) < place(site));
        let first = sites.iter().filter(is_stub).filter(behind).min_by_key(place)?;
        Some(Self { stub: first.cell, answered: answered.map(|site| site.cell) })
    }
}

/// For each merged cell its place in the order.
fn places_in(order: &[Placed], count: usize) -> Vec<usize> {
    let mut places = vec![0; count];
    for (place, placed) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(placed.number) {
            *slot = place;
        }
    }
    places
}

/// Puts a cell before another one, and with it the new texts right above it.
fn move_before(order: &mut Vec<Placed>, stub: usize, answered: usize, merged: &[Merged], same: &SameCells) {
    let is_introduction = |placed: &&Placed| {
        let is_text = merged
            .get(placed.number)
            .and_then(|merged| merged.cell.as_ref())
            .is_some_and(|cell| cell.kind == CellKind::Markdown && cell.grade_id().is_none());
        is_text
            && same
                .places
                .get(placed.number)
                .is_some_and(|places| places.base.is_none() && places.course.is_some())
    };
    let Some(at) = place(order, stub) else { return };
    let above = order.get(..at).unwrap_or_default().iter().rev().take_while(is_introduction).count();
    let block: Vec<_> = order.drain(at - above..=at).collect();
    let to = place(order, answered).unwrap_or(order.len());
    order.splice(to..to, block);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::Cell;

    /// `f` in cells of these texts, in this order.
    fn hidden(texts: &[&str], places: &[usize]) -> Option<(usize, Option<usize>)> {
        let mut sites = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            let outline = Outline::of_cell(number, &Cell::new(CellKind::Code, *text));
            sites.extend(outline.sites("f").iter().cloned());
        }
        let answer = sites.iter().find(|site| site.stubs == 0)?.clone();
        Hidden::of(&sites, &answer, places).map(|hidden| (hidden.stub, hidden.answered))
    }

    const ANSWER: &str = "def f():\n    return 1\n";
    const STUB: &str = "def f():\n    raise NotImplementedError()\n";

    #[test]
    fn the_first_stub_behind_the_last_answer_hides_it() {
        assert_eq!(hidden(&[ANSWER, STUB], &[0, 1]), Some((1, Some(0))));
        assert_eq!(hidden(&[ANSWER, STUB, ANSWER, STUB, STUB], &[0, 1, 2, 3, 4]), Some((3, Some(2))));
        // Places count, not the numbers of cells.
        assert_eq!(hidden(&[STUB, ANSWER], &[1, 0]), Some((0, Some(1))));
        // In one cell, too.
        let [first, last] = [[ANSWER, STUB].concat(), [STUB, ANSWER].concat()];
        assert_eq!(hidden(&[&first], &[0]), Some((0, Some(0))));
        assert_eq!(hidden(&[&last], &[0]), None);
        assert_eq!(hidden(&[&last, STUB], &[0, 1]), Some((1, Some(0))));
    }

    #[test]
    fn a_stub_before_the_last_answer_hides_nothing() {
        assert_eq!(hidden(&[STUB, ANSWER], &[0, 1]), None);
        assert_eq!(hidden(&[ANSWER, STUB, ANSWER], &[0, 1, 2]), None);
        assert_eq!(hidden(&[ANSWER, ANSWER], &[0, 1]), None);
    }
}
