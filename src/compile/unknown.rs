//! A unit that a course names, and does not have: which one may be meant.

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

/// The unit of `known` that `written` is meant for: a slip away, or as its folder or file is called (`modules/01_tensor`); or several that
/// are written as one.
pub(super) fn meant(written: &str, known: &[&str]) -> Option<String> {
    let name = written.trim_end_matches('/').rsplit('/').next().unwrap_or(written);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let bare = stem.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['_', '-', ' ']);
    let forms = [written, name, stem, bare];
    if let Some(near) = forms.into_iter().find_map(|form| nearest(form, known.iter().copied())) {
        return Some(near.to_owned());
    }
    let parts: Vec<&str> = written.split([' ', ',', ';']).filter(|part| !part.is_empty()).collect();
    (parts.len() > 1 && parts.iter().all(|part| known.contains(part))).then(|| parts.join(", "))
}

/// Ids of a list that are none by their form: the help names a unit that there is before one that there could be.
pub(super) fn name_those_meant(listed: &[&Span], known: &[&str], diagnostics: &mut [Diagnostic]) {
    for problem in diagnostics.iter_mut().filter(|problem| problem.code == Code::InvalidValue) {
        let Some(place) = problem.span().filter(|at| listed.iter().any(|span| span.contains(at))) else {
            continue;
        };
        let meant = meant(place.text().trim_matches(['"', '\'', ' ']), known);
        let proposed =
            problem.help.as_deref().and_then(|help| help.strip_prefix("write `")?.strip_suffix('`'));
        if let Some(meant) = meant.filter(|meant| proposed.is_some_and(|proposed| proposed != meant)) {
            problem.help = Some(format!("did you mean `{meant}`?"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn units_are_meant_by_slips_folders_and_files() {
        let known = ["tensor", "layers", "week-2"];
        for (written, unit) in [
            ("Tenosr", Some("tensor")),
            ("tensor.py", Some("tensor")),
            ("modules/tensor", Some("tensor")),
            ("./modules/01_tensor/", Some("tensor")),
            ("02-layers", Some("layers")),
            ("week_2", Some("week-2")),
            ("tensor layers", Some("tensor, layers")),
            ("tensor quantum", None),
            ("07", None),
            ("/", None),
        ] {
            assert_eq!(meant(written, &known).as_deref(), unit, "{written}");
        }
    }
}
