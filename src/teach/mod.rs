//! What an instructor gets beside the workspace of a student: the tree that nbgrader uses, what students handed in, feedback to give back,
//! where a class is, and how its capstones rank.

pub mod class;
pub mod collect;
pub mod feedback;
pub mod nbgrader;
pub mod rank;
