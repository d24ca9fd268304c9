//! `version.json` as it must be when not every change came about: what was left undone keeps its old entry.
//!
//! Only the map `files` is understood here, path → entry; entries are carried as they are written, never read. An entry follows its file
//! through a move that came about, so that a file that moved but was not rewritten is known, by its old bytes, at its new path.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Head};
use super::journal::{Recorded, Verb};
use super::schedule::{Op, Swap};
use crate::json;
use crate::lock::ARRIVED;
use crate::path::WorkspacePath;

/// The key of the map of files.
const FILES: &str = "files";

type Files = BTreeMap<String, Entry>;

/// The document: what it says beside its files, in its order, and the entries of its files.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    /// With a place for the files, if it has any.
    others: Head,
    files: Files,
}

impl Document {
    /// The document that `bytes` are, if they are one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        if json::is_too_large(bytes) {
            return None;
        }
        let mut others: Head = serde_json::from_slice(bytes).ok()?;
        let files = others.get_mut(FILES).map(|files| std::mem::replace(files, Entry::of(&())));
        Some(Self {
            others,
            files: files.and_then(|files| serde_json::from_str(files.text()).ok()).unwrap_or_default(),
        })
    }

    /// A document without files.
    pub(super) fn of(head: Head) -> Self {
        Self { others: head, files: Files::new() }
    }

    /// The values of `keys` that it has.
    pub(super) fn head(&self, keys: &[&str]) -> Head {
        let known = self.others.iter().filter(|(key, _)| keys.contains(&key.as_str()));
        known.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// What it says of every path that `changes` govern.
    pub(super) fn entries(&self, changes: &[Recorded]) -> BTreeMap<WorkspacePath, Option<Entry>> {
        let paths = changes.iter().flat_map(Recorded::governs);
        paths.map(|path| (path.clone(), self.files.get(path.as_str()).cloned())).collect()
    }

    /// The same document, with these entries of paths; none: it has none.
    #[must_use]
    pub(super) fn with(mut self, entries: BTreeMap<WorkspacePath, Option<Entry>>) -> Self {
        for (path, entry) in entries {
            put(&mut self.files, path.as_str(), entry.as_ref());
        }
        self
    }

    /// The same document, with what `after` says, and it says still, as `before` says: entries of files, and everything else.
    #[must_use]
    pub(super) fn without(mut self, after: &Self, before: &Self) -> Self {
        let paths: BTreeSet<&String> = after.files.keys().chain(before.files.keys()).collect();
        for path in paths {
            if self.files.get(path) == after.files.get(path) {
                put(&mut self.files, path, before.files.get(path));
            }
        }
        let keys: BTreeSet<&String> = after.others.keys().chain(before.others.keys()).collect();
        for key in keys.into_iter().filter(|key| *key != FILES) {
            if self.others.get(key) == after.others.get(key) {
                match before.others.get(key) {
                    Some(value) => self.others.insert(key.clone(), value.clone()),
                    None => self.others.shift_remove(key),
                };
            }
        }
        self
    }

    /// It after a run, except for paths that not all their changes came about for: these have what `before` said, at where the file is now.
    #[must_use]
    pub(super) fn without_skipped(mut self, before: &Self, changes: &[Recorded], ops: &[Op]) -> Self {
        let moved = moved(before.files.clone(), changes, ops);
        for path in undone(changes) {
            put(&mut self.files, path.as_str(), moved.get(path.as_str()));
        }
        self
    }

    /// It before a run, with what came about: for paths that all their changes came about for, the entry that `entries` promises.
    #[must_use]
    pub(super) fn adopted(
        mut self,
        entries: &BTreeMap<WorkspacePath, Option<Entry>>,
        changes: &[Recorded],
        ops: &[Op],
    ) -> Self {
        let undone = undone(changes);
        let arrived = self.arrived(changes);
        self.files = moved(self.files, changes, ops);
        for path in changes.iter().flat_map(Recorded::governs).filter(|path| !undone.contains(path)) {
            put(&mut self.files, path.as_str(), entries.get(path).and_then(Option::as_ref));
        }
        if !arrived.is_empty() {
            self.others.entry(FILES.to_owned()).or_insert_with(|| Entry::of(&()));
            self.others.insert(ARRIVED.to_owned(), Entry::of(&arrived));
        }
        self
    }

    /// Where files are that it does not know, the student's own, and that have moved: what moves along by unit would move again.
    fn arrived(&self, changes: &[Recorded]) -> BTreeSet<String> {
        let is_own = |change: &&Recorded| {
            change.from.as_ref().is_some_and(|from| !self.files.contains_key(from.as_str()))
        };
        let moves =
            changes.iter().filter(|change| change.kind == Verb::Move && change.holds()).filter(is_own);
        let earlier = self.others.get(ARRIVED).and_then(|list| serde_json::from_str(list.text()).ok());
        let earlier =
            earlier.iter().flat_map(|list: &Vec<serde_json::Value>| list).filter_map(|path| path.as_str());
        earlier.map(str::to_owned).chain(moves.map(|change| change.path.to_string())).collect()
    }

    /// It as text, one line per file.
    pub(super) fn write(&self) -> Vec<u8> {
        let key = |key: &str| serde_json::Value::from(key).to_string();
        let block = |name: &str, entries: &mut dyn Iterator<Item = (&String, &Entry)>| {
            let lines: Vec<String> =
                entries.map(|(name, entry)| format!("    {}: {}", key(name), entry.text())).collect();
            let text =
                if lines.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n  }}", lines.join(",\n")) };
            format!("  {}: {text}", key(name))
        };
        let mut lines: Vec<String> = Vec::new();
        for (name, value) in &self.others {
            lines.push(match value.entries() {
                _ if name == FILES => block(FILES, &mut self.files.iter()),
                Some(entries) => block(name, &mut entries.iter()),
                None => format!("  {}: {}", key(name), value.text()),
            });
        }
        if !self.others.contains_key(FILES) {
            lines.push(block(FILES, &mut self.files.iter()));
        }
        format!("{{\n{}\n}}\n", lines.join(",\n")).into_bytes()
    }
}

