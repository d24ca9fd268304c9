//! `tito module reset UNIT`: its files as the course has them, after a backup, and after asking.

use std::collections::BTreeSet;
use std::path::Path;

use crate::apply::Command;
use crate::cli::carry_out::Origin;
use crate::cli::differences::{FileDiff, Looks, What};
use crate::cli::exit::Exit;
use crate::cli::finish::finish;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::question::Question;
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{current_course, typed_paths, unit};
use crate::compile::{Target, Unit};
use crate::id::{Role, State};
use crate::path::WorkspacePath;
use crate::plan::merge::notebook::matching::Editor;
use crate::plan::{Request, Situation, Step};
use crate::world::disk::Disk;

use super::super::restore::obstructed;
use super::super::submit::local;
use super::{cell, opened};

/// Starts a unit again. What you wrote is always kept in `.tinytorch/backups/`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: its number or its id
    #[arg(add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    unit: String,
    /// Which version: the one that you started with, or the course's newest
    #[arg(long, value_enum, default_value = "locked")]
    to: Version,
    /// Only this cell of the unit's notebook, by its grade_id
    #[arg(long, value_name = "GRADE_ID", conflicts_with = "file", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::cells))]
    cell: Option<String>,
    /// Only this file
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// `--to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Version {
    /// The version of the last update
    Locked,
    /// The version that the course has now
    Latest,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let lock = workspace::begin(&world, &root, command(args, &root), out)?;
    let home = workspace::read(&world, &root, out)?;
    let target = version(args.to, &world, &home, out)?;
    let unit = unit::find(&args.unit, &target, out)?.clone();
    let whole = workspace::look(&world, &home, target, &Request::Update, out)?;
    opened::is_here(&unit, &whole.target, whole.observed.now, out)?;
    if let Some(name) = &args.cell {
        return cell::run(
            name,
            &unit,
            &cell::At { world: &world, lock: &lock, home: &home, whole: &whole },
            out,
            |files| {
                say_handed_in(&whole, &unit, out);
                question(args).agreed(files, &home, out)
            },
        );
    }
    let paths = match &args.file {
        Some(word) => one(word, &unit, &home, &whole, out)?,
        None => of_unit(&unit, &whole),
    };
    let of_unit = whole.target.files.iter().filter(|(_, file)| file.unit.as_ref() == Some(&unit.id));
    let work = of_unit
        .filter(|(path, file)| file.role == Role::Work && (args.file.is_none() || paths.contains(*path)));
    obstructed(&whole, work.map(|(path, _)| path), out)?;
    let mut planned = workspace::look(&world, &home, whole.target, &Request::Reset(paths), out)?;
    let files = differences(&planned, &world, &home);
    if files.is_empty() {
        if out.json {
            return finish(&world, &lock, &home, &planned, "module reset", Origin::new(), out);
        }
        let title = clean(&unit.title);
        out.line(format!("{title} is already the course's version; nothing to reset"));
        return Ok(Exit::Done);
    }
    say_handed_in(&planned, &unit, out);
    if !question(args).agreed(&files, &home, out)? {
        return Ok(Exit::Done);
    }
    let reopened = args.file.is_none() && reopen(&unit, &mut planned);
    let exit = finish(&world, &lock, &home, &planned, "module reset", Origin::new(), out)?;
    if reopened && !out.json {
        out.line(format!("{} is in progress again", clean(&unit.title)));
    }
    Ok(exit)
}

/// The command, as a run that is interrupted remembers it.
fn command(args: &Args, root: &Path) -> Command {
    let version = (args.to == Version::Latest).then(|| "--to latest".to_owned());
    let cell = args.cell.as_ref().map(|cell| format!("--cell {cell}"));
    let file = args.file.as_ref().map(|file| format!("--file {}", typed_paths::spelled(file, root)));
    Command::new("module reset").with([args.unit.clone()].into_iter().chain(version).chain(cell).chain(file))
}

/// The course in the version that the files are to have.
fn version(to: Version, world: &Disk, home: &Home, out: &Out) -> Result<Target, Exit> {
    match to {
        Version::Latest => Ok(current_course::or_kept(world, home, out)?.0),
        Version::Locked => current_course::as_given(world, home).ok_or_else(|| {
            out.fail(
                "this workspace does not have its course as you got it",
                "run `tito update`; or reset to what the course has now: `--to latest`",
            )
        }),
    }
}

/// One file of the unit, by its path.
fn one(
    word: &str,
    unit: &Unit,
    home: &Home,
    whole: &Planned,
    out: &Out,
) -> Result<BTreeSet<WorkspacePath>, Exit> {
    let path = typed_paths::of_the_course(word, &home.root, whole, out)?;
    match typed_paths::step(&whole.plan, &path) {
        Some(step) if step.unit.as_ref() == Some(&unit.id) => Ok(names(step)),
        _ => Err(out.fail(
            &format!("`{path}` is not a file of {}", unit.id),
            &format!("without --file, all work files of {} are reset", unit.id),
        )),
    }
}

/// What a student edits of a unit, and whatever of it is gone.
fn of_unit(unit: &Unit, whole: &Planned) -> BTreeSet<WorkspacePath> {
    let gone = |step: &Step| matches!(step.situation, Situation::Deleted | Situation::DeletedChanged);
    whole
        .plan
        .steps
        .iter()
        .filter(|step| step.unit.as_ref() == Some(&unit.id) && (step.role == Role::Work || gone(step)))
        .flat_map(names)
        .collect()
}

fn names(step: &Step) -> BTreeSet<WorkspacePath> {
    [Some(&step.path), step.recorded.as_ref()].into_iter().flatten().cloned().collect()
}

/// What the reset would change, from the student's file to what will be there.
fn differences(planned: &Planned, world: &Disk, home: &Home) -> Vec<FileDiff> {
    let looks = Looks::new(world, home, planned, None);
    let differs = planned.plan.steps.iter().filter(|step| step.changes_disk());
    let files = differs.map(|step| {
        let (path, course) = (step.path.clone(), looks.course(step).unwrap_or_default());
        match looks.student(step) {
            Some(student) => FileDiff::changed(path, &student, &course, Editor::Course),
            None => FileDiff::only(path, What::Deleted),
        }
    });
    files.collect()
}

/// A completed unit that is started over is no longer completed, and one that was handed in is worked on again.
fn reopen(unit: &Unit, planned: &mut Planned) -> bool {
    let progress = &mut planned.observed.progress;
    let is_reopened = progress.state(&unit.id) == State::Completed || progress.is_submitted(&unit.id);
    if is_reopened {
        progress.completed.remove(&unit.id);
        if let Some(submitted) = progress.submitted.get_mut(&unit.id) {
            submitted.reopened = true;
        }
        progress.started.insert(unit.id.clone());
        planned.plan.progress = true;
    }
    is_reopened
}

/// Says what was handed in of the unit, and when: a reset does not take it back.
fn say_handed_in(planned: &Planned, unit: &Unit, out: &Out) {
    let Some(submitted) = planned.observed.progress.submitted.get(&unit.id) else { return };
    if submitted.reopened {
        return;
    }
    let files: Vec<String> = submitted.files.keys().map(|path| clean(path.as_str())).collect();
    let (files, at) = (files.join(", "), clean(&local(&submitted.at)));
    let text = format!("you handed in {files} on {at}; what you uploaded stays handed in");
    out.say(format!("{} {text}", paint(Look::Notice, "!")));
}

/// The question that a reset asks.
fn question(args: &Args) -> Question<'static> {
    Question { yes: args.yes, verb: "reset", what: "a reset", show: "tito diff" }
}
