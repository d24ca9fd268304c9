//! What code imports of the package is a hard requirement, whether or not the catalog says so.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::id::{Mode, Role, UnitId, UnitKind};
use crate::notebook::{CellKind, Place};
use crate::python::{self, Dialect, Where};
use crate::source::{Source, Span};

use super::super::order;
use super::body::FileCode;
use super::exports::Exports;
use super::package_import::PackageImport;
use super::{Compiled, Original, Rendered};

/// The imports of `package` in the cells of a notebook.
pub(super) fn of_notebook(original: &Original, package: &str) -> Vec<PackageImport> {
    let mut found = Vec::new();
    for (index, cell) in original.notebook.cells.iter().enumerate() {
        if cell.kind == CellKind::Code {
            let place = |range| {
                Place::within(index, &cell.source, &range).span(
                    &original.source,
                    &original.origins,
                    &original.notebook.cells,
                )
            };
            found.extend(of_cell(&cell.source, package, place));
        }
    }
    found
}

/// The imports of `package` in a file that is not a notebook, and what keeps Python from reading it.
fn of_file<'a>(made: &'a Rendered, package: &str) -> (&'a [PackageImport], Option<Diagnostic>) {
    let is_code = made.path.extension() == "py" && made.body.tiers.is_none() && made.body.exports.is_none();
    let Some(text) = std::str::from_utf8(&made.body.content).ok().filter(|_| is_code) else {
        return (&[], None);
    };
    let (imports, error) = made.body.code.get_or_init(|| code_of(made, text, package));
    // What students are to write may be anything before they do.
    let problem = error.as_ref().filter(|_| made.role != Role::Work).map(|(message, place)| {
        Diagnostic::new(Code::PythonSyntax, format!("Python cannot read `{}`: {message}", made.path))
            .at(place, "students would get this")
            .help("correct the file")
    });
    (imports, problem)
}

fn code_of(made: &Rendered, text: &str, package: &str) -> FileCode {
    let source = Source::new(made.shown.as_str(), text);
    let place = |range: Range<usize>| {
        let line = text.get(range.clone()).and_then(|code| code.find('\n'));
        source.span(range.start, line.map_or(range.end, |line| range.start + line))
    };
    let code = python::Code::of(text, Dialect::Python);
    let error = code.module_errors().into_iter().next().map(|error| (error.message, place(error.range)));
    (of_code(&code, package, place), error)
}

/// The imports of `package` in the source of a cell.
fn of_cell(text: &str, package: &str, place: impl Fn(Range<usize>) -> Span) -> Vec<PackageImport> {
    if !text.contains(package) {
        return Vec::new();
    }
    of_code(&python::Code::of(text, Dialect::IPython), package, place)
}

fn of_code(code: &python::Code, package: &str, place: impl Fn(Range<usize>) -> Span) -> Vec<PackageImport> {
    let imports = code.imports().into_iter();
    let of_package = imports.filter(|import| import.place == Where::Top && import.level == 0);
    let below = of_package.filter_map(|import| {
        let rest = import.module.strip_prefix(package)?;
        let module = if rest.is_empty() { rest } else { rest.strip_prefix('.')? }.to_owned();
        Some(PackageImport { module, names: import.names, span: place(import.range) })
    });
    below.collect()
}

/// Every import of the package in modules, assignments, milestones and tests: something exports it, and before it is needed.
pub(super) fn check(made: &[Rendered], of: Compiled<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let package = &of.catalog.package;
    let exports = Exports::of(of, made);
    let position = of.units.iter().enumerate().map(|(at, unit)| (&unit.id, at)).collect();
    let check = Check { of, position };
    let files: Vec<_> = made.par_iter().map(|made| of_file(made, package)).collect();
    for (made, (of_file, problem)) in made.iter().zip(files) {
        diagnostics.extend(problem);
        let mut said = BTreeSet::new();
        for import in made.body.imports.iter().chain(of_file) {
            let asked = exports.asked(import);
            for module in &asked.unknown {
                diagnostics.push(unknown(import, module, &exports, package));
            }
            for exporter in asked.units.iter().filter(|unit| made.unit.as_ref() != Some(*unit)) {
                let problem = match (made.role, &made.unit) {
                    (Role::Test, _) => check.test(made, import, exporter),
                    (Role::Work | Role::Milestone | Role::Support, Some(unit)) => {
                        check.unit(unit, import, exporter)
                    }
                    _ => None,
                };
                diagnostics.extend(problem.filter(|_| said.insert(exporter.clone())));
            }
        }
    }
}

