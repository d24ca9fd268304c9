//! The rules of the layers, the built-in ones and the default, in one list; and what can be said of them once the files
//! of the course are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::course::{Course, CourseRule, glob};
use crate::diagnostic::{Code, Diagnostic, Severity, error_within, nearest, quoted};
use crate::id::{Action, PerState, Role, State, UnitId};
use crate::path::WorkspacePath;
use crate::schedule::{Term, Window};
use crate::source::Spanned;

use super::unknown::unknown_unit;
use super::{File, Globs, Matcher, Policy, Rule, Unit, dates};

/// The policy of a course. A rule that cannot be understood is reported and left out.
pub(super) fn policy(
    course: &Course,
    catalog: &Catalog,
    units: &[Unit],
    term: &Term,
    diagnostics: &mut Vec<Diagnostic>,
) -> Policy {
    let mut rules: Vec<Rule> = course
        .rules
        .iter()
        .map(|rule| of_course(rule, course, catalog, (units, term), diagnostics))
        .collect();
    rules.extend(built_in());
    let from = course.default_action.span.as_ref().map_or_else(
        || "built-in".to_owned(),
        |span| format!("{}:{}", span.source().name(), span.line_column().0),
    );
    rules.push(Rule {
        name: "default".to_owned(),
        from,
        matches: Matcher::default(),
        action: PerState::all(course.default_action.value),
        edited: None,
        critical: None,
        window: Window::default(),
        is_final: false,
        why: None,
    });
    Policy::new(rules)
}

fn of_course(
    rule: &CourseRule,
    course: &Course,
    catalog: &Catalog,
    (units, term): (&[Unit], &Term),
    diagnostics: &mut Vec<Diagnostic>,
) -> Rule {
    let written = &rule.rule;
    Rule {
        name: rule.name.clone(),
        from: rule.from.clone(),
        matches: Matcher {
            paths: written.paths.as_ref().map(|paths| globs(paths, diagnostics)),
            units: written.units.as_ref().map(|ids| {
                ids.iter().filter_map(|id| unit(id, course, catalog, units, diagnostics)).collect()
            }),
            roles: written.roles.as_ref().map(|roles| roles.iter().map(|role| role.value).collect()),
        },
        action: written.action.value,
        edited: written.edited.as_ref().map(|edited| edited.value),
        critical: written.critical.as_ref().map(|critical| critical.value),
        window: dates::window(written, term, diagnostics),
        is_final: written.is_final.is_some(),
        why: written.why.clone(),
    }
}

fn globs(paths: &[Spanned<String>], diagnostics: &mut Vec<Diagnostic>) -> Globs {
    let mut globs = Vec::new();
    for path in paths {
        match glob(&path.value) {
            Ok(glob) => globs.push(glob),
            Err(problem) => diagnostics
                .push(Diagnostic::new(Code::BadGlob, problem.message).at(&path.span, "").help(problem.help)),
        }
    }
    globs.into_iter().collect()
}

