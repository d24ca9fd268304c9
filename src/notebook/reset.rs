//! One cell of a student's notebook, back as the course has it.

use std::collections::BTreeSet;

use super::{Cell, Notebook};

/// `student` with the cell `name` (a grade_id or a cell id) as `course` has it; every other cell stays. A cell that the student deleted
/// comes back after its nearest neighbour before it. `None`: the course has no such cell.
pub fn with_cell_of(student: &Notebook, course: &Notebook, name: &str) -> Option<Notebook> {
    let place = course.cells.iter().position(|cell| is_called(cell, name))?;
    let wanted = course.cells.get(place)?;
    let mut result = student.clone();
    if let Some(cell) = original(&student.cells, wanted).and_then(|at| result.cells.get_mut(at)) {
        let id = cell.id.take();
        let was_run = cell.kind == wanted.kind && cell.source == wanted.source;
        let (outputs, count) = (std::mem::take(&mut cell.outputs), cell.execution_count.take());
        *cell = Cell { id, ..wanted.clone() };
        if was_run {
            (cell.outputs, cell.execution_count) = (outputs, count);
        }
        return Some(result);
    }
    let before = course.cells.get(..place).unwrap_or_default();
    let neighbour = before.iter().rev().find_map(|near| original(&student.cells, near));
    let cell = Cell { id: free_id(wanted, student), ..wanted.clone() };
    result.cells.insert(neighbour.map_or(0, |at| at + 1), cell);
    Some(result)
}

/// The names by which [`with_cell_of`] knows the cells of a notebook: their grade_ids.
pub fn cell_names(notebook: &Notebook) -> impl Iterator<Item = &str> {
    notebook.cells.iter().filter_map(Cell::grade_id)
}

fn is_called(cell: &Cell, name: &str) -> bool {
    cell.grade_id() == Some(name) || cell.id.as_deref() == Some(name)
}

/// Where `wanted` is among `cells`. Of several copies the original is the one that kept its id, else the first.
fn original(cells: &[Cell], wanted: &Cell) -> Option<usize> {
    let kept = cells.iter().position(|cell| is_same(cell, wanted) && cell.id == wanted.id);
    kept.or_else(|| cells.iter().position(|cell| is_same(cell, wanted)))
}

fn is_same(cell: &Cell, wanted: &Cell) -> bool {
    match (cell.grade_id(), wanted.grade_id()) {
        (Some(a), Some(b)) => a == b,
        (None, None) => cell.id.is_some() && cell.id == wanted.id,
        _ => false,
    }
}

/// The cell's id, or one like it that no cell of `notebook` has.
fn free_id(cell: &Cell, notebook: &Notebook) -> Option<String> {
    let taken: BTreeSet<&str> = notebook.cells.iter().filter_map(|cell| cell.id.as_deref()).collect();
    let id = cell.id.clone()?;
    let others =
        (1..=taken.len()).map(|number| format!("{}-{number}", id.chars().take(50).collect::<String>()));
    std::iter::once(id.clone()).chain(others).find(|id| !taken.contains(id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;
    use serde_json::json;

    fn cell(id: &str, grade_id: Option<&str>, source: &str) -> Cell {
        let mut cell = Cell::new(CellKind::Code, source);
        cell.id = Some(id.to_owned());
        if let Some(name) = grade_id {
            cell.metadata.insert("nbgrader".to_owned(), json!({"grade_id": name, "solution": true}));
        }
        cell
    }

    fn notebook(cells: &[Cell]) -> Notebook {
        Notebook { minor: 5, cells: cells.to_vec(), ..Notebook::default() }
    }

    fn course() -> Notebook {
        notebook(&[
            cell("a", None, "intro"),
            cell("b", Some("q1"), "stub 1"),
            cell("c", Some("q2"), "stub 2"),
        ])
    }

    fn texts(notebook: &Notebook) -> Vec<&str> {
        notebook.cells.iter().map(|cell| cell.source.as_str()).collect()
    }

    #[test]
    fn only_the_named_cell_goes_back_and_it_keeps_its_id() {
        let mut answered = cell("student", Some("q1"), "my mess");
        answered.outputs = vec![json!({"output_type": "stream"})].into();
        let student = notebook(&[
            cell("a", None, "intro!"),
            answered,
            cell("own", None, "own"),
            cell("c", Some("q2"), "mine"),
        ]);
        let reset = with_cell_of(&student, &course(), "q1").unwrap();
        assert_eq!(texts(&reset), ["intro!", "stub 1", "own", "mine"]);
        assert_eq!(reset.cells[1].id.as_deref(), Some("student"));
        assert!(reset.cells[1].outputs.is_empty());
        assert_eq!(texts(&with_cell_of(&student, &course(), "a").unwrap())[0], "intro");
    }

    #[test]
    fn a_cell_that_is_as_the_course_has_it_keeps_its_outputs() {
        let mut student = course();
        student.cells[1].outputs = vec![json!({"output_type": "stream"})].into();
        assert_eq!(with_cell_of(&student, &course(), "q1"), Some(student));
    }

    #[test]
    fn a_deleted_cell_comes_back_behind_its_neighbour_with_an_id_of_its_own() {
        let student =
            notebook(&[cell("b", Some("q1"), "mine"), cell("c", None, "own, with the id of another")]);
        let reset = with_cell_of(&student, &course(), "q2").unwrap();
        assert_eq!(texts(&reset), ["mine", "stub 2", "own, with the id of another"]);
        assert_eq!(reset.cells[1].id.as_deref(), Some("c-1"));
        let reset = with_cell_of(&notebook(&[]), &course(), "q2").unwrap();
        assert_eq!(texts(&reset), ["stub 2"]);
    }

    #[test]
    fn an_unknown_cell_is_none() {
        assert_eq!(with_cell_of(&course(), &course(), "q3"), None);
        assert_eq!(cell_names(&course()).collect::<Vec<_>>(), ["q1", "q2"]);
    }
}
