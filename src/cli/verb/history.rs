//! `tito history`: what tito did here, run by run. Times are shown local; JSON has them UTC.

use serde_json::{Value, json};

use crate::apply::journal::{Recorded, Sides, Verb};
use crate::apply::{self, Disk as WorkDisk, Meta, Outcome, Record};
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{time, workspace};

/// Lists the runs of tito in this workspace, newest first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Show the files of this run
    #[arg(value_name = "RUN")]
    run: Option<u64>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    history(args, out).unwrap_or_else(|exit| exit)
}

fn history(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let root = workspace::find(&Disk::new(), out)?;
    let records = WorkDisk::open(&root).map_err(Into::into).and_then(|disk| apply::history(&disk));
    let records =
        records.map_err(|error| out.fail(&error.to_string(), "`tito doctor` checks the whole workspace"))?;
    match args.run {
        Some(run) => {
            let record = find(&records, run, out)?;
            one(record, &records, out);
        }
        None => all(&records, out),
    }
    Ok(Exit::Done)
}

/// The run of that number.
pub(super) fn find<'a>(records: &'a [Record], run: u64, out: &Out) -> Result<&'a Record, Exit> {
    records.iter().find(|record| record.run == run).ok_or_else(|| {
        out.fail(&format!("the history does not have run {run}"), "`tito history` lists all runs")
    })
}

fn all(records: &[Record], out: &Out) {
    if out.json {
        let runs: Vec<Value> = records.iter().map(|record| value(record, records)).collect();
        out.value(&json!({"runs": runs}));
        return;
    }
    if records.is_empty() {
        out.line("no runs yet");
        return;
    }
    for record in records.iter().rev() {
        out.line(line(record, records));
    }
    out.line("the files of a run: `tito history RUN` · undo the last run: `tito undo`");
}

fn one(record: &Record, records: &[Record], out: &Out) {
    if out.json {
        out.value(&value(record, records));
        return;
    }
    out.line(line(record, records));
    for change in &record.changes {
        out.line(format!("  {:<9} {}", what(change), clean(&change.at())));
    }
}

/// ` 3  2027-01-12 14:03  update        4 files, base 1.0.0 → 1.0.1`.
pub(super) fn line(record: &Record, records: &[Record]) -> String {
    let mut notes = Vec::new();
    let done = record.changes.iter().filter(|change| is_done(change)).count();
    notes.push(counted(done, "file"));
    let version = |side: &str| record.summary.get("base")?.get(side)?.as_str();
    if let (Some(from), Some(to)) = (version("from"), version("to"))
        && from != to
    {
        notes.push(format!("base {from} → {to}"));
    }
    if let Some(undone) = record.undoes.filter(|_| took_back(record)) {
        notes.push(format!("undid run {undone}"));
    }
    if record.interrupted {
        notes.push("was interrupted".to_owned());
    }
    if let Some(by) = taken_back_by(record, records) {
        notes.push(format!("undone by run {by}"));
    }
    let time = time::local(record.time);
    let text = format!(
        "{:>3}  {}  {:<13} {}",
        record.run,
        paint(Look::Quiet, &time),
        verb(record),
        notes.join(", ")
    );
    text.trim_end().to_owned()
}

/// The later run, if there is one, by which the effect of `record` is not there any more.
fn taken_back_by(record: &Record, records: &[Record]) -> Option<u64> {
    let by = records.iter().rev().find(|other| other.undoes == Some(record.run) && took_back(other))?;
    taken_back_by(by, records).is_none().then_some(by.run)
}

/// Is the path as the change wanted it, by this run? What was not there is not removed by it.
fn is_done(change: &Recorded) -> bool {
    let was_gone = change.kind == Verb::Remove && change.outcome == Some(Outcome::Already);
    change.holds() && !was_gone
}

/// Did the undo `record` take anything back? It did not, where it only met files that are gone or have changed since.
fn took_back(record: &Record) -> bool {
    let is_more = |(meta, sides): (&Meta, &Sides)| *meta != Meta::Baselines && sides.before != sides.after;
    record.changes.is_empty() || record.changes.iter().any(is_done) || record.meta.iter().any(is_more)
}

/// What the student called it.
pub(super) fn verb(record: &Record) -> String {
    let said = record.summary.get("verb").and_then(Value::as_str);
    clean(said.unwrap_or(if record.undoes.is_some() { "undo" } else { "run" }))
}

fn what(change: &Recorded) -> &'static str {
    match (is_done(change), change.incoming, change.kind) {
        (false, ..) => "skipped",
        (true, true, Verb::Put) => "offered",
        (true, false, Verb::Put) if change.before.is_none() => "added",
        (true, false, Verb::Put) => "changed",
        (true, _, Verb::Move) => "moved",
        (true, _, Verb::Remove) => "removed",
    }
}

fn value(record: &Record, records: &[Record]) -> Value {
    let file = |change: &Recorded| {
        json!({
            "path": change.at(),
            "what": what(change),
            "from": change.from,
            "before": change.before,
            "after": change.after,
            "outcome": change.outcome,
        })
    };
    json!({
        "run": record.run,
        "time": record.time,
        "verb": verb(record),
        "undoes": record.undoes,
        "undone_by": taken_back_by(record, records),
        "interrupted": record.interrupted,
        "summary": record.summary,
        "files": record.changes.iter().map(file).collect::<Vec<_>>(),
    })
}
