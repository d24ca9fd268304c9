//! The real program, killed by the system at its n-th call of every kind that changes something, and refused each of them in turn.
//!
//! The many points are sampled by a stride; `TITO_TEST_EXHAUSTIVE=1` visits all of them.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use tito::release::pack::Pack;

use crate::tito::{Ran, command, is_cache, ran, tito};

mod address;
mod again;
mod init;
mod publish;
mod story;
mod update;

/// Calls that change something.
const CALLS: [&str; 15] = [
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "unlink",
    "unlinkat",
    "rmdir",
    "linkat",
    "fsync",
    "fdatasync",
    "syncfs",
    "write",
    "ftruncate",
    "openat",
];

/// The `at`-th call of its name by the program's first thread.
#[derive(Clone, Debug)]
struct Point {
    call: &'static str,
    at: usize,
    /// The call as the undisturbed run made it.
    seen: String,
}

fn is_exhaustive() -> bool {
    std::env::var_os("TITO_TEST_EXHAUSTIVE").is_some()
}

/// A folder in memory where there is one: a kill loses nothing that the system was told, so the disk plays no part.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("tito-crash-").tempdir_in(place).unwrap()
}

/// A copy of everything below `from`.
fn copy(from: &Path) -> tempfile::TempDir {
    let to = folder();
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry.unwrap();
        let place = to.path().join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(place).unwrap();
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
    to
}

/// Runs tito under strace. What it traced is in `trace`, beside the folders of the test.
fn strace(folder: &Path, trace: &Path, options: &[&str], args: &[&str]) -> Output {
    let tito = command(folder);
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "0", "-o"]).arg(trace).args(options);
    strace.arg(tito.get_program()).args(args).current_dir(folder);
    for (name, value) in tito.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.stdin(std::process::Stdio::null());
    strace.output().unwrap_or_else(|error| {
        panic!("cannot start strace: {error}; run `tests/setup`, which installs what the tests need")
    })
}

/// Every call of `CALLS` that the first thread of an undisturbed run makes, in order; of `openat` those that make a file.
fn points(folder: &Path, args: &[&str]) -> Vec<Point> {
    let trace = folder.join("trace");
    let output = strace(folder, &trace, &["-e", &format!("trace={}", CALLS.join(","))], args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&trace).unwrap();
    fs::remove_file(&trace).unwrap();
    let first = text.split(' ').next().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix(first)) {
        let Some((name, rest)) = line.trim_start().split_once('(') else { continue };
        let Some(call) = CALLS.into_iter().find(|call| *call == name) else { continue };
        let count = counts.entry(call).or_default();
        *count += 1;
        if call != "openat" || rest.contains("O_CREAT") {
            points.push(Point { call, at: *count, seen: line.trim().to_owned() });
        }
    }
    points
}

/// Runs `check` on at most `limit` of `points`, evenly chosen, on a few threads: a run sleeps as much as it works.
fn at_each(points: &[Point], limit: usize, check: impl Fn(usize, &Point) + Sync) {
    let stride = if is_exhaustive() { 1 } else { points.len().div_ceil(limit) };
    let chosen: Vec<(usize, &Point)> = points.iter().step_by(stride).enumerate().collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8) + 1;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, point)) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    check(*number, point);
                }
            });
        }
    });
}

/// Everything below `root` as it is on the disk: kind, permissions, times, bytes. What a command that only reads leaves as it is.
fn everything(root: &Path) -> BTreeMap<PathBuf, (u32, i64, i64, Vec<u8>)> {
    // Caches come and go in this folder, so its own times say nothing.
    let is_ours = |path: &Path| is_cache(path) || path.ends_with(".tinytorch");
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| !is_ours(entry.path()))
        .map(|entry| {
            let metadata = entry.metadata().unwrap();
            let bytes = if metadata.is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
            let seen = (metadata.permissions().mode(), metadata.mtime(), metadata.mtime_nsec(), bytes);
            (entry.into_path(), seen)
        })
        .collect()
}

