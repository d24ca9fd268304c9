//! What a renewed tree breaks in a gradebook that is in use: graded cells that changed or went. nbgrader refuses such a notebook, or keeps points that no
//! one can get any more.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::Written;
use crate::digest::Digest;
use crate::lock::{What, cell_changes};
use crate::notebook::grading::{FlaggedCell, flagged};
use crate::notebook::nbformat;
use crate::path::WorkspacePath;

/// Something that a renewed tree breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breaking {
    /// The notebook, in the tree.
    pub path: String,
    /// The grade_id of the cell; none: the whole notebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// What happens to it, in words.
    pub what: String,
}

/// Is the tree at `dir` in use: was anything released, handed in or graded?
pub fn is_in_use(dir: &Path) -> bool {
    let has = |name: &str| fs::symlink_metadata(dir.join(name)).is_ok();
    has("gradebook.db") || has("release") || has("submitted") || has("autograded")
}

/// What bringing the tree at `dir`, of which tito wrote `before`, to `files` would break. A notebook that the instructor edited stays, and breaks nothing.
///
/// # Errors
/// As the system says.
pub fn breaking(
    files: &BTreeMap<WorkspacePath, Vec<u8>>,
    before: &Written,
    dir: &Path,
) -> io::Result<Vec<Breaking>> {
    let mut found = Vec::new();
    let is_notebook =
        |path: &&WorkspacePath| path.as_str().starts_with("source/") && path.extension() == "ipynb";
    for (path, digest) in before.iter().filter(|(path, _)| is_notebook(path)) {
        let there = match fs::read(dir.join(path.as_str())) {
            Ok(bytes) if Digest::of(&bytes) == *digest => bytes,
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let old = cells(&there);
        let Some(new) = files.get(path) else {
            let what = match graded(&old) {
                1 => "is gone, with 1 graded cell".to_owned(),
                count => format!("is gone, with {count} graded cells"),
            };
            found.push(Breaking { path: path.to_string(), cell: None, what });
            continue;
        };
        for (cell, change) in cell_changes(&old, &cells(new)) {
            if let Some((cell, what)) = said(cell, &change) {
                found.push(Breaking { path: path.to_string(), cell: Some(cell), what });
            }
        }
    }
    Ok(found)
}

fn cells(bytes: &[u8]) -> BTreeMap<String, FlaggedCell> {
    let notebook = nbformat::read(bytes).ok();
    let all = notebook.as_ref().map(flagged).unwrap_or_default();
    all.into_iter().map(|(id, (_, cell))| (id, cell)).collect()
}

fn graded(cells: &BTreeMap<String, FlaggedCell>) -> usize {
    cells.values().filter(|cell| cell.points.is_some()).count()
}

/// A cell that is only read breaks nothing, and neither does a new one.
fn said(cell: String, change: &What) -> Option<(String, String)> {
    let is_graded = |cell: &FlaggedCell| cell.points.is_some();
    let points = |cell: &FlaggedCell| cell.points.map(|points| points.to_string()).unwrap_or_default();
    match change {
        What::Added(_) => None,
        What::Removed(was) => is_graded(was).then(|| (cell, format!("is gone: {was}"))),
        What::Renamed(from, is) => {
            is_graded(is).then(|| (from.clone(), format!("has another grade_id: `{cell}`")))
        }
        What::Turned(was, is) => Some((cell, format!("was `{was}`, and is `{is}`"))),
        What::Points(was, is) => {
            Some((cell, format!("was worth {}, and is worth {}", points(was), points(is))))
        }
    }
}
