//! The schedule of a course → the dates of its units and the times of its rules, as moments; and what is wrong with them.

mod check;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use crate::catalog::Catalog;
use crate::course::layer;
use crate::course::{Course, Dated, UnitDates};
use crate::diagnostic::{Code, Diagnostic, Severity, quoted};
use crate::id::{Mode, UnitId};
use crate::schedule::{Dates, Edge, Moment, Term, Trouble, When, Window, Zone, nearest_zone};
use crate::source::{Span, Spanned};

use super::Unit;
use super::unknown::unknown_unit;

/// A date of a unit, where it is written, and what it means.
struct Resolved<'a> {
    span: &'a Span,
    moment: Moment,
}

/// The dates of one unit.
#[derive(Default)]
struct Of<'a> {
    opens: Option<Resolved<'a>>,
    due: Option<Resolved<'a>>,
    closes: Option<Resolved<'a>>,
    /// Is one of them written, and not understood?
    is_unread: bool,
}

/// Gives `units` the dates that the course writes, and returns what dates of the course are counted from. What is wrong is
/// reported; a date that means nothing is left out.
pub(super) fn resolve(
    course: &Course,
    catalog: &Catalog,
    units: &mut [Unit],
    diagnostics: &mut Vec<Diagnostic>,
) -> Term {
    let today = |id: &UnitId| course.renamed(id).unwrap_or_else(|| catalog.current(id)).clone();
    let dated = course.schedule.dates(today);
    let term = term(course, &dated, diagnostics);
    diagnostics.extend(dated.twice.iter().map(|names| twice(names, &today(&names[0].value))));
    let mut all: BTreeMap<UnitId, Of<'_>> = BTreeMap::new();
    for (today, written) in &dated.units {
        let Spanned { value: id, span } = &written.id;
        let Some(unit) = units.iter_mut().find(|unit| unit.id == *today) else {
            let help = "remove its dates, or add the unit to the course";
            let code = Code::ScheduleUnknownUnit;
            diagnostics.push(unknown_unit(code, id, span, help, (course, catalog, units)));
            continue;
        };
        if unit.mode == Mode::Provided {
            let message = format!("`{id}` ships solved, so no one works on it: it has no dates");
            let problem = Diagnostic::new(Code::ScheduleUnknownUnit, message).at(span, "");
            diagnostics.push(problem.help("remove its dates, or let students work through it: `mode: do`"));
            continue;
        }
        let dates = dates(written, &term, diagnostics);
        unit.dates = Dates {
            opens: dates.opens.as_ref().map(|date| date.moment.at),
            due: dates.due.as_ref().map(|date| date.moment.at),
            closes: dates.closes.as_ref().map(|date| date.moment.at),
        };
        all.insert(unit.id.clone(), dates);
    }
    check::check((course, &dated), units, &all, &term, diagnostics);
    term
}

/// One layer gives dates to the unit `today` under two of its names.
fn twice([first, second]: &[Spanned<UnitId>; 2], today: &UnitId) -> Diagnostic {
    let message = format!("`{}` and `{}` are one unit, and both have dates here", first.value, second.value);
    let problem = Diagnostic::new(Code::DuplicateKey, message).at(&second.span, "the second time");
    problem
        .at(&first.span, "the first time")
        .help(format!("write all of its dates under the name that it has now, `{today}`"))
}

/// The time in which a rule applies.
pub(super) fn window(rule: &layer::Rule, term: &Term, diagnostics: &mut Vec<Diagnostic>) -> Window {
    let from = moment(rule.from.as_ref(), Edge::Start, Before::Never, term, diagnostics);
    let until = moment(rule.until.as_ref(), Edge::End, Before::Never, term, diagnostics);
    let [from, until] = [from, until].map(|date| date.map(|date| date.moment.at));
    let window = Window { from, until };
    if let (Some(first), Some(last), Some(start), Some(end)) = (from, until, &rule.from, &rule.until)
        && last < first
    {
        diagnostics.push(
            Diagnostic::new(Code::ScheduleEmptyWindow, "this rule never applies: it ends before it starts")
                .at(&end.span, format!("ends on {}", shown(last, term)))
                .at(&start.span, format!("starts on {}", shown(first, term)))
                .help("exchange the two, or correct one of them"),
        );
    }
    window
}

