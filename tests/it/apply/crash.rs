//! A real process, killed by the system at its n-th call of every kind that changes something, and refused each of them in turn.
//!
//! The process is this very test binary, started again with the name of a workspace in its environment.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use tito::apply::{self, ApplyError, Batch, Command as Verb, Disk, Patience, Workspace};

use super::workspace::*;

/// Which workspace the process is to work on, and as which of many.
const WORKSPACE: &str = "TITO_TEST_WORKSPACE";
const NUMBER: &str = "TITO_TEST_NUMBER";
const NOBODY: u32 = 65534;

/// Calls that change something and, of calls that do not all do so, every how many-th is met.
const KINDS: [(&str, usize); 7] = [
    ("renameat2", 1),
    ("renameat", 1),
    ("mkdirat", 1),
    ("unlinkat", 1),
    ("fsync", 1),
    ("write", 1),
    ("openat", 17),
];

/// The process. Without a workspace in its environment it starts itself with one, to see that this works.
#[test]
fn a_process_of_its_own() {
    let Some(root) = std::env::var_os(WORKSPACE) else {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let output = run(&mut child(&root));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_heals(&story, &root, Calls::At, &undisturbed(), true, "undisturbed");
        return;
    };
    let root = Path::new(&root);
    let result = match std::env::var(NUMBER) {
        Ok(number) => one_of_many(root, &number),
        Err(_) => update(Disk::open(root).unwrap(), small_update().batch).map(drop),
    };
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn child(root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    at_work(&mut command, root);
    command
}

fn at_work(command: &mut Command, root: &Path) {
    command.args(["--exact", "apply::crash::a_process_of_its_own", "--test-threads=1", "--nocapture"]);
    command.env(WORKSPACE, root).env("RUST_BACKTRACE", "0").env_remove(NUMBER);
}

fn strace(root: &Path, options: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(root.parent().unwrap().join("trace")).args(options);
    command.arg(std::env::current_exe().unwrap());
    at_work(&mut command, root);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!(
            "cannot start {:?}: {error}; run `tests/setup`, which installs what the tests need",
            command.get_program()
        )
    })
}

/// [`comparable`], without empty folders.
fn settled_tree(root: &Path) -> BTreeMap<String, String> {
    comparable(root).into_iter().filter(|(name, _)| !name.ends_with('/')).collect()
}

fn undisturbed() -> BTreeMap<String, String> {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    update(quick(&root, Calls::At), story.batch).unwrap();
    comparable(&root)
}

/// How often the undisturbed process makes each call.
fn counts() -> Vec<(&'static str, usize, usize)> {
    let (_folder, root) = fresh(&small_update());
    let output = run(&mut strace(&root, &[]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(root.parent().unwrap().join("trace")).unwrap();
    let count = |name: &str| trace.lines().filter(|line| line.contains(&format!(" {name}("))).count();
    KINDS.iter().map(|(name, step)| (*name, count(name), *step)).collect()
}

/// Runs `check` on every call of every kind, on as many threads as the machine has.
fn at_every_call(check: impl Fn(&str, usize) + Sync) {
    let calls: Vec<(&str, usize)> = counts()
        .into_iter()
        .flat_map(|(name, count, step)| (1..=count).step_by(step).map(move |at| (name, at)))
        .collect();
    assert!(calls.len() > 150, "only {} calls", calls.len());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((name, at)) = calls.get(next.fetch_add(1, Ordering::SeqCst)) {
                    check(name, *at);
                }
            });
        }
    });
}

#[test]
fn killed_at_any_call_it_loses_nothing_and_the_next_run_converges() {
    let want = undisturbed();
    let killed = AtomicUsize::new(0);
    at_every_call(|name, at| {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let inject = format!("inject={name}:signal=KILL:when={at}");
        let output = run(&mut strace(&root, &["-e", &inject]));
        let when = format!("killed at {name} number {at}");
        killed.fetch_add(usize::from(!output.status.success()), Ordering::SeqCst);
        assert_heals(&story, &root, Calls::At, &want, true, &when);
    });
    assert!(killed.load(Ordering::SeqCst) > 150, "the system killed only {killed:?}");
}

