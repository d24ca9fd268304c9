//! The integration tests: one binary, one file per subject.

#![allow(clippy::disallowed_methods, reason = "tests make and read files and start the judges")]

mod decisions;
mod diagnostics;
mod judges;
mod lock;
mod notebook_grading;
mod notebook_percent;
mod schemas;
mod tidy;
mod tito;
