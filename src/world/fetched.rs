//! [`Fetched`]: a world in which the sources of a course are there.

use std::collections::BTreeMap;
use std::io::Result;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::sources::{Fault, Remote, Tree};
use super::{Entry, Found, Root, World};
use crate::digest::Digest;

/// What was fetched, or why not.
pub type Trees = BTreeMap<Remote, std::result::Result<Arc<Tree>, Fault>>;

/// A world in which the sources of a course are there. It remembers which were asked for and are not.
pub struct Fetched<'a> {
    world: &'a dyn World,
    trees: &'a Trees,
    missing: AtomicBool,
}

impl<'a> Fetched<'a> {
    /// `world` with `trees`.
    pub fn new(world: &'a dyn World, trees: &'a Trees) -> Self {
        Self { world, trees, missing: AtomicBool::new(false) }
    }

    /// Was a source asked for that was not fetched?
    pub fn lacks_any(&self) -> bool {
        self.missing.load(Ordering::Relaxed)
    }
}

impl World for Fetched<'_> {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        self.world.read(path, limit)
    }

    fn list(&self, root: &Root) -> Result<Vec<Entry>> {
        self.world.list(root)
    }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        self.world.read_in(root, path)
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
        let found = self.trees.get(remote).cloned();
        self.missing.fetch_or(found.is_none(), Ordering::Relaxed);
        found
    }

    fn now(&self) -> jiff::Timestamp {
        self.world.now()
    }

    fn file_clock(&self) -> i64 {
        self.world.file_clock()
    }
}
