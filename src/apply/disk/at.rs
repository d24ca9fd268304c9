//! A workspace through its own handle: every folder on the way is opened by name, in the one before, and never through a link.

#![expect(clippy::disallowed_methods, reason = "the seam: the workspace's own folder is opened here")]

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Files, How, Kind};

/// The handle.
pub(super) struct At {
    root: File,
}

/// Good enough to open what is inside, without asking for the right to list it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PASS: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PASS: OFlags = OFlags::RDONLY;

impl At {
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let root = File::open(root)?;
        if !root.metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { root })
    }

    /// The folder of `path`, opened, and the name in it.
    fn parent<'p>(&self, path: &'p str) -> io::Result<(OwnedFd, &'p str)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok((self.folder(folder, PASS)?, name))
    }

    fn folder(&self, path: &str, flags: OFlags) -> io::Result<OwnedFd> {
        let last = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if path.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        if !path.is_empty()
            && let Some(folder) = at_once(&self.root, path, last | flags)
        {
            return folder.map_err(not_a_folder);
        }
        let mut at = rustix::fs::openat(
            &self.root,
            ".",
            last | if path.is_empty() { flags } else { PASS },
            Mode::empty(),
        )?;
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            let flags = last | if parts.peek().is_none() { flags } else { PASS };
            at = rustix::fs::openat(&at, part, flags, Mode::empty()).map_err(not_a_folder)?;
        }
        Ok(at)
    }
}

/// Opens by one call where the system can promise that no link was followed; `None` where it cannot, or a link is in the way: then
/// the way is gone folder by folder.
#[cfg(target_os = "linux")]
fn at_once(at: &File, path: &str, flags: OFlags) -> Option<Result<OwnedFd, Errno>> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(at, path, flags, Mode::empty(), resolve) {
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::LOOP | Errno::XDEV | Errno::AGAIN) => None,
        other => Some(other),
    }
}

#[cfg(not(target_os = "linux"))]
fn at_once(_: &File, _: &str, _: OFlags) -> Option<Result<OwnedFd, Errno>> {
    None
}

/// Systems differ in what they say of a link that must not be followed.
fn not_a_folder(error: Errno) -> io::Error {
    if matches!(error, Errno::LOOP | Errno::MLINK | Errno::NOTDIR) {
        io::ErrorKind::NotADirectory.into()
    } else {
        error.into()
    }
}

/// The standard library does not know what macOS says where a file system has no such call.
fn not_known_here(error: Errno) -> io::Error {
    if error == Errno::NOTSUP { io::ErrorKind::Unsupported.into() } else { error.into() }
}

fn permissions(executable: bool, readers: u32) -> Mode {
    Mode::from_raw_mode(super::mode(executable, readers))
}

/// None where there is nothing.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

fn kind_in(folder: &OwnedFd, name: &str) -> io::Result<Kind> {
    let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            executable: stat.st_mode & 0o100 != 0,
        },
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Special,
    })
}

fn open_in(folder: &OwnedFd, name: &str) -> io::Result<File> {
    // NONBLOCK: a FIFO without a writer must not hold us up.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(rustix::fs::openat(folder, name, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

impl Files for At {
    fn kind(&self, path: &str) -> io::Result<Option<Kind>> {
        there(self.parent(path).and_then(|(folder, name)| kind_in(&folder, name)))
    }

    fn open(&self, path: &str) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        open_in(&folder, name)
    }

    fn look(&self, path: &str) -> io::Result<Option<(Kind, Option<io::Result<File>>)>> {
        // The way to both is gone once.
        there(self.parent(path).and_then(|(folder, name)| {
            let kind = kind_in(&folder, name)?;
            Ok((kind, matches!(kind, Kind::File { .. }).then(|| open_in(&folder, name))))
        }))
    }

    fn list(&self, path: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::new(self.folder(path, OFlags::RDONLY)?)? {
            let entry = entry?;
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        Ok(names)
    }

    fn is_empty(&self, path: &str) -> io::Result<bool> {
        for entry in Dir::new(self.folder(path, OFlags::RDONLY)?)? {
            if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn readers(&self, path: &str) -> u32 {
        let found = self.parent(path).and_then(|(folder, name)| {
            rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(io::Error::from)
        });
        found.map_or(super::EVERYBODY, |stat| stat.st_mode & super::EVERYBODY)
    }

    fn create(&self, path: &str, executable: bool, readers: u32) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&folder, name, flags, permissions(executable, readers))?))
    }

    fn open_lock(&self, path: &str) -> io::Result<File> {
        let (folder, name) = self.parent(path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&folder, name, flags, permissions(false, super::EVERYBODY))?))
    }

    fn make_folder(&self, path: &str) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        Ok(rustix::fs::mkdirat(&folder, name, permissions(true, super::EVERYBODY))?)
    }

    fn remove_file(&self, path: &str) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        Ok(rustix::fs::unlinkat(&folder, name, AtFlags::empty())?)
    }

    fn remove_folder(&self, path: &str) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        Ok(rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR)?)
    }

    fn rename(&self, from: &str, to: &str, how: How) -> io::Result<()> {
        let (from_folder, from_name) = self.parent(from)?;
        let (to_folder, to_name) = self.parent(to)?;
        match how {
            How::Replace => rustix::fs::renameat(&from_folder, from_name, &to_folder, to_name)?,
            How::Exchange | How::Keep => {
                with(&from_folder, from_name, &to_folder, to_name, how).map_err(not_known_here)?;
            }
        }
        Ok(())
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let (from_folder, from_name) = self.parent(from)?;
        let (to_folder, to_name) = self.parent(to)?;
        let linked = rustix::fs::linkat(&from_folder, from_name, &to_folder, to_name, AtFlags::empty());
        linked.map_err(not_known_here)
    }

    fn sync_file(&self, path: &str) -> io::Result<()> {
        self.open(path)?.sync_all()
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        Ok(rustix::fs::fsync(self.folder(path, OFlags::RDONLY)?)?)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn sync_all(&self) -> io::Result<bool> {
        match rustix::fs::syncfs(&self.root) {
            Err(Errno::NOSYS) => Ok(false),
            other => Ok(other.map(|()| true)?),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn sync_all(&self) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn with(from: &OwnedFd, from_name: &str, to: &OwnedFd, to_name: &str, how: How) -> Result<(), Errno> {
    let flags = if how == How::Exchange { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    rustix::fs::renameat_with(from, from_name, to, to_name, flags)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn with(_: &OwnedFd, _: &str, _: &OwnedFd, _: &str, _: How) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}
