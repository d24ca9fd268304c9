//! What the command line looks like.

use clap::{Parser, Subcommand, ValueEnum};

use super::{
    check, compare, completions, data, diff, doctor, explain, graph, history, init, lock, man, merge,
    milestone, module, nbgrader, plan, restore, schema, show, status, take, undo, update,
};

/// Compiles a course definition into a student workspace, and keeps the workspace up to date without losing anything.
#[derive(Debug, Parser)]
#[command(name = "tito", version, max_term_width = 100, propagate_version = false)]
pub struct Cli {
    /// What to do. Nothing: where the student is, in a workspace.
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// When to use colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub(super) color: Color,

    /// How to report: text for people, JSON for programs.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Compile a course into a new workspace
    Init(init::Args),
    /// Show where you are, and what is edited, newer or offered
    Status(status::Args),
    /// Bring a workspace up to date with its course
    Update(update::Args),
    /// Show what you changed, or what the course would change
    Diff(diff::Args),
    /// Accept an offer: the course's version in place of yours, or merged with it
    Take(take::Args),
    /// Bring back a deleted file
    Restore(restore::Args),
    /// Take the last run back
    Undo(undo::Args),
    /// List what tito did here
    History(history::Args),
    /// Print what an update would do, as data
    Plan(plan::Args),
    /// Carry out a plan, if nothing has moved since
    Apply(plan::ApplyArgs),
    /// Work on one unit: list, start, test, complete, export, reset
    Module(module::Args),
    /// Re-run history on what you built: list, run
    Milestone(milestone::Args),
    /// Fetch the data sets of the base: list, download
    Data(data::Args),
    /// Look at Python, its packages and the workspace, and say what to do
    Doctor(doctor::Args),
    /// Report everything that is wrong with a course
    Check(check::Args),
    /// Write course.lock beside course.yml, or check that it is up to date
    Lock(lock::Args),
    /// Show a course with its layers folded, and where each value comes from
    Show(show::Args),
    /// Say where a file comes from and what an update may do to it
    Explain(explain::Args),
    /// Show the units of a course and what they need
    Graph(graph::Args),
    /// Say what differs between two courses or locks
    Compare(compare::Args),
    /// Write an instructor's tree that nbgrader takes as it is
    Nbgrader(nbgrader::Args),
    /// Merge three versions of a notebook, percent script or text; a git merge driver
    Merge(merge::Args),
    /// Print the JSON Schema of course.yml, catalog.yml or course.lock
    Schema(schema::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man(man::Args),
}
