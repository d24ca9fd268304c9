//! What students do every day goes on while the course cannot be compiled: its folder is elsewhere, or the instructor made a mistake.

use std::fs;

use serde_json::Value;

use crate::mini::{COURSE, Mini};
use crate::tito::Ran;

/// A way in which a course is lost: its name, the way, and what is said of it.
type Loss = (&'static str, fn(&Mini), &'static str);

const LOST: [Loss; 3] = [
    ("no course", |mini| fs::remove_file(mini.folder().join("course.yml")).unwrap(), "does not exist"),
    (
        "a typo",
        |mini| fs::write(mini.folder().join("course.yml"), "course: {id: mini}\nmoduls: all\n").unwrap(),
        "the course has errors",
    ),
    ("no base", |mini| fs::remove_dir_all(mini.folder().join("base")).unwrap(), "the course has errors"),
];

/// What the answers of both are compared by: everything but the time.
fn answer(ran: &Ran) -> (i32, String) {
    let day = |word: &str| word.len() == 10 && word.bytes().filter(|byte| *byte == b'-').count() == 2;
    let lines = ran
        .stdout
        .lines()
        .map(|line| line.split(' ').filter(|word| !day(word)).collect::<Vec<_>>().join(" "));
    (ran.code, lines.filter(|line| !line.contains(" in 0.")).collect::<Vec<_>>().join("\n"))
}

/// Answers the first question of `numbers`.
fn solve(mini: &Mini) {
    mini.edit("modules/01_numbers/numbers.ipynb", "raise NotImplementedError()", "return 3  # mine");
}

#[test]
fn the_daily_commands_answer_as_with_the_course() {
    let commands: [&[&str]; 9] = [
        &["module", "list"],
        &["module", "start", "sums"],
        &["module", "export", "numbers"],
        &["module", "test", "numbers"],
        &["module", "complete", "numbers", "--skip-tests"],
        &["module", "list"],
        &["milestone", "list"],
        &["diff"],
        &["history"],
    ];
    let whole = Mini::new("student");
    solve(&whole);
    let expected: Vec<Ran> = commands.iter().map(|args| whole.run(args)).collect();
    for (name, lose, said) in LOST {
        let mini = Mini::new("student");
        solve(&mini);
        lose(&mini);
        for (args, with) in commands.iter().zip(&expected) {
            let without = mini.run(args);
            assert_eq!(answer(&without), answer(with), "{name}: {args:?}: {}", without.stderr);
            assert!(
                args == &["history"] || without.stderr.contains(said),
                "{name}: {args:?}: {}",
                without.stderr
            );
        }
        assert!(mini.text("progress.json").contains("\"numbers\""));
    }
}

#[test]
fn status_says_that_it_does_not_know_what_is_new_and_nothing_is_updated() {
    for (name, lose, said) in LOST {
        let mini = Mini::new("student");
        solve(&mini);
        let before = mini.run(&["status"]).expect(0).stdout;
        lose(&mini);
        let status = mini.run(&["status"]).expect(0);
        assert!(status.stderr.contains(said), "{name}: {}", status.stderr);
        let (now, then) = (
            status.stdout.trim_end().rsplit_once('\n').unwrap(),
            before.trim_end().rsplit_once('\n').unwrap(),
        );
        assert_eq!(now.0, then.0, "{name}");
        assert_eq!(now.1, "shown as of your last update; tito cannot check for anything new");
        let json: Value =
            serde_json::from_str(&mini.run(&["status", "--format", "json"]).expect(0).stdout).unwrap();
        assert_eq!(json["as_given"], true);
        let files = || {
            let mut files = crate::tito::tree(&mini.root());
            // Who is at work, as `update` says before it looks.
            files.remove(".tinytorch/lock");
            files
        };
        let before = files();
        for args in [&["update"][..], &["update", "--check"], &["plan"], &["nbgrader", "tree"]] {
            mini.run(args).expect(1);
        }
        assert!(files() == before, "{name}: nothing is written");
    }
}

