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

fn with(cell: Cell, key: &str, value: serde_json::Value) -> Cell {
    let mut cell = cell;
    cell.metadata.insert(key.into(), value);
    cell
}

#[test]
fn what_both_changed_beside_the_text_is_offered_or_kept_aside() {
    let shown = |data: &str| {
        let mut cell =
            Cell { id: Some("a".into()), ..Cell::new(CellKind::Markdown, "![](attachment:a.png)") };
        cell.attachments = Some(json!({"a.png": {"image/png": data}}));
        cell
    };
    let merged = merge(&[shown("A")], &[shown("B")], &[shown("C")]);
    assert_eq!(merged.notebook.cells[0].attachments, shown("C").attachments);
    assert_eq!(merged.report.summary(), "1 cell kept aside");
    assert_eq!(merged.report.cells[0].fate, Fate::KeptAside);
    let slide = |kind: &str| with(code("x"), "slideshow", json!({"slide_type": kind}));
    let merged = merge(&[code("x")], &[slide("mine")], &[slide("theirs")]);
    assert_eq!(merged.notebook.cells[0].metadata, slide("mine").metadata);
    assert_eq!(merged.report.summary(), "1 cell yours, 1 cell not fully merged");
    assert_eq!(merged.report.note(), "1 cell yours, 1 cell not fully merged (x)");
    let tags = |list: &[&str]| with(code("x"), "tags", json!(list));
    let merged = merge(&[code("x")], &[tags(&["mine"])], &[tags(&["theirs"])]);
    assert_eq!(merged.notebook.cells[0].metadata, tags(&["theirs", "mine"]).metadata);
    assert_eq!((merged.report.summary().as_str(), merged.report.is_clean()), ("1 cell fixed", true));
    // The student's text changed, too.
    let merged = merge(&[code("x")], &[code("y")], &[tags(&["theirs"])]);
    assert_eq!(merged.report.cells[0].fate, Fate::Both);
}

#[test]
fn metadata_of_the_notebook_that_both_changed_is_said() {
    let titled = |title: &str| {
        let mut notebook = notebook(&[code("x")]);
        notebook.metadata.insert("title".into(), json!(title));
        notebook
    };
    let (base, student, course) = (titled("a"), titled("b"), titled("c"));
    let merged = merge_notebooks(Three { base: &base, student: &student, course: &course });
    assert_eq!((merged.notebook.metadata.get("title"), merged.report.is_clean()), (Some(&json!("b")), false));
    assert_eq!(
        merged.report.offered().map(|cell| cell.name.as_str()).collect::<Vec<_>>(),
        ["the notebook's metadata"]
    );
    let merged = merge_notebooks(Three { base: &base, student: &base, course: &course });
    assert_eq!(merged.report.summary(), "1 cell fixed");
}

#[test]
fn an_answer_is_of_the_type_that_the_student_gave_it() {
    let graded = |kind: CellKind, source: &str, by_hand: bool| {
        let grading = json!({"schema_version": 3, "grade": by_hand, "grade_id": "q", "locked": false, "solution": true, "points": 1});
        with(Cell { id: Some("a".into()), ..Cell::new(kind, source) }, "nbgrader", grading)
    };
    use CellKind::{Code, Markdown, Raw};
    for (base, student, course, by_hand, expected) in [
        // Graded by hand: any type will do.
        (Markdown, Code, Markdown, true, Code),
        (Code, Markdown, Code, true, Markdown),
        (Markdown, Markdown, Code, true, Markdown),
        (Code, Raw, Code, false, Raw),
        // nbgrader refuses text that is a solution and that no one grades.
        (Code, Markdown, Code, false, Code),
    ] {
        let sides = [
            graded(base, "YOUR ANSWER HERE", by_hand),
            graded(student, "mine", by_hand),
            graded(course, "YOUR ANSWER HERE", by_hand),
        ];
        let merged = merge(&sides[..1], &sides[1..2], &sides[2..]);
        assert_eq!(
            (merged.notebook.cells[0].kind, merged.notebook.cells[0].source.as_str()),
            (expected, "mine"),
            "{base:?} {student:?} {course:?}"
        );
    }
    // Not answered: the course's change arrives.
    let sides = [graded(Markdown, "a", true), graded(Markdown, "a", true), graded(Code, "a", true)];
    assert_eq!(merge(&sides[..1], &sides[1..2], &sides[2..]).notebook.cells[0].kind, Code);
}

#[test]
fn white_space_at_the_ends_is_no_edit() {
    let locked = |source: &str| with(code(source), "nbgrader", json!({"locked": true, "grade_id": "t"}));
    let text = |id: &str, source: &str| Cell { id: Some(id.into()), ..Cell::new(CellKind::Markdown, source) };
    let base = [locked("assert x"), text("b", "# Lab"), text("c", "old")];
    let student = [locked("assert x \n"), text("b", "# Lab\n"), text("c", "old\n\n")];
    let merged = merge(&base, &student, &[locked("assert x"), text("b", "# Lab 1")]);
    let sources: Vec<_> = merged.notebook.cells.iter().map(|cell| cell.source.as_str()).collect();
    assert_eq!(sources, ["assert x", "# Lab 1\n"]);
    assert_eq!(
        (merged.report.summary().as_str(), merged.report.is_clean()),
        ("1 cell fixed, 1 cell removed", true)
    );
}
