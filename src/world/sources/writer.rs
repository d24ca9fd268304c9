//! [`Writer`]: the files of a source → the one file that a [`super::Tree`] is read from. What it accepts has limits, and no name of it
//! leads out of the tree.
#![expect(clippy::disallowed_methods, reason = "writes the cache of sources")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::limits::{MAX_ENTRIES, MAX_FILE, MAX_TOTAL, path_problem};
use super::{Fault, tree};
use crate::digest::Digest;
use crate::world::{EntryKind, reason};

/// A tree that is being written.
pub(super) struct Writer {
    zip: ZipWriter<BufWriter<File>>,
    marks: BTreeMap<String, (EntryKind, Option<Digest>)>,
    total: u64,
}

impl Writer {
    /// Starts a tree in the new file `file`.
    pub(super) fn new(file: &Path) -> Result<Self, Fault> {
        let file = File::create(file).map_err(|error| refused(&error))?;
        Ok(Self { zip: ZipWriter::new(BufWriter::new(file)), marks: BTreeMap::new(), total: 0 })
    }

    /// Takes the file `path` in.
    pub(super) fn file(&mut self, path: &str, executable: bool, bytes: &mut dyn Read) -> Result<(), Fault> {
        self.may_come(path)?;
        let mode = if executable { 0o755 } else { 0o644 };
        self.zip.start_file(path, options().unix_permissions(mode)).map_err(|error| zip_refused(&error))?;
        let left = MAX_FILE.min(MAX_TOTAL.saturating_sub(self.total));
        let mut reader =
            Copied { from: bytes.take(left.saturating_add(1)), to: &mut self.zip, size: 0, lost: None };
        let digest = Digest::of_reader(&mut reader);
        let (size, lost) = (reader.size, reader.lost);
        if let Some(error) = lost {
            return Err(refused(&error));
        }
        let digest = digest
            .map_err(|error| Fault::Unusable(format!("`{path}` cannot be read: {}", reason(&error))))?;
        if size > left {
            let limit = if size > MAX_FILE { MAX_FILE } else { MAX_TOTAL };
            return Err(Fault::Unusable(format!("it unpacks to more than {} MiB, at `{path}`", limit >> 20)));
        }
        self.total += size;
        self.marks.insert(path.to_owned(), (EntryKind::File { executable }, Some(digest)));
        Ok(())
    }

    /// Notes that `path` is a link, which is never followed.
    pub(super) fn link(&mut self, path: &str) -> Result<(), Fault> {
        self.may_come(path)?;
        self.zip.add_symlink(path, "", options()).map_err(|error| zip_refused(&error))?;
        self.marks.insert(path.to_owned(), (EntryKind::Link, None));
        Ok(())
    }

    /// Notes that `path` is a submodule, which is not fetched.
    pub(super) fn submodule(&mut self, path: &str) -> Result<(), Fault> {
        self.may_come(path)?;
        self.zip.add_directory(path, options()).map_err(|error| zip_refused(&error))?;
        self.marks.insert(path.to_owned(), (EntryKind::Submodule, None));
        Ok(())
    }

    /// Ends the tree, makes it durable, and says its digest.
    pub(super) fn finish(self) -> Result<Digest, Fault> {
        let digest = tree::digest(&self.marks);
        let file = self.zip.finish().map_err(|error| zip_refused(&error))?;
        let file = file.into_inner().map_err(|error| refused(error.error()))?;
        file.sync_all().map_err(|error| refused(&error))?;
        Ok(digest)
    }

    /// Is `path` a name below the tree that is not taken, and is there room?
    fn may_come(&mut self, path: &str) -> Result<(), Fault> {
        let shown: String = path.chars().take(200).collect::<String>().escape_debug().to_string();
        let unusable = |why: &str| Err(Fault::Unusable(format!("`{shown}` {why}")));
        if let Some(why) = path_problem(path) {
            return unusable(why);
        }
        if self.marks.contains_key(path) {
            return unusable("is in it twice");
        }
        if self.marks.len() == MAX_ENTRIES {
            return Err(Fault::Unusable(format!("it has more than {MAX_ENTRIES} files")));
        }
        Ok(())
    }
}

/// A reader whose bytes are also written.
struct Copied<'a, R> {
    from: R,
    to: &'a mut ZipWriter<BufWriter<File>>,
    size: u64,
    lost: Option<std::io::Error>,
}

impl<R: Read> Read for Copied<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.size += count as u64;
        if let Err(error) = self.to.write_all(buffer.get(..count).unwrap_or_default()) {
            self.lost = Some(error);
            return Ok(0);
        }
        Ok(count)
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
}

fn refused(error: &std::io::Error) -> Fault {
    Fault::Cache(format!("the cache of sources cannot be written: {}", reason(error)))
}

fn zip_refused(error: &zip::result::ZipError) -> Fault {
    Fault::Cache(format!("the cache of sources cannot be written: {error}"))
}
