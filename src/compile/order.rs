//! Do the units of the course have what they need, before they need it?

use indexmap::IndexMap;

use crate::catalog::Catalog;
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic};
use crate::id::{Mode, UnitId, UnitKind};
use crate::source::Spanned;

use super::select::Selected;

/// The hard requirements of a unit, as written.
pub(super) fn requires<'a>(
    unit: &UnitId,
    kind: UnitKind,
    course: &'a Course,
    catalog: &'a Catalog,
) -> &'a [Spanned<UnitId>] {
    match kind {
        UnitKind::Module => catalog.modules.get(unit).map(|module| module.requires.as_slice()),
        UnitKind::Milestone => catalog.milestones.get(unit).map(|milestone| milestone.requires.as_slice()),
        UnitKind::Assignment => course.assignments.get(unit).map(|assignment| assignment.requires.as_slice()),
    }
    .unwrap_or_default()
}

fn after<'a>(unit: &Selected, course: &'a Course, catalog: &'a Catalog) -> &'a [Spanned<UnitId>] {
    match unit.kind {
        UnitKind::Assignment => {
            course.assignments.get(&unit.id).map(|assignment| assignment.after.as_slice())
        }
        _ => catalog.modules.get(&unit.id).map(|module| module.after.as_slice()),
    }
    .unwrap_or_default()
}

/// Hard requirements (errors), optional units that others need (errors), soft requirements (notes).
pub(super) fn check(
    units: &[Selected],
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut lacking: IndexMap<&UnitId, Vec<Need<'_>>> = IndexMap::new();
    for (at, unit) in units.iter().enumerate() {
        for needed in requires(&unit.id, unit.kind, course, catalog) {
            let id = catalog.current(&needed.value);
            if *id == unit.id {
                diagnostics.extend((unit.kind == UnitKind::Assignment).then(|| itself(unit, needed)));
                continue;
            }
            match units.iter().position(|other| other.id == *id) {
                None if unknown_to_course(id, course, catalog) => {
                    // The catalog's own mistakes were reported when it was read.
                    let is_own = unit.kind == UnitKind::Assignment;
                    diagnostics.extend(is_own.then(|| unknown(unit, needed, catalog)));
                }
                None => lacking.entry(id).or_default().push(Need { unit, needed }),
                Some(place) if place > at && unit.mode == Mode::Do => {
                    diagnostics.push(late(unit, needed, &units[place], course))
                }
                Some(place) => optional(unit, &units[place], diagnostics),
            }
        }
        for usual in after(unit, course, catalog) {
            let later = units[at..]
                .iter()
                .find(|other| other.id == *catalog.current(&usual.value) && other.id != unit.id);
            if let Some(later) = later {
                let problem = Diagnostic::new(
                    Code::SoftOrder,
                    format!("`{}` usually comes after `{}`", unit.id, later.id),
                );
                diagnostics
                    .push(problem.at(&unit.span, "comes first here").at(&usual.span, "the usual order"));
            }
        }
    }
    diagnostics.extend(lacking.iter().filter_map(|(id, needs)| missing(id, needs, course, catalog, units)));
}

/// An assignment that requires itself; a module of the base that does is a cycle of the catalog.
fn itself(unit: &Selected, needed: &Spanned<UnitId>) -> Diagnostic {
    let message = format!("the assignment `{}` requires itself", unit.id);
    let problem = Diagnostic::new(Code::LateRequirement, message).at(&needed.span, "the requirement");
    problem.help(format!("remove `{}` from its `requires`", needed.value))
}

fn unknown_to_course(id: &UnitId, course: &Course, catalog: &Catalog) -> bool {
    !catalog.modules.contains_key(id) && !course.assignments.contains_key(id)
}

fn unknown(unit: &Selected, needed: &Spanned<UnitId>, catalog: &Catalog) -> Diagnostic {
    let near = crate::diagnostic::nearest(needed.value.as_str(), catalog.modules.keys().map(UnitId::as_str));
    let problem = Diagnostic::new(
        Code::UnknownUnit,
        format!("`{}` requires `{}`, which does not exist", unit.id, needed.value),
    )
    .at(&needed.span, "no such module or assignment");
    problem.help(near.map_or_else(
        || "name a module of the base or an assignment of this course".to_owned(),
        |near| format!("did you mean `{near}`?"),
    ))
}

