//! `tito module test M`: the graded cells of the student's notebook, and the unit's tests on what it exports.

use serde::Serialize;

use crate::compile::Unit;
use crate::student::cells::Graded;
use crate::student::last_tests::{self, LastTest, LastTests};
use crate::student::pytest::{self, Pytest};
use crate::student::python::Python;
use crate::student::tests::{Choice, Failure, reasons};
use crate::world::World;
use crate::world::disk::Disk;

use super::export::{self, ExportRequest, export_units};
use super::graded::run_graded;
use super::opened::{Opened, is_there, open};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::cli::{python, workspace};

/// So many failures are named at the end; the rest is counted.
const NAMED: usize = 8;

/// Exports your notebook, runs its graded cells, and then the unit's tests on what it exports.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: 05, 5 or autograd
    #[arg(value_name = "UNIT", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
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

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let unit = opened.unit(&args.unit, out)?;
    let command = format!("tito module test {}", unit.id);
    let request = ExportRequest { verb: "module test", command, lenient: false, yes: args.yes };
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

    /// Everything that failed.
    fn failures(&self) -> impl Iterator<Item = &Failure> {
        let pytest = self.pytest.iter().flat_map(|pytest| pytest.errors.iter().chain(&pytest.failed));
        self.cells.failed.iter().chain(pytest)
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
    let files = last_tests::digests(world, &opened.home.root, &opened.notebooks(&unit.id));
    let tested = run_all(world, opened, unit, (choice, &python), out)?;
    // Tests that were chosen say nothing of the others.
    if choice.only.is_none() && !choice.first {
        let last = LastTest {
            files,
            at: world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            passed: tested.passed,
            graded: tested.cells.total as u64,
            failed: tested.failures().map(|failure| failure.name.clone()).collect(),
        };
        let mut all = LastTests::read(world, &opened.home.root);
        all.units.insert(unit.id.clone(), last);
        workspace::keep_cache(&opened.home.root, last_tests::FILE, &all.write());
    }
    Ok(tested)
}

fn run_all(
    world: &Disk,
    opened: &Opened,
    unit: &Unit,
    (choice, python): (Choice<'_>, &Python),
    out: &Out,
) -> Result<Tested, Exit> {
    let cells = run_graded(world, opened, &unit.id, choice, python, out)?;
    let folders = opened.tests(&unit.id);
    if folders.is_empty() || (choice.first && !cells.failed.is_empty()) {
        return Ok(Tested { passed: cells.total > 0 && cells.failed.is_empty(), cells, pytest: None });
    }
    if let Some(folder) = folders.iter().find(|folder| !is_there(world, &opened.home, folder)) {
        let help = format!("restore its files: `tito restore {}`", shell(folder.as_str()));
        return Err(out.fail(&format!("the tests are missing: there is no folder `{folder}`"), &help));
    }
    let root = &opened.home.root;
    if !python.has(root, "pytest") {
        let message =
            format!("this Python ({}) has no pytest, which runs the tests", python.program.display());
        return Err(out.fail(&message, "install the course's packages: `tito doctor --fix`"));
    }
    let pytest = pytest::run(python, root, &folders, choice, &mut |text| python::show(text, out))
        .map_err(|error| python::broken(python, &error, out))?;
    Ok(Tested { passed: pytest.passed && cells.failed.is_empty(), cells, pytest: Some(pytest) })
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
