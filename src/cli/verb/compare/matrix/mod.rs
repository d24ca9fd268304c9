//! `tito compare --matrix COURSES`: what differs between many courses, and each from what it extends.

mod facts;
mod order;
mod show;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::sources::{self, Policy};
use crate::cli::{find, report};
use crate::compile::{Bases, compile_read};
use crate::course;
use crate::diagnostic::{Checked, Diagnostic, has_errors};
use crate::path::slashed;
use crate::world::World;
use crate::world::disk::Disk;

use facts::{Facts, Part};

/// What differs between courses, and each from what it extends.
#[derive(Debug, Serialize, JsonSchema)]
struct Matrix {
    /// What is not the same in all courses.
    between: Vec<Row>,
    /// The courses, in their order, each with what it does to the course that it extends.
    courses: Vec<Section>,
}

/// Something that is not the same in all courses.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    part: Part,
    /// Of what: a unit, a variable, a rule, `tensor opens`.
    name: String,
    /// Each value, and which courses have it; the most frequent one first.
    values: Vec<Shared>,
}

/// A value that some courses have.
#[derive(Debug, Serialize, JsonSchema)]
struct Shared {
    /// None: these courses do not have it.
    value: Option<String>,
    courses: Vec<String>,
}

/// A course, and what it does to the one that it extends.
#[derive(Debug, Serialize, JsonSchema)]
struct Section {
    /// Its folder or file, as it was named.
    course: String,
    id: String,
    /// The layer that it extends, relative to its folder; none: it extends nothing.
    extends: Option<String>,
    /// None: it extends nothing, or that is not a course by itself.
    differs: Option<Vec<Change>>,
}

/// Something that a course has otherwise than the one that it extends.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Change {
    part: Part,
    name: String,
    /// None: it is new here.
    was: Option<String>,
    /// None: it is gone here.
    is: Option<String>,
}

/// A course that was read: what it says, and what the one says that it extends.
struct Read {
    facts: Facts,
    extends: Option<String>,
    outer: Option<Facts>,
}

/// The JSON Schema of what `--format json` prints.
pub(crate) fn schema() -> serde_json::Value {
    crate::json::schema::<Matrix>("matrix.schema.json", "what `tito compare --matrix --format json` prints")
}

/// Compares the courses that `asked` names.
pub(super) fn run(asked: &[PathBuf], out: &Out) -> Exit {
    match matrix(asked, out) {
        Ok(matrix) => {
            show::show(&matrix, out);
            Exit::Done
        }
        Err(exit) => exit,
    }
}

fn matrix(asked: &[PathBuf], out: &Out) -> Result<Matrix, Exit> {
    let world = Disk::new();
    let (paths, _) = find::courses(&world, asked, out)?;
    let policy = |path: &Path| Policy::locked(&world, path, false);
    let read = sources::many(&world, &paths, policy, read);
    let mut courses = Vec::new();
    let mut bad = 0;
    for (path, read) in paths.iter().zip(read) {
        match read {
            Ok(read) => courses.push((name(path), read)),
            Err(found) => {
                bad += 1;
                out.say(paint(Look::Strong, &clean(&name(path))));
                report::show(&found, out);
            }
        }
    }
    if bad > 0 {
        let message = format!("{} cannot be compared", counted(bad, "course"));
        return Err(out.fail(&message, "correct them first, or leave them out"));
    }
    let all: Vec<(&str, &Facts)> = courses.iter().map(|(name, read)| (name.as_str(), &read.facts)).collect();
    let between = between(&all);
    let section = |(course, read): (String, Read)| Section {
        course,
        id: read.facts.id.clone(),
        differs: read.outer.as_ref().map(|outer| changes(outer, &read.facts)),
        extends: read.extends,
    };
    Ok(Matrix { between, courses: courses.into_iter().map(section).collect() })
}

/// A course as the user knows it: its folder, or its file where that has another name than `course.yml`.
fn name(path: &Path) -> String {
    let folder = path.parent().filter(|_| path.ends_with("course.yml"));
    let shown = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(path);
    slashed(shown)
}

/// Reads a course, and the one that it extends.
///
/// # Errors
/// What is wrong with the course.
fn read(world: &dyn World, path: &Path, bases: &Bases) -> Result<Read, Vec<Diagnostic>> {
    let Checked { value, diagnostics } = course::read(world, path);
    let Some(course) = value else { return Err(diagnostics) };
    let compiled = compile_read(world, Checked::new(course.clone(), diagnostics), bases);
    let target = match compiled.value {
        Some(target) if !has_errors(&compiled.diagnostics) => target,
        _ => return Err(compiled.diagnostics),
    };
    // What is wrong with a layer that is not for itself is not looked at.
    let outer = course::read_outer(world, path).and_then(|outer| {
        let course = outer.value?;
        let target = compile_read(world, Checked::new(course.clone(), Vec::new()), bases).value?;
        Some(Facts::of(&course, &target))
    });
    let extends = course.layers.get(1).map(|layer| layer.name.clone());
    Ok(Read { facts: Facts::of(&course, &target), extends, outer })
}