#[test]
fn progress_under_an_id_that_only_the_course_knows_is_kept() {
    let mini = Mini::new("student");
    fs::write(
        mini.at("progress.json"),
        r#"{"started": [], "completed": {"counting": "2027-01-12T10:00:00Z"}}"#,
    )
    .unwrap();
    fs::remove_file(mini.folder().join("course.yml")).unwrap();
    mini.run(&["module", "start", "numbers"]).expect(0);
    let progress: Value = serde_json::from_str(&mini.text("progress.json")).unwrap();
    assert_eq!(progress["completed"]["counting"], "2027-01-12T10:00:00Z");
    assert_eq!(progress["started"][0], "numbers");
}

/// The course has a second release, of which the workspace was given everything but what is the student's to take.
fn with_an_offer() -> Mini {
    let rules = "updates: {rules: [{id: ask, paths: ['modules/**'], do: offer}]}\n";
    let mini = Mini::of(&format!("{COURSE}{rules}"), "student");
    solve(&mini);
    let file = mini.folder().join("base/modules/sums/sums.py");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("# # Sums", "# # Sums and more")).unwrap();
    mini.run(&["update"]).expect(0);
    assert!(!mini.text("modules/02_sums/sums.ipynb").contains("Sums and more"), "it is on offer");
    mini
}

#[test]
fn every_verb_answers_as_with_the_course_also_for_what_was_not_taken_yet() {
    let commands: [&[&str]; 12] = [
        &["explain", "modules/02_sums/sums.ipynb"],
        &["explain", "README.md"],
        &["diff", "--incoming"],
        &["data", "list"],
        &["graph"],
        &["take", "modules/02_sums/sums.ipynb"],
        &["module", "reset", "numbers", "--yes"],
        &["undo"],
        &["module", "reset", "numbers", "--to", "latest", "--yes"],
        &["restore", "README.md"],
        &["diff"],
        &["backups"],
    ];
    let answers = |mini: &Mini| -> Vec<Ran> {
        fs::remove_file(mini.at("README.md")).unwrap();
        commands.iter().map(|args| mini.run(args)).collect()
    };
    let whole = with_an_offer();
    let expected = answers(&whole);
    assert!(expected.iter().all(|ran| ran.code == 0), "{expected:#?}");
    assert!(whole.text("modules/02_sums/sums.ipynb").contains("Sums and more"), "it was taken");
    for (name, lose, _) in LOST {
        let mini = with_an_offer();
        lose(&mini);
        for ((args, with), without) in commands.iter().zip(&expected).zip(answers(&mini)) {
            assert_eq!(answer(&without), answer(with), "{name}: {args:?}: {}", without.stderr);
        }
        assert_eq!(
            mini.text("modules/02_sums/sums.ipynb"),
            whole.text("modules/02_sums/sums.ipynb"),
            "{name}"
        );
    }
}

#[test]
fn a_workspace_of_before_keeps_its_course_with_its_next_update() {
    let mini = Mini::new("student");
    fs::remove_file(mini.at(".tinytorch/release.json")).unwrap();
    let updated = mini.run(&["update"]).expect(0);
    assert!(updated.stdout.contains("up to date"), "{}", updated.stdout);
    fs::remove_file(mini.folder().join("course.yml")).unwrap();
    mini.run(&["status"]).expect(0);
}

#[test]
fn where_the_workspace_does_not_know_enough_the_course_is_asked_for() {
    let old = Mini::new("student");
    fs::remove_file(old.at(".tinytorch/release.json")).unwrap();
    let cut = Mini::new("student");
    let release = fs::read(cut.at(".tinytorch/release.json")).unwrap();
    fs::write(cut.at(".tinytorch/release.json"), &release[..release.len() / 2]).unwrap();
    let damaged = Mini::new("student");
    fs::remove_dir_all(damaged.at(".tinytorch/packs")).unwrap();
    for mini in [old, cut, damaged] {
        fs::remove_file(mini.folder().join("course.yml")).unwrap();
        for args in [&["status"][..], &["take", "README.md"], &["module", "start", "numbers"]] {
            let ran = mini.run(args).expect(1);
            assert!(
                ran.stderr.contains("error: the course of this workspace, `../course.yml`, does not exist"),
                "{}",
                ran.stderr
            );
        }
        let reset = mini.run(&["module", "reset", "numbers", "--yes"]).expect(1);
        assert!(reset.stderr.contains("does not have its course as you got it"), "{}", reset.stderr);
    }
}
