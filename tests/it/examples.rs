//! The examples in the help of every command are run, each in its own copy of a prepared folder: a course with a workspace beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use rayon::prelude::*;

use crate::judges::python;
use crate::mini::copy;
use crate::tito::{command, ran, tito};

/// Examples that are read but not run here, and why.
const NOT_RUN: &[(&str, &str)] = &[
    ("tito init https://", "the network"),
    ("tito data download", "the network"),
    ("tito doctor --fix", "the network"),
    ("tito lock --upgrade courses", "a Git repository: tests/it/sources.rs"),
    ("tito lab ", "a program that does not end: tests/it/lab.rs"),
    ("tito take ", "an offer: tests/transcripts/04-offer-taken.md"),
    ("tito milestone run", "a package that is complete: tests/it/milestone.rs"),
];

/// Commands that come before an example; `edit` and `delete` are the student's.
const BEFORE: &[(&str, &[&str])] = &[
    ("tito apply plan.json", &["tito plan -o plan.json"]),
    ("tito backups modules/", &["edit modules/06_autograd/autograd.ipynb", "tito reset autograd --yes"]),
    ("tito restore modules/", &["delete modules/06_autograd/autograd.ipynb"]),
    ("tito restore tests/", &["delete tests/06_autograd/test_autograd.py"]),
    ("tito reset tensor ", &["edit modules/01_tensor/tensor.ipynb"]),
    ("tito module reset tensor ", &["edit modules/01_tensor/tensor.ipynb"]),
    ("tito catalog check mls", &["tito catalog init mls"]),
    ("tito catalog fix mls", &["tito catalog init mls"]),
    ("tito undo", &["edit modules/01_tensor/tensor.ipynb", "tito reset tensor --yes"]),
    ("tito publish site --sign", &["key"]),
    ("tito publish site --check", &["tito publish site"]),
    ("tito key rotate", &["key"]),
    ("tito state import", &["tito state export my-state.zip"]),
    ("tito class ", &["hand in"]),
    ("tito collect submissions.zip", &["hand in", "tito nbgrader grading"]),
    ("tito collect inbox", &["hand in", "tito nbgrader grading", "tito publish site"]),
    ("tito lock --check courses", &["tito lock courses"]),
];

/// Examples that end otherwise than with 0, and why that is right.
const ENDS: &[(&str, i32, &str)] = &[
    ("tito completions bash --install", 2, "without a terminal it needs `--yes`"),
    ("tito reset tensor  ", 2, "without a terminal it needs `--yes`"),
    ("tito module reset tensor ", 2, "without a terminal it needs `--yes`"),
    ("tito backups modules/06_autograd/autograd.ipynb --restore", 2, "without a terminal it needs `--yes`"),
    ("tito key ", 1, "a password is asked"),
    ("tito return grading", 1, "nbgrader wrote no feedback there: tests/it/collect.rs"),
    ("tito collect ", 1, "it was handed in from a workspace of another tier"),
];

/// The commands that instructors and maintainers run beside `course.yml`; the others are run in the workspace.
const BESIDE_THE_COURSE: &[&str] = &[
    "init", "check", "lock", "show", "graph", "calendar", "compare", "publish", "key", "vendor", "nbgrader",
    "merge", "catalog", "new", "class", "collect", "return",
];

