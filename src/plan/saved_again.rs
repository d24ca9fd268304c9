//! Files that are at a place that another file had before an update moved or renamed it, and that are like that file: an editor still had it
//! open, and saved it under the name that it knew. tito follows the file at its new place, so the student may write on in the wrong one.

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::canonical;
use super::likeness::{ALIKE, Content};
use super::pairs::Pair;
use crate::id::FileId;
use crate::path::WorkspacePath;

/// What was saved under an old name, by where it is, with the file that it is like. The same content is not a copy to speak of: nothing in it
/// could be missed. `standing` says where a file is, `read` gives the bytes of a regular file.
pub(super) fn saved_again(
    pairs: &[Pair<'_>],
    standing: &dyn Fn(&Pair<'_>) -> Option<WorkspacePath>,
    read: &dyn Fn(&WorkspacePath) -> Option<Vec<u8>>,
) -> BTreeMap<WorkspacePath, FileId> {
    let mut found = BTreeMap::new();
    let moved = |pair: &&Pair<'_>| pair.base.is_some_and(|(_, base)| !base.formerly.is_empty());
    if !pairs.iter().any(|pair| moved(&pair)) {
        return found;
    }
    let mut taken: BTreeMap<&WorkspacePath, BTreeSet<&FileId>> = BTreeMap::new();
    for pair in pairs {
        places(pair).for_each(|place| _ = taken.entry(place).or_default().insert(&pair.id));
    }
    for pair in pairs.iter().filter(moved) {
        let (Some((_, base)), Some(path)) = (pair.base, standing(pair)) else { continue };
        let is_others =
            |at: &WorkspacePath| taken.get(at).is_some_and(|ids| ids.iter().any(|id| **id != pair.id));
        for at in base.formerly.iter().filter(|at| **at != path && !is_others(at)) {
            let Some(copy) = read(at) else { continue };
            if read(&path).is_some_and(|tracked| is_copy(&path, &tracked, at, &copy)) {
                found.insert(at.clone(), pair.id.clone());
            }
        }
    }
    found
}

/// Where tito put the file, and where the course wants it.
fn places<'a>(pair: &Pair<'a>) -> impl Iterator<Item = &'a WorkspacePath> + use<'a> {
    [pair.base.map(|(path, _)| path), pair.course.map(|(path, _)| path)].into_iter().flatten()
}

/// Is what is at `at` another state of the file that is at `path`?
fn is_copy(path: &WorkspacePath, tracked: &[u8], at: &WorkspacePath, copy: &[u8]) -> bool {
    if path.extension() != at.extension() || canonical(path.name(), tracked) == canonical(at.name(), copy) {
        return false;
    }
    let contents = (Content::of(path.name(), tracked), Content::of(at.name(), copy));
    let (Some(tracked), Some(copy)) = contents else { return false };
    tracked.lines_in_common(&copy) >= ALIKE || tracked.is_same_notebook(&copy)
}
