//! `tito nbgrader DIR`: the tree, and real nbgrader on it.

use std::fs;
use std::path::Path;

use ::tito::notebook::nbformat;

use crate::gradebook;
use crate::mini::Mini;
use crate::tito::{self, tree};

#[test]
fn the_tree_holds_sources_supporting_files_and_the_solved_package() {
    let mini = Mini::only(
        "course: {id: a/mini, title: \"x | y\"}\nbase: {from: {path: BASE}}\nmodules: [{id: numbers, mode: provided}, sums, {id: plots, title: \"A | B\"}]\n",
    );
    fs::write(mini.folder().join("base/modules/sums/figure.svg"), "<svg/>").unwrap();
    // What only instructors get is not in the tree: nbgrader would hand it out.
    fs::write(mini.folder().join("base/modules/sums/TEACHING.md"), "the answer is 42").unwrap();
    let catalog = mini.folder().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    let roles = "roles: {instructor: [\"**/TEACHING.md\"]}\nmodules:\n";
    assert_eq!(text.matches("\nmodules:\n").count(), 1);
    fs::write(&catalog, text.replace("modules:\n", roles)).unwrap();
    let ran = tito::tito(mini.folder(), &["nbgrader", "out/tree", "--config", "course.yml"]).expect(0);
    assert!(
        ran.stdout.starts_with("✓ 2 assignments in out/tree\n  sums                 1 point\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("next: cd out/tree && nbgrader generate_assignment sums\n"));
    let out = mini.folder().join("out");
    let files: Vec<String> = tree(&out).into_keys().collect();
    let expected = [
        ".tito-nbgrader.json",
        "README.md",
        "nbgrader_config.py",
        "package/minipkg/__init__.py",
        "package/minipkg/numbers.py",
        "package/minipkg/plots.py",
        "package/minipkg/sums.py",
        "source/plots/README.md",
        "source/plots/plots.ipynb",
        "source/sums/README.md",
        "source/sums/figure.svg",
        "source/sums/sums.ipynb",
    ];
    assert_eq!(files, expected.map(|path| format!("tree/{path}")));
    let notebook = nbformat::read(&fs::read(out.join("tree/source/sums/sums.ipynb")).unwrap()).unwrap();
    let solution = notebook.cells.iter().find(|cell| cell.grade_id() == Some("sums-of")).unwrap();
    assert!(solution.source.contains("### BEGIN SOLUTION") && solution.source.contains("answer_of_sums"));
    assert_eq!(solution.nbgrader().unwrap()["schema_version"], 3);
    assert!(
        fs::read_to_string(out.join("tree/package/minipkg/plots.py")).unwrap().contains("answer_of_plots")
    );
    let readme = fs::read_to_string(out.join("tree/README.md")).unwrap();
    assert!(readme.contains("| plots | A \\| B | 1 |\n"), "{readme}");
    let config = fs::read_to_string(out.join("tree/nbgrader_config.py")).unwrap();
    assert!(config.contains("course_id = \"a-mini\"\n"), "{config}");
    assert!(config.contains("# Made by `tito nbgrader`"));
}

#[test]
fn percent_scripts_become_the_same_notebooks() {
    let made = |form: &str| {
        let mini = Mini::only(&format!("{}notebooks: {form}\n", crate::mini::COURSE));
        tito::tito(mini.folder(), &["nbgrader", "tree"]).expect(0);
        let files = tree(&mini.folder().join("tree/source"));
        let sources = files.into_iter().filter(|(path, _)| path.ends_with(".ipynb")).map(|(path, bytes)| {
            let cells = nbformat::read(&bytes).unwrap().cells.into_iter();
            (path, cells.map(|cell| (cell.source, cell.metadata)).collect::<Vec<_>>())
        });
        sources.collect::<Vec<_>>()
    };
    let ipynb = made("ipynb");
    assert_eq!(ipynb.len(), 4);
    assert_eq!(ipynb, made("py"));
}

#[test]
fn only_a_new_or_empty_folder_all_or_nothing() {
    let mini = Mini::only(crate::mini::COURSE);
    let run = |args: &[&str]| tito::tito(mini.folder(), args);
    let before = tree(mini.folder());
    let ran = run(&["nbgrader", "base"]).expect(4);
    assert!(
        ran.stderr.contains("`base` exists already, and was not written by `tito nbgrader`"),
        "{}",
        ran.stderr
    );
    run(&["nbgrader", "course.yml"]).expect(4);
    assert_eq!(
        tree(mini.folder()).into_keys().collect::<Vec<_>>(),
        before.keys().cloned().collect::<Vec<_>>()
    );
    fs::write(mini.folder().join("broken.yml"), "course: {id: mini}\nmodules: [nothing]\n").unwrap();
    run(&["nbgrader", "new", "--config", "broken.yml"]).expect(1);
    assert!(!mini.folder().join("new").exists());
    fs::create_dir(mini.folder().join("empty")).unwrap();
    run(&["nbgrader", "empty"]).expect(0);
    assert!(mini.folder().join("empty/source/sums/sums.ipynb").exists());
    let names: Vec<String> = fs::read_dir(mini.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(names, [""; 0], "nothing is left behind");
}

#[test]
fn a_tree_that_is_there_is_renewed_where_nobody_edited_it() {
    let mini = Mini::only(crate::mini::COURSE);
    let run = || tito::tito(mini.folder(), &["nbgrader", "g"]);
    let at = |path: &str| mini.folder().join("g").join(path);
    let base = |path: &str| mini.folder().join("base/modules").join(path);
    run().expect(0);
    fs::write(at("gradebook.db"), "grades").unwrap();
    fs::create_dir_all(at("submitted/ann/sums")).unwrap();
    fs::write(at("submitted/ann/sums/sums.ipynb"), "hers").unwrap();
    let config = fs::read_to_string(at("nbgrader_config.py")).unwrap() + "c.Exporter.x = 1\n";
    fs::write(at("nbgrader_config.py"), &config).unwrap();
    let ran = run().expect(0);
    assert_eq!(
        ran.stdout, "✓ g is up to date\n",
        "an edited file of which there is nothing newer is not mentioned"
    );

    let script = fs::read_dir(base("sums")).unwrap().map(|entry| entry.unwrap().path());
    let script = script.into_iter().find(|path| path.to_string_lossy().contains(".py")).unwrap();
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text + "\n# %% [markdown]\n# A last word.\n").unwrap();
    fs::write(base("sums/extra.svg"), "<svg/>").unwrap();
    let ran = run().expect(0);
    assert!(ran.stdout.contains("changed  source/sums/sums.ipynb"), "{}", ran.stdout);
    assert!(ran.stdout.contains("added    source/sums/extra.svg"), "{}", ran.stdout);
    assert!(ran.stdout.contains("next: cd g && nbgrader generate_assignment sums --force"), "{}", ran.stdout);
    assert!(fs::read_to_string(at("source/sums/sums.ipynb")).unwrap().contains("A last word."));

    // What was edited stays, and is named once there is something newer.
    fs::write(at("source/sums/extra.svg"), "<svg>mine</svg>").unwrap();
    fs::write(base("sums/extra.svg"), "<svg>new</svg>").unwrap();
    let ran = run().expect(0);
    assert!(ran.stdout.contains("! kept     source/sums/extra.svg"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(at("source/sums/extra.svg")).unwrap(), "<svg>mine</svg>");
    fs::remove_file(at("source/sums/extra.svg")).unwrap();
    assert!(run().expect(0).stdout.contains("added    source/sums/extra.svg"));
    fs::remove_file(base("sums/extra.svg")).unwrap();
    assert!(run().expect(0).stdout.contains("removed  source/sums/extra.svg"));
    assert!(!at("source/sums/extra.svg").exists());

    assert_eq!(fs::read_to_string(at("gradebook.db")).unwrap(), "grades");
    assert_eq!(fs::read_to_string(at("submitted/ann/sums/sums.ipynb")).unwrap(), "hers");
    assert_eq!(fs::read_to_string(at("nbgrader_config.py")).unwrap(), config);
}

#[test]
fn what_breaks_a_gradebook_that_is_in_use_is_named_first() {
    let mini = Mini::only(crate::mini::COURSE);
    let run = |args: &[&str]| tito::tito(mini.folder(), &[&["nbgrader", "g"], args].concat());
    let script = mini.folder().join("base/modules/sums/sums.py");
    let change = |old: &str, new: &str| {
        let text = fs::read_to_string(&script).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(&script, text.replace(old, new)).unwrap();
    };
    run(&[]).expect(0);
    // As long as nothing was released, everything may change.
    change("\"points\": 1,", "\"points\": 2,");
    run(&[]).expect(0);
    fs::write(mini.folder().join("g/gradebook.db"), "grades").unwrap();
    let before = tree(&mini.folder().join("g"));
    change("\"points\": 2,", "\"points\": 3,");
    let ran = run(&[]).expect(4);
    assert!(
        ran.stderr.starts_with("! source/sums/sums.ipynb: cell `test-sums-of` was worth 2, and is worth 3\n"),
        "{}",
        ran.stderr
    );
    assert!(tree(&mini.folder().join("g")) == before, "nothing is written before the answer");
    change("test-sums-of", "test-of-sums");
    let ran = run(&[]).expect(4);
    assert!(ran.stderr.contains("cell `test-sums-of` "), "{}", ran.stderr);
    change("test-of-sums", "test-sums-of");
    run(&["--yes"]).expect(0);
    // Another text of a test is no other test.
    change("three values", "all values");
    let ran = run(&[]).expect(0);
    assert!(ran.stdout.contains("changed  source/sums/sums.ipynb") && ran.stderr.is_empty(), "{ran:?}");
    fs::write(
        mini.folder().join("course.yml"),
        crate::mini::COURSE
            .replace("BASE", "base")
            .replace("all", "[numbers, {id: sums, mode: provided}, means]"),
    )
    .unwrap();
    let ran = run(&[]).expect(4);
    assert!(ran.stderr.contains("! source/sums/sums.ipynb is gone, with 1 graded cell\n"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(mini.folder().join("g/gradebook.db")).unwrap(), "grades");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_tree_is_not_followed() {
    let mini = Mini::only(crate::mini::COURSE);
    tito::tito(mini.folder(), &["nbgrader", "g"]).expect(0);
    let elsewhere = mini.folder().join("elsewhere");
    fs::rename(mini.folder().join("g/source"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, mini.folder().join("g/source")).unwrap();
    let before = tree(&elsewhere);
    let ran = tito::tito(mini.folder(), &["nbgrader", "g"]).expect(1);
    assert!(ran.stderr.contains("is in the way"), "{}", ran.stderr);
    assert!(tree(&elsewhere) == before);
}

#[test]
fn from_a_workspace_it_is_the_workspaces_course() {
    let mini = Mini::new("student");
    mini.run(&["nbgrader", "../tree"]).expect(0);
    let text = fs::read_to_string(mini.folder().join("tree/source/sums/sums.ipynb")).unwrap();
    assert!(text.contains("answer_of_sums"), "instructors get solutions whatever the workspace's tier");
}

/// Cell sources of a notebook.
fn sources(path: &Path) -> Vec<String> {
    let notebook = nbformat::read(&fs::read(path).unwrap()).unwrap();
    notebook.cells.into_iter().map(|cell| cell.source).collect()
}

/// How many cells of a notebook have points: tests, and questions to be answered in words.
fn graded(path: &Path) -> usize {
    let notebook = nbformat::read(&fs::read(path).unwrap()).unwrap();
    notebook.cells.iter().filter(|cell| cell.flag("grade")).count()
}

/// Who hands in, and what.
const STUDENTS: [(&str, &str); 2] = [("right", "source"), ("stubs", "release")];

#[test]
fn nbgrader_releases_grades_and_gives_feedback() {
    released_graded_and_told(&["tensor", "activations"]);
}

#[test]
#[ignore = "minutes; tests/run runs it"]
fn nbgrader_releases_grades_and_gives_feedback_for_every_unit_of_a_course() {
    released_graded_and_told(&["tensor", "activations", "layers", "losses"]);
}

/// These units of the course for a first term, which begins with them.
fn released_graded_and_told(units: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let course = tito::root().join("examples/quickstart/course.yml");
    let course = course.to_str().unwrap();
    tito::tito(folder.path(), &["nbgrader", "tree", "--config", course]).expect(0);
    tito::tito(folder.path(), &["init", "ws", "--config", course]).expect(0);
    let out = folder.path().join("tree");
    gradebook::release(&out, units);
    for (unit, (student, origin)) in units.iter().flat_map(|unit| STUDENTS.map(|student| (unit, student))) {
        let handed_in = nbformat::read(&fs::read(out.join(format!("{origin}/{unit}/{unit}.ipynb"))).unwrap());
        gradebook::put(&out, &format!("submitted/{student}/{unit}"), unit, &handed_in.unwrap());
        // A student who has written nothing yet is told of every single one.
        let graded = graded(&out.join(format!("source/{unit}/{unit}.ipynb")));
        let told = if student == "right" { "valid".to_owned() } else { format!("{graded} cells fail") };
        assert_eq!(gradebook::validate(&out, &format!("submitted/{student}/{unit}/{unit}.ipynb")), told);
    }
    let sheets = gradebook::grade(&out, units);
    gradebook::feedback(&out, units);
    assert_eq!(sheets.len(), STUDENTS.len() * units.len());
    for sheet in sheets {
        let (unit, student) = (&sheet.assignment, &sheet.student);
        // Questions for reflection are graded by a person: nbgrader leaves them open.
        let by_hand = if unit == "tensor" { 5.0 } else { 10.0 };
        let points = 100.0 - by_hand;
        let deserved = if student == "right" { points } else { 0.0 };
        assert_eq!((sheet.sum(), sheet.by_hand), ((deserved, points), by_hand), "{unit} {student}");
        assert!(out.join(format!("feedback/{student}/{unit}/{unit}.html")).is_file(), "{unit} {student}");
    }
    for (number, unit) in units.iter().enumerate() {
        let source = sources(&out.join(format!("source/{unit}/{unit}.ipynb")));
        let released = sources(&out.join(format!("release/{unit}/{unit}.ipynb")));
        let ours = sources(&folder.path().join(format!("ws/modules/{:02}_{unit}/{unit}.ipynb", number + 1)));
        assert_eq!((source.len(), released.len()), (ours.len(), ours.len()), "{unit}");
        for ((source, released), ours) in source.iter().zip(&released).zip(&ours) {
            // nbgrader knows no roles: a cell that tito gives to students as a whole it releases as a stub.
            let given =
                ["scaffold", "challenge"].iter().any(|role| source.contains(&format!("role=\"{role}\"")));
            assert!(released == ours || given, "{unit}: nbgrader releases\n{released}\nand tito\n{ours}");
        }
    }
}
