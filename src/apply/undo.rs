//! A run taken back: a batch made of its record, which is applied like any other, and can be taken back like any other.
//!
//! Each file returns byte for byte, unless it has changed since: then its change is skipped, like that of any file that is not what was
//! expected, and it is named.

use std::collections::BTreeMap;

use super::baselines::Document;
use super::disk::Disk;
use super::journal::{self, Outcome, Reason, Record, Recorded, Sides, Verb};
use super::layout::{self, Meta};
use super::objects::Store;
use super::{ApplyError, Batch, META_LIMIT, backup};
use crate::digest::Digest;
use crate::lock::Config;
use crate::plan::Change;

/// How to take a run back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undo {
    /// What to apply.
    pub batch: Batch,
    /// What cannot be brought back, and why.
    pub left: Vec<(String, Reason)>,
}

/// The batch that takes back `record`. Reads only.
///
/// # Errors
/// As the system says.
pub fn undo(disk: &Disk, record: &Record, now: jiff::Timestamp) -> Result<Undo, ApplyError> {
    let store = Store::new(disk);
    let mut undo = Undo { batch: Batch { undoes: Some(record.run), ..Batch::new(now) }, left: Vec::new() };
    for change in record.changes.iter().rev().filter(|change| change.outcome == Some(Outcome::Done)) {
        match inverse(&store, record, change, now)? {
            Some(inverse) => undo.batch.changes.push(inverse),
            None => undo.left.push((change.at(), Reason::Lost)),
        }
    }
    undo.batch.pristine.extend(record.pristine.iter().copied());
    let half = left_by_half(disk, record)?;
    for (meta, sides) in &record.meta {
        let now = disk.read(meta.path(), META_LIMIT)?;
        let before = match sides.before {
            Some(digest) => store.read(digest)?.map(|bytes| bytes.to_vec()),
            None => None,
        };
        let before = match (meta, &now, before) {
            (Meta::Config, Some(now), Some(before)) => Some(trusting(before, now)),
            (_, _, before) => before,
        };
        if before == now {
            continue;
        }
        if sides.before.is_some() && before.is_none() {
            undo.left.push((meta.path().to_owned(), Reason::Lost));
        } else if is_left_by(now.as_deref().map(Digest::of), sides.after, half.get(meta)) {
            undo.batch.meta.insert(*meta, before);
        } else if let (Meta::Baselines, Some(now)) = (meta, now) {
            let after = sides.after.map_or(Ok(None), |digest| store.read(digest))?;
            undo.batch.meta.extend(entries_before(&now, before.as_deref(), after.as_deref(), record));
        } else {
            undo.left.push((meta.path().to_owned(), Reason::Changed));
        }
    }
    Ok(undo)
}

/// config.json as it was `before`, with the key that it has `now` for the same address: what only that key may sign is not less so for an undo.
fn trusting(before: Vec<u8>, now: &[u8]) -> Vec<u8> {
    let (Ok(mut config), Ok(now)) = (Config::read(&before), Config::read(now)) else { return before };
    if config.course != now.course || config.key == now.key || now.key.is_none() {
        return before;
    }
    config.key = now.key;
    config.write()
}

/// What an undo of `record` left of tito's own files, if it was the last run, was interrupted, and another command settled it.
fn left_by_half(disk: &Disk, record: &Record) -> Result<BTreeMap<Meta, Sides>, ApplyError> {
    let last = journal::runs(disk)?.last().map(|run| journal::read(disk, &layout::record(*run)));
    let last = last.transpose()?.flatten();
    let half = last.filter(|last| last.interrupted && last.undoes == Some(record.run));
    Ok(half.map(|half| half.meta).unwrap_or_default())
}

/// Is `now` what the run left, or what half of its undo left?
fn is_left_by(now: Option<Digest>, after: Option<Digest>, half: Option<&Sides>) -> bool {
    now == after || half.is_some_and(|half| now == half.after)
}

