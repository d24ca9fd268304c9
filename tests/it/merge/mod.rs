//! The three-way merge.

mod answers;
mod autograde;
pub(crate) mod cases;
mod driver;
mod exercises;
mod invariants;
mod jupyter;
mod lab;
mod life;
mod matrix;
mod notation;
mod properties;
mod releases;
mod real;
mod scripts;
pub(crate) mod situations;
mod triple;
