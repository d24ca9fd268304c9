//! Where things of tito's own lie in a workspace.

use crate::digest::Digest;
use crate::path::WorkspacePath;
use crate::plan::Place;

/// tito's own folder.
pub const PRIVATE: &str = ".tinytorch";
/// The advisory lock; never deleted, because a second process may be waiting on this very file.
pub const LOCK: &str = ".tinytorch/lock";
/// Pristine copies, many to a file; who reads them is [`crate::plan::Pristine`].
pub const PACKS: &str = crate::plan::PACKS;
/// Copies by digest that are in no pack: tito's own files of each run, and what a run displaced.
pub const OBJECTS: &str = ".tinytorch/objects";
/// What was set aside, as plain files.
pub const BACKUPS: &str = ".tinytorch/backups";
/// Offers.
pub const INCOMING: &str = ".tinytorch/incoming";
/// What each run did.
pub const JOURNAL: &str = ".tinytorch/journal";
/// What the run under way is about to do.
pub const NEXT: &str = ".tinytorch/journal/next";
/// An empty folder that says: the last run is done, but its command has perhaps not said so. The same command, given again, then says it
/// and does nothing.
pub(super) const UNSAID: &str = ".tinytorch/journal/unsaid";
/// Every temporary file is here and nowhere else.
pub(super) const STAGE: &str = ".tinytorch/stage";
/// The part of the stage into which new bytes are written; no student's byte was ever in it, so that it may be wiped.
pub(super) const PREPARING: &str = ".tinytorch/stage/preparing";
/// The part of the stage from which new bytes go out and into which displaced ones come; settled, never wiped.
pub(super) const RUN: &str = ".tinytorch/stage/run";

/// The files of tito's own that a run replaces last, in the order in which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meta {
    /// `progress.json`: how far the student is. Others write it too: one that changed meanwhile is left as it is.
    Progress,
    /// `.tinytorch/config.json`: where the course comes from.
    Config,
    /// `.tinytorch/version`: the workspace's format in one line.
    Version,
    /// `.tinytorch/release.json`: the release that was last given, as a manifest; its contents are among the objects.
    Release,
    /// `.tinytorch/course/newest.json`: the newest release that is known of an address, where only a part of it was given.
    Newest,
    /// `.tinytorch/course/kept.json`: from which address the newest release came that is known, and its number there.
    Kept,
    /// `course.lock`: what the course is.
    Lock,
    /// `.tinytorch/version.json`: the baselines.
    Baselines,
}

impl Meta {
    /// All of them, in order.
    pub const ALL: [Meta; 8] = [
        Self::Progress,
        Self::Config,
        Self::Version,
        Self::Release,
        Self::Newest,
        Self::Kept,
        Self::Lock,
        Self::Baselines,
    ];

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Progress => "progress.json",
            Self::Config => ".tinytorch/config.json",
            Self::Version => ".tinytorch/version",
            Self::Release => ".tinytorch/release.json",
            Self::Newest => ".tinytorch/course/newest.json",
            Self::Kept => ".tinytorch/course/kept.json",
            Self::Lock => "course.lock",
            Self::Baselines => ".tinytorch/version.json",
        }
    }
}

/// Where a place is below the workspace.
pub fn path_of(place: &Place) -> String {
    match place {
        Place::Workspace(path) => path.to_string(),
        Place::Incoming(path) => incoming(path),
    }
}

/// Where the offer for `path` is.
pub fn incoming(path: &WorkspacePath) -> String {
    format!("{INCOMING}/{path}")
}

/// Where the object of `digest` is.
pub fn object(digest: Digest) -> String {
    crate::plan::object_path(digest)
}

/// Where the pack of `digest` is.
pub fn pack(digest: Digest) -> String {
    format!("{PACKS}/{digest}.zip")
}

/// Where the record of a finished run is.
pub fn record(run: u64) -> String {
    format!("{JOURNAL}/{run:06}.json")
}

/// A time as it is in names of backup folders: `20250115_103000`, UTC.
pub fn stamp(time: jiff::Timestamp) -> String {
    time.strftime("%Y%m%d_%H%M%S").to_string()
}