fn unit(
    id: &Spanned<UnitId>,
    course: &Course,
    catalog: &Catalog,
    units: &[Unit],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<UnitId> {
    let current = catalog.current(&id.value);
    if units.iter().any(|unit| unit.id == *current) {
        return Some(current.clone());
    }
    let help = "remove it, or add the unit to the course";
    let code = Code::RuleUnknownUnit;
    diagnostics.push(unknown_unit(code, &id.value, &id.span, help, (course, catalog, units)));
    None
}

/// The rules of a course that says nothing, one for each role that a policy governs: a fix in a unit no one has started replaces the
/// file; in a unit in progress it is merged into the student's work; for a completed unit it is offered. Tests and milestones follow
/// the course. Table 5 of `tests/decisions.txt` says the same.
pub fn built_in() -> Vec<Rule> {
    use Action::{Keep, Merge, Offer, Replace};
    let rule = |role: Role, not_started, in_progress, completed, edited| Rule {
        name: format!("built-in {role}"),
        from: "built-in".to_owned(),
        matches: Matcher { paths: None, units: None, roles: Some(vec![role]) },
        action: PerState { not_started, in_progress, completed, submitted: None, closed: None },
        edited: Some(edited),
        critical: None,
        window: Window::default(),
        is_final: false,
        why: None,
    };
    vec![
        rule(Role::Test, Replace, Replace, Replace, Merge),
        rule(Role::Support, Replace, Replace, Replace, Merge),
        rule(Role::Milestone, Replace, Replace, Offer, Offer),
        rule(Role::Work, Replace, Merge, Offer, Merge),
        rule(Role::Doc, Replace, Replace, Replace, Offer),
        rule(Role::Data, Replace, Keep, Keep, Keep),
    ]
}

/// Rules that match nothing, can never win, have a column that never decides, would replace work, or leave files out of every
/// workspace.
pub(super) fn check(
    course: &Course,
    policy: &Policy,
    files: &BTreeMap<WorkspacePath, File>,
    units: &[Unit],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let closing: BTreeSet<&UnitId> =
        units.iter().filter(|unit| unit.dates.closes.is_some()).map(|unit| &unit.id).collect();
    let governed: Vec<(&WorkspacePath, &File)> =
        files.iter().filter(|(_, file)| file.role != Role::Derived).collect();
    let mut all: Vec<Matched<'_>> = course.rules.iter().map(|_| Matched::default()).collect();
    for (path, file) in &governed {
        for (at, rule) in policy.matching(path, file.unit.as_ref(), file.role) {
            let Some(matched) = all.get_mut(at) else { continue };
            matched.count += 1;
            matched.winners.insert(file.rule);
            // A rule for a time decides in that time what no rule before it always decides.
            if file.rule == at || (at < file.rule && !rule.window.is_always()) {
                matched.won.push((path, file));
            }
        }
    }
    let alive = alive(&governed, policy);
    let errors: Vec<Diagnostic> =
        diagnostics.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    let mut hints = HINTS;
    for ((at, rule), matched) in course.rules.iter().enumerate().zip(&all) {
        let Some(resolved) = policy.rules().get(at) else { continue };
        let won = &matched.won;
        if error_within(&errors, &rule.rule.span) || names_no_unit_of_the_course(rule, resolved) {
            // What it would match is not known, or was said already.
        } else if matched.count == 0 {
            diagnostics.push(matches_nothing(rule, is_of_this_layer(rule, course)));
        } else if won.is_empty() {
            diagnostics.push(shadowed(rule, matched, course, policy));
        } else {
            let dead = rule.rule.paths.iter().flatten().enumerate();
            let dead = dead.filter(|(glob, _)| !alive.contains(&(at, *glob))).map(|(_, path)| path);
            dead_globs(dead, &governed, &mut hints, diagnostics);
            columns(rule, won, diagnostics);
            never_closed(rule, won, &closing, diagnostics);
            replaces_work(rule, won, diagnostics);
            diagnostics.extend(frozen_from_start(rule, won));
        }
    }
}

/// For so many globs that match nothing a near path is looked for: each is compared with every path.
const HINTS: usize = 20;

/// The files that a rule matches.
#[derive(Default)]
struct Matched<'a> {
    count: usize,
    /// The rules that decide them.
    winners: BTreeSet<usize>,
    /// Those that it decides itself.
    won: Vec<(&'a WorkspacePath, &'a File)>,
}

/// The globs that match some file, by rule and place in it.
fn alive(governed: &[(&WorkspacePath, &File)], policy: &Policy) -> BTreeSet<(usize, usize)> {
    let mut alive = BTreeSet::new();
    for (path, _) in governed {
        let found = policy.globs_on(path, |at| alive.contains(at));
        alive.extend(found);
    }
    alive
}

/// A rule for units of which the course left out every one: an outer layer speaks of more courses than this.
fn names_no_unit_of_the_course(rule: &CourseRule, resolved: &Rule) -> bool {
    let named = rule.rule.units.as_ref().is_some_and(|units| !units.is_empty());
    named && resolved.matches.units.as_ref().is_some_and(Vec::is_empty)
}

fn is_of_this_layer(rule: &CourseRule, course: &Course) -> bool {
    let innermost = course.layers.first().map(|layer| layer.source.name());
    innermost.is_none_or(|name| name == rule.rule.span.source().name())
}

