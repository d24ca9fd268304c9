//! A plan as text: one line for each thing, in words that a student understands.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::apply::{Applied, layout};
use crate::compile::AdvisorySeverity;
use crate::id::{Role, State};
use crate::path::WorkspacePath;
use crate::plan::{Announcement, Decision, Notice, OwnFiles, Plan, Request, Situation, Step, UnitChange};

use super::dates::Clock;
use super::open;
use super::out::{Look, Out, clean, paint, shell};
use super::workspace::Planned;

/// Is the plan shown before, or is it done?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tense {
    /// `merges`
    Future,
    /// `merged`
    Past,
}

/// The title: course, and from what to what.
pub(super) fn title(plan: &Plan, out: &Out) {
    if let Request::Unit(unit) = &plan.request {
        out.line(format!("{}   {} alone", paint(Look::Strong, &clean(&plan.course)), clean(unit.as_str())));
        return;
    }
    let base = match &plan.base.from {
        Some(from) if *from != plan.base.to => format!("base {from} → {}", plan.base.to),
        _ => format!("base {}", plan.base.to),
    };
    let lock = match plan.lock.from {
        Some(from) if from != plan.lock.to => {
            format!("   lock {} → {}", &from.short()[..4], &plan.lock.to.short()[..4])
        }
        _ => String::new(),
    };
    out.line(format!("{}   {base}{lock}", paint(Look::Strong, &clean(&plan.course))));
}

/// What a run left as it was, as the run names it: an update that was skipped is none.
#[derive(Default)]
pub(super) struct Skipped<'a>(BTreeSet<&'a str>);

impl<'a> Skipped<'a> {
    pub(super) fn of(applied: &'a Applied) -> Self {
        Self(applied.skipped.iter().map(|(path, _)| path.as_str()).collect())
    }

    /// Was `path`, or the offer for it, skipped?
    pub(super) fn has(&self, path: &WorkspacePath) -> bool {
        self.0.contains(path.as_str()) || self.0.contains(layout::incoming(path).as_str())
    }
}

/// Advisories that cover something of the plan, worst first.
pub(super) fn advisories(plan: &Plan, skipped: &Skipped<'_>, out: &Out) {
    for advisory in &plan.advisories {
        let (mark, word) = match advisory.severity {
            AdvisorySeverity::Critical => (paint(Look::Bad, "!"), "critical "),
            AdvisorySeverity::Normal => (paint(Look::Notice, "!"), ""),
            AdvisorySeverity::Cosmetic => (paint(Look::Quiet, "·"), ""),
        };
        out.line(format!("{mark} {word}{}  {}", clean(&advisory.id), clean(&advisory.title)));
        advisory_files(advisory, skipped, out);
    }
}

fn advisory_files(advisory: &Announcement, skipped: &Skipped<'_>, out: &Out) {
    for path in advisory.fixed.iter().filter(|path| !skipped.has(path)) {
        out.line(format!("    fixes   {}", clean(path.as_str())));
    }
    for path in &advisory.open {
        out.line(format!(
            "    open    {}   this file does not get the fix automatically",
            clean(path.as_str())
        ));
    }
    if let Some(ask) = &advisory.ask {
        out.line(format!("    you     {}", clean(ask)));
    }
}

/// Units that came, went, or have another number.
pub(super) fn units(plan: &Plan, out: &Out) {
    // In a workspace that is only being made every unit is new.
    if plan.base.from.is_none() {
        return;
    }
    for unit in &plan.units {
        let what = match &unit.change {
            UnitChange::Same => continue,
            UnitChange::Added => "is new in this course".to_owned(),
            UnitChange::Removed => "is no longer in this course".to_owned(),
            UnitChange::Renamed(old) => format!("was called {old}"),
            UnitChange::Renumbered(old) if old.is_empty() => format!("is {} now", unit.number),
            UnitChange::Renumbered(old) => format!("was {old}, is {} now", unit.number),
        };
        out.line(format!("  {:<9} {} {}", "unit", clean(unit.id.as_str()), clean(&what)));
    }
}

