//! `tito module …`: what a student does with one unit. One file per verb.

mod complete;
mod earlier;
mod export;
mod graded;
mod list;
mod placing;
mod made;
pub(super) mod opened;
mod record;
mod start;
mod test;
mod cell;
mod reset;

use crate::cli::exit::Exit;
use crate::cli::out::Out;

pub(super) use complete::Args as CompleteArgs;
pub(super) use record::{record, record_with};
pub(super) use reset::Args as ResetArgs;
pub(super) use start::Args as StartArgs;
pub(super) use test::Args as TestArgs;

/// Works on one unit of the course: list, start, test, complete, export, reset.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

impl Args {
    /// `tito start` is `tito module start`, and so on.
    pub(super) fn of(verb: Verb) -> Self {
        Self { verb }
    }
}

/// What is done with a unit.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// List the units of the course, with how far you are
    List(list::Args),
    /// Start a unit: says what to open, and records that you started
    Start(start::Args),
    /// Export your notebook and run the unit's tests on it
    Test(test::Args),
    /// Export, test, and record the unit as completed
    Complete(complete::Args),
    /// Write your notebook's exported cells into the package
    Export(export::Args),
    /// Start a unit again: a backup of your files, then the course's files
    Reset(reset::Args),
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match &args.verb {
        Verb::List(args) => list::run(args, out),
        Verb::Start(args) => start::run(args, out),
        Verb::Test(args) => test::run(args, out),
        Verb::Complete(args) => complete::run(args, out),
        Verb::Export(args) => export::run(args, out),
        Verb::Reset(args) => reset::run(args, out),
    };
    done.unwrap_or_else(|exit| exit)
}
