//! Which cells of a merge a student must act on, and which of those of earlier merges still stand.

use super::merge::notebook::{CellReport, Fate, MergeReport, Whose, cell_id};
use crate::digest::Digest;
use crate::lock::{OpenPoint, Point};
use crate::notebook::{Cell, Notebook, nbformat, percent};

/// What a student must act on after a merge that came to `merged`.
pub(super) fn points(report: &MergeReport, merged: &[u8]) -> Vec<OpenPoint> {
    let named: Vec<(&CellReport, Point)> =
        report.cells.iter().filter_map(|cell| Some((cell, point(cell)?))).collect();
    let Some(notebook) = cells_of(merged).filter(|_| !named.is_empty()) else { return Vec::new() };
    let is_open = |(report, what): &(&CellReport, Point)| {
        *what != Point::Restored
            || report.at.and_then(|at| notebook.cells.get(at)).is_some_and(takes_an_answer)
    };
    let of = |(cell, what): (&CellReport, Point)| OpenPoint {
        what,
        cell: cell.id.clone(),
        name: cell.name.clone(),
        text: cell.at.and_then(|at| notebook.cells.get(at)).map(mark).unwrap_or_default(),
        student: Some(kept_aside(cell)).filter(|text| !text.is_empty()),
        backup: None,
    };
    named.into_iter().filter(is_open).map(of).collect()
}

/// A test and a text of the course that are there again are as they should be.
fn takes_an_answer(cell: &Cell) -> bool {
    cell.flag("solution")
}

/// What the student wrote, in the text of a cell and beside it, and the merged notebook does not have.
fn kept_aside(cell: &CellReport) -> String {
    let beside = cell.beside.iter().filter(|beside| beside.lacks == Whose::Student);
    let beside = beside.map(|beside| format!("{}: {}\n", beside.what, beside.value));
    cell.student.iter().map(|text| format!("{text}\n")).chain(beside).collect()
}

fn point(cell: &CellReport) -> Option<Point> {
    match cell.fate {
        Fate::NoLongerGraded => Some(Point::NotGraded),
        Fate::Restored => Some(Point::Restored),
        _ if cell.asks_again() => Some(Point::AskedAgain),
        _ if cell.lacks(Whose::Student) => Some(Point::KeptAside),
        _ => None,
    }
}

/// Those of the `known` points that the student has not dealt with in `file`: the cell is as the merge left it. In a file that cannot be
/// read all of them stand.
pub(super) fn standing(known: &[OpenPoint], file: &[u8]) -> Vec<OpenPoint> {
    if known.is_empty() {
        return Vec::new();
    }
    let Some(notebook) = cells_of(file) else { return known.to_vec() };
    let stands = |point: &&OpenPoint| {
        notebook.cells.iter().enumerate().any(|(at, cell)| match point.what {
            Point::NotGraded => cell.grade_id().is_none() && mark(cell) == point.text,
            // An earlier tito noted tests, too.
            Point::Restored if !takes_an_answer(cell) => false,
            Point::KeptAside | Point::Restored | Point::AskedAgain => {
                mark(cell) == point.text && cell_id(&notebook.cells, at) == point.cell
            }
        })
    };
    known.iter().filter(stands).cloned().collect()
}

/// The points of a merge, and the earlier ones that still stand in what it came to.
pub(super) fn joined(new: Vec<OpenPoint>, earlier: Vec<OpenPoint>) -> Vec<OpenPoint> {
    let mut all = new;
    for point in earlier {
        if !all.iter().any(|known| (known.what, &known.cell) == (point.what, &point.cell)) {
            all.push(point);
        }
    }
    all
}

fn cells_of(bytes: &[u8]) -> Option<Notebook> {
    nbformat::read(bytes).ok().or_else(|| Some(percent::read(std::str::from_utf8(bytes).ok()?, "").notebook))
}

/// The beginning of the digest of a cell's text; line ends and white space at the end are not text.
fn mark(cell: &Cell) -> String {
    Digest::of(cell.source.replace("\r\n", "\n").trim_end().as_bytes()).short()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;

    fn notebook(cells: &[(&str, Option<&str>)]) -> Vec<u8> {
        let cell = |(text, id): &(&str, Option<&str>)| {
            let mut cell = Cell::new(CellKind::Code, *text);
            if let Some(id) = id {
                let is_test = id.starts_with('t');
                let grading = serde_json::json!({"grade_id": id, "grade": true, "locked": is_test, "solution": !is_test});
                cell.metadata.insert("nbgrader".to_owned(), grading);
            }
            cell
        };
        let cells = cells.iter().map(cell).collect();
        nbformat::write(&Notebook { cells, minor: 5, ..Notebook::default() })
    }

    fn known(what: Point, cell: &str, text: &str) -> OpenPoint {
        let (cell, name) = (cell.to_owned(), cell.to_owned());
        let text = mark(&Cell::new(CellKind::Code, text));
        OpenPoint { what, cell, name, text, student: None, backup: None }
    }

    #[test]
    fn a_point_stands_until_its_cell_is_edited_or_deleted() {
        let all = [
            known(Point::Restored, "q1", "stub"),
            known(Point::KeptAside, "t1", "assert f()"),
            known(Point::NotGraded, "old", "answer"),
        ];
        let left = |cells: &[(&str, Option<&str>)]| {
            standing(&all, &notebook(cells)).into_iter().map(|point| point.cell).collect::<Vec<_>>()
        };
        let as_left = [("stub\n", Some("q1")), ("assert f()", Some("t1")), ("answer", None)];
        assert_eq!(left(&as_left), ["q1", "t1", "old"]);
        assert_eq!(left(&[("an answer", Some("q1")), ("assert f()", Some("t1"))]), ["t1"]);
        assert_eq!(left(&[("stub", Some("q1")), ("assert f(2)", Some("t1")), ("answer", Some("x"))]), ["q1"]);
        assert_eq!(left(&[]), [""; 0]);
        let test = [known(Point::Restored, "t1", "assert f()")];
        assert!(standing(&test, &notebook(&as_left)).is_empty(), "a test needs no answer");
        assert_eq!(standing(&all, b"\xff torn").len(), 3);
    }

    #[test]
    fn a_deleted_cell_that_is_back_asks_for_an_answer_where_it_takes_one() {
        let merged = notebook(&[("stub", Some("q1")), ("assert f()", Some("t1"))]);
        let restored = |at: usize, id: &str| CellReport {
            at: Some(at),
            id: id.to_owned(),
            ..CellReport::of(Fate::Restored)
        };
        let report = MergeReport { cells: vec![restored(0, "q1"), restored(1, "t1")] };
        let points = points(&report, &merged);
        let said: Vec<_> = points.iter().map(|point| (point.what, point.cell.as_str())).collect();
        assert_eq!(said, [(Point::Restored, "q1")]);
    }
}