#[test]
fn every_example_runs() {
    let prepared = tempfile::tempdir().unwrap();
    prepare(prepared.path());
    let mut examples = BTreeSet::new();
    gather(&[], prepared.path(), &mut examples);
    assert!(examples.len() > 60, "only {} examples", examples.len());
    for start in NOT_RUN.iter().map(|(start, _)| start).chain(BEFORE.iter().map(|(start, _)| start)) {
        assert!(examples.iter().any(|example| example.starts_with(start)), "no example is `{start}…`");
    }
    let examples: Vec<String> = examples
        .into_iter()
        .filter(|example| !NOT_RUN.iter().any(|(start, _)| example.starts_with(start)))
        .collect();
    let failed: Vec<String> =
        examples.par_iter().filter_map(|example| run(example, prepared.path()).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// A course of the first six modules, its lock, an older lock, three notebooks, and a workspace in which every test passes.
fn prepare(folder: &Path) {
    fs::create_dir_all(folder.join("courses/2027")).unwrap();
    fs::create_dir_all(folder.join("old")).unwrap();
    fs::create_dir_all(folder.join("mls/modules/01_tensor")).unwrap();
    fs::write(folder.join("mls/modules/01_tensor/tensor.py"), "# %%\nx = 1\n").unwrap();
    for path in ["course.yml", "courses/2027/course.yml"] {
        fs::write(folder.join(path), "course: {id: demo/course}\nmodules: [tensor, activations, layers, losses, dataloader, autograd]\nschedule: {timezone: UTC, start: 2027-01-04, units: {tensor: {opens: week 1, due: week 8 fri}}}\n").unwrap();
    }
    tito(folder, &["lock"]).expect(0);
    fs::copy(folder.join("course.lock"), folder.join("old/course.lock")).unwrap();
    tito(folder, &["init", "ws", "--config", "course.yml", "--tier", "instructor"]).expect(0);
    for name in ["base", "mine", "theirs"] {
        fs::copy(folder.join("ws/modules/01_tensor/tensor.ipynb"), folder.join(name).with_extension("ipynb"))
            .unwrap();
    }
}

/// The examples of a command, as its help prints them, and those of the commands in it.
fn gather(path: &[&str], folder: &Path, examples: &mut BTreeSet<String>) {
    let words: Vec<&str> = std::iter::once("help").chain(path.iter().copied()).collect();
    let help = tito(folder, &words).expect(0).stdout;
    let (help, of_it) = help.split_once("Examples:\n").unwrap_or((&help, ""));
    examples
        .extend(of_it.lines().map(|line| line.trim().to_owned()).filter(|line| line.starts_with("tito ")));
    // At the top every command is in a group; below there is one list of commands.
    let mut lists = help.split("\n\n").filter(|part| !part.starts_with("Options:") && path.is_empty());
    let inner = help.split_once("Commands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap_or(rest));
    let lines: Vec<&str> = match inner {
        Some(inner) => inner.lines().collect(),
        None => lists.by_ref().flat_map(|part| part.lines().skip(1)).collect(),
    };
    for line in lines {
        let name = line.strip_prefix("  ").and_then(|line| line.split_whitespace().next());
        if let Some(name) = name.filter(|name| *name != "help" && !name.starts_with('-')) {
            let path: Vec<&str> = path.iter().copied().chain([name]).collect();
            gather(&path, folder, examples);
        }
    }
}

fn run(example: &str, prepared: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    copy(prepared, folder.path());
    let words = example.split("   ").next().unwrap_or(example).split(" > ").next().unwrap_or(example);
    let verb = words.split_whitespace().nth(1).unwrap_or_default();
    let place = if BESIDE_THE_COURSE.contains(&verb) { "" } else { "ws" };
    let place = folder.path().join(place);
    let starts = |start: &str| format!("{example}   ").starts_with(start);
    for step in BEFORE.iter().filter(|(start, _)| starts(start)).flat_map(|(_, steps)| *steps) {
        before(step, &place);
    }
    let wanted = ENDS.iter().find(|(start, ..)| starts(start)).map_or(0, |(_, code, _)| *code);
    let ran = ran(&as_told(&place, words).output().unwrap());
    let said = format!("`{words}`: {}", ran.text());
    if ran.code == wanted { Ok(()) } else { Err(said) }
}

/// What happens before an example.
fn before(step: &str, place: &Path) {
    match step.split_once(' ') {
        Some(("edit", path)) => {
            let text = fs::read_to_string(place.join(path)).unwrap();
            fs::write(place.join(path), text.replacen("return", "return  ", 1)).unwrap();
        }
        Some(("hand", _)) => {
            tito(&place.join("ws"), &["submit", "tensor", "--as", "jane", "-o", "../submissions.zip"])
                .expect(0);
            fs::create_dir(place.join("inbox")).unwrap();
            fs::copy(place.join("submissions.zip"), place.join("inbox/jane.zip")).unwrap();
        }
        Some(("delete", path)) => fs::remove_file(place.join(path)).unwrap(),
        Some(("tito", _)) => drop(ran(&as_told(place, step).output().unwrap()).expect(0)),
        _ => {
            tito(place, &["key", "new", "mls.key", "--no-password"]).expect(0);
        }
    }
}

fn as_told(place: &Path, words: &str) -> Command {
    let mut command = command(place);
    command.env("TITO_PYTHON", python()).env("TITO_CACHE", place.join("sources"));
    command.args(words.split_whitespace().skip(1));
    command
}
