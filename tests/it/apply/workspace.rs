//! A workspace on disk for a test, and the update that the tests apply to it: it creates, replaces, merges, moves, swaps, removes,
//! sets aside, offers, turns a file into a folder and a folder into a file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tito::apply::disk::{Call, Watch};
use tito::apply::{self, Applied, Batch, Command, Disk, Meta, Patience, Settled, Workspace};
use tito::digest::Digest;
use tito::path::WorkspacePath;
use tito::plan::{Change, Place};

pub(crate) fn path(text: &str) -> WorkspacePath {
    WorkspacePath::new(text).unwrap()
}

pub(crate) fn here(text: &str) -> Place {
    Place::Workspace(path(text))
}

pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

pub(crate) fn now() -> jiff::Timestamp {
    "2027-01-15T10:30:00Z".parse().unwrap()
}

/// `content` at `at`, where `expect` is; what is displaced goes to a backup folder if it is not pristine.
pub(crate) fn put(at: &str, content: &str, expect: Option<&str>) -> Change {
    Change::Put {
        at: here(at),
        content: Arc::from(content.as_bytes()),
        executable: false,
        expect: expect.map(digest),
        keep: None,
    }
}

pub(crate) fn moved(from: &str, to: &str, expect: &str) -> Change {
    Change::Move { from: path(from), to: path(to), expect: digest(expect) }
}

pub(crate) fn removed(at: &str, expect: &str) -> Change {
    Change::Remove { at: here(at), expect: digest(expect) }
}

/// The workspace, for a command that no test cuts short: what was started is adopted.
pub(crate) fn lock(disk: Disk) -> Result<Workspace, apply::ApplyError> {
    lock_for(disk, Command::new("another"))
}

/// The workspace, for `command`.
pub(crate) fn lock_for(disk: Disk, command: Command) -> Result<Workspace, apply::ApplyError> {
    // Not `Leave`: a process that another test is just starting holds our locks until it is itself.
    Workspace::lock_on(disk, command, Patience::Wait, now())
}

/// Every regular file below `root` but the lock, with its text; every empty folder, with a slash. Links are shown, not followed.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).min_depth(1).sort_by_file_name() {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if entry.file_type().is_dir() {
            if fs::read_dir(entry.path()).unwrap().next().is_none() {
                all.insert(name + "/", String::new());
            }
        } else if entry.file_type().is_symlink() {
            all.insert(name, format!("-> {}", fs::read_link(entry.path()).unwrap().display()));
        } else if entry.file_type().is_file() && name != ".tinytorch/lock" {
            all.insert(name, String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned());
        }
    }
    all
}

/// Sees every call that changes something, with its number; cuts no power, and so waits for no disk.
struct Seen<F> {
    count: AtomicUsize,
    watch: F,
}

impl<F: Fn(usize, Call<'_>) -> io::Result<()> + Send + Sync> Watch for Seen<F> {
    fn before(&self, call: Call<'_>) -> io::Result<()> {
        (self.watch)(self.count.fetch_add(1, Ordering::SeqCst), call)
    }

    fn is_patient(&self) -> bool {
        false
    }
}

/// `disk`, with `watch` told of each call and its number before it is made.
pub(crate) fn watched(
    disk: Disk,
    watch: impl Fn(usize, Call<'_>) -> io::Result<()> + Send + Sync + 'static,
) -> Disk {
    disk.watched(Arc::new(Seen { count: AtomicUsize::new(0), watch }))
}

/// Both kinds of calls: relative to the workspace's handle with exchange, and plain paths without.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Calls {
    At,
    Plain,
}

pub(crate) const BOTH: [Calls; 2] = [Calls::At, Calls::Plain];

pub(crate) fn disk(root: &Path, calls: Calls) -> Disk {
    match calls {
        Calls::At => Disk::open(root).unwrap(),
        Calls::Plain => Disk::open_plain(root).unwrap(),
    }
}

/// [`disk`], not waiting for the real one.
pub(crate) fn quick(root: &Path, calls: Calls) -> Disk {
    watched(disk(root, calls), |_, _| Ok(()))
}

