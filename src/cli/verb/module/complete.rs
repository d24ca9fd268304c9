//! `tito module complete M`: export, test, record. Done is what passes its graded cells and its tests.

use serde_json::json;

use crate::id::{State, UnitId, UnitKind};
use crate::lock::Progress;
use crate::world::disk::Disk;

use super::export::{self, ExportRequest, export_units};
use super::opened::{missing, open, state};
use super::record;
use super::test::{self, Tested, run_tests};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::time;
use crate::cli::unit;
use crate::cli::workspace::Planned;
use crate::student::cells::Graded;
use crate::student::tests::Choice;

/// Exports your notebook, runs the unit's tests, and records the unit as completed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: 05, 5 or autograd
    #[arg(value_name = "UNIT", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    unit: String,
    /// Record it without running the tests
    #[arg(long)]
    skip_tests: bool,
    /// Export also where a stub takes the place of code that was exported before
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let unit = opened.unit(&args.unit, out)?.clone();
    let skip = if args.skip_tests { " --skip-tests" } else { "" };
    let command = format!("tito module complete {}{skip}", unit.id);
    let request = ExportRequest { verb: "module complete", command, lenient: false, yes: args.yes };
    let written = export_units(&world, &opened, std::slice::from_ref(&unit.id), &request, out)?;
    if !out.json {
        export::show(&written, out);
    }
    let mut tested = None;
    if args.skip_tests {
        out.say(format!("{} the tests were not run, as you asked", paint(Look::Notice, "!")));
    } else {
        let result = run_tests(&world, &opened, &unit, Choice::default(), out)?;
        if !out.json {
            test::show(&unit, &result, out);
        }
        if let Some(why) = unfinished(&result) {
            if out.json {
                out.value(&json!({"unit": unit.id, "completed": false, "tests": result}));
            }
            out.say(format!("`{}` is not recorded as completed: {why}", unit.id));
            return Err(Exit::Failed);
        }
        tested = Some(result);
    }
    let complete = |progress: &mut Progress, now: &str| {
        let at = progress.completed.entry(unit.id.clone()).or_default();
        // The first time counts: whoever runs it again has not finished later.
        if at.is_empty() {
            now.clone_into(at);
        }
        progress.started.insert(unit.id.clone());
    };
    record(&world, &opened.home, &opened.target, "module complete", complete, out)?;
    let (_, planned) = opened.look(&world, out)?;
    let at = planned.observed.progress.completed.get(&unit.id).cloned().unwrap_or_default();
    if out.json {
        out.value(&json!({"unit": unit.id, "completed": true, "at": at, "tests": tested}));
        return Ok(Exit::Done);
    }
    let number = clean(&unit.number);
    let day = clean(&time::day(&at));
    out.line(format!("{} {number} {} is complete   {day}", paint(Look::Good, "✓"), clean(&unit.title)));
    next(&planned, out);
    Ok(Exit::Done)
}

/// Why a unit with these results is not complete. Where nothing can be tested, at least no exercise is as the course gave it.
fn unfinished(tested: &Tested) -> Option<String> {
    let Graded { exercises, open, .. } = tested.cells;
    if !tested.is_nothing() {
        return (!tested.passed).then(|| "its tests do not pass".to_owned());
    }
    let why = format!("{open} of {exercises} exercises are unchanged");
    (open > 0).then(|| format!("{why}; `--skip-tests` records it anyway"))
}

/// A milestone that is open now, and the next unit.
fn next(planned: &Planned, out: &Out) {
    let units = &planned.target.units;
    let run = super::super::milestone::passed(&planned.observed.progress);
    for milestone in units.iter().filter(|unit| unit.kind == UnitKind::Milestone) {
        if missing(milestone, planned).is_empty() && !run.contains_key(milestone.id.as_str()) {
            let title = clean(&milestone.title);
            out.line(format!("  unlocked  {title}: tito milestone run {}", milestone.id));
        }
    }
    let state = |id: &UnitId| state(planned, id);
    out.line(match unit::next(&planned.target, state, |id| run.contains_key(id.as_str())) {
        Some((unit, _)) if state(&unit.id) == State::InProgress => {
            format!("continue with: tito module test {}", unit.id)
        }
        Some((_, command)) => format!("next: {command}"),
        None => "everything is complete".to_owned(),
    });
}
