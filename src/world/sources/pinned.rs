//! [`Pinned`]: a source and what it is, as the lock and a release say it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, Pin, Remote};
use crate::digest::Digest;

/// A source and what it is. It is of `git` or of an `archive`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// The address of a Git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<String>,
    /// The branch, tag or commit that was asked for; none: the default branch.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The commit that is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The address of an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
    /// Digest of the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Digest of all files of the source: paths, modes, contents.
    pub tree: Digest,
}

impl Pinned {
    /// What `remote` is.
    pub fn of(remote: &Remote, pin: &Pin) -> Self {
        let address = Some(remote.address.to_string());
        let none =
            Self { git: None, reference: None, commit: None, archive: None, sha256: None, tree: pin.tree };
        match &remote.kind {
            Kind::Git(reference) => {
                Self { git: address, reference: reference.clone(), commit: pin.commit.clone(), ..none }
            }
            Kind::Archive(sha256) => Self { archive: address, sha256: Some(*sha256), ..none },
        }
    }

    /// What it says of `remote`; none where it is of another source.
    pub fn pin_of(&self, remote: &Remote) -> Option<Pin> {
        let pin = Pin { commit: self.commit.clone(), tree: self.tree };
        (Self::of(remote, &pin) == *self).then_some(pin)
    }
}
