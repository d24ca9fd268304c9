//! `tito init`: compile a course into a new workspace. An update of an empty one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::apply::{self, ApplyError, Command, Disk as WorkDisk, Meta, Workspace};
use crate::compile::{Overrides, Target, Unit, compile_bundled};
use crate::delivery::{Fetched, Wanted};
use crate::diagnostic::nearest;
use crate::id::{State, UnitId};
use crate::notebook::tiers::Tier;
use crate::plan::{Decision, Request, Step};
use crate::world::disk::Disk;
use crate::world::site::Address;
use crate::world::{Root, World};

use crate::cli::address::{self, Asker};
use crate::cli::carry_out::carry_out;
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};
use crate::cli::unit;
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{devcontainer, find, released, report, sources};

/// What the history calls a run of this verb.
const VERB: &str = "init";
/// What helps where the disk refused.
const AGAIN: &str = "fix that, and run the same command again: it continues where it stopped";

/// Compiles a course into a new workspace.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The address of a published course (https://…, a folder, or a *.tito file), or the folder to create
    #[arg(value_name = "ADDRESS|DIR")]
    first: Option<PathBuf>,
    /// The folder to create, after an address; default: the last part of the course's id
    dir: Option<PathBuf>,
    /// The course: its course.yml or its address; default: course.yml in this folder, or else the whole bundled base
    #[arg(long, value_name = "COURSE")]
    config: Option<PathBuf>,
    /// Of a published course: the key that signs it, as your instructor gave it; an address may carry it, after `#`
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Which solution regions are removed, instead of what the course sets
    #[arg(long, value_enum)]
    tier: Option<TierWord>,
    /// Fail if the course does not match the course.lock beside it
    #[arg(long, conflicts_with = "frozen")]
    locked: bool,
    /// Compile against the course.lock beside the course, which must exist
    #[arg(long)]
    frozen: bool,
    /// Write .devcontainer/devcontainer.json, too, for Codespaces and VS Code; it is your file, and no update changes it
    #[arg(long)]
    devcontainer: bool,
}

/// `--tier`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TierWord {
    /// Core regions become stubs
    Student,
    /// Challenges become stubs
    Challenge,
    /// Solutions without markers, for after the deadline
    Solution,
    /// Everything stays, including the markers
    Instructor,
}

impl From<TierWord> for Tier {
    fn from(word: TierWord) -> Self {
        match word {
            TierWord::Student => Self::Student,
            TierWord::Challenge => Self::Challenge,
            TierWord::Solution => Self::Solution,
            TierWord::Instructor => Self::Instructor,
        }
    }
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    init(args, out).unwrap_or_else(|exit| exit)
}

/// Where the course of a new workspace comes from.
enum Origin {
    /// The bundled base, whole.
    Bundled,
    /// A course.yml, which was found in this folder rather than named, or not.
    Course(PathBuf, bool),
    /// An address, and what was fetched from it.
    Address(Address, Box<Fetched>),
}

fn init(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let (origin, dir) = origin(args, &world, out)?;
    let target = target(&origin, args, &world, out)?;
    let folder = dir.unwrap_or_else(|| address::folder_of(&target.course));
    may_be_made(&world, &folder, out)?;
    let root = find::absolute(&folder);
    if let Err(error) = Workspace::make_folder(&root) {
        return Err(out.fail(&error.to_string(), "choose another folder: `tito init DIR`"));
    }
    let (course, named) = match &origin {
        Origin::Bundled => (None, None),
        Origin::Course(config, _) => {
            let path = find::absolute(config);
            (Some(path.to_string_lossy().into_owned()), Some(workspace::course_name(&root, &path)))
        }
        Origin::Address(address, _) => (Some(address.to_string()), Some(address::name(&root, address))),
    };
    let tier = args.tier.map(|tier| Tier::from(tier).as_str().to_owned());
    let command = Command::new(VERB).with(course.into_iter().chain(tier.clone()));
    let lock = workspace::take_lock(&world, &root, command, out)?;
    let mut home = Home { root: root.clone(), ..workspace::read(&world, &root, out)? };
    home.config.tier = tier;
    let mut own = BTreeMap::new();
    if let (Origin::Address(_, fetched), Some(name)) = (&origin, &named) {
        fetched
            .keep_contents(lock.disk(), name, None, false)
            .map_err(|error| out.fail(&error.to_string(), AGAIN))?;
        own = fetched.own_files(name, None);
        home.config.key = fetched.key.clone();
    }
    home.config.course = named;
    own.insert(Meta::Config, Some(home.config.write()));
    let planned = workspace::look(&world, &home, target, &Request::Update, out)?;
    if let Err(error) = carry_out(&world, &lock, &home, &planned, VERB, own) {
        return Err(out.fail(&error.to_string(), AGAIN));
    }
    if args.devcontainer {
        let title = planned.target.title.as_str();
        devcontainer::write(&root, title).map_err(|error| out.fail(&error.to_string(), AGAIN))?;
    }
    say(&planned, &folder, out);
    if let Some(key) = home.config.key.filter(|_| !out.json) {
        out.line(format!("this course is signed: only what the key {key} signs is accepted from now on"));
    }
    if matches!(origin, Origin::Course(_, true)) && !out.json {
        out.line("the course is course.yml in this folder; for the bundled course run `tito init` in a folder without one");
    }
    Ok(Exit::Done)
}

