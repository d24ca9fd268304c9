//! Everything in tito that parses, as functions of bytes that must never panic, and what must hold of what they read.
//!
//! In: any bytes. Out: nothing, or a panic that says which promise is broken. `fuzz_targets/` hands them to libFuzzer, `tests/it/fuzz.rs`
//! to a few hundred mutants of real files at every run of the tests.
#![allow(dead_code, reason = "each fuzz target uses one")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use tito::apply::Record;
use tito::compile::{self, Overrides};
use tito::digest::Digest;
use tito::lock::{Baselines, Config, Lock, Progress};
use tito::notebook::{nbformat, percent};
use tito::plan::merge::Three;
use tito::plan::merge::file::merge_files;
use tito::python::{Code, Dialect};
use tito::release::Release;
use tito::release::index::Index;
use tito::release::key::PublicKey;
use tito::release::pack::Pack;
use tito::release::signature;
use tito::world::memory::Memory;
use tito::world::sources::{Cache, Kind, Remote};

/// What parts the sides in the input of [`merge`]; no text has it by itself.
pub(crate) const BETWEEN: u8 = 0x1e;

/// The base that courses are compiled against, from the crate's folder or from `fuzz/`.
const BASES: [&str; 2] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bases/mini"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/bases/mini"),
];
/// A course over it.
const COURSE: &[u8] = b"course: {id: fuzz}\nbase: {from: {path: ./base}}\n";

/// What is done with some bytes.
pub(crate) type Target = fn(&[u8]);

/// A target by its name, for whoever has seeds for several.
pub(crate) const ALL: [(&str, Target); 11] = [
    ("course", course),
    ("catalog", catalog),
    ("template", template),
    ("state", state),
    ("percent", percent),
    ("notebook", notebook),
    ("merge", merge),
    ("journal", journal),
    ("python", python),
    ("archive", archive),
    ("published", published),
];

/// `course.yml`.
pub(crate) fn course(data: &[u8]) {
    compiles("/course.yml", data);
}

/// `catalog.yml`.
pub(crate) fn catalog(data: &[u8]) {
    compiles("/base/catalog.yml", data);
}

/// A file of a base that is rendered: a percent script of a module, so that what comes out is read on.
pub(crate) fn template(data: &[u8]) {
    compiles("/base/modules/sums/extra.py.j2", data);
}

/// What tito reads of a workspace: lock, baselines, progress, settings. What it reads, it writes such that it reads the same again.
pub(crate) fn state(data: &[u8]) {
    if let Ok(lock) = Lock::read(data) {
        assert_eq!(Lock::read(&lock.write()).as_ref(), Ok(&lock));
    }
    if let Ok(baselines) = Baselines::read(data) {
        assert_eq!(Baselines::read(&baselines.write()).unwrap(), baselines);
    }
    if let Ok(config) = Config::read(data) {
        assert_eq!(Config::read(&config.write()).unwrap(), config);
    }
    let (renames, known) = (BTreeMap::new(), BTreeSet::new());
    if let Ok((progress, _)) = Progress::read(data, None, &renames, &known) {
        let (again, _) = Progress::read(&progress.write(), None, &renames, &known).unwrap();
        assert_eq!((again.started, again.completed), (progress.started, progress.completed));
    }
}

/// What a run was about to do, or did. What is read is written such that it reads the same again.
pub(crate) fn journal(data: &[u8]) {
    if let Ok(record) = Record::read(data, "journal") {
        let written = serde_json::to_vec(&record).expect("a record can be written");
        assert_eq!(Record::read(&written, "journal").unwrap(), record);
    }
}

/// An archive that a course names: a zip file, or the tar file in a tar.gz. What is taken from it is whole.
pub(crate) fn archive(data: &[u8]) {
    // Each thread has a folder of its own, which goes in the end.
    let name = format!("tito-fuzz-{}-{:?}", std::process::id(), std::thread::current().id());
    let folder = &std::env::temp_dir().join(name);
    let bytes = if data.starts_with(b"PK") { data.to_vec() } else { stored(data) };
    let digest = Digest::of(&bytes);
    let path = folder.join(digest.to_string());
    let cache = Cache::new(folder);
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let remote = Remote::local(Kind::Archive(digest), path, Path::new("archive"));
    if let Ok(tree) = cache.tree(&remote, None, None) {
        assert_eq!(cache.have(&remote, None, Some(tree.pin.tree)), Some(tree));
    }
    let _ = std::fs::remove_dir_all(folder);
}

