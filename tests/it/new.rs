//! `tito new`: what it writes is valid as it is, and nothing of anyone's is replaced.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::judges::python;
use crate::tito::{command, tito, tree};

/// A course without a single finding, which also compiles into a workspace.
#[track_caller]
fn is_good(folder: &Path, course: &str) {
    let report = tito(folder, &["check", course, "--format", "json"]).expect(0).stdout;
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["diagnostics"], serde_json::json!([]), "{report:#}");
    tito(folder, &["lock", course]).expect(0);
    let file = if course.ends_with(".yml") { course.to_owned() } else { format!("{course}/course.yml") };
    tito(folder, &["init", "try", "--config", &file, "--locked"]).expect(0);
    fs::remove_dir_all(folder.join("try")).unwrap();
}

#[test]
fn an_assignment_is_a_folder_in_the_folder_of_the_course() {
    let folder = tempfile::tempdir().unwrap();
    for place in [".", "./", "../x", "a/.."] {
        let ran = tito(folder.path(), &["new", "assignment", place]).expect(2);
        assert!(ran.stderr.contains("is not below this folder"), "{place}: {}", ran.stderr);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{place}");
    }
}

#[test]
fn a_course_is_valid_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let ran = tito(folder.path(), &["new", "course", "My Course 2"]).expect(0);
    assert!(ran.stdout.contains("next:\n  cd \"My Course 2\"\n  tito check "), "{}", ran.stdout);
    let text = fs::read_to_string(folder.path().join("My Course 2/course.yml")).unwrap();
    assert!(
        text.contains("id: my-course-2 ")
            && text.contains("\n  - tensor ")
            && text.contains("\n  - capstone "),
        "{text}"
    );
    assert!(!text.contains('@'), "{text}");
    is_good(folder.path(), "My Course 2");
    let words = [
        "new",
        "course",
        "b",
        "--id",
        "uni/b",
        "--title",
        "It's \"B\": 50 %",
        "--modules",
        "tensor,activations",
    ];
    tito(folder.path(), &words).expect(0);
    is_good(folder.path(), "b");
    let shown = tito(folder.path(), &["check", "b"]).expect(0);
    assert!(shown.stderr.contains("uni/b: "), "{}", shown.stderr);
    for (words, why) in
        [(&["new", "course"][..], "which folder"), (&["new", "course", "c", "--id", "A b"], "is not an id")]
    {
        let ran = tito(folder.path(), words).expect(2);
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    assert!(!folder.path().join("c").exists());
}

#[test]
fn what_is_there_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("course.yml"), "course: {id: mine}\n").unwrap();
    let before = tree(folder.path());
    let ran = tito(folder.path(), &["new", "course", "."]).expect(1);
    assert!(ran.stderr.contains("exists, and is not changed"), "{}", ran.stderr);
    assert_eq!(tree(folder.path()), before);
    // The same command again, after an interruption, finishes what it began.
    tito(folder.path(), &["new", "base", "base"]).expect(0);
    let whole = tree(&folder.path().join("base"));
    fs::remove_file(folder.path().join("base/catalog.yml")).unwrap();
    tito(folder.path(), &["new", "base", "base"]).expect(0);
    assert_eq!(tree(&folder.path().join("base")), whole);
}

#[test]
fn an_assignment_takes_the_lines_that_are_printed_and_is_graded() {
    let folder = tempfile::tempdir().unwrap();
    tito(folder.path(), &["new", "course", ".", "--id", "demo", "--modules", "tensor"]).expect(0);
    let ran = tito(folder.path(), &["new", "assignment", "assignments/reading-lab"]).expect(0);
    let lines = ran.stdout.split_once("\n  assignments:\n").unwrap().1;
    let lines: Vec<&str> =
        lines.lines().take_while(|line| !line.trim().is_empty()).map(|line| &line[2..]).collect();
    let course = fs::read_to_string(folder.path().join("course.yml")).unwrap();
    let course = course.replace("  - tensor\n", "  - tensor\n  - reading-lab\n");
    fs::write(folder.path().join("course.yml"), format!("{course}\nassignments:\n{}\n", lines.join("\n")))
        .unwrap();
    is_good(folder.path(), "course.yml");
    tito(folder.path(), &["nbgrader", "grading"]).expect(0);
    let source = tree(&folder.path().join("grading"));
    let notebook = source.keys().find(|path| path.ends_with("reading_lab.ipynb")).unwrap();
    let text = String::from_utf8(source[notebook].clone()).unwrap();
    assert!(text.contains("\"test-reading-lab-area\"") && text.contains("\"reading-lab-why\""), "{text}");
    // Its solution passes its own tests, and what students get does not.
    for (tier, code) in [("instructor", 0), ("student", 1)] {
        tito(folder.path(), &["init", tier, "--tier", tier]).expect(0);
        let mut test = command(&folder.path().join(tier));
        let ran = crate::tito::ran(
            &test.env("TITO_PYTHON", python()).args(["test", "reading-lab"]).output().unwrap(),
        );
        ran.expect(code);
    }
}

