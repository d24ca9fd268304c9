#![doc = include_str!("../ARCHITECTURE.md")]

// — values, known to all —
pub mod path;
pub mod digest;
pub mod id;
pub mod source;
pub mod diagnostic;
pub mod encoding;
pub mod schedule;
pub mod yaml;
pub mod json;
pub mod python;
pub mod notebook;
// — seam 1: reading —
pub mod world;
// — compile —
pub mod course;
pub mod catalog;
pub mod compile;
pub mod adopt;
// — at rest —
pub mod release;
pub mod receipt;
// — decide —
pub mod lock;
pub mod schemas;
pub mod plan;
// — seam 2: writing —
pub mod apply;
pub mod publish;
pub mod delivery;
// — on the machines of people —
pub mod student;
pub mod teach;
pub mod cli;
