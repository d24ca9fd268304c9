//! The integration tests: one binary, one file per subject.

#![expect(clippy::disallowed_methods, reason = "tests make and read files and start the judges")]

mod judges;
mod merge;
mod notebook_export;
mod notebook_grading;
mod notebook_nbformat;
mod notebook_percent;
mod notebook_properties;
