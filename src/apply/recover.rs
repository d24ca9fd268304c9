//! What a command does first: settle a run that was cut short. It adopts, it never replays.
//!
//! A path that holds what was promised is recorded as done; everything else keeps its old entry; what lies in the stage and is nobody's
//! copy becomes a backup. The one thing that it writes to a student's place is the student's own file, back to the empty place
//! that it was taken from.

use std::collections::BTreeSet;

use super::backup::Kept;
use super::disk::{Disk, DiskError, Found, Kind};
use super::journal::{self, Outcome, Phase, Reason, Record, Recorded, Verb};
use super::layout::{self, Meta};
use super::perform::remove_empty_folders;
use super::schedule::{Op, Swap, schedule};
use super::stage::{self, displaced, fresh};
use super::{ApplyError, baselines, commit};
use crate::digest::Digest;

/// What settling an interrupted run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Settled {
    /// The run that was cut short, if its record could be read.
    pub run: Option<u64>,
    /// Paths that hold what the run promised.
    pub done: Vec<String>,
    /// Paths that it did not come to.
    pub undone: Vec<String>,
    /// What lay in the stage and nowhere else.
    pub kept: Vec<Kept>,
}

/// Is there a run to settle? Reads only.
///
/// # Errors
/// As the system says.
pub fn is_pending(disk: &Disk) -> Result<bool, DiskError> {
    Ok(disk.kind(layout::NEXT)?.is_some() || disk.kind(layout::STAGE)?.is_some())
}

/// Settles what was begun, if anything was.
pub(super) fn settle(disk: &Disk, now: jiff::Timestamp) -> Result<Option<Settled>, ApplyError> {
    if !is_pending(disk)? {
        return Ok(None);
    }
    let next = journal::read(disk, layout::NEXT);
    if matches!(next, Err(ApplyError::Newer { .. })) {
        return next.map(|_| None);
    }
    stage::wipe_preparing(disk)?;
    match next {
        Ok(Some(record)) if record.phase == Phase::Committing => {
            let kept = commit::finish(disk, &record)?;
            Ok(Some(settled(&record, kept)))
        }
        Ok(Some(record)) => adopt(disk, record).map(Some),
        Ok(None) => orphans(disk, now, false),
        Err(ApplyError::Journal { .. }) => orphans(disk, now, true),
        Err(error) => Err(error),
    }
}

fn settled(record: &Record, kept: Vec<Kept>) -> Settled {
    let (done, undone): (Vec<&Recorded>, _) = record.changes.iter().partition(|change| change.holds());
    let paths = |changes: Vec<&Recorded>| changes.into_iter().map(Recorded::at).collect();
    Settled { run: Some(record.run), done: paths(done), undone: paths(undone), kept }
}

/// A stage of which no record tells: all that is in it becomes backups. So does a record that cannot be read.
fn orphans(disk: &Disk, now: jiff::Timestamp, is_damaged: bool) -> Result<Option<Settled>, ApplyError> {
    let folder = format!("kept_{}", layout::stamp(now));
    if is_damaged {
        disk.make_folders(layout::RUN)?;
        disk.rename_new(layout::NEXT, &format!("{}/journal-next", layout::RUN))?;
    }
    let mut settling = stage::settle(disk, None, &folder)?;
    settling.changed.insert(layout::JOURNAL.to_owned());
    stage::sync_folders(disk, &settling.changed)?;
    disk.remove_folder(layout::STAGE)?;
    let settled = Settled { kept: settling.kept, ..Settled::default() };
    Ok((!settled.kept.is_empty()).then_some(settled))
}

fn adopt(disk: &Disk, mut record: Record) -> Result<Settled, ApplyError> {
    let ops = schedule(&record.changes);
    let mut touched = BTreeSet::new();
    for op in &ops {
        bring_back(disk, op, &record.changes)?;
    }
    if disk.kind(layout::RUN)?.is_some() {
        assess(disk, &ops, &mut record.changes)?;
    } else {
        // The new bytes were not even in their place: nothing was begun, and their absence says nothing.
        interrupted(&mut record.changes);
    }
    tidy(disk, &record.changes, &mut touched)?;
    record.interrupted = true;
    promise_own(disk, &ops, &mut record)?;
    let kept = commit::commit(disk, &mut record, touched)?;
    Ok(settled(&record, kept))
}

