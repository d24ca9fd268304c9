//! `schedule`: when units open, are due and close, as layers write it; and the layers folded into one.
//!
//! Inner layers set single dates of single units; null takes back what was inherited. What a date means is the target's question.

use indexmap::IndexMap;
use jiff::civil::Date;

use super::fields::{field, text};
use super::layer::{Field, LayerSchedule, UnitWhen};
use crate::id::UnitId;
use crate::schedule::{Break, When, date};
use crate::source::{Span, Spanned};
use crate::yaml::{Key, Node, Shape, TextKind};

const DAY: Shape = Shape::Text(TextKind::Day);
const WHEN: Shape = Shape::Text(TextKind::When);

/// The map `schedule`.
pub(super) const SHAPE: Shape = Shape::Map(&[
    Key::optional(
        "timezone",
        "the zone of all dates of the schedule, by its IANA name, such as `Europe/Stockholm`",
        Shape::Text(TextKind::Line),
    ),
    Key::optional("start", "the Monday of week 1: the one date that a new term changes", DAY),
    Key::optional(
        "breaks",
        "days without teaching; a week from Monday to Friday of them is not counted",
        Shape::List(&Shape::Map(&[
            Key::required("from", "the first day", DAY),
            Key::required("until", "the last day", DAY),
        ])),
    ),
    Key::optional(
        "hours-per-week",
        "more hours of work than this, due in one week, are reported",
        Shape::Text(TextKind::Count),
    ),
    Key::optional(
        "units",
        "the dates of units, by id",
        Shape::Table(
            TextKind::Id,
            &Shape::Map(&[
                Key::optional(
                    "opens",
                    "before it, students see the title and this date, and no files: `week 2`, `week 2 mon 09:00`, `2027-09-06`",
                    WHEN,
                ),
                Key::optional(
                    "due",
                    "what is handed in later is late: `week 2 fri 23:59`, `2027-09-17`, `1 week later`",
                    WHEN,
                ),
                Key::optional(
                    "closes",
                    "after it, rules with `closed` apply: a date, `due`, or `2 days later`; default: never",
                    WHEN,
                ),
            ]),
        ),
    ),
]);

/// The schedules of all layers folded into one.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// The name of the zone.
    pub timezone: Option<Spanned<String>>,
    /// The Monday of week 1.
    pub start: Option<Spanned<Date>>,
    /// Days without teaching.
    pub breaks: Vec<Spanned<Break>>,
    /// The most hours of work due in one week that are not reported.
    pub hours_per_week: Option<Spanned<u64>>,
    /// The dates of units, in the order in which they were first written.
    pub units: IndexMap<UnitId, UnitDates>,
}

/// The dates of a unit, as the course writes them.
#[derive(Clone, Debug)]
pub struct UnitDates {
    /// Where its id is.
    pub span: Span,
    /// `opens`.
    pub opens: Option<Spanned<When>>,
    /// `due`.
    pub due: Option<Spanned<When>>,
    /// `closes`.
    pub closes: Option<Spanned<When>>,
}

impl Schedule {
    /// Does it say nothing?
    pub fn is_empty(&self) -> bool {
        self.timezone.is_none() && self.start.is_none() && self.breaks.is_empty() && self.units.is_empty()
    }
}

/// Reads `schedule`. What does not have the shape was reported, and is left out.
pub(super) fn read(node: Option<&Node>) -> LayerSchedule {
    let Some(node) = node else { return LayerSchedule::default() };
    LayerSchedule {
        is_new: node.is_null(),
        timezone: field(Some(node), "timezone", text),
        start: field(Some(node), "start", day),
        breaks: field(Some(node), "breaks", |list| {
            let pause = |item: &Node| {
                let (from, until) = (day(item.get("from")?)?, day(item.get("until")?)?);
                Some(Spanned::new(Break { from: from.value, until: until.value }, item.span.clone()))
            };
            Some(Spanned::new(list.items().iter().filter_map(pause).collect(), list.span.clone()))
        }),
        hours_per_week: field(Some(node), "hours-per-week", Node::parsed),
        units: node.get("units").map(Node::entries).unwrap_or_default().iter().filter_map(unit).collect(),
        units_span: node.key("units").map(|key| key.span.clone()),
    }
}

fn unit((key, value): &(Node, Node)) -> Option<(UnitId, Field<UnitWhen>)> {
    let id = key.parsed::<UnitId>()?;
    if value.is_null() {
        return Some((id.value, Field::Deleted(id.span)));
    }
    let of = |name: &str| field(Some(value), name, Node::parsed);
    let dates = UnitWhen { opens: of("opens"), due: of("due"), closes: of("closes") };
    Some((id.value, Field::Given(Spanned::new(dates, id.span))))
}

fn day(node: &Node) -> Option<Spanned<Date>> {
    Some(Spanned::new(date(node.text()?).ok()?, node.span.clone()))
}

/// Folds the schedules of layers, outermost first.
pub(super) fn fold<'a>(layers: impl Iterator<Item = &'a LayerSchedule>) -> Schedule {
    let mut all = Schedule::default();
    for layer in layers {
        if layer.is_new {
            all = Schedule::default();
        }
        set(&mut all.timezone, &layer.timezone);
        set(&mut all.start, &layer.start);
        set(&mut all.hours_per_week, &layer.hours_per_week);
        match &layer.breaks {
            Field::Absent => {}
            Field::Deleted(_) => all.breaks.clear(),
            Field::Given(breaks) => all.breaks.clone_from(&breaks.value),
        }
        for (id, unit) in &layer.units {
            match unit {
                Field::Absent => {}
                Field::Deleted(_) => {
                    all.units.shift_remove(id);
                }
                Field::Given(dates) => {
                    let none = UnitDates { span: dates.span.clone(), opens: None, due: None, closes: None };
                    let known = all.units.entry(id.clone()).or_insert(none);
                    known.span = dates.span.clone();
                    set(&mut known.opens, &dates.value.opens);
                    set(&mut known.due, &dates.value.due);
                    set(&mut known.closes, &dates.value.closes);
                }
            }
        }
    }
    all
}

fn set<T: Clone>(value: &mut Option<Spanned<T>>, written: &Field<T>) {
    match written {
        Field::Absent => {}
        Field::Deleted(_) => *value = None,
        Field::Given(given) => *value = Some(given.clone()),
    }
}
