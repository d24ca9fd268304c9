//! `tito collect`: an inbox as platforms give it, into a tree that real nbgrader grades.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use ::tito::notebook::{Notebook, nbformat};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::gradebook;
use crate::hand_in::{SUMS, unzipped};
use crate::mini::{COURSE, Mini};
use crate::tito::{self, Ran, command, golden, ran, root, tree};

/// An instructor's folder: a course, where it is published, a tree of nbgrader, an inbox, and students beside.
struct Class {
    mini: Mini,
}

impl Class {
    fn new() -> Self {
        let this = Self { mini: Mini::only(COURSE) };
        this.run(&["publish", "site"]).expect(0);
        this.run(&["nbgrader", "grading"]).expect(0);
        fs::create_dir(this.at("inbox")).unwrap();
        this
    }

    fn at(&self, path: &str) -> PathBuf {
        self.mini.folder().join(path)
    }

    fn run(&self, args: &[&str]) -> Ran {
        tito::tito(self.mini.folder(), args)
    }

    /// A student's own workspace of the published course.
    fn student(&self, name: &str) -> Student<'_> {
        self.run(&["init", name, "--config", "site"]).expect(0);
        Student { class: self, name: name.to_owned() }
    }

    /// Puts a file into the inbox.
    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.at("inbox").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn collect(&self) -> Ran {
        self.run(&["collect", "inbox", "-o", "grading", "--course", "site"])
    }

    /// The report, by the place of each submission: whose, which unit, what became of it, notes.
    fn report(&self) -> (BTreeMap<String, String>, Vec<String>) {
        let ran = self.run(&["collect", "inbox", "-o", "grading", "--course", "site", "--format", "json"]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()));
        let schema = ::tito::teach::collect::schema();
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report));
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let line = |line: &Value| {
            let notes = line["notes"].as_array().cloned().unwrap_or_default();
            let notes: Vec<String> = notes.iter().map(|note| text(&note["note"])).collect();
            let words =
                [text(&line["student"]), text(&line["unit"]), text(&line["outcome"]), notes.join(" ")];
            (text(&line["at"]), words.join(" ").trim_end().to_owned())
        };
        let left = |left: &Value| format!("{}: {}", text(&left["at"]), text(&left["why"]));
        (
            report["submissions"].as_array().unwrap().iter().map(line).collect(),
            report["left_out"].as_array().unwrap().iter().map(left).collect(),
        )
    }

    fn submitted(&self, student: &str) -> Notebook {
        let path = format!("grading/submitted/{student}/sums/sums.ipynb");
        nbformat::read(&fs::read(self.at(&path)).unwrap_or_else(|_| panic!("{path}"))).unwrap()
    }
}

struct Student<'a> {
    class: &'a Class,
    name: String,
}

impl Student<'_> {
    fn at(&self, path: &str) -> PathBuf {
        self.class.at(&self.name).join(path)
    }

    fn edit(&self, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.at(SUMS)).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(self.at(SUMS), text.replace(old, new)).unwrap();
        self
    }

    /// The right answer.
    fn solve(&self) -> &Self {
        self.edit("raise NotImplementedError()", "return numbers_of(values) + 4")
    }

    fn notebook(&self, change: impl FnOnce(&mut Notebook)) -> &Self {
        let mut notebook = nbformat::read(&fs::read(self.at(SUMS)).unwrap()).unwrap();
        change(&mut notebook);
        fs::write(self.at(SUMS), nbformat::write(&notebook)).unwrap();
        self
    }

    fn submit_at(&self, now: &str) -> Vec<u8> {
        let file = self.at("out.zip");
        let _ = fs::remove_file(&file);
        let args = ["submit", "sums", "--as", &self.name, "--yes", "-o", "out.zip"];
        let output = command(&self.class.at(&self.name)).env("TITO_NOW", now).args(args).output().unwrap();
        ran(&output).expect(0);
        fs::read(file).unwrap()
    }

    fn submit(&self) -> Vec<u8> {
        self.submit_at("2027-02-01T09:30:00Z")
    }
}

