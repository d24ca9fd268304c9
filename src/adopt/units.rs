//! Which folders of a repository are modules, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use crate::notebook::{CellKind, Notebook, tiers};

use super::copies;
use super::imports::{Package, Used};
use super::names::{id_of, number_of, title_of, without_number};
use super::solutions;
use super::tree::{Read, Tree, folder, name, stem};
use super::unit::{Unit, has_answers};
use super::{Decision, Guess, Module, Sketch};

/// Folders in which no one looks for modules: what nbgrader makes, tests, documentation.
const ELSEWHERE: [&str; 12] = [
    "release",
    "autograded",
    "submitted",
    "feedback",
    "tests",
    "test",
    "milestones",
    "docs",
    "doc",
    "site",
    "paper",
    "examples",
];

/// The units of the group of folders that is the source, with their ids; `sketch` gets what is to be decided.
pub(super) fn find(tree: &Tree<'_>, sketch: &mut Sketch) -> Vec<Unit> {
    let mut groups: BTreeMap<String, BTreeMap<String, Vec<Read>>> = BTreeMap::new();
    for path in tree.paths().filter(|path| path.ends_with(".py") || path.ends_with(".ipynb")) {
        let top = path.split('/').next().unwrap_or_default();
        let is_elsewhere = path.split('/').any(|part| ELSEWHERE.contains(&part));
        if is_elsewhere || tree.has(&format!("{top}/__init__.py")) {
            continue;
        }
        let Some(read) = tree.notebook(path) else { continue };
        if folder(path).is_empty() {
            let text = "a notebook in no folder: put it into a folder of its own, and run this again";
            sketch.decisions.push(decision(path, text));
            continue;
        }
        let group = groups.entry(folder(folder(path)).to_owned()).or_default();
        group.entry(folder(path).to_owned()).or_default().push(read);
    }
    let Some(source) =
        groups.iter().max_by_key(|(parent, units)| rank(parent, units)).map(|(parent, _)| parent.clone())
    else {
        sketch.decisions.push(decision("", "there is no notebook and no percent script here"));
        return Vec::new();
    };
    let chosen = groups.remove(&source).unwrap_or_default();
    sketch.is_nbgrader =
        name(&source) == "source" && chosen.values().flatten().all(|read| read.path.ends_with(".ipynb"));
    let mut units: Vec<Unit> =
        chosen.into_iter().map(|(folder, notebooks)| unit(folder, notebooks, sketch)).collect();
    units.sort_by_key(|unit| order(&unit.folder));
    solutions::leave_out(tree, &mut units, sketch);
    unique(&mut units, sketch);
    numbers(&units, sketch);
    others(&source, &units, &groups, sketch);
    sketch.is_otter = units
        .iter()
        .flat_map(|unit| &unit.notebooks)
        .any(|read| !is_nbgraders(&read.notebook) && tiers::first_marker(&read.notebook).is_some());
    units
}

/// How likely it is that the folders are where solutions are written: how many have any, how many there are, and what their folder is called.
fn rank(
    parent: &str,
    units: &BTreeMap<String, Vec<Read>>,
) -> (usize, usize, usize, std::cmp::Reverse<usize>) {
    let solved =
        units.values().filter(|notebooks| notebooks.iter().any(|read| has_answers(&read.notebook))).count();
    let known = ["modules", "source", "src"].iter().position(|known| *known == name(parent));
    (solved, units.len(), known.map_or(0, |known| known + 1), std::cmp::Reverse(parent.len()))
}

fn is_nbgraders(notebook: &Notebook) -> bool {
    notebook.cells.iter().any(|cell| cell.nbgrader().is_some())
}

fn unit(folder: String, mut notebooks: Vec<Read>, sketch: &mut Sketch) -> Unit {
    let scripts: BTreeSet<String> = notebooks
        .iter()
        .filter(|read| read.path.ends_with(".py"))
        .map(|read| without_number(stem(&read.path)).to_owned())
        .collect();
    notebooks.retain(|read| {
        let is_copy = read.path.ends_with(".ipynb") && scripts.contains(without_number(stem(&read.path)));
        if is_copy {
            let why = "made from the percent script beside it".to_owned();
            sketch.exclude.push(Guess { value: read.path.clone(), why });
        }
        !is_copy
    });
    for copy in copies::among(&notebooks) {
        let text = format!(
            "the same work as `{}`, which has more solutions or is the one that is worked on: it is left out; is that right?",
            name(&copy.kept)
        );
        sketch.decisions.push(decision(&copy.path, &text));
        notebooks.retain(|read| read.path != copy.path);
        sketch
            .exclude
            .push(Guess { value: copy.path, why: format!("the same work as {}", name(&copy.kept)) });
    }
    Unit { id: id_of(name(&folder)), folder, notebooks }
}

/// Ids are used once.
fn unique(units: &mut [Unit], sketch: &mut Sketch) {
    let mut used = BTreeSet::new();
    for unit in units {
        let mut count = 1;
        let id = unit.id.clone();
        while !used.insert(unit.id.clone()) {
            count += 1;
            unit.id = format!("{id}-{count}");
        }
        if count > 1 {
            let text = format!(
                "another folder has the id `{id}`, so this one is `{}`: choose ids that say what it is",
                unit.id
            );
            sketch.decisions.push(decision(&unit.folder, &text));
        }
    }
}

