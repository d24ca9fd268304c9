//! [`Kept`]: the release that a workspace was last given by an address.
//!
//! Its manifest and its number are among tito's own files that a run writes, and that undo takes back. Its contents are among the pristine
//! copies, and come before the run: what no run then names does no harm.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::apply::{Disk, DiskError, Meta, layout};
use crate::digest::Digest;
use crate::release::{MAX_MANIFEST_BYTES, Release};
use crate::world::{Root, World};

use super::{Fetched, LastIndex, last};

/// Where a workspace keeps what it knows of the address.
pub const FOLDER: &str = ".tinytorch/course";

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
    /// The digest of its manifest, which is `release.json`.
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
    let bytes = world.read_below(&Root::Folder(root.to_owned()), Meta::Kept.path(), MAX_RECORD_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The number of the release that the workspace at `root` keeps; the release itself is not read. None: as [`kept`].
pub fn kept_serial(world: &dyn World, root: &Path) -> Option<u64> {
    Some(record(world, root)?.serial)
}

/// What the workspace at `root` keeps. None: nothing, or what is there is damaged; it is fetched again then.
pub fn kept(world: &dyn World, root: &Path) -> Option<Kept> {
    let record = record(world, root)?;
    let release = given(world, root).filter(|release| release.digest() == record.release)?;
    Some(Kept { address: record.address, serial: record.serial, release })
}

/// The release that the workspace at `root` was last given, wherever it came from. None: it was given none, or what is there is damaged.
pub fn given(world: &dyn World, root: &Path) -> Option<Release> {
    let bytes =
        world.read_below(&Root::Folder(root.to_owned()), Meta::Release.path(), MAX_MANIFEST_BYTES).ok()?;
    Release::read(&bytes).ok()
}

impl Fetched {
    /// What a run writes that gives this release, as that of the address `name`, to a workspace.
    pub fn own_files(&self, name: &str) -> BTreeMap<Meta, Option<Vec<u8>>> {
        let record =
            Record { kept: 1, address: name.to_owned(), serial: self.serial, release: self.release.digest() };
        // Every value in it is a number or a text, so nothing can fail.
        let record = serde_json::to_vec_pretty(&record).unwrap_or_default();
        BTreeMap::from([(Meta::Release, Some(self.release.bytes().to_vec())), (Meta::Kept, Some(record))])
    }

    /// Writes the same at once, into a workspace that has lost it: no run can bring back what was there.
    ///
    /// # Errors
    /// As the system says.
    pub fn replace_lost(&self, disk: &Disk, name: &str) -> Result<(), DiskError> {
        let mut folders = disk.make_folders(FOLDER)?;
        for (meta, bytes) in self.own_files(name) {
            let path = meta.path();
            disk.put(path, &format!("{path}{PART}"), &bytes.unwrap_or_default(), true)?;
        }
        folders.extend([FOLDER.to_owned(), layout::PRIVATE.to_owned()]);
        disk.sync_folders(&folders)
    }

    /// Keeps the packs that came, among the pristine copies of the workspace of `disk`. It need not be locked: a pack has one content.
    ///
    /// # Errors
    /// As the system says.
    pub fn keep_packs(&self, disk: &Disk) -> Result<(), DiskError> {
        if self.packs.is_empty() {
            return Ok(());
        }
        let mut folders = disk.make_folders(layout::PACKS)?;
        for (digest, bytes) in &self.packs {
            let path = layout::pack(*digest);
            let part = format!("{path}.{}{PART}", std::process::id());
            disk.put(&path, &part, bytes, true)?;
        }
        folders.insert(layout::PACKS.to_owned());
        disk.sync_folders(&folders)
    }

    /// The same, and keeps the index that came.
    ///
    /// # Errors
    /// As the system says.
    pub fn keep_contents(&self, disk: &Disk) -> Result<(), DiskError> {
        let last = self.last.as_ref().map(LastIndex::write);
        let is_known = |last: &Vec<u8>| {
            disk.read(last::PATH, last.len() as u64).is_ok_and(|there| there.as_ref() == Some(last))
        };
        if self.packs.is_empty() && last.as_ref().is_none_or(is_known) {
            return Ok(());
        }
        self.keep_packs(disk)?;
        let mut folders = disk.make_folders(FOLDER)?;
        // It only saves a request: where it cannot be written, nothing is missing.
        let part = format!("{}{PART}", last::PATH);
        let is_last = last.is_some_and(|last| disk.put(last::PATH, &part, &last, true).is_ok());
        folders.insert(FOLDER.to_owned());
        disk.sync_folders(&folders)?;
        tidy(disk, is_last);
        Ok(())
    }
}

/// Removes what came only in part, and an index that is not the last one. What cannot be removed goes another time.
fn tidy(disk: &Disk, is_last: bool) {
    let wanted = [Some(Meta::Kept.path()), is_last.then_some(last::PATH)];
    let list = |folder: &str| {
        disk.list(folder)
            .unwrap_or_default()
            .into_iter()
            .map(|name| format!("{folder}/{name}"))
            .collect::<Vec<_>>()
    };
    let parts = list(layout::PACKS).into_iter().filter(|path| path.ends_with(PART));
    let others = list(FOLDER).into_iter().filter(|path| !wanted.contains(&Some(path)));
    for path in parts.chain(others) {
        let _ = disk.remove_file(&path);
    }
}
