//! The verbs: one file each, with its arguments, one `run`, and what it says. What they share is one folder above.

mod examples;

mod backups;
mod cache;
mod calendar;
mod catalog;
mod check;
mod class;
mod collect;
mod compare;
mod completions;
mod diff;
mod data;
mod doctor;
mod explain;
mod history;
mod give_back;
mod graph;
mod help;
mod init;
mod key;
mod lab;
mod lock;
mod man;
mod merge;
mod milestone;
mod module;
mod nbgrader;
mod new;
mod plan;
mod publish;
mod restore;
mod schema;
mod show;
mod state;
mod status;
mod submit;
mod take;
mod undo;
mod update;
mod vendor;

use clap::Subcommand;

use super::exit::Exit;
use super::out::{Format, Out};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Compile a course into a new workspace
    #[command(after_help = examples::INIT)]
    Init(init::Args),
    /// Show your progress, and what is edited, newer or offered
    #[command(after_help = examples::STATUS)]
    Status(status::Args),
    /// Start a unit: says what to open, and records that you started
    #[command(after_help = examples::START)]
    Start(module::StartArgs),
    /// Open a unit's notebook in JupyterLab, with the workspace's Python
    #[command(after_help = examples::LAB)]
    Lab(lab::Args),
    /// Test your work: export your notebook and run the unit's tests on it
    #[command(after_help = examples::TEST)]
    Test(module::TestArgs),
    /// Export, test, and record the unit as completed
    #[command(after_help = examples::COMPLETE)]
    Complete(module::CompleteArgs),
    /// Start a unit again: a backup of your files, then the course's files
    #[command(after_help = examples::RESET)]
    Reset(module::ResetArgs),
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
    /// Pack a unit into one file to upload, and record that you handed it in
    #[command(after_help = examples::SUBMIT)]
    Submit(submit::Args),
    /// Move your progress and your work to another machine: export, import
    #[command(after_help = examples::STATE)]
    State(state::Args),
    /// Download the data sets of the base: list, download
    #[command(after_help = examples::DATA)]
    Data(data::Args),
    /// Check Python, its packages and the workspace, and say how to fix each problem
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::Args),
    /// Write the beginning of a course, an assignment or a base
    #[command(after_help = examples::NEW)]
    New(new::Args),
    /// Report everything that is wrong with one course or many
    #[command(after_help = examples::CHECK)]
    Check(check::Args),
    /// Write course.lock beside course.yml, or check that it is up to date
    #[command(after_help = examples::LOCK)]
    Lock(lock::Args),
    /// Copy the sources of a course beside it
    #[command(after_help = examples::VENDOR)]
    Vendor(vendor::Args),
    /// Show the sources that were fetched, or remove them
    #[command(after_help = examples::CACHE)]
    Cache(cache::Args),
    /// Show a course with its layers folded, and where each value comes from
    #[command(after_help = examples::SHOW)]
    Show(show::Args),
    /// Show where a file comes from and what an update may do to it
    #[command(after_help = examples::EXPLAIN)]
    Explain(explain::Args),
    /// Show the units of a course and what they need
    #[command(after_help = examples::GRAPH)]
    Graph(graph::Args),
    /// Write the dates of a course as a calendar
    #[command(after_help = examples::CALENDAR)]
    Calendar(calendar::Args),
    /// Publish one course or many: a folder for a web server, or one file
    #[command(after_help = examples::PUBLISH)]
    Publish(publish::Args),
    /// Make a key that signs what you publish, or replace one
    #[command(after_help = examples::KEY)]
    Key(key::Args),
    /// Show what differs between two courses or locks, or between many courses
    #[command(after_help = examples::COMPARE)]
    Compare(compare::Args),
    /// Sketch the catalog of a repository, or check a base without a course
    #[command(after_help = examples::CATALOG)]
    Catalog(catalog::Args),
    /// Write an instructor's tree that nbgrader can use directly
    #[command(after_help = examples::NBGRADER)]
    Nbgrader(nbgrader::Args),
    /// Pack the feedback that nbgrader wrote, for students and platforms
    #[command(after_help = examples::RETURN)]
    Return(give_back::Args),
    /// Count where the students of a class are
    #[command(after_help = examples::CLASS)]
    Class(class::Args),
    /// Collect what students handed in into a tree of nbgrader
    #[command(after_help = examples::COLLECT)]
    Collect(collect::Args),
    /// Merge three versions of a notebook, percent script or text; also a git merge driver
    #[command(after_help = examples::MERGE)]
    Merge(merge::Args),
    /// Print the JSON Schema of course.yml, catalog.yml or course.lock
    #[command(after_help = examples::SCHEMA)]
    Schema(schema::Args),
    /// Explain a command, or print a guide
    #[command(after_help = examples::HELP)]
    Help(help::Args),
    /// Print a completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(completions::Args),
    /// Print the manual page
    #[command(after_help = examples::MAN)]
    Man(man::Args),
}

