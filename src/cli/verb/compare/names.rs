//! What is the same on both sides under another name: units and files that were renamed, rules whose line or number is another.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::{Renames, Target};
use crate::id::{FileId, UnitId};
use crate::lock::{Lock, LockedFile, recognised};
use crate::path::WorkspacePath;

/// Old names → new ones.
pub(super) struct Names {
    pub(super) renames: Renames,
    files: BTreeMap<FileId, FileId>,
    rules: BTreeMap<String, String>,
}

impl Names {
    /// The names of `old` in `new`. The course behind `new`, where there is one, knows renames.
    pub(super) fn of(old: &Lock, new: &Lock, target: Option<&Target>) -> Self {
        let renames = target.map(|target| recognised(old, target)).unwrap_or_default();
        let followed = renames.successors(old.ids(), new.ids());
        let files = followed.into_iter().map(|(was, is)| (was, is.id)).collect();
        let mut names = Self { renames, files, rules: BTreeMap::new() };
        names.rules = rules(old, new, &names);
        names
    }

    /// What the unit is called in `new`.
    pub(super) fn unit(&self, id: &UnitId) -> UnitId {
        self.renames.unit(id)
    }

    /// What the file is in `new`.
    pub(super) fn file<'a>(&'a self, id: &'a FileId) -> &'a FileId {
        self.files.get(id).unwrap_or(id)
    }

    /// What the rule is called in `new`; none where it is no more, or nothing tells.
    pub(super) fn rule(&self, name: &str) -> Option<&str> {
        self.rules.get(name).map(String::as_str)
    }

    /// The files of `old`, by what they are in `new`.
    pub(super) fn files_of<'a>(
        &'a self,
        old: &'a Lock,
    ) -> BTreeMap<&'a FileId, (&'a WorkspacePath, &'a LockedFile)> {
        old.files.iter().map(|(path, file)| (self.file(&file.id), (path, file))).collect()
    }
}

/// Has the rule no name of its own? tito counts such rules, and a new one above it changes its number.
fn is_counted(name: &str) -> bool {
    name.strip_prefix("rule ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Rules by name; one without a name is the one that governs the same files.
fn rules(old: &Lock, new: &Lock, names: &Names) -> BTreeMap<String, String> {
    let mut forth: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut back: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let before = names.files_of(old);
    for file in new.files.values() {
        let Some((_, was)) = before.get(&file.id) else { continue };
        if is_counted(&was.rule) && is_counted(&file.rule) {
            forth.entry(&was.rule).or_default().insert(&file.rule);
            back.entry(&file.rule).or_default().insert(&was.rule);
        }
    }
    let present: BTreeSet<&str> = new.rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut all = BTreeMap::new();
    for rule in &old.rules {
        let only = |set: Option<&BTreeSet<&str>>| {
            set.filter(|set| set.len() == 1)?.first().map(|name| (*name).to_owned())
        };
        let same = if is_counted(&rule.id) {
            only(forth.get(rule.id.as_str())).filter(|name| only(back.get(name.as_str())).is_some())
        } else {
            present.contains(rule.id.as_str()).then(|| rule.id.clone())
        };
        all.extend(same.map(|name| (rule.id.clone(), name)));
    }
    all
}