/// The paths that not all their changes came about for.
fn undone(changes: &[Recorded]) -> BTreeSet<&WorkspacePath> {
    changes.iter().filter(|change| !change.holds()).flat_map(Recorded::governs).collect()
}

fn put(files: &mut Files, path: &str, entry: Option<&Entry>) {
    match entry {
        Some(entry) => files.insert(path.to_owned(), entry.clone()),
        None => files.remove(path),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_carried_as_it_is() {
        let text = "{\n  \"workspace_version\": 2,\n  \"files\": {\n    \"a.md\": {\"id\":\"x\",\"odd\":[1.50,{\"b\":null}]},\n    \"b.md\": null\n  },\n  \"offered\": {\n    \"x\": \"y\"\n  },\n  \"later\": [1, 2]\n}\n";
        let document = Document::read(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(document.write()).unwrap(), text);
        assert_eq!(document.head(&["later", "created"]).len(), 1);
        // However it is laid out, an entry takes one line.
        let pretty =
            serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap();
        let pretty = String::from_utf8(Document::read(pretty.as_bytes()).unwrap().write()).unwrap();
        assert_eq!(pretty, text.replace("[1, 2]", "[1,2]"));
    }

    #[test]
    fn what_is_no_document_is_none() {
        let deep = format!("{{\"files\": {{\"a\": {}{}}}}}", "[".repeat(200), "]".repeat(200));
        let many = format!("{{\"files\": [{}0]}}", "0,".repeat(json::MAX_VALUES));
        for text in ["", "[]", "{", "{\"a\": }", "null", &deep, &many] {
            assert!(Document::read(text.as_bytes()).is_none(), "{:.40}", text);
        }
        let odd = Document::read(b"{\"files\": [1], \"a\": 2}").unwrap();
        assert_eq!(odd.write(), b"{\n  \"files\": {},\n  \"a\": 2\n}\n");
    }
}
