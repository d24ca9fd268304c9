//! What is wrong with a catalog by itself: unknown units, circles, folders that are not there.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, nearest, quoted};
use crate::id::UnitId;
use crate::python;
use crate::source::{Span, Spanned};

use super::{Catalog, FileRename};

pub(super) fn check(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    package(catalog, diagnostics);
    duplicates(catalog, diagnostics);
    references(catalog, diagnostics);
    cycles(catalog, diagnostics);
    folders(catalog, diagnostics);
    file_renames(catalog, diagnostics);
    test_files(catalog, diagnostics);
}

/// A former name that is still in use, or a new one that is not there.
fn file_renames(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for rename in &catalog.file_renames {
        let folders = folders_of(rename.unit.as_ref(), catalog);
        let is_there = |name: &str| folders.iter().any(|folder| has(catalog, &format!("{folder}/{name}")));
        if is_there(&rename.from.value) {
            let message = format!("the file name `{}` is renamed and still in use", rename.from.value);
            diagnostics.push(
                Diagnostic::new(Code::CatalogDuplicate, message)
                    .at(&rename.from.span, "renamed here")
                    .help("a new file with this name would be treated as the old one: choose another name"),
            );
        }
        let again = |other: &&FileRename| {
            other.from.value == rename.to.value
                && other.unit.as_ref().map(|unit| &unit.value) == rename.unit.as_ref().map(|unit| &unit.value)
        };
        let known = rename.unit.as_ref().is_none_or(|unit| catalog.unit_ids().any(|id| *id == unit.value));
        if known && !is_there(&rename.to.value) && !catalog.file_renames.iter().any(|other| again(&other)) {
            let message =
                format!("a renamed file: there is no `{}` in {}", rename.to.value, folders.join(" or "));
            diagnostics.push(
                Diagnostic::new(Code::CatalogFolder, message)
                    .at(&rename.to.span, "named here")
                    .help("write the name that the file has in the base now"),
            );
        }
    }
}

/// The folders of the base that hold the files of `unit`, or of no unit.
fn folders_of(unit: Option<&Spanned<UnitId>>, catalog: &Catalog) -> Vec<String> {
    let Some(unit) = unit else { return vec!["shared".to_owned()] };
    let id = catalog.current(&unit.value);
    let module = catalog.modules.get(id).map(|module| vec![module.from.clone(), module.tests.clone()]);
    let milestone = catalog.milestones.get(id).map(|milestone| vec![milestone.from.clone()]);
    module.or(milestone).unwrap_or_default()
}

/// Is `path` a file or a folder of the base, as it is or to be rendered?
fn has(catalog: &Catalog, path: &str) -> bool {
    let below = format!("{path}/");
    let is =
        |entry: &str| entry == path || entry.strip_suffix(".j2") == Some(path) || entry.starts_with(&below);
    catalog.entries.iter().any(|entry| is(&entry.path))
}

/// Requirements of test files that are not there.
fn test_files(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    for (id, module) in &catalog.modules {
        let prefix = format!("{}/", module.tests);
        let names = || catalog.entries.iter().filter_map(|entry| entry.path.strip_prefix(&prefix));
        // Where the whole folder is missing, that is said.
        if module.tests_span.is_some() && names().next().is_none() {
            continue;
        }
        for some in &module.tests_require {
            let Some(files) = some.files.as_ref().filter(|_| !names().any(|name| some.covers(name))) else {
                continue;
            };
            let message = format!("the tests of module `{id}` have no file `{}`", files.value);
            let help = match nearest(&files.value, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("a path below `{}`, or a glob: `test_late_*.py`", module.tests),
            };
            let problem = Diagnostic::new(Code::CatalogFolder, message);
            diagnostics.push(problem.at(&files.span, "named here").help(help));
        }
    }
}

/// What every course runs, beside Python's own library.
const TOOLS: [&str; 13] = [
    "IPython",
    "ipykernel",
    "jupyter",
    "jupyterlab",
    "jupytext",
    "nbclient",
    "nbconvert",
    "nbformat",
    "nbgrader",
    "notebook",
    "numpy",
    "pip",
    "pytest",
];

/// The package must have a name that Python can import, and that nothing else has.
fn package(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let Some(span) = &catalog.package_span else { return };
    if let Some((message, help)) = misnamed(&catalog.package) {
        let problem = Diagnostic::new(Code::PackageName, message);
        diagnostics.push(problem.at(span, "the package that students build").help(help));
    }
}

