//! The integration tests: one binary, one file per subject.

mod decisions;
mod desk;
mod lock;
mod merge;
mod updates;
