//! Seam 1: everything that is read comes through [`World`].
//!
//! In: paths. Out: bytes, listings, the time. It never writes, and never follows a link.
//! `disk.rs` is the real one, `bundled.rs` the base course inside the binary, `memory.rs` the one of tests, `held.rs` one
//! of which a tree was read once, `tracked.rs` one that notes what is read of it (`inputs.rs`), `fetched.rs` one in which the sources of a
//! course are there (see `sources/`).

mod bundled;
mod certificates;
pub mod disk;
pub mod held;
pub mod inputs;
pub(crate) mod http;
pub mod fetched;
pub mod memory;
mod nearby;
mod netrc;
pub mod site;
pub mod sources;
pub mod tracked;
pub(crate) mod zip_entries;

use std::path::Path;
use std::sync::Arc;

use crate::digest::Digest;

pub(crate) use nearby::Nearby;
use sources::{Fault, Remote, Tree};

/// Where a tree of files (a base, an assignment's folder) is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// The base that is part of the binary.
    Bundled,
    /// A folder that the user named, or that tito found; it may be a link.
    Folder(std::path::PathBuf),
    /// A folder that a file names: this path, `/`-separated, below that folder. No part of the path may be a link.
    Below(std::path::PathBuf, String),
    /// A folder, `/`-separated, of a source that was fetched.
    Source(Arc<Tree>, String),
}

impl Root {
    /// Where `path` of it is.
    fn opened<'a>(&'a self, path: &str) -> Opened<'a> {
        let (folder, inner) = match self {
            Self::Bundled => return Opened::Bundled,
            Self::Source(tree, inner) => return Opened::Source(tree, joined(inner, path)),
            Self::Folder(folder) => (folder, ""),
            Self::Below(folder, inner) => (folder, inner.as_str()),
        };
        // The folder of the process has no name of its own.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Opened::Folder(folder, joined(inner, path))
    }

    /// The folder that it is, where it is one of this computer.
    pub fn folder(&self) -> Option<std::path::PathBuf> {
        match self.opened("") {
            Opened::Folder(folder, inner) => {
                Some(if inner.is_empty() { folder.to_owned() } else { folder.join(inner) })
            }
            Opened::Bundled | Opened::Source(..) => None,
        }
    }

    /// How messages name what is at `path` of it, where that is not just `path`.
    pub fn label_of(&self, path: &str) -> String {
        match self {
            Self::Bundled => format!("bundled:{path}"),
            Self::Source(tree, inner) => tree.remote.label_of(&joined(inner, path)),
            Self::Folder(_) | Self::Below(..) => path.to_owned(),
        }
    }
}

/// Where something of a root is.
enum Opened<'a> {
    /// In the binary.
    Bundled,
    /// In a source, at this path.
    Source(&'a Tree, String),
    /// Below the folder that is opened first, at this path.
    Folder(&'a Path, String),
}

/// `path` below `inner`.
fn joined(inner: &str, path: &str) -> String {
    let parts = [inner, path].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
}

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file, and whether it is executable.
    File {
        /// May be run.
        executable: bool,
    },
    /// A symbolic link; never followed.
    Link,
    /// Another repository, in a source of Git; it is not fetched.
    Submodule,
    /// A device, FIFO or socket.
    Special,
}

/// An entry of a tree that is not a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path below the root, `/`-separated; a name that is not Unicode is shown with replacement characters.
    pub path: String,
    /// Was the name valid Unicode?
    pub unicode: bool,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes.
    pub size: u64,
}

/// What something that is directly in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundKind {
    /// A folder.
    Folder,
    /// A regular file, and whether it is executable.
    File {
        /// May be run.
        executable: bool,
    },
    /// A symbolic link; never followed.
    Link,
    /// A device, FIFO or socket.
    Special,
}

/// What the system says of a file without opening it. While it says the same, the file holds the same (see
/// [`crate::plan::StatCache`] for the exception).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// When the bytes were last written, in nanoseconds since 1970.
    pub modified: i64,
    /// When anything about the file was last changed, where the system says so.
    pub changed: i64,
    /// The file's number, where the system has one.
    pub inode: u64,
}

/// A file that was changed this shortly before it was read may be changed again without its stamp changing: clocks of file systems tick
/// coarsely, the ones with whole seconds most of all.
const SLACK_FINE: i64 = 100_000_000;
const SLACK_COARSE: i64 = 3_000_000_000;

