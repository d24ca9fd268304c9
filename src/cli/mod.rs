//! The command line: the only place that prints, prompts, colours and exits.
//!
//! One file per verb: its arguments and one `run`. What all verbs share is in `out.rs` (where text goes), `report.rs`
//! (diagnostics as text and JSON), `find.rs` (which course, which workspace) and `exit.rs`.

mod address;
mod args;
mod ask;
mod current_course;
mod examples;
mod excerpt;
mod exit;
mod find;
mod given;
mod narrow;
mod open;
mod out;
mod owner;
mod python;
mod question;
mod released;
mod report;
mod steps;
mod unit;
mod workspace;

mod backups;
mod check;
mod compare;
mod completions;
mod diff;
mod data;
mod doctor;
mod explain;
mod history;
mod graph;
mod init;
mod lock;
mod man;
mod merge;
mod milestone;
mod module;
mod nbgrader;
mod plan;
mod publish;
mod restore;
mod schema;
mod show;
mod status;
mod take;
mod undo;
mod update;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};

pub use args::Cli;
use args::Command;
use exit::Exit;
use out::Out;

use crate::world::disk::{CLOCK, Disk, set_clock};

/// Runs `tito` on the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
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
    match cli.command {
        Some(command) => run(command, &out).into(),
        None if workspace::around(&Disk::new()).is_some() => status::run(&status::Args {}, &out).into(),
        None => {
            out.say(Cli::command().render_help().to_string().trim_end());
            Exit::Usage.into()
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

fn run(command: Command, out: &Out) -> Exit {
    match command {
        Command::Init(args) => init::run(&args, out),
        Command::Status(args) => status::run(&args, out),
        Command::Update(args) => update::run(&args, out),
        Command::Diff(args) => diff::run(&args, out),
        Command::Take(args) => take::run(&args, out),
        Command::Restore(args) => restore::run(&args, out),
        Command::Backups(args) => backups::run(&args, out),
        Command::Undo(args) => undo::run(&args, out),
        Command::History(args) => history::run(&args, out),
        Command::Plan(args) => plan::run(&args, out),
        Command::Apply(args) => plan::carry_out(&args, out),
        Command::Check(args) => check::run(&args, out),
        Command::Lock(args) => lock::run(&args, out),
        Command::Show(args) => show::run(&args, out),
        Command::Explain(args) => explain::run(&args, out),
        Command::Schema(args) => schema::run(&args, out),
        Command::Completions(args) => completions::run(&args, out),
        Command::Merge(args) => merge::run(&args, out),
        Command::Module(args) => module::run(&args, out),
        Command::Milestone(args) => milestone::run(&args, out),
        Command::Data(args) => data::run(&args, out),
        Command::Nbgrader(args) => nbgrader::run(&args, out),
        Command::Doctor(args) => doctor::run(&args, out),
        Command::Graph(args) => graph::run(&args, out),
        Command::Publish(args) => publish::run(&args, out),
        Command::Compare(args) => compare::run(&args, out),
        Command::Man(args) => man::run(&args, out),
    }
}
