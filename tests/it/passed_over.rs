//! Slips of authors that nbgrader, jupytext and nbdev pass over without a word: `tito check` says each of them, and says it once.

use std::fs;
use std::path::Path;

use crate::mini::{COURSE, Mini};
use crate::tito::{Ran, tito, tree};

const NUMBERS: &str = "base/modules/numbers/numbers.py";
const TEST: &str = "# %% nbgrader={\"grade\": true, \"grade_id\": \"more\", \"locked\": true, \"points\": 1, \"solution\": false}\n";

/// `tito check` of the small course, in which `change` changed something.
fn check(change: impl FnOnce(&Path)) -> Ran {
    let mini = Mini::only(COURSE);
    change(mini.folder());
    tito(mini.folder(), &["check", "--color", "never"])
}

/// The codes that it reports.
fn codes(ran: &Ran) -> Vec<&str> {
    let is_code = |line: &&str| line.contains("::") && !line.contains(' ');
    ran.stderr.lines().chain(ran.stdout.lines()).filter(is_code).collect()
}

/// The script of `numbers` with `old` replaced.
fn replaced(old: &str, new: &str) -> impl FnOnce(&Path) {
    move |folder| {
        let before = fs::read_to_string(folder.join(NUMBERS)).unwrap();
        assert!(before.contains(old), "{old}");
        fs::write(folder.join(NUMBERS), before.replace(old, new)).unwrap();
    }
}

/// The script of `numbers` with more at its end.
fn longer(more: impl Into<String>) -> impl FnOnce(&Path) {
    let more = more.into();
    move |folder| {
        let before = fs::read_to_string(folder.join(NUMBERS)).unwrap();
        fs::write(folder.join(NUMBERS), before + "\n" + &more).unwrap();
    }
}

fn written(path: &str, text: &str) -> impl FnOnce(&Path) {
    move |folder| fs::write(folder.join(path), text).unwrap()
}

#[test]
fn a_misspelt_marker_hides_nothing() {
    for marker in ["HIDDEN TEST", "HIDDEN  TESTS", "hidden tests", "HIDDEN_TESTS", "HIDEN TESTS", "HIDDEN"] {
        let secret = "assert numbers_of([5]) == 12 # SECRET";
        let ran = check(longer(format!("{TEST}### BEGIN {marker}\n{secret}\n### END {marker}\n")));
        assert_eq!(codes(&ran), ["notebook::misspelt-marker"; 2], "{marker}\n{}", ran.text());
        assert!(ran.text().contains("numbers.py:24:1"), "{}", ran.text());
        assert!(ran.text().contains("`### BEGIN HIDDEN TESTS`"), "{}", ran.text());
        ran.expect(1);
    }
    let alone = check(longer(format!("{TEST}### HIDDEN TESTS\nassert True # SECRET\n")));
    assert_eq!(codes(&alone), ["notebook::misspelt-marker"], "{}", alone.text());
    for marker in [
        "### Begin Solution",
        "### BEGIN  SOLUTION",
        "# BEGIN_SOLUTION",
        "#BEGINSOLUTION",
        "### BEGIN SOLTUION",
    ] {
        // A solution cell would be emptied, but that is not what is wrong.
        let ran = check(replaced("### BEGIN SOLUTION", marker));
        assert_eq!(codes(&ran), ["notebook::misspelt-marker"], "{marker}\n{}", ran.text());
        assert!(ran.text().contains("numbers.py:15:1"), "{}", ran.text());
        let ran = check(longer(format!("# %%\n{marker}\nsecret = 1\n")));
        assert_eq!(codes(&ran), ["notebook::misspelt-marker"], "{marker}\n{}", ran.text());
    }
    for comment in ["# begin the solution by drawing it", "# START HERE", "# end", "# BEGIN SECTION"] {
        let ran = check(longer(format!("# %%\n{comment}\nx = 1\n")));
        assert_eq!(codes(&ran), [""; 0], "{comment}\n{}", ran.text());
    }
}

