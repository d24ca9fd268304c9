//! `tito completions`.

use clap::CommandFactory;

use super::exit::Exit;
use super::out::Out;

/// Prints a completion script.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "tito", &mut script);
    out.raw(&script);
    Exit::Done
}
