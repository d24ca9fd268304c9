//! `tito init`: compile a course into a new workspace. An update of an empty one.

use std::path::{Path, PathBuf};

use crate::apply::{self, ApplyError, Command, Disk as WorkDisk, Workspace};
use crate::diagnostic::has_errors;
use crate::lock::Lock;
use crate::notebook::tiers::Tier;
use crate::plan::Wish;
use crate::target::{Overrides, Target, compile, compile_bundled};
use crate::world::disk::Disk;
use crate::world::{Root, World};

use super::exit::Exit;
use super::out::{Look, Out, clean, counted, paint};
use super::workspace::{self, Home};
use super::{find, report};

/// What the history calls a run of this verb.
const VERB: &str = "init";

/// Compiles a course into a new workspace.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to make; default: the last part of the course's id
    dir: Option<PathBuf>,
    /// The course; default: the bundled base, whole
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which solution regions are stripped, in place of what the course says
    #[arg(long, value_enum)]
    tier: Option<TierWord>,
    /// Fail if the course does not compile to what the course.lock beside it says
    #[arg(long, conflicts_with = "frozen")]
    locked: bool,
    /// Compile against the course.lock beside the course, which must be there
    #[arg(long)]
    frozen: bool,
}

/// `--tier`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TierWord {
    /// Core regions are stubs
    Student,
    /// Challenges are stubs
    Challenge,
    /// Everything, markers included
    Instructor,
}

impl From<TierWord> for Tier {
    fn from(word: TierWord) -> Self {
        match word {
            TierWord::Student => Self::Student,
            TierWord::Challenge => Self::Challenge,
            TierWord::Instructor => Self::Instructor,
        }
    }
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    init(args, out).unwrap_or_else(|exit| exit)
}

fn init(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let config = args.config.as_deref().map(find::course_file);
    let config = config.as_deref();
    let target = compiled(&world, config, args, out)?;
    if let Some(config) = config.filter(|_| args.locked || args.frozen) {
        against_lock(&world, config, &target, out)?;
    }
    let folder = args
        .dir
        .clone()
        .unwrap_or_else(|| PathBuf::from(target.course.rsplit('/').next().unwrap_or("workspace")));
    may_be_made(&world, &folder, out)?;
    let root = find::absolute(&folder);
    if let Err(error) = Workspace::make_folder(&root) {
        return Err(out.fail(&error.to_string(), "choose another folder: `tito init DIR`"));
    }
    let course = config.map(|config| find::absolute(config).to_string_lossy().into_owned());
    let tier = args.tier.map(|tier| Tier::from(tier).as_str().to_owned());
    let command = Command::new(VERB).with(course.into_iter().chain(tier.clone()));
    let lock = workspace::take_lock(&world, &root, command, out)?;
    let mut home = Home { root: root.clone(), ..workspace::read(&world, &root, out)? };
    home.config.course = config.map(|config| workspace::course_name(&root, &find::absolute(config)));
    home.config.tier = tier;
    let planned = workspace::look(&world, &home, target, &Wish::Update, out)?;
    let remembered = home.config.clone();
    if let Err(error) = workspace::carry_out(&world, &lock, &home, &planned, VERB, Some(&remembered)) {
        return Err(out.fail(
            &error.to_string(),
            "mend that, and run the same command again: it goes on where it stopped",
        ));
    }
    say(&planned.target, &folder, out);
    Ok(Exit::Done)
}

fn compiled(world: &Disk, config: Option<&Path>, args: &Args, out: &Out) -> Result<Target, Exit> {
    let overrides = Overrides { tier: args.tier.map(Tier::from) };
    let checked = match config {
        Some(config) => compile(world, config, &overrides),
        None => compile_bundled(world, &overrides),
    };
    if has_errors(&checked.diagnostics) {
        report::show(&checked.diagnostics, out);
        return Err(Exit::Failed);
    }
    checked.value.ok_or(Exit::Failed)
}