#[test]
fn a_marker_in_any_file_is_left() {
    for (path, text) in [
        ("base/modules/numbers/helper.py", "def f():\n    # BEGIN SOLUTION\n    return 3\n"),
        ("base/modules/numbers/helper.py", "def f():\n    # BEGIN SOLUTOIN\n    return 3\n"),
        ("base/modules/numbers/helper.py", "def f():\n    return 3  # BEGIN SOLUTION\n"),
        ("base/modules/numbers/code.c", "// BEGIN SOLUTION\nint x;\n"),
        ("base/modules/numbers/notes.md", "# Notes\n\n<!-- BEGIN SOLUTION -->\n3\n"),
        ("base/modules/numbers/notes.md", "# Notes\n\n### BEGIN MARK SCHEME\n3\n"),
        ("base/modules/numbers/notes.tex", "%%% BEGIN SOLUTION\n3\n"),
        ("base/tests/numbers/test_more.py", "def test_it():\n    # BEGIN HIDDEN TESTS\n    assert 1\n"),
    ] {
        let ran = check(written(path, text));
        assert_eq!(codes(&ran), ["content::markers-left"], "{path}: {text}\n{}", ran.text());
        ran.expect(1);
    }
    let prose =
        "# Markers\n\nWrite between `# BEGIN SOLUTION` and `# END SOLUTION`. BEGIN SOLUTION is a marker.\n";
    let ran = check(written("base/modules/numbers/notes.md", prose));
    assert_eq!(codes(&ran), [""; 0], "{}", ran.text());
}

const WITH_LAB: &str = "course: {id: mini}\nbase: {from: {path: BASE}}\nmodules: [numbers, lab]\nassignments: {lab: {from: {path: ./lab}}}\n";

#[test]
fn the_kit_of_an_assignment_is_for_instructors() {
    for name in ["INSTRUCTOR.md", "INSTRUCTOR.md.j2", "notes/INSTRUCTOR.md"] {
        let mini = Mini::only(WITH_LAB);
        let at = mini.folder();
        fs::create_dir_all(at.join("lab/notes")).unwrap();
        fs::write(at.join("lab/lab.py"), "# %%\nx = 1\n").unwrap();
        fs::write(at.join("lab").join(name), "SECRET\n").unwrap();
        for (tier, count) in [("student", 0), ("solution", 0), ("instructor", 1)] {
            tito(at, &["init", tier, "--config", "course.yml", "--tier", tier]).expect(0);
            let files = tree(&at.join(tier));
            let kits = files.iter().filter(|(path, _)| path.ends_with("INSTRUCTOR.md"));
            let kits: Vec<_> =
                kits.map(|(_, bytes)| String::from_utf8_lossy(bytes).trim().to_owned()).collect();
            assert_eq!(kits, vec!["SECRET"; count], "{name} {tier}");
        }
    }
}

#[test]
fn a_template_of_a_kit_is_for_instructors() {
    let mini = Mini::only(COURSE);
    let catalog = mini.folder().join("base/catalog.yml");
    let roles = "roles: {instructor: [\"modules/*/INSTRUCTOR.md\"]}\n";
    fs::write(&catalog, fs::read_to_string(&catalog).unwrap() + roles).unwrap();
    fs::write(mini.folder().join("base/modules/numbers/INSTRUCTOR.md"), "SECRET\n").unwrap();
    fs::write(mini.folder().join("base/modules/sums/INSTRUCTOR.md.j2"), "SECRET\n").unwrap();
    tito(mini.folder(), &["init", "ws", "--config", "course.yml"]).expect(0);
    assert!(tree(&mini.folder().join("ws")).keys().all(|path| !path.ends_with("INSTRUCTOR.md")));
}

