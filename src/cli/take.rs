//! `tito take PATH`: accept an offer.

use crate::plan::Wish;

use super::exit::Exit;
use super::narrow;
use super::out::Out;

/// Takes the course's version of a file; the student's is set aside, or merged with it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, as `tito status` shows them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Merge the course's version into yours, in place of setting yours aside
    #[arg(long)]
    merge: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let wish = |paths| Wish::Take { paths, merge: args.merge };
    let nothing = if args.merge {
        "has nothing to merge: the course did not change it since you got it"
    } else {
        "is as the course has it; nothing to take"
    };
    let beside = args.merge.then_some(
        "is merged but for lines that both changed: see them with `tito diff --incoming`, edit yours, then `tito update --skip` it",
    );
    let verb = narrow::Verb { name: "take", wish: &wish, nothing, beside };
    narrow::run(&verb, &args.paths, out).unwrap_or_else(|exit| exit)
}
