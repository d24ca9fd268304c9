//! One step on a student's file: look, act in one atomic call, look at what came out.

use std::collections::BTreeSet;

use super::disk::{Disk, DiskError, Found, Kind, parent};
use super::journal::{Outcome, Reason, Recorded, Verb};
use super::layout;
use super::schedule::{Op, Swap};
use super::stage::{displaced, fresh};
use super::touched::Touched;
use crate::digest::Digest;

type Result<T> = std::result::Result<T, DiskError>;

/// How often a file is given back to an editor that keeps saving just then; what is left over becomes a backup.
const PATIENCE: usize = 16;

/// Makes the folders that `changes` bring files into. Together, because each must be durable before a file comes in: else the disk may know
/// that it left the stage, and not where it went.
pub(super) fn make_folders(disk: &Disk, changes: &[Recorded], touched: &mut Touched) -> Result<()> {
    let brought = changes.iter().filter(|change| change.kind != Verb::Remove && !change.holds());
    let folders: BTreeSet<String> = brought.map(|change| parent(&change.at()).to_owned()).collect();
    touched.make_lasting_folders(disk, folders.iter().map(String::as_str))
}

/// Carries out `op`, notes what became of the changes it covers, and adds the folders whose entries changed to `touched`.
pub(super) fn perform(disk: &Disk, op: &Op, changes: &mut [Recorded], touched: &mut Touched) -> Result<()> {
    // Whatever is displaced comes into the stage.
    touched.came_into(layout::RUN);
    let outcome = match op {
        Op::Swap(swap) => trade(disk, op.number(), swap, touched)?,
        Op::One(number) => {
            let Some(change) = changes.get_mut(*number) else { return Ok(()) };
            match change.kind {
                Verb::Put => put(disk, *number, change, touched)?,
                Verb::Move => rename(disk, change, touched)?,
                Verb::Remove => remove(disk, *number, change, touched)?,
            }
        }
    };
    for number in op.covers() {
        if let Some(change) = changes.get_mut(number) {
            change.outcome = Some(outcome.clone());
        }
    }
    Ok(())
}

fn skipped(reason: Reason) -> Result<Outcome> {
    Ok(Outcome::Skipped(reason))
}

/// Why a change that expects a file is left undone where `found` is what is there.
fn unexpected(found: Found) -> Outcome {
    Outcome::Skipped(match found {
        Found::Nothing => Reason::Gone,
        Found::File { .. } => Reason::Changed,
        Found::Other(_) => Reason::Occupied,
        Found::Blocked(path) => Reason::Blocked(path),
    })
}

fn put(disk: &Disk, number: usize, change: &mut Recorded, touched: &mut Touched) -> Result<Outcome> {
    let at = change.at();
    if change.before.is_none() {
        // Its folder was made. Where something is in the way, the rename keeps that, and it is looked at.
        match disk.rename_new(&fresh(number), &at) {
            Ok(true) => {
                touched.came_into(parent(&at));
                return Ok(Outcome::Done);
            }
            Err(error) if !error.is_blocked() && !error.is_missing() => return not_moved(disk, &at, error),
            _ => {}
        }
    }
    match (disk.found(&at)?, change.before) {
        (Found::File { digest, executable }, before)
            if Some(digest) == change.after
                && (executable == change.executable || before != Some(digest)) =>
        {
            change.before = Some(digest);
            change.was_executable = executable;
            Ok(Outcome::Already)
        }
        // An offer is tito's to renew: what is there is displaced like anything else, and nothing of it is lost.
        (Found::Nothing, before) if before.is_none() || change.incoming => create(disk, number, &at, touched)
            .inspect(|outcome| {
                if *outcome == Outcome::Done {
                    change.before = None;
                }
            }),
        (Found::File { digest, executable }, before) if before == Some(digest) || change.incoming => {
            change.before = Some(digest);
            change.was_executable = executable;
            let Some(after) = change.after else { return skipped(Reason::Lost) };
            exchange(disk, number, &at, digest, after, touched)
        }
        (Found::File { .. }, None) => skipped(Reason::Occupied),
        (Found::Other(Kind::Folder), None) if make_way(disk, &at, touched)? => {
            create(disk, number, &at, touched)
        }
        (found, _) => Ok(unexpected(found)),
    }
}

/// Removes what is left of a folder whose files all went; one with anything in it stays. Says whether it is gone.
fn make_way(disk: &Disk, folder: &str, touched: &mut Touched) -> Result<bool> {
    touched.sync(disk)?;
    touched.remove_empty(disk, folder)
}

/// What is in the way of a folder, if that is why it could not be made.
fn obstacle(made: Result<()>) -> Result<Option<Reason>> {
    match made {
        Err(error) if error.is_blocked() => Ok(Some(Reason::Blocked(error.path().to_owned()))),
        other => other.map(|()| None),
    }
}

fn create(disk: &Disk, number: usize, at: &str, touched: &mut Touched) -> Result<Outcome> {
    if let Some(reason) = obstacle(touched.make_lasting_folder(disk, parent(at)))? {
        return skipped(reason);
    }
    match disk.rename_new(&fresh(number), at) {
        Ok(true) => {
            touched.came_into(parent(at));
            Ok(Outcome::Done)
        }
        Ok(false) => skipped(Reason::Occupied),
        Err(error) => not_moved(disk, at, error),
    }
}

