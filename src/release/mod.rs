//! `Target` ⇄ [`Release`]: a course compiled, at rest. What is published, sent to students and kept.
//!
//! A release is a manifest (versioned JSON, [`manifest`]) that names the bytes of every file by digest; the bytes are in packs
//! ([`pack`]). It is complete: with it, everything that a student's verb needs is there without the course or its base. It holds
//! nothing that a student does not get: no stripped solution, no text of a layer, no path of the machine that made it.

pub mod index;
pub mod key;
pub mod manifest;
pub mod pack;
pub mod packs;
pub mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::compile::Target;
use crate::digest::Digest;

use manifest::Manifest;

/// The version of the manifest's format that this tito writes, and the newest that it reads.
pub const RELEASE_VERSION: u64 = 2;

/// A longer manifest is refused before it is read.
pub const MAX_MANIFEST_BYTES: u64 = 64 << 20;

/// A release may not name a larger file than this.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// A release may not name more files than this.
pub const MAX_FILES: usize = 200_000;

/// A course compiled, without the bytes of its files.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    manifest: Manifest,
    bytes: Vec<u8>,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// It is longer than [`MAX_MANIFEST_BYTES`].
    #[error("the release is longer than {} MiB", MAX_MANIFEST_BYTES >> 20)]
    TooLong,
    /// It is not JSON, or lacks something.
    #[error("the release cannot be read: {0}")]
    Form(String),
    /// It is of a format that only a newer tito reads.
    #[error("the release has format {0}, and this tito reads up to {RELEASE_VERSION}: install a newer tito")]
    Newer(u64),
    /// What it says cannot be: a path that leaves the workspace, a rule that is not there, too many files.
    #[error("the release is not sound: {0}")]
    Unsound(String),
    /// The bytes of a file are not there, or are others.
    #[error("the bytes of `{path}` are missing or damaged (sha256 {digest})")]
    Missing {
        /// The file.
        path: String,
        /// What its bytes must be.
        digest: Digest,
    },
}

impl Release {
    /// The release of `target`. The same target gives the same bytes, on every machine.
    pub fn of(target: &Target) -> Self {
        let manifest = Manifest::of(target);
        let bytes = manifest.write();
        Self { manifest, bytes }
    }

    /// Reads a manifest and checks that what it says can be.
    ///
    /// # Errors
    /// All of [`ReleaseError`] but `Missing`.
    pub fn read(bytes: &[u8]) -> Result<Self, ReleaseError> {
        Ok(Self { manifest: Manifest::read(bytes)?, bytes: bytes.to_owned() })
    }

    /// The manifest's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The name of the release: the digest of its manifest, and so of all that it names.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// What it says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Does it announce a unit that is open at `now`? Then the course has more than it says.
    pub fn opens_by(&self, now: jiff::Timestamp) -> bool {
        let mut due = self
            .manifest
            .units
            .iter()
            .filter(|unit| unit.dates.opens.is_some_and(|opens| opens <= now))
            .peekable();
        if due.peek().is_none() {
            return false;
        }
        let there: BTreeSet<_> = self.manifest.files.values().filter_map(|file| file.unit.as_ref()).collect();
        due.any(|unit| !there.contains(&unit.id))
    }

    /// The contents of its files: digest and length of each, once.
    pub fn contents(&self) -> BTreeMap<Digest, u64> {
        self.manifest.files.values().map(|file| (file.sha256, file.bytes)).collect()
    }

    /// The target that it was made of, with no byte of any file.
    ///
    /// # Errors
    /// `Unsound` where the manifest says what cannot be.
    pub fn outline(&self) -> Result<Target, ReleaseError> {
        self.manifest.target(|_, _| Ok(Arc::from([])))
    }

    /// The target that it was made of. `content` gives bytes by digest; what it gives is checked.
    ///
    /// # Errors
    /// `Missing` where bytes are not there or are others.
    pub fn target(
        &self,
        mut content: impl FnMut(Digest) -> Option<Arc<[u8]>>,
    ) -> Result<Target, ReleaseError> {
        let mut known: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
        self.manifest.target(|path, file| {
            if let Some(bytes) = known.get(&file.sha256) {
                return Ok(bytes.clone());
            }
            let bytes = content(file.sha256)
                .filter(|bytes| bytes.len() as u64 == file.bytes && Digest::of(bytes) == file.sha256)
                .ok_or_else(|| ReleaseError::Missing { path: path.to_string(), digest: file.sha256 })?;
            known.insert(file.sha256, bytes.clone());
            Ok(bytes)
        })
    }
}
