//! Notebooks to edit: cells that know which cell of the base they are, so that a test knows what a merge must do.

use serde_json::{Value, json};
use tito::notebook::nbformat::canonical_text;
use tito::notebook::{Cell, CellKind, Notebook};

/// A cell, and what it was.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Which cell of the base it is; none if it is new.
    pub(crate) origin: Option<usize>,
    /// Its text or type is not the base's.
    pub(crate) touched: bool,
    pub(crate) cell: Cell,
}

/// What a cell of a lab is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text,
    Code,
    Question,
    Test,
}

pub(crate) fn cell(part: Part, name: &str) -> Cell {
    let (kind, source, role) = match part {
        // Their own words: cells that share most words would count as one cell, rewritten.
        Part::Text => (
            CellKind::Markdown,
            format!("## {name}\n\n{name}1 {name}2 {name}3 of {name}4.\n\nSee {name}5."),
            None,
        ),
        Part::Code => (
            CellKind::Code,
            format!("{name}_data = [10]\n{name}_size = 10\nprint('{name}', {name}_size)"),
            None,
        ),
        Part::Question => (
            CellKind::Code,
            format!(
                "def {name}(x):\n    \"\"\"Computes {name}.\"\"\"\n    # hint for {name}\n    # YOUR CODE HERE\n    raise NotImplementedError()\n\nprint({name}(1))"
            ),
            Some((true, false)),
        ),
        Part::Test => {
            (CellKind::Code, format!("assert {name}(1) == 1\nassert {name}(2) == 4"), Some((false, true)))
        }
    };
    let mut cell = Cell::new(kind, source);
    cell.id = Some(format!("{name}-{part:?}").to_lowercase());
    if let Some((solution, grade)) = role {
        let id = if solution { name.to_owned() } else { format!("test-{name}") };
        set_grading(&mut cell, &id, solution, grade);
    }
    cell
}

pub(crate) fn set_grading(cell: &mut Cell, id: &str, solution: bool, grade: bool) {
    let mut meta = json!({"schema_version": 3, "grade": grade, "grade_id": id, "locked": grade, "solution": solution, "task": false});
    if grade {
        meta["points"] = json!(1);
    }
    cell.metadata.insert("nbgrader".into(), meta);
}

/// Changes a part of a cell's text.
#[track_caller]
pub(crate) fn replace(item: &mut Item, from: &str, to: &str) {
    assert!(item.cell.source.contains(from), "{from}");
    item.cell.source = item.cell.source.replace(from, to);
    item.touched = true;
}

pub(crate) fn items(cells: Vec<Cell>) -> Vec<Item> {
    cells.into_iter().enumerate().map(|(at, cell)| Item { origin: Some(at), touched: false, cell }).collect()
}

pub(crate) fn notebook(items: &[Item]) -> Notebook {
    let metadata = json!({
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    });
    let Value::Object(metadata) = metadata else { unreachable!() };
    Notebook {
        minor: 5,
        metadata,
        cells: items.iter().map(|item| item.cell.clone()).collect(),
        ..Notebook::default()
    }
}

/// What running a cell prints in these tests: its text.
pub(crate) fn run(items: &mut [Item]) {
    let mut count = 0;
    for cell in items.iter_mut().map(|item| &mut item.cell).filter(|cell| cell.kind == CellKind::Code) {
        count += 1;
        cell.execution_count = json!(count);
        cell.outputs =
            vec![json!({"output_type": "stream", "name": "stdout", "text": [cell.source.clone()]})].into();
    }
}

/// Every output in the notebook is of the text that is there.
/// White space at the ends of lines is not part of a text.
pub(crate) fn outputs_are_of_their_text(notebook: &Notebook) -> Result<(), String> {
    for cell in &notebook.cells {
        let text = canonical_text(&cell.source);
        let stale = |output: &Value| output["text"][0].as_str().map(canonical_text) != Some(text.clone());
        if cell.outputs.iter().any(stale) || (cell.outputs.is_empty() && !cell.execution_count.is_null()) {
            return Err(format!("the output is not of this text: {:?}", cell.source));
        }
    }
    Ok(())
}

/// Where both sides left a cell alone, or only the course changed it, the result has the course's, grading included.
pub(crate) fn untouched_is_the_courses(
    student: &[Item],
    course: &[Item],
    merged: &Notebook,
) -> Result<(), String> {
    for item in course {
        let students: Vec<_> =
            student.iter().filter(|other| other.origin == item.origin && item.origin.is_some()).collect();
        // An answered copy of an untouched question counts as the answer.
        let untouched = match students.as_slice() {
            [original] => {
                !original.touched
                    && (!original.cell.flag("solution") || bearers(student, &original.cell) == 1)
            }
            _ => item.origin.is_none(),
        };
        let there = |cell: &Cell| {
            (cell.kind, &cell.source, cell.nbgrader())
                == (item.cell.kind, &item.cell.source, item.cell.nbgrader())
        };
        if untouched && !merged.cells.iter().any(there) {
            return Err(format!("the course's cell is not in the result: {:?}", item.cell.source));
        }
    }
    Ok(())
}

/// How many cells have the grade_id of `cell`.
fn bearers(items: &[Item], cell: &Cell) -> usize {
    items.iter().filter(|item| item.cell.grade_id() == cell.grade_id()).count()
}
