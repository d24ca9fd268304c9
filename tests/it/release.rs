//! A course that was released is changed: what breaks grading is said before students see it, and nothing else is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tito::lock::{LOCK_VERSION, Lock};

use crate::judges::judge;
use crate::tito::{Ran, tito};

const COURSE: &str = "course: {id: demo}\nbase: {from: {path: ./base}}\n";
const CATALOG: &str = "catalog: one\nversion: 1.0.0\ntitle: One\npackage: one\nmodules:\n  - {id: tensor, title: Tensor}\n  - {id: layers, title: Layers}\n";
const TENSOR: &str = r##"# %% nbgrader={"grade_id": "add", "solution": true}
def add(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION

# %% nbgrader={"grade_id": "add-test", "grade": true, "locked": true, "points": 10}
assert add(1, 2) == 3

# %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 5}
# ### BEGIN SOLUTION
# It does not matter where one begins to count.
# ### END SOLUTION

# %% [markdown] nbgrader={"grade_id": "read", "locked": true}
# Read this.

# %%
free = 1
"##;
const LAYERS: &str =
    "# %% nbgrader={\"grade_id\": \"add-test\", \"grade\": true, \"points\": 1}\nassert add(0, 0) == 0\n";

/// A course beside its base, released.
struct Course(tempfile::TempDir);

impl Course {
    fn released() -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        this.write("course.yml", COURSE);
        this.write("base/catalog.yml", CATALOG);
        this.write("base/modules/tensor/tensor.py", TENSOR);
        this.write("base/modules/layers/layers.py", LAYERS);
        this.run(&["lock"]).expect(0);
        assert_eq!(this.said(), [""; 0], "what was just released is as it was released");
        this
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
    }

    fn change(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.at(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replace(from, to));
    }

    fn run(&self, args: &[&str]) -> Ran {
        tito(self.0.path(), args)
    }

    /// What `tito check` says of the release, as `code file:line:column`, and that it says nothing else.
    /// What is said of the grading and the names: the base is changed by every test, and its version by none.
    fn said(&self) -> Vec<String> {
        let mut all = self.all_said();
        all.retain(|said| !said.starts_with("lock::base-changed"));
        all
    }

    fn all_said(&self) -> Vec<String> {
        let ran = self.run(&["check", "--format", "json"]).expect(0);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let said = |entry: &Value| {
            let place = &entry["labels"][0];
            let (file, line, column) = (place["file"].as_str().unwrap(), &place["line"], &place["column"]);
            format!("{} {file}:{line}:{column}", entry["code"].as_str().unwrap())
        };
        report["diagnostics"].as_array().unwrap().iter().map(said).collect()
    }
}

const SCRIPT: &str = "base/modules/tensor/tensor.py";

/// Each change of the released script: its name, what becomes what, and what is said.
const CHANGES: &[(&str, &str, &str, &[&str])] = &[
    ("text", "return a + b", "return b + a", &[]),
    ("test-body", "assert add(1, 2) == 3", "assert add(2, 2) == 4", &[]),
    ("order", TENSOR, "", &[]),
    ("free-cell", "free = 1", "free = 2\n\n# %%\nmore = 3", &[]),
    (
        "points",
        "\"points\": 10",
        "\"points\": 12.5",
        &["grading::points-changed modules/tensor/tensor.py:7:29"],
    ),
    (
        "added",
        "free = 1",
        "free = 1\n\n# %% nbgrader={\"grade_id\": \"new\", \"solution\": true}\n### BEGIN SOLUTION\n### END SOLUTION",
        &[
            "grading::cell-added modules/tensor/tensor.py:21:29",
            "notebook::ungraded-solution modules/tensor/tensor.py:22:1",
        ],
    ),
    (
        "added-lock",
        "# %%\nfree",
        "# %% nbgrader={'grade_id': 'free', 'locked': True}\nfree",
        &["grading::cell-added modules/tensor/tensor.py:18:29"],
    ),
    (
        "removed-lock",
        " nbgrader={\"grade_id\": \"read\", \"locked\": true}",
        "",
        &["grading::cell-removed course.lock:21:5"],
    ),
    ("renamed", "\"add\"", "\"sum\"", &["grading::cell-renamed modules/tensor/tensor.py:1:29"]),
    (
        "duty",
        "\"grade\": true, \"locked\": true, \"points\": 10",
        "\"locked\": true",
        &["grading::cell-changed modules/tensor/tensor.py:7:29"],
    ),
    (
        "type",
        "# %% [markdown] nbgrader={\"grade_id\": \"read\"",
        "# %% nbgrader={\"grade_id\": \"read\"",
        &["grading::cell-changed modules/tensor/tensor.py:15:29"],
    ),
];

