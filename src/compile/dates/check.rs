//! Dates that can be, and are probably not what was meant.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::course::{Course, Dated};
use crate::diagnostic::{Code, Diagnostic};
use crate::id::{Mode, UnitId, UnitKind};
use crate::schedule::Term;

use super::{Of, Resolved, monday, shown};
use crate::compile::Unit;

/// A date this many days before or after where the term is expected is a slip: another year.
const FAR: i32 = 400;
/// A list of breaks may be that of a whole year; what ends so many days before the term is of another one.
const LONG_BEFORE: i32 = 200;
/// A break of so many days is a slip: no holidays are as long.
const LONG: i32 = 120;

pub(super) fn check(
    (course, dated): (&Course, &Dated),
    units: &[Unit],
    all: &BTreeMap<UnitId, Of<'_>>,
    term: &Term,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (id, of) in all {
        turned(id, of, term, diagnostics);
    }
    outside(course, all, term, diagnostics);
    in_breaks(course, all, term, diagnostics);
    missing(dated, units, all, diagnostics);
    requirements(units, all, term, diagnostics);
    order(units, all, term, diagnostics);
    hours(course, units, all, term, diagnostics);
}

/// Due before it opens, or closed before it is due.
fn turned(id: &UnitId, of: &Of<'_>, term: &Term, diagnostics: &mut Vec<Diagnostic>) {
    let pairs = [
        (&of.opens, "opens", &of.due, "is due"),
        (&of.due, "is due", &of.closes, "closes"),
        (&of.opens, "opens", &of.closes, "closes"),
    ];
    for (first, opens, second, closes) in pairs {
        let (Some(first), Some(second)) = (first, second) else { continue };
        // With all three, the middle one says it already.
        let said = opens == "opens" && closes == "closes" && of.due.is_some();
        if second.moment.at < first.moment.at && !said {
            diagnostics.push(
                Diagnostic::new(Code::ScheduleTurned, format!("`{id}` {closes} before it {opens}"))
                    .at(second.span, format!("{closes} {}", shown(second.moment.at, term)))
                    .at(first.span, format!("{opens} {}", shown(first.moment.at, term)))
                    .help("a unit opens first, then it is due, then it closes"),
            );
        }
    }
}

fn every<'a, 'b>(all: &'b BTreeMap<UnitId, Of<'a>>) -> impl Iterator<Item = (&'b UnitId, &'b Resolved<'a>)> {
    let dates = |(id, of): (&'b UnitId, &'b Of<'a>)| {
        [&of.opens, &of.due, &of.closes].into_iter().flatten().map(move |date| (id, date))
    };
    all.iter().flat_map(dates)
}

/// Dates before the start, or so far from the others that the year must be wrong.
fn outside(course: &Course, all: &BTreeMap<UnitId, Of<'_>>, term: &Term, diagnostics: &mut Vec<Diagnostic>) {
    let mut days: Vec<Date> = every(all).map(|(_, date)| date.moment.local.date()).collect();
    days.sort_unstable();
    let Some(middle) = term.start.or_else(|| days.get(days.len() / 2).copied()) else { return };
    let start = course.schedule.start.as_ref();
    let days_between = |from: Date, to: Date| from.until(to).map_or(i32::MAX, |span| span.get_days());
    for (id, date) in every(all) {
        let day = date.moment.local.date();
        let away = days_between(middle, day);
        let message = match start {
            Some(_) if away < 0 => format!("a date of `{id}` is before the term: {day}"),
            _ if away.abs() > FAR => {
                format!("a date of `{id}` is more than a year away from the term: {day}")
            }
            _ => continue,
        };
        diagnostics.push(
            Diagnostic::new(Code::ScheduleOutsideTerm, message)
                .at(date.span, "")
                .at_some(start.map(|start| &start.span), "the term starts here")
                .help("check the year and the month"),
        );
    }
    for pause in &course.schedule.breaks {
        let (from, until) = (pause.value.from, pause.value.until);
        let days = days_between(from, until).saturating_add(1);
        let message = if days > LONG {
            format!("this break has {days} days: every week after it is moved by as much")
        } else if days_between(middle, from).abs() > FAR {
            format!("this break is more than a year away from the term: {from}")
        } else if days_between(until, middle) > LONG_BEFORE {
            format!("this break is long before the term: {from}")
        } else {
            continue;
        };
        diagnostics.push(
            Diagnostic::new(Code::ScheduleOutsideTerm, message)
                .at(&pause.span, "")
                .help("check the year and the month"),
        );
    }
}

/// Dates on which there is no teaching.
fn in_breaks(
    course: &Course,
    all: &BTreeMap<UnitId, Of<'_>>,
    term: &Term,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (id, of) in all {
        for (date, what) in [(&of.opens, "opens"), (&of.due, "is due")] {
            let Some(date) = date else { continue };
            let day = date.moment.local.date();
            let Some(pause) = course.schedule.breaks.iter().find(|pause| pause.value.contains(day)) else {
                continue;
            };
            diagnostics.push(
                Diagnostic::new(Code::ScheduleInBreak, format!("`{id}` {what} in a break"))
                    .at(date.span, shown(date.moment.at, term))
                    .at(&pause.span, "there is no teaching on these days")
                    .help("choose a day before or after the break"),
            );
        }
    }
}

