//! The graded cells of a unit's notebooks, run as nbgrader runs them: the whole notebook in a fresh process, cell by cell, a cell that
//! fails does not stop the next, and a test counts as the course wrote it, whatever the student made of it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::notebook::{Cell, CellKind, Notebook};
use crate::path::WorkspacePath;
use crate::python::{Code, Dialect};

use super::python::Python;
use super::tests::{Choice, Failure};

/// What is run; it reads the cells from standard input.
const CODE: &str = include_str!("run_cells.py");

/// What the graded cells of a unit said.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Graded {
    /// How many were looked at.
    pub total: usize,
    /// Those that failed, in order.
    pub failed: Vec<Failure>,
    /// Tests that the student changed: the course's text was run in their place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Exercises, and how many of them are as the course gave them.
    pub exercises: usize,
    /// See `exercises`.
    pub open: usize,
    /// Graded cells in another language than Python, which no one ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_run: Option<String>,
}

/// A code cell, as the runner takes it.
#[derive(Clone, Debug, Serialize)]
pub struct Runnable {
    /// Its number in the notebook, from 1.
    number: usize,
    source: String,
    /// A test that the student is graded by.
    graded: bool,
    #[serde(skip)]
    name: String,
    /// What the test is worth.
    #[serde(skip)]
    points: Option<f64>,
}

impl Runnable {
    /// Is it a test that the student is graded by?
    pub fn is_graded(&self) -> bool {
        self.graded
    }
}

/// What the runner says of a cell.
#[derive(Debug, Deserialize)]
struct Said {
    number: usize,
    ok: bool,
    why: String,
    trace: String,
    /// The number that a graded cell ends with: nbgrader takes it for the points.
    value: Option<f64>,
}

impl Graded {
    /// Counts the exercises of a notebook, and those that are as the course gave them.
    pub fn count(&mut self, students: &Notebook, courses: &Notebook) {
        for exercise in courses.cells.iter().filter(|cell| cell.flag("solution")) {
            let id = exercise.grade_id();
            let answer = students.cells.iter().find(|cell| id.is_some() && cell.grade_id() == id);
            self.exercises += 1;
            self.open += usize::from(answer.is_some_and(|answer| answer.source == exercise.source));
        }
    }
}

/// The code cells of the student's notebook, its tests as the course wrote them; tests that are missing come last.
pub fn runnable(
    students: &Notebook,
    courses: &Notebook,
    only: Option<&str>,
    graded: &mut Graded,
) -> Vec<Runnable> {
    let is_test = |cell: &&Cell| cell.kind == CellKind::Code && cell.flag("grade") && !cell.flag("solution");
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    let mut tests: Vec<&Cell> = courses.cells.iter().filter(is_test).collect();
    let mut cells = Vec::new();
    for (at, cell) in students.cells.iter().enumerate().filter(|(_, cell)| cell.kind == CellKind::Code) {
        let id = cell.grade_id();
        let test =
            tests.iter().position(|test| id.is_some() && test.grade_id() == id).map(|at| tests.remove(at));
        let name = id.unwrap_or_default().to_owned();
        if test.is_some_and(|test| test.source.trim_end() != cell.source.trim_end()) {
            graded.changed.push(name.clone());
        }
        let source = test.unwrap_or(cell).source.clone();
        let (graded, points) = (test.is_some() && wanted(&name), test.and_then(points));
        cells.push(Runnable { number: at + 1, source, graded, name, points });
    }
    let behind = students.cells.len();
    cells.extend(tests.into_iter().zip(behind + 1..).map(|(test, number)| {
        let name = test.grade_id().unwrap_or_default().to_owned();
        Runnable { number, source: test.source.clone(), graded: wanted(&name), name, points: points(test) }
    }));
    cells
}

fn points(cell: &Cell) -> Option<f64> {
    cell.nbgrader()?.get("points")?.as_f64()
}

/// The language of a notebook that is not Python's.
pub fn other_language(notebook: &Notebook) -> Option<String> {
    let word = |key: &str, name: &str| notebook.metadata.get(key)?.get(name)?.as_str();
    let language = word("kernelspec", "language").or_else(|| word("language_info", "name"))?;
    (!language.to_lowercase().contains("python")).then(|| language.to_owned())
}

/// What running one notebook came to.
pub struct Ran {
    /// Tests that failed.
    pub failed: Vec<Failure>,
    /// The numbers of all cells that failed, and what Python said of each.
    pub traces: Vec<(usize, String)>,
}

