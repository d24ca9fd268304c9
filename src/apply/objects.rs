//! The store of pristine bytes, by digest: the base side of every merge, and what undo takes from. Written once, verified on read.
//!
//! What a course brings comes in packs, many contents to a file. What a run displaced, and tito's own files before and after it, have
//! files of their own beside them, and so had everything that tito 0.1 stored.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::disk::{Disk, DiskError, Found, Kind, parent};
use super::touched::Touched;
use super::{Workspace, layout};
use crate::digest::Digest;
use crate::release::pack;
use crate::release::packs::Packs;
use crate::world::{Nearby, Seekable};

/// No object is larger than what a base may hold.
const LIMIT: u64 = 1 << 30;
/// A pack gets no further content after so many bytes: it is held in memory while it is written.
const PACK_BYTES: usize = 16 << 20;
/// More copies than this in files of their own become packs.
const MANY_OBJECTS: usize = 64;

/// The store, as it is while nothing is given to it by others.
pub struct Store<'d> {
    disk: &'d Disk,
    packs: OnceCell<Packs>,
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl<'d> Store<'d> {
    /// The store of the workspace of `disk`. Packs are opened when something is asked that is in no file of its own.
    pub fn new(disk: &'d Disk) -> Self {
        Self { disk, packs: OnceCell::new() }
    }

    /// The workspace's files.
    pub fn disk(&self) -> &'d Disk {
        self.disk
    }

    fn packs(&self) -> Result<&Packs, DiskError> {
        if let Some(packs) = self.packs.get() {
            return Ok(packs);
        }
        let mut files: Vec<Box<dyn Seekable>> = Vec::new();
        for (path, _) in packs(self.disk)? {
            if matches!(self.disk.kind(&path)?, Some(Kind::File { .. }))
                && let Some(file) = self.disk.open_file(&path)?
            {
                files.push(Box::new(Nearby::new(file)));
            }
        }
        Ok(self.packs.get_or_init(|| Packs::open(files)))
    }

    /// The bytes of `digest`, or `None` where the store has them not, or damaged.
    ///
    /// # Errors
    /// As the system says.
    pub fn read(&self, digest: Digest) -> Result<Option<Arc<[u8]>>, DiskError> {
        // What is damaged may be of any size: it is only read whole once it is known to be right.
        if has_object(self.disk, digest)?
            && let Some(bytes) = self.disk.read(&layout::object(digest), LIMIT)?
            && Digest::of(&bytes) == digest
        {
            return Ok(Some(bytes.into()));
        }
        Ok(self.packs()?.read(digest, LIMIT))
    }

    /// Has the store the bytes of `digest`, whole?
    ///
    /// # Errors
    /// As the system says.
    pub fn has(&self, digest: Digest) -> Result<bool, DiskError> {
        Ok(has_object(self.disk, digest)? || self.packs()?.read(digest, LIMIT).is_some())
    }

    /// Does the store seem to have `digest`, of `size` bytes? What counts is verified when it is read, and what is damaged is `doctor`'s.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn names(&self, digest: Digest, size: usize) -> Result<bool, DiskError> {
        if self.packs()?.name(digest) {
            return Ok(true);
        }
        let object = self.disk.kind(&layout::object(digest))?;
        Ok(matches!(object, Some(Kind::File { size: found, .. }) if found == size as u64))
    }
}

/// Is there a whole copy of `digest` in a file of its own?
fn has_object(disk: &Disk, digest: Digest) -> Result<bool, DiskError> {
    let path = layout::object(digest);
    let fits = matches!(disk.kind(&path)?, Some(Kind::File { size, .. }) if size <= LIMIT);
    Ok(fits && disk.found(&path)?.digest() == Some(digest))
}

/// The bytes of `digest`, as [`Store::read`] of the store as it is now.
///
/// # Errors
/// As the system says.
pub fn read(disk: &Disk, digest: Digest) -> Result<Option<Arc<[u8]>>, DiskError> {
    Store::new(disk).read(digest)
}

/// Objects whose bytes are not what their name says, and packs that are not what theirs says, as paths below the workspace.
///
/// # Errors
/// As the system says.
pub fn damaged(disk: &Disk) -> Result<Vec<String>, DiskError> {
    let mut damaged = Vec::new();
    for (path, said) in objects(disk)?.into_iter().chain(packs(disk)?) {
        if said.is_none() || disk.found(&path)?.digest() != said {
            damaged.push(path);
        }
    }
    Ok(damaged)
}

/// The copies that are in files of their own: where, and what their names say.
fn objects(disk: &Disk) -> Result<Vec<(String, Option<Digest>)>, DiskError> {
    let mut objects = Vec::new();
    for folder in disk.list(layout::OBJECTS)? {
        for name in disk.list(&format!("{}/{folder}", layout::OBJECTS))? {
            let digest = format!("{folder}{name}").parse().ok();
            objects.push((format!("{}/{folder}/{name}", layout::OBJECTS), digest));
        }
    }
    Ok(objects)
}

/// The packs: where, and what their names say. What ends otherwise is not whole yet.
pub(super) fn packs(disk: &Disk) -> Result<Vec<(String, Option<Digest>)>, DiskError> {
    let names = disk.list(layout::PACKS)?.into_iter();
    let pack = |name: String| {
        let digest = name.strip_suffix(".zip")?.parse().ok();
        Some((format!("{}/{name}", layout::PACKS), digest))
    };
    Ok(names.filter_map(pack).collect())
}

