//! The integration tests: one binary, one file per subject.

#![expect(clippy::disallowed_methods, reason = "tests make and read workspaces")]

mod apply;
mod decisions;
mod desk;
mod histories;
mod lock;
mod merge;
mod scenarios;
mod updates;