/// Why no package may be called `name`, and what would be right.
pub(crate) fn misnamed(name: &str) -> Option<(String, String)> {
    Some(if !python::is_importable(name) {
        let near: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        let near = near.trim_matches('_').to_lowercase();
        let help = if python::is_importable(&near) && near != name {
            format!("write `package: {near}`")
        } else {
            "write a word of letters, digits and `_` that is not a Python keyword: `mypackage`".to_owned()
        };
        (format!("Python cannot import a package called `{}`", quoted(name)), help)
    } else if python::is_library(name) || TOOLS.contains(&name) {
        let hidden = if python::is_library(name) { "Python's own module" } else { "the installed package" };
        let help = format!("choose another name, such as `my{}`", name.to_lowercase());
        (format!("the package `{name}` would hide {hidden} of that name"), help)
    } else {
        return None;
    })
}

/// One id for a module and a milestone, or for a unit and a former one.
fn duplicates(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let mut twice = |id: &UnitId, first: &Span, second: &Span, what: &str| {
        let problem = Diagnostic::new(Code::CatalogDuplicate, format!("the id `{id}` is {what}"));
        diagnostics.push(
            problem
                .at(second, "used again")
                .at(first, "first used here")
                .help("an id is never reused: choose another"),
        );
    };
    for (id, milestone) in &catalog.milestones {
        if let Some(module) = catalog.modules.get(id) {
            twice(id, &module.span, &milestone.span, "a module's and a milestone's");
        }
    }
    let current = |id: &UnitId| {
        catalog.modules.get(id).map(|m| &m.span).or(catalog.milestones.get(id).map(|m| &m.span))
    };
    for (id, span) in catalog
        .renames
        .iter()
        .map(|(id, r)| (id, &r.span))
        .chain(catalog.retired.iter().map(|(id, r)| (id, &r.span)))
    {
        if let Some(unit) = current(id) {
            twice(id, unit, span, "renamed or retired, and still in use");
        }
    }
}

fn references(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let modules = catalog.modules.values().flat_map(|module| {
        let tests = module.tests_require.iter().flat_map(|some| &some.requires);
        module.requires.iter().chain(&module.after).chain(tests)
    });
    let milestones = catalog.milestones.values().flat_map(|m| &m.requires);
    let shared = catalog.shared.iter().flat_map(|s| &s.requires);
    for id in modules.chain(milestones).chain(shared) {
        if !catalog.modules.contains_key(&id.value) {
            diagnostics.push(unknown(catalog, id, catalog.modules.keys()));
        }
    }
    let advised =
        catalog.advisories.iter().flat_map(|a| &a.units).chain(catalog.renames.values().map(|r| &r.to));
    let advised = advised.chain(catalog.file_renames.iter().filter_map(|rename| rename.unit.as_ref()));
    for id in advised {
        let known = catalog.unit_ids().any(|unit| *unit == id.value)
            || catalog.renames.contains_key(&id.value)
            || catalog.retired.contains_key(&id.value);
        if !known {
            diagnostics.push(unknown(catalog, id, catalog.unit_ids()));
        }
    }
}

fn unknown<'a>(
    catalog: &Catalog,
    id: &Spanned<UnitId>,
    candidates: impl Iterator<Item = &'a UnitId>,
) -> Diagnostic {
    let candidates: Vec<&str> = candidates.map(UnitId::as_str).collect();
    let help = match nearest(id.value.as_str(), candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => {
            format!("remove it: `{}` has no unit that it could be", catalog.name)
        }
        None => format!("`{}` has {}", catalog.name, candidates.join(", ")),
    };
    Diagnostic::new(Code::CatalogUnknown, format!("there is no unit `{}`", id.value))
        .at(&id.span, "unknown")
        .help(help)
}

fn cycles(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let mut done: BTreeSet<&UnitId> = BTreeSet::new();
    for id in catalog.modules.keys() {
        let mut trail: Vec<&UnitId> = Vec::new();
        if let Some(ring) = ring_from(catalog, id, &mut trail, &mut done) {
            let names = ring.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" → ");
            let mut problem = Diagnostic::new(
                Code::CatalogCycle,
                format!("these modules require each other in a cycle: {names}"),
            );
            for id in ring.iter().take(ring.len() - 1) {
                problem =
                    problem.at_some(catalog.modules.get(*id).map(|module| &module.span), "in the cycle");
            }
            diagnostics.push(problem.help("change one `requires` to `after`, or split a module"));
        }
    }
}

