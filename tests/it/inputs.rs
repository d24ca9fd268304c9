//! A course that has not changed is not compiled again: what it was made of is known by what the system says of it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::mini::Mini;
use crate::tito::{Ran, ran};

/// Runs tito in the workspace; returns the lines of what it opened below the folder that holds course, base and workspace, as the system
/// saw it.
pub(crate) fn opened(mini: &Mini, args: &[&str]) -> Vec<String> {
    let trace = mini.folder().join("trace");
    let tito = mini.command();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-e", "trace=openat,openat2", "-o"]).arg(&trace).arg(tito.get_program());
    strace.args(args).current_dir(mini.root());
    for (name, value) in tito.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    assert_eq!(ran(&strace.output().unwrap()).code, 0);
    let text = fs::read_to_string(&trace).unwrap();
    fs::remove_file(trace).unwrap();
    let folder = format!("<{}/", mini.folder().display());
    let is_below = |line: &&str| line.rsplit_once(" = ").is_some_and(|(_, opened)| opened.contains(&folder));
    text.lines().filter(is_below).map(str::to_owned).collect()
}

/// How many files of the base `status` opens, where it does not know what it answered before.
fn of_base(mini: &Mini) -> usize {
    let _ = fs::remove_file(mini.at(".tinytorch/answer-status"));
    let base = format!("{}/base", mini.folder().display());
    opened(mini, &["status"]).iter().filter(|line| line.contains("\"base") || line.contains(&base)).count()
}

/// A workspace that knows what its course was made of.
fn warm() -> Mini {
    let mini = Mini::new("student");
    // The files of the course were written just now, and so could be written again without a trace of it.
    sleep(Duration::from_millis(150));
    mini.run(&["status"]).expect(0);
    assert!(mini.at(".tinytorch/inputs").is_file());
    mini
}

fn check(mini: &Mini) -> Ran {
    mini.run(&["update", "--check", "--exit-code"])
}

#[test]
fn a_course_that_has_not_changed_is_not_opened() {
    let mini = warm();
    assert_eq!(of_base(&mini), 0);
    check(&mini).expect(0);
    mini.run(&["update"]).expect(0);
    assert_eq!(of_base(&mini), 0);
    fs::remove_file(mini.at(".tinytorch/inputs")).unwrap();
    assert!(of_base(&mini) > 0, "the test sees what is opened");
    assert_eq!(of_base(&mini), 0, "and it is known again");
}

#[test]
fn every_change_of_the_course_is_seen() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 5] = [
        ("a word of the same length", |folder| {
            swap(&folder.join("base/modules/sums/sums.py"), "# # Sums", "# # Soms")
        }),
        ("a file is new", |folder| fs::write(folder.join("base/modules/sums/more.txt"), "more").unwrap()),
        ("a file is gone", |folder| fs::remove_file(folder.join("base/modules/plots/README.md.j2")).unwrap()),
        ("the course", |folder| swap(&folder.join("course.yml"), "modules: all", "modules: [numbers]")),
        ("the base is another folder", |folder| {
            fs::rename(folder.join("base"), folder.join("old")).unwrap();
            crate::mini::copy(&folder.join("old"), &folder.join("base"));
            swap(&folder.join("base/modules/sums/sums.py"), "# # Sums", "# # Soms");
        }),
    ];
    for (what, change) in changes {
        let mini = warm();
        check(&mini).expect(0);
        change(mini.folder());
        let seen = check(&mini);
        assert_eq!(seen.code, 3, "{what}: {}{}", seen.stdout, seen.stderr);
        mini.run(&["update"]).expect(0);
        check(&mini).expect(0);
    }
}

fn swap(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(path, text.replace(old, new)).unwrap();
}

#[test]
fn an_error_of_the_instructor_is_seen_and_what_is_remembered_may_be_damaged() {
    let mini = warm();
    let inputs = fs::read(mini.at(".tinytorch/inputs")).unwrap();
    fs::write(mini.at(".tinytorch/inputs"), &inputs[..inputs.len() / 2]).unwrap();
    check(&mini).expect(0);
    let release = fs::read(mini.at(".tinytorch/release.json")).unwrap();
    fs::write(mini.at(".tinytorch/release.json"), &release[..release.len() / 2]).unwrap();
    check(&mini).expect(0);
    mini.run(&["status"]).expect(0);
    let mini = warm();
    fs::remove_dir_all(mini.at(".tinytorch/packs")).unwrap();
    check(&mini).expect(0);
    swap(&mini.folder().join("course.yml"), "modules", "moduls");
    assert!(check(&mini).expect(1).stderr.contains("did you mean `modules`?"));
}
