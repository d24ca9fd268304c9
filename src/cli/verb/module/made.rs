//! A module of the package, made of a notebook and not written yet.

use crate::id::{FileId, UnitId};
use crate::notebook::export::Exported;
use crate::path::WorkspacePath;

/// No notebook is longer.
pub(super) const LIMIT: u64 = 256 << 20;

/// A module that is to be written.
pub(super) struct Made {
    pub(super) unit: UnitId,
    pub(super) id: FileId,
    /// The student chose the module's name.
    pub(super) is_own: bool,
    pub(super) notebook: WorkspacePath,
    pub(super) path: WorkspacePath,
    pub(super) module: Exported,
}