impl Stamp {
    /// Was the file, as it is with this stamp, so old at the time `now` of [`World::file_clock`] that every later change gives another stamp?
    pub fn is_settled(&self, now: i64) -> bool {
        let coarse = self.modified % 1_000_000_000 == 0;
        let slack = if coarse { SLACK_COARSE } else { SLACK_FINE };
        self.modified.saturating_add(slack) < now
    }
}

/// Something that is directly in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name; one that is not Unicode is shown with replacement characters.
    pub name: String,
    /// Was the name valid Unicode?
    pub unicode: bool,
    /// What it is.
    pub kind: FoundKind,
    /// Bytes, of a file.
    pub size: u64,
    /// What else the system says; none where it says nothing that one could rely on.
    pub stamp: Option<Stamp>,
}

/// What people are told of a file that another program has open.
pub(crate) const IN_USE: &str = "another program has it open";

/// A file that is read at any place.
pub trait Seekable: std::io::Read + std::io::Seek + Send {}

impl<T: std::io::Read + std::io::Seek + Send> Seekable for T {}

/// The world as tito reads it.
pub trait World: Sync {
    /// The bytes of a file outside a tree: a `course.yml`, a lock. At most `limit` bytes: a longer file is an error of kind
    /// `FileTooLarge`.
    ///
    /// # Errors
    /// As the system says.
    fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>>;

    /// Everything below `root` that is not a folder, sorted by path. Links are listed, not followed.
    ///
    /// # Errors
    /// As the system says; `NotFound` where the root is not a folder.
    fn list(&self, root: &Root) -> std::io::Result<Vec<Entry>>;

    /// The bytes of a file that [`World::list`] named.
    ///
    /// # Errors
    /// As the system says.
    fn read_in(&self, root: &Root, path: &str) -> std::io::Result<Vec<u8>>;

    /// The same bytes, for whoever keeps them: a world that has them already gives no second copy.
    ///
    /// # Errors
    /// As the system says.
    fn share_in(&self, root: &Root, path: &str) -> std::io::Result<Arc<[u8]>> {
        self.read_in(root, path).map(Arc::from)
    }

    /// What is directly in the folder `dir` of `root` (the root itself where it is empty), sorted by name. No part of `dir` may be a
    /// link.
    ///
    /// # Errors
    /// `NotFound` or `NotADirectory` where it is not a folder; else as the system says.
    fn entries(&self, root: &Root, dir: &str) -> std::io::Result<Vec<Found>> {
        entries_of(&self.list(root)?, dir)
    }

