//! Target → published folder: what students' `tito init ADDRESS` reads.
//!
//! [`Next`] is what the next release adds to what is there, as a value; [`folder`] writes it, bytes first and the index last, so that a
//! reader sees the old release or the new one and never half of one; [`one_file`] makes a course in one file of it.

pub mod calendar;
pub mod folder;
pub mod key;
pub mod one_file;
mod changes;
pub mod map;
mod page;
pub mod timer;

pub use key::{KeyError, Signer};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::apply::{self, ApplyError};
use crate::compile::Target;
use crate::digest::Digest;
use crate::release::index::{Entry, INDEX_VERSION, Index, PackEntry, pack_path, release_path};
use crate::release::key::{PublicKey, leads};
use crate::release::signature;
use crate::release::{Release, pack};
use crate::world::reason;

/// What is published already: the index, and the manifest of its newest release where that can be read.
#[derive(Clone, Debug)]
pub struct Before {
    /// The index.
    pub index: Index,
    /// The signature of these bytes of it, if it is whole and with the index's key.
    pub signature: Option<String>,
    /// Does it have the signature that it should have, here or where a person put it?
    pub is_sound: bool,
    /// The newest release.
    pub newest: Option<Release>,
    /// What the index names and is not there: packs, and the manifest of the newest release.
    pub lost: BTreeSet<Digest>,
}

impl Before {
    /// The newest release, if students can still get all of it.
    fn whole(&self) -> Option<&Release> {
        self.newest.as_ref().filter(|_| self.lost.is_empty())
    }

    /// The newest release as a target without the bytes of its files, if it can be read: enough to say what a release breaks of it.
    pub fn outline(&self) -> Option<Target> {
        self.newest.as_ref().and_then(|newest| newest.outline().ok())
    }

    /// Its packs that are there, beside those that are `made` again.
    fn packs_beside(&self, made: &[PackEntry]) -> Vec<PackEntry> {
        let stays = |pack: &&PackEntry| {
            !self.lost.contains(&pack.sha256) && made.iter().all(|made| made.sha256 != pack.sha256)
        };
        self.index.packs.iter().filter(stays).cloned().collect()
    }
}

/// What the person who publishes says about the release.
#[derive(Clone, Debug, Default)]
pub struct Said<'a> {
    /// What is new, in a sentence.
    pub notes: Option<String>,
    /// When, RFC 3339.
    pub published: String,
    /// How many releases are kept; none: all.
    pub keep: Option<usize>,
    /// The address where the course is from now on; none: as it was published before.
    pub moved: Option<Moved>,
    /// The key that signs; none: the course is not signed.
    pub signer: Option<&'a Signer>,
}

/// Where a course is from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// At this address.
    To(String),
    /// Here: it did not move after all.
    Here,
}

impl Said<'_> {
    fn moved(&self, before: Option<&Before>) -> Option<String> {
        match &self.moved {
            Some(Moved::To(address)) => Some(address.clone()),
            Some(Moved::Here) => None,
            None => before.and_then(|before| before.index.moved.clone()),
        }
    }
}

/// What publishing adds.
#[derive(Clone, Debug)]
pub struct Next {
    /// The index afterwards.
    pub index: Index,
    /// The release.
    pub release: Release,
    /// What is to be written, in this order, before the index: name and bytes. Its signature is the last of them.
    pub files: Vec<(String, Vec<u8>)>,
    /// The signature of the index.
    pub signature: Option<String>,
}

/// Why a target cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The place holds another course.
    #[error("this place holds the course `{0}`, and yours is `{1}`")]
    OtherCourse(String, String),
    /// The folder holds things, and no index.
    #[error("`{0}` is not empty, and not a published folder")]
    NotPublished(String),
    /// Students' tito would take the pack for an attack.
    #[error(
        "the files of this course are compressed to less than a hundredth, which students' tito does not accept"
    )]
    Expands,
    /// Someone else is publishing there.
    #[error("another `tito publish` is writing there")]
    Busy,
    /// A secret key lies where everyone can get it.
    #[error("`{0}` is a secret key, and everyone can get what is published there")]
    SecretKey(String),
    /// The index says that it is signed, and is not.
    #[error("the index of what is published there does not have the signature of its key {0}")]
    Unsigned(PublicKey),
    /// What is there cannot be understood.
    #[error("what is published there cannot be read: {0}")]
    Unreadable(String),
    /// Students who remember the key of what is published would refuse what comes next.
    #[error("what is published there is signed with the key {0}, and {1}")]
    Key(PublicKey, &'static str),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] KeyError),
    /// The system refused.
    #[error("`{0}` cannot be written: {1}")]
    Disk(String, String),
}

