//! A course in R: stubs of its own, no package, the same notebooks as nbgrader's `generate_assignment`, and graded by it with a kernel for R.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::gradebook::{grade, release};
use crate::judges::python_says;
use crate::mini::copy;
use crate::tito::{root, tito};

const CATALOG: &str = "catalog: tables\nversion: 1.0.0\ntitle: Tables\nmodules:\n\
    \x20 - {id: worksheet-01, title: Introduction, from: source/worksheet_01}\n\
    \x20 - {id: worksheet-02, title: Wrangling, from: source/worksheet_02}\n";
const STUBS: &str = "stubs: {r: \"# your code here\\nfail() # No Answer\"}\n";

/// The imitation of a course in R, with a catalog; `course` is what its `course.yml` says beside the usual.
fn folder(course: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("tests/adopt/nbgrader-r"), &folder.path().join("base"));
    fs::write(folder.path().join("base/catalog.yml"), CATALOG).unwrap();
    let text = format!("course: {{id: tables}}\nbase: {{from: {{path: base}}}}\n{course}");
    fs::write(folder.path().join("course.yml"), text).unwrap();
    folder
}

/// What nbgrader grades by: each cell's source and grading metadata.
fn graded(notebook: &Path) -> Vec<(String, Value)> {
    let value: Value = serde_json::from_slice(&fs::read(notebook).unwrap()).unwrap();
    let text = |source: &Value| match source {
        Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect(),
        other => other.as_str().unwrap().to_owned(),
    };
    let cells = value["cells"].as_array().unwrap().iter();
    cells.map(|cell| (text(&cell["source"]), cell["metadata"]["nbgrader"].clone())).collect()
}

#[test]
fn students_get_what_nbgrader_would_release() {
    let folder = folder(STUBS);
    tito(folder.path(), &["init", "ws"]).expect(0);
    tito(folder.path(), &["nbgrader", "grading"]).expect(0);
    let tree = folder.path().join("grading");
    let assignments = ["worksheet-01", "worksheet-02"].map(Path::new);
    python_says(
        "tests/judges/nbgrader_loop.py",
        &[&[Path::new("release"), &tree], &assignments[..]].concat(),
    );
    for (at, id) in ["worksheet-01", "worksheet-02"].into_iter().enumerate() {
        let name = format!("{}.ipynb", id.replace('-', "_"));
        let ours = folder.path().join(format!("ws/modules/0{}_{id}/{name}", at + 1));
        let theirs = tree.join(format!("release/{id}/{name}"));
        assert_eq!(graded(&ours), graded(&theirs), "{id}");
    }
}

#[test]
fn the_stub_is_the_courses() {
    let folder = folder(STUBS);
    tito(folder.path(), &["init", "ws"]).expect(0);
    let cells = graded(&folder.path().join("ws/modules/02_worksheet-02/worksheet_02.ipynb"));
    assert_eq!(cells[1].0, "fastest <- function(table) {\n    # your code here\n    fail() # No Answer\n}");
    assert!(!folder.path().join("ws/package").exists(), "a course without a package has none");
}

fn change(at: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(at).unwrap();
    assert!(text.contains(from), "no {from} in {text}");
    fs::write(at, text.replace(from, to)).unwrap();
}

/// A workspace whose student answered the first question, after the course went on.
fn answered_and_updated(folder: &Path, answer: &str) -> std::path::PathBuf {
    tito(folder, &["init", "ws"]).expect(0);
    let at = folder.join("ws/modules/01_worksheet-01/worksheet_01.ipynb");
    let stub = "\"# your code here\\n\",\n    \"fail() # No Answer\\n\",";
    change(&at, stub, &format!("\"{answer}\\n\","));
    let base = folder.join("base/source/worksheet_01/worksheet_01.ipynb");
    change(&base, "# Replace this comment.", "# Replace this whole comment.");
    change(&base, "Multiply 22 by 7", "Multiply 22 by seven");
    change(&base, "answer1.1 <- 22 * 7", "answer1.1 <- 7 * 22");
    tito(&folder.join("ws"), &["update", "--yes"]).expect(0);
    at
}

#[test]
fn an_answer_in_r_stays_while_the_course_goes_on() {
    let folder = folder(STUBS);
    let at = answered_and_updated(folder.path(), "answer1.1 <- 22 + 22 * 6  # mine");
    let cells = graded(&at);
    assert!(cells[2].0.contains("by seven"));
    assert_eq!(cells[3].0, "# Replace this whole comment.\nanswer1.1 <- 22 + 22 * 6  # mine\nanswer1.1");
}

/// With Debian's kernel for R, which `tests/setup` installs.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "minutes; tests/run runs it"]
fn what_students_write_in_r_gets_the_points_that_it_deserves() {
    let folder = folder(STUBS);
    let at = answered_and_updated(folder.path(), "answer1.1 <- 22 + 22 * 6  # mine");
    tito(folder.path(), &["nbgrader", "grading"]).expect(0);
    let tree = folder.path().join("grading");
    release(&tree, &["worksheet-01"]);
    let released = tree.join("release/worksheet-01");
    for student in ["right", "wrong", "blank"] {
        let handed_in = tree.join("submitted").join(student).join("worksheet-01");
        copy(&released, &handed_in);
        let notebook = handed_in.join("worksheet_01.ipynb");
        if student != "blank" {
            fs::copy(&at, &notebook).unwrap();
        }
        if student == "wrong" {
            change(&notebook, "22 + 22 * 6", "22 + 7");
        }
    }
    let sheets = grade(&tree, &["worksheet-01"]);
    let points: Vec<_> = sheets.iter().map(|sheet| (&*sheet.student, sheet.sum(), sheet.by_hand)).collect();
    let expected = [("blank", (0.0, 1.0), 2.0), ("right", (1.0, 1.0), 2.0), ("wrong", (0.0, 1.0), 2.0)];
    assert_eq!(points, expected);
}

#[test]
fn a_language_without_a_stub_is_named_with_the_setting_that_helps() {
    let folder = folder("");
    let at = folder.path().join("base/source/worksheet_02/worksheet_02.ipynb");
    let text = fs::read_to_string(&at).unwrap();
    fs::write(&at, text.replace("\"language\": \"R\"", "\"language\": \"julia\"")).unwrap();
    let ran = tito(folder.path(), &["check", "--color", "never"]);
    assert_eq!(ran.code, 1);
    assert!(ran.text().contains("stubs: {julia:"), "{}", ran.text());
    let course = fs::read_to_string(folder.path().join("course.yml")).unwrap();
    fs::write(folder.path().join("course.yml"), course + "stubs: {julia: \"# YOUR CODE HERE\"}\n").unwrap();
    tito(folder.path(), &["check"]).expect(0);
}

#[test]
fn a_directive_without_a_package_is_an_error() {
    let folder = folder("");
    fs::write(
        folder.path().join("base/source/worksheet_02/code.py"),
        "# %%\n#| default_exp core\n\n# %%\n#| export\nx = 1\n",
    )
    .unwrap();
    let text = tito(folder.path(), &["check", "--color", "never"]).text();
    assert!(text.contains("catalog::package-name") && text.contains("code.py:2"), "{text}");
}

#[test]
fn a_notebook_in_r_stays_one_where_others_become_scripts() {
    let folder = folder("notebooks: py\n");
    tito(folder.path(), &["init", "ws"]).expect(0);
    assert!(folder.path().join("ws/modules/02_worksheet-02/worksheet_02.ipynb").exists());
}
