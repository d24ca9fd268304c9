//! `tito status`: units with their state, and what there is to know of files.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::compile::AdvisorySeverity;
use crate::delivery::kept_serials;
use crate::id::{State, UnitId, UnitKind};
use crate::lock::{Baselines, OpenPoint};
use crate::path::WorkspacePath;
use crate::plan::{Decision, Notice, OfferedCell, Request, Settled, Situation, Step, UnitLine};
use crate::world::World;
use crate::world::disk::Disk;

use super::milestone;
use crate::cli::answered::{Answered, answered, earlier};
use crate::cli::current_course;
use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{address, open, steps, unit};

/// Shows the student's progress, and what is edited, newer or offered.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
}

/// The last line, while the course cannot be read.
const AS_KEPT: &str = "shown as of your last update; tito cannot check for anything new";

/// While a run is under way, or was not finished.
const INTERRUPTED: &str = "a command was interrupted, or is still at work: what follows may be of two versions of the course · if none is at work, `tito update` finishes it";

#[derive(serde::Serialize)]
struct Status<'a> {
    course: &'a str,
    /// The student's id, where it is remembered (`tito submit --as`).
    #[serde(skip_serializing_if = "Option::is_none")]
    student: Option<&'a str>,
    /// The number of the release that the workspace has, where it comes from an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<u64>,
    /// The version of the base that the workspace has.
    base: String,
    /// The course cannot be read: what is new is not known.
    #[serde(rename = "as_given", skip_serializing_if = "std::ops::Not::not")]
    is_kept: bool,
    /// A command was interrupted, or is still at work: files may be of two versions of the course.
    #[serde(rename = "interrupted", skip_serializing_if = "std::ops::Not::not")]
    is_interrupted: bool,
    /// Units that had another id: old → new.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    renames: &'a BTreeMap<UnitId, UnitId>,
    units: &'a [UnitLine],
    files: Vec<Line<'a>>,
    advisories: &'a [crate::plan::Announcement],
    /// Modules that the course renamed, and that are to be exported again.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    exports: &'a [crate::plan::exports::Reexport],
    /// What else the student should know.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notices: &'a [Notice],
}

#[derive(serde::Serialize)]
struct Line<'a> {
    path: &'a WorkspacePath,
    what: &'static str,
    situation: Situation,
    /// What the student must act on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<&'a OpenPoint>,
    /// Cells that are on offer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<&'a OfferedCell>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let status = |world: &dyn World, out: &Out| {
        let (home, planned, is_kept) = current_course::preview(world, &Request::Update, &args.at, out)?;
        let lasts = show(world, &home, &planned, is_kept, out);
        let until = earlier(planned.target.next_change(planned.observed.now), lasts);
        Ok(Answered { exit: Exit::Done, until })
    };
    let root = match workspace::find(&world, out) {
        Ok(root) => root,
        Err(exit) => return exit,
    };
    answered(&world, &root, ("status", &serde_json::json!(args.at)), out, status).unwrap_or_else(|exit| exit)
}

/// Shows it; returns from when on dates would be said in other words.
fn show(world: &dyn World, home: &Home, planned: &Planned, is_kept: bool, out: &Out) -> Option<Timestamp> {
    let plan = &planned.plan;
    let is_interrupted = workspace::is_under_way(world, &home.root);
    let files: Vec<Line<'_>> = plan.steps.iter().filter_map(|step| line(step, &home.baselines)).collect();
    if out.json {
        out.value(&Status {
            course: &plan.course,
            student: home.config.other.get("student").and_then(|student| student.as_str()),
            serial: serials(world, home).map(|(_, given)| given),
            base: plan.base.from.as_ref().unwrap_or(&plan.base.to).to_string(),
            is_kept,
            is_interrupted,
            renames: &planned.target.renames.units,
            units: &plan.units,
            files,
            advisories: &plan.advisories,
            exports: &plan.exports,
            notices: &plan.notices,
        });
        return None;
    }
    out.line(format!(
        "{}   base {}",
        paint(Look::Strong, &clean(&plan.course)),
        plan.base.from.as_ref().unwrap_or(&plan.base.to)
    ));
    for advisory in plan.advisories.iter().filter(|advisory| advisory.severity == AdvisorySeverity::Critical)
    {
        out.line(format!(
            "{} critical {}  {}",
            paint(Look::Bad, "!"),
            clean(&advisory.id),
            clean(&advisory.title)
        ));
        if let Some(ask) = &advisory.ask {
            out.line(format!("    you     {}", clean(ask)));
        }
    }
    if is_interrupted {
        out.line(format!("{} {INTERRUPTED}", paint(Look::Bad, "!")));
    }
    let clock = Clock::new(planned.observed.now, planned.target.timezone.as_deref());
    for unit in plan.units.iter().filter(|unit| unit.kind != UnitKind::Milestone) {
        let mark = match unit.state {
            State::Completed | State::Submitted => paint(Look::Good, "✓"),
            State::InProgress => paint(Look::Notice, "~"),
            State::NotStarted => " ".to_owned(),
        };
        let state = paint(Look::Quiet, if unit.announced { "" } else { unit.state.as_str() });
        let dates = clock.said(unit).map(|(text, look)| paint(look, &text)).unwrap_or_default();
        let between = if unit.announced || dates.is_empty() { "" } else { " · " };
        out.line(format!(
            "{mark} {:>2} {:<28} {state}{between}{dates}",
            clean(&unit.number),
            clean(&unit.title),
        ));
    }
    for line in &files {
        out.line(format!("  {:<9} {}", line.what, clean(line.path.as_str())));
    }
    if files.iter().any(|line| line.what == "older") {
        out.line("older: the file has text that the course has since replaced, from an editor that had it open or from a copy");
    }
    say_offered(&files, out);
    open::say_standing(plan, &planned.target, &home.baselines, out);
    steps::notices(plan, out);
    out.line(if is_kept {
        AS_KEPT.to_owned()
    } else {
        next(planned, serials(world, home).map(|(newest, _)| newest))
    });
    clock.lasts()
}

