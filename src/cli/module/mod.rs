//! `tito module …`: what a student does with one unit. One file per verb.

mod cell;
mod reset;

use super::exit::Exit;
use super::out::Out;

/// Works on one unit of the course.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Start a unit over: its files as the course has them, after a backup
    Reset(reset::Args),
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match &args.verb {
        Verb::Reset(args) => reset::run(args, out),
    };
    done.unwrap_or_else(|exit| exit)
}