#[test]
fn refused_any_call_it_says_so_and_loses_nothing_and_the_next_run_converges() {
    let want = undisturbed();
    at_every_call(|name, at| {
        let errors: &[(&str, &str)] = match name {
            "fsync" => &[("EIO", "input/output error")],
            "write" => &[("ENOSPC", "no space left"), ("EIO", "input/output error")],
            _ => &[
                ("ENOSPC", "no space left"),
                ("EIO", "input/output error"),
                ("EACCES", "permission denied"),
                ("EROFS", "read-only file system"),
            ],
        };
        let (error, words) = errors[at % errors.len()];
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let inject = format!("inject={name}:error={error}:when={at}");
        let output = run(&mut strace(&root, &["-e", &inject]));
        let trace = fs::read_to_string(root.parent().unwrap().join("trace")).unwrap();
        let call = trace.lines().find(|line| line.contains("(INJECTED)")).unwrap_or_default();
        let when = format!("{error} at {name} number {at}: {call}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_told = !output.status.success();
        // An empty folder that may not be removed stops no one; the loader and the test's own output are not ours.
        if !matches!(name, "write" | "openat") {
            // An empty folder that stays when all is done and said is for the next command.
            let is_done = || name == "unlinkat" && settled_tree(&root) == want;
            assert!(
                is_told && text.contains(words) || error == "EACCES" && name == "unlinkat" || is_done(),
                "{when}: {text}"
            );
            assert!(!text.contains("os error") && !text.contains("Os {"), "{when}: {text}");
        }
        let mut found = heal(&story, &root, Calls::At, is_told, &when);
        if error == "EACCES" && call.contains("O_RDONLY") {
            // What cannot be read is kept as it is: it may be a student's.
            found.retain(|name, _| !name.starts_with(".tinytorch/backups/kept_") || want.contains_key(name));
        }
        assert_eq!(found, want, "{when}, again");
    });
}

#[test]
fn a_folder_that_may_not_be_written_is_named_and_nothing_is_lost() {
    let want = undisturbed();
    for (folder, named) in [("e", "e/removed.py"), (".tinytorch", ".tinytorch/"), ("", "`a_replaced.py`")] {
        let story = small_update();
        let (outer, root) = fresh(&story);
        let as_root = rustix::process::geteuid().is_root();
        if as_root {
            // Root may write anywhere: the test must be someone else.
            for entry in walkdir::WalkDir::new(outer.path()) {
                chown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let place = root.join(folder);
        fs::set_permissions(&place, fs::Permissions::from_mode(0o555)).unwrap();
        let mut command = child(&root);
        if as_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = run(&mut command);
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{folder}: {text}");
        assert!(text.contains("permission denied"), "{folder}: {text}");
        assert!(folder.is_empty() || text.contains(named), "{folder}: {text}");
        assert_heals(&story, &root, Calls::At, &want, true, folder);
    }
}

/// One of eight: replaces what is at one path, whatever it is, and makes a file of its own.
fn one_of_many(root: &Path, number: &str) -> Result<(), ApplyError> {
    let workspace =
        Workspace::lock(root, Verb::new("test").with([number.to_owned()]), Patience::Wait, now())?;
    let expect = fs::read_to_string(root.join("a_replaced.py")).unwrap();
    let mut batch = Batch::new(now());
    batch.changes = vec![
        put("a_replaced.py", &format!("by {number}"), Some(&expect)),
        put(&format!("many/{number}.py"), &format!("own {number}"), None),
    ];
    let applied = apply::apply(&workspace, batch)?;
    assert!(applied.outcomes.iter().all(|outcome| *outcome == apply::Outcome::Done), "{applied:?}");
    Ok(())
}

#[test]
fn eight_processes_at_once_take_turns() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let children: Vec<_> =
        (0..8).map(|number| child(&root).env(NUMBER, number.to_string()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let files = tree(&root);
    for number in 0..8 {
        assert_eq!(files[&format!("many/{number}.py")], format!("own {number}"));
        assert!(
            files.values().any(|text| *text == format!("by {number}")),
            "by {number} is lost: {files:#?}"
        );
    }
    assert!(files.values().any(|text| text == "replaced v1"));
    let runs: Vec<u64> =
        apply::history(&Disk::open(&root).unwrap()).unwrap().iter().map(|record| record.run).collect();
    assert_eq!(runs, (1..=8).collect::<Vec<_>>());
    Story::assert_tidy(&root, "in the end");
}

#[test]
fn the_second_is_told_who_is_at_work() {
    let (_folder, root) = fresh(&small_update());
    let held = Workspace::lock(&root, Verb::new("update"), Patience::Leave, now()).unwrap();
    let before = tree(&root);
    let error = Workspace::lock(&root, Verb::new("undo"), Patience::Leave, now()).unwrap_err();
    let holder = format!("`tito update` (process {})", std::process::id());
    assert_eq!(error.to_string(), format!("this workspace is in use by {holder}"));
    assert_eq!(tree(&root), before);
    drop(held);
    Workspace::lock(&root, Verb::new("undo"), Patience::Leave, now()).unwrap();
}
