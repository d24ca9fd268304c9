//! Which grading metadata of a notebook's cells a rule can fix.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::diagnostic::Code;
use crate::digest::Digest;
use crate::notebook::tiers::{self, Marking, Tier};
use crate::notebook::{Cell, CellKind, Notebook, Place, Problem};

/// New grading metadata of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Graded {
    /// The index of the cell.
    pub(super) cell: usize,
    /// The entries of `nbgrader` that change, in their order.
    pub(super) entries: Vec<(&'static str, Value)>,
    /// Why, for each rule.
    pub(super) why: Vec<&'static str>,
}

/// What can be fixed in `notebook`, whose solutions are marked as `marking` says, in the order of its cells.
pub(super) fn fixable(notebook: &Notebook, marking: &Marking) -> Vec<Graded> {
    let mut used: BTreeSet<String> =
        notebook.cells.iter().filter_map(grade_id).map(ToOwned::to_owned).collect();
    let problems = tiers::apply(notebook, Tier::Student, marking).problems;
    let mut all = Vec::new();
    for (at, cell) in notebook.cells.iter().enumerate() {
        let mut fixed = Graded { cell: at, entries: Vec::new(), why: Vec::new() };
        for problem in problems.iter().filter(|problem| cell_of(problem) == Some(at)) {
            fix(problem, cell, &mut fixed);
        }
        if fixed.entries.is_empty()
            && !problems
                .iter()
                .any(|problem| cell_of(problem) == Some(at) && problem.code == Code::MissingGradeId)
        {
            continue;
        }
        complete(cell, &mut used, &mut fixed);
        all.push(fixed);
    }
    all
}

fn cell_of(problem: &Problem) -> Option<usize> {
    match problem.place {
        Place::Cell { cell, .. } | Place::Columns { cell, .. } => Some(cell),
        Place::Line(_) | Place::Whole => None,
    }
}

fn grade_id(cell: &Cell) -> Option<&str> {
    cell.nbgrader()?.get("grade_id")?.as_str().filter(|id| !id.is_empty())
}

/// What fixes `problem`.
fn fix(problem: &Problem, cell: &Cell, fixed: &mut Graded) {
    let line = match problem.place {
        Place::Cell { line: Some(line), .. } => cell.source.split('\n').nth(line).unwrap_or_default(),
        _ => "",
    };
    match problem.code {
        // Nothing of it is an answer, so that students may have all of it.
        Code::WipedExport if tiers::has_no_answer(&cell.source) => {
            fixed.set("solution", json!(false));
            fixed.why.push("students need this code, and there is no answer in it");
        }
        Code::MissingPoints => {
            fixed.set("points", json!(1));
            fixed.why.push("a graded cell needs points: is it 1?");
        }
        Code::MisplacedRegion if line.contains("BEGIN SOLUTION") => {
            fixed.set("solution", json!(true));
            fixed.why.push("the cell has a solution region");
        }
        Code::MisplacedRegion if line.contains("BEGIN HIDDEN TESTS") && cell.kind == CellKind::Code => {
            fixed.set("grade", json!(true));
            fixed.set("locked", json!(true));
            fixed.why.push("the cell has a region of hidden tests: is it worth 1 point?");
        }
        Code::MarkdownGrading if cell.flag("solution") && !cell.flag("grade") => {
            fixed.set("grade", json!(true));
            fixed.why.push("an answer in words is graded by hand: is it worth 1 point?");
        }
        _ => {}
    }
}

impl Graded {
    fn set(&mut self, key: &'static str, value: Value) {
        self.entries.retain(|(other, _)| *other != key);
        self.entries.push((key, value));
    }

    fn flag(&self, key: &str, cell: &Cell) -> bool {
        let set = self.entries.iter().find(|(other, _)| *other == key);
        set.map_or_else(|| cell.flag(key), |(_, value)| value == &Value::Bool(true))
    }
}

