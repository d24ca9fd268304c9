//! A disk that loses power: after every call of every command, all that may be left on it, by what POSIX promises and no more.
//!
//! The bytes of a file are on the disk once the file is synced; until then they are all there, or none. An entry of a folder is there, or
//! gone, once the folder is synced; until then either. A rename is one change of two folders, and on the disk once both are synced. What is
//! below a folder whose own entry is lost is lost with it. Every state that may be left is settled, must hold every byte that the student
//! wrote, and the same command must end where an undisturbed one does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tito::apply::disk::{Call, How};

use super::commands::*;
use super::workspace::*;

/// States that are looked at in one run of the tests, for each command; all where time is no matter.
const STATES: usize = 400;

/// A file or a folder, whatever its names.
#[derive(Clone, Debug)]
enum Node {
    File {
        bytes: Vec<u8>,
        /// Are the bytes on the disk?
        synced: bool,
        executable: bool,
    },
    /// Names, with the numbers of their nodes.
    Folder(BTreeMap<String, usize>),
}

/// A change of entries that the disk has whole or not at all: folder, name, and what has that name from now on.
#[derive(Clone, Debug)]
struct Change {
    entries: Vec<(usize, String, Option<usize>)>,
    /// Folders that are yet to be synced.
    unsynced: BTreeSet<usize>,
}

/// The files as programs see them, and what of that the disk has.
#[derive(Clone, Debug, Default)]
struct Model {
    nodes: Vec<Node>,
    /// The folders as they are on the disk for sure.
    durable: BTreeMap<usize, BTreeMap<String, usize>>,
    /// What may be on it.
    pending: Vec<Change>,
    /// Is a rename over what is there the only one that the system has?
    is_plain: bool,
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

impl Model {
    /// The folder at `root`, all of it on the disk.
    fn of(root: &Path, calls: Calls) -> Self {
        let mut model = Self { is_plain: matches!(calls, Calls::Plain), ..Self::default() };
        model.read(root);
        for (number, node) in model.nodes.iter().enumerate() {
            if let Node::Folder(names) = node {
                model.durable.insert(number, names.clone());
            }
        }
        model
    }

    fn read(&mut self, at: &Path) -> usize {
        let number = self.nodes.len();
        if at.is_dir() {
            self.nodes.push(Node::Folder(BTreeMap::new()));
            let entries = fs::read_dir(at).unwrap().map(|entry| entry.unwrap());
            let names: BTreeMap<String, usize> = entries
                .map(|entry| (entry.file_name().into_string().unwrap(), self.read(&entry.path())))
                .collect();
            self.nodes[number] = Node::Folder(names);
        } else {
            let executable = is_executable(at);
            self.nodes.push(Node::File { bytes: fs::read(at).unwrap(), synced: true, executable });
        }
        number
    }

    fn node(&self, path: &str) -> Option<usize> {
        let mut at = 0;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let Node::Folder(names) = &self.nodes[at] else { return None };
            at = *names.get(part)?;
        }
        Some(at)
    }

    fn change(&mut self, entries: Vec<(usize, String, Option<usize>)>) {
        for (folder, name, node) in &entries {
            let Node::Folder(names) = &mut self.nodes[*folder] else { panic!("{name} is put into a file") };
            match node {
                Some(node) => names.insert(name.clone(), *node),
                None => names.remove(name),
            };
        }
        let unsynced = entries.iter().map(|(folder, ..)| *folder).collect();
        self.pending.push(Change { entries, unsynced });
    }

    /// A new name for `node`.
    fn add(&mut self, path: &str, node: Node) {
        let (folder, name) = split(path);
        let Some(folder) = self.node(folder).filter(|_| self.node(path).is_none()) else { return };
        if matches!(node, Node::Folder(_)) {
            self.durable.insert(self.nodes.len(), BTreeMap::new());
        }
        self.nodes.push(node);
        self.change(vec![(folder, name.to_owned(), Some(self.nodes.len() - 1))]);
    }

    fn remove(&mut self, path: &str) {
        let (folder, name) = split(path);
        let (Some(folder), Some(_)) = (self.node(folder), self.node(path)) else { return };
        self.change(vec![(folder, name.to_owned(), None)]);
    }

    fn rename(&mut self, from: &str, to: &str, how: How) {
        let ((from_folder, from_name), (to_folder, to_name)) = (split(from), split(to));
        let (Some(a), Some(b)) = (self.node(from_folder), self.node(to_folder)) else { return };
        let (moved, there) = (self.node(from), self.node(to));
        let goes = match how {
            How::Exchange => there.is_some() && !self.is_plain,
            How::Keep => there.is_none() && !self.is_plain,
            How::Replace => from != to,
        };
        if moved.is_some() && goes {
            let left = if how == How::Exchange { there } else { None };
            self.change(vec![(b, to_name.to_owned(), moved), (a, from_name.to_owned(), left)]);
        }
    }

