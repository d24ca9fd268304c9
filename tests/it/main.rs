//! The integration tests: one binary, one file per subject.

#![allow(clippy::disallowed_methods, reason = "tests make and read files and start the judges")]

mod apply;
mod bad_input;
mod compile;
mod crash;
mod decisions;
mod desk;
mod diagnostics;
mod histories;
mod judges;
mod lock;
mod merge;
mod notebook_export;
mod notebook_grading;
mod notebook_nbformat;
mod notebook_percent;
mod notebook_properties;
mod plan_json;
mod scenarios;
mod schemas;
mod tidy;
mod tito;
mod updates;
