//! Which course a command is about, and where we are.

#![expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]

use std::path::{Path, PathBuf};

use crate::world::World;

/// The course that was asked for, or `course.yml` in this folder.
pub(super) fn course(asked: Option<&Path>) -> PathBuf {
    asked.map_or_else(|| PathBuf::from("course.yml"), course_file)
}

/// The course that `asked` names: the file, or the `course.yml` of the folder.
pub(super) fn course_file(asked: &Path) -> PathBuf {
    if asked.is_dir() { asked.join("course.yml") } else { asked.to_owned() }
}

/// Is there anything at `path`?
pub(super) fn is_there(world: &dyn World, path: &Path) -> bool {
    !matches!(world.read(path, crate::yaml::MAX_BYTES), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// The `course.yml` of this folder, if there is one.
pub(super) fn course_here(world: &dyn World) -> Option<PathBuf> {
    let course = PathBuf::from("course.yml");
    is_there(world, &course).then_some(course)
}

/// Is it the address of something on the net, and no path?
pub(super) fn is_address(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
    });
    scheme || text.starts_with("git@") || text.starts_with("www.")
}

/// This folder.
pub(super) fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// `path` seen from the root of the file system, `.` and `..` taken out by name.
pub(super) fn absolute(path: &Path) -> PathBuf {
    crate::course::normalise(&here().join(path))
}