/// Dates that are others than the student was told. Returns from when on they would be said in other words ([`Clock::lasts`]).
pub(super) fn dates(planned: &Planned, out: &Out) -> Option<Timestamp> {
    let clock = Clock::new(planned.observed.now, planned.target.timezone.as_deref());
    for unit in &planned.plan.units {
        let Some(told) = unit.told else { continue };
        for (what, was, is) in told.changes(&unit.dates) {
            let date = |date: Option<Timestamp>| date.map_or("never".to_owned(), |date| clock.moment(date));
            let text = format!("{what} {} now (before: {})", date(is), date(was));
            out.line(format!("  {:<9} {} {text}", "date", clean(unit.id.as_str())));
        }
    }
    clock.lasts()
}

/// What would happen: one line for each step that does something.
pub(super) fn would(plan: &Plan, out: &Out) {
    steps(plan, Tense::Future, &Skipped::default(), out);
}

/// What happened: one line for each step that did something, then what was set aside, and what was skipped.
pub(super) fn done(plan: &Plan, done: &Applied, out: &Out) {
    steps(plan, Tense::Past, &Skipped::of(done), out);
    applied(done, out);
}

fn steps(plan: &Plan, tense: Tense, skipped: &Skipped<'_>, out: &Out) {
    let shown: Vec<(&Step, &str, String)> = plan
        .steps
        .iter()
        .filter(|step| !skipped.has(&step.path))
        .filter_map(|step| said_of(step, tense).map(|(verb, why)| (step, verb, why)))
        .collect();
    let explained = shown.iter().filter(|(_, _, why)| !why.is_empty()).map(|(step, ..)| &step.path);
    let own_files: Vec<&OwnFiles> = plan.own_files.iter().filter(|own| !skipped.has(&own.to)).collect();
    let exported = plan.exports.iter().filter(|export| export.result.is_some()).map(|export| &export.to);
    let others = own_files.iter().map(|own| &own.to).chain(exported);
    let widths = explained.chain(others).map(|path| path.as_str().chars().count());
    let width = widths.max().unwrap_or(0).min(WIDEST);
    for (step, verb, why) in &shown {
        out.line(line(&step.path, verb, why, width));
    }
    for own in own_files {
        let why = format!("yours; moved from {}", own.from);
        out.line(line(&own.to, word("moves", "moved", tense), &why, width));
    }
    exports(plan, tense, skipped, width, out);
    notices(plan, out);
}

/// Modules that the student exported and that are exported again.
fn exports(plan: &Plan, tense: Tense, skipped: &Skipped<'_>, width: usize, out: &Out) {
    let done = plan.exports.iter().filter(|export| export.result.is_some() && !skipped.has(&export.to));
    for export in done {
        let why = if export.from == export.to {
            "it imports a module that has another name now".to_owned()
        } else {
            format!("the module was {}", export.from)
        };
        out.line(line(&export.to, word("exports", "exported", tense), &why, width));
        if export.leaves {
            let text = format!(
                "{} stays, because it was edited after it was exported: delete it when you no longer need it",
                export.from
            );
            out.line(format!("{} {}", paint(Look::Notice, "!"), clean(&text)));
        }
    }
}

/// What tito found and leaves alone.
pub(super) fn notices(plan: &Plan, out: &Out) {
    for export in &plan.exports {
        let Some(why) = &export.why else { continue };
        let what = if export.from == export.to {
            format!("{} is not exported again: {why}", export.to)
        } else {
            format!("{} is {} in the course now, and is not exported there: {why}", export.from, export.to)
        };
        let text =
            format!("{}: {what} · when that is fixed: tito module export {}", export.unit, export.unit);
        out.line(format!("{} {}", paint(Look::Notice, "!"), clean(&text)));
    }
    for notice in &plan.notices {
        out.line(format!("{} {}", paint(Look::Notice, "!"), clean(&notice_text(notice))));
    }
}

