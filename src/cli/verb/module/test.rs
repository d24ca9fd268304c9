//! `tito module test M`: the graded cells of the student's notebook, and the unit's tests on what it exports.

use std::io::IsTerminal;

use serde::Serialize;

use crate::compile::Unit;
use crate::path::WorkspacePath;
use crate::world::disk::Disk;

use super::super::doctor;
use super::brief::Brief;
use super::export::{self, Request, export_units};
use super::graded::{Graded, run_graded};
use super::opened::{Opened, is_there, open};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::cli::python::{self, Python};

/// So many failures are named at the end; the rest is counted.
const NAMED: usize = 8;

/// Exports your notebook, runs its graded cells, and then the unit's tests on what it exports.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: 05, 5 or autograd
    #[arg(value_name = "UNIT")]
    unit: String,
    /// Stop at the first test that fails
    #[arg(long, short = 'x')]
    first: bool,
    /// Only tests whose name contains this
    #[arg(long, short = 'k', value_name = "NAME")]
    only: Option<String>,
    /// Show everything that pytest says, not only the first failure
    #[arg(long, short)]
    verbose: bool,
    /// Export also where a stub takes the place of code that was exported before
    #[arg(long, short)]
    yes: bool,
}

/// Which tests, how many failures, and how much of them is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) first: bool,
    pub(super) only: Option<&'a str>,
    pub(super) verbose: bool,
}

/// What the tests of a unit said.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Tested {
    /// Nothing failed, and something ran.
    pub(super) passed: bool,
    /// The notebook's graded cells.
    pub(super) cells: Graded,
    /// The unit's pytest files; none where it has none, or graded cells failed first.
    #[serde(flatten)]
    pub(super) pytest: Option<Pytest>,
}

/// What pytest said.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Pytest {
    /// It ended with success.
    #[serde(skip)]
    passed: bool,
    /// pytest's last line: `3 passed in 0.02s`.
    pub(super) summary: String,
    /// Tests that failed.
    pub(super) failed: Vec<Failure>,
    /// Test files that could not be run.
    pub(super) errors: Vec<Failure>,
    /// Something of what pytest said was not shown.
    #[serde(skip)]
    shortened: bool,
    /// Packages that the course needs and this Python has not, and what to do; where the tests may have failed for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lacking: Option<String>,
}

/// One test, or file of tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Failure {
    /// Its name.
    pub(super) name: String,
    /// The first line of the reason.
    pub(super) why: String,
    /// Where it is, for people: `cell 7 of modules/01_frogs/frogs.ipynb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let unit = opened.unit(&args.unit, out)?;
    let command = format!("tito module test {}", unit.id);
    let request = Request { verb: "module test", command, lenient: false, yes: args.yes };
    let written = export_units(&world, &opened, std::slice::from_ref(&unit.id), &request, out)?;
    if !out.json {
        export::show(&written, out);
    }
    let choice = Choice { first: args.first, only: args.only.as_deref(), verbose: args.verbose };
    let tested = run_tests(&world, &opened, unit, choice, out)?;
    if out.json {
        out.value(&serde_json::json!({"unit": unit.id, "tests": tested}));
    } else {
        show(unit, &tested, out);
        if args.only.is_none() && (tested.passed || tested.is_nothing()) {
            out.line(format!("when you are done: tito module complete {}", unit.id));
        }
    }
    Ok(if tested.passed || tested.is_nothing() { Exit::Done } else { Exit::Failed })
}

impl Tested {
    /// There was nothing to test the unit with.
    pub(super) fn is_nothing(&self) -> bool {
        self.pytest.is_none() && self.cells.total == 0
    }
}

/// Runs what there is to test `unit` with: the graded cells of its notebooks, then its pytest files, each in a fresh process of
/// the workspace's Python. What is shown of their output is shown as it comes.
pub(super) fn run_tests(
    world: &Disk,
    opened: &Opened,
    unit: &Unit,
    choice: Choice<'_>,
    out: &Out,
) -> Result<Tested, Exit> {
    let python = python::required(&opened.home.root, out)?;
    let cells = run_graded(world, opened, &unit.id, choice, &python, out)?;
    let folders = opened.tests(&unit.id);
    if folders.is_empty() || (choice.first && !cells.failed.is_empty()) {
        return Ok(Tested { passed: cells.total > 0 && cells.failed.is_empty(), cells, pytest: None });
    }
    if let Some(folder) = folders.iter().find(|folder| !is_there(world, &opened.home, folder)) {
        let help = format!("restore its files: `tito restore {}`", shell(folder.as_str()));
        return Err(out.fail(&format!("the tests are missing: there is no folder `{folder}`"), &help));
    }
    let pytest = run_pytest(opened, &python, &folders, choice, out)?;
    Ok(Tested { passed: pytest.passed && cells.failed.is_empty(), cells, pytest: Some(pytest) })
}

