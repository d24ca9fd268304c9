//! What the system says of paths now, against what it said when something was made of them.

use std::fs::Metadata;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use super::stamp;
use crate::world::inputs::{Inputs, Mark};

/// What the system says of `path` now.
pub(crate) fn mark(path: &Path, follows: bool) -> io::Result<Mark> {
    let found = if follows { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
    let of = |found: Metadata| {
        let size = if found.is_file() { found.len() } else { 0 };
        stamp(&found).map(|stamp| Mark { follows, size, stamp: Some(stamp) })
    };
    match found {
        Ok(found) => of(found).ok_or_else(|| io::ErrorKind::Unsupported.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Mark { follows, size: 0, stamp: None }),
        Err(error) => Err(error),
    }
}

/// The path as text; none where it is not Unicode, or depends on the folder of the process.
pub(crate) fn text(path: &Path) -> Option<String> {
    path.to_str().filter(|_| path.is_absolute()).map(str::to_owned)
}

/// This program: its path, and what the system says of it.
pub(crate) fn program() -> Option<(String, Mark)> {
    let program = std::env::current_exe().ok()?;
    Some((text(&program)?, mark(&program, true).ok()?))
}

/// Does the system say the same of each of `inputs` as then? Opens nothing. Those of another program do not hold, nor those that someone else
/// wrote: no one knows what the system says of this program here.
pub(super) fn hold(inputs: &Inputs) -> bool {
    let same =
        |(path, known): &(String, Mark)| mark(Path::new(path), known.follows).is_ok_and(|now| now == *known);
    program().is_some_and(|program| inputs.marks.contains(&program)) && inputs.marks.par_iter().all(same)
}
