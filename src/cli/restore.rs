//! `tito restore PATH`: bring back a deleted file as the course has it.

use crate::plan::Wish;

use super::exit::Exit;
use super::narrow;
use super::out::Out;

/// Brings back deleted files, as the course has them now.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files that were deleted, as `tito status` shows them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let verb = narrow::Verb {
        name: "restore",
        wish: &Wish::Restore,
        nothing: "is there; nothing to restore (to start it over: `tito module reset`)",
        beside: None,
    };
    narrow::run(&verb, &args.paths, out).unwrap_or_else(|exit| exit)
}
