//! `tito restore PATH`: bring back deleted files: the student's last backup, or what the course has.

use std::collections::BTreeSet;

use crate::apply::Command;
use crate::digest::Digest;
use crate::id::Role;
use crate::path::WorkspacePath;
use crate::plan::{Because, Decision, Request, Situation, Step};
use crate::world::Root;
use crate::world::disk::Disk;

use super::backups::{self, Backup};
use crate::cli::carry_out::Origin;
use crate::cli::exit::Exit;
use crate::cli::finish::finish;
use crate::cli::out::{Out, clean, shell};
use crate::cli::places::Places;
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{ask, current_course, typed_paths};

/// Restores deleted files: your work from its last backup, everything else from the course.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files that were deleted, or folders: everything that was deleted in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Restore the course's version, even if you have a backup
    #[arg(long)]
    course: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    restore(args, out).unwrap_or_else(|exit| exit)
}

fn restore(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let words = args.paths.iter().map(|word| typed_paths::spelled(word, &root));
    let command = Command::new("restore").with(words.chain(args.course.then(|| "--course".to_owned())));
    let lock = workspace::begin(&world, &root, command, out)?;
    let home = workspace::read(&world, &root, out)?;
    let (target, _) = current_course::or_kept(&world, &home, out)?;
    let whole = workspace::look(&world, &home, target, &Request::Update, out)?;
    let mut paths = BTreeSet::new();
    for word in &args.paths {
        paths.extend(deleted(word, &home, &whole, out)?);
    }
    let mut planned = workspace::look(&world, &home, whole.target, &Request::Restore(paths), out)?;
    if !args.course && !take_backups(&world, &home, &mut planned, out)? {
        return Ok(Exit::Done);
    }
    if planned.plan.is_empty() && !out.json {
        return Ok(Exit::Done);
    }
    finish(&world, &lock, &home, &planned, "restore", Origin::new(), out)
}

/// The deleted files that `word` means, by every path by which a plan may know them. Where there is none, that is said.
fn deleted(word: &str, home: &Home, whole: &Planned, out: &Out) -> Result<BTreeSet<WorkspacePath>, Exit> {
    let at_or_below = |step: &Step, path: &WorkspacePath| {
        names(step).iter().any(|at| at == path || at.below(path).is_some_and(|rest| !rest.is_empty()))
    };
    let known = |path: &WorkspacePath| whole.plan.steps.iter().any(|step| at_or_below(step, path));
    let path = typed_paths::path(word, &home.root, known, out)?;
    let is_meant = |at: &&WorkspacePath| **at == path || at.below(&path).is_some_and(|rest| !rest.is_empty());
    obstructed(whole, whole.target.files.keys().filter(is_meant), out)?;
    if !known(&path) {
        let path = typed_paths::of_the_course(word, &home.root, whole, out)?;
        let id = whole.target.files.get(&path).map(|file| &file.id);
        if let Some(step) = whole.plan.steps.iter().find(|step| Some(&step.id) == id && !is_gone(step)) {
            say_there(&path, step, out);
        }
        return Ok(BTreeSet::from([path]));
    }
    let gone = whole.plan.steps.iter().filter(|step| is_gone(step) && at_or_below(step, &path));
    let waiting = gone.clone().find(|step| step.because == Because::Announced);
    if let Some(step) = waiting {
        let (path, word) = (clean(step.path.as_str()), shell(step.path.as_str()));
        let help = format!(
            "bring it back when the unit is open; until then, copies of yours: `tito backups {word}`"
        );
        out.fail(&format!("`{path}` is of a unit that is not open yet"), &help);
        return Err(Exit::Blocked);
    }
    let gone: BTreeSet<WorkspacePath> = gone.flat_map(names).collect();
    if gone.is_empty() {
        match whole.plan.steps.iter().find(|step| names(step).contains(&path)) {
            Some(step) => say_there(&path, step, out),
            None => say(&path, THERE, out),
        }
    }
    Ok(gone)
}

