//! [`Gaps`]: which units the course may have, under a name that was not understood.
//!
//! Everything that is wrong is reported at once, except what is wrong only because of such a name: of a course that lists `tensr` nothing
//! is said of a missing `tensor`, and nothing of weeks that cannot be counted where the start of the term is not a day.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic, Severity, slips};
use crate::id::UnitId;

/// The units that may be meant by what was not understood.
pub(super) struct Gaps {
    /// Any of them: a whole part of the list could not be read.
    any: bool,
    units: BTreeSet<UnitId>,
    /// The start of the term.
    start: bool,
}

impl Gaps {
    /// What `diagnostics` say that was not understood of the list of units; `is_empty`: the course has none.
    pub(super) fn of(course: &Course, catalog: &Catalog, is_empty: bool, diagnostics: &[Diagnostic]) -> Self {
        // Where that is not reported, it is because of what was not understood.
        let any = is_empty && diagnostics.iter().all(|problem| problem.code != Code::NothingToDo);
        let mut gaps = Self { any, units: course.unread.clone(), start: course.schedule.start_is_unread };
        let edits = course.modules.edits.iter().map(|edit| &edit.span);
        let listed: Vec<_> = course.modules.span.iter().chain(edits).collect();
        let errors = diagnostics.iter().filter(|problem| problem.severity == Severity::Error);
        for problem in errors {
            let Some(place) = problem.span().filter(|at| listed.iter().any(|span| span.contains(at))) else {
                continue;
            };
            match problem.code {
                Code::UnknownUnit | Code::InvalidValue => {
                    // An item that is indented too far continues the one above: `numbers - sums`.
                    let names = place.text().split(" - ");
                    gaps.units.extend(names.flat_map(|name| meant(name, course, catalog)));
                }
                // The unit is known: it is gone, there already, or another of its keys is wrong.
                Code::RetiredUnit | Code::TwiceListed | Code::EditDoesNotApply | Code::YamlTrap => {}
                _ => gaps.any = true,
            }
        }
        gaps
    }

    /// May `problem` be there only because of what was not understood?
    pub(super) fn may_explain(&self, problem: &Diagnostic) -> bool {
        problem.lacks.as_ref().is_some_and(|unit| self.any || self.units.contains(unit))
            || self.start && problem.code == Code::ScheduleNoStart
    }
}

/// The units that `written` may be meant for: of a similar name, or of this number.
fn meant(written: &str, course: &Course, catalog: &Catalog) -> BTreeSet<UnitId> {
    let written = written.trim_matches(['"', '\'', ' ']);
    let number = written.bytes().take_while(u8::is_ascii_digit).count();
    let (number, name) = written.split_at(number);
    let name = name.trim_start_matches(['_', '-', ' ', '.']).replace(['_', ' '], "-");
    let known = catalog.modules.keys().chain(course.assignments.keys());
    let mut all: BTreeSet<UnitId> = known.filter(|id| slips(&name, id.as_str()).is_some()).cloned().collect();
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let numbered = index.filter(|_| name.is_empty()).and_then(|index| catalog.modules.get_index(index));
    all.extend(numbered.map(|(id, _)| id.clone()));
    all
}
