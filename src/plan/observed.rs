//! [`Observed`]: the workspace as it is, as far as a plan needs it. Digests, and the few bytes that a merge needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::StatCache;
use super::exports::SeenExports;
use crate::digest::Digest;
use crate::id::FileId;
use crate::lock::{Progress, Unsettled};
use crate::path::WorkspacePath;

/// The workspace as it is.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// What is at the paths of the target and of the baselines, and whatever else is in folders of units that move.
    pub files: BTreeMap<WorkspacePath, Seen>,
    /// What else is in folders that were looked into; nothing may be put there.
    pub occupied: BTreeSet<String>,
    /// The offers that are in `.tinytorch/incoming/`.
    pub incoming: BTreeMap<WorkspacePath, Seen>,
    /// Files that the course has under another name, which no one declared: old → new.
    pub renamed: BTreeMap<FileId, FileId>,
    /// Where files are that became the student's own when the course dropped them, and that the course has again.
    pub returning: BTreeSet<WorkspacePath>,
    /// Where files are that the student moved.
    pub elsewhere: BTreeMap<FileId, WorkspacePath>,
    /// Digests of bytes whose content has another one (see [`super::canonical()`]).
    pub forms: BTreeMap<Digest, Digest>,
    /// Bytes that a merge needs.
    pub contents: BTreeMap<Digest, Arc<[u8]>>,
    /// What is known of exports.
    pub exports: SeenExports,
    /// When this was.
    pub now: jiff::Timestamp,
    /// Digest of `course.lock` as it is.
    pub lock: Option<Digest>,
    /// How far the student is.
    pub progress: Progress,
    /// Digest of `progress.json` as it is.
    pub progress_digest: Option<Digest>,
    /// Entries of `progress.json` that could not be understood.
    pub unsettled: Vec<Unsettled>,
    /// Things in folders of units that move that cannot be named on every system; they stay where they are.
    pub unmovable: Vec<String>,
    /// Where something is missing: files, and folders with a `/` at their end, that may be it, and have names that tito cannot follow, and why.
    pub unnamed: Vec<(String, String)>,
    /// Notebooks of the student's that cannot be read as such, by where they are: which file it is, and why.
    pub unreadable: BTreeMap<WorkspacePath, (FileId, String)>,
    /// What an editor saved again under a name that a file had before, by where that is: which file it is like.
    pub saved_again: BTreeMap<WorkspacePath, FileId>,
    /// Folders of units that move with too much of the student's own in them; it stays where it is.
    pub crowded: Vec<String>,
    /// What to remember, so that the next observation need not read what this one read. A command that writes may write it.
    pub cache: StatCache,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A regular file.
    File {
        /// Digest of its bytes.
        raw: Digest,
        /// Its size in bytes.
        size: u64,
        /// May it be run?
        executable: bool,
    },
    /// Something that tito does not touch.
    Obstacle(Obstacle),
}

impl Seen {
    /// The digest of the file's bytes, if it is one.
    pub fn raw(&self) -> Option<Digest> {
        match self {
            Self::File { raw, .. } => Some(*raw),
            Self::Obstacle(_) => None,
        }
    }
}

/// Why a path can be neither read nor written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "what", content = "where")]
pub enum Obstacle {
    /// A symbolic link is there; tito follows none.
    Link,
    /// A folder is there.
    Folder,
    /// A device, FIFO or socket is there.
    Special,
    /// A folder on the way is a link or a file.
    Behind(String),
    /// The system does not let us read it.
    Unreadable(String),
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link => f.write_str("it is a link"),
            Self::Folder => f.write_str("a folder is there"),
            Self::Special => f.write_str("it is not a regular file"),
            Self::Behind(at) => write!(f, "`{}` is not a folder of the workspace", at.escape_debug()),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl Observed {
    /// The digest of the content of the bytes with digest `raw`.
    pub fn canonical(&self, raw: Digest) -> Digest {
        self.forms.get(&raw).copied().unwrap_or(raw)
    }

    /// The digest of the file at `path`, if a regular one is there.
    pub fn raw(&self, path: &WorkspacePath) -> Option<Digest> {
        self.files.get(path).and_then(Seen::raw)
    }

    /// May the file at `path` be run? None where no regular file is there.
    pub fn is_executable(&self, path: &WorkspacePath) -> Option<bool> {
        match self.files.get(path) {
            Some(Seen::File { executable, .. }) => Some(*executable),
            _ => None,
        }
    }

    /// What keeps tito from touching `path`, if something does.
    pub fn obstacle(&self, path: &WorkspacePath) -> Option<&Obstacle> {
        match self.files.get(path) {
            Some(Seen::Obstacle(obstacle)) => Some(obstacle),
            _ => None,
        }
    }

    /// Does anything stand at `path`, as far as was looked?
    pub fn taken(&self, path: &WorkspacePath) -> bool {
        self.files.contains_key(path) || self.occupied.contains(path.as_str())
    }
}
