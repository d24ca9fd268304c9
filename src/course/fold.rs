//! Layers → [`Course`]. Maps merge by key and null deletes; for scalars and lists the inner layer wins; `edit` changes the
//! outer list; rules concatenate; what an outer layer made final stays. Defaults are applied last.

use std::collections::BTreeSet;
use std::hash::Hash;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::id::{Action, UnitId};
use crate::source::{Span, Spanned};

use super::layer::{self, BaseFrom, Change, Entries, Field, Layer, Start};
use super::location::{Folder, Home, Location};
use super::value::Value;
use super::{Assignment, Course, LayerFile, Listing, Setting, rules, schedule};

/// Folds `layers`, innermost first. `None` when there is no layer, or no id could be found.
pub fn fold(layers: &[Layer], diagnostics: &mut Vec<Diagnostic>) -> Option<Course> {
    let innermost = layers.first()?;
    finals(layers, diagnostics);
    let id = scalar(layers, |layer| &layer.id);
    if id.is_none() {
        let at = innermost.source.line(1);
        let problem = Diagnostic::new(Code::CourseWithoutId, "the course has no id")
            .at(&at, "no layer sets `course: {id: …}`");
        diagnostics
            .push(problem.help("add `course: {id: my-course}`: workspaces recognise the course by its id"));
    }
    let id = id.unwrap_or_else(|| Spanned::new("unnamed".to_owned(), innermost.source.span(0, 0)));
    Some(Course {
        title: scalar(layers, |layer| &layer.title).map_or_else(|| id.value.clone(), |title| title.value),
        id,
        run: scalar(layers, |layer| &layer.run).map(|run| run.value),
        base: setting(scalar(layers, |layer| &layer.base_from), BaseFrom::Bundled),
        base_is_unread: layers.iter().any(|layer| layer.base_is_unread),
        base_version: scalar(layers, |layer| &layer.base_version),
        modules: listing(layers, |layer| &layer.modules),
        milestones: listing(layers, |layer| &layer.milestones),
        assignments: assignments(layers),
        unread: unread(layers),
        retired: layers.iter().rev().flat_map(|layer| layer.retired.iter().cloned()).collect(),
        numbering: setting(scalar(layers, |layer| &layer.numbering), Default::default()),
        tier: setting(scalar(layers, |layer| &layer.tier), Default::default()),
        notebooks: setting(scalar(layers, |layer| &layer.notebooks), Default::default()),
        stubs: stubs(layers),
        schedule: schedule::fold(layers.iter().rev().map(|layer| &layer.schedule)),
        variables: variables(layers),
        allow: layers.iter().flat_map(|layer| layer.allow.iter().cloned()).collect(),
        default_action: setting(scalar(layers, |layer| &layer.default_action), Action::Offer),
        rules: rules::fold(layers, diagnostics),
        layers: layers.iter().map(file).collect(),
        sources: Vec::new(),
    })
}

fn file(layer: &Layer) -> LayerFile {
    LayerFile {
        name: layer.name.clone(),
        source: layer.source.clone(),
        digest: Digest::of(layer.source.text().as_bytes()),
    }
}

/// The innermost layer that says anything decides; null means: as if no layer had said anything.
fn scalar<T: Clone>(layers: &[Layer], of: impl Fn(&Layer) -> &Field<T>) -> Option<Spanned<T>> {
    layers.iter().map(of).find_map(|field| match field {
        Field::Absent => None,
        Field::Deleted(_) => Some(None),
        Field::Given(value) => Some(Some(value.clone())),
    })?
}

fn setting<T>(value: Option<Spanned<T>>, default: T) -> Setting<T> {
    match value {
        Some(value) => Setting { value: value.value, span: Some(value.span) },
        None => Setting { value: default, span: None },
    }
}

fn listing(layers: &[Layer], of: impl Fn(&Layer) -> &Field<Change>) -> Listing {
    let mut listing = Listing { start: Start::All, span: None, edits: Vec::new() };
    for layer in layers.iter().rev() {
        match of(layer) {
            Field::Absent => {}
            Field::Deleted(_) => listing = Listing { start: Start::All, span: None, edits: Vec::new() },
            Field::Given(change) => match &change.value {
                Change::Set(start) => {
                    listing =
                        Listing { start: start.clone(), span: Some(change.span.clone()), edits: Vec::new() };
                }
                Change::Edit(edits) => listing.edits.extend(edits.iter().cloned()),
            },
        }
    }
    listing
}

