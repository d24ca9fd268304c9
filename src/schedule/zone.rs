//! [`Zone`]: a time zone by its name in the IANA database, as this program has it.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::diagnostic::nearest;

/// The database inside the program. That of the machine may be older, or missing; and a course has one set of dates.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone called `name` (`Europe/Stockholm`), whatever the case of its letters; none where there is none.
    pub fn named(name: &str) -> Option<Self> {
        let zone = ZONES.get(name).ok()?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Some(Self { name, zone })
    }

    /// The zone of a course: the one called `name`, or UTC where the course has no schedule.
    pub fn of(name: Option<&str>) -> Self {
        name.and_then(Self::named).unwrap_or_else(Self::utc)
    }

    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone as jiff knows it.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// `moment` on the clocks of this zone, for people: `Fri 17 Sep 2027 23:59`.
    pub fn shown(&self, moment: Timestamp) -> String {
        let text = self.format(moment, "%a %-d %b %Y %H:%M");
        // Where no one lives by it, the name says what clock is meant.
        if self.zone == TimeZone::UTC { format!("{text} UTC") } else { text }
    }

    /// `moment` in this zone, by jiff's `format`.
    pub fn format(&self, moment: Timestamp, format: &str) -> String {
        moment.to_zoned_datetime(self.zone.clone()).strftime(format).to_string()
    }
}

/// The zone whose name is nearest to `written`, or whose city is it: `Stockholm` is `Europe/Stockholm`.
pub fn nearest_zone(written: &str) -> Option<String> {
    let names: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
    let written = written.replace(' ', "_");
    let city =
        |name: &&String| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&written));
    let city = names.iter().filter(|name| name.contains('/')).find(city);
    city.cloned().or_else(|| nearest(&written, names.iter().map(String::as_str)).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_name() {
        assert_eq!(
            Zone::named("europe/stockholm").map(|zone| zone.name().to_owned()).as_deref(),
            Some("Europe/Stockholm")
        );
        assert!(
            Zone::named("Europe/Nowhere").is_none()
                && Zone::named("").is_none()
                && Zone::named("../etc").is_none()
        );
        assert_eq!(nearest_zone("Europe/Stokholm").as_deref(), Some("Europe/Stockholm"));
        assert_eq!(nearest_zone("New York").as_deref(), Some("America/New_York"));
        assert_eq!(nearest_zone("xyzzy"), None);
    }
}
