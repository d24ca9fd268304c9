//! `tito submit`: what a student hands in, the receipt, and what tito remembers of it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use ::tito::notebook::nbformat;
use ::tito::receipt::{self, Receipt};
use serde_json::Value;

use crate::mini::Mini;
use crate::tito::{Ran, golden, root};

/// The notebook of the unit that is handed in.
pub(crate) const SUMS: &str = "modules/02_sums/sums.ipynb";

/// The entries of a zip file, in order.
pub(crate) fn unzipped(file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(fs::read(file).unwrap())).unwrap();
    let count = zip.len();
    let entry = |at| {
        let mut entry = zip.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    (0..count).map(entry).collect()
}

/// The receipt in a submission.
pub(crate) fn receipt_of(file: &Path) -> Receipt {
    let entries = unzipped(file);
    let (receipt, is_sealed) = Receipt::read(&entries[0].1).unwrap();
    assert!(is_sealed && entries[0].0 == "receipt.json");
    receipt
}

/// Writes the right answer, as a student would.
pub(crate) fn solve(mini: &Mini) {
    mini.edit(SUMS, "raise NotImplementedError()", "return numbers_of(values) + 4");
}

fn odd(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter_map(|line| line.strip_prefix("! ")).collect()
}

#[test]
fn the_schema_in_the_repository_is_the_receipts() {
    let text = serde_json::to_string_pretty(&receipt::schema()).unwrap() + "\n";
    golden(&root().join("course-schemas/receipt.schema.json"), &text);
}

#[test]
fn work_and_receipt_go_into_one_file_and_the_unit_is_handed_in() {
    let mini = Mini::new("student");
    solve(&mini);
    fs::write(mini.at("modules/02_sums/notes.txt"), "mine").unwrap();
    mini.run(&["module", "export", "sums"]).expect(0);
    let ran = mini.run(&["submit", "2", "--as", "jane"]).expect(0);
    assert_eq!(
        ran.stdout,
        "✓ Sums is packed in mini-sums-jane.zip: 1 work file, 1 exported module, 1 file of your own\n  \
         handed in as jane\n\
         now upload this file where your course wants it; you can hand in again with the same command\n"
    );
    assert_eq!(ran.stderr, "");
    let file = mini.at("mini-sums-jane.zip");
    let entries = unzipped(&file);
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["receipt.json", "minipkg/sums.py", "modules/02_sums/notes.txt", SUMS]);
    for (name, bytes) in entries.iter().skip(1) {
        assert!(*bytes == fs::read(mini.at(name)).unwrap(), "{name}");
    }
    let receipt = receipt_of(&file);
    assert_eq!((receipt.unit.as_str(), receipt.number, receipt.at.as_str()), ("sums", 1, crate::tito::NOW));
    assert_eq!(receipt.course.id, "mini");
    assert!(receipt.course.lock.is_some() && receipt.course.release.is_some());
    assert_eq!((receipt.late, receipt.closed, &receipt.odd), (None, None, &vec![]));
    let value: Value = serde_json::from_slice(&entries[0].1).unwrap();
    assert!(jsonschema::validator_for(&receipt::schema()).unwrap().is_valid(&value));
    let submitted = &mini.progress()["submitted"]["sums"];
    assert_eq!(submitted["at"], crate::tito::NOW);
    assert_eq!(submitted["files"].as_object().unwrap().keys().collect::<Vec<_>>(), [SUMS]);
    // The same work in another workspace gives the same bytes.
    let other = Mini::new("student");
    solve(&other);
    fs::write(other.at("modules/02_sums/notes.txt"), "mine").unwrap();
    other.run(&["module", "export", "sums"]).expect(0);
    other.run(&["submit", "sums", "--as", "jane", "-o", "here.zip"]).expect(0);
    assert!(fs::read(&file).unwrap() == fs::read(other.at("here.zip")).unwrap());
}