/// A zip file with these entries.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same entries with one of them changed.
fn with(file: &[u8], name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.zip"), file).unwrap();
    let entries = unzipped(&folder.path().join("x.zip")).into_iter().map(|(path, bytes)| {
        let bytes =
            if path == name { change(&String::from_utf8(bytes).unwrap()).into_bytes() } else { bytes };
        (path, bytes)
    });
    let entries: Vec<(String, Vec<u8>)> = entries.collect();
    zipped(&entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
}

fn position(notebook: &Notebook, id: &str) -> usize {
    notebook.cells.iter().position(|cell| cell.grade_id() == Some(id)).unwrap()
}

#[test]
fn the_schema_in_the_repository_is_the_reports() {
    let text = serde_json::to_string_pretty(&::tito::teach::collect::schema()).unwrap() + "\n";
    golden(&root().join("course-schemas/collect.schema.json"), &text);
}

#[test]
fn every_platforms_names_lead_to_the_same_tree() {
    let class = Class::new();
    let jane = class.student("jane");
    let file = jane.solve().submit();
    let notebook = fs::read(jane.at(SUMS)).unwrap();
    let whole = |entries: &[(&str, &[u8])]| {
        fs::remove_dir_all(class.at("inbox")).unwrap();
        let _ = fs::remove_dir_all(class.at("grading/submitted"));
        let _ = fs::remove_file(class.at("grading/.tito-collected.json"));
        for (name, bytes) in entries {
            class.put(name, bytes);
        }
        let (found, left) = class.report();
        assert_eq!(left, [""; 0]);
        assert_eq!(found.len(), 1, "{found:?}");
        let (at, line) = found.into_iter().next().unwrap();
        let files = tree(&class.at("grading/submitted"));
        (at, line, files.into_keys().collect::<Vec<_>>())
    };
    let inner: Vec<(String, Vec<u8>)> = unzipped(&jane.at("out.zip"));
    let unpacked = |folder: &str| -> Vec<(String, Vec<u8>)> {
        inner.iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes.clone())).collect()
    };
    let borrow = |entries: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> { entries.to_vec() };
    let canvas = "doejane_12345_678901_mini-sums-jane.zip";
    let folders = "Jane Doe_4711_assignsubmission_file/mini-sums-jane.zip";
    for (name, student) in [
        ("mini-sums-jane.zip", "jane"),
        ("anything.zip", "jane"),
        (canvas, "jane"),
        ("doejane_LATE_12345_678901_mini-sums-jane-2.zip", "jane"),
        (folders, "jane"),
        ("Jane Doe_4711_assignsubmission_file_mini-sums-jane.zip", "jane"),
        ("Lab 1_jane_attempt_2027-02-01-10-30-00_mini-sums-jane.zip", "jane"),
        ("sums-submissions/sums-jane/mini-sums-jane.zip", "jane"),
        ("week 1/mini-sums-jane.zip", "jane"),
    ] {
        let (at, line, files) = whole(&[(name, &file)]);
        assert_eq!((at.as_str(), line.as_str()), (name, format!("{student} sums collected").as_str()));
        assert_eq!(files, ["jane/sums/sums.ipynb", "jane/sums/timestamp.txt"], "{name}");
        // The same in one zip file for all, as platforms give it, and in one more that someone made of it.
        let all = zipped(&[(name, &file)]);
        assert_eq!(whole(&[("all.zip", &all)]).1, line, "{name}");
        assert_eq!(whole(&[("again.zip", &zipped(&[("all.zip", &all)]))]).1, line, "{name}");
    }
    let text = fs::read_to_string(class.at("grading/submitted/jane/sums/timestamp.txt")).unwrap();
    assert_eq!(text, "2027-02-01 09:30:00 UTC\n");
    // Browsers unpack what they download; the folder may be a platform's, or one in it.
    for folder in ["mini-sums-jane", "Jane Doe_4711_assignsubmission_file_", "x/y"] {
        let entries = borrow(&unpacked(folder));
        let entries: Vec<(&str, &[u8])> =
            entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        assert_eq!(whole(&entries).1, "jane sums collected", "{folder}");
    }
    // The notebook alone: the platform knows whose it is, the course which unit.
    for (name, student) in [
        ("doejane_12345_678901_sums.ipynb", "doejane"),
        ("doejane_12345_678901_sums-1.ipynb", "doejane"),
        ("doejane_12345_678901_Untitled.ipynb", "doejane"),
        ("Jane Doe_4711_assignsubmission_file_/sums.ipynb", "Jane-Doe"),
        ("Lab 1_jane_attempt_2027-02-01-10-30-00_sums (1).ipynb", "jane"),
        ("sums-submissions/sums-jane/modules/02_sums/sums.ipynb", "jane"),
        ("jane/sums.ipynb", "jane"),
    ] {
        assert_eq!(whole(&[(name, &notebook)]).1, format!("{student} sums collected no-receipt"), "{name}");
    }
}

