//! The two releases of the base: every module that differs × 6 situations of a student who worked in 1.0.0, with the answers of its
//! instructors, run among the package that their own exported notebooks make.
//!
//! The triples are also written to `target/merge-releases/`, where `tests/merge/compare.py` measures other tools on them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;
use tito::notebook::{Cell, CellKind, Notebook, nbformat};

use super::lab::{Item, items};
use super::situations::{Work, situations};
use super::triple::{Triple, all_are_good};
use crate::releases::history::{copy, write_1_0_0};
use crate::tito::{root, tito};

/// Both releases as their students get them, and the first as its instructors have it, exported.
pub(crate) struct Workspaces {
    folder: TempDir,
}

impl Workspaces {
    pub(crate) fn compiled() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_1_0_0(&folder.path().join("base-1.0.0"));
        copy(&root().join("templates"), &folder.path().join("base-1.1.0"));
        for release in ["1.0.0", "1.1.0"] {
            let course =
                format!("course: {{id: nordlund/history}}\nbase: {{from: {{path: ./base-{release}}}}}\n");
            fs::write(folder.path().join(format!("{release}.yml")), course).unwrap();
        }
        for (release, tier) in [("1.0.0", "student"), ("1.1.0", "student"), ("1.0.0", "instructor")] {
            let (name, course) = (format!("{tier}-{release}"), format!("{release}.yml"));
            tito(folder.path(), &["init", &name, "--config", &course, "--tier", tier]).expect(0);
        }
        tito(&folder.path().join("instructor-1.0.0"), &["module", "export", "--all"]).expect(0);
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The notebooks of a workspace, by the identity of their module, each with its folder.
    fn notebooks(&self, workspace: &str) -> BTreeMap<String, (PathBuf, Notebook)> {
        let folders = fs::read_dir(self.folder().join(workspace).join("modules")).unwrap();
        let notebooks = folders.map(|entry| {
            let folder = entry.unwrap().path();
            let name = folder.file_name().unwrap().to_str().unwrap().split_once('_').unwrap().1.to_owned();
            let notebook = nbformat::read(&fs::read(folder.join(format!("{name}.ipynb"))).unwrap()).unwrap();
            (if name == "spatial" { "convolutions".to_owned() } else { name }, (folder, notebook))
        });
        notebooks.collect()
    }

    /// The merges of all modules that are in both releases and differ, or of those in `only`.
    pub(crate) fn triples(&self, only: &[&str]) -> Vec<Triple> {
        let (then, now) = (self.notebooks("student-1.0.0"), self.notebooks("student-1.1.0"));
        let solved = self.notebooks("instructor-1.0.0");
        let differing = then.iter().filter_map(|(name, (_, base))| {
            let wanted = only.is_empty() || only.contains(&name.as_str());
            let (_, course) = now.get(name).filter(|(_, course)| wanted && course != base)?;
            Some((name.as_str(), base, course, &solved[name]))
        });
        let differing: Vec<_> = differing.collect();
        let module = |&(name, base, course, (place, solved)): &(&str, _, _, &(PathBuf, _))| {
            module(name, base, course, solved, place)
        };
        differing.par_iter().flat_map(module).collect()
    }
}

/// The triples of one module.
fn module(name: &str, base: &Notebook, course: &Notebook, solved: &Notebook, place: &Path) -> Vec<Triple> {
    let grading = |notebook: &Notebook| -> Vec<_> {
        notebook.cells.iter().map(|cell| (cell.kind, cell.grade_id().map(str::to_owned))).collect()
    };
    assert!(grading(base) == grading(solved), "{name}: the tiers have other cells");
    let (old, mut new) = (items(base.cells.clone()), items(course.cells.clone()));
    let origins = origins(name, &base.cells, &course.cells);
    for (item, origin) in new.iter_mut().zip(origins) {
        item.origin = origin;
        item.touched = origin.is_some_and(|origin| item.cell.source != base.cells[origin].source);
    }
    let students = situations(base, &old, |_| work(&old, &new, solved), place);
    students.iter().map(|student| Triple::new(name, base, student, (&new, course))).collect()
}

