//! The tests of a repository: of a module by the name of their folder, else of no module, with what they import.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Package;
use super::names::{id_of, number_of};
use super::tree::{Tree, name};
use super::units::decision;
use super::{Shared, Sketch};

/// So many of the files that are left out are named.
const MOST_NAMED: usize = 5;

/// Gives each module its tests; the rest that imports the package is shared.
pub(super) fn find(tree: &Tree<'_>, package: &Package, sketch: &mut Sketch) {
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in tree.below("tests") {
        let rest = path.get("tests/".len()..).unwrap_or_default();
        let key = rest.split_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
        folders.entry(key).or_default().push(path.to_owned());
    }
    let mut left_out = Vec::new();
    for (folder, paths) in folders {
        let of_module = sketch.modules.iter().position(|module| is_of(&folder, &module.from, &module.id));
        match of_module.filter(|_| !folder.is_empty()) {
            Some(at) if sketch.modules.get(at).is_some_and(|module| module.tests.is_none()) => {
                of_unit(tree, package, sketch, at, &folder, &paths);
            }
            _ => left_out.extend(shared(tree, package, sketch, &paths)),
        }
    }
    if !left_out.is_empty() {
        let some: Vec<&str> = left_out.iter().take(MOST_NAMED).map(String::as_str).collect();
        let more = left_out.len() - some.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let text = format!("left out, because they import nothing of the package: {}{more}", some.join(", "));
        sketch.decisions.push(decision("tests", &text));
    }
}

/// Is `folder` that of a module's tests? `01_tensor` and `tensor` are, `test_tensor` too.
fn is_of(folder: &str, from: &str, id: &str) -> bool {
    let bare = folder.strip_prefix("test_").unwrap_or(folder);
    folder == name(from) || id_of(bare) == id
}

/// The tests of a module, and what single files need beside what the module needs.
fn of_unit(
    tree: &Tree<'_>,
    package: &Package,
    sketch: &mut Sketch,
    at: usize,
    folder: &str,
    paths: &[String],
) {
    let closure = closure(sketch, at);
    let mut more = Vec::new();
    for path in paths.iter().filter(|path| path.ends_with(".py")) {
        let used = package.used_in(&tree.text(path).unwrap_or_default());
        let beside: Vec<String> = sketch
            .modules
            .iter()
            .filter(|module| used.contains(&module.id) && !closure.contains(&module.id))
            .map(|module| module.id.clone())
            .collect();
        if !beside.is_empty() {
            let rest = path.get("tests/".len() + folder.len() + 1..).unwrap_or_default();
            more.push((rest.to_owned(), beside));
        }
    }
    let from = sketch.modules.get(at).map(|module| module.from.clone()).unwrap_or_default();
    if number_of(folder).is_some() && number_of(folder) != number_of(name(&from)) {
        let text = format!("taken as the tests of `{from}` by its name, though its number is another");
        sketch.decisions.push(decision(&format!("tests/{folder}"), &text));
    }
    if let Some(module) = sketch.modules.get_mut(at) {
        module.tests = Some(format!("tests/{folder}"));
        module.tests_require = more;
    }
}

/// The module and everything that it needs.
fn closure(sketch: &Sketch, at: usize) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<&str> = sketch.modules.get(at).map(|module| module.id.as_str()).into_iter().collect();
    while let Some(id) = open.pop() {
        if all.insert(id.to_owned()) {
            let module = sketch.modules.iter().find(|module| module.id == id);
            open.extend(
                module.into_iter().flat_map(|module| module.requires.iter().map(|one| one.value.as_str())),
            );
        }
    }
    all
}

/// Tests of no module; what is left out.
fn shared(tree: &Tree<'_>, package: &Package, sketch: &mut Sketch, paths: &[String]) -> Vec<String> {
    let mut left_out = Vec::new();
    for path in paths.iter().filter(|path| path.ends_with(".py")) {
        let text = tree.text(path).unwrap_or_default();
        let is_test = name(path).starts_with("test_") || name(path).ends_with("_test.py");
        if (is_test && package.is_used_in(&text)) || name(path) == "conftest.py" {
            let used = package.used_in(&text);
            let requires: Vec<String> = sketch
                .modules
                .iter()
                .map(|module| module.id.clone())
                .filter(|id| used.contains(id))
                .collect();
            let requires = if name(path) == "conftest.py" { Vec::new() } else { requires };
            sketch.shared.push(Shared { path: path.clone(), requires });
        } else if is_test {
            left_out.push(path.clone());
        }
    }
    left_out
}
