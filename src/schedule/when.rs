//! Text → [`When`]: how a course writes a date.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::Zone;
use crate::diagnostic::nearest;

/// A date as a course writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `2027-09-17`, `2027-09-17 23:59`.
    Day {
        /// The day.
        date: Date,
        /// The time of the day, where it is given.
        time: Option<Time>,
    },
    /// `week 2`, `week 2 fri`, `week 2 fri 23:59`.
    Week {
        /// The week of the term; the first one is 1.
        week: u16,
        /// The day of it.
        day: Option<Weekday>,
        /// The time of the day.
        time: Option<Time>,
    },
    /// `2 days later`, `1 week later`, `36 hours later`: after the date that comes before this one.
    Later {
        /// How many.
        count: u16,
        /// Of what.
        unit: Later,
    },
    /// `due`: when the unit is due.
    Due,
}

/// What [`When::Later`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days of the calendar: the time of the day stays.
    Days,
    /// Weeks of the calendar.
    Weeks,
}

/// The text is not a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhenError {
    /// What would be right.
    pub help: String,
}

/// The words for what [`When::Later`] counts, one and several of it.
const UNITS: [(&str, &str, Later); 4] = [
    ("minute", "minutes", Later::Minutes),
    ("hour", "hours", Later::Hours),
    ("day", "days", Later::Days),
    ("week", "weeks", Later::Weeks),
];

const DAYS: [(&str, &str, Weekday); 7] = [
    ("mon", "monday", Weekday::Monday),
    ("tue", "tuesday", Weekday::Tuesday),
    ("wed", "wednesday", Weekday::Wednesday),
    ("thu", "thursday", Weekday::Thursday),
    ("fri", "friday", Weekday::Friday),
    ("sat", "saturday", Weekday::Saturday),
    ("sun", "sunday", Weekday::Sunday),
];

const FORMS: &str = "write a day (`2027-09-17`, `2027-09-17 23:59`), a week of the term (`week 2`, `week 2 fri 23:59`), or `2 days later`";

const DAY: &str = "write a day of the calendar: `2027-09-17`";

fn no<T>(help: impl Into<String>) -> Result<T, WhenError> {
    Err(WhenError { help: help.into() })
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        let words: Vec<&str> = lower.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["due"] => Ok(Self::Due),
            ["week", number, rest @ ..] => in_week(number, rest),
            [count, unit, "later"] => later(count, unit),
            [day] => match day.split_once('t') {
                Some((day, clock)) => Ok(Self::Day { date: date_or(FORMS, day)?, time: Some(time(clock)?) }),
                None => Ok(Self::Day { date: date_or(FORMS, day)?, time: None }),
            },
            [day, clock] if day.starts_with(|c: char| c.is_ascii_digit()) => {
                Ok(Self::Day { date: date_or(FORMS, day)?, time: Some(time(clock)?) })
            }
            [first, ..] => match nearest(first, ["week", "due"]) {
                Some(near) if near != *first => no(format!("did you mean `{near}`? {FORMS}")),
                _ => no(FORMS),
            },
            [] => no(FORMS),
        }
    }
}

/// As a course writes it; it is read as the same date again.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock =
            |time: &Option<Time>| time.map(|time| time.strftime(" %H:%M").to_string()).unwrap_or_default();
        match self {
            Self::Day { date, time } => write!(f, "{date}{}", clock(time)),
            Self::Week { week, day, time } => {
                let name = DAYS.iter().find(|(.., each)| Some(*each) == *day);
                let day = name.map(|(short, ..)| format!(" {short}")).unwrap_or_default();
                write!(f, "week {week}{day}{}", clock(time))
            }
            Self::Later { count, unit } => {
                let name = UNITS.iter().find(|(.., each)| each == unit);
                let (one, several, _) = name.unwrap_or(&UNITS[2]);
                write!(f, "{count} {} later", if *count == 1 { one } else { several })
            }
            Self::Due => f.write_str("due"),
        }
    }
}

