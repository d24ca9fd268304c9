//! A workspace by plain paths: what every system has. Each folder on the way is looked at before it is passed.

#![expect(clippy::disallowed_methods, reason = "the seam: the only place that writes by path")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{Files, How, Kind};
use crate::path::is_one_name;
use crate::world::is_in_use;

/// The folder.
pub(super) struct Plain {
    root: PathBuf,
}

impl Plain {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        // Made absolute once, so that a later change of the current folder cannot move the workspace.
        let root = std::path::absolute(root)?;
        if fs::metadata(&root)?.is_dir() {
            Ok(Self { root })
        } else {
            Err(io::ErrorKind::NotADirectory.into())
        }
    }

    /// The system's path for `path`, every folder above which is really one.
    fn checked(&self, path: &str) -> io::Result<PathBuf> {
        let mut at = self.root.clone();
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            if !is_one_name(part) {
                return Err(io::ErrorKind::InvalidFilename.into());
            }
            at.push(part);
            if parts.peek().is_some() && !fs::symlink_metadata(&at)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        Ok(at)
    }
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn readers(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & super::EVERYBODY
}

#[cfg(not(unix))]
fn readers(_: &fs::Metadata) -> u32 {
    super::EVERYBODY
}

#[cfg(unix)]
fn with_mode(options: &mut OpenOptions, executable: bool, readers: u32) {
    std::os::unix::fs::OpenOptionsExt::mode(options, super::mode(executable, readers));
}

#[cfg(not(unix))]
fn with_mode(_: &mut OpenOptions, _: bool, _: u32) {}

/// How often something is tried that a virus scanner or an indexer may hold up: they open every new file, and Windows moves and
/// removes nothing that is open.
const TRIES: u32 = 8;

/// Makes a call that another program may be in the way of for a moment: after 5, 10, 20 … ms again, 0.6 s in all.
fn patiently(call: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let passes = |error: &io::Error| {
        is_in_use(error) || (cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied)
    };
    for attempt in 1..TRIES {
        match call() {
            Err(error) if passes(&error) => {
                std::thread::sleep(std::time::Duration::from_millis(5 << (attempt - 1)));
            }
            other => return other,
        }
    }
    call()
}

/// What Windows says where a file system (of a memory stick, say) knows no second names.
fn is_not_known_here(error: &io::Error) -> bool {
    const INVALID_FUNCTION: i32 = 1;
    const NOT_SUPPORTED: i32 = 50;
    cfg!(windows) && matches!(error.raw_os_error(), Some(INVALID_FUNCTION | NOT_SUPPORTED))
}

impl Files for Plain {
    fn kind(&self, path: &str) -> io::Result<Option<Kind>> {
        let metadata = match self.checked(path).and_then(fs::symlink_metadata) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        Ok(Some(if metadata.is_file() {
            Kind::File { size: metadata.len(), executable: is_executable(&metadata) }
        } else if metadata.is_dir() {
            Kind::Folder
        } else if metadata.is_symlink() {
            Kind::Link
        } else {
            Kind::Special
        }))
    }

    fn open(&self, path: &str) -> io::Result<File> {
        match self.kind(path)? {
            None => Err(io::ErrorKind::NotFound.into()),
            Some(Kind::File { .. }) => File::open(self.checked(path)?),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let folder = self.checked(path)?;
        if !fs::symlink_metadata(&folder)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(io::Result::transpose).collect()
    }

    fn is_empty(&self, path: &str) -> io::Result<bool> {
        Ok(fs::read_dir(self.checked(path)?)?.next().is_none())
    }

    fn readers(&self, path: &str) -> u32 {
        let found = self.checked(path).and_then(fs::symlink_metadata);
        found.map_or(super::EVERYBODY, |metadata| readers(&metadata))
    }

    fn create(&self, path: &str, executable: bool, readers: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        with_mode(&mut options, executable, readers);
        options.write(true).create_new(true).open(self.checked(path)?)
    }

    fn open_lock(&self, path: &str) -> io::Result<File> {
        match self.kind(path)? {
            None | Some(Kind::File { .. }) => {}
            Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(self.checked(path)?)
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        fs::create_dir(self.checked(path)?)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let path = self.checked(path)?;
        patiently(|| fs::remove_file(&path))
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        let path = self.checked(path)?;
        patiently(|| fs::remove_dir(&path))
    }

    fn rename(&self, from: &str, to: &str, how: How) -> io::Result<()> {
        let (from, to) = (self.checked(from)?, self.checked(to)?);
        if how == How::Replace {
            patiently(|| fs::rename(&from, &to))
        } else {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        fs::hard_link(self.checked(from)?, self.checked(to)?).map_err(|error| {
            if is_not_known_here(&error) { io::ErrorKind::Unsupported.into() } else { error }
        })
    }

    fn sync_file(&self, path: &str) -> io::Result<()> {
        let path = self.checked(path)?;
        let file = OpenOptions::new().write(true).open(&path).or_else(|_| File::open(&path))?;
        match file.sync_all() {
            // Windows flushes only what may be written, and a read-only file may not.
            Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            other => other,
        }
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &str) -> io::Result<()> {
        File::open(self.checked(path)?)?.sync_all()
    }

    /// Windows keeps names durable by its own journal and offers no call for it.
    #[cfg(not(unix))]
    fn sync_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&self) -> io::Result<bool> {
        Ok(false)
    }
}
