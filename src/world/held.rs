//! [`Held`]: a world of which one tree was read once, in parallel, because several stages look at the same files.

use std::collections::BTreeMap;
use std::io::Result;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::sources::{Fault, Remote, Tree};
use super::{Entry, EntryKind, Found, Root, World};
use crate::digest::Digest;

/// A larger file is not held, but read each time.
const MAX_HELD: u64 = 1 << 20;

/// A world of which one tree was read.
pub struct Held<'a> {
    world: &'a dyn World,
    root: &'a Root,
    files: BTreeMap<&'a str, Arc<[u8]>>,
}

impl<'a> Held<'a> {
    /// Reads the files of `entries`, which [`World::list`] gave for `root`. One that cannot be read is left to whoever asks for it.
    pub fn new(world: &'a dyn World, root: &'a Root, entries: &'a [Entry]) -> Self {
        let small = |entry: &&Entry| matches!(entry.kind, EntryKind::File { .. }) && entry.size <= MAX_HELD;
        let read =
            |entry: &'a Entry| Some((entry.path.as_str(), world.read_in(root, &entry.path).ok()?.into()));
        Self { world, root, files: entries.par_iter().filter(small).filter_map(read).collect() }
    }
}

impl World for Held<'_> {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        self.world.read(path, limit)
    }

    fn list(&self, root: &Root) -> Result<Vec<Entry>> {
        self.world.list(root)
    }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        match self.files.get(path).filter(|_| root == self.root) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.world.read_in(root, path),
        }
    }

    fn entries(&self, root: &Root, dir: &str) -> Result<Vec<Found>> {
        self.world.entries(root, dir)
    }

    fn read_below(&self, root: &Root, path: &str, limit: u64) -> Result<Vec<u8>> {
        self.world.read_below(root, path, limit)
    }

    fn digest_below(&self, root: &Root, path: &str) -> Result<Digest> {
        self.world.digest_below(root, path)
    }

    fn source(&self, remote: &Remote) -> Option<std::result::Result<Arc<Tree>, Fault>> {
        self.world.source(remote)
    }

    fn now(&self) -> jiff::Timestamp {
        self.world.now()
    }

    fn file_clock(&self) -> i64 {
        self.world.file_clock()
    }
}