/// Folders whose number is not the one that the catalog gives them.
fn numbers(units: &[Unit], sketch: &mut Sketch) {
    for (at, unit) in units.iter().enumerate() {
        let Some(number) = number_of(name(&unit.folder)).filter(|number| *number != at as u64 + 1) else {
            continue;
        };
        let text = format!(
            "the folder says {number}, and `{}` is module {:02} of this catalog: numbers count from 01 without gaps",
            unit.id,
            at + 1
        );
        sketch.decisions.push(decision(&unit.folder, &text));
        return;
    }
}

/// Other folders with notebooks: copies, or something else.
fn others(
    source: &str,
    units: &[Unit],
    groups: &BTreeMap<String, BTreeMap<String, Vec<Read>>>,
    sketch: &mut Sketch,
) {
    for (parent, folders) in groups {
        let is_copy = |folder: &&String| units.iter().any(|unit| unit.id == id_of(name(folder)));
        let copies = folders.keys().filter(is_copy).count();
        let shown = if parent.is_empty() { "the root" } else { parent };
        let from = if source.is_empty() { "the root".to_owned() } else { format!("`{source}`") };
        if copies > 0 {
            let text = format!("copies of modules in {from}, by their names ({copies}): not used");
            sketch.decisions.push(decision(shown, &text));
        } else if folders.values().flatten().any(|read| has_answers(&read.notebook)) {
            let names: Vec<&str> = folders.keys().map(|folder| name(folder)).collect();
            let text = format!("not in the catalog: {} (the modules are in {from})", names.join(", "));
            sketch.decisions.push(decision(shown, &text));
        }
    }
}

/// The modules of the sketch, with what they import.
pub(super) fn requires(units: &[Unit], package: &Package, sketch: &mut Sketch) {
    for (at, unit) in units.iter().enumerate() {
        let earlier: BTreeSet<&str> = units[..at].iter().map(|unit| unit.id.as_str()).collect();
        let mut requires: BTreeMap<String, String> = BTreeMap::new();
        let mut after: BTreeMap<String, String> = BTreeMap::new();
        for Used { id, place, is_late } in unit.notebooks.iter().flat_map(|read| package.used_by(read)) {
            if id == unit.id {
            } else if earlier.contains(id.as_str()) {
                let list = if is_late { &mut after } else { &mut requires };
                list.entry(id).or_insert(place);
            } else if !is_late {
                let text = format!(
                    "`{}` imports `{id}`, which comes later: change the order, or the import",
                    unit.id
                );
                sketch.decisions.push(decision(&place, &text));
            }
        }
        after.retain(|id, _| !requires.contains_key(id));
        let in_order = |list: BTreeMap<String, String>| {
            let of = |unit: &Unit| {
                list.get(&unit.id).map(|why| Guess { value: unit.id.clone(), why: why.clone() })
            };
            units.iter().filter_map(of).collect::<Vec<_>>()
        };
        let title = unit.notebooks.iter().find_map(|read| heading(&read.notebook));
        sketch.modules.push(Module {
            id: unit.id.clone(),
            title: title.unwrap_or_else(|| title_of(without_number(name(&unit.folder)))),
            from: unit.folder.clone(),
            tests: None,
            tests_require: Vec::new(),
            requires: in_order(requires),
            after: in_order(after),
        });
    }
}

/// What the first heading calls the unit: `# Module 03: Layers - Building Blocks` is `Layers`.
fn heading(notebook: &Notebook) -> Option<String> {
    let markdown = notebook.cells.iter().filter(|cell| cell.kind == CellKind::Markdown);
    let heading = markdown.flat_map(|cell| cell.source.lines()).find_map(|line| line.strip_prefix("# "))?;
    let heading = match heading.split_once(':') {
        Some((label, rest)) if label.chars().any(|c| c.is_ascii_digit()) && label.len() < 24 => rest,
        _ => heading,
    };
    let title = heading.split(" - ").next().unwrap_or(heading);
    let title = title.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '?' | ')'));
    (!title.is_empty() && title.len() <= 80).then(|| title.to_owned())
}

/// Numbers in a name count as numbers: `week-2` is before `week-10`.
fn order(folder: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = name(folder);
    while !rest.is_empty() {
        let text = rest.len() - rest.trim_start_matches(|c: char| !c.is_ascii_digit()).len();
        let (word, behind) = rest.split_at(text);
        let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, behind) = behind.split_at(digits);
        parts.push((if word.is_empty() { 0 } else { u64::MAX }, word.to_owned()));
        parts.push((number.parse().unwrap_or(0), String::new()));
        rest = behind;
    }
    parts
}

pub(super) fn decision(place: &str, text: &str) -> Decision {
    Decision { place: place.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod names {
    use super::*;

    #[test]
    fn folders_are_in_the_order_of_their_numbers() {
        let mut names = vec!["a/week-10", "a/02_b", "a/week-9", "a/01_z", "a/10_c"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["a/01_z", "a/02_b", "a/10_c", "a/week-9", "a/week-10"]);
    }
}
