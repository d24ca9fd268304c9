//! A published folder: read, written, checked.
#![expect(clippy::disallowed_methods, reason = "writes a folder that the instructor names")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::apply;
use crate::digest::Digest;
use crate::release::Release;
use crate::release::index::{INDEX, Index, MAX_INDEX_BYTES, release_path};
use crate::world::reason;
use crate::world::site::{Address, Site, SiteError};

use super::{Before, Next, PublishError, page, replace};

/// Held while someone publishes. It stays: removing it would let two publishers hold two files of one name.
const LOCK: &str = "publish.lock";
/// Tells hosts that run Jekyll to serve the folder as it is.
const NO_JEKYLL: &str = ".nojekyll";
/// For people.
const PAGE: &str = "index.html";

/// A folder in which no one else publishes while this value lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Something that is wrong with a published folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

impl Folder {
    /// Opens the folder `path` for publishing, and makes it where it is not there.
    ///
    /// # Errors
    /// `NotPublished` for a folder that holds something else; `Busy`; `Disk`.
    pub fn open(path: &Path) -> Result<Self, PublishError> {
        fs::create_dir_all(path).map_err(|error| refused(path, &error))?;
        let entries = fs::read_dir(path).map_err(|error| refused(path, &error))?;
        let names: BTreeSet<String> = entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<_>>()
            .map_err(|error| refused(path, &error))?;
        // A first run that was interrupted has the lock and no index; a repository that is published as pages has `.git`.
        let is_new = names.iter().all(|name| name == LOCK || name == ".git" || name == NO_JEKYLL);
        if !is_new && !names.contains(INDEX) && !names.contains(LOCK) {
            return Err(PublishError::NotPublished(path.display().to_string()));
        }
        let lock = path.join(LOCK);
        let file =
            File::options().create(true).append(true).open(&lock).map_err(|error| refused(&lock, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: file }),
            Err(_) => Err(PublishError::Busy),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is published here.
    ///
    /// # Errors
    /// `Unreadable` where the index is damaged.
    pub fn before(&self) -> Result<Option<Before>, PublishError> {
        before(&*Address::Folder(self.path.clone()).open())
    }

    /// Writes what `next` adds, then the index and the page for people, then removes what no release needs any more. The same `next`
    /// written again, after it was interrupted anywhere, ends the same.
    ///
    /// # Errors
    /// `Disk`. Until the index is in its place readers see what was there before.
    pub fn write(&self, next: &Next) -> Result<(), PublishError> {
        for folder in ["packs", "releases"] {
            fs::create_dir_all(self.path.join(folder))
                .map_err(|error| refused(&self.path.join(folder), &error))?;
        }
        self.put(NO_JEKYLL, b"")?;
        for (name, bytes) in &next.files {
            self.put(name, bytes)?;
        }
        self.put(INDEX, &next.index.write())?;
        self.put(PAGE, page::page(&next.index, &next.release).as_bytes())?;
        self.tidy(&next.index);
        Ok(())
    }

    /// One file, whole or not at all; one that holds these bytes already stays.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        let path = self.path.join(name);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        replace(&path, bytes)
    }

    /// Removes packs, releases and what an interrupted run left beside them, if `index` does not name it. What cannot be removed stays, and harms no one.
    fn tidy(&self, index: &Index) {
        let names = index.names();
        for folder in ["packs", "releases"] {
            for entry in fs::read_dir(self.path.join(folder)).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let ours = name.ends_with(".zip") || name.ends_with(".json") || name.ends_with(apply::BESIDE);
                if ours && !names.contains_key(&format!("{folder}/{name}")) {
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }
}

/// What is published at `site`. None: nothing is.
///
/// # Errors
/// `Unreadable`.
pub(super) fn before(site: &dyn Site) -> Result<Option<Before>, PublishError> {
    let bytes = match site.read(INDEX, MAX_INDEX_BYTES) {
        Ok(bytes) => bytes,
        Err(SiteError::Missing(_)) => return Ok(None),
        Err(error) => return Err(PublishError::Unreadable(error.to_string())),
    };
    let index = Index::read(&bytes).map_err(|error| PublishError::Unreadable(error.to_string()))?;
    let newest = index.releases.first().and_then(|entry| {
        let bytes = site.read(&release_path(entry.release), entry.bytes).ok()?;
        Release::read(&bytes).ok().filter(|release| release.digest() == entry.release)
    });
    Ok(Some(Before { index, newest }))
}

/// Is everything that the index names there, with the bytes that it should have? Everything that is wrong, in the order of names.
///
/// # Errors
/// `Unreadable` where there is no index that can be understood.
pub fn check(address: &Address) -> Result<Vec<Fault>, PublishError> {
    let site = address.open();
    let before =
        before(&*site)?.ok_or_else(|| PublishError::Unreadable(format!("`{address}` has no {INDEX}")))?;
    let mut faults = Vec::new();
    for (name, (digest, length)) in before.index.names() {
        let why = match site.read(&name, length) {
            Ok(bytes) if Digest::of(&bytes) == digest => continue,
            Ok(_) => "holds other bytes than were published".to_owned(),
            Err(SiteError::Missing(_)) => "is missing".to_owned(),
            Err(error) => error.to_string(),
        };
        faults.push(Fault { name, why });
    }
    Ok(faults)
}

fn refused(path: &Path, error: &std::io::Error) -> PublishError {
    let why = match error.kind() {
        ErrorKind::AlreadyExists => "something else is there".to_owned(),
        _ => reason(error),
    };
    PublishError::Disk(path.display().to_string(), why)
}
