//! A blank stub never hides an answer: where the course asks again for what the student has defined, its cell comes first.
//!
//! In: the merged cells and their order. A stub behind an answer of the same name is put before it, with the text that introduces it, and
//! the report names both cells.

use std::collections::BTreeSet;

use super::cells::Merged;
use super::defined::Site;
use super::moves::Exercises;
use super::order::Placed;
use super::report::{Fate, OtherCell};
use super::triples::SameCells;
use crate::notebook::CellKind;

/// Reorders cells until no stub hides an answer, and notes in the report which cells ask again for what.
pub(super) fn uncover(
    order: &mut Vec<Placed>,
    merged: &mut [Merged],
    exercises: &Exercises<'_>,
    same: &SameCells,
) {
    let outline = exercises.outline(merged, order.iter().map(|placed| placed.number));
    let answers = exercises.answers();
    let mut told: BTreeSet<(usize, &str)> = BTreeSet::new();
    // Each round says something that was not said before.
    loop {
        let places = places_in(order, merged.len());
        let hidden = answers.iter().find_map(|&(name, answer)| {
            let hidden = Hidden::of(outline.sites(name), answer, &places)?;
            told.insert((hidden.stub, name)).then_some((name, answer, hidden))
        });
        let Some((name, answer, Hidden { stub, answered })) = hidden else { return };
        let cell = match answered.filter(|&answered| answered != stub) {
            Some(answered) => {
                move_before(order, stub, answered, merged, same);
                merged.get(answered).map(|merged| merged.report.name.clone())
            }
            // The answer is not in the notebook: kept aside, or replaced.
            None => Some(exercises.name_of_students(answer.cell)),
        };
        if let Some(merged) = merged.get_mut(stub) {
            if matches!(merged.report.fate, Fate::Added | Fate::Restored | Fate::Fixed | Fate::Same) {
                merged.report.fate = Fate::AskedAgain;
            }
            merged.report.others.push(OtherCell { cell: cell.unwrap_or_default(), name: name.to_owned() });
        }
    }
}

/// A stub behind all answers of its name.
struct Hidden {
    /// The merged cell that has it.
    stub: usize,
    /// The merged cell that has the answer, if one does.
    answered: Option<usize>,
}

impl Hidden {
    fn of(sites: &[Site], answer: &Site, places: &[usize]) -> Option<Self> {
        let place = |site: &&Site| places.get(site.cell).copied();
        let is_stub = |site: &&Site| site.stubs > answer.stubs;
        // Of several in one cell the last one holds.
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
    let place = |order: &[Placed], number: usize| order.iter().position(|placed| placed.number == number);
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
    use crate::plan::merge::notebook::defined::Outline;

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
    }

    #[test]
    fn a_stub_before_the_last_answer_hides_nothing() {
        assert_eq!(hidden(&[STUB, ANSWER], &[0, 1]), None);
        assert_eq!(hidden(&[ANSWER, STUB, ANSWER], &[0, 1, 2]), None);
        assert_eq!(hidden(&[ANSWER, ANSWER], &[0, 1]), None);
    }
}
