//! A course in one file: for a learning platform, a stick, a room without network. It is a published folder of one release, as a zip
//! file.
#![expect(clippy::disallowed_methods, reason = "writes a file that the instructor names")]

use std::path::Path;

use crate::release::index::INDEX;
use crate::release::pack;
use crate::release::signature::SIGNATURE;
use crate::world::reason;
use crate::world::site::Address;

use super::{Before, Next, PublishError, folder, replace};

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
    let index = next.index.write();
    let files = next.files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice()));
    let signature = next.signature.iter().map(|text| (SIGNATURE.to_owned(), text.as_bytes()));
    let zipped =
        pack::zip(std::iter::once((INDEX.to_owned(), index.as_slice())).chain(signature).chain(files));
    let bytes = zipped.map_err(|error| PublishError::Disk(path.display().to_string(), reason(&error)))?;
    replace(path, &bytes)
}