/// For people who wrote the rule it is most likely a slip; in an outer layer it may be meant for other courses.
fn matches_nothing(rule: &CourseRule, is_of_this_layer: bool) -> Diagnostic {
    let place =
        rule.rule.paths.as_ref().and_then(|paths| paths.first()).map_or(&rule.rule.span, |path| &path.span);
    let mut problem = Diagnostic::new(
        Code::RuleMatchesNothing,
        format!("the rule `{}` matches no file of this course", rule.name),
    );
    if !is_of_this_layer {
        problem.severity = Severity::Note;
    }
    problem.at(place, "").help("`tito show --files` lists the files of this course with their roles; paths are as in the workspace (`modules/01_tensor/tensor.ipynb`)")
}

fn shadowed(rule: &CourseRule, matched: &Matched<'_>, course: &Course, policy: &Policy) -> Diagnostic {
    let winners = &matched.winners;
    let names: Vec<String> = winners
        .iter()
        .filter_map(|at| policy.rules().get(*at))
        .map(|winner| format!("`{}` ({})", winner.name, winner.from))
        .collect();
    let message = format!(
        "the rule `{}` can never win: {} decides each of its {} files first",
        rule.name,
        names.join(" or "),
        matched.count
    );
    let mut problem =
        Diagnostic::new(Code::RuleShadowed, message).at(&rule.rule.span_of_head(), "never reached");
    for winner in winners.iter().filter_map(|at| course.rules.get(*at)).take(3) {
        let word = if winner.rule.is_final.is_some() {
            "this final rule comes first"
        } else {
            "this rule comes first"
        };
        problem = problem.at(&winner.rule.span_of_head(), word);
    }
    let mut first = winners.iter().filter_map(|at| course.rules.get(*at));
    let is_out_of_reach = |winner: &CourseRule| {
        winner.rule.is_final.is_some() && winner.rule.span.source().name() != rule.rule.span.source().name()
    };
    problem.help(if first.any(is_out_of_reach) {
        "a final rule of an outer layer decides before every other: give this rule other paths or units, or remove it; or ask the maintainers of that layer"
    } else {
        "the first rule that matches decides: put the narrower rule before the wider one, or remove this one"
    })
}

fn dead_globs<'r>(
    dead: impl Iterator<Item = &'r Spanned<String>>,
    governed: &[(&WorkspacePath, &File)],
    hints: &mut usize,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for path in dead {
        let problem = Diagnostic::new(
            Code::RuleMatchesNothing,
            format!("`{}` matches no file of this course", quoted(&path.value)),
        );
        let compared = if *hints > 0 { governed } else { &[] };
        *hints = hints.saturating_sub(1);
        diagnostics.push(problem.at(&path.span, "").help(near_miss(&path.value, compared)));
    }
}

