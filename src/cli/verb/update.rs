//! `tito update`: compile again, plan, show, apply.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use crate::apply::{self, Batch, Command, DiskError, Meta};
use crate::compile::Target;
use crate::delivery::{Fetched, Kept, LastIndex, Seen, Wanted, kept, kept_serials};
use crate::lock::Config;
use crate::path::WorkspacePath;
use crate::plan::{Request, decline};
use crate::release::key::PublicKey;
use crate::world::World;
use crate::world::disk::Disk;
use crate::world::site::Address;

use super::restore;
use crate::cli::address::{self, Asker};
use crate::cli::answered::{Answered, answered, earlier};
use crate::cli::carry_out::Origin;
use crate::cli::differences::Looks;
use crate::cli::exit::Exit;
use crate::cli::finish::finish;
use crate::cli::moment::At;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::question::Question;
use crate::cli::steps::{self, Skipped};
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{current_course, find, sources, typed_paths, unit};

/// Updates a workspace from its course.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show what is available, and change nothing
    #[arg(long)]
    check: bool,
    /// Show every step, and change nothing
    #[arg(long, conflicts_with = "check")]
    dry_run: bool,
    /// Only this unit (number or id): all its files get the latest version, edited ones too, after a backup
    #[arg(long, value_name = "UNIT", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    module: Option<String>,
    /// Decline the course's present version of this file; it is not offered again until it changes
    #[arg(long, value_name = "PATH")]
    skip: Vec<String>,
    /// The new place of the course: its course.yml or its address
    #[arg(long, value_name = "COURSE")]
    config: Option<PathBuf>,
    /// Of a published course: the release with this number, also an older one
    #[arg(long, value_name = "SERIAL", conflicts_with = "offline", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::serials))]
    to: Option<u64>,
    /// Do not ask the network: use what was fetched before
    #[arg(long)]
    offline: bool,
    /// Of a published course: the key that signs it from now on, as your instructor gave it; `any` accepts what is there now
    #[arg(long, value_name = "KEY", conflicts_with = "offline")]
    key: Option<String>,
    #[command(flatten)]
    at: At,
    /// With --check or --dry-run: exit with 3 if anything would change
    #[arg(long)]
    exit_code: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    if args.at.is_given() && !(args.check || args.dry_run) {
        out.fail("an update is made now", "`--at` shows what it will be: `tito update --check --at DATE`");
        return Exit::Usage;
    }
    let done = if args.check || args.dry_run { preview(args, out) } else { update(args, out) };
    done.unwrap_or_else(|exit| exit)
}

fn preview(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let mut config = workspace::config(&world, &root, out)?;
    if let Some(place) = new_place(args, &root, out)? {
        config.course = Some(place);
    }
    let home = Home { root, config, is_offline: args.offline, ..Home::default() };
    let asked = asked(args, &world, &home, out)?;
    // What is there now; what that is made of is fetched only where it is not known what to answer.
    let release = asked.as_ref().and_then(|asked| asked.place.release(args.to));
    let options =
        json!([home.config.course, release, args.to, args.dry_run, args.exit_code, args.module, args.at]);
    let check = |world: &dyn World, out: &Out| {
        let mut home = Home {
            config: home.config,
            is_offline: args.offline,
            ..workspace::read(world, &home.root, out)?
        };
        home.at = current_course::moment(world, &home, &args.at, out)?;
        let target = match asked {
            Some(asked) => {
                let given = asked.fetch(world, &home, out)?;
                // What came is not fetched a second time. Where it cannot be kept, nothing is missing.
                let _ = apply::Disk::open(&home.root).map(|disk| given.fetched.keep_packs(&disk));
                given.target(&home)
            }
            None => current_course::compiled(world, &home, out)?,
        };
        let planned = planned(args, world, &home, target, out)?;
        let lasts = show(&planned, args, out);
        let changes = !planned.plan.is_empty();
        let exit = if args.exit_code && changes { Exit::Changes } else { Exit::Done };
        Ok(Answered { exit, until: earlier(planned.target.next_change(planned.observed.now), lasts) })
    };
    answered(&world, &home.root.clone(), ("update", &options), out, check)
}

fn planned(args: &Args, world: &dyn World, home: &Home, target: Target, out: &Out) -> Result<Planned, Exit> {
    let planned = workspace::look(world, home, target, &Request::Update, out)?;
    workspace::remember(home, &planned);
    let Some(word) = &args.module else { return Ok(planned) };
    let request = request(word, &planned, out)?;
    workspace::look(world, home, planned.target, &request, out)
}

