//! A tree through the handle of its root: every folder on the way is opened in the one before, and never through a link.

use std::ffi::CStr;
use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::world::{Found, FoundKind, Stamp};

/// What is directly in the folder `dir` of the tree at `root`, sorted by name.
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
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if !path.split('/').all(is_plain) {
        return Err(ErrorKind::InvalidInput.into());
    }
    let at = rustix::fs::open(root, FOLDER, Mode::empty())?;
    if let Some(file) = at_once(&at, path, flags) {
        return file.map(File::from).map_err(not_followed);
    }
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    let file = rustix::fs::openat(below(at, dir)?, name, flags, Mode::empty()).map_err(not_followed)?;
    Ok(File::from(file))
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

fn folder(root: &Path, dir: &str) -> Result<OwnedFd> {
    if !dir.is_empty() && !dir.split('/').all(is_plain) {
        return Err(ErrorKind::InvalidInput.into());
    }
    below(rustix::fs::open(root, FOLDER, Mode::empty())?, dir)
}

fn below(mut at: OwnedFd, dir: &str) -> Result<OwnedFd> {
    for part in dir.split('/').filter(|part| !part.is_empty()) {
        at = rustix::fs::openat(&at, part, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(not_a_folder)?;
    }
    Ok(at)
}

/// Opens by one call where the system can promise that no link was followed; `None` where it cannot, or a link is in the way: then
/// the way is gone step by step, which says where.
#[cfg(target_os = "linux")]
fn at_once(at: &OwnedFd, path: &str, flags: OFlags) -> Option<std::result::Result<OwnedFd, Errno>> {
    use rustix::fs::ResolveFlags;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(at, path, flags, Mode::empty(), resolve) {
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::LOOP | Errno::XDEV | Errno::AGAIN) => None,
        other => Some(other),
    }
}

#[cfg(not(target_os = "linux"))]
fn at_once(_: &OwnedFd, _: &str, _: OFlags) -> Option<std::result::Result<OwnedFd, Errno>> {
    None
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