/// A file that was on its way through the stage goes back to the place that it left, if that is still empty. Where a rename is a second
/// name and the removal of the first, both may be there: then one is too many.
fn bring_back(disk: &Disk, op: &Op, changes: &[Recorded]) -> Result<(), DiskError> {
    let number = op.number();
    let old = displaced(number);
    let in_stage = disk.found(&old)?;
    match (op, changes.get(number)) {
        (Op::Swap(swap), _) if in_stage != Found::Nothing => bring_back_half(disk, swap, &old, &in_stage),
        (Op::One(_), Some(change)) if change.kind == Verb::Move => finish_link(disk, change, changes),
        (Op::One(_), Some(change)) if in_stage != Found::Nothing => match disk.found(&change.at())? {
            Found::Nothing if change.kind == Verb::Put || in_stage.digest() != change.before => {
                back(disk, &old, &change.at())
            }
            there if there.digest() == in_stage.digest() && there.digest().is_some() => {
                disk.remove_file(&old)
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Of two files that were to trade places one is in the stage.
fn bring_back_half(disk: &Disk, swap: &Swap, old: &str, in_stage: &Found) -> Result<(), DiskError> {
    let (a, b) = (swap.a.as_str(), swap.b.as_str());
    let at_a = disk.found(a)?.digest();
    let at_b = disk.found(b)?.digest();
    if at_a.is_some() && at_a == in_stage.digest() || at_b.is_some() && at_b == in_stage.digest() {
        return disk.remove_file(old);
    }
    if at_a == Some(swap.at_b) && at_b == at_a {
        disk.remove_file(b)?;
    }
    let there = disk.kind(b)?.is_some();
    back(disk, old, if there { a } else { b })
}

/// Where the folder itself went meanwhile, the file stays in the stage, and so becomes a backup.
fn back(disk: &Disk, old: &str, path: &str) -> Result<(), DiskError> {
    match disk.rename_new(old, path) {
        Err(error) if error.is_missing() || error.is_blocked() => Ok(()),
        other => other.map(drop),
    }
}

/// Where a move is a second name and the removal of the first, an interruption can leave both.
fn finish_link(disk: &Disk, change: &Recorded, changes: &[Recorded]) -> Result<(), DiskError> {
    let Some(from) = &change.from else { return Ok(()) };
    let is_entered = changes.iter().any(|other| !other.incoming && &other.path == from);
    let both = [from.as_str(), change.path.as_str()].map(|path| disk.found(path));
    let [first, second] = both;
    let (first, second) = (first?.digest(), second?.digest());
    if !is_entered && from != &change.path && first.is_some() && first == second && first == change.before {
        disk.remove_file(from.as_str())?;
    }
    Ok(())
}

fn interrupted(changes: &mut [Recorded]) {
    for change in changes {
        change.outcome = Some(Outcome::Skipped(Reason::Interrupted));
    }
}

/// What became of each change, by what lies in the stage and at the paths. Steps were taken in order: where a later one was taken, and
/// the paths of an earlier move do not say, it was taken too.
fn assess(disk: &Disk, ops: &[Op], changes: &mut [Recorded]) -> Result<(), DiskError> {
    let mut is_later_done = false;
    for op in ops.iter().rev() {
        let (done, is_sure) = match op {
            Op::Swap(swap) => is_traded(disk, swap, is_later_done)?,
            Op::One(number) => match changes.get_mut(*number) {
                Some(change) => match change.kind {
                    Verb::Put => is_put(disk, *number, change)?,
                    Verb::Move => is_moved(disk, change, is_later_done)?,
                    Verb::Remove => is_removed(disk, *number, change)?,
                },
                None => continue,
            },
        };
        is_later_done |= done && is_sure;
        let outcome = if done { Outcome::Done } else { Outcome::Skipped(Reason::Interrupted) };
        for number in op.covers() {
            if let Some(change) = changes.get_mut(number) {
                change.outcome = Some(outcome.clone());
            }
        }
    }
    Ok(())
}

/// Two answers: is it done, and is that a sign that the run came so far?
type Answer = Result<(bool, bool), DiskError>;

fn is_traded(disk: &Disk, swap: &Swap, is_later_done: bool) -> Answer {
    let at_a = disk.found(swap.a.as_str())?.digest();
    let at_b = disk.found(swap.b.as_str())?.digest();
    let seen = swap.at_a != swap.at_b && (at_a == Some(swap.at_b) || at_b == Some(swap.at_a));
    Ok((seen || is_later_done, seen))
}

fn is_put(disk: &Disk, number: usize, change: &mut Recorded) -> Answer {
    let out: Option<(Option<Digest>, bool)> = match disk.found(&fresh(number))? {
        Found::File { digest, executable } if Some(digest) != change.after => {
            Some((Some(digest), executable))
        }
        Found::File { .. } => None,
        Found::Nothing => match disk.found(&displaced(number))? {
            Found::File { digest, executable } => Some((Some(digest), executable)),
            _ => Some((None, false)),
        },
        Found::Other(_) | Found::Blocked(_) => Some((change.before, false)),
    };
    match out {
        Some((before, was_executable)) => {
            (change.before, change.was_executable) = (before, was_executable);
            Ok((true, true))
        }
        None => Ok((disk.found(&change.at())?.digest() == change.after, false)),
    }
}

fn is_moved(disk: &Disk, change: &Recorded, is_later_done: bool) -> Answer {
    let Some(from) = &change.from else { return Ok((false, false)) };
    let left = disk.found(from.as_str())?;
    let there = disk.found(&change.at())?;
    let arrived = there.digest() == change.before;
    Ok(match (&left, &there) {
        (_, Found::Nothing | Found::Other(_) | Found::Blocked(_)) => (false, false),
        _ if arrived && left.digest() != change.before => (true, true),
        (Found::Nothing | Found::Blocked(_), _) => (true, true),
        _ if left.digest() == change.before && !arrived => (false, false),
        _ => (is_later_done, false),
    })
}

fn is_removed(disk: &Disk, number: usize, change: &mut Recorded) -> Answer {
    if let Found::File { digest, executable } = disk.found(&displaced(number))?
        && Some(digest) == change.before
    {
        change.was_executable = executable;
        return Ok((true, true));
    }
    Ok((disk.kind(&change.at())?.is_none(), false))
}

/// Removes the empty folders that the run made for what it did not come to, or left behind.
fn tidy(disk: &Disk, changes: &[Recorded], touched: &mut BTreeSet<String>) -> Result<(), DiskError> {
    for change in changes {
        touched.insert(super::disk::parent(&change.at()).to_owned());
        if disk.kind(&change.at())?.is_none() {
            remove_empty_folders(disk, &change.at(), touched)?;
        }
        if let Some(from) = &change.from
            && disk.kind(from.as_str())?.is_none()
        {
            remove_empty_folders(disk, from.as_str(), touched)?;
        }
    }
    Ok(())
}

/// Of tito's own files the baselines alone are written: the old ones, with what came about.
fn promise_own(disk: &Disk, ops: &[Op], record: &mut Record) -> Result<(), ApplyError> {
    let wanted = record.meta.contains_key(&Meta::Baselines) && record.changes.iter().any(Recorded::holds);
    record.meta.clear();
    let bytes = disk.read(Meta::Baselines.path(), super::META_LIMIT)?;
    let document = match &bytes {
        Some(bytes) => baselines::document(bytes),
        None => Some(record.head.clone()),
    };
    let (true, Some(document)) = (wanted, document) else { return Ok(()) };
    let after = baselines::to_bytes(&baselines::adopted(document, &record.entries, &record.changes, ops));
    let sides = journal::Sides { before: bytes.as_deref().map(Digest::of), after: Some(Digest::of(&after)) };
    let own: Vec<_> = bytes.into_iter().chain([after]).map(Into::into).collect();
    stage::prepare(disk, &[], &own)?;
    record.meta.insert(Meta::Baselines, sides);
    Ok(())
}

/// Says whether a folder that is no workspace yet was begun by an `init` that was cut short.
pub(super) fn looks_begun(disk: &Disk) -> Result<bool, DiskError> {
    Ok(super::lockfile::was_begun(disk)? && !matches!(disk.kind(Meta::Lock.path())?, Some(Kind::File { .. })))
}