/// What the dates of the course are counted from.
fn term(course: &Course, dated: &Dated, diagnostics: &mut Vec<Diagnostic>) -> Term {
    let schedule = &course.schedule;
    let zone = match &schedule.timezone {
        Some(name) => Zone::named(&name.value).unwrap_or_else(|| {
            let message = format!("there is no time zone `{}`", quoted(&name.value));
            let help = match nearest_zone(&name.value) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write the zone's name in the IANA database: a region and a city, such as `Europe/Stockholm`, or `UTC`".to_owned(),
            };
            diagnostics.push(Diagnostic::new(Code::ScheduleUnknownZone, message).at(&name.span, "").help(help));
            Zone::utc()
        }),
        None => {
            diagnostics.extend(first_date(course, dated).map(|place| {
                Diagnostic::new(Code::ScheduleNoZone, "the dates of this course do not say in which time zone they are")
                    .at(place, "taken as UTC")
                    .help("name it: `schedule: {timezone: Europe/Stockholm, …}`")
            }));
            Zone::utc()
        }
    };
    if let Some(start) = schedule.start.as_ref().filter(|start| start.value.weekday() != Weekday::Monday) {
        let message = format!(
            "`start` is the Monday of week 1, and {} is a {}",
            start.value,
            start.value.strftime("%A")
        );
        let problem = Diagnostic::new(Code::ScheduleStart, message).at(&start.span, "");
        diagnostics.push(match monday(start.value) {
            Some(monday) => problem.help(format!(
                "write `{monday}`, the Monday of that week; units may open on any day: `week 1 wed`"
            )),
            None => problem.help("write the Monday of that week"),
        });
    }
    let mut breaks: Vec<&Spanned<_>> = schedule.breaks.iter().collect();
    breaks.sort_by_key(|pause| pause.value.from);
    for pause in breaks.iter().filter(|pause| pause.value.until < pause.value.from) {
        let problem =
            Diagnostic::new(Code::ScheduleBreak, "this break ends before it starts").at(&pause.span, "");
        diagnostics.push(problem.help("`from` is its first day and `until` its last; both are free"));
    }
    for pair in breaks.windows(2) {
        if let [first, second] = pair
            && second.value.from <= first.value.until
        {
            diagnostics.push(
                Diagnostic::new(Code::ScheduleBreak, "two breaks have days in common")
                    .at(&second.span, "")
                    .at(&first.span, "the other one")
                    .help("write one break from the first day to the last"),
            );
        }
    }
    let breaks = breaks.into_iter().map(|pause| pause.value).collect();
    Term { zone, start: schedule.start.as_ref().map(|start| start.value), breaks }
}

/// Where the first date is written that needs a zone.
fn first_date<'a>(course: &'a Course, dated: &'a Dated) -> Option<&'a Span> {
    let of_units = dated.units.values().flat_map(|unit| [&unit.opens, &unit.due, &unit.closes]);
    let of_rules = course.rules.iter().flat_map(|rule| [&rule.rule.from, &rule.rule.until]);
    of_units.chain(of_rules).flatten().map(|when| &when.span).next()
}

fn dates<'a>(written: &'a UnitDates, term: &Term, diagnostics: &mut Vec<Diagnostic>) -> Of<'a> {
    let at = |date: &Option<Resolved<'_>>| Before::Date(date.as_ref().map(|date| date.moment.at));
    // What is counted from a date that could not be understood was said with that.
    let counted = |when: &&Spanned<When>, is_unread: bool| !(is_unread && is_relative(&when.value));
    let mut is_unread = written.is_unread;
    let opens = moment(written.opens.as_ref(), Edge::Start, Before::Date(None), term, diagnostics);
    is_unread |= written.opens.is_some() && opens.is_none();
    let due = written.due.as_ref().filter(|when| counted(when, is_unread));
    let opening = Before::Opening(opens.as_ref().map(|date| date.moment.at));
    let due = moment(due, Edge::End, opening, term, diagnostics);
    is_unread |= written.due.is_some() && due.is_none();
    let closes = written.closes.as_ref().filter(|when| counted(when, is_unread));
    let closes = moment(closes, Edge::End, at(&due), term, diagnostics);
    Of { opens, due, closes, is_unread }
}