fn in_week(number: &str, rest: &[&str]) -> Result<When, WhenError> {
    let Some(week) = number.parse::<u16>().ok().filter(|week| (1..=99).contains(week)) else {
        return no("weeks are counted from 1: `week 1` is the week of `start`");
    };
    let (day, clock) = match rest {
        [] => (None, None),
        [one] if one.starts_with(|c: char| c.is_ascii_digit()) => {
            return no(format!("name the day, too: `week {week} fri {one}`"));
        }
        [day] => (Some(weekday(day)?), None),
        [day, clock] => (Some(weekday(day)?), Some(time(clock)?)),
        _ => return no(format!("write `week {week} fri 23:59`")),
    };
    Ok(When::Week { week, day, time: clock })
}

fn weekday(text: &str) -> Result<Weekday, WhenError> {
    if let Some((.., day)) = DAYS.iter().find(|(short, long, _)| text == *short || text == *long) {
        return Ok(*day);
    }
    let names = DAYS.iter().flat_map(|(short, long, _)| [*short, *long]);
    match nearest(text, names) {
        Some(near) => no(format!("did you mean `{near}`?")),
        None => no("days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`"),
    }
}

fn later(count: &str, unit: &str) -> Result<When, WhenError> {
    let Some((.., unit)) = UNITS.iter().find(|(one, several, _)| unit == *one || unit == *several) else {
        return no("count `minutes`, `hours`, `days` or `weeks`: `2 days later`");
    };
    match count.parse::<u16>().ok().filter(|count| (1..=5000).contains(count)) {
        Some(count) => Ok(When::Later { count, unit: *unit }),
        None => no("write a number from 1 to 5000: `2 days later`"),
    }
}

/// A day, as `YYYY-MM-DD`.
///
/// # Errors
/// What would be right, where it is not a day of the calendar in this form.
pub fn date(text: &str) -> Result<Date, WhenError> {
    match text.parse() {
        Ok(When::Day { date, time: Some(_) }) => no(format!("write the day without a time: `{date}`")),
        Ok(When::Week { .. }) => no(
            "write the day itself, such as `2027-09-17`: only dates of units and of rules may be weeks of the term",
        ),
        _ => date_or(DAY, text),
    }
}

/// A day; `forms` is said of what has nothing of one.
fn date_or(forms: &str, text: &str) -> Result<Date, WhenError> {
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let [a, b, c] = parts.as_slice() else { return no(forms) };
    let number = |text: &str| text.parse::<i16>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let (Some(first), Some(month), Some(last)) = (number(a), number(b), number(c)) else { return no(forms) };
    let plain = text.len() == 10 && text.matches('-').count() == 2 && a.len() == 4 && b.len() == 2;
    if !plain {
        // `2027-9-17` and `2027/09/17` can only mean one day; `3/4/2027` cannot be known.
        return match a.len() {
            4 => no(format!("write `{first:04}-{month:02}-{last:02}`: year, month, day")),
            _ => no("write year, month, day: `2027-09-17`"),
        };
    }
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(last)) else { return no(forms) };
    if let Ok(date) = Date::new(first, month, day) {
        return Ok(date);
    }
    match Date::new(first, month, 1) {
        Ok(start) => no(format!("{} has {} days", start.strftime("%B %Y"), start.days_in_month())),
        Err(_) => no("months are 01 to 12: `2027-09-17` is the 17th of September"),
    }
}

/// `23:59`.
fn time(text: &str) -> Result<Time, WhenError> {
    let parts = text.split_once(':').and_then(|(hour, minute)| {
        let good = (1..=2).contains(&hour.len()) && minute.len() == 2;
        let digits = hour.bytes().chain(minute.bytes()).all(|b| b.is_ascii_digit());
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        if good && digits { Time::new(hour, minute, 0, 0).ok() } else { None }
    });
    match parts {
        Some(time) => Ok(time),
        None if text == "24:00" => no("a day ends at `23:59`; the next one starts at `00:00`"),
        None => no("write the time with 24 hours: `09:00`, `23:59`"),
    }
}

