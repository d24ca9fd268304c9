//! What students would see and should not, and tests that could not run.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::id::{Role, UnitId, UnitKind};
use crate::notebook::nbformat;
use crate::notebook::tiers::{self, SolutionLines, Tier};
use crate::source::Source;
use crate::world::World;

use super::super::Unit;
use super::{Made, NotebookKind, notebook_kind};

/// Solution markers and solution lines in what students get; tests that use a module which the course lacks.
pub(in super::super) fn check(
    world: &dyn World,
    made: &[Made],
    units: &[Unit],
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if course.tier.value != Tier::Instructor {
        let stripped: Vec<tiers::Stripped> =
            made.iter().flat_map(|made| made.stripped.iter().cloned()).collect();
        let solutions = SolutionLines::of(&stripped);
        let found: Vec<Vec<Diagnostic>> =
            made.par_iter().map(|made| seen_by_students(made, &solutions)).collect();
        diagnostics.extend(found.into_iter().flatten());
    }
    tests(world, made, units, catalog, diagnostics);
}

fn seen_by_students(made: &Made, solutions: &SolutionLines<'_>) -> Vec<Diagnostic> {
    // The solved code of provided modules is meant to be seen.
    let Some(text) = visible_text(made).filter(|_| !made.id.as_str().starts_with("package:")) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let source = Source::new(made.path.as_str(), text);
    if let Some(line) = source.text().lines().position(has_marker) {
        let problem =
            Diagnostic::new(Code::MarkersLeft, format!("`{}` still holds a solution marker", made.path))
                .at(&source.line(line + 1), "students would see this");
        found.push(problem.help("markers are read in percent scripts and notebooks of modules and assignments; solve elsewhere without them"));
    }
    for leak in tiers::leaks(solutions, source.text()) {
        let message = format!("`{}` holds a line of a solution that is stripped elsewhere", made.path);
        let mut problem = Diagnostic::new(Code::SolutionLeak, message)
            .at(&source.line(leak.line), "students would see this");
        // One line out of several may be there by chance: `for name, parameter in model.named_parameters():`.
        if !leak.certain {
            problem.severity = Severity::Warning;
        }
        found.push(
            problem.help("reword the line here, or mark the solution `role=\"scaffold\"` where it stands"),
        );
    }
    found
}

/// What students can read of a file: its text, or the sources of its cells.
fn visible_text(made: &Made) -> Option<String> {
    let text = std::str::from_utf8(&made.content).ok()?;
    if made.path.extension() != "ipynb" {
        return Some(text.to_owned());
    }
    match nbformat::read(&made.content) {
        Ok(notebook) => {
            Some(notebook.cells.iter().map(|cell| cell.source.as_str()).collect::<Vec<_>>().join("\n"))
        }
        Err(_) => Some(text.to_owned()),
    }
}

fn has_marker(line: &str) -> bool {
    let Some(at) = line.find("###") else { return false };
    let rest = line[at..].trim_start_matches('#').trim_start();
    ["BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"]
        .iter()
        .any(|marker| rest.starts_with(marker))
}

/// Every test file imports only what the course has by then.
fn tests(
    world: &dyn World,
    made: &[Made],
    units: &[Unit],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let exporters = exporters(world, catalog);
    let position: BTreeMap<&UnitId, usize> =
        units.iter().enumerate().map(|(at, unit)| (&unit.id, at)).collect();
    for made in made.iter().filter(|made| made.role == Role::Test && made.path.extension() == "py") {
        let Ok(text) = std::str::from_utf8(&made.content) else { continue };
        let source = Source::new(&made.shown, text);
        for (line, name) in imports(text, &catalog.package) {
            let Some(module) = exporter(&exporters, &name) else { continue };
            let own = made.unit.as_ref().and_then(|unit| position.get(unit).copied());
            // What the unit says itself that it requires was looked at already.
            if own.and_then(|own| units.get(own)).is_some_and(|unit| unit.requires.contains(module)) {
                continue;
            }
            let name = name_in_base(made, catalog).unwrap_or_default();
            if is_declared(catalog, made, name, module) {
                continue;
            }
            let problem = match (position.get(module).copied(), own) {
                (None, _) => format!("`{}` uses `{module}`, which this course lacks", made.path),
                (Some(at), Some(own)) if at > own && is_module(units, own) => {
                    format!("`{}` uses `{module}`, which comes only later", made.path)
                }
                _ => continue,
            };
            let help = match &made.unit {
                None => format!(
                    "say `requires: [{module}]` of this file under `shared` in the catalog: it is then left out of courses without it"
                ),
                Some(unit) => format!(
                    "write `tests: {{requires: {{\"{name}\": [{module}]}}}}` for `{unit}` in the catalog: the file then comes only where the course has `{module}`; or move it to the tests of `{module}`"
                ),
            };
            let mut problem = Diagnostic::new(Code::TestNeedsModule, problem)
                .at(&source.line(line), format!("exported by `{module}`"))
                .help(help);
            problem.lacks = (!position.contains_key(module)).then(|| module.clone());
            diagnostics.push(problem);
        }
    }
}

