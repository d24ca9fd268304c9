//! What tito's own folder holds, and what of it may go: records of runs long past, old copies of tito's own files, and packs of which nothing is
//! needed any more.
//!
//! No byte of a student's is ever pruned: backups stay, and of the objects only those go that were `course.lock`, `version.json` and
//! their like before a run that is itself forgotten. In packs there is nothing but what courses gave.

use std::collections::BTreeSet;

use super::disk::{Disk, DiskError, Kind};
use super::journal::{self, Record};
use super::layout::Meta;
use super::{ApplyError, META_LIMIT, Workspace, history, layout, objects};
use crate::digest::Digest;
use crate::lock::Baselines;
use crate::release::Release;
use crate::release::pack::Pack;
use crate::world::Nearby;

/// How much tito's own folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Usage {
    /// Bytes of pristine copies.
    pub objects: u64,
    /// Bytes of what was set aside.
    pub backups: u64,
    /// Bytes of offers.
    pub incoming: u64,
    /// Bytes of the history.
    pub journal: u64,
}

/// How much tito's own folder holds. Reads only.
///
/// # Errors
/// As the system says.
pub fn usage(disk: &Disk) -> Result<Usage, DiskError> {
    Ok(Usage {
        objects: size(disk, layout::OBJECTS)?.saturating_add(size(disk, layout::PACKS)?),
        backups: size(disk, layout::BACKUPS)?,
        incoming: size(disk, layout::INCOMING)?,
        journal: size(disk, layout::JOURNAL)?,
    })
}

fn size(disk: &Disk, folder: &str) -> Result<u64, DiskError> {
    let (mut total, mut folders) = (0_u64, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for name in disk.list(&folder)? {
            let path = format!("{folder}/{name}");
            match disk.kind(&path)? {
                Some(Kind::File { size, .. }) => total = total.saturating_add(size),
                Some(Kind::Folder) => folders.push(path),
                _ => {}
            }
        }
    }
    Ok(total)
}

/// Forgets runs that are both older than the newest `keep` ones and from before `before`, with the copies of tito's own files
/// that only they name, and then the packs of which nothing is needed. Returns the numbers of the forgotten runs.
///
/// # Errors
/// As the system says; a record that cannot be read.
pub fn prune(workspace: &Workspace, keep: usize, before: jiff::Timestamp) -> Result<Vec<u64>, ApplyError> {
    let disk = workspace.disk();
    let records = history(disk)?;
    let old = records.len().saturating_sub(keep);
    let (old, new) = records.split_at(old);
    let (old, kept): (Vec<&Record>, Vec<&Record>) = old.iter().partition(|record| record.time < before);
    let needed: BTreeSet<Digest> = kept.into_iter().chain(new).flat_map(named).collect();
    let own: BTreeSet<Digest> = old.iter().flat_map(|record| own_files(record)).collect();
    let displaced: BTreeSet<Digest> = old.iter().flat_map(|record| changed(record)).collect();
    // The record first: an object without one is only room lost, a record without its objects would be a promise broken.
    for record in &old {
        disk.remove_file(&layout::record(record.run))?;
    }
    disk.sync_folders(&BTreeSet::from([layout::JOURNAL.to_owned()]))?;
    let present: BTreeSet<Digest> =
        Meta::ALL.iter().filter_map(|meta| disk.found(meta.path()).ok()?.digest()).collect();
    for digest in own
        .into_iter()
        .filter(|digest| !needed.contains(digest) && !displaced.contains(digest) && !present.contains(digest))
    {
        disk.remove_file(&layout::object(digest))?;
    }
    if !old.is_empty() {
        drop_packs(disk, &needed)?;
    }
    Ok(old.iter().map(|record| record.run).collect())
}

/// Removes the packs that hold nothing of what `runs` name, of the versions that merges begin with, and of the release that was last given.
fn drop_packs(disk: &Disk, runs: &BTreeSet<Digest>) -> Result<(), ApplyError> {
    let read = |meta: Meta| disk.read(meta.path(), META_LIMIT);
    let baselines = read(Meta::Baselines)?.and_then(|bytes| Baselines::read(&bytes).ok());
    let release = read(Meta::Release)?.and_then(|bytes| Release::read(&bytes).ok());
    // Of what cannot be read it is not known what it names.
    let (Some(baselines), Some(release)) = (baselines, release) else { return Ok(()) };
    let given: BTreeSet<Digest> = release.contents().into_keys().collect();
    let versions: BTreeSet<Digest> = baselines.copies().collect();
    let is_needed = |digest: &Digest| [runs, &given, &versions].iter().any(|set| set.contains(digest));
    for (path, _) in objects::packs(disk)? {
        let Some(file) = disk.open_file(&path)? else { continue };
        // One that is damaged is `doctor`'s.
        let Ok(pack) = Pack::open(Nearby::new(file)) else { continue };
        if !pack.digests().iter().any(is_needed) {
            disk.remove_file(&path)?;
        }
    }
    Ok(())
}

fn own_files(record: &Record) -> Vec<Digest> {
    record.meta.values().flat_map(|sides| [sides.before, sides.after]).flatten().collect()
}

fn changed(record: &Record) -> Vec<Digest> {
    record
        .changes
        .iter()
        .flat_map(|change: &journal::Recorded| [change.before, change.after])
        .flatten()
        .collect()
}

fn named(record: &Record) -> Vec<Digest> {
    let mut all = own_files(record);
    all.extend(changed(record));
    all
}
