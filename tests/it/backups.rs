//! Which file a backup is of: it is called by the place that the file had when it was set aside.

use std::fs;

use crate::mini::Mini;
use crate::tito::tito;

const WORK: &str = "modules/01_numbers/numbers.ipynb";

fn said(mini: &Mini, args: &[&str]) -> String {
    mini.run(args).expect(0).stdout
}

/// The course changes its catalog.
fn release(mini: &Mini, changes: &[[&str; 2]]) {
    let catalog = mini.folder().join("base/catalog.yml");
    let mut text = fs::read_to_string(&catalog).unwrap();
    for [old, new] in changes {
        assert!(text.contains(old), "{old}: {text}");
        text = text.replace(old, new);
    }
    fs::write(catalog, text).unwrap();
    said(mini, &["update"]);
}

#[test]
fn a_backup_is_found_after_the_course_renamed_and_renumbered_the_file() {
    let mini = Mini::new("student");
    mini.edit(WORK, "raise NotImplementedError()", "return 7  # mine");
    said(&mini, &["module", "reset", "numbers", "--yes"]);
    // The file has another name, and then its unit another number.
    let modules = mini.folder().join("base/modules");
    fs::rename(modules.join("numbers/numbers.py"), modules.join("numbers/counting.py")).unwrap();
    let renames = "renames:\n  - {file: numbers.py, to: counting.py, unit: numbers, in: 1.2.1}";
    release(&mini, &[["version: 1.2.0", "version: 1.2.1"], ["renames:", renames]]);
    fs::create_dir(modules.join("intro")).unwrap();
    fs::write(modules.join("intro/intro.py"), "# %% [markdown]\n# # Intro\n").unwrap();
    release(&mini, &[["modules:\n", "modules:\n  - {id: intro, title: Intro}\n"]]);
    let now = "modules/02_numbers/counting.ipynb";
    for asked in [now, "modules/02_numbers", WORK] {
        let backups = said(&mini, &["backups", asked]);
        assert!(backups.contains(&format!("  {WORK}  ")), "{asked}: {backups}");
    }
    let shown = said(&mini, &["backups", now, "--show"]);
    assert!(shown.contains("return 7  # mine"), "{shown}");
    fs::remove_file(mini.at(now)).unwrap();
    said(&mini, &["restore", now]);
    assert!(mini.text(now).contains("return 7  # mine"));
}

#[test]
fn a_backup_of_one_homework_is_not_one_of_another() {
    let course = "course: {id: mini}\nbase: {from: {path: BASE}}\nmodules: [numbers, sums, means, plots, hw]\nassignments:\n  hw: {title: HW, from: {path: hw}}\n";
    let mini = Mini::only(course);
    let folder = mini.folder().join("hw");
    fs::create_dir(&folder).unwrap();
    for number in [1, 2] {
        fs::write(folder.join(format!("0{number}_homework.ipynb")), homework(number)).unwrap();
    }
    tito(mini.folder(), &["init", "ws", "--config", "course.yml", "--tier", "student"]).expect(0);
    let [one, two] = ["assignments/hw/01_homework.ipynb", "assignments/hw/02_homework.ipynb"];
    for path in [one, two] {
        mini.edit(path, "raise NotImplementedError()", "return 7  # mine");
    }
    said(&mini, &["module", "reset", "hw", "--file", one, "--yes"]);
    fs::remove_file(mini.at(two)).unwrap();
    assert_eq!(said(&mini, &["backups", two]), format!("{two} has no backup\n"));
    said(&mini, &["restore", two]);
    let text = mini.text(two);
    assert!(text.contains("def h2(") && !text.contains("# mine"), "{text}");
    assert!(said(&mini, &["backups", one]).contains(one));
}

/// A notebook with a question and a test.
fn homework(number: usize) -> String {
    let cell = |id: String, is_test: bool, source: String| {
        let mut grading = serde_json::json!({"grade": is_test, "grade_id": id, "locked": is_test, "schema_version": 3, "solution": !is_test});
        if is_test {
            grading["points"] = 1.into();
        }
        serde_json::json!({"cell_type": "code", "execution_count": null, "id": id, "metadata": {"nbgrader": grading},
            "outputs": [], "source": source})
    };
    let answer =
        format!("def h{number}(x):\n    ### BEGIN SOLUTION\n    return x + {number}\n    ### END SOLUTION");
    let cells = [
        cell(format!("h{number}"), false, answer),
        cell(format!("t{number}"), true, format!("assert h{number}(1) == {number} + 1")),
    ];
    serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string()
}