/// What a date may be counted from.
#[derive(Clone, Copy)]
enum Before {
    /// The unit's date before it, where there is one.
    Date(Option<Timestamp>),
    /// When it opens, for `due`, which cannot be counted from itself.
    Opening(Option<Timestamp>),
    /// Nothing, in this place: a rule has no date before.
    Never,
}

fn is_relative(when: &When) -> bool {
    matches!(when, When::Later { .. } | When::Due)
}

/// The moment of a date; why there is none is reported.
fn moment<'a>(
    written: Option<&'a Spanned<When>>,
    edge: Edge,
    before: Before,
    term: &Term,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Resolved<'a>> {
    let written = written?;
    let known = match before {
        Before::Date(at) => at,
        Before::Opening(at) => at.filter(|_| !matches!(written.value, When::Due)),
        Before::Never => None,
    };
    let trouble = match term.moment(&written.value, edge, known) {
        Ok(moment) => {
            if moment.is_repeated && !is_relative(&written.value) {
                diagnostics.push(repeated(&written.span, moment, edge, term));
            }
            return Some(Resolved { span: &written.span, moment });
        }
        Err(trouble) => trouble,
    };
    let (code, message, help) = match trouble {
        Trouble::NoStart => (
            Code::ScheduleNoStart,
            "weeks are counted from `start`, and the course has none".to_owned(),
            "write the Monday of week 1: `schedule: {start: 2027-08-30, …}`".to_owned(),
        ),
        Trouble::NothingBefore => (
            Code::ScheduleNothingBefore,
            "there is no date that this could be counted from".to_owned(),
            match before {
                Before::Opening(Some(_)) => "only `closes` may be `due`: write a day, a week, or a time after it opens (`2 weeks later`)",
                Before::Date(_) | Before::Opening(None) => "`due` is counted from `opens`, and `closes` from `due`: give that date, or write a day or a week here",
                Before::Never => "a rule has no date before it: write a day (`2027-09-17`) or a week of the term (`week 2 fri`)",
            }
            .to_owned(),
        ),
        Trouble::Gap(_, then) => (
            Code::ScheduleNoSuchTime,
            format!("clocks in {} leave this time out: summer time starts", term.zone.name()),
            format!("write another time, such as `{}`", then.strftime("%Y-%m-%d %H:%M")),
        ),
        Trouble::TooFar => (
            Code::ScheduleOutsideTerm,
            "this date is too far away".to_owned(),
            "write a date within the term".to_owned(),
        ),
    };
    let mut problem = Diagnostic::new(code, message).at(&written.span, "").help(help);
    if trouble == Trouble::TooFar {
        problem.severity = Severity::Error;
    }
    diagnostics.push(problem);
    None
}

fn repeated(span: &Span, moment: Moment, edge: Edge, term: &Term) -> Diagnostic {
    let which = match edge {
        Edge::Start => "the first of the two",
        Edge::End => "the second of the two",
    };
    let message = format!("clocks in {} show this time twice that day: summer time ends", term.zone.name());
    Diagnostic::new(Code::ScheduleRepeatedTime, message)
        .at(span, format!("taken as {which}, {}", moment.at))
        .help("write a time before or after the hour that comes twice")
}

/// A moment as messages show it: in the zone of the course.
fn shown(at: Timestamp, term: &Term) -> String {
    term.zone.format(at, "%a %Y-%m-%d %H:%M")
}

fn monday(date: Date) -> Option<Date> {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(jiff::ToSpan::days(back)).ok()
}
