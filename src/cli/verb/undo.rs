//! `tito undo`: the last run's effect is taken back, byte for byte, except where something changed since.

use serde_json::{Value, json};

use crate::apply::undo::{Undo, is_undone, undo};
use crate::apply::{self, Applied, Command, Meta, Outcome, Reason, Record};
use crate::plan::{Change, Place};
use crate::world::World;
use crate::world::disk::Disk;

use super::history;
use crate::cli::exit::Exit;
use crate::cli::finish::RELOAD;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::time;
use crate::cli::workspace;

/// Undoes the last run; files that have changed since are listed and kept. An undo can be undone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Undo this run instead of the last one (`tito history` lists them)
    #[arg(value_name = "RUN")]
    run: Option<u64>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    take_back(args, out).unwrap_or_else(|exit| exit)
}

fn take_back(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    let command = Command::new("undo").with(args.run.map(|run| run.to_string()));
    let lock = workspace::begin(&world, &root, command, out)?;
    let failed = |error: apply::ApplyError| out.fail(&error.to_string(), "nothing of yours was changed");
    let records = apply::history(lock.disk()).map_err(failed)?;
    let record = match args.run {
        Some(run) => history::find(&records, run, out)?,
        None => last(&records).ok_or_else(|| nothing(out))?,
    };
    if made_the_workspace(record) {
        return Err(nothing(out));
    }
    let Undo { mut batch, left } = undo(lock.disk(), record, world.now()).map_err(failed)?;
    let was_undone = records.iter().any(|other| other.undoes == Some(record.run));
    if was_undone && left.is_empty() && is_undone(lock.disk(), &batch).map_err(failed)? {
        let message = format!("run {} is undone already", record.run);
        return Err(out.fail(&message, "nothing was changed; `tito history` lists the runs"));
    }
    batch.summary = json!({"verb": "undo", "undoes": record.run});
    let changes = batch.changes.clone();
    let is_more = batch.meta.keys().any(|meta| *meta != Meta::Baselines);
    let applied = apply::apply(&lock, batch).map_err(|error| {
        out.fail(
            &error.to_string(),
            "fix that, and run the same command again: it continues where it stopped",
        )
    })?;
    let ends: Vec<(&Change, &Outcome)> = changes.iter().zip(&applied.outcomes).collect();
    let is_undone = match ends.is_empty() {
        true => applied.run.is_some(),
        false => is_more || ends.iter().any(is_done),
    };
    if out.json {
        out.value(&value(record, &ends, &applied, &left));
    } else {
        say(record, &ends, &applied, &left, is_undone, out);
    }
    Ok(if is_undone { Exit::Done } else { Exit::Failed })
}

/// The run to undo if none is named: the last one, or the run that it was undoing when it was interrupted.
fn last(records: &[Record]) -> Option<&Record> {
    let last = records.last()?;
    let half = last.undoes.filter(|_| last.interrupted);
    half.and_then(|run| records.iter().find(|record| record.run == run)).or(Some(last))
}

fn nothing(out: &Out) -> Exit {
    out.fail(
        "there is no run to undo except the one that created this workspace",
        "if you no longer need the workspace, delete its folder",
    )
}

/// Before it there was no workspace.
fn made_the_workspace(record: &Record) -> bool {
    record.undoes.is_none() && record.meta.get(&Meta::Baselines).is_some_and(|sides| sides.before.is_none())
}

/// Is the path as it was before the run, by this undo? What was not there is not removed by it.
fn is_done((change, outcome): &(&Change, &Outcome)) -> bool {
    outcome.holds() && !is_gone(change, outcome)
}

/// Is it to be removed, and was not there?
fn is_gone(change: &Change, outcome: &Outcome) -> bool {
    matches!((change, outcome), (Change::Remove { .. }, Outcome::Already))
}

fn say(
    record: &Record,
    ends: &[(&Change, &Outcome)],
    applied: &Applied,
    left: &[(String, Reason)],
    is_undone: bool,
    out: &Out,
) {
    out.line(format!(
        "{} run {} of {}: {}",
        paint(Look::Strong, if is_undone { "undid" } else { "nothing to undo of" }),
        record.run,
        time::local(record.time),
        history::verb(record)
    ));
    for (change, outcome) in ends {
        match outcome {
            Outcome::Skipped(reason) => say_left(&at(change), reason, out),
            _ if is_gone(change, outcome) => say_left(&at(change), &Reason::Gone, out),
            Outcome::Done | Outcome::Already => {
                out.line(format!("  {:<9} {}", word(change), clean(&at(change))));
            }
        }
    }
    for (path, reason) in left {
        say_left(path, reason, out);
    }
    for kept in &applied.kept {
        out.line(format!("  {:<9} {}   as {}", "backed up", clean(&kept.was), clean(&kept.now)));
    }
    let is_replaced = |(change, outcome): &(&Change, &Outcome)| match change {
        Change::Put { at: Place::Workspace(path), expect, .. } => {
            outcome.holds() && expect.is_some() && path.extension() == "ipynb"
        }
        _ => false,
    };
    if ends.iter().any(is_replaced) {
        out.line(RELOAD);
    }
    if !is_undone {
        out.line("nothing was changed");
        return;
    }
    let what = match ends.iter().filter(|end| is_done(end)).count() {
        0 => "no file was changed by it".to_owned(),
        1 => "1 file is as before".to_owned(),
        many => format!("{many} files are as before"),
    };
    out.line(format!("{what} · undo this with `tito undo`"));
}

fn say_left(path: &str, reason: &Reason, out: &Out) {
    let why = match reason {
        Reason::Changed => "it has changed since".to_owned(),
        Reason::Gone => "it is not there".to_owned(),
        other => other.to_string(),
    };
    out.line(format!("{} {:<9} {}   {}", paint(Look::Notice, "!"), "left", clean(path), clean(&why)));
}

fn word(change: &Change) -> &'static str {
    match change {
        Change::Put { .. } => "restored",
        Change::Move { .. } => "moved",
        Change::Remove { .. } => "removed",
    }
}

fn at(change: &Change) -> String {
    match change {
        Change::Move { from, to, .. } => format!("{to}, from {from}"),
        Change::Put { at, .. } | Change::Remove { at, .. } => match at {
            Place::Workspace(path) => path.to_string(),
            Place::Incoming(path) => apply::layout::incoming(path),
        },
    }
}

fn value(
    record: &Record,
    ends: &[(&Change, &Outcome)],
    applied: &Applied,
    left: &[(String, Reason)],
) -> Value {
    let file = |end: &(&Change, &Outcome)| {
        let (change, outcome) = end;
        let what = if is_gone(change, outcome) { "left" } else { word(change) };
        json!({"path": at(change), "what": what, "outcome": outcome})
    };
    let kept: Vec<Value> =
        applied.kept.iter().map(|kept| json!({"was": kept.was, "now": kept.now})).collect();
    json!({
        "undone": record.run,
        "run": applied.run,
        "files": ends.iter().map(file).collect::<Vec<_>>(),
        "left": left.iter().map(|(path, why)| json!({"path": path, "why": why.to_string()})).collect::<Vec<_>>(),
        "set_aside": kept,
    })
}