/// Changes that nbgrader takes, and by which what was handed in would be read as something else all the same.
const TAKEN: [&str; 1] = ["type"];

/// The last cell first.
fn reordered() -> String {
    let (rest, last) = TENSOR.rsplit_once("# %%\n").unwrap();
    format!("# %%\n{last}\n{rest}")
}

#[test]
fn what_is_said_to_break_grading_is_what_nbgrader_refuses() {
    let notebooks = tempfile::tempdir().unwrap();
    let compiled = |course: &Course, name: &str| {
        course.run(&["init", name, "--config", "course.yml"]).expect(0);
        let notebook = course.at(name).join("modules/01_tensor/tensor.ipynb");
        fs::copy(notebook, notebooks.path().join(format!("{name}.ipynb"))).unwrap();
    };
    compiled(&Course::released(), "released");
    let mut broken: BTreeMap<&str, bool> = BTreeMap::new();
    for (name, from, to, expected) in CHANGES {
        let course = Course::released();
        let reordered = reordered();
        course.change(SCRIPT, from, if *name == "order" { &reordered } else { to });
        assert_eq!(course.said(), *expected, "{name}");
        broken.insert(name, expected.iter().any(|said| !said.starts_with("grading::points-changed")));
        compiled(&course, name);
    }
    let report = judge("grading_release.py", &[notebooks.path()]);
    let verdicts: BTreeMap<&str, bool> = report
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, word)| (name, word == "refused"))
        .collect();
    for name in TAKEN {
        assert_eq!(broken.insert(name, false), Some(true));
    }
    assert_eq!(broken, verdicts, "tito and nbgrader differ");
}

#[test]
fn a_unit_that_moves_comes_or_goes_breaks_nothing() {
    let course = Course::released();
    course.write("course.yml", &format!("{COURSE}numbering: sequential\nmodules: [layers, tensor]\n"));
    assert_eq!(course.said(), [""; 0], "renumbered");
    course.write("course.yml", &format!("{COURSE}modules: [layers]\n"));
    assert_eq!(course.said(), ["lock::unit-dropped course.lock:8:3"], "dropped");
    course.write("course.yml", &format!("{COURSE}modules: [layers, {{id: tensor, mode: provided}}]\n"));
    course.change(SCRIPT, "# %%\nfree", "# %%\n#| default_exp tensor\n#| export\nfree");
    assert_eq!(course.said(), [""; 0], "provided");
    course.write("course.yml", COURSE);
    course.change("base/catalog.yml", "modules:\n", "modules:\n  - {id: news, title: News}\n");
    course.write("base/modules/news/news.py", LAYERS);
    assert_eq!(course.said(), [""; 0], "a new unit");
    course.change("base/catalog.yml", "{id: tensor, title: Tensor}", "{id: arrays, title: Arrays}");
    course.change(
        "base/catalog.yml",
        "title: One",
        "title: One\nrenames: [{module: tensor, to: arrays, in: 1.0.0}]",
    );
    course.write("base/modules/arrays/arrays.py", &fs::read_to_string(course.at(SCRIPT)).unwrap());
    assert_eq!(course.said(), [""; 0], "a renamed unit");
    course.change("base/modules/arrays/arrays.py", "\"add\"", "\"sum\"");
    assert_eq!(course.said(), ["grading::cell-renamed modules/arrays/arrays.py:1:29"]);
}

#[test]
fn a_module_that_becomes_an_assignment_is_not_renamed() {
    for name in ["tensor.py", "arrays.py"] {
        let course = Course::released();
        course.change("base/catalog.yml", "  - {id: tensor, title: Tensor}\n", "");
        course.write(&format!("lab/{name}"), TENSOR);
        let assignment = "assignments: {tensor: {title: Tensor, from: {path: ./lab}}}\n";
        course.write("course.yml", &format!("{COURSE}modules: [tensor, layers]\n{assignment}"));
        let said = course.said();
        assert!(said.iter().all(|said| !said.starts_with("lock::file-renamed")), "{name}: {said:?}");
    }
}

