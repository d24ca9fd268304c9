//! Taking what is on offer: cells of the course's in place of the student's, and nothing else of the notebook.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::notebook::{CellReport, Fate, MergeReport, NotebookMerge, Whose, cell_id};
use crate::notebook::{Cell, Notebook, assign_ids};

/// What of the course's is taken over where both changed the same lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Take<'a> {
    /// Nothing: the student's stays.
    #[default]
    Nothing,
    /// Every cell that is on offer.
    All,
    /// Only the cell of this id or name; of a merge nothing else is taken over either.
    Cell(&'a str),
}

impl Take<'_> {
    /// The merge with what is taken over.
    ///
    /// # Errors
    /// The one cell that is asked for cannot be taken by itself.
    pub(super) fn apply(
        self,
        merge: NotebookMerge,
        [student, course]: [&Notebook; 2],
    ) -> Result<NotebookMerge, NotTaken> {
        match self {
            Take::Nothing => Ok(merge),
            Take::All => Ok(taken(merge, course, |_| true)),
            Take::Cell(wanted) => {
                let number = numbered(&merge.report.cells, wanted)?;
                let id = merge.report.cells.get(number).map(|cell| cell.id.clone()).unwrap_or_default();
                one_cell(taken(merge, course, |cell| cell.id == id), student, number)
            }
        }
    }
}

/// Why one cell is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// The merge brings nothing to such a cell.
    NoCell {
        /// What was asked for.
        wanted: String,
        /// Ids of the cells to which it brings something.
        others: Vec<String>,
    },
    /// An answer moves between this cell and another: one of them alone would have it twice, or not at all.
    AnswerMoves(String),
    /// Another cell of the student's has the grade_id that this one would get.
    InUse(String),
}

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCell { wanted, others } if others.is_empty() => {
                write!(f, "the course changes no cell `{wanted}`, nor any other")
            }
            Self::NoCell { wanted, others } => {
                let others: Vec<String> = others.iter().map(|id| format!("`{id}`")).collect();
                write!(f, "the course changes no cell `{wanted}`; it changes {}", others.join(", "))
            }
            Self::AnswerMoves(id) => {
                write!(
                    f,
                    "an answer of yours moves between the cell `{id}` and another: merge the whole file"
                )
            }
            Self::InUse(id) => {
                write!(f, "another cell of yours has the grade_id `{id}` still: merge the whole file")
            }
        }
    }
}

/// Does the merge change this cell of the student's, or could it?
fn is_brought(cell: &CellReport) -> bool {
    let is_the_students = matches!(cell.fate, Fate::Same | Fate::Yours | Fate::Own | Fate::Deleted);
    !is_the_students || cell.answer_moves || cell.lacks(Whose::Course)
}

/// The number of the cell that `wanted` is the id of; or the name, where only one cell that the merge changes has it.
fn numbered(cells: &[CellReport], wanted: &str) -> Result<usize, NotTaken> {
    let brought: Vec<(usize, &CellReport)> =
        cells.iter().enumerate().filter(|(_, cell)| is_brought(cell)).collect();
    if let Some((number, _)) = brought.iter().find(|(_, cell)| cell.id == wanted) {
        return Ok(*number);
    }
    let named: Vec<usize> =
        brought.iter().filter(|(_, cell)| cell.name == wanted).map(|(number, _)| *number).collect();
    match named.as_slice() {
        [only] => Ok(*only),
        _ => {
            let others = brought.iter().map(|(_, cell)| cell.id.clone()).collect();
            Err(NotTaken::NoCell { wanted: wanted.to_owned(), others })
        }
    }
}

