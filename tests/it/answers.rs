//! What `status` and `update --check` answered before, they answer again without reading, as long as reading would give just that.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::inputs::opened;
use crate::mini::{COURSE, Mini, copy};
use crate::tito::{NOW, Ran, ran, tito};

const STATUS: &[&str] = &["status"];
const CHECK: &[&str] = &["update", "--check", "--exit-code"];
const KEPT: [&str; 2] = [".tinytorch/answer-status", ".tinytorch/answer-update"];
/// With every kind of date.
const TERM: &str = "\
course: {id: demo/term, title: A term, run: 2027-autumn}
base: {from: {path: BASE}}
schedule:
  timezone: Europe/Stockholm
  start: 2027-08-30
  units:
    numbers: {opens: week 1, due: week 2 fri 23:59}
    sums: {opens: week 2, due: week 3 fri, closes: 2 days later}
    plots: {opens: week 11 mon 09:00, due: week 12 fri, closes: due}
updates:
  rules:
    - {id: exam, roles: [work], from: week 4, until: week 5, do: freeze}
";

/// Long enough for what was written to be older than what is read: a file that was written just now can be written again without a trace.
fn grow_old() {
    sleep(Duration::from_millis(150));
}

/// Makes `mini` know its answers.
fn warm(mini: &Mini, now: &str) {
    // The first run finds out what files are, the second what it needs to know of them.
    for _ in 0..2 {
        grow_old();
        at(mini, now, STATUS).expect(0);
        at(mini, now, CHECK).expect(0);
    }
    for path in KEPT {
        assert!(mini.at(path).is_file(), "{path}");
    }
}

/// Runs tito in the workspace at the time `now`.
fn at(mini: &Mini, now: &str, args: &[&str]) -> Ran {
    ran(&mini.command().env("TITO_NOW", now).args(args).output().unwrap())
}

fn forget(root: &Path) {
    for path in KEPT {
        let _ = fs::remove_file(root.join(path));
    }
}

/// Runs each of `commands` as it is, and again when nothing is known: the same is said.
#[track_caller]
fn says_what_reading_gives(what: &str, mini: &Mini, now: &str, commands: &[&[&str]]) {
    for args in commands {
        let said = at(mini, now, args);
        forget(&mini.root());
        let read = at(mini, now, args);
        assert_eq!(
            (said.code, said.stdout, said.stderr),
            (read.code, read.stdout, read.stderr),
            "{what}: {args:?}"
        );
    }
}

#[test]
fn an_answer_is_given_again_and_nothing_else_is_opened() {
    let mini = Mini::new("student");
    warm(&mini, NOW);
    for (args, path) in [STATUS, CHECK].into_iter().zip(KEPT) {
        let said = mini.run(args).stdout;
        let opened = opened(&mini, args);
        // The answer, config.json, and what says that this is a workspace.
        assert!(opened.len() <= 4 && opened.iter().any(|line| line.contains(path)), "{opened:#?}");
        forget(&mini.root());
        assert_eq!(mini.run(args).stdout, said);
    }
    forget(&mini.root());
    assert!(opened(&mini, STATUS).len() > 20, "the test sees what is opened");
}

#[test]
fn whatever_changed_the_answer_is_the_one_that_reading_gives() {
    type Change = fn(&Mini);
    let changes: [(&str, Change); 16] = [
        ("nothing", |_| {}),
        ("an answer", |mini| {
            mini.edit("modules/01_numbers/numbers.ipynb", "raise NotImplementedError()", "return 3")
        }),
        ("a letter", |mini| {
            mini.edit("modules/01_numbers/numbers.ipynb", "NotImplementedError", "NotImplementedErrow")
        }),
        ("a file is gone", |mini| fs::remove_file(mini.at("modules/01_numbers/numbers.ipynb")).unwrap()),
        ("a file moved", |mini| {
            fs::rename(mini.at("modules/01_numbers/numbers.ipynb"), mini.at("numbers.ipynb")).unwrap();
        }),
        ("a folder is gone", |mini| fs::remove_dir_all(mini.at("modules/01_numbers")).unwrap()),
        ("a folder is a file", |mini| {
            fs::remove_dir_all(mini.at("modules/01_numbers")).unwrap();
            fs::write(mini.at("modules/01_numbers"), "").unwrap();
        }),
        ("a file of the student's own", |mini| {
            fs::write(mini.at("modules/01_numbers/notes.txt"), "x").unwrap()
        }),
        ("a unit is started", |mini| _ = mini.run(&["module", "start", "numbers"]).expect(0)),
        ("progress is written by someone else", |mini| fs::write(mini.at("progress.json"), "{}").unwrap()),
        ("progress is broken", |mini| fs::write(mini.at("progress.json"), "{").unwrap()),
        ("the lock is edited", |mini| {
            fs::write(mini.at("course.lock"), mini.text("course.lock") + "\n").unwrap()
        }),
        ("the base", |mini| {
            let path = mini.folder().join("base/modules/numbers/numbers.py");
            fs::write(&path, fs::read_to_string(&path).unwrap().replace("# # ", "# # About ")).unwrap();
        }),
        ("a file of the base is new", |mini| {
            fs::write(mini.folder().join("base/modules/numbers/more.txt"), "more").unwrap();
        }),
        ("the course", |mini| {
            let path = mini.folder().join("course.yml");
            fs::write(&path, fs::read_to_string(&path).unwrap() + "# and\n").unwrap();
        }),
        ("the course is gone", |mini| fs::remove_file(mini.folder().join("course.yml")).unwrap()),
    ];
    let courses = [(COURSE, NOW, changes.len()), (TERM, "2027-09-14T09:30:00Z", 3)];
    for (course, now, some) in courses {
        for (what, change) in changes.into_iter().take(some) {
            let mini = begun(course, now);
            warm(&mini, now);
            change(&mini);
            says_what_reading_gives(what, &mini, now, &[STATUS, CHECK]);
            // And that is remembered, or is not.
            grow_old();
            says_what_reading_gives(what, &mini, now, &[STATUS, CHECK]);
        }
    }
}