/// What a student sees: the tree without tito's own folder, but with the offers.
pub(crate) fn visible(root: &Path) -> BTreeMap<String, String> {
    let own = |name: &str| name.starts_with(".tinytorch") && !name.starts_with(".tinytorch/incoming");
    tree(root).into_iter().filter(|(name, _)| !own(name)).collect()
}

/// A story: what is in a workspace, what of it the student wrote, and the update.
pub(crate) struct Story {
    pub(crate) before: Vec<(&'static str, &'static str)>,
    pub(crate) student: Vec<&'static str>,
    pub(crate) batch: Batch,
}

impl Story {
    pub(crate) fn write(&self, root: &Path) {
        for (name, text) in &self.before {
            let file = root.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let entries = [
            ("m/05_x/x.py", "x", "x v1"),
            ("m/06_y/y.py", "y", "y v1"),
            ("s1.py", "s1", "s1 v1"),
            ("s2.py", "s2", "s2 v1"),
            ("c1.py", "c1", "c1 v1"),
            ("c2.py", "c2", "c2 v1"),
            ("c3.py", "c3", "c3 v1"),
            ("a_replaced.py", "a", "replaced v1"),
            ("b_merged.py", "b", "merged v1"),
        ];
        fs::create_dir_all(root.join(".tinytorch")).unwrap();
        fs::write(root.join(".tinytorch/version.json"), baselines(&entries)).unwrap();
    }

    /// Fails where an entry of `version.json` is not at the path where its file is, or says of it what is not true.
    pub(crate) fn assert_baselines_true(root: &Path, when: &str) {
        let text = fs::read_to_string(root.join(".tinytorch/version.json")).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let files = value["files"].as_object().unwrap();
        for id in ["x", "y", "s1", "s2", "c1", "c2", "c3", "a", "b"] {
            let at: Vec<&String> =
                files.iter().filter(|(_, entry)| entry["id"] == id).map(|(path, _)| path).collect();
            let [at] = at[..] else { panic!("{when}: {id} is at {at:?}") };
            let found =
                fs::read_to_string(root.join(at)).unwrap_or_else(|_| panic!("{when}: {id} is not at {at}"));
            let sha256 = files[at]["sha256"].as_str().unwrap().to_owned();
            match id {
                "a" => assert_eq!(digest(&found).to_string(), sha256, "{when}: {id}"),
                "b" => {
                    let version = found.replace(" and mine", "");
                    assert_eq!(digest(&version).to_string(), sha256, "{when}: {id}");
                }
                _ => assert!(found.starts_with(&format!("{id} ")), "{when}: {id} at {at} is {found:?}"),
            }
        }
    }

    /// Fails where a byte sequence of the student's is nowhere, or only in the stage of a workspace that is settled.
    pub(crate) fn assert_nothing_lost(&self, root: &Path, when: &str) {
        let files = tree(root);
        for text in &self.student {
            let is_there = files.values().any(|found| found == text);
            assert!(is_there, "{when}: lost {text:?}; there is {files:#?}");
        }
    }

    pub(crate) fn assert_tidy(root: &Path, when: &str) {
        let left: Vec<String> = tree(root)
            .into_keys()
            .filter(|name| name.starts_with(".tinytorch/stage") || name == ".tinytorch/journal/next")
            .collect();
        assert!(left.is_empty(), "{when}: left {left:?}");
    }
}

fn entry(id: &str, text: &str) -> serde_json::Value {
    serde_json::json!({"id": id, "sha256": digest(text).to_string()})
}

fn baselines(entries: &[(&str, &str, &str)]) -> Vec<u8> {
    let files: serde_json::Map<String, serde_json::Value> =
        entries.iter().map(|(path, id, text)| ((*path).to_owned(), entry(id, text))).collect();
    serde_json::to_vec_pretty(&serde_json::json!({"workspace_version": 1, "files": files})).unwrap()
}

/// The small update of the crash tests: one change of every kind.
pub(crate) fn small_update() -> Story {
    let before = vec![
        ("a_replaced.py", "replaced v1"),
        ("b_merged.py", "merged v1 and mine"),
        ("c_set_aside.py", "my own take"),
        ("d_offered.py", "mine, kept"),
        ("e/removed.py", "removed v1"),
        ("m/05_x/x.py", "x of mine"),
        ("m/06_y/y.py", "y of mine"),
        ("m/05_x/notes.txt", "my notes"),
        ("s1.py", "s1 of mine"),
        ("s2.py", "s2 v1"),
        ("f", "was a file v1"),
        ("g/h", "was in a folder v1"),
        ("own.txt", "never touched"),
        ("c1.py", "c1 of mine"),
        ("c2.py", "c2 of mine"),
        ("c3.py", "c3 of mine"),
        ("progress.json", "{\"started\": []}"),
    ];
    let student = vec![
        "merged v1 and mine",
        "my own take",
        "mine, kept",
        "x of mine",
        "y of mine",
        "my notes",
        "s1 of mine",
        "never touched",
        "c1 of mine",
        "c2 of mine",
        "c3 of mine",
    ];
    let mut batch = Batch::new(now());
    batch.changes = vec![
        moved("m/05_x/x.py", "m/06_x/x.py", "x of mine"),
        moved("m/05_x/notes.txt", "m/06_x/notes.txt", "my notes"),
        moved("m/06_y/y.py", "m/05_y/y.py", "y of mine"),
        moved("s1.py", "s2.py", "s1 of mine"),
        moved("s2.py", "s1.py", "s2 v1"),
        moved("c1.py", "c2.py", "c1 of mine"),
        moved("c2.py", "c3.py", "c2 of mine"),
        moved("c3.py", "c1.py", "c3 of mine"),
        put("a_replaced.py", "replaced v2", Some("replaced v1")),
        put("b_merged.py", "merged v2 and mine", Some("merged v1 and mine")),
        Change::Put {
            at: here("c_set_aside.py"),
            content: Arc::from(&b"set aside v2"[..]),
            executable: true,
            expect: Some(digest("my own take")),
            keep: Some("05_autograd_20270115_103000".to_owned()),
        },
        Change::Put {
            at: Place::Incoming(path("d_offered.py")),
            content: Arc::from(&b"offered v2"[..]),
            executable: false,
            expect: None,
            keep: None,
        },
        removed("e/removed.py", "removed v1"),
        removed("f", "was a file v1"),
        put("f/inside.py", "now in a folder v2", None),
        removed("g/h", "was in a folder v1"),
        put("g", "now a file v2", None),
        put("n/new.py", "new v2", None),
    ];
    let pristine = ["replaced v1", "removed v1", "s2 v1", "was a file v1", "was in a folder v1"];
    batch.pristine = pristine.map(digest).into();
    batch.objects =
        ["replaced v2", "set aside v2", "offered v2", "new v2"].map(|t| Arc::from(t.as_bytes())).into();
    batch.meta = small_meta();
    Story { before, student, batch }
}

fn small_meta() -> BTreeMap<Meta, Option<Vec<u8>>> {
    BTreeMap::from([
        (Meta::Progress, Some(b"{\"started\": [\"x\"]}".to_vec())),
        (Meta::Lock, Some(b"lock: 1\n".to_vec())),
        (Meta::Version, Some(b"1\n".to_vec())),
        (
            Meta::Baselines,
            Some(baselines(&[
                ("m/06_x/x.py", "x", "x v1"),
                ("m/05_y/y.py", "y", "y v1"),
                ("s2.py", "s1", "s1 v1"),
                ("s1.py", "s2", "s2 v1"),
                ("c2.py", "c1", "c1 v1"),
                ("c3.py", "c2", "c2 v1"),
                ("c1.py", "c3", "c3 v1"),
                ("a_replaced.py", "a", "replaced v2"),
                ("b_merged.py", "b", "merged v2"),
                ("n/new.py", "n", "new v2"),
            ])),
        ),
    ])
}

/// What of `batch` is still to do, by what is on disk: the stand-in for planning again after an interruption.
pub(crate) fn replan(root: &Path, batch: &Batch) -> Batch {
    let stands = |at: &WorkspacePath| fs::read(root.join(at.as_str())).ok().map(|bytes| Digest::of(&bytes));
    let sources: Vec<WorkspacePath> = batch
        .changes
        .iter()
        .filter_map(|change| if let Change::Move { from, .. } = change { Some(from.clone()) } else { None })
        .collect();
    let mut again = batch.clone();
    again.changes.retain_mut(|change| match change {
        Change::Move { from, to, expect } => {
            if stands(from) != Some(*expect) && stands(to) != Some(*expect) {
                // A circle that was interrupted: the file is at another of its places.
                let now = sources.iter().find(|path| stands(path) == Some(*expect));
                *from = now.unwrap_or_else(|| panic!("{from} is nowhere")).clone();
            }
            stands(from) == Some(*expect)
        }
        Change::Remove { at: Place::Workspace(at), expect } => stands(at) == Some(*expect),
        _ => true,
    });
    again
}

/// All but the history and the store: these depend on how many runs it took.
pub(crate) fn comparable(root: &Path) -> BTreeMap<String, String> {
    let varies = |name: &str| {
        let parts = [".tinytorch/journal", ".tinytorch/objects", ".tinytorch/packs"];
        parts.iter().any(|part| name.starts_with(part))
    };
    tree(root).into_iter().filter(|(name, _)| !varies(name)).collect()
}

/// After whatever happened: nothing is lost; the next command settles it, truly, and converges to `want`. Where no one was told
/// (`is_told`) an empty folder may be left.
pub(crate) fn assert_heals(
    story: &Story,
    root: &Path,
    calls: Calls,
    want: &BTreeMap<String, String>,
    is_told: bool,
    when: &str,
) {
    assert_eq!(&heal(story, root, calls, is_told, when), want, "{when}, again");
}

/// The same; returns what the workspace is then.
pub(crate) fn heal(
    story: &Story,
    root: &Path,
    calls: Calls,
    is_told: bool,
    when: &str,
) -> BTreeMap<String, String> {
    story.assert_nothing_lost(root, &format!("{when}, before settling"));
    let workspace = lock(quick(root, calls)).unwrap_or_else(|error| panic!("{when}: {error}"));
    drop(workspace);
    story.assert_nothing_lost(root, &format!("{when}, settled"));
    Story::assert_tidy(root, &format!("{when}, settled"));
    Story::assert_baselines_true(root, &format!("{when}, settled"));
    let again = replan(root, &story.batch);
    let (applied, _) =
        update(quick(root, calls), again).unwrap_or_else(|error| panic!("{when}, again: {error}"));
    assert!(applied.outcomes.iter().all(apply::Outcome::holds), "{when}, again: {applied:?}");
    story.assert_nothing_lost(root, &format!("{when}, again"));
    Story::assert_tidy(root, &format!("{when}, again"));
    let mut found = comparable(root);
    if !is_told {
        found.retain(|name, _| !name.ends_with('/'));
    }
    found
}

/// An empty folder; in memory where the system has a place for that: thousands of them are made.
pub(crate) fn bare() -> (tempfile::TempDir, PathBuf) {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let root = folder.path().join("w");
    fs::create_dir(&root).unwrap();
    (folder, root)
}

/// A fresh workspace with the story written into it.
pub(crate) fn fresh(story: &Story) -> (tempfile::TempDir, PathBuf) {
    let (folder, root) = bare();
    story.write(&root);
    (folder, root)
}

/// Locks, applies, and says what was settled first.
pub(crate) fn update(disk: Disk, batch: Batch) -> Result<(Applied, Option<Settled>), apply::ApplyError> {
    let workspace = lock_for(disk, Command::new("update"))?;
    let applied = apply::apply(&workspace, batch)?;
    Ok((applied, workspace.settled().cloned()))
}
