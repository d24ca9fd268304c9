//! A student's own machine: the Python of the workspace, the tests of a unit, and what keeps them from running.

mod brief;
pub mod last_tests;
pub mod state;
pub mod submission;
pub mod cells;
pub mod download;
pub mod finding;
mod owner;
pub mod packages;
pub mod pytest;
mod pytest_lines;
pub mod python;
pub mod tests;
