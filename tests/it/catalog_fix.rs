//! `tito catalog fix`: what a rule can fix in percent scripts and notebooks is shown as a diff; it is changed when asked for, once, and nothing else changes.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::tito::{Ran, tito, tree};

const CATALOG: &str =
    "catalog: demo\nversion: 1.0.0\ntitle: Demo\npackage: demopkg\nmodules:\n  - {id: sums, title: Sums}\n";

const SCRIPT: &str = "\
# ---
# jupyter:
#   kernelspec:
#     name: python3
# ---

# %% nbgrader={\"grade_id\": \"imports\", \"solution\": true}
#| export
import math

# %%
#| default_exp core.sums

# %% tags=[\"keep\"]
#| export
def add(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION

# %% nbgrader={\"grade\": true, \"grade_id\": \"test-add\", \"locked\": true}
assert add(1, 2) == 3

# %% [markdown] nbgrader={\"grade_id\": \"why\", \"solution\": true}
# Because.
";

fn base(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [&[("catalog.yml", CATALOG)], files].concat() {
        let at = folder.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, text).unwrap();
    }
    folder
}

fn fix(folder: &Path, args: &[&str]) -> Ran {
    tito(folder, &[&["catalog", "fix"], args, &["--color", "never"]].concat()).expect(0)
}

/// The base after a fix: checked, and with nothing left to fix.
fn fixed(folder: &Path) {
    fix(folder, &["--yes"]);
    let before = tree(folder);
    assert!(fix(folder, &["--yes"]).stdout.contains("nothing that a rule can fix"));
    assert_eq!(tree(folder), before, "once is enough");
    let ran = tito(folder, &["catalog", "check"]);
    assert_eq!(ran.code, 0, "{}", ran.text());
}

#[test]
fn a_percent_script() {
    let base = base(&[("modules/sums/sums.py", SCRIPT)]);
    let folder = base.path();
    assert_eq!(tito(folder, &["catalog", "check"]).code, 1);
    let before = tree(folder);
    let shown = fix(folder, &[]).stdout;
    assert_eq!(tree(folder), before, "nothing changes without `--yes`");
    for line in [
        "--- a/modules/sums/sums.py",
        "+++ b/modules/sums/sums.py",
        "+#     display_name: Python 3",
        "-# %% nbgrader={\"grade_id\": \"imports\", \"solution\": true}",
        "+# %% nbgrader={\"grade_id\": \"imports\", \"solution\": false}",
        "+# %% tags=[\"keep\"] nbgrader={\"grade\": false, \"grade_id\": \"add\", \"locked\": false, \"schema_version\": 3, \"solution\": true, \"task\": false}",
        "+# %% nbgrader={\"grade\": true, \"grade_id\": \"test-add\", \"locked\": true, \"points\": 1}",
        "+# %% [markdown] nbgrader={\"grade\": true, \"grade_id\": \"why\", \"points\": 1, \"solution\": true}",
        "1 file would change; `--yes` changes them",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "no {line} in\n{shown}");
    }
    // The diff is one that other tools read.
    let report: Value = serde_json::from_str(&fix(folder, &["--format", "json"]).stdout).unwrap();
    assert_eq!(report["written"], false);
    fs::write(folder.join("fix.diff"), report["fixes"][0]["diff"].as_str().unwrap()).unwrap();
    let git = std::process::Command::new("git")
        .args(["apply", "--check", "fix.diff"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    fs::remove_file(folder.join("fix.diff")).unwrap();
    fixed(folder);
}

#[test]
fn a_notebook_keeps_every_byte_that_is_not_fixed() {
    let cell = |kind: &str, source: &str, nbgrader: Option<Value>| {
        let mut metadata = json!({"collapsed": true, "nbgrader": nbgrader});
        if metadata["nbgrader"].is_null() {
            metadata = json!({});
        }
        let mut cell = json!({"cell_type": kind, "id": format!("cell-{}", source.len()), "metadata": metadata, "source": [source]});
        if kind == "code" {
            cell["outputs"] = json!([{"name": "stdout", "output_type": "stream", "text": ["\u{e9}}\"{\n"]}]);
            cell["execution_count"] = json!(7);
        } else {
            cell["attachments"] = json!({"p.png": {"image/png": "aGk="}});
        }
        cell
    };
    let notebook = json!({
        "cells": [
            cell("code", "#| default_exp core.sums", Some(json!({"grade_id": "head", "solution": true}))),
            cell("code", "#| export\ndef add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION", None),
            cell("code", "assert add(1, 2) == 3", Some(json!({"grade": true, "grade_id": "test-add", "locked": true}))),
            cell("markdown", "Why?", Some(json!({"grade": false, "grade_id": "why", "solution": true}))),
        ],
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "toc": {"number_sections": false}},
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    // Nothing hangs on how the file is laid out.
    let pretty = serde_json::to_string_pretty(&notebook).unwrap();
    for text in [pretty.clone() + "\n", notebook.to_string(), pretty.replace('\n', "\r\n")] {
        let base = base(&[("modules/sums/sums.ipynb", &text)]);
        let folder = base.path();
        assert_eq!(tito(folder, &["catalog", "check"]).code, 1);
        let before = tree(folder);
        assert!(fix(folder, &[]).stdout.contains("--- a/modules/sums/sums.ipynb"));
        assert_eq!(tree(folder), before);
        fixed(folder);
        let after = fs::read_to_string(folder.join("modules/sums/sums.ipynb")).unwrap();
        let mut expected = notebook.clone();
        let mut grading = |at: usize, value: Value| {
            let known = &mut expected["cells"][at]["metadata"]["nbgrader"];
            if known.is_null() {
                *known = json!({});
            }
            known.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        };
        grading(0, json!({"solution": false}));
        grading(
            1,
            json!({"grade": false, "grade_id": "add", "locked": false, "schema_version": 3, "solution": true, "task": false}),
        );
        grading(2, json!({"points": 1}));
        grading(3, json!({"grade": true, "points": 1}));
        assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), expected);
        // Line by line: what was there is there, except the lines of grading metadata.
        let lines: Vec<&str> = after.lines().collect();
        let kept = text.lines().filter(|line| lines.contains(line)).count();
        assert!(text.lines().count() - kept <= 4, "{after}");
    }
}

#[test]
fn what_may_be_an_answer_is_left_to_a_person() {
    let script = "# %% nbgrader={\"grade_id\": \"a\", \"solution\": true}\n#| export\nimport os\ndef answer():\n    return os.name\n";
    let base = base(&[("modules/sums/sums.py", script)]);
    assert!(fix(base.path(), &[]).stdout.contains("nothing that a rule can fix"));
    assert_eq!(tito(base.path(), &["catalog", "check"]).code, 1);
}

#[test]
fn a_base_without_a_catalog_cannot_be_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let ran = tito(folder.path(), &["catalog", "fix"]).expect(1);
    assert!(ran.text().contains("catalog::missing"), "{}", ran.text());
}
