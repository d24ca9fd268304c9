//! What a workspace keeps of a published course: it goes back with an undo, and what is lost of it is fetched again.

use std::fs;

use ::tito::lock::MOST_FORMER;
use serde_json::Value;

use crate::delivery::Term;
use crate::mini::copy;
use crate::tito::{command, ran};

const NUMBERS: &str = "modules/01_numbers/numbers.ipynb";
const NOTEBOOK: &str = "ada/modules/01_numbers/numbers.ipynb";

/// A term of which `ada` has release 1, and in which release 2 has fix 2.
fn with_a_fix() -> Term {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    term
}

#[test]
fn an_undone_update_is_undone_for_every_verb() {
    let term = with_a_fix();
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
    term.within("ada", &["undo"]).expect(0);
    assert!(!term.has_fix("ada", 2));
    fs::remove_file(term.at("ada/README.md")).unwrap();
    term.within("ada", &["restore", "README.md"]).expect(0);
    assert!(!term.has_fix("ada", 2), "the release that was undone");
    let status = term.within("ada", &["status"]).expect(0);
    assert!(status.stdout.contains("release 1 "), "{}", status.stdout);
    // Both the undo and a new update are runs as any other.
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
    assert!(term.within("ada", &["status"]).expect(0).stdout.contains("release 2 "));
    term.within("ada", &["undo"]).expect(0);
    term.within("ada", &["undo"]).expect(0);
    assert!(term.has_fix("ada", 2));
    assert!(term.within("ada", &["doctor"]).stdout.contains("✓ course     release 2 of"));
}

#[test]
fn a_course_that_is_on_this_disk_again_is_not_that_of_the_address() {
    let term = with_a_fix();
    term.within("ada", &["update", "--config", "../course.yml"]).expect(0);
    assert!(term.has_fix("ada", 2) && !term.at("ada/.tinytorch/course/kept.json").exists());
    term.within("ada", &["undo"]).expect(0);
    let status = term.within("ada", &["status"]).expect(0);
    assert!(status.stdout.contains("release 1 "), "{}", status.stdout);
    assert!(!term.has_fix("ada", 2));
}

/// The student's sentence and the instructor's both reach the notebook, though nothing is left of the version that both began with.
#[test]
fn copies_that_are_lost_are_fetched_again() {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    let text = fs::read_to_string(term.at(NOTEBOOK)).unwrap();
    let stub = "raise NotImplementedError()";
    assert!(text.contains(stub));
    fs::write(term.at(NOTEBOOK), text.replacen(stub, "return 'ada'", 1)).unwrap();
    fs::remove_dir_all(term.at("ada/.tinytorch/packs")).unwrap();
    let script = term.at("base/modules/numbers/numbers.py");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replace("# # ", "# # About ")).unwrap();
    term.run(&["publish", "site", "--yes"]).expect(0);
    let check = term.within("ada", &["update", "--check"]).expect(0);
    assert!(check.stdout.contains("merge"), "{}", check.stdout);
    term.within("ada", &["update"]).expect(0);
    let text = fs::read_to_string(term.at(NOTEBOOK)).unwrap();
    assert!(text.contains("return 'ada'") && text.contains("# About "), "{text}");
    let doctor = term.within("ada", &["doctor"]);
    assert!(doctor.stdout.contains("every pristine copy is intact"), "{}", doctor.stdout);
}

#[test]
fn what_a_look_has_fetched_is_not_fetched_again() {
    let term = with_a_fix();
    term.within("ada", &["update", "--check"]).expect(0);
    assert!(!term.has_fix("ada", 2));
    fs::rename(term.at("site/packs"), term.at("away")).unwrap();
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
}

