//! `submitted/STUDENT/UNIT/…` of the tree that nbgrader uses. What was graded, or edited by the instructor, stays.
//!
//! [`RECORD`] says what tito wrote, by digest; it is written after the files, so that the same again goes on where it stopped.
#![expect(clippy::disallowed_methods, reason = "writes into a folder that the instructor names")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::apply::write_beside;
use crate::digest::Digest;
use crate::id::UnitId;
use crate::path::WorkspacePath;
use crate::receipt::StudentId;

use super::names::{Platform, Upload};
use super::report::Outcome;

/// The file that says what tito collected.
pub const RECORD: &str = ".tito-collected.json";

/// What [`RECORD`] says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Record {
    /// Digests by path below the tree.
    files: BTreeMap<String, String>,
    /// How a platform called what came from it, by `STUDENT/UNIT`.
    uploads: BTreeMap<String, Sent>,
}

/// How a platform called what a student handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The platform.
    pub platform: Platform,
    /// What it puts before the names of the student's files.
    pub prefix: String,
}

/// The tree.
pub(super) struct Submitted {
    dir: PathBuf,
    before: Record,
    written: BTreeMap<String, String>,
    uploads: BTreeMap<String, Sent>,
}

/// How platforms called what was collected into the tree at `dir`, by `STUDENT/UNIT`.
///
/// # Errors
/// As the system says; `InvalidData` where the record is not one.
pub fn uploads(dir: &Path) -> io::Result<BTreeMap<String, Sent>> {
    read(dir).map(|record| record.uploads)
}

fn read(dir: &Path) -> io::Result<Record> {
    match fs::read(dir.join(RECORD)) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("`{RECORD}` is damaged"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Record::default()),
        Err(error) => Err(error),
    }
}

impl Submitted {
    /// The tree at `dir`.
    ///
    /// # Errors
    /// As the system says; `InvalidData` where the record is not one.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let before = read(dir)?;
        let (written, uploads) = (before.files.clone(), before.uploads.clone());
        Ok(Self { dir: dir.to_owned(), before, written, uploads })
    }

    /// Remembers how a platform called what `student` handed in of `unit`.
    pub(super) fn sent(&mut self, student: &StudentId, unit: &UnitId, upload: Option<&Upload>) {
        let key = format!("{student}/{unit}");
        match upload {
            Some(upload) => {
                let sent = Sent { platform: upload.platform, prefix: upload.prefix.clone() };
                self.uploads.insert(key, sent);
            }
            None => _ = self.uploads.remove(&key),
        }
    }

    /// Does the tree have the assignment `unit`?
    pub(super) fn has(&self, unit: &UnitId) -> bool {
        fs::symlink_metadata(self.dir.join("source").join(unit.as_str())).is_ok_and(|found| found.is_dir())
    }

    /// The tree's own version of a notebook.
    pub(super) fn source(&self, unit: &UnitId, name: &WorkspacePath) -> Option<Vec<u8>> {
        fs::read(self.dir.join("source").join(unit.as_str()).join(name.as_str())).ok()
    }

    /// Puts the `files` of a submission into the tree; `regrade` also over one that was graded.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn put(
        &mut self,
        student: &StudentId,
        unit: &UnitId,
        files: &BTreeMap<WorkspacePath, Vec<u8>>,
        regrade: bool,
    ) -> io::Result<(Outcome, bool)> {
        let place = format!("submitted/{student}/{unit}");
        let there = self.there(&place)?;
        let wanted: BTreeMap<String, Digest> =
            files.iter().map(|(name, bytes)| (format!("{place}/{name}"), Digest::of(bytes))).collect();
        if wanted.iter().all(|(path, digest)| there.get(path) == Some(digest)) && self.is_all(&place, &wanted)
        {
            self.remember(&place, &wanted);
            return Ok((Outcome::Unchanged, false));
        }
        let is_mine =
            |(path, digest): (&String, &Digest)| self.before.files.get(path) == Some(&digest.to_string());
        // A run that was interrupted left some of the very files that are wanted.
        let is_wanted = |(path, digest): (&String, &Digest)| wanted.get(path) == Some(digest);
        if !there.iter().all(|file| is_mine(file) || is_wanted(file)) {
            return Ok((Outcome::Kept, false));
        }
        let is_graded =
            fs::symlink_metadata(self.dir.join("autograded").join(student.as_str()).join(unit.as_str()))
                .is_ok();
        if is_graded && !there.is_empty() && !regrade {
            return Ok((Outcome::Kept, true));
        }
        for (name, bytes) in files {
            let at = self.dir.join(&place).join(name.as_str());
            if let Some(folder) = at.parent() {
                fs::create_dir_all(folder)?;
            }
            write_beside(&at, bytes).map_err(io::Error::other)?;
        }
        for path in there.keys().filter(|path| !wanted.contains_key(*path)) {
            fs::remove_file(self.dir.join(path))?;
        }
        self.remember(&place, &wanted);
        Ok((if there.is_empty() { Outcome::Collected } else { Outcome::Replaced }, false))
    }

    /// Is nothing else there that tito wrote?
    fn is_all(&self, place: &str, wanted: &BTreeMap<String, Digest>) -> bool {
        let of_place = self.before.files.keys().filter(|path| path.starts_with(&format!("{place}/")));
        of_place.into_iter().all(|path| wanted.contains_key(path))
    }

    fn remember(&mut self, place: &str, wanted: &BTreeMap<String, Digest>) {
        self.written.retain(|path, _| !path.starts_with(&format!("{place}/")));
        self.written.extend(wanted.iter().map(|(path, digest)| (path.clone(), digest.to_string())));
    }

    /// The files that are at `place`, without following links.
    fn there(&self, place: &str) -> io::Result<BTreeMap<String, Digest>> {
        let mut found = BTreeMap::new();
        let mut at = self.dir.clone();
        for part in place.split('/') {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(kind) if kind.is_dir() => {}
                Ok(_) => {
                    let why = format!("`{}` is in the way: it is not a folder", at.display());
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
                Err(error) => return Err(error),
            }
        }
        let mut open = vec![(at, place.to_owned())];
        while let Some((folder, name)) = open.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let own = entry.file_name().to_string_lossy().into_owned();
                let path = format!("{name}/{own}");
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    if own != ".ipynb_checkpoints" {
                        open.push((entry.path(), path));
                    }
                } else if kind.is_file() {
                    found.insert(path, Digest::of(&fs::read(entry.path())?));
                } else {
                    let why = format!("`{path}` is in the way: it is a link, or not a file");
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
                }
            }
        }
        Ok(found)
    }

    /// Writes the record.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn finish(self) -> io::Result<()> {
        let record = Record { files: self.written, uploads: self.uploads };
        if record == self.before {
            return Ok(());
        }
        let mut bytes = serde_json::to_vec_pretty(&record).unwrap_or_default();
        bytes.push(b'\n');
        write_beside(&self.dir.join(RECORD), &bytes).map_err(io::Error::other)
    }
}
