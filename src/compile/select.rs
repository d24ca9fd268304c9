//! Which units the course has, in which order: lists, operations, renamed and retired ids.

use crate::catalog::Catalog;
use crate::course::{Course, Edit, Listing, Position, Start, layer};
use crate::diagnostic::{Code, Diagnostic, Severity, error_within, nearest};
use crate::id::{Mode, UnitId, UnitKind};
use crate::source::{Span, Spanned};

use super::{FileRename, Renames, unknown};

/// A unit of the course, before it has a place.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub(super) id: UnitId,
    pub(super) kind: UnitKind,
    pub(super) title: String,
    pub(super) mode: Mode,
    pub(super) optional: bool,
    /// Where the course names it; the catalog's place when it came with `all`.
    pub(super) span: Span,
}

/// An entry of a listing, with what the layers said of it.
#[derive(Clone, Debug)]
struct Entry {
    id: UnitId,
    title: Option<String>,
    mode: Option<Mode>,
    optional: Option<bool>,
    span: Span,
}

/// Modules and assignments in the course's order.
pub(super) fn modules(
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Selected> {
    let names = Names { course, catalog, kind: UnitKind::Module };
    let all =
        catalog.modules.iter().map(|(id, module)| Entry::plain(id.clone(), module.span.clone())).collect();
    let entries = list(&course.modules, all, &names, diagnostics);
    let placed: Vec<Selected> = entries.into_iter().map(|entry| names.select(entry)).collect();
    // A layer may leave out what one further out declares.
    let innermost = course.layers.first().map(|layer| layer.source.name());
    let own = course
        .assignments
        .iter()
        .filter(|(_, assignment)| innermost.is_none_or(|name| name == assignment.span.source().name()));
    for (id, assignment) in own {
        if !placed.iter().any(|unit| unit.id == *id) {
            let problem = Diagnostic::new(
                Code::AssignmentNotPlaced,
                format!("the assignment `{id}` is not in the list of modules"),
            );
            diagnostics.push(problem.lacks(id).at(&assignment.span, "declared here").help(format!(
                "list `{id}` under `modules`; where that is not a list, write `modules: {{edit: [{{insert: {{unit: {id}, last: true}}}}]}}`"
            )));
        }
    }
    if placed.is_empty() {
        let problem = no_unit(course, catalog, diagnostics);
        diagnostics.extend(problem);
    }
    placed
}

/// A course without units; nothing where it is only so because of something that was reported.
fn no_unit(course: &Course, catalog: &Catalog, diagnostics: &[Diagnostic]) -> Option<Diagnostic> {
    let listing = &course.modules;
    let is_error = |problem: &Diagnostic| problem.severity == Severity::Error;
    let of_base =
        |problem: &Diagnostic| problem.span().is_some_and(|at| at.source().name() == catalog.source.name());
    let base_has_none = catalog.modules.is_empty() && matches!(listing.start, Start::All);
    if written(listing).iter().any(|span| error_within(diagnostics, span))
        || (base_has_none && diagnostics.iter().any(|problem| is_error(problem) && of_base(problem)))
    {
        return None;
    }
    // What the innermost layer did to the list left nothing.
    let edit = listing.edits.last().map(|edit| &edit.span);
    let at = edit.or(listing.span.as_ref()).unwrap_or(&course.id.span);
    let problem = Diagnostic::new(Code::NothingToDo, "this course has no unit").at(at, "");
    Some(problem.help("list modules under `modules`, or write `modules: all`"))
}

/// Where layers wrote a list and its operations.
fn written(listing: &Listing) -> Vec<&Span> {
    listing.span.iter().chain(listing.edits.iter().map(|edit| &edit.span)).collect()
}

/// Milestones in the course's order. With `all`, those whose requirements the course meets.
pub(super) fn milestones(
    course: &Course,
    catalog: &Catalog,
    modules: &[Selected],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Selected> {
    let names = Names { course, catalog, kind: UnitKind::Milestone };
    let has = |id: &UnitId| modules.iter().any(|module| module.id == *catalog.current(id));
    let met =
        catalog.milestones.iter().filter(|(_, milestone)| milestone.requires.iter().all(|id| has(&id.value)));
    let all = met.map(|(id, milestone)| Entry::plain(id.clone(), milestone.span.clone())).collect();
    let entries = list(&course.milestones, all, &names, diagnostics);
    let mut kept = Vec::new();
    for entry in entries {
        let missing = catalog
            .milestones
            .get(&entry.id)
            .into_iter()
            .flat_map(|milestone| &milestone.requires)
            .find(|id| !has(&id.value));
        match missing {
            // What the base does not have was reported when its catalog was read.
            Some(missing) if !catalog.modules.contains_key(catalog.current(&missing.value)) => {}
            Some(missing) => diagnostics.push(locked(&entry, missing, course)),
            None => kept.push(names.select(entry)),
        }
    }
    kept
}

fn locked(entry: &Entry, missing: &Spanned<UnitId>, course: &Course) -> Diagnostic {
    let dropped = course.modules.edits.iter().find(
        |edit| matches!(&edit.value, Edit::Drop(ids) if ids.iter().any(|id| id.value == missing.value)),
    );
    let mut problem = Diagnostic::new(
        Code::LockedMilestone,
        format!(
            "the milestone `{}` can never unlock: it needs `{}`, which is not in this course",
            entry.id, missing.value
        ),
    );
    problem = problem
        .lacks(&missing.value)
        .at(&entry.span, "kept here")
        .at(&missing.span, "the base requires it here");
    problem = problem.at_some(dropped.map(|edit| &edit.span), "removed from the course here");
    problem.help(format!(
        "add `{id}` to `modules` (`{{id: {id}, mode: provided}}` ships it solved), or remove the milestone",
        id = missing.value
    ))
}

impl Entry {
    fn plain(id: UnitId, span: Span) -> Self {
        Self { id, title: None, mode: None, optional: None, span }
    }

    fn of(unit: &layer::Unit, id: UnitId) -> Self {
        Self {
            id,
            title: unit.title.clone(),
            mode: unit.mode.as_ref().map(|mode| mode.value),
            optional: unit.optional,
            span: unit.id.span.clone(),
        }
    }
}

/// Starts from a list and applies the operations, outermost first.
fn list(
    listing: &Listing,
    all: Vec<Entry>,
    names: &Names<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    unknown::name_those_meant(&written(listing), &names.known(), diagnostics);
    let mut entries: Vec<Entry> = Vec::new();
    match &listing.start {
        Start::All => entries = all,
        Start::List(units) => {
            for unit in units {
                let Some(id) = names.resolve(&unit.id, diagnostics) else { continue };
                match entries.iter().find(|entry| entry.id == id) {
                    Some(first) => diagnostics.push(twice(&id, &unit.id.span, &first.span)),
                    None => entries.push(Entry::of(unit, id)),
                }
            }
        }
    }
    for edit in &listing.edits {
        apply(&mut entries, &edit.value, names, diagnostics);
    }
    entries
}

fn twice(id: &UnitId, again: &Span, first: &Span) -> Diagnostic {
    Diagnostic::new(Code::TwiceListed, format!("`{id}` is listed twice in the course"))
        .at(again, "the second time")
        .at(first, "the first time")
        .help("keep one of the two")
}

fn apply(entries: &mut Vec<Entry>, edit: &Edit, names: &Names<'_>, diagnostics: &mut Vec<Diagnostic>) {
    match edit {
        Edit::Drop(ids) => {
            for id in ids {
                // The base did what the course asks for.
                if let Some(problem) = names.retired(id) {
                    let mut problem = problem.help("remove it from `drop`");
                    problem.severity = Severity::Note;
                    diagnostics.push(problem);
                    continue;
                }
                if let Some(at) = find(entries, id, "drop", names, diagnostics) {
                    entries.remove(at);
                }
            }
        }
        Edit::Insert(unit, position) => {
            let Some(id) = names.resolve(&unit.id, diagnostics) else { return };
            if let Some(first) = entries.iter().find(|entry| entry.id == id) {
                // That the base has the id of an assignment is said where the assignment is.
                if !names.course.assignments.contains_key(&id) || !names.catalog.modules.contains_key(&id) {
                    diagnostics.push(twice(&id, &unit.id.span, &first.span));
                }
                return;
            }
            // Where its place is not known, that is said; it is in the course all the same.
            let at = place(entries, position, names, diagnostics).unwrap_or(entries.len());
            entries.insert(at, Entry::of(unit, id));
        }
        Edit::Move(id, position) => {
            let Some(at) = find(entries, id, "move", names, diagnostics) else { return };
            if let Position::Before(other) | Position::After(other) = position
                && names.today(&other.value) == names.today(&id.value)
            {
                diagnostics.push(beside_itself(id, other));
                return;
            }
            let mut entry = entries.remove(at);
            match place(entries, position, names, diagnostics) {
                Some(to) => {
                    entry.span = id.span.clone();
                    entries.insert(to, entry);
                }
                None => entries.insert(at, entry),
            }
        }
        Edit::Set(unit) => {
            let Some(at) = find(entries, &unit.id, "set", names, diagnostics) else { return };
            let entry = &mut entries[at];
            entry.title = unit.title.clone().or(entry.title.take());
            entry.mode = unit.mode.as_ref().map(|mode| mode.value).or(entry.mode);
            entry.optional = unit.optional.or(entry.optional);
            entry.span = unit.id.span.clone();
        }
    }
}

fn beside_itself(id: &Spanned<UnitId>, other: &Spanned<UnitId>) -> Diagnostic {
    let message = format!("cannot move `{}` beside itself", id.value);
    let problem = Diagnostic::new(Code::EditDoesNotApply, message).at(&other.span, "the unit that is moved");
    problem.help("name the unit that it comes before or after, or write `first: true` or `last: true`")
}

/// Where the unit is in the list; an operation on one that is not in it is an error.
fn find(
    entries: &[Entry],
    id: &Spanned<UnitId>,
    verb: &str,
    names: &Names<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    let current = names.resolve(id, diagnostics)?;
    let at = entries.iter().position(|entry| entry.id == current);
    if at.is_none() {
        let listed = entries.iter().map(|entry| entry.id.as_str());
        let help = match nearest(current.as_str(), listed) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "remove the operation: an outer layer may already have dropped the unit".to_owned(),
        };
        let problem = Diagnostic::new(
            Code::EditDoesNotApply,
            format!("cannot {verb} `{current}`: it is not in the outer layer's list"),
        );
        diagnostics.push(problem.at(&id.span, "not there").help(help));
    }
    at
}

fn place(
    entries: &[Entry],
    position: &Position,
    names: &Names<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<usize> {
    if let Position::Before(id) | Position::After(id) = position
        && let Some(problem) = names.retired(id)
    {
        diagnostics.push(problem.help("name another unit, or write `first: true` or `last: true`"));
        return None;
    }
    match position {
        Position::First => Some(0),
        Position::Last => Some(entries.len()),
        Position::Before(id) => find(entries, id, "place something before", names, diagnostics),
        Position::After(id) => {
            find(entries, id, "place something after", names, diagnostics).map(|at| at + 1)
        }
    }
}

/// What an id may mean here.
struct Names<'a> {
    course: &'a Course,
    catalog: &'a Catalog,
    kind: UnitKind,
}

impl Names<'_> {
    fn knows(&self, id: &UnitId) -> bool {
        match self.kind {
            UnitKind::Milestone => self.catalog.milestones.contains_key(id),
            _ => self.catalog.modules.contains_key(id) || self.course.assignments.contains_key(id),
        }
    }

    /// The id that the unit has today, by the renames of course and base.
    fn today<'a>(&'a self, id: &'a UnitId) -> &'a UnitId {
        self.course.renamed(id).unwrap_or_else(|| self.catalog.current(id))
    }

    /// The id that the unit has today; reports what is renamed, retired or unknown.
    fn resolve(&self, id: &Spanned<UnitId>, diagnostics: &mut Vec<Diagnostic>) -> Option<UnitId> {
        if self.knows(&id.value) {
            return Some(id.value.clone());
        }
        let current = self.today(&id.value);
        if self.knows(current) {
            let problem =
                Diagnostic::new(Code::RenamedUnit, format!("`{}` is called `{current}` now", id.value));
            diagnostics
                .push(problem.at(&id.span, "the old name still works").help(format!("write `{current}`")));
            return Some(current.clone());
        }
        if !self.course.unread.contains(&id.value) {
            diagnostics.push(self.unknown(id));
        }
        None
    }

    /// What there is to say of a unit that the base no longer has; none for another one.
    fn retired(&self, id: &Spanned<UnitId>) -> Option<Diagnostic> {
        if self.knows(&id.value) || self.knows(self.today(&id.value)) {
            return None;
        }
        let retired = self.catalog.retired.get(&id.value)?;
        let message = format!("`{}` was removed in {} {}", id.value, self.catalog.name, retired.since);
        Some(Diagnostic::new(Code::RetiredUnit, message).at(&id.span, retired.why.clone()))
    }

    fn unknown(&self, id: &Spanned<UnitId>) -> Diagnostic {
        if let Some(problem) = self.retired(id) {
            return problem.help("remove it from the course");
        }
        let what = if self.kind == UnitKind::Milestone { "milestone" } else { "module" };
        let problem = Diagnostic::new(Code::UnknownUnit, format!("there is no {what} `{}`", id.value)).at(
            &id.span,
            format!(
                "no {what} of {} {} and no assignment of this course",
                self.catalog.name, self.catalog.version
            ),
        );
        problem.help(self.advice(&id.value))
    }

    fn advice(&self, id: &UnitId) -> String {
        let number = id.as_str().trim_start_matches('0').parse::<usize>().ok();
        let by_number = number.and_then(|number| self.catalog.modules.get_index(number.checked_sub(1)?));
        if let Some((module, _)) = by_number.filter(|_| self.kind == UnitKind::Module) {
            return format!("name units by id, not by number: number {id} of the base is `{module}`");
        }
        let other = match self.kind {
            UnitKind::Milestone => {
                self.catalog.modules.contains_key(id).then_some("a module: list it under `modules`")
            }
            _ => {
                self.catalog.milestones.contains_key(id).then_some("a milestone: list it under `milestones`")
            }
        };
        if let Some(other) = other {
            return format!("`{id}` is {other}");
        }
        let known = self.known();
        match unknown::meant(id.as_str(), &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "remove it: there is none in this base".to_owned(),
            None => format!("there are {}", known.join(", ")),
        }
    }

    /// The ids that there are.
    fn known(&self) -> Vec<&str> {
        let ids: Vec<&UnitId> = match self.kind {
            UnitKind::Milestone => self.catalog.milestones.keys().collect(),
            _ => self.catalog.modules.keys().chain(self.course.assignments.keys()).collect(),
        };
        ids.into_iter().map(UnitId::as_str).collect()
    }

    fn select(&self, entry: Entry) -> Selected {
        let assignment = self.course.assignments.get(&entry.id).filter(|_| self.kind == UnitKind::Module);
        let kind = if assignment.is_some() { UnitKind::Assignment } else { self.kind };
        let own_title = match kind {
            UnitKind::Module => self.catalog.modules.get(&entry.id).map(|module| module.title.clone()),
            UnitKind::Milestone => {
                self.catalog.milestones.get(&entry.id).map(|milestone| milestone.title.clone())
            }
            UnitKind::Assignment => assignment.and_then(|assignment| assignment.title.clone()),
        };
        Selected {
            title: entry.title.or(own_title).unwrap_or_else(|| entry.id.to_string()),
            mode: entry.mode.unwrap_or_default(),
            optional: entry.optional.unwrap_or(false),
            id: entry.id,
            kind,
            span: entry.span,
        }
    }
}

/// Former names of units and files → today's, for following files.
pub(super) fn renames(course: &Course, catalog: &Catalog) -> Renames {
    let of_base = catalog.renames.keys().map(|old| (old.clone(), catalog.current(old).clone()));
    let mut renames = Renames { units: of_base.collect(), ..Renames::default() };
    renames.files.extend(catalog.file_renames.iter().map(|rename| FileRename {
        unit: rename.unit.as_ref().map(|unit| catalog.current(&unit.value).clone()),
        from: rename.from.value.clone(),
        to: rename.to.value.clone(),
    }));
    for (id, assignment) in &course.assignments {
        renames.units.extend(assignment.former_ids.iter().map(|former| (former.value.clone(), id.clone())));
        renames.files.extend(assignment.former_files.iter().map(|(from, to)| FileRename {
            unit: Some(id.clone()),
            from: from.clone(),
            to: to.clone(),
        }));
    }
    renames
}
