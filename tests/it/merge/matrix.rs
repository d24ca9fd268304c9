//! 13 changes of a course × 6 situations of a student, on a notebook of 40 cells.
//!
//! The triples are also written to `target/merge-matrix/`, where `tests/merge/compare.py` measures other tools on them.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tito::notebook::{Cell, CellKind, nbformat};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::merge_notebooks;

use super::invariants::{check, merging_from_the_same_base_changes_nothing};
use super::lab::{
    Item, Part, cell, items, notebook, outputs_are_of_their_text, run, set_grading, untouched_is_the_courses,
};

const NAMES: [&str; 10] =
    ["tensor", "relu", "softmax", "layer", "loss", "grad", "sgd", "loader", "conv", "embed"];

/// The unit that the student works on: cells 16 to 19 are its text, question, test and code.
const AT: usize = 16;

pub(crate) fn forty_cells() -> Vec<Item> {
    let parts = [Part::Text, Part::Question, Part::Test, Part::Code];
    items(NAMES.iter().flat_map(|name| parts.map(|part| cell(part, name))).collect())
}

fn new(part: Part, name: &str) -> Item {
    Item { origin: None, touched: true, cell: cell(part, name) }
}

fn replace(item: &mut Item, from: &str, to: &str) {
    assert!(item.cell.source.contains(from), "{from}");
    item.cell.source = item.cell.source.replace(from, to);
    item.touched = true;
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

pub(crate) fn change(mut items: Vec<Item>, name: &str) -> Vec<Item> {
    match name {
        "markdown" => replace(&mut items[AT], "loss3", "loss3, corrected,"),
        "code" => replace(&mut items[AT + 3], "= 10", "= 12"),
        "test" => replace(&mut items[AT + 2], "== 4", "== 8"),
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

pub(crate) const SITUATIONS: [&str; 6] =
    ["answered", "scratch", "ids-dropped", "ids-new", "locked-touched", "solution-copied"];

pub(crate) fn situation(mut items: Vec<Item>, name: &str) -> Vec<Item> {
    let stub = "    # YOUR CODE HERE\n    raise NotImplementedError()";
    for at in [1, 5, AT + 1] {
        let answer = format!("    first{at} = x * x\n\n    return first{at}");
        replace(&mut items[at], stub, &answer);
    }
    match name {
        "scratch" => {
            for (at, text) in [
                (AT + 2, "scratch = loss(5)\nprint(scratch)"),
                (AT, "# reminder: ask about this"),
                (3, "dir()"),
            ] {
                items.insert(
                    at,
                    Item {
                        origin: None,
                        touched: true,
                        cell: Cell { id: Some(format!("own{at}")), ..Cell::new(CellKind::Code, text) },
                    },
                );
            }
        }
        "ids-dropped" => items.iter_mut().for_each(|item| item.cell.id = None),
        "ids-new" => {
            items.iter_mut().enumerate().for_each(|(at, item)| item.cell.id = Some(format!("{at:08x}")))
        }
        "locked-touched" => replace(&mut items[AT + 2], "loss(1) == 1", "loss(1) in (1, 2)"),
        "solution-copied" => {
            let mut copy = items[AT + 1].clone();
            copy.origin = None;
            copy.cell.id = Some("copied".into());
            copy.cell.source += "\nprint('copy')";
            items.insert(AT + 2, copy);
        }
        _ => {}
    }
    run(&mut items);
    items
}

#[test]
fn every_square_of_the_matrix_is_good() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/merge-matrix");
    let base = forty_cells();
    assert_eq!(base.len(), 40);
    let mut wrong = Vec::new();
    for change_name in CHANGES {
        for situation_name in SITUATIONS {
            let course = change(base.clone(), change_name);
            let student = situation(base.clone(), situation_name);
            let mut sides =
                Three { base: notebook(&base), student: notebook(&student), course: notebook(&course) };
            if situation_name == "ids-dropped" {
                sides.student.minor = 4;
            }
            let name = format!("{change_name}--{situation_name}");
            let case = folder.join(&name);
            fs::create_dir_all(&case).unwrap();
            for (side, notebook) in
                [("base", &sides.base), ("student", &sides.student), ("course", &sides.course)]
            {
                fs::write(case.join(format!("{side}.ipynb")), nbformat::write(notebook)).unwrap();
            }
            let merge = merge_notebooks(sides.as_ref());
            let offered = merge.report.offered().count();
            let all = check(sides.as_ref(), &merge)
                .and_then(|()| merging_from_the_same_base_changes_nothing(sides.as_ref(), &merge))
                .and_then(|()| outputs_are_of_their_text(&merge.notebook))
                .and_then(|()| untouched_is_the_courses(&student, &course, &merge.notebook))
                .and_then(|()| if offered == 0 { Ok(()) } else { Err(format!("{offered} cells offered")) })
                .and_then(|()| fixes_arrive(&base, &course, &merge.notebook.cells));
            if let Err(why) = all {
                wrong.push(format!("{name}: {why}"));
            }
            let answers =
                merge.notebook.cells.iter().filter(|cell| cell.source.contains("return first")).count();
            let copies = usize::from(situation_name == "solution-copied");
            if answers != 3 + copies {
                wrong.push(format!("{name}: {answers} answers"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every line that the course changed or added is in the result: nothing of it may hide behind what the student did.
fn fixes_arrive(base: &[Item], course: &[Item], merged: &[Cell]) -> Result<(), String> {
    let lines = |items: &[Item]| -> Vec<String> {
        items.iter().flat_map(|item| item.cell.source.lines()).map(str::to_owned).collect()
    };
    let old = lines(base);
    let there = |line: &String| merged.iter().any(|cell| cell.source.lines().any(|other| other == line));
    match lines(course).into_iter().find(|line| !old.contains(line) && !there(line)) {
        Some(line) => Err(format!("the course's line `{line}` did not arrive")),
        None => Ok(()),
    }
}
