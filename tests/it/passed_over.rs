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
    let alone = check(longer(format!("{TEST}### HIDDEN TESTS\nassert numbers_of([5]) == 12 # SECRET\n")));
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

const HELPER: &str = "base/modules/sums/helper.py";

#[test]
fn a_whole_answer_is_a_leak_however_short_it_is() {
    const ANSWER: &str = "    answer_of_numbers = len(values) + 7\n    return answer_of_numbers\n";
    const MEAN: &str = "    total = sum(values)\n    return total / len(values)\n";
    const TWICE: &str = "    twice = values\n    return values + twice\n";
    const ONE: &str = "    return sum(values) + 4\n";
    for answer in [ANSWER, MEAN, TWICE, ONE] {
        let (before, copy) = (answer != ANSWER, format!("def numbers_of(values):\n{answer}"));
        let ran = check(|folder| {
            if before {
                replaced(ANSWER, answer)(folder);
            }
            written(HELPER, &copy)(folder);
        });
        assert_eq!(codes(&ran), ["notebook::solution-leak"], "{answer}\n{}", ran.text());
        ran.expect(1);
    }
    // Part of it, and what everyone writes, in another function.
    for (answer, other) in [
        (MEAN, "    total = sum(values)\n"),
        (TWICE, TWICE),
        (ONE, ONE),
        ("    return values\n", "    return values\n"),
    ] {
        let ran = check(|folder| {
            replaced(ANSWER, answer)(folder);
            written(HELPER, &format!("def other(values):\n{other}"))(folder);
        });
        assert_eq!(codes(&ran), [""; 0], "{answer}\n{}", ran.text());
    }
}

#[test]
fn publish_shows_the_warnings_of_check() {
    let mini = Mini::only(COURSE);
    let longer_answer =
        "    answer_of_numbers = len(values) + 7 * len(values)\n    numbers_again = answer_of_numbers\n";
    replaced("    answer_of_numbers = len(values) + 7\n", longer_answer)(mini.folder());
    written(HELPER, "x = 3\nanswer_of_numbers = len(values) + 7 * len(values)\n")(mini.folder());
    let checked = tito(mini.folder(), &["check", "--color", "never"]).expect(0);
    assert_eq!(codes(&checked), ["notebook::solution-leak"], "{}", checked.text());
    let ran = tito(mini.folder(), &["publish", "site", "--color", "never"]).expect(0);
    assert_eq!(codes(&ran), ["notebook::solution-leak"], "{}", ran.text());
    assert!(ran.stderr.contains("1 warning"), "{}", ran.stderr);
    let json = tito(mini.folder(), &["publish", "other", "--format", "json"]).expect(0);
    assert_eq!(json.stderr, "");
    let many =
        tito(mini.folder(), &["publish", "sites", "--all", "course.yml", "--color", "never"]).expect(0);
    assert!(many.stderr.contains("1 warning") && many.stderr.contains("course.yml"), "{}", many.text());
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
    for wrong in [
        "return 3",
        "def f(a, a): return a\nf(1, 1)",
        "def f():\n    await g()\nf()",
        "f(a=1, a=2)",
        "x = 1\nyield x",
    ] {
        let ran = check(longer(format!("{TEST}{wrong}\n")));
        assert_eq!(codes(&ran), ["content::python-syntax"], "{wrong}\n{}", ran.text());
    }
    let waits = "await f()\nasync with a: f()\nx = [await f() for _ in range(3)]\nasync for i in g(): f(i)";
    for fine in ["%time f()\n!ls\nx = !ls\nawait f()", "f?", "# %%bash\n# if [ 1 ]; then", waits] {
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

/// A notebook of Jupyter with one cell that is flagged as a solution.
const SOLVED: &str = r#"{"cells": [{"cell_type": "code", "id": "a", "execution_count": null, "outputs": [], "source": "x = 42",
"metadata": {"nbgrader": {"grade": false, "grade_id": "a", "locked": false, "schema_version": 3, "solution": true}}}],
"metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#;

