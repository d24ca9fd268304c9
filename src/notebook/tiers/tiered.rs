//! [`Tiered`]: what a tier gets of a notebook, and what it does not get.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::notebook::problem::Problem;
use crate::notebook::{Cell, CellKind, Notebook};

/// A line that a tier does not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stripped {
    /// The line, without the white space around it.
    pub text: String,
    /// The index of its cell in the whole notebook.
    pub cell: usize,
    /// Its line in that cell's source, from 0.
    pub line: usize,
    /// The same line also is in what is left of the notebook, so that finding it elsewhere means nothing.
    pub kept_elsewhere: bool,
    /// The function that it is in, by its name. None for a method: `forward` and its like are in many classes.
    pub function: Option<Box<str>>,
}

/// A notebook for a tier.
#[derive(Clone, Debug)]
pub struct Tiered {
    /// What the tier gets.
    pub notebook: Notebook,
    /// For each of its cells, the index of that cell in the whole notebook.
    pub origin: Vec<usize>,
    /// Every line that it does not get.
    pub stripped: Vec<Stripped>,
    /// The cells whose source changed, by their index in the whole notebook.
    pub rewritten: BTreeMap<usize, Rewritten>,
    /// How many cells hold a challenge. A course whose notebooks hold none has nothing to offer in the challenge tier.
    pub challenges: usize,
    /// What is wrong; places are cells of the notebook that went in.
    pub problems: Vec<Problem>,
}

/// Where the lines of a rewritten cell come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// For each line of the new source, the line of the old one, from 0. That of a stub is the line
    /// that begins the region which it replaces.
    pub lines: Vec<usize>,
    /// The lines of the old source that begin a region which a stub replaces.
    pub stubs: Vec<usize>,
}

/// Where a line of a cell comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineOrigin {
    /// A line of the cell as it was.
    pub(super) line: usize,
    /// It is part of a stub that is where that line was.
    pub(super) stub: bool,
}

/// nbconvert's ClearOutput.
pub(super) fn clear_outputs(cell: &mut Cell) {
    if cell.kind == CellKind::Code {
        cell.outputs = Arc::default();
        cell.execution_count = Value::Null;
        cell.metadata.shift_remove("collapsed");
        cell.metadata.shift_remove("scrolled");
    }
}