fn word(future: &'static str, past: &'static str, tense: Tense) -> &'static str {
    if tense == Tense::Future { future } else { past }
}

/// Paths are padded to the longest, but not beyond this, so that one long path does not push all notes off the screen.
const WIDEST: usize = 56;

/// What is said of a step, with where it comes from; nothing where there is nothing to say.
fn said_of(step: &Step, tense: Tense) -> Option<(&'static str, String)> {
    let (verb, mut why) = said(step, tense)?;
    if step.outdated {
        let older =
            word("an older text of the course is here", "an older text of the course was here", tense);
        why = if why.is_empty() { older.to_owned() } else { format!("{older}; {why}") };
    }
    if let Some(from) = &step.from {
        let moved = format!("moved from {from}");
        why = if why.is_empty() { moved } else { format!("{moved}; {why}") };
    }
    if let Some(was) = &step.followed {
        let moved = format!("you moved it from {was}; updates go there now");
        why = if why.is_empty() { moved } else { format!("{moved}; {why}") };
    }
    Some((verb, why))
}

/// `  merged    modules/…   2 cells yours, 1 cell fixed`.
fn line(path: &WorkspacePath, verb: &str, why: &str, width: usize) -> String {
    let text = format!("  {verb:<9} {:<width$}   {}", clean(path.as_str()), clean(why));
    text.trim_end().to_owned()
}

fn said(step: &Step, tense: Tense) -> Option<(&'static str, String)> {
    let note = step.note.clone().unwrap_or_default();
    let path = &step.path;
    // The student was told of this version before: all that may happen to the file is that it moves.
    if step.settled.is_some() && step.decision.writes() {
        return step.from.is_some().then(|| (word("moves", "moved", tense), String::new()));
    }
    Some(match step.decision {
        Decision::Merge | Decision::Adopt if step.also_offered => {
            let (present, past) =
                if step.decision == Decision::Merge { ("merges", "merged") } else { ("offers", "offered") };
            (word(present, past, tense), format!("{note} · tito diff --incoming {}", shell(path.as_str())))
        }
        Decision::Nothing | Decision::Adopt if step.from.is_some() => (word("moves", "moved", tense), note),
        Decision::Leave { .. } if step.from.is_some() && !step.leaves_behind() => {
            (word("moves", "moved", tense), note)
        }
        Decision::Nothing | Decision::Adopt | Decision::Leave { .. }
            if step.followed.is_some() && !step.leaves_behind() =>
        {
            (word("finds", "found", tense), note)
        }
        Decision::Nothing | Decision::Adopt | Decision::Forget => return None,
        Decision::Create => (word("adds", "added", tense), note),
        Decision::Mode => {
            let what = if step.executable == Some(true) { "made executable" } else { "no longer executable" };
            (word("updates", "updated", tense), what.to_owned())
        }
        Decision::Write => (word("updates", "updated", tense), note),
        Decision::Merge => (word("merges", "merged", tense), note),
        Decision::Offer => {
            let reason = if note.is_empty() { situation(step) } else { &note };
            let verb = match step.situation {
                Situation::DeletedChanged => "restore",
                // What the student wrote stays in the notebook: no one is to lose it out of sight by following our advice.
                Situation::BothDiffer if note.is_empty() && path.extension() == "ipynb" => "take --merge",
                _ => "take",
            };
            (word("offers", "offered", tense), format!("{reason} · tito {verb} {}", shell(path.as_str())))
        }
        Decision::SetAside => (word("replaces", "replaced", tense), "yours is backed up".to_owned()),
        Decision::Restore => (word("restores", "restored", tense), note),
        Decision::Retire => {
            (word("leaves", "left", tense), "no longer part of the course; it is yours now".to_owned())
        }
        Decision::Remove => (word("removes", "removed", tense), "no longer part of the course".to_owned()),
        Decision::Leave { remember: true } if is_plain(step) => {
            (word("keeps", "kept", tense), "a newer version exists".to_owned())
        }
        Decision::Leave { remember: true } => {
            (word("keeps", "kept", tense), format!("{}; a newer version exists", situation(step)))
        }
        Decision::Leave { remember: false } if is_deleted_work(step) => {
            ("deleted", format!("you deleted it · tito restore {path}"))
        }
        Decision::Leave { remember: false } => return None,
    })
}

