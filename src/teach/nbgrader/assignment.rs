//! A unit as nbgrader knows it.

use crate::id::UnitId;

/// A unit as nbgrader knows it.
pub struct Assignment {
    /// The unit; the name of its folder in `source/`.
    pub id: UnitId,
    /// Its title, for people.
    pub title: String,
    /// Its notebooks, by file name.
    pub notebooks: Vec<String>,
    /// What all its graded cells give together.
    pub points: f64,
}
