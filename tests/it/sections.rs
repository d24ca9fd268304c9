//! Many courses over one base: what they share is read and made once, and each is what it is alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tito::compile::{Bases, Overrides, compile, compile_over};
use tito::lock::Lock;
use tito::world::disk::Disk;
use tito::world::sources::{Fault, Remote, Tree};
use tito::world::{Entry, Found, Root, World};

use super::mini::copy;
use super::tito::root;

/// The disk, with a count of how often each file of a tree was read.
struct Counting {
    world: Disk,
    lists: Mutex<usize>,
    reads: Mutex<BTreeMap<String, usize>>,
}

impl Counting {
    fn new() -> Self {
        Self { world: Disk::new(), lists: Mutex::default(), reads: Mutex::default() }
    }
}

impl World for Counting {
    fn read(&self, path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
        self.world.read(path, limit)
    }

    fn list(&self, root: &Root) -> std::io::Result<Vec<Entry>> {
        *self.lists.lock().unwrap() += 1;
        self.world.list(root)
    }

    fn read_in(&self, root: &Root, path: &str) -> std::io::Result<Vec<u8>> {
        *self.reads.lock().unwrap().entry(path.to_owned()).or_default() += 1;
        self.world.read_in(root, path)
    }

    fn entries(&self, root: &Root, dir: &str) -> std::io::Result<Vec<Found>> {
        self.world.entries(root, dir)
    }

    fn read_below(&self, root: &Root, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
        self.world.read_below(root, path, limit)
    }

    fn source(&self, remote: &Remote) -> Option<Result<Arc<Tree>, Fault>> {
        self.world.source(remote)
    }

    fn now(&self) -> jiff::Timestamp {
        self.world.now()
    }
}

#[test]
fn a_base_is_read_once_for_all_courses_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
    let bases = Bases::default();
    let world = Counting::new();
    for (at, modules) in ["all", "[numbers]", "[numbers, sums]", "all"].iter().enumerate() {
        let path = folder.path().join(format!("c{at}/course.yml"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text =
            format!("course: {{id: demo/c{at}}}\nbase: {{from: {{path: ../base}}}}\nmodules: {modules}\n");
        std::fs::write(&path, text).unwrap();
        assert!(compile_over(&world, &path, &Overrides::default(), &bases).value.is_some(), "{modules}");
    }
    assert_eq!(*world.lists.lock().unwrap(), 1);
    let reads = world.reads.lock().unwrap();
    assert!(reads.len() > 5, "{reads:?}");
    // The catalog is looked at before it is known what else there is.
    let often =
        |(path, count): &(&String, &usize)| **count > if path.as_str() == "catalog.yml" { 2 } else { 1 };
    assert_eq!(reads.iter().find(often), None);
}

/// Every course of the repository, good or bad.
fn every_course() -> Vec<PathBuf> {
    let folders = ["examples", "tests/courses", "tests/diagnostics"];
    let all =
        folders.iter().flat_map(|folder| walkdir::WalkDir::new(root().join(folder)).sort_by_file_name());
    let files = all.map(|entry| entry.unwrap().into_path());
    files.filter(|path| path.file_name().is_some_and(|name| name == "course.yml")).collect()
}

#[test]
fn a_course_among_others_is_what_it_is_alone() {
    let (world, overrides, bases) = (Disk::new(), Overrides::default(), Bases::default());
    let mut seen = 0;
    for _ in 0..2 {
        for path in every_course() {
            let (alone, among) =
                (compile(&world, &path, &overrides), compile_over(&world, &path, &overrides, &bases));
            let said = |found: &[tito::diagnostic::Diagnostic]| format!("{found:?}");
            assert_eq!(said(&alone.diagnostics), said(&among.diagnostics), "{}", path.display());
            let lock = |target: &Option<_>| target.as_ref().map(|target| Lock::of(target).write());
            assert_eq!(lock(&alone.value), lock(&among.value), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}