fn unknown(import: &PackageImport, module: &str, exports: &Exports, package: &str) -> Diagnostic {
    let message = format!("nothing exports `{package}.{module}`");
    let help = match nearest(module, exports.modules()) {
        Some(near) => format!("did you mean `{package}.{near}`?"),
        None => format!(
            "a notebook exports it with `#| default_exp {module}` and cells with `#| export`; or correct the import"
        ),
    };
    Diagnostic::new(Code::UnknownImport, message).at(&import.span, "students cannot import this").help(help)
}

struct Check<'a> {
    of: Compiled<'a>,
    position: BTreeMap<&'a UnitId, usize>,
}

impl Check<'_> {
    /// Where a unit is, when students build it there themselves: a provided one is there from the start.
    fn built_at(&self, id: &UnitId) -> Option<usize> {
        let at = self.position.get(id).copied()?;
        Some(if self.of.units.get(at).is_some_and(|unit| unit.mode == Mode::Provided) { 0 } else { at })
    }

    /// `unit` imports what `exporter` exports: does it require that?
    fn unit(&self, unit: &UnitId, import: &PackageImport, exporter: &UnitId) -> Option<Diagnostic> {
        let own = self.of.units.get(*self.position.get(unit)?)?;
        if self.closure(unit, own.kind).contains(exporter) || self.requires_unknown(unit, own.kind) {
            return None;
        }
        let at = self.built_at(exporter);
        let is_late = own.kind != UnitKind::Milestone
            && own.mode == Mode::Do
            && at.zip(self.position.get(unit).copied()).is_some_and(|(needed, own)| needed > own);
        // What a module comes after is there before it, in every course that has both: a template may import it where it is there.
        let module = self.of.catalog.modules.get(unit);
        let follows = module.is_some_and(|module| module.after.iter().any(|id| id.value == *exporter));
        if follows && at.is_some() && !is_late {
            return None;
        }
        let why = match at {
            None => ", and it is not in this course",
            Some(_) if is_late => ", and it comes only later in this course",
            Some(_) => "",
        };
        let message = format!("`{unit}` imports what `{exporter}` exports but does not require it{why}");
        let mut problem = Diagnostic::new(Code::ImportNotRequired, message)
            .at(&import.span, format!("exported by `{exporter}`"))
            .at_some(self.declared_at(unit), format!("`{unit}` is declared here"))
            .help(self.advice(unit, own.kind, exporter, !why.is_empty()));
        if at.is_some() && !is_late {
            problem.severity = Severity::Warning;
        }
        problem.lacks = at.is_none().then(|| exporter.clone());
        Some(problem)
    }

    fn advice(&self, unit: &UnitId, kind: UnitKind, exporter: &UnitId, is_lacking: bool) -> String {
        if self.closure(exporter, UnitKind::Module).contains(unit) {
            return format!(
                "`{exporter}` requires `{unit}`, so `{unit}` cannot require it: import it in the function that needs it, or move the code"
            );
        }
        let required = order::requires(unit, kind, self.of.course, self.of.catalog);
        let all = required.iter().map(|id| &id.value).chain([exporter]);
        let all = all.map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        let file = if kind == UnitKind::Assignment { "course" } else { "catalog" };
        let and_list = if is_lacking {
            format!(" and list `{exporter}` before `{unit}` in the course")
        } else {
            String::new()
        };
        format!(
            "write `requires: [{all}]` for `{unit}` in the {file}{and_list}; or import it in the function that needs it"
        )
    }

    /// Does `unit` require something that does not exist? That is reported, and may well be meant for what it imports.
    fn requires_unknown(&self, unit: &UnitId, kind: UnitKind) -> bool {
        order::requires(unit, kind, self.of.course, self.of.catalog).iter().any(|id| {
            let id = self.of.catalog.current(&id.value);
            !self.of.catalog.modules.contains_key(id) && !self.of.course.assignments.contains_key(id)
        })
    }

    fn declared_at(&self, unit: &UnitId) -> Option<&Span> {
        let module = self.of.catalog.modules.get(unit).map(|module| &module.span);
        let milestone = || self.of.catalog.milestones.get(unit).map(|milestone| &milestone.span);
        let assignment = || self.of.course.assignments.get(unit).map(|assignment| &assignment.span);
        module.or_else(milestone).or_else(assignment)
    }

    /// Everything that `unit` requires, directly or not.
    fn closure(&self, unit: &UnitId, kind: UnitKind) -> BTreeSet<UnitId> {
        let mut all = BTreeSet::new();
        for needed in order::requires(unit, kind, self.of.course, self.of.catalog) {
            let mut open = vec![self.of.catalog.current(&needed.value).clone()];
            while let Some(next) = open.pop() {
                let kind = if self.of.course.assignments.contains_key(&next) {
                    UnitKind::Assignment
                } else {
                    UnitKind::Module
                };
                if all.insert(next.clone()) {
                    let further = order::requires(&next, kind, self.of.course, self.of.catalog);
                    open.extend(further.iter().map(|id| self.of.catalog.current(&id.value).clone()));
                }
            }
        }
        all
    }

    /// A test file imports only what the course has by then.
    fn test(&self, made: &Rendered, import: &PackageImport, exporter: &UnitId) -> Option<Diagnostic> {
        let own = made.unit.as_ref().and_then(|unit| self.position.get(unit).copied());
        // What the unit says itself that it requires was looked at already.
        if own.and_then(|own| self.of.units.get(own)).is_some_and(|unit| unit.requires.contains(exporter)) {
            return None;
        }
        let name = name_in_base(made, self.of.catalog).unwrap_or_default();
        if is_declared(self.of.catalog, made, name, exporter) {
            return None;
        }
        let message = match (self.built_at(exporter), own) {
            (None, _) => format!("`{}` uses `{exporter}`, which is not in this course", made.path),
            (Some(at), Some(own)) if at > own && self.is_module(own) => {
                format!("`{}` uses `{exporter}`, which comes only later", made.path)
            }
            _ => return None,
        };
        let help = match &made.unit {
            None => format!(
                "set `requires: [{exporter}]` for this file under `shared` in the catalog: it is then left out of courses without it"
            ),
            Some(unit) => format!(
                "write `tests: {{requires: {{\"{name}\": [{exporter}]}}}}` for `{unit}` in the catalog: the file then comes only where the course has `{exporter}`; or move it to the tests of `{exporter}`"
            ),
        };
        let mut problem = Diagnostic::new(Code::TestNeedsModule, message)
            .at(&import.span, format!("exported by `{exporter}`"))
            .help(help);
        problem.lacks = (!self.position.contains_key(exporter)).then(|| exporter.clone());
        Some(problem)
    }

    fn is_module(&self, at: usize) -> bool {
        self.of.units.get(at).is_some_and(|unit| unit.kind == UnitKind::Module)
    }
}