/// What the command line says: the course, and the folder to make where one is named.
fn origin(args: &Args, world: &Disk, out: &Out) -> Result<(Origin, Option<PathBuf>), Exit> {
    let usage = |message: String, help: &str| {
        out.fail(&message, help);
        Exit::Usage
    };
    // With `--config` the first word is the folder to make; else it may be the course.
    let named = args.config.as_ref().or(args.first.as_ref());
    let course = named.map(|named| address::of(named, out)).transpose()?.flatten();
    let is_first = args.config.is_none() && course.is_some();
    let dir = if is_first { args.dir.clone() } else { args.first.clone() };
    if let (Some(first), Some(_), false) = (&args.first, &args.dir, is_first) {
        let message = match find::is_there_at_all(first) {
            true => format!("`{}` is not the address of a published course", first.display()),
            false => format!("there is no `{}`", first.display()),
        };
        let help = "with two names the first is an address: https://…, a published folder, or a file *.tito";
        return Err(usage(message, help));
    }
    let config = args.config.as_ref().filter(|_| course.is_none());
    if let Some(odd) = config.into_iter().chain(&dir).find(|path| find::is_address(path)) {
        return Err(address::no_course(odd, out));
    }
    if let (Some(address), Some(named)) = (course, named) {
        if args.tier.is_some() || args.locked || args.frozen {
            return Err(usage(
                "a published course is compiled already".to_owned(),
                "leave out `--tier`, `--locked` and `--frozen`",
            ));
        }
        let address_name = address.to_string();
        let of_address = address::key(named, out)?;
        let typed = args.key.as_deref().map(|text| address::typed_key(text, out)).transpose()?;
        let key = typed.or(of_address);
        let wanted = Wanted { follows: true, key: key.as_ref(), ..Wanted::of(&address_name) };
        let mut asked = address::ask(address, wanted, Asker::New, out)?;
        let fetched = asked.fetch(world, &Home::default(), wanted, out)?;
        return Ok((Origin::Address(asked.place, Box::new(fetched)), dir));
    }
    if let Some(first) = dir.as_deref().filter(|_| args.config.is_none()) {
        is_meant(first, world, out)?;
    }
    if args.key.is_some() {
        return Err(usage("only a published course has a key".to_owned(), "leave out `--key`"));
    }
    let found = if args.config.is_none() { course_here(world, out)? } else { None };
    let is_found = found.is_some();
    let config = args.config.as_deref().map(find::course_file).or(found);
    Ok((config.map_or(Origin::Bundled, |config| Origin::Course(config, is_found)), dir))
}

