//! [`Held`]: a world of which one tree was read once, in parallel, because several stages, and several courses, look at the same files.

use std::collections::BTreeMap;
use std::io::Result;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Entry, EntryKind, Root, World, as_the_other_world};

/// A larger file is not held, but read each time.
const MAX_HELD: u64 = 1 << 20;

/// The files of a tree.
#[derive(Debug)]
pub struct Files {
    root: Root,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Files {
    /// Reads the files of `entries`, which [`World::list`] gave for `root`. One that cannot be read is left to whoever asks for it.
    pub fn read(world: &dyn World, root: &Root, entries: &[Entry]) -> Self {
        let small = |entry: &&Entry| matches!(entry.kind, EntryKind::File { .. }) && entry.size <= MAX_HELD;
        let read = |entry: &&Entry| {
            let bytes = world.read_in(root, &entry.path).ok()?;
            Some((entry.path.clone(), Arc::from(bytes)))
        };
        let small: Vec<&Entry> = entries.iter().filter(small).collect();
        Self { root: root.clone(), files: each(&small, read).into_iter().flatten().collect() }
    }
}

/// A world of which one tree was read.
pub struct Held<'a> {
    world: &'a dyn World,
    tree: &'a Files,
}

impl<'a> Held<'a> {
    /// `world`, in which the files of `tree` are as they were read.
    pub fn new(world: &'a dyn World, tree: &'a Files) -> Self {
        Self { world, tree }
    }

    fn held(&self, root: &Root, path: &str) -> Option<&Arc<[u8]>> {
        self.tree.files.get(path).filter(|_| *root == self.tree.root)
    }
}

impl World for Held<'_> {
    as_the_other_world! { read list entries read_below open_below digest_below source now file_clock }

    fn read_in(&self, root: &Root, path: &str) -> Result<Vec<u8>> {
        match self.held(root, path) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.world.read_in(root, path),
        }
    }

    fn share_in(&self, root: &Root, path: &str) -> Result<Arc<[u8]>> {
        match self.held(root, path) {
            Some(bytes) => Ok(bytes.clone()),
            None => self.world.share_in(root, path),
        }
    }
}

/// `f` of each of `items`, in their order; on all processors, except within work that is spread over them already: whoever waits there while
/// holding a lock could be given work that asks for the same lock.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    if rayon::current_thread_index().is_some() {
        items.iter().map(f).collect()
    } else {
        items.par_iter().map(f).collect()
    }
}
