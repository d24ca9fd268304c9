//! Tests of the module beside it.

use serde_json::json;

use super::*;
use crate::notebook::CellKind;

fn notebook(cells: &[Cell]) -> Notebook {
    Notebook { minor: 5, cells: cells.to_vec(), ..Notebook::default() }
}

fn merge(base: &[Cell], student: &[Cell], course: &[Cell]) -> NotebookMerge {
    let sides = Three { base: notebook(base), student: notebook(student), course: notebook(course) };
    merge_notebooks(sides.as_ref())
}

fn code(source: &str) -> Cell {
    Cell { id: Some("a".into()), ..Cell::new(CellKind::Code, source) }
}

#[test]
fn line_ends_are_no_edit_and_stay() {
    let crlf = code("x = 1\r\ny = 2");
    let merged = merge(&[code("x = 1\ny = 2")], std::slice::from_ref(&crlf), &[code("x = 1\ny = 2")]);
    assert_eq!(merged.notebook.cells, [crlf]);
    let merged = merge(&[code("x\ny\nz")], &[code("x\r\ny\r\nZ")], &[code("X\ny\nz")]);
    assert_eq!(merged.notebook.cells[0].source, "X\ny\nZ");
}

#[test]
fn what_nbformat_refuses_is_put_right() {
    let mut odd = code("x");
    odd.id = Some("no blanks allowed".into());
    odd.other.insert("collapsed".into(), json!(true));
    odd.outputs =
        vec![json!("no output"), json!({"output_type": "stream", "name": "stdout", "text": "ok"})].into();
    odd.execution_count = json!("three");
    odd.attachments = Some(json!({"a.png": {}}));
    let mut student = notebook(&[odd]);
    student.metadata.insert("kernelspec".into(), json!({"name": "no display name"}));
    student.other.insert("worksheets".into(), json!([]));
    let plain = notebook(&[code("x")]);
    let merged = merge_notebooks(Three { base: &plain, student: &student, course: &plain }).notebook;
    assert_eq!((merged.minor, merged.other.len(), merged.metadata.get("kernelspec")), (5, 0, None));
    let cell = &merged.cells[0];
    assert_eq!(cell.id.as_deref(), Some("a"));
    assert_eq!((cell.outputs.len(), &cell.execution_count, cell.other.len()), (1, &json!(null), 0));
    assert_eq!(
        (&cell.metadata["collapsed"], &cell.metadata["attachments"]),
        (&json!(true), &json!({"a.png": {}}))
    );
}

#[test]
fn pictures_of_both_sides_are_kept() {
    let text = |source: &str, pictures: serde_json::Value| {
        let mut cell = Cell::new(CellKind::Markdown, source);
        cell.attachments = Some(pictures);
        cell
    };
    let base = text("one\n\ntwo\n\nthree", json!({}));
    let student = text("one ![](me.png)\n\ntwo\n\nthree", json!({"me.png": {"image/png": "A"}}));
    let course = text("one\n\ntwo\n\nthree ![](c.png)", json!({"c.png": {"image/png": "B"}}));
    let merged = merge(&[base], &[student], &[course]).notebook;
    assert_eq!(merged.cells[0].source, "one ![](me.png)\n\ntwo\n\nthree ![](c.png)");
    let pictures = merged.cells[0].attachments.as_ref().unwrap();
    assert_eq!(pictures, &json!({"me.png": {"image/png": "A"}, "c.png": {"image/png": "B"}}));
}

#[test]
fn a_task_is_the_courses_and_grading_of_odd_form_is_no_panic() {
    let mut task = code("Describe.");
    task.metadata.insert("nbgrader".into(), json!({"task": true, "grade_id": "t", "points": 1}));
    let mut odd = code("x = 1");
    odd.id = None;
    odd.metadata.insert("nbgrader".into(), json!("yes"));
    let mut edited = task.clone();
    edited.source = "Described.".into();
    let merged = merge(std::slice::from_ref(&task), &[edited, odd], std::slice::from_ref(&task));
    assert_eq!(merged.notebook.cells[0].source, "Describe.");
    assert_eq!(merged.notebook.cells[1].metadata.get("nbgrader"), None);
    assert_eq!(merged.report.set_aside().count(), 1);
}
