//! The graded cells of a unit's notebooks, run as nbgrader runs them: the whole notebook in a fresh process, cell by cell, a cell that
//! fails does not stop the next, and a test counts as the course wrote it, whatever the student made of it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::notebook::{Cell, CellKind, Notebook};
use crate::path::WorkspacePath;
use crate::python::{Code, Dialect};

use super::python::Python;
use super::tests::{Choice, Failure};

/// What is run; it reads the cells from standard input.
const CODE: &str = include_str!("run_cells.py");

/// A cell that runs for longer is spoken of: a loop without an end looks like a program that hangs.
pub const PATIENCE: Duration = Duration::from_secs(10);

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
    pub number: usize,
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

/// Runs `cells` of the notebook at `path` of the workspace at `root`, in the notebook's folder, as Jupyter does. Of a cell that runs for longer than
/// [`PATIENCE`] it tells `slow`, once.
///
/// # Errors
/// When this Python cannot be started, or ends before it began.
pub fn run_notebook(
    python: &Python,
    root: &Path,
    path: &WorkspacePath,
    cells: &[Runnable],
    choice: Choice<'_>,
    slow: &mut dyn FnMut(&Runnable),
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
    let said = match child.stdout.take() {
        Some(stdout) => heard(stdout, PATIENCE, |said| next(cells, said).into_iter().for_each(&mut *slow)),
        None => Vec::new(),
    };
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

/// What the runner says, to its end. Each time that it says nothing for as long as `patience`, `silent` is told what it said before.
fn heard(
    stdout: impl Read + Send + 'static,
    patience: Duration,
    mut silent: impl FnMut(&[Said]),
) -> Vec<Said> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let said = lines.filter_map(|line| serde_json::from_str(&line).ok());
        said.map_while(|cell| sender.send(cell).ok()).for_each(drop);
    });
    let mut said: Vec<Said> = Vec::new();
    let mut wait = patience;
    loop {
        match receiver.recv_timeout(wait) {
            Ok(cell) => {
                said.push(cell);
                wait = patience;
            }
            Err(RecvTimeoutError::Timeout) => {
                silent(&said);
                wait = Duration::MAX;
            }
            Err(RecvTimeoutError::Disconnected) => return said,
        }
    }
}

/// The cell that runs, or the one that ended Python: the first of which the runner has said nothing.
fn next<'a>(cells: &'a [Runnable], said: &[Said]) -> Option<&'a Runnable> {
    cells.iter().find(|cell| !said.iter().any(|said| said.number == cell.number))
}

/// Lines that only IPython understands, or names that only it defines.
fn needs_ipython(source: &str) -> bool {
    let is_cell_magic = source.trim_start().starts_with("%%");
    is_cell_magic
        || source.contains("get_ipython(")
        || (!Code::of(source, Dialect::Python).is_valid() && Code::of(source, Dialect::IPython).is_valid())
}

fn failures(path: &WorkspacePath, cells: &[Runnable], said: &[Said], first: bool) -> Vec<Failure> {
    let ended = next(cells, said);
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

    /// Lines that come, each with a wait before it.
    struct Slow(Vec<(u64, &'static str)>);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let (wait, line) = self.0.remove(0);
            thread::sleep(Duration::from_millis(wait));
            into[..line.len()].copy_from_slice(line.as_bytes());
            Ok(line.len())
        }
    }

    #[test]
    fn a_long_silence_is_noticed_once_for_each_cell() {
        let one = "{\"number\": 1, \"ok\": true, \"why\": \"\", \"trace\": \"\", \"value\": null}\n";
        let two = "{\"number\": 2, \"ok\": false, \"why\": \"w\", \"trace\": \"\", \"value\": 1}\n";
        let mut silences = Vec::new();
        let said = heard(Slow(vec![(0, one), (400, two)]), Duration::from_millis(100), |said| {
            silences.push(said.len());
        });
        assert_eq!(
            said.iter().map(|cell| (cell.number, cell.ok)).collect::<Vec<_>>(),
            [(1, true), (2, false)]
        );
        assert_eq!(silences, [1]);
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
