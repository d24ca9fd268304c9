//! The signature of an index.
//!
//! In: the bytes of an index, what its signature says, the key that a workspace has remembered. Out: the key that it is signed with
//! now, or why it cannot be trusted ([`Distrust`]).

use crate::digest::Digest;

use super::index::Index;
use super::key::{PublicKey, leads};

/// The signature of `index.json`, where the program `minisign` looks for it.
pub const SIGNATURE: &str = "index.json.minisig";

/// Why an index is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It has no signature, and should have.
    #[error("is not signed, and its key is {0}")]
    Unsigned(PublicKey),
    /// It is signed with a key that no key before it announced.
    #[error("is signed with the key {found}, and its key is {pinned}")]
    OtherKey {
        /// The key that the workspace knows.
        pinned: PublicKey,
        /// The key that the index is signed with.
        found: PublicKey,
    },
    /// The signature is of other bytes, or was made with another key.
    #[error("has a signature that is not of this index and the key {0}")]
    Wrong(PublicKey),
}

/// Where the signature of the index with this digest is in a published folder. Named so, a signature that arrives with another index
/// cannot be mistaken for this one's.
pub fn signature_path(index: Digest) -> String {
    format!("signatures/{index}.minisig")
}

/// What the signature of `index` says of it: minisign's trusted comment.
pub fn comment(index: &Index) -> String {
    format!("tito index of {}, release {}", index.course, index.current)
}

/// The key that `index`, whose bytes are `bytes`, is signed with; none for a course that is not signed. `pinned` is the key that the
/// workspace remembers or that the address names, `signature` what was found beside the index.
///
/// # Errors
/// A [`Distrust`].
pub fn trusted(
    bytes: &[u8],
    index: &Index,
    signature: Option<&str>,
    pinned: Option<&PublicKey>,
) -> Result<Option<PublicKey>, Distrust> {
    let Some(key) = index.key.as_ref().or(pinned) else { return Ok(None) };
    if let Some(pinned) = pinned.filter(|pinned| !leads(&index.rotations, pinned, key)) {
        return Err(Distrust::OtherKey { pinned: pinned.clone(), found: key.clone() });
    }
    let Some(signature) = signature else { return Err(Distrust::Unsigned(key.clone())) };
    let said = key.verifies(signature, bytes).ok_or_else(|| Distrust::Wrong(key.clone()))?;
    // A signature that minisign made says what it likes.
    if said.starts_with("tito ") && said != comment(index) {
        return Err(Distrust::Wrong(key.clone()));
    }
    Ok(Some(key.clone()))
}
