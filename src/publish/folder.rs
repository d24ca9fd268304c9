//! A published folder: read, written, checked.
#![expect(clippy::disallowed_methods, reason = "writes a folder that the instructor names")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::apply;
use crate::digest::Digest;
use crate::release::Release;
use crate::release::index::{INDEX, Index, MAX_INDEX_BYTES, PackEntry, pack_path, release_path};
use crate::release::key::MAX_SIGNATURE_BYTES;
use crate::release::signature::{SIGNATURE, signature_path, trusted};
use crate::world::reason;
use crate::world::site::{Address, Site, SiteError};

use super::calendar::calendar;
use super::{Before, Next, PublishError, key, page, replace};

/// Held while someone publishes. It stays: removing it would let two publishers hold two files of one name.
const LOCK: &str = "publish.lock";
/// Tells hosts that run Jekyll to serve the folder as it is.
const NO_JEKYLL: &str = ".nojekyll";
/// What is named by digest; the last of them is only there where the course is signed.
const FOLDERS: [&str; 3] = ["packs", "releases", "signatures"];
/// For people.
const PAGE: &str = "index.html";
/// The dates of the course, to subscribe to.
const CALENDAR: &str = "calendar.ics";

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
    /// Is it too much, and not missing or wrong?
    pub is_exposed: bool,
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
        for name in names.iter().filter(|name| !name.starts_with("index.")) {
            let file = path.join(name);
            if key::is_secret(&file) {
                return Err(PublishError::SecretKey(file.display().to_string()));
            }
        }
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
        let found = before(&*Address::Folder(self.path.clone()).open())?;
        // The page comes after the index: a run that was interrupted before the index was there wrote none.
        if found.is_none() && self.path.join(PAGE).is_file() {
            let why = format!("a course was published there, and its `{INDEX}` is missing");
            return Err(PublishError::Unreadable(why));
        }
        let is_lost = |pack: &&PackEntry| {
            let found = fs::metadata(self.path.join(pack_path(pack.sha256)));
            !found.is_ok_and(|found| found.is_file() && found.len() == pack.bytes)
        };
        Ok(found.map(|before| {
            let packs = before.index.packs.iter().filter(is_lost).map(|pack| pack.sha256);
            let manifest = before.index.releases.first().filter(|_| before.newest.is_none());
            let lost = packs.chain(manifest.map(|entry| entry.release)).collect();
            Before { lost, ..before }
        }))
    }

    /// Writes what `next` adds, then the index and the page for people, then removes what no release needs any more. The same `next`
    /// written again, after it was interrupted anywhere, ends the same.
    ///
    /// # Errors
    /// `Disk`. Until the index is in its place readers see what was there before.
    pub fn write(&self, next: &Next) -> Result<(), PublishError> {
        let is_signed = next.signature.is_some();
        for folder in FOLDERS.iter().take(if is_signed { 3 } else { 2 }) {
            fs::create_dir_all(self.path.join(folder))
                .map_err(|error| refused(&self.path.join(folder), &error))?;
        }
        self.put(NO_JEKYLL, b"")?;
        for (name, bytes) in &next.files {
            self.put(name, bytes)?;
        }
        let replaced = fs::read(self.path.join(INDEX)).ok();
        let index = next.index.write();
        self.put(INDEX, &index)?;
        let known = replaced.into_iter().chain([index]).map(|index| signature_path(Digest::of(&index)));
        self.finish(&next.index, &next.release, next.signature.as_deref(), Some(known.collect()))
    }

    /// Does what is left to do after the index is in its place, if the run that wrote it was interrupted there.
    ///
    /// # Errors
    /// `Disk`.
    pub fn settle(&self, before: &Before) -> Result<(), PublishError> {
        let Some(newest) = &before.newest else { return Ok(()) };
        self.finish(&before.index, newest, before.signature.as_deref(), None)
    }

    /// What comes after the index. `signatures` are those that stay; none: all.
    fn finish(
        &self,
        index: &Index,
        release: &Release,
        signature: Option<&str>,
        signatures: Option<BTreeSet<String>>,
    ) -> Result<(), PublishError> {
        // tito reads the signature that is named after its index; this one is for the program `minisign`.
        if let Some(signature) = signature {
            self.put(SIGNATURE, signature.as_bytes())?;
        }
        match calendar(release.manifest()) {
            Some(text) => self.put(CALENDAR, text.as_bytes())?,
            None => _ = fs::remove_file(self.path.join(CALENDAR)),
        }
        self.put(PAGE, page::page(index, release).as_bytes())?;
        self.tidy(index, signatures.as_ref());
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

    /// Removes packs, releases and what an interrupted run left beside them, if `index` does not name it, and the signatures that are not
    /// among `signatures`, if those are known. What cannot be removed stays, and harms no one.
    fn tidy(&self, index: &Index, signatures: Option<&BTreeSet<String>>) {
        let names = index.names();
        for folder in FOLDERS {
            for entry in fs::read_dir(self.path.join(folder)).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = format!("{folder}/{name}");
                let endings = [".zip", ".json", ".minisig", apply::BESIDE];
                let is_ours = endings.iter().any(|ending| name.ends_with(ending));
                let is_known = match signatures {
                    None if name.ends_with(".minisig") => true,
                    None => names.contains_key(&path),
                    Some(signatures) => names.contains_key(&path) || signatures.contains(&path),
                };
                if is_ours && !is_known {
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
        // It says nothing of an index that is not signed.
        if index.key.is_none() {
            let _ = fs::remove_file(self.path.join(SIGNATURE));
        }
    }
}

/// Is a course published in the folder `path`?
pub fn is_published(path: &Path) -> bool {
    before(&*Address::Folder(path.to_owned()).open()).is_ok_and(|found| found.is_some())
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
    let signature = signature(site, &signature_path(Digest::of(&bytes)), &bytes, &index);
    let is_sound = index.key.is_none()
        || signature.is_some()
        || self::signature(site, SIGNATURE, &bytes, &index).is_some();
    Ok(Some(Before { index, signature, is_sound, newest, lost: BTreeSet::new() }))
}

/// The signature of `index` in the file `name`, if that is what it should be.
fn signature(site: &dyn Site, name: &str, bytes: &[u8], index: &Index) -> Option<String> {
    let signature = String::from_utf8(site.read(name, MAX_SIGNATURE_BYTES).ok()?).ok()?;
    let key = trusted(bytes, index, Some(&signature), index.key.as_ref()).ok().flatten();
    key.map(|_| signature)
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
        faults.push(Fault { name, why, is_exposed: false });
    }
    if before.index.key.is_some() {
        let beside = site.read(SIGNATURE, MAX_SIGNATURE_BYTES).ok();
        if before.signature.is_none() || beside.as_deref() != before.signature.as_deref().map(str::as_bytes) {
            let why = "is missing, or is not the signature of the index".to_owned();
            faults.push(Fault { name: SIGNATURE.to_owned(), why, is_exposed: false });
        }
    }
    if let Address::Folder(path) = address {
        let files = fs::read_dir(path).into_iter().flatten().flatten();
        let secret = files.filter(|file| key::is_secret(&file.path()));
        faults.extend(secret.map(|file| Fault {
            name: file.file_name().to_string_lossy().into_owned(),
            why: "is a secret key: whoever gets it can sign".to_owned(),
            is_exposed: true,
        }));
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
