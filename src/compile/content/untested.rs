//! Solutions that nothing grades: the last questions of a graded notebook without a graded cell behind them, in a unit without tests.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::id::Role;
use crate::notebook::tiers::Markers;
use crate::notebook::{CellKind, Notebook, Place, Problem};

use super::{Compiled, Rendered};

/// One warning for each notebook that ends with such solutions. A notebook without any graded cell is not meant to be graded.
pub(super) fn check(made: &[Rendered], of: Compiled<'_>) -> Vec<Diagnostic> {
    if of.catalog.markers == Markers::Otter {
        return Vec::new();
    }
    let tests = made.iter().filter(|made| made.role == Role::Test);
    let tested: BTreeSet<_> = tests.filter_map(|made| made.unit.as_ref()).collect();
    let notebooks = made.iter().filter(|made| made.unit.as_ref().is_none_or(|unit| !tested.contains(unit)));
    notebooks.filter_map(diagnostic).collect()
}

fn diagnostic(made: &Rendered) -> Option<Diagnostic> {
    let original = &made.body.tiers.as_ref()?.original;
    if original.hides_cells {
        return None;
    }
    let cell = ungraded(&original.notebook)?;
    let message = "nothing grades this solution: no graded cell follows it, and the unit has no tests";
    let problem = Problem::new(Code::UngradedSolution, Place::Cell { cell, line: Some(0) }, message);
    let help = "write a graded cell behind it, or tests for the unit; if it is not graded on purpose, accept it with `allow`";
    let mut diagnostic = original.diagnostic(&problem.help(help));
    diagnostic.about = Some(made.path.clone());
    Some(diagnostic)
}

/// The first solution behind the last graded cell.
fn ungraded(notebook: &Notebook) -> Option<usize> {
    let last = notebook.cells.iter().rposition(|cell| cell.flag("grade"))?;
    let behind = notebook.cells.iter().enumerate().skip(last + 1);
    let mut solutions = behind.filter(|(_, cell)| cell.kind == CellKind::Code && cell.flag("solution"));
    solutions.next().map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::Cell;

    #[test]
    fn a_graded_cell_grades_what_is_before_it() {
        for (flags, expected) in [
            (&["solution", "grade"][..], None),
            (&["solution", "grade", "solution", "", "solution"], Some(2)),
            (&["solution", "solution", "grade", ""], None),
            (&["solution", "solution"], None),
            (&[], None),
        ] {
            let cell = |flag: &&str| {
                let mut cell = Cell::new(CellKind::Code, "");
                cell.metadata.insert("nbgrader".into(), serde_json::json!({ (*flag): true }));
                cell
            };
            let notebook = Notebook { cells: flags.iter().map(cell).collect(), ..Notebook::default() };
            assert_eq!(ungraded(&notebook), expected, "{flags:?}");
        }
    }
}