/// A value and the folder of the layer that gave it.
type Placed<V> = (V, Home);

/// Entries of a map by key; the inner layer wins, null deletes one or all.
fn merged<K: Clone + Hash + Eq, V: Clone>(
    layers: &[Layer],
    of: impl Fn(&Layer) -> &Entries<K, V>,
) -> IndexMap<K, Placed<V>> {
    let mut all = IndexMap::new();
    for layer in layers.iter().rev() {
        if let Field::Deleted(_) = of(layer) {
            all.clear();
        }
        for (key, field) in of(layer).entries() {
            match field {
                Field::Absent => {}
                Field::Deleted(_) => {
                    all.shift_remove(key);
                }
                Field::Given(value) => {
                    all.insert(key.clone(), (value.value.clone(), layer.folder.clone()));
                }
            }
        }
    }
    all
}

fn assignments(layers: &[Layer]) -> IndexMap<UnitId, Assignment> {
    let folded = merged(layers, |layer| &layer.assignments);
    folded.into_iter().map(|(id, (written, folder))| (id, assignment(written, &folder))).collect()
}

fn unread(layers: &[Layer]) -> BTreeSet<UnitId> {
    let written = layers.iter().flat_map(|layer| layer.assignments.entries());
    written.filter(|(_, field)| matches!(field, Field::Absent)).map(|(id, _)| id.clone()).collect()
}

fn assignment(written: layer::Assignment, home: &Home) -> Assignment {
    let (shown, folder) = match written.from.value {
        Location::Path(path) => {
            let folder = home.assignment(&path);
            (path, folder)
        }
        Location::Source(remote, inner) => (remote.label_of(&inner), Folder::Source(remote, inner)),
    };
    Assignment {
        span: written.key,
        title: written.title,
        folder,
        from: Spanned::new(shown, written.from.span),
        requires: written.requires,
        after: written.after,
        hours: written.hours,
        former_ids: written.former_ids,
        former_files: written.former_files,
    }
}

fn stubs(layers: &[Layer]) -> IndexMap<String, String> {
    let mut folded = merged(layers, |layer| &layer.stubs);
    folded.sort_keys();
    folded.into_iter().map(|(language, (stub, _))| (language, stub)).collect()
}

fn variables(layers: &[Layer]) -> IndexMap<String, Value> {
    let folded = merged(layers, |layer| &layer.variables);
    folded.into_iter().map(|(name, (value, _))| (name, value)).collect()
}

/// An inner layer that sets what an outer one made final.
fn finals(layers: &[Layer], diagnostics: &mut Vec<Diagnostic>) {
    for (at, outer) in layers.iter().enumerate() {
        for name in &outer.finals {
            for inner in &layers[..at] {
                let Some(span) = written(inner, &name.value) else { continue };
                diagnostics.push(
                    Diagnostic::new(
                        Code::FinalValue,
                        format!("`{}` is final: an inner layer may not set it", name.value),
                    )
                    .at(&span, "set here")
                    .at(&name.span, format!("made final by `{}`", outer.name))
                    .help("remove it here, or ask the maintainers of the outer layer"),
                );
            }
        }
    }
}

/// Where `layer` sets the value that `final` calls `name`.
fn written(layer: &Layer, name: &str) -> Option<Span> {
    match name {
        "course.id" => layer.id.span().cloned(),
        "base.from" => layer.base_from.span().cloned(),
        "base.version" => layer.base_version.span().cloned(),
        "modules" => layer.modules.span().cloned(),
        "milestones" => layer.milestones.span().cloned(),
        "numbering" => layer.numbering.span().cloned(),
        "tier" => layer.tier.span().cloned(),
        "notebooks" => layer.notebooks.span().cloned(),
        "stubs" => first(&layer.stubs),
        "variables" => first(&layer.variables),
        "schedule.timezone" => layer.schedule.timezone.span().cloned(),
        "schedule.start" => layer.schedule.start.span().cloned(),
        "schedule.breaks" => layer.schedule.breaks.span().cloned(),
        "schedule.units" => layer.schedule.units.span().cloned(),
        "updates.default" => layer.default_action.span().cloned(),
        _ => None,
    }
}

/// Where the first entry is, or the null that takes all of them back.
fn first<K, V>(entries: &Entries<K, V>) -> Option<Span> {
    match entries {
        Field::Deleted(span) => Some(span.clone()),
        _ => entries.entries().find_map(|(_, field)| field.span().cloned()),
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
