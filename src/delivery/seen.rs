//! [`Seen`]: the highest release that an address gave to a workspace. An undo leaves it: what was given once may not become another release.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::world::{Root, World};

/// Where it is.
pub(super) const PATH: &str = ".tinytorch/course/seen.json";
const MAX_BYTES: u64 = 1 << 20;

/// A release that an address gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The address.
    pub(super) address: String,
    /// The number of the release there.
    pub(super) serial: u64,
    /// The digest of its manifest.
    pub(super) release: Digest,
}

impl Seen {
    /// What the workspace at `root` has seen. None: nothing, or nothing that can be read.
    pub fn of(world: &dyn World, root: &Path) -> Option<Self> {
        let bytes = world.read_below(&Root::Folder(root.to_owned()), PATH, MAX_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The bytes of its file.
    pub(super) fn write(&self) -> Vec<u8> {
        // Every value in it is a number or a text, so nothing can fail.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}
