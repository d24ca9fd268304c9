//! `tito module reset UNIT`: its files as the course has them, after a backup, and after asking.

#![expect(
    clippy::disallowed_methods,
    reason = "asks on the terminal, and says when a file was last modified"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, IsTerminal};
use std::path::Path;

use crate::apply::Command;
use crate::cli::diff::{FileDiff, Looks, What, show};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{at_hand, given, history, unit, update};
use crate::id::{Role, State};
use crate::path::WorkspacePath;
use crate::plan::merge::changes::Changes;
use crate::plan::merge::notebook::matching::Editor;
use crate::plan::{Situation, Step, Wish, locked};
use crate::target::{Target, Unit};
use crate::world::disk::Disk;

use super::cell;

/// Starts a unit over. What you wrote is kept in `.tinytorch/backups/`, always.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The unit: its number or its id
    unit: String,
    /// Which version: the one that you began with, or the course's newest
    #[arg(long, value_enum, default_value = "locked")]
    to: Version,
    /// Only this cell of the unit's notebook, by its grade_id
    #[arg(long, value_name = "GRADE_ID", conflicts_with = "file")]
    cell: Option<String>,
    /// Only this file
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
}

/// `--to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Version {
    /// As tito last wrote it
    Locked,
    /// As the course has it now
    Latest,
}

/// What the student says to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Reset,
    View,
    Cancel,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let lock = workspace::take_lock(&world, &root, command(args, &root), out)?;
    if let Some(settled) = lock.finished() {
        return Ok(workspace::say_finished(settled, out));
    }
    let home = workspace::read(&world, &root, out)?;
    let target = version(args.to, at_hand::compiled(&world, &home, out)?, &world, &home);
    let unit = unit::find(&args.unit, &target, out)?.clone();
    let whole = workspace::look(&world, &home, target, &Wish::Update, out)?;
    if let Some(name) = &args.cell {
        return cell::run(
            name,
            &unit,
            &cell::At { world: &world, lock: &lock, home: &home, whole: &whole },
            out,
            |files| agreed(args, files, &home, out),
        );
    }
    let paths = match &args.file {
        Some(word) => one(word, &unit, &home, &whole, out)?,
        None => of_unit(&unit, &whole),
    };
    let mut planned = workspace::look(&world, &home, whole.target, &Wish::Reset(paths), out)?;
    let files = differences(&planned, &world, &home);
    if files.is_empty() {
        if out.json {
            return update::finish(&world, &lock, &home, &planned, "module reset", None, out);
        }
        let title = clean(&unit.title);
        out.line(format!("{title} is as the course has it; nothing to reset"));
        return Ok(Exit::Done);
    }
    if !agreed(args, &files, &home, out)? {
        return Ok(Exit::Done);
    }
    let reopened = args.file.is_none() && reopen(&unit, &mut planned);
    let exit = update::finish(&world, &lock, &home, &planned, "module reset", None, out)?;
    if reopened && !out.json {
        out.line(format!("{} is in progress again", clean(&unit.title)));
    }
    Ok(exit)
}

/// The command, as a run that is cut short remembers it.
fn command(args: &Args, root: &Path) -> Command {
    let version = (args.to == Version::Latest).then(|| "--to latest".to_owned());
    let cell = args.cell.as_ref().map(|cell| format!("--cell {cell}"));
    let file = args.file.as_ref().map(|file| format!("--file {}", given::spelled(file, root)));
    Command::new("module reset").with([args.unit.clone()].into_iter().chain(version).chain(cell).chain(file))
}

