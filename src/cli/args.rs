//! What the command line looks like.

use clap::{Parser, Subcommand, ValueEnum};

use super::{
    backups, check, compare, completions, data, diff, doctor, examples, explain, graph, history, init, lock,
    man, merge, milestone, module, nbgrader, plan, publish, restore, schema, show, status, take, undo,
    update,
};

/// Compiles a course definition into a student workspace, and updates the workspace without losing anything.
#[derive(Debug, Parser)]
#[command(name = "tito", version, max_term_width = 100, propagate_version = false)]
pub struct Cli {
    /// What to do; without a command: show the student's progress, in a workspace.
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// When to use colour: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(super) color: Color,

    /// Output format: text for people, json for programs
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true,
        hide_default_value = true
    )]
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
    #[command(after_help = examples::INIT)]
    Init(init::Args),
    /// Show your progress, and what is edited, newer or offered
    #[command(after_help = examples::STATUS)]
    Status(status::Args),
    /// Update a workspace from its course
    #[command(after_help = examples::UPDATE)]
    Update(update::Args),
    /// Show what you changed, or what the course would change
    #[command(after_help = examples::DIFF)]
    Diff(diff::Args),
    /// Accept an offer: replace your version with the course's, or merge the two
    #[command(after_help = examples::TAKE)]
    Take(take::Args),
    /// Restore a deleted file
    #[command(after_help = examples::RESTORE)]
    Restore(restore::Args),
    /// List the backups of your files, show one, or restore it
    #[command(after_help = examples::BACKUPS)]
    Backups(backups::Args),
    /// Undo the last run
    #[command(after_help = examples::UNDO)]
    Undo(undo::Args),
    /// List what tito did here
    #[command(after_help = examples::HISTORY)]
    History(history::Args),
    /// Print what an update would do, as data
    #[command(after_help = examples::PLAN)]
    Plan(plan::Args),
    /// Apply a plan, if nothing has changed since
    #[command(after_help = examples::APPLY)]
    Apply(plan::ApplyArgs),
    /// Work on one unit: list, start, test, complete, export, reset
    #[command(after_help = examples::MODULE)]
    Module(module::Args),
    /// Repeat experiments from history on what you built: list, run
    #[command(after_help = examples::MILESTONE)]
    Milestone(milestone::Args),
    /// Download the data sets of the base: list, download
    #[command(after_help = examples::DATA)]
    Data(data::Args),
    /// Check Python, its packages and the workspace, and say how to fix each problem
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::Args),
    /// Report everything that is wrong with a course
    #[command(after_help = examples::CHECK)]
    Check(check::Args),
    /// Write course.lock beside course.yml, or check that it is up to date
    #[command(after_help = examples::LOCK)]
    Lock(lock::Args),
    /// Show a course with its layers folded, and where each value comes from
    #[command(after_help = examples::SHOW)]
    Show(show::Args),
    /// Show where a file comes from and what an update may do to it
    #[command(after_help = examples::EXPLAIN)]
    Explain(explain::Args),
    /// Show the units of a course and what they need
    #[command(after_help = examples::GRAPH)]
    Graph(graph::Args),
    /// Publish a course: a folder for a web server, or one file
    #[command(after_help = examples::PUBLISH)]
    Publish(publish::Args),
    /// Show what differs between two courses or locks
    #[command(after_help = examples::COMPARE)]
    Compare(compare::Args),
    /// Write an instructor's tree that nbgrader can use directly
    #[command(after_help = examples::NBGRADER)]
    Nbgrader(nbgrader::Args),
    /// Merge three versions of a notebook, percent script or text; also a git merge driver
    #[command(after_help = examples::MERGE)]
    Merge(merge::Args),
    /// Print the JSON Schema of course.yml, catalog.yml or course.lock
    #[command(after_help = examples::SCHEMA)]
    Schema(schema::Args),
    /// Print a completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(completions::Args),
    /// Print the manual page
    #[command(after_help = examples::MAN)]
    Man(man::Args),
}
