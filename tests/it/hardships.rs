//! What befalls a workspace: two commands at once, an editor that saves, folders that cannot be written, copies, other times, other line ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::tito::{Ran, command, ran, root, tito, tree};

/// A workspace `ws` of the small base beside its `base/` and `course.yml`; the first notebook is answered, and the course has a fix for it.
pub(super) struct Lab {
    folder: tempfile::TempDir,
}

pub(super) const NOTEBOOK: &str = "modules/01_numbers/numbers.ipynb";
pub(super) const TEST: &str = "tests/01_numbers/test_numbers.py";

impl Lab {
    pub(super) fn new() -> Self {
        let lab = Self { folder: tempfile::tempdir().unwrap() };
        for (name, bytes) in tree(&root().join("tests/bases/mini")) {
            let path = lab.at("base").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let rules = "updates: {rules: [{roles: [work], do: merge}]}";
        fs::write(
            lab.at("course.yml"),
            format!("course: {{id: demo/mini}}\nbase: {{from: {{path: ./base}}}}\n{rules}\n"),
        )
        .unwrap();
        tito(lab.folder.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
        lab.replace(&format!("ws/{NOTEBOOK}"), "raise NotImplementedError()", "return len(values)");
        lab
    }

    pub(super) fn release(&self) {
        self.replace("base/catalog.yml", "version: 1.2.0", "version: 1.2.1");
        self.replace("base/modules/numbers/numbers.py", "have something to say", "are three numbers");
        self.replace("base/tests/numbers/test_numbers.py", "> 0", "== 3");
    }

    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    pub(super) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path}: {text}");
        fs::write(self.at(path), text.replace(old, new)).unwrap();
    }

    pub(super) fn run(&self, args: &[&str]) -> Ran {
        tito(&self.at("ws"), args)
    }
}

#[test]
fn of_two_commands_at_once_the_second_says_who_is_at_work() {
    let lab = Lab::new();
    lab.release();
    let path = lab.at("ws/.tinytorch/lock");
    let held = fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap();
    held.lock().unwrap();
    let before = tree(&lab.at("ws"));
    for args in [
        &["update"][..],
        &["undo"],
        &["take", NOTEBOOK],
        &["restore", NOTEBOOK],
        &["module", "reset", "numbers", "--yes"],
        &["submit", "numbers", "--yes"],
    ] {
        let second = lab.run(args).expect(4);
        assert!(second.stderr.contains("this workspace is in use by"), "{}", second.stderr);
        assert!(second.stderr.contains("wait until it finishes"), "{}", second.stderr);
    }
    assert_eq!(tree(&lab.at("ws")), before);
    // Looking needs no lock.
    for args in [&["status"][..], &["update", "--check"], &["diff"], &["history"], &["explain", NOTEBOOK]] {
        lab.run(args).expect(0);
    }
    // Not only closed: a process that another test starts at this moment has it open, too.
    held.unlock().unwrap();
    lab.run(&["update"]).expect(0);
}

#[test]
fn two_real_updates_at_once_end_as_one() {
    let lab = Lab::new();
    lab.release();
    let start = || {
        command(&lab.at("ws")).arg("update").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start(), start()];
    let codes: Vec<i32> =
        both.into_iter().map(|child| ran(&child.wait_with_output().unwrap()).code).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 4].contains(code)), "{codes:?}");
    let text = lab.read(&format!("ws/{NOTEBOOK}"));
    assert!(text.contains("return len(values)") && text.contains("are three numbers"), "{text}");
    lab.run(&["update", "--check", "--exit-code"]).expect(0);
}

#[test]
fn what_an_editor_saves_between_plan_and_apply_stops_the_plan() {
    let lab = Lab::new();
    lab.release();
    lab.run(&["plan", "-o", "update.json"]).expect(0);
    lab.replace(&format!("ws/{NOTEBOOK}"), "return len(values)", "return len(list(values))");
    let refused = lab.run(&["apply", "update.json"]).expect(4);
    assert!(refused.stderr.contains(NOTEBOOK), "{}", refused.stderr);
    assert!(lab.read(&format!("ws/{NOTEBOOK}")).contains("return len(list(values))"));
    lab.run(&["plan", "-o", "update.json"]).expect(0);
    lab.run(&["apply", "update.json"]).expect(0);
    let text = lab.read(&format!("ws/{NOTEBOOK}"));
    assert!(text.contains("return len(list(values))") && text.contains("are three numbers"), "{text}");
}

