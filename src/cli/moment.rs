//! `--at`: another moment than now, to see what a course is then.

use jiff::Timestamp;

use super::exit::Exit;
use super::out::Out;
use crate::schedule::{Zone, moment};
use crate::world::World;

/// The option.
#[derive(Debug, Default, clap::Args, serde::Serialize)]
pub(super) struct At {
    /// As if it were this day or moment: 2027-09-17, '2027-09-17 23:59' (in the zone of the course), 2027-09-17T21:59:00Z
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
}

/// What was typed for a moment and is none, and what helps.
pub(super) struct NoMoment {
    text: String,
    help: String,
}

impl NoMoment {
    /// Says it.
    pub(super) fn show(&self, out: &Out) -> Exit {
        out.fail(&format!("`--at {}` is not a moment", self.text), &self.help);
        Exit::Usage
    }
}

impl At {
    /// The moment that was asked for, in a course whose zone is called `timezone`.
    ///
    /// # Errors
    /// After saying what is wrong with what was typed.
    pub(super) fn moment(&self, timezone: Option<&str>, out: &Out) -> Result<Option<Timestamp>, Exit> {
        self.read(timezone).map_err(|wrong| wrong.show(out))
    }

    /// The same, or now where none was asked for.
    ///
    /// # Errors
    /// As [`At::moment`].
    pub(super) fn or_now(
        &self,
        world: &dyn World,
        timezone: Option<&str>,
        out: &Out,
    ) -> Result<Timestamp, Exit> {
        Ok(self.moment(timezone, out)?.unwrap_or_else(|| world.now()))
    }

    /// The same as [`At::moment`], where nothing can be said yet.
    ///
    /// # Errors
    /// What is wrong with what was typed.
    pub(super) fn read(&self, timezone: Option<&str>) -> Result<Option<Timestamp>, NoMoment> {
        let Some(text) = &self.at else { return Ok(None) };
        let zone = Zone::of(timezone);
        moment(text, &zone).map(Some).map_err(|error| NoMoment { text: text.clone(), help: error.help })
    }

    /// Was a moment asked for?
    pub(super) fn is_given(&self) -> bool {
        self.at.is_some()
    }
}
