//! `tito milestone list | run M`: history, re-run on what the student built.

use serde_json::{Map, Value, json};

use crate::compile::Unit;
use crate::id::{Role, UnitId, UnitKind};
use crate::lock::Progress;
use crate::path::WorkspacePath;
use crate::student::packages;
use crate::world::disk::Disk;

use super::module::opened::{Opened, is_there, missing, open};
use super::module::record;
use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::cli::time;
use crate::cli::workspace::Planned;
use crate::cli::{python, unit};

/// The key of `progress.json` under which passing runs are remembered: id → time.
const KEY: &str = "milestones";

/// Lists milestones, or runs one on what you built.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the milestones of the course: which are unlocked, which you have run
    List,
    /// Run a milestone on what you built
    Run(RunArgs),
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// The milestone, for example perceptron
    #[arg(value_name = "MILESTONE", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::milestones))]
    milestone: String,
    /// Arguments for the script
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    rest: Vec<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match &args.verb {
        Verb::List => list(out),
        Verb::Run(args) => carry_out(args, out),
    };
    done.unwrap_or_else(|exit| exit)
}

/// The milestones that were run to a good end, with the time as recorded.
pub(super) fn passed(progress: &Progress) -> Map<String, Value> {
    progress.other.get(KEY).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn list(out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let (_, planned) = open(&world, out)?.look(&world, out)?;
    let run = passed(&planned.observed.progress);
    let all: Vec<&Unit> =
        planned.target.units.iter().filter(|unit| unit.kind == UnitKind::Milestone).collect();
    if out.json {
        let line = |unit: &&Unit| {
            let missing: Vec<&UnitId> = missing(unit, &planned).iter().map(|unit| &unit.id).collect();
            json!({"id": unit.id, "number": unit.number, "title": unit.title, "dir": unit.dir, "unlocked": missing.is_empty(), "missing": missing, "passed": run.get(unit.id.as_str())})
        };
        out.value(&json!({"milestones": all.iter().map(line).collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    let width = all.iter().map(|unit| unit.title.chars().count()).max().unwrap_or(0);
    for unit in &all {
        out.line(shown(unit, width, &planned, &run));
    }
    let next = all
        .iter()
        .find(|unit| {
            !planned.target.is_announced(&unit.id)
                && missing(unit, &planned).is_empty()
                && !run.contains_key(unit.id.as_str())
        })
        .map_or_else(String::new, |unit| format!(" · next: tito milestone run {}", unit.id));
    let done = all.iter().filter(|unit| run.contains_key(unit.id.as_str())).count();
    out.line(format!("{done} of {} passed{next}", all.len()));
    Ok(Exit::Done)
}

fn shown(unit: &Unit, width: usize, planned: &Planned, run: &Map<String, Value>) -> String {
    let needed: Vec<&str> = missing(unit, planned).iter().map(|unit| unit.id.as_str()).collect();
    let (mark, word) = match run.get(unit.id.as_str()).and_then(Value::as_str) {
        Some(at) => (paint(Look::Good, "✓"), format!("passed {}", time::day(at))),
        None if let Some(opens) =
            planned.target.announced().find(|it| it.id == unit.id).and_then(|it| it.dates.opens) =>
        {
            let clock = Clock::new(planned.observed.now, planned.target.timezone.as_deref());
            (" ".to_owned(), format!("opens {}", clock.moment(opens)))
        }
        None if needed.is_empty() => (paint(Look::Notice, "~"), "unlocked".to_owned()),
        None => (" ".to_owned(), format!("after {}", needed.join(", "))),
    };
    format!(
        "{mark} {:<16} {:<width$} {}",
        clean(unit.id.as_str()),
        clean(&unit.title),
        paint(Look::Quiet, &clean(&word))
    )
}

fn carry_out(args: &RunArgs, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let unit = unit::find(&args.milestone, &opened.target, out)?.clone();
    if unit.kind != UnitKind::Milestone {
        let help =
            format!("`tito milestone list` shows them; its tests run with `tito module test {}`", unit.id);
        return Err(out.fail(&format!("`{}` is not a milestone", unit.id), &help));
    }
    opened.is_here(&unit, out)?;
    let Some(script) = script(&opened, &unit) else {
        return Err(out.fail(&format!("the milestone `{}` has no script", unit.id), ""));
    };
    let (home, planned) = opened.look(&world, out)?;
    if !is_there(&world, &home, &script) {
        let help = format!("restore it: `tito restore {}`", shell(script.as_str()));
        return Err(out.fail(&format!("`{script}` is missing"), &help));
    }
    let needed: Vec<&str> = missing(&unit, &planned).iter().map(|unit| unit.id.as_str()).collect();
    if !needed.is_empty() {
        out.say(format!(
            "{} it is locked: it needs {}, which you have not completed; it may still run",
            paint(Look::Notice, "!"),
            needed.join(", ")
        ));
    }
    let python = python::required(&home.root, out)?;
    let mut words = vec![script.to_string()];
    words.extend(args.rest.iter().cloned());
    let status = python::stream(&python, &home.root, &words, out)?;
    if out.json {
        out.value(&json!({"milestone": unit.id, "passed": status.success(), "code": status.code()}));
    }
    if !status.success() {
        let lacking =
            packages::lacking(&home.root).map(|lacking| format!(" ({lacking})")).unwrap_or_default();
        let help =
            format!("read its output above{lacking}; then run it again: `tito milestone run {}`", unit.id);
        return Err(out.fail(&format!("{} failed", unit.title), &help));
    }
    let note = |progress: &mut Progress, now: &str| {
        let mut run = passed(progress);
        run.entry(unit.id.as_str()).or_insert_with(|| now.into());
        progress.other.insert(KEY.to_owned(), run.into());
    };
    record(&world, &home, &planned.target, "milestone run", note, out)?;
    if !out.json {
        out.line(format!("{} {}: passed", paint(Look::Good, "✓"), clean(&unit.title)));
    }
    Ok(Exit::Done)
}

/// The script of a milestone: the one that bears its id, else the first.
fn script(opened: &Opened, unit: &Unit) -> Option<WorkspacePath> {
    let named = format!("{}.py", unit.id.as_str().replace('-', "_"));
    let mut scripts: Vec<WorkspacePath> = opened
        .target
        .files
        .iter()
        .filter(|(path, file)| {
            file.unit.as_ref() == Some(&unit.id) && file.role == Role::Milestone && path.extension() == "py"
        })
        .map(|(path, file)| opened.on_disk(&file.id, path))
        .collect();
    scripts.sort_by_key(|path| path.name() != named);
    scripts.into_iter().next()
}