/// Its path below the folder of its module's tests, as the base has it.
fn name_in_base<'a>(made: &'a Made, catalog: &Catalog) -> Option<&'a str> {
    let module = catalog.modules.get(made.unit.as_ref()?)?;
    let path = made.shown.strip_prefix("bundled:").unwrap_or(&made.shown);
    path.strip_prefix(module.tests.as_str())?.strip_prefix('/')
}

/// Does the catalog say that the test file `name` of its unit needs `module`?
fn is_declared(catalog: &Catalog, made: &Made, name: &str, module: &UnitId) -> bool {
    let unit = made.unit.as_ref().and_then(|unit| catalog.modules.get(unit));
    unit.is_some_and(|unit| unit.tests_need(name).any(|id| catalog.current(id) == module))
}

fn is_module(units: &[Unit], at: usize) -> bool {
    units.get(at).is_some_and(|unit| unit.kind == UnitKind::Module)
}

/// `core.tensor` → the module of the base that exports it.
fn exporters(world: &dyn World, catalog: &Catalog) -> BTreeMap<String, UnitId> {
    let mut all = BTreeMap::new();
    for (id, module) in &catalog.modules {
        let prefix = format!("{}/", module.from);
        for entry in catalog.entries.iter().filter(|entry| entry.path.starts_with(&prefix)) {
            let plain = entry.path.strip_suffix(".j2").unwrap_or(&entry.path);
            let Some(bytes) =
                plain.ends_with(".py").then(|| world.read_in(&catalog.root, &entry.path).ok()).flatten()
            else {
                continue;
            };
            if notebook_kind(plain, &bytes) != Some(NotebookKind::Percent) {
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            let target = text.lines().find_map(|line| {
                line.trim().strip_prefix("#|")?.trim().strip_prefix("default_exp")?.split_whitespace().next()
            });
            if let Some(target) = target {
                all.insert(target.to_owned(), id.clone());
            }
        }
    }
    all
}

fn exporter<'a>(exporters: &'a BTreeMap<String, UnitId>, name: &str) -> Option<&'a UnitId> {
    exporters.get(name).or_else(|| {
        let (parent, _) = name.rsplit_once('.')?;
        exporters.get(parent)
    })
}

/// The modules of `package` that a Python file imports at its top level, with the line: `core.tensor` for `from tinytorch.core.tensor
/// import Tensor`, `from tinytorch.core import tensor` or `import tinytorch.core.tensor`. Imports inside a function
/// or a `try` may well be guarded, and are left alone.
fn imports(text: &str, package: &str) -> BTreeSet<(usize, String)> {
    let mut found = BTreeSet::new();
    for (at, line) in text.lines().enumerate() {
        let below = |name: &str| name.strip_prefix(package)?.strip_prefix('.').map(ToOwned::to_owned);
        if let Some(rest) = line.strip_prefix("from ") {
            let Some((module, names)) = rest.split_once(" import ") else { continue };
            if let Some(name) = below(module.trim()) {
                for part in names.trim_matches(['(', ')']).split(',') {
                    let part = part.split_whitespace().next().unwrap_or("");
                    found.insert((at + 1, format!("{name}.{part}")));
                }
                found.insert((at + 1, name));
            }
        } else if let Some(rest) = line.strip_prefix("import ") {
            found.extend(
                rest.split(',')
                    .filter_map(|name| below(name.split_whitespace().next()?))
                    .map(|name| (at + 1, name)),
            );
        }
    }
    // `from a.b import c` names `a.b` and perhaps `a.b.c`; one message for a line and module is enough.
    found
}

#[cfg(test)]
mod tests_of_reading {
    use super::*;

    #[test]
    fn imports_of_the_package_are_found() {
        let text = "import tinytorch.core.tensor as t, os\nfrom tinytorch.core.layers import Linear, Module\nfrom tinytorch.core import losses\n    from tinytorch.x import y\nimport tinytorchx.a\n";
        let found = imports(text, "tinytorch");
        for expected in [(1, "core.tensor"), (2, "core.layers"), (3, "core.losses")] {
            assert!(found.contains(&(expected.0, expected.1.to_owned())), "{expected:?}");
        }
        assert!(!found.iter().any(|(line, _)| *line > 3));
    }

    #[test]
    fn markers_are_told_from_prose() {
        assert!(has_marker("    ### BEGIN SOLUTION role=\"core\"") && has_marker("\"### END SOLUTION\\n\","));
        assert!(!has_marker("write your code between the BEGIN SOLUTION markers"));
    }
}