/// Shows it; returns from when on it would be said in other words.
fn show(planned: &Planned, args: &Args, out: &Out) -> Option<Timestamp> {
    let plan = &planned.plan;
    if out.json {
        out.value(&plan.brief());
        return plan.at;
    }
    steps::title(plan, out);
    steps::advisories(plan, &Skipped::default(), out);
    steps::units(plan, out);
    let lasts = steps::dates(planned, out);
    steps::would(plan, out);
    if plan.is_empty() {
        out.line(format!(
            "{} {} up to date",
            paint(Look::Good, "✓"),
            counted(steps::up_to_date(plan), "file")
        ));
    } else {
        let hint = if args.check {
            "nothing was changed · to apply this: `tito update`"
        } else {
            "nothing was changed: this was a dry run"
        };
        out.line(format!("{} up to date · {hint}", counted(steps::up_to_date(plan), "file")));
    }
    lasts
}

/// A key that was not known before.
fn say_key(known: &Config, now: &Config, out: &Out) {
    if let Some(key) = now.key.as_ref().filter(|_| known.key != now.key) {
        let how = if known.key.is_some() { "this course has a new key" } else { "this course is signed" };
        out.say(format!("{how}: only what the key {key} signs is accepted from now on"));
    }
}

/// `--module 05` or `--module autograd`.
fn request(word: &str, planned: &Planned, out: &Out) -> Result<Request, Exit> {
    Ok(Request::Unit(unit::named(word, &planned.target, out)?))
}

/// The command, as a run that is interrupted remembers it.
fn command(args: &Args, root: &Path, place: Option<&str>) -> Command {
    let unit = args.module.iter().map(|unit| format!("--module {unit}"));
    let skipped = args.skip.iter().map(|word| format!("--skip {}", typed_paths::spelled(word, root)));
    let course = place.iter().map(|place| format!("--config {place}"));
    let serial = args.to.iter().map(|serial| format!("--to {serial}"));
    let key = args.key.iter().map(|key| format!("--key {key}"));
    Command::new("update").with(unit.chain(skipped).chain(course).chain(serial).chain(key))
}

/// `--config`: what config.json calls the new place of the course.
fn new_place(args: &Args, root: &Path, out: &Out) -> Result<Option<String>, Exit> {
    let Some(course) = &args.config else { return Ok(None) };
    Ok(Some(match address::of(course, out)? {
        Some(address) => address::name(root, &address),
        None => workspace::course_name(root, &find::absolute(&find::course_file(course))),
    }))
}

/// The address of a published course, asked what it has.
struct Asked {
    /// How config.json names it, and the address that this is.
    name: String,
    address: Address,
    serial: Option<u64>,
    last: Option<LastIndex>,
    key: Option<PublicKey>,
    place: address::Asked,
}

/// The release that an address has for this workspace.
struct Given {
    name: String,
    fetched: Fetched,
    before: Option<Kept>,
    seen: Option<Seen>,
    was_chosen: bool,
}

/// Asks the address of the course. None: the course is not published, or `--offline`.
fn asked(args: &Args, world: &Disk, home: &Home, out: &Out) -> Result<Option<Asked>, Exit> {
    let Some(address) = address::remembered(&home.root, &home.config) else {
        if args.to.is_some() || args.key.is_some() {
            out.fail(
                "this course is not from an address, so it has no releases to choose from",
                "leave out `--to` and `--key`",
            );
            return Err(Exit::Usage);
        }
        return Ok(None);
    };
    if sources::is_offline(args.offline) {
        return Ok(None);
    }
    let name = home.config.course.clone().unwrap_or_default();
    let key = trusted_key(args, home, out)?;
    let last = LastIndex::of(world, &home.root);
    let wanted = wanted(&name, args.to, None, last.as_ref(), key.as_ref());
    let place = address::ask(address.clone(), wanted, Asker::Known { yes: args.yes }, out)?;
    Ok(Some(Asked { name, address, serial: args.to, last, key, place }))
}

fn wanted<'a>(
    name: &'a str,
    serial: Option<u64>,
    kept: Option<&'a Kept>,
    last: Option<&'a LastIndex>,
    key: Option<&'a PublicKey>,
) -> Wanted<'a> {
    Wanted { serial, kept, last, follows: true, key, ..Wanted::of(name) }
}

/// The key that the course must be signed with: the one of the command line, else the one that the workspace remembers.
fn trusted_key(args: &Args, home: &Home, out: &Out) -> Result<Option<PublicKey>, Exit> {
    let of_address = args.config.as_deref().map(|config| address::key(config, out)).transpose()?.flatten();
    match args.key.as_deref() {
        Some("any") => Ok(None),
        Some(text) => address::typed_key(text, out).map(Some),
        None => Ok(of_address.or_else(|| home.config.key.clone())),
    }
}

impl Asked {
    fn fetch(mut self, world: &dyn World, home: &Home, out: &Out) -> Result<Given, Exit> {
        let before = kept(world, &home.root);
        let seen = Seen::of(world, &home.root);
        let known = wanted(&self.name, self.serial, before.as_ref(), self.last.as_ref(), self.key.as_ref());
        let wanted = Wanted { seen: seen.as_ref(), ..known };
        let fetched = self.place.fetch(world, home, wanted, out)?;
        let is_there = self.place.place == self.address;
        let name = if is_there { self.name } else { address::name(&home.root, &self.place.place) };
        Ok(Given { name, fetched, before, seen, was_chosen: self.serial.is_some() })
    }
}

