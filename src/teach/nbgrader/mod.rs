//! A course as nbgrader takes it: the instructor's tier, from which nbgrader makes what students get.
#![expect(clippy::disallowed_methods, reason = "writes a folder that the instructor names")]

mod assignment;
mod breaking;
mod renew;
mod texts;
mod tree;

use std::fs;
use std::io;
use std::path::Path;

pub use assignment::Assignment;
pub use breaking::{Breaking, breaking, is_in_use};
pub use renew::{RECORD, Renewed, What, Written, renew, written};
pub use tree::{Tree, tree};

/// Can a tree be written at `dir`? Nothing is there, or an empty folder.
pub fn is_free(dir: &Path) -> bool {
    fs::symlink_metadata(dir).is_err() || fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

/// Writes a new tree at `dir`, all or nothing: beside its place, then renamed into it.
///
/// # Errors
/// As the system says.
pub fn write(tree: &Tree, dir: &Path) -> io::Result<()> {
    let parent = dir.parent().unwrap_or(dir);
    fs::create_dir_all(parent)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(dir.file_name().unwrap_or_default());
    name.push(format!(".tito-{}", std::process::id()));
    let staged = parent.join(name);
    let done = fs::create_dir(&staged).and_then(|()| fill(tree, &staged)).and_then(|()| {
        // Windows does not rename over a folder, not even an empty one.
        match fs::remove_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(&staged, dir)
    });
    if done.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    done
}

fn fill(tree: &Tree, staged: &Path) -> io::Result<()> {
    for (path, bytes) in &tree.files {
        let place = staged.join(path.as_str());
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&place, bytes)?;
    }
    renew::record(&tree.files, staged)
}
