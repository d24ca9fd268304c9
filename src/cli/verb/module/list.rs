//! `tito module list`: the units of the course, with how far the student is.

use serde::Serialize;

use crate::compile::Unit;
use crate::id::{Mode, State, UnitId, UnitKind};
use crate::path::WorkspacePath;
use crate::schedule::Dates;
use crate::world::disk::Disk;

use super::opened::{missing, open, state};
use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::time;
use crate::cli::workspace::Planned;

/// Lists the units of the course, with how far you are.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a UnitId,
    kind: UnitKind,
    number: &'a str,
    title: &'a str,
    mode: Mode,
    optional: bool,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed: Option<&'a str>,
    requires: &'a [UnitId],
    /// When it opens, is due and closes.
    #[serde(skip_serializing_if = "Dates::is_empty")]
    dates: Dates,
    /// It is not open yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    announced: bool,
    /// It is closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    closed: bool,
    /// Of these, what is neither completed nor provided.
    missing: Vec<&'a UnitId>,
    dir: Option<&'a WorkspacePath>,
}

impl<'a> Line<'a> {
    fn of(unit: &'a Unit, planned: &'a Planned) -> Self {
        let completed = planned.observed.progress.completed.get(&unit.id);
        let planned_line = planned.plan.units.iter().find(|line| line.id == unit.id);
        Self {
            dates: unit.dates,
            announced: planned_line.is_some_and(|line| line.announced),
            closed: planned_line.is_some_and(|line| line.closed),
            id: &unit.id,
            kind: unit.kind,
            number: &unit.number,
            title: &unit.title,
            mode: unit.mode,
            optional: unit.optional,
            state: state(planned, &unit.id),
            completed: completed.map(String::as_str).filter(|at| !at.is_empty()),
            requires: &unit.requires,
            missing: missing(unit, planned).into_iter().map(|unit| &unit.id).collect(),
            dir: unit.dir.as_ref(),
        }
    }
}

pub(super) fn run(_: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let (_, planned) = open(&world, out)?.look(&world, out)?;
    let units = planned.target.units.iter().filter(|unit| unit.kind != UnitKind::Milestone);
    let lines: Vec<Line<'_>> = units.map(|unit| Line::of(unit, &planned)).collect();
    if out.json {
        out.value(&serde_json::json!({"course": planned.target.course, "units": lines}));
        return Ok(Exit::Done);
    }
    out.line(paint(Look::Strong, &clean(&planned.target.course)));
    let clock = Clock::new(planned.observed.now, planned.target.timezone.as_deref());
    for line in &lines {
        out.line(shown(line, &clock));
    }
    let taught: Vec<&Line<'_>> = lines.iter().filter(|line| line.mode == Mode::Do).collect();
    let done = taught.iter().filter(|line| line.state.is_done()).count();
    let next = taught
        .iter()
        .find(|line| line.state == State::InProgress)
        .map(|line| format!("continue: tito module test {}", line.id))
        .or_else(|| {
            let next = taught.iter().find(|line| line.state == State::NotStarted && !line.announced)?;
            Some(format!("next: tito module start {}", next.id))
        });
    let everything =
        if lines.iter().any(|line| line.announced) { "everything that is open" } else { "everything" };
    let next = next.unwrap_or_else(|| format!("{everything} is complete"));
    out.line(format!("{done} of {} completed · {next}", taught.len()));
    Ok(Exit::Done)
}

fn shown(line: &Line<'_>, clock: &Clock) -> String {
    let mark = match (line.mode, line.state) {
        (Mode::Provided, _) => paint(Look::Quiet, "·"),
        (_, State::Completed | State::Submitted) => paint(Look::Good, "✓"),
        (_, State::InProgress) => paint(Look::Notice, "~"),
        (_, State::NotStarted) => " ".to_owned(),
    };
    let mut word = match (line.mode, line.state) {
        (Mode::Provided, _) => "provided: its solved code is in the package".to_owned(),
        (_, State::Submitted) => "handed in".to_owned(),
        (_, State::Completed) => {
            let day = line.completed.map(time::day).unwrap_or_default();
            format!("completed {day}").trim_end().to_owned()
        }
        (_, State::InProgress) => "in progress".to_owned(),
        (_, State::NotStarted) if line.announced => String::new(),
        (_, State::NotStarted) if line.missing.is_empty() => String::new(),
        (_, State::NotStarted) => {
            let missing: Vec<&str> = line.missing.iter().map(|id| id.as_str()).collect();
            format!("after {}", missing.join(", "))
        }
    };
    if line.optional {
        word = if word.is_empty() { "optional".to_owned() } else { format!("{word}; optional") };
    }
    let dates = clock.said_of(&line.dates, line.state, line.announced, line.closed);
    if let Some((dates, _)) = dates.filter(|_| line.mode == Mode::Do) {
        word = if word.is_empty() { dates } else { format!("{word} · {dates}") };
    }
    let text = format!(
        "{mark} {:>2} {:<16} {:<34} {}",
        clean(line.number),
        clean(line.id.as_str()),
        clean(line.title),
        if word.is_empty() { word } else { paint(Look::Quiet, &word) }
    );
    text.trim_end().to_owned()
}