/// What a notebook reads may be a zip file: it arrives as it is.
#[test]
fn a_students_own_zip_file_is_data_and_no_submission() {
    let class = Class::new();
    let jane = class.student("jane");
    let data = zipped(&[("numbers.csv", b"1,2"), ("sums.ipynb", b"{}"), ("receipt.json", b"{}")]);
    fs::write(jane.at(SUMS).with_file_name("numbers.zip"), &data).unwrap();
    let file = jane.solve().submit();
    let unpacked = unzipped(&jane.at("out.zip")).into_iter();
    let unpacked = unpacked.map(|(name, bytes)| (format!("doejane_1_2_a/{name}"), bytes)).collect();
    let all = zipped(&[("week 1/mini-sums-jane.zip", &file)]);
    for files in [vec![("jane.zip".to_owned(), file)], vec![("all.zip".to_owned(), all)], unpacked] {
        files.iter().for_each(|(name, bytes)| class.put(name, bytes));
        let (found, left) = class.report();
        assert_eq!((found.into_values().collect(), left), (vec!["jane sums collected".to_owned()], vec![]));
        assert_eq!(fs::read(class.at("grading/submitted/jane/sums/numbers.zip")).unwrap(), data);
        fs::remove_dir_all(class.at("inbox")).unwrap();
        fs::remove_dir_all(class.at("grading/submitted")).unwrap();
        fs::remove_file(class.at("grading/.tito-collected.json")).unwrap();
    }
}

/// The base declares what unit and file are called now; what was handed in before is graded as that.
#[test]
fn what_was_handed_in_before_a_rename_is_collected() {
    let class = Class::new();
    let jane = class.student("jane");
    let file = jane.solve().submit();
    class.put("mini-sums-jane.zip", &file);
    let base = |path: &str| class.at("base").join(path);
    for tree in ["modules", "tests"] {
        fs::rename(base(&format!("{tree}/sums")), base(&format!("{tree}/totals"))).unwrap();
    }
    fs::rename(base("modules/totals/sums.py"), base("modules/totals/all.py")).unwrap();
    let catalog = fs::read_to_string(base("catalog.yml")).unwrap();
    let catalog = catalog.replace("version: 1.2.0", "version: 1.3.0").replace("id: sums,", "id: totals,");
    let catalog = catalog.replace("[sums]", "[totals]").replace(
        "renames:\n",
        "renames:\n  - {module: sums, to: totals, in: 1.3.0}\n  - {file: sums.py, to: all.py, unit: totals, in: 1.3.0}\n",
    );
    fs::write(base("catalog.yml"), catalog).unwrap();
    class.run(&["publish", "site", "--yes"]).expect(0);
    fs::remove_dir_all(class.at("grading")).unwrap();
    class.run(&["nbgrader", "grading"]).expect(0);
    let (found, left) = class.report();
    assert_eq!(left, [""; 0]);
    assert_eq!(found.into_values().collect::<Vec<_>>(), ["jane totals collected brought-up"]);
    let graded = fs::read_to_string(class.at("grading/submitted/jane/totals/all.ipynb")).unwrap();
    assert!(graded.contains("return numbers_of(values) + 4"), "{graded}");
}

