//! Real nbgrader on a tree of its own: releases assignments, takes submissions, grades them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ::tito::notebook::{Notebook, nbformat};
use serde_json::Value;

use crate::judges::judge;

/// What one notebook of one student got.
pub(crate) struct Sheet {
    pub(crate) assignment: String,
    pub(crate) student: String,
    pub(crate) notebook: String,
    /// By the tests: the points that each gave, and the points that it can give.
    pub(crate) tests: BTreeMap<String, (f64, f64)>,
    /// The points that a person gives.
    pub(crate) by_hand: f64,
}

impl Sheet {
    /// The sum of what the tests gave, and of what they can give.
    pub(crate) fn sum(&self) -> (f64, f64) {
        self.tests.values().fold((0.0, 0.0), |(score, points), test| (score + test.0, points + test.1))
    }
}

fn loops(what: &str, tree: &Path, assignments: &[&str]) -> String {
    let mut arguments = vec![Path::new(what), tree];
    arguments.extend(assignments.iter().map(Path::new));
    judge("nbgrader_loop.py", &arguments)
}

/// Makes `release/` of `source/`.
pub(crate) fn release(tree: &Path, assignments: &[&str]) {
    assert_eq!(loops("release", tree, assignments), "");
}

/// What `nbgrader validate` tells the student whose notebook this is.
pub(crate) fn validate(tree: &Path, notebook: &str) -> String {
    loops("validate", tree, &[notebook]).trim_end().to_owned()
}

/// Writes the pages of feedback.
pub(crate) fn feedback(tree: &Path, assignments: &[&str]) {
    assert_eq!(loops("feedback", tree, assignments), "");
}

/// Writes a notebook into the tree: `at` is such as `source/lab` or `submitted/ann/lab`.
pub(crate) fn put(tree: &Path, at: &str, name: &str, notebook: &Notebook) {
    fs::create_dir_all(tree.join(at)).unwrap();
    fs::write(tree.join(at).join(format!("{name}.ipynb")), nbformat::write(notebook)).unwrap();
}

/// Grades everything that was handed in, in the order of students and notebooks.
pub(crate) fn grade(tree: &Path, assignments: &[&str]) -> Vec<Sheet> {
    let said: Value = serde_json::from_str(&loops("grade", tree, assignments)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let points = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("no points: {value}"));
    let sheets = said.as_array().unwrap().iter().map(|sheet| {
        let grades = sheet["grades"].as_array().unwrap();
        let (by_hand, tests): (Vec<_>, Vec<_>) = grades.iter().partition(|grade| grade["by_hand"] == true);
        Sheet {
            assignment: text(&sheet["assignment"]),
            student: text(&sheet["student"]),
            notebook: text(&sheet["notebook"]),
            tests: tests
                .into_iter()
                .map(|grade| (text(&grade["cell"]), (points(&grade["score"]), points(&grade["points"]))))
                .collect(),
            by_hand: by_hand.into_iter().map(|grade| points(&grade["points"])).sum(),
        }
    });
    sheets.collect()
}
