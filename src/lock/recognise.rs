//! Units and notebooks that changed their names without a word: recognised by their grade_ids. The lock that is in force says which
//! grade_ids the former ones had.
//!
//! Only grade_ids that one notebook alone has say anything: `q1` may be in all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grading, Lock, LockedUnit, grading};
use crate::compile::{Renames, Target, Unit};
use crate::id::{FileId, UnitId, UnitKind};

/// The renames that `target` knows, with what its grade_ids say of the units and notebooks of `lock` that it no longer has.
pub fn recognised(lock: &Lock, target: &Target) -> Renames {
    let mut renames = target.renames.clone();
    // What students have is this very course: every file of it is what it was.
    if lock.course.digest == target.course_digest && lock.base.sha256 == target.base_digest {
        return renames;
    }
    let (was, is) = (lock.grading.clone().unwrap_or_default(), grading::of(target));
    let (before, after) = (distinct(&was), distinct(&is));
    for unit in gone_units(lock, target) {
        if let Some(new) = successor(unit, lock, target, &before, &after) {
            renames.units.insert(unit.id.clone(), new.id.clone());
        }
    }
    let known = renames.successors(lock.ids(), target.files.values().map(|file| (&file.id, file.role)));
    let taken: BTreeSet<&FileId> = known.values().filter(|new| !new.is_guess).map(|new| &new.id).collect();
    let missing = |id: &FileId| known.get(id).is_none_or(|new| new.is_guess);
    let mut found = BTreeMap::new();
    for (old, cells) in before.iter().filter(|(id, _)| missing(id)) {
        let open = after.iter().filter(|(new, _)| !taken.contains(*new) && extension(new) == extension(old));
        if let Some(new) = best(open.map(|(id, other)| (*id, shared(cells, other))), cells.len()) {
            found.insert((*old).clone(), new.clone());
        }
    }
    renames.recognised = one_to_one(found);
    renames
}

/// Units that students have and that neither base nor course offers any more, under whatever name: neither renamed nor retired.
pub(super) fn gone_units<'a>(lock: &'a Lock, target: &'a Target) -> impl Iterator<Item = &'a LockedUnit> {
    lock.units.iter().filter(|unit| {
        let today = target.renames.unit(&unit.id);
        !target.offered.contains(&today) && !target.retired.contains_key(&today)
    })
}

/// The new unit of the same kind that has at least half of the grade_ids of `old`; or, where it has none, half of its files.
fn successor<'a>(
    old: &LockedUnit,
    lock: &Lock,
    target: &'a Target,
    before: &Distinct<'_>,
    after: &Distinct<'_>,
) -> Option<&'a Unit> {
    let had = |unit: &UnitId, kind: UnitKind| {
        lock.units.iter().any(|old| target.renames.unit(&old.id) == *unit && old.kind == kind)
    };
    let new = target.units.iter().filter(|unit| unit.kind == old.kind && !had(&unit.id, unit.kind));
    let new: Vec<&Unit> = new.collect();
    let cells = of_unit(before, &old.id);
    if !cells.is_empty() {
        return best(new.iter().map(|unit| (*unit, shared(&cells, &of_unit(after, &unit.id)))), cells.len());
    }
    let ours = lock.files.values().filter(|file| file.id.unit() == Some(old.id.as_str()));
    let ours: BTreeSet<_> = ours.map(|file| file.sha256).collect();
    let theirs = |unit: &Unit| {
        let files = target.files.values().filter(|file| file.unit.as_ref() == Some(&unit.id));
        files.map(|file| file.digest).collect::<BTreeSet<_>>()
    };
    best(new.iter().map(|unit| (*unit, ours.intersection(&theirs(unit)).count())), ours.len())
}

/// The grade_ids of each notebook that no other notebook has.
type Distinct<'a> = BTreeMap<&'a FileId, BTreeSet<&'a str>>;

fn distinct(grading: &Grading) -> Distinct<'_> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for grade_id in grading.values().flat_map(BTreeMap::keys) {
        *count.entry(grade_id).or_default() += 1;
    }
    let alone = |id: &&str| count.get(id) == Some(&1);
    grading.iter().map(|(id, cells)| (id, cells.keys().map(String::as_str).filter(alone).collect())).collect()
}

fn of_unit<'a>(notebooks: &Distinct<'a>, unit: &UnitId) -> BTreeSet<&'a str> {
    let own = notebooks.iter().filter(|(id, _)| id.unit() == Some(unit.as_str()));
    own.flat_map(|(_, cells)| cells.iter().copied()).collect()
}

fn shared(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> usize {
    a.intersection(b).count()
}

/// The candidate with the most in common, where that is at least half of `all` and no other has as much.
fn best<T>(candidates: impl Iterator<Item = (T, usize)>, all: usize) -> Option<T> {
    let mut enough: Vec<(T, usize)> =
        candidates.filter(|(_, shared)| *shared > 0 && shared * 2 >= all).collect();
    enough.sort_by_key(|(_, shared)| std::cmp::Reverse(*shared));
    let alone = enough.len() < 2 || enough[0].1 > enough[1].1;
    enough.into_iter().next().filter(|_| alone).map(|(candidate, _)| candidate)
}

fn extension(id: &FileId) -> Option<&str> {
    id.as_str().rsplit_once('.').map(|(_, extension)| extension)
}

/// Leaves out what two files would become.
fn one_to_one(found: BTreeMap<FileId, FileId>) -> BTreeMap<FileId, FileId> {
    let mut count: BTreeMap<FileId, usize> = BTreeMap::new();
    for new in found.values() {
        *count.entry(new.clone()).or_default() += 1;
    }
    found.into_iter().filter(|(_, new)| count.get(new) == Some(&1)).collect()
}