/// A gzip stream in which nothing is compressed, so that a changed byte of `data` is a changed byte of what is read.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for block in data.chunks(usize::from(u16::MAX)) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        bytes.push(0);
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(block);
    }
    // The last block is empty. No one looks at the sum behind it: a tar file says where it ends.
    bytes.extend([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// Python code of both dialects: what is said of it is in it.
pub(crate) fn python(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for dialect in [Dialect::Python, Dialect::IPython] {
        let code = Code::of(text, dialect);
        assert_eq!(code.errors().is_empty(), code.is_valid());
        for error in code.errors() {
            assert!(text.get(error.range.clone()).is_some(), "{error:?}");
        }
        let _ = (code.definitions(), code.imports());
    }
}

/// A percent script: its notebook is written and read the same, and its script comes to the same cells.
pub(crate) fn percent(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let notebook = percent::read(text, "unit").notebook;
    let written = nbformat::write(&notebook);
    let read = nbformat::read(&written).expect("a notebook that tito writes can be read");
    assert_eq!(nbformat::write(&read), written);
    let _ = percent::write(&notebook);
}

/// A notebook: read, written and read again it is the same.
pub(crate) fn notebook(data: &[u8]) {
    let Ok(notebook) = nbformat::read(data) else { return };
    let written = nbformat::write(&notebook);
    let read = nbformat::read(&written).expect("a notebook that tito writes can be read");
    assert_eq!(nbformat::write(&read), written);
    let _ = percent::write(&notebook);
}

/// Three files of any kind: every line that the student wrote is there, and every grade_id of the course once.
pub(crate) fn merge(data: &[u8]) {
    let mut parts = data.split(|byte| *byte == BETWEEN);
    let mut next = || parts.next().unwrap_or_default();
    let sides = Three { base: next(), student: next(), course: next() };
    let merged = merge_files(sides);
    let Some(bytes) = &merged.bytes else { return };
    let Three { base: Ok(base), student: Ok(student), course: Ok(course) } = sides.map(nbformat::read) else {
        return;
    };
    let result = nbformat::read(bytes).expect("a merged notebook can be read");
    let lines = |texts: &mut dyn Iterator<Item = &str>| -> BTreeSet<String> {
        texts.flat_map(str::lines).map(|line| line.trim_end().to_owned()).collect()
    };
    let of = |notebook: &tito::notebook::Notebook| {
        lines(&mut notebook.cells.iter().map(|cell| cell.source.as_str()))
    };
    let mut there = of(&result);
    there.extend(lines(&mut merged.report.set_aside().filter_map(|cell| cell.student.as_deref())));
    let (old, mine) = (of(&base), of(&student));
    let lost: Vec<_> =
        mine.difference(&old).filter(|line| !line.is_empty() && !there.contains(*line)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let ids = |notebook: &tito::notebook::Notebook| {
        let mut ids: Vec<_> =
            notebook.cells.iter().filter_map(|cell| cell.grade_id().map(str::to_owned)).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&result), ids(&course));
}

/// Compiles a course in which `path` holds `data`. A target without an error is one that can be locked, and the lock read.
fn compiles(path: &str, data: &[u8]) {
    let mut world = Memory::default();
    for (path, bytes) in base() {
        world.write(path, bytes.as_slice());
    }
    world.write("/course.yml", COURSE);
    world.write(path, data);
    let checked = compile::compile(&world, Path::new("/course.yml"), &Overrides::default());
    assert!(checked.value.is_some() || checked.has_errors(), "no target, and no error that says why");
    if let Ok((target, _)) = checked.into_result() {
        let lock = Lock::of(&target);
        assert_eq!(Lock::read(&lock.write()).as_ref(), Ok(&lock));
    }
}

/// The files of the mini base, by their path in the world.
fn base() -> &'static [(String, Vec<u8>)] {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut files = Vec::new();
        let folder = BASES.map(Path::new).into_iter().find(|folder| folder.is_dir()).expect("the mini base");
        let mut waiting = vec![(folder.to_owned(), "/base".to_owned())];
        while let Some((folder, path)) = waiting.pop() {
            for entry in std::fs::read_dir(folder).expect("the mini base") {
                let entry = entry.expect("an entry of the mini base");
                let path = format!("{path}/{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    waiting.push((entry.path(), path));
                } else {
                    files.push((path, std::fs::read(entry.path()).expect("a file of the mini base")));
                }
            }
        }
        files
    })
}

/// What comes from an address: an index, a release, a pack, a signature.
pub(crate) fn published(data: &[u8]) {
    if let Ok(index) = Index::read(data) {
        assert_eq!(Index::read(&index.write()).expect("an index that tito writes can be read"), index);
        let _ = signature::trusted(data, &index, None, index.key.as_ref());
    }
    if let Ok(release) = Release::read(data) {
        let _ = release.target(|_| Some([].into()));
    }
    if let Ok(mut pack) = Pack::open(std::io::Cursor::new(data)) {
        for digest in pack.digests() {
            let _ = pack.read(digest, 1 << 10);
        }
    }
    let key = SOME_KEY.parse::<PublicKey>().expect("a key");
    assert!(
        key.verifies(&String::from_utf8_lossy(data), b"other bytes than those that were signed").is_none()
    );
}

/// A public key of which no one has the secret half.
pub(crate) const SOME_KEY: &str = "RWRo+NXC9UHDvtCef8pnlo0o4AC/2261MWPnhLtMQ24w/Fz6K/zZP26u";