/// Its path below the folder of its module's tests, as the base has it.
fn name_in_base<'a>(made: &'a Rendered, catalog: &Catalog) -> Option<&'a str> {
    let module = catalog.modules.get(made.unit.as_ref()?)?;
    let path = made.shown.strip_prefix("bundled:").unwrap_or(&made.shown);
    path.strip_prefix(module.tests.as_str())?.strip_prefix('/')
}

/// Does the catalog say that the test file `name` of its unit needs `module`?
fn is_declared(catalog: &Catalog, made: &Rendered, name: &str, module: &UnitId) -> bool {
    let unit = made.unit.as_ref().and_then(|unit| catalog.modules.get(unit));
    unit.is_some_and(|unit| unit.tests_need(name).any(|id| catalog.current(id) == module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_the_package_are_found() {
        let text = "import tinytorch.core.tensor as t, os\nfrom tinytorch.core.layers import (\n    Linear,\n)\nfrom tinytorch import losses\n\
            def f():\n    from tinytorch.x import y\nimport tinytorchx.a\ntry:\n    import tinytorch.y\nexcept ImportError:\n    pass\n\
            if TYPE_CHECKING:\n    import tinytorch.z\n'''\nimport tinytorch.w\n'''\n";
        let source = Source::new("t.py", text);
        let found = of_cell(text, "tinytorch", |range| source.span(range.start, range.end));
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.span.line_column().0, one.module.as_str(), one.names.join(",")))
            .collect();
        let expected = [(1, "core.tensor", ""), (2, "core.layers", "Linear"), (5, "", "losses")];
        assert_eq!(found, expected.map(|(line, module, names)| (line, module, names.to_owned())));
    }
}
