//! The dates of a course as a calendar (RFC 5545), for the program in which people keep their other dates.
//!
//! An entry is known by course, run, unit and what happens then: a date that changes moves the entry that is there. The time stamp that the
//! standard asks for is the date itself, so that the same course gives the same bytes.

use icalendar::{Calendar, Component, Event};
use jiff::Timestamp;

use crate::release::manifest::{Manifest, Unit};
use crate::schedule::Zone;

/// The calendar of a course. None: no unit has a date.
pub fn calendar(manifest: &Manifest) -> Option<String> {
    let course = &manifest.course;
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//tito//course calendar//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .name(&course.title);
    let events: Vec<Event> = manifest
        .units
        .iter()
        .flat_map(|unit| dates(unit).map(move |date| event(manifest, unit, date)))
        .collect();
    if events.is_empty() {
        return None;
    }
    for event in events {
        calendar.push(event);
    }
    Some(calendar.to_string())
}

/// What happens with a unit, as an identity says it and as people do.
type What = (&'static str, &'static str);

fn dates(unit: &Unit) -> impl Iterator<Item = (What, Timestamp)> {
    let dates = unit.dates;
    // One entry says that a unit is due and closes.
    let closes = dates.closes.filter(|closes| Some(*closes) != dates.due);
    [(("opens", "opens"), dates.opens), (("due", "is due"), dates.due), (("closes", "closes"), closes)]
        .into_iter()
        .filter_map(|(what, date)| Some((what, date?)))
}

fn event(manifest: &Manifest, unit: &Unit, ((id, what), at): (What, Timestamp)) -> Event {
    let course = &manifest.course;
    let time = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let run = course.run.as_deref().unwrap_or("-");
    let title =
        if unit.number.is_empty() { unit.title.clone() } else { format!("{} {}", unit.number, unit.title) };
    let mut text = course.title.clone();
    if let Some(hours) = unit.hours.filter(|_| id == "opens") {
        text += &format!("\nAbout {hours} hour{}.", if hours == 1 { "" } else { "s" });
    }
    if let Some(due) = unit.dates.due.filter(|_| id == "opens") {
        let zone = Zone::of(course.timezone.as_deref());
        text += &format!("\nDue {} ({}).", zone.format(due, "%a %-d %b %Y %H:%M"), zone.name());
    }
    Event::new()
        .uid(&format!("{id}.{}.{run}@{}.tito", unit.id, course.id.replace('/', ".")))
        .add_property("DTSTAMP", &time)
        .add_property("DTSTART", &time)
        .add_property("DTEND", &time)
        .summary(&format!("{title} {what}"))
        .description(&text)
        .add_property("TRANSP", "TRANSPARENT")
        .done()
}