#[test]
fn two_cells_of_a_sort_that_go_and_come_are_not_said_to_be_renamed() {
    let course = Course::released();
    course.change(SCRIPT, "# %%\nfree", "# %% nbgrader={\"grade_id\": \"one\", \"locked\": true}\n# %% nbgrader={\"grade_id\": \"two\", \"locked\": true}\nfree");
    course.change(SCRIPT, " nbgrader={\"grade_id\": \"read\", \"locked\": true}", "");
    let codes: Vec<String> =
        course.said().iter().filter_map(|said| Some(said.split_once(' ')?.0.to_owned())).collect();
    // A markdown cell went and code cells came.
    assert_eq!(codes, ["grading::cell-removed", "grading::cell-added", "grading::cell-added"]);
}

#[test]
fn the_lock_says_it_once_more_and_accepts_it() {
    let course = Course::released();
    course.change(SCRIPT, "\"add\"", "\"sum\"");
    let ran = course.run(&["lock", "--check"]).expect(4);
    assert!(
        ran.stderr.contains("grading::cell-renamed") && ran.stderr.contains("not up to date"),
        "{}",
        ran.stderr
    );
    let ran = course.run(&["lock", "--check", "--format", "json"]).expect(4);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let codes: Vec<&Value> =
        report["diagnostics"].as_array().unwrap().iter().map(|found| &found["code"]).collect();
    assert_eq!(codes, ["lock::base-changed", "grading::cell-renamed"]);
    let ran = course.run(&["lock"]).expect(0);
    assert!(
        ran.stderr.contains("grading::cell-renamed") && ran.stderr.contains("course.lock written"),
        "{}",
        ran.stderr
    );
    assert_eq!(course.said(), [""; 0]);
    assert!(!course.run(&["lock", "--check"]).expect(0).stderr.contains("grading"));
}

/// The lock of `course` as it was before it said what is graded.
fn version_1(course: &Path) -> String {
    let lock = Lock::read(&fs::read(course.join("course.lock")).unwrap()).unwrap();
    String::from_utf8(lock.as_version_1().write()).unwrap()
}

#[test]
fn another_run_or_course_and_a_lock_that_does_not_say_are_not_compared() {
    let course = Course::released();
    course.change(SCRIPT, "\"add\"", "\"sum\"");
    assert_eq!(course.said().len(), 1);
    for other in ["course: {id: demo, run: spring}", "course: {id: other}"] {
        course.write("course.yml", &COURSE.replace("course: {id: demo}", other));
        assert_eq!(course.said(), [""; 0], "{other}");
    }
    course.write("course.yml", COURSE);
    course.write("course.lock", &version_1(course.0.path()));
    assert_eq!(course.said(), [""; 0]);
}

#[test]
fn a_workspace_with_a_lock_of_version_1_goes_on() {
    let course = Course::released();
    let now = fs::read_to_string(course.at("course.lock")).unwrap();
    let old = version_1(course.0.path());
    course.write("course.lock", &old);
    course.run(&["init", "ws", "--config", "course.yml", "--locked"]).expect(0);
    course.write("ws/course.lock", &old);
    let ran = tito(&course.at("ws"), &["update"]).expect(0);
    assert!(ran.stdout.contains("up to date") && !ran.stdout.contains("updated"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(course.at("ws/course.lock")).unwrap(), now);
    course.change(SCRIPT, "free = 1", "free = 2");
    course.run(&["init", "other", "--config", "course.yml", "--locked"]).expect(4);
}

#[test]
fn a_course_that_gives_scripts_and_a_base_of_notebooks_are_compared_too() {
    let course = Course::released();
    course.write("course.yml", &format!("{COURSE}notebooks: py\n"));
    assert_eq!(course.said(), ["grading::notebook-removed course.lock:16:3"], "submissions were notebooks");
    course.run(&["lock"]).expect(0);
    course.change(SCRIPT, "\"add\"", "\"sum\"");
    assert_eq!(course.said(), ["grading::cell-renamed modules/tensor/tensor.py:1:29"]);
    course.write("course.yml", COURSE);
    course.run(&["init", "ws", "--tier", "instructor", "--config", "course.yml"]).expect(0);
    fs::rename(course.at("ws/modules/01_tensor/tensor.ipynb"), course.at("base/modules/tensor/tensor.ipynb"))
        .unwrap();
    fs::remove_file(course.at(SCRIPT)).unwrap();
    course.run(&["lock"]).expect(0);
    course.change("base/modules/tensor/tensor.ipynb", "\"grade_id\": \"why\"", "\"grade_id\": \"reason\"");
    let said = course.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with("grading::cell-renamed modules/tensor/tensor.ipynb:")
            && !said[0].ends_with(":1:1"),
        "{said:?}"
    );
}

