//! `index.html` of a published folder: what a person sees who opens its address. Plain HTML and CSS; nothing runs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use minijinja::{AutoEscape, Environment, Value, context};

use crate::compile;
use crate::release::Release;
use crate::release::index::Index;
use crate::release::manifest::{Manifest, Unit};
use crate::schedule::Zone;

use super::map::map;

const TEMPLATE: &str = include_str!("page.html");

/// The page of the folder with `index`, whose newest release is `newest`. Whatever a course writes into its titles is text.
pub(super) fn page(index: &Index, newest: &Release) -> String {
    let date = |published: &str| published.split('T').next().unwrap_or_default().to_owned();
    let current = index.release(index.current);
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let manifest = newest.manifest();
    let units: Vec<_> = manifest
        .units
        .iter()
        .filter(|unit| unit.dir.is_some())
        .map(|unit| unit_of(unit, &manifest.units))
        .collect();
    let releases: Vec<_> = index
        .releases
        .iter()
        .map(|entry| context! {serial => entry.serial, date => date(&entry.published), notes => entry.notes.clone(), changes => entry.changes.clone()})
        .collect();
    let values = context! {
        title => index.title.clone(),
        run => index.run.clone(),
        moved => index.moved.clone(),
        key => index.key.as_ref().map(ToString::to_string),
        serial => index.current,
        date => current.map(|entry| date(&entry.published)),
        folder => index.course.rsplit('/').next(),
        units => units,
        dates => dates(manifest),
        timezone => manifest.course.timezone.clone(),
        hours => manifest.units.iter().filter_map(|unit| unit.hours).sum::<u64>(),
        map => map(&index.title, &manifest.units.iter().map(compile::Unit::from).collect::<Vec<_>>()),
        releases => releases,
    };
    // The template is ours and every value that it names is given: a test renders it.
    environment.render_str(TEMPLATE, values).unwrap_or_default()
}

/// The dates of units, as clocks show them where the course is: with the year where they are not all in one.
fn dates(manifest: &Manifest) -> Vec<Value> {
    let zone = Zone::of(manifest.course.timezone.as_deref());
    let all = |unit: &Unit| [unit.dates.opens, unit.dates.due, unit.dates.closes];
    let years: BTreeSet<String> =
        manifest.units.iter().flat_map(all).flatten().map(|date| zone.format(date, "%Y")).collect();
    let day = if years.len() > 1 { "%a %-d %b %Y" } else { "%a %-d %b" };
    let shown = |date: Option<Timestamp>| {
        let date = date?;
        let midnight = zone.format(date, "%H:%M") == "00:00";
        Some(zone.format(date, &if midnight { day.to_owned() } else { format!("{day} %H:%M") }))
    };
    let dated = manifest.units.iter().filter(|unit| !unit.dates.is_empty());
    dated
        .map(|unit| {
            let [opens, due, closes] = all(unit).map(shown);
            context! {number => unit.number.clone(), title => unit.title.clone(), opens, due, closes}
        })
        .collect()
}

/// What the table of units says of one.
fn unit_of(unit: &Unit, all: &[Unit]) -> Value {
    // In course order, as a student reads them.
    let needs: Vec<&str> = all
        .iter()
        .filter(|other| unit.requires.contains(&other.id))
        .map(|unit| if unit.number.is_empty() { unit.title.as_str() } else { unit.number.as_str() })
        .collect();
    context! {
        number => unit.number.clone(),
        kind => unit.kind.to_string(),
        title => unit.title.clone(),
        optional => unit.optional,
        hours => unit.hours,
        needs => needs.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{Overrides, compile_bundled};
    use crate::release::index::{Entry, INDEX_VERSION};

    #[test]
    fn titles_and_notes_are_text() {
        let world = crate::world::disk::Disk::new();
        let target = compile_bundled(&world, &Overrides::default()).value.unwrap();
        let release = Release::of(&target);
        let entry = Entry {
            serial: 3,
            release: release.digest(),
            bytes: 1,
            format: 1,
            base_version: "1.0.0".to_owned(),
            notes: Some("<script>alert(1)</script>".to_owned()),
            changes: vec!["New: 02 <b>Sums</b>.".to_owned()],
            published: "2027-02-01T09:30:00Z".to_owned(),
        };
        let index = Index {
            tito_index: INDEX_VERSION,
            course: "x/ml".to_owned(),
            title: "Machines & <b>learning</b>".to_owned(),
            run: None,
            current: 3,
            releases: vec![entry],
            packs: Vec::new(),
            moved: Some("https://b.example/ml/".to_owned()),
            key: None,
            rotations: Vec::new(),
        };
        let page = page(&index, &release);
        assert!(page.contains("Machines &amp; &lt;b&gt;learning"), "{page}");
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("release 3, 2027-02-01"), "{page}");
        assert!(page.contains("moved to"), "{page}");
        assert!(page.contains("<td>Automatic differentiation</td>"), "{page}");
        assert!(page.contains("New: 02 &lt;b&gt;Sums&lt;&#x2f;b&gt;.") && page.contains("<svg"), "{page}");
    }
}
