//! A workspace that its student keeps in git: it goes on after a clone on another machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::mini::{COURSE, Mini};
use crate::tito::{Ran, tito};

/// git as on a machine where nothing is set, and that changes line ends, as on Windows.
fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "core.autocrlf=true"])
        .args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A published course, a workspace of it in git with an answer, and its clone `far`.
fn cloned() -> Mini {
    let mini = Mini::only(COURSE);
    let home = mini.folder();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    tito(home, &["init", "site", "ws"]).expect(0);
    mini.edit("modules/01_numbers/numbers.ipynb", "raise NotImplementedError()", "return 3  # mine");
    mini.run(&["module", "start", "numbers"]).expect(0);
    git(&mini.root(), &["init", "-q", "."]);
    git(&mini.root(), &["add", "-A"]);
    git(&mini.root(), &["commit", "-qm", "my work"]);
    git(home, &["clone", "-q", "ws", "far/ws"]);
    // The address is relative to the workspace, and the other machine has it, too.
    crate::mini::copy(&home.join("site"), &home.join("far/site"));
    mini
}

fn far(mini: &Mini, args: &[&str]) -> Ran {
    tito(&mini.folder().join("far/ws"), args)
}

#[test]
fn what_belongs_to_one_machine_stays_out_of_git() {
    let mini = cloned();
    let listed = git(&mini.root(), &["ls-files", ".tinytorch"]);
    for name in ["cache", "inputs", "lock"] {
        assert!(!listed.lines().any(|line| line == format!(".tinytorch/{name}")), "{listed}");
    }
    for name in ["version.json", "config.json", ".gitignore"] {
        assert!(listed.lines().any(|line| line == format!(".tinytorch/{name}")), "{listed}");
    }
    mini.run(&["status"]).expect(0);
    assert_eq!(
        git(&mini.root(), &["status", "--porcelain"]),
        "",
        "commands that look change nothing that git sees"
    );
}

/// The workspace's own `.gitignore` is about data, and tito's pristine copies are needed by a clone.
#[test]
fn what_a_clone_needs_is_in_git_whatever_the_student_ignores() {
    let mini = Mini::only(COURSE);
    let home = mini.folder();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    tito(home, &["init", "site", "ws"]).expect(0);
    // As an earlier tito left it.
    let ours = mini.at(".tinytorch/.gitignore");
    fs::write(&ours, "/answer-*\n/cache\n/inputs\n/tests\n/lock\n/stage/\n*.part\n").unwrap();
    fs::write(mini.at(".gitignore"), "*.zip\n*.json\npacks/\n!progress.json\n").unwrap();
    let file = home.join("base/modules/numbers/numbers.py");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("# # Numbers", "# # Numbers, corrected")).unwrap();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    mini.run(&["update"]).expect(0);
    git(&mini.root(), &["init", "-q", "."]);
    git(&mini.root(), &["add", "-A"]);
    let listed = git(&mini.root(), &["ls-files", ".tinytorch"]);
    let packs = fs::read_dir(mini.at(".tinytorch/packs")).unwrap().count();
    assert!(packs > 0);
    assert_eq!(
        listed.lines().filter(|line| line.starts_with(".tinytorch/packs/")).count(),
        packs,
        "{listed}"
    );
    assert!(listed.lines().any(|line| line == ".tinytorch/version.json"), "{listed}");
    assert!(!listed.lines().any(|line| line == ".tinytorch/cache"), "{listed}");
    // What the student wrote there stays.
    fs::write(&ours, "/packs/\n").unwrap();
    fs::write(&file, text.replace("# # Numbers", "# # Numbers, corrected again")).unwrap();
    tito(home, &["publish", "site", "--yes"]).expect(0);
    mini.run(&["update"]).expect(0);
    assert_eq!(fs::read_to_string(&ours).unwrap(), "/packs/\n");
}

#[test]
fn work_goes_on_after_a_clone_and_updates_reach_it() {
    let mini = cloned();
    let status = far(&mini, &["status"]).expect(0);
    assert!(status.stdout.contains("Numbers"), "{}", status.stdout);
    far(&mini, &["doctor"]);
    far(&mini, &["update", "--check", "--exit-code"]).expect(0);
    // The course gets a fix in the notebook that the student works in.
    let file = mini.folder().join("base/modules/numbers/numbers.py");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("# # Numbers", "# # Numbers, corrected")).unwrap();
    tito(mini.folder(), &["publish", "far/site", "--yes"]).expect(0);
    far(&mini, &["update"]).expect(0);
    let notebook = fs::read_to_string(mini.folder().join("far/ws/modules/01_numbers/numbers.ipynb")).unwrap();
    assert!(notebook.contains("Numbers, corrected") && notebook.contains("return 3  # mine"), "{notebook}");
    far(&mini, &["undo"]).expect(0);
    let notebook = fs::read_to_string(mini.folder().join("far/ws/modules/01_numbers/numbers.ipynb")).unwrap();
    assert!(!notebook.contains("Numbers, corrected") && notebook.contains("return 3  # mine"));
}
