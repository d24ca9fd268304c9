//! A tree by the calls that every system has: each folder on the way is looked at before what is in it.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::path::is_one_name;
use crate::world::{Found, FoundKind, Stamp};

/// What is directly in the folder `dir` of the tree at `root`, sorted by name.
pub(super) fn entries(root: &Path, dir: &str) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder(root, dir)?)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) => {
                let name = entry.file_name();
                let (unicode, name) = (name.to_str().is_some(), name.to_string_lossy().into_owned());
                found.push(named(name, unicode, &metadata));
            }
            // It went while we looked.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Opens the regular file at `path` of the tree at `root`.
pub(super) fn open(root: &Path, path: &str) -> Result<File> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    if !is_one_name(name) {
        return Err(ErrorKind::InvalidInput.into());
    }
    let at = folder(root, dir)?.join(name);
    if std::fs::symlink_metadata(&at)?.is_file() {
        File::open(at)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

fn folder(root: &Path, dir: &str) -> Result<PathBuf> {
    let mut at = root.to_owned();
    for part in dir.split('/').filter(|_| !dir.is_empty()) {
        if !is_one_name(part) {
            return Err(ErrorKind::InvalidInput.into());
        }
        at.push(part);
        if !std::fs::symlink_metadata(&at)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
    }
    Ok(at)
}

fn named(name: String, unicode: bool, metadata: &Metadata) -> Found {
    let kind = if metadata.is_symlink() {
        FoundKind::Link
    } else if metadata.is_dir() {
        FoundKind::Folder
    } else if metadata.is_file() {
        FoundKind::File { executable: is_executable(metadata) }
    } else {
        FoundKind::Special
    };
    let stamp = stamp(metadata);
    Found { name, unicode, kind, size: if metadata.is_file() { metadata.len() } else { 0 }, stamp }
}

/// What the system says of a file, as far as the standard library knows it.
pub(crate) fn stamp(metadata: &Metadata) -> Option<Stamp> {
    let time = |time: Result<std::time::SystemTime>| {
        let since = time.ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_nanos()).ok()
    };
    let changed = time(metadata.created()).unwrap_or(0);
    time(metadata.modified()).map(|modified| Stamp { modified, changed, inode: 0 })
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}