/// A course reads nothing outside of its folder.
#[test]
fn an_assignment_is_in_the_folder_of_its_course() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("course")).unwrap();
    let ran = tito(&folder.path().join("course"), &["new", "assignment", "../lab"]).expect(2);
    assert!(ran.stderr.contains("is not below this folder"), "{}", ran.stderr);
    assert!(!folder.path().join("lab").exists());
}

#[test]
fn a_base_compiles_and_its_tests_pass() {
    let folder = tempfile::tempdir().unwrap();
    tito(folder.path(), &["new", "base", "my-base"]).expect(0);
    let checked = tito(folder.path(), &["catalog", "check", "--unused", "my-base"]).expect(0);
    assert!(checked.stdout.contains("0 files of the base in no course"), "{}", checked.text());
    tito(folder.path(), &["new", "course", "course", "--base", "my-base"]).expect(0);
    is_good(folder.path(), "course");
    tito(folder.path(), &["init", "ws", "--config", "course/course.yml", "--tier", "instructor"]).expect(0);
    for unit in ["counting", "averages"] {
        let mut complete = command(&folder.path().join("ws"));
        let ran = crate::tito::ran(
            &complete.env("TITO_PYTHON", python()).args(["complete", unit]).output().unwrap(),
        );
        assert!(ran.expect(0).stdout.contains("passed"), "{unit}");
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_it_asks() {
    let folder = tempfile::tempdir().unwrap();
    let mut answers = String::new();
    for answer in ["notes", "uni/notes", "Notes"] {
        answers += &format!("{answer}\n");
    }
    let tito = env!("CARGO_BIN_EXE_tito");
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &format!("'{tito}' new course"), "/dev/null"]).current_dir(folder.path());
    script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = script.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("The folder of the course [my-course]:"), "{said}");
    let text = fs::read_to_string(folder.path().join("notes/course.yml"))
        .unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(text.contains("id: uni/notes ") && text.contains("title: \"Notes\""), "{text}");
}

#[test]
fn what_a_course_is_made_of_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 3] = [
        (
            &["new", "course", "c", "--base", "bsae"],
            "`bsae` is not the folder of a base: it has no catalog.yml",
        ),
        (&["new", "course", "c", "--modules", "tensor,tensr"], "did you mean `tensor`?"),
        (&["new", "course", "c", "--modules", "juggling"], "the bundled base has no unit `juggling`"),
    ];
    for (args, said) in cases {
        let ran = tito(folder.path(), args).expect(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(tree(folder.path()).len(), 0);
    // What is to be typed next works.
    let ran = tito(folder.path(), &["new", "course", "try", "--modules", "tensor"]).expect(0);
    assert!(ran.stdout.contains("tito init ../try-it "), "{}", ran.stdout);
    tito(&folder.path().join("try"), &["init", "../try-it"]).expect(0);
    fs::create_dir(folder.path().join("here")).unwrap();
    let ran = tito(&folder.path().join("here"), &["new", "course", ".", "--id", "demo"]).expect(0);
    assert!(ran.stdout.contains("next:\n  tito check "), "{}", ran.stdout);
}

/// The name of a folder may be that of a package which everyone has.
#[test]
fn a_base_has_a_package_that_can_be_imported() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["numpy", "class", "json"] {
        tito(folder.path(), &["new", "base", name]).expect(0);
        tito(folder.path(), &["catalog", "check", name]).expect(0);
    }
    for (package, help) in [("class", "keyword"), ("numpy", "`mynumpy`"), ("my-pkg", "`--package my_pkg`")] {
        let ran = tito(folder.path(), &["new", "base", "other", "--package", package]).expect(2);
        assert!(ran.stderr.contains(help), "{}", ran.stderr);
        assert!(!folder.path().join("other").exists());
    }
}