/// The contents, in packs that each fit into memory, ready to be written: the digest of each pack, and its bytes.
pub(super) fn packed<'a>(
    contents: impl IntoIterator<Item = (Digest, &'a [u8])>,
) -> impl Iterator<Item = (Digest, Vec<u8>)> {
    let mut contents = contents.into_iter().peekable();
    std::iter::from_fn(move || {
        contents.peek()?;
        let mut size = 0_usize;
        let mut part = Vec::new();
        while let Some((digest, bytes)) = contents.next_if(|_| size < PACK_BYTES) {
            size = size.saturating_add(bytes.len());
            part.push((digest, bytes));
        }
        Some(one_pack(part))
    })
}

/// The pack of all `contents`, and its digest.
fn one_pack<'a>(contents: impl IntoIterator<Item = (Digest, &'a [u8])>) -> (Digest, Vec<u8>) {
    // Nothing fails that is written into memory.
    let bytes = pack::write_plain(contents).unwrap_or_default();
    (Digest::of(&bytes), bytes)
}

/// Puts the copies that `wanted` names and that are in files of their own into packs, where they are many: what tito 0.1 left.
/// Interrupted anywhere, each is in one of the two places, or in both.
///
/// # Errors
/// As the system says; then some are still in files of their own.
pub(super) fn gather(disk: &Disk, wanted: &dyn Fn() -> BTreeSet<Digest>) -> Result<(), DiskError> {
    let objects = objects(disk)?;
    if objects.len() <= MANY_OBJECTS {
        return Ok(());
    }
    let wanted = wanted();
    let is_wanted = |digest: &Digest| wanted.contains(digest);
    let mut open: Vec<(String, Digest)> =
        objects.into_iter().filter_map(|(path, digest)| Some((path, digest.filter(is_wanted)?))).collect();
    if open.len() <= MANY_OBJECTS {
        return Ok(());
    }
    while !open.is_empty() {
        let (mut size, mut part, mut gone) = (0_usize, Vec::new(), Vec::new());
        while let Some((path, digest)) = open.pop_if(|_| size < PACK_BYTES) {
            // One that is damaged stays where it is, for `doctor`.
            let bytes = if has_object(disk, digest)? { disk.read(&path, LIMIT)? } else { None };
            if let Some(bytes) = bytes.filter(|bytes| Digest::of(bytes) == digest) {
                size = size.saturating_add(bytes.len());
                part.push((digest, bytes));
                gone.push(path);
            }
        }
        if part.is_empty() {
            continue;
        }
        let mut touched = Touched::default();
        let (pack, bytes) = one_pack(part.iter().map(|(digest, bytes)| (*digest, bytes.as_slice())));
        put_pack(disk, pack, &bytes, &mut touched)?;
        touched.sync(disk)?;
        for path in gone {
            disk.remove_file(&path)?;
            touched.may_be_empty(parent(&path));
        }
        touched.sync_and_tidy(disk)?;
    }
    disk.remove_folder(layout::PREPARING)?;
    disk.remove_folder(layout::STAGE).map(drop)
}

/// Writes a pack durably; its name is so with `touched`.
fn put_pack(disk: &Disk, pack: Digest, bytes: &[u8], touched: &mut Touched) -> Result<(), DiskError> {
    disk.make_folders(layout::PREPARING)?;
    let staged = staged(pack);
    disk.create(&staged, bytes, false, true).map_err(|error| error.naming(&layout::pack(pack)))?;
    adopt_pack(disk, pack, touched)
}

/// Where a pack or an object is made ready.
pub(super) fn staged(digest: Digest) -> String {
    format!("{}/{digest}", layout::PREPARING)
}

/// Gives a pack that was made ready, and is durable, to the store.
pub(super) fn adopt_pack(disk: &Disk, pack: Digest, touched: &mut Touched) -> Result<(), DiskError> {
    touched.make_folder(disk, layout::PACKS)?;
    touched.came_into(layout::PACKS);
    touched.went_out_of(layout::PREPARING);
    let (staged, place) = (staged(pack), layout::pack(pack));
    if !disk.rename_new(&staged, &place)? {
        disk.replace(&staged, &place)?;
    }
    Ok(())
}

/// Puts `bytes` into the store, in place of what is damaged there.
///
/// # Errors
/// As the system says.
pub fn repair(workspace: &Workspace, bytes: &[u8]) -> Result<(), DiskError> {
    let (disk, digest) = (workspace.disk(), Digest::of(bytes));
    disk.make_folders(layout::PREPARING)?;
    let staged = staged(digest);
    disk.create(&staged, bytes, false, true).map_err(|error| error.naming(&layout::object(digest)))?;
    let mut touched = Touched::default();
    adopt(disk, &staged, digest, &mut touched)?;
    touched.sync(disk)?;
    disk.remove_folder(layout::PREPARING)?;
    disk.remove_folder(layout::STAGE).map(drop)
}

/// Gives the file at `path`, whose bytes are `digest` and durable, to the store. One that the store has already is dropped;
/// a damaged one makes place.
pub(super) fn adopt(disk: &Disk, path: &str, digest: Digest, touched: &mut Touched) -> Result<(), DiskError> {
    let place = layout::object(digest);
    touched.make_folder(disk, parent(&place))?;
    // A folder of the store that a run made which was interrupted is durable with this one at last.
    touched.came_into(layout::OBJECTS);
    touched.came_into(parent(&place));
    touched.went_out_of(parent(path));
    if !disk.rename_new(path, &place)? {
        match disk.found(&place)? {
            Found::File { digest: found, .. } if found == digest => disk.remove_file(path)?,
            _ => disk.replace(path, &place)?,
        }
    }
    Ok(())
}
