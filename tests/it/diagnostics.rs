//! One folder for each code: a course that has the mistake, and what `tito check` says of it, or `tito catalog check` where only that
//! looks for it. A mistake that is made after a release
//! has the lock of that release beside it: it was written by `tito lock` before the mistake was made, and stays as it is.

use std::path::{Path, PathBuf};

use super::mini::copy;
use super::repository::{commit, forget_newest};
use super::tito::{command, golden, ran, root, tito};
use tito::diagnostic::{Code, Severity};

fn case(code: Code) -> PathBuf {
    root().join("tests/diagnostics").join(code.as_str().replace("::", "/"))
}

fn check(folder: &Path) -> super::tito::Ran {
    tito(folder, &["check", "--color", "never"])
}

/// `tito check` in the case of `code`. Where the mistake is one of a Git repository, that is made in a copy of the case: of its folder
/// `faculty`, with one commit that the lock pins and one that comes or goes afterwards.
fn check_case(code: Code, args: &[&str]) -> super::tito::Ran {
    if matches!(code, Code::NumberInText | Code::NumberedImport | Code::SameWork) {
        return tito(&case(code), &[&["catalog", "check", "base"], args].concat());
    }
    if !matches!(code, Code::SourceGone | Code::SourceMoved) {
        return tito(&case(code), &[&["check"], args].concat());
    }
    let folder = tempfile::tempdir().unwrap();
    let (at, bare) = (folder.path().join("case"), folder.path().join("case/faculty.git"));
    copy(&case(code), &at);
    let run = |args: &[&str]| {
        let output = command(&at).env("TITO_CACHE", folder.path().join("cache")).args(args).output().unwrap();
        ran(&output)
    };
    let change = || {
        std::fs::write(at.join("faculty/note.md"), "A change.\n").unwrap();
        commit(&bare, &at.join("faculty"));
    };
    commit(&bare, &at.join("faculty"));
    if code == Code::SourceMoved {
        run(&["lock"]).expect(0);
        change();
        return run(&[&["check", "--online"], args].concat());
    }
    change();
    run(&["lock"]).expect(0);
    forget_newest(&bare);
    run(&["cache", "clear"]).expect(0);
    run(&[&["check"], args].concat())
}

#[test]
fn every_case_reads_as_recorded() {
    for code in Code::ALL {
        let ran = check_case(*code, &["--color", "never"]);
        golden(&case(*code).join("expected.txt"), &ran.text());
    }
}

#[test]
fn every_case_reports_its_code_and_helps() {
    for code in Code::ALL {
        let ran = check_case(*code, &["--color", "never"]);
        let report = ran.text();
        assert!(report.lines().any(|line| line == code.as_str()), "{code} is not reported:\n{report}");
        let expected = if code.severity() == Severity::Error { 1 } else { 0 };
        assert_eq!(ran.code, expected, "{code}:\n{report}");
    }
}

#[test]
fn the_json_report_says_the_same_as_the_text() {
    let mut silent = Vec::new();
    for code in Code::ALL {
        let ran = check_case(*code, &["--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{code}: {error}\n{}", ran.stdout));
        let found = report["diagnostics"].as_array().unwrap();
        let mine = found
            .iter()
            .find(|entry| entry["code"] == code.as_str())
            .unwrap_or_else(|| panic!("{code}: {report:#}"));
        // Two places that speak for each other are help enough; else say what would be right.
        if !mine["help"].is_string() && mine["labels"].as_array().is_none_or(|labels| labels.len() < 2) {
            silent.push(code.as_str());
        }
        assert!(
            !mine["labels"].as_array().unwrap().is_empty() || *code == Code::Unreadable,
            "{code} has no place: {mine:#}"
        );
        for label in mine["labels"].as_array().unwrap() {
            assert!(label["line"].as_u64().unwrap() >= 1 && label["column"].as_u64().unwrap() >= 1);
        }
    }
    assert!(silent.is_empty(), "these do not say what would be right: {silent:?}");
}

/// What people get wrong, one slip a file: each is one message, however much of the course depends on it.
#[test]
fn one_slip_is_one_message() {
    let folder = root().join("tests/courses/slips");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".yml"))
        .collect();
    names.sort();
    for name in &names {
        let path = folder.join(name);
        let ran = tito(&folder, &["check", name, "--color", "never"]).expect(1);
        golden(&path.with_extension("txt"), &ran.text());
        let json = tito(&folder, &["check", name, "--format", "json"]).expect(1);
        let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        let found = report["diagnostics"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{name}: {report:#}");
        assert!(found[0]["help"].is_string(), "{name} does not say what would be right: {report:#}");
    }
}

/// Eight and more different mistakes in one file, all reported in one run.
#[test]
fn a_terrible_course_is_reported_whole() {
    let folder = root().join("tests/courses/terrible");
    let ran = check(&folder).expect(1);
    golden(&folder.join("expected.txt"), &ran.text());
    let codes: std::collections::BTreeSet<&str> = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .filter(|code| ran.stderr.lines().any(|line| line == *code))
        .collect();
    assert!(codes.len() >= 8, "{codes:?}");
}

/// Three layers; the innermost drops what a kept milestone needs, moves a unit before its requirement, overrides a final rule
/// and has a rule that can never win. Every message names the file and line of the layer at fault.
#[test]
fn a_hard_course_is_blamed_on_the_right_layer() {
    let folder = root().join("tests/courses/hard");
    let ran = tito(&folder, &["check", "section/course.yml", "--color", "never"]).expect(1);
    golden(&folder.join("expected.txt"), &ran.text());
    let json = tito(&folder, &["check", "section/course.yml", "--format", "json"]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    for (code, file, line) in [
        ("milestone::never-unlocks", "../faculty.yml", 3),
        ("milestone::never-unlocks", "course.yml", 6),
        ("course::late-requirement", "course.yml", 7),
        ("layer::final-rule", "course.yml", 12),
        ("layer::final-rule", "../faculty.yml", 6),
        ("rule::never-wins", "course.yml", 11),
    ] {
        let found = report["diagnostics"].as_array().unwrap().iter().filter(|entry| entry["code"] == code);
        let mut labels = found.flat_map(|entry| entry["labels"].as_array().unwrap());
        assert!(
            labels.any(|label| label["file"] == file && label["line"] == line),
            "{code} does not point at {file}:{line}: {report:#}"
        );
    }
}
