//! The order in which changes can be carried out: moves into places that other moves leave come after those, and where moves
//! go round in a circle their files trade places, so that at every instant each file is at some path.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::{Recorded, Verb};
use crate::digest::Digest;
use crate::path::WorkspacePath;

/// One step on the disk. Numbers are those of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Put, move or remove as the change says.
    One(usize),
    /// Two files trade places.
    Swap(Swap),
}

/// Two files that trade places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Swap {
    pub(super) a: WorkspacePath,
    pub(super) b: WorkspacePath,
    /// What is at `a` before.
    pub(super) at_a: Digest,
    /// What is at `b` before.
    pub(super) at_b: Digest,
    /// The moves that are done with it; the first one is its number.
    pub(super) covers: Vec<usize>,
}

impl Op {
    /// The number under which the stage knows it.
    pub(super) fn number(&self) -> usize {
        match self {
            Self::One(number) => *number,
            Self::Swap(swap) => swap.covers.first().copied().unwrap_or_default(),
        }
    }

    /// The changes whose outcome is its own.
    pub(super) fn covers(&self) -> Vec<usize> {
        match self {
            Self::One(number) => vec![*number],
            Self::Swap(swap) => swap.covers.clone(),
        }
    }
}

/// The steps that carry out `changes`. Only neighbouring moves are put into another order: they are meant to happen at once, from what was
/// there before the first of them. One that leaves or enters a place for the second time begins again.
pub(super) fn schedule(changes: &[Recorded]) -> Vec<Op> {
    let mut ops = Vec::new();
    let mut moves: Vec<Leg<'_>> = Vec::new();
    let (mut left, mut entered) = (BTreeSet::new(), BTreeSet::new());
    for (number, change) in changes.iter().enumerate() {
        match (change.kind, &change.from, change.before) {
            (Verb::Move, Some(from), Some(what)) => {
                let leg = Leg { number, from, to: &change.path, what };
                if left.contains(leg.from) || entered.contains(leg.to) {
                    ops.extend(order(&std::mem::take(&mut moves)));
                    (left, entered) = Default::default();
                }
                left.insert(leg.from);
                entered.insert(leg.to);
                moves.push(leg);
            }
            _ => {
                ops.extend(order(&std::mem::take(&mut moves)));
                (left, entered) = Default::default();
                ops.push(Op::One(number));
            }
        }
    }
    ops.extend(order(&moves));
    ops
}

#[derive(Clone, Copy)]
struct Leg<'a> {
    number: usize,
    from: &'a WorkspacePath,
    to: &'a WorkspacePath,
    what: Digest,
}

