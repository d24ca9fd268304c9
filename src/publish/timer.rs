//! When a course is to be published again, as timers of services write it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::schedule::Zone;

/// Whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    /// A workflow of GitHub Actions
    Github,
    /// A scheduled pipeline of GitLab
    Gitlab,
    /// Lines for `crontab`
    Cron,
}

/// A line of the five fields that cron has: minute, hour, day, month, day of the week. It has no year, so it comes again in a year, when
/// publishing finds nothing new.
fn fields(minute: i8, hour: i8, day: i8, month: i8) -> String {
    format!("{minute} {hour} {day} {month} *")
}

/// What to put where `service` looks for it, to run `command` at `dates`. GitHub counts in UTC; a machine's cron and GitLab count in the
/// zone that one sets there, so for them it is `zone`.
pub fn text(service: Service, dates: &[Timestamp], zone: &Zone, command: &str) -> String {
    let dates: BTreeSet<Timestamp> = dates.iter().copied().collect();
    let zone = if service == Service::Github { &Zone::utc() } else { zone };
    let lines = dates.iter().map(|date| {
        let local = zone.time_zone().to_datetime(*date);
        (
            fields(local.minute(), local.hour(), local.day(), local.month()),
            zone.format(*date, "%a %Y-%m-%d %H:%M"),
        )
    });
    let mut text = String::new();
    match service {
        Service::Github => {
            text += "# For a workflow that publishes the course: .github/workflows/publish.yml\non:\n  workflow_dispatch:\n  schedule:\n";
            for (fields, shown) in lines {
                let _ = writeln!(text, "    - cron: \"{fields}\"  # {shown} UTC");
            }
        }
        Service::Gitlab => {
            let _ = writeln!(
                text,
                "# Build › Pipeline schedules: one schedule for each line, with the time zone {}",
                zone.name()
            );
            for (fields, shown) in lines {
                let _ = writeln!(text, "{fields}  # {shown}");
            }
            let _ = writeln!(
                text,
                "# In .gitlab-ci.yml:\npublish:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == \"schedule\"\n  script:\n    - {command}"
            );
        }
        Service::Cron => {
            let _ = writeln!(text, "# crontab -e, in the folder of the course\nCRON_TZ={}", zone.name());
            for (fields, shown) in lines {
                let _ = writeln!(text, "{fields} cd COURSE && {command}  # {shown}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(service: Service) -> String {
        let dates = ["2027-09-05T22:00:00Z", "2027-11-07T23:00:00Z", "2027-09-05T22:00:00Z"]
            .map(|date| date.parse().unwrap());
        text(service, &dates, &Zone::named("Europe/Stockholm").unwrap(), "tito publish site")
    }

    #[test]
    fn every_service_gets_its_dates_once_in_its_zone() {
        let github = shown(Service::Github);
        assert!(
            github
                .contains("- cron: \"0 22 5 9 *\"  # Sun 2027-09-05 22:00 UTC\n    - cron: \"0 23 7 11 *\""),
            "{github}"
        );
        assert_eq!(github.matches("cron:").count(), 2);
        let gitlab = shown(Service::Gitlab);
        assert!(
            gitlab.contains("Europe/Stockholm\n0 0 6 9 *  # Mon 2027-09-06 00:00\n0 0 8 11 *"),
            "{gitlab}"
        );
        let cron = shown(Service::Cron);
        assert!(
            cron.contains("CRON_TZ=Europe/Stockholm\n0 0 6 9 * cd COURSE && tito publish site"),
            "{cron}"
        );
    }
}
