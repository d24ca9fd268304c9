//! [`Disk`]: the world as the operating system has it.
//!
//! Trees are read through the handle of their own root: `at.rs` opens folder by folder and no link, `plain.rs` (Windows, and any system
//! without `openat`) looks at every folder before it goes on. Only the root itself, which the user named, may be a link.
#![expect(clippy::disallowed_methods, reason = "this is the seam")]

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read, Result};
use std::path::Path;

use super::{Entry, EntryKind, Found, FoundKind, Nearby, Opened, Root, Seekable, World, bundled};
use crate::digest::Digest;

#[cfg(unix)]
mod at;
pub(crate) mod marks;
#[cfg_attr(unix, cfg_attr(not(test), expect(dead_code, reason = "what runs on Windows; tried by the tests")))]
mod plain;

#[cfg(unix)]
use at as tree;
#[cfg(not(unix))]
use plain as tree;

/// What the system says of a file or folder.
#[cfg(unix)]
pub(super) fn stamp(metadata: &std::fs::Metadata) -> Option<super::Stamp> {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Some(super::Stamp {
        modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
    })
}

#[cfg(not(unix))]
pub(super) use plain::stamp;

/// No file of a base is larger.
const MAX_FILE: u64 = 1 << 30;
/// No tree that a course is made of is deeper, or has more entries.
const MAX_DEPTH: usize = 255;
const MAX_ENTRIES: usize = 1_000_000;

/// The real world.
#[derive(Debug, Default)]
pub struct Disk;

impl Disk {
    /// The real world.
    pub fn new() -> Self {
        Self
    }
}

impl World for Disk {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        read_all(open(path)?, limit)
    }

    fn list(&self, root: &Root) -> Result<Vec<Entry>> {
        match root.opened("") {
            Opened::Bundled => bundled::list(),
            Opened::Source(tree, inner) => tree.list(&inner),
            Opened::Folder(folder, inner) => list(folder, &inner),
        }
    }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        self.read_below(root, path, MAX_FILE)
    }

    fn entries(&self, root: &Root, dir: &str) -> Result<Vec<Found>> {
        match root.opened(dir) {
            Opened::Bundled => super::entries_of(&bundled::list()?, dir),
            Opened::Source(tree, dir) => super::entries_of(&tree.list(&dir)?, ""),
            Opened::Folder(folder, dir) => tree::entries(folder, &dir),
        }
    }

    fn read_below(&self, root: &Root, path: &str, limit: u64) -> Result<Vec<u8>> {
        match root.opened(path) {
            Opened::Bundled => bundled::read(path),
            Opened::Source(tree, path) => tree.read(&path, limit),
            Opened::Folder(folder, path) => read_all(tree::open(folder, &path)?, limit),
        }
    }

    fn open_below(&self, root: &Root, path: &str) -> Result<Box<dyn Seekable>> {
        match root.opened(path) {
            Opened::Bundled => Ok(Box::new(Cursor::new(bundled::read(path)?))),
            Opened::Source(tree, path) => Ok(Box::new(Cursor::new(tree.read(&path, MAX_FILE)?))),
            Opened::Folder(folder, path) => Ok(Box::new(Nearby::new(regular(tree::open(folder, &path)?)?.0))),
        }
    }

    fn digest_below(&self, root: &Root, path: &str) -> Result<Digest> {
        match root.opened(path) {
            Opened::Bundled => Ok(Digest::of(&bundled::read(path)?)),
            Opened::Source(tree, path) => Ok(Digest::of(&tree.read(&path, MAX_FILE)?)),
            Opened::Folder(folder, path) => Digest::of_reader(&mut regular(tree::open(folder, &path)?)?.0),
        }
    }

    fn holds(&self, inputs: &super::inputs::Inputs) -> bool {
        marks::hold(inputs)
    }

    fn now(&self) -> jiff::Timestamp {
        set_clock().ok().flatten().unwrap_or_else(jiff::Timestamp::now)
    }

    fn file_clock(&self) -> i64 {
        i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
    }
}

/// The environment variable that sets the clock, for tests and for whoever wants to see another day.
pub const CLOCK: &str = "TITO_NOW";

/// The time that [`CLOCK`] sets, as RFC 3339 writes it (`2027-02-01T09:30:00Z`); none where it is not set.
///
/// # Errors
/// What [`CLOCK`] says, where that is no such time.
pub fn set_clock() -> std::result::Result<Option<jiff::Timestamp>, String> {
    let Some(text) = std::env::var_os(CLOCK).filter(|text| !text.is_empty()) else { return Ok(None) };
    let text = text.to_string_lossy().into_owned();
    text.parse().map(Some).map_err(|_| text)
}

/// Opens a file that the user named; a FIFO does not hold us up.
fn open(path: &Path) -> Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// The file and its length, if it is a regular one: nothing else ends, or is what it was a moment ago.
fn regular(file: File) -> Result<(File, u64)> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() { Ok((file, metadata.len())) } else { Err(ErrorKind::InvalidInput.into()) }
}

fn read_all(file: File, limit: u64) -> Result<Vec<u8>> {
    let (file, size) = regular(file)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Everything below the folder `inner` of `folder` that is not a folder, sorted by path. Folders wait in a list, not on the stack.
fn list(folder: &Path, inner: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(dir) = waiting.pop() {
        let below = [inner, &dir].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        for found in tree::entries(folder, &below)? {
            let path = if dir.is_empty() { found.name } else { format!("{dir}/{}", found.name) };
            let kind = match found.kind {
                // A folder whose name we cannot say again cannot be opened again: it is listed, to be refused by name.
                FoundKind::Folder if found.unicode => {
                    waiting.push(path);
                    continue;
                }
                FoundKind::File { executable } => EntryKind::File { executable },
                FoundKind::Link => EntryKind::Link,
                FoundKind::Folder | FoundKind::Special => EntryKind::Special,
            };
            entries.push(Entry { path, unicode: found.unicode, kind, size: found.size });
        }
        let deepest = waiting.last().map_or(0, |dir| dir.matches('/').count());
        if deepest > MAX_DEPTH || entries.len() + waiting.len() > MAX_ENTRIES {
            return Err(std::io::Error::other("the folder is too deep or too large for a base"));
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(entries)
}

#[cfg(test)]
mod tests;
