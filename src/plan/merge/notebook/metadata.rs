//! Metadata of merged cells and notebooks: grading is the course's, the kernel the student's, the rest goes key by key.

use serde_json::Value;

use crate::notebook::{Cell, Metadata};
use crate::plan::merge::Three;

/// Keys of a cell that belong to the course: its grading, and the locks that nbgrader sets with it.
const OF_COURSE: [&str; 3] = ["nbgrader", "deletable", "editable"];

/// Keys of a cell that tell of a run: they go when its outputs go.
const OF_RUN: [&str; 5] = ["execution", "ExecuteTime", "executionInfo", "outputId", "collapsed"];

/// Keys of a notebook that tell which kernel the student works with.
const OF_KERNEL: [&str; 2] = ["kernelspec", "language_info"];

/// Key by key: what the student changed is the student's, all else the course's.
pub(super) fn three_way(sides: Three<&Metadata>) -> Metadata {
    let mut merged = Metadata::new();
    for (key, value) in sides.student {
        let kept = if sides.base.get(key) == Some(value) { sides.course.get(key) } else { Some(value) };
        if let Some(value) = kept {
            merged.insert(key.clone(), value.clone());
        }
    }
    for (key, value) in sides.course {
        let deleted = !sides.student.contains_key(key) && sides.base.get(key) == Some(value);
        if !deleted && !merged.contains_key(key) && !student_changed(sides, key) {
            merged.insert(key.clone(), value.clone());
        }
    }
    merged
}

fn student_changed(sides: Three<&Metadata>, key: &str) -> bool {
    sides.student.get(key).is_some_and(|value| sides.base.get(key) != Some(value))
}

/// The metadata of a cell that student and course both have.
pub(super) fn of_cell(sides: Three<&Cell>) -> Metadata {
    let mut merged = three_way(sides.map(|cell| &cell.metadata));
    for key in OF_COURSE {
        match sides.course.metadata.get(key) {
            Some(value) => drop(merged.insert(key.to_owned(), value.clone())),
            None => drop(merged.shift_remove(key)),
        }
    }
    merged
}

/// The metadata of the notebook.
pub(super) fn of_notebook(sides: Three<&Metadata>) -> Metadata {
    let mut merged = three_way(sides);
    for key in OF_KERNEL {
        let usable = |value: &&Value| key != "kernelspec" || is_kernelspec(value);
        let value = sides.student.get(key).filter(usable).or_else(|| sides.course.get(key).filter(usable));
        match value {
            Some(value) => drop(merged.insert(key.to_owned(), value.clone())),
            None => drop(merged.shift_remove(key)),
        }
    }
    merged
}

/// nbformat's schema asks for both names.
fn is_kernelspec(value: &Value) -> bool {
    ["name", "display_name"].iter().all(|key| value.get(key).is_some_and(Value::is_string))
}

/// Images that the text shows: those of both sides, the student's where they differ.
pub(super) fn attachments(sides: Three<Option<&Value>>) -> Option<Value> {
    let empty = Metadata::new();
    let object = |value: Option<&'_ Value>| value.and_then(Value::as_object).cloned();
    let objects = sides.map(object);
    let merged = three_way(objects.as_ref().map(|object| object.as_ref().unwrap_or(&empty)));
    (objects.student.is_some() || !merged.is_empty()).then_some(Value::Object(merged))
}

/// Forgets that the cell was run.
pub(super) fn forget_run(metadata: &mut Metadata) {
    for key in OF_RUN {
        metadata.shift_remove(key);
    }
}

/// Would nbgrader look at this cell?
pub(super) fn is_graded(cell: &Cell) -> bool {
    cell.grade_id().is_some() || ["grade", "solution", "locked", "task"].iter().any(|flag| cell.flag(flag))
}

/// The cell as an ordinary one, which the student may edit and delete: a grade_id that the course does not have breaks autograding.
pub(super) fn without_grading(cell: &Cell) -> Cell {
    let mut cell = cell.clone();
    let odd = cell.metadata.contains_key("nbgrader") && cell.nbgrader().is_none();
    if is_graded(&cell) || odd {
        for key in OF_COURSE {
            cell.metadata.shift_remove(key);
        }
    }
    cell
}
