//! [`When`] → [`Moment`]: weeks, breaks and daylight saving, in the zone of the course.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::AmbiguousOffset;
use jiff::{Span, Timestamp, ToSpan};

use super::when::Later;
use super::{When, Zone};

/// What the dates of a course are counted from.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The zone that its dates are in.
    pub zone: Zone,
    /// The Monday of week 1, where there is one.
    pub start: Option<Date>,
    /// Days without teaching, in order.
    pub breaks: Vec<Break>,
}

/// Days without teaching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Break {
    /// Is `date` one of its days?
    pub fn contains(&self, date: Date) -> bool {
        self.from <= date && date <= self.until
    }
}

/// Is it the start of something or its end? It decides what a date without a time, or a week without a day, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The start: Monday, 00:00.
    Start,
    /// The end: Sunday, 23:59.
    End,
}

impl Edge {
    /// The time of the day where none is given.
    pub fn time(self) -> Time {
        match self {
            Self::Start => Time::midnight(),
            Self::End => Time::constant(23, 59, 0, 0),
        }
    }

    fn day(self) -> Weekday {
        match self {
            Self::Start => Weekday::Monday,
            Self::End => Weekday::Sunday,
        }
    }
}

/// When something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment.
    pub at: Timestamp,
    /// What clocks show then, in the zone of the course.
    pub local: DateTime,
    /// Do clocks show it twice that day? A start is the first one, an end the second.
    pub is_repeated: bool,
}

/// Why a date means no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A week, and no `start` to count from.
    NoStart,
    /// `later` or `due`, and no date that it could be later than.
    NothingBefore,
    /// Clocks leave this time out; then they show the second one.
    Gap(DateTime, DateTime),
    /// Too far away.
    TooFar,
}

