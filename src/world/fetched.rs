//! [`Fetched`]: a world in which the sources of a course are there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::sources::{Fault, Remote, Tree};
use super::{World, as_the_other_world};

/// What was fetched, or why not.
pub type Trees = BTreeMap<Remote, Result<Arc<Tree>, Fault>>;

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
    as_the_other_world! { read list read_in entries read_below open_below digest_below now file_clock }

    fn source(&self, remote: &Remote) -> Option<Result<Arc<Tree>, Fault>> {
        let found = self.trees.get(remote).cloned();
        self.missing.fetch_or(found.is_none(), Ordering::Relaxed);
        found
    }
}
