//! `tito help`: all commands in groups, one command with its examples, or a guide.

use crate::cli::exit::Exit;
use crate::cli::out::Out;
use crate::cli::{help, topics};
use crate::diagnostic::nearest;

/// Explains a command, or prints a guide.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A command (`update`, `module reset`) or a guide; without one: all commands
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let command = help::command();
    if let [word] = args.words.as_slice()
        && command.find_subcommand(word).is_none()
    {
        return match topics::text(word) {
            Some(text) => {
                out.raw(text.as_bytes());
                Exit::Done
            }
            None => unknown(word, &command, out),
        };
    }
    let mut shown = &command;
    for word in &args.words {
        let Some(inner) = shown.find_subcommand(word) else {
            return unknown(&args.words.join(" "), &command, out);
        };
        shown = inner;
    }
    // What `tito COMMAND --help` prints, to the letter.
    let words = std::iter::once("tito").chain(args.words.iter().map(String::as_str)).chain(["--help"]);
    if let Err(help) = command.clone().try_get_matches_from(words) {
        let text = help.render();
        let text = if out.styled() { text.ansi().to_string() } else { text.to_string() };
        out.line_as_it_is(text.trim_end());
    }
    Exit::Done
}

/// Says what there is instead of `word`.
fn unknown(word: &str, command: &clap::Command, out: &Out) -> Exit {
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(clap::Command::get_name);
    let help = match nearest(word, verbs.chain(topics::NAMES.iter().copied())) {
        Some(near) => format!("did you mean `tito help {near}`?"),
        None => format!("`tito help` lists the commands; guides: {}", topics::NAMES.join(", ")),
    };
    out.fail(&format!("there is no command and no guide `{word}`"), &help);
    Exit::Usage
}
