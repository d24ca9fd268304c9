//! The files of the tree. Pure.
//!
//! - `source/UNIT/…`: what is in the unit's folder, its notebooks with their solutions and completed grading metadata;
//! - `package/…`: the package as it is when every unit is solved, so that a notebook finds the units before it;
//! - `nbgrader_config.py`, `README.md`.

use std::collections::BTreeMap;

use crate::compile::{File, Target, Unit};
use crate::id::{Mode, Role, UnitId, UnitKind};
use crate::notebook::export::export;
use crate::notebook::tiers::{self, Marking, Tier};
use crate::notebook::{CellKind, Notebook, assign_ids, grading, nbformat, percent};
use crate::path::WorkspacePath;

use super::assignment::Assignment;
use super::texts;

/// The tree, to be written.
pub struct Tree {
    /// Every file, by path.
    pub files: BTreeMap<WorkspacePath, Vec<u8>>,
    /// What can be graded, in course order.
    pub assignments: Vec<Assignment>,
}

/// The tree of a course that was compiled for instructors.
pub fn tree(target: &Target) -> Result<Tree, String> {
    let mut tree = Tree { files: package(target)?, assignments: Vec::new() };
    let taught = |unit: &&Unit| unit.mode == Mode::Do && unit.kind != UnitKind::Milestone;
    for unit in target.units.iter().filter(taught) {
        tree.unit(target, unit)?;
    }
    let texts = [
        ("nbgrader_config.py", texts::config(target)),
        ("README.md", texts::readme(target, &tree.assignments)),
    ];
    for (name, text) in texts {
        tree.files.insert(path(name)?, text.into_bytes());
    }
    Ok(tree)
}

fn path(text: &str) -> Result<WorkspacePath, String> {
    WorkspacePath::new(text).map_err(|error| error.to_string())
}

impl Tree {
    fn unit(&mut self, target: &Target, unit: &Unit) -> Result<(), String> {
        let Some(dir) = &unit.dir else { return Ok(()) };
        let (id, title) = (unit.id.clone(), unit.title.clone());
        let mut assignment = Assignment { id, title, notebooks: Vec::new(), points: 0.0 };
        let mut files = BTreeMap::new();
        for (at, file) in target.files.iter().filter(|(_, file)| file.unit.as_ref() == Some(&unit.id)) {
            let Some(rest) = at.below(dir) else { continue };
            match notebook(at, file, &unit.id)? {
                Some(notebook) => {
                    not_for_otter(at, &notebook)?;
                    let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
                    assignment.points += points(&notebook);
                    assignment.notebooks.push(format!("{stem}.ipynb"));
                    let place = path(&format!("source/{}/{stem}.ipynb", unit.id))?;
                    files.insert(place, nbformat::write(&for_nbgrader(notebook)));
                }
                None => {
                    files.insert(path(&format!("source/{}/{rest}", unit.id))?, file.content.to_vec());
                }
            }
        }
        if !assignment.notebooks.is_empty() {
            self.files.extend(files);
            self.assignments.push(assignment);
        }
        Ok(())
    }
}

/// nbgrader does not read otter-grader's markers: its students would get the solutions.
fn not_for_otter(at: &WorkspacePath, notebook: &Notebook) -> Result<(), String> {
    let given = tiers::apply(notebook, Tier::Student, &Marking::default()).notebook;
    match tiers::first_marker(&given) {
        Some(_) => Err(format!(
            "`{at}` is marked for otter-grader, and nbgrader would give its solutions to students"
        )),
        None => Ok(()),
    }
}

/// The notebook that a file of the course is, if it is one.
fn notebook(at: &WorkspacePath, file: &File, unit: &UnitId) -> Result<Option<Notebook>, String> {
    if file.role != Role::Work {
        return Ok(None);
    }
    match (at.extension(), std::str::from_utf8(&file.content)) {
        ("ipynb", _) => nbformat::read(&file.content).map(Some).map_err(|error| format!("`{at}`: {error}")),
        ("py", Ok(text)) if text.lines().any(|line| line.starts_with("# %%")) => {
            let mut notebook = percent::read(text, unit.as_str()).notebook;
            percent::forget_script(&mut notebook);
            Ok(Some(notebook))
        }
        _ => Ok(None),
    }
}

