//! `tito state export|import`: a student's progress and work move to another machine.

mod export;
mod import;

use crate::cli::exit::Exit;
use crate::cli::out::Out;

/// Moves your progress and your work to another machine.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Write your progress and your work into one file
    Export(export::Args),
    /// Bring in what `tito state export` wrote on another machine
    Import(import::Args),
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match &args.verb {
        Verb::Export(args) => export::run(args, out),
        Verb::Import(args) => import::run(args, out),
    };
    done.unwrap_or_else(|exit| exit)
}
