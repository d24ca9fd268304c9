//! Merged notebooks before real nbgrader: each gets exactly the points that it deserves.

use std::collections::BTreeMap;
use std::fs;

use tito::notebook::{Cell, Notebook, nbformat};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::merge_notebooks;

use super::lab::{self, Item, Part, cell, items, replace};
use super::matrix::{ANSWERED, CHANGES, matrix};
use super::releases::Workspaces;
use super::situations::STUB;
use crate::gradebook::{Sheet, grade, put, release};
use crate::tito::tito;

/// The notebook as its instructor has it: with the solutions.
fn solved(mut notebook: Notebook) -> Notebook {
    let region = "    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION";
    for cell in &mut notebook.cells {
        cell.source = cell.source.replace(STUB, region);
    }
    notebook
}

/// The student answered, copied the answer to play with it, and weakened a test; the course fixed that test and the hint. Both versions are
/// as nbgrader released them, with its checksums.
#[test]
fn a_merged_release_gets_the_points_that_it_deserves() {
    let folder = tempfile::tempdir().unwrap();
    let released = |version: &str, lab: &[Item]| {
        let tree = folder.path().join(version);
        put(&tree, "source/ps1", "p", &solved(lab::notebook(lab)));
        release(&tree, &["ps1"]);
        nbformat::read(&fs::read(tree.join("release/ps1/p.ipynb")).unwrap()).unwrap()
    };
    let parts = [Part::Text, Part::Question, Part::Test];
    let mut lab = items(parts.map(|part| cell(part, "relu")).into());
    let base = released("v1", &lab);
    replace(&mut lab[1], "# hint", "# better hint");
    replace(&mut lab[2], "relu(2) == 4", "relu(3) == 9");
    let course = released("v2", &lab);
    let mut student = base.clone();
    student.cells[1].source = student.cells[1].source.replace(STUB, "    square = x * x\n    return square");
    let copy = Cell { id: Some("copied".into()), ..student.cells[1].clone() };
    student.cells.insert(2, copy);
    student.cells[2].source += "\nprint(relu(5))";
    student.cells[3].source = "assert True".into();
    let merge = merge_notebooks(Three { base: &base, student: &student, course: &course });
    assert_eq!(merge.report.summary(), "1 cell yours, 1 cell fixed, 1 cell kept aside, 1 cell kept ungraded");
    let tree = folder.path().join("v2");
    put(&tree, "submitted/ann/ps1", "p", &merge.notebook);
    let sheets = grade(&tree, &["ps1"]);
    assert_eq!(sheets.iter().map(Sheet::sum).collect::<Vec<_>>(), [(1.0, 1.0)]);
}

/// The whole matrix: one assignment with a notebook for each change of the course, handed in by a student of each situation.
#[test]
#[ignore = "minutes; tests/run runs it"]
fn every_square_of_the_matrix_gets_the_points_that_it_deserves() {
    let folder = tempfile::tempdir().unwrap();
    let (tree, triples) = (folder.path(), matrix());
    for triple in &triples {
        put(tree, "source/lab", &triple.change, &solved(triple.sides.course.clone()));
        let handed_in = format!("submitted/{}/lab", triple.situation);
        put(tree, &handed_in, &triple.change, &triple.merge().unwrap().notebook);
    }
    release(tree, &["lab"]);
    let sheets = grade(tree, &["lab"]);
    assert_eq!((sheets.len(), CHANGES.len()), (78, 13));
    for triple in &triples {
        let is = |sheet: &&Sheet| sheet.notebook == triple.change && sheet.student == triple.situation;
        let sheet = sheets.iter().find(is).expect("graded");
        let tests = triple.sides.course.cells.iter().filter(|cell| cell.flag("grade"));
        let deserved = tests.map(|test| {
            let id = test.grade_id().unwrap();
            let points = test.nbgrader().unwrap()["points"].as_f64().unwrap();
            let answered = ANSWERED.iter().any(|(_, name)| id == format!("test-{name}"));
            // Who made the test easier got the answer wrong: the course's test counts.
            let wrong = triple.situation == "locked-touched" && id == "test-loss";
            (id.to_owned(), (if answered && !wrong { points } else { 0.0 }, points))
        });
        assert_eq!(sheet.tests, deserved.collect::<BTreeMap<_, _>>(), "{}", triple.name());
    }
}

/// Modules that the releases differ in by more than their number, and the tests that give no points: of the exercise that the student left
/// open, and of the module as a whole, which needs it. In the last module also those that TT-001 is about, and all that attend with a cache:
/// the student's answer is that of 1.0.0, with its fault, and the course's tests notice it now.
const MODULES: [(&str, &[&str]); 4] = [
    ("activations", &["test-activations-integration", "test-activations-log-softmax"]),
    ("convolutions", &["test-convolutions-batch-norm-layer", "test-convolutions-integration"]),
    ("attention", &["test-attention-integration", "test-attention-multi-head"]),
    (
        "memoization",
        &[
            "test-memoization-attend",
            "test-memoization-forward",
            "test-memoization-generate",
            "test-memoization-work",
        ],
    ),
];

/// Tests of challenges, which give no points.
const OF_CHALLENGES: [&str; 2] = ["test-attention-blocks", "test-memoization-speculative"];

/// Answers that were right get all points in the new release, what was left open none, a test that was made easier counts for nothing.
#[test]
#[ignore = "minutes; tests/run runs it"]
fn merged_modules_get_the_points_that_they_deserve() {
    let workspaces = Workspaces::compiled();
    tito(workspaces.folder(), &["nbgrader", "tree", "--config", "1.1.0.yml"]).expect(0);
    let tree = workspaces.folder().join("tree");
    let units = MODULES.map(|(unit, _)| unit);
    release(&tree, &units);
    for triple in workspaces.triples(&units) {
        let handed_in = format!("submitted/{}/{}", triple.situation, triple.change);
        put(&tree, &handed_in, &triple.change, &triple.merge().unwrap().notebook);
    }
    let sheets = grade(&tree, &units);
    assert_eq!(sheets.len(), 6 * MODULES.len());
    let wrong: Vec<_> = sheets.iter().filter_map(undeserved).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tests that gave other points than they should have.
fn undeserved(sheet: &Sheet) -> Option<String> {
    let (_, without) = MODULES.iter().find(|(unit, _)| *unit == sheet.assignment)?;
    let right = |(id, (score, points)): &(&String, &(f64, f64))| {
        let none = without.contains(&id.as_str());
        let counts = *points > 0.0 || OF_CHALLENGES.contains(&id.as_str());
        *score == if none { 0.0 } else { *points } && counts
    };
    let wrong: Vec<_> = sheet.tests.iter().filter(|test| !right(test)).collect();
    let there = without.iter().all(|id| sheet.tests.contains_key(*id));
    (!wrong.is_empty() || !there).then(|| format!("{} of {}: {wrong:?}", sheet.notebook, sheet.student))
}