/// Did the student delete a notebook, or what else is to be worked on? It is never up to date.
pub(super) fn is_deleted_work(step: &Step) -> bool {
    step.role == Role::Work && matches!(step.situation, Situation::Deleted | Situation::DeletedChanged)
}

/// Neither edited nor completed: the policy alone has it so.
fn is_plain(step: &Step) -> bool {
    !step.state.is_done() && step.situation == Situation::CourseChanged
}

/// Why a file does not simply become the course's.
fn situation(step: &Step) -> &'static str {
    match step.situation {
        Situation::DeletedChanged => "you deleted it",
        Situation::AddedDiffer => "a file of yours is there",
        Situation::BothDiffer if !step.state.is_done() => "you edited it",
        _ if step.closed => "the unit is closed",
        _ if step.state == State::Submitted => "you handed it in",
        _ if step.state == State::Completed => "you completed it",
        _ => "a newer version",
    }
}

/// A notice, for people.
pub(super) fn notice_text(notice: &Notice) -> String {
    match notice {
        Notice::InTheWay { path, obstacle } => format!("{path} is left alone: {obstacle}"),
        Notice::Beside { goal, path, own: false } => {
            format!("a file of yours is at {goal}; the course's is at {path}")
        }
        Notice::Beside { goal, path, own: true } => {
            format!(
                "your own file is at {path} now: {goal}, where it would have gone with its folder, is taken"
            )
        }
        Notice::StaysBehind { path } => {
            format!("{path} stays where it is: it is a link, or its name is not allowed on every system")
        }
        Notice::Unnamed { path, why } => format!(
            "work is missing, and `{}` may be it: tito cannot follow it, because {why}; rename it, and tito finds it",
            clean(path)
        ),
        Notice::OldImport { path, module, today } => {
            format!("{path} imports `{module}`, which is `{today}` now: change that import")
        }
        Notice::TooMany { path } => format!(
            "your own files in {path} stay there: tito moves at most 200,000 files, and none deeper than 64 folders; move them yourself"
        ),
        Notice::Unreadable { path, unit, why } => {
            let help = instead_of(path, unit.as_ref().map(|unit| unit.as_str()));
            format!("{path} cannot be read as a notebook: {why} · {help}")
        }
        Notice::SavedAgain { path, at, .. } => format!(
            "an editor that had {path} open under its old name saved it again as {at}; the two differ, and tito uses {path} only · copy what is newer in {at} into {path}, close {at} in the editor, then delete it"
        ),
        Notice::Progress(unsettled) => format!("progress.json: `{}` {}", unsettled.entry, unsettled.why),
    }
}

/// What a student can do without the notebook at `path`, which cannot be read.
pub(super) fn instead_of(path: &WorkspacePath, unit: Option<&str>) -> String {
    let reset = unit.map(|unit| format!(" · begin again: tito module reset {unit}")).unwrap_or_default();
    format!("copies of it: tito backups {}{reset}", shell(path.as_str()))
}

/// What was set aside, and where; and what was skipped because it changed meanwhile.
pub(super) fn applied(applied: &Applied, out: &Out) {
    for kept in &applied.kept {
        out.line(format!("  {:<9} {}   as {}", "backed up", clean(&kept.was), clean(&kept.now)));
    }
    for (path, reason) in &applied.skipped {
        let mark = paint(Look::Notice, "!");
        out.line(format!("{mark} {:<9} {}   {}", "skipped", clean(path), clean(&reason.to_string())));
    }
}

/// Files of which there is nothing to say.
pub(super) fn up_to_date(plan: &Plan) -> usize {
    let is_so = |step: &&Step| !step.changes() && !step.leaves_behind() && !open::is_deleted(step);
    plan.steps.iter().filter(is_so).count()
}