    fn see(&mut self, call: Call<'_>) {
        match call {
            Call::Create(path, executable) => {
                self.add(path, Node::File { bytes: Vec::new(), synced: false, executable });
            }
            Call::Write(path, bytes) => {
                if let Some(Node::File { bytes: there, synced, .. }) =
                    self.node(path).map(|at| &mut self.nodes[at])
                {
                    (*there, *synced) = (bytes.to_vec(), false);
                }
            }
            Call::SyncFile(path) => {
                if let Some(Node::File { synced, .. }) = self.node(path).map(|at| &mut self.nodes[at]) {
                    *synced = true;
                }
            }
            Call::SyncFolder(path) => {
                if let Some(folder) = self.node(path) {
                    self.sync(folder);
                }
            }
            Call::SyncAll => {
                for folder in 0..self.nodes.len() {
                    match &mut self.nodes[folder] {
                        Node::File { synced, .. } => *synced = true,
                        Node::Folder(_) => self.sync(folder),
                    }
                }
            }
            Call::MakeFolder(path) => self.add(path, Node::Folder(BTreeMap::new())),
            Call::RemoveFile(path) => self.remove(path),
            Call::RemoveFolder(path) => {
                if matches!(self.node(path).map(|at| &self.nodes[at]), Some(Node::Folder(names)) if names.is_empty())
                {
                    self.remove(path);
                }
            }
            Call::Rename(from, to, how) => self.rename(from, to, how),
            Call::Link(from, to) => {
                let (folder, name) = split(to);
                if let (Some(node), Some(folder), None) = (self.node(from), self.node(folder), self.node(to))
                {
                    self.change(vec![(folder, name.to_owned(), Some(node))]);
                }
            }
        }
    }

    fn sync(&mut self, folder: usize) {
        for change in &mut self.pending {
            change.unsynced.remove(&folder);
        }
        // What is on the disk for sure; and with it what was done before under the same names.
        let done: Vec<usize> =
            (0..self.pending.len()).filter(|number| self.pending[*number].unsynced.is_empty()).collect();
        let kept = self.closed(done.into_iter().collect());
        self.durable = self.with(&kept);
        let mut number = 0;
        self.pending.retain(|_| {
            number += 1;
            !kept.contains(&(number - 1))
        });
    }

    /// `chosen`, with all earlier changes of the same entries.
    fn closed(&self, mut chosen: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut names: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (number, change) in self.pending.iter().enumerate().rev() {
            let touches = || change.entries.iter().any(|(folder, name, _)| names.contains(&(*folder, name)));
            if chosen.contains(&number) || touches() {
                chosen.insert(number);
                names.extend(change.entries.iter().map(|(folder, name, _)| (*folder, name.as_str())));
            }
        }
        chosen
    }

    /// The folders on a disk that has the `chosen` of the pending changes.
    fn with(&self, chosen: &BTreeSet<usize>) -> BTreeMap<usize, BTreeMap<String, usize>> {
        let mut folders = self.durable.clone();
        for number in chosen {
            for (folder, name, node) in &self.pending[*number].entries {
                let names = folders.entry(*folder).or_default();
                match node {
                    Some(node) => names.insert(name.clone(), *node),
                    None => names.remove(name),
                };
            }
        }
        folders
    }

    /// Which of the pending changes the disk may have: none, all, each alone, all but each, and some at random.
    fn choices(&self, random: &mut Random) -> Vec<BTreeSet<usize>> {
        let all: BTreeSet<usize> = (0..self.pending.len()).collect();
        let mut choices = vec![BTreeSet::new(), all.clone()];
        for number in &all {
            choices.push(BTreeSet::from([*number]));
            choices.push(all.iter().copied().filter(|other| other != number).collect());
            choices.push(all.iter().copied().filter(|_| random.next().is_multiple_of(2)).collect());
        }
        choices.into_iter().map(|chosen| self.closed(chosen)).collect()
    }

    /// A disk: every file below `folder`, and every folder with a slash.
    fn disk(&self, chosen: &BTreeSet<usize>, has_bytes: bool) -> State {
        let folders = self.with(chosen);
        let (mut state, mut todo) = (State::new(), vec![(String::new(), 0)]);
        while let Some((path, number)) = todo.pop() {
            for (name, node) in folders.get(&number).into_iter().flatten() {
                let path = format!("{path}{name}");
                match &self.nodes[*node] {
                    Node::Folder(_) => {
                        todo.push((format!("{path}/"), *node));
                        state.insert(path + "/", (Vec::new(), false));
                    }
                    Node::File { bytes, synced, executable } => {
                        let bytes = if *synced || has_bytes { bytes.clone() } else { Vec::new() };
                        state.insert(path, (bytes, *executable));
                    }
                }
            }
        }
        state
    }
}

