//! Seam 1: everything that is read comes through [`World`].
//!
//! In: paths. Out: bytes, listings, the time. It never writes, and never follows a link.
//! `disk.rs` is the real one, `bundled.rs` the base course inside the binary, `memory.rs` the one of tests.

mod bundled;
pub mod disk;

use std::path::Path;

/// Where a tree of files (a base, an assignment's folder) lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// The base that is part of the binary.
    Bundled,
    /// A folder.
    Folder(std::path::PathBuf),
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

    /// The time, UTC.
    fn now(&self) -> jiff::Timestamp;
}

/// The cause of an I/O error in words, without the system's number.
pub fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let word = match error.kind() {
        ErrorKind::NotFound => "it is not there",
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
