//! `tito module test` and `complete` run the notebook's own graded cells: in a fresh process, cell by cell, as the course wrote them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::judges::python;
use crate::tito::{self, Ran, command, ran, tito};

/// A unit of one notebook: its id and the cells behind the title.
struct Unit {
    id: &'static str,
    cells: &'static str,
}

const SOLUTION: &str = r#"# %% nbgrader={"grade": false, "grade_id": "ID-count", "locked": false, "solution": true}
#| export
def count(pond):
    """Counts the frogs."""
    ### BEGIN SOLUTION
    return len(pond)
    ### END SOLUTION
"#;
const TEST: &str = r#"# %% nbgrader={"grade": true, "grade_id": "ID-test", "locked": true, "points": 2, "solution": false}
assert count(["a", "b"]) == 2, "two frogs must count as 2"
"#;

/// A workspace of units whose cells are given; `SOLUTION` and `TEST` stand for the two cells above.
struct Pond {
    folder: tempfile::TempDir,
}

impl Pond {
    fn of(units: &[Unit], tier: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base");
        let mut catalog = "catalog: pond\nversion: 1.0.0\ntitle: Pond\npackage: pond\nlayout:\n  module: \"modules/{{ id }}\"\n  \
                           tests: \"tests/{{ id }}\"\n  milestone: \"milestones/{{ id }}\"\n  assignment: \"assignments/{{ id }}\"\nmodules:\n"
            .to_owned();
        for Unit { id, cells } in units {
            writeln!(catalog, "  - {{id: {id}, title: {id}, part: foundation, hours: 1, requires: []}}")
                .unwrap();
            let script = format!("# %% [markdown]\n# # {id}\n\n# %%\n#| default_exp {id}\n\n{cells}");
            let script = script
                .replace("SOLUTION\n", SOLUTION)
                .replace("TEST\n", TEST)
                .replace("ID-", &format!("{id}-"));
            write(&base.join(format!("modules/{id}/{id}.py")), &script);
        }
        write(&base.join("catalog.yml"), &catalog);
        write(&folder.path().join("course.yml"), "course: {id: pond}\nbase: {from: {path: ./base}}\n");
        tito(folder.path(), &["init", "ws", "--config", "course.yml", "--tier", tier]).expect(0);
        Self { folder }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = command(&self.folder.path().join("ws"));
        ran(&command.env("TITO_PYTHON", python()).args(args).output().unwrap())
    }

    /// Changes the cells of a unit's notebook, as a student does in Jupyter.
    fn change(&self, unit: &str, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
        let path = self.folder.path().join(format!("ws/modules/{unit}/{unit}.ipynb"));
        let mut notebook: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(notebook["cells"].as_array_mut().unwrap());
        fs::write(path, notebook.to_string()).unwrap();
    }

