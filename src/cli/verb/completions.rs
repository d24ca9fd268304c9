//! `tito completions`.

use clap::CommandFactory;

use crate::cli::exit::Exit;
use crate::cli::out::Out;

/// Prints a completion script.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::Cli::command(), "tito", &mut script);
    out.raw(&script);
    Exit::Done
}
