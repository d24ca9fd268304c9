//! A tree through the handle of its root: every folder on the way is opened in the one before, and never through a link.

use std::ffi::CStr;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::world::{Found, FoundKind, Stamp};

/// What stands directly in the folder `dir` of the tree at `root`, sorted by name.
pub(super) fn entries(root: &Path, dir: &str) -> Result<Vec<Found>> {
    let handle = folder(root, dir)?;
    let mut found = Vec::new();
    for entry in Dir::read_from(&handle)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        match rustix::fs::statat(&handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => found.push(named(name, &stat)),
            // It went while we looked.
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Opens the file at `path` of the tree at `root`, whatever it is; a FIFO does not hold us up.
pub(super) fn open(root: &Path, path: &str) -> Result<File> {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    if !is_plain(name) {
        return Err(ErrorKind::InvalidInput.into());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder(root, dir)?, name, flags, Mode::empty()).map_err(not_followed)?;
    Ok(File::from(file))
}

fn folder(root: &Path, dir: &str) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(root, flags, Mode::empty())?;
    for part in dir.split('/').filter(|_| !dir.is_empty()) {
        if !is_plain(part) {
            return Err(ErrorKind::InvalidInput.into());
        }
        at = rustix::fs::openat(&at, part, flags | OFlags::NOFOLLOW, Mode::empty()).map_err(not_a_folder)?;
    }
    Ok(at)
}

fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.contains('\0')
}

/// Systems differ in what they say of a link that must not be followed.
fn not_a_folder(error: Errno) -> Error {
    match error {
        Errno::LOOP | Errno::MLINK | Errno::NOTDIR => ErrorKind::NotADirectory.into(),
        error => error.into(),
    }
}

fn not_followed(error: Errno) -> Error {
    match error {
        // A socket, or a device without a driver, answers NXIO.
        Errno::LOOP | Errno::MLINK | Errno::NXIO => ErrorKind::InvalidInput.into(),
        error => error.into(),
    }
}

fn named(name: &CStr, stat: &Stat) -> Found {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => FoundKind::Folder,
        FileType::RegularFile => FoundKind::File { executable: stat.st_mode & 0o100 != 0 },
        FileType::Symlink => FoundKind::Link,
        _ => FoundKind::Special,
    };
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    let stamp = Stamp {
        modified: nanoseconds(signed(stat.st_mtime), signed(stat.st_mtime_nsec)),
        changed: nanoseconds(signed(stat.st_ctime), signed(stat.st_ctime_nsec)),
        inode: signed(stat.st_ino).unsigned_abs(),
    };
    Found {
        name: name.to_string_lossy().into_owned(),
        unicode: name.to_str().is_ok(),
        kind,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        stamp: Some(stamp),
    }
}

/// The systems give these numbers in different types.
fn signed(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