    /// The bytes of a file below `root`; no part of `path` may be a link, and a longer file than `limit` is an error of kind `FileTooLarge`.
    ///
    /// # Errors
    /// As the system says; `InvalidInput` for what is not a regular file.
    fn read_below(&self, root: &Root, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
        let bytes = self.read_in(root, path)?;
        if bytes.len() as u64 > limit { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
    }

    /// A file below `root` that is read at any place, a pack; no part of `path` may be a link.
    ///
    /// # Errors
    /// As [`World::read_below`].
    fn open_below(&self, root: &Root, path: &str) -> std::io::Result<Box<dyn Seekable>> {
        Ok(Box::new(std::io::Cursor::new(self.read_in(root, path)?)))
    }

    /// The digest of a file below `root`, however large it is; no part of `path` may be a link.
    ///
    /// # Errors
    /// As [`World::read_below`].
    fn digest_below(&self, root: &Root, path: &str) -> std::io::Result<Digest> {
        Ok(Digest::of(&self.read_in(root, path)?))
    }

    /// The tree of a source that a course names. None: it was not fetched; whoever compiles does that before.
    fn source(&self, _remote: &Remote) -> Option<Result<Arc<Tree>, Fault>> {
        None
    }

    /// Does the system say of everything that `inputs` name what it said then? Opens nothing; a world that cannot tell says no.
    fn holds(&self, _inputs: &inputs::Inputs) -> bool {
        false
    }

    /// The time, UTC: whatever is recorded, shown or decided by time asks here.
    fn now(&self) -> jiff::Timestamp;

    /// The clock that the file system stamps files by, in nanoseconds since 1970. Only what compares with such stamps asks it:
    /// where someone sets [`World::now`], files are still stamped by the real clock.
    fn file_clock(&self) -> i64 {
        i64::try_from(self.now().as_nanosecond()).unwrap_or(i64::MAX)
    }
}

/// Methods of [`World`] that a world with another one in its field `world` answers as that one does. Each is named, so that a method with a
/// default is not forgotten unseen.
macro_rules! as_the_other_world {
    ($($method:ident)*) => { $($crate::world::as_the_other_world!(@$method);)* };
    (@read) => {
        fn read(&self, path: &std::path::Path, limit: u64) -> std::io::Result<Vec<u8>> {
            self.world.read(path, limit)
        }
    };
    (@list) => {
        fn list(&self, root: &$crate::world::Root) -> std::io::Result<Vec<$crate::world::Entry>> {
            self.world.list(root)
        }
    };
    (@read_in) => {
        fn read_in(&self, root: &$crate::world::Root, path: &str) -> std::io::Result<Vec<u8>> {
            self.world.read_in(root, path)
        }
    };
    (@entries) => {
        fn entries(&self, root: &$crate::world::Root, dir: &str) -> std::io::Result<Vec<$crate::world::Found>> {
            self.world.entries(root, dir)
        }
    };
    (@read_below) => {
        fn read_below(&self, root: &$crate::world::Root, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
            self.world.read_below(root, path, limit)
        }
    };
    (@open_below) => {
        fn open_below(
            &self,
            root: &$crate::world::Root,
            path: &str,
        ) -> std::io::Result<Box<dyn $crate::world::Seekable>> {
            self.world.open_below(root, path)
        }
    };
    (@digest_below) => {
        fn digest_below(&self, root: &$crate::world::Root, path: &str) -> std::io::Result<$crate::digest::Digest> {
            self.world.digest_below(root, path)
        }
    };
    (@source) => {
        fn source(
            &self,
            remote: &$crate::world::sources::Remote,
        ) -> Option<std::result::Result<std::sync::Arc<$crate::world::sources::Tree>, $crate::world::sources::Fault>> {
            self.world.source(remote)
        }
    };
    (@holds) => {
        fn holds(&self, inputs: &$crate::world::inputs::Inputs) -> bool {
            self.world.holds(inputs)
        }
    };
    (@now) => {
        fn now(&self) -> jiff::Timestamp {
            self.world.now()
        }
    };
    (@file_clock) => {
        fn file_clock(&self) -> i64 {
            self.world.file_clock()
        }
    };
}
pub(crate) use as_the_other_world;

/// The answer of [`World::entries`] of a world that only has a list of files.
fn entries_of(all: &[Entry], dir: &str) -> std::io::Result<Vec<Found>> {
    let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
    let mut found: Vec<Found> = Vec::new();
    let mut folders = std::collections::BTreeSet::new();
    for entry in all {
        let Some(rest) = entry.path.strip_prefix(&prefix) else { continue };
        let (name, kind, size) = match (rest.split_once('/'), entry.kind) {
            (Some((folder, _)), _) if !folders.insert(folder.to_owned()) => continue,
            (Some((folder, _)), _) => (folder, FoundKind::Folder, 0),
            (None, EntryKind::File { executable }) => (rest, FoundKind::File { executable }, entry.size),
            (None, EntryKind::Link) => (rest, FoundKind::Link, 0),
            (None, EntryKind::Special | EntryKind::Submodule) => (rest, FoundKind::Special, 0),
        };
        found.push(Found { name: name.to_owned(), unicode: entry.unicode, kind, size, stamp: None });
    }
    if found.is_empty() && !dir.is_empty() {
        let is_entry = all.iter().any(|entry| entry.path == dir);
        let kind = if is_entry { std::io::ErrorKind::NotADirectory } else { std::io::ErrorKind::NotFound };
        return Err(kind.into());
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Is it another program that is in the way, which has the file open? Windows says so by two numbers that have no kind.
pub(crate) fn is_in_use(error: &std::io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    error.kind() == std::io::ErrorKind::ResourceBusy
        || (cfg!(windows) && matches!(error.raw_os_error(), Some(SHARING_VIOLATION | LOCK_VIOLATION)))
}

/// The cause of an I/O error in words, without the system's number.
pub fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    if is_in_use(error) {
        return IN_USE.to_owned();
    }
    let word = match error.kind() {
        ErrorKind::NotFound => "it does not exist",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::FileTooLarge => "it is too large",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of its path is not a folder",
        ErrorKind::InvalidInput => "it is not a regular file",
        ErrorKind::QuotaExceeded => "the disk quota is used up",
        _ => {
            let text = error.to_string();
            return text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        }
    };
    word.to_owned()
}
