//! [`Disk`]: the world as the operating system has it.
#![expect(clippy::disallowed_methods, reason = "this is the seam")]

use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use super::{Entry, EntryKind, Root, World, bundled};

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
        let file = std::fs::File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(Error::from(ErrorKind::InvalidInput));
        }
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(Error::from(ErrorKind::FileTooLarge));
        }
        Ok(bytes)
    }

    fn list(&self, root: &Root) -> Result<Vec<Entry>> {
        let Root::Folder(folder) = root else { return bundled::list() };
        let mut entries = Vec::new();
        for entry in walkdir::WalkDir::new(folder).min_depth(1) {
            let entry = entry?;
            if entry.file_type().is_dir() {
                continue;
            }
            let metadata = entry.metadata()?;
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let kind = if metadata.is_symlink() {
                EntryKind::Link
            } else if metadata.is_file() {
                use std::os::unix::fs::PermissionsExt;
                EntryKind::File { executable: metadata.permissions().mode() & 0o100 != 0 }
            } else {
                EntryKind::Special
            };
            entries.push(Entry { path: relative.to_string_lossy().replace('\\', "/"), unicode: relative.to_str().is_some(), kind, size: metadata.len() });
        }
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        match root {
            Root::Bundled => bundled::read(path),
            Root::Folder(folder) => std::fs::read(folder.join(path)),
        }
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}
