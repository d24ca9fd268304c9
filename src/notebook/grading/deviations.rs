//! What a grader would stumble over in a student's notebook, beside the one that the course gave.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{flagged, is_locked};
use crate::notebook::nbformat::canonical_text;
use crate::notebook::{Cell, Notebook};

/// How a cell of a student's notebook differs from what grading expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deviation {
    /// A cell with a grade_id of the course is missing.
    Missing,
    /// Several cells have the same grade_id.
    Copied,
    /// A cell that belongs to the course has another text: a test, a task, a cell to be read.
    Changed,
    /// The cell has another type, such as markdown for code.
    OtherKind,
    /// The exercise is as the course gave it.
    Untouched,
}

/// Every deviation of the `student`'s notebook from the `given` one, by grade_id, in the order of the given one.
pub fn deviations(student: &Notebook, given: &Notebook) -> Vec<(String, Deviation)> {
    let mut places: BTreeMap<&str, Vec<&Cell>> = BTreeMap::new();
    for cell in &student.cells {
        if let Some(id) = cell.grade_id() {
            places.entry(id).or_default().push(cell);
        }
    }
    let mut expected: Vec<(usize, String)> =
        flagged(given).into_iter().map(|(id, (at, _))| (at, id)).collect();
    expected.sort();
    let mut found = Vec::new();
    for (at, id) in expected {
        let Some(course) = given.cells.get(at) else { continue };
        let mut say = |what| found.push((id.clone(), what));
        let cells = places.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let Some(first) = cells.first() else {
            say(Deviation::Missing);
            continue;
        };
        if cells.len() > 1 {
            say(Deviation::Copied);
        }
        let same = |cell: &&Cell| canonical_text(&cell.source) == canonical_text(&course.source);
        if first.kind != course.kind {
            say(Deviation::OtherKind);
        } else if is_locked(course) && !cells.iter().all(same) {
            say(Deviation::Changed);
        } else if course.flag("solution") && cells.iter().all(same) {
            say(Deviation::Untouched);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;
    use serde_json::json;

    fn cell(id: &str, source: &str, test: bool) -> Cell {
        let mut cell = Cell::new(CellKind::Code, source);
        let flags = json!({"grade_id": id, "grade": test, "solution": !test, "locked": test, "points": 1});
        cell.metadata.insert("nbgrader".into(), flags);
        cell
    }

    fn of(cells: &[Cell]) -> Notebook {
        Notebook { minor: 5, cells: cells.to_vec(), ..Notebook::default() }
    }

    #[test]
    fn every_kind_is_found() {
        use Deviation::{Changed, Copied, Missing, OtherKind, Untouched};
        let (answer, test) = (cell("a", "stub", false), cell("t", "assert a", true));
        let given = of(&[answer.clone(), test.clone()]);
        let mut markdown = answer.clone();
        markdown.kind = CellKind::Markdown;
        let done = cell("a", "done", false);
        for (cells, expected) in [
            (vec![done.clone(), test.clone()], vec![]),
            (vec![answer.clone(), test.clone()], vec![("a", Untouched)]),
            // White space at the ends of lines is not an answer.
            (vec![cell("a", "stub  \n", false), test.clone()], vec![("a", Untouched)]),
            (vec![done.clone()], vec![("t", Missing)]),
            (vec![done.clone(), answer.clone(), test.clone()], vec![("a", Copied)]),
            (vec![done.clone(), cell("t", "assert True", true)], vec![("t", Changed)]),
            (vec![markdown, test.clone()], vec![("a", OtherKind)]),
            (vec![], vec![("a", Missing), ("t", Missing)]),
        ] {
            let found = deviations(&of(&cells), &given);
            let found: Vec<_> = found.iter().map(|(id, what)| (id.as_str(), *what)).collect();
            assert_eq!(found, expected);
        }
    }
}
