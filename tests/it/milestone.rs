//! `tito milestone list | run`, through the binary and a real Python.

use std::fs;

use crate::mini::Mini;

#[test]
fn a_milestone_is_unlocked_run_and_remembered() {
    let mini = Mini::new("instructor");
    let ran = mini.run(&["milestone", "list"]).expect(0);
    assert_eq!(
        ran.stdout,
        "  first-steps      Letters about a game     after sums\n  \
         law              The law of large numbers after means\n0 of 2 passed\n"
    );
    let early = mini.run(&["milestone", "run", "law"]).expect(0);
    assert!(early.stderr.contains("it is locked: it needs means"), "{}", early.stderr);
    fs::write(mini.at("progress.json"), r#"{"completed": {"sums": "2027-01-01T00:00:00Z"}, "x": 1}"#)
        .unwrap();
    let ran = mini.run(&["milestone", "list"]).expect(0);
    assert!(ran.stdout.contains("~ first-steps      Letters about a game     unlocked\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("0 of 2 passed · next: tito milestone run first-steps\n"));
    let ran = mini.run(&["milestone", "run", "first-steps"]).expect(0);
    assert_eq!(ran.stdout, "first-steps\n✓ Letters about a game: passed\n");
    let progress = mini.progress();
    let at = progress["milestones"]["first-steps"].as_str().unwrap();
    assert!(at.parse::<jiff::Timestamp>().is_ok(), "{at}");
    assert_eq!((&progress["x"], &progress["completed"]["sums"]), (&1.into(), &"2027-01-01T00:00:00Z".into()));
    mini.run(&["milestone", "run", "first-steps"]).expect(0);
    assert_eq!(mini.progress(), progress, "the first time counts");
    // A later command of another kind keeps the key.
    mini.run(&["module", "start", "numbers"]).expect(0);
    assert_eq!(mini.progress()["milestones"], progress["milestones"]);
    let ran = mini.run(&["milestone", "list", "--format", "json"]).expect(0);
    let list: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(list["milestones"][0]["passed"], progress["milestones"]["first-steps"]);
    assert_eq!(list["milestones"][1]["unlocked"], false);
}

#[test]
fn what_fails_is_not_remembered() {
    let mini = Mini::new("instructor");
    let script = mini.at("milestones/02_1713_law/law.py");
    assert!(script.exists());
    fs::write(&script, "import sys\nprint('tails', *sys.argv[1:])\nsys.exit(3)\n").unwrap();
    let ran = mini.run(&["milestone", "run", "law", "--coins", "7"]).expect(1);
    assert_eq!(ran.stdout, "tails --coins 7\n");
    assert!(ran.stderr.contains("error: The law of large numbers failed"), "{}", ran.stderr);
    assert!(!mini.at("progress.json").exists());
    let ran = mini.run(&["milestone", "run", "numbers"]).expect(1);
    assert!(ran.stderr.contains("`numbers` is not a milestone"), "{}", ran.stderr);
    fs::remove_file(&script).unwrap();
    let ran = mini.run(&["milestone", "run", "law"]).expect(1);
    assert!(
        ran.stderr.contains("help: restore it: `tito restore milestones/02_1713_law/law.py`"),
        "{}",
        ran.stderr
    );
}
