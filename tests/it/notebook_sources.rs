//! A base and an assignment whose notebooks are `.ipynb`, as an instructor edits them in Jupyter: they are source of everything that percent scripts are
//! source of.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::judges::{python, python_says};
use crate::tito::{Ran, command, ran, tito};

const CATALOG: &str = "catalog: demo\nversion: 1.0.0\ntitle: Demo\npackage: demopkg\nmodules:\n  - {id: sums, title: Sums}\n  - {id: twice, title: Twice, requires: [sums]}\n";
const COURSE: &str = "course: {id: demo}\nbase: {from: {path: base}}\nmodules: [sums, lab, twice]\nassignments:\n  lab: {title: Lab, from: {path: ./lab}, requires: [sums]}\n";

/// A notebook as Jupyter saves it: outputs, counts, ids, metadata that no one else knows.
fn notebook(cells: &[(&str, &str, Value)]) -> String {
    let cell = |(at, (kind, source, grading)): (usize, &(&str, &str, Value))| {
        let lines: Vec<&str> = source.split_inclusive('\n').collect();
        let mut cell = json!({"cell_type": kind, "id": format!("made-in-jupyter-{at}"), "metadata": {"tags": ["seen"]}, "source": lines});
        if !grading.is_null() {
            cell["metadata"]["nbgrader"] = grading.clone();
        }
        if *kind == "code" {
            cell["execution_count"] = json!(at + 1);
            cell["outputs"] = json!([{"name": "stdout", "output_type": "stream", "text": ["an output\n"]}]);
        } else {
            cell["attachments"] = json!({"plot.png": {"image/png": "aGk="}});
        }
        cell
    };
    let cells: Vec<Value> = cells.iter().enumerate().map(cell).collect();
    let metadata = json!({"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "toc": {"skip": true}});
    serde_json::to_string(&json!({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
        .unwrap()
}

fn solution(id: &str) -> Value {
    json!({"grade": false, "grade_id": id, "locked": false, "schema_version": 3, "solution": true, "task": false})
}

fn test(id: &str) -> Value {
    json!({"grade": true, "grade_id": id, "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false})
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let region = |name: &str, line: &str| {
            format!(
                "#| export\ndef {name}(a):\n    ### BEGIN SOLUTION\n    {line}\n    return result_of_{name}\n    ### END SOLUTION\n"
            )
        };
        folder.write("base/catalog.yml", CATALOG);
        folder.write("base/modules/sums/sums.ipynb", &notebook(&[
            ("markdown", "# Sums\n![plot](attachment:plot.png)", Value::Null),
            ("code", "#| default_exp core.sums", Value::Null),
            ("code", &region("total", "result_of_total = sum(sorted(a, key=abs))"), solution("total")),
            ("code", "assert total([1, 2]) == 3\n### BEGIN HIDDEN TESTS\nassert total([]) == 0\n### END HIDDEN TESTS\n", test("test-total")),
        ]));
        folder.write(
            "base/modules/twice/twice.ipynb",
            &notebook(&[
                ("code", "#| default_exp core.twice", Value::Null),
                ("code", "#| export\nfrom demopkg.core.sums import total", Value::Null),
                ("code", &region("twice", "result_of_twice = total([a, a])"), solution("twice")),
                ("code", "assert twice(2) == 4\n", test("test-twice")),
            ]),
        );
        folder.write(
            "base/tests/sums/test_sums.py",
            "from demopkg.core.sums import total\n\ndef test_total():\n    assert total([1, 1]) == 2\n",
        );
        folder.write(
            "base/tests/twice/test_twice.py",
            "from demopkg.core.twice import twice\n\ndef test_twice():\n    assert twice(1) == 2\n",
        );
        folder.write("lab/lab.ipynb", &notebook(&[
            ("markdown", "# Lab", Value::Null),
            ("code", "def third():\n    ### BEGIN SOLUTION\n    third_of_all = 3\n    return third_of_all\n    ### END SOLUTION\n", solution("third")),
            ("code", "assert third() == 3", test("test-third")),
        ]));
        folder.write("course.yml", COURSE);
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let at = self.0.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path}: no {from} in {text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    fn run(&self, folder: &str, args: &[&str]) -> Ran {
        tito(&self.0.path().join(folder), args)
    }
}

#[test]
fn modules_and_assignments_come_updated_and_exported_from_notebooks() {
    let folder = Folder::new();
    let source = folder.read("base/modules/sums/sums.ipynb");
    folder.run("", &["check"]).expect(0);
    folder.run("", &["init", "ws"]).expect(0);
    let given = folder.read("ws/modules/01_sums/sums.ipynb");
    assert!(given.contains("raise NotImplementedError()") && !given.contains("result_of_total"), "{given}");
    assert!(!given.contains("HIDDEN") && !given.contains("an output"), "{given}");
    // Jupyter's own things come along.
    assert!(
        given.contains("made-in-jupyter-2") && given.contains("plot.png") && given.contains("\"toc\""),
        "{given}"
    );
    let answer = |at: &str, stub: &str, line: &str| folder.change(at, stub, line);
    answer("ws/modules/01_sums/sums.ipynb", "    raise NotImplementedError()", "    return sum(a)  # mine");
    answer("ws/assignments/lab/lab.ipynb", "    raise NotImplementedError()", "    return 3  # mine");
    folder.run("ws", &["module", "export", "sums"]).expect(0);
    assert!(folder.read("ws/demopkg/core/sums.py").contains("return sum(a)  # mine"));
    // The instructor edits in Jupyter and saves; answers stay.
    folder.change("base/modules/sums/sums.ipynb", "# Sums", "# Sums of lists");
    folder.change("lab/lab.ipynb", "assert third() == 3", "assert third() == 3.0");
    folder.run("ws", &["update", "--yes"]).expect(0);
    let merged = folder.read("ws/modules/01_sums/sums.ipynb");
    assert!(merged.contains("return sum(a)  # mine") && merged.contains("# Sums of lists"), "{merged}");
    let lab = folder.read("ws/assignments/lab/lab.ipynb");
    assert!(lab.contains("return 3  # mine") && lab.contains("assert third() == 3.0"), "{lab}");
    assert_eq!(
        folder.read("base/modules/sums/sums.ipynb"),
        source.replacen("# Sums", "# Sums of lists", 1),
        "the base is only read"
    );
}

#[test]
fn units_made_of_notebooks_are_tested_and_completed() {
    let folder = Folder::new();
    folder.run("", &["init", "ws"]).expect(0);
    let complete = |unit: &str| {
        let mut command = command(&folder.0.path().join("ws"));
        command.env("TITO_PYTHON", python()).env_remove("VIRTUAL_ENV").args(["module", "complete", unit]);
        ran(&command.output().unwrap())
    };
    let untouched = complete("sums").expect(1);
    assert!(untouched.text().contains("NotImplementedError"), "{}", untouched.text());
    let solved = [
        ("sums", "ws/modules/01_sums/sums.ipynb", "sum(a)"),
        ("lab", "ws/assignments/lab/lab.ipynb", "3"),
        ("twice", "ws/modules/02_twice/twice.ipynb", "2 * a"),
    ];
    for (unit, at, answer) in solved {
        folder.change(at, "raise NotImplementedError()", &format!("return {answer}"));
        complete(unit).expect(0);
    }
    let progress: Value = serde_json::from_str(&folder.read("ws/progress.json")).unwrap();
    let done: Vec<&String> = progress["completed"].as_object().unwrap().keys().collect();
    assert_eq!(done, ["lab", "sums", "twice"]);
}

#[test]
fn a_provided_module_is_exported_from_its_notebook() {
    let folder = Folder::new();
    folder.write(
        "course.yml",
        "course: {id: demo}\nbase: {from: {path: base}}\nmodules: [{id: sums, mode: provided}, twice]\n",
    );
    folder.run("", &["init", "ws"]).expect(0);
    let code = folder.read("ws/demopkg/core/sums.py");
    assert!(
        code.contains("result_of_total = sum(sorted(a, key=abs))") && !code.contains("BEGIN SOLUTION"),
        "{code}"
    );
    assert!(!folder.0.path().join("ws/modules/01_sums").exists());
    // A mistake in it is found in its cell.
    folder.change("base/modules/sums/sums.ipynb", "return result_of_total", "return result_of_total)");
    let text = folder.run("", &["check", "--color", "never"]).expect(1).text();
    assert!(text.contains("sums.ipynb, cell 3:5"), "{text}");
}

#[test]
fn each_tier_is_made_of_the_notebook() {
    let folder = Folder::new();
    for (tier, has_solution, has_markers, has_hidden) in
        [("student", false, false, false), ("solution", true, false, false), ("instructor", true, true, true)]
    {
        let _ = fs::remove_dir_all(folder.0.path().join("ws"));
        folder.run("", &["init", "ws", "--tier", tier]).expect(0);
        let text = folder.read("ws/modules/01_sums/sums.ipynb");
        let found = [
            text.contains("result_of_total"),
            text.contains("BEGIN SOLUTION"),
            text.contains("assert total([]) == 0"),
        ];
        assert_eq!(found, [has_solution, has_markers, has_hidden], "{tier}: {text}");
    }
}

#[test]
fn scripts_are_made_of_notebooks() {
    let folder = Folder::new();
    folder.write("course.yml", &format!("{COURSE}notebooks: py\n"));
    // A script has no place for pictures; that is said, with the cell.
    let text = folder.run("", &["check", "--color", "never"]).expect(0).text();
    assert!(text.contains("notebook::lost-attachment") && text.contains("sums.ipynb, cell 1:1"), "{text}");
    folder.run("", &["init", "ws"]).expect(0);
    let script = folder.read("ws/modules/01_sums/sums.py");
    assert!(
        script.contains("# %%")
            && script.contains("raise NotImplementedError()")
            && !script.contains("result_of_total"),
        "{script}"
    );
    folder.change(
        "ws/modules/01_sums/sums.py",
        "    raise NotImplementedError()",
        "    return sum(a)  # mine",
    );
    folder.run("ws", &["module", "export", "sums"]).expect(0);
    assert!(folder.read("ws/demopkg/core/sums.py").contains("return sum(a)  # mine"));
    folder.change(
        "base/modules/sums/sums.ipynb",
        "assert total([1, 2]) == 3",
        "assert total([1, 2, 3]) == 6",
    );
    folder.run("ws", &["update", "--yes"]).expect(0);
    let script = folder.read("ws/modules/01_sums/sums.py");
    assert!(script.contains("return sum(a)  # mine") && script.contains("== 6"), "{script}");
}

#[test]
fn problems_name_the_cell_and_the_line() {
    let folder = Folder::new();
    let said = |path: &str, from: &str, to: &str| {
        let before = folder.read(path);
        folder.change(path, from, to);
        let text = folder.run("", &["check", "--color", "never"]).text();
        folder.write(path, &before);
        text
    };
    let sums = "base/modules/sums/sums.ipynb";
    for (path, from, to, code, place) in [
        (sums, "### END SOLUTION", "### THE END", "notebook::unbalanced-region", "sums.ipynb, cell 3:3"),
        (sums, "\"points\":2,", "", "notebook::missing-points", "sums.ipynb, cell 4:1"),
        (
            sums,
            "\"grade_id\":\"test-total\"",
            "\"grade_id\":\"total\"",
            "notebook::duplicate-grade-id",
            "sums.ipynb, cell 4:1",
        ),
        (
            sums,
            "#| default_exp core.sums",
            "#| default_exp core sums",
            "notebook::default-export",
            "sums.ipynb, cell 2:1",
        ),
        (
            "base/modules/twice/twice.ipynb",
            "demopkg.core.sums",
            "demopkg.core.none",
            "content::unknown-import",
            "twice.ipynb, cell 2:2",
        ),
        (
            "lab/lab.ipynb",
            "### END SOLUTION",
            "### THE END",
            "notebook::unbalanced-region",
            "lab/lab.ipynb, cell 2:2",
        ),
        (sums, "\"cells\":[", "\"cells\":[3,", "notebook::invalid", "sums.ipynb:1"),
    ] {
        let text = said(path, from, to);
        assert!(text.contains(code) && text.contains(place), "{code} at {place}: {text}");
    }
    // A line of a solution that students can read elsewhere.
    folder.write(
        "base/modules/twice/hint.md",
        "    result_of_total = sum(sorted(a, key=abs))\n    return result_of_total\n",
    );
    let text = folder.run("", &["check", "--color", "never"]).text();
    assert!(text.contains("notebook::solution-leak") && text.contains("sums.ipynb, cell 3:4"), "{text}");
}

#[test]
fn nbgrader_releases_what_students_get() {
    let folder = Folder::new();
    folder.run("", &["init", "ws"]).expect(0);
    folder.run("", &["nbgrader", "grading"]).expect(0);
    let tree = folder.0.path().join("grading");
    python_says(
        "tests/judges/nbgrader_loop.py",
        &[Path::new("release"), &tree, Path::new("sums"), Path::new("lab")],
    );
    for (ours, theirs) in
        [("modules/01_sums/sums.ipynb", "sums/sums.ipynb"), ("assignments/lab/lab.ipynb", "lab/lab.ipynb")]
    {
        let graded = |path: String| {
            let value: Value = serde_json::from_str(&folder.read(&path)).unwrap();
            let text = |source: &Value| match source {
                Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect(),
                other => other.as_str().unwrap().to_owned(),
            };
            let cells = value["cells"].as_array().unwrap().iter();
            cells
                .map(|cell| (text(&cell["source"]), cell["metadata"]["nbgrader"].clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(graded(format!("ws/{ours}")), graded(format!("grading/release/{theirs}")), "{ours}");
    }
}