#[cfg(unix)]
#[test]
fn a_receipt_that_is_a_pipe_is_not_waited_for() {
    let class = Class::new();
    let pipe = class.at("inbox/ann_1_1_a/receipt.json");
    fs::create_dir(pipe.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (_, left) = class.report();
    assert_eq!(left, ["ann_1_1_a/receipt.json: it is a link or not a regular file, and is not followed"]);
}

#[test]
fn what_is_wrong_is_a_line_and_stops_no_one() {
    let class = Class::new();
    let (jane, bob) = (class.student("jane"), class.student("bob"));
    let right = jane.solve().submit();
    bob.solve();
    class.put("jane_1_1_a.zip", &right);
    // Jane's file, handed in by someone whose name is not like hers.
    class.put("smithbob_2_2_a.zip", &right);
    class.put("Lab_eve_attempt_2027-02-01-10-30-00_a.zip", &right);
    let mut own = bob.submit();
    own = with(&own, "receipt.json", |text| text.replace("\"bob\"", "\"robert\""));
    class.put("edited_3_3_a.zip", &own);
    let changed = with(&right, SUMS, |text| text.replace("+ 4", "+ 40"));
    let changed = with(&changed, "receipt.json", |text| text.replace("\"jane\"", "\"cleo\""));
    class.put("cleo_4_4_a.zip", &changed);
    let lost = with(&right, "receipt.json", |_| "{".to_owned());
    class.put("dora_5_5_a.zip", &lost);
    let other = with(&right, "receipt.json", |text| {
        text.replace("\"id\": \"mini\"", "\"id\": \"maxi\"").replace("\"id\":\"mini\"", "\"id\":\"maxi\"")
    });
    class.put("finn_6_6_a.zip", &other);
    class.put("gina_7_7_a.zip", &right[..right.len() / 2]);
    class.put("hugo_8_8_essay.pdf", b"%PDF");
    class.put("ida_9_9_sums.ipynb", b"{\"cells\": [");
    // It has no content, so that no disk is filled.
    let huge = fs::File::create(class.at("inbox/jim_10_10_sums.ipynb")).unwrap();
    huge.set_len(200 << 20).unwrap();
    drop(huge);
    class
        .put("kim_11_11_a.zip", &zipped(&[("../../../kim", b"x"), ("/etc/kim", b"x"), ("a\\..\\kim", b"x")]));
    let mut nested = zipped(&[("sums.ipynb", b"{}")]);
    for _ in 0..6 {
        nested = zipped(&[("x.zip", &nested)]);
    }
    class.put("lea_12_12_a.zip", &nested);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", class.at("inbox/max_13_13_sums.ipynb")).unwrap();
    let (found, left) = class.report();
    let expected = [
        ("Lab_eve_attempt_2027-02-01-10-30-00_a.zip", "eve sums collected other-student"),
        ("cleo_4_4_a.zip", "cleo sums collected receipt-edited file-changed"),
        ("dora_5_5_a.zip", "dora sums collected bad-receipt"),
        ("edited_3_3_a.zip", "robert sums collected receipt-edited"),
        ("finn_6_6_a.zip", "finn sums refused other-student receipt-edited other-course"),
        ("ida_9_9_sums.ipynb", "ida sums refused no-receipt unreadable"),
        ("jane_1_1_a.zip", "jane sums collected"),
        ("jim_10_10_sums.ipynb", "jim sums refused no-receipt unreadable"),
        ("smithbob_2_2_a.zip", "smithbob sums collected other-student"),
    ];
    let found: Vec<(&str, &str)> = found.iter().map(|(at, line)| (at.as_str(), line.as_str())).collect();
    assert_eq!(found, expected);
    let begins = |start: &str| left.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(begins("gina_7_7_a.zip: it is not a zip file, or is damaged"), 1, "{left:#?}");
    assert_eq!(begins("hugo_8_8_essay.pdf: there is nothing in it that can be graded"), 1, "{left:#?}");
    assert_eq!(left.iter().filter(|line| line.contains("leads out of the zip file")).count(), 3, "{left:#?}");
    assert_eq!(begins("lea_12_12_a.zip/x.zip/x.zip/"), 1, "{left:#?}");
    #[cfg(unix)]
    assert_eq!(begins("max_13_13_sums.ipynb: it is a link"), 1, "{left:#?}");
    assert!(!class.at("kim").exists() && !class.mini.folder().parent().unwrap().join("kim").exists());
    let ran = class.collect().expect(1);
    assert!(ran.stdout.contains("7 unchanged") || ran.stdout.contains("6 unchanged"), "{}", ran.stdout);
    // What is graded is the file, whatever the receipt says.
    let answer = |student: &str| class.submitted(student).cells[3].source.clone();
    assert!(answer("cleo").contains("+ 40") && answer("eve").contains("+ 4"));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let class = Class::new();
    let zeros = vec![b' '; 300 << 20];
    let bomb = zipped(&[("sums.ipynb", &zeros)]);
    drop(zeros);
    class.put("ann_1_1_bomb.zip", &bomb);
    class.put(
        "ben_2_2_bombs.zip",
        &zipped(&(0..40).map(|_| ("x/a.zip", bomb.as_slice())).take(1).collect::<Vec<_>>()),
    );
    let begun = std::time::Instant::now();
    let (found, left) = class.report();
    assert!(begun.elapsed().as_secs() < 10);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(left.iter().filter(|line| line.contains("expand to far more")).count(), 2, "{left:#?}");
}

#[test]
fn twice_gives_the_same_and_what_was_graded_or_edited_stays() {
    let class = Class::new();
    let jane = class.student("jane");
    class.put("a/one.zip", &jane.solve().submit());
    class.collect().expect(0);
    let before = tree(&class.at("grading"));
    let ran = class.collect().expect(0);
    assert_eq!(ran.stdout, "  unchanged  jane sums   a/one.zip\n0 submissions collected, 1 unchanged\n");
    assert!(tree(&class.at("grading")) == before);
    // She hands in again: that one counts.
    class.put("a/two.zip", &jane.edit("+ 4", "+ 5").submit_at("2027-02-02T09:30:00Z"));
    let ran = class.collect().expect(0);
    assert!(ran.stdout.contains("  superseded jane sums   a/one.zip\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("✓ replaced   jane sums   a/two.zip\n"), "{}", ran.stdout);
    assert!(class.submitted("jane").cells[3].source.contains("+ 5"));
    // What was graded stays, unless it is asked for.
    fs::create_dir_all(class.at("grading/autograded/jane/sums")).unwrap();
    class.put("a/three.zip", &jane.edit("+ 5", "+ 6").submit_at("2027-02-03T09:30:00Z"));
    let ran = class.collect().expect(1);
    assert!(ran.stdout.contains("an earlier one was graded and stays"), "{}", ran.stdout);
    assert!(class.submitted("jane").cells[3].source.contains("+ 5"));
    class.run(&["collect", "inbox", "-o", "grading", "--course", "site", "--regrade"]).expect(0);
    assert!(class.submitted("jane").cells[3].source.contains("+ 6"));
    // What the instructor edited stays, whatever is asked for.
    fs::write(class.at("grading/submitted/jane/sums/timestamp.txt"), "2027-01-01 00:00:00 UTC\n").unwrap();
    let ran = class.run(&["collect", "inbox", "-o", "grading", "--course", "site", "--regrade"]).expect(1);
    assert!(ran.stdout.contains("someone edited what is in the tree"), "{}", ran.stdout);
    let text = fs::read_to_string(class.at("grading/submitted/jane/sums/timestamp.txt")).unwrap();
    assert_eq!(text, "2027-01-01 00:00:00 UTC\n");
}

/// A zip file that a student made by hand has copies of the notebook and what was exported from it.
#[test]
fn of_several_files_of_a_unit_the_notebook_with_the_answer_is_graded() {
    let class = Class::new();
    let jane = class.student("jane");
    let blank = fs::read(jane.at(SUMS)).unwrap();
    let solved = jane.solve().at(SUMS);
    let solved = fs::read(solved).unwrap();
    let script: &[u8] = b"# exported\ndef sums_of(values):\n    return 4\n";
    let pieces: [(&str, &[u8]); 3] = [
        ("modules/02_sums/sums.ipynb", &solved),
        ("tinytorch/sums.py", script),
        (".tinytorch/x/sums.ipynb", &blank),
    ];
    class.put("jane.zip", &zipped(&pieces));
    class.put(
        "bob.zip",
        &zipped(&[("sums.ipynb", &solved), ("sums_old.ipynb", &blank), ("z/sums.ipynb", &blank)]),
    );
    // Whole workspaces, unpacked: their folders have the same names.
    for student in ["gina", "hal"] {
        class.put(&format!("{student}/modules/02_sums/sums.ipynb"), &solved);
        class.put(&format!("{student}/tinytorch/sums.py"), script);
    }
    class.put("cleo/sums.ipynb", b"");
    class.put("cleo/sums (1).ipynb", &solved);
    class.put("dora/sums.ipynb", &solved);
    class.put("dora/sums-copy.ipynb", &solved);
    // Canvas gives each file a name of its own, whatever else there is.
    class.put("finn_6_66_sums.ipynb", &solved);
    class.put("finn_6_67_sums.py", script);
    class.put("finn_6_68_essay.pdf", b"%PDF");
    let (found, left) = class.report();
    let found: Vec<(&str, &str)> = found.iter().map(|(at, line)| (at.as_str(), line.as_str())).collect();
    let expected = [
        ("bob.zip", "bob sums collected several no-receipt"),
        ("cleo", "cleo sums collected several no-receipt"),
        ("dora", "dora sums collected no-receipt"),
        ("finn_6_66_sums.ipynb", "finn sums collected no-receipt"),
        ("gina", "gina sums collected no-receipt"),
        ("hal", "hal sums collected no-receipt"),
        ("jane.zip", "jane sums collected no-receipt"),
    ];
    assert_eq!(found, expected);
    assert_eq!(left, [""; 0]);
    for (student, ..) in expected.map(|(_, line)| line.split_once(' ').unwrap()) {
        assert!(class.submitted(student).cells[3].source.contains("+ 4"), "{student}");
    }
    let ran = class.collect().expect(1);
    let several = "  ! it has several notebooks of this unit: bob.zip/sums.ipynb is graded, not bob.zip/z/sums.ipynb, bob.zip/sums_old.ipynb\n";
    assert!(ran.stdout.contains(several), "{}", ran.stdout);
}

#[test]
fn no_ones_work_counts_as_another_persons() {
    let class = Class::new();
    let ann = class.student("ann");
    let file = ann.solve().submit();
    let notebook = fs::read(ann.at(SUMS)).unwrap();
    for name in
        ["Jane Doe_11", "Jane-Doe_12", "A\u{30a}sa O\u{308}berg_14", "Åsa Öberg_15", "Ann_16", "Kim Li_17"]
    {
        class.put(&format!("{name}_assignsubmission_file_sums.ipynb"), &notebook);
    }
    class.put("Kim Li_17_assignsubmission_onlinetext/onlinetext.html", b"<p>done</p>");
    // The same person with a receipt and without.
    class.put("smithann_501_9001_mini-sums-ann.zip", &file);
    class.put("smithann_501_10002_sums.ipynb", &notebook);
    let (found, left) = class.report();
    let mut found: Vec<&str> = found.values().map(String::as_str).collect();
    found.sort_unstable();
    let expected = [
        "Ann-16 sums collected same-name no-receipt",
        "Jane-Doe-11 sums collected same-name no-receipt",
        "Jane-Doe-12 sums collected same-name no-receipt",
        "Kim-Li sums collected no-receipt",
        "ann sums collected",
        "ann sums superseded",
        "Åsa-Öberg-14 sums collected same-name no-receipt",
        "Åsa-Öberg-15 sums collected same-name no-receipt",
    ];
    assert_eq!((found, left), (expected.to_vec(), vec![]));
}

#[test]
fn a_receipt_speaks_for_its_own_files_only() {
    let class = Class::new();
    let (ann, bob) = (class.student("ann"), class.student("bob"));
    let first = ann.solve().submit();
    // One was unpacked into the inbox itself.
    fs::write(class.at("ann.zip"), &first).unwrap();
    for (name, bytes) in unzipped(&class.at("ann.zip")) {
        class.put(&name, &bytes);
    }
    let notebook = fs::read(ann.at(SUMS)).unwrap();
    class.put("jdoe_1_2_sums.ipynb", &notebook);
    class.put("karl/sums.ipynb", &notebook);
    // A student's own file has the name of a receipt, and what was handed in before is beside.
    bob.solve();
    fs::write(bob.at("modules/02_sums/receipt.json"), "{\"total\": 3}").unwrap();
    class.put("bob.zip", &bob.submit());
    let (found, left) = class.report();
    let found: Vec<(&str, &str)> = found.iter().map(|(at, line)| (at.as_str(), line.as_str())).collect();
    let expected = [
        ("bob.zip", "bob sums collected"),
        ("jdoe_1_2_sums.ipynb", "jdoe sums collected no-receipt"),
        ("karl", "karl sums collected no-receipt"),
        ("receipt.json", "ann sums collected"),
    ];
    assert_eq!((found, left), (expected.to_vec(), vec![]));
}

#[test]
fn what_cannot_be_graded_is_in_the_place_of_nothing() {
    let class = Class::new();
    let ann = class.student("ann");
    class.put("1.zip", &ann.solve().submit());
    fs::write(ann.at(SUMS), "{\"cells\": [").unwrap();
    class.put("2.zip", &ann.submit_at("2027-02-02T09:30:00Z"));
    let (found, _) = class.report();
    assert_eq!(found["2.zip"], "ann sums refused unreadable");
    assert_eq!(found["1.zip"], "ann sums collected");
    assert!(class.submitted("ann").cells[3].source.contains("+ 4"));
    // The tree may be in the inbox: what was collected is not handed in.
    fs::rename(class.at("grading"), class.at("inbox/grading")).unwrap();
    let ran = class.run(&["collect", "inbox", "-o", "inbox/grading", "--course", "site"]).expect(1);
    assert!(ran.stdout.ends_with("\n0 submissions collected, 1 unchanged, 1 to look at\n"), "{}", ran.stdout);
    // An instructor who is elsewhere, or thinks of another unit, is told so.
    let away = class.at("inbox");
    let ran = tito::tito(&away, &["collect", ".", "-o", "grading"]).expect(1);
    assert!(ran.stderr.contains("name the course: `--course COURSE`"), "{}", ran.stderr);
    let unit = ["collect", ".", "-o", "grading", "--course", "../site", "--unit", "sum"];
    let ran = tito::tito(&away, &unit).expect(1);
    assert!(ran.stderr.contains("the course has no unit `sum` that can be graded"), "{}", ran.stderr);
}

/// Feedback that was written before a student handed in again is about something else.
#[test]
fn feedback_on_an_earlier_submission_is_named() {
    let class = Class::new();
    for (path, text) in [
        ("feedback/ann/sums/sums.html", "<p>"),
        ("feedback/ann/sums/timestamp.txt", "2027-02-01 09:30:00 UTC\n"),
        ("submitted/ann/sums/timestamp.txt", "2027-02-01 09:30:00 UTC"),
        ("feedback/bob/sums/sums.html", "<p>"),
    ] {
        let path = class.at("grading").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let back = ["return", "grading", "-o", "back"];
    class.run(&back).expect(0);
    fs::write(class.at("grading/submitted/ann/sums/timestamp.txt"), "2027-02-02 09:30:00 UTC\n").unwrap();
    let ran = class.run(&back).expect(1);
    let said = "! the feedback of ann/sums is on an earlier submission: nbgrader autograde sums --student ann && nbgrader generate_feedback sums --student ann\n";
    assert!(ran.stdout.contains(said) && ran.stdout.ends_with("✓ 2 files in back\n"), "{}", ran.stdout);
}

#[test]
fn only_a_tree_of_nbgrader_is_written() {
    let class = Class::new();
    let ran = class.run(&["collect", "inbox", "-o", "site"]).expect(4);
    assert!(ran.stderr.contains("`site` is not a tree that `tito nbgrader` made"), "{}", ran.stderr);
    class.run(&["collect", "nothing", "-o", "grading"]).expect(1);
}

/// The whole round, as an instructor and six students do it.
#[test]
fn what_was_handed_in_is_graded_as_it_deserves() {
    let class = Class::new();
    let names = ["right", "stub", "cheat", "copies", "lost", "old"];
    let students: BTreeMap<&str, Student<'_>> =
        names.iter().map(|name| (*name, class.student(name))).collect();
    students["right"].solve();
    students["cheat"].edit("assert sums_of([1, 2, 3]) > 0", "assert True");
    students["copies"].notebook(|notebook| {
        let at = position(notebook, "sums-of");
        let mut copy = notebook.cells[at].clone();
        copy.source = copy.source.replace("raise NotImplementedError()", "return numbers_of(values) + 4");
        copy.id = None;
        notebook.cells.insert(at, copy);
    });
    // The copy with the answer comes first, so that the stub would hide it.
    students["copies"].notebook(|notebook| {
        let at = position(notebook, "sums-of");
        notebook.cells.swap(at, at + 1);
    });
    students["lost"].solve().notebook(|notebook| {
        let at = position(notebook, "test-sums-of");
        notebook.cells.remove(at);
    });
    students["old"].solve();
    for name in names {
        class.put(&format!("{name}_1_2_mini-sums-{name}.zip"), &students[name].submit());
    }
    // A new release, which corrects the test: everyone above has the old one.
    let base = class.at("base/modules/sums/sums.py");
    let text = fs::read_to_string(&base).unwrap();
    fs::write(&base, text.replace("three values have something to say", "a fix")).unwrap();
    class.run(&["publish", "site", "--yes"]).expect(0);
    class.run(&["nbgrader", "grading"]).expect(0);
    gradebook::release(&class.at("grading"), &["sums"]);
    let ran = class.collect().expect(0);
    assert!(ran.stdout.contains("was of release 1, and is brought up to release 2"), "{}", ran.stdout);
    assert!(ran.stdout.contains("cell `test-sums-of` was missing"), "{}", ran.stdout);
    assert!(ran.stdout.contains("cell `sums-of` was there more than once"), "{}", ran.stdout);
    let sheets = gradebook::grade(&class.at("grading"), &["sums"]);
    gradebook::feedback(&class.at("grading"), &["sums"]);
    let points: BTreeMap<&str, (f64, f64)> =
        sheets.iter().map(|sheet| (sheet.student.as_str(), sheet.sum())).collect();
    let full = (1.0, 1.0);
    let none = (0.0, 1.0);
    let deserved =
        [("cheat", none), ("copies", full), ("lost", full), ("old", full), ("right", full), ("stub", none)];
    assert_eq!(points, deserved.into());
    for name in names {
        assert!(class.at(&format!("grading/feedback/{name}/sums/sums.html")).is_file(), "{name}");
        assert!(class.submitted(name).cells.iter().any(|cell| cell.source.contains("a fix")), "{name}");
    }
    // Each student's pages in a file of their own, and all of a unit under names that Canvas knows.
    class.run(&["return", "grading", "-o", "back"]).expect(0);
    assert_eq!(unzipped(&class.at("back/right.zip"))[0].0, "sums/sums.html");
    let all: Vec<String> =
        unzipped(&class.at("back/canvas/sums.zip")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(all.len(), names.len());
    assert!(all.contains(&"right_1_2_sums.html".to_owned()), "{all:?}");
    // The students' own files and what was handed in are as they were.
    assert!(Path::new(&students["cheat"].at(SUMS)).exists());
}
