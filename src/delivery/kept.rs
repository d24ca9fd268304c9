//! [`Kept`]: the release that a workspace was last given, below `.tinytorch/course`.
//!
//! `kept.json` names everything else and is written last: what it does not name is a rest of an update that was interrupted, and goes
//! with the next one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::apply::{Disk, DiskError, Meta};
use crate::compile::Target;
use crate::digest::Digest;
use crate::release::pack::{MAX_PACK_BYTES, Pack};
use crate::release::{MAX_MANIFEST_BYTES, Release, ReleaseError};
use crate::world::{Root, World};

use super::{Fetched, LastIndex, last};

/// Where a workspace keeps its course.
pub const FOLDER: &str = ".tinytorch/course";

const RECORD: &str = ".tinytorch/course/kept.json";
const MAX_RECORD_BYTES: u64 = 1 << 20;

/// What `kept.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// The version of this format.
    kept: u64,
    /// Where the release came from.
    address: String,
    /// Its number there.
    serial: u64,
    /// The digest of its manifest, which is `DIGEST.json`.
    release: Digest,
    /// The digests of the packs that hold its contents, `DIGEST.zip`.
    packs: Vec<Digest>,
}

/// The release that a workspace was last given.
pub struct Kept {
    /// Where it came from.
    pub address: String,
    /// Its number there.
    pub serial: u64,
    /// What it says.
    pub release: Release,
    packs: BTreeMap<Digest, RefCell<Pack<Cursor<Vec<u8>>>>>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kept({} of {}, {:?})", self.serial, self.address, self.release.digest())
    }
}

/// What the workspace at `root` keeps. None: nothing, or what is there is damaged; it is fetched again then.
pub fn kept(world: &dyn World, root: &Path) -> Option<Kept> {
    let tree = Root::Folder(root.to_owned());
    let record: Record =
        serde_json::from_slice(&world.read_below(&tree, RECORD, MAX_RECORD_BYTES).ok()?).ok()?;
    let bytes = world.read_below(&tree, &manifest_path(record.release), MAX_MANIFEST_BYTES).ok()?;
    let release = Release::read(&bytes).ok().filter(|release| release.digest() == record.release)?;
    let mut kept = Kept { address: record.address, serial: record.serial, release, packs: BTreeMap::new() };
    for digest in record.packs {
        // A pack that is lost is fetched again; what it held may be among the pristine copies, too.
        let bytes = world.read_below(&tree, &pack_path(digest), MAX_PACK_BYTES).ok();
        if let Some(pack) = bytes.and_then(|bytes| Pack::open(Cursor::new(bytes)).ok()) {
            kept.packs.insert(digest, RefCell::new(pack));
        }
    }
    Some(kept)
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
        Record {
            kept: 1,
            address: self.address.clone(),
            serial: self.serial,
            release: self.release.digest(),
            packs: self.packs.keys().copied().collect(),
        }
    }

    /// The bytes with this digest, if a pack has them whole.
    pub fn content(&self, digest: Digest, length: u64) -> Option<Arc<[u8]>> {
        self.packs.values().find_map(|pack| pack.borrow_mut().read(digest, length).ok().flatten())
    }

    /// The target that it is; `have` gives contents that no pack gives.
    ///
    /// # Errors
    /// As [`Release::target`].
    pub fn target(&self, have: &dyn Fn(Digest) -> Option<Arc<[u8]>>) -> Result<Target, ReleaseError> {
        let lengths = self.release.contents();
        self.release.target(|digest| {
            let length = *lengths.get(&digest)?;
            self.content(digest, length).or_else(|| have(digest))
        })
    }
}

impl Fetched {
    /// Keeps the release, as that of the address `name`, in the workspace of `disk`, of which `before` was kept; packs that it needs no more go. Interrupted anywhere, the
    /// workspace keeps what it had, or this.
    ///
    /// # Errors
    /// As the system says; what was kept before is kept then.
    pub fn keep(&self, disk: &Disk, name: &str, before: Option<&Kept>) -> Result<(), DiskError> {
        let record = self.record(name, before);
        let is_same = before.is_some_and(|before| before.record() == record);
        let last = self.last.as_ref().map(LastIndex::write);
        let is_known = |last: &Vec<u8>| {
            disk.read(last::PATH, last.len() as u64).is_ok_and(|there| there.as_ref() == Some(last))
        };
        if is_same && last.as_ref().is_none_or(is_known) {
            return Ok(());
        }
        let folders = disk.make_folders(FOLDER)?;
        let put = |path: &str, bytes: &[u8]| disk.put(path, &format!("{path}.part"), bytes, true);
        if !is_same {
            for (digest, bytes) in &self.packs {
                put(&pack_path(*digest), bytes)?;
            }
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

    /// The packs that came now, and of those that were kept the ones that hold what no newer one does.
    fn record(&self, name: &str, before: Option<&Kept>) -> Record {
        let mut open: BTreeSet<Digest> = self.release.contents().into_keys().collect();
        let mut packs = Vec::new();
        for (digest, bytes) in &self.packs {
            let held = Pack::open(Cursor::new(bytes)).map(|pack| pack.digests()).unwrap_or_default();
            open.retain(|content| !held.contains(content));
            packs.push(*digest);
        }
        for (digest, pack) in before.into_iter().flat_map(|kept| &kept.packs) {
            let held: BTreeSet<Digest> = pack.borrow().digests().into_iter().collect();
            if !packs.contains(digest) && held.iter().any(|content| open.contains(content)) {
                open.retain(|content| !held.contains(content));
                packs.push(*digest);
            }
        }
        packs.sort_unstable();
        Record {
            kept: 1,
            address: name.to_owned(),
            serial: self.serial,
            release: self.release.digest(),
            packs,
        }
    }
}

/// Removes what `record` does not name, and an index that is not the last one. What cannot be removed goes another time.
fn tidy(disk: &Disk, record: &Record, is_last: bool) {
    let wanted: BTreeSet<String> = record
        .packs
        .iter()
        .map(|digest| pack_path(*digest))
        .chain([manifest_path(record.release), RECORD.to_owned()])
        .chain(is_last.then(|| last::PATH.to_owned()))
        .collect();
    for name in disk.list(FOLDER).unwrap_or_default() {
        let path = format!("{FOLDER}/{name}");
        if !wanted.contains(&path) {
            let _ = disk.remove_file(&path);
        }
    }
}

fn manifest_path(release: Digest) -> String {
    format!("{FOLDER}/{release}.json")
}

fn pack_path(pack: Digest) -> String {
    format!("{FOLDER}/{pack}.zip")
}