/// The merge with the course's text in the cells that are on offer and `wanted`.
fn taken(mut merge: NotebookMerge, course: &Notebook, wanted: impl Fn(&CellReport) -> bool) -> NotebookMerge {
    let offered: Vec<usize> = (0..merge.report.cells.len())
        .filter(|&at| {
            merge.report.cells.get(at).is_some_and(|cell| cell.lacks(Whose::Course) && wanted(cell))
        })
        .collect();
    for number in offered {
        let Some(entry) = merge.report.cells.get_mut(number) else { continue };
        if take_beside(entry, &mut merge.notebook, course) {
            continue;
        }
        let Some(place) = (0..course.cells.len()).find(|&at| cell_id(&course.cells, at) == entry.id) else {
            continue;
        };
        let Some(cell) = course.cells.get(place) else { continue };
        entry.course = None;
        match entry.at.and_then(|at| merge.notebook.cells.get_mut(at)) {
            Some(own) => {
                entry.student = Some(std::mem::take(&mut own.source)).filter(|text| !text.trim().is_empty());
                entry.fate = Fate::Fixed;
                own.kind = cell.kind;
                own.source.clone_from(&cell.source);
                (own.outputs, own.execution_count) = (Arc::default(), Value::Null);
            }
            None => {
                let at = behind(&merge.notebook.cells, &course.cells, place);
                entry.fate = Fate::Added;
                insert(&mut merge, cell.clone(), at, number);
            }
        }
    }
    // What was taken on purpose is not kept aside without a word: the whole file is in the backup.
    for entry in merge.report.cells.iter_mut().filter(|entry| entry.fate == Fate::Fixed) {
        entry.student = None;
    }
    merge
}

/// Takes over what the course has beside the text of a cell, or of the whole notebook. Was that all?
fn take_beside(entry: &mut CellReport, notebook: &mut Notebook, course: &Notebook) -> bool {
    let before = entry.beside.len();
    entry.beside.retain(|beside| beside.lacks != Whose::Course);
    if entry.beside.len() == before {
        return false;
    }
    let place = (0..course.cells.len()).find(|&at| cell_id(&course.cells, at) == entry.id);
    let cell = place.and_then(|place| course.cells.get(place));
    match (entry.at.and_then(|at| notebook.cells.get_mut(at)), cell) {
        (Some(own), Some(cell)) => {
            own.metadata.clone_from(&cell.metadata);
            own.attachments.clone_from(&cell.attachments);
        }
        (None, None) => notebook.metadata.clone_from(&course.metadata),
        _ => {}
    }
    entry.course.is_none()
}

fn insert(merge: &mut NotebookMerge, cell: Cell, at: usize, number: usize) {
    for place in
        merge.report.cells.iter_mut().filter_map(|entry| entry.at.as_mut()).filter(|place| **place >= at)
    {
        *place += 1;
    }
    merge.notebook.cells.insert(at, cell);
    if let Some(entry) = merge.report.cells.get_mut(number) {
        entry.at = Some(at);
    }
}

/// The place in `cells` behind the nearest of the cells before `place` in `of` that is there.
fn behind(cells: &[Cell], of: &[Cell], place: usize) -> usize {
    let before = (0..place).rev().map(|at| cell_id(of, at));
    let found = before.filter_map(|id| (0..cells.len()).find(|&at| cell_id(cells, at) == id)).next();
    found.map_or(0, |at| at + 1)
}

/// The student's notebook, with nothing but the cell of that number as the merge has it. The report is about that cell alone.
fn one_cell(merge: NotebookMerge, student: &Notebook, number: usize) -> Result<NotebookMerge, NotTaken> {
    let NotebookMerge { notebook, mut report } = merge;
    let mut result = student.clone();
    let mut entry = report.cells.swap_remove(number);
    if entry.answer_moves {
        return Err(NotTaken::AnswerMoves(entry.id));
    }
    let merged = entry.at.and_then(|at| Some((at, notebook.cells.get(at)?)));
    entry.at = match (merged, entry.of_student) {
        (Some((_, cell)), Some(place)) => {
            if let Some(own) = result.cells.get_mut(place) {
                own.clone_from(cell);
            }
            Some(place)
        }
        (Some((at, cell)), None) => {
            let place = behind(&result.cells, &notebook.cells, at);
            result.cells.insert(place, cell.clone());
            Some(place)
        }
        (None, Some(place)) => {
            if place < result.cells.len() {
                result.cells.remove(place);
            }
            None
        }
        // The notebook itself.
        (None, None) => {
            result.metadata = notebook.metadata;
            None
        }
    };
    if let Some(place) = entry.at {
        settle_ids(&mut result, student, place)?;
    }
    Ok(NotebookMerge { notebook: result, report: MergeReport { cells: vec![entry] } })
}

