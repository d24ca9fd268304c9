//! `tito completions`: the script that makes a shell ask tito for candidates.

use clap_complete::env::Shells;

use crate::cli::candidates::VARIABLE;
use crate::cli::exit::Exit;
use crate::cli::out::Out;

/// Prints a completion script.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let name = args.shell.to_string();
    let mut script = Vec::new();
    let written = Shells::builtins()
        .completer(&name)
        .map(|shell| shell.write_registration(VARIABLE, "tito", "tito", "tito", &mut script));
    match written {
        Some(Ok(())) => {
            out.raw(&script);
            Exit::Done
        }
        _ => out.fail(
            &format!("there is no completion for {name}"),
            "there is one for bash, zsh, fish, elvish, powershell",
        ),
    }
}
