//! `tito class`: counts over receipts and reports of status, and a page without names.

use std::fs;

use serde_json::{Value, json};

use crate::hand_in::solve;
use crate::mini::Mini;
use crate::tito::{self, golden, root};

/// A report as `tito status --format json` writes it.
fn report(student: usize) -> Value {
    let state = ["not-started", "in-progress", "completed", "submitted"][student % 4];
    let open: &[&str] = if student.is_multiple_of(10) { &["modules/02_sums/sums.ipynb"] } else { &[] };
    let what = if student.is_multiple_of(5) { "offered" } else { "edited" };
    json!({
        "course": "x/mls",
        "student": format!("student-{student}"),
        "serial": 1 + student % 3,
        "base": "1.2.0",
        "units": [
            {"id": "sums", "kind": "module", "number": "02", "title": "Sums & <b>more</b>", "state": state, "change": "same"},
        ],
        "files": [{"path": "modules/02_sums/sums.ipynb", "what": what, "situation": "student-changed"}],
        "advisories": [{"id": "A-1", "severity": "critical", "title": "wrong sum", "fixed": [], "open": open}],
    })
}

#[test]
fn three_hundred_reports_are_counted_and_no_name_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    for student in 0..300 {
        fs::write(inbox.join(format!("name{student}_{student}_7_me.json")), report(student).to_string())
            .unwrap();
    }
    fs::write(inbox.join("other.json"), report(1).to_string().replace("x/mls", "x/other")).unwrap();
    fs::write(inbox.join("broken.json"), "{").unwrap();
    let ran =
        tito::tito(folder.path(), &["class", "inbox", "--page", "class.html", "--format", "json"]).expect(0);
    let class: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(jsonschema::validator_for(&::tito::teach::class::schema()).unwrap().is_valid(&class));
    assert_eq!((class["students"].as_u64(), class["left_out"].as_u64()), (Some(300), Some(2)));
    let unit = json!({"id": "sums", "title": "Sums & <b>more</b>", "started": 225, "completed": 150, "submitted": 75, "late": 0});
    assert_eq!(class["units"], json!([unit]));
    assert_eq!(class["releases"][1], json!({"what": "release 2", "students": 100}));
    assert_eq!(class["advisories"], json!([{"what": "A-1: wrong sum", "students": 30}]));
    assert_eq!(class["conflicts"], 60);
    // No name leaves the machine on it, and nothing is loaded or run.
    let page = fs::read_to_string(folder.path().join("class.html")).unwrap();
    for bad in ["student-", "name1", "<script", "http", "<b>more"] {
        assert!(!page.contains(bad) && !ran.stdout.contains("student-"), "{bad}");
    }
    assert!(page.contains("Sums &amp; &lt;b&gt;more") && page.contains(">225<"), "{page}");
}

#[test]
fn receipts_and_reports_of_one_student_are_one_student() {
    let mini = Mini::new("student");
    solve(&mini);
    let inbox = mini.folder().join("inbox");
    fs::create_dir(&inbox).unwrap();
    mini.run(&["submit", "sums", "--as", "jane", "-o", "../inbox/a.zip"]).expect(0);
    mini.run(&["submit", "sums", "--yes", "-o", "../inbox/b.zip"]).expect(0);
    let ran = mini.run(&["status", "--format", "json"]).expect(0);
    fs::write(inbox.join("me.json"), &ran.stdout).unwrap();
    let ran = tito::tito(mini.folder(), &["class", "inbox"]).expect(0);
    assert!(ran.stdout.starts_with("mini   1 student, 1 report\n"), "{}", ran.stdout);
    let sums = ran.stdout.lines().find(|line| line.starts_with("Sums ")).unwrap();
    assert_eq!(sums.split_whitespace().collect::<Vec<_>>(), ["Sums", "1", "1", "1", "0"]);
    assert!(!ran.stdout.contains("jane"), "{}", ran.stdout);
    let ran = tito::tito(mini.folder(), &["class", "base"]).expect(1);
    assert!(ran.stderr.contains("there is no report of a student there"), "{}", ran.stderr);
}

#[test]
fn the_schema_in_the_repository_is_the_classs() {
    let text = serde_json::to_string_pretty(&::tito::teach::class::schema()).unwrap() + "\n";
    golden(&root().join("course-schemas/class.schema.json"), &text);
}
