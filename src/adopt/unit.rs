//! [`Unit`]: a folder with notebooks.

use crate::notebook::export;

use super::tree::Read;

/// A folder with notebooks.
pub(super) struct Unit {
    /// The folder.
    pub(super) folder: String,
    /// Its id.
    pub(super) id: String,
    /// Its notebooks and percent scripts, those that are copies left out.
    pub(super) notebooks: Vec<Read>,
}

/// The module of the package that a unit exports.
pub(super) fn exported(unit: &Unit) -> Option<String> {
    let mut all = unit.notebooks.iter().filter_map(|read| export::export(&read.notebook, "package", "").0);
    all.next().map(|module| module.module)
}