/// Chains from their free end, then circles.
fn order(moves: &[Leg<'_>]) -> Vec<Op> {
    let leaving: BTreeMap<_, _> = moves.iter().map(|leg| (leg.from, leg)).collect();
    let entering: BTreeMap<_, _> = moves.iter().map(|leg| (leg.to, leg)).collect();
    let mut placed = BTreeSet::new();
    let mut ops = Vec::new();
    for end in moves.iter().filter(|leg| !leaving.contains_key(leg.to)) {
        let mut next = Some(end);
        while let Some(leg) = next.filter(|leg| placed.insert(leg.number)) {
            ops.push(Op::One(leg.number));
            next = entering.get(leg.from).copied();
        }
    }
    for start in moves {
        let mut circle = Vec::new();
        let mut next = Some(start);
        while let Some(leg) = next.filter(|leg| placed.insert(leg.number)) {
            circle.push(*leg);
            next = leaving.get(leg.to).copied();
        }
        ops.extend(turn(&circle));
    }
    ops
}

/// A circle of `n` moves as `n - 1` exchanges with its first place.
fn turn(circle: &[Leg<'_>]) -> Vec<Op> {
    let Some((first, rest)) = circle.split_first() else { return Vec::new() };
    let places: BTreeSet<_> = circle.iter().map(|leg| leg.from).collect();
    let closes = circle.last().is_some_and(|last| last.to == first.from);
    if rest.is_empty() || places.len() < circle.len() || !closes {
        // A move to itself, or two moves with one end: not a circle; each by itself, and what cannot be is skipped.
        return circle.iter().map(|leg| Op::One(leg.number)).collect();
    }
    let mut ops: Vec<Op> = Vec::new();
    for (before, leg) in circle.iter().zip(rest) {
        ops.push(Op::Swap(Swap {
            a: first.from.clone(),
            b: leg.from.clone(),
            at_a: before.what,
            at_b: leg.what,
            covers: vec![before.number],
        }));
    }
    if let (Some(Op::Swap(swap)), Some(last)) = (ops.last_mut(), circle.last()) {
        swap.covers.push(last.number);
    }
    ops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Change;

    fn path(text: &str) -> WorkspacePath {
        WorkspacePath::new(text).unwrap()
    }

    /// Carries the moves out on a map from path to content, which is the name of the path at the start.
    fn outcome(moves: &[(&str, &str)]) -> BTreeMap<String, String> {
        let changes: Vec<Recorded> = moves
            .iter()
            .map(|(from, to)| {
                Recorded::of(&Change::Move {
                    from: path(from),
                    to: path(to),
                    expect: Digest::of(from.as_bytes()),
                })
            })
            .collect();
        let mut disk: BTreeMap<String, String> =
            moves.iter().map(|(from, _)| (from.to_string(), from.to_string())).collect();
        for op in schedule(&changes) {
            match op {
                Op::One(number) => {
                    let (from, to) = moves[number];
                    let content = disk.remove(from).unwrap();
                    assert!(disk.insert(to.to_owned(), content).is_none(), "{to} was taken");
                }
                Op::Swap(Swap { a, b, at_a, at_b, .. }) => {
                    let (at, bt) = (disk[a.as_str()].clone(), disk[b.as_str()].clone());
                    assert_eq!((Digest::of(at.as_bytes()), Digest::of(bt.as_bytes())), (at_a, at_b));
                    disk.insert(a.to_string(), bt);
                    disk.insert(b.to_string(), at);
                }
            }
        }
        disk
    }

    fn check(moves: &[(&str, &str)]) {
        let want = moves.iter().map(|(from, to)| (to.to_string(), from.to_string())).collect();
        assert_eq!(outcome(moves), want);
    }

    #[test]
    fn chains_swaps_and_circles_arrive() {
        check(&[("a", "b")]);
        check(&[("a", "b"), ("b", "c"), ("c", "d")]);
        check(&[("c", "d"), ("a", "b"), ("b", "c")]);
        check(&[("a", "b"), ("b", "a")]);
        check(&[("a", "b"), ("b", "c"), ("c", "a")]);
        check(&[("c", "a"), ("a", "b"), ("b", "c"), ("x", "y"), ("p", "q"), ("q", "p")]);
        check(&[("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"), ("5", "1")]);
    }

    /// So many moves end within the patience of whoever runs the tests only if each is looked at a few times, not once for every other.
    #[test]
    fn a_hundred_thousand_moves_are_put_in_order_at_once() {
        let expect = Digest::of(b"");
        let place = |at: usize| path(&format!("modules/{:02}/p/{at}", at % 7));
        let changes: Vec<Recorded> = (0..100_000)
            .map(|at| Recorded::of(&Change::Move { from: place(at), to: place(at + 1), expect }))
            .collect();
        let start = std::time::Instant::now();
        let ops = schedule(&changes);
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
        // A chain, from its free end.
        assert!(ops.iter().map(Op::number).eq((0..100_000).rev()));
    }

    #[test]
    fn what_makes_no_sense_still_ends() {
        for moves in [
            &[("a", "a")][..],
            &[("a", "a"), ("a", "a")],
            &[("a", "c"), ("b", "c"), ("c", "a")],
            &[("a", "b"), ("a", "c"), ("b", "a")],
        ] {
            let changes: Vec<Recorded> = moves
                .iter()
                .map(|(from, to)| {
                    Recorded::of(&Change::Move { from: path(from), to: path(to), expect: Digest::of(b"") })
                })
                .collect();
            let covered: Vec<usize> = schedule(&changes).iter().flat_map(Op::covers).collect();
            let mut sorted = covered.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..moves.len()).collect::<Vec<_>>(), "{moves:?}");
            let with_itself = |op: &Op| matches!(op, Op::Swap(swap) if swap.a == swap.b);
            assert!(!schedule(&changes).iter().any(with_itself), "{moves:?}");
        }
    }
}
