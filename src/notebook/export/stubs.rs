//! What stubs make of code: is it still Python when they are where the solutions were?

use super::super::problem::{Place, Problem};
use super::super::tiers::{Rewritten, Tiered, is_solution_marker};
use super::super::{Cell, CellKind, Notebook};
use super::directives::directives;
use super::{Piece, exports, kept_lines};
use crate::diagnostic::Code;

/// The cells of `tiered`, made from `original`, that are Python with their solutions and are none with the stubs.
/// Places are in `original`. A cell that is not exported is only a warning: Jupyter runs the others.
pub fn stub_problems(original: &Notebook, tiered: &Tiered) -> Vec<(Problem, bool)> {
    let mut found = Vec::new();
    for (index, rewritten) in &tiered.rewritten {
        let place = tiered.origin.binary_search(index).ok();
        let after = place.and_then(|place| tiered.notebook.cells.get(place));
        let (Some(before), Some(after)) = (original.cells.get(*index), after) else { continue };
        if before.kind == CellKind::Code && !before.source.trim_start().starts_with("%%") {
            let exported = exports(&directives(&before.source), *index, &mut Vec::new()).is_some();
            found.extend(
                problem(*index, before, after, rewritten, exported).map(|problem| (problem, exported)),
            );
        }
    }
    found
}

fn problem(
    index: usize,
    before: &Cell,
    after: &Cell,
    rewritten: &Rewritten,
    exported: bool,
) -> Option<Problem> {
    let Some((line, message)) = first_error(after, exported) else {
        return rewritten.stubs.iter().find_map(|begin| outside_of_its_block(index, before, *begin));
    };
    if first_error(before, exported).is_some() {
        return None;
    }
    let line = rewritten.lines.get(line).copied().unwrap_or_default();
    let region = nearest_region(&rewritten.stubs, line);
    let place = Place::Cell { cell: index, line: Some(region.unwrap_or(line)) };
    let what = if region.is_some() {
        "the stub in place of this solution leaves"
    } else {
        "this cell, as students get it, is"
    };
    let problem = Problem::new(Code::ExportSyntax, place, format!("{what} no Python: {}", message));
    let problem = if region.is_some_and(|region| region != line) {
        problem.also(Place::Cell { cell: index, line: Some(line) }, "Python stops here")
    } else {
        problem
    };
    Some(problem.help(
        "put whole statements between the markers, and indent ### BEGIN SOLUTION like them: students get `raise NotImplementedError()` in their place",
    ))
}

/// A region whose marker is indented less than the solution: the stub then ends the function instead of being its body.
fn outside_of_its_block(index: usize, cell: &Cell, begin: usize) -> Option<Problem> {
    let mut lines = cell.source.split('\n').enumerate().skip(begin);
    let (_, marker) = lines.next().filter(|(_, line)| is_solution_marker(line))?;
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let (at, solution) =
        lines.take_while(|(_, line)| !is_solution_marker(line)).find(|(_, line)| is_code(line))?;
    if indentation(solution) <= indentation(marker) {
        return None;
    }
    let message = "the stub would be outside the block of this solution: the marker is indented less";
    let problem = Problem::new(Code::ExportSyntax, Place::Cell { cell: index, line: Some(begin) }, message);
    let problem = problem.also(Place::Cell { cell: index, line: Some(at) }, "the solution");
    Some(problem.help("indent ### BEGIN SOLUTION like the first line of the solution"))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where and why the cell is not Python: the line of its source, from 0.
fn first_error(cell: &Cell, exported: bool) -> Option<(usize, String)> {
    let from = if exported { directives(&cell.source).end } else { 0 };
    let piece = Piece::new(0, String::new(), &kept_lines(&cell.source, from), false);
    let errors = if exported { piece.code.module_errors() } else { piece.code.errors() };
    let error = errors.into_iter().next()?;
    match piece.place(&error.range) {
        Place::Columns { line, .. } => Some((line, error.message)),
        _ => None,
    }
}

/// The last region that begins at or before `line`, else the first one.
fn nearest_region(stubs: &[usize], line: usize) -> Option<usize> {
    stubs.iter().rev().find(|stub| **stub <= line).or(stubs.first()).copied()
}
