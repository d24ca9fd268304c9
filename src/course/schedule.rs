//! `schedule`: when units open, are due and close, as layers write it; and the layers folded into one.
//!
//! Inner layers set single dates of single units; null takes back what was inherited. What a date means is the target's question.

use indexmap::IndexMap;
use jiff::civil::Date;

use super::fields::{field, field_of, text};
use super::layer::{Field, LayerSchedule, UnitWhen};
use crate::id::UnitId;
use crate::schedule::{Break, When, date};
use crate::source::Spanned;
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
    /// Is it written somewhere, and not a day?
    pub start_is_unread: bool,
    /// Days without teaching.
    pub breaks: Vec<Spanned<Break>>,
    /// The most hours of work due in one week that are not reported.
    pub hours_per_week: Option<Spanned<u64>>,
    /// What each layer says of the dates of units, outermost first. A layer may call a unit by another of its names than the others do.
    units: Vec<IndexMap<UnitId, Field<UnitWhen>>>,
}

/// The dates of a unit, as the course writes them.
#[derive(Clone, Debug)]
pub struct UnitDates {
    /// Its id as the innermost layer writes it that speaks of it.
    pub id: Spanned<UnitId>,
    /// `opens`.
    pub opens: Option<Spanned<When>>,
    /// `due`.
    pub due: Option<Spanned<When>>,
    /// `closes`.
    pub closes: Option<Spanned<When>>,
    /// Was one of them written, and not understood?
    pub is_unread: bool,
}

/// The dates of units, by today's ids.
#[derive(Debug, Default)]
pub struct Dated {
    /// By unit, in the order in which they were first written.
    pub units: IndexMap<UnitId, UnitDates>,
    /// Two names of one unit in one layer: the first and the second.
    pub twice: Vec<[Spanned<UnitId>; 2]>,
}

impl Schedule {
    /// Does it say nothing?
    pub fn is_empty(&self) -> bool {
        let says_nothing = self.timezone.is_none() && self.start.is_none() && self.breaks.is_empty();
        says_nothing && self.dates(UnitId::clone).units.is_empty()
    }

    /// The dates of units, those of inner layers over those of outer ones. `today` knows the id that a unit has now.
    pub fn dates(&self, today: impl Fn(&UnitId) -> UnitId) -> Dated {
        let mut all = Dated::default();
        for layer in &self.units {
            let mut named: IndexMap<UnitId, Spanned<UnitId>> = IndexMap::new();
            for (written, unit) in layer {
                let Some(span) = unit.span() else { continue };
                let (id, written) = (today(written), Spanned::new(written.clone(), span.clone()));
                if let Some(first) = named.get(&id) {
                    all.twice.push([first.clone(), written]);
                    continue;
                }
                named.insert(id.clone(), written.clone());
                match unit.given() {
                    Some(dates) => {
                        over(all.units.entry(id).or_insert_with(|| none(&written)), written, dates)
                    }
                    None => {
                        all.units.shift_remove(&id);
                    }
                }
            }
        }
        all
    }
}

fn none(id: &Spanned<UnitId>) -> UnitDates {
    UnitDates { id: id.clone(), opens: None, due: None, closes: None, is_unread: false }
}

/// Puts the `dates` that an inner layer writes for `id` over those that are known.
fn over(known: &mut UnitDates, id: Spanned<UnitId>, dates: &UnitWhen) {
    known.id = id;
    known.is_unread |= dates.is_unread;
    set(&mut known.opens, &dates.opens);
    set(&mut known.due, &dates.due);
    set(&mut known.closes, &dates.closes);
}

/// Reads `schedule`. What does not have the shape was reported, and is left out.
pub(super) fn read(root: &Node) -> LayerSchedule {
    let at = (root, "schedule");
    let units_key = root.get(at.1).and_then(|schedule| schedule.key("units"));
    let start = field_of(at, "start", day);
    let start_is_unread = matches!(start, Field::Absent)
        && root.get(at.1).is_some_and(|schedule| schedule.get("start").is_some());
    LayerSchedule {
        timezone: field_of(at, "timezone", text),
        start,
        start_is_unread,
        breaks: field_of(at, "breaks", |list| {
            let pause = |item: &Node| {
                let (from, until) = (day(item.get("from")?)?, day(item.get("until")?)?);
                Some(Spanned::new(Break { from: from.value, until: until.value }, item.span.clone()))
            };
            Some(Spanned::new(list.items().iter().filter_map(pause).collect(), list.span.clone()))
        }),
        hours_per_week: field_of(at, "hours-per-week", Node::parsed),
        units: field_of(at, "units", |units| {
            let span = units_key.unwrap_or(units).span.clone();
            Some(Spanned::new(units.entries().iter().filter_map(unit).collect(), span))
        }),
    }
}

fn unit((key, value): &(Node, Node)) -> Option<(UnitId, Field<UnitWhen>)> {
    let id = key.parsed::<UnitId>()?;
    if value.is_null() {
        return Some((id.value, Field::Deleted(id.span)));
    }
    let of = |name: &str| field(Some(value), name, Node::parsed);
    let is_unread = ["opens", "due", "closes"]
        .into_iter()
        .any(|name| value.get(name).is_some() && matches!(of(name), Field::Absent));
    let dates = UnitWhen { opens: of("opens"), due: of("due"), closes: of("closes"), is_unread };
    Some((id.value, Field::Given(Spanned::new(dates, id.span))))
}

fn day(node: &Node) -> Option<Spanned<Date>> {
    Some(Spanned::new(date(node.text()?).ok()?, node.span.clone()))
}

/// Folds the schedules of layers, outermost first.
pub(super) fn fold<'a>(layers: impl Iterator<Item = &'a LayerSchedule>) -> Schedule {
    let mut all = Schedule::default();
    for layer in layers {
        set(&mut all.timezone, &layer.timezone);
        set(&mut all.start, &layer.start);
        all.start_is_unread |= layer.start_is_unread;
        set(&mut all.hours_per_week, &layer.hours_per_week);
        match &layer.breaks {
            Field::Absent => {}
            Field::Deleted(_) => all.breaks.clear(),
            Field::Given(breaks) => all.breaks.clone_from(&breaks.value),
        }
        match &layer.units {
            Field::Absent => {}
            Field::Deleted(_) => all.units.clear(),
            Field::Given(units) => all.units.push(units.value.clone()),
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
