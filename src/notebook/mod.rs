//! [`Notebook`] and [`Cell`]: a Jupyter notebook in the head. All of this folder is pure.
//!
//! In: the text of a percent script, or the bytes of an `.ipynb`. Out: notebooks, bytes, package code.
//! The on-disk form is nbformat 4.5's; whatever a notebook holds that we do not know is kept.

pub mod export;
pub mod grading;
pub mod ids;
pub mod nbformat;
pub mod percent;
mod problem;
mod reset;
mod python;
pub mod tiers;

pub use ids::assign_ids;
pub use problem::{Origin, Place, Problem};
pub use reset::{cell_names, with_cell_of};

use std::sync::Arc;

use serde_json::{Map, Value};

/// A JSON object; keys keep their order.
pub type Metadata = Map<String, Value>;

/// A notebook of major version 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notebook {
    /// `nbformat_minor` as read; what tito writes is 5.
    pub minor: u64,
    /// Notebook-level metadata (`kernelspec`, `language_info`, …).
    pub metadata: Metadata,
    /// The cells, in order.
    pub cells: Vec<Cell>,
    /// Top-level keys that nbformat does not know.
    pub other: Metadata,
}

impl Notebook {
    /// The language of its kernel; Python where it says none.
    pub fn language(&self) -> &str {
        let kernel = self.metadata.get("kernelspec").and_then(|kernel| kernel.get("language"));
        kernel.and_then(Value::as_str).unwrap_or("python")
    }
}

/// The type of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellKind {
    /// Runs.
    Code,
    /// Is read.
    Markdown,
    /// Is neither.
    Raw,
}

impl CellKind {
    /// All types.
    pub const ALL: [CellKind; 3] = [Self::Code, Self::Markdown, Self::Raw];

    /// nbformat's `cell_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Markdown => "markdown",
            Self::Raw => "raw",
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// nbformat's `cell_type`.
    pub kind: CellKind,
    /// nbformat 4.5's `id`; older notebooks have none.
    pub id: Option<String>,
    /// The text, lines joined, `\n` line ends as in the file.
    pub source: String,
    /// Cell metadata, `nbgrader` among it.
    pub metadata: Metadata,
    /// Outputs of a code cell, as read; shared, because a merge hands them on whole and they can be large.
    pub outputs: Arc<Vec<Value>>,
    /// `execution_count` of a code cell: `null` or a number.
    pub execution_count: Value,
    /// `attachments` of a markdown or raw cell.
    pub attachments: Option<Value>,
    /// Keys of the cell that nbformat does not know.
    pub other: Metadata,
}

impl Cell {
    /// A new cell without metadata, outputs or id.
    pub fn new(kind: CellKind, source: impl Into<String>) -> Self {
        Self {
            kind,
            id: None,
            source: source.into(),
            metadata: Metadata::new(),
            outputs: Arc::default(),
            execution_count: Value::Null,
            attachments: None,
            other: Metadata::new(),
        }
    }

    /// The `nbgrader` metadata, if it is an object.
    pub fn nbgrader(&self) -> Option<&Metadata> {
        self.metadata.get("nbgrader")?.as_object()
    }

    /// A flag of the `nbgrader` metadata: `grade`, `solution`, `locked` or `task`.
    pub fn flag(&self, name: &str) -> bool {
        self.nbgrader().and_then(|meta| meta.get(name)).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The `grade_id` of a cell with a flag set. nbgrader allows repeated ids on cells without one, so those are not keys.
    pub fn grade_id(&self) -> Option<&str> {
        let flagged = ["grade", "solution", "locked", "task"].iter().any(|name| self.flag(name));
        self.nbgrader()?.get("grade_id")?.as_str().filter(|_| flagged)
    }
}