/// What is not the same in all `courses`.
fn between(courses: &[(&str, &Facts)]) -> Vec<Row> {
    let keys: BTreeSet<_> = courses.iter().flat_map(|(_, facts)| facts.values.keys()).collect();
    let mut rows: Vec<Row> = keys
        .into_iter()
        .filter_map(|key| {
            let values = courses.iter().map(|(name, facts)| (*name, facts.values.get(key).cloned()));
            row(key.0, &key.1, values.filter(|(_, value)| value.is_some() || !key.0.goes_with_unit()))
        })
        .collect();
    let orders: Vec<_> = courses.iter().map(|(_, facts)| facts.order.as_slice()).collect();
    let orders = order::differing(&orders);
    let named = courses.iter().map(|(name, _)| *name).zip(orders.into_iter().map(Some));
    rows.extend(row(Part::Order, "", named));
    rows.sort_by(|a, b| (a.part, &a.name).cmp(&(b.part, &b.name)));
    rows
}

/// The values of one thing. None: all are the same.
fn row<'a>(part: Part, name: &str, values: impl Iterator<Item = (&'a str, Option<String>)>) -> Option<Row> {
    let mut shared: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
    for (course, value) in values {
        shared.entry(value).or_default().push(course.to_owned());
    }
    if shared.len() < 2 {
        return None;
    }
    let mut values: Vec<Shared> =
        shared.into_iter().map(|(value, courses)| Shared { value, courses }).collect();
    values.sort_by_key(|shared| std::cmp::Reverse(shared.courses.len()));
    Some(Row { part, name: name.to_owned(), values })
}

/// What `inner` has otherwise than `outer`.
fn changes(outer: &Facts, inner: &Facts) -> Vec<Change> {
    let keys: BTreeSet<_> = outer.values.keys().chain(inner.values.keys()).collect();
    let change = |key: &(Part, String)| {
        let (was, is) = (outer.values.get(key).cloned(), inner.values.get(key).cloned());
        let is_said = was != is && (!key.0.goes_with_unit() || (was.is_some() && is.is_some()));
        is_said.then(|| Change { part: key.0, name: key.1.clone(), was, is })
    };
    let mut changes: Vec<Change> = keys.into_iter().filter_map(change).collect();
    if let [was, is] = order::differing(&[&outer.order, &inner.order]).as_slice()
        && was != is
    {
        changes.push(Change {
            part: Part::Order,
            name: String::new(),
            was: Some(was.clone()),
            is: Some(is.clone()),
        });
    }
    changes.sort_by(|a, b| (a.part, &a.name).cmp(&(b.part, &b.name)));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(values: &[(Part, &str, &str)], order: &[&str]) -> Facts {
        let value =
            |(part, name, value): &(Part, &str, &str)| ((*part, (*name).to_owned()), (*value).to_owned());
        Facts {
            id: "a".to_owned(),
            values: values.iter().map(value).collect(),
            order: order.iter().map(|id| id.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn what_all_have_is_not_a_difference() {
        let one = facts(&[(Part::Unit, "a", "do"), (Part::Variable, "room", "\"1\"")], &["a", "b"]);
        let two = facts(&[(Part::Unit, "a", "do"), (Part::Variable, "room", "\"2\"")], &["a", "b"]);
        let three = facts(&[(Part::Unit, "a", "do")], &["b", "a"]);
        let rows = between(&[("x", &one), ("y", &two), ("z", &three)]);
        let said: Vec<String> = rows
            .iter()
            .map(|row| {
                let values =
                    row.values.iter().map(|one| format!("{:?} {}", one.value, one.courses.join("+")));
                format!("{:?} {}: {}", row.part, row.name, values.collect::<Vec<_>>().join(" | "))
            })
            .collect();
        let expected = [
            "Order : Some(\"a, b\") x+y | Some(\"b, a\") z",
            "Variable room: None z | Some(\"\\\"1\\\"\") x | Some(\"\\\"2\\\"\") y",
        ];
        assert_eq!(said, expected);
        assert!(between(&[("x", &one)]).is_empty());
    }

    #[test]
    fn a_course_is_compared_with_what_it_extends() {
        let outer = facts(&[(Part::Unit, "a", "do"), (Part::Unit, "b", "do")], &["a", "b"]);
        let inner = facts(&[(Part::Unit, "a", "provided"), (Part::Assignment, "lab", "do")], &["a", "lab"]);
        let said: Vec<_> = changes(&outer, &inner)
            .into_iter()
            .map(|change| (change.part, change.name, change.was.is_some(), change.is.is_some()))
            .collect();
        let expected = [
            (Part::Unit, "a".to_owned(), true, true),
            (Part::Unit, "b".to_owned(), true, false),
            (Part::Assignment, "lab".to_owned(), false, true),
        ];
        assert_eq!(said, expected);
    }
}
