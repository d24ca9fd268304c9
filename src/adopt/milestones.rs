//! The milestones of a repository: `milestones/01_1957_perceptron`.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Package;
use super::names::{id_of, title_of};
use super::tree::{Tree, folder, name};
use super::units::decision;
use super::{Guess, Milestone, Shared, Sketch};

/// Adds the milestones, and files beside them.
pub(super) fn find(tree: &Tree<'_>, package: &Package, sketch: &mut Sketch) {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in tree.below("milestones").filter(|path| path.ends_with(".py")) {
        let rest = path.get("milestones/".len()..).unwrap_or_default();
        match rest.split_once('/') {
            Some((folder, _)) => folders.entry(folder).or_default().push(path),
            None => sketch.shared.push(Shared { path: path.to_owned(), requires: Vec::new() }),
        }
    }
    for (name, paths) in folders {
        let mut used = BTreeSet::new();
        for path in &paths {
            used.extend(package.used_in(&tree.text(path).unwrap_or_default()));
        }
        let requires =
            sketch.modules.iter().map(|module| module.id.clone()).filter(|id| used.contains(id)).collect();
        let (year, bare) = year_of(name);
        let mut id = id_of(&bare);
        if sketch.modules.iter().any(|module| module.id == id) {
            id.push_str("-milestone");
        }
        let from = format!("milestones/{name}");
        let year = match year {
            Some(value) => Some(Guess { value, why: String::new() }),
            None => year_in_texts(tree, &from),
        };
        if year.is_none() {
            sketch
                .decisions
                .push(decision(&from, "no year in its name or its texts: write when it happened"));
        }
        sketch.milestones.push(Milestone { id, year, title: title_of(&bare), from, requires });
    }
    let shared: BTreeSet<String> = sketch.milestones.iter().map(|milestone| milestone.from.clone()).collect();
    sketch.shared.retain(|one| !shared.contains(folder(&one.path)) && name(&one.path) != "__init__.py");
}

/// The first lines of a text that may say when something happened.
const FIRST_LINES: usize = 30;

/// The year in the texts of the folder `from`: in its README, else in its other texts and scripts.
fn year_in_texts(tree: &Tree<'_>, from: &str) -> Option<Guess<u64>> {
    let mut paths: Vec<&str> =
        tree.below(from).filter(|path| path.ends_with(".md") || path.ends_with(".py")).collect();
    paths.sort_by_key(|path| (!name(path).starts_with("README"), !path.ends_with(".md")));
    paths.into_iter().find_map(|path| {
        let text = tree.text(path)?;
        let mut lines = text.lines().take(FIRST_LINES).enumerate();
        let (at, value) = lines.find_map(|(at, line)| Some((at, year_in(line)?)))?;
        Some(Guess { value, why: format!("{}:{}", name(path), at + 1) })
    })
}

/// A year in a line of a text: `Perceptron (1957)`, `in 1986,`. A copyright is none.
fn year_in(line: &str) -> Option<u64> {
    let is_copyright = line.contains("©") || line.to_lowercase().contains("copyright");
    let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() == 4);
    let year = words.find_map(|word| word.parse().ok().filter(|year| (1800..2100).contains(year)));
    year.filter(|_| !is_copyright)
}

/// The year in a name, and the name without it and without its number.
fn year_of(name: &str) -> (Option<u64>, String) {
    let is_year =
        |part: &&str| part.len() == 4 && part.parse::<u64>().is_ok_and(|year| (1500..2200).contains(&year));
    let parts: Vec<&str> = name.split(['_', '-']).collect();
    let year = parts.iter().copied().find(is_year);
    let rest: Vec<&str> = parts.iter().copied().filter(|part| Some(*part) != year).collect();
    let number = rest.first().is_some_and(|part| part.parse::<u64>().is_ok() && rest.len() > 1);
    (year.and_then(|year| year.parse().ok()), rest.get(usize::from(number)..).unwrap_or_default().join("_"))
}

#[cfg(test)]
mod names {
    #[test]
    fn years() {
        let said = |name| super::year_of(name);
        assert_eq!(said("01_1957_perceptron"), (Some(1957), "perceptron".to_owned()));
        assert_eq!(said("perceptron_1957"), (Some(1957), "perceptron".to_owned()));
        assert_eq!(said("03_mlp"), (None, "mlp".to_owned()));
        let in_text = |line| super::year_in(line);
        assert_eq!(in_text("# The XOR crisis (1969)"), Some(1969));
        assert_eq!(in_text("Copyright 2024 Someone"), None);
        assert_eq!(in_text("it takes 1000 steps, 28x28"), None);
    }
}
