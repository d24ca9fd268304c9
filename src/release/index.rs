//! [`Index`]: what a published folder holds. Its file `index.json` is the only one that changes; every other byte hangs on it by digest.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;

use super::key::{MAX_ROTATIONS, PublicKey, Rotation};
use super::pack::MAX_PACK_BYTES;
use super::{MAX_MANIFEST_BYTES, ReleaseError};

/// The name of the index in a published folder.
pub const INDEX: &str = "index.json";

/// The version of the index's format that this tito writes, and the newest that it reads.
pub const INDEX_VERSION: u64 = 1;

/// A longer index is refused before it is read.
pub const MAX_INDEX_BYTES: u64 = 8 << 20;

/// A whole pack follows after so many packs of what is new, so that a first `init` fetches at most two.
const NEW_PACKS: usize = 1;

/// What a published folder holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The version of this format.
    pub tito_index: u64,
    /// The course's stable name.
    pub course: String,
    /// Its title, for people.
    pub title: String,
    /// Which run of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The serial of the release that students get.
    pub current: u64,
    /// All releases that are still here, the newest first.
    pub releases: Vec<Entry>,
    /// All packs that are still here, the newest first.
    pub packs: Vec<PackEntry>,
    /// The address where the course is from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
    /// The public key that the index is signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// How keys followed each other, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rotations: Vec<Rotation>,
}

/// A release in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// 1, 2, 3, …: it only grows.
    pub serial: u64,
    /// The digest of its manifest, which is `releases/DIGEST.json`.
    pub release: Digest,
    /// How many bytes the manifest has.
    pub bytes: u64,
    /// The oldest version of the release's format that can be read as this one.
    pub format: u64,
    /// The version of the base (semver).
    pub base_version: String,
    /// What the instructor says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// What it changes for students who have the release before, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// When it was published (RFC 3339, UTC).
    pub published: String,
}

/// A pack in the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackEntry {
    /// The digest of the pack, which is `packs/DIGEST.zip`.
    pub sha256: Digest,
    /// How many bytes it has.
    pub bytes: u64,
    /// The release that it was made for.
    pub serial: u64,
    /// Does it hold all contents of that release? Else only what the release before had not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
}

/// Where the manifest with this digest is in a published folder.
pub fn release_path(release: Digest) -> String {
    format!("releases/{release}.json")
}

/// Where the pack with this digest is in a published folder.
pub fn pack_path(pack: Digest) -> String {
    format!("packs/{pack}.zip")
}

/// The JSON Schema of an index.
pub fn schema() -> Value {
    crate::json::schema::<Index>("index.schema.json", "index.json: what a published folder holds")
}

impl Index {
    /// Reads `index.json` and checks that what it says can be.
    ///
    /// # Errors
    /// A [`ReleaseError`].
    pub fn read(bytes: &[u8]) -> Result<Self, ReleaseError> {
        #[derive(Deserialize)]
        struct Version {
            tito_index: u64,
        }
        let form = |error: serde_json::Error| ReleaseError::Form(error.to_string());
        if bytes.len() as u64 > MAX_INDEX_BYTES {
            return Err(ReleaseError::TooLong);
        }
        let version: Version = serde_json::from_slice(bytes).map_err(form)?;
        if version.tito_index > INDEX_VERSION {
            return Err(ReleaseError::Newer(version.tito_index));
        }
        let index: Self = serde_json::from_slice(bytes).map_err(form)?;
        index.check()?;
        Ok(index)
    }

    fn check(&self) -> Result<(), ReleaseError> {
        let unsound = |why: &str| Err(ReleaseError::Unsound(why.to_owned()));
        if !self.releases.is_sorted_by(|a, b| a.serial > b.serial) {
            return unsound("its releases are not in order");
        }
        if self.release(self.current).is_none() {
            return unsound("its current release is not among its releases");
        }
        if self.releases.iter().any(|entry| entry.bytes > MAX_MANIFEST_BYTES)
            || self.packs.iter().any(|pack| pack.bytes > MAX_PACK_BYTES)
        {
            return unsound("it names something that is larger than tito reads");
        }
        if self.rotations.len() > MAX_ROTATIONS {
            return unsound("it announces more keys than tito reads");
        }
        Ok(())
    }

    /// The bytes of `index.json`.
    pub fn write(&self) -> Vec<u8> {
        // Every key is a text, so nothing can fail.
        crate::json::by_line(self).unwrap_or_default()
    }

    /// The release with this serial.
    pub fn release(&self, serial: u64) -> Option<&Entry> {
        self.releases.iter().find(|entry| entry.serial == serial)
    }

