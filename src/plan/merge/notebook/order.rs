//! Where each merged cell goes: the order is the course's; what only the student moved, added or kept is anchored to what was above it,
//! and what only the course has stays with the course's cell that it follows, wherever the student moved that.

use super::Places;
use super::cells::Merged;
use super::report::CellReport;
use super::spine::on_spine;
use crate::notebook::Cell;

/// One cell of the result: its number among the merged ones, and whether the course moved it.
pub(super) struct Placed {
    pub(super) number: usize,
    moved: bool,
}

/// Where the merged cell `number` is in the order.
pub(super) fn place(order: &[Placed], number: usize) -> Option<usize> {
    order.iter().position(|placed| placed.number == number)
}

/// The order of the merged cells. Those that are not in the notebook come last.
pub(super) fn order(places: &[Places], merged: &[Merged]) -> Vec<Placed> {
    let by_student = moved(places, |places| places.student);
    let by_course = moved(places, |places| places.course);
    let is = |marks: &[bool], number: usize| marks.get(number).copied().unwrap_or(false);
    let present = |number: usize| merged.get(number).is_some_and(|merged| merged.cell.is_some());
    let is_anchored = |number: usize| {
        places.get(number).is_some_and(|places| {
            let floats = places.course.is_none() || (is(&by_student, number) && !is(&by_course, number));
            floats && places.student.is_some()
        })
    };
    let mut of_course: Vec<_> = (0..places.len())
        .filter(|&number| present(number) && places.get(number).is_some_and(|places| places.course.is_some()))
        .collect();
    of_course.sort_by_key(|&number| places.get(number).and_then(|places| places.course));
    let chain = anchors(places, &|number| present(number).then(|| is_anchored(number)));
    let mut order = Vec::with_capacity(places.len());
    chain.follow(chain.top, &mut order);
    for &number in of_course.iter().filter(|&&number| !is_anchored(number)) {
        chain.follow(Some(number), &mut order);
    }
    bring_along(&mut order, places, merged, &of_course);
    order.extend((0..places.len()).filter(|&number| !present(number)));
    let is_moved = |number: usize| present(number) && (is(&by_course, number) || is(&by_student, number));
    order.into_iter().map(|number| Placed { number, moved: is_moved(number) }).collect()
}

/// Puts each cell that only the course has behind the course's cell that it follows, and a test not before its question.
fn bring_along(order: &mut Vec<usize>, places: &[Places], merged: &[Merged], of_course: &[usize]) {
    let is_the_students = |number: usize| places.get(number).is_some_and(|places| places.course.is_none());
    let cell = |number: usize| merged.get(number).and_then(|merged| merged.cell.as_ref());
    let mut question = None;
    for (above, &number) in std::iter::once(None).chain(of_course.iter().copied().map(Some)).zip(of_course) {
        let place = |order: &[usize], number: usize| order.iter().position(|&other| other == number);
        let is_test = cell(number).is_some_and(|cell| cell.flag("grade") && !cell.flag("solution"));
        // Also one that an earlier merge from this base brought.
        let is_new =
            places.get(number).is_some_and(|places| places.student.is_none() || places.base.is_none());
        let follows = above
            .and_then(|above| place(order, above))
            .max(question.filter(|_| is_test).and_then(|question| place(order, question)));
        if is_new && let Some(follows) = follows {
            // The student's own notes stay right behind the cell that they were written for.
            let notes = order.iter().skip(follows + 1).take_while(|&&next| is_the_students(next)).count();
            let to = follows + 1 + notes;
            if let Some(from) = place(order, number) {
                order.remove(from);
                order.insert(if from < to { to - 1 } else { to }, number);
            }
        }
        if cell(number).is_some_and(|cell| cell.flag("solution")) {
            question = Some(number);
        }
    }
}

/// Which anchored cell follows which cell.
struct Chain {
    top: Option<usize>,
    after: Vec<Option<usize>>,
}

impl Chain {
    /// Adds a cell and what is anchored to it, one behind the other.
    fn follow(&self, first: Option<usize>, order: &mut Vec<usize>) {
        let mut next = first;
        while let Some(number) = next {
            order.push(number);
            next = self.after.get(number).copied().flatten();
        }
    }
}

/// In the student's order, each anchored cell follows the one above it that is still there. `state`: none if the cell is gone.
fn anchors(places: &[Places], state: &dyn Fn(usize) -> Option<bool>) -> Chain {
    let mut of_student: Vec<_> = (0..places.len()).collect();
    of_student.retain(|&number| places.get(number).is_some_and(|places| places.student.is_some()));
    of_student.sort_by_key(|&number| places.get(number).and_then(|places| places.student));
    let mut chain = Chain { top: None, after: vec![None; places.len()] };
    let mut above = None;
    for number in of_student {
        let Some(is_anchored) = state(number) else { continue };
        if is_anchored {
            let slot = above.map_or(Some(&mut chain.top), |above: usize| chain.after.get_mut(above));
            if let Some(slot) = slot {
                *slot = Some(number);
            }
        }
        above = Some(number);
    }
    chain
}

/// The cells of all three sides that one side moved against the base.
fn moved(places: &[Places], side: impl Fn(&Places) -> Option<usize>) -> Vec<bool> {
    let mut paired: Vec<_> = places
        .iter()
        .enumerate()
        .filter_map(|(number, places)| Some((places.base?, side(places)?, number)))
        .collect();
    paired.sort_unstable();
    let spine = on_spine(&paired.iter().map(|&(_, place, _)| place).collect::<Vec<_>>());
    let mut moved = vec![false; places.len()];
    for ((_, _, number), stayed) in paired.into_iter().zip(spine) {
        if let Some(mark) = moved.get_mut(number) {
            *mark = !stayed;
        }
    }
    moved
}

/// A cell in its place, whether it moved, what to say of it, and the ids that it may have.
pub(super) type Arranged = (Option<Cell>, bool, CellReport, [Option<String>; 2]);

/// The merged cells in that order.
pub(super) fn arrange(merged: Vec<Merged>, order: &[Placed]) -> Vec<Arranged> {
    let mut slots: Vec<_> = merged.into_iter().map(Some).collect();
    let taken = order.iter().filter_map(|placed| {
        let merged = slots.get_mut(placed.number)?.take()?;
        Some((merged.cell, placed.moved, merged.report, merged.ids))
    });
    taken.collect()
}
