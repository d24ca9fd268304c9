//! `tito graph` and `tito compare`: a course, and two of them, to look at.

use std::fs;

use crate::mini::Mini;
use crate::tito;

#[test]
fn the_graph_as_text_dot_and_json() {
    let mini = Mini::only(
        "course: {id: a/mini}\nbase: {from: {path: BASE}}\nmodules: [{id: numbers, mode: provided}, sums, {id: plots, optional: true, title: 'the \"last\"'}]\n",
    );
    let ran = tito::tito(mini.folder(), &["graph"]).expect(0);
    let expected = "\
01 numbers (provided)
02 sums ← numbers
04 plots (optional) ← numbers
01 first-steps (milestone) ← sums
";
    assert_eq!(ran.stdout, expected);
    let ran = tito::tito(mini.folder(), &["graph", "--dot", "course.yml"]).expect(0);
    let expected = r#"digraph "a/mini" {
  rankdir=LR;
  node [shape=box];
  "numbers" [label="01 Numbers", style=dotted];
  "sums" [label="02 Sums"];
  "plots" [label="04 the \"last\"", style=dashed];
  "first-steps" [label="01 Letters about a game", shape=ellipse];
  "numbers" -> "sums";
  "numbers" -> "plots";
  "sums" -> "first-steps";
}
"#;
    assert_eq!(ran.stdout, expected);
    let ran = tito::tito(mini.folder(), &["graph", "--format", "json"]).expect(0);
    let graph: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(graph["units"][1]["requires"], serde_json::json!(["numbers"]));
    tito::tito(mini.folder(), &["init", "ws", "--config", "course.yml"]).expect(0);
    assert!(
        mini.run(&["graph"]).expect(0).stdout.starts_with("01 numbers (provided)\n"),
        "the workspace's course"
    );
}

#[test]
fn a_course_is_compared_with_another_and_with_a_lock() {
    let mini = Mini::only(crate::mini::COURSE);
    let run = |args: &[&str]| tito::tito(mini.folder(), args);
    run(&["lock"]).expect(0);
    assert_eq!(run(&["compare", "course.lock", "course.yml"]).expect(0).stdout, "no difference\n");
    let other = "course: {id: mini, run: spring}\nbase: {from: {path: base}}\nmodules: [numbers, plots, sums]\nnumbering: sequential\nupdates: {rules: [{id: mine, roles: [doc], do: {not-started: replace, in-progress: offer, completed: keep}}]}\n";
    fs::write(mini.folder().join("other.yml"), other).unwrap();
    let ran = run(&["compare", "course.lock", "other.yml"]).expect(0);
    for line in [
        "run none → spring\n",
        "  changed  plots                                        number 04 → 02, folder modules/04_plots → modules/02_plots\n",
        "  removed  means                                        module\n",
        "  removed  law                                          milestone\n",
        "  order    numbers, plots, sums, first-steps\n",
        "  added    mine                                         other.yml:5\n",
        "  moved    modules/02_plots/plots.ipynb                 was modules/04_plots/plots.ipynb\n",
        "  changed  modules/02_plots/README.md                   was modules/04_plots/README.md, rule built-in doc → mine\n           an update: not-started replace, in-progress offer, completed keep\n",
        "  removed  modules/03_means/means.ipynb\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}in\n{}", ran.stdout);
    }
    let ran = run(&["compare", "course.yml", "other.yml", "--format", "json"]).expect(0);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["course"], serde_json::json!(["run none → spring"]));
    let removed = said["files"].as_array().unwrap().iter().filter(|line| line["what"] == "removed").count();
    assert!(removed > 3, "{said}");
    fs::write(mini.folder().join("broken.lock"), "lock: 1\n").unwrap();
    let ran = run(&["compare", "broken.lock", "course.yml"]).expect(1);
    assert!(ran.stderr.contains("error: `broken.lock`: "), "{}", ran.stderr);
    run(&["compare", "course.yml", "nowhere.yml"]).expect(1);
}

#[test]
fn what_only_has_another_name_or_line_is_the_same_in_a_comparison() {
    let rules = "updates:\n  rules:\n    - {paths: \"**/*.md\", do: keep}\n    - {id: mine, roles: [test], do: offer}\n";
    let mini = Mini::only(&format!("{}{rules}", crate::mini::COURSE));
    tito::tito(mini.folder(), &["lock"]).expect(0);
    let course = fs::read_to_string(mini.folder().join("course.yml")).unwrap();
    fs::write(mini.folder().join("old.yml"), &course).unwrap();
    // A rule above moves the others down and counts them again.
    let moved = course.replace("  rules:\n", "  rules:\n    - {paths: \"**/figure.svg\", do: keep}\n\n");
    fs::write(mini.folder().join("base/modules/sums/figure.svg"), "<svg/>").unwrap();
    fs::write(mini.folder().join("course.yml"), moved).unwrap();
    for old in ["course.lock", "old.yml"] {
        let ran = tito::tito(mini.folder(), &["compare", old, "course.yml", "--format", "json"]).expect(0);
        let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let rules: Vec<&str> =
            said["rules"].as_array().unwrap().iter().map(|line| line["what"].as_str().unwrap()).collect();
        assert_eq!(rules, ["added"], "{old}: {said:#}");
        let files = said["files"].as_array().unwrap();
        let touched: Vec<&str> = files
            .iter()
            .filter(|line| line["what"] == "rule")
            .map(|line| line["name"].as_str().unwrap())
            .collect();
        assert!(touched.iter().all(|name| name.ends_with("figure.svg")), "{old}: {said:#}");
    }
}

#[test]
fn a_renamed_unit_is_renamed_and_changed_cells_are_named() {
    let mini = Mini::only(crate::mini::COURSE);
    let base = mini.folder().join("base");
    let copy = mini.folder().join("newer");
    for (path, bytes) in tito::tree(&base) {
        let path =
            copy.join(path.replace("modules/sums", "modules/totals").replace("tests/sums", "tests/totals"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let catalog = fs::read_to_string(copy.join("catalog.yml")).unwrap();
    let catalog = catalog.replace("id: sums,", "id: totals,").replace("[sums]", "[totals]");
    let renames = if catalog.contains("renames:") {
        catalog.replace("renames:\n", "renames:\n  - {module: sums, to: totals, in: 1.2.0}\n")
    } else {
        format!("{catalog}renames:\n  - {{module: sums, to: totals, in: 1.2.0}}\n")
    };
    fs::write(copy.join("catalog.yml"), renames).unwrap();
    let script = copy.join("modules/numbers/numbers.py");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(
        &script,
        text + "\n# %% nbgrader={\"grade_id\": \"last-word\", \"locked\": true}\nassert True\n",
    )
    .unwrap();
    fs::write(mini.folder().join("newer.yml"), crate::mini::COURSE.replace("BASE", "newer")).unwrap();
    let ran = tito::tito(mini.folder(), &["compare", "course.yml", "newer.yml"]).expect(0);
    assert!(ran.stdout.contains("  renamed  totals"), "{}", ran.stdout);
    let gone = ran.stdout.lines().filter(|line| line.contains("removed") && line.contains("sums"));
    assert_eq!(gone.count(), 0, "{}", ran.stdout);
    assert!(ran.stdout.contains("           cell last-word added\n"), "{}", ran.stdout);
}