/// What to do with what is offered: a file of the student's own has no version in common with the course's, and cannot be merged with it.
fn say_offered(files: &[Line<'_>], out: &Out) {
    let offered = files.iter().filter(|line| line.what == "offered");
    let (own, others): (Vec<&Line<'_>>, Vec<_>) =
        offered.partition(|line| line.situation == Situation::AddedDiffer);
    if !others.is_empty() {
        out.line(
            "see what is offered: tito diff --incoming PATH · merge it into yours: tito take --merge PATH",
        );
    }
    let (what, path) = match own.as_slice() {
        [] => return,
        [line] => ("a file of yours is at the course's place", shell(line.path.as_str())),
        _ => ("files of yours are at the course's places", "PATH".to_owned()),
    };
    out.line(format!(
        "{what} · see the course's: tito diff --incoming {path} · take it, yours is backed up: tito take {path}"
    ));
}

fn line<'a>(step: &'a Step, baselines: &Baselines) -> Option<Line<'a>> {
    let (open, offers) = open::standing(step, baselines);
    Some(Line { path: &step.path, what: what(step)?, situation: step.situation, open, offers })
}

/// One word for a file, or nothing where there is nothing to say: what the course did with it since, what it proposes, what the student did.
fn what(step: &Step) -> Option<&'static str> {
    match step.decision {
        _ if step.settled == Some(Settled::Offered) => Some("offered"),
        Decision::Retire => Some("retired"),
        _ if matches!(step.situation, Situation::Deleted | Situation::DeletedChanged) => Some("deleted"),
        Decision::Create => Some("new"),
        Decision::Remove => Some("dropped"),
        _ if step.from.is_some() && !step.situation.course_changed() => Some("moved"),
        _ if step.outdated && step.settled.is_none() => Some("older"),
        Decision::Leave { remember: true } => Some("newer"),
        _ if step.changes_disk() => Some("newer"),
        _ if step.situation == Situation::StudentChanged => Some("edited"),
        // The student declined what is newer, and keeps the text that they wrote.
        _ if matches!(step.situation, Situation::BothDiffer | Situation::AddedDiffer) => Some("edited"),
        _ => None,
    }
}

/// The numbers of the newest release that this workspace knows, and of the one that it was last given whole, where it comes from an address.
fn serials(world: &dyn World, home: &Home) -> Option<(u64, u64)> {
    address::remembered(&home.root, &home.config)?;
    kept_serials(world, &home.root)
}

fn next(planned: &Planned, serial: Option<u64>) -> String {
    // The address is not asked.
    let released =
        serial.map(|serial| format!("release {serial} (is there a newer one? tito update --check)"));
    let released = released.as_deref();
    let plan = &planned.plan;
    // What the student moved or deleted is only to be remembered.
    let is_of_course =
        |step: &Step| matches!(what(step), Some("dropped" | "moved" | "new" | "newer" | "older" | "retired"));
    if plan.lock.from != Some(plan.lock.to) || (!plan.is_empty() && plan.steps.iter().any(is_of_course)) {
        return "an update is available · see it with `tito update --check`, get it with `tito update`"
            .to_owned();
    }
    if let Some(step) = plan.steps.iter().find(|step| steps::is_deleted_work(step)) {
        return format!(
            "{} is deleted · restore it: tito restore {}",
            clean(step.path.as_str()),
            clean(step.path.as_str())
        );
    }
    if let Some(wrong) = open::wrong(plan) {
        let where_from = released.map_or("from the course".to_owned(), |release| format!("in {release}"));
        return format!("{wrong} · nothing newer {where_from}");
    }
    let state = |id: &UnitId| {
        let line = plan.units.iter().find(|unit| unit.id == *id);
        line.map_or(State::NotStarted, |unit| unit.state)
    };
    let run = milestone::passed(&planned.observed.progress);
    let here = released.map_or("up to date".to_owned(), |release| format!("up to date with {release}"));
    match unit::next(&planned.target, state, |id| run.contains_key(id.as_str())) {
        Some((unit, _)) if state(&unit.id) == State::InProgress => {
            format!("{here} · when you are done: tito module complete {}", unit.id)
        }
        Some((_, command)) => format!("{here} · next: {command}"),
        None if plan.units.iter().any(|unit| unit.announced) => {
            format!("{here} · everything that is open is complete")
        }
        None => format!("{here} · everything is complete"),
    }
}
