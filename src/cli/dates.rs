//! Dates of units as people read them: what is next, how long until then, and where the clocks of the course differ.

use std::cell::Cell;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::out::Look;
use crate::id::State;
use crate::plan::UnitLine;
use crate::schedule::{Dates, Zone};

/// What a date is seen from: a moment, the zone of the reader, and that of the course.
pub(super) struct Clock {
    pub(super) now: Timestamp,
    reader: TimeZone,
    course: Option<Zone>,
    /// The moment from which on something that it said would be said in other words. None: it said nothing of the kind.
    lasts: Cell<Option<Timestamp>>,
}

impl Clock {
    /// The clock of who reads this at `now`, in a course whose zone is called `timezone`.
    pub(super) fn new(now: Timestamp, timezone: Option<&str>) -> Self {
        let course = timezone.and_then(Zone::named);
        Self { now, reader: TimeZone::system(), course, lasts: Cell::new(None) }
    }

    /// The moment from which on something that it said would be said in other words, though no unit opens, is late or closes until then.
    pub(super) fn lasts(&self) -> Option<Timestamp> {
        self.lasts.get()
    }

    fn lasts_until(&self, moment: Timestamp) {
        self.lasts.set(Some(self.lasts.get().map_or(moment, |lasts| lasts.min(moment))));
    }

