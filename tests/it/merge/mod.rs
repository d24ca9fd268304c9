//! The three-way merge.

mod cases;
mod invariants;
mod notation;
