//! A [`Target`] as it is at some moment: units that are not open yet are announced, without their files.

use jiff::Timestamp;

use super::{Target, Unit};
use crate::id::UnitId;

impl Target {
    /// What students get at `now`: units that open later keep their place, title and dates, and their files are left out.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        let ahead: Vec<_> =
            self.units.iter().filter(|unit| !unit.dates.is_open(now)).map(|unit| unit.id.clone()).collect();
        if !ahead.is_empty() {
            self.files.retain(|_, file| !file.unit.as_ref().is_some_and(|unit| ahead.contains(unit)));
        }
        self
    }

    /// Does anything in it depend on the time?
    pub fn has_dates(&self) -> bool {
        self.units.iter().any(|unit| !unit.dates.is_empty())
            || self.policy.rules().iter().any(|rule| !rule.window.is_always())
    }

    /// The first moment after `now` at which anything in it is otherwise than at `now`: a unit opens, is late or closes, a rule begins or
    /// ends.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let units = self.units.iter().flat_map(|unit| unit.dates.changes_at());
        let rules = self.policy.rules().iter().flat_map(|rule| rule.window.changes_at());
        units.chain(rules).filter(|moment| *moment > now).min()
    }

    /// Units that are announced: they have a date on which they open, and no file. Whoever has files of such a unit keeps them.
    pub fn announced(&self) -> impl Iterator<Item = &Unit> {
        let there: std::collections::BTreeSet<_> =
            self.files.values().filter_map(|file| file.unit.as_ref()).collect();
        self.units.iter().filter(move |unit| unit.dates.opens.is_some() && !there.contains(&unit.id))
    }

    /// Is `unit` one of them?
    pub fn is_announced(&self, unit: &UnitId) -> bool {
        self.announced().any(|announced| announced.id == *unit)
    }

    /// When the next unit opens that is not open at `now`, and all units that open then.
    pub fn next_opening(&self, now: Timestamp) -> Option<(Timestamp, Vec<&Unit>)> {
        let ahead = self.units.iter().filter(|unit| !unit.dates.is_open(now));
        let next = ahead.clone().filter_map(|unit| unit.dates.opens).min()?;
        Some((next, ahead.filter(|unit| unit.dates.opens == Some(next)).collect()))
    }
}
