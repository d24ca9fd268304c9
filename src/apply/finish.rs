//! The steps of a run that was recorded, and its end: what a run does after it is prepared, and what settles one that was interrupted.

use std::sync::Arc;

use super::baselines::Document;
use super::disk::Disk;
use super::journal::{Record, Recorded};
use super::layout::Meta;
use super::schedule::Op;
use super::touched::Touched;
use super::{Applied, ApplyError, Outcome, commit, objects, perform, stage};
use crate::digest::Digest;

/// Does what `record` promised and does not know as done, and ends the run.
pub(super) fn finish(
    disk: &Disk,
    record: &mut Record,
    ops: &[Op],
    mut touched: Touched,
) -> Result<Applied, ApplyError> {
    perform::make_folders(disk, &record.changes, &mut touched)?;
    for op in ops {
        let is_done = |number: &usize| record.changes.get(*number).is_some_and(Recorded::holds);
        if !op.covers().iter().all(is_done) {
            perform::perform(disk, op, &mut record.changes, &mut touched)?;
        }
    }
    keep_old_entries(disk, record, ops)?;
    let kept = commit::commit(disk, record, touched)?;
    let outcomes: Vec<Outcome> =
        record.changes.iter().map(|change| change.outcome.clone().unwrap_or(Outcome::Already)).collect();
    let skipped = record.changes.iter().zip(&outcomes).filter_map(|(change, outcome)| match outcome {
        Outcome::Skipped(reason) => Some((change.at(), reason.clone())),
        _ => None,
    });
    Ok(Applied { run: Some(record.run), skipped: skipped.collect(), outcomes, kept })
}

/// Where something was skipped, the baselines must not claim it.
fn keep_old_entries(disk: &Disk, record: &mut Record, ops: &[Op]) -> Result<(), ApplyError> {
    let Some(sides) = record.meta.get_mut(&Meta::Baselines) else { return Ok(()) };
    if record.changes.iter().all(Recorded::holds) {
        return Ok(());
    }
    let document = |side: Option<Digest>| -> Result<Option<Document>, ApplyError> {
        let bytes = side.map_or(Ok(None), |digest| objects::read(disk, digest))?;
        Ok(bytes.as_deref().and_then(Document::read))
    };
    let (before, Some(after)) = (document(sides.before)?.unwrap_or_default(), document(sides.after)?) else {
        return Ok(());
    };
    let bytes: Arc<[u8]> = after.without_skipped(&before, &record.changes, ops).write().into();
    sides.after = Some(Digest::of(&bytes));
    Ok(stage::prepare(disk, &[], &[], &[bytes])?)
}