impl Command {
    /// What is done without a verb, in a workspace.
    pub(super) fn progress() -> Self {
        Self::Status(status::Args::default())
    }

    /// Can the verb show what it finds in this format?
    pub(super) fn takes(&self, format: Format) -> bool {
        match (self, format) {
            (_, Format::Text | Format::Json) | (Self::Check(_), Format::Github | Format::Sarif) => true,
            (Self::Lock(args), Format::Github | Format::Sarif) => args.is_check(),
            (Self::Explain(args), Format::Markdown) => args.is_table(),
            (Self::Compare(args), Format::Markdown) => args.is_matrix(),
            _ => false,
        }
    }

    /// Runs the verb.
    pub(super) fn run(self, out: &Out) -> Exit {
        match self {
            Self::Init(args) => init::run(&args, out),
            Self::Status(args) => status::run(&args, out),
            Self::Start(args) => module::run(&module::Args::of(module::Verb::Start(args)), out),
            Self::Test(args) => module::run(&module::Args::of(module::Verb::Test(args)), out),
            Self::Complete(args) => module::run(&module::Args::of(module::Verb::Complete(args)), out),
            Self::Reset(args) => module::run(&module::Args::of(module::Verb::Reset(args)), out),
            Self::Update(args) => update::run(&args, out),
            Self::Diff(args) => diff::run(&args, out),
            Self::Take(args) => take::run(&args, out),
            Self::Restore(args) => restore::run(&args, out),
            Self::Backups(args) => backups::run(&args, out),
            Self::Undo(args) => undo::run(&args, out),
            Self::History(args) => history::run(&args, out),
            Self::Plan(args) => plan::run(&args, out),
            Self::Apply(args) => plan::carry_out(&args, out),
            Self::Check(args) => check::run(&args, out),
            Self::Lock(args) => lock::run(&args, out),
            Self::Vendor(args) => vendor::run(&args, out),
            Self::Cache(args) => cache::run(&args, out),
            Self::Lab(args) => lab::run(&args, out),
            Self::New(args) => new::run(&args, out),
            Self::Help(args) => help::run(&args, out),
            Self::Show(args) => show::run(&args, out),
            Self::Explain(args) => explain::run(&args, out),
            Self::Schema(args) => schema::run(&args, out),
            Self::Completions(args) => completions::run(&args, out),
            Self::Merge(args) => merge::run(&args, out),
            Self::Module(args) => module::run(&args, out),
            Self::Milestone(args) => milestone::run(&args, out),
            Self::State(args) => state::run(&args, out),
            Self::Submit(args) => submit::run(&args, out),
            Self::Data(args) => data::run(&args, out),
            Self::Return(args) => give_back::run(&args, out),
            Self::Class(args) => class::run(&args, out),
            Self::Collect(args) => collect::run(&args, out),
            Self::Nbgrader(args) => nbgrader::run(&args, out),
            Self::Doctor(args) => doctor::run(&args, out),
            Self::Calendar(args) => calendar::run(&args, out),
            Self::Graph(args) => graph::run(&args, out),
            Self::Publish(args) => publish::run(&args, out),
            Self::Key(args) => key::run(&args, out),
            Self::Catalog(args) => catalog::run(&args, out),
            Self::Compare(args) => compare::run(&args, out),
            Self::Man(args) => man::run(&args, out),
        }
    }
}
