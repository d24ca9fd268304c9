//! [`Tree`]: the files of a source, as they were pinned.
#![expect(clippy::disallowed_methods, reason = "reads the cache of sources")]

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use super::limits::{MAX_ENTRIES, MAX_FILE, MAX_TOTAL, has_short_directory, path_problem};
use super::{Pin, Remote};
use crate::diagnostic::quoted;
use crate::digest::Digest;
use crate::world::{Entry, EntryKind};

/// The files of a source, each to be read from one file of the cache.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What was asked for.
    pub remote: Remote,
    /// What that is.
    pub pin: Pin,
    file: PathBuf,
    nodes: BTreeMap<String, Node>,
    /// While this lives, no one clears the cache that the file is in.
    _held: Option<Arc<File>>,
}

/// Something in a tree that is not a folder.
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: EntryKind,
    start: u64,
    size: u64,
}

impl Tree {
    /// Opens the tree that [`super::writer::Writer`] wrote into `file`. Every byte is read, and the digest is that of what was read.
    ///
    /// # Errors
    /// As the system says; `InvalidData` where it is not such a file.
    pub(super) fn open(file: &Path, remote: &Remote, commit: Option<&str>) -> Result<Self> {
        let damaged = |_| Error::from(ErrorKind::InvalidData);
        let mut opened = BufReader::new(File::open(file)?);
        if !has_short_directory(&mut opened)? {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut zip = ZipArchive::new(opened).map_err(damaged)?;
        let mut total = 0_u64;
        let mut nodes = BTreeMap::new();
        let mut marks = BTreeMap::new();
        let zip_len = zip.len();
        for at in 0..zip_len {
            let mut entry = zip.by_index(at).map_err(damaged)?;
            let name = entry.name().map_err(damaged)?.into_owned();
            let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
            let (path, kind) = if entry.is_dir() {
                (name.trim_end_matches('/').to_owned(), EntryKind::Submodule)
            } else if entry.is_symlink() {
                (name, EntryKind::Link)
            } else {
                (name, EntryKind::File { executable })
            };
            let is_plain = entry.compression() == CompressionMethod::Stored;
            let start = entry.data_start().filter(|_| is_plain).ok_or(ErrorKind::InvalidData)?;
            let size = if matches!(kind, EntryKind::File { .. }) { entry.size() } else { 0 };
            // It may have come with a course, from anywhere.
            total = total.saturating_add(size);
            if path_problem(&path).is_some() || zip_len > MAX_ENTRIES || size > MAX_FILE || total > MAX_TOTAL
            {
                return Err(ErrorKind::InvalidData.into());
            }
            let content = matches!(kind, EntryKind::File { .. }).then(|| Digest::of_reader(&mut entry));
            marks.insert(path.clone(), (kind, content.transpose()?));
            nodes.insert(path, Node { kind, start, size });
        }
        let pin = Pin { commit: commit.map(str::to_owned), tree: digest(&marks) };
        Ok(Self { remote: remote.clone(), pin, file: file.to_owned(), nodes, _held: None })
    }

    /// The same, while `lock` is held.
    pub(super) fn held(self, lock: Option<Arc<File>>) -> Self {
        Self { _held: lock, ..self }
    }

    /// Everything below the folder `inner` (the whole tree where it is empty), sorted by path.
    ///
    /// # Errors
    /// `NotFound` where there is no such folder.
    pub(crate) fn list(&self, inner: &str) -> Result<Vec<Entry>> {
        let prefix = if inner.is_empty() { String::new() } else { format!("{inner}/") };
        let below = self.nodes.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let entries: Vec<Entry> = below
            .map(|(path, node)| Entry {
                path: path.get(prefix.len()..).unwrap_or_default().to_owned(),
                unicode: !path.contains(char::REPLACEMENT_CHARACTER),
                kind: node.kind,
                size: node.size,
            })
            .collect();
        match self.nodes.contains_key(inner) {
            _ if !entries.is_empty() || inner.is_empty() => Ok(entries),
            true => Err(ErrorKind::NotADirectory.into()),
            false => Err(ErrorKind::NotFound.into()),
        }
    }

    /// The bytes of the file `path`, at most `limit`.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput` for what is not a file, `FileTooLarge`; or as the system says.
    pub(crate) fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>> {
        let node = self.nodes.get(path).ok_or(ErrorKind::NotFound)?;
        if !matches!(node.kind, EntryKind::File { .. }) {
            return Err(ErrorKind::InvalidInput.into());
        }
        if node.size > limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(node.start))?;
        let mut bytes = Vec::new();
        file.take(node.size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == node.size { Ok(bytes) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// What is at its top, for people who look for something in it: at most a few names.
    pub fn has(&self) -> String {
        const MOST: usize = 8;
        let mut names: Vec<&str> = self.nodes.keys().filter_map(|path| path.split('/').next()).collect();
        names.dedup();
        let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{}`", quoted(name))).collect();
        match (shown.is_empty(), names.len() > MOST) {
            (true, _) => "the source has no files".to_owned(),
            (_, false) => format!("the source has {}", shown.join(", ")),
            (_, true) => format!("the source has {} and more", shown.join(", ")),
        }
    }

    /// Its one file of the cache.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

/// The digest of a tree: of every path, what it is, and the digest of its bytes.
pub(super) fn digest(marks: &BTreeMap<String, (EntryKind, Option<Digest>)>) -> Digest {
    let texts = marks.iter().flat_map(|(path, (kind, content))| {
        let mark = match kind {
            EntryKind::File { executable: false } => "-",
            EntryKind::File { executable: true } => "x",
            EntryKind::Link => "l",
            EntryKind::Submodule | EntryKind::Special => "s",
        };
        [path.clone(), mark.to_owned(), content.map(|content| content.to_string()).unwrap_or_default()]
    });
    let texts: Vec<String> = texts.collect();
    Digest::of_parts(texts.iter().map(String::as_bytes))
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Tree {}

impl PartialOrd for Tree {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tree {
    /// What was asked for, and what it is; where it is kept does not matter.
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.remote, self.pin.tree).cmp(&(&other.remote, other.pin.tree))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::super::Kind;
    use super::super::writer::Writer;
    use super::*;

    fn remote() -> Remote {
        Remote::local(Kind::Archive(Digest::of(b"")), "/x.zip".into(), Path::new("x.zip"))
    }

    #[test]
    fn a_tree_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree.zip");
        let mut writer = Writer::new(&path).unwrap();
        writer.file("b/run.sh", true, &mut &b"#!"[..]).unwrap();
        writer.file("a/x", false, &mut &b""[..]).unwrap();
        writer.link("b/link").unwrap();
        writer.submodule("b/other").unwrap();
        assert!(writer.file("b/run.sh", false, &mut &b""[..]).is_err());
        assert!(writer.file("b/../../x", false, &mut &b""[..]).is_err());
        let digest = writer.finish().unwrap();
        let tree = Tree::open(&path, &remote(), None).unwrap();
        assert_eq!(tree.pin.tree, digest);
        let kinds: Vec<(String, EntryKind)> =
            tree.list("b").unwrap().into_iter().map(|entry| (entry.path, entry.kind)).collect();
        let expected = [
            ("link".to_owned(), EntryKind::Link),
            ("other".to_owned(), EntryKind::Submodule),
            ("run.sh".to_owned(), EntryKind::File { executable: true }),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(tree.read("b/run.sh", 2).unwrap(), b"#!");
        let refused = |path: &str, limit| tree.read(path, limit).unwrap_err().kind();
        assert_eq!(refused("b/run.sh", 1), ErrorKind::FileTooLarge);
        assert_eq!(refused("b/link", 9), ErrorKind::InvalidInput);
        assert_eq!(refused("b", 9), ErrorKind::NotFound);
        assert_eq!(tree.list("c").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(tree.list("b/run.sh").unwrap_err().kind(), ErrorKind::NotADirectory);
        assert_eq!(tree.has(), "the source has `a`, `b`");
    }

    #[test]
    fn a_copy_that_came_with_a_course_may_hold_anything_and_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tree.zip");
        for (name, method) in [
            ("../x", CompressionMethod::Stored),
            ("/etc/x", CompressionMethod::Stored),
            ("a//x", CompressionMethod::Stored),
            ("x", CompressionMethod::Deflated),
        ] {
            let mut zip = ZipWriter::new(File::create(&path).unwrap());
            zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(b"x").unwrap();
            zip.finish().unwrap();
            let error = Tree::open(&path, &remote(), None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData, "{name}");
        }
        std::fs::write(&path, "no zip file").unwrap();
        assert!(Tree::open(&path, &remote(), None).is_err());
    }
}
