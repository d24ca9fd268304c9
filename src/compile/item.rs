//! A file that is not read yet: where it comes from and where it goes.

use std::ops::Range;

use crate::id::Role;
use crate::path::WorkspacePath;
use crate::source::Span;
use crate::world::Root;

/// A file that will be made, and what of.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The unit it belongs to, as an index into the units.
    pub(super) unit: Option<usize>,
    /// The first part of its identity: `module`, `tests`, `milestone`, `assignment`, `shared`.
    pub(super) kind: &'static str,
    /// The folder in the workspace; none: its root.
    pub(super) dir: Option<WorkspacePath>,
    /// Its path below that folder. Where its name bears the number of its unit, it is the number that the unit has in this course.
    pub(super) rest: String,
    /// Where in `rest` that number is, with what separates it from the name: no part of the file's identity.
    pub(super) number: Option<Range<usize>>,
    /// What it is for, where the catalog says it by pattern.
    pub(super) given: Option<Role>,
    /// The tree it is in, and where.
    pub(super) root: Root,
    /// Its path in that tree.
    pub(super) path: String,
    /// May be run.
    pub(super) executable: bool,
    /// For messages: the path as the user knows it.
    pub(super) shown: String,
    /// Asked for here.
    pub(super) span: Span,
}
