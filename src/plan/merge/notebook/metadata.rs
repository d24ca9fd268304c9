//! Metadata of merged cells and notebooks: grading is the course's, the kernel the student's, the rest goes key by key.
//!
//! Where both sides changed a key, one of them cannot stay: [`Beside`] says which.

use serde_json::Value;

use super::Party;
use super::report::{Beside, Whose};
use crate::notebook::nbformat::{is_kernelspec, is_language_info};
use crate::notebook::{Cell, Metadata};
use crate::plan::merge::Three;
use crate::plan::merge::script::{MARKER, TAIL};

/// Keys of a cell that belong to the course: its grading, and the locks that nbgrader sets with it.
const OF_COURSE: [&str; 3] = ["nbgrader", "deletable", "editable"];

/// Keys of a cell that tell of a run: they go when its outputs go.
const OF_RUN: [&str; 5] = ["execution", "ExecuteTime", "executionInfo", "outputId", "collapsed"];

/// Keys of a cell and of a notebook that tell how someone looked at it: no one misses the other side's.
const OF_VIEW: [&str; 5] = ["scrolled", "colab", "vscode", "pycharm", "widgets"];

/// A key that a notebook may have, and whether its value is one that nbformat accepts.
type Checked = (&'static str, fn(&Value) -> bool);

/// Keys of a notebook that tell which kernel the student works with.
const OF_KERNEL: [Checked; 2] = [("kernelspec", is_kernelspec), ("language_info", is_language_info)];

/// What a percent script's marker is called.
const MARKER_LINE: &str = "marker line";

fn is_noise(key: &str) -> bool {
    key == TAIL
        || OF_RUN.contains(&key)
        || OF_VIEW.contains(&key)
        || OF_KERNEL.iter().any(|(kernel, _)| *kernel == key)
}

/// Key by key: what only one side changed is that side's. What both changed is the student's, and `lost` says what that leaves out.
pub(super) fn three_way(sides: Three<&Metadata>, lost: &mut Vec<Beside>) -> Metadata {
    let mut merged = Metadata::new();
    for key in keys(sides) {
        let values = sides.map(|side| side.get(key));
        let value = match one_sided(values) {
            Some(value) => value.cloned(),
            None if key == "tags" => Some(tags(values)),
            None => {
                if !is_noise(key) && !OF_COURSE.contains(&key) {
                    let what =
                        if key == MARKER { MARKER_LINE.to_owned() } else { format!("metadata `{key}`") };
                    lost.extend(Beside::of(what, Whose::Course, values.course));
                }
                values.student.cloned()
            }
        };
        if let Some(value) = value {
            merged.insert(key.to_owned(), value);
        }
    }
    merged
}

/// The keys of student and course, each once, the student's first.
fn keys(sides: Three<&Metadata>) -> impl Iterator<Item = &str> {
    let of_course = sides.course.keys().filter(move |key| !sides.student.contains_key(*key));
    sides.student.keys().chain(of_course).map(String::as_str)
}

/// The value that is right without a choice: one side did not change it, or both changed it alike. A change outlives a deletion. `None`: both
/// changed it.
fn one_sided(values: Three<Option<&Value>>) -> Option<Option<&Value>> {
    let Three { base, student, course } = values;
    if student == base || student.is_none() && course != base {
        Some(course)
    } else if course == base || course == student || course.is_none() {
        Some(student)
    } else {
        None
    }
}

/// Tags are a set: what either side added is there, what either side took away is not.
fn tags(values: Three<Option<&Value>>) -> Value {
    let Three { base, student, course } =
        values.map(|value| value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default());
    let stays = |tag: &&Value| !base.contains(tag) || student.contains(tag);
    let is_new = |tag: &&Value| !base.contains(tag) && !course.contains(tag);
    Value::Array(course.iter().filter(stays).chain(student.iter().filter(is_new)).cloned().collect())
}

/// The metadata of a cell that both sides have.
pub(super) fn of_cell(sides: Three<&Cell>, by: Party, lost: &mut Vec<Beside>) -> Metadata {
    let mut merged = three_way(sides.map(|cell| &cell.metadata), lost);
    if by == Party::Authors {
        grade_both(&mut merged, sides, lost);
        return merged;
    }
    if sides.course.grade_id().is_some() {
        // The marker of a graded cell holds its grading, and is the course's.
        lost.retain(|beside| beside.what != MARKER_LINE);
    }
    for key in OF_COURSE {
        match sides.course.metadata.get(key) {
            Some(value) => drop(merged.insert(key.to_owned(), value.clone())),
            None => drop(merged.shift_remove(key)),
        }
    }
    merged
}

/// Grading that two authors changed, key by key; the checksum is made when the course is released.
fn grade_both(merged: &mut Metadata, sides: Three<&Cell>, lost: &mut Vec<Beside>) {
    if one_sided(sides.map(|cell| cell.metadata.get("nbgrader"))).is_some() {
        return;
    }
    let none = Metadata::new();
    let grading = three_way(sides.map(|cell| cell.nbgrader().unwrap_or(&none)), lost);
    lost.retain(|beside| beside.what != "metadata `checksum`");
    merged.insert("nbgrader".to_owned(), Value::Object(grading));
}

/// The metadata of the notebook.
pub(super) fn of_notebook(sides: Three<&Metadata>, lost: &mut Vec<Beside>) -> Metadata {
    let mut merged = three_way(sides, lost);
    for (key, is_valid) in OF_KERNEL {
        let valid = |side: &&Metadata| side.get(key).filter(|value| is_valid(value)).cloned();
        match [sides.student, sides.course].iter().find_map(valid) {
            Some(value) => drop(merged.insert(key.to_owned(), value)),
            None => drop(merged.shift_remove(key)),
        }
    }
    merged
}

/// Did the course change something that is there now and was not with the student?
pub(super) fn has_news(sides: Three<&Metadata>, merged: &Metadata) -> bool {
    let is_new = |key: &str| {
        let values = sides.map(|side| side.get(key));
        !is_noise(key) && !is_same(values.course, values.base) && !is_same(merged.get(key), values.student)
    };
    sides.course.keys().chain(sides.base.keys()).any(|key| is_new(key))
}

/// Are they the same except for the checksum of the text, which is told by the text?
fn is_same(a: Option<&Value>, b: Option<&Value>) -> bool {
    let without = |value: &Value| {
        let mut value = value.clone();
        value.as_object_mut().and_then(|map| map.shift_remove("checksum"));
        value
    };
    a == b || matches!((a, b), (Some(a), Some(b)) if a.is_object() && without(a) == without(b))
}

/// Images that the text shows: those of both sides. Where both changed one it is the course's if `of_course` says so, else the student's; none
/// goes that `names` says the text still shows.
pub(super) fn attachments(
    sides: Three<Option<&Value>>,
    names: impl Fn(&str) -> bool,
    of_course: impl Fn(&str) -> bool,
    lost: &mut Vec<Beside>,
) -> Option<Value> {
    let empty = Metadata::new();
    let images = sides.map(|side| side.and_then(Value::as_object).unwrap_or(&empty));
    let mut merged = Metadata::new();
    for name in keys(images) {
        let values = images.map(|side| side.get(name));
        let shown = values.course.or(values.student).filter(|_| names(name));
        let value = match one_sided(values) {
            Some(value) => value.or(shown),
            None if of_course(name) => {
                lost.extend(Beside::of(format!("picture `{name}`"), Whose::Student, values.student));
                values.course
            }
            None => {
                lost.extend(Beside::of(format!("picture `{name}`"), Whose::Course, values.course));
                values.student
            }
        };
        if let Some(value) = value {
            merged.insert(name.to_owned(), value.clone());
        }
    }
    (sides.student.is_some() || !merged.is_empty()).then_some(Value::Object(merged))
}

/// Does the text show the attached image?
pub(super) fn shows(text: &str, name: &str) -> bool {
    text.contains(&format!("attachment:{name}"))
        || text.contains(&format!("attachment:{}", name.replace(' ', "%20")))
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

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
