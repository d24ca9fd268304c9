//! What a run is about to do, and what runs did: [`Record`], the one form of both.
//!
//! `journal/next` is the run under way. While it says *changing*, each path holds what it held or what is promised. When all paths are
//! done and durable it is replaced by one that says *committing*, with what became of each change; then tito's own files follow, and
//! then it gets its number for a name, and is history.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ApplyError;
use super::disk::{Disk, DiskError};
use super::entry::{Entry, Head};
use super::layout::{self, Meta};
use crate::digest::Digest;
use crate::json::JsonError;
use crate::path::WorkspacePath;
use crate::plan::{Change, Place};

/// The version of the journal's format that this tito writes. Version 1 did not name the command.
const FORMAT: u32 = 2;
/// A longer record is not read, and so not written.
const LIMIT: u64 = 128 << 20;
/// Nor is one of more changes: each is eight values.
const MOST_CHANGES: usize = crate::json::MAX_VALUES / 8;
/// What a change's outcome adds to a record, in bytes, at most when nothing is in its way.
const OUTCOME: u64 = 64;

/// The command that a run carries out. Given again, it finishes a run of it that was interrupted; any other command only records what was
/// done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// `update`, `undo`, `module reset`.
    pub verb: String,
    /// What it is about, in one spelling: paths from the root of the workspace, ids, options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

impl Command {
    /// The command `verb`, about nothing in particular.
    pub fn new(verb: &str) -> Self {
        Self { verb: verb.to_owned(), arguments: Vec::new() }
    }

    /// The same command, about `arguments`.
    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    /// Is it the command of `record`, given again? `undo 2` also finishes an `undo` of run 2.
    pub(super) fn began(&self, record: &Record) -> bool {
        let is_undo = self.verb == "undo" && record.undoes.is_some();
        let number = record.undoes.map(|run| run.to_string());
        match &record.command {
            Some(command) if command == self => true,
            // Version 1 of the format: only an undo can be told.
            None if is_undo && self.arguments.is_empty() => true,
            _ => is_undo && self.arguments.iter().eq(&number),
        }
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub(super) journal: u32,
    /// Its number; later is higher.
    pub run: u64,
    /// When, UTC.
    pub time: jiff::Timestamp,
    /// The command that it carried out; none in records of format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// The run that it undid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<u64>,
    /// Was it interrupted, and settled by another command?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// How far it is.
    pub phase: Phase,
    /// What the caller wanted to be remembered of it.
    pub summary: Value,
    /// Its changes, in order.
    pub changes: Vec<Recorded>,
    /// tito's own files that it replaces.
    pub meta: BTreeMap<Meta, Sides>,
    /// For each path that a change names: its entry in `version.json` when all is done; null, or not here: none.
    pub(super) entries: BTreeMap<WorkspacePath, Option<Entry>>,
    /// What `version.json` says beside its files, for a workspace that has none yet.
    pub(super) head: Head,
    /// Digests that are pristine though the objects may not have them.
    pub(super) pristine: BTreeSet<Digest>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Paths are being changed.
    Changing,
    /// All paths are done; tito's own files follow.
    Committing,
}

/// Before and after of one of tito's own files; the objects have both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// What was there; none: nothing.
    pub before: Option<Digest>,
    /// What the run puts there; none: nothing.
    pub after: Option<Digest>,
}

/// A change, without its bytes, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What was to be done.
    pub kind: Verb,
    /// Where; of a move, where to.
    pub path: WorkspacePath,
    /// Is it an offer, below `.tinytorch/incoming/`?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incoming: bool,
    /// Of a move: where from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WorkspacePath>,
    /// What was displaced or moved, if it is done; until then what is expected to be. None: nothing.
    pub before: Option<Digest>,
    /// What is put.
    pub after: Option<Digest>,
    /// Might what was there be run?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_executable: bool,
    /// May what is put be run?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The backup folder of what is displaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// What became of it; none: not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// The three kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Bytes are put somewhere.
    Put,
    /// A file moves.
    Move,
    /// A file goes.
    Remove,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It was so already.
    Already,
    /// It was left undone, and nothing was touched.
    Skipped(Reason),
}

impl Outcome {
    /// Is the path as the change wanted it?
    pub fn holds(&self) -> bool {
        !matches!(self, Self::Skipped(_))
    }
}

/// Why a change was left undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The file was saved since the plan was made.
    #[error("it changed while tito was running")]
    Changed,
    /// The file went since the plan was made.
    #[error("it is missing")]
    Gone,
    /// Something that the plan did not know is there.
    #[error("something else is there")]
    Occupied,
    /// A folder on the way is a link or a file.
    #[error("`{path}` is not a folder of the workspace", path = .0.escape_debug())]
    Blocked(String),
    /// Another program has the file open, and the system moves no such file.
    #[error("another program has it open; close it there, and run this again")]
    InUse,
    /// The run was interrupted before it came to this.
    #[error("the run was interrupted before it")]
    Interrupted,
    /// What undo would bring back is no longer there to be brought.
    #[error("its former content is no longer in the objects or the backups")]
    Lost,
}

