//! [`Kept`]: the release that a workspace was last given, below `.tinytorch/course`.
//!
//! `kept.json` names everything else and is written last: what it does not name is a rest of an update that was interrupted, and goes
//! with the next one.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::apply::{Disk, DiskError, Meta, layout};
use crate::digest::Digest;
use crate::release::{MAX_MANIFEST_BYTES, Release};
use crate::world::{Root, World};

use super::{Fetched, LastIndex, last};

/// Where a workspace keeps its course.
pub const FOLDER: &str = ".tinytorch/course";

const RECORD: &str = ".tinytorch/course/kept.json";
const MAX_RECORD_BYTES: u64 = 1 << 20;
/// What a file is called that is not whole yet.
const PART: &str = ".part";

/// What `kept.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The version of this format.
    kept: u64,
    /// Where the release came from.
    address: String,
    /// Its number there.
    serial: u64,
    /// The digest of its manifest, which is `DIGEST.json`.
    release: Digest,
}

/// The release that a workspace was last given. Its contents are among the pristine copies.
pub struct Kept {
    /// Where it came from.
    pub address: String,
    /// Its number there.
    pub serial: u64,
    /// What it says.
    pub release: Release,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} of {}, {:?})", self.serial, self.address, self.release.digest())
    }
}

fn record(world: &dyn World, root: &Path) -> Option<Record> {
    let bytes = world.read_below(&Root::Folder(root.to_owned()), RECORD, MAX_RECORD_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The number of the release that the workspace at `root` keeps; the release itself is not read. None: as [`kept`].
pub fn kept_serial(world: &dyn World, root: &Path) -> Option<u64> {
    Some(record(world, root)?.serial)
}

/// What the workspace at `root` keeps. None: nothing, or what is there is damaged; it is fetched again then.
pub fn kept(world: &dyn World, root: &Path) -> Option<Kept> {
    let tree = Root::Folder(root.to_owned());
    let record = record(world, root)?;
    let bytes = world.read_below(&tree, &manifest_path(record.release), MAX_MANIFEST_BYTES).ok()?;
    let release = Release::read(&bytes).ok().filter(|release| release.digest() == record.release)?;
    Some(Kept { address: record.address, serial: record.serial, release })
}

/// The release that the workspace at `root` was last given by a course on this disk: a manifest, whose contents are among the pristine
/// copies. None: it was given none, or what is there is damaged.
pub fn given(world: &dyn World, root: &Path) -> Option<Release> {
    let bytes =
        world.read_below(&Root::Folder(root.to_owned()), Meta::Release.path(), MAX_MANIFEST_BYTES).ok()?;
    Release::read(&bytes).ok()
}

impl Kept {
    fn record(&self) -> Record {
        Record { kept: 1, address: self.address.clone(), serial: self.serial, release: self.release.digest() }
    }
}

impl Fetched {
    /// Keeps the release, as that of the address `name`, in the workspace of `disk`, of which `before` was kept: the packs that came go to
    /// the pristine copies. Interrupted anywhere, the workspace keeps what it had, or this.
    ///
    /// # Errors
    /// As the system says; what was kept before is kept then.
    pub fn keep(&self, disk: &Disk, name: &str, before: Option<&Kept>) -> Result<(), DiskError> {
        let record =
            Record { kept: 1, address: name.to_owned(), serial: self.serial, release: self.release.digest() };
        let is_same = before.is_some_and(|before| before.record() == record);
        let last = self.last.as_ref().map(LastIndex::write);
        let is_known = |last: &Vec<u8>| {
            disk.read(last::PATH, last.len() as u64).is_ok_and(|there| there.as_ref() == Some(last))
        };
        if is_same && self.packs.is_empty() && last.as_ref().is_none_or(is_known) {
            return Ok(());
        }
        let mut folders = disk.make_folders(FOLDER)?;
        folders.extend(disk.make_folders(layout::PACKS)?);
        let put = |path: &str, bytes: &[u8]| disk.put(path, &format!("{path}{PART}"), bytes, true);
        for (digest, bytes) in &self.packs {
            put(&layout::pack(*digest), bytes)?;
        }
        // The contents first: what names them comes when they are durable.
        disk.sync_folders(&BTreeSet::from([layout::PACKS.to_owned()]))?;
        if !is_same {
            put(&manifest_path(record.release), self.release.bytes())?;
            // Every value in it is a number or a text, so nothing can fail.
            put(RECORD, &serde_json::to_vec_pretty(&record).unwrap_or_default())?;
        }
        // It only saves a request: where it cannot be written, nothing is missing.
        let is_last = last.is_some_and(|last| put(last::PATH, &last).is_ok());
        disk.sync_folders(&folders.into_iter().chain([FOLDER.to_owned()]).collect())?;
        tidy(disk, &record, is_last);
        Ok(())
    }
}

/// Removes what `record` does not name, an index that is not the last one, and packs that came only in part. What cannot be removed
/// goes another time.
fn tidy(disk: &Disk, record: &Record, is_last: bool) {
    let wanted = [
        Some(manifest_path(record.release)),
        Some(RECORD.to_owned()),
        is_last.then(|| last::PATH.to_owned()),
    ];
    let list = |folder: &str| {
        disk.list(folder)
            .unwrap_or_default()
            .into_iter()
            .map(|name| format!("{folder}/{name}"))
            .collect::<Vec<_>>()
    };
    let parts = list(layout::PACKS).into_iter().filter(|path| path.ends_with(PART));
    let others =
        list(FOLDER).into_iter().filter(|path| !wanted.iter().flatten().any(|wanted| wanted == path));
    for path in parts.chain(others) {
        let _ = disk.remove_file(&path);
    }
}

fn manifest_path(release: Digest) -> String {
    format!("{FOLDER}/{release}.json")
}
