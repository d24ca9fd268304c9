//! A course in one file: a published folder as a zip file.
#![expect(clippy::disallowed_methods, reason = "opens the file that the user named")]

use std::io::{ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Site, SiteError};
use crate::world::{reason, zip_entries};

/// No course in one file has more entries, those of its packs included.
const MAX_ENTRIES: usize = 250_000;

pub(super) struct OneFile {
    path: PathBuf,
}

impl OneFile {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn wrong(&self, why: &str) -> SiteError {
        SiteError::Wrong(format!("`{}` {why}", self.path.display()))
    }
}

impl Site for OneFile {
    fn read_watched(&self, name: &str, limit: u64, _: &dyn Fn(u64)) -> Result<Vec<u8>, SiteError> {
        let mut file = std::fs::File::open(&self.path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                SiteError::Unreachable(format!("the file `{}` is not there", self.path.display()))
            }
            _ => self.wrong(&format!("cannot be read: {}", reason(&error))),
        })?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(self.wrong("is not a regular file"));
        }
        let counted =
            zip_entries::are_at_most(MAX_ENTRIES, &file).and_then(|fits| file.rewind().map(|()| fits));
        match counted {
            Ok(true) => {}
            Ok(false) => return Err(self.wrong("has more entries than a course in one file")),
            Err(error) => return Err(self.wrong(&format!("cannot be read: {}", reason(&error)))),
        }
        let mut zip = ZipArchive::new(std::io::BufReader::new(file))
            .map_err(|_| self.wrong("is not a course in one file, or is damaged: fetch it again"))?;
        let entry = match zip.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Err(SiteError::Missing(name.to_owned())),
            Err(_) => return Err(self.wrong("is damaged: fetch it again")),
        };
        let mut bytes = Vec::new();
        let read = entry.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|_| self.wrong("is damaged: fetch it again"))?;
        if bytes.len() as u64 > limit { Err(SiteError::TooLarge(name.to_owned())) } else { Ok(bytes) }
    }
}
