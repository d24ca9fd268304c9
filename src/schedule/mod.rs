//! When units open, are due and close: values. Pure: the clock is always an argument.
//!
//! A course writes dates ([`When`]), in weeks of a term or as days of the calendar; [`Term`] makes moments of them, in the zone of the
//! course. Zones are those of the program, not of the machine: a course has the same dates everywhere.

mod term;
mod when;
mod zone;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

pub use term::{Break, Edge, Moment, Term, Trouble};
pub use when::{When, WhenError, date, moment};
pub use zone::{Zone, nearest_zone};

/// When a unit opens, is due and closes. A date that is not given never comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// Before this, the unit is announced, and its files are not there (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub opens: Option<Timestamp>,
    /// What is handed in after this minute is late (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub due: Option<Timestamp>,
    /// After this minute the unit is closed (RFC 3339, UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub closes: Option<Timestamp>,
}

impl Dates {
    /// Has it no date at all?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Its dates, each with the word that a course has for it.
    pub fn named(&self) -> [(&'static str, Option<Timestamp>); 3] {
        [("opens", self.opens), ("due", self.due), ("closes", self.closes)]
    }

    /// The dates that are others in `now`: the word, what it was, what it is.
    pub fn changes(
        &self,
        now: &Self,
    ) -> impl Iterator<Item = (&'static str, Option<Timestamp>, Option<Timestamp>)> {
        let both = self.named().into_iter().zip(now.named());
        both.filter(|((_, was), (_, is))| was != is).map(|((what, was), (_, is))| (what, was, is))
    }

    /// The moments at which it opens, is late, and is closed.
    pub fn changes_at(&self) -> impl Iterator<Item = Timestamp> {
        let ends = [self.due, self.closes].into_iter().flatten().filter_map(end);
        self.opens.into_iter().chain(ends)
    }

    /// Are its files there at `now`?
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.opens.is_none_or(|opens| opens <= now)
    }

    /// Is what is handed in at `now` late? Not in the minute that the course names.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.due.is_some_and(|due| is_past(due, now))
    }

    /// Is it closed at `now`? Not in the minute that the course names.
    pub fn is_closed(&self, now: Timestamp) -> bool {
        self.closes.is_some_and(|closes| is_past(closes, now))
    }
}

/// The time in which a rule applies; where an end is not given it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Window {
    /// The first moment.
    pub from: Option<Timestamp>,
    /// The last minute.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Does it contain every moment?
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }

    /// The moments at which it begins and is over.
    pub fn changes_at(&self) -> impl Iterator<Item = Timestamp> {
        self.from.into_iter().chain(self.until.and_then(end))
    }

    /// Does it contain `now`?
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| !is_past(until, now))
    }
}

/// Is the minute `last` over? `due: fri 23:59` means that 23:59:30 is still in time.
fn is_past(last: Timestamp, now: Timestamp) -> bool {
    end(last).is_some_and(|end| now >= end)
}

/// The end of the minute `last`; none where time ends before.
fn end(last: Timestamp) -> Option<Timestamp> {
    last.checked_add(1.minute()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_minute_of_a_date_is_still_in_time() {
        let dates = Dates {
            opens: Some(at("2027-09-06T00:00:00Z")),
            due: Some(at("2027-09-10T21:59:00Z")),
            closes: Some(at("2027-09-12T21:59:00Z")),
        };
        assert!(!dates.is_open(at("2027-09-05T23:59:59Z")) && dates.is_open(at("2027-09-06T00:00:00Z")));
        assert!(!dates.is_late(at("2027-09-10T21:59:59Z")) && dates.is_late(at("2027-09-10T22:00:00Z")));
        assert!(!dates.is_closed(at("2027-09-12T21:59:59Z")) && dates.is_closed(at("2027-09-12T22:00:00Z")));
        let never = Dates::default();
        let end = Timestamp::MAX;
        assert!(never.is_open(Timestamp::MIN) && !never.is_late(end) && !never.is_closed(end));
    }

    #[test]
    fn a_window_holds_both_its_ends() {
        let window =
            Window { from: Some(at("2028-01-10T08:00:00Z")), until: Some(at("2028-01-10T12:00:00Z")) };
        for (now, inside) in [
            ("2028-01-10T07:59:59Z", false),
            ("2028-01-10T08:00:00Z", true),
            ("2028-01-10T12:00:59Z", true),
            ("2028-01-10T12:01:00Z", false),
        ] {
            assert_eq!(window.contains(at(now)), inside, "{now}");
        }
        assert!(Window::default().contains(Timestamp::MIN) && Window::default().is_always());
    }
}
