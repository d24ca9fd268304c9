//! [`apply`]: a notebook for a tier, whatever its markers.

use std::collections::{BTreeMap, BTreeSet};

use super::tiered::Tiered;
use super::{Markers, Marking, Tier, leaks, otter, strip};
use crate::diagnostic::Code;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::{Notebook, grading};

/// The notebook as `tier` gets it. Grading metadata is completed and checked in every tier.
pub fn apply(notebook: &Notebook, tier: Tier, marking: &Marking) -> Tiered {
    let mut result = Tiered {
        notebook: notebook.clone(),
        origin: (0..notebook.cells.len()).collect(),
        stripped: Vec::new(),
        rewritten: BTreeMap::new(),
        challenges: 0,
        problems: Vec::new(),
    };
    result.problems = grading::complete(&mut result.notebook);
    match marking.markers {
        Markers::Nbgrader => strip::strip(notebook, tier, &marking.stubs, &mut result),
        Markers::Otter => otter::apply(notebook, tier, &mut result),
    }
    if tier != Tier::Instructor {
        result.notebook.metadata.shift_remove("celltoolbar");
        // What widgets showed, of outputs that are cleared.
        result.notebook.metadata.shift_remove("widgets");
        note_kept_lines(&mut result);
        note_functions(notebook, &mut result);
    }
    result
}

fn note_kept_lines(result: &mut Tiered) {
    let cells = &result.notebook.cells;
    let kept: BTreeSet<&str> = cells.iter().flat_map(|cell| cell.source.split('\n')).map(str::trim).collect();
    for stripped in &mut result.stripped {
        stripped.kept_elsewhere = kept.contains(stripped.text.as_str());
    }
}

/// Notes in which function each line was.
fn note_functions(notebook: &Notebook, result: &mut Tiered) {
    for stripped in result.stripped.chunk_by_mut(|a, b| a.cell == b.cell) {
        let source = stripped.first().and_then(|first| notebook.cells.get(first.cell));
        let mut inside = None;
        let functions = source.map_or("", |cell| cell.source.as_str()).split('\n').map(|line| {
            if let Some(name) = leaks::function(line) {
                let is_method = ["(self", "(cls"].iter().any(|first| line.contains(first));
                inside = Some(name).filter(|_| !is_method);
            }
            inside
        });
        let functions: Vec<Option<&str>> = functions.collect();
        for one in stripped {
            one.function = functions.get(one.line).copied().flatten().map(Box::from);
        }
    }
}

/// What to say when the challenge tier is asked for and no notebook of the course has a challenge.
pub fn no_challenge() -> Problem {
    let message = "the challenge tier is selected, but no region is marked as a challenge";
    let problem = Problem::new(Code::NoChallenge, Place::Whole, message);
    problem.help("mark one: ### BEGIN SOLUTION role=\"challenge\"")
}
