//! [`Frequent`]: lines that are in so many places of a base that they tell nothing of a solution.
//!
//! Asked for each line that two files share, so no file is searched that lacks a word of the line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::catalog::Catalog;
use crate::python::is_word;
use crate::world::{EntryKind, World};

/// A line that is in files of so many folders of the base tells nothing.
const FREQUENT: usize = 4;

/// Which words are in which files of a base.
#[derive(Debug)]
pub(crate) struct Frequent {
    /// The path and the folder of each text.
    files: Vec<(String, usize)>,
    /// Word → the files that have it, by index, in order.
    words: BTreeMap<String, Vec<u32>>,
    /// What was asked before.
    known: Mutex<BTreeMap<String, bool>>,
}

impl Frequent {
    /// Reads every text of the base.
    pub(crate) fn of(world: &dyn World, catalog: &Catalog) -> Self {
        let mut frequent = Self { files: Vec::new(), words: BTreeMap::new(), known: Mutex::default() };
        let mut folders: BTreeMap<Option<String>, usize> = BTreeMap::new();
        let files = catalog.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::File { .. }));
        for entry in files {
            let bytes = world.read_in(&catalog.root, &entry.path).unwrap_or_default();
            let (Ok(text), Ok(at)) = (std::str::from_utf8(&bytes), u32::try_from(frequent.files.len()))
            else {
                continue;
            };
            let next = folders.len();
            let folder = *folders.entry(folder(&entry.path)).or_insert(next);
            frequent.files.push((entry.path.clone(), folder));
            for word in text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect::<BTreeSet<_>>() {
                match frequent.words.get_mut(word) {
                    Some(files) => files.push(at),
                    None => drop(frequent.words.insert(word.to_owned(), vec![at])),
                }
            }
        }
        frequent
    }

    /// Is `line` all over the base? Files of one unit count once.
    pub(crate) fn has(&self, line: &str, world: &dyn World, catalog: &Catalog) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(line).copied();
        if let Some(known) = known {
            return known;
        }
        let mut folders = BTreeSet::new();
        for (path, folder) in self.candidates(line) {
            if folders.len() >= FREQUENT {
                break;
            }
            if folders.contains(&folder) {
                continue;
            }
            let bytes = world.read_in(&catalog.root, path).unwrap_or_default();
            if std::str::from_utf8(&bytes).is_ok_and(|text| text.contains(line)) {
                folders.insert(folder);
            }
        }
        let is_frequent = folders.len() >= FREQUENT;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(line.to_owned(), is_frequent);
        is_frequent
    }

    /// The files that may have `line`: those with its rarest word. The first and the last word may be parts of longer ones there.
    fn candidates<'a>(&'a self, line: &'a str) -> Box<dyn Iterator<Item = (&'a str, usize)> + 'a> {
        let inner = line.find(|c| !is_word(c)).zip(line.rfind(|c| !is_word(c)));
        let inner = inner.and_then(|(start, end)| line.get(start..end)).unwrap_or_default();
        let words = inner.split(|c| !is_word(c)).filter(|word| !word.is_empty());
        let found = words.map(|word| self.words.get(word).map_or(&[][..], Vec::as_slice));
        let file = |(path, folder): &'a (String, usize)| (path.as_str(), *folder);
        match found.min_by_key(|files| files.len()) {
            Some(files) => Box::new(files.iter().filter_map(|at| self.files.get(*at as usize)).map(file)),
            None => Box::new(self.files.iter().map(file)),
        }
    }
}

/// What a path belongs to: the unit, for a module and its tests.
fn folder(path: &str) -> Option<String> {
    path.split('/').nth(1).map(str::to_owned)
}