    /// Puts `body` into the place of the stub.
    fn answer(&self, unit: &str, body: &str) {
        self.change(unit, |cells| {
            let text =
                format!("#| export\ndef count(pond):\n    \"\"\"Counts the frogs.\"\"\"\n    {body}\n");
            let cell =
                cells.iter_mut().find(|cell| cell["metadata"]["nbgrader"]["solution"] == true).unwrap();
            cell["source"] = text.into();
        });
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn an_untouched_notebook_without_pytest_files_is_not_complete() {
    let pond = Pond::of(&[Unit { id: "frogs", cells: "SOLUTION\n\nTEST\n" }], "student");
    let tested = pond.run(&["module", "test", "frogs"]).expect(1);
    let expected = "× frogs: 0 of 1 graded cells pass\n  NotImplementedError\n      frogs-test, cell 4 of modules/frogs/frogs.ipynb\n";
    assert!(tested.stdout.contains(expected), "{}", tested.stdout);
    let ran = pond.run(&["module", "complete", "frogs"]).expect(1);
    assert!(
        ran.stderr.ends_with("`frogs` is not recorded as completed: its tests do not pass\n"),
        "{}",
        ran.stderr
    );
    assert!(!pond.folder.path().join("ws/progress.json").exists());
    // A wrong answer gets the words that the course wrote, a right one is complete.
    pond.answer("frogs", "return len(pond) + 1");
    let tested = pond.run(&["module", "complete", "frogs"]).expect(1);
    assert!(tested.stdout.contains("\n  two frogs must count as 2\n"), "{}", tested.stdout);
    pond.answer("frogs", "return len(pond)");
    let ran = pond.run(&["module", "complete", "frogs"]).expect(0);
    assert!(ran.stdout.contains("✓ frogs: 1 of 1 graded cells pass\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("✓ 01 frogs is complete"), "{}", ran.stdout);
    let json = pond.run(&["module", "test", "frogs", "--format", "json"]).expect(0);
    let said: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(said["tests"]["passed"], true);
    assert_eq!(said["tests"]["cells"]["total"], 1);
}

#[test]
fn a_test_counts_as_the_course_wrote_it() {
    let pond = Pond::of(
        &[
            Unit { id: "frogs", cells: "SOLUTION\n\nTEST\n" },
            Unit { id: "newts", cells: "SOLUTION\n\nTEST\n" },
        ],
        "student",
    );
    pond.answer("frogs", "return 99");
    pond.change("frogs", |cells| cells.last_mut().unwrap()["source"] = "assert True".into());
    let ran = pond.run(&["module", "test", "frogs"]).expect(1);
    assert!(ran.stdout.contains(
        "! `frogs-test` was changed in your notebook; the course's version of this test was run\n"
    ));
    assert!(ran.stdout.contains("\n  two frogs must count as 2\n"), "{}", ran.stdout);
    pond.answer("newts", "return 99");
    pond.change("newts", |cells| drop(cells.pop()));
    let ran = pond.run(&["module", "test", "newts"]).expect(1);
    assert!(
        ran.stdout.contains("× newts: 0 of 1 graded cells pass\n"),
        "a deleted test counts: {}",
        ran.stdout
    );
}

#[test]
fn what_cells_do_to_the_process_is_survived() {
    let exit = "# %%\nimport sys\nsys.exit(3)\n\nSOLUTION\n\nTEST\n";
    let death = "SOLUTION\n\n# %%\nimport os\nos._exit(0)\n\nTEST\n";
    let noise = "# %%\nprint('loud ' * 10000)\nimport os, sys\nos.system('echo loud')\nsys.stderr.write('loud')\n\nSOLUTION\n\nTEST\n";
    let input = "# %%\ntry:\n    input()\nexcept EOFError:\n    pass\n\nSOLUTION\n\nTEST\n";
    let thread = "# %%\nimport threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n\nSOLUTION\n\nTEST\n";
    let magic = "# %%\n# %time x = 1\nfiles = !true\n\nSOLUTION\n\nTEST\n";
    let wait = "# %%\nimport asyncio\nawait asyncio.sleep(0)\n\nSOLUTION\n\nTEST\n";
    let main = "# %%\nimport dataclasses, pickle\n@dataclasses.dataclass\nclass P:\n    x: int\nassert pickle.loads(pickle.dumps(P(1))) == P(1)\n\nSOLUTION\n\nTEST\n";
    let units = [
        ("exit", exit),
        ("death", death),
        ("noise", noise),
        ("input", input),
        ("thread", thread),
        ("magic", magic),
        ("wait", wait),
        ("main", main),
    ];
    let units = units.map(|(id, cells)| Unit { id, cells });
    let pond = Pond::of(&units, "student");
    for Unit { id, .. } in &units {
        pond.answer(id, "return len(pond)");
        let ran = pond.run(&["module", "test", id]);
        if *id == "death" {
            assert!(ran.stdout.contains("  not run: Python ended in cell 4\n"), "{}", ran.stdout);
            assert_eq!(ran.code, 1);
        } else {
            assert!(
                ran.stdout.contains(&format!("✓ {id}: 1 of 1 graded cells pass\n")),
                "{id}: {}{}",
                ran.stdout,
                ran.stderr
            );
            assert!(!ran.text().contains("loud"), "{}", ran.text());
        }
    }
    let ran = pond.run(&["module", "test", "noise", "--verbose"]).expect(0);
    assert!(ran.stderr.contains("loud"));
}

#[test]
fn an_assertion_without_a_message_is_quoted_and_choices_are_kept() {
    let cells = "SOLUTION\n\n# %% nbgrader={\"grade\": true, \"grade_id\": \"ID-one\", \"locked\": true, \"points\": 1, \"solution\": false}\nassert count('a') == 1\nassert count(\n    'ab') == 2\n\nTEST\n";
    let pond = Pond::of(&[Unit { id: "frogs", cells }], "student");
    pond.answer("frogs", "return 1");
    let ran = pond.run(&["module", "test", "frogs"]).expect(1);
    assert!(ran.stdout.contains("  this is not true: count( 'ab') == 2\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("  two frogs must count as 2\n"), "{}", ran.stdout);
    let first = pond.run(&["module", "test", "frogs", "--first"]).expect(1);
    assert!(!first.stdout.contains("two frogs"), "{}", first.stdout);
    let only = pond.run(&["module", "test", "frogs", "-k", "frogs-test"]).expect(1);
    assert!(only.stdout.contains("× frogs: 0 of 1 graded cells pass\n"), "{}", only.stdout);
    let verbose = pond.run(&["module", "test", "frogs", "--verbose"]).expect(1);
    assert!(
        verbose.stderr.contains("assert count('a') == 1")
            || verbose.stderr.contains("File \"<cell 4>\", line 2"),
        "{}",
        verbose.stderr
    );
}

#[test]
fn where_nothing_can_be_tested_that_is_said_and_stubs_are_not_complete() {
    let text = "# %% [markdown]\n# Read this.\n";
    let pond =
        Pond::of(&[Unit { id: "frogs", cells: "SOLUTION\n" }, Unit { id: "newts", cells: text }], "student");
    let ran = pond.run(&["module", "test", "frogs"]).expect(0);
    assert!(
        ran.stdout.contains("! frogs: nothing was tested: the unit has no graded cells and no tests\n"),
        "{}",
        ran.stdout
    );
    let ran = pond.run(&["module", "complete", "frogs"]).expect(1);
    let expected = "`frogs` is not recorded as completed: 1 of 1 exercises are unchanged; `--skip-tests` records it anyway\n";
    assert!(ran.stderr.ends_with(expected), "{}", ran.stderr);
    pond.answer("frogs", "return len(pond)");
    pond.run(&["module", "complete", "frogs"]).expect(0);
    pond.run(&["module", "complete", "newts"]).expect(0);
}

#[test]
fn an_assignment_is_tested_by_its_cells_and_by_the_tests_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    crate::mini::copy(&tito::root().join("examples/with-assignment"), folder.path());
    write(
        &folder.path().join("assignments/energy-lab/tests/test_own.py"),
        "def test_of_the_lab():\n    assert False, 'the lab has a test'\n",
    );
    tito(folder.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
    let run = |args: &[&str]| {
        ran(&command(&folder.path().join("ws")).env("TITO_PYTHON", python()).args(args).output().unwrap())
    };
    let untouched = run(&["module", "complete", "energy-lab"]).expect(1);
    assert!(untouched.stdout.contains(" graded cells pass\n"), "{}", untouched.stdout);
    assert!(
        untouched.stdout.contains("\n  the lab has a test\n      test_of_the_lab\n"),
        "{}",
        untouched.stdout
    );
}

/// nbgrader gives no points for a graded cell that writes to standard error, and takes a number at a cell's end for its points.
#[test]
fn a_graded_cell_passes_only_where_nbgrader_gives_all_its_points() {
    let cells = "SOLUTION\n\nTEST\n\n# %% nbgrader={\"grade\": true, \"grade_id\": \"ID-parts\", \"locked\": true, \"points\": 4, \"solution\": false}\n\
                 points = 1\nif count([]) == 0:\n    points += 3\npoints\n";
    let pond = Pond::of(&[Unit { id: "frogs", cells }], "student");
    pond.answer("frogs", "return len(pond)");
    pond.run(&["module", "test", "frogs"]).expect(0);
    pond.answer("frogs", "return len(pond) or -1");
    let ran = pond.run(&["module", "complete", "frogs"]).expect(1);
    let expected = "× frogs: 1 of 2 graded cells pass\n  it gives 1 of 4 points\n      frogs-parts, cell 5 of modules/frogs/frogs.ipynb\n";
    assert!(ran.stdout.contains(expected), "{}", ran.text());
    // A warning is shown in each cell that meets it, as in a kernel.
    pond.answer("frogs", "import warnings; warnings.warn('many frogs'); return len(pond)");
    let ran = pond.run(&["module", "test", "frogs"]).expect(1);
    let expected = "× frogs: 0 of 2 graded cells pass\n  it writes to standard error, for which nbgrader gives no points: UserWarning: many frogs\n";
    assert!(ran.stdout.contains(expected), "{}", ran.text());
    // Also in IPython, and what a logger writes that was made before.
    pond.change("frogs", |cells| {
        cells[1]["source"] = "#| default_exp frogs\nimport logging; logging.basicConfig()\n%time 1\n".into();
    });
    pond.answer("frogs", "import logging; logging.warning('loud frogs'); return len(pond)");
    let ran = pond.run(&["module", "test", "frogs"]).expect(1);
    assert!(ran.stdout.contains("no points: WARNING:root:loud frogs\n"), "{}", ran.text());
}

#[test]
fn no_text_of_an_exception_ends_the_run() {
    let pond = Pond::of(&[Unit { id: "frogs", cells: "SOLUTION\n\nTEST\n" }], "student");
    for (answer, why) in [
        ("raise ValueError(chr(0xdc80) + ' frogs')", "ValueError: ? frogs\n"),
        ("raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()", "Mute\n"),
        ("import json; json.dumps = None; raise ValueError('x' * 9_000_000)", "ValueError: xxxx"),
    ] {
        pond.answer("frogs", answer);
        let ran = pond.run(&["module", "test", "frogs"]).expect(1);
        let expected = format!("× frogs: 0 of 1 graded cells pass\n  {why}");
        assert!(ran.stdout.contains(&expected) && ran.stdout.len() < 9000, "{}", ran.text());
    }
}
