//! One test binary: one file per subject.

mod diagnostics;
mod schemas;
mod tidy;
mod tito;
