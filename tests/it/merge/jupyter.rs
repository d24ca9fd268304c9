//! Jupyter's own code as the judge: merged notebooks are valid, and a student's notebook that was really run merges as well.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tito::notebook::{Cell, CellKind, Notebook, nbformat};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::merge_notebooks;

use super::cases::cases;
use super::invariants::check;
use super::properties::samples;
use crate::judges::judge;

#[track_caller]
fn jupyter(what: &str, folder: &Path) {
    assert_eq!(judge("merge_jupyter.py", &[Path::new(what), folder]), "");
}

fn save(folder: &Path, name: &str, notebook: &Notebook) {
    fs::write(folder.join(format!("{name}.ipynb")), nbformat::write(notebook)).unwrap();
}

/// The same, with a kernel that runs here, in a version that Jupyter reads without ids.
fn runnable(mut notebook: Notebook) -> Notebook {
    let kernel = json!({"name": "python3", "display_name": "Python 3", "language": "python"});
    notebook.metadata.insert("kernelspec".into(), kernel);
    let ids = notebook.cells.iter().all(|cell| cell.id.is_some());
    notebook.minor = if ids { 5 } else { 4 };
    if !ids {
        notebook.cells.iter_mut().for_each(|cell| cell.id = None);
    }
    for cell in &mut notebook.cells {
        cell.outputs = Default::default();
        cell.execution_count = Value::Null;
    }
    notebook
}

/// Notebooks that nbformat refuses, on either side and on both.
fn odd_sides() -> Vec<Three<Notebook>> {
    let notebook = |metadata: &str, cell: &str| {
        let text = format!(
            r#"{{"metadata": {metadata}, "nbformat": 4, "nbformat_minor": 5, "cells": [{{"id": "a", {cell}}}]}}"#
        );
        nbformat::read(text.as_bytes()).unwrap()
    };
    let code = |metadata: &str, outputs: &str| {
        format!(
            r#""cell_type": "code", "source": "x", "execution_count": 1, "metadata": {metadata}, "outputs": [{outputs}]"#
        )
    };
    let plain = notebook("{}", &code("{}", ""));
    // As Jupyter saves it, each level one blank further in.
    let line = |level: usize| format!("\n{}", " ".repeat(level));
    let opened: String = (0..200).map(|level| format!("[{}", line(7 + level))).collect();
    let closed: String = (0..200).rev().map(|level| format!("{}]", line(6 + level))).collect();
    let deep = format!(
        r#"{{"output_type": "display_data", "metadata": {{}}, "data": {{"application/json": {opened}1{closed}}}}}"#
    );
    let odd = [
        notebook(
            r#"{"kernelspec": ["python3"], "language_info": ["python"], "title": 1, "authors": 1}"#,
            &code("{}", ""),
        ),
        notebook(
            r#"{"kernelspec": {"name": 1}, "language_info": {"name": "python", "mimetype": []}}"#,
            &code("[]", ""),
        ),
        notebook(
            "[]",
            &code(
                r#"{"tags": ["a", "a", "b,c", 1], "name": "", "collapsed": 1, "execution": [], "jupyter": []}"#,
                &deep,
            ),
        ),
        notebook(
            "{}",
            &code(
                "{}",
                r#"{"output_type": "display_data", "metadata": {}, "data": {"text/plain": 1}}, {"output_type": "stream", "name": "a", "text": "", "more": 1}"#,
            ),
        ),
        notebook(
            "{}",
            r#""cell_type": "markdown", "source": "x", "metadata": {"tags": {}}, "attachments": {"a.png": 1, "b.png": {"image/png": 1}}"#,
        ),
        notebook("{}", r#""cell_type": "raw", "source": "x", "metadata": {"format": 1}"#),
    ];
    let sides = odd
        .iter()
        .flat_map(|odd| [[&plain, odd, &plain], [&plain, &plain, odd], [odd, odd, odd], [odd, &plain, odd]]);
    sides.map(|[base, student, course]| Three { base, student, course }.map(Clone::clone)).collect()
}

#[test]
fn merged_notebooks_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    let all = cases().into_iter().map(|case| (case.name.clone(), case.sides()));
    let random = samples(100).into_iter().enumerate().map(|(at, sides)| (format!("random-{at}"), sides));
    let odd = odd_sides().into_iter().enumerate().map(|(at, sides)| (format!("odd-{at}"), sides));
    for (name, sides) in all.chain(random).chain(odd) {
        save(folder.path(), &name, &merge_notebooks(sides.as_ref()).notebook);
    }
    jupyter("check", folder.path());
}

