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
    unit.notebooks.iter().find_map(exported_by)
}

/// The module of the package that a notebook exports.
pub(super) fn exported_by(read: &Read) -> Option<String> {
    export::export(&read.notebook, "package", "").0.map(|module| module.module)
}