/// What a student sees of the workspace, folders included, with the offers and what tito remembers, except for the time of it.
fn visible(home: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(home).min_depth(1) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(home).unwrap().to_str().unwrap().to_owned();
        let own = name == ".tinytorch" || name.starts_with(".tinytorch/");
        if entry.file_type().is_dir() {
            if !own {
                all.insert(name + "/", Vec::new());
            }
        } else if name == ".tinytorch/version.json" {
            let mut value: serde_json::Value =
                serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap();
            for key in ["created", "last_updated"] {
                value.as_object_mut().unwrap().remove(key);
            }
            all.insert(name, value.to_string().into_bytes());
        } else if !own || name.starts_with(".tinytorch/incoming/") {
            all.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    all
}

/// Fails unless two views of a workspace are equal, and names the paths that are not.
#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<u8>>, want: &BTreeMap<String, Vec<u8>>, when: &str) {
    let paths: BTreeSet<&String> = found.keys().chain(want.keys()).collect();
    let text = |bytes: Option<&Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    for path in paths {
        assert!(
            found.get(path) == want.get(path),
            "{when}: `{path}` is\n{:?}\nand should be\n{:?}",
            text(found.get(path)),
            text(want.get(path))
        );
    }
}

/// Every sequence of bytes that is the whole of a file below `home`, or of a content in a pack.
fn sequences(home: &Path) -> BTreeSet<Vec<u8>> {
    let files = walkdir::WalkDir::new(home).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let mut all: BTreeSet<Vec<u8>> = files.map(|entry| fs::read(entry.path()).unwrap()).collect();
    for entry in fs::read_dir(home.join(".tinytorch/packs")).into_iter().flatten() {
        // Other files there are not whole yet.
        let Ok(mut pack) = Pack::open(fs::File::open(entry.unwrap().path()).unwrap()) else { continue };
        for digest in pack.digests() {
            all.extend(pack.read_within(digest, 1 << 20).unwrap().map(|bytes| bytes.to_vec()));
        }
    }
    all
}

/// Fails if bytes of a student's file are nowhere below `home`.
#[track_caller]
fn assert_nothing_lost(home: &Path, before: &BTreeMap<String, Vec<u8>>, when: &str) {
    let there = sequences(home);
    for (path, bytes) in
        before.iter().filter(|(path, _)| !path.ends_with('/') && !path.starts_with(".tinytorch"))
    {
        assert!(there.contains(bytes), "{when}: what was `{path}` is nowhere");
    }
}

/// Fails where a file of tito's own is left outside of tito's own folder, or in the stage.
#[track_caller]
fn assert_tidy(home: &Path, when: &str) {
    let stage = home.join(".tinytorch/stage");
    let left: Vec<_> =
        walkdir::WalkDir::new(&stage).min_depth(1).into_iter().filter_map(Result::ok).collect();
    assert!(left.is_empty(), "{when}: {left:?}");
    assert!(!home.join(".tinytorch/journal/next").exists(), "{when}: a run is under way for ever");
}

/// Fails if a path is neither of before nor of after.
#[track_caller]
fn assert_no_stray(home: &Path, known: &[&BTreeMap<String, Vec<u8>>], when: &str) {
    for path in visible(home).into_keys() {
        assert!(known.iter().any(|view| view.contains_key(&path)), "{when}: `{path}` is a stray");
    }
}

/// Fails unless a failure is told in words: what, where, why, and no number of the system's.
#[track_caller]
fn assert_told(told: &Ran, words: &str, when: &str) {
    let text = told.text();
    // Also the output may be what cannot be written.
    let is_full = words == "no space left" && text.contains("cannot be written: the disk is full");
    assert!(is_full || text.to_lowercase().contains(words), "{when}: {text}");
    assert!(
        !text.contains("os error") && !text.contains("Os {") && !text.contains("panicked"),
        "{when}: {text}"
    );
}

/// What the system says of an error, as tito words it.
fn words(error: &str) -> &'static str {
    match error {
        "ENOSPC" => "no space left",
        "EIO" => "input/output error",
        "EACCES" => "permission denied",
        _ => "read-only file system",
    }
}

/// The errors that a call may give.
fn errors(call: &str) -> &'static [&'static str] {
    match call {
        "fsync" | "fdatasync" | "syncfs" | "write" => &["EIO", "ENOSPC"],
        _ => &["ENOSPC", "EIO", "EACCES", "EROFS"],
    }
}

/// The errors to try at a point: all of them, or one after the other.
fn some_errors(number: usize, call: &str) -> &'static [&'static str] {
    let all = errors(call);
    let one = number % all.len();
    if is_exhaustive() { all } else { &all[one..=one] }
}
