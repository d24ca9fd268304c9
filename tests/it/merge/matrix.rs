//! 13 changes of a course × 6 situations of a student, on a notebook of 40 cells.
//!
//! The triples are also written to `target/merge-matrix/`, where `tests/merge/compare.py` measures other tools on them.

use std::path::Path;

use serde_json::json;
use tito::notebook::Notebook;

use super::lab::{Item, Part, cell, items, notebook, replace, set_grading};
use super::situations::{SITUATIONS, STUB, Work, situations};
use super::triple::{Triple, all_are_good};
use crate::judges::python_says;

const NAMES: [&str; 10] =
    ["tensor", "relu", "softmax", "layer", "loss", "grad", "sgd", "loader", "conv", "embed"];

/// The unit that the student works on: cells 16 to 19 are its text, question, test and code.
const AT: usize = 16;

fn forty_cells() -> Vec<Item> {
    let parts = [Part::Text, Part::Question, Part::Test, Part::Code];
    items(NAMES.iter().flat_map(|name| parts.map(|part| cell(part, name))).collect())
}

fn new(part: Part, name: &str) -> Item {
    Item { origin: None, touched: true, cell: cell(part, name) }
}

pub(crate) const CHANGES: [&str; 13] = [
    "markdown",
    "code",
    "test",
    "insert-before",
    "insert-after",
    "delete",
    "move",
    "scaffold-far",
    "scaffold-next",
    "rename",
    "remove-edited",
    "points",
    "several",
];

fn change(mut items: Vec<Item>, name: &str) -> Vec<Item> {
    match name {
        "markdown" => replace(&mut items[AT], "loss3", "loss3, corrected,"),
        "code" => replace(&mut items[AT + 3], "= 10", "= 12"),
        "test" => replace(&mut items[AT + 2], "loss(2) == 4", "loss(3) == 9"),
        "insert-before" => items.insert(AT + 1, new(Part::Text, "foreword")),
        "insert-after" => items.insert(AT + 2, new(Part::Test, "extra")),
        "delete" => drop(items.remove(AT)),
        "move" => {
            let unit: Vec<_> = items.drain(AT..AT + 4).collect();
            items.extend(unit);
        }
        "scaffold-far" => replace(&mut items[AT + 1], "print(loss(1))", "print(loss(3))"),
        "scaffold-next" => replace(&mut items[AT + 1], "# hint for loss", "# better hint for loss"),
        "rename" => set_grading(&mut items[AT + 1].cell, "loss-function", true, false),
        "remove-edited" => drop(items.remove(AT + 1)),
        "points" => items[AT + 2].cell.metadata["nbgrader"]["points"] = json!(5),
        _ => {
            for name in [
                "markdown",
                "test",
                "code",
                "scaffold-far",
                "scaffold-next",
                "points",
                "insert-after",
                "insert-before",
            ] {
                items = change(items, name);
            }
            items.remove(4);
        }
    }
    items
}

/// The questions that the student answers, with the names of the functions.
pub(crate) const ANSWERED: [(usize, &str); 3] = [(1, "tensor"), (5, "relu"), (AT + 1, "loss")];

/// Answers that square, as all questions ask; who makes the test of `loss` easier has it wrong.
fn work(situation: &str) -> Work {
    let answers = ANSWERED.map(|(at, name)| {
        let wrong = if situation == "locked-touched" && name == "loss" { " + x - 1" } else { "" };
        let answer = format!("    first{at} = x * x{wrong}\n\n    return first{at}");
        (at, vec![(STUB.to_owned(), answer)])
    });
    Work { answers: answers.into(), question: AT + 1, test: AT + 2 }
}

/// All squares.
pub(crate) fn matrix() -> Vec<Triple> {
    let base = forty_cells();
    assert_eq!(base.len(), 40);
    let written: Notebook = notebook(&base);
    let folder = tempfile::tempdir().unwrap();
    let students = situations(&written, &base, work, folder.path());
    let squares = CHANGES.iter().flat_map(|name| {
        let course = change(base.clone(), name);
        let released = notebook(&course);
        let square = |student| Triple::new(name, &written, student, (&course, &released));
        students.iter().map(square).collect::<Vec<_>>()
    });
    squares.collect()
}

#[test]
fn every_square_of_the_matrix_is_good() {
    let folder = all_are_good("merge-matrix", &matrix());
    // A judge that finds no fault is worth something if it finds those that are made.
    let case = |situation: &str| folder.join(format!("several--{situation}"));
    let cases = SITUATIONS.map(case);
    let mut arguments = vec![Path::new(env!("CARGO_BIN_EXE_tito"))];
    arguments.extend(cases.iter().map(|case| case.as_path()));
    let said = python_says("tests/merge/spoil.py", &arguments);
    assert!(said.ends_with(" spoiled merges, all of them rejected\n"), "{said}");
}