#[test]
fn a_key_that_a_notebook_has_twice() {
    let doubled = SOLVED.replace("\"source\"", "\"metadata\": {},\n\"source\"");
    let ran = check(written("base/modules/numbers/more.ipynb", &doubled));
    assert_eq!(codes(&ran).first(), Some(&"source::duplicate-key"), "{}", ran.text());
    assert!(ran.text().contains("more.ipynb:1:85") && ran.text().contains("`metadata` is written twice"));
    ran.expect(1);
}

#[test]
fn a_solution_that_nothing_takes_out() {
    let cell = "nbgrader={\"grade\": false, \"grade_id\": \"a\", \"locked\": false, \"solution\": true}";
    let light = format!("# + {cell}\nx = 42\n# -\n");
    let script = format!("# %% {cell}\nx <- 42\n");
    for (path, text, help) in [
        ("base/tests/numbers/more.ipynb", SOLVED, "modules and assignments only"),
        ("base/milestones/law/more.ipynb", SOLVED, "modules and assignments only"),
        ("base/shared/more.ipynb", SOLVED, "modules and assignments only"),
        ("base/modules/numbers/MORE.IPYNB", SOLVED, "`MORE.ipynb`"),
        ("base/modules/numbers/light.py", &light, "`jupytext --to py:percent light.py`"),
        ("base/modules/numbers/more.R", &script, "`jupytext --to ipynb more.R`"),
        (
            "base/modules/numbers/more.Rmd",
            &format!("```{{r {cell}}}\nx <- 42\n```\n"),
            "`jupytext --to ipynb",
        ),
        ("base/milestones/law/more.py", &script, "modules and assignments only"),
    ] {
        let ran = check(written(path, text));
        assert_eq!(codes(&ran), ["content::markers-left"], "{path}\n{}", ran.text());
        let said = ran.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(help), "{path}: {said}");
        ran.expect(1);
    }
    // What students get of a notebook may be in a folder of tests, and texts may name the metadata.
    for (path, text) in [
        ("base/tests/numbers/more.ipynb", SOLVED.replace("x = 42", "# YOUR CODE HERE")),
        ("base/modules/numbers/notes.md", format!("Write `# %% {cell}`.\n\n    # %% {cell}\n")),
        ("base/shared/tool.py", format!("cell = '# %% {cell}'\n")),
    ] {
        let ran = check(written(path, &text));
        assert_eq!(codes(&ran), [""; 0], "{path}\n{}", ran.text());
    }
    // In a script, the line begins no cell.
    for line in [format!("# + {cell}"), format!("# In[3]: {cell}"), format!("# + [markdown] {cell}")] {
        let ran = check(longer(format!("{line}\nx = 42\n")));
        assert_eq!(codes(&ran), ["notebook::cell-metadata"], "{line}\n{}", ran.text());
        ran.expect(1);
    }
    assert_eq!(codes(&check(longer(format!("# About {cell}: see there\nx = 42\n")))), [""; 0]);
}

/// A notebook is a solution by its name, and nobody marked anything in it.
#[test]
fn a_solution_that_is_one_by_its_name() {
    let solved =
        "# %%\ndef spread_of(values):\n    low, high = min(values), max(values)\n    return high - low\n";
    let named = |name: &str, text: &str| {
        let path = format!("base/modules/numbers/{name}.py");
        check(written(&path, text))
    };
    for name in ["numbers_solution", "numbers-solutions", "numbers_answers"] {
        let ran = named(name, solved);
        assert_eq!(codes(&ran), ["notebook::unmarked-solution"], "{name}\n{}", ran.text());
        assert!(ran.text().contains(&format!("{name}.py:2:1")), "{}", ran.text());
        ran.expect(0);
    }
    let marked = format!(
        "# %% nbgrader={{\"grade\": false, \"grade_id\": \"spread\", \"locked\": false, \"solution\": true}}\n### BEGIN SOLUTION\n{}### END SOLUTION\n",
        solved.trim_start_matches("# %%\n")
    );
    for (name, text) in
        [("spread", solved), ("numbers_resolution", solved), ("numbers_solution", marked.as_str())]
    {
        let ran = named(name, text);
        assert!(codes(&ran).is_empty(), "{name}\n{}", ran.text());
    }
    let accepted = check(|folder| {
        written("base/modules/numbers/numbers_solution.py", solved)(folder);
        let allow = "allow:\n  - {code: \"notebook::unmarked-solution\", paths: [\"**/numbers_solution*\"], why: it is an example}\n";
        let course = fs::read_to_string(folder.join("course.yml")).unwrap();
        fs::write(folder.join("course.yml"), course + allow).unwrap();
    });
    assert!(codes(&accepted).is_empty(), "{}", accepted.text());
}

