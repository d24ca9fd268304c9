//! `tito plan` and `tito apply`: a plan as data.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::apply::{self, Command};
use crate::digest::Digest;
use crate::plan::{Plan, Request};
use crate::world::World;
use crate::world::disk::Disk;

use crate::cli::carry_out::Origin;
use crate::cli::exit::Exit;
use crate::cli::finish::finish;
use crate::cli::moment::At;
use crate::cli::out::Out;
use crate::cli::workspace::{Home, Planned};
use crate::cli::{current_course, find, workspace};

/// No plan is longer.
const PLAN_LIMIT: u64 = 256 << 20;

/// Prints what `tito update` would do, as JSON.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write it to this file, for `tito apply`
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    at: At,
}

/// Applies a plan that `tito plan -o` wrote, if nothing has changed since.
#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    /// The plan
    file: PathBuf,
}

/// What an update would do: only the course as it is now can say.
fn update(world: &Disk, at: &At, out: &Out) -> Result<Planned, Exit> {
    let mut home = workspace::here(world, out)?;
    home.at = current_course::moment(world, &home, at, out)?;
    let target = current_course::compiled(world, &home, out)?;
    workspace::look(world, &home, target, &Request::Update, out)
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let planned = match update(&world, &args.at, out) {
        Ok(planned) => planned,
        Err(exit) => return exit,
    };
    let Some(file) = &args.output else {
        out.value(&planned.plan);
        return Exit::Done;
    };
    if let Some(what) = stands_in_the_way(&world, file) {
        let message = format!("`{}` {what}, and is not overwritten", file.display());
        return out.fail(&message, "name a new file: `tito plan -o plan.json`");
    }
    let text = serde_json::to_string_pretty(&planned.plan).unwrap_or_default() + "\n";
    match apply::write_beside(&find::absolute(file), text.as_bytes()) {
        Ok(()) => {
            let shown = file.display();
            out.say(if args.at.is_given() {
                format!("plan written to {shown} · it shows another moment, and is not there to be applied")
            } else {
                format!("plan written to {shown} · apply it with `tito apply {shown}`")
            });
            Exit::Done
        }
        Err(error) => out.fail(&error.to_string(), ""),
    }
}

/// What is at `file` already, unless that is a former plan, which a new one may replace.
fn stands_in_the_way(world: &Disk, file: &Path) -> Option<&'static str> {
    match world.read(file, PLAN_LIMIT) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Ok(bytes) if serde_json::from_slice::<Plan>(&bytes).is_ok() => None,
        Ok(_) => Some("exists and is not a plan"),
        Err(_) => Some("exists and cannot be read as a plan"),
    }
}

pub(super) fn carry_out(args: &ApplyArgs, out: &Out) -> Exit {
    apply_file(args, out).unwrap_or_else(|exit| exit)
}

fn apply_file(args: &ApplyArgs, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let bytes = world.read(&args.file, PLAN_LIMIT).map_err(|error| {
        out.fail(&format!("`{}` cannot be read: {}", args.file.display(), crate::world::reason(&error)), "")
    })?;
    let no_plan = |why: String| {
        let message = format!("`{}` is not a plan: {why}", args.file.display());
        out.fail(&message, "write one: `tito plan -o FILE`")
    };
    if crate::json::is_too_large(&bytes) {
        return Err(no_plan(crate::json::JsonError::TooLarge.to_string()));
    }
    let wanted: Plan = serde_json::from_slice(&bytes).map_err(|error| no_plan(error.to_string()))?;
    let root = workspace::find(&world, out)?;
    let command = Command::new("apply").with([Digest::of(&bytes).to_string()]);
    let lock = workspace::begin(&world, &root, command, out)?;
    let home = workspace::read(&world, &root, out)?;
    let target = current_course::compiled(&world, &home, out)?;
    let planned = workspace::look(&world, &home, target, &wanted.request, out)?;
    // Another moment is not another plan: what it changes is in the units and steps.
    let now = Plan { contents: Default::default(), at: wanted.at, ..planned.plan.clone() };
    if now != wanted {
        if let Some(at) = wanted.at
            && only_dates(&world, home, &wanted, out)?
        {
            let date = planned.target.zone().shown(at);
            let message = match at < planned.observed.now {
                true => format!("the plan was made for {date}, and a date of the course has passed since"),
                false => format!("the plan was made for {date}, and a date of the course comes before that"),
            };
            out.fail(&message, "write a new plan: `tito plan -o FILE`");
            return Err(Exit::Blocked);
        }
        let moved =
            wanted.steps.iter().zip(&now.steps).find(|(a, b)| a != b).map(|(a, _)| a.path.to_string());
        let what = moved.map_or_else(|| "the course or the workspace".to_owned(), |path| format!("`{path}`"));
        out.fail(
            &format!("{what} has changed since the plan was written"),
            "write a new plan: `tito plan -o FILE`",
        );
        return Err(Exit::Blocked);
    }
    finish(&world, &lock, &home, &planned, "apply", Origin::new(), out)
}

/// Was `wanted` right for its moment, so that only the dates of the course make it another plan now?
fn only_dates(world: &Disk, mut home: Home, wanted: &Plan, out: &Out) -> Result<bool, Exit> {
    home.at = wanted.at;
    let target = current_course::compiled(world, &home, out)?;
    let then = workspace::look(world, &home, target, &wanted.request, out)?.plan;
    Ok(Plan { contents: Default::default(), at: wanted.at, ..then } == *wanted)
}
