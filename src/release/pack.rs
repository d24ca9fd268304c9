//! Packs: the bytes of a release's files in a zip file, each entry named by its digest. Every system opens one, and entries are read
//! one by one.
//!
//! A pack is written once and named by its own digest. The same contents give the same pack: entries are sorted, and no time, owner
//! or mode is in it.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, Write};
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::digest::Digest;

use crate::world::zip_entries;

use super::MAX_FILES;

/// No pack is longer than this.
pub const MAX_PACK_BYTES: u64 = 4 << 30;

/// So many bytes are made room for at once, whatever a pack says of an entry.
const AT_ONCE: u64 = 1 << 20;

/// Contents may be so many bytes, whatever the pack has.
const FREE_BYTES: u64 = 128 << 20;
/// And so many times the bytes of the pack.
const EXPANSION: u64 = 100;

/// May a pack of `packed` bytes hold contents of `unpacked` bytes? More is made to fill memory and disks.
pub fn may_expand(packed: u64, unpacked: u64) -> bool {
    unpacked <= FREE_BYTES.saturating_add(packed.saturating_mul(EXPANSION))
}

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is not a zip file, or is damaged.
    #[error("the pack is not a zip file, or is damaged: {0}")]
    Form(String),
    /// It has more entries than a release may have files.
    #[error("the pack has more than {MAX_FILES} entries")]
    Many,
    /// An entry cannot be read, or holds other bytes than its name says.
    #[error("the entry {0} of the pack is damaged")]
    Entry(Digest),
}

/// The pack of `contents`, compressed: what is sent.
///
/// # Errors
/// As the zip writer says; none is known for contents that fit into memory.
pub fn write<'a>(contents: impl IntoIterator<Item = (Digest, &'a [u8])>) -> io::Result<Vec<u8>> {
    zip(entries(contents))
}

/// The pack of `contents` as they are: what a workspace keeps, where a run waits for it.
///
/// # Errors
/// As [`write()`].
pub fn write_plain<'a>(contents: impl IntoIterator<Item = (Digest, &'a [u8])>) -> io::Result<Vec<u8>> {
    zip_as(entries(contents), |_| CompressionMethod::Stored)
}

/// Sorted, and each once.
fn entries<'a>(
    contents: impl IntoIterator<Item = (Digest, &'a [u8])>,
) -> impl Iterator<Item = (String, &'a [u8])> {
    let sorted: BTreeMap<Digest, &[u8]> = contents.into_iter().collect();
    sorted.into_iter().map(|(digest, bytes)| (digest.to_string(), bytes))
}

/// A zip file of `entries`, in this order; the same entries give the same bytes. What is a zip file itself is stored as it is.
///
/// # Errors
/// As the zip writer says; none is known for entries that fit into memory.
pub fn zip<'a>(entries: impl IntoIterator<Item = (String, &'a [u8])>) -> io::Result<Vec<u8>> {
    zip_as(entries, |name| match name.ends_with(".zip") {
        true => CompressionMethod::Stored,
        false => CompressionMethod::Deflated,
    })
}

fn zip_as<'a>(
    entries: impl IntoIterator<Item = (String, &'a [u8])>,
    method: impl Fn(&str) -> CompressionMethod,
) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(method(&name))
            .last_modified_time(DateTime::default())
            .large_file(bytes.len() as u64 > u64::from(u32::MAX))
            .unix_permissions(0o644);
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A pack that is read.
pub struct Pack<R> {
    zip: ZipArchive<R>,
}

impl<R: Read + Seek> Pack<R> {
    /// Opens a pack; no entry is read.
    ///
    /// # Errors
    /// `Form` or `Many`.
    pub fn open(mut reader: R) -> Result<Self, PackError> {
        let form = |error: String| PackError::Form(error);
        // Before the list of entries is in memory.
        if !zip_entries::are_at_most(MAX_FILES, &mut reader).map_err(|error| form(error.to_string()))? {
            return Err(PackError::Many);
        }
        reader.rewind().map_err(|error| form(error.to_string()))?;
        let zip = ZipArchive::new(reader).map_err(|error| form(error.to_string()))?;
        Ok(Self { zip })
    }

