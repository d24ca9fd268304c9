//! The order of units, where courses differ in it.

use std::collections::BTreeSet;

use crate::id::UnitId;

/// So many units are named; a longer list tells a reader nothing.
const MOST: usize = 12;

/// The part of each order in which they differ, of the units that all have; the same text for all where they do not.
pub(super) fn differing(orders: &[&[UnitId]]) -> Vec<String> {
    let mut common: Option<BTreeSet<&UnitId>> = None;
    for order in orders {
        let units: BTreeSet<&UnitId> = order.iter().collect();
        common = Some(match common {
            Some(common) => common.intersection(&units).copied().collect(),
            None => units,
        });
    }
    let common = common.unwrap_or_default();
    let orders: Vec<Vec<&UnitId>> =
        orders.iter().map(|order| order.iter().filter(|id| common.contains(id)).collect()).collect();
    let is_same = |at: &usize| {
        let mut units = orders.iter().map(|order| order.get(*at));
        let first = units.next();
        units.all(|unit| Some(unit) == first)
    };
    let length = orders.first().map_or(0, Vec::len);
    let start = (0..length).take_while(is_same).count();
    let end = length - (start..length).rev().take_while(is_same).count();
    let text = |order: &Vec<&UnitId>| {
        let window = order.get(start..end).unwrap_or_default();
        let mut names: Vec<&str> = window.iter().take(MOST).map(|id| id.as_str()).collect();
        if window.len() > MOST {
            names.push("…");
        }
        names.join(", ")
    };
    orders.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(orders: &[&str]) -> Vec<String> {
        let orders: Vec<Vec<UnitId>> = orders
            .iter()
            .map(|order| order.split_whitespace().map(|id| id.parse().unwrap()).collect())
            .collect();
        differing(&orders.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_is_moved_is_said() {
        assert_eq!(said(&["a b c d e", "a c b d e"]), ["b, c", "c, b"]);
        assert_eq!(said(&["a b c", "a c"]), ["", ""], "what one does not have is not compared");
        assert_eq!(said(&["a b", "c d"]), ["", ""]);
        assert_eq!(said(&[]), [""; 0]);
        let many: Vec<String> = (0..40).map(|at| format!("u{at}")).collect();
        let back: Vec<String> = many.iter().rev().cloned().collect();
        assert!(said(&[&many.join(" "), &back.join(" ")])[1].ends_with("u28, …"));
    }
}