#[test]
fn what_a_grader_would_stumble_over_is_said_before() {
    let mini = Mini::new("student");
    solve(&mini);
    let mut notebook = nbformat::read(&fs::read(mini.at(SUMS)).unwrap()).unwrap();
    let place = |id: &str| notebook.cells.iter().position(|cell| cell.grade_id() == Some(id)).unwrap();
    let (answer, test) = (place("sums-of"), place("test-sums-of"));
    let copy = notebook.cells[answer].clone();
    notebook.cells[test].source = "assert True".to_owned();
    notebook.cells.push(copy);
    fs::write(mini.at(SUMS), nbformat::write(&notebook)).unwrap();
    fs::write(mini.at("tests/02_sums/test_sums.py"), "def test(): pass\n").unwrap();
    let before = mini.files();
    let ran = mini.run(&["submit", "sums"]).expect(2);
    let said = [
        "cell `sums-of` of modules/02_sums/sums.ipynb is there more than once: only one of them can be graded",
        "cell `test-sums-of` of modules/02_sums/sums.ipynb belongs to the course, and has another text: the course's text is used",
        "tests/02_sums/test_sums.py is not as the course gave it: the course's tests are used",
    ];
    assert_eq!(odd(&ran), said);
    assert!(mini.files() == before, "nothing is written before the answer");
    let ran = mini.run(&["submit", "sums", "--yes"]).expect(0);
    assert!(ran.stdout.contains("without a student id"), "{}", ran.stdout);
    assert_eq!(receipt_of(&mini.at("mini-sums.zip")).odd.len(), said.len());
}

#[test]
fn what_is_untouched_broken_or_missing_is_named() {
    let mini = Mini::new("student");
    let ran = mini.run(&["submit", "sums"]).expect(2);
    assert_eq!(odd(&ran), ["cell `sums-of` of modules/02_sums/sums.ipynb is as the course gave it"]);
    fs::write(mini.at(SUMS), "{\"cells\": [").unwrap();
    let ran = mini.run(&["submit", "sums"]).expect(2);
    assert!(odd(&ran)[0].starts_with("modules/02_sums/sums.ipynb cannot be read as a notebook: "));
    // It is handed in as it is, when the student says so.
    mini.run(&["submit", "sums", "--yes"]).expect(0);
    assert_eq!(unzipped(&mini.at("mini-sums.zip"))[1].1, b"{\"cells\": [");
    fs::remove_file(mini.at(SUMS)).unwrap();
    let ran = mini.run(&["submit", "sums", "--yes"]).expect(1);
    assert!(ran.stderr.contains("there is nothing of sums to hand in"), "{}", ran.stderr);
}

#[test]
fn a_unit_can_be_handed_in_again_and_no_file_is_replaced() {
    let mini = Mini::new("student");
    solve(&mini);
    mini.run(&["submit", "sums", "--as", "jane"]).expect(0);
    let first = fs::read(mini.at("mini-sums-jane.zip")).unwrap();
    mini.edit(SUMS, "values) + 4", "values) + 5");
    let ran = mini.run(&["submit", "sums"]).expect(2);
    assert_eq!(
        odd(&ran),
        ["it was handed in once already, the last time 2027-02-01 09:30: this one counts instead"]
    );
    mini.run(&["submit", "sums", "--yes", "-o", "mini-sums-jane.zip"]).expect(4);
    assert_eq!(mini.progress()["submitted"]["sums"]["number"], 1);
    // The student's id is remembered.
    mini.run(&["submit", "sums", "--yes"]).expect(0);
    assert!(fs::read(mini.at("mini-sums-jane.zip")).unwrap() == first);
    assert_eq!(receipt_of(&mini.at("mini-sums-jane-2.zip")).number, 2);
    // The record is a run like others; the file stays.
    mini.run(&["undo"]).expect(0);
    assert_eq!(mini.progress()["submitted"]["sums"]["number"], 1);
    assert!(mini.at("mini-sums-jane-2.zip").exists());
    mini.run(&["submit", "sums", "--as", "../jane", "--yes"]).expect(2);
    mini.run(&["submit", "law", "--yes"]).expect(1);
}