/// A unit, and what it needs.
struct Need<'a> {
    unit: &'a Selected,
    needed: &'a Spanned<UnitId>,
}

/// The course does not have `id`: one mistake, however many units need it. What took it out comes first.
fn missing(
    id: &UnitId,
    needs: &[Need<'_>],
    course: &Course,
    catalog: &Catalog,
    units: &[Selected],
) -> Option<Diagnostic> {
    let first = needs.first()?;
    let dropped = course.modules.edits.iter().find_map(|edit| match &edit.value {
        crate::course::Edit::Drop(ids) => ids.iter().find(|dropped| dropped.value == *id),
        _ => None,
    });
    let names: Vec<String> = needs.iter().map(|need| format!("`{}`", need.unit.id)).collect();
    let who = match names.split_last() {
        Some((last, [])) => format!("{last} needs"),
        Some((last, [one])) => format!("{one} and {last} need"),
        _ => format!("{} and {} other units need", names[0], names.len() - 1),
    };
    let problem =
        Diagnostic::new(Code::MissingRequirement, format!("{who} `{id}`, which is not in this course"));
    let mut problem =
        problem.lacks(id).at_some(dropped.map(|id| &id.span), format!("`{id}` is removed here"));
    let shown = if dropped.is_some() { 1 } else { 5 };
    for need in needs.iter().take(shown) {
        problem = problem.at(&need.unit.span, format!("needs `{id}`"));
    }
    problem = problem.at(&first.needed.span, "the requirement");
    Some(problem.help(addition(id, first.unit, catalog, units)))
}

/// What to add so that the course has `id`: that and what it needs itself, in the base's order.
fn addition(id: &UnitId, before: &Selected, catalog: &Catalog, units: &[Selected]) -> String {
    let mut needed = catalog.closure(id);
    needed.insert(id.clone());
    let lacks = |id: &&UnitId| needed.contains(*id) && !units.iter().any(|unit| unit.id == **id);
    let mut added: Vec<String> = catalog.modules.keys().filter(lacks).map(|id| format!("`{id}`")).collect();
    if added.is_empty() {
        added.push(format!("`{id}`"));
    }
    format!(
        "add {} before `{}`; or write `{{id: {id}, mode: provided}}`: its solved code then ships in the package, and students do not work on it",
        added.join(", "),
        before.id
    )
}

fn late(unit: &Selected, needed: &Spanned<UnitId>, later: &Selected, course: &Course) -> Diagnostic {
    let moved = course.modules.edits.iter().find(|edit| match &edit.value {
        crate::course::Edit::Move(id, _) => id.value == unit.id || id.value == later.id,
        _ => false,
    });
    let mut problem = Diagnostic::new(
        Code::LateRequirement,
        format!("`{}` comes before `{}`, which it needs", unit.id, later.id),
    );
    problem = problem.at(&unit.span, format!("needs `{}`", later.id)).at(&later.span, "comes only here");
    if let Some(moved) = moved
        .filter(|moved| moved.span.order() != unit.span.order() && moved.span.order() != later.span.order())
    {
        problem = problem.at(&moved.span, "moved here");
    }
    problem.at(&needed.span, "the requirement").help(format!("move `{}` before `{}`", later.id, unit.id))
}

fn optional(unit: &Selected, needed: &Selected, diagnostics: &mut Vec<Diagnostic>) {
    if needed.optional && !unit.optional && needed.mode == Mode::Do {
        let problem = Diagnostic::new(
            Code::OptionalRequired,
            format!("`{}` is optional, but `{}` needs it", needed.id, unit.id),
        );
        let problem = problem
            .at(&needed.span, "optional")
            .at(&unit.span, format!("needs `{}` and is not optional", needed.id));
        diagnostics.push(problem.help(format!("make `{}` optional too, or `{}` not", unit.id, needed.id)));
    }
}
