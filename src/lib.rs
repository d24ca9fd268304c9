#![doc = include_str!("../ARCHITECTURE.md")]

// — values, known to all —
pub mod diagnostic;
pub mod digest;
pub mod id;
pub mod notebook;
pub mod path;
pub mod source;
pub mod yaml;
// — seam 1: reading —
pub mod world;
// — compile —
pub mod catalog;
pub mod course;
pub mod target;
// — decide —
pub mod lock;
pub mod plan;
// — seam 2: writing —
pub mod apply;
pub mod cli;