/// The course in the version that the files are to have.
fn version(to: Version, target: Target, world: &Disk, home: &Home) -> Target {
    match to {
        Version::Latest => target,
        Version::Locked => {
            let object = |digest| workspace::pristine(world, home, digest);
            locked(&target, &home.baselines, object)
        }
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
    let path = given::of_the_course(word, &home.root, whole, out)?;
    match given::step(&whole.plan, &path) {
        Some(step) if step.unit.as_ref() == Some(&unit.id) => Ok(names(step)),
        _ => Err(out.fail(
            &format!("`{path}` is no file of {}", unit.id),
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

/// What the reset would change, from the student's file to what will stand there.
fn differences(planned: &Planned, world: &Disk, home: &Home) -> Vec<FileDiff> {
    let looks = Looks { world, home, planned };
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

/// A completed unit that is started over is no longer completed.
fn reopen(unit: &Unit, planned: &mut Planned) -> bool {
    let progress = &mut planned.observed.progress;
    let completed = progress.state(&unit.id) == State::Completed;
    if completed {
        progress.completed.remove(&unit.id);
        progress.started.insert(unit.id.clone());
        planned.plan.progress = true;
    }
    completed
}

/// Shows what would change, and asks. Without a terminal `--yes` must have said it.
fn agreed(args: &Args, files: &[FileDiff], home: &Home, out: &Out) -> Result<bool, Exit> {
    if args.yes {
        return Ok(true);
    }
    if out.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        out.fail(
            "a reset asks before it changes anything, and there is no terminal to ask on",
            "say it on the command line: `tito module reset … --yes`; what it would change: `tito diff`",
        );
        return Err(Exit::Usage);
    }
    for file in files {
        out.say(summary(file, home));
    }
    loop {
        out.say("  1 backup and reset (default)   2 view the diff first   3 cancel");
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        match if matches!(read, Ok(1..)) { answer(&line) } else { Some(Answer::Cancel) } {
            Some(Answer::Reset) => return Ok(true),
            Some(Answer::View) => files.iter().for_each(|file| show(file, out)),
            Some(Answer::Cancel) => {
                out.say("nothing was changed");
                return Ok(false);
            }
            None => {}
        }
    }
}

fn answer(line: &str) -> Option<Answer> {
    match line.trim().to_lowercase().as_str() {
        "" | "1" | "y" | "yes" => Some(Answer::Reset),
        "2" | "v" | "d" => Some(Answer::View),
        "3" | "c" | "n" | "no" | "q" => Some(Answer::Cancel),
        _ => None,
    }
}

/// `modules/05_autograd/autograd.ipynb   modified 2027-01-12 14:03, 12 kB, 4 lines of yours go`.
fn summary(file: &FileDiff, home: &Home) -> String {
    let path = paint(Look::Strong, &clean(file.path.as_str()));
    if file.what == What::Deleted {
        return format!("{path}   deleted; it comes back");
    }
    let mut facts = Vec::new();
    if let Ok(found) = std::fs::symlink_metadata(home.root.join(file.path.as_str())) {
        let modified = found.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
        facts.extend(modified.map(|time| format!("modified {}", history::local(time))));
        facts.push(size(found.len()));
    }
    facts.push(match &file.changes {
        Some(Changes::Unreadable { .. }) => "it cannot be read as a notebook".to_owned(),
        changes => {
            let (gone, fresh) = changes.as_ref().map(Changes::count).unwrap_or_default();
            format!("{} of yours go, {fresh} of the course's come", counted(gone, "line"))
        }
    });
    format!("{path}   {}", facts.join(", "))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_to_back_up_and_reset_and_what_is_not_understood_is_asked_again() {
        assert_eq!(answer("\n"), Some(Answer::Reset));
        assert_eq!(answer("1\n"), Some(Answer::Reset));
        assert_eq!(answer(" 2 \n"), Some(Answer::View));
        assert_eq!(answer("3"), Some(Answer::Cancel));
        assert_eq!(answer("no"), Some(Answer::Cancel));
        assert_eq!(answer("perhaps"), None);
    }

    #[test]
    fn sizes_are_round() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(12_345), "12 kB");
        assert_eq!(size(12_345_678), "12 MB");
    }
}
