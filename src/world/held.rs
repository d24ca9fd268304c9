//! [`Held`]: a world of which one tree was read once, in parallel, because several stages look at the same files.

use std::collections::BTreeMap;
use std::io::Result;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Entry, EntryKind, Root, World, as_the_other_world};

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
    as_the_other_world! { read list entries read_below digest_below source now file_clock }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        match self.files.get(path).filter(|_| root == self.root) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.world.read_in(root, path),
        }
    }
}