/// Units that students work on without any date, where others have some.
fn missing(dated: &Dated, units: &[Unit], all: &BTreeMap<UnitId, Of<'_>>, diagnostics: &mut Vec<Diagnostic>) {
    let worked_on =
        |unit: &&Unit| unit.mode == Mode::Do && !unit.optional && unit.kind != UnitKind::Milestone;
    let (with, without): (Vec<&Unit>, Vec<&Unit>) =
        units.iter().filter(worked_on).partition(|unit| !unit.dates.is_empty() || all.contains_key(&unit.id));
    let (Some(last), Some(first)) = (dated.units.values().last(), without.first()) else { return };
    if with.is_empty() {
        return;
    }
    let names: Vec<String> = without.iter().take(3).map(|unit| format!("`{}`", unit.id)).collect();
    let more = if without.len() > 3 { format!(" and {} more", without.len() - 3) } else { String::new() };
    let have = if without.len() == 1 { "has" } else { "have" };
    let message =
        format!("{}{more} {have} no dates, and {} other units have some", names.join(", "), with.len());
    diagnostics.push(
        Diagnostic::new(Code::ScheduleNoDates, message)
            .at(&last.id.span, "the last unit that has dates")
            .help(format!(
                "add `{}: {{opens: …, due: …}}`; a unit without dates is open from the start and never due",
                first.id
            )),
    );
}

/// Units that open before one that they need.
fn requirements(
    units: &[Unit],
    all: &BTreeMap<UnitId, Of<'_>>,
    term: &Term,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for unit in units {
        for needed in &unit.requires {
            let opens = |id: &UnitId| all.get(id).and_then(|of| of.opens.as_ref());
            let Some(later) = opens(needed) else { continue };
            let own = opens(&unit.id);
            // When it opens is not known.
            if own.is_none() && all.get(&unit.id).is_some_and(|of| of.is_unread) {
                continue;
            }
            // A milestone waits for what it needs, whenever that opens.
            if unit.kind == UnitKind::Milestone && own.is_none() {
                continue;
            }
            let at = own.map_or(Timestamp::MIN, |own| own.moment.at);
            if at >= later.moment.at || unit.mode == Mode::Provided {
                continue;
            }
            let message = format!("`{}` opens before `{needed}`, which it needs", unit.id);
            let problem = Diagnostic::new(Code::ScheduleBeforeRequirement, message);
            let problem = match own {
                Some(own) => problem
                    .at(own.span, format!("opens {}", shown(own.moment.at, term)))
                    .at(later.span, format!("`{needed}` opens {}", shown(later.moment.at, term))),
                None => {
                    problem.at(later.span, format!("`{}` has no date, and is open from the start", unit.id))
                }
            };
            diagnostics.push(problem.help(format!("open `{needed}` earlier, or `{}` later", unit.id)));
        }
    }
}

/// Units that open before one that is before them in the course, and that they do not need (which is said otherwise).
fn order(units: &[Unit], all: &BTreeMap<UnitId, Of<'_>>, term: &Term, diagnostics: &mut Vec<Diagnostic>) {
    let mut latest: Option<(&Unit, &Resolved<'_>)> = None;
    for unit in units.iter().filter(|unit| unit.kind != UnitKind::Milestone) {
        let Some(own) = all.get(&unit.id).and_then(|of| of.opens.as_ref()) else { continue };
        if let Some((earlier, opens)) = latest.filter(|(_, opens)| opens.moment.at > own.moment.at) {
            if !unit.requires.contains(&earlier.id) {
                let message =
                    format!("`{}` is after `{}` in the course, and opens before it", unit.id, earlier.id);
                diagnostics.push(
                    Diagnostic::new(Code::ScheduleAgainstOrder, message)
                        .at(own.span, format!("opens {}", shown(own.moment.at, term)))
                        .at(opens.span, format!("`{}` opens {}", earlier.id, shown(opens.moment.at, term)))
                        .help("change the dates, or the order of `modules`"),
                );
            }
            continue;
        }
        latest = Some((unit, own));
    }
}

/// Weeks in which more hours of work are due than the course wants.
fn hours(
    course: &Course,
    units: &[Unit],
    all: &BTreeMap<UnitId, Of<'_>>,
    term: &Term,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(limit) = &course.schedule.hours_per_week else { return };
    let mut weeks: BTreeMap<Date, Vec<(&Unit, &Resolved<'_>)>> = BTreeMap::new();
    for unit in units {
        let Some(due) = all.get(&unit.id).and_then(|of| of.due.as_ref()) else { continue };
        if let Some(monday) = monday(due.moment.local.date()) {
            weeks.entry(monday).or_default().push((unit, due));
        }
    }
    for (monday, due) in weeks {
        let total: u64 = due.iter().filter_map(|(unit, _)| unit.hours).sum();
        if total <= limit.value {
            continue;
        }
        let week = term.week_of(monday).map_or_else(|| format!("of {monday}"), |week| format!("{week}"));
        let message =
            format!("{total} hours of work are due in week {week}, and `hours-per-week` is {}", limit.value);
        let mut problem = Diagnostic::new(Code::ScheduleHours, message);
        for (unit, date) in due {
            let hours = unit.hours.map_or_else(
                || "no hours are given".to_owned(),
                |hours| format!("{hours} hour{}", if hours == 1 { "" } else { "s" }),
            );
            problem = problem.at(date.span, format!("`{}`: {hours}", unit.id));
        }
        diagnostics.push(
            problem.at(&limit.span, "the most that is wanted").help("make one of them due in another week"),
        );
    }
}
