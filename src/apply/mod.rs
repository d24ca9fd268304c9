//! Seam 2: the only writer. A [`Batch`] of changes and what was there when they were decided → the workspace, then lock and baselines.
//!
//! In: changes in order, the pristine bytes to store, tito's own files to replace last. Out: [`Applied`], what became of each change. It knows
//! no policy: what is to happen was decided by `plan`, and what is not as it was then is skipped and reported, never clobbered.
//!
//! A run is interrupted anywhere and nothing is lost, because
//! 1. new bytes are in the stage and durable before anything changes (`stage`),
//! 2. what is about to happen is written down first ([`journal`]),
//! 3. each path changes in one atomic step, by which what was there *at that instant* comes into the stage (`perform`),
//! 4. what came out is someone else's copy, or becomes a backup ([`backup`]); the stage is never wiped,
//! 5. the next run adopts what was done and never replays ([`recover`]).
//!
//! [`Workspace::lock`] comes first, before anything is planned: it waits for others and settles what was interrupted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::digest::Digest;
use crate::plan::Change;

pub mod backup;
mod baselines;
mod entry;
mod commit;
pub mod disk;
mod finish;
pub mod journal;
pub mod layout;
mod lockfile;
pub mod objects;
mod perform;
pub mod prune;
pub mod recover;
mod run;
mod schedule;
mod stage;
mod touched;
pub mod undo;

pub use backup::Kept;
pub use disk::{Disk, DiskError};
pub use journal::{Command, Outcome, Reason, Record};
pub use layout::Meta;
pub use lockfile::Patience;
pub use recover::Settled;

/// None of tito's own files is longer.
const META_LIMIT: u64 = crate::lock::MAX_STATE_BYTES;

/// A workspace that is locked for this process, with nothing left to settle.
#[derive(Debug)]
pub struct Workspace {
    disk: Disk,
    command: Command,
    settled: Option<Settled>,
    /// Did a run fail? Then the command cannot say what it did.
    has_failed: std::cell::Cell<bool>,
    _held: lockfile::Held,
}

/// What is to be done to a workspace in one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// Pristine bytes that the objects are to have afterwards.
    pub objects: Vec<Arc<[u8]>>,
    /// Digests known to be pristine: bytes like these, displaced, go to the objects and not to the backups.
    pub pristine: BTreeSet<Digest>,
    /// tito's own files, replaced last; none: it goes. One that says the same already is not rewritten.
    pub meta: BTreeMap<Meta, Option<Vec<u8>>>,
    /// What the history is to remember of the run.
    pub summary: Value,
    /// The time, UTC.
    pub now: jiff::Timestamp,
    /// The run that this one takes back.
    pub undoes: Option<u64>,
}

impl Batch {
    /// A batch with nothing in it.
    pub fn new(now: jiff::Timestamp) -> Self {
        Self {
            changes: Vec::new(),
            objects: Vec::new(),
            pristine: BTreeSet::new(),
            meta: BTreeMap::new(),
            summary: Value::Null,
            now,
            undoes: None,
        }
    }
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Its number in the history; none: there was nothing to do, and nothing was written.
    pub run: Option<u64>,
    /// What became of each change, in the batch's order.
    pub outcomes: Vec<Outcome>,
    /// The paths of changes that were not made, and why not.
    pub skipped: Vec<(String, Reason)>,
    /// What was set aside, and where it is.
    pub kept: Vec<Kept>,
}

/// Why a run ended without its effect.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The system refused, before anything of the student's was touched.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The system refused half-way. Nothing is lost; the same command goes on from here, and any other records what was done.
    #[error("{cause}; all changes before it are recorded, and nothing is lost")]
    Stopped {
        /// What it refused.
        cause: DiskError,
    },
    /// Someone else is at work here.
    #[error("this workspace is in use by {holder}")]
    Busy {
        /// Who, as they wrote it.
        holder: String,
    },
    /// A newer tito is needed to settle what a newer tito began.
    #[error("`{path}` was written by a newer tito (format {found}); use that one")]
    Newer {
        /// Which file.
        path: String,
        /// The format that it says.
        found: u64,
    },
    /// The journal cannot be used.
    #[error("cannot use `{path}`: {why}")]
    Journal {
        /// Which file.
        path: String,
        /// Why not.
        why: String,
    },
}

impl Workspace {
    /// Takes the lock of the workspace at `root`, which must be a folder, for `command`, and settles a run that was interrupted: `command`
    /// finishes its own, and records what was done of another's.
    ///
    /// # Errors
    /// [`ApplyError::Busy`] where another process has it and `patience` is [`Patience::Leave`]; as the system says.
    pub fn lock(
        root: &Path,
        command: Command,
        patience: Patience,
        now: jiff::Timestamp,
    ) -> Result<Self, ApplyError> {
        Self::lock_on(Disk::open(root)?, command, patience, now)
    }