/// A moment as a person types it, in `zone`: `2027-09-17`, `2027-09-17 23:59`, or with a zone of its own as RFC 3339 writes it
/// (`2027-09-17T21:59:00Z`). A time that the clocks leave out is the one after the gap; of one that comes twice it is the first.
///
/// # Errors
/// What would be right, where it is none of these.
pub fn moment(text: &str, zone: &Zone) -> Result<Timestamp, WhenError> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    const FORMS: &str =
        "write a day (`2027-09-17`, `2027-09-17 23:59`), or a moment (`2027-09-17T21:59:00Z`)";
    let civil = match text.parse() {
        Ok(When::Day { date, time }) => DateTime::from_parts(date, time.unwrap_or_default()),
        Err(error) if text.starts_with(|c: char| c.is_ascii_digit()) => return Err(error),
        _ => return no(FORMS),
    };
    zone.time_zone().to_timestamp(civil).or_else(|_| no("this day is too far away"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str) -> String {
        text.parse::<When>().expect_err(text).help
    }

    #[test]
    fn every_form_is_read() {
        let day = Date::constant(2027, 9, 17);
        let late = Some(Time::constant(23, 59, 0, 0));
        for (text, when) in [
            ("2027-09-17", When::Day { date: day, time: None }),
            ("2027-09-17 23:59", When::Day { date: day, time: late }),
            ("2027-09-17T23:59", When::Day { date: day, time: late }),
            (" 2027-09-17   9:00 ", When::Day { date: day, time: Some(Time::constant(9, 0, 0, 0)) }),
            ("week 1", When::Week { week: 1, day: None, time: None }),
            ("week 12 Fri", When::Week { week: 12, day: Some(Weekday::Friday), time: None }),
            ("Week 2 wednesday 23:59", When::Week { week: 2, day: Some(Weekday::Wednesday), time: late }),
            ("2 days later", When::Later { count: 2, unit: Later::Days }),
            ("1 week later", When::Later { count: 1, unit: Later::Weeks }),
            ("36 hours later", When::Later { count: 36, unit: Later::Hours }),
            ("due", When::Due),
            ("2028-02-29", When::Day { date: Date::constant(2028, 2, 29), time: None }),
        ] {
            assert_eq!(text.parse(), Ok(when), "{text}");
            assert_eq!(when.to_string().parse(), Ok(when), "{text}: {when}");
        }
        let written = |text: &str| text.parse::<When>().unwrap().to_string();
        assert_eq!(written("Week 2 wednesday 9:00"), "week 2 wed 09:00");
        assert_eq!(written("1 weeks later"), "1 week later");
    }

    #[test]
    fn a_slip_is_answered_with_what_would_be_right() {
        for (text, said) in [
            ("2027-02-29", "February 2027 has 28 days"),
            ("2027-13-01", "months are 01 to 12"),
            ("2027-9-17", "`2027-09-17`"),
            ("2027/09/17", "`2027-09-17`"),
            ("17.09.2027", "year, month, day"),
            ("2027-09-17 24:00", "`23:59`"),
            ("2027-09-17 9pm", "24 hours"),
            ("week 2 fry", "`fri`"),
            ("week 0", "counted from 1"),
            ("week 2 23:59", "`week 2 fri 23:59`"),
            ("weak 2 fri", "`week`"),
            ("2 fortnights later", "`weeks`"),
            ("0 days later", "1 to 5000"),
            ("tomorrow", "week of the term"),
            ("", "week of the term"),
        ] {
            assert!(help(text).contains(said), "{text}: {}", help(text));
        }
    }

    #[test]
    fn nothing_makes_it_panic() {
        for text in [
            "week",
            "week 99999999999999999999",
            "t",
            "2027-09-17t",
            "-",
            "--",
            "é-é-é",
            "week 1 é",
            "\u{0}",
            "1 day",
            "later",
            "9999-99-99",
        ] {
            assert!(text.parse::<When>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_person_types_a_moment_in_a_zone_or_with_one() {
        let zone = Zone::named("America/St_Johns").unwrap();
        let said = |text: &str| moment(text, &zone).map(|at| at.to_string());
        assert_eq!(said("2027-01-10").as_deref(), Ok("2027-01-10T03:30:00Z"));
        assert_eq!(said("2027-07-10 12:00").as_deref(), Ok("2027-07-10T14:30:00Z"));
        assert_eq!(said("2027-07-10T12:00:00Z").as_deref(), Ok("2027-07-10T12:00:00Z"));
        assert!(said("week 2").is_err() && said("9999-12-31 23:59").is_err());
    }
}
