//! [`Disk`]: the one door to a workspace's files. Every call that changes something passes one function first, where a test can
//! make the n-th one fail, or stop the world there.
//!
//! Paths are relative to the workspace, `/`-separated, and never followed through a link: `at.rs` opens folder by folder
//! from the workspace's own handle, `plain.rs` (Windows, and any system without `openat`) looks at every folder before it goes on.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

use super::layout;
use crate::digest::Digest;
use crate::world::is_in_use;

#[cfg(unix)]
mod at;
mod error;
mod plain;

pub use error::DiskError;

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// May be run.
        executable: bool,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, FIFO or socket.
    Special,
}

/// What is at a path, a file by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A regular file.
    File {
        /// Digest of its bytes.
        digest: Digest,
        /// May be run.
        executable: bool,
    },
    /// A folder, a link, a device: never opened.
    Other(Kind),
    /// One of the folders on the way is a link, or no folder at all.
    Blocked(String),
}

impl Found {
    /// The digest, of a file.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::File { digest, .. } => Some(*digest),
            _ => None,
        }
    }
}

/// How a rename treats what is at its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It trades places.
    Exchange,
    /// It stays, and the rename fails.
    Keep,
    /// It goes. Only for files that no one but tito writes.
    Replace,
}

/// A call that changes something, named for tests that make the n-th one fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// A file is made, that may be run or not.
    Create(&'a str, bool),
    /// All bytes of a file that was just made are written.
    Write(&'a str, &'a [u8]),
    /// A file's bytes are made durable.
    SyncFile(&'a str),
    /// A folder's entries are made durable.
    SyncFolder(&'a str),
    /// Everything on the file system is made durable.
    SyncAll,
    /// A folder is made.
    MakeFolder(&'a str),
    /// A file is removed.
    RemoveFile(&'a str),
    /// An empty folder is removed.
    RemoveFolder(&'a str),
    /// Something gets another name.
    Rename(&'a str, &'a str, How),
    /// A file gets a second name.
    Link(&'a str, &'a str),
}

/// Sees every call that changes something before it is made; what it returns instead of `Ok` is what the call gives.
pub trait Watch: Send + Sync {
    /// `call` is about to be made.
    ///
    /// # Errors
    /// What the caller is to believe that the system said.
    fn before(&self, call: Call<'_>) -> io::Result<()>;

    /// Are files really made durable? A test that cuts no power need not wait for the disk.
    fn is_patient(&self) -> bool {
        true
    }
}

impl<F: Fn(Call<'_>) -> io::Result<()> + Send + Sync> Watch for F {
    fn before(&self, call: Call<'_>) -> io::Result<()> {
        self(call)
    }
}

/// Everybody may read and write.
const EVERYBODY: u32 = 0o666;

/// The mode of a new file for `readers`, who may run it where they may read it.
#[cfg(unix)]
fn mode(executable: bool, readers: u32) -> u32 {
    if executable { readers | (readers & 0o444) >> 2 } else { readers }
}

/// The raw calls of a system, relative to the workspace; no policy.
trait Files: Send + Sync {
    fn kind(&self, path: &str) -> io::Result<Option<Kind>>;
    fn open(&self, path: &str) -> io::Result<File>;
    /// What is at `path`, and what came of opening it, if it is a regular file.
    fn look(&self, path: &str) -> io::Result<Option<(Kind, Option<io::Result<File>>)>> {
        let Some(kind) = self.kind(path)? else { return Ok(None) };
        Ok(Some((kind, matches!(kind, Kind::File { .. }).then(|| self.open(path)))))
    }
    fn list(&self, path: &str) -> io::Result<Vec<String>>;
    fn is_empty(&self, path: &str) -> io::Result<bool>;
    /// Who may read and write the file, as Unix counts (0o666 and less); everybody, where there is none, or no such thing.
    fn readers(&self, path: &str) -> u32;
    /// A new file, for those of `readers` whom the umask lets.
    fn create(&self, path: &str, executable: bool, readers: u32) -> io::Result<File>;
    fn open_lock(&self, path: &str) -> io::Result<File>;
    fn make_folder(&self, path: &str) -> io::Result<()>;
    fn remove_file(&self, path: &str) -> io::Result<()>;
    fn remove_folder(&self, path: &str) -> io::Result<()>;
    fn rename(&self, from: &str, to: &str, how: How) -> io::Result<()>;
    fn link(&self, from: &str, to: &str) -> io::Result<()>;
    fn sync_file(&self, path: &str) -> io::Result<()>;
    fn sync_folder(&self, path: &str) -> io::Result<()>;
    /// False: the system has no such call.
    fn sync_all(&self) -> io::Result<bool>;
}

/// A workspace's files.
#[derive(Clone)]
pub struct Disk {
    files: Arc<dyn Files>,
    watch: Option<Arc<dyn Watch>>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disk").finish_non_exhaustive()
    }
}

type Result<T, E = DiskError> = std::result::Result<T, E>;

impl Disk {
    /// The files below `root`, with the best calls that the system has. Writes nothing.
    ///
    /// # Errors
    /// `root` is not a folder that can be opened.
    pub fn open(root: &Path) -> Result<Self> {
        #[cfg(unix)]
        let files = at::At::open(root).map(|files| Arc::new(files) as Arc<dyn Files>);
        #[cfg(not(unix))]
        let files = plain::Plain::open(root).map(|files| Arc::new(files) as Arc<dyn Files>);
        let files = files.map_err(|cause| DiskError::new("open", &root.display().to_string(), cause))?;
        Ok(Self { files, watch: None })
    }

    /// The files below `root` by the calls that every system has: what runs on Windows.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn open_plain(root: &Path) -> Result<Self> {
        let files = plain::Plain::open(root)
            .map_err(|cause| DiskError::new("open", &root.display().to_string(), cause))?;
        Ok(Self { files: Arc::new(files), watch: None })
    }

    /// This disk, with every mutating call seen by `watch` first.
    #[must_use]
    pub fn watched(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    fn is_patient(&self) -> bool {
        self.watch.as_ref().is_none_or(|watch| watch.is_patient())
    }

    fn go(&self, call: Call<'_>) -> io::Result<()> {
        self.watch.as_ref().map_or(Ok(()), |watch| watch.before(call))
    }

    /// What is at `path`; nothing is followed and, except for regular files, nothing opened.
    ///
    /// # Errors
    /// As the system says.
    pub fn kind(&self, path: &str) -> Result<Option<Kind>> {
        match self.files.kind(path) {
            Err(error) if error.kind() == ErrorKind::NotADirectory => Ok(None),
            other => other.map_err(|cause| DiskError::new("look at", path, cause)),
        }
    }

    /// What is at `path`, a file by its digest.
    ///
    /// # Errors
    /// As the system says.
    pub fn found(&self, path: &str) -> Result<Found> {
        let looked = match self.files.look(path) {
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Ok(Found::Blocked(self.obstacle(path)?));
            }
            other => other.map_err(|cause| DiskError::new("look at", path, cause))?,
        };
        let (executable, opened) = match looked {
            None => return Ok(Found::Nothing),
            Some((Kind::File { executable, .. }, Some(opened))) => (executable, opened),
            Some((other, _)) => return Ok(Found::Other(other)),
        };
        match opened.and_then(|mut file| Digest::of_reader(&mut file)) {
            Ok(digest) => Ok(Found::File { digest, executable }),
            // It went, or became something else, since it was looked at: an editor at work.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
            Err(cause) => match self.kind(path)? {
                Some(kind) if !matches!(kind, Kind::File { .. }) => Ok(Found::Other(kind)),
                _ => Err(DiskError::new("read", path, cause)),
            },
        }
    }

    /// The first folder on the way to `path` that is none.
    fn obstacle(&self, path: &str) -> Result<String> {
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..end).unwrap_or(path);
            if !matches!(self.kind(folder)?, Some(Kind::Folder)) {
                return Ok(folder.to_owned());
            }
        }
        Ok(path.to_owned())
    }

    /// The bytes of a regular file of at most `limit` bytes, or `None` where there is none.
    ///
    /// # Errors
    /// As the system says; the file is longer.
    pub fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let wrong = |cause| DiskError::new("read", path, cause);
        let mut bytes = Vec::new();
        let file = match self.files.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other.map_err(wrong)?,
        };
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(wrong)?;
        if bytes.len() as u64 > limit {
            return Err(wrong(io::Error::new(ErrorKind::FileTooLarge, "the file is too large")));
        }
        Ok(Some(bytes))
    }

    /// A regular file that is read at any place, or `None` where there is none.
    ///
    /// # Errors
    /// As the system says.
    pub fn open_file(&self, path: &str) -> Result<Option<File>> {
        match self.files.open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            other => other.map(Some).map_err(|cause| DiskError::new("read", path, cause)),
        }
    }

    /// Names in a folder, sorted; none where there is no folder. Names that are not Unicode are not ours, and left out.
    ///
    /// # Errors
    /// As the system says.
    pub fn list(&self, path: &str) -> Result<Vec<String>> {
        match self.files.list(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Vec::new())
            }
            Err(cause) => Err(DiskError::new("list", path, cause)),
            Ok(mut names) => {
                names.sort();
                Ok(names)
            }
        }
    }

    /// Is there a folder at `path` with nothing in it, whatever its name?
    ///
    /// # Errors
    /// As the system says.
    pub fn is_empty(&self, path: &str) -> Result<bool> {
        match self.files.is_empty(path) {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
                ) =>
            {
                Ok(false)
            }
            other => other.map_err(|cause| DiskError::new("list", path, cause)),
        }
    }

    /// Makes a file that must not exist, with the permissions that the student's umask gives.
    ///
    /// # Errors
    /// As the system says.
    pub fn create(&self, path: &str, bytes: &[u8], executable: bool, durable: bool) -> Result<()> {
        self.create_for(path, bytes, executable, durable, EVERYBODY)
    }

    /// The same, for no more people than may read and write what is at `like`: a file that replaces a private one is private, too.
    ///
    /// # Errors
    /// As the system says.
    pub fn create_like(
        &self,
        like: &str,
        path: &str,
        bytes: &[u8],
        executable: bool,
        durable: bool,
    ) -> Result<()> {
        self.create_for(path, bytes, executable, durable, self.files.readers(like))
    }

    fn create_for(
        &self,
        path: &str,
        bytes: &[u8],
        executable: bool,
        durable: bool,
        readers: u32,
    ) -> Result<()> {
        let mut file = self
            .go(Call::Create(path, executable))
            .and_then(|()| self.files.create(path, executable, readers))
            .map_err(|cause| DiskError::new("create", path, cause))?;
        self.go(Call::Write(path, bytes))
            .and_then(|()| file.write_all(bytes))
            .map_err(|cause| DiskError::new("write", path, cause))?;
        if durable {
            self.go(Call::SyncFile(path))
                .and_then(|()| if self.is_patient() { file.sync_all() } else { Ok(()) })
                .map_err(|cause| DiskError::unsynced(path, cause))?;
        }
        Ok(())
    }

    /// The file that holds the workspace's lock, made where it is missing.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn open_lock(&self, path: &str) -> Result<File> {
        self.go(Call::Create(path, false))
            .and_then(|()| self.files.open_lock(path))
            .map_err(|cause| DiskError::new("open", path, cause))
    }

    /// Makes a file durable that someone else wrote.
    ///
    /// # Errors
    /// As the system says.
    pub fn sync_file(&self, path: &str) -> Result<()> {
        self.go(Call::SyncFile(path))
            .and_then(|()| if self.is_patient() { self.files.sync_file(path) } else { Ok(()) })
            .map_err(|cause| DiskError::unsynced(path, cause))
    }

    /// Makes everything written so far durable by one call; false where the system has none.
    ///
    /// # Errors
    /// As the system says.
    pub fn sync_all(&self) -> Result<bool> {
        self.go(Call::SyncAll)
            .and_then(|()| if self.is_patient() { self.files.sync_all() } else { Ok(true) })
            .map_err(|cause| DiskError::unsynced(".", cause))
    }

    /// Makes the entries of `folders` durable; one that is gone needs it no more.
    ///
    /// # Errors
    /// As the system says.
    pub fn sync_folders(&self, folders: &BTreeSet<String>) -> Result<()> {
        for folder in folders {
            let sync = |()| if self.is_patient() { self.files.sync_folder(folder) } else { Ok(()) };
            match self.go(Call::SyncFolder(folder)).and_then(sync) {
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                other => other.map_err(|cause| DiskError::unsynced(folder, cause))?,
            }
        }
        Ok(())
    }

    /// Makes the folder at `path` and those above it, and returns those whose entries changed.
    ///
    /// # Errors
    /// As the system says, [`DiskError::is_blocked`] where something that is not a folder is in the way.
    pub fn make_folders(&self, path: &str) -> Result<BTreeSet<String>> {
        let mut changed = BTreeSet::new();
        if self.kind(path)? == Some(Kind::Folder) {
            return Ok(changed);
        }
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for folder in ends.filter_map(|end| path.get(..end)).filter(|folder| !folder.is_empty()) {
            let blocked = || {
                let cause =
                    io::Error::new(ErrorKind::NotADirectory, "something that is not a folder is there");
                DiskError::new("make the folder", folder, cause)
            };
            match self.kind(folder)? {
                Some(Kind::Folder) => continue,
                Some(_) => return Err(blocked()),
                None => {}
            }
            match self.go(Call::MakeFolder(folder)).and_then(|()| self.files.make_folder(folder)) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if self.kind(folder)? != Some(Kind::Folder) {
                        return Err(blocked());
                    }
                }
                other => other.map_err(|cause| DiskError::new("make the folder", folder, cause))?,
            }
            changed.insert(parent(folder).to_owned());
        }
        Ok(changed)
    }

    /// Removes a file that is known to exist elsewhere, or that only tito wrote. One that is gone is fine.
    ///
    /// # Errors
    /// As the system says.
    pub fn remove_file(&self, path: &str) -> Result<()> {
        match self.go(Call::RemoveFile(path)).and_then(|()| self.files.remove_file(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other.map_err(|cause| DiskError::new("remove", path, cause)),
        }
    }

    /// Removes a folder if it is empty, and says whether it is gone.
    ///
    /// # Errors
    /// As the system says, except for a folder that may not be removed: an empty folder does no harm.
    pub fn remove_folder(&self, path: &str) -> Result<bool> {
        match self.go(Call::RemoveFolder(path)).and_then(|()| self.files.remove_folder(path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            // Someone's current folder, on Windows.
            Err(error) if is_in_use(&error) => Ok(false),
            Err(error) => match error.kind() {
                ErrorKind::DirectoryNotEmpty
                | ErrorKind::AlreadyExists
                | ErrorKind::PermissionDenied
                | ErrorKind::NotADirectory => Ok(false),
                _ => Err(DiskError::new("remove the folder", path, error)),
            },
        }
    }

    /// Gives `from` the name `to`, over a file of tito's own if one is there.
    ///
    /// # Errors
    /// As the system says.
    pub fn replace(&self, from: &str, to: &str) -> Result<()> {
        self.go(Call::Rename(from, to, How::Replace))
            .and_then(|()| self.files.rename(from, to, How::Replace))
            .map_err(|cause| DiskError::new("write", to, cause))
    }

    /// Puts `bytes` at `path`, whole or not at all: written as `part` first, where a rest of an earlier attempt goes.
    ///
    /// # Errors
    /// As the system says; then `path` is as it was, and nothing is at `part`.
    pub fn put(&self, path: &str, part: &str, bytes: &[u8], durable: bool) -> Result<()> {
        self.remove_file(part)?;
        let done = self.create(part, bytes, false, durable).and_then(|()| self.replace(part, path));
        done.inspect_err(|_| drop(self.remove_file(part)))
    }

    /// `from` and `to` trade places in one step; false where the system cannot do that. Both must exist.
    ///
    /// # Errors
    /// As the system says, [`DiskError::is_missing`] where one went.
    pub fn exchange(&self, from: &str, to: &str) -> Result<bool> {
        match self
            .go(Call::Rename(from, to, How::Exchange))
            .and_then(|()| self.files.rename(from, to, How::Exchange))
        {
            Ok(()) => Ok(true),
            Err(error) if is_unsupported(&error) => Ok(false),
            Err(cause) => Err(DiskError::new("replace", to, cause)),
        }
    }

    /// Gives `from` the name `to` if nothing is there; false if something does.
    ///
    /// # Errors
    /// As the system says, [`DiskError::is_missing`] where `from` or the folder of `to` is gone.
    pub fn rename_new(&self, from: &str, to: &str) -> Result<bool> {
        let wrong = |cause| renaming(from, to, cause);
        match self.go(Call::Rename(from, to, How::Keep)).and_then(|()| self.files.rename(from, to, How::Keep))
        {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) if is_unsupported(&error) => self.link_new(from, to),
            Err(cause) => Err(wrong(cause)),
        }
    }

    /// [`Disk::rename_new`] for systems without it: a second name, then the first goes. A folder, or a file where the file system
    /// knows no second names, is renamed after a look: the one step here that an editor could come between. Into the stage, too, but
    /// there no one comes.
    fn link_new(&self, from: &str, to: &str) -> Result<bool> {
        let wrong = |cause| renaming(from, to, cause);
        if matches!(self.kind(from)?, Some(Kind::File { .. })) && !to.starts_with(layout::STAGE) {
            // A first name that another program does not let go must not get a second: so the call that fails is made before.
            self.go(Call::Rename(from, from, How::Replace))
                .and_then(|()| self.files.rename(from, from, How::Replace))
                .map_err(wrong)?;
            match self.go(Call::Link(from, to)).and_then(|()| self.files.link(from, to)) {
                Ok(()) => {
                    // The second name is durable before the first one goes.
                    self.sync_folders(&BTreeSet::from([parent(to).to_owned()]))?;
                    return self.remove_file(from).map(|()| true);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
                Err(error) if is_unsupported(&error) || error.kind() == ErrorKind::PermissionDenied => {}
                Err(cause) => return Err(wrong(cause)),
            }
        }
        if self.kind(to)?.is_some() {
            return Ok(false);
        }
        self.go(Call::Rename(from, to, How::Replace))
            .and_then(|()| self.files.rename(from, to, How::Replace))
            .map_err(wrong)
            .map(|()| true)
    }
}

/// The folder of `path`; the workspace itself is the empty path.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A rename that failed, by the name that means something to people: not that in the stage.
fn renaming(from: &str, to: &str, cause: io::Error) -> DiskError {
    if to.starts_with(layout::STAGE) {
        DiskError::new("take away", from, cause)
    } else {
        DiskError::new("write", to, cause)
    }
}

/// Says the system that it, or the file system, has no such call?
fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput)
}
