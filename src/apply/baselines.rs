//! `version.json` as it must be when not every change came about: what was left undone keeps its old entry.
//!
//! Only the map `files` is understood here, path → entry; entries are carried, never read. An entry follows its file through a move that
//! came about, so that a file that moved but was not rewritten is known, by its old bytes, at its new path.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::journal::{Recorded, Verb};
use super::schedule::{Op, Swap};
use crate::lock::ARRIVED;
use crate::path::WorkspacePath;

type Files = BTreeMap<String, Value>;

/// The document's map of files; empty where the bytes are no such document.
fn files(document: &Map<String, Value>) -> Files {
    match document.get("files") {
        Some(Value::Object(files)) => {
            files.iter().map(|(path, entry)| (path.clone(), entry.clone())).collect()
        }
        _ => Files::new(),
    }
}

/// `bytes` as a document, if it is one.
pub(super) fn document(bytes: &[u8]) -> Option<Map<String, Value>> {
    match crate::json::read(bytes) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// What `after` says of every path that `changes` govern.
pub(super) fn entries(after: &Map<String, Value>, changes: &[Recorded]) -> BTreeMap<WorkspacePath, Value> {
    let files = files(after);
    let paths = changes.iter().flat_map(Recorded::governs);
    paths.map(|path| (path.clone(), files.get(path.as_str()).cloned().unwrap_or_default())).collect()
}

/// `after`, except for paths that not all their changes came about for: these have what `before` said, at where the file is now.
pub(super) fn without_skipped(
    before: &Map<String, Value>,
    after: Map<String, Value>,
    changes: &[Recorded],
    ops: &[Op],
) -> Map<String, Value> {
    let moved = moved(files(before), changes, ops);
    let undone: BTreeSet<&WorkspacePath> =
        changes.iter().filter(|change| !change.holds()).flat_map(Recorded::governs).collect();
    let mut files = files(&after);
    for path in undone {
        put(&mut files, path, moved.get(path.as_str()));
    }
    with_files(after, files)
}

/// `before`, with what came about: for paths that all their changes came about for, the entry that `entries` promises.
pub(super) fn adopted(
    before: Map<String, Value>,
    entries: &BTreeMap<WorkspacePath, Value>,
    changes: &[Recorded],
    ops: &[Op],
) -> Map<String, Value> {
    let undone: BTreeSet<&WorkspacePath> =
        changes.iter().filter(|change| !change.holds()).flat_map(Recorded::governs).collect();
    let arrived = arrived(&before, changes);
    let mut files = moved(files(&before), changes, ops);
    for path in changes.iter().flat_map(Recorded::governs).filter(|path| !undone.contains(path)) {
        put(&mut files, path, entries.get(path).filter(|entry| !entry.is_null()));
    }
    let mut document = with_files(before, files);
    if !arrived.is_empty() {
        document.insert(ARRIVED.to_owned(), arrived.into_iter().collect());
    }
    document
}

/// Where files are that the document does not know, the student's own, and that have moved: what moves along by unit would move again.
fn arrived(before: &Map<String, Value>, changes: &[Recorded]) -> BTreeSet<String> {
    let files = files(before);
    let is_own =
        |change: &&Recorded| change.from.as_ref().is_some_and(|from| !files.contains_key(from.as_str()));
    let moves = changes.iter().filter(|change| change.kind == Verb::Move && change.holds()).filter(is_own);
    let earlier =
        before.get(ARRIVED).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    earlier.map(str::to_owned).chain(moves.map(|change| change.path.to_string())).collect()
}

fn put(files: &mut Files, path: &WorkspacePath, entry: Option<&Value>) {
    match entry {
        Some(entry) => files.insert(path.to_string(), entry.clone()),
        None => files.remove(path.as_str()),
    };
}

/// The entries, each where its file is after the moves that came about.
fn moved(mut files: Files, changes: &[Recorded], ops: &[Op]) -> Files {
    for op in ops {
        let came_about = |number: &usize| changes.get(*number).is_some_and(Recorded::holds);
        if !op.covers().iter().all(came_about) {
            continue;
        }
        let (a, b) = match op {
            Op::Swap(Swap { a, b, .. }) => (a, b),
            Op::One(number) => match changes.get(*number) {
                Some(Recorded { kind: Verb::Move, from: Some(from), path, .. }) => (from, path),
                _ => continue,
            },
        };
        let (at_a, at_b) = (files.remove(a.as_str()), files.remove(b.as_str()));
        files.extend(at_a.map(|entry| (b.to_string(), entry)));
        if matches!(op, Op::Swap(_)) {
            files.extend(at_b.map(|entry| (a.to_string(), entry)));
        }
    }
    files
}

fn with_files(mut document: Map<String, Value>, files: Files) -> Map<String, Value> {
    document.insert("files".to_owned(), Value::Object(files.into_iter().collect()));
    document
}

/// The document as text, one line per file.
pub(super) fn to_bytes(document: &Map<String, Value>) -> Vec<u8> {
    let lines: Vec<String> = document
        .iter()
        .map(|(key, value)| match value {
            Value::Object(entries) if !entries.is_empty() => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, entry)| format!("    {}: {entry}", Value::from(name.as_str())))
                    .collect();
                format!("  {}: {{\n{}\n  }}", Value::from(key.as_str()), entries.join(",\n"))
            }
            value => format!("  {}: {value}", Value::from(key.as_str())),
        })
        .collect();
    format!("{{\n{}\n}}\n", lines.join(",\n")).into_bytes()
}
