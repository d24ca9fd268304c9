//! The order in which things are made durable: what a power cut may find.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tito::apply::disk::{Call, How};
use tito::apply::layout::{JOURNAL, NEXT};
use tito::apply::{Batch, Disk};

use super::workspace::*;

/// What is not durable yet, as far as the run got, and what was wrong about that.
#[derive(Default)]
struct Pending {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
    has_intent: bool,
    faults: Vec<String>,
}

fn folder(path: &str) -> String {
    path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
}

fn is_own(path: &str) -> bool {
    path.starts_with(".tinytorch") && !path.starts_with(".tinytorch/incoming")
}

impl Pending {
    fn see(&mut self, call: Call<'_>) {
        match call {
            Call::Create(path, _) if path != ".tinytorch/lock" => {
                self.files.insert(path.to_owned());
                self.folders.insert(folder(path));
            }
            // That the command has said what it did may be forgotten: then it is said again.
            Call::RemoveFolder(".tinytorch/journal/unsaid") => {}
            Call::Create(..) | Call::Write(..) => {}
            Call::SyncFile(path) => drop(self.files.remove(path)),
            Call::SyncFolder(path) => drop(self.folders.remove(path)),
            Call::SyncAll => (self.files, self.folders) = Default::default(),
            Call::MakeFolder(path) => drop(self.folders.insert(folder(path))),
            Call::RemoveFile(path) | Call::RemoveFolder(path) => {
                self.files.remove(path);
                self.folders.insert(folder(path));
            }
            Call::Link(from, to) => self.rename(from, to),
            Call::Rename(from, to, how) => {
                if to == NEXT && how == How::Replace {
                    self.all_but_own("the record says that all is done");
                }
                self.rename(from, to);
                self.has_intent |= to == NEXT;
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        if self.files.contains(from) {
            self.faults.push(format!("{to} gets the bytes of {from}, which are not durable"));
        }
        if !is_own(to) || !is_own(from) {
            if !self.has_intent {
                self.faults.push(format!("{to} changes before the intent is there"));
            }
            if self.folders.contains(JOURNAL) {
                self.faults.push(format!("{to} changes before the intent is durable"));
            }
        }
        self.folders.extend([folder(from), folder(to)]);
    }

    fn all_but_own(&mut self, when: &str) {
        let left: Vec<&String> = self.folders.iter().filter(|folder| !is_own(folder)).collect();
        if !left.is_empty() {
            self.faults.push(format!("{when}, and these are not durable: {left:?}"));
        }
    }
}

fn check(root: &std::path::Path, batch: Batch) {
    let pending = Arc::new(Mutex::new(Pending::default()));
    let seen = pending.clone();
    let disk = watched(Disk::open(root).unwrap(), move |_, call| {
        seen.lock().unwrap().see(call);
        Ok(())
    });
    update(disk, batch).unwrap();
    let mut pending = pending.lock().unwrap();
    pending.all_but_own("it is over");
    for must in [
        ".tinytorch/journal",
        ".tinytorch/backups/kept_20270115_103000",
        ".tinytorch/objects",
        ".tinytorch/packs",
    ] {
        assert!(!pending.folders.contains(must), "{must} is not durable in the end");
    }
    assert_eq!(pending.faults, Vec::<String>::new());
    assert!(pending.has_intent);
}

#[test]
fn the_small_update_is_durable_in_order() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    check(&root, story.batch.clone());
}

#[test]
fn so_is_a_large_one_by_one_call_for_all() {
    let (_folder, root) = bare();
    let mut batch = Batch::new(now());
    batch.changes = (0..100).map(|n| put(&format!("d{n}/f"), &format!("{n}"), None)).collect();
    batch.objects = (0..100).map(|n| Arc::from(format!("{n}").as_bytes())).collect();
    check(&root, batch);
}
