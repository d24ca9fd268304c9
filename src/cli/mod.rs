//! The command line: the only place that prints, prompts, colours and exits.

pub mod merge;

use clap::Parser;

/// Compile a course into workspaces, and update them without losing anything
#[derive(Debug, Parser)]
#[command(name = "tito", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Merge(merge::MergeArgs),
}

/// Runs `tito` on the process's arguments.
pub fn main() -> std::process::ExitCode {
    match Cli::parse().command {
        Command::Merge(args) => merge::run(&args),
    }
}
