//! The three-way merge.

mod cases;
mod driver;
mod invariants;
mod jupyter;
mod lab;
mod life;
mod matrix;
mod notation;
mod properties;
mod real;
mod scripts;