#[test]
fn a_workspace_that_moved_with_its_course_or_was_copied_works_on() {
    let lab = Lab::new();
    lab.release();
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in tree(lab.folder.path()) {
        let path = copy.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let there = copy.path().join("ws");
    tito(&there, &["update"]).expect(0);
    assert!(fs::read_to_string(there.join(NOTEBOOK)).unwrap().contains("are three numbers"));
    tito(&there, &["undo"]).expect(0);
    assert!(
        !lab.read(&format!("ws/{NOTEBOOK}")).contains("are three numbers"),
        "the original is another one"
    );
    let moved = lab.at("elsewhere");
    fs::rename(lab.at("ws"), &moved).unwrap();
    tito(&moved, &["update"]).expect(0);
    assert!(fs::read_to_string(moved.join(NOTEBOOK)).unwrap().contains("are three numbers"));
}

#[test]
fn a_workspace_without_its_course_says_so_and_is_told_where_it_is() {
    let lab = Lab::new();
    fs::create_dir(lab.at("moved")).unwrap();
    fs::rename(lab.at("course.yml"), lab.at("moved/course.yml")).unwrap();
    fs::rename(lab.at("base"), lab.at("moved/base")).unwrap();
    let lost = lab.run(&["update"]).expect(1);
    assert!(lost.stderr.contains("does not exist") && lost.stderr.contains("--config"), "{}", lost.stderr);
    // What needs no course works on.
    lab.run(&["history"]).expect(0);
    lab.run(&["update", "--config", "../moved/course.yml"]).expect(0);
    lab.run(&["update"]).expect(0);
}

#[test]
fn times_mean_nothing() {
    let lab = Lab::new();
    let before = lab.run(&["status"]).expect(0).stdout;
    for days in [0_u64, 40_000] {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(days * 86_400);
        for name in tree(&lab.at("ws")).into_keys().filter(|name| !name.starts_with(".tinytorch/")) {
            let file = fs::OpenOptions::new().write(true).open(lab.at("ws").join(name)).unwrap();
            file.set_modified(time).unwrap();
        }
        assert_eq!(lab.run(&["status"]).expect(0).stdout, before);
        lab.run(&["update", "--check", "--exit-code"]).expect(0);
    }
}

#[test]
fn a_save_that_keeps_size_and_time_is_seen() {
    let lab = Lab::new();
    lab.run(&["update"]).expect(0);
    let path = lab.at(&format!("ws/{TEST}"));
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    lab.replace(&format!("ws/{TEST}"), "> 0", "< 0");
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_modified(time).unwrap();
    lab.release();
    lab.run(&["update"]).expect(0);
    let kept = tree(&lab.at("ws")).into_values().any(|bytes| String::from_utf8_lossy(&bytes).contains("< 0"));
    assert!(kept, "the student's line is gone");
}

#[test]
fn a_checkout_with_other_line_ends_is_not_edited() {
    let lab = Lab::new();
    for name in [TEST, "README.md", "modules/02_sums/sums.ipynb"] {
        let text = lab.read(&format!("ws/{name}")).replace('\n', "\r\n");
        fs::write(lab.at("ws").join(name), text).unwrap();
    }
    let status = lab.run(&["status"]).expect(0).stdout;
    assert!(
        !status.contains(TEST) && !status.contains("sums.ipynb") && !status.contains("README"),
        "{status}"
    );
    assert!(!lab.run(&["diff"]).expect(0).stdout.contains(TEST));
    lab.run(&["update", "--check", "--exit-code"]).expect(0);
    lab.release();
    let update = lab.run(&["update"]).expect(0).stdout;
    assert!(update.contains(&format!("updated   {TEST}")), "{update}");
    assert!(lab.read(&format!("ws/{TEST}")).contains("== 3"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_lost() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    lab.release();
    let folder = lab.at("ws/tests/01_numbers");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    let probe = folder.join("probe");
    if fs::write(&probe, "").is_ok() {
        // The superuser may write anywhere: then there is nothing that is in the way.
        fs::remove_file(&probe).unwrap();
        lab.run(&["update"]).expect(0);
        mode(0o755);
        assert!(lab.read(&format!("ws/{TEST}")).contains("== 3"));
        return;
    }
    let failed = lab.run(&["update"]).expect(1);
    mode(0o755);
    assert!(failed.stderr.contains("tests/01_numbers"), "{}", failed.stderr);
    assert!(lab.read(&format!("ws/{NOTEBOOK}")).contains("return len(values)"));
    lab.run(&["update"]).expect(0);
    assert!(lab.read(&format!("ws/{TEST}")).contains("== 3"));
    assert!(lab.read(&format!("ws/{NOTEBOOK}")).contains("are three numbers"));
    lab.run(&["update", "--check", "--exit-code"]).expect(0);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_a_link_is_left_and_what_it_points_at_too() {
    let lab = Lab::new();
    let outside = lab.at("outside.py");
    fs::write(&outside, "outside\n").unwrap();
    let path = lab.at(&format!("ws/{TEST}"));
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&outside, &path).unwrap();
    lab.release();
    for args in [
        &["update"][..],
        &["take", TEST],
        &["module", "reset", "numbers", "--file", TEST, "--yes"],
        &["explain", TEST],
    ] {
        let ran = lab.run(args);
        assert!(ran.text().contains("it is a link") || ran.code == 1, "{args:?}: {}", ran.text());
    }
    assert_eq!(fs::read_to_string(&outside).unwrap(), "outside\n");
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
}

#[test]
fn reports_are_json_where_json_is_asked_for() {
    let lab = Lab::new();
    lab.release();
    let json = |args: &[&str]| -> serde_json::Value {
        let ran = lab.run(&[args, &["--format", "json"]].concat()).expect(0);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}\n{}", ran.stdout))
    };
    assert_eq!(json(&["diff"])["files"][0]["changes"]["cells"][0]["name"], "numbers-of");
    assert_eq!(json(&["diff", "--incoming"])["files"][0]["path"], NOTEBOOK);
    assert_eq!(json(&["explain", NOTEBOOK])["verdict"]["decision"], "merge");
    assert_eq!(json(&["explain", NOTEBOOK, "--if", "edited=no"])["verdict"]["decision"], "write");
    json(&["update"]);
    let undone = json(&["undo"]);
    assert_eq!((undone["undone"].as_u64(), undone["run"].as_u64()), (Some(2), Some(3)));
    let runs = json(&["history"]);
    let last = runs["runs"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["undoes"], 2);
    assert!(last["time"].as_str().unwrap().ends_with('Z'), "times are stored UTC: {last}");
    assert_eq!(json(&["take", NOTEBOOK])["set_aside"].as_array().unwrap().len(), 1);
    assert!(!lab.read(&format!("ws/{NOTEBOOK}")).contains("raise NotImplementedError()"), "the answer stays");
    json(&["module", "reset", "numbers", "--cell", "numbers-of", "--yes"]);
    fs::remove_file(lab.at("ws").join(TEST)).unwrap();
    json(&["restore", TEST]);
    assert!(Path::new(&lab.at("ws").join(TEST)).is_file());
}

#[test]
fn a_plan_is_written_over_nothing_but_a_former_plan() {
    let lab = Lab::new();
    lab.release();
    for name in [NOTEBOOK, "course.lock", "progress.json", "notes.txt", "empty"] {
        let file = lab.at("ws").join(name);
        if !file.exists() {
            fs::write(&file, if name == "empty" { "" } else { "{\"mine\": true}\n" }).unwrap();
        }
        let before = fs::read(&file).unwrap();
        let ran = lab.run(&["plan", "-o", name]).expect(1);
        assert!(ran.stderr.contains("exists and is not a plan, and is not overwritten"), "{}", ran.stderr);
        assert!(fs::read(&file).unwrap() == before, "{name} was overwritten");
    }
    lab.run(&["plan", "-o", "modules"]).expect(1);
    lab.run(&["plan", "-o", "plan.json"]).expect(0);
    lab.run(&["plan", "-o", "plan.json"]).expect(0);
    lab.run(&["apply", "plan.json"]).expect(0);
}

/// `/dev/full` is a disk without room.
#[test]
#[cfg(target_os = "linux")]
fn data_that_cannot_be_written_is_a_failure() {
    let lab = Lab::new();
    for args in [&["status"][..], &["status", "--format", "json"], &["history"], &["schema", "course"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = command(&lab.at("ws")).args(args).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let ran = ran(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, 1, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("the output cannot be written: the disk is full"), "{}", ran.stderr);
    }
}

#[test]
fn a_folder_with_files_of_the_course_is_not_called_the_students() {
    let lab = Lab::new();
    for folder in ["modules", "modules/01_numbers", "modules/01_numbers/"] {
        let said = lab.run(&["explain", folder]).expect(0).stdout;
        assert!(said.contains(&format!("tito explain {NOTEBOOK}")) && !said.contains("yours"), "{said}");
    }
    fs::create_dir(lab.at("ws/mine")).unwrap();
    let said = lab.run(&["explain", "mine"]).expect(0).stdout;
    assert!(said.contains("yours: tito did not write it"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_link_where_a_notebook_belongs_gets_advice_that_helps() {
    let lab = Lab::new();
    fs::rename(lab.at("ws").join(NOTEBOOK), lab.at("drive.ipynb")).unwrap();
    std::os::unix::fs::symlink(lab.at("drive.ipynb"), lab.at("ws").join(NOTEBOOK)).unwrap();
    for args in [
        &["module", "export", "numbers"][..],
        &["submit", "numbers", "--yes"],
        &["state", "export", "state.zip"],
    ] {
        let refused = lab.run(args).expect(1).stderr;
        assert!(refused.contains("put the file itself there") && !refused.contains("restore"), "{refused}");
    }
    fs::remove_file(lab.at("ws").join(NOTEBOOK)).unwrap();
    fs::rename(lab.at("drive.ipynb"), lab.at("ws").join(NOTEBOOK)).unwrap();
    lab.run(&["module", "export", "numbers"]).expect(0);
}