/// A workspace that was begun at the time `now`.
fn begun(course: &str, now: &str) -> Mini {
    let mini = Mini::only(course);
    let mut command = crate::tito::command(mini.folder());
    ran(&command.env("TITO_NOW", now).args(["init", "ws", "--config", "course.yml"]).output().unwrap())
        .expect(0);
    mini
}

#[test]
fn whenever_it_is_asked_the_answer_is_the_one_that_reading_gives() {
    let begin = "2027-09-14T09:30:00Z";
    let mini = begun(TERM, begin);
    for now in [
        begin,
        "2027-09-14T09:30:01Z",
        "2027-09-14T09:59:00Z", // one hour less until something is due
        "2027-09-14T10:00:01Z",
        "2027-09-17T21:58:00Z",
        "2027-09-17T21:59:30Z", // the last minute
        "2027-09-17T22:00:00Z",
        "2027-09-26T22:00:00Z",
        "2027-09-28T00:00:00Z",
        "2027-11-08T07:59:59Z",
        "2027-11-08T08:00:00Z", // `plots` opens
        "2027-12-31T22:59:59Z",
        "2027-12-31T23:00:00Z", // another year, and so dates are written with theirs
        "2027-08-01T00:00:00Z", // a clock that was wrong
    ] {
        grow_old();
        let json: &[&str] = &["status", "--format", "json"];
        let dry: &[&str] = &["update", "--dry-run"];
        says_what_reading_gives(now, &mini, now, &[STATUS, CHECK, json, dry, CHECK, STATUS]);
        for args in [STATUS, CHECK] {
            at(&mini, now, args);
        }
    }
}

#[test]
fn an_answer_is_that_of_one_question_and_one_place() {
    let now = "2027-09-14T09:30:00Z";
    let mini = begun(TERM, now);
    warm(&mini, now);
    let say = |root: &Path, zone: &str, args: &[&str]| {
        let mut command = crate::tito::command(root);
        ran(&command.env("TITO_NOW", now).env("TZ", zone).args(args).output().unwrap())
    };
    let stockholm = say(&mini.root(), "Europe/Stockholm", STATUS).expect(0).stdout;
    let tokyo = say(&mini.root(), "Asia/Tokyo", STATUS).expect(0).stdout;
    assert!(tokyo != stockholm && tokyo.contains("in Europe/Stockholm"), "{tokyo}");
    let json = mini.run(&["update", "--check", "--format", "json"]).expect(0).stdout;
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    // A copy is another workspace, though all that was read of this one is as it was.
    let copied = mini.folder().join("copy");
    copy(&mini.root(), &copied);
    fs::remove_file(copied.join("modules/01_numbers/numbers.ipynb")).unwrap();
    assert!(say(&copied, "UTC", STATUS).expect(0).stdout.contains("deleted"));
    // What is damaged is not there.
    for path in KEPT {
        let bytes = fs::read(mini.at(path)).unwrap();
        fs::write(mini.at(path), &bytes[..bytes.len() / 2]).unwrap();
    }
    says_what_reading_gives("damaged", &mini, now, &[STATUS, CHECK]);
}

/// A course from an address: what is there is asked for each time, and only what the workspace is made of need not be read again.
#[test]
fn a_new_release_is_seen_at_once() {
    let mini = Mini::only(COURSE);
    tito(mini.folder(), &["publish", "site", "--yes"]).expect(0);
    tito(mini.folder(), &["init", "site", "ws"]).expect(0);
    warm(&mini, NOW);
    // Of what is published only the index is opened, of what is kept only the answer.
    let opened = opened(&mini, CHECK);
    assert!(opened.iter().any(|line| line.contains("index.json")), "{opened:#?}");
    assert!(
        opened.len() <= 6 && !opened.iter().any(|line| line.contains("packs") || line.contains("kept.json")),
        "{opened:#?}"
    );
    // What is kept is damaged: it is fetched again, and the answer is the same.
    let said = mini.run(CHECK);
    let kept = fs::read_dir(mini.at(".tinytorch/course")).unwrap().map(|entry| entry.unwrap().path());
    for path in kept {
        fs::write(path, "").unwrap();
    }
    let read = mini.run(CHECK);
    assert_eq!((said.code, &said.stdout), (read.code, &read.stdout), "{}", read.stderr);
    let readme = mini.folder().join("base/modules/numbers/numbers.py");
    fs::write(&readme, fs::read_to_string(&readme).unwrap().replace("# # ", "# # About ")).unwrap();
    tito(mini.folder(), &["publish", "site", "--yes"]).expect(0);
    assert_eq!(mini.run(CHECK).code, 3);
    mini.run(&["update"]).expect(0);
    assert_eq!(mini.run(CHECK).code, 0);
}
