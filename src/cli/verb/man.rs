//! `tito man`.

use clap::CommandFactory;

use crate::cli::exit::Exit;
use crate::cli::out::Out;

/// Prints the manual page, in roff.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The command to describe; default: all of tito
    verb: Option<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let mut command = crate::cli::Cli::command();
    command.build();
    let page = match &args.verb {
        None => command,
        Some(verb) => match command.find_subcommand(verb) {
            Some(found) => found.clone(),
            None => {
                out.fail(&format!("there is no command `{verb}`"), "`tito --help` lists them");
                return Exit::Usage;
            }
        },
    };
    let mut text = Vec::new();
    if let Err(error) = clap_mangen::Man::new(page).render(&mut text) {
        return out.fail(&format!("the manual page cannot be printed: {error}"), "");
    }
    out.raw(&text);
    Exit::Done
}