impl Given {
    fn target(&self, home: &Home) -> Target {
        current_course::followed(self.fetched.target().clone(), home)
    }

    /// Keeps what came; returns what the run writes to be of this release, whole or in part.
    fn keep(
        &self,
        (world, lock): (&dyn World, &apply::Workspace),
        root: &Path,
        is_whole: bool,
        out: &Out,
    ) -> Result<Origin, Exit> {
        let failed =
            |error: DiskError| out.fail(&error.to_string(), "nothing of yours was changed; run it again");
        let kept = self.fetched.keep_contents(lock.disk(), &self.name, self.seen.as_ref(), self.was_chosen);
        kept.map_err(failed)?;
        if self.before.is_none() {
            self.fetched.repair(world, root, lock.disk()).map_err(failed)?;
        }
        let serials = if is_whole { None } else { kept_serials(world, root) };
        Ok(self.fetched.own_files(&self.name, serials.map(|(_, given)| given)))
    }
}

fn update(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let place = new_place(args, &root, out)?;
    let lock = workspace::take_lock(&world, &root, command(args, &root, place.as_deref()), out)?;
    let mut home = workspace::read(&world, &root, out)?;
    home.is_offline = args.offline;
    let known = home.config.clone();
    if place.is_some() {
        home.config.course = place;
    }
    let mut own = Origin::new();
    let target = match asked(args, &world, &home, out)? {
        Some(asked) => {
            let given = asked.fetch(&world, &home, out)?;
            let is_whole = args.skip.is_empty() && args.module.is_none();
            own = given.keep((&world, &lock), &root, is_whole, out)?;
            home.config.key = given.fetched.key.clone();
            home.config.course = Some(given.name.clone());
            given.target(&home)
        }
        None => current_course::compiled(&world, &home, out)?,
    };
    say_key(&known, &home.config, out);
    if home.config != known {
        own.insert(Meta::Config, Some(home.config.write()));
    }
    if !args.skip.is_empty() {
        return skip(args, &world, &lock, &home, (&target, own), out);
    }
    let mut planned = workspace::look(&world, &home, target, &Request::Update, out)?;
    if let Some(word) = &args.module {
        let request = request(word, &planned, out)?;
        planned = workspace::look(&world, &home, planned.target, &request, out)?;
        let replaced = Looks::new(&world, &home, &planned, None).replaced();
        let question =
            Question { yes: args.yes, verb: "replace", what: "replacing your text", show: "tito diff" };
        if !replaced.is_empty() && !question.agreed(&replaced, &home, out)? {
            return Ok(Exit::Done);
        }
    }
    restore::name_backups(&world, &home, &mut planned);
    finish(&world, &lock, &home, &planned, "update", own, out)
}

/// `--skip PATH`: remembered, and nothing else.
fn skip(
    args: &Args,
    world: &Disk,
    lock: &apply::Workspace,
    home: &Home,
    (target, origin): (&Target, Origin),
    out: &Out,
) -> Result<Exit, Exit> {
    let mut baselines = home.baselines.clone();
    let mut stale = Vec::new();
    for word in &args.skip {
        let path = path(word, out)?;
        // A student names the file where it is, and the course may have another place for it by now.
        let id = baselines.entry(&path).map(|base| &base.id);
        let moved = || target.files.iter().find(|(_, file)| Some(&file.id) == id).map(|(path, _)| path);
        let place = target.files.get_key_value(&path).map(|(path, _)| path).or_else(moved);
        let declined = place.and_then(|place| decline(target, &baselines, place));
        baselines = declined.ok_or_else(|| {
            out.fail(&format!("the course has no file `{word}`"), "`tito update --check` lists what is new")
        })?;
        stale.push(path);
    }
    let mut batch = Batch::new(world.now());
    batch.meta = origin;
    batch.meta.insert(Meta::Baselines, Some(baselines.write()));
    batch.summary = json!({"verb": "update --skip", "paths": stale});
    if let Err(error) = apply::apply(lock, batch) {
        return Err(out.fail(&error.to_string(), ""));
    }
    if out.json {
        out.value(&json!({"declined": stale}));
        return Ok(Exit::Done);
    }
    for path in stale {
        out.line(format!(
            "  {:<9} {}   not offered again until the course's version changes",
            "declined",
            clean(path.as_str())
        ));
    }
    Ok(Exit::Done)
}

/// A path of the workspace, as typed: `./a//b` is fine, what leaves the workspace is not.
pub(super) fn path(word: &str, out: &Out) -> Result<WorkspacePath, Exit> {
    let tidy: Vec<&str> = word.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    WorkspacePath::new(&tidy.join("/")).map_err(|error| {
        out.fail(&error.to_string(), "name a path as `tito status` shows it, from the root of the workspace")
    })
}
