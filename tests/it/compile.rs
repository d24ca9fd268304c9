//! What a compiled workspace is, and that it depends on its inputs alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::tito::{blesses, golden, root, tito, tree};

/// A workspace without what is allowed to differ between two students: times.
fn comparable(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let private = [".tinytorch/version.json", ".tinytorch/config.json", ".tinytorch/lock"];
    tree(folder)
        .into_iter()
        .filter(|(path, _)| {
            !private.contains(&path.as_str())
                && !path.starts_with(".tinytorch/journal/")
                && !path.starts_with(".tinytorch/objects/")
        })
        .collect()
}

fn copy(from: &Path, to: &Path, reversed: bool) {
    let mut entries: Vec<PathBuf> =
        walkdir::WalkDir::new(from).into_iter().map(|entry| entry.unwrap().into_path()).collect();
    if reversed {
        entries.sort_by(|a, b| b.cmp(a));
    }
    for path in entries.iter().filter(|path| path.is_file()) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(path, target).unwrap();
    }
}

fn examples() -> Vec<String> {
    let mut found: Vec<String> = walkdir::WalkDir::new(root().join("examples"))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.file_name().is_some_and(|name| name == "course.yml"))
        .map(|path| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"))
        .collect();
    found.sort();
    assert!(found.len() >= 10, "{found:?}");
    found
}