impl Recorded {
    /// A change as the journal knows it.
    pub(super) fn of(change: &Change) -> Self {
        let (kind, place, from, before, after) = match change {
            Change::Put { at, content, expect, .. } => {
                (Verb::Put, at.clone(), None, *expect, Some(Digest::of(content)))
            }
            Change::Move { from, to, expect } => {
                (Verb::Move, Place::Workspace(to.clone()), Some(from.clone()), Some(*expect), None)
            }
            Change::Remove { at, expect } => (Verb::Remove, at.clone(), None, Some(*expect), None),
        };
        let (executable, keep) = match change {
            Change::Put { executable, keep, .. } => (*executable, keep.clone()),
            _ => (false, None),
        };
        let (path, incoming) = match place {
            Place::Workspace(path) => (path, false),
            Place::Incoming(path) => (path, true),
        };
        Self {
            kind,
            path,
            incoming,
            from,
            before,
            after,
            executable,
            keep,
            was_executable: false,
            outcome: None,
        }
    }

    /// The place.
    pub fn place(&self) -> Place {
        if self.incoming { Place::Incoming(self.path.clone()) } else { Place::Workspace(self.path.clone()) }
    }

    /// Where it is below the workspace.
    pub fn at(&self) -> String {
        layout::path_of(&self.place())
    }

    /// Is it done, or was it so already?
    pub fn holds(&self) -> bool {
        self.outcome.as_ref().is_some_and(Outcome::holds)
    }

    /// The paths of the workspace proper whose baseline it governs.
    pub(super) fn governs(&self) -> impl Iterator<Item = &WorkspacePath> {
        let own = (!self.incoming).then_some(&self.path);
        own.into_iter().chain(self.from.as_ref())
    }
}

impl Record {
    /// A new record, of a run that is about to change things.
    pub(super) fn new(run: u64, time: jiff::Timestamp) -> Self {
        Self {
            journal: FORMAT,
            run,
            time,
            command: None,
            undoes: None,
            interrupted: false,
            phase: Phase::Changing,
            summary: Value::Null,
            changes: Vec::new(),
            meta: BTreeMap::new(),
            entries: BTreeMap::new(),
            head: Head::new(),
            pristine: BTreeSet::new(),
        }
    }

    /// The folder for what has none of its own.
    pub(super) fn backup_folder(&self) -> String {
        format!("kept_{}", layout::stamp(self.time))
    }

    /// Reads the record that `bytes` are, which errors call `path`.
    ///
    /// # Errors
    /// [`ApplyError::Journal`], or [`ApplyError::Newer`] for a record of a newer tito.
    pub fn read(bytes: &[u8], path: &str) -> Result<Self, ApplyError> {
        #[derive(Deserialize)]
        struct Version {
            journal: Option<u64>,
        }
        let wrong = |why: String| ApplyError::Journal { path: path.to_owned(), why };
        if crate::json::is_too_large(bytes) {
            return Err(wrong(JsonError::TooLarge.to_string()));
        }
        let version: Version = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        match version.journal {
            Some(found) if found > u64::from(FORMAT) => {
                return Err(ApplyError::Newer { path: path.to_owned(), found });
            }
            Some(_) => {}
            None => return Err(wrong("it has no format version".to_owned())),
        }
        serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))
    }

    /// The bytes of the record.
    ///
    /// # Errors
    /// [`ApplyError::Journal`] when a run is about to begin whose record could not be read: then nothing may be changed.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, ApplyError> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| ApplyError::Journal { path: layout::NEXT.to_owned(), why: error.to_string() })?;
        bytes.push(b'\n');
        let changes = self.changes.len();
        let room = bytes.len() as u64 + OUTCOME * changes as u64;
        let is_new = self.phase == Phase::Changing;
        if is_new && (changes > MOST_CHANGES || room > LIMIT || crate::json::is_too_large(&bytes)) {
            return Err(ApplyError::Journal {
                path: layout::NEXT.to_owned(),
                why: format!("these are too many changes for one run ({changes}); nothing was changed"),
            });
        }
        Ok(bytes)
    }
}

/// The record at `path`: none where nothing is there.
pub(super) fn read(disk: &Disk, path: &str) -> Result<Option<Record>, ApplyError> {
    let Some(bytes) = disk.read(path, LIMIT)? else { return Ok(None) };
    Record::read(&bytes, path).map(Some)
}

/// Numbers of the finished runs, in order.
pub(super) fn runs(disk: &Disk) -> Result<Vec<u64>, DiskError> {
    let names = disk.list(layout::JOURNAL)?;
    let mut runs: Vec<u64> =
        names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect();
    runs.sort_unstable();
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_could_not_be_read_is_not_begun() {
        let path = WorkspacePath::new("a").unwrap();
        let digest = Digest::of(b"");
        let change = Change::Move { from: path.clone(), to: path, expect: digest };
        let mut record = Record::new(1, jiff::Timestamp::UNIX_EPOCH);
        record.changes = vec![Recorded::of(&change); MOST_CHANGES];
        let mut whole = record.clone();
        for change in &mut whole.changes {
            change.outcome = Some(Outcome::Done);
        }
        whole.phase = Phase::Committing;
        assert_eq!(Record::read(&whole.to_bytes().unwrap(), "x").unwrap(), whole, "the largest one");
        assert!(record.to_bytes().is_ok());
        record.changes.push(Recorded::of(&change));
        assert!(matches!(record.to_bytes(), Err(ApplyError::Journal { .. })));
        record.changes.truncate(200_000);
        let long = WorkspacePath::new(&["x".repeat(200), "y".repeat(200)].join("/")).unwrap();
        for change in &mut record.changes {
            change.path = long.clone();
            change.from = Some(long.clone());
        }
        assert!(matches!(record.to_bytes(), Err(ApplyError::Journal { .. })), "of long paths");
    }
}
