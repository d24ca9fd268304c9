//! What a shell offers behind a command: units, graded cells, milestones and offered files of the workspace that one is in.
//!
//! Nothing is compiled and nothing is written: the lock and the folder of offers say it. Where they cannot be read, nothing is offered.

use clap_complete::engine::CompletionCandidate;

use crate::delivery::LastIndex;
use crate::id::UnitKind;
use crate::lock::{Config, Lock, MAX_LOCK_BYTES, MAX_STATE_BYTES};
use crate::release::index::{Entry, INDEX, Index, MAX_INDEX_BYTES};
use crate::world::disk::Disk;
use crate::world::site::Address;
use crate::world::{Root, World};

use super::{address, workspace};

/// The variable that a shell sets to ask for candidates.
pub(super) const VARIABLE: &str = "TITO_COMPLETE";
/// Where offers lie.
const INCOMING: &str = ".tinytorch/incoming";

/// The units that students work on, by id.
pub(super) fn units() -> Vec<CompletionCandidate> {
    of_kind(|kind| kind != UnitKind::Milestone)
}

/// The milestones, by id.
pub(super) fn milestones() -> Vec<CompletionCandidate> {
    of_kind(|kind| kind == UnitKind::Milestone)
}

/// The flagged cells of all notebooks, by grade_id.
pub(super) fn cells() -> Vec<CompletionCandidate> {
    let grading = lock().and_then(|lock| lock.grading).unwrap_or_default();
    grading.into_values().flat_map(|cells| cells.into_keys().map(CompletionCandidate::new)).collect()
}

/// The files of which the course's version is on offer.
pub(super) fn offered() -> Vec<CompletionCandidate> {
    let world = Disk::new();
    let Some(root) = workspace::around(&world) else { return Vec::new() };
    let offers = world.list(&Root::Folder(root.join(INCOMING))).unwrap_or_default();
    offers.into_iter().map(|offer| CompletionCandidate::new(offer.path)).collect()
}

/// The releases of a published course, newest first: of a folder or file as they are, of a server as they were when it was last asked.
pub(super) fn serials() -> Vec<CompletionCandidate> {
    let candidate = |(at, entry): (usize, Entry)| {
        let notes = entry.notes.map(Into::into);
        CompletionCandidate::new(entry.serial.to_string()).help(notes).display_order(Some(at))
    };
    let releases = index().map(|index| index.releases).unwrap_or_default();
    releases.into_iter().enumerate().map(candidate).collect()
}

/// Nothing of it is believed that a fetch does not check again.
fn index() -> Option<Index> {
    let world = Disk::new();
    let root = workspace::around(&world)?;
    let config =
        world.read_below(&Root::Folder(root.clone()), ".tinytorch/config.json", MAX_STATE_BYTES).ok()?;
    let bytes = match address::remembered(&root, &Config::read(&config).ok()?)? {
        // A shell waits for an answer: the network is not asked.
        Address::Http(_) => LastIndex::of(&world, &root)?.index().to_owned().into_bytes(),
        near => near.open().read(INDEX, MAX_INDEX_BYTES).ok()?,
    };
    Index::read(&bytes).ok()
}

fn of_kind(is_wanted: impl Fn(UnitKind) -> bool) -> Vec<CompletionCandidate> {
    let units = lock().map(|lock| lock.units).unwrap_or_default();
    let units = units.into_iter().filter(|unit| is_wanted(unit.kind));
    let candidate = |unit: crate::lock::LockedUnit| {
        CompletionCandidate::new(unit.id.as_str()).help(unit.title.map(Into::into))
    };
    units.map(candidate).collect()
}

fn lock() -> Option<Lock> {
    let world = Disk::new();
    let root = Root::Folder(workspace::around(&world)?);
    Lock::read(&world.read_below(&root, "course.lock", MAX_LOCK_BYTES).ok()?).ok()
}
