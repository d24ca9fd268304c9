//! What a source may be: how many files, how large, under which names. It counts for what is fetched, and for what is read from a cache or
//! from a folder that came with a course.

use std::io::{Read, Seek, SeekFrom};

/// No source has more files, a larger one, or more bytes in all.
pub(super) const MAX_ENTRIES: usize = 200_000;
pub(super) const MAX_FILE: u64 = 256 << 20;
pub(super) const MAX_TOTAL: u64 = 2 << 30;
/// No path is longer or deeper.
const MAX_PATH: usize = 4096;
const MAX_DEPTH: usize = 255;
/// The list at the end of a zip file is not longer: it is read whole.
const MAX_DIRECTORY: u32 = 64 << 20;

/// What is wrong with `path` as a name in a source; none: nothing.
pub(super) fn path_problem(path: &str) -> Option<&'static str> {
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) || path.contains('\0') {
        return Some("leads out of it");
    }
    (path.len() > MAX_PATH || path.split('/').count() > MAX_DEPTH).then_some("is too long a path")
}

/// Does the zip file `file` say that its list is short enough to be read? One without an end is for the reader to refuse.
pub(super) fn has_short_directory(file: &mut (impl Read + Seek)) -> std::io::Result<bool> {
    // The record at the end, and the comment behind it.
    const MOST: u64 = 22 + 65_535;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
    let mut end = Vec::new();
    file.take(MOST).read_to_end(&mut end)?;
    file.rewind()?;
    let mut records = end.windows(22).filter(|window| window.starts_with(b"PK\x05\x06"));
    Ok(records.all(|record| {
        let size = record.get(12..16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        size <= MAX_DIRECTORY
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_directory_is_seen_before_it_is_read() {
        let record = |size: u32| {
            let mut bytes = vec![0; 100];
            bytes.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0");
            bytes.extend(size.to_le_bytes());
            bytes.extend([0; 6]);
            std::io::Cursor::new(bytes)
        };
        assert!(has_short_directory(&mut record(MAX_DIRECTORY)).unwrap());
        assert!(!has_short_directory(&mut record(MAX_DIRECTORY + 1)).unwrap());
        assert!(has_short_directory(&mut std::io::Cursor::new(b"nothing")).unwrap());
    }

    #[test]
    fn names_stay_below_the_tree() {
        for bad in ["", "/x", "x/", "a//b", "./a", "a/./b", "..", "a/../b", "a\0b"] {
            assert_eq!(path_problem(bad), Some("leads out of it"), "{bad:?}");
        }
        assert_eq!(path_problem("a/b.c"), None);
        assert!(path_problem("a/".repeat(255).trim_end_matches('/')).is_none());
        assert!(path_problem(&format!("{}a", "a/".repeat(255))).is_some());
    }
}
