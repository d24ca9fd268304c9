//! Cells of the student's that others need, or that need others, where the course joined or moved cells.
//!
//! In: the merged cells and their order. What is left of a cell whose answer went to another one comes before that one, if that uses it; an
//! answer that lost its grading comes behind the student's earlier cells that it uses. Where signs disagree nothing is moved.

use std::collections::BTreeSet;

use super::cells::Merged;
use super::order::{Placed, place};
use super::report::Fate;
use super::texts::unix;
use super::triples::SameCells;
use crate::notebook::{Cell, CellKind};
use crate::python::{Code, DefinitionKind, Dialect, Where, words};

/// Puts such cells in their places. `moves`: from which merged cell an answer went to which.
pub(super) fn keep_needs(
    order: &mut Vec<Placed>,
    merged: &[Merged],
    same: &SameCells,
    moves: &[(usize, usize)],
) {
    for &(from, to) in moves {
        put_before(order, merged, same, from, to);
    }
    for (number, answer) in merged.iter().enumerate() {
        if answer.report.fate == Fate::NoLongerGraded {
            put_behind(order, merged, same, number);
        }
    }
}

/// Puts the rest of a cell before the one that its answer went to, if that uses what the rest gives a value to, and the rest uses nothing
/// that comes later then.
fn put_before(order: &mut Vec<Placed>, merged: &[Merged], same: &SameCells, from: usize, to: usize) {
    let is_the_students = same.places.get(from).is_some_and(|places| places.course.is_none());
    let (Some(rest), Some(target)) = (code(merged, from), code(merged, to)) else { return };
    let (Some(at), Some(place)) = (place(order, from), place(order, to)) else { return };
    if !is_the_students || place >= at {
        return;
    }
    let (given, used) = (values(rest), used(rest));
    let meets = |cell: &Cell| !values(cell).is_disjoint(&used);
    let is_between = |cell: &Cell| meets(cell) || !self::used(cell).is_disjoint(&given);
    let between = order.get(place + 1..at).unwrap_or_default();
    let mut between = between.iter().filter_map(|placed| code(merged, placed.number));
    if self::used(target).is_disjoint(&given) || meets(target) || between.any(is_between) {
        return;
    }
    let placed = order.remove(at);
    order.insert(place, placed);
}

/// Puts an answer behind the last of the cells that were above it and that it uses.
fn put_behind(order: &mut Vec<Placed>, merged: &[Merged], same: &SameCells, number: usize) {
    let (Some(answer), Some(at)) = (code(merged, number), place(order, number)) else { return };
    let of_student = |number: usize| same.places.get(number).and_then(|places| places.student);
    let Some(mine) = of_student(number) else { return };
    let used = used(answer);
    let is_needed = |placed: &Placed| {
        of_student(placed.number).is_some_and(|place| place < mine)
            && code(merged, placed.number).is_some_and(|cell| !values(cell).is_disjoint(&used))
    };
    let behind = order.get(at + 1..).unwrap_or_default();
    if let Some(last) = behind.iter().rposition(is_needed) {
        let placed = order.remove(at);
        order.insert(at + 1 + last, placed);
    }
}

fn code(merged: &[Merged], number: usize) -> Option<&Cell> {
    merged.get(number)?.cell.as_ref().filter(|cell| cell.kind == CellKind::Code)
}

/// The names that running the cell gives a value to.
fn values(cell: &Cell) -> BTreeSet<String> {
    let code = Code::of(&unix(&cell.source), Dialect::IPython);
    let is_method = |kind: DefinitionKind| kind == DefinitionKind::Method;
    let defined = code.definitions().into_iter().filter(|one| !is_method(one.kind)).map(|one| one.name);
    let imports = code.imports().into_iter().filter(|import| import.place != Where::Function);
    defined.chain(imports.flat_map(|import| import.bound)).collect()
}

/// All words of the cell, among them the names that it uses.
fn used(cell: &Cell) -> BTreeSet<String> {
    words(&cell.source).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_get_a_value_are_found() {
        let cell = Cell::new(
            CellKind::Code,
            "import a.b, c as d\nfrom e import f as g\nh = i = 1\ndef j():\n    import k\nclass L:\n    def m(self): ...",
        );
        assert!(values(&cell).iter().eq(["L", "a", "d", "g", "h", "i", "j"]));
        assert!(used(&cell).contains("k"));
    }
}
