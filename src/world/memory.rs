//! [`Memory`]: a world of tests. Everything is below one folder; a path of it stands for the same path on a disk.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Entry, EntryKind, Found, FoundKind, Opened, Root, Stamp, World};
use crate::path::slashed;

/// What is at a path of a [`Memory`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A file with these bytes.
    File(Arc<[u8]>),
    /// A link; where it leads does not matter, no one follows it.
    Link,
    /// A FIFO.
    Special,
}

/// Files in memory, by absolute path. Counts how often a file is read.
#[derive(Debug)]
pub struct Memory {
    things: BTreeMap<String, (Thing, Stamp)>,
    tick: i64,
    now: jiff::Timestamp,
    reads: AtomicUsize,
}

impl Default for Memory {
    fn default() -> Self {
        // Any day will do, so long as it is always the same.
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap_or_default();
        Self { things: BTreeMap::new(), tick: 0, now, reads: AtomicUsize::new(0) }
    }
}

impl Memory {
    /// Puts `thing` at `path`, which then has a stamp of its own.
    pub fn put(&mut self, path: &str, thing: Thing) {
        self.tick += 1;
        let stamp = Stamp { modified: self.tick, changed: self.tick, inode: self.tick.unsigned_abs() };
        self.things.insert(path.to_owned(), (thing, stamp));
    }

    /// Puts a file at `path`.
    pub fn write(&mut self, path: &str, bytes: impl Into<Arc<[u8]>>) {
        self.put(path, Thing::File(bytes.into()));
    }

    /// Removes what is at `path`.
    pub fn remove(&mut self, path: &str) {
        self.things.remove(path);
    }

    /// Everything, by path.
    pub fn things(&self) -> impl Iterator<Item = (&str, &Thing)> {
        self.things.iter().map(|(path, (thing, _))| (path.as_str(), thing))
    }

    /// The bytes of the file at `path`, if one is there.
    pub fn bytes(&self, path: &str) -> Option<&Arc<[u8]>> {
        match self.things.get(path) {
            Some((Thing::File(bytes), _)) => Some(bytes),
            _ => None,
        }
    }

    /// How many files were read since the world was made.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    fn folder(root: &Root) -> Result<String> {
        let Opened::Folder(folder, inner) = root.opened("") else { return Err(ErrorKind::NotFound.into()) };
        let path = if inner.is_empty() { folder.to_owned() } else { folder.join(inner) };
        Ok(slashed(&path).trim_end_matches('/').to_owned())
    }

    fn file(&self, path: &str) -> Result<&Arc<[u8]>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        match self.things.get(path) {
            Some((Thing::File(bytes), _)) => Ok(bytes),
            Some(_) => Err(ErrorKind::InvalidInput.into()),
            None => Err(Error::new(ErrorKind::NotFound, format!("{path}: not there"))),
        }
    }
}

impl World for Memory {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        let bytes = self.file(&slashed(path))?;
        if bytes.len() as u64 > limit { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes.to_vec()) }
    }

    fn list(&self, root: &Root) -> Result<Vec<Entry>> {
        let prefix = format!("{}/", Self::folder(root)?);
        let below = self.things.iter().filter_map(|(path, (thing, _))| {
            let (kind, size) = match thing {
                Thing::File(bytes) => (EntryKind::File { executable: false }, bytes.len() as u64),
                Thing::Link => (EntryKind::Link, 0),
                Thing::Special => (EntryKind::Special, 0),
            };
            Some(Entry { path: path.strip_prefix(&prefix)?.to_owned(), unicode: true, kind, size })
        });
        Ok(below.collect())
    }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        Ok(self.file(&format!("{}/{path}", Self::folder(root)?))?.to_vec())
    }

    fn entries(&self, root: &Root, dir: &str) -> Result<Vec<Found>> {
        let mut found = super::entries_of(&self.list(root)?, dir)?;
        let base = Self::folder(root)?;
        for entry in &mut found {
            let path = [base.as_str(), dir, entry.name.as_str()].map(|part| part.trim_matches('/'));
            let path = format!(
                "/{}",
                path.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
            );
            let stamp = self.things.get(&path).map(|(_, stamp)| *stamp);
            entry.stamp = stamp.filter(|_| entry.kind != FoundKind::Folder);
        }
        Ok(found)
    }

    fn now(&self) -> jiff::Timestamp {
        self.now
    }
}
