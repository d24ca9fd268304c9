//! nbgrader's metadata, schema 3: what scripts leave out is completed, what is wrong is said, checksums are computed, and
//! what a gradebook will know of a notebook is read off.

mod check;
mod checksum;
mod deviations;
mod flagged;
mod never_fails;
mod unread;

pub use checksum::checksum;
pub use deviations::{Deviation, deviations};
pub use flagged::{Duty, FlaggedCell, Points, flagged};
pub use never_fails::never_fails;
pub use unread::unread;

use serde_json::Value;

use super::problem::Problem;
use super::{Cell, Metadata, Notebook};

/// The schema version that nbgrader 0.9 wants.
const SCHEMA: u64 = 3;

/// The keys that it may have.
const KEYS: [&str; 9] =
    ["schema_version", "grade", "locked", "solution", "task", "grade_id", "points", "checksum", "cell_type"];

/// Completes the flags and the version of every cell's `nbgrader` metadata, and checks all of it as nbgrader's
/// `CheckCellMetadata` does.
pub fn complete(notebook: &mut Notebook) -> Vec<Problem> {
    for cell in &mut notebook.cells {
        if let Some(Value::Object(grading)) = cell.metadata.get_mut("nbgrader") {
            complete_cell(grading);
        }
    }
    check::check(notebook)
}

/// Flags that are not there are false; older versions are brought up, which since version 1 changes nothing else.
fn complete_cell(grading: &mut Metadata) {
    for flag in ["grade", "locked", "solution"] {
        grading.entry(flag).or_insert(Value::Bool(false));
    }
    let version = grading.entry("schema_version").or_insert(Value::from(SCHEMA));
    if version.as_u64().is_some_and(|version| version < SCHEMA) {
        *version = Value::from(SCHEMA);
    }
}

/// nbgrader's `is_locked`: the source belongs to the course. A solution never does, a test always.
pub fn is_locked(cell: &Cell) -> bool {
    !cell.flag("solution") && (cell.flag("grade") || cell.flag("locked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;
    use serde_json::json;

    #[test]
    fn flags_and_version_are_completed() {
        let mut cell = Cell::new(CellKind::Code, "x");
        cell.metadata
            .insert("nbgrader".into(), json!({"grade_id": "a", "solution": true, "schema_version": 1}));
        let mut notebook = Notebook { minor: 5, cells: vec![cell], ..Notebook::default() };
        assert_eq!(complete(&mut notebook), []);
        let expected =
            json!({"grade_id": "a", "solution": true, "grade": false, "locked": false, "schema_version": 3});
        assert_eq!(notebook.cells[0].metadata["nbgrader"], expected);
    }
}
