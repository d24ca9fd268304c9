//! `tito explain --table`, and `--if` without a workspace: they say what a plan does.

use serde_json::{Value, json};

use crate::mini::Mini;
use crate::tito::tito;

const COURSE: &str = "\
course: {id: demo/pond}
base: {from: {path: BASE}}
updates:
  rules:
    - {id: notebooks, roles: [work], do: {not-started: replace, in-progress: offer, completed: keep}, edited: keep, critical: merge}
    - {id: tests, roles: [test], do: {not-started: replace, in-progress: replace, completed: merge, closed: keep}, edited: merge}
    - {id: frozen, units: [plots], do: freeze, critical: replace}
";

const NOTEBOOK: &str = "modules/01_numbers/numbers.ipynb";

fn json(folder: &std::path::Path, args: &[&str]) -> Value {
    let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
    serde_json::from_str(&tito(folder, &args).expect(0).stdout).unwrap()
}

#[test]
fn every_cell_of_the_table_is_what_explain_says_of_that_case() {
    let course = Mini::of(COURSE, "student");
    for path in [NOTEBOOK, "tests/01_numbers/test_numbers.py", "modules/04_plots/README.md", "README.md"] {
        let table = json(course.folder(), &["explain", "--table", path]);
        assert_eq!(
            json(&course.root(), &["explain", "--table", path])["groups"][0]["rows"],
            table["groups"][0]["rows"]
        );
        let group = &table["groups"][0];
        assert_eq!(group["files"], json!([path]));
        let states: Vec<&str> =
            table["states"].as_array().unwrap().iter().map(|state| state.as_str().unwrap()).collect();
        for row in group["rows"].as_array().unwrap() {
            let cells = row["cells"].as_array().unwrap();
            assert_eq!(cells.len(), if group["of_units"] == true { states.len() } else { 1 }, "{path}");
            for (cell, state) in cells.iter().zip(&states) {
                let facts =
                    format!("state={state},edited={},newer,critical={}", row["edited"], row["critical"]);
                let facts = facts.replace("true", "yes").replace("false", "no");
                let words = ["explain", path, "--if", &facts];
                // In a workspace, and in the folder of the course, where there is none.
                for folder in [course.root(), course.folder().to_owned()] {
                    // What is frozen never came into the workspace.
                    if folder == course.root() && path.starts_with("modules/04_plots") {
                        continue;
                    }
                    let said = json(&folder, &words);
                    assert_eq!(&said["verdict"], cell, "{path} if {facts} in {}", folder.display());
                }
            }
        }
    }
}

#[test]
fn the_table_is_read_by_people() {
    let course = Mini::of(COURSE, "student");
    let text = tito(course.folder(), &["explain", "--table", NOTEBOOK]).expect(0).stdout;
    let expected = "\
modules/01_numbers/numbers.ipynb
  work: the student edits it
  rule notebooks (course.yml:5)
                        not-started  in-progress  completed    submitted
  not edited            update       offer        keep         keep
  edited                keep         keep         keep         keep
  critical, not edited  update       update       update       update
  critical, edited      merge        merge        merge        merge

keep     the file stays, and `tito status` says that a newer version exists
offer    the file stays, and the course's version is put beside it
merge    both changes are brought together; where they conflict, the student's stays
update   the course's version is written; nothing of the student's is in the file
";
    assert_eq!(text, expected);
    let page =
        tito(course.folder(), &["explain", "--table", NOTEBOOK, "--format", "markdown"]).expect(0).stdout;
    assert!(page.starts_with("**modules/01_numbers/numbers.ipynb**: rule `notebooks` (course.yml:5)\n\n| | not-started | in-progress | completed | submitted |"), "{page}");
    assert!(page.contains("\n| critical, edited | merge | merge | merge | merge |"), "{page}");
    // Every file is in one group, except for those that tito generates.
    let all = json(course.folder(), &["explain", "--table"]);
    let files: usize =
        all["groups"].as_array().unwrap().iter().map(|group| group["files"].as_array().unwrap().len()).sum();
    let shown = tito(course.folder(), &["show", "--files", "--format", "json"]).expect(0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let is_governed = |file: &&Value| file["value"].as_str().is_some_and(|text| text.contains(", rule "));
    let governed = shown.as_array().unwrap().iter().filter(is_governed);
    let governed = governed.filter(|file| !file["value"].as_str().unwrap().starts_with("derived"));
    assert_eq!(files, governed.count(), "{shown:#}");
    // A column more, where a rule says something of units that are closed.
    let closed =
        tito(course.folder(), &["explain", "--table", "tests/01_numbers/test_numbers.py"]).expect(0).stdout;
    assert!(closed.contains("submitted    closed\n  not edited            update       update       update       update       keep\n"), "{closed}");
    let words = ["explain", "tests/01_numbers/test_numbers.py", "--if", "newer,closed"];
    let table = json(course.folder(), &["explain", "--table", words[1]]);
    assert_eq!(json(course.folder(), &words)["verdict"], table["groups"][0]["rows"][0]["closed"]);
    let frozen =
        tito(course.folder(), &["explain", "--table", "modules/04_plots/README.md"]).expect(0).stdout;
    assert!(!frozen.contains("critical") && frozen.contains("leave"), "{frozen}");
}

#[test]
fn suppositions_need_no_workspace() {
    let course = Mini::only(COURSE);
    let ran = tito(course.folder(), &["explain", NOTEBOOK, "--if", "in-progress"]).expect(0);
    for line in [
        "  supposing the course changed it, you did not\n",
        "  unit      numbers, in-progress\n",
        "  update    keeps yours, and puts",
    ] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    let ran =
        tito(course.folder(), &["explain", NOTEBOOK, "--if", "critical,edited", "--config", "course.yml"])
            .expect(0);
    assert!(
        ran.stdout.contains("a critical advisory raises it") || ran.stdout.contains("never replaced"),
        "{}",
        ran.stdout
    );
    let ran = tito(course.folder(), &["explain", "--format", "markdown", NOTEBOOK]).expect(2);
    assert!(ran.stderr.contains("only for `tito explain --table`"), "{}", ran.stderr);
    tito(course.folder(), &["explain"]).expect(2);
}
