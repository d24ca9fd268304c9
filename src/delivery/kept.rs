//! [`Kept`]: the newest release of an address that a workspace knows, and which one it was given whole.
//!
//! Both are among tito's own files that a run writes, and that undo takes back. Their contents are among the pristine copies, and come
//! before the run: what no run then names does no harm.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::apply::{Disk, DiskError, Meta, layout};
use crate::digest::Digest;
use crate::release::{MAX_MANIFEST_BYTES, Release};
use crate::world::{Root, World};

use super::{Fetched, LastIndex, Seen, last, seen};

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
    /// The digest of its manifest.
    release: Digest,
    /// The number of the release that was last given whole, where it is another: then a part of this one was given, or declined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    given: Option<u64>,
}

/// The newest release that a workspace knows. Its contents are among the pristine copies.
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

/// The numbers of the newest release that the workspace at `root` knows, and of the one that it was last given whole; the releases themselves
/// are not read. None: as [`kept`].
pub fn kept_serials(world: &dyn World, root: &Path) -> Option<(u64, u64)> {
    let record = record(world, root)?;
    Some((record.serial, record.given.unwrap_or(record.serial)))
}

/// The newest release that the workspace at `root` knows. None: it knows none, or what is there is damaged; it is fetched again then.
pub fn kept(world: &dyn World, root: &Path) -> Option<Kept> {
    let record = record(world, root)?;
    let mut manifests =
        [Meta::Newest, Meta::Release].into_iter().filter_map(|meta| manifest(world, root, meta));
    let release = manifests.find(|release| release.digest() == record.release)?;
    Some(Kept { address: record.address, serial: record.serial, release })
}

/// The release that the workspace at `root` was last given whole, wherever it came from. None: it was given none, or what is there is damaged.
pub fn given(world: &dyn World, root: &Path) -> Option<Release> {
    manifest(world, root, Meta::Release)
}

fn manifest(world: &dyn World, root: &Path, meta: Meta) -> Option<Release> {
    let bytes = world.read_below(&Root::Folder(root.to_owned()), meta.path(), MAX_MANIFEST_BYTES).ok()?;
    Release::read(&bytes).ok()
}

impl Fetched {
    /// What a run writes that gives this release, as that of the address `name`, to a workspace; or only a part of it, and the workspace was
    /// last `given` the one with that number whole.
    pub fn own_files(&self, name: &str, given: Option<u64>) -> BTreeMap<Meta, Option<Vec<u8>>> {
        let given = given.filter(|given| *given != self.serial);
        let release = self.release.digest();
        let record = Record { kept: 1, address: name.to_owned(), serial: self.serial, release, given };
        let manifest = Some(self.release.bytes().to_vec());
        let manifests = match given {
            None => [(Meta::Release, manifest), (Meta::Newest, None)],
            Some(_) => [(Meta::Newest, manifest), (Meta::Kept, None)],
        };
        // Every value in it is a number or a text, so nothing can fail.
        let record = serde_json::to_vec_pretty(&record).unwrap_or_default();
        manifests.into_iter().chain([(Meta::Kept, Some(record))]).collect()
    }

    /// Writes the manifest again that the workspace at `root` has lost, if it is that of this release: what it was given stays what it was.
    ///
    /// # Errors
    /// As the system says.
    pub fn repair(&self, world: &dyn World, root: &Path, disk: &Disk) -> Result<(), DiskError> {
        let Some(record) = record(world, root).filter(|record| record.release == self.release.digest())
        else {
            return Ok(());
        };
        let meta = if record.given.is_some() { Meta::Newest } else { Meta::Release };
        disk.put(meta.path(), &format!("{}{PART}", meta.path()), self.release.bytes(), true)
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

    /// The same, and keeps the index that came, and that this is a release that the address `name` gave: whatever is undone, it may not become
    /// another, nor may the address go back behind it, unless it `was_chosen` by its number.
    ///
    /// # Errors
    /// As the system says.
    pub fn keep_contents(
        &self,
        disk: &Disk,
        name: &str,
        seen: Option<&Seen>,
        was_chosen: bool,
    ) -> Result<(), DiskError> {
        let this = Seen { address: name.to_owned(), serial: self.serial, release: self.release.digest() };
        let is_news = seen.is_none_or(|seen| {
            seen.address != this.address || seen.serial < this.serial || was_chosen && *seen != this
        });
        let last = self.last.as_ref().map(LastIndex::write);
        let is_known = |last: &Vec<u8>| {
            disk.read(last::PATH, last.len() as u64).is_ok_and(|there| there.as_ref() == Some(last))
        };
        if !is_news && self.packs.is_empty() && last.as_ref().is_none_or(is_known) {
            return Ok(());
        }
        self.keep_packs(disk)?;
        let mut folders = disk.make_folders(FOLDER)?;
        if is_news {
            disk.put(seen::PATH, &format!("{}{PART}", seen::PATH), &this.write(), true)?;
        }
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
    let own = [Meta::Newest.path(), Meta::Kept.path(), seen::PATH];
    let is_wanted = |path: &str| own.contains(&path) || is_last && path == last::PATH;
    let list = |folder: &str| {
        disk.list(folder)
            .unwrap_or_default()
            .into_iter()
            .map(|name| format!("{folder}/{name}"))
            .collect::<Vec<_>>()
    };
    let parts = list(layout::PACKS).into_iter().filter(|path| path.ends_with(PART));
    let others = list(FOLDER).into_iter().filter(|path| !is_wanted(path));
    for path in parts.chain(others) {
        let _ = disk.remove_file(&path);
    }
}
