//! The command line: the only place that prints, prompts, colours and exits.
//!
//! One file for each verb in `verb/`; here is what they share: where text goes (`out`), diagnostics as text and JSON (`report`), which course and
//! which workspace (`find`, `workspace`, `current_course`), and how a run ends (`exit`).

mod address;
mod annotate;
mod answered;
mod args;
mod ask;
mod candidates;
mod carry_out;
mod current_course;
mod dates;
mod devcontainer;
mod differences;
mod excerpt;
mod exit;
mod find;
mod finish;
mod help;
mod typed_paths;
mod selection;
mod shells;
mod open;
mod out;
mod password;
mod places;
mod python;
mod question;
mod moment;
mod released;
mod report;
mod sources;
mod steps;
mod time;
mod topics;
mod unit;
mod verb;
mod workspace;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches};

pub use args::Cli;
use exit::Exit;
use out::{Format, Out};
use verb::Command;

use crate::world::disk::{CLOCK, Disk, set_clock};

/// Runs `tito` on the process's arguments.
pub fn main() -> ExitCode {
    if let Some(code) = completed() {
        return code;
    }
    let read = |mut matches| Cli::from_arg_matches_mut(&mut matches);
    let cli = match help::command().try_get_matches().and_then(read) {
        Ok(cli) => cli,
        Err(error) => return not_understood(error),
    };
    let out = Out::new(cli.color, cli.format);
    if let Err(text) = set_clock() {
        out.fail(
            &format!("{CLOCK} is set to `{text}`, which is not a time"),
            &format!("write it as 2027-02-01T09:30:00Z, or unset {CLOCK}"),
        );
        return Exit::Usage.into();
    }
    let commands = match cli.format {
        Format::Text | Format::Json => None,
        Format::Github | Format::Sarif => Some("`tito check` and `tito lock --check`"),
        Format::Markdown => Some("`tito explain --table` and `tito compare --matrix`"),
    };
    if let Some(commands) = commands
        && !cli.command.as_ref().is_some_and(|command| command.takes(cli.format))
    {
        out.fail(
            &format!("this format is only for {commands}"),
            "for programs, every command has `--format json`",
        );
        return Exit::Usage.into();
    }
    match cli.command {
        Some(command) => out.end(command.run(&out)).into(),
        None if workspace::around(&Disk::new()).is_some() => out.end(Command::progress().run(&out)).into(),
        None => {
            out.say_as_it_is(help::short());
            Exit::Usage.into()
        }
    }
}

/// Answers a shell that asks for candidates, or for the script that makes it ask.
#[expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]
fn completed() -> Option<ExitCode> {
    std::env::var_os(candidates::VARIABLE)?;
    let here = std::env::current_dir().ok();
    let engine = clap_complete::CompleteEnv::with_factory(help::command).var(candidates::VARIABLE);
    match engine.bin("tito").try_complete(std::env::args_os(), here.as_deref()) {
        Ok(true) => Some(Exit::Done.into()),
        Ok(false) => None,
        Err(error) => {
            let _ = error.print();
            Some(Exit::Usage.into())
        }
    }
}

/// Help and version go to stdout with 0, usage errors to stderr with 2; a closed pipe is no one's fault.
fn not_understood(mut error: clap::Error) -> ExitCode {
    // `tito start tensor`: what is done with a unit is one level below.
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some(module) = Cli::command().find_subcommand("module")
        && module.find_subcommand(word).is_some()
    {
        let meant = ContextValue::Strings(vec![format!("module {word}")]);
        error.insert(ContextKind::SuggestedSubcommand, meant);
    }
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}
