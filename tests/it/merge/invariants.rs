//! What must hold of every merge, whatever it merges.

use std::collections::{BTreeMap, BTreeSet};

use tito::notebook::{Cell, Notebook};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::{NotebookMerge, merge_notebooks};

/// Checks all of them; the sentence says what is broken.
pub(crate) fn check(sides: Three<&Notebook>, merge: &NotebookMerge) -> Result<(), String> {
    lines_survive(sides, merge)?;
    ids_are_good(&merge.notebook)?;
    grade_ids_are_the_courses(sides.course, &merge.notebook)?;
    no_new_markers(sides, &merge.notebook)?;
    merging_again_changes_nothing(sides, merge)?;
    let again = merge_notebooks(Three { student: &merge.notebook, ..sides });
    lines_survive(Three { student: &merge.notebook, ..sides }, &again)
}

fn lines(cells: &[Cell]) -> BTreeSet<String> {
    cells.iter().flat_map(|cell| cell.source.lines()).map(|line| line.trim_end().to_owned()).collect()
}

/// Every line of the student's that the base does not have is in the result, or in a text that the report says was set aside.
fn lines_survive(sides: Three<&Notebook>, merge: &NotebookMerge) -> Result<(), String> {
    let mut there = lines(&merge.notebook.cells);
    for aside in merge.report.set_aside() {
        there.extend(
            aside.student.iter().flat_map(|text| text.lines()).map(|line| line.trim_end().to_owned()),
        );
    }
    let old = lines(&sides.base.cells);
    let gone = |line: &&String| !line.is_empty() && !there.contains(*line);
    match lines(&sides.student.cells).difference(&old).find(gone) {
        Some(line) => Err(format!("the student's line `{line}` is gone")),
        None => Ok(()),
    }
}

fn ids_are_good(notebook: &Notebook) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for cell in &notebook.cells {
        let id = cell.id.as_deref().ok_or("a cell has no id")?;
        if !seen.insert(id) {
            return Err(format!("the id {id} is there twice"));
        }
    }
    Ok(())
}

fn grade_ids(notebook: &Notebook) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for id in notebook.cells.iter().filter_map(Cell::grade_id) {
        *counts.entry(id).or_default() += 1;
    }
    counts
}

fn grade_ids_are_the_courses(course: &Notebook, merged: &Notebook) -> Result<(), String> {
    let (course, merged) = (grade_ids(course), grade_ids(merged));
    if course == merged { Ok(()) } else { Err(format!("grade_ids: course {course:?}, merged {merged:?}")) }
}

fn no_new_markers(sides: Three<&Notebook>, merged: &Notebook) -> Result<(), String> {
    let count = |notebook: &Notebook| {
        notebook
            .cells
            .iter()
            .flat_map(|cell| cell.source.lines())
            .filter(|line| line.starts_with("<<<<<<<"))
            .count()
    };
    if count(merged) <= count(sides.student) + count(sides.course) {
        Ok(())
    } else {
        Err("a conflict marker".into())
    }
}

/// Once merged, the result is what the student has and the course what tito wrote last: another merge changes nothing.
fn merging_again_changes_nothing(sides: Three<&Notebook>, merge: &NotebookMerge) -> Result<(), String> {
    let again = merge_notebooks(Three { base: sides.course, student: &merge.notebook, course: sides.course })
        .notebook;
    if again == merge.notebook { Ok(()) } else { Err(first_difference(&merge.notebook, &again)) }
}

/// As when an update is run again that was interrupted before it noted what it wrote. (Not for notebooks at random: of an
/// untouched question and its copy, the second merge may take the other for the copy.)
pub(crate) fn merging_from_the_same_base_changes_nothing(
    sides: Three<&Notebook>,
    merge: &NotebookMerge,
) -> Result<(), String> {
    let mut again = merge_notebooks(Three { student: &merge.notebook, ..sides }).notebook;
    let mut once = merge.notebook.clone();
    // Which of several blank cells is which, no one can tell.
    for notebook in [&mut once, &mut again] {
        notebook.cells.retain(|cell| !cell.source.trim().is_empty());
    }
    if again == once {
        Ok(())
    } else {
        Err(format!("from the same base, {}", first_difference(&once, &again)))
    }
}

fn first_difference(once: &Notebook, twice: &Notebook) -> String {
    let pairs = once.cells.iter().zip(&twice.cells).enumerate();
    match pairs.into_iter().find(|(_, (a, b))| a != b) {
        Some((at, (a, b))) => format!("merged again, cell {at} becomes {b:?} instead of {a:?}"),
        None => format!("merged again: {} cells instead of {}", twice.cells.len(), once.cells.len()),
    }
}
