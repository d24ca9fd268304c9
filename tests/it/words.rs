//! What people type by a slip, and what is said: one sentence that helps.

use std::fs;
use std::path::Path;

use super::mini::Mini;
use super::tito::{Ran, tito};

/// The course of the small base, with `rules`.
fn course(rules: &str) -> Mini {
    Mini::only(&format!(
        "course: {{id: demo/pond}}\nbase: {{from: {{path: BASE}}}}\nmodules: [numbers, sums]\n{rules}"
    ))
}

fn in_empty(args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let ran = tito(folder.path(), args);
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was written");
    ran
}

#[test]
fn bare_tito_and_its_help_are_no_error() {
    let ran = in_empty(&[]).expect(2);
    assert!(ran.stderr.starts_with("Compiles a course") && !ran.stderr.contains("error:"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("Usage:").count(), 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("\nEvery day:\n  init   ") && !ran.stderr.contains("nbgrader"),
        "{}",
        ran.stderr
    );
    let ran = in_empty(&["history", "--help"]).expect(0);
    assert!(ran.stdout.contains("Examples:\n  tito history"), "{}", ran.stdout);
    let options = ran.stdout.split("Options:").nth(1).unwrap().split("Examples:").next().unwrap();
    assert!(options.trim().lines().count() <= 5, "{options}");
}

#[test]
fn help_lists_the_students_commands_first_and_prints_guides() {
    let all = in_empty(&["help"]).expect(0).stdout;
    assert_eq!(all, in_empty(&["--help"]).expect(0).stdout);
    let places = ["Every day:", "Updates and backups:", "For instructors:", "For maintainers", "Other:"]
        .map(|title| all.find(&format!("\n{title}")).unwrap_or_else(|| panic!("{title}:\n{all}")));
    assert!(places.is_sorted(), "{all}");
    assert_eq!(in_empty(&["help", "update"]).stdout, in_empty(&["update", "--help"]).stdout);
    assert_eq!(
        in_empty(&["help", "module", "reset"]).stdout,
        in_empty(&["module", "reset", "--help"]).stdout
    );
    let guide = fs::read_to_string(super::tito::root().join("docs/publishing.md")).unwrap();
    assert_eq!(in_empty(&["help", "publishing"]).expect(0).stdout, guide);
    let ran = in_empty(&["help", "publshing"]).expect(2);
    assert!(ran.stderr.contains("did you mean `tito help publishing`?"), "{}", ran.stderr);
    in_empty(&["help", "module", "resett"]).expect(2);
}

#[test]
fn short_forms_are_the_same_commands() {
    let sibling = |words: &[&str]| {
        let course = course("");
        tito(course.folder(), &["init", "ws", "--tier", "instructor"]).expect(0);
        let run = |words: &[&str]| course.run(words).text();
        (run(words), run(&["module", "list"]))
    };
    for verb in ["start", "test", "complete", "reset"] {
        let (short, long) = (&[verb, "numbers"][..], &["module", verb, "numbers"][..]);
        assert_eq!(timeless(sibling(short)), timeless(sibling(long)), "tito {verb}");
    }
}

/// How long pytest took is not the same twice.
fn timeless((said, list): (String, String)) -> (String, String) {
    let said = said.lines().filter(|line| !line.contains(" in 0.") && !line.contains(" s)"));
    (said.collect::<Vec<_>>().join("\n"), list)
}

#[test]
fn an_address_is_no_folder() {
    for args in [
        &["init", "https://example.org/course.git"][..],
        &["init", "git@example.org:course.git"],
        &["init", "ws", "--config", "https://example.org/course.yml"],
    ] {
        let ran = in_empty(args).expect(1);
        assert!(ran.stderr.contains("is a URL") && ran.stderr.contains("git clone"), "{}", ran.stderr);
    }
}

#[test]
fn init_takes_the_course_of_its_folder_and_says_so() {
    let course = course("");
    let ran = tito(course.folder(), &["init", "ws"]).expect(0);
    assert!(ran.stdout.starts_with("✓ demo/pond"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the course is course.yml in this folder"), "{}", ran.stdout);
    let status = tito(&course.root(), &["update", "--check"]).expect(0);
    assert!(status.stdout.contains("demo/pond"), "{}", status.stdout);
}

#[test]
fn a_course_of_the_other_ending_is_named() {
    let course = course("");
    fs::rename(course.folder().join("course.yml"), course.folder().join("course.yaml")).unwrap();
    for args in [&["init", "ws"][..], &["check"], &["lock"]] {
        let ran = tito(course.folder(), args).expect(1);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("`course.yaml`") && said.contains("rename it to `course.yml`"), "{said}");
    }
    tito(course.folder(), &["check", "course.yaml"]).expect(0);
    fs::rename(course.folder().join("base/catalog.yml"), course.folder().join("base/catalog.yaml")).unwrap();
    let ran = tito(course.folder(), &["check", "course.yaml"]).expect(1);
    assert!(ran.stderr.contains("rename it to `catalog.yml`"), "{}", ran.stderr);
}

#[test]
fn init_counts_what_it_wrote_and_names_what_a_rule_keeps_out() {
    let course = course("updates: {rules: [{id: later, units: [sums], do: freeze}]}\n");
    let ran = tito(course.folder(), &["init", "ws", "--config", "course.yml"]).expect(0);
    assert!(ran.stdout.contains("(sums): the rule `later` (course.yml:4) keeps"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("  modules/02_sums"), "{}", ran.stdout);
    let written: usize =
        ran.stdout.lines().find_map(|line| line.split(" file").next()?.parse().ok()).unwrap();
    let there = walkdir::WalkDir::new(course.root())
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| {
            entry.file_type().is_file() && !entry.path().starts_with(course.root().join(".tinytorch"))
        })
        .filter(|entry| entry.file_name() != "course.lock")
        .count();
    assert_eq!(written, there, "{}", ran.stdout);
}

#[test]
fn commands_that_are_advised_are_quoted() {
    let course = course("");
    let ran = tito(course.folder(), &["init", "my course", "--config", "course.yml"]).expect(0);
    assert!(ran.stdout.contains("next: cd \"my course\" && tito module start numbers"), "{}", ran.stdout);
}

#[test]
fn what_is_advised_next_is_a_unit_that_can_be_started() {
    let course = Mini::of(
        "course: {id: demo/pond}\nbase: {from: {path: BASE}}\nmodules: [{id: numbers, mode: provided}, sums]\n",
        "student",
    );
    let ran = course.run(&["status"]).expect(0);
    assert!(ran.stdout.contains("next: tito module start sums"), "{}", ran.stdout);
    course.run(&["module", "start", "sums"]).expect(0);
}

#[cfg(unix)]
#[test]
fn jupyter_of_the_workspace_is_named_where_a_shell_does_not_find_it() {
    let course =
        Mini::of("course: {id: demo/pond}\nbase: {from: {path: BASE}}\nmodules: [numbers]\n", "student");
    let start = |path: &Path| {
        let mut command = course.command();
        command.env_remove("TITO_PYTHON").env("PATH", path).args(["module", "start", "numbers"]);
        super::tito::ran(&command.output().unwrap()).expect(0).stdout
    };
    let nowhere = course.folder().join("nowhere");
    assert!(start(&nowhere).contains("tito doctor --fix"), "{}", start(&nowhere));
    let venv = course.root().join(".venv/bin");
    fs::create_dir_all(&venv).unwrap();
    for name in ["python", "jupyter"] {
        fs::write(venv.join(name), "").unwrap();
    }
    assert!(
        start(&nowhere).contains(".venv/bin/jupyter lab modules/01_numbers/numbers.ipynb"),
        "{}",
        start(&nowhere)
    );
    let bin = course.folder().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::write(bin.join("jupyter"), "").unwrap();
    assert!(start(&bin).contains("\njupyter lab modules/01_numbers/numbers.ipynb"), "{}", start(&bin));
}
