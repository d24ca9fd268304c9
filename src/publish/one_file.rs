//! A course in one file: for a learning platform, a stick, a room without network. It is a published folder of one release, as a zip
//! file.
#![expect(clippy::disallowed_methods, reason = "writes a file that the instructor names")]

use std::fs::File;
use std::io::{Cursor, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::release::index::INDEX;
use crate::world::reason;
use crate::world::site::Address;

use super::{Before, Next, PublishError, folder};

/// What the file `path` holds, so that the next release counts on. Only the serial counts: the file is written whole.
///
/// # Errors
/// `Unreadable` for a file that is not a course.
pub fn before(path: &Path) -> Result<Option<Before>, PublishError> {
    if std::fs::symlink_metadata(path).is_err() {
        return Ok(None);
    }
    let found = folder::before(&*Address::File(path.to_owned()).open())?;
    let Some(before) = found else {
        return Err(PublishError::Unreadable(format!("`{}` is not a course in one file", path.display())));
    };
    Ok(Some(Before { newest: None, ..before }))
}

/// Writes the course, whole or not at all.
///
/// # Errors
/// `Disk`.
pub fn write(path: &Path, next: &Next) -> Result<(), PublishError> {
    let shown = path.display().to_string();
    let refused = |error: std::io::Error| PublishError::Disk(shown.clone(), reason(&error));
    let bytes = zipped(next).map_err(refused)?;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).map_err(refused)
}

fn zipped(next: &Next) -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let index = next.index.write();
    let files = next.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in std::iter::once((INDEX, index.as_slice())).chain(files) {
        // A pack is compressed already.
        let method =
            if name.ends_with(".zip") { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .large_file(bytes.len() as u64 > u64::from(u32::MAX))
            .unix_permissions(0o644);
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
