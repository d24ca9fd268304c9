//! [`LastIndex`]: the index as an address gave it last, so that "not changed" is an answer. A copy: it may be lost at any time.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::release::index::MAX_INDEX_BYTES;
use crate::world::site::Validators;
use crate::world::{Root, World};

/// Where it is.
pub(super) const PATH: &str = ".tinytorch/course/index.json";

/// An index, and what the server calls it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastIndex {
    /// Where it came from.
    pub(super) address: String,
    /// What the server calls it.
    pub(super) validators: Validators,
    /// Its bytes, which are text.
    pub(super) index: String,
    /// Its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) signature: Option<String>,
}

impl LastIndex {
    /// What the workspace at `root` has. None: nothing, or nothing that can be read.
    pub fn of(world: &dyn World, root: &Path) -> Option<Self> {
        // In JSON a byte may take six.
        let bytes = world.read_below(&Root::Folder(root.to_owned()), PATH, 6 * MAX_INDEX_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The bytes of the index, as text.
    pub fn index(&self) -> &str {
        &self.index
    }

    /// The bytes of its file.
    pub(super) fn write(&self) -> Vec<u8> {
        // Every value in it is a text, so nothing can fail.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Is there anything to ask with?
    pub(super) fn is_named(&self) -> bool {
        self.validators != Validators::default()
    }
}