fn run_pytest(
    opened: &Opened,
    python: &Python,
    folders: &[WorkspacePath],
    choice: Choice<'_>,
    out: &Out,
) -> Result<Pytest, Exit> {
    let root = &opened.home.root;
    if !python.has(root, "pytest") {
        let message =
            format!("this Python ({}) has no pytest, which runs the tests", python.program.display());
        return Err(out.fail(&message, "install the course's packages: `tito doctor --fix`"));
    }
    let mut tested = Pytest::default();
    let mut brief = Brief::default();
    let mut look = |line: &str| {
        tested.hear(line);
        choice.verbose || brief.shows(line)
    };
    let status = python
        .stream(root, &arguments(folders, choice), out, &mut look)
        .map_err(|error| python.broken(&error, out))?;
    if tested.may_lack_a_package(status.success()) {
        tested.lacking = doctor::lacking(root);
    }
    tested.shortened = !choice.verbose && brief.hides();
    // 5: no test was chosen.
    tested.passed = status.success();
    if status.code() == Some(5) && tested.summary.is_empty() {
        tested.summary = "no test ran".to_owned();
    }
    Ok(tested)
}

fn arguments(folders: &[WorkspacePath], choice: Choice<'_>) -> Vec<String> {
    let colour = if std::io::stdout().is_terminal() { "yes" } else { "no" };
    let mut words: Vec<String> = [
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        "-rN",
        "-p",
        "no:cacheprovider",
        "--rootdir=.",
        "-o",
        "addopts=",
    ]
    .map(str::to_owned)
    .into();
    words.push(format!("--color={colour}"));
    if choice.first {
        words.push("-x".to_owned());
    }
    if let Some(only) = choice.only {
        words.push(format!("-k={only}"));
    }
    words.push("--".to_owned());
    words.extend(folders.iter().map(ToString::to_string));
    words
}

impl Pytest {
    /// A module was not found; or pytest itself could not begin, so that no one was heard to fail.
    fn may_lack_a_package(&self, passed: bool) -> bool {
        let mut failures = self.errors.iter().chain(&self.failed).peekable();
        let unheard = failures.peek().is_none() && self.summary.is_empty();
        !passed && (unheard || failures.any(|failure| failure.why.starts_with("ModuleNotFoundError")))
    }

    /// Notes what a line of pytest's output says: headings of failures, and the first line of each one's reason.
    fn hear(&mut self, line: &str) {
        if let Some(heading) = heading(line) {
            let failure = |name: &str| Failure { name: name.to_owned(), why: String::new(), place: None };
            match heading.strip_prefix("ERROR collecting ") {
                Some(file) => self.errors.push(failure(file)),
                None => self.failed.push(failure(heading)),
            }
        } else if let Some(why) = line.strip_prefix("E  ") {
            // A file that cannot be read comes before any test.
            let last = self.failed.last_mut().or(self.errors.last_mut());
            if let Some(failure) = last.filter(|failure| failure.why.is_empty()) {
                why.trim().trim_start_matches("AssertionError: ").clone_into(&mut failure.why);
            }
        } else if is_summary(line) {
            line.trim_matches(['=', ' ']).clone_into(&mut self.summary);
        }
    }
}

/// `test_name` of `______ test_name ______`.
pub(super) fn heading(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('_')?.strip_suffix('_')?.trim_matches('_');
    // `_ _ _ _` parts the calls of a long traceback.
    inner.strip_prefix(' ')?.strip_suffix(' ').filter(|name| !name.starts_with("_ _"))
}

/// `3 failed, 21 passed in 0.52s`, with or without a frame.
pub(super) fn is_summary(line: &str) -> bool {
    let line = line.trim_matches(['=', ' ']);
    let says = [" passed", " failed", " error", " deselected", "no tests ran"];
    let begins = line.starts_with("no tests ran") || line.starts_with(|c: char| c.is_ascii_digit());
    begins
        && line.rsplit_once(" in ").is_some_and(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()))
        && says.iter().any(|word| line.contains(word))
}

/// What it means, for someone who has never seen pytest.
pub(super) fn show(unit: &Unit, tested: &Tested, out: &Out) {
    show_cells(unit, &tested.cells, out);
    if let Some(pytest) = &tested.pytest {
        show_pytest(unit, pytest, out);
    } else if tested.cells.total == 0 {
        let title = clean(&unit.title);
        out.line(format!(
            "{} {title}: nothing was tested: the unit has no graded cells and no tests",
            paint(Look::Notice, "!")
        ));
    }
    if !tested.cells.failed.is_empty() && tested.pytest.as_ref().is_none_or(|pytest| pytest.passed) {
        begin_with_the_first(unit, out);
    }
}

