//! Notebooks that are solutions by their names, and in which nothing is marked as one: students would get them whole.

use crate::diagnostic::{Code, Diagnostic};
use crate::notebook::tiers::is_named_solution;
use crate::notebook::{CellKind, Notebook, Place, Problem};

use super::Rendered;

/// One warning for each of them, at its first line of code.
pub(super) fn check(made: &[Rendered]) -> Vec<Diagnostic> {
    made.iter().filter_map(diagnostic).collect()
}

fn diagnostic(made: &Rendered) -> Option<Diagnostic> {
    let original = &made.body.tiers.as_ref()?.original;
    if !made.body.stripped.is_empty() || original.hides_cells || !is_named_solution(below_the_unit(made)) {
        return None;
    }
    let cell = first_code(&original.notebook)?;
    let message = "this notebook is a solution by its name, and nothing in it is marked as one";
    let problem = Problem::new(Code::UnmarkedSolution, Place::Cell { cell, line: Some(0) }, message);
    // What is in an assignment's folder ships; a catalog may leave files out.
    let way = if made.id.as_str().starts_with("assignment:") {
        "move it out of the folder"
    } else {
        "keep it out (`roles: {instructor: […]}` or `exclude` in catalog.yml)"
    };
    let help = format!(
        "students get it whole: {way}, or mark what they write between ### BEGIN SOLUTION and ### END SOLUTION; if it is meant for them, accept it with `allow`"
    );
    let mut diagnostic = original.diagnostic(&problem.help(help));
    diagnostic.about = Some(made.path.clone());
    Some(diagnostic)
}

/// The file in the folder of its unit, as the base names it: a base may lie anywhere.
fn below_the_unit(made: &Rendered) -> &str {
    let id = made.id.as_str();
    id.split_once('/').map_or(id, |(_, path)| path)
}

/// The first cell with code, of a notebook in which no cell is marked.
fn first_code(notebook: &Notebook) -> Option<usize> {
    let is_marked = notebook.cells.iter().any(|cell| cell.flag("solution"));
    let is_code =
        |cell: &crate::notebook::Cell| cell.kind == CellKind::Code && !cell.source.trim().is_empty();
    notebook.cells.iter().position(is_code).filter(|_| !is_marked)
}