/// A name that is to be a new folder, and may be meant as the name of a course.
fn is_meant(folder: &Path, world: &Disk, out: &Out) -> Result<(), Exit> {
    let usage = |message: String, help: String| {
        out.fail(&message, &help);
        Err(Exit::Usage)
    };
    let shown = folder.display();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    if [".yml", ".yaml"].iter().any(|ending| name.ends_with(ending)) {
        let is_there = find::is_there_at_all(folder);
        let message = if is_there {
            format!("`{shown}` is a course, and not a new folder")
        } else {
            format!("there is no `{shown}`")
        };
        let help = format!(
            "name the folder to create, and the course: `tito init FOLDER --config {}`",
            shell(&folder.to_string_lossy())
        );
        return usage(message, help);
    }
    if find::is_there_at_all(folder) {
        return Ok(());
    }
    // Who mistypes the name of a published folder gets no other course.
    let around = folder.parent().filter(|around| !around.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = world.entries(&Root::Folder(around.to_owned()), "").unwrap_or_default();
    let published = beside.iter().filter(|found| address::is_published(world, &around.join(&found.name)));
    match nearest(&name, published.map(|found| found.name.as_str())) {
        Some(near) => usage(
            format!("there is no `{shown}`, and `{near}` is a published course"),
            format!(
                "`tito init {}`; for a workspace of another course choose another name",
                shell(&folder.with_file_name(near).to_string_lossy())
            ),
        ),
        None => Ok(()),
    }
}

fn target(origin: &Origin, args: &Args, world: &Disk, out: &Out) -> Result<Target, Exit> {
    let config = match origin {
        Origin::Address(_, fetched) => {
            return Ok(fetched.target().clone());
        }
        Origin::Bundled => None,
        Origin::Course(config, _) => Some(config.as_path()),
    };
    let target = compiled(world, config, args, out)?;
    if let Some(config) = config.filter(|_| args.locked || args.frozen) {
        against_lock(world, config, &target, out)?;
    }
    Ok(target.at(world.now()))
}

/// The `course.yml` of this folder: whoever runs `tito init` beside one means that.
fn course_here(world: &Disk, out: &Out) -> Result<Option<PathBuf>, Exit> {
    let found = find::course_here(world);
    if found.is_none() && find::is_there(world, Path::new("course.yaml")) {
        return Err(out.fail(
            "there is a `course.yaml` in this folder, and tito reads `course.yml`",
            "rename it to `course.yml`, or name it: `--config course.yaml`",
        ));
    }
    Ok(found)
}

fn compiled(world: &Disk, config: Option<&Path>, args: &Args, out: &Out) -> Result<Target, Exit> {
    let overrides = Overrides { tier: args.tier.map(Tier::from) };
    let checked = match config {
        Some(config) => sources::compile(world, config, &overrides),
        None => compile_bundled(world, &overrides),
    };
    report::whole(checked, out)
}

/// `--locked` and `--frozen`: the lock beside the course must say what the course compiles to.
fn against_lock(world: &dyn World, config: &Path, target: &Target, out: &Out) -> Result<(), Exit> {
    let path = config.with_file_name("course.lock");
    let Ok(bytes) = world.read(&path, crate::lock::MAX_LOCK_BYTES) else {
        out.fail(&format!("there is no lock `{}`", path.display()), "write it: `tito lock`");
        return Err(Exit::Blocked);
    };
    released::must_agree(&bytes, target, out)
}

/// A new folder, an empty one, or one in which an earlier init was interrupted; and in no other workspace.
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
            format!("`{shown}` is already a workspace"),
            "update it: `tito update` in that folder; or choose another one: `tito init DIR`",
        );
    }
    let root = find::absolute(folder);
    if let Some(around) = root.ancestors().skip(1).find(|above| workspace::is_workspace(world, above)) {
        let around = crate::course::relative(&find::here(), around);
        let around = if around.is_empty() { "." } else { &around };
        return refuse(
            format!("`{shown}` would be inside the workspace `{around}`"),
            "update that workspace: `tito update`; or create the new one elsewhere: `tito init DIR`",
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

/// What was made: each unit that has a folder, what a rule keeps out, and how many files were written.
fn say(planned: &Planned, folder: &Path, out: &Out) {
    let target = &planned.target;
    let written = planned.plan.steps.iter().filter(|step| step.decision.writes()).count();
    let kept: Vec<&Step> =
        planned.plan.steps.iter().filter(|step| matches!(step.decision, Decision::Leave { .. })).collect();
    if out.json {
        let kept: Vec<&str> = kept.iter().map(|step| step.path.as_str()).collect();
        out.value(&serde_json::json!({"course": target.course, "folder": folder, "base_version": target.base_version, "files": written, "units": target.units.len(), "kept_out": kept}));
        return;
    }
    let shown = clean(&folder.display().to_string());
    let base = clean(&format!("{} {}", target.course, target.base_version));
    out.line(format!("{} {base} in {shown}", paint(Look::Good, "✓")));
    let is_in = |unit: &Unit| {
        let mut steps = planned.plan.steps.iter().filter(|step| step.unit.as_ref() == Some(&unit.id));
        steps.any(|step| step.decision.writes())
    };
    for unit in target.units.iter().filter(|unit| unit.dir.is_some() && is_in(unit)) {
        let dir = unit.dir.as_ref().map(ToString::to_string).unwrap_or_default();
        out.line(format!("  {:<34} {}", clean(&dir), clean(&unit.title)));
    }
    for line in kept_out(&kept, target) {
        out.line(format!("{} {}", paint(Look::Notice, "!"), clean(&line)));
    }
    let rest: Vec<Unit> = target.units.iter().filter(|unit| is_in(unit)).cloned().collect();
    let present = Target { units: rest, ..target.clone() };
    let next = unit::next(&present, |_| State::NotStarted, |_| false);
    let next = next.map_or_else(String::new, |(_, command)| format!(" && {command}"));
    out.line(format!(
        "{} · next: cd {}{next}",
        counted(written, "file"),
        shell(&folder.display().to_string())
    ));
}

/// One line for each unit, and for the files of none, of which a rule keeps files out of a new workspace.
fn kept_out(kept: &[&Step], target: &Target) -> Vec<String> {
    let mut groups: BTreeMap<(Option<&UnitId>, &str, &str), usize> = BTreeMap::new();
    for step in kept {
        *groups.entry((step.unit.as_ref(), &step.rule, &step.rule_from)).or_default() += 1;
    }
    let line = |((unit, rule, from), count): ((Option<&UnitId>, &str, &str), usize)| {
        let unit = target.units.iter().find(|each| Some(&each.id) == unit);
        let what = unit
            .map_or_else(|| "files of no unit".to_owned(), |unit| format!("{} ({})", unit.title, unit.id));
        format!("{what}: the rule `{rule}` ({from}) keeps {} out", counted(count, "file"))
    };
    groups.into_iter().map(line).collect()
}