/// Is nothing at `paths` that tito leaves alone?
///
/// # Errors
/// After saying what is there, and what helps.
pub(super) fn obstructed<'a>(
    whole: &'a Planned,
    paths: impl IntoIterator<Item = &'a WorkspacePath>,
    out: &Out,
) -> Result<(), Exit> {
    let obstacle = |path: &'a WorkspacePath| Some((whole.observed.obstacle(path)?, path));
    let Some((obstacle, path)) = paths.into_iter().find_map(obstacle) else { return Ok(()) };
    let message = format!("`{}` is left alone: {obstacle}", clean(path.as_str()));
    out.fail(&message, "put the file itself there, or move away what is there; then run it again");
    Err(Exit::Blocked)
}

const THERE: &str = "exists; nothing to restore (to start again: `tito module reset`)";

/// Says that the file which belongs at `path` is not deleted, and where the student has it.
fn say_there(path: &WorkspacePath, step: &Step, out: &Out) {
    if step.path == *path || step.from.as_ref() == Some(path) {
        say(path, THERE, out);
    } else {
        say(path, &format!("is not deleted: it is {}", clean(step.path.as_str())), out);
    }
}

fn say(path: &WorkspacePath, what: &str, out: &Out) {
    if !out.json {
        out.line(format!("  {} {what}", clean(path.as_str())));
    }
}

fn is_gone(step: &Step) -> bool {
    matches!(step.situation, Situation::Deleted | Situation::DeletedChanged | Situation::New)
}

fn names(step: &Step) -> Vec<WorkspacePath> {
    [Some(&step.path), step.recorded.as_ref(), step.followed.as_ref()]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// Work that comes back and of which there is a backup comes back as the backup has it; on a terminal, the student is asked. `false`: the
/// student wants nothing.
fn take_backups(world: &Disk, home: &Home, planned: &mut Planned, out: &Out) -> Result<bool, Exit> {
    let all = backups::all(world, &Root::Folder(home.root.clone()));
    let places = Places::of(&home.baselines);
    let plan = &mut planned.plan;
    let work = plan.steps.iter_mut().filter(|step| {
        step.role == Role::Work && matches!(step.decision, Decision::Restore | Decision::Create)
    });
    for step in work {
        let Some(backup) = last_of(step, &all, &places) else { continue };
        match choice(step, backup, out) {
            Choice::Backup => {
                let bytes = backups::read(world, &home.root, backup, out)?;
                let digest = Digest::of(&bytes);
                step.result = Some(digest);
                step.note = Some(format!(
                    "your backup of {}; for the course's version: tito restore --course {}",
                    backups::when(backup),
                    step.path
                ));
                plan.contents.insert(digest, bytes.into());
            }
            Choice::Course => {}
            Choice::Cancel => {
                out.say("nothing was changed");
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The newest of the backups `all`, which are in that order, of the file of `step`, at any of the places that it had.
fn last_of<'a>(step: &Step, all: &'a [Backup], places: &Places) -> Option<&'a Backup> {
    let names = names(step);
    all.iter().find(|backup| names.iter().any(|path| places.is_at(&backup.path, path)))
}

/// Says of work that an update brings back that there is a backup of it.
pub(super) fn name_backups(world: &Disk, home: &Home, planned: &mut Planned) {
    let brought_back = |step: &&mut Step| step.role == Role::Work && step.decision == Decision::Restore;
    let mut steps = planned.plan.steps.iter_mut().filter(brought_back).peekable();
    if steps.peek().is_none() {
        return;
    }
    let all = backups::all(world, &Root::Folder(home.root.clone()));
    let places = Places::of(&home.baselines);
    for step in steps {
        if let Some(backup) = last_of(step, &all, &places) {
            let when = backups::when(backup);
            step.note = Some(format!("you have a backup of {when}: tito backups {} --restore", step.path));
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Choice {
    Backup,
    Course,
    Cancel,
}

fn choice(step: &Step, backup: &Backup, out: &Out) -> Choice {
    if !ask::can_ask(out) {
        return Choice::Backup;
    }
    out.say(format!("{}   deleted; you have a backup of {}", step.path, backups::when(backup)));
    let answers: [(&str, &[&str], Choice); 3] = [
        ("your backup", &["y", "yes"], Choice::Backup),
        ("the course's version", &[], Choice::Course),
        ("cancel", &["c", "n", "no", "q"], Choice::Cancel),
    ];
    ask::Menu { answers: &answers, default: Choice::Backup, at_end: Choice::Cancel }.ask(out)
}
