//! [`Packs`]: several packs as one store, from which any content is read by its digest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::digest::Digest;
use crate::world::Seekable;

use super::pack::Pack;

/// Packs that are open. What they hold is only checked when it is read.
#[derive(Default)]
pub struct Packs {
    packs: Vec<Mutex<Pack<Box<dyn Seekable>>>>,
    /// In which pack a content is; the first one that says so counts.
    places: BTreeMap<Digest, usize>,
}

impl std::fmt::Debug for Packs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Packs({} contents)", self.places.len())
    }
}

impl Packs {
    /// Opens the packs in `files`. One that is damaged is as good as none.
    pub fn open(files: impl IntoIterator<Item = Box<dyn Seekable>>) -> Self {
        let mut packs = Self::default();
        for pack in files.into_iter().filter_map(|file| Pack::open(file).ok()) {
            let number = packs.packs.len();
            for digest in pack.digests() {
                packs.places.entry(digest).or_insert(number);
            }
            packs.packs.push(Mutex::new(pack));
        }
        packs
    }

    /// Does a pack say that it holds `digest`? Whether it does is only known once it is read.
    pub fn name(&self, digest: Digest) -> bool {
        self.places.contains_key(&digest)
    }

    /// The bytes of `digest`, of at most `limit`: none where no pack has them whole.
    pub fn read(&self, digest: Digest, limit: u64) -> Option<Arc<[u8]>> {
        let read = |number: usize| {
            let mut pack = self.packs.get(number)?.lock().unwrap_or_else(PoisonError::into_inner);
            pack.read_within(digest, limit).ok().flatten()
        };
        let first = *self.places.get(&digest)?;
        // Where that one is damaged, another may have it whole.
        read(first).or_else(|| (first + 1..self.packs.len()).find_map(read))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::pack;
    use super::*;

    fn pack_of(contents: &[&[u8]]) -> Vec<u8> {
        pack::write_plain(contents.iter().map(|bytes| (Digest::of(bytes), *bytes))).unwrap()
    }

    fn packs(files: Vec<Vec<u8>>) -> Packs {
        Packs::open(files.into_iter().map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Seekable>))
    }

    #[test]
    fn what_one_of_them_holds_is_read_within_a_limit() {
        let packs = packs(vec![pack_of(&[b"one", b"two"]), b"no pack".to_vec(), pack_of(&[b"three"])]);
        for content in [&b"one"[..], b"two", b"three"] {
            let digest = Digest::of(content);
            assert!(packs.name(digest));
            assert_eq!(&*packs.read(digest, 5).unwrap(), content);
            assert_eq!(packs.read(digest, content.len() as u64 - 1), None);
        }
        assert!(!packs.name(Digest::of(b"four")));
        assert_eq!(packs.read(Digest::of(b"four"), 5), None);
    }

    #[test]
    fn a_damaged_content_is_taken_from_another_pack() {
        let whole = pack_of(&[b"a content that is whole"]);
        let mut damaged = whole.clone();
        let at = whole.windows(9).position(|part| part == b"a content").unwrap();
        damaged[at] ^= 1;
        let digest = Digest::of(b"a content that is whole");
        assert_eq!(packs(vec![damaged.clone()]).read(digest, 100), None);
        assert!(packs(vec![damaged, whole]).read(digest, 100).is_some());
    }
}