    /// The packs that the contents of release `serial` are in, in the order in which to fetch them, for a reader who has the contents of
    /// release `has`: first what is new since then, where that is less than the rest; then what gives everything.
    pub fn packs_for(&self, serial: u64, has: Option<u64>) -> Vec<&PackEntry> {
        let until = self.packs.iter().filter(|pack| pack.serial <= serial);
        let since = |from: u64| until.clone().filter(move |pack| !pack.whole && pack.serial > from);
        let whole = until.clone().find(|pack| pack.whole);
        let all: Vec<&PackEntry> = since(whole.map_or(0, |pack| pack.serial)).chain(whole).collect();
        let new: Vec<&PackEntry> =
            has.filter(|has| *has <= serial).map(|has| since(has).collect()).unwrap_or_default();
        let length = |packs: &[&PackEntry]| packs.iter().map(|pack| pack.bytes).sum::<u64>();
        let mut seen = BTreeSet::new();
        let first = if has.is_some() && length(&new) <= length(&all) { new } else { Vec::new() };
        first.into_iter().chain(all).filter(|pack| seen.insert(pack.sha256)).collect()
    }

    /// Does the next release need a pack with everything in it?
    pub fn wants_whole(&self) -> bool {
        self.packs.iter().take_while(|pack| !pack.whole).count() >= NEW_PACKS
            || !self.packs.iter().any(|pack| pack.whole)
    }

    /// The names of all files that a published folder with this index holds beside the index, with digest and length.
    pub fn names(&self) -> BTreeMap<String, (Digest, u64)> {
        let releases =
            self.releases.iter().map(|entry| (release_path(entry.release), (entry.release, entry.bytes)));
        let packs = self.packs.iter().map(|pack| (pack_path(pack.sha256), (pack.sha256, pack.bytes)));
        releases.chain(packs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(serial: u64, whole: bool, bytes: u64) -> PackEntry {
        PackEntry { sha256: Digest::of(format!("{serial} {whole}").as_bytes()), bytes, serial, whole }
    }

    fn entry(serial: u64) -> Entry {
        Entry {
            serial,
            release: Digest::of(&serial.to_le_bytes()),
            bytes: 10,
            format: 1,
            base_version: "1.0.0".to_owned(),
            notes: None,
            changes: Vec::new(),
            published: "2027-02-01T09:30:00Z".to_owned(),
        }
    }

    /// Five releases: 1, 3 and 5 have whole packs, as they are published.
    fn index() -> Index {
        Index {
            tito_index: 1,
            course: "x/y".to_owned(),
            title: "Y".to_owned(),
            run: None,
            current: 5,
            releases: (1..=5).rev().map(entry).collect(),
            packs: vec![
                pack(5, false, 10),
                pack(5, true, 1000),
                pack(4, false, 10),
                pack(3, false, 10),
                pack(3, true, 1000),
                pack(2, false, 10),
                pack(1, true, 1000),
            ],
            moved: None,
            key: None,
            rotations: Vec::new(),
        }
    }

    fn named(packs: &[&PackEntry]) -> Vec<(u64, bool)> {
        packs.iter().map(|pack| (pack.serial, pack.whole)).collect()
    }

    #[test]
    fn a_first_init_fetches_at_most_two() {
        let index = index();
        for serial in 1..=5 {
            assert!(index.packs_for(serial, None).len() <= 2, "{serial}");
        }
        assert_eq!(named(&index.packs_for(5, None)), [(5, true)]);
        assert_eq!(named(&index.packs_for(4, None)), [(4, false), (3, true)]);
    }

    #[test]
    fn an_update_begins_with_what_is_new() {
        let index = index();
        assert_eq!(named(&index.packs_for(5, Some(4))), [(5, false), (5, true)]);
        assert_eq!(named(&index.packs_for(5, Some(2))), [(5, false), (4, false), (3, false), (5, true)]);
        // Back to an older one: what it has may be gone from the workspace, and nothing is new.
        assert_eq!(named(&index.packs_for(2, Some(5))), [(2, false), (1, true)]);
    }

    #[test]
    fn what_is_written_is_read_and_what_cannot_be_is_refused() {
        assert_eq!(Index::read(&index().write()).unwrap(), index());
        let wrong = |change: fn(&mut Index)| {
            let mut index = index();
            change(&mut index);
            Index::read(&index.write()).unwrap_err().to_string()
        };
        assert!(wrong(|index| index.current = 9).contains("current release"));
        assert!(wrong(|index| index.releases.reverse()).contains("order"));
        assert!(wrong(|index| index.tito_index = 2).contains("newer tito"));
        assert!(wrong(|index| index.packs[0].bytes = u64::MAX).contains("larger"));
    }
}