    /// [`Workspace::lock`], by a disk that is already open.
    ///
    /// # Errors
    /// As [`Workspace::lock`].
    pub fn lock_on(
        disk: Disk,
        command: Command,
        patience: Patience,
        now: jiff::Timestamp,
    ) -> Result<Self, ApplyError> {
        let held = lockfile::take(&disk, &command.verb, patience)?;
        let settled = recover::settle(&disk, Some(&command), now)?;
        Ok(Self { disk, command, settled, has_failed: false.into(), _held: held })
    }

    /// Makes the folder `root`, and those above it, for a workspace to come. One that exists is fine.
    ///
    /// # Errors
    /// As the system says.
    pub fn make_folder(root: &Path) -> Result<(), ApplyError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the folder that the user named; the workspace starts below it"
        )]
        let made = std::fs::create_dir_all(root);
        Ok(made.map_err(|cause| DiskError::new("make the folder", &root.display().to_string(), cause))?)
    }

    /// The files.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What was found half-done and settled when the lock was taken.
    pub fn settled(&self) -> Option<&Settled> {
        self.settled.as_ref()
    }

    /// What came of a run of this very command that was interrupted, and is whole now.
    pub fn finished(&self) -> Option<&Settled> {
        self.settled.as_ref().filter(|settled| settled.is_finished)
    }

    /// Is this no workspace yet, but started by an `init` that was interrupted? Then `init` may go on as in an empty folder.
    ///
    /// # Errors
    /// As the system says.
    pub fn was_begun(disk: &Disk) -> Result<bool, DiskError> {
        recover::looks_begun(disk)
    }
}

/// Whoever lets go of the workspace has said what was done.
impl Drop for Workspace {
    fn drop(&mut self) {
        if !self.has_failed.get() {
            commit::said(&self.disk);
        }
    }
}

/// Carries out `batch`.
///
/// # Errors
/// [`ApplyError::Disk`] before, [`ApplyError::Stopped`] after the first change; in both cases nothing is lost.
pub fn apply(workspace: &Workspace, batch: Batch) -> Result<Applied, ApplyError> {
    let has_baselines = batch.meta.contains_key(&Meta::Baselines);
    let applied = run::run(&workspace.disk, &workspace.command, batch);
    workspace.has_failed.set(applied.is_err());
    if applied.is_ok() && has_baselines {
        // The run is done; a store that stays as it is does no harm.
        let _ = objects::gather(&workspace.disk, &|| named(&workspace.disk));
    }
    applied
}

/// The contents that `version.json` names; none where it cannot be read.
fn named(disk: &Disk) -> BTreeSet<Digest> {
    let bytes = disk.read(Meta::Baselines.path(), META_LIMIT).ok().flatten();
    let baselines = bytes.and_then(|bytes| crate::lock::Baselines::read(&bytes).ok());
    baselines.iter().flat_map(crate::lock::Baselines::copies).collect()
}

/// The finished runs, in order. Reads only.
///
/// # Errors
/// As the system says; a record that cannot be read.
pub fn history(disk: &Disk) -> Result<Vec<Record>, ApplyError> {
    let runs = journal::runs(disk)?;
    runs.into_iter().filter_map(|run| journal::read(disk, &layout::record(run)).transpose()).collect()
}

/// The run under way, or interrupted, if there is one. Reads only.
///
/// # Errors
/// As the system says; a record that cannot be read.
pub fn under_way(disk: &Disk) -> Result<Option<Record>, ApplyError> {
    journal::read(disk, layout::NEXT)
}

/// What the name of a file ends in while [`write_beside`] writes it; it begins with a dot.
pub const BESIDE: &str = ".tito-new";

/// Puts a generated file where a user asked for it, outside any workspace: written beside its place, made durable, then renamed over it,
/// and its name made durable, too.
///
/// # Errors
/// As the system says; then what was there before is there still.
pub fn write_beside(path: &Path, bytes: &[u8]) -> Result<(), ApplyError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let disk = Disk::open(path.parent().unwrap_or(Path::new(".")))?;
    let staged = crate::path::shortened(&format!(".{name}"), BESIDE);
    disk.put(&name, &staged, bytes, true)?;
    // The file is in its place; a file system that cannot make a name durable does no harm to it.
    let _ = disk.sync_folders(&BTreeSet::from([String::new()]));
    Ok(())
}