fn show_cells(unit: &Unit, cells: &Graded, out: &Out) {
    let title = clean(&unit.title);
    if let Some(language) = &cells.not_run {
        let text = format!(
            "{title}: graded cells in {} are not run here; run the notebook in Jupyter",
            clean(language)
        );
        out.line(format!("{} {text}", paint(Look::Notice, "!")));
    }
    for name in &cells.changed {
        let text = format!(
            "`{}` was changed in your notebook; the course's version of this test was run",
            clean(name)
        );
        out.line(format!("{} {text}", paint(Look::Notice, "!")));
    }
    if cells.total == 0 {
        return;
    }
    let passed = cells.total - cells.failed.len();
    let mark = if cells.failed.is_empty() { paint(Look::Good, "✓") } else { paint(Look::Bad, "×") };
    out.line(format!("{mark} {title}: {passed} of {} graded cells pass", cells.total));
    show_reasons(cells.failed.iter(), out);
}

fn show_pytest(unit: &Unit, tested: &Pytest, out: &Out) {
    let title = clean(&unit.title);
    let summary = clean(&tested.summary);
    if tested.passed {
        out.line(format!("{} {title}: {summary}", paint(Look::Good, "✓")));
        return;
    }
    out.line(format!("{} {title}: {summary}", paint(Look::Bad, "×")));
    if !tested.errors.is_empty() {
        out.line("the tests could not start:");
    }
    show_reasons(tested.errors.iter().chain(&tested.failed), out);
    if tested.shortened {
        out.line(format!("the full output of pytest: tito module test {} --verbose", unit.id));
    }
    if let Some(lacking) = &tested.lacking {
        out.line(clean(lacking));
    } else if tested.errors.is_empty() {
        begin_with_the_first(unit, out);
    } else {
        out.line(
            "if a module of the package is missing, export your earlier modules: tito module export --all",
        );
    }
}

fn begin_with_the_first(unit: &Unit, out: &Out) {
    let again = format!("tito module test {} --first", unit.id);
    out.line(format!("start with the first one; change your notebook, save it, and run: {again}"));
}

fn show_reasons<'a>(failures: impl Iterator<Item = &'a Failure>, out: &Out) {
    let reasons = reasons(failures);
    for (why, failures) in reasons.iter().take(NAMED) {
        out.line(format!("  {}", clean(why)));
        let more =
            if failures.len() > 1 { format!(" and {} more", failures.len() - 1) } else { String::new() };
        let first = failures.first().map(|failure| failure.shown()).unwrap_or_default();
        out.line(paint(Look::Quiet, &clean(&format!("      {first}{more}"))));
    }
    if let Some(more) = reasons.len().checked_sub(NAMED).filter(|more| *more > 0) {
        out.line(format!("  and {more} more"));
    }
}

impl Failure {
    /// `test-count, cell 7 of modules/01_frogs/frogs.ipynb`.
    fn shown(&self) -> String {
        self.place.as_ref().map_or_else(|| self.name.clone(), |place| format!("{}, {place}", self.name))
    }
}

/// Reasons in the order in which they came, each with the tests that failed for it: one open exercise fails many.
fn reasons<'a>(failures: impl Iterator<Item = &'a Failure>) -> Vec<(&'a str, Vec<&'a Failure>)> {
    let mut reasons: Vec<(&str, Vec<&Failure>)> = Vec::new();
    for failure in failures {
        match reasons.iter_mut().find(|(why, _)| *why == failure.why) {
            Some((_, failures)) => failures.push(failure),
            None => reasons.push((&failure.why, vec![failure])),
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(tested: &Pytest) -> Vec<(&str, Vec<&str>)> {
        let all = reasons(tested.errors.iter().chain(&tested.failed));
        all.into_iter()
            .map(|(why, found)| (why, found.iter().map(|one| one.name.as_str()).collect()))
            .collect()
    }

    #[test]
    fn pytest_is_understood() {
        let mut tested = Pytest::default();
        for line in [
            "_____________________ test_shapes[2-3] _____________________",
            "    assert shape == (2, 3)",
            "E   AssertionError: a shape is missing",
            "E   assert (1,) == (2, 3)",
            "_____________________ test_b _____________________",
            "E       AssertionError: a shape is missing",
            "__init__",
            "_ _ _ _ _ _ _ _",
            "1 passed, 1 failed in the text",
            "================ 2 failed, 3 passed in 0.12s ================",
        ] {
            tested.hear(line);
        }
        assert_eq!(named(&tested), [("a shape is missing", vec!["test_shapes[2-3]", "test_b"])]);
        assert_eq!(tested.summary, "2 failed, 3 passed in 0.12s");
        let mut tested = Pytest::default();
        tested.hear("________ ERROR collecting tests/02_x/test_x.py ________");
        tested.hear("E   ModuleNotFoundError: No module named 'p.x'");
        assert_eq!(
            named(&tested),
            [("ModuleNotFoundError: No module named 'p.x'", vec!["tests/02_x/test_x.py"])]
        );
        for line in ["no tests ran in 0.01s", "3 passed in 61.00s (0:01:01)", "1 deselected in 0.10s"] {
            assert!(is_summary(line), "{line}");
        }
        assert!(!is_summary("2 passed the test in class"));
    }
}