/// Adds what the flags that `fixed` sets need: a grade_id, points; all of nbgrader's keys where there were none.
fn complete(cell: &Cell, used: &mut BTreeSet<String>, fixed: &mut Graded) {
    if cell.kind == CellKind::Markdown && fixed.flag("solution", cell) && !fixed.flag("grade", cell) {
        fixed.set("grade", json!(true));
    }
    let has = |key: &str| cell.nbgrader().is_some_and(|grading| grading.contains_key(key));
    if fixed.flag("grade", cell) && !has("points") {
        fixed.set("points", json!(1));
    }
    if grade_id(cell).is_none() {
        let id = new_id(cell, used);
        used.insert(id.clone());
        fixed.set("grade_id", id.into());
        if cell.nbgrader().is_some() {
            fixed.why.push("a cell with a grading flag needs a grade_id");
        }
    }
    if cell.nbgrader().is_none() {
        for key in ["grade", "locked", "solution", "task"] {
            let value = fixed.flag(key, cell);
            fixed.set(key, json!(value));
        }
        fixed.set("schema_version", json!(3));
    }
    fixed.entries.sort_by_key(|(key, _)| *key);
}

/// An id that the notebook does not have: of what the cell defines, else of its text.
fn new_id(cell: &Cell, used: &BTreeSet<String>) -> String {
    let defined = cell.source.lines().find_map(|line| {
        let name = line.strip_prefix("def ").or_else(|| line.strip_prefix("class "))?;
        name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())
    });
    let base = match defined {
        Some(name) => name.replace('_', "-").to_lowercase(),
        None => format!("cell-{}", Digest::of(cell.source.as_bytes()).short()),
    };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|id| !used.contains(id)).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: CellKind, source: &str, grading: Option<Value>) -> Cell {
        let mut cell = Cell::new(kind, source);
        cell.metadata.extend(grading.map(|grading| ("nbgrader".to_owned(), grading)));
        cell
    }

    fn said(cells: Vec<Cell>) -> Vec<(usize, Value)> {
        let notebook = Notebook { minor: 5, cells, ..Notebook::default() };
        let all = fixable(&notebook, &Marking::default()).into_iter();
        all.map(|fixed| {
            let entries = fixed.entries.into_iter().map(|(key, value)| (key.to_owned(), value));
            (fixed.cell, Value::Object(entries.collect()))
        })
        .collect()
    }

    #[test]
    fn what_rules_can_fix() {
        use CellKind::{Code as Run, Markdown};
        let region = "def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION";
        for (cell, expected) in [
            (
                cell(Run, "#| export\nimport os", Some(json!({"grade_id": "a", "solution": true}))),
                json!({"solution": false}),
            ),
            (cell(Run, "assert x", Some(json!({"grade_id": "a", "grade": true}))), json!({"points": 1})),
            (cell(Run, "assert x", Some(json!({"locked": true}))), json!({"grade_id": "cell-"})),
            (
                cell(Run, region, None),
                json!({"grade": false, "grade_id": "add", "locked": false, "schema_version": 3, "solution": true, "task": false}),
            ),
            (
                cell(Run, region, Some(json!({"grade_id": "add", "solution": false}))),
                json!({"solution": true}),
            ),
            (
                cell(Markdown, "Why?", Some(json!({"grade_id": "why", "solution": true}))),
                json!({"grade": true, "points": 1}),
            ),
        ] {
            let mut found = said(vec![cell]);
            let (_, entries) = &mut found[0];
            if let Some(id) = entries["grade_id"].as_str().filter(|id| id.starts_with("cell-")) {
                assert_eq!(id.len(), 5 + Digest::of(b"").short().len());
                entries["grade_id"] = "cell-".into();
            }
            assert_eq!(found, [(0, expected)]);
        }
    }

    #[test]
    fn answers_and_choices_stay() {
        let solution = || Some(json!({"grade_id": "a", "solution": true}));
        for source in
            ["import os\nx = answer()", "#| export\ndef f():\n    return 1", "# YOUR CODE HERE", "x = 1"]
        {
            assert_eq!(said(vec![cell(CellKind::Code, source, solution())]), [], "{source}");
        }
        let twice = || cell(CellKind::Code, "x", Some(json!({"grade_id": "a", "locked": true})));
        assert_eq!(said(vec![twice(), twice()]), [], "gradebooks know cells by their ids");
    }

    #[test]
    fn ids_are_used_once() {
        let region = "def add():\n    ### BEGIN SOLUTION\n    1\n    ### END SOLUTION";
        let taken = cell(CellKind::Code, "assert x", Some(json!({"grade_id": "add", "locked": true})));
        let found = said(vec![taken, cell(CellKind::Code, region, None)]);
        assert_eq!(found[0].1["grade_id"], "add-2");
    }
}