    /// The digests of what it holds, as its entries are named. Entries with other names are left alone.
    pub fn digests(&self) -> Vec<Digest> {
        self.zip.file_names().filter_map(|name| name.ok()?.parse().ok()).collect()
    }

    /// The `length` bytes with this digest; none where the pack does not have them. What it holds under that name is checked, and
    /// never more than `length` bytes are unpacked.
    ///
    /// # Errors
    /// `Entry` where they are others.
    pub fn read(&mut self, digest: Digest, length: u64) -> Result<Option<Arc<[u8]>>, PackError> {
        match self.read_within(digest, length)? {
            Some(bytes) if bytes.len() as u64 != length => Err(PackError::Entry(digest)),
            read => Ok(read),
        }
    }

    /// The bytes with this digest, if they are at most `limit`; else as [`Pack::read`].
    ///
    /// # Errors
    /// `Entry` where they are others, or more.
    pub fn read_within(&mut self, digest: Digest, limit: u64) -> Result<Option<Arc<[u8]>>, PackError> {
        let Ok(entry) = self.zip.by_name(&digest.to_string()) else { return Ok(None) };
        let damaged = |_| PackError::Entry(digest);
        let mut bytes =
            Vec::with_capacity(usize::try_from(entry.size().min(limit).min(AT_ONCE)).unwrap_or(0));
        entry.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(damaged)?;
        if bytes.len() as u64 > limit || Digest::of(&bytes) != digest {
            return Err(PackError::Entry(digest));
        }
        Ok(Some(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(contents: &[&[u8]]) -> Vec<u8> {
        write(contents.iter().map(|bytes| (Digest::of(bytes), *bytes))).unwrap()
    }

    #[test]
    fn what_is_put_in_comes_out_whatever_the_order() {
        let (one, two) = (b"one".as_slice(), &[0, 255, 13, 10][..]);
        assert_eq!(pack(&[one, two, b""]), pack(&[b"", two, one]));
        let bytes = pack(&[one, two, b""]);
        let mut pack = Pack::open(Cursor::new(&bytes)).unwrap();
        assert_eq!(pack.digests().len(), 3);
        for content in [one, two, b""] {
            let read = pack.read(Digest::of(content), content.len() as u64).unwrap().unwrap();
            assert_eq!(&*read, content);
        }
        assert!(pack.read(Digest::of(b"three"), 5).unwrap().is_none());
    }

    #[test]
    fn another_length_or_other_bytes_are_refused() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(Digest::of(b"what it says").to_string(), SimpleFileOptions::default()).unwrap();
        zip.write_all(b"something else").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let mut pack = Pack::open(Cursor::new(&bytes)).unwrap();
        assert!(matches!(pack.read(Digest::of(b"what it says"), 12), Err(PackError::Entry(_))));
        let good = super::write([(Digest::of(b"abc"), &b"abc"[..])]).unwrap();
        let mut pack = Pack::open(Cursor::new(&good)).unwrap();
        assert!(matches!(pack.read(Digest::of(b"abc"), 2), Err(PackError::Entry(_))));
        assert!(matches!(pack.read(Digest::of(b"abc"), 4), Err(PackError::Entry(_))));
    }

    #[test]
    fn a_pack_cut_anywhere_gives_an_error_and_never_other_bytes() {
        let bytes = pack(&[b"one", &[7; 5000], b"two"]);
        for end in 0..bytes.len() {
            let Ok(mut pack) = Pack::open(Cursor::new(&bytes[..end])) else { continue };
            for content in [&b"one"[..], &[7; 5000], b"two"] {
                if let Ok(Some(read)) = pack.read(Digest::of(content), content.len() as u64) {
                    assert_eq!(&*read, content);
                }
            }
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let zeros = vec![0; 50 << 20];
        let bytes = pack(&[&zeros]);
        assert!(bytes.len() < 1 << 20);
        let mut pack = Pack::open(Cursor::new(&bytes)).unwrap();
        // A release that says less than there is gets an error after as many bytes as it said.
        assert!(matches!(pack.read(Digest::of(&zeros), 10), Err(PackError::Entry(_))));
    }
}