/// The release of `target` after what was published `before`. None: it is the current one already, and signed as it should be.
///
/// # Errors
/// `OtherCourse`; `Disk` where a pack cannot be made; `Sign`.
pub fn next(target: &Target, before: Option<&Before>, said: &Said<'_>) -> Result<Option<Next>, PublishError> {
    let release = Release::of(target);
    let digest = release.digest();
    if let Some(before) = before {
        let index = &before.index;
        if index.course != target.course {
            return Err(PublishError::OtherCourse(index.course.clone(), target.course.clone()));
        }
        if index.release(index.current).is_some_and(|entry| entry.release == digest) {
            let mut files = Vec::new();
            let mut packs = index.packs.clone();
            let mut releases = index.releases.clone();
            releases.truncate(said.keep.unwrap_or(usize::MAX).max(1));
            // A course in one file is written whole, also where only its signature is new; and so is what of a folder was lost.
            if before.whole().is_none() {
                packs = new_packs(target, index.current, Some(before), false, &mut files)?;
                packs.extend(before.packs_beside(&packs));
                files.push((release_path(digest), release.bytes().to_owned()));
            } else if releases.len() == 1 && packs.iter().any(|pack| pack.serial != index.current) {
                packs = new_packs(target, index.current, None, true, &mut files)?;
            }
            let packs = needed(packs, releases.last().map_or(index.current, |oldest| oldest.serial));
            let index = Index { moved: said.moved(Some(before)), packs, releases, ..index.clone() };
            let next = signed(index, release, files, Some(before), said.signer)?;
            return Ok(Some(next).filter(|next| !next.is_there(before)));
        }
    }
    let serial = before.and_then(|before| before.index.releases.first()).map_or(1, |entry| entry.serial + 1);
    let mut files = Vec::new();
    let is_alone = said.keep.is_some_and(|keep| keep <= 1);
    let mut packs = new_packs(target, serial, before, is_alone, &mut files)?;
    files.push((release_path(digest), release.bytes().to_owned()));
    let entry = Entry {
        serial,
        release: digest,
        bytes: release.bytes().len() as u64,
        format: release.manifest().release,
        base_version: target.base_version.to_string(),
        notes: said.notes.clone(),
        changes: before
            .and_then(|before| before.newest.as_ref())
            .map(|newest| changes::words(newest.manifest(), release.manifest()))
            .unwrap_or_default(),
        published: said.published.clone(),
    };
    let mut releases = vec![entry];
    if let Some(before) = before {
        releases.extend(before.index.releases.iter().cloned());
        packs.extend(before.packs_beside(&packs));
    }
    releases.truncate(said.keep.unwrap_or(usize::MAX).max(1));
    let index = Index {
        tito_index: INDEX_VERSION,
        course: target.course.clone(),
        title: target.title.clone(),
        run: target.run.clone(),
        current: serial,
        packs: needed(packs, releases.last().map_or(serial, |oldest| oldest.serial)),
        releases,
        moved: said.moved(before),
        key: None,
        rotations: Vec::new(),
    };
    signed(index, release, files, before, said.signer).map(Some)
}

