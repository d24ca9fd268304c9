//! Whether a file may be run is part of what it is: in the lock, in the plan, in an update and in what `undo` brings back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::tito::{Ran, tito};

struct Course {
    folder: tempfile::TempDir,
}

impl Course {
    /// A course with `old.sh`, which may be run, and `run.sh`, which may not; and a workspace of it.
    fn new(rules: &str) -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        let base = this.folder.path().join("base/modules/frogs");
        fs::create_dir_all(&base).unwrap();
        fs::write(base.join("frogs.py"), "# %%\nx = 1\n").unwrap();
        for name in ["old.sh", "run.sh"] {
            fs::write(base.join(name), "echo hop\n").unwrap();
        }
        this.base_mode("old.sh", true);
        let catalog = "catalog: pond\nversion: 1.0.0\ntitle: Pond\npackage: pond\nmodules: [{id: frogs, title: Frogs}]\n";
        fs::write(this.folder.path().join("base/catalog.yml"), catalog).unwrap();
        let course = format!("course: {{id: demo/pond}}\nbase: {{from: {{path: ./base}}}}\n{rules}");
        fs::write(this.folder.path().join("course.yml"), course).unwrap();
        tito(this.folder.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
        this
    }

    fn base_mode(&self, name: &str, executable: bool) {
        set(&self.folder.path().join("base/modules/frogs").join(name), executable);
    }

    /// The mode of both files is turned around.
    fn flip(&self) {
        self.base_mode("run.sh", true);
        self.base_mode("old.sh", false);
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join("ws/modules/01_frogs").join(name)
    }

    fn run(&self, args: &[&str]) -> Ran {
        tito(&self.folder.path().join("ws"), args)
    }

    fn modes(&self) -> [bool; 2] {
        ["run.sh", "old.sh"].map(|name| is_executable(&self.at(name)))
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.folder.path().join("ws/course.lock")).unwrap()
    }
}

fn set(path: &Path, executable: bool) {
    fs::set_permissions(path, fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 })).unwrap();
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).unwrap().permissions().mode() & 0o100 != 0
}

#[test]
fn a_mode_that_changes_alone_is_in_the_plan_the_lock_and_the_update_and_is_undone() {
    let course = Course::new("");
    assert_eq!(course.modes(), [false, true]);
    assert!(course.lock().contains("lock: 3\n") && course.lock().matches("executable: true").count() == 1);
    course.flip();
    let plan = course.run(&["update", "--check", "--exit-code"]);
    assert!(plan.code != 0 && plan.stdout.contains("made executable"), "{}", plan.text());
    assert_eq!(course.modes(), [false, true], "a check writes nothing");
    let ran = course.run(&["update"]).expect(0);
    assert!(
        ran.stdout.contains("made executable") && ran.stdout.contains("no longer executable"),
        "{}",
        ran.stdout
    );
    assert_eq!(course.modes(), [true, false]);
    let line = course.lock().lines().find(|line| line.contains("run.sh")).unwrap().to_owned();
    assert!(line.contains("executable: true"), "{line}");
    course.run(&["update", "--check", "--exit-code"]).expect(0);
    course.run(&["undo"]).expect(0);
    assert_eq!(course.modes(), [false, true]);
}

#[test]
fn an_edited_file_gets_the_mode_and_keeps_its_text() {
    let course = Course::new("");
    fs::write(course.at("run.sh"), "echo mine\n").unwrap();
    course.flip();
    course.run(&["update"]).expect(0);
    assert_eq!(fs::read_to_string(course.at("run.sh")).unwrap(), "echo mine\n");
    assert_eq!(course.modes(), [true, false]);
    assert!(!course.folder.path().join("ws/.tinytorch/backups").exists(), "nothing was displaced");
    course.run(&["update", "--check", "--exit-code"]).expect(0);
    course.run(&["undo"]).expect(0);
    assert_eq!(fs::read_to_string(course.at("run.sh")).unwrap(), "echo mine\n");
    assert_eq!(course.modes(), [false, true]);
}

#[test]
fn a_mode_comes_with_new_bytes() {
    let course = Course::new("");
    course.flip();
    fs::write(course.folder.path().join("base/modules/frogs/run.sh"), "echo hop hop\n").unwrap();
    course.run(&["update"]).expect(0);
    assert_eq!(course.modes(), [true, false]);
    assert_eq!(fs::read_to_string(course.at("run.sh")).unwrap(), "echo hop hop\n");
}

#[test]
fn what_the_student_did_with_the_mode_stays() {
    let course = Course::new("");
    set(&course.at("run.sh"), true);
    course.run(&["update"]).expect(0);
    assert_eq!(course.modes(), [true, true], "the course has not changed");
    course.flip();
    course.run(&["update"]).expect(0);
    assert_eq!(course.modes(), [true, false]);
}

#[test]
fn a_rule_that_keeps_a_file_keeps_its_mode() {
    let course = Course::new("updates: {rules: [{paths: \"**/run.sh\", do: keep}]}\n");
    course.flip();
    course.run(&["update"]).expect(0);
    assert_eq!(course.modes(), [false, false]);
}