/// One student's notebook at several stages: each is run in `place` and saved, except for cells that have been run before and keep what they
/// printed, as they do when one opens a notebook again.
pub(crate) fn run_stages<'a>(stages: impl Iterator<Item = &'a Notebook>, place: &Path) -> Vec<Notebook> {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = stages
        .enumerate()
        .map(|(number, notebook)| {
            let name = format!("{number:03}");
            save(folder.path(), &name, notebook);
            name
        })
        .collect();
    assert_eq!(judge("merge_jupyter.py", &[Path::new("stages"), folder.path(), place]), "");
    let read = |name: &String| fs::read(folder.path().join(format!("{name}.ipynb"))).unwrap();
    names.iter().map(|name| nbformat::read(&read(name)).unwrap()).collect()
}

/// What the student has after Jupyter ran and saved their notebook.
fn texts(notebook: &Notebook) -> Vec<(CellKind, &str, Option<&str>)> {
    notebook.cells.iter().map(|cell| (cell.kind, cell.source.as_str(), cell.grade_id())).collect()
}

#[test]
fn every_case_merges_alike_once_it_was_run() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    let prepared: Vec<_> = cases.iter().map(|case| (case, case.sides().map(runnable))).collect();
    for (case, sides) in &prepared {
        save(folder.path(), &case.name, &sides.student);
    }
    jupyter("run", folder.path());
    let merged_into = tempfile::tempdir().unwrap();
    for (case, sides) in &prepared {
        let bytes = fs::read(folder.path().join(format!("{}.ipynb", case.name))).unwrap();
        let ran = nbformat::read(&bytes).unwrap();
        let run_sides = Three { base: &sides.base, student: &ran, course: &sides.course };
        let (before, after) = (merge_notebooks(sides.as_ref()), merge_notebooks(run_sides));
        assert_eq!(texts(&after.notebook), texts(&before.notebook), "{}", case.name);
        check(run_sides, &after).unwrap_or_else(|why| panic!("{}: {why}", case.name));
        outputs_kept(&case.name, &ran, &after.notebook);
        save(merged_into.path(), &case.name, &after.notebook);
    }
    jupyter("check", merged_into.path());
}

/// A code cell has the outputs of the run if its text is what was run, and none if it is not.
pub(crate) fn outputs_kept(name: &str, ran: &Notebook, merged: &Notebook) {
    let code = |cell: &&Cell| cell.kind == CellKind::Code;
    for cell in merged.cells.iter().filter(code) {
        let mut same = ran.cells.iter().filter(code).filter(|other| other.source == cell.source).peekable();
        if cell.execution_count.is_null() {
            assert!(cell.outputs.is_empty(), "{name}: outputs without a run: {}", cell.source);
            continue;
        }
        assert!(same.peek().is_some(), "{name}: this was not run: {}", cell.source);
        assert!(same.any(|other| other.outputs == cell.outputs), "{name}: other outputs: {}", cell.source);
    }
    let count =
        |notebook: &Notebook| notebook.cells.iter().filter(|cell| !cell.execution_count.is_null()).count();
    let common = |cell: &&Cell| {
        merged.cells.iter().any(|other| other.source == cell.source && other.kind == cell.kind)
    };
    let ran_and_there =
        ran.cells.iter().filter(|cell| !cell.execution_count.is_null()).filter(common).count();
    assert!(count(merged) >= ran_and_there.min(count(ran)), "{name}: outputs were lost");
}