/// What is on a disk after the power came back.
type State = BTreeMap<String, (Vec<u8>, bool)>;

#[cfg(unix)]
fn is_executable(at: &Path) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(at).unwrap().permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}

fn write(state: &State, root: &Path) {
    for (path, (bytes, executable)) in state {
        let at = root.join(path.trim_end_matches('/'));
        if path.ends_with('/') {
            fs::create_dir_all(&at).unwrap();
            continue;
        }
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(&at, bytes).unwrap();
        #[cfg(unix)]
        if *executable {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&at, mode).unwrap();
        }
    }
}

/// Numbers that look like chance and are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }
}

/// Every state that a power cut during the command may leave, with the call before which the power went.
fn states(case: Case, calls: Calls) -> Vec<(String, State)> {
    let (_folder, root) = case.workspace();
    let model = Arc::new(Mutex::new((Model::of(&root, calls), Vec::new())));
    let seen = model.clone();
    let disk = watched(disk(&root, calls), move |number, call| {
        let mut seen = seen.lock().unwrap();
        let snapshot = seen.0.clone();
        seen.1.push((format!("before call {number}, {call:.60?}"), snapshot));
        seen.0.see(call);
        Ok(())
    });
    case.run(&root, disk).unwrap();
    let (last, mut moments) = std::mem::take(&mut *model.lock().unwrap());
    assert_true(&last, &root);
    moments.push(("at the end".to_owned(), last));
    let mut random = Random(7);
    let mut known = BTreeSet::new();
    let mut states = Vec::new();
    for (when, model) in moments {
        for (number, chosen) in model.choices(&mut random).into_iter().enumerate() {
            let state = model.disk(&chosen, number.is_multiple_of(2));
            if known.insert(state.clone()) {
                states.push((format!("{when}, with {chosen:?} of {:?}", model.pending), state));
            }
        }
    }
    states
}

/// Fails where the model is not what the calls made of the folder at `root`.
fn assert_true(model: &Model, root: &Path) {
    let mut all = model.disk(&(0..model.pending.len()).collect(), true);
    all.retain(|path, _| path != ".tinytorch/lock" && !path.ends_with('/'));
    let files = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let mut found: State = files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            (name, (fs::read(entry.path()).unwrap(), is_executable(entry.path())))
        })
        .collect();
    found.remove(".tinytorch/lock");
    assert!(all == found, "the model has {:?}, the disk {:?}", all.keys(), found.keys());
}

/// Looks at some of the states that a power cut may leave, or at all.
fn check(case: Case, calls: Calls) {
    let want = {
        let (_folder, root) = case.workspace();
        case.run(&root, quick(&root, calls)).unwrap();
        outcome(&root)
    };
    let states = states(case, calls);
    assert!(states.len() > 200, "{case:?} has only {} states", states.len());
    for (when, state) in &states {
        for text in case.student() {
            let is_there = state.values().any(|(bytes, _)| bytes == text.as_bytes());
            assert!(is_there, "{case:?}, {calls:?}, {when}: lost {text:?}; there is {:#?}", state.keys());
        }
    }
    let all = std::env::var_os("TITO_TEST_EXHAUSTIVE").is_some();
    let step = if all { 1 } else { states.len().div_ceil(STATES) };
    for (when, state) in states.iter().step_by(step) {
        let when = format!("{case:?}, {calls:?}, {when}");
        let (_folder, root) = bare();
        write(state, &root);
        case.run(&root, quick(&root, calls)).unwrap_or_else(|error| panic!("{when}, again: {error}"));
        let files = tree(&root);
        for text in case.student() {
            assert!(
                files.values().any(|found| found == text),
                "{when}, again: lost {text:?}; there is {files:#?}"
            );
        }
        // What is over and said may be said for the second time, or done for the second time.
        if !when.contains("at the end") {
            assert_same(&outcome(&root), &want, &format!("{when}, again"));
        }
    }
}

#[test]
fn an_update_survives_a_power_cut_at_any_call() {
    check(Case::Update, Calls::At);
    check(Case::Update, Calls::Plain);
}

#[test]
fn an_undo_survives_a_power_cut_at_any_call() {
    check(Case::UndoLast, Calls::At);
    check(Case::UndoLast, Calls::Plain);
}

#[test]
fn an_undo_of_an_older_run_survives_a_power_cut_at_any_call() {
    check(Case::UndoFirst, Calls::At);
    check(Case::UndoFirst, Calls::Plain);
}

#[test]
fn a_take_survives_a_power_cut_at_any_call() {
    check(Case::Take, Calls::At);
    check(Case::Take, Calls::Plain);
}
