//! The one integration test binary: one file per subject.

mod decisions;
mod desk;
mod lock;
mod updates;
