//! Files of a unit that are solutions by their names: `solutions/lab.ipynb`, `lab-answers.md`. A folder with only plain notebooks has no
//! marked solutions, so that nothing else would keep students from getting them.

use std::collections::BTreeSet;

use crate::notebook::tiers::is_named_solution;

use super::tree::Tree;
use super::unit::{Unit, has_answers};
use super::{Decision, Guess, Sketch};

/// Leaves out what is named as solutions and holds no markers; of a unit that has nothing else a person decides.
pub(super) fn leave_out(tree: &Tree<'_>, units: &mut [Unit], sketch: &mut Sketch) {
    for unit in units {
        let known: BTreeSet<String> = sketch.exclude.iter().map(|guess| guess.value.clone()).collect();
        let prefix = format!("{}/", unit.folder);
        let named: Vec<&str> = tree
            .below(&unit.folder)
            .filter(|path| {
                path.strip_prefix(&prefix).is_some_and(is_named_solution) && !known.contains(*path)
            })
            .filter(|path| !tree.notebook(path).is_some_and(|read| has_answers(&read.notebook)))
            .collect();
        let is_left_out = |path: &str| named.contains(&path);
        let is_all = unit.notebooks.iter().all(|read| is_left_out(&read.path));
        for path in &named {
            if is_all && unit.notebooks.iter().any(|read| read.path == *path) {
                let text = "a solution by its name, without markers, and the only notebook here: students would get it whole; mark what they write between ### BEGIN SOLUTION and ### END SOLUTION";
                sketch.decisions.push(decision(path, text));
                continue;
            }
            sketch.decisions.push(decision(path, "a solution by its name: it is left out; is that right?"));
            let why = "a solution by its name".to_owned();
            sketch.exclude.push(Guess { value: (*path).to_owned(), why });
        }
        if !is_all {
            unit.notebooks.retain(|read| !named.contains(&read.path.as_str()));
        }
    }
}

fn decision(path: &str, text: &str) -> Decision {
    Decision { place: path.to_owned(), text: text.to_owned() }
}
