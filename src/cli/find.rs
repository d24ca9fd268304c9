//! Which course a command is about.

use std::path::{Path, PathBuf};

use crate::world::World;

/// The course that was asked for, or `course.yml` in this folder.
pub(super) fn course(asked: Option<&Path>) -> PathBuf {
    asked.map_or_else(|| PathBuf::from("course.yml"), |path| path.to_owned())
}

/// Is there a file at `path`?
pub(super) fn is_there(world: &dyn World, path: &Path) -> bool {
    !matches!(world.read(path, crate::yaml::MAX_BYTES), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}