/// `--locked` and `--frozen`: the lock beside the course must say what the course compiles to.
fn against_lock(world: &dyn World, config: &Path, target: &Target, out: &Out) -> Result<(), Exit> {
    let path = config.with_file_name("course.lock");
    let Ok(bytes) = world.read(&path, crate::lock::MAX_LOCK_BYTES) else {
        out.fail(&format!("there is no lock `{}`", path.display()), "write it: `tito lock`");
        return Err(Exit::Blocked);
    };
    let lock = Lock::read(&bytes).map_err(|error| {
        out.fail(&error.to_string(), "write it anew: `tito lock`");
        Exit::Blocked
    })?;
    if !lock.agrees_with(&Lock::of(target)) {
        out.fail(
            "the course no longer compiles to what its course.lock says",
            "`tito lock --check` shows what differs; `tito lock` accepts it",
        );
        return Err(Exit::Blocked);
    }
    Ok(())
}

/// A new folder, an empty one, or one in which an earlier init was cut short; and in no other workspace.
fn may_be_made(world: &dyn World, folder: &Path, out: &Out) -> Result<(), Exit> {
    let refuse = |message: String, help: &str| {
        out.fail(&message, help);
        Err(Exit::Blocked)
    };
    let shown = folder.display();
    if begun(folder).unwrap_or(false) {
        return Ok(());
    }
    if workspace::is_workspace(world, folder) {
        return refuse(
            format!("`{shown}` is a workspace already"),
            "bring it up to date: `tito update` in that folder; or choose another one: `tito init DIR`",
        );
    }
    let root = find::absolute(folder);
    if let Some(around) = root.ancestors().skip(1).find(|above| workspace::is_workspace(world, above)) {
        let around = crate::course::relative(&find::here(), around);
        let around = if around.is_empty() { "." } else { &around };
        return refuse(
            format!("`{shown}` would lie in the workspace `{around}`"),
            "bring that one up to date: `tito update`; or make the new one elsewhere: `tito init DIR`",
        );
    }
    match world.entries(&Root::Folder(folder.to_owned()), "") {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => refuse(
            format!("`{shown}` cannot be used: {}", crate::world::reason(&error)),
            "choose another folder: `tito init DIR`",
        ),
        Ok(entries) if entries.is_empty() => Ok(()),
        Ok(_) => refuse(format!("`{shown}` is not empty"), "choose a new folder: `tito init DIR`"),
    }
}

/// Was all that ever happened here an `init` that did not come to its end? Then the same again goes on where it stopped.
fn begun(folder: &Path) -> Result<bool, ApplyError> {
    let disk = WorkDisk::open(folder)?;
    let runs = apply::history(&disk)?.into_iter().chain(apply::under_way(&disk)?);
    let only_init = runs.into_iter().all(|run| run.summary.get("verb").is_some_and(|verb| verb == VERB));
    Ok(only_init && (Workspace::was_begun(&disk)? || apply::recover::is_pending(&disk)?))
}

fn say(target: &Target, folder: &Path, out: &Out) {
    let base = format!("{} {}", target.course, target.base_version);
    if out.json {
        out.value(&serde_json::json!({"course": target.course, "folder": folder, "base_version": target.base_version, "files": target.files.len(), "units": target.units.len()}));
        return;
    }
    out.line(format!(
        "{} {} in {}",
        paint(Look::Good, "✓"),
        clean(&base),
        clean(&folder.display().to_string())
    ));
    for unit in target.units.iter().filter(|unit| unit.dir.is_some()) {
        let dir = unit.dir.as_ref().map(ToString::to_string).unwrap_or_default();
        out.line(format!("  {:<34} {}", clean(&dir), clean(&unit.title)));
    }
    let first = target.units.iter().find(|unit| unit.dir.is_some()).map_or("", |unit| unit.id.as_str());
    out.line(format!(
        "{} · next: cd {} && tito module start {first}",
        counted(target.files.len(), "file"),
        clean(&folder.display().to_string())
    ));
}
