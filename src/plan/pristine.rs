//! [`Pristine`]: the store of pristine copies, as a reader sees it: packs, and beside them copies of their own by digest.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::digest::Digest;
use crate::release::packs::Packs;
use crate::world::{FoundKind, Root, World};

/// Where a workspace has its packs.
pub const PACKS: &str = ".tinytorch/packs";

/// Where the pristine bytes of `digest` are in a workspace, if they are in a file of their own.
pub fn object_path(digest: Digest) -> String {
    let text = digest.to_string();
    let (folder, name) = text.split_at(2);
    format!(".tinytorch/objects/{folder}/{name}")
}

/// The pristine copies of a workspace. The packs are opened when something is asked of them.
pub struct Pristine<'w> {
    world: &'w dyn World,
    root: Root,
    packs: OnceLock<Packs>,
}

impl std::fmt::Debug for Pristine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pristine({:?})", self.root)
    }
}

impl<'w> Pristine<'w> {
    /// Those of the workspace at `root`.
    pub fn new(world: &'w dyn World, root: &Path) -> Self {
        Self { world, root: Root::Folder(root.to_owned()), packs: OnceLock::new() }
    }

    /// The bytes of `digest`, of at most `limit`, if the store has them whole.
    pub fn read(&self, digest: Digest, limit: u64) -> Option<Arc<[u8]>> {
        self.packs().read(digest, limit).or_else(|| self.of_its_own(digest, limit))
    }

    /// Does the store seem to have `digest`? Whether it is whole is only known once it is read.
    pub fn names(&self, digest: Digest) -> bool {
        self.packs().name(digest) || self.has_file(&object_path(digest))
    }

    /// Has the store this pack?
    pub fn has_pack(&self, pack: Digest) -> bool {
        self.has_file(&format!("{PACKS}/{pack}.zip"))
    }

    fn has_file(&self, path: &str) -> bool {
        self.world.open_below(&self.root, path).is_ok()
    }

    fn of_its_own(&self, digest: Digest, limit: u64) -> Option<Arc<[u8]>> {
        // What is damaged may be of any size, but no more than this is read of it.
        let bytes = self.world.read_below(&self.root, &object_path(digest), limit).ok()?;
        (Digest::of(&bytes) == digest).then(|| bytes.into())
    }

    fn packs(&self) -> &Packs {
        self.packs.get_or_init(|| {
            let found = self.world.entries(&self.root, PACKS).unwrap_or_default();
            let packs = found.into_iter().filter(|found| {
                matches!(found.kind, FoundKind::File { .. }) && found.unicode && found.name.ends_with(".zip")
            });
            Packs::open(packs.filter_map(|found| {
                self.world.open_below(&self.root, &format!("{PACKS}/{}", found.name)).ok()
            }))
        })
    }
}