impl Term {
    /// The moment of `when`. `before` is the date that it may be relative to: for `closes` when the unit is due, for `due` when it opens.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub fn moment(&self, when: &When, edge: Edge, before: Option<Timestamp>) -> Result<Moment, Trouble> {
        match when {
            When::Day { date, time } => self.civil(*date, *time, edge),
            When::Week { week, day, time } => {
                let monday = self.monday(*week)?;
                let offset = day.unwrap_or(edge.day()).to_monday_zero_offset();
                let date = monday.checked_add(i64::from(offset).days()).map_err(|_| Trouble::TooFar)?;
                self.civil(date, *time, edge)
            }
            When::Due => Ok(self.known(before.ok_or(Trouble::NothingBefore)?)),
            When::Later { count, unit } => {
                self.later(before.ok_or(Trouble::NothingBefore)?, *count, *unit, edge)
            }
        }
    }

    /// Which week of the term `date` is in; none before the term, without a `start`, and in a week that is not counted.
    pub fn week_of(&self, date: Date) -> Option<u16> {
        (1..=99).find(|week| {
            self.monday(*week).is_ok_and(|monday| {
                let days = monday.until(date).map_or(i32::MAX, |span| span.get_days());
                (0..7).contains(&days)
            })
        })
    }

    /// The Monday of a week. A week whose days from Monday to Friday are all in breaks is not counted.
    fn monday(&self, week: u16) -> Result<Date, Trouble> {
        let mut monday = self.start.ok_or(Trouble::NoStart)?;
        let mut counted = 0;
        // Breaks without an end do not hold us: no term is ten years long.
        for _ in 0..520 {
            if !self.is_break(monday) {
                counted += 1;
            }
            if counted == week {
                return Ok(monday);
            }
            monday = monday.checked_add(1.week()).map_err(|_| Trouble::TooFar)?;
        }
        Err(Trouble::TooFar)
    }

    fn is_break(&self, monday: Date) -> bool {
        let day = |offset: i64| monday.checked_add(offset.days()).ok();
        (0..5).all(|offset| {
            day(offset).is_some_and(|date| self.breaks.iter().any(|pause| pause.contains(date)))
        })
    }

    fn civil(&self, date: Date, time: Option<Time>, edge: Edge) -> Result<Moment, Trouble> {
        let local = DateTime::from_parts(date, time.unwrap_or(edge.time()));
        self.resolve(local, edge, time.is_some())
    }

    /// The moment in which clocks show `local`. Where they leave it out: an error if that time was asked for, else the first moment after.
    fn resolve(&self, local: DateTime, edge: Edge, is_asked_for: bool) -> Result<Moment, Trouble> {
        let zone = self.zone.time_zone();
        let ambiguous = zone.to_ambiguous_timestamp(local);
        let offset = ambiguous.offset();
        let at = match (offset, edge) {
            (AmbiguousOffset::Fold { .. }, Edge::End) => ambiguous.later(),
            _ => ambiguous.compatible(),
        };
        let at = at.map_err(|_| Trouble::TooFar)?;
        let shown = zone.to_datetime(at);
        if is_asked_for && matches!(offset, AmbiguousOffset::Gap { .. }) {
            return Err(Trouble::Gap(local, shown));
        }
        Ok(Moment { at, local: shown, is_repeated: matches!(offset, AmbiguousOffset::Fold { .. }) })
    }

    fn known(&self, at: Timestamp) -> Moment {
        Moment { at, local: self.zone.time_zone().to_datetime(at), is_repeated: false }
    }

    fn later(&self, before: Timestamp, count: u16, unit: Later, edge: Edge) -> Result<Moment, Trouble> {
        let count = i64::from(count);
        let span: Span = match unit {
            Later::Minutes => count.minutes(),
            Later::Hours => count.hours(),
            // A day of the calendar may have 23 or 25 hours; the time of the day stays.
            Later::Days => count.days(),
            Later::Weeks => count.weeks(),
        };
        match unit {
            Later::Minutes | Later::Hours => {
                before.checked_add(span).map(|at| self.known(at)).map_err(|_| Trouble::TooFar)
            }
            Later::Days | Later::Weeks => {
                let local = self.zone.time_zone().to_datetime(before);
                let local = local.checked_add(span).map_err(|_| Trouble::TooFar)?;
                self.resolve(local, edge, false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(zone: &str) -> Term {
        let pause = |from: Date, until: Date| Break { from, until };
        Term {
            zone: Zone::named(zone).unwrap(),
            start: Some(Date::constant(2027, 8, 30)),
            breaks: vec![
                pause(Date::constant(2027, 11, 1), Date::constant(2027, 11, 7)),
                // Two days of a week in which there is teaching.
                pause(Date::constant(2027, 12, 2), Date::constant(2027, 12, 3)),
            ],
        }
    }

    fn said(term: &Term, text: &str, edge: Edge) -> String {
        term.moment(&text.parse().unwrap(), edge, None).unwrap().at.to_string()
    }

    #[test]
    fn weeks_are_counted_from_the_start_without_breaks() {
        let term = term("Europe/Stockholm");
        for (text, edge, at) in [
            ("week 1", Edge::Start, "2027-08-29T22:00:00Z"),
            ("week 1", Edge::End, "2027-09-05T21:59:00Z"),
            ("week 2 fri 23:59", Edge::End, "2027-09-10T21:59:00Z"),
            // Summer time ends on 31 October; week 10 would be 1 November, which is free.
            ("week 9 sun", Edge::End, "2027-10-31T22:59:00Z"),
            ("week 10", Edge::Start, "2027-11-07T23:00:00Z"),
            // A break of two days does not take a week.
            ("week 13 thu 12:00", Edge::End, "2027-12-02T11:00:00Z"),
            ("week 14", Edge::Start, "2027-12-05T23:00:00Z"),
        ] {
            assert_eq!(said(&term, text, edge), at, "{text}");
        }
        let week = |month, day| term.week_of(Date::constant(2027, month, day));
        assert_eq!((week(8, 29), week(8, 30), week(9, 5), week(9, 6)), (None, Some(1), Some(1), Some(2)));
        assert_eq!((week(10, 31), week(11, 3), week(11, 8)), (Some(9), None, Some(10)));
    }

    #[test]
    fn a_term_crosses_years_with_53_weeks_and_leap_days() {
        let mut term = term("UTC");
        term.breaks.clear();
        // 2026 has 53 weeks by ISO 8601: counting does not depend on their numbers.
        term.start = Some(Date::constant(2026, 12, 21));
        assert_eq!(said(&term, "week 2 thu", Edge::Start), "2026-12-31T00:00:00Z");
        assert_eq!(said(&term, "week 3 mon", Edge::Start), "2027-01-04T00:00:00Z");
        term.start = Some(Date::constant(2028, 2, 28));
        assert_eq!(said(&term, "week 1 tue", Edge::Start), "2028-02-29T00:00:00Z");
        assert_eq!(said(&term, "week 1 wed", Edge::Start), "2028-03-01T00:00:00Z");
    }

    #[test]
    fn clocks_that_leave_a_time_out_or_repeat_it() {
        let stockholm = term("Europe/Stockholm");
        let moment = |text: &str, edge| stockholm.moment(&text.parse().unwrap(), edge, None);
        let gap = moment("2028-03-26 02:30", Edge::Start);
        assert_eq!(
            gap,
            Err(Trouble::Gap(
                DateTime::constant(2028, 3, 26, 2, 30, 0, 0),
                DateTime::constant(2028, 3, 26, 3, 30, 0, 0)
            ))
        );
        let first = moment("2027-10-31 02:30", Edge::Start).unwrap();
        let second = moment("2027-10-31 02:30", Edge::End).unwrap();
        assert!(first.is_repeated && second.is_repeated);
        assert_eq!(
            (first.at.to_string(), second.at.to_string()),
            ("2027-10-31T00:30:00Z".into(), "2027-10-31T01:30:00Z".into())
        );
        // In Cairo, summer time starts at midnight: the day starts at 01:00, and no one asked for 00:00.
        let cairo = term("Africa/Cairo");
        assert_eq!(said(&cairo, "2027-04-30", Edge::Start), "2027-04-29T22:00:00Z");
        // Samoa left out a whole day.
        let apia = term("Pacific/Apia");
        assert_eq!(said(&apia, "2011-12-30", Edge::Start), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn later_keeps_the_time_of_the_day() {
        let term = term("Europe/Stockholm");
        let friday: Timestamp = "2027-10-29T21:59:00Z".parse().unwrap();
        let later =
            |text: &str| term.moment(&text.parse().unwrap(), Edge::End, Some(friday)).unwrap().at.to_string();
        // Friday 23:59 in summer time; three days later it is winter.
        assert_eq!(later("3 days later"), "2027-11-01T22:59:00Z");
        assert_eq!(later("72 hours later"), "2027-11-01T21:59:00Z");
        assert_eq!(later("1 week later"), "2027-11-05T22:59:00Z");
        assert_eq!(later("due"), "2027-10-29T21:59:00Z");
    }

    #[test]
    fn what_cannot_be_said_is_an_error_and_takes_no_time() {
        let mut term = term("UTC");
        let moment = |term: &Term, text: &str| term.moment(&text.parse().unwrap(), Edge::End, None);
        assert_eq!(moment(&term, "2 days later"), Err(Trouble::NothingBefore));
        term.breaks = vec![Break { from: Date::MIN, until: Date::MAX }];
        assert_eq!(moment(&term, "week 1"), Err(Trouble::TooFar));
        term.start = None;
        assert_eq!(moment(&term, "week 1"), Err(Trouble::NoStart));
        term.zone = Zone::named("America/New_York").unwrap();
        assert_eq!(moment(&term, "9999-12-31 23:59"), Err(Trouble::TooFar));
    }
}
