//! What an instructor gets beside the workspace of a student: the tree that nbgrader uses.

pub mod collect;
pub mod nbgrader;