#[test]
fn every_example_compiles_and_its_lock_is_up_to_date() {
    for course in examples() {
        let ran = if blesses() {
            tito(&root(), &["lock", &course])
        } else {
            tito(&root(), &["lock", "--check", &course])
        };
        assert_eq!(ran.code, 0, "{course}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn the_same_course_gives_the_same_bytes_wherever_and_in_whatever_order_it_lies() {
    let temp = tempfile::tempdir().unwrap();
    let mut results = Vec::new();
    for (name, reversed) in [("here", false), ("elsewhere/deep", true)] {
        let home = temp.path().join(name);
        copy(&root().join("tests/bases/mini"), &home.join("base"), reversed);
        fs::write(home.join("course.yml"), "course: {id: same}\nbase: {from: {path: ./base}}\nnumbering: sequential\nmodules: [numbers, plots, sums, means]\n").unwrap();
        tito(&home, &["lock"]).expect(0);
        tito(&home, &["init", "ws", "--config", "course.yml"]).expect(0);
        let lock = fs::read(home.join("course.lock")).unwrap();
        assert_eq!(
            lock,
            fs::read(home.join("ws/course.lock")).unwrap(),
            "the instructor's lock is the student's"
        );
        results.push((lock, comparable(&home.join("ws"))));
    }
    assert_eq!(results[0].0, results[1].0);
    assert_eq!(results[0].1.keys().collect::<Vec<_>>(), results[1].1.keys().collect::<Vec<_>>());
    assert!(results[0].1 == results[1].1);
}

/// `init` and `update` are one code path: an update of what was just made finds nothing to do.
#[test]
fn a_new_workspace_is_up_to_date() {
    let temp = tempfile::tempdir().unwrap();
    let course = root().join("examples/quickstart/course.yml");
    tito(temp.path(), &["init", "ws", "--config", course.to_str().unwrap()]).expect(0);
    let before = tree(&temp.path().join("ws"));
    let ran = tito(&temp.path().join("ws"), &["update", "--check", "--exit-code"]).expect(0);
    assert!(ran.stdout.contains("up to date"), "{}", ran.stdout);
    assert!(tree(&temp.path().join("ws")) == before, "a check writes nothing");
}

#[test]
fn a_folder_that_is_in_use_is_refused_and_a_new_or_empty_one_is_not() {
    let temp = tempfile::tempdir().unwrap();
    let course = root().join("examples/quickstart/course.yml");
    let init = |dir: &str| tito(temp.path(), &["init", dir, "--config", course.to_str().unwrap()]);
    fs::create_dir(temp.path().join("empty")).unwrap();
    init("empty").expect(0);
    init("a/new/one").expect(0);
    let ran = init("empty").expect(4);
    assert!(
        ran.stderr.contains("is already a workspace") && ran.stderr.contains("tito update"),
        "{}",
        ran.stderr
    );
    fs::create_dir(temp.path().join("used")).unwrap();
    fs::write(temp.path().join("used/thesis.txt"), "mine").unwrap();
    let ran = init("used").expect(4);
    assert!(ran.stderr.contains("is not empty") && ran.stderr.contains("help:"), "{}", ran.stderr);
    assert_eq!(tree(&temp.path().join("used")).len(), 1);
}

#[test]
fn tiers_and_forms_differ_as_asked() {
    let temp = tempfile::tempdir().unwrap();
    let base = root().join("tests/bases/mini");
    fs::create_dir(temp.path().join("base")).unwrap();
    copy(&base, &temp.path().join("base"), false);
    let course = |extra: &str| {
        fs::write(
            temp.path().join("course.yml"),
            format!("course: {{id: t}}\nbase: {{from: {{path: ./base}}}}\n{extra}"),
        )
        .unwrap()
    };
    course("");
    tito(temp.path(), &["init", "student", "--config", "course.yml"]).expect(0);
    tito(temp.path(), &["init", "instructor", "--tier", "instructor", "--config", "course.yml"]).expect(0);
    course("notebooks: py\n");
    tito(temp.path(), &["init", "scripts", "--config", "course.yml"]).expect(0);
    let read = |path: &str| fs::read_to_string(temp.path().join(path)).unwrap();
    let (student, instructor) = (
        read("student/modules/01_numbers/numbers.ipynb"),
        read("instructor/modules/01_numbers/numbers.ipynb"),
    );
    assert!(
        student.contains("raise NotImplementedError()")
            && !student.contains("answer_of_numbers")
            && !student.contains("BEGIN SOLUTION")
    );
    assert!(instructor.contains("answer_of_numbers") && instructor.contains("### BEGIN SOLUTION"));
    let script = read("scripts/modules/01_numbers/numbers.py");
    assert!(
        script.contains("# %%")
            && script.contains("raise NotImplementedError()")
            && !script.contains("answer_of_numbers")
    );
    let readme = read("student/README.md");
    assert!(readme.contains("01 Numbers") && readme.contains("04 Plots"), "{readme}");
}

#[test]
fn provided_modules_ship_solved_and_without_a_notebook() {
    let temp = tempfile::tempdir().unwrap();
    copy(&root().join("tests/bases/mini"), &temp.path().join("base"), false);
    fs::write(
        temp.path().join("course.yml"),
        "course: {id: t}\nbase: {from: {path: ./base}}\nmodules: [{id: numbers, mode: provided}, sums]\n",
    )
    .unwrap();
    tito(temp.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
    let files = tree(&temp.path().join("ws"));
    let solved = String::from_utf8(files["minipkg/numbers.py"].clone()).unwrap();
    assert!(solved.contains("answer_of_numbers = len(values)") && !solved.contains("SOLUTION"), "{solved}");
    assert!(
        !files
            .keys()
            .any(|path| path.starts_with("modules/01_numbers") || path.starts_with("tests/01_numbers"))
    );
    assert!(files.contains_key("modules/02_sums/sums.ipynb") && files.contains_key("minipkg/__init__.py"));
}

/// A repository with numbered folders is adopted by a catalog alone: no file of it moves.
#[test]
fn an_existing_repository_is_adopted() {
    let repository = root().join("tests/bases/numbered");
    let before = tree(&repository);
    let temp = tempfile::tempdir().unwrap();
    for (name, base) in [("beside", repository.clone()), ("above", temp.path().join("above"))] {
        if name == "above" {
            copy(&repository, &base.join("repo"), false);
            let catalog = fs::read_to_string(base.join("repo/catalog.yml")).unwrap();
            let catalog = catalog
                .replace("from: src/", "from: repo/src/")
                .replace("tests: tests/", "tests: repo/tests/")
                .replace("from: milestones/", "from: repo/milestones/")
                .replace("from: tests/", "from: repo/tests/");
            fs::write(base.join("catalog.yml"), catalog).unwrap();
            fs::remove_file(base.join("repo/catalog.yml")).unwrap();
        }
        let home = temp.path().join(format!("course-{name}"));
        fs::create_dir(&home).unwrap();
        let relative = if name == "beside" {
            copy(&base, &temp.path().join("repo"), false);
            "../repo"
        } else {
            "../above"
        };
        fs::write(
            home.join("course.yml"),
            format!("course: {{id: adopted}}\nbase: {{from: {{path: {relative}}}}}\n"),
        )
        .unwrap();
        tito(&home, &["init", "ws", "--config", "course.yml"]).expect(0);
        let files: Vec<String> =
            tree(&home.join("ws")).into_keys().filter(|path| !path.starts_with(".tinytorch")).collect();
        for expected in [
            "modules/01_tensor/01_tensor.ipynb",
            "modules/02_layers/02_layers.ipynb",
            "tests/01_tensor/test_01_tensor.py",
            "tests/conftest.py",
            "milestones/01_1957_perceptron/rosenblatt.py",
        ] {
            assert!(files.iter().any(|path| path == expected), "{name}: {expected} is missing in {files:#?}");
        }
    }
    assert!(tree(&repository) == before);
}

/// Files whose names bear the base's numbers get the numbers of the course; an answer follows.
#[test]
fn a_number_in_a_file_name_is_the_courses() {
    let temp = tempfile::tempdir().unwrap();
    copy(&root().join("tests/bases/numbered"), &temp.path().join("base"), false);
    let catalog = temp.path().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap().replace(", requires: [tensor]", "");
    fs::write(&catalog, text).unwrap();
    let script = temp.path().join("base/src/02_layers/02_layers.py");
    let text =
        fs::read_to_string(&script).unwrap().replace("from oldpkg.core.tensor import zero", "zero = 0");
    fs::write(&script, text).unwrap();
    let course = |rest: &str| {
        let text = format!("course: {{id: t}}\nbase: {{from: {{path: ./base}}}}\nmilestones: []\n{rest}");
        fs::write(temp.path().join("course.yml"), text).unwrap();
    };
    course("");
    tito(temp.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
    let home = temp.path().join("ws");
    let notebook = home.join("modules/02_layers/02_layers.ipynb");
    let text = fs::read_to_string(&notebook).unwrap();
    let answered = text.replacen("zero = 0", "zero = 42  # my own", 1);
    assert!(answered != text);
    fs::write(&notebook, &answered).unwrap();
    course("modules: [layers, tensor]\nnumbering: sequential\n");
    tito(&home, &["update"]).expect(0);
    let files: Vec<String> = tree(&home).into_keys().filter(|path| !path.starts_with(".tinytorch")).collect();
    for expected in [
        "modules/01_layers/01_layers.ipynb",
        "modules/02_tensor/02_tensor.ipynb",
        "tests/02_tensor/test_02_tensor.py",
    ] {
        assert!(files.iter().any(|path| path == expected), "{expected} is missing in {files:#?}");
    }
    assert_eq!(fs::read_to_string(home.join("modules/01_layers/01_layers.ipynb")).unwrap(), answered);
    assert!(files.iter().all(|path| !path.ends_with("02_layers.ipynb")), "{files:#?}");
}

#[test]
fn locked_and_frozen_hold_a_course_to_its_lock() {
    let temp = tempfile::tempdir().unwrap();
    copy(&root().join("tests/bases/mini"), &temp.path().join("base"), false);
    fs::write(
        temp.path().join("course.yml"),
        "course: {id: t}\nbase: {from: {path: ./base}}\nmodules: [numbers]\n",
    )
    .unwrap();
    let init = |dir: &str, flag: &str| tito(temp.path(), &["init", dir, "--config", "course.yml", flag]);
    init("none", "--locked").expect(4);
    tito(temp.path(), &["lock"]).expect(0);
    tito(temp.path(), &["lock", "--check"]).expect(0);
    init("one", "--locked").expect(0);
    init("two", "--frozen").expect(0);
    fs::write(temp.path().join("base/modules/numbers/README.md.j2"), "changed\n").unwrap();
    let ran = tito(temp.path(), &["lock", "--check"]).expect(4);
    assert!(ran.stdout.contains("~ modules/01_numbers/README.md"), "{}", ran.stdout);
    init("three", "--locked").expect(4);
    assert!(!temp.path().join("three").exists(), "nothing is written when the lock does not hold");
}

#[test]
fn the_whole_base_as_students_get_it_is_golden() {
    let ran = tito(&root(), &["show", "examples/full/course.yml", "--files"]).expect(0);
    let lines: String =
        ran.stdout.lines().filter(|line| line.contains(", rule ")).map(|line| format!("{line}\n")).collect();
    golden(&root().join("tests/courses/full-files.txt"), &lines);
}
