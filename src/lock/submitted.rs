//! [`Submitted`]: what `progress.json` remembers of a unit that was handed in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::path::WorkspacePath;

/// A unit that was handed in, as it was the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// When (RFC 3339, UTC).
    pub at: String,
    /// How often it was handed in: 1, 2, 3, …
    pub number: u64,
    /// Digest of `receipt.json`.
    pub receipt: Digest,
    /// Digests of the work files that were handed in, by their paths then.
    pub files: BTreeMap<WorkspacePath, Digest>,
    /// The student started the unit again since (`tito module reset`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopened: bool,
}
