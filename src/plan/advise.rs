//! Which advisories cover which changes: by what they affect, and by the versions between which a file is brought.

use super::pairs::Pair;
use super::{Announcement, Decision, Step};
use crate::compile::{Advisory, AdvisorySeverity, Target};

/// The advisories that cover bringing a file from version `since` of the base to the target's: fixed after the one, not after the other.
/// None where the base's file is the same as it was and only what is rendered into it changed, such as the number of a unit.
pub(super) fn covering<'a>(
    pair: &Pair<'_>,
    since: Option<&semver::Version>,
    target: &'a Target,
) -> Vec<&'a Advisory> {
    let Some(since) = since.filter(|_| !is_made_of_the_same(pair)) else { return Vec::new() };
    let unit = pair.unit();
    let affects = |advisory: &&Advisory| {
        unit.as_ref().is_some_and(|unit| advisory.units.contains(unit))
            || pair.course.is_some_and(|(path, _)| advisory.paths.contains(path))
    };
    let between =
        |advisory: &&Advisory| advisory.fixed_in > *since && advisory.fixed_in <= target.base_version;
    target.advisories.iter().filter(between).filter(affects).collect()
}

fn is_made_of_the_same(pair: &Pair<'_>) -> bool {
    let was = pair.base.and_then(|(_, base)| base.source);
    let is = pair.course.and_then(|(_, file)| file.source);
    was.is_some() && was == is
}

/// Is one of them critical?
pub(super) fn critical(advisories: &[&Advisory]) -> bool {
    advisories.iter().any(|advisory| advisory.severity == AdvisorySeverity::Critical)
}

/// What is to be said of the advisories that cover a step, the worst first.
pub(super) fn announcements(target: &Target, steps: &[Step]) -> Vec<Announcement> {
    let mut all: Vec<Announcement> = Vec::new();
    for advisory in &target.advisories {
        let covered: Vec<&Step> =
            steps.iter().filter(|step| step.advisories.contains(&advisory.id)).collect();
        if covered.is_empty() {
            continue;
        }
        let paths = |open: bool| {
            let chosen = covered.iter().filter(|step| is_open(step) == open);
            chosen.map(|step| step.path.clone()).collect()
        };
        all.push(Announcement {
            id: advisory.id.clone(),
            severity: advisory.severity,
            title: advisory.title.clone(),
            ask: advisory.ask.clone(),
            fixed: paths(false),
            open: paths(true),
        });
    }
    all.sort_by(|a, b| (a.severity, &a.id).cmp(&(b.severity, &b.id)));
    all
}

/// Does the file stay without the fix?
fn is_open(step: &Step) -> bool {
    step.settled.is_some() || matches!(step.decision, Decision::Leave { .. } | Decision::Offer)
}