#[test]
fn what_programs_leave_behind_does_not_ship() {
    let mini = Mini::only(COURSE);
    let unit = mini.folder().join("base/modules/numbers");
    let left =
        [".Rhistory", ".RData", "numbers.py~", ".numbers.py.swp", "#numbers.py#", ".git/HEAD", ".venv/a"];
    for path in left {
        let path = unit.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "SECRET").unwrap();
    }
    tito(mini.folder(), &["init", "ws", "--config", "course.yml"]).expect(0);
    let files = tree(&mini.folder().join("ws"));
    let shipped = files.iter().filter(|(_, bytes)| bytes.as_slice() == b"SECRET");
    assert_eq!(shipped.map(|(path, _)| path).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_question_without_a_test() {
    let question = TEST.replace("\"grade\": true", "\"grade\": false").replace("n\": false", "n\": true");
    let question = question.replace("\"points\": 1, ", "").replace("d\": true", "d\": false")
        + "def last():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n";
    assert_eq!(codes(&check(longer(&question))), [""; 0], "the unit has tests");
    let ran = check(|folder| {
        longer(&question)(folder);
        fs::remove_dir_all(folder.join("base/tests/numbers")).unwrap();
    });
    assert_eq!(codes(&ran), ["notebook::ungraded-solution"], "{}", ran.text());
    assert!(ran.text().contains("numbers.py:24:1"), "{}", ran.text());
    let allowed = check(|folder| {
        longer(&question)(folder);
        fs::remove_dir_all(folder.join("base/tests/numbers")).unwrap();
        let course = format!(
            "{}allow: [{{code: notebook::ungraded-solution, paths: [\"modules/**\"], why: \"a bonus\"}}]\n",
            fs::read_to_string(folder.join("course.yml")).unwrap()
        );
        fs::write(folder.join("course.yml"), course).unwrap();
    });
    assert_eq!(codes(&allowed), [""; 0], "{}", allowed.text());
}

#[test]
fn the_name_that_a_template_does_not_have() {
    for (text, help) in [
        ("{{ course.titel }}", "did you mean `title`?"),
        ("{{ course.variables.trm }}", "did you mean `course.variables.term`?"),
        ("{{ course.variables.exam }}", "course.yml sets it with `variables: {exam: …}`"),
        ("{{ unit.nummer }}", "did you mean `number`?"),
        ("{{ units.numbrs.title }}", "did you mean `units.numbers`?"),
        ("{{ units.numbers.titel }}", "did you mean `title`?"),
        ("{{ units.none.title }}", "`{% if units.none is defined %}`"),
        ("{{ module }}", "did you mean `modules`?"),
        ("{% if package %}", "`{% endif %}`"),
    ] {
        let ran = check(|folder| {
            fs::write(folder.join("base/modules/numbers/README.md.j2"), text).unwrap();
            let course = fs::read_to_string(folder.join("course.yml")).unwrap();
            fs::write(folder.join("course.yml"), course + "variables: {term: autumn}\n").unwrap();
        });
        let said = ran.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(help), "{text}: {said}");
        ran.expect(1);
    }
    let shared = check(written("base/shared/README.md.j2", "{{ unit.title }}\n"));
    assert!(shared.text().contains("only files of a unit have `unit`"), "{}", shared.text());
}
