//! The base course inside the binary: an archive made by `build.rs`, unpacked in memory when something of it is first asked for.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result};
use std::sync::{Arc, OnceLock};

use super::{Entry, EntryKind};

static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/templates.tar.zst"));

type Files = BTreeMap<String, (Arc<[u8]>, bool)>;

/// Every file of the bundled base, sorted by path.
///
/// # Errors
/// When the archive cannot be unpacked: then the binary is damaged.
pub(super) fn list() -> Result<Vec<Entry>> {
    let entry = |(path, (bytes, executable)): (&String, &(Arc<[u8]>, bool))| Entry {
        path: path.clone(),
        unicode: true,
        kind: EntryKind::File { executable: *executable },
        size: bytes.len() as u64,
    };
    Ok(files()?.iter().map(entry).collect())
}

/// The bytes of one of them.
///
/// # Errors
/// `NotFound`, or as [`list`].
pub(super) fn read(path: &str) -> Result<Vec<u8>> {
    files()?.get(path).map(|(bytes, _)| bytes.to_vec()).ok_or_else(|| Error::from(ErrorKind::NotFound))
}

fn files() -> Result<&'static Files> {
    static FILES: OnceLock<std::result::Result<Files, String>> = OnceLock::new();
    let unpacked = FILES.get_or_init(|| unpack().map_err(|error| error.to_string()));
    unpacked.as_ref().map_err(|error| Error::other(format!("the base inside this tito is damaged: {error}")))
}

fn unpack() -> Result<Files> {
    let mut tar = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(ARCHIVE).map_err(Error::other)?.read_to_end(&mut tar)?;
    let mut files = Files::new();
    for entry in tar::Archive::new(tar.as_slice()).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.to_string_lossy().into_owned();
        let executable = entry.header().mode()? & 0o100 != 0;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.insert(path, (bytes.into(), executable));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_there_and_sorted() {
        let entries = list().unwrap();
        assert!(entries.iter().any(|entry| entry.path == "catalog.yml"));
        assert!(entries.is_sorted_by(|a, b| a.path < b.path));
        assert!(read("catalog.yml").unwrap().starts_with(b"# What the bundled base offers"));
        assert_eq!(read("nothing").unwrap_err().kind(), ErrorKind::NotFound);
    }
}
