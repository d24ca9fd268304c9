//! A base that is marked for otter-grader: what students get, what a solved course has, and what happens where the catalog forgets to say it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::mini::copy;
use crate::tito::{root, tito};

/// A course of `tests/bases/otter`.
fn course() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("tests/bases/otter"), &folder.path().join("base"));
    fs::write(folder.path().join("course.yml"), "course: {id: homework}\nbase: {from: {path: base}}\n")
        .unwrap();
    folder
}

/// The sources of the cells of a notebook.
fn cells(notebook: &Path) -> Vec<String> {
    let text = fs::read_to_string(notebook).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let source = |cell: &Value| {
        let lines = cell["source"].as_array().unwrap().iter();
        lines.map(|line| line.as_str().unwrap()).collect::<String>()
    };
    value["cells"].as_array().unwrap().iter().map(source).collect()
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}: no {from}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn students_get_prompts_and_public_tests() {
    let folder = course();
    tito(folder.path(), &["init", "ws"]).expect(0);
    let hw1 = folder.path().join("ws/modules/01_hw1/hw1.ipynb");
    assert_eq!(
        cells(&hw1),
        [
            "# Homework 1",
            "**Question 1.** Square numbers.",
            "def square(x):\n    ...\n\nnine = ...",
            "square(2) == 4",
            "**Question 2.** Why is it never negative?",
            "_Type your answer here, replacing this text._",
        ]
    );
    let hw2 = cells(&folder.path().join("ws/modules/02_hw2/hw2.ipynb"));
    assert_eq!(hw2[1], "def circumference(r):\n    # Next, define a circumference function.\n    pass");
    assert_eq!(hw2[2], "import random\ndraws = ...");
}

#[test]
fn after_the_deadline_everyone_gets_the_solutions_without_markers() {
    let folder = course();
    tito(folder.path(), &["init", "ws", "--tier", "solution"]).expect(0);
    let hw1 = cells(&folder.path().join("ws/modules/01_hw1/hw1.ipynb"));
    assert_eq!(hw1[2], "def square(x):\n    y = x * x\n    return y\n\nnine = square(3)");
    assert_eq!(hw1[5], "The product of two negative numbers is positive.");
    assert_eq!(hw1.len(), 6, "hidden tests stay hidden");
    let hw2 = cells(&folder.path().join("ws/modules/02_hw2/hw2.ipynb"));
    assert_eq!(hw2[1], "def circumference(r):\n    return 2 * 3.14159 * r");
}

#[test]
fn an_answer_stays_when_the_course_changes_around_it() {
    let folder = course();
    tito(folder.path(), &["init", "ws"]).expect(0);
    let hw1 = folder.path().join("ws/modules/01_hw1/hw1.ipynb");
    change(&hw1, "\"nine = ...\"", "\"nine = square(3)  # mine\"");
    change(&hw1, "_Type your answer here, replacing this text._", "Both factors have one sign.");
    let base = folder.path().join("base/modules/hw1/hw1.ipynb");
    change(&base, "Square numbers.", "Square all numbers.");
    change(&base, "square(2) == 4", "square(3) == 9");
    tito(&folder.path().join("ws"), &["update", "--yes"]).expect(0);
    let after = cells(&hw1);
    assert_eq!(after[1], "**Question 1.** Square all numbers.");
    assert!(after[2].contains("nine = square(3)  # mine"), "{after:?}");
    assert_eq!(after[3], "square(3) == 9");
    assert_eq!(after[5], "Both factors have one sign.");
}

#[test]
fn a_catalog_that_forgets_to_say_it_ships_nothing() {
    let folder = course();
    change(&folder.path().join("base/catalog.yml"), "markers: otter\n", "");
    let ran = tito(folder.path(), &["check", "--color", "never"]);
    assert_eq!(ran.code, 1);
    let text = ran.text();
    assert!(text.contains("content::other-markers") && text.contains("hw1.ipynb, cell 3:1:1"), "{text}");
    tito(folder.path(), &["init", "ws"]).expect(1);
    assert!(!folder.path().join("ws").exists());
}

#[test]
fn nbgrader_does_not_get_what_it_would_not_strip() {
    let folder = course();
    let ran = tito(folder.path(), &["nbgrader", "grading"]);
    assert_eq!(ran.code, 1, "{}", ran.text());
    assert!(ran.text().contains("marked for otter-grader"), "{}", ran.text());
    assert!(!folder.path().join("grading").exists());
}

#[test]
fn solutions_of_files_that_are_not_notebooks_are_named() {
    let folder = course();
    fs::write(folder.path().join("base/modules/hw1/extra.py"), "def f():\n    return 42  # SOLUTION\n")
        .unwrap();
    let text = tito(folder.path(), &["check", "--color", "never"]).text();
    assert!(text.contains("content::markers-left") && text.contains("extra.py:2"), "{text}");
}

/// A misspelt marker takes nothing out: it is an error, said once, with the marker that was meant.
#[test]
fn a_misspelt_marker_does_not_ship() {
    for (from, to, right) in [
        ("return y # SOLUTION", "return y # SOLUTOIN", "`# SOLUTION`"),
        ("return y # SOLUTION", "return y # Solution", "`# SOLUTION`"),
        ("y = x * x # SOLUTION NO PROMPT", "#BEGIN SOLUTION", "`# BEGIN SOLUTION`"),
        ("# HIDDEN", "# HIDEN", "`# HIDDEN`"),
        ("# BEGIN TESTS", "# BEGIN TEST", "`# BEGIN TESTS`"),
        ("# END QUESTION", "# END QUESTIN", "`# END QUESTION`"),
        ("# ASSIGNMENT CONFIG", "# ASSIGNMENT CONFG", "`# ASSIGNMENT CONFIG`"),
    ] {
        let folder = course();
        let hw1 = folder.path().join("base/modules/hw1/hw1.ipynb");
        let text = fs::read_to_string(&hw1).unwrap();
        assert!(text.contains(from), "no {from}");
        fs::write(&hw1, text.replacen(from, to, 1)).unwrap();
        let ran = tito(folder.path(), &["check", "--color", "never"]).expect(1);
        let said: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("::")).collect();
        assert_eq!(said, ["notebook::misspelt-marker"], "{to}\n{}", ran.text());
        assert!(ran.text().contains(right), "{to}\n{}", ran.text());
    }
}

#[test]
fn a_missing_end_is_one_mistake() {
    let folder = course();
    let hw1 = folder.path().join("base/modules/hw1/hw1.ipynb");
    let mut notebook: Value = serde_json::from_str(&fs::read_to_string(&hw1).unwrap()).unwrap();
    let list = notebook["cells"].as_array_mut().unwrap();
    let at = list.iter().position(|cell| cell["source"].to_string().contains("# END TESTS")).unwrap();
    list.remove(at);
    fs::write(&hw1, notebook.to_string()).unwrap();
    let ran = tito(folder.path(), &["check", "--color", "never"]).expect(1);
    assert!(ran.text().contains("`# END TESTS` is missing above"), "{}", ran.text());
    assert!(ran.text().contains("\n1 error\n"), "{}", ran.text());
}