/// Is everything as it was before the run, so that `batch` would change nothing?
///
/// # Errors
/// As the system says.
pub fn is_undone(disk: &Disk, batch: &Batch) -> Result<bool, ApplyError> {
    let digest = |path: &str| Ok::<_, ApplyError>(disk.found(path)?.digest());
    for change in &batch.changes {
        let holds = match change {
            Change::Put { at, content, .. } => digest(&layout::path_of(at))? == Some(Digest::of(content)),
            Change::Move { from, to, expect } => {
                digest(to.as_str())? == Some(*expect) && disk.kind(from.as_str())?.is_none()
            }
            Change::Remove { at, .. } => disk.kind(&layout::path_of(at))?.is_none(),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(batch.meta.is_empty())
}

fn inverse(
    store: &Store<'_>,
    record: &Record,
    change: &Recorded,
    now: jiff::Timestamp,
) -> Result<Option<Change>, ApplyError> {
    let content = |digest| bytes(store, record, change, digest);
    let keep = Some(format!("undo_{}", layout::stamp(now)));
    Ok(match (change.kind, change.before, change.after, &change.from) {
        (Verb::Put, None, Some(after), _) => Some(Change::Remove { at: change.place(), expect: after }),
        (Verb::Put, Some(before), after, _) => content(before)?.map(|bytes| Change::Put {
            at: change.place(),
            content: bytes.into(),
            executable: change.was_executable,
            expect: after,
            keep: keep.filter(|_| Some(before) != after),
        }),
        (Verb::Move, Some(what), _, Some(from)) => {
            Some(Change::Move { from: change.path.clone(), to: from.clone(), expect: what })
        }
        (Verb::Remove, Some(before), ..) => content(before)?.map(|bytes| Change::Put {
            at: change.place(),
            content: bytes.into(),
            executable: change.was_executable,
            expect: None,
            keep: None,
        }),
        _ => None,
    })
}

/// Bytes of one side of a change, wherever they are now: at the file's place, in the objects, or in a backup of any run.
pub fn stored_bytes(
    store: &Store<'_>,
    records: &[Record],
    record: &Record,
    change: &Recorded,
    digest: Digest,
) -> Option<Vec<u8>> {
    let is_it = |bytes: &Vec<u8>| Digest::of(bytes) == digest;
    let standing = store.disk().read(change.path.as_str(), META_LIMIT).ok().flatten().filter(is_it);
    let own = || bytes(store, record, change, digest).ok().flatten();
    let later = || {
        let all = records.iter().flat_map(|record| record.changes.iter().map(move |change| (record, change)));
        let mut displaced = all.filter(|(_, other)| other.before == Some(digest));
        displaced.find_map(|(record, other)| bytes(store, record, other, digest).ok().flatten())
    };
    standing.or_else(own).or_else(later)
}

/// Bytes that a run displaced: from the objects, or from the backup that it made.
fn bytes(
    store: &Store<'_>,
    record: &Record,
    change: &Recorded,
    digest: Digest,
) -> Result<Option<Vec<u8>>, ApplyError> {
    if let Some(bytes) = store.read(digest)? {
        return Ok(Some(bytes.to_vec()));
    }
    let disk = store.disk();
    if change.before == change.after {
        // Only the mode changed: the file itself has them.
        let bytes = disk.read(&change.at(), u64::MAX - 1)?;
        return Ok(bytes.filter(|bytes| Digest::of(bytes) == digest));
    }
    let folder = backup::folder(change.keep.as_deref(), &record.backup_folder());
    let Some(place) = backup::find(disk, &folder, change.path.as_str(), digest)? else { return Ok(None) };
    let bytes = disk.read(&place, u64::MAX - 1)?;
    Ok(bytes.filter(|bytes| Digest::of(bytes) == digest))
}

/// The baselines of today, without what the run did to them: what it left one way, and is still so, is as it was before. Where it is not known
/// any more what it left, the paths that it changed have their entries from before it.
fn entries_before(
    now: &[u8],
    before: Option<&[u8]>,
    after: Option<&[u8]>,
    record: &Record,
) -> BTreeMap<Meta, Option<Vec<u8>>> {
    let Some(now) = Document::read(now) else { return BTreeMap::new() };
    let before = before.and_then(Document::read).unwrap_or_default();
    let undone = match after.and_then(Document::read) {
        Some(after) => now.without(&after, &before),
        None => now.with(before.entries(&record.changes)),
    };
    BTreeMap::from([(Meta::Baselines, Some(undone.write()))])
}