/// Packs of releases that nothing goes back to any more are dropped, together with the runs that brought them.
#[test]
fn packs_that_nothing_needs_are_dropped_with_the_runs_of_years_ago() {
    let term = Term::published();
    let within = |now: &str, args: &[&str]| {
        ran(&command(&term.at("ada")).env("TITO_NOW", now).args(args).output().unwrap())
    };
    let (then, years_later) = ("2027-02-01T09:30:00Z", "2030-02-01T09:30:00Z");
    term.run(&["init", "site", "ada"]).expect(0);
    let notebook = fs::read_to_string(term.at(NOTEBOOK)).unwrap();
    fs::write(term.at(NOTEBOOK), notebook.replacen("raise NotImplementedError()", "return 'ada'", 1))
        .unwrap();
    let last = MOST_FORMER + 4;
    for number in 2..=last {
        term.fix(number);
        term.run(&["publish", "site", "--yes"]).expect(0);
        within(then, &["update"]).expect(0);
    }
    let packs = || fs::read_dir(term.at("ada/.tinytorch/packs")).unwrap().count();
    let before = packs();
    assert_eq!(before, last);
    for _ in 0..10 {
        within(years_later, &["module", "reset", "numbers", "--yes"]).expect(0);
        within(years_later, &["undo"]).expect(0);
    }
    let said = within(years_later, &["doctor", "--fix=workspace"]);
    assert!(said.stderr.contains(" runs from more than a year ago"), "{}", said.text());
    // The first one holds what never changed; of README.md, which changed each time, merges may begin with the version of today, and with those
    // before it that are remembered.
    assert_eq!(packs(), 1 + MOST_FORMER + 1);
    assert!(fs::read_to_string(term.at(NOTEBOOK)).unwrap().contains("return 'ada'"));
    fs::remove_file(term.at("ada/README.md")).unwrap();
    fs::rename(term.at("site"), term.at("away")).unwrap();
    within(years_later, &["restore", "README.md"]).expect(0);
    assert!(term.has_fix("ada", last));
    within(years_later, &["undo"]).expect(0);
}

fn says(term: &Term, args: &[&str]) -> Value {
    serde_json::from_str(&term.within("ada", args).stdout).unwrap()
}

/// A part of a release is no release: what the student was given whole stays what `reset` goes back to, and what is reported.
#[test]
fn a_release_that_was_given_in_part_is_not_what_the_student_has() {
    for args in [&["update", "--skip", NUMBERS][..], &["update", "--module", "sums"]] {
        let term = Term::published();
        term.run(&["init", "site", "ada"]).expect(0);
        let script = term.at("base/modules/numbers/numbers.py");
        let text = fs::read_to_string(&script).unwrap();
        fs::write(&script, text.replace("# # ", "# # About ")).unwrap();
        term.run(&["publish", "site", "--yes"]).expect(0);
        let text = fs::read_to_string(term.at(NOTEBOOK)).unwrap();
        fs::write(term.at(NOTEBOOK), text.replace("raise NotImplementedError()", "return 'ada'")).unwrap();
        term.within("ada", args).expect(0);
        assert_eq!(says(&term, &["status", "--format", "json"])["serial"], 1, "{args:?}");
        // What is newer is known all the same, and no older version is offered.
        let status = term.within("ada", &["status"]).stdout;
        assert!(!status.contains("older"), "{args:?}: {status}");
        assert!(status.contains("an update is available"), "{args:?}: {status}");
        term.within("ada", &["module", "reset", "numbers", "--yes"]).expect(0);
        assert_eq!(fs::read_to_string(term.at(NOTEBOOK)).unwrap(), text, "{args:?}");
        term.within("ada", &["module", "reset", "numbers", "--to", "latest", "--yes"]).expect(0);
        assert!(fs::read_to_string(term.at(NOTEBOOK)).unwrap().contains("# About "), "{args:?}");
        term.within("ada", &["update"]).expect(0);
        assert_eq!(says(&term, &["status", "--format", "json"])["serial"], 2, "{args:?}");
        assert!(!term.at("ada/.tinytorch/course/newest.json").exists());
    }
}

