//! One run, from a batch to its record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::baselines::Document;
use super::disk::Disk;
use super::finish::finish;
use super::journal::{self, Command, Record, Recorded, Sides};
use super::layout::{self, Meta};
use super::schedule::schedule;
use super::stage::Fresh;
use super::touched::Touched;
use super::{Applied, ApplyError, Batch, META_LIMIT, commit, recover, stage};
use crate::digest::Digest;
use crate::plan::{Change, Place};

/// Carries out `batch`.
pub(super) fn run(disk: &Disk, command: &Command, batch: Batch) -> Result<Applied, ApplyError> {
    // One that failed earlier in this very process may have left something.
    recover::settle(disk, None, batch.now)?;
    let own = Own::of(disk, &batch)?;
    if batch.changes.is_empty() && own.sides.is_empty() {
        return Ok(Applied::default());
    }
    let mut record = record(disk, command, &batch, &own)?;
    if let Err(error) = prepare(disk, &batch, &own, &record) {
        // Nothing of the student's was touched; what cannot be wiped now is wiped by the next command.
        let _ = recover::settle(disk, None, batch.now);
        return Err(error);
    }
    drop(batch);
    let ops = schedule(&record.changes);
    finish(disk, &mut record, &ops, Touched::default()).map_err(|error| match error {
        ApplyError::Disk(cause) => ApplyError::Stopped { cause },
        other => other,
    })
}

/// tito's own files: those that will really change.
#[derive(Default)]
struct Own {
    sides: BTreeMap<Meta, Sides>,
    bytes: Vec<Arc<[u8]>>,
    baselines_after: Document,
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
                own.baselines_after = after.as_deref().and_then(Document::read).unwrap_or_default();
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

fn record(disk: &Disk, command: &Command, batch: &Batch, own: &Own) -> Result<Record, ApplyError> {
    let run = journal::runs(disk)?.last().map_or(1, |last| last + 1);
    let changes: Vec<Recorded> = batch.changes.iter().map(Recorded::of).collect();
    let mut entries = own.baselines_after.entries(&changes);
    // None is as good as no entry, and there may be 100,000 of the student's own files.
    entries.retain(|_, entry| entry.is_some());
    Ok(Record {
        command: Some(command.clone()),
        undoes: batch.undoes,
        summary: batch.summary.clone(),
        entries,
        // Enough for a workspace whose first run is interrupted; what only a whole run may claim is left out.
        head: own.baselines_after.head(&["workspace_version", "created"]),
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
    let moves = batch.changes.iter().filter_map(|change| match change {
        Change::Move { from, to, .. } => Some((to.to_string(), from.to_string())),
        _ => None,
    });
    let moved: BTreeMap<String, String> = moves.collect();
    let fresh: Vec<Fresh> = batch
        .changes
        .iter()
        .enumerate()
        .filter_map(|(number, change)| match change {
            Change::Put { at, content, executable, expect, .. } => {
                let path = layout::path_of(at);
                // An offer is renewed whatever is there.
                let is_new = expect.is_none() && matches!(at, Place::Workspace(_));
                let like = moved.get(&path).or((!is_new).then_some(&path)).cloned();
                Some(Fresh { number, bytes: content.clone(), executable: *executable, path, like })
            }
            _ => None,
        })
        .collect();
    stage::prepare(disk, &fresh, &batch.objects, &own.bytes)?;
    commit::write_next(disk, record, true)?;
    if !disk.rename_new(layout::PREPARING, layout::RUN)? {
        let why = format!("`{}` is in the way", layout::RUN);
        return Err(ApplyError::Journal { path: layout::NEXT.to_owned(), why });
    }
    Ok(disk.sync_folders(&BTreeSet::from([layout::STAGE.to_owned()]))?)
}