#[test]
fn grading_that_nothing_reads() {
    for (old, new, said) in [
        ("nbgrader={\"grade\": true", "nbgrader: {\"grade\": true", "nothing reads `grade` here"),
        ("nbgrader={\"grade\": true", "nbgrader {\"grade\": true", "nothing reads `grade` here"),
        ("nbgrader={\"grade\": true", "{\"grade\": true", "nothing reads `grade` here"),
        ("nbgrader={\"grade\": true", "nbgrader={} nbgrader={\"grade\": true", "`nbgrader` is written twice"),
        ("\"points\": 1,", "\"points\": 1, \"points\": 10,", "`points` is written twice"),
    ] {
        let ran = check(replaced(old, new));
        assert_eq!(codes(&ran), ["notebook::cell-metadata"], "{new}\n{}", ran.text());
        assert!(ran.text().contains(said) && ran.text().contains("numbers.py:20:1"), "{}", ran.text());
        ran.expect(1);
    }
    // In a notebook of Jupyter, too.
    let cell = r#"{"cell_type": "code", "id": "a", "execution_count": null, "outputs": [], "source": "x = 1", "metadata": {"grade": true, "grade_id": "a"}}"#;
    let notebook =
        format!("{{\"cells\": [{cell}], \"metadata\": {{}}, \"nbformat\": 4, \"nbformat_minor\": 5}}");
    let ran = check(written("base/modules/numbers/more.ipynb", &notebook));
    assert_eq!(codes(&ran), ["notebook::cell-metadata"], "{}", ran.text());
}

#[test]
fn a_graded_cell_is_python() {
    let ran = check(replaced("> 0, \"three", "> , \"three"));
    assert_eq!(codes(&ran), ["content::python-syntax"], "{}", ran.text());
    assert!(ran.text().contains("numbers.py:21:32"), "{}", ran.text());
    ran.expect(1);
    let solution = TEST.replace("\"grade\": true", "\"grade\": false").replace("n\": false", "n\": true");
    let code = "def f(:\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n";
    let ran =
        check(longer(solution.replace("\"points\": 1, ", "").replace("d\": true", "d\": false") + code));
    assert_eq!(codes(&ran), ["content::python-syntax"], "{}", ran.text());
    let locked = TEST.replace("\"grade\": true", "\"grade\": false").replace("\"points\": 1, ", "");
    assert_eq!(codes(&check(longer(locked + "print \"no\"\n"))), [""; 0]);
    for fine in ["%time f()\n!ls\nx = !ls\nawait f()", "f?", "# %%bash\n# if [ 1 ]; then", "# just text"] {
        let ran = check(longer(format!("{TEST}{fine}\n")));
        assert_eq!(codes(&ran), [""; 0], "{fine}\n{}", ran.text());
    }
}

#[test]
fn a_directive_that_nothing_follows() {
    for (old, new, said) in [
        ("#| export\n", "# A comment\n#| export\n", "nothing follows `#| export` here"),
        ("#| export\n", "# export\n", "`# export` is a directive of nbdev 1"),
        ("#| default_exp", "# The module\n#| default_exp", "nothing follows `#| default_exp numbers` here"),
    ] {
        let ran = check(replaced(old, new));
        assert!(codes(&ran).contains(&"notebook::export-directive"), "{new}\n{}", ran.text());
        assert!(ran.text().contains(said), "{}", ran.text());
        assert!(!ran.text().contains("into the first code cell"), "{}", ran.text());
        ran.expect(1);
    }
    let ran = check(replaced("#| export\n", ""));
    assert!(codes(&ran).iter().all(|code| *code == "content::unknown-import"), "{}", ran.text());
    assert!(ran.text().contains("nothing exports `minipkg.numbers`"), "{}", ran.text());
    ran.expect(1);
}

#[test]
fn a_marker_that_names_no_type() {
    for new in ["[Markdown]", "markdown", "[mardown]"] {
        let ran = check(replaced("[markdown]", new));
        assert_eq!(codes(&ran), ["notebook::cell-type"], "{new}\n{}", ran.text());
        ran.expect(0);
    }
    let ran = check(longer("# %%[markdown]\n# Text\n"));
    assert_eq!(codes(&ran), ["notebook::cell-type"], "{}", ran.text());
    let text = "# %%\ntext = '''\n# %%[markdown]\n'''\n";
    assert_eq!(codes(&check(longer(text))), [""; 0]);
}
