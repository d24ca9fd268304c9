//! The store of pristine bytes, by digest: the base side of every merge, and what undo takes from. Written once, verified on read.

use super::disk::{Disk, DiskError, Found, Kind, parent};
use super::touched::Touched;
use super::{Workspace, layout};
use crate::digest::Digest;

/// No object is larger than what a base may hold.
const LIMIT: u64 = 1 << 30;

/// The bytes of `digest`, or `None` where the store has them not, or damaged.
///
/// # Errors
/// As the system says.
pub fn read(disk: &Disk, digest: Digest) -> Result<Option<Vec<u8>>, DiskError> {
    // What is damaged may be of any size: it is only read whole once it is known to be right.
    let bytes = if has(disk, digest)? { disk.read(&layout::object(digest), LIMIT)? } else { None };
    Ok(bytes.filter(|bytes| Digest::of(bytes) == digest))
}

/// Has the store the bytes of `digest`, whole?
///
/// # Errors
/// As the system says.
pub fn has(disk: &Disk, digest: Digest) -> Result<bool, DiskError> {
    let path = layout::object(digest);
    let fits = matches!(disk.kind(&path)?, Some(Kind::File { size, .. }) if size <= LIMIT);
    Ok(fits && disk.found(&path)?.digest() == Some(digest))
}

/// Objects whose bytes are not what their name says, as paths below the workspace.
///
/// # Errors
/// As the system says.
pub fn damaged(disk: &Disk) -> Result<Vec<String>, DiskError> {
    let mut damaged = Vec::new();
    for folder in disk.list(layout::OBJECTS)? {
        for name in disk.list(&format!("{}/{folder}", layout::OBJECTS))? {
            let path = format!("{}/{folder}/{name}", layout::OBJECTS);
            let said = format!("{folder}{name}").parse::<Digest>().ok();
            if said.is_none() || disk.found(&path)?.digest() != said {
                damaged.push(path);
            }
        }
    }
    Ok(damaged)
}

/// Puts `bytes` into the store, in place of what is damaged there.
///
/// # Errors
/// As the system says.
pub fn repair(workspace: &Workspace, bytes: &[u8]) -> Result<(), DiskError> {
    let (disk, digest) = (workspace.disk(), Digest::of(bytes));
    disk.make_folders(layout::PREPARING)?;
    let staged = format!("{}/{digest}", layout::PREPARING);
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