#[test]
fn two_locks_are_compared_cell_by_cell() {
    let course = Course::released();
    fs::rename(course.at("course.lock"), course.at("old.lock")).unwrap();
    course.change(SCRIPT, "\"add\"", "\"sum\"");
    course.change(SCRIPT, "\"points\": 10", "\"points\": 12");
    course.change(SCRIPT, " nbgrader={\"grade_id\": \"read\", \"locked\": true}", "");
    let text = course.run(&["compare", "old.lock", "course.yml"]).expect(0).stdout;
    let expected = "\
flagged cells
  changed  add-test                                     code test 10 → code test 12, in modules/01_tensor/tensor.ipynb
  removed  read                                         markdown locked, in modules/01_tensor/tensor.ipynb
  renamed  sum                                          code solution, was add, in modules/01_tensor/tensor.ipynb
0 of units, 0 of rules, 1 of files, 3 of flagged cells differ
";
    assert!(text.ends_with(expected), "{text}");
    course.run(&["lock"]).expect(0);
    assert_eq!(
        course.run(&["compare", "old.lock", "course.lock"]).expect(0).stdout.lines().last(),
        text.lines().last()
    );
}

#[test]
fn a_lock_that_cannot_be_read_is_said() {
    let course = Course::released();
    course.change("course.lock", "code solution", "code test");
    assert_eq!(course.said(), ["lock::unreadable course.lock:1:1"]);
    let ran = course.run(&["lock"]).expect(0);
    assert!(ran.stderr.contains("edited by hand"), "{}", ran.stderr);
    assert_eq!(course.said(), [""; 0]);
}

#[test]
fn a_lock_of_a_newer_tito_is_not_written_over() {
    let course = Course::released();
    course.change("course.lock", "lock: 2\n", &format!("lock: {}\n", LOCK_VERSION + 1));
    let newer = fs::read_to_string(course.at("course.lock")).unwrap();
    assert_eq!(course.said(), ["lock::unreadable course.lock:1:1"]);
    for args in [&["lock"][..], &["lock", "--check"]] {
        let ran = course.run(args).expect(4);
        assert!(ran.stderr.contains("install a newer tito"), "{}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(course.at("course.lock")).unwrap(), newer);
}

#[test]
fn what_a_rule_freezes_from_the_start_is_in_no_new_workspace() {
    let course = Course::released();
    let rules = |action: &str| {
        format!("{COURSE}updates: {{rules: [{{id: still, units: [tensor], do: {action}}}]}}\n")
    };
    course.write("course.yml", &rules("freeze"));
    assert_eq!(course.said(), ["rule::frozen-from-start course.yml:3:52"]);
    course.run(&["init", "frozen", "--config", "course.yml"]).expect(0);
    assert!(
        !course.at("frozen/modules/01_tensor").exists() && course.at("frozen/modules/02_layers").exists()
    );
    // What the help says to write.
    course.write("course.yml", &rules("{not-started: replace, in-progress: freeze, completed: freeze}"));
    assert_eq!(course.said(), [""; 0]);
    course.run(&["init", "whole", "--config", "course.yml"]).expect(0);
    assert!(course.at("whole/modules/01_tensor/tensor.ipynb").exists());
}

#[test]
fn a_base_that_changes_under_its_version_is_noticed() {
    let course = Course::released();
    assert!(course.all_said().is_empty());
    course.change(SCRIPT, "\n", "\n# A comment.\n");
    assert_eq!(course.all_said(), ["lock::base-changed course.lock:6:1"]);
    let ran = course.run(&["lock", "--check"]).expect(4);
    assert!(ran.stderr.contains("raise `version`"), "{}", ran.stderr);
    let version = fs::read_to_string(course.at("base/catalog.yml")).unwrap();
    let version = version.lines().find(|line| line.starts_with("version:")).unwrap().to_owned();
    course.change("base/catalog.yml", &version, "version: 99.0.0");
    assert!(course.all_said().is_empty());
}

#[test]
fn what_python_and_editors_leave_in_a_base_is_no_change_of_it() {
    let course = Course::released();
    let cache = course.at("base/modules/tensor/__pycache__");
    fs::create_dir_all(&cache).unwrap();
    fs::write(cache.join("tensor.pyc"), "x").unwrap();
    assert!(course.all_said().is_empty());
    course.run(&["lock", "--check"]).expect(0);
}
