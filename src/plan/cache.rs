//! [`StatCache`]: which file had which digest, when the system said what of it. With it, a check of an unchanged workspace opens no file.
//!
//! It is not a truth, only a saving: one that is missing, damaged, of another version or of a copied workspace is an empty one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::digest::{Digest, sealed, unsealed};
use crate::world::{Found, Stamp};

const HEADER: &str = "tito cache 2";

/// Digests of files, by path, valid while the system says the same of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatCache {
    entries: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    size: u64,
    stamp: Stamp,
    raw: Digest,
    canonical: Digest,
}

impl StatCache {
    /// Reads a cache; whatever is wrong with it, the answer is an empty one.
    pub fn read(bytes: &[u8]) -> Self {
        unsealed(bytes).and_then(parse).unwrap_or_default()
    }

    /// The bytes of the cache.
    pub fn write(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}\n");
        for (path, known) in &self.entries {
            let Known { size, stamp, raw, canonical } = known;
            let Stamp { modified, changed, inode } = stamp;
            let _ = write!(text, "{size} {modified} {changed} {inode} {raw} ");
            let _ = if raw == canonical { write!(text, "=") } else { write!(text, "{canonical}") };
            let _ = writeln!(text, " {path}");
        }
        sealed(text)
    }

    /// The digests of the file at `path`, raw and canonical, if `found` is what the system said when they were taken.
    pub(super) fn get(&self, path: &str, found: &Found) -> Option<(Digest, Digest)> {
        let known = self.entries.get(path)?;
        let same = found.stamp == Some(known.stamp) && found.size == known.size;
        same.then_some((known.raw, known.canonical))
    }

    /// Remembers digests taken after the time `now`; not where the file is so young that the system might not tell its next change.
    pub(super) fn put(&mut self, path: &str, found: &Found, raw: Digest, canonical: Digest, now: i64) {
        let Some(stamp) = found.stamp else { return };
        if stamp.is_settled(now) && !path.contains('\n') {
            self.entries.insert(path.to_owned(), Known { size: found.size, stamp, raw, canonical });
        }
    }

    /// Carries an entry of an older cache over.
    pub(super) fn keep(&mut self, path: &str, older: &Self) {
        if let Some(known) = older.entries.get(path) {
            self.entries.insert(path.to_owned(), known.clone());
        }
    }
}

fn parse(text: &str) -> Option<StatCache> {
    let mut entries = BTreeMap::new();
    let mut lines = text.lines();
    (lines.next()? == HEADER).then_some(())?;
    for line in lines {
        let mut words = line.splitn(7, ' ');
        let size = words.next()?.parse().ok()?;
        let modified = words.next()?.parse().ok()?;
        let changed = words.next()?.parse().ok()?;
        let inode = words.next()?.parse().ok()?;
        let raw = words.next()?.parse().ok()?;
        let canonical = match words.next()? {
            "=" => raw,
            other => other.parse().ok()?,
        };
        let stamp = Stamp { modified, changed, inode };
        entries.insert(words.next()?.to_owned(), Known { size, stamp, raw, canonical });
    }
    Some(StatCache { entries })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::FoundKind;

    fn found(size: u64, modified: i64) -> Found {
        let stamp = Some(Stamp { modified, changed: 7, inode: 3 });
        Found {
            name: "a".to_owned(),
            unicode: true,
            kind: FoundKind::File { executable: false },
            size,
            stamp,
        }
    }

    #[test]
    fn it_is_read_as_it_was_written_and_a_damaged_one_is_empty() {
        let mut cache = StatCache::default();
        cache.put("a b/ü.py", &found(3, 5), Digest::of(b"x"), Digest::of(b"y"), i64::MAX);
        cache.put("c", &found(3, 5), Digest::of(b"x"), Digest::of(b"x"), i64::MAX);
        let bytes = cache.write();
        assert_eq!(StatCache::read(&bytes), cache);
        assert_eq!(cache.get("a b/ü.py", &found(3, 5)), Some((Digest::of(b"x"), Digest::of(b"y"))));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert_eq!(StatCache::read(&damaged), StatCache::default(), "at {at}");
            assert_eq!(StatCache::read(&bytes[..at]), StatCache::default(), "cut at {at}");
        }
    }

    #[test]
    fn another_size_or_time_is_another_file_and_a_young_one_is_not_remembered() {
        let mut cache = StatCache::default();
        cache.put("c", &found(3, 5), Digest::of(b"x"), Digest::of(b"x"), i64::MAX);
        assert_eq!(cache.get("c", &found(4, 5)), None);
        assert_eq!(cache.get("c", &found(3, 6)), None);
        cache.put("young", &found(3, 1_000_000_001), Digest::of(b"x"), Digest::of(b"x"), 1_000_000_002);
        cache.put("second", &found(3, 1_000_000_000), Digest::of(b"x"), Digest::of(b"x"), 3_000_000_000);
        assert_eq!(
            (cache.get("young", &found(3, 1_000_000_001)), cache.get("second", &found(3, 1_000_000_000))),
            (None, None)
        );
    }
}
