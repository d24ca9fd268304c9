//! A new workspace: the same code path into an empty folder. One that failed or was killed is in no one's way.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tito::apply::disk::Call;
use tito::apply::{ApplyError, Batch, Meta, Workspace};

use super::workspace::*;

const FILES: usize = 40;

fn init() -> Batch {
    let mut batch = Batch::new(now());
    batch.changes = (0..FILES)
        .map(|n| put(&format!("modules/{:02}_x/x{n}.py", n / 4), &format!("file {n}"), None))
        .collect();
    batch.objects = (0..FILES).map(|n| Arc::from(format!("file {n}").as_bytes())).collect();
    batch.meta.insert(Meta::Lock, Some(b"lock: 1\n".to_vec()));
    batch.meta.insert(Meta::Baselines, Some(b"{\"workspace_version\": 1, \"files\": {}}".to_vec()));
    batch
}

fn empty() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("deep/w");
    Workspace::make_folder(&root).unwrap();
    (folder, root)
}

fn assert_whole(root: &Path, when: &str) {
    let seen = visible(root);
    assert_eq!(seen.len(), FILES + 1, "{when}: {:?}", seen.keys());
    for n in 0..FILES {
        assert_eq!(seen[&format!("modules/{:02}_x/x{n}.py", n / 4)], format!("file {n}"), "{when}");
    }
    Story::assert_tidy(root, when);
    assert!(!root.join(".tinytorch/backups").exists(), "{when}: nothing was anybody's to back up");
}

#[test]
fn a_killed_init_can_be_begun_again() {
    for calls in BOTH {
        let mut at = 0;
        loop {
            let (_folder, root) = empty();
            let disk = watched(disk(&root, calls), move |this, _| {
                if this >= at { Err(io::Error::other("the process is no more")) } else { Ok(()) }
            });
            let when = format!("{calls:?}, stopped at call {at}");
            if update(disk.clone(), init()).is_ok() {
                break;
            }
            let was_begun = Workspace::was_begun(&disk).unwrap();
            assert!(was_begun || root.join("course.lock").exists() || at < 2, "{when}");
            update(quick(&root, calls), init()).unwrap_or_else(|error| panic!("{when}, again: {error}"));
            assert_whole(&root, &when);
            at += 9;
        }
        assert!(at > 100);
    }
}

#[test]
fn a_sync_that_fails_is_said_and_leaves_nothing_in_the_way() {
    let mut failed = 0;
    loop {
        let (_folder, root) = empty();
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let disk = watched(disk(&root, Calls::At), move |_, call| {
            let is_sync = matches!(call, Call::SyncAll | Call::SyncFile(_) | Call::SyncFolder(_));
            if is_sync && seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == failed {
                return Err(io::Error::other("input/output error"));
            }
            Ok(())
        });
        let Err(error) = update(disk, init()) else { break };
        assert!(error.to_string().contains("cannot make durable `"), "{error}");
        update(quick(&root, Calls::At), init()).unwrap();
        assert_whole(&root, &format!("sync {failed} failed"));
        failed += 1;
    }
    assert!(failed > 5, "{failed}");
}

#[test]
fn a_full_disk_is_found_out_before_anything_is_there() {
    let (_folder, root) = empty();
    let disk = watched(disk(&root, Calls::At), |_, call| match call {
        Call::Write(path, _) if path.contains("new-39") => Err(ErrorKind::StorageFull.into()),
        _ => Ok(()),
    });
    let error = update(disk, init()).unwrap_err();
    assert!(matches!(error, ApplyError::Disk(_)), "{error:?}");
    assert_eq!(error.to_string(), "cannot write `modules/09_x/x39.py`: no storage space");
    assert_eq!(visible(&root).len(), 0);
    Story::assert_tidy(&root, "after");
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_that_the_umask_gives_and_keep_the_executable_bit() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tito::apply::{self, Disk};

    let (_folder, root) = empty();
    fs::write(root.join("plain"), "").unwrap();
    let ordinary = fs::metadata(root.join("plain")).unwrap().permissions().mode() & 0o777;
    let script = |content: &str, executable, expect: Option<&str>| tito::plan::Change::Put {
        at: here("run.sh"),
        content: Arc::from(content.as_bytes()),
        executable,
        expect: expect.map(digest),
        keep: None,
    };
    let mode = || fs::metadata(root.join("run.sh")).unwrap().permissions().mode() & 0o777;
    let disk = || Disk::open(&root).unwrap();
    let mut batch = Batch::new(now());
    batch.changes = vec![script("one", true, None)];
    update(disk(), batch.clone()).unwrap();
    assert_eq!(mode(), ordinary | (ordinary & 0o444) >> 2);
    batch.changes = vec![script("two", false, Some("one"))];
    update(disk(), batch).unwrap();
    assert_eq!(mode(), ordinary);
    let last = apply::history(&disk()).unwrap().pop().unwrap();
    update(disk(), apply::undo::undo(&disk(), &last, now()).unwrap().batch).unwrap();
    assert_eq!(mode(), ordinary | (ordinary & 0o444) >> 2);
}