/// Sees to it that the cell at `place`, which was taken, has an id of its own; its grade_id must be its own already.
fn settle_ids(result: &mut Notebook, student: &Notebook, place: usize) -> Result<(), NotTaken> {
    let Some(cell) = result.cells.get(place) else { return Ok(()) };
    if let Some(grade_id) = cell.grade_id() {
        let count = |cells: &[Cell]| cells.iter().filter(|cell| cell.grade_id() == Some(grade_id)).count();
        if count(&result.cells) > count(&student.cells).max(1) {
            return Err(NotTaken::InUse(grade_id.to_owned()));
        }
    }
    let is_other = |(at, other): (usize, &Cell)| at != place && other.id == cell.id;
    if cell.id.is_some() && result.cells.iter().enumerate().any(is_other) {
        if let Some(cell) = result.cells.get_mut(place) {
            cell.id = None;
        }
        assign_ids(result, "");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;
    use crate::plan::merge::Three;
    use crate::plan::merge::notebook::merge_notebooks;

    fn notebook(texts: [&str; 3]) -> Notebook {
        let cell = |(at, text): (usize, &str)| {
            let mut cell = Cell::new(CellKind::Code, text);
            cell.id = Some(format!("c{at}"));
            cell
        };
        let cells = texts.into_iter().enumerate().map(cell).collect();
        Notebook { cells, minor: 5, ..Notebook::default() }
    }

    fn take(take: Take<'_>, [base, student, course]: [&Notebook; 3]) -> Result<NotebookMerge, NotTaken> {
        take.apply(merge_notebooks(Three { base, student, course }), [student, course])
    }

    /// The cells after taking, and what is said; both changed `c0`, only the course `c1`, only the student `c2`.
    fn after(wanted: Take<'_>) -> (Vec<String>, String) {
        let base = notebook(["x = 1", "y = 1", "z = 1"]);
        let student = notebook(["x = 2", "y = 1", "z = 2"]);
        let course = notebook(["x = 3", "y = 3", "z = 1"]);
        match take(wanted, [&base, &student, &course]) {
            Ok(taken) => {
                (taken.notebook.cells.into_iter().map(|cell| cell.source).collect(), taken.report.summary())
            }
            Err(why) => (Vec::new(), why.to_string()),
        }
    }

    #[test]
    fn what_is_on_offer_is_taken_and_nothing_else() {
        let is = |wanted, cells: [&str; 3], said: &str| {
            assert_eq!(after(wanted), (cells.map(str::to_owned).to_vec(), said.to_owned()));
        };
        is(Take::Nothing, ["x = 2", "y = 3", "z = 2"], "2 cells yours, 1 cell fixed, 1 cell offered");
        is(Take::All, ["x = 3", "y = 3", "z = 2"], "1 cell yours, 2 cells fixed");
        is(Take::Cell("c0"), ["x = 3", "y = 1", "z = 2"], "1 cell fixed");
        is(Take::Cell("c1"), ["x = 2", "y = 3", "z = 2"], "1 cell fixed");
        is(Take::Cell("y"), ["x = 2", "y = 3", "z = 2"], "1 cell fixed");
        for wanted in ["c2", "none"] {
            let why = format!("the course changes no cell `{wanted}`; it changes `c0`, `c1`");
            assert_eq!(after(Take::Cell(wanted)), (Vec::new(), why));
        }
    }

    fn graded(mut cell: Cell, id: &str) -> Cell {
        let grading = serde_json::json!({"grade_id": id, "solution": true});
        cell.metadata.insert("nbgrader".to_owned(), grading);
        cell
    }

    #[test]
    fn a_cell_is_taken_where_it_is_whatever_the_course_calls_it_now() {
        let of = |texts: [&str; 3], ids: [&str; 3]| {
            let mut notebook = notebook(texts);
            let cells = notebook.cells.drain(..).zip(ids).map(|(cell, id)| graded(cell, id)).collect();
            Notebook { cells, ..notebook }
        };
        let stub =
            |name: &str, body: &str| format!("def {name}(values):\n    \"\"\"The {name}.\"\"\"\n    {body}");
        let open = "# YOUR CODE HERE\n    raise NotImplementedError()";
        let (a, b, c) = (stub("first", open), stub("most", open), stub("least", open));
        let base = of([&a, &b, &c], ["a", "b", "c"]);
        let answer = stub("most", "return max(values)");
        let student = of([&a, &answer, &c], ["a", "b", "c"]);
        let grade_ids = |taken: NotebookMerge| -> Vec<String> {
            taken.notebook.cells.iter().map(|cell| cell.grade_id().unwrap_or("-").to_owned()).collect()
        };
        let course = of([&a, &b, &c], ["a", "new", "c"]);
        let taken = take(Take::Cell("new"), [&base, &student, &course]).unwrap();
        assert_eq!(taken.notebook.cells[1].source, answer);
        assert_eq!(grade_ids(taken), ["a", "new", "c"]);
        // One alone of two that exchanged their names would have the name of the other.
        let course = of([&a, &b, &c], ["a", "c", "b"]);
        let why = take(Take::Cell("c"), [&base, &student, &course]).unwrap_err();
        assert_eq!(why, NotTaken::InUse("c".to_owned()));
        // A cell that comes has an id of its own, and that of the student's stays.
        let mut course = of([&a, &b, &c], ["a", "b", "c"]);
        course.cells.push(graded(
            Cell::new(CellKind::Code, "def power(base, exponent):\n    return base ** exponent"),
            "d",
        ));
        course.cells[3].id = Some("own".to_owned());
        let mut student = student;
        student.cells.push(Cell::new(CellKind::Code, "mine = 1"));
        student.cells[3].id = Some("own".to_owned());
        let taken = take(Take::Cell("d"), [&base, &student, &course]).unwrap();
        let ids: Vec<_> = taken.notebook.cells.iter().map(|cell| cell.id.clone().unwrap()).collect();
        assert_eq!(taken.notebook.cells.len(), 5);
        let mine = taken.notebook.cells.iter().position(|cell| cell.source == "mine = 1").unwrap();
        assert_eq!(ids[mine], "own", "{ids:?}");
        assert_eq!(ids.iter().filter(|id| *id == "own").count(), 1, "{ids:?}");
    }

    #[test]
    fn an_answer_that_moves_is_not_taken_by_halves() {
        let def = |name: &str, body: &str| {
            format!("def {name}(x):\n    \"\"\"The {name} of x.\"\"\"\n    {body}\n")
        };
        let open = "# YOUR CODE HERE\n    raise NotImplementedError()";
        let of = |cells: &[(String, &str)]| {
            let cells = cells.iter().map(|(text, id)| graded(Cell::new(CellKind::Code, text.as_str()), id));
            Notebook { cells: cells.collect(), minor: 5, ..Notebook::default() }
        };
        let both = |a: &str, b: &str| format!("{}\n{}", def("double", a), def("triple", b));
        let base = of(&[(both(open, open), "q")]);
        let student = of(&[(both("return 2 * x", "return 3 * x"), "q")]);
        let course = of(&[(def("double", open), "q"), (def("triple", open), "r")]);
        for id in ["q", "r"] {
            let why = take(Take::Cell(id), [&base, &student, &course]).unwrap_err();
            assert_eq!(why, NotTaken::AnswerMoves(id.to_owned()));
        }
    }
}