/// `index` with its key, and its signature among the files that come before it.
fn signed(
    mut index: Index,
    release: Release,
    mut files: Vec<(String, Vec<u8>)>,
    before: Option<&Before>,
    signer: Option<&Signer>,
) -> Result<Next, PublishError> {
    index.key = None;
    index.rotations.clear();
    let Some(signer) = signer else { return Ok(Next { index, release, files, signature: None }) };
    signer.enter(&mut index, before.map_or(&[], |before| &before.index.rotations));
    let bytes = index.write();
    // A signature is another one each time that it is made: one that is there stays.
    let there = before.filter(|before| before.index == index).and_then(|before| before.signature.clone());
    let signature = there.map_or_else(|| signer.sign(&index, &bytes), Ok)?;
    files.push((signature::signature_path(Digest::of(&bytes)), signature.clone().into_bytes()));
    Ok(Next { index, release, files, signature: Some(signature) })
}

impl Next {
    /// Is nothing of it new?
    fn is_there(&self, before: &Before) -> bool {
        self.index == before.index && self.signature == before.signature && before.lost.is_empty()
    }
}

/// Would students who have what was published `before` accept an index that `signer` signs?
///
/// # Errors
/// `Key`: they would not. `Unsigned`: they do not accept what is there now; someone else may have changed it, and it would be signed with
/// the rest.
pub fn accepted(before: Option<&Before>, signer: Option<&Signer>) -> Result<(), PublishError> {
    let Some((before, key)) = before.and_then(|before| Some((before, before.index.key.as_ref()?))) else {
        return Ok(());
    };
    let Some(signer) = signer else {
        return Err(PublishError::Key(key.clone(), "this release would not be signed"));
    };
    if !before.is_sound {
        return Err(PublishError::Unsigned(key.clone()));
    }
    let mut index = before.index.clone();
    signer.enter(&mut index, &before.index.rotations);
    if leads(&index.rotations, key, signer.public()) {
        return Ok(());
    }
    Err(PublishError::Key(key.clone(), "that key did not announce yours"))
}

/// Puts a file in its place, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    // A bare name has a folder, too.
    let place = if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) };
    apply::write_beside(&place, bytes).map_err(|error| {
        let why = match &error {
            ApplyError::Disk(error) => reason(error.cause()),
            other => other.to_string(),
        };
        PublishError::Disk(path.display().to_string(), why)
    })
}

/// The packs of release `serial`: what the release before had not, and everything where the index wants it, or where the release is the only
/// one (`is_alone`): then nothing else need be there, and what was withdrawn is not.
fn new_packs(
    target: &Target,
    serial: u64,
    before: Option<&Before>,
    is_alone: bool,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<Vec<PackEntry>, PublishError> {
    let contents: BTreeMap<Digest, &[u8]> =
        target.files.values().map(|file| (file.digest, &*file.content)).collect();
    let newest = before.and_then(Before::whole);
    let had = newest.map(Release::contents).unwrap_or_default();
    let mut made = Vec::new();
    let mut make = |contents: Vec<(Digest, &[u8])>, whole: bool| {
        let unpacked = contents.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let bytes = pack::write(contents)
            .map_err(|error| PublishError::Disk("the pack".to_owned(), reason(&error)))?;
        if !pack::may_expand(bytes.len() as u64, unpacked) {
            return Err(PublishError::Expands);
        }
        let sha256 = Digest::of(&bytes);
        made.push(PackEntry { sha256, bytes: bytes.len() as u64, serial, whole });
        files.push((pack_path(sha256), bytes));
        Ok::<(), PublishError>(())
    };
    let new: Vec<(Digest, &[u8])> =
        contents.iter().filter(|(digest, _)| !had.contains_key(digest)).map(|(d, b)| (*d, *b)).collect();
    // Without the release before it is not known what students have: everything is new, once.
    if newest.is_some() && !new.is_empty() {
        make(new, false)?;
    }
    if newest.is_none() || is_alone || before.is_some_and(|before| before.index.wants_whole()) {
        make(contents.into_iter().collect(), true)?;
    }
    Ok(made)
}

/// The packs that the releases from `oldest` on still need: the newest whole one that is not newer than `oldest`, what came with it, and all
/// after it.
fn needed(packs: Vec<PackEntry>, oldest: u64) -> Vec<PackEntry> {
    let from = packs.iter().filter(|pack| pack.whole && pack.serial <= oldest).map(|pack| pack.serial).max();
    let from = from.unwrap_or(0);
    packs.into_iter().filter(|pack| pack.serial >= from).collect()
}
