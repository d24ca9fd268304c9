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

/// What the notebook `capstone` writes as `report.json`.
/// A unit that the course renamed is one unit, by whatever id a student's release has it.
#[test]
fn a_unit_that_was_renamed_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    for student in 0..8 {
        let mut told = report(student);
        if student < 4 {
            told["units"][0]["id"] = json!("totals");
            told["units"][0]["title"] = json!("Totals");
            told["renames"] = json!({"sums": "totals"});
            told["serial"] = json!(4);
        }
        // Before and behind the others.
        fs::write(inbox.join(format!("{}.json", (student + 2) % 8)), told.to_string()).unwrap();
    }
    let ran = tito::tito(folder.path(), &["class", "inbox", "--format", "json"]).expect(0);
    let class: Value = serde_json::from_str(&ran.stdout).unwrap();
    let unit =
        json!({"id": "totals", "title": "Totals", "started": 6, "completed": 4, "submitted": 2, "late": 0});
    assert_eq!(class["units"], json!([unit]));
}

fn capstone(digest: &str, bytes: f64, accuracy: f64, bound: f64) -> Value {
    let entry = |bytes: f64, multiplications: u64, accuracy: f64| json!({"accuracy": accuracy, "bytes": bytes, "multiplications": multiplications});
    let claim = |entry: &str, metric: &str, relation: &str, bound: f64, kind: &str, baseline: &str| json!({"entry": entry, "metric": metric, "relation": relation, "bound": bound, "kind": kind, "baseline": baseline});
    json!({
        "title": "My capstone",
        "digest": digest.repeat(8),
        "entries": {"float32": entry(4000.0, 900, 0.9), "shipped": entry(bytes, 225, accuracy), "text": {"surprise": 1.25}},
        "claims": [
            claim("shipped", "bytes", "at least", bound, "factor", "float32"),
            claim("shipped", "accuracy", "at most", 0.05, "loss", "float32"),
            claim("text", "surprise", "at most", 1.25, "value", "float32"),
        ],
    })
}

#[test]
fn capstones_are_ranked_by_what_their_reports_prove() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    let write = |name: &str, report: &Value| fs::write(inbox.join(name), report.to_string()).unwrap();
    write("zoe_1_11_report.json", &capstone("aaaaaaaa", 1000.0, 0.88, 4.0)); // smaller 4, fewer 4
    write("zoe_1_12_report.json", &capstone("abababab", 2000.0, 0.9, 2.0)); // not her best one
    write("adam_2_13_report.json", &capstone("bbbbbbbb", 250.0, 0.875, 16.0)); // smaller 16
    write("mia_3_14_report.json", &capstone("cccccccc", 1000.0, 0.88, 4.0)); // as good as Zoe's
    write("tom_4_15_report.json", &capstone("dddddddd", 2000.0, 0.9, 2.0));
    write("eve_5_16_report.json", &capstone("eeeeeeee", 1000.0, 0.9, 4.01)); // claims too much
    write("bob_6_17_report.json", &capstone("ffffffff", 100.0, 0.86, 4.0)); // loses too much
    let mut empty = capstone("00000000", 1000.0, 0.9, 4.0);
    empty["entries"]["shipped"].as_object_mut().unwrap().remove("multiplications");
    write("pat_7_18_report.json", &empty);
    let mut strange = capstone("11111111", 1000.0, 0.9, 4.0);
    strange["claims"][0]["relation"] = "about".into();
    write("sam_8_19_report.json", &strange);
    let mut nothing = capstone("22222222", 0.0, 0.9, 4.0);
    nothing["claims"] = json!([]);
    write("liv_9_20_report.json", &nothing);

    let text = tito::tito(folder.path(), &["class", "inbox", "--rank"]).expect(0).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "9 capstones, 4 with a place");
    let places: Vec<Vec<&str>> = lines[2..6].iter().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        places,
        [
            ["1", "8.00", "16.00", "4.00", "0.875", "0.025", "bbbbbbbbbbbb"],
            ["2", "4.00", "4.00", "4.00", "0.880", "0.020", "aaaaaaaaaaaa"],
            ["2", "4.00", "4.00", "4.00", "0.880", "0.020", "cccccccccccc"],
            ["4", "2.83", "2.00", "4.00", "0.900", "0.000", "dddddddddddd"],
        ]
    );
    for why in [
        "eeeeeeeeeeee: a claim does not hold: shipped: bytes at least 4.01; measured 4.0000",
        "ffffffffffff: 0.040 of accuracy is lost, at most 0.03 may be",
        "000000000000: there is no `multiplications` of `shipped`",
        "111111111111: a claim has the unknown relation `about`",
        "222222222222: `bytes` must be above 0",
    ] {
        assert!(lines.contains(&format!("! no place: {why}").as_str()), "{why}:\n{text}");
    }
    let names = ["zoe", "adam", "mia", "tom", "eve", "bob", "pat", "sam", "liv"];
    let none = |text: &str| names.iter().all(|name| !text.contains(name));
    assert!(none(&text), "{text}");

    let json = tito::tito(folder.path(), &["class", "inbox", "--rank", "--format", "json"]).expect(0).stdout;
    assert!(none(&json), "{json}");
    let named = ["class", "inbox", "--rank", "--names"];
    let named_json =
        tito::tito(folder.path(), &[&named[..], &["--format", "json"]].concat()).expect(0).stdout;
    for text in [&json, &named_json] {
        let class: Value = serde_json::from_str(text).unwrap();
        assert!(
            jsonschema::validator_for(&::tito::teach::class::schema()).unwrap().is_valid(&class),
            "{text}"
        );
    }
    let text = tito::tito(folder.path(), &named).expect(0).stdout;
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
    // The names are asked for with the ranking only, and a ranking is given to whoever asks for it.
    tito::tito(folder.path(), &["class", "inbox", "--names"]).expect(2);
    write("zoe_1_21_me.json", &report(2));
    let counts = tito::tito(folder.path(), &["class", "inbox", "--page", "class.html"]).expect(0).stdout;
    assert!(counts.starts_with("x/mls   1 student, 1 report\n") && !counts.contains("capstone"), "{counts}");
    assert!(!fs::read_to_string(folder.path().join("class.html")).unwrap().contains("aaaa"));
}

#[test]
fn the_schema_in_the_repository_is_the_classs() {
    let text = serde_json::to_string_pretty(&::tito::teach::class::schema()).unwrap() + "\n";
    golden(&root().join("course-schemas/class.schema.json"), &text);
}
