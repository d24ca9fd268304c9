//! A tree that is there is renewed: what tito wrote and no one edited gets today's bytes; everything else is left as it is.
//!
//! What tito wrote is in [`RECORD`], by digest. The gradebook, what students handed in, and files that the instructor made are in no record,
//! and are not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::apply;
use crate::digest::Digest;
use crate::path::WorkspacePath;

/// The file that says what tito wrote.
pub const RECORD: &str = ".tito-nbgrader.json";

/// What tito wrote: digests by path.
pub type Written = BTreeMap<WorkspacePath, Digest>;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It is new.
    Added,
    /// It has a newer text.
    Changed,
    /// The course no longer has it.
    Removed,
    /// It was edited, and there is a newer one.
    Kept,
}

impl What {
    /// In a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Kept => "kept",
        }
    }
}

/// A file of which there is something to say.
#[derive(Debug, Serialize)]
pub struct Renewed {
    /// Where it is in the tree.
    pub path: String,
    /// What became of it.
    pub what: What,
}

/// The record of the tree at `dir`; none where there is none.
///
/// # Errors
/// As the system says; `InvalidData` where the record is not one.
pub fn written(dir: &Path) -> io::Result<Option<Written>> {
    let bytes = match fs::read(dir.join(RECORD)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "it is not a record of this command");
    let texts: BTreeMap<String, String> = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    let entry = |(path, digest): (String, String)| {
        let path = WorkspacePath::new(&path).map_err(|_| invalid())?;
        Ok((path, digest.parse().map_err(|_| invalid())?))
    };
    texts.into_iter().map(entry).collect::<io::Result<_>>().map(Some)
}

/// Writes the record of a new tree.
pub(super) fn record(files: &BTreeMap<WorkspacePath, Vec<u8>>, dir: &Path) -> io::Result<()> {
    let written: Written = files.iter().map(|(path, bytes)| (path.clone(), Digest::of(bytes))).collect();
    fs::write(dir.join(RECORD), to_bytes(&written))
}

fn to_bytes(written: &Written) -> Vec<u8> {
    let texts: BTreeMap<&str, String> =
        written.iter().map(|(path, digest)| (path.as_str(), digest.to_string())).collect();
    let mut bytes = serde_json::to_vec_pretty(&texts).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Brings the tree at `dir`, of which tito wrote `before`, to `files`. Each file is replaced at once; the record is written last, so that the same
/// again goes on where it stopped.
pub fn renew(
    files: &BTreeMap<WorkspacePath, Vec<u8>>,
    before: &Written,
    dir: &Path,
) -> io::Result<Vec<Renewed>> {
    let mut written = before.clone();
    let mut renewed = Vec::new();
    let paths: BTreeSet<&WorkspacePath> = files.keys().chain(before.keys()).collect();
    for path in paths {
        let there = standing(dir, path)?;
        let (was, bytes) = (before.get(path).copied(), files.get(path));
        let what = match bytes {
            Some(bytes) => put(dir, path, bytes, there, was)?,
            None if there.is_some() && there == was => {
                remove(dir, path)?;
                Some(What::Removed)
            }
            None => None,
        };
        match bytes.map(|bytes| Digest::of(bytes)) {
            None => _ = written.remove(path),
            Some(now) if there == Some(now) || matches!(what, Some(What::Added | What::Changed)) => {
                written.insert(path.clone(), now);
            }
            // Edited: what tito wrote last stays what it wrote.
            Some(_) => {}
        }
        renewed.extend(what.map(|what| Renewed { path: path.to_string(), what }));
    }
    write(&dir.join(RECORD), &to_bytes(&written))?;
    Ok(renewed)
}

fn put(
    dir: &Path,
    path: &WorkspacePath,
    bytes: &[u8],
    there: Option<Digest>,
    was: Option<Digest>,
) -> io::Result<Option<What>> {
    let now = Digest::of(bytes);
    let what = match there {
        Some(there) if there == now => return Ok(None),
        None => What::Added,
        Some(_) if there == was => What::Changed,
        // Edited, and nothing is newer than what it was edited from.
        Some(_) if was == Some(now) => return Ok(None),
        Some(_) => return Ok(Some(What::Kept)),
    };
    let place = dir.join(path.as_str());
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    write(&place, bytes)?;
    Ok(Some(what))
}

fn write(place: &Path, bytes: &[u8]) -> io::Result<()> {
    apply::write_beside(place, bytes).map_err(io::Error::other)
}

/// The digest of the file at `path`; an error where a link or something else is there, or on the way: nothing outside the tree is written.
fn standing(dir: &Path, path: &WorkspacePath) -> io::Result<Option<Digest>> {
    let mut at = dir.to_owned();
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        let kind = match fs::symlink_metadata(&at) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let expected = if parts.peek().is_some() { kind.is_dir() } else { kind.is_file() };
        if !expected {
            let why = format!("`{path}` is in the way: it is a link, or not what tito wrote");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
        }
    }
    fs::read(&at).map(|bytes| Some(Digest::of(&bytes)))
}

/// Removes a file, and the folders that are empty then.
fn remove(dir: &Path, path: &WorkspacePath) -> io::Result<()> {
    let place = dir.join(path.as_str());
    fs::remove_file(&place)?;
    let mut folder = place.parent();
    while let Some(at) = folder.filter(|at| *at != dir) {
        if fs::remove_dir(at).is_err() {
            break;
        }
        folder = at.parent();
    }
    Ok(())
}
