//! A unit that a course names, and does not have.

use crate::catalog::Catalog;
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::id::UnitId;
use crate::source::Span;

use super::Unit;

/// What is said of `id`, named at `span`, which is none of the units of the course. An outer layer may well speak of units that this
/// course left out: that is a note. `help` is for one that is near no name.
pub(super) fn unknown_unit(
    code: Code,
    id: &UnitId,
    span: &Span,
    help: &str,
    (course, catalog, units): (&Course, &Catalog, &[Unit]),
) -> Diagnostic {
    let current = catalog.current(id);
    let exists = catalog.unit_ids().any(|unit| unit == current) || course.assignments.contains_key(current);
    let message =
        if exists { format!("this course does not have `{id}`") } else { format!("there is no unit `{id}`") };
    let help = match nearest(id.as_str(), units.iter().map(|unit| unit.id.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => help.to_owned(),
    };
    let mut problem = Diagnostic::new(code, message).at(span, "").help(help);
    if exists {
        problem.severity = Severity::Note;
    }
    problem
}
