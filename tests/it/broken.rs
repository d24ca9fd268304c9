//! Files that are not what they were: notebooks that cannot be read, and folders, links and pipes in the place of files.

use std::fs;

use super::hardships::{Lab, NOTEBOOK, TEST};

/// The start of a notebook, as a full disk leaves it.
fn torn(whole: &str) -> String {
    whole.get(..whole.len() / 2).unwrap().to_owned()
}

#[test]
fn a_diff_says_in_one_line_that_a_notebook_cannot_be_read() {
    let lab = Lab::new();
    let notebook = format!("ws/{NOTEBOOK}");
    let whole = lab.read(&notebook);
    let v3 = r#"{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}"#;
    for (broken, why) in
        [(torn(&whole), "is not JSON"), (String::new(), "is not JSON"), (v3.to_owned(), "version 3")]
    {
        fs::write(lab.at(&notebook), &broken).unwrap();
        let said = lab.run(&["diff"]).expect(0).stdout;
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with(&format!("{NOTEBOOK}   it cannot be read as a notebook: ")), "{said}");
        assert!(said.contains(why), "{said}");
        let json = lab.run(&["diff", "--format", "json"]).expect(0).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let changes = &json["files"][0]["changes"];
        assert_eq!(
            (&changes["form"], &changes["side"]),
            (&"unreadable".into(), &"after".into()),
            "{changes}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_diff_says_what_stands_where_a_file_was() {
    let lab = Lab::new();
    lab.replace(&format!("ws/{NOTEBOOK}"), "return len(values)", "raise NotImplementedError()");
    for path in [NOTEBOOK, TEST] {
        fs::remove_file(lab.at("ws").join(path)).unwrap();
    }
    fs::create_dir(lab.at("ws").join(NOTEBOOK)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(lab.at("ws").join(TEST)).status().unwrap();
    assert!(made.success());
    let (folder, pipe) = (
        format!("{NOTEBOOK}   is left alone: a folder is there\n"),
        format!("{TEST}   is left alone: it is not a regular file\n"),
    );
    for args in [&["diff"][..], &["diff", "--incoming"]] {
        assert_eq!(lab.run(args).expect(0).stdout, format!("{folder}{pipe}"), "{args:?}");
        assert_eq!(lab.run(&[args, &[TEST]].concat()).expect(0).stdout, pipe, "{args:?}");
        assert_eq!(lab.run(&[args, &["modules/01_numbers"]].concat()).expect(0).stdout, folder, "{args:?}");
    }
    let json = lab.run(&["diff", TEST, "--format", "json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["files"][0]["what"], "in-the-way");
    assert_eq!(json["files"][0]["obstacle"]["what"], "special");
}

/// Notebooks as they may be found, of a whole one; none can be merged.
fn spoiled(whole: &str) -> Vec<(&'static str, String)> {
    let v3 = r#"{"worksheets": [{"cells": []}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}"#;
    vec![("torn", torn(whole)), ("empty", String::new()), ("v3", v3.to_owned())]
}

#[test]
fn a_broken_notebook_is_left_whole_the_fix_lies_beside_and_arrives_once_it_is_mended() {
    let notebook = format!("ws/{NOTEBOOK}");
    let incoming = format!("ws/.tinytorch/incoming/{NOTEBOOK}");
    for (name, broken) in spoiled(&Lab::new().read(&notebook)) {
        let lab = Lab::new();
        let whole = lab.read(&notebook);
        fs::write(lab.at(&notebook), &broken).unwrap();
        lab.release();
        lab.run(&["status"]).expect(0);
        let check = lab.run(&["update", "--check"]).expect(0).stdout;
        assert!(
            check.contains("not merged: the student's file cannot be read as a notebook"),
            "{name}: {check}"
        );
        for _ in 0..2 {
            lab.run(&["update"]).expect(0);
            assert_eq!(lab.read(&notebook), broken, "{name}");
            assert!(lab.read(&incoming).contains("are three numbers"), "{name}");
        }
        assert!(lab.run(&["status"]).expect(0).stdout.contains(&format!("offered   {NOTEBOOK}")), "{name}");
        lab.run(&["take", "--merge", NOTEBOOK]);
        assert_eq!(lab.read(&notebook), broken, "{name}: nothing can be merged into it");
        fs::write(lab.at(&notebook), &whole).unwrap();
        lab.run(&["update"]).expect(0);
        let merged = lab.read(&notebook);
        assert!(merged.contains("are three numbers") && merged.contains("return len(values)"), "{name}");
        assert!(!lab.at(&incoming).exists(), "{name}: nothing is offered any more");
        lab.run(&["update", "--check", "--exit-code"]).expect(0);
    }
}

#[test]
fn a_broken_notebook_that_is_exchanged_for_the_courses_is_set_aside_and_comes_back() {
    let notebook = format!("ws/{NOTEBOOK}");
    for (name, broken) in spoiled(&Lab::new().read(&notebook)) {
        let lab = Lab::new();
        fs::write(lab.at(&notebook), &broken).unwrap();
        lab.release();
        for before in [&[][..], &["update"]] {
            if !before.is_empty() {
                lab.run(before).expect(0);
            }
            for take in
                [&["take", NOTEBOOK, "--yes"][..], &["module", "reset", "numbers", "--to", "latest", "--yes"]]
            {
                lab.run(take).expect(0);
                assert!(lab.read(&notebook).contains("are three numbers"), "{name}: {take:?}");
                lab.run(&["undo"]).expect(0);
                assert_eq!(lab.read(&notebook), broken, "{name}: {take:?}");
            }
        }
    }
}

#[test]
fn ids_that_are_there_twice_do_not_keep_a_fix_away() {
    let lab = Lab::new();
    let notebook = format!("ws/{NOTEBOOK}");
    let mut json: serde_json::Value = serde_json::from_str(&lab.read(&notebook)).unwrap();
    let cells = json["cells"].as_array_mut().unwrap();
    let id = cells[0]["id"].clone();
    cells.iter_mut().for_each(|cell| cell["id"] = id.clone());
    fs::write(lab.at(&notebook), json.to_string()).unwrap();
    lab.release();
    lab.run(&["update"]).expect(0);
    let merged = lab.read(&notebook);
    assert!(merged.contains("are three numbers") && merged.contains("return len(values)"), "{merged}");
    lab.run(&["update", "--check", "--exit-code"]).expect(0);
    lab.run(&["undo"]).expect(0);
    assert_eq!(lab.read(&notebook), json.to_string());
}

/// What a reset of one cell says and leaves, of a notebook that the student spoiled by `edit`.
fn reset_cell(edit: impl Fn(&mut Vec<serde_json::Value>), cell: &str) -> (super::tito::Ran, String) {
    let lab = Lab::new();
    let notebook = format!("ws/{NOTEBOOK}");
    let mut json: serde_json::Value = serde_json::from_str(&lab.read(&notebook)).unwrap();
    edit(json["cells"].as_array_mut().unwrap());
    let before = json.to_string();
    fs::write(lab.at(&notebook), &before).unwrap();
    let ran = lab.run(&["module", "reset", "numbers", "--cell", cell, "--yes"]);
    let after = lab.read(&notebook);
    if ran.code == 0 {
        lab.run(&["undo"]).expect(0);
    }
    assert_eq!(lab.read(&notebook), before, "undone, or not done");
    (ran, after)
}

fn is_called(cell: &serde_json::Value, grade_id: &str) -> bool {
    cell["metadata"]["nbgrader"]["grade_id"] == grade_id
}

#[test]
fn a_reset_of_a_cell_that_was_deleted_brings_it_back_in_its_place() {
    let (ran, after) =
        reset_cell(|cells| cells.retain(|cell| !is_called(cell, "test-numbers-of")), "test-numbers-of");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let json: serde_json::Value = serde_json::from_str(&after).unwrap();
    let cells = json["cells"].as_array().unwrap();
    let at = |name| cells.iter().position(|cell| is_called(cell, name)).unwrap();
    assert_eq!(at("test-numbers-of"), at("numbers-of") + 1);
    assert!(after.contains("return len(values)"));
}

#[test]
fn a_reset_of_a_cell_that_was_copied_resets_the_original_and_leaves_the_copy() {
    for behind in [0, 1] {
        let (ran, after) = reset_cell(
            |cells| {
                let at = cells.iter().position(|cell| is_called(cell, "numbers-of")).unwrap();
                let mut copy = cells[at].clone();
                copy["id"] = "a-copy".into();
                copy["source"] = "my second try".into();
                cells.insert(at + behind, copy);
            },
            "numbers-of",
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(after.contains("raise NotImplementedError()") && after.contains("my second try"), "{after}");
        assert!(!after.contains("return len(values)"));
    }
}

#[test]
fn a_reset_of_a_cell_of_a_notebook_that_was_deleted_says_how_it_comes_back() {
    let lab = Lab::new();
    fs::remove_file(lab.at("ws").join(NOTEBOOK)).unwrap();
    let ran = lab.run(&["module", "reset", "numbers", "--cell", "numbers-of", "--yes"]).expect(1);
    assert!(ran.stderr.contains("is missing"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("tito restore {NOTEBOOK}")), "{}", ran.stderr);
    let ran = lab.run(&["module", "reset", "numbers", "--cell", "numbers-off", "--yes"]).expect(1);
    assert!(ran.stderr.contains("did you mean `numbers-of`?"), "{}", ran.stderr);
}

#[test]
fn a_reset_of_a_cell_of_a_broken_notebook_says_why_not_and_what_to_do() {
    let lab = Lab::new();
    let notebook = format!("ws/{NOTEBOOK}");
    for (name, broken) in spoiled(&lab.read(&notebook)) {
        fs::write(lab.at(&notebook), &broken).unwrap();
        let ran = lab.run(&["module", "reset", "numbers", "--cell", "numbers-of", "--yes"]).expect(1);
        assert!(ran.stderr.contains("cannot be read as a notebook"), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains("tito module reset numbers"), "{name}: {}", ran.stderr);
        let ran = lab.run(&["module", "reset", "numbers", "--cell", "numbers-off", "--yes"]).expect(1);
        assert!(ran.stderr.contains("did you mean `numbers-of`?"), "{name}: {}", ran.stderr);
        assert_eq!(lab.read(&notebook), broken, "{name}");
    }
}