/// Depth first; the catalog's reader bounds how many modules there can be, and `trail` how deep this goes.
fn ring_from<'a>(
    catalog: &'a Catalog,
    start: &'a UnitId,
    trail: &mut Vec<&'a UnitId>,
    done: &mut BTreeSet<&'a UnitId>,
) -> Option<Vec<&'a UnitId>> {
    let mut stack: Vec<(&UnitId, usize)> = vec![(start, 0)];
    while let Some((id, next)) = stack.pop() {
        if next == 0 {
            if done.contains(id) {
                continue;
            }
            trail.push(id);
        }
        let requires = catalog.modules.get(id).map(|module| module.requires.as_slice()).unwrap_or_default();
        let Some(needed) = requires.get(next) else {
            done.insert(id);
            trail.pop();
            continue;
        };
        stack.push((id, next + 1));
        if let Some(at) = trail.iter().position(|earlier| **earlier == needed.value) {
            let mut ring: Vec<&UnitId> = trail[at..].to_vec();
            ring.push(&needed.value);
            done.extend(trail.drain(..));
            return Some(ring);
        }
        if !done.contains(&needed.value) {
            stack.push((&needed.value, 0));
        }
    }
    None
}

fn folders(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let there = |folder: &str| catalog.below(folder).next().is_some();
    let file = |path: &str| catalog.entry(path).is_some();
    let is_excluded = |folder: &str| {
        let is_it = |path: &String| {
            path.strip_prefix(folder).is_some_and(|rest| matches!(rest.as_bytes(), [] | [b'/', ..]))
        };
        catalog.excluded.iter().any(is_it)
    };
    let mut missing = |folder: &str, span: &Span, what: String| {
        let problem =
            Diagnostic::new(Code::CatalogFolder, format!("{what}: there is no `{folder}` in the base"));
        let help = match is_excluded(folder) {
            true => {
                "`exclude` leaves out what is there: take its pattern out of `exclude`, or this out of the catalog"
            }
            false => "create it, or set `from:` if it has another name",
        };
        diagnostics.push(problem.at(span, "named here").help(help));
    };
    for (id, module) in &catalog.modules {
        if !there(&module.from) {
            missing(
                &module.from,
                module.from_span.as_ref().unwrap_or(&module.span),
                format!("the folder of module `{id}`"),
            );
        }
        if let Some(span) = module.tests_span.as_ref().filter(|_| !there(&module.tests)) {
            missing(&module.tests, span, format!("the tests of module `{id}`"));
        }
    }
    for (id, milestone) in &catalog.milestones {
        if !there(&milestone.from) {
            missing(
                &milestone.from,
                milestone.from_span.as_ref().unwrap_or(&milestone.span),
                format!("the folder of milestone `{id}`"),
            );
        }
    }
    for shared in &catalog.shared {
        let at = shared
            .from
            .as_ref()
            .map_or_else(|| format!("shared/{}", shared.path.value), |from| from.value.clone());
        if !there(&at) && !file(&at) && !file(&format!("{at}.j2")) {
            missing(
                &at,
                shared.from.as_ref().map_or(&shared.path.span, |from| &from.span),
                "a shared path".to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::misnamed;

    #[test]
    fn a_package_needs_a_name_that_is_its_own() {
        for name in ["tinytorch", "my_pkg", "é1"] {
            assert_eq!(misnamed(name), None);
        }
        for (name, help) in [
            ("my-pkg", "write `package: my_pkg`"),
            ("../x", "write `package: x`"),
            ("a.b", "write `package: a_b`"),
            ("My Pkg", "write `package: my_pkg`"),
            ("class", "write a word of letters"),
            ("1st", "write a word of letters"),
            ("", "write a word of letters"),
            ("numpy", "choose another name, such as `mynumpy`"),
            ("random", "choose another name, such as `myrandom`"),
        ] {
            let (_, said) = misnamed(name).unwrap();
            assert!(said.starts_with(help), "{name}: {said}");
        }
    }
}