/// Grading metadata complete, ids in place, and regions that students keep no longer marked: nbgrader knows no roles, and would take
/// them away.
fn for_nbgrader(mut notebook: Notebook) -> Notebook {
    // What is wrong with it the compiler has said already.
    let _ = grading::complete(&mut notebook);
    for cell in notebook.cells.iter_mut().filter(|cell| cell.kind == CellKind::Code) {
        if let Some(source) = without_kept_markers(&cell.source) {
            cell.source = source;
        }
    }
    assign_ids(&mut notebook, "");
    notebook
}

/// The source without the markers of scaffold and challenge regions; none where nothing else is marked, because nbgrader replaces a
/// solution cell without regions as a whole: of such a cell students get a stub, and write what tito would have given them.
fn without_kept_markers(source: &str) -> Option<String> {
    let mut kept = Vec::new();
    let (mut inside, mut others) = (false, false);
    for line in source.split('\n') {
        if line.contains("BEGIN SOLUTION") {
            let given = line.contains("role=\"scaffold\"") || line.contains("role=\"challenge\"");
            inside = given;
            others |= !given;
            if given {
                continue;
            }
        } else if inside && line.contains("END SOLUTION") {
            inside = false;
            continue;
        }
        kept.push(line);
    }
    others.then(|| kept.join("\n"))
}

fn points(notebook: &Notebook) -> f64 {
    // A task is graded by hand, and its points count in the gradebook.
    let graded = notebook.cells.iter().filter(|cell| cell.flag("grade") || cell.flag("task"));
    graded.filter_map(|cell| cell.nbgrader()?.get("points")?.as_f64()).sum()
}

/// The package with every unit solved.
fn package(target: &Target) -> Result<BTreeMap<WorkspacePath, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let prefix = format!("{}/", target.package);
    for (at, file) in target.files.iter().filter(|(at, _)| at.as_str().starts_with(&prefix)) {
        files.insert(path(&format!("package/{at}"))?, file.content.to_vec());
    }
    for (at, file) in &target.files {
        let Some(unit) = &file.unit else { continue };
        let Some(notebook) = notebook(at, file, unit)? else { continue };
        let (module, _) = export(&notebook, &target.package, at.as_str());
        if let Some(module) = module {
            let place = path(&format!("package/{prefix}{}", module.path()))?;
            files.insert(place, module.text.into_bytes());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_have_points_as_in_the_gradebook() {
        let cell = |flags: &str| {
            let mut cell = crate::notebook::Cell::new(crate::notebook::CellKind::Markdown, "text");
            cell.metadata.insert("nbgrader".to_owned(), serde_json::from_str(flags).unwrap());
            cell
        };
        let cells = vec![
            cell(r#"{"grade": true, "solution": true, "points": 2}"#),
            cell(r#"{"grade": false, "task": true, "points": 6}"#),
            cell(r#"{"grade": false, "solution": true, "points": 9}"#),
        ];
        assert_eq!(points(&Notebook { cells, ..Notebook::default() }).to_string(), "8");
    }

    #[test]
    fn what_students_keep_is_not_marked_for_nbgrader() {
        let mixed = "a\n### BEGIN SOLUTION role=\"scaffold\"\nb\n### END SOLUTION\n### BEGIN SOLUTION\nc\n### END SOLUTION";
        let expected = "a\nb\n### BEGIN SOLUTION\nc\n### END SOLUTION";
        assert_eq!(without_kept_markers(mixed).as_deref(), Some(expected));
        let alone = "### BEGIN SOLUTION role=\"challenge\"\nb\n### END SOLUTION";
        assert_eq!(without_kept_markers(alone), None);
        assert_eq!(without_kept_markers("x = 1"), None);
    }
}
