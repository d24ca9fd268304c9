//! One run, from a batch to its record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::disk::Disk;
use super::journal::{self, Record, Recorded, Sides};
use super::layout::{self, Meta};
use super::schedule::{Op, schedule};
use super::stage::Fresh;
use super::{Applied, ApplyError, Batch, META_LIMIT, Outcome, baselines, commit, perform, recover, stage};
use crate::digest::Digest;
use crate::plan::Change;

/// Carries out `batch`.
pub(super) fn run(disk: &Disk, batch: Batch) -> Result<Applied, ApplyError> {
    // One that failed earlier in this very process may have left something.
    recover::settle(disk, batch.now)?;
    let own = Own::of(disk, &batch)?;
    if batch.changes.is_empty() && own.sides.is_empty() {
        return Ok(Applied::default());
    }
    let record = record(disk, &batch, &own)?;
    if let Err(error) = prepare(disk, &batch, &own, &record) {
        // Nothing of the student's was touched; what cannot be wiped now is wiped by the next command.
        let _ = recover::settle(disk, batch.now);
        return Err(error);
    }
    let now = batch.now;
    drop(batch);
    change(disk, record, &own).map_err(|error| stopped(disk, error, now))
}

/// tito's own files: those that will really change.
#[derive(Default)]
struct Own {
    sides: BTreeMap<Meta, Sides>,
    bytes: Vec<Arc<[u8]>>,
    baselines_before: Map<String, Value>,
    baselines_after: Option<Map<String, Value>>,
}

impl Own {
    fn of(disk: &Disk, batch: &Batch) -> Result<Self, ApplyError> {
        let mut own = Self::default();
        for (meta, after) in &batch.meta {
            let before = disk.read(meta.path(), META_LIMIT)?;
            if before == *after && *meta != Meta::Baselines {
                continue;
            }
            if *meta == Meta::Baselines {
                own.baselines_before = before.as_deref().and_then(baselines::document).unwrap_or_default();
                own.baselines_after = after.as_deref().and_then(baselines::document);
            }
            if before != *after || !batch.changes.is_empty() {
                let digest = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(Digest::of);
                own.sides.insert(*meta, Sides { before: digest(&before), after: digest(after) });
                own.bytes.extend([before, after.clone()].into_iter().flatten().map(Arc::from));
            }
        }
        Ok(own)
    }
}

fn record(disk: &Disk, batch: &Batch, own: &Own) -> Result<Record, ApplyError> {
    let run = journal::runs(disk)?.last().map_or(1, |last| last + 1);
    let changes: Vec<Recorded> = batch.changes.iter().map(Recorded::of).collect();
    let after = own.baselines_after.clone().unwrap_or_default();
    Ok(Record {
        undoes: batch.undoes,
        summary: batch.summary.clone(),
        entries: baselines::entries(&after, &changes),
        // Enough for a workspace whose first run is cut short; what only a whole run may claim is left out.
        head: after.into_iter().filter(|(key, _)| key == "workspace_version" || key == "created").collect(),
        pristine: changes
            .iter()
            .filter_map(|change| change.before)
            .filter(|digest| batch.pristine.contains(digest))
            .collect(),
        changes,
        meta: own.sides.clone(),
        ..Record::new(run, batch.now)
    })
}

/// Everything that can fail for want of space or permission, and then the intent.
fn prepare(disk: &Disk, batch: &Batch, own: &Own, record: &Record) -> Result<(), ApplyError> {
    let fresh: Vec<Fresh> = batch
        .changes
        .iter()
        .enumerate()
        .filter_map(|(number, change)| match change {
            Change::Put { at, content, executable, .. } => Some(Fresh {
                number,
                bytes: content.clone(),
                executable: *executable,
                path: layout::path_of(at),
            }),
            _ => None,
        })
        .collect();
    let stored: Vec<Arc<[u8]>> = batch.objects.iter().chain(&own.bytes).cloned().collect();
    stage::prepare(disk, &fresh, &stored)?;
    commit::write_next(disk, record, true)?;
    if !disk.rename_new(layout::PREPARING, layout::RUN)? {
        let why = format!("`{}` is in the way", layout::RUN);
        return Err(ApplyError::Journal { path: layout::NEXT.to_owned(), why });
    }
    Ok(disk.sync_folders(&BTreeSet::from([layout::STAGE.to_owned()]))?)
}

fn change(disk: &Disk, mut record: Record, own: &Own) -> Result<Applied, ApplyError> {
    let ops = schedule(&record.changes);
    let mut touched = BTreeSet::new();
    for op in &ops {
        perform::perform(disk, op, &mut record.changes, &mut touched)?;
    }
    keep_old_entries(disk, &mut record, own, &ops)?;
    let kept = commit::commit(disk, &mut record, touched)?;
    let outcomes: Vec<Outcome> =
        record.changes.iter().map(|change| change.outcome.clone().unwrap_or(Outcome::Already)).collect();
    let skipped = record.changes.iter().zip(&outcomes).filter_map(|(change, outcome)| match outcome {
        Outcome::Skipped(reason) => Some((change.at(), reason.clone())),
        _ => None,
    });
    Ok(Applied { run: Some(record.run), skipped: skipped.collect(), outcomes, kept })
}

/// Where something was skipped, the baselines must not claim it.
fn keep_old_entries(disk: &Disk, record: &mut Record, own: &Own, ops: &[Op]) -> Result<(), ApplyError> {
    let (Some(after), Some(sides)) = (&own.baselines_after, record.meta.get_mut(&Meta::Baselines)) else {
        return Ok(());
    };
    if record.changes.iter().all(Recorded::holds) {
        return Ok(());
    }
    let document = baselines::without_skipped(&own.baselines_before, after.clone(), &record.changes, ops);
    let bytes: Arc<[u8]> = baselines::to_bytes(&document).into();
    sides.after = Some(Digest::of(&bytes));
    Ok(stage::prepare(disk, &[], &[bytes])?)
}

/// Settles at once what it can, so that what was displaced is named. Not after a failed sync: what the system says of these files from
/// then on is not to be believed, and the next command looks with fresh eyes.
fn stopped(disk: &Disk, error: ApplyError, now: jiff::Timestamp) -> ApplyError {
    match error {
        ApplyError::Disk(cause) => {
            let settled = if cause.is_sync() { None } else { recover::settle(disk, now).ok().flatten() };
            ApplyError::Stopped { cause, settled: settled.map(Box::new) }
        }
        other => other,
    }
}