/// What an address gave once may not become something else, whatever the student has undone.
#[test]
fn an_undone_release_may_not_become_another() {
    let term = with_a_fix();
    copy(&term.at("site"), &term.at("kept"));
    term.within("ada", &["update"]).expect(0);
    term.within("ada", &["undo"]).expect(0);
    // The same number, with other bytes.
    term.fix(3);
    fs::remove_dir_all(term.at("site")).unwrap();
    term.run(&["publish", "site"]).expect(0);
    term.fix(4);
    term.run(&["publish", "site", "--yes"]).expect(0);
    let ran = term.within("ada", &["update"]).expect(1);
    assert!(ran.stderr.contains("is not the release"), "{}", ran.stderr);
    fs::remove_dir_all(term.at("site")).unwrap();
    fs::rename(term.at("kept"), term.at("site")).unwrap();
    term.within("ada", &["update"]).expect(0);
    assert!(term.has_fix("ada", 2));
    // A run that is undone is not undone twice.
    term.within("ada", &["undo"]).expect(0);
    let runs = || says(&term, &["history", "--format", "json"])["runs"].as_array().unwrap().len();
    let before = runs();
    let updates = says(&term, &["history", "--format", "json"])["runs"].as_array().unwrap().clone();
    let last = updates.iter().rev().find(|run| run["undoes"].is_null()).unwrap()["run"].as_u64().unwrap();
    let again = term.within("ada", &["undo", &last.to_string()]).expect(1);
    assert!(again.stderr.contains("is undone already"), "{}", again.text());
    assert_eq!(runs(), before);
    term.within("ada", &["undo"]).expect(0);
    assert!(term.has_fix("ada", 2), "the undo is undone");
}

/// The manifest may be lost: it comes back as it was, and a newer one only by a run.
#[test]
fn a_lost_manifest_comes_back_as_it_was() {
    let term = Term::published();
    term.run(&["init", "site", "ada"]).expect(0);
    let manifest = term.at("ada/.tinytorch/release.json");
    let first = fs::read(&manifest).unwrap();
    fs::remove_file(&manifest).unwrap();
    let runs = || says(&term, &["history", "--format", "json"])["runs"].as_array().unwrap().len();
    let before = runs();
    term.within("ada", &["update"]).expect(0);
    assert_eq!(fs::read(&manifest).unwrap(), first);
    assert_eq!(runs(), before, "nothing was given");
    term.fix(2);
    term.run(&["publish", "site", "--yes"]).expect(0);
    fs::remove_file(&manifest).unwrap();
    let text = fs::read_to_string(term.at(NOTEBOOK)).unwrap();
    fs::write(term.at(NOTEBOOK), text.replace("raise NotImplementedError()", "return 'ada'")).unwrap();
    term.within("ada", &["update", "--skip", "README.md"]).expect(0);
    assert!(!manifest.exists(), "a part is not given whole");
    term.within("ada", &["update"]).expect(0);
    assert!(manifest.exists());
}

#[test]
fn what_is_skipped_is_named_as_the_student_knows_it() {
    let term = with_a_fix();
    // A new unit comes before all others.
    let new = term.at("base/modules/zero");
    fs::create_dir(&new).unwrap();
    fs::write(new.join("zero.py"), "# %% [markdown]\n# # Zero\n\n# %%\n#| default_exp zero\n").unwrap();
    let catalog = fs::read_to_string(term.at("base/catalog.yml")).unwrap();
    let first = "  - {id: numbers,";
    assert!(catalog.contains(first));
    let with_zero = catalog.replace(first, &format!("  - {{id: zero, title: Zero}}\n{first}"));
    fs::write(term.at("base/catalog.yml"), with_zero).unwrap();
    term.run(&["publish", "site", "--yes"]).expect(0);
    let skipped = says(&term, &["update", "--skip", NUMBERS, "--format", "json"]);
    assert_eq!(skipped["declined"], serde_json::json!([NUMBERS]));
    let none = term.within("ada", &["update", "--skip", "modules/01_numbers/none.ipynb"]).expect(1);
    assert!(none.stderr.contains("tito update --check"), "{}", none.stderr);
}
