//! [`LastTests`]: what the tests of each unit said when they last ran here, for receipts. It may be lost at any time.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::UnitId;
use crate::path::WorkspacePath;
use crate::world::{Root, World};

/// Where it is. Not in `progress.json`: testing is nothing that is to be undone.
pub const FILE: &str = ".tinytorch/tests";

const LIMIT: u64 = 1 << 20;

/// What the tests of each unit said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTests {
    /// By unit.
    pub units: BTreeMap<UnitId, LastTest>,
}

/// What the tests of a unit said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastTest {
    /// When they ran (RFC 3339, UTC).
    pub at: String,
    /// Something ran, and nothing failed.
    pub passed: bool,
    /// How many graded cells there were.
    pub graded: u64,
    /// What failed, by name.
    pub failed: Vec<String>,
    /// Digests of the notebooks that were tested.
    pub files: BTreeMap<WorkspacePath, Digest>,
}

impl LastTests {
    /// What is known in the workspace at `root`; nothing where that is lost or damaged.
    pub fn read(world: &dyn World, root: &Path) -> Self {
        let bytes = world.read_below(&Root::Folder(root.to_owned()), FILE, LIMIT);
        bytes.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// The bytes of the file.
    pub fn write(&self) -> Vec<u8> {
        // Every key is a text, so nothing can fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// Digests of the files that are at `paths` of the workspace at `root`.
pub fn digests(world: &dyn World, root: &Path, paths: &[WorkspacePath]) -> BTreeMap<WorkspacePath, Digest> {
    let tree = Root::Folder(root.to_owned());
    let digest = |path: &WorkspacePath| Some((path.clone(), world.digest_below(&tree, path.as_str()).ok()?));
    paths.iter().filter_map(digest).collect()
}