/// A folder that went, or became a link, in the very moment is a reason to skip, and so is a program that holds the file; any other
/// failure is one to stop.
fn not_moved(disk: &Disk, at: &str, error: DiskError) -> Result<Outcome> {
    if error.is_blocked() {
        return Ok(match disk.found(at)? {
            Found::Blocked(path) => Outcome::Skipped(Reason::Blocked(path)),
            _ => Outcome::Skipped(Reason::Changed),
        });
    }
    match (error.is_missing(), error.is_in_use()) {
        (true, _) => skipped(Reason::Gone),
        (_, true) => skipped(Reason::InUse),
        _ => Err(error),
    }
}

/// Trades what is at `at`, believed to be `before`, for the new bytes. What came out is looked at: if it is not what was believed, an
/// editor saved in between, and its file goes back. What comes out then must be what went in, and so on.
fn exchange(
    disk: &Disk,
    number: usize,
    at: &str,
    before: Digest,
    after: Digest,
    touched: &mut Touched,
) -> Result<Outcome> {
    touched.went_out_of(parent(at));
    let (mut inside, mut outside) = (Some(before), Some(after));
    for attempt in 0..PATIENCE {
        match disk.exchange(&fresh(number), at) {
            Ok(true) => {}
            Ok(false) if attempt == 0 => return replace_in_two(disk, number, at, before),
            Ok(false) => break,
            Err(error) => return not_moved(disk, at, error),
        }
        let came_out = disk.found(&fresh(number))?.digest();
        if came_out == inside && came_out.is_some() {
            return if attempt == 0 { Ok(Outcome::Done) } else { skipped(Reason::Changed) };
        }
        (inside, outside) = (outside, came_out);
    }
    skipped(Reason::Changed)
}

/// [`exchange`] for systems without it: the old file goes into the stage, the new one comes without replacing.
fn replace_in_two(disk: &Disk, number: usize, at: &str, before: Digest) -> Result<Outcome> {
    let old = displaced(number);
    match disk.rename_new(at, &old) {
        Ok(true) => {}
        Ok(false) => return skipped(Reason::Occupied),
        Err(error) => return not_moved(disk, at, error),
    }
    if disk.found(&old)?.digest() != Some(before) {
        // An editor saved in between: back with it, unless it has saved again.
        disk.rename_new(&old, at)?;
        return skipped(Reason::Changed);
    }
    if disk.rename_new(&fresh(number), at)? { Ok(Outcome::Done) } else { skipped(Reason::Changed) }
}

fn rename(disk: &Disk, change: &Recorded, touched: &mut Touched) -> Result<Outcome> {
    let Some(from) = change.from.as_ref().map(|from| from.as_str()) else { return skipped(Reason::Gone) };
    let to = change.at();
    let found = disk.found(from)?;
    if found.digest() != change.before {
        return Ok(unexpected(found));
    }
    if from == to {
        return Ok(Outcome::Already);
    }
    if disk.kind(&to)? == Some(Kind::Folder) {
        make_way(disk, &to, touched)?;
    }
    if let Some(reason) = obstacle(touched.make_lasting_folder(disk, parent(&to)))? {
        return skipped(reason);
    }
    match disk.rename_new(from, &to) {
        Ok(true) => {
            touched.came_into(parent(&to));
            touched.may_be_empty(parent(from));
            Ok(Outcome::Done)
        }
        Ok(false) => skipped(Reason::Occupied),
        Err(error) => not_moved(disk, &to, error),
    }
}

fn trade(disk: &Disk, number: usize, swap: &Swap, touched: &mut Touched) -> Result<Outcome> {
    let (a, b) = (swap.a.as_str(), swap.b.as_str());
    for (path, expect) in [(a, swap.at_a), (b, swap.at_b)] {
        let found = disk.found(path)?;
        if found.digest() != Some(expect) {
            return Ok(unexpected(found));
        }
    }
    touched.came_into(parent(a));
    touched.came_into(parent(b));
    match disk.exchange(a, b) {
        Ok(true) => return Ok(Outcome::Done),
        Ok(false) => {}
        Err(error) => return not_moved(disk, a, error),
    }
    trade_in_three(disk, number, a, b)
}

/// [`trade`] for systems without it: through the stage; recovery knows the name, and brings back what is found there.
fn trade_in_three(disk: &Disk, number: usize, a: &str, b: &str) -> Result<Outcome> {
    let between = displaced(number);
    match disk.rename_new(a, &between) {
        Ok(true) => {}
        Ok(false) => return skipped(Reason::Occupied),
        Err(error) => return not_moved(disk, a, error),
    }
    match disk.rename_new(b, a) {
        Ok(true) if disk.rename_new(&between, b)? => Ok(Outcome::Done),
        Ok(true) => skipped(Reason::Changed),
        other => {
            disk.rename_new(&between, a)?;
            other.map_or_else(|error| not_moved(disk, b, error), |_| skipped(Reason::Changed))
        }
    }
}

fn remove(disk: &Disk, number: usize, change: &mut Recorded, touched: &mut Touched) -> Result<Outcome> {
    let at = change.at();
    let (digest, executable) = match disk.found(&at)? {
        Found::Nothing => return Ok(Outcome::Already),
        Found::File { digest, executable } if change.before == Some(digest) => (digest, executable),
        other => return Ok(unexpected(other)),
    };
    change.was_executable = executable;
    touched.may_be_empty(parent(&at));
    let old = displaced(number);
    match disk.rename_new(&at, &old) {
        Ok(true) => {}
        Ok(false) => return skipped(Reason::Occupied),
        Err(error) => return not_moved(disk, &at, error),
    }
    if disk.found(&old)?.digest() != Some(digest) {
        disk.rename_new(&old, &at)?;
        return skipped(Reason::Changed);
    }
    Ok(Outcome::Done)
}