#[test]
fn a_reset_says_what_was_handed_in_and_the_unit_is_worked_on_again() {
    let mini = Mini::new("student");
    solve(&mini);
    mini.run(&["submit", "sums"]).expect(0);
    let said =
        "! you handed in modules/02_sums/sums.ipynb on 2027-02-01 09:30; what you uploaded stays handed in";
    let ran = mini.run(&["module", "reset", "sums"]).expect(2);
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    let ran = mini.run(&["module", "reset", "sums", "--yes"]).expect(0);
    assert!(ran.stderr.starts_with(said) && ran.stdout.ends_with("Sums is in progress again\n"), "{ran:?}");
    assert_eq!(mini.progress()["submitted"]["sums"]["reopened"], true);
    let ran = mini.run(&["module", "reset", "sums", "--yes"]).expect(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_receipt_says_what_the_tests_said_last() {
    let mini = Mini::new("student");
    mini.run(&["module", "export", "--all", "--yes"]);
    solve(&mini);
    mini.run(&["module", "test", "sums"]);
    mini.run(&["submit", "sums", "--yes"]).expect(0);
    let tests = receipt_of(&mini.at("mini-sums.zip")).tests.expect("the tests ran");
    assert!(tests.of_these_files && tests.graded == 1);
    mini.edit(SUMS, "values) + 4", "values) + 3");
    mini.run(&["submit", "sums", "--yes"]).expect(0);
    assert!(!receipt_of(&mini.at("mini-sums-2.zip")).tests.unwrap().of_these_files);
    // It is not a run that could be undone, and may be lost.
    fs::remove_file(mini.at(".tinytorch/tests")).unwrap();
    mini.run(&["submit", "sums", "--yes"]).expect(0);
    assert_eq!(receipt_of(&mini.at("mini-sums-3.zip")).tests, None);
}

#[test]
fn what_progress_says_of_submissions_is_kept_even_where_it_is_not_understood() {
    let mini = Mini::new("student");
    let entry = "{\"submitted\": {\"sums\": 3, \"no such\": {}}, \"mine\": 1}";
    fs::write(mini.at("progress.json"), entry).unwrap();
    mini.run(&["module", "start", "numbers"]).expect(0);
    let progress: BTreeMap<String, Value> = serde_json::from_value(mini.progress()).unwrap();
    assert_eq!(progress["mine"], 1);
    assert_eq!(progress["not_understood"]["submitted"].as_array().unwrap().len(), 2);
}

#[test]
fn late_and_closed_are_said_and_are_in_the_receipt() {
    let dates = "schedule: {timezone: UTC, start: 2027-01-04, units: {sums: {opens: 2027-01-05, due: 2027-01-31 12:00, closes: 2027-02-10}}}\n";
    let mini = Mini::of(&format!("{}{dates}", crate::mini::COURSE), "student");
    solve(&mini);
    let ran = mini.run(&["submit", "sums"]).expect(2);
    assert_eq!(odd(&ran), ["it is late: it was due Sun 31 Jan 12:00"]);
    mini.run(&["submit", "sums", "--yes"]).expect(0);
    let receipt = receipt_of(&mini.at("mini-sums.zip"));
    assert_eq!((receipt.late, receipt.closed), (Some(true), Some(false)));
    let at = |now: &str, args: &[&str]| {
        crate::tito::ran(&mini.command().env("TITO_NOW", now).args(args).output().unwrap())
    };
    let ran = at("2027-02-11T12:00:00Z", &["submit", "sums"]).expect(2);
    assert!(odd(&ran)[1].starts_with("the unit closed Wed 10 Feb 23:59: "), "{ran:?}");
    at("2027-01-20T12:00:00Z", &["submit", "sums", "--yes"]).expect(0);
    assert_eq!(receipt_of(&mini.at("mini-sums-2.zip")).late, Some(false));
}

/// Students type the command where the notebook is.
#[test]
fn what_was_handed_in_before_is_not_handed_in_again() {
    let mini = Mini::new("student");
    solve(&mini);
    let folder = mini.at("modules/02_sums");
    for _ in 0..2 {
        let mut command = mini.command();
        command.current_dir(&folder).args(["submit", "sums", "--as", "jane", "--yes"]);
        crate::tito::ran(&command.output().unwrap()).expect(0);
    }
    let entries = unzipped(&folder.join("mini-sums-jane-2.zip"));
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["receipt.json", SUMS]);
    // Another zip file of the student's goes along, and on another machine everything is wanted.
    let before = fs::read(folder.join("mini-sums-jane.zip")).unwrap();
    fs::write(folder.join("data.zip"), before.get(..200).unwrap()).unwrap();
    mini.run(&["submit", "sums", "--yes", "-o", "third.zip"]).expect(0);
    assert!(unzipped(&mini.at("third.zip")).iter().any(|(name, _)| name.ends_with("/data.zip")));
    mini.run(&["state", "export", "state.zip"]).expect(0);
    let state = unzipped(&mini.at("state.zip"));
    assert!(state.iter().any(|(name, _)| name.ends_with("/mini-sums-jane.zip")));
}
