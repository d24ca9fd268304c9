//! Where files go when a course renumbers, reorders or renames: [`places`], for the files that tito follows, and
//! [`own_files`], for what a student put beside them.
//!
//! All moves of a plan happen at once, so that swaps and chains (05↔06, 05→06→07) need no order here: a place that its file leaves
//! is free. A place that holds anything else is not, and then the file goes beside it, under a name that is.

use std::collections::{BTreeMap, BTreeSet};

use super::Observed;
use crate::compile::Target;
use crate::path::{WorkspacePath, marked};

/// A file that belongs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mover {
    /// Where it is.
    pub(super) at: WorkspacePath,
    /// Where it belongs.
    pub(super) goal: WorkspacePath,
    /// Is it the student's own, that only goes along?
    pub(super) own: bool,
}

/// What the movers may count on.
pub(super) struct Room<'a> {
    pub(super) observed: &'a Observed,
    pub(super) target: &'a Target,
    /// Paths whose file goes without moving: the course dropped it.
    pub(super) vacated: BTreeSet<WorkspacePath>,
}

/// Where each mover goes, by where it is. One that cannot go anywhere is not in the answer.
pub(super) fn places(movers: &[Mover], room: &Room<'_>) -> BTreeMap<WorkspacePath, WorkspacePath> {
    let leaving = leaving(movers, room);
    let free = |path: &WorkspacePath| {
        !room.observed.taken(path) || leaving.contains(path) || room.vacated.contains(path)
    };
    let goals: BTreeSet<&WorkspacePath> = movers.iter().map(|mover| &mover.goal).collect();
    let mut placed = BTreeMap::new();
    let mut used: BTreeSet<WorkspacePath> = BTreeSet::new();
    for mover in movers.iter().filter(|mover| leaving.contains(&mover.at)) {
        let reserved = |path: &WorkspacePath| {
            used.contains(path) || !free(path) || goals.contains(path) || room.target.files.contains_key(path)
        };
        let wanted = mover.own && room.target.files.contains_key(&mover.goal);
        let to = if free(&mover.goal) && !used.contains(&mover.goal) && !wanted {
            Some(mover.goal.clone())
        } else {
            beside(&mover.goal).find(|path| !reserved(path))
        };
        if let Some(to) = to {
            used.insert(to.clone());
            placed.insert(mover.at.clone(), to);
        }
    }
    placed
}

/// The places that their files leave. Those stay that nothing could bring nearer: one whose goal cannot be reached, and one that was
/// put beside its goal before, while that is still taken.
fn leaving(movers: &[Mover], room: &Room<'_>) -> BTreeSet<WorkspacePath> {
    let all: BTreeSet<&WorkspacePath> = movers.iter().map(|mover| &mover.at).collect();
    let stays = |mover: &Mover| {
        let taken = room.observed.taken(&mover.goal)
            && !all.contains(&mover.goal)
            && !room.vacated.contains(&mover.goal);
        unreachable(&mover.goal, room) || (taken && is_beside(&mover.at, &mover.goal))
    };
    movers.iter().filter(|mover| !stays(mover)).map(|mover| mover.at.clone()).collect()
}

/// Does something that is not a folder stand on the way to `goal`?
fn unreachable(goal: &WorkspacePath, room: &Room<'_>) -> bool {
    if matches!(
        room.observed.obstacle(goal),
        Some(super::Obstacle::Behind(_) | super::Obstacle::Unreadable(_))
    ) {
        return true;
    }
    let mut at = goal.parent();
    while let Some(folder) = at {
        if room.observed.files.contains_key(&folder) || room.target.files.contains_key(&folder) {
            return true;
        }
        at = folder.parent();
    }
    false
}

/// The names beside `path` that are tried, in order: `a.moved.py`, `a.moved-2.py`, …
fn beside(path: &WorkspacePath) -> impl Iterator<Item = WorkspacePath> + use<> {
    let path = path.clone();
    (1..10_000).filter_map(move |number| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        named(&path, &format!("{MOVED}{number}"))
    })
}

/// What is in the name of a file that was put beside its goal.
const MOVED: &str = ".moved";

/// `path` with `mark` in its name.
fn named(path: &WorkspacePath, mark: &str) -> Option<WorkspacePath> {
    let name = marked(path.name(), mark);
    match path.parent() {
        Some(folder) => folder.join(&name).ok(),
        None => WorkspacePath::new(&name).ok(),
    }
}

fn is_beside(at: &WorkspacePath, goal: &WorkspacePath) -> bool {
    let Some((_, rest)) = at.name().rsplit_once(MOVED) else { return false };
    let number = rest.split('.').next().unwrap_or_default();
    let is_number =
        number.is_empty() || number.strip_prefix('-').is_some_and(|digits| digits.parse::<u32>().is_ok());
    is_number && named(goal, &format!("{MOVED}{number}")).as_ref() == Some(at)
}

/// Folders of units that are in one place and belong in another.
#[derive(Debug, Default)]
pub(super) struct Folders {
    /// From where to where; none: it stays, whatever a folder around it does.
    pub(super) moves: BTreeMap<WorkspacePath, Option<WorkspacePath>>,
}

impl Folders {
    /// Notes that files of the unit folder `old` now belong into `new`. Two opinions on one folder: it stays.
    pub(super) fn note(&mut self, old: WorkspacePath, new: Option<WorkspacePath>) {
        let new = new.filter(|new| *new != old);
        match self.moves.get_mut(&old) {
            Some(known) if *known != new => *known = None,
            Some(_) => {}
            None => _ = self.moves.insert(old, new),
        }
    }

    /// Where a file that a student put at `path` goes along; the innermost unit folder around it decides.
    pub(super) fn along(&self, path: &WorkspacePath) -> Option<WorkspacePath> {
        let mut at = path.parent();
        while let Some(folder) = at {
            if let Some(new) = self.moves.get(&folder) {
                return new.as_ref()?.join(path.below(&folder)?).ok();
            }
            at = folder.parent();
        }
        None
    }
}

/// The student's own files that move along: those in `folders` that no pair stands for.
pub(super) fn own_files(
    folders: &Folders,
    observed: &Observed,
    target: &Target,
    standing: &BTreeSet<&WorkspacePath>,
) -> Vec<Mover> {
    let own = observed.files.iter().filter(|(path, seen)| {
        seen.raw().is_some() && !standing.contains(path) && !target.files.contains_key(*path)
    });
    own.filter_map(|(path, _)| Some(Mover { at: path.clone(), goal: folders.along(path)?, own: true }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_a_path_are_recognised() {
        for text in ["a/b.py", "b", "a/.gitignore", "x/a.tar.gz"] {
            let path = WorkspacePath::new(text).unwrap();
            for name in beside(&path).take(12) {
                assert!(is_beside(&name, &path), "{name} beside {path}");
            }
            assert!(!is_beside(&path, &path));
        }
        let names: Vec<_> = beside(&WorkspacePath::new("a/b.py").unwrap()).take(2).collect();
        assert_eq!(
            names.iter().map(WorkspacePath::as_str).collect::<Vec<_>>(),
            ["a/b.moved.py", "a/b.moved-2.py"]
        );
    }
}