    /// `Fri 17 Sep 23:59`, with the year where it is another one; and what clocks show where the course is, where they show something else.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let here = at.to_zoned_datetime(self.reader.clone());
        let today = self.now.to_zoned_datetime(self.reader.clone());
        let year = if here.year() == today.year() { "" } else { " %Y" };
        let next_year = today.date().first_of_year().checked_add(1.year());
        if let Ok(next_year) = next_year.and_then(|day| day.to_zoned_datetime(self.reader.clone())) {
            self.lasts_until(next_year.timestamp());
        }
        let format = |zoned: &jiff::ZonedDateTime| {
            let midnight = zoned.time() == jiff::civil::Time::midnight();
            let time = if midnight { "" } else { " %H:%M" };
            zoned.strftime(&format!("%a %-d %b{year}{time}")).to_string()
        };
        let text = format(&here);
        match &self.course {
            Some(zone) => {
                let there = at.to_zoned_datetime(zone.time_zone().clone());
                if there.datetime() == here.datetime() {
                    text
                } else {
                    format!("{text}, {} in {}", format(&there), zone.name())
                }
            }
            None => text,
        }
    }

    /// `in 2 days`, `in 5 hours`, `in 20 minutes`: whole ones, rounded down.
    fn until(&self, at: Timestamp) -> String {
        let seconds = at.duration_since(self.now).as_secs().max(0);
        let (length, unit) = match seconds {
            ..3600 => (60, "minute"),
            3600..172_800 => (3600, "hour"),
            _ => (86_400, "day"),
        };
        let count = seconds / length;
        if let Ok(lasts) = at.checked_sub(SignedDuration::from_secs(count * length)) {
            self.lasts_until(lasts);
        }
        format!("in {count} {unit}{}", if count == 1 { "" } else { "s" })
    }

    /// What is to be said of a unit's dates, and how loud; nothing where it has none that matters now.
    pub(super) fn said(&self, line: &UnitLine) -> Option<(String, Look)> {
        self.said_of(&line.dates, line.state, line.announced, line.closed)
    }

    /// The same.
    pub(super) fn said_of(
        &self,
        dates: &Dates,
        state: State,
        announced: bool,
        closed: bool,
    ) -> Option<(String, Look)> {
        if announced {
            let opens = dates.opens?;
            let opened = opens <= self.now;
            // Open by the clock, and its files are not here: with the next release, or the next update.
            let text = if opened {
                "open: `tito update` brings it, once it is published".to_owned()
            } else {
                format!("opens {}", self.moment(opens))
            };
            return Some((text, if opened { Look::Notice } else { Look::Quiet }));
        }
        if closed {
            return Some(("closed".to_owned(), Look::Quiet));
        }
        let due = dates.due.filter(|_| state != State::Submitted)?;
        if !dates.is_late(self.now) {
            let soon = !state.is_done() && due.duration_since(self.now).as_secs() < 2 * 86_400;
            let text = format!("due {} ({})", self.until(due), self.moment(due));
            return Some((text, if soon { Look::Notice } else { Look::Quiet }));
        }
        if state.is_done() {
            return Some((format!("was due {}", self.moment(due)), Look::Quiet));
        }
        let closes =
            dates.closes.map(|closes| format!(", closes {}", self.moment(closes))).unwrap_or_default();
        Some((format!("late: was due {}{closes}", self.moment(due)), Look::Bad))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn clock(now: &str, reader: &str) -> Clock {
        let reader = Zone::named(reader).unwrap().time_zone().clone();
        Clock { now: at(now), reader, course: Zone::named("Europe/Stockholm"), lasts: Cell::new(None) }
    }

    const DATES: fn() -> Dates = || Dates {
        opens: Some(at("2027-09-05T22:00:00Z")),
        due: Some(at("2027-09-17T21:59:00Z")),
        closes: Some(at("2027-09-19T21:59:00Z")),
    };

    fn said(now: &str, reader: &str, state: State) -> Option<String> {
        let clock = clock(now, reader);
        let dates = DATES();
        let announced = !dates.is_open(clock.now);
        clock.said_of(&dates, state, announced, dates.is_closed(clock.now)).map(|(text, _)| text)
    }

    #[test]
    fn what_is_said_lasts_until_it_would_be_said_in_other_words() {
        for (now, lasts) in [
            ("2027-08-31T12:00:00Z", "2027-12-31T23:00:00Z"), // "opens Mon 6 Sep": until the next year begins in Stockholm
            ("2027-09-15T12:00:00Z", "2027-09-15T21:59:00Z"), // in 2 days
            ("2027-09-15T22:00:00Z", "2027-09-15T22:59:00Z"), // in 47 hours
            ("2027-09-17T21:30:10Z", "2027-09-17T21:31:00Z"), // in 28 minutes
            ("2027-09-17T22:00:00Z", "2027-12-31T23:00:00Z"), // late
        ] {
            let clock = clock(now, "Europe/Stockholm");
            let dates = DATES();
            assert_eq!(clock.lasts(), None);
            let said = |clock: &Clock| {
                clock
                    .said_of(&dates, State::InProgress, !dates.is_open(clock.now), false)
                    .map(|(text, _)| text)
            };
            let text = said(&clock);
            assert_eq!(clock.lasts(), Some(at(lasts)), "{text:?}");
            let second = SignedDuration::from_secs(1);
            if text.as_ref().is_some_and(|text| text.starts_with("due")) {
                let clock_at =
                    |now: Timestamp| Clock { now, ..self::clock("2027-01-01T00:00:00Z", "Europe/Stockholm") };
                assert_eq!(said(&clock_at(at(lasts) - second)), text);
                assert_ne!(said(&clock_at(at(lasts) + second)), text);
            }
        }
    }

    #[test]
    fn a_unit_from_its_announcement_to_its_end() {
        let stockholm = |now| said(now, "Europe/Stockholm", State::InProgress).unwrap();
        assert_eq!(stockholm("2027-08-31T12:00:00Z"), "opens Mon 6 Sep");
        assert_eq!(stockholm("2027-09-15T12:00:00Z"), "due in 2 days (Fri 17 Sep 23:59)");
        assert_eq!(stockholm("2027-09-17T12:00:00Z"), "due in 9 hours (Fri 17 Sep 23:59)");
        assert_eq!(stockholm("2027-09-17T21:59:30Z"), "due in 0 minutes (Fri 17 Sep 23:59)");
        assert_eq!(
            stockholm("2027-09-17T22:00:00Z"),
            "late: was due Fri 17 Sep 23:59, closes Sun 19 Sep 23:59"
        );
        assert_eq!(stockholm("2027-09-19T22:00:00Z"), "closed");
        assert_eq!(said("2027-09-17T12:00:00Z", "Europe/Stockholm", State::Submitted), None);
        let completed = said("2027-09-18T12:00:00Z", "Europe/Stockholm", State::Completed);
        assert_eq!(completed.as_deref(), Some("was due Fri 17 Sep 23:59"));
    }

    #[test]
    fn a_reader_elsewhere_sees_both_clocks_and_another_year() {
        assert_eq!(
            said("2027-09-15T12:00:00Z", "America/New_York", State::NotStarted).as_deref(),
            Some("due in 2 days (Fri 17 Sep 17:59, Fri 17 Sep 23:59 in Europe/Stockholm)")
        );
        let clock = clock("2026-12-31T12:00:00Z", "Europe/Stockholm");
        assert_eq!(clock.moment(at("2027-09-05T22:00:00Z")), "Mon 6 Sep 2027");
        // Another zone with the same clocks is not worth a word.
        let copenhagen =
            Clock { reader: Zone::named("Europe/Copenhagen").unwrap().time_zone().clone(), ..clock };
        assert_eq!(copenhagen.moment(at("2027-09-17T21:59:00Z")), "Fri 17 Sep 2027 23:59");
    }
}