/// Runs `cells` of the notebook at `path` of the workspace at `root`, in the notebook's folder, as Jupyter does.
///
/// # Errors
/// When this Python cannot be started, or ends before it began.
pub fn run_notebook(
    python: &Python,
    root: &Path,
    path: &WorkspacePath,
    cells: &[Runnable],
    choice: Choice<'_>,
) -> io::Result<Ran> {
    let folder = path.parent().map_or_else(|| root.to_owned(), |folder| root.join(folder.as_str()));
    let magics = cells.iter().any(|cell| needs_ipython(&cell.source));
    let job = json!({"root": root, "magics": magics, "verbose": choice.verbose, "first": choice.first, "cells": cells});
    let mut command = python.command(root);
    command.current_dir(folder).args(["-c", CODE]).stdin(Stdio::piped()).stdout(Stdio::piped());
    // Only a Python that cannot begin writes there, and a student who asked to see all.
    let stderr = if choice.verbose { Stdio::inherit() } else { Stdio::piped() };
    let mut child = command.stderr(stderr).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A Python that ends before it has read all says why in its own words.
        let _ = stdin.write_all(job.to_string().as_bytes());
    }
    let mut said = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            said.extend(serde_json::from_str::<Said>(&line).ok());
        }
    }
    let mut words = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut words);
    }
    let status = child.wait()?;
    if said.is_empty() && !status.success() {
        return Err(io::Error::other(words.lines().last().unwrap_or("it ended early").to_owned()));
    }
    let failed = failures(path, cells, &said, choice.first);
    let traces = said.into_iter().filter(|cell| !cell.ok).map(|cell| (cell.number, cell.trace)).collect();
    Ok(Ran { failed, traces })
}

/// Lines that only IPython understands, or names that only it defines.
fn needs_ipython(source: &str) -> bool {
    let is_cell_magic = source.trim_start().starts_with("%%");
    is_cell_magic
        || source.contains("get_ipython(")
        || (!Code::of(source, Dialect::Python).is_valid() && Code::of(source, Dialect::IPython).is_valid())
}

fn failures(path: &WorkspacePath, cells: &[Runnable], said: &[Said], first: bool) -> Vec<Failure> {
    let ended = cells.iter().find(|cell| !said.iter().any(|said| said.number == cell.number));
    let mut failures: Vec<Failure> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.graded) {
        let why = match said.iter().find(|said| said.number == cell.number) {
            Some(said) if said.ok => match said.value.zip(cell.points).filter(|(value, of)| value < of) {
                Some((value, of)) => format!("it gives {value} of {of} points"),
                None => continue,
            },
            Some(said) => said.why.clone(),
            None if first && !failures.is_empty() => continue,
            None => {
                let number = ended.map_or(cell.number, |cell| cell.number);
                format!("not run: Python ended in cell {number}")
            }
        };
        failures.push(Failure {
            name: cell.name.clone(),
            why,
            place: Some(format!("cell {} of {path}", cell.number)),
        });
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(id: &str, source: &str) -> Cell {
        let mut cell = Cell::new(CellKind::Code, source);
        cell.metadata.insert(
            "nbgrader".to_owned(),
            json!({"grade": true, "grade_id": id, "locked": true, "points": 1}),
        );
        cell
    }

    fn notebook(cells: Vec<Cell>) -> Notebook {
        Notebook { cells, minor: 5, ..Notebook::default() }
    }

    #[test]
    fn tests_count_as_the_course_wrote_them() {
        let students = notebook(vec![
            Cell::new(CellKind::Markdown, "text"),
            Cell::new(CellKind::Code, "x = 1"),
            test("a", "assert True"),
            test("b", "assert x == 1  "),
        ]);
        let courses =
            notebook(vec![test("b", "assert x == 1"), test("a", "assert x == 2"), test("c", "assert y")]);
        let mut graded = Graded::default();
        let cells = runnable(&students, &courses, None, &mut graded);
        let shown: Vec<_> =
            cells.iter().map(|cell| (cell.number, cell.source.as_str(), cell.graded)).collect();
        assert_eq!(
            shown,
            [
                (2, "x = 1", false),
                (3, "assert x == 2", true),
                (4, "assert x == 1", true),
                (5, "assert y", true)
            ]
        );
        assert_eq!(graded.changed, ["a"]);
        let only = runnable(&students, &courses, Some("b"), &mut Graded::default());
        let chosen: Vec<_> = only.iter().filter(|cell| cell.graded).map(|cell| cell.name.as_str()).collect();
        assert_eq!(chosen, ["b"]);
    }

    #[test]
    fn a_process_that_ended_early_fails_what_it_did_not_run() {
        let path = WorkspacePath::new("a/n.ipynb").unwrap();
        let cell = |number, name: &str, graded| Runnable {
            number,
            source: String::new(),
            graded,
            name: name.to_owned(),
            points: None,
        };
        let cells = [cell(1, "t", true), cell(2, "", false), cell(3, "u", true)];
        let said = [Said { number: 1, ok: true, why: String::new(), trace: String::new(), value: None }];
        let found = failures(&path, &cells, &said, false);
        let [failure] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((failure.name.as_str(), failure.why.as_str()), ("u", "not run: Python ended in cell 2"));
        assert_eq!(failure.place.as_deref(), Some("cell 3 of a/n.ipynb"));
    }
}