/// Which cell of `base` each cell of `course` is; none if it came since. No cell went or moved: an exercise or a test is known by its
/// `grade_id`, any other cell by its kind and most of its lines.
fn origins(name: &str, base: &[Cell], course: &[Cell]) -> Vec<Option<usize>> {
    let alike = |old: &Cell, new: &Cell| match (old.grade_id(), new.grade_id()) {
        (None, None) => {
            let kept =
                old.source.lines().filter(|line| new.source.lines().any(|other| other == *line)).count();
            old.kind == new.kind && 2 * kept >= old.source.lines().count()
        }
        (old, new) => old == new,
    };
    let mut found = vec![None; course.len()];
    let mut next = 0;
    for (at, old) in base.iter().enumerate() {
        let later = course.iter().skip(next).position(|new| alike(old, new));
        next += later.unwrap_or_else(|| panic!("{name}: the course has no cell like\n{}", old.source));
        found[next] = Some(at);
        next += 1;
    }
    found
}

/// A student who has answered all exercises but the last, in the instructors' words, and looks closest at what the course will change.
fn work(base: &[Item], course: &[Item], solved: &Notebook) -> Work {
    let is = |item: &Item, flag: &str| item.cell.kind == CellKind::Code && item.cell.flag(flag);
    let mut answers: BTreeMap<_, _> =
        solved.cells.iter().map(answers).enumerate().filter(|(_, answers)| !answers.is_empty()).collect();
    let exercises: Vec<_> = answers.keys().copied().filter(|at| is(&base[*at], "solution")).collect();
    let (last, rest) = exercises.split_last().expect("exercises");
    answers.remove(last);
    assert!(answers.len() >= 3, "{answers:?}");
    let changed = |at: &usize| course.iter().any(|item| item.touched && item.origin == Some(*at));
    let question = rest.iter().copied().find(changed).unwrap_or(rest[0]);
    let tests: Vec<_> =
        (0..base.len()).filter(|at| is(&base[*at], "grade") && !is(&base[*at], "solution")).collect();
    let of_the_last = tests.iter().copied().find(|at| at > last).expect("a test of the last exercise");
    Work { answers, question, test: tests.iter().copied().find(changed).unwrap_or(of_the_last) }
}

/// The stubs that students find in this cell, and what is there in truth, below a remark of their own.
fn answers(solved: &Cell) -> Vec<(String, String)> {
    let lines: Vec<_> = solved.source.lines().collect();
    let (begins, ends) = ("BEGIN SOLUTION", "END SOLUTION");
    let regions = lines.iter().enumerate().filter(|(_, line)| line.contains(begins));
    let stripped = regions.filter(|(_, line)| !line.contains("scaffold") && !line.contains("challenge"));
    let name = solved.grade_id().unwrap_or_default();
    let answers = stripped.map(|(begin, line)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        let body: Vec<_> =
            lines[begin + 1..].iter().take_while(|line| !line.contains(ends)).copied().collect();
        let (stub, remark) = match solved.kind {
            CellKind::Code => {
                (format!("{indent}# YOUR CODE HERE\n{indent}raise NotImplementedError()"), "# ")
            }
            _ => ("YOUR ANSWER HERE".to_owned(), ""),
        };
        (stub, format!("{indent}{remark}what I found for {name}, {begin}\n{}", body.join("\n")))
    });
    answers.collect()
}

/// Modules of each part of the course.
const SOME: [&str; 5] = ["tensor", "autograd", "convolutions", "attention", "capstone"];

#[test]
fn some_modules_of_two_releases_merge_well() {
    let triples = Workspaces::compiled().triples(&SOME);
    assert_eq!(triples.len(), SOME.len() * 6);
    all_are_good("merge-some-releases", &triples);
}

#[test]
#[ignore = "minutes; tests/run runs it"]
fn every_module_of_two_releases_merges_well() {
    let triples = Workspaces::compiled().triples(&[]);
    // All modules: their numbers changed, if nothing else.
    assert_eq!(triples.len(), 20 * 6);
    all_are_good("merge-releases", &triples);
}
