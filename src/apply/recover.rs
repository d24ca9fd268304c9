//! What a command does first: settle a run that was interrupted.
//!
//! The command that began the run, given again, finishes it: it does what is not done yet, and looks at each path before it changes it, as
//! any run does. What a student saved meanwhile stays.
//!
//! Any other command adopts what was done: a path that holds what was promised is recorded as done; everything else keeps its old entry;
//! what is in the stage and is no one's copy becomes a backup. The one thing that this writes to a student's place is the student's own
//! file, back to the empty place that it was taken from.

use std::collections::BTreeSet;

use super::backup::Kept;
use super::baselines::Document;
use super::disk::{Disk, DiskError, Found, Kind, parent};
use super::journal::{self, Command, Outcome, Phase, Reason, Record, Recorded, Verb};
use super::layout::{self, Meta};
use super::schedule::{Op, Swap, schedule};
use super::stage::{self, Settling, displaced, fresh};
use super::touched::Touched;
use super::{ApplyError, commit, finish};
use crate::digest::Digest;
use crate::path::WorkspacePath;

/// What settling an interrupted run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Settled {
    /// The run that was interrupted, if its record could be read.
    pub run: Option<u64>,
    /// Did the same command begin it? Then it is done now, whole.
    pub is_finished: bool,
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
    for path in [layout::NEXT, layout::STAGE, layout::UNSAID] {
        if disk.kind(path)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Settles what was started, if anything was. `command` is the one that is about to run; none: adopt only.
pub(super) fn settle(
    disk: &Disk,
    command: Option<&Command>,
    now: jiff::Timestamp,
) -> Result<Option<Settled>, ApplyError> {
    if !is_pending(disk)? {
        return Ok(None);
    }
    let next = match disk.kind(layout::NEXT)? {
        None | Some(Kind::File { .. }) => journal::read(disk, layout::NEXT),
        Some(_) => {
            Err(ApplyError::Journal { path: layout::NEXT.to_owned(), why: "it is not a file".to_owned() })
        }
    };
    if matches!(next, Err(ApplyError::Newer { .. })) {
        return next.map(|_| None);
    }
    let mut settling = Settling::default();
    let folder = format!("kept_{}", layout::stamp(now));
    clear_stage(disk, &folder, &mut settling)?;
    let began = |record: &Record| command.is_some_and(|command| command.began(record));
    let mut settled = match next {
        Ok(Some(record)) if record.phase == Phase::Committing => {
            let kept = commit::finish(disk, &record)?;
            settled(&record, kept, began(&record))
        }
        Ok(Some(record)) if began(&record) && has_new_bytes(disk)? => go_on(disk, record)?,
        Ok(Some(record)) => adopt(disk, record)?,
        Ok(None) => unsaid(disk, command)?,
        Err(ApplyError::Journal { .. }) => {
            settling.keep(disk, layout::NEXT, &folder, "journal-next")?;
            Settled::default()
        }
        Err(error) => return Err(error),
    };
    // Without a record all that is left in the stage becomes backups; after one nothing is left.
    settling.settle(disk, None, &folder)?;
    settling.end(disk, &folder)?;
    settled.kept.append(&mut settling.kept);
    settled.kept.sort();
    if !settled.is_finished {
        commit::said(disk);
    }
    Ok(Some(settled).filter(|settled| settled.run.is_some() || !settled.kept.is_empty()))
}

/// The stage as tito makes it: what is not a folder becomes a backup, and so does what tito did not put where it prepares.
fn clear_stage(disk: &Disk, folder: &str, settling: &mut Settling) -> Result<(), DiskError> {
    for part in [layout::STAGE, layout::RUN] {
        if disk.kind(part)?.is_some_and(|kind| kind != Kind::Folder) {
            settling.keep(disk, part, folder, "stage")?;
        }
    }
    stage::clear_preparing(disk, folder, settling)
}

/// Are the new bytes of the run where its steps take them from? Else no step was taken.
fn has_new_bytes(disk: &Disk) -> Result<bool, DiskError> {
    Ok(disk.kind(layout::RUN)?.is_some())
}

fn settled(record: &Record, kept: Vec<Kept>, is_same: bool) -> Settled {
    let (done, undone): (Vec<&Recorded>, _) = record.changes.iter().partition(|change| change.holds());
    let paths = |changes: Vec<&Recorded>| changes.into_iter().map(Recorded::at).collect();
    let is_finished = is_same && !record.interrupted;
    Settled { run: Some(record.run), is_finished, done: paths(done), undone: paths(undone), kept }
}

/// A run that is done, and that its command, given again, did perhaps not say.
fn unsaid(disk: &Disk, command: Option<&Command>) -> Result<Settled, ApplyError> {
    let record = commit::unsaid(disk)?;
    let mine = record.filter(|record| command.is_some_and(|command| command.began(record)));
    let mine = mine.map(|record| settled(&record, Vec::new(), true)).filter(|settled| settled.is_finished);
    Ok(mine.unwrap_or_default())
}

/// Does what `record` promised and is not done.
fn go_on(disk: &Disk, mut record: Record) -> Result<Settled, ApplyError> {
    let ops = schedule(&record.changes);
    bring_all_back(disk, &ops, &record.changes)?;
    assess(disk, &ops, &mut record.changes)?;
    let touched = touched(&record.changes);
    let applied = finish::finish(disk, &mut record, &ops, touched)?;
    Ok(settled(&record, applied.kept, true))
}

fn adopt(disk: &Disk, mut record: Record) -> Result<Settled, ApplyError> {
    let ops = schedule(&record.changes);
    bring_all_back(disk, &ops, &record.changes)?;
    if has_new_bytes(disk)? {
        assess(disk, &ops, &mut record.changes)?;
    } else {
        // Their absence says nothing.
        interrupted(&mut record.changes);
    }
    record.interrupted = true;
    promise_own(disk, &ops, &mut record)?;
    let touched = touched(&record.changes);
    let kept = commit::commit(disk, &mut record, touched)?;
    Ok(settled(&record, kept, false))
}

/// The folders that a run may have changed before it was interrupted: none is known to be durable, and some may be empty.
fn touched(changes: &[Recorded]) -> Touched {
    let mut touched = Touched::default();
    for change in changes {
        let at = change.at();
        touched.came_into(parent(&at));
        touched.may_be_empty(parent(&at));
        if let Some(from) = &change.from {
            touched.may_be_empty(parent(from.as_str()));
        }
    }
    touched
}

fn bring_all_back(disk: &Disk, ops: &[Op], changes: &[Recorded]) -> Result<(), DiskError> {
    let entered: BTreeSet<&WorkspacePath> =
        changes.iter().filter(|change| !change.incoming).map(|change| &change.path).collect();
    ops.iter().try_for_each(|op| bring_back(disk, op, changes, &entered))
}

/// A file that was on its way through the stage goes back to the place that it left, if that is still empty. Where a rename is a second
/// name and the removal of the first, both may be there: then one is too many. `entered`: the places that some change brings a file into.
fn bring_back(
    disk: &Disk,
    op: &Op,
    changes: &[Recorded],
    entered: &BTreeSet<&WorkspacePath>,
) -> Result<(), DiskError> {
    let number = op.number();
    let old = displaced(number);
    let in_stage = disk.found(&old)?;
    match (op, changes.get(number)) {
        (Op::Swap(swap), _) if in_stage != Found::Nothing => bring_back_half(disk, swap, &old, &in_stage),
        (Op::One(_), Some(change)) if change.kind == Verb::Move => finish_link(disk, change, entered),
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
fn finish_link(disk: &Disk, change: &Recorded, entered: &BTreeSet<&WorkspacePath>) -> Result<(), DiskError> {
    let Some(from) = &change.from else { return Ok(()) };
    let both = [from.as_str(), change.path.as_str()].map(|path| disk.found(path));
    let [first, second] = both;
    let (first, second) = (first?.digest(), second?.digest());
    if !entered.contains(from)
        && from != &change.path
        && first.is_some()
        && first == second
        && first == change.before
    {
        disk.remove_file(from.as_str())?;
    }
    Ok(())
}

fn interrupted(changes: &mut [Recorded]) {
    for change in changes {
        change.outcome = Some(Outcome::Skipped(Reason::Interrupted));
    }
}

/// What became of each change, by what is in the stage and at the paths. Steps were taken in order: where a later one was taken, and
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
    if swap.at_a == swap.at_b {
        return Ok((is_later_done, false));
    }
    // The first place is changed by other steps, too; the second by this one alone.
    let is_untouched = at_b == Some(swap.at_b);
    let seen = !is_untouched && (at_a == Some(swap.at_b) || at_b == Some(swap.at_a));
    Ok((seen || (is_later_done && !is_untouched), seen))
}

fn is_put(disk: &Disk, number: usize, change: &mut Recorded) -> Answer {
    let out: Option<(Option<Digest>, bool)> = match disk.found(&fresh(number))? {
        Found::File { digest, executable } if Some(digest) != change.after => {
            Some((Some(digest), executable))
        }
        // Where a rename is a second name and the removal of the first, the new bytes may still have both.
        Found::File { .. } => match (disk.found(&displaced(number))?, disk.found(&change.at())?.digest()) {
            (Found::File { digest, executable }, there) if there == change.after => {
                Some((Some(digest), executable))
            }
            _ => None,
        },
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
        None => {
            let there = disk.found(&change.at())?;
            let done = there.digest() == change.after;
            // Where only the mode changes, the bytes do not tell.
            match there {
                Found::File { executable, .. } if done && change.before == change.after => {
                    change.was_executable = !change.executable;
                    Ok((executable == change.executable, false))
                }
                _ => Ok((done, false)),
            }
        }
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

/// Of tito's own files the baselines alone are written: the old ones, with what came about.
fn promise_own(disk: &Disk, ops: &[Op], record: &mut Record) -> Result<(), ApplyError> {
    let wanted = record.meta.contains_key(&Meta::Baselines) && record.changes.iter().any(Recorded::holds);
    record.meta.clear();
    let bytes = disk.read(Meta::Baselines.path(), super::META_LIMIT)?;
    let document = match &bytes {
        Some(bytes) => Document::read(bytes),
        None => Some(Document::of(record.head.clone())),
    };
    let (true, Some(document)) = (wanted, document) else { return Ok(()) };
    let after = document.adopted(&record.entries, &record.changes, ops).write();
    let sides = journal::Sides { before: bytes.as_deref().map(Digest::of), after: Some(Digest::of(&after)) };
    let own: Vec<_> = bytes.into_iter().chain([after]).map(Into::into).collect();
    stage::prepare(disk, &[], &[], &own)?;
    record.meta.insert(Meta::Baselines, sides);
    Ok(())
}

/// Says whether a folder that is not a workspace yet was started by an `init` that was interrupted.
pub(super) fn looks_begun(disk: &Disk) -> Result<bool, DiskError> {
    Ok(super::lockfile::was_begun(disk)? && !matches!(disk.kind(Meta::Lock.path())?, Some(Kind::File { .. })))
}
