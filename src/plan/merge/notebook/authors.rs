//! Two authors of one notebook: the version that both began with holds solutions, so neither of them is a student. What is graded is no one's
//! alone then: its text and its grading are merged as any other, and nothing of either side goes without a word.

use serde_json::Value;

use super::cells::{Merged, added_by_both, merged, on_both};
use super::metadata::{is_graded, without_grading};
use super::report::{Beside, CellReport, Fate, Whose};
use super::{Party, Places, differs};
use crate::notebook::Cell;
use crate::notebook::tiers::is_solution_marker;
use crate::plan::merge::Three;

/// Does a cell hold a solution that is marked as one?
pub(super) fn wrote(cells: &[Cell]) -> bool {
    cells.iter().any(|cell| cell.source.lines().any(is_solution_marker))
}

/// Decides one cell.
pub(super) fn merge_cell(cells: Three<&[Cell]>, places: Places) -> Merged {
    let base = places.base.and_then(|at| cells.base.get(at));
    let student = places.student.and_then(|at| cells.student.get(at));
    let course = places.course.and_then(|at| cells.course.get(at));
    let decided = match (base, student, course) {
        (Some(base), Some(student), Some(course)) => on_both(Three { base, student, course }, Party::Authors),
        (None, Some(student), Some(course)) => added_by_both(student, course, Party::Authors),
        (Some(base), Some(cell), None) => deleted(base, cell, Whose::Course),
        (Some(base), None, Some(cell)) => deleted(base, cell, Whose::Student),
        (None, Some(student), None) => own(student, cells.course),
        (None, None, Some(course)) => (Some(course.clone()), CellReport::of(Fate::Added)),
        (_, None, None) => (None, CellReport::of(Fate::Removed)),
    };
    merged(cells, places, decided)
}

/// One of them deleted the cell, `by`. Where the other changed it, it stays, and that is said.
fn deleted(base: &Cell, cell: &Cell, by: Whose) -> (Option<Cell>, CellReport) {
    let is_changed = differs(base, cell) || base.nbgrader() != cell.nbgrader();
    let fate = match (is_changed, by) {
        (false, Whose::Course) => return (None, CellReport::of(Fate::Removed)),
        (false, Whose::Student) => return (None, CellReport::of(Fate::Deleted)),
        (true, Whose::Course) => Fate::Yours,
        (true, Whose::Student) => Fate::Fixed,
    };
    let beside = Beside::of("that it was deleted".to_owned(), by, Some(&Value::Bool(true)));
    (Some(cell.clone()), CellReport { beside: beside.into_iter().collect(), ..CellReport::of(fate) })
}

/// A new cell of this side. A grade_id that the other side has, too, cannot be there twice.
fn own(cell: &Cell, others: &[Cell]) -> (Option<Cell>, CellReport) {
    let is_taken = cell.grade_id().is_some_and(|id| others.iter().any(|other| other.grade_id() == Some(id)));
    if !is_taken || !is_graded(cell) {
        return (Some(cell.clone()), CellReport::of(Fate::Own));
    }
    let grading = cell.metadata.get("nbgrader");
    let beside = Beside::of("metadata `nbgrader`".to_owned(), Whose::Student, grading);
    let told = CellReport { beside: beside.into_iter().collect(), ..CellReport::of(Fate::CopyNotGraded) };
    (Some(without_grading(cell)), told)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::merge_notebooks;
    use super::*;
    use crate::notebook::{CellKind, Notebook};

    fn graded(text: &str, grading: Value) -> Cell {
        let mut cell = Cell::new(CellKind::Code, text);
        cell.metadata.insert("nbgrader".to_owned(), grading);
        cell
    }

    fn question(id: &str) -> Cell {
        let text = format!("def {id}(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION");
        graded(&text, json!({"grade_id": id, "solution": true, "grade": false}))
    }

    fn test(id: &str, text: &str, points: u64) -> Cell {
        graded(text, json!({"grade_id": id, "grade": true, "locked": true, "points": points}))
    }

    /// Text and points of the cells with a grade_id, and whether nothing is to be acted on.
    fn merged(base: &[Cell], ours: &[Cell], theirs: &[Cell]) -> (Vec<(String, String, Option<u64>)>, bool) {
        let notebook = |cells: &[Cell]| Notebook { cells: cells.to_vec(), ..Notebook::default() };
        let merge = merge_notebooks(Three {
            base: &notebook(base),
            student: &notebook(ours),
            course: &notebook(theirs),
        });
        let cells = merge.notebook.cells.iter().filter_map(|cell| {
            let points = cell.nbgrader()?.get("points").and_then(Value::as_u64);
            Some((cell.grade_id()?.to_owned(), cell.source.clone(), points))
        });
        (cells.collect(), merge.report.is_clean())
    }

    #[test]
    fn grading_of_both_sides_is_there() {
        let base = [question("f"), test("t", "assert f(1) == 1", 1)];
        let ours = [
            question("f"),
            test("t", "assert f(1) == 1", 5),
            question("n"),
            test("nt", "assert n(2) == 2", 2),
        ];
        let theirs = [question("f"), test("t", "assert f(1) == 1, 'f'", 1)];
        for (ours, theirs) in [(&ours[..], &theirs[..]), (&theirs, &ours)] {
            let (cells, is_clean) = merged(&base, ours, theirs);
            assert!(is_clean);
            let told: Vec<_> =
                cells.iter().map(|(id, text, points)| (id.as_str(), text.as_str(), *points)).collect();
            assert_eq!(told[1], ("t", "assert f(1) == 1, 'f'", Some(5)));
            assert_eq!((told[2].0, told[3]), ("n", ("nt", "assert n(2) == 2", Some(2))));
            assert_eq!(told.len(), 4);
        }
    }

    #[test]
    fn what_cannot_be_merged_is_said() {
        let base = [question("f"), test("t", "assert f(1) == 1", 1)];
        let with = |text: &str, points| [question("f"), test("t", text, points)];
        let text = "assert f(1) == 1";
        // Other points on both sides.
        let (cells, is_clean) = merged(&base, &with(text, 2), &with(text, 3));
        assert_eq!((cells[1].2, is_clean), (Some(2), false));
        // One deletes what the other changed, and what neither changed.
        for (ours, theirs) in [(&base[..1], &with(text, 3)[..]), (&with(text, 3), &base[..1])] {
            let (cells, is_clean) = merged(&base, ours, theirs);
            assert_eq!((cells.len(), is_clean), (2, false));
        }
        for (ours, theirs) in [(&base[..1], &base[..]), (&base, &base[..1])] {
            let (cells, is_clean) = merged(&base, ours, theirs);
            assert_eq!((cells.len(), is_clean), (1, true));
        }
    }
}
