//! What a release changes for students, in words: one line for each unit, for people who decide whether to update.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::id::{AdvisorySeverity, FileId, Role, UnitId};
use crate::release::manifest::{Manifest, Unit};
use crate::schedule::Zone;

use super::map::labelled;

/// No one reads more lines.
const MOST: usize = 50;

/// What `after` changes for someone who has `before`. Empty where students see nothing of it.
pub(super) fn words(before: &Manifest, after: &Manifest) -> Vec<String> {
    let mut words: Vec<String> = fixes(before, after).collect();
    // A unit is known by its present name, also in the release before.
    let now = |id: &UnitId| after.unit_renames.get(id).unwrap_or(id).clone();
    let old: BTreeMap<UnitId, &Unit> = before.units.iter().map(|unit| (now(&unit.id), unit)).collect();
    for unit in &after.units {
        words.extend(match old.get(&unit.id) {
            None => Some(format!("New: {}.", named(unit))),
            Some(old) if old.number != unit.number && !old.number.is_empty() => {
                Some(format!("{} has the number {} now.", old.title, unit.number))
            }
            Some(old) if old.title != unit.title => {
                Some(format!("{} is called {} now.", named(old), unit.title))
            }
            Some(_) => None,
        });
    }
    let present: BTreeSet<&UnitId> = after.units.iter().map(|unit| &unit.id).collect();
    words.extend(old.iter().filter(|(id, _)| !present.contains(id)).map(|(id, unit)| {
        let why =
            after.retired.get(id).map(|why| format!(": {}", why.trim_end_matches('.'))).unwrap_or_default();
        format!("{} is no longer part of the course{why}.", named(unit))
    }));
    words.extend(opened(before, after, &old));
    words.extend(dates(after, &old));
    words.extend(files(before, after));
    if words.len() > MOST {
        let more = words.len() - MOST;
        words.truncate(MOST);
        words.push(format!("And {more} more."));
    }
    words
}

/// Fixes that are announced for the first time.
fn fixes<'a>(before: &'a Manifest, after: &'a Manifest) -> impl Iterator<Item = String> + 'a {
    let known: BTreeSet<&str> = before.advisories.iter().map(|advisory| advisory.id.as_str()).collect();
    let new = after.advisories.iter().filter(move |advisory| !known.contains(advisory.id.as_str()));
    new.map(|advisory| {
        let what = if advisory.severity == AdvisorySeverity::Critical { "Important fix" } else { "Fix" };
        format!("{what}: {}", advisory.title)
    })
}

/// Units that were announced before, and have files now.
fn opened<'a>(
    before: &'a Manifest,
    after: &'a Manifest,
    old: &'a BTreeMap<UnitId, &Unit>,
) -> impl Iterator<Item = String> + 'a {
    let there = |manifest: &'a Manifest| -> BTreeSet<&'a UnitId> {
        manifest.files.values().filter_map(|file| file.unit.as_ref()).collect()
    };
    let (had, has) = (there(before), there(after));
    let opens = move |unit: &&Unit| {
        let known = old.get(&unit.id).is_some_and(|old| !had.contains(&old.id));
        unit.dates.opens.is_some() && known && has.contains(&unit.id)
    };
    after.units.iter().filter(opens).map(|unit| format!("Open now: {}.", named(unit)))
}

/// Dates that moved.
fn dates(after: &Manifest, old: &BTreeMap<UnitId, &Unit>) -> Vec<String> {
    let zone = Zone::of(after.course.timezone.as_deref());
    let shown = |date: Timestamp| zone.shown(date);
    let mut lines = Vec::new();
    for unit in &after.units {
        let Some(was) = old.get(&unit.id).map(|old| old.dates) else { continue };
        for (what, was, is) in was.changes(&unit.dates) {
            let what = if what == "due" { "is due" } else { what };
            lines.push(match (was, is) {
                (Some(was), Some(is)) => {
                    format!("{} {what} {} (before: {}).", named(unit), shown(is), shown(was))
                }
                (None, Some(is)) => format!("{} {what} {}.", named(unit), shown(is)),
                (_, None) => format!("{} has no date any more on which it {what}.", named(unit)),
            });
        }
    }
    lines
}

/// Files of units that both releases have: which sorts of them changed.
fn files(before: &Manifest, after: &Manifest) -> Vec<String> {
    let old: BTreeMap<&FileId, _> = before.files.values().map(|file| (&file.id, file.sha256)).collect();
    let known: BTreeSet<&UnitId> = before.files.values().filter_map(|file| file.unit.as_ref()).collect();
    let mut sorts: BTreeMap<Option<&UnitId>, BTreeSet<&'static str>> = BTreeMap::new();
    let changed = after.files.values().filter(|file| old.get(&file.id) != Some(&file.sha256));
    // A unit that is new or has another name is said already.
    for file in changed.filter(|file| file.unit.as_ref().is_none_or(|unit| known.contains(unit))) {
        sorts.entry(file.unit.as_ref()).or_default().insert(sort(file.role));
    }
    let mut lines = Vec::new();
    for unit in &after.units {
        if let Some(sorts) = sorts.get(&Some(&unit.id)) {
            lines.push(format!("{}: {}.", named(unit), joined(sorts)));
        }
    }
    lines.extend(sorts.get(&None).map(|sorts| format!("Whole course: {}.", joined(sorts))));
    lines
}

fn sort(role: Role) -> &'static str {
    match role {
        Role::Work => "notebook",
        Role::Test => "tests",
        Role::Doc => "texts",
        Role::Milestone => "milestone",
        Role::Data => "data",
        Role::Support | Role::Export | Role::Derived => "code",
    }
}

/// `notebook and tests changed`.
fn joined(sorts: &BTreeSet<&str>) -> String {
    let all: Vec<&str> = sorts.iter().copied().collect();
    match all.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last} changed", first.join(", ")),
        all => format!("{} changed", all.join("")),
    }
}

fn named(unit: &Unit) -> String {
    labelled(&unit.number, &unit.title)
}
