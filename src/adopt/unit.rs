//! [`Unit`]: a folder with notebooks.

use crate::notebook::{Notebook, export, tiers};

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

/// Does the notebook hold solutions, or code that is exported?
pub(super) fn has_answers(notebook: &Notebook) -> bool {
    let solves = |source: &str| source.contains("BEGIN SOLUTION") || source.contains("#| export");
    notebook.cells.iter().any(|cell| solves(&cell.source)) || tiers::first_marker(notebook).is_some()
}