fn near_miss(pattern: &str, governed: &[(&WorkspacePath, &File)]) -> String {
    match nearest(pattern, governed.iter().map(|(path, _)| path.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`tito show --files` lists the files of this course".to_owned(),
    }
}

/// The states that files without a unit can be in, or with one; closed or not.
fn standings(file: &File) -> impl Iterator<Item = (State, bool)> {
    let states: &[State] = if file.unit.is_some() { &State::ALL } else { &[State::NotStarted] };
    let closed: &[bool] = if file.unit.is_some() { &[false, true] } else { &[false] };
    states.iter().flat_map(|state| closed.iter().map(|closed| (*state, *closed)))
}

/// Enumerates files × states × edited × critical and reports what never makes a difference.
fn columns(rule: &CourseRule, won: &[(&WorkspacePath, &File)], diagnostics: &mut Vec<Diagnostic>) {
    let action = &rule.rule.action;
    let said = |file: &File| -> Vec<Action> {
        standings(file).map(|(state, closed)| action.get(state, closed)).collect()
    };
    let reached =
        |test: &dyn Fn(Action) -> bool| won.iter().any(|(_, file)| said(file).into_iter().any(test));
    if let Some(edited) = &rule.rule.edited {
        let lowers = reached(&|said| said != Action::Freeze && edited.value < said);
        if !lowers {
            let problem = Diagnostic::new(
                Code::ColumnUnreached,
                format!("`edited: {}` never lowers what this rule does", edited.value),
            );
            diagnostics.push(
                problem
                    .at(&edited.span, "")
                    .at(&action.span, "is already as low")
                    .help("`edited` may only lower the action: remove it, or name a weaker one"),
            );
        }
    }
    if let Some(critical) = &rule.rule.critical {
        let raises = won.iter().any(|(_, file)| {
            standings(file).any(|(state, closed)| {
                let said = action.get(state, closed);
                said != Action::Freeze && critical.get(state, closed) > said
            })
        });
        if !raises {
            let frozen = !reached(&|said| said != Action::Freeze);
            let why = if frozen { "a frozen file stays frozen" } else { "is already as high" };
            let problem = Diagnostic::new(
                Code::ColumnUnreached,
                "`critical` never raises what this rule does".to_owned(),
            );
            diagnostics.push(
                problem
                    .at(&critical.span, "")
                    .at(&action.span, why)
                    .help("`critical` may only raise the action: remove it, or name a stronger one"),
            );
        }
    }
    let per_state = action.value != PerState::all(action.not_started);
    if per_state && won.iter().all(|(_, file)| file.unit.is_none()) {
        let problem = Diagnostic::new(
            Code::ColumnUnreached,
            "the actions for states other than `not-started` are never reached: these files do not belong to a unit"
                .to_owned(),
        );
        diagnostics.push(
            problem
                .at(&action.span, "")
                .help("write one action: a file without a unit is always `not-started`"),
        );
    }
}

/// `closed` of a rule for files of units that never close.
fn never_closed(
    rule: &CourseRule,
    won: &[(&WorkspacePath, &File)],
    closing: &BTreeSet<&UnitId>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let closes = |file: &File| file.unit.as_ref().is_some_and(|unit| closing.contains(unit));
    let action = &rule.rule.action;
    if action.value.closed.is_some() && !won.iter().any(|(_, file)| closes(file)) {
        let message = "the action for `closed` is never reached: none of these units closes";
        let problem = Diagnostic::new(Code::ColumnUnreached, message).at(&action.span, "");
        diagnostics.push(
            problem.help("say when they close: `schedule: {units: {ID: {closes: …}}}`; or remove `closed`"),
        );
    }
}

fn replaces_work(rule: &CourseRule, won: &[(&WorkspacePath, &File)], diagnostics: &mut Vec<Diagnostic>) {
    let Some((path, _)) = won.iter().find(|(_, file)| file.role == Role::Work) else { return };
    let begun = [rule.rule.action.in_progress, rule.rule.action.completed].contains(&Action::Replace);
    let lowered = rule.rule.edited.as_ref().is_some_and(|edited| edited.value < Action::Replace);
    if begun && !lowered {
        let problem = Diagnostic::new(
            Code::ReplaceOnWork,
            format!("`replace` on work that students have started, such as `{path}`"),
        );
        diagnostics.push(problem.at(&rule.rule.action.span, "").help("tito always merges an edited work file instead: write `merge` or `offer`, so that the course says what happens"));
    }
}

/// A rule that freezes files before anybody has started: what is frozen never appears where it is not.
fn frozen_from_start(rule: &CourseRule, won: &[(&WorkspacePath, &File)]) -> Option<Diagnostic> {
    let action = &rule.rule.action;
    let (first, _) = won.first().filter(|_| action.not_started == Action::Freeze)?;
    let files = match won.len() {
        1 => format!("`{first}`"),
        count => format!("{count} files, such as `{first}`,"),
    };
    let for_a_time = rule.rule.from.is_some() || rule.rule.until.is_some();
    let message = if for_a_time {
        format!("`freeze` keeps {files} out of every workspace that is created in this time")
    } else {
        format!("`freeze` from the start keeps {files} out of every new workspace")
    };
    let help = if for_a_time || won.iter().all(|(_, file)| file.unit.is_none()) {
        "write `keep`: new workspaces get the files, and no update touches them".to_owned()
    } else {
        format!(
            "write `{{not-started: replace, in-progress: {}, completed: {}}}`: new workspaces get the files, and they stay as they are once their unit is started",
            action.in_progress, action.completed
        )
    };
    Some(Diagnostic::new(Code::FrozenFromStart, message).at(&action.span, "").help(help))
}
