//! The same update, failing at each of its calls in turn, and stopped at each of them for good.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tito::apply::disk::Call;
use tito::apply::{self, Command, Disk};

use super::workspace::*;

/// What happens at the n-th call, and after it.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It fails, and the process goes on.
    Error(ErrorKind),
    /// It and all that follow never happen: the process is no more.
    Stop,
}

/// A disk on which `fault` happens at call `at`, and the number of calls so far.
fn faulty(root: &Path, calls: Calls, at: usize, fault: Fault) -> (Disk, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let watch = move |this, _: Call<'_>| {
        seen.fetch_add(1, Ordering::SeqCst);
        match fault {
            Fault::Error(kind) if this == at => Err(io::Error::from(kind)),
            Fault::Stop if this >= at => Err(io::Error::other("the process is no more")),
            _ => Ok(()),
        }
    };
    (watched(disk(root, calls), watch), count)
}

/// The workspace as an undisturbed update leaves it, except for the history; and how many calls that takes, until the caller says what
/// was done.
fn undisturbed(calls: Calls) -> (BTreeMap<String, String>, usize) {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let (disk, count) = faulty(&root, calls, usize::MAX, Fault::Stop);
    let workspace = lock_for(disk, Command::new("update")).unwrap();
    apply::apply(&workspace, story.batch).unwrap();
    let total = count.load(Ordering::SeqCst);
    drop(workspace);
    (comparable(&root), total)
}

#[test]
fn stopped_at_any_call_it_loses_nothing_and_the_next_run_converges() {
    for calls in BOTH {
        let (want, total) = undisturbed(calls);
        assert!(total > 60, "the update makes only {total} calls");
        for at in 0..total {
            let story = small_update();
            let (_folder, root) = fresh(&story);
            let (disk, _) = faulty(&root, calls, at, Fault::Stop);
            update(disk, story.batch.clone()).unwrap_err();
            assert_heals(&story, &root, calls, &want, true, &format!("{calls:?}, stopped at call {at}"));
        }
    }
}

#[test]
fn stopped_and_stopped_again_while_settling_it_still_loses_nothing() {
    for calls in BOTH {
        let (want, total) = undisturbed(calls);
        // Each first stop with a few second ones, so spread that every call of settling is met.
        for first in 0..total {
            for second in (first % 31..).step_by(31) {
                let story = small_update();
                let (_folder, root) = fresh(&story);
                update(faulty(&root, calls, first, Fault::Stop).0, story.batch.clone()).unwrap_err();
                let settled = lock(faulty(&root, calls, second, Fault::Stop).0);
                let was_whole = settled.is_ok();
                drop(settled);
                let when = format!("{calls:?}, stopped at call {first}, settling at call {second}");
                assert_heals(&story, &root, calls, &want, true, &when);
                if was_whole {
                    break;
                }
            }
        }
    }
}

#[test]
fn an_error_at_any_call_is_said_and_loses_nothing_and_the_next_run_converges() {
    let kinds = [
        ErrorKind::StorageFull,
        ErrorKind::PermissionDenied,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::Other,
    ];
    for calls in BOTH {
        let (want, total) = undisturbed(calls);
        for at in 0..total {
            // One kind for each call, in turn; all for each where time is no matter.
            let all = std::env::var_os("TITO_TEST_EXHAUSTIVE").is_some();
            for kind in
                kinds.into_iter().enumerate().filter(|(k, _)| all || k == &(at % 4)).map(|(_, kind)| kind)
            {
                let story = small_update();
                let (_folder, root) = fresh(&story);
                let (disk, _) = faulty(&root, calls, at, Fault::Error(kind));
                let when = format!("{calls:?}, {kind:?} at call {at}");
                let result = update(disk, story.batch.clone());
                let is_told = result.is_err();
                match result {
                    // An empty folder that cannot be removed, or a second way that the system has, stops no one.
                    Ok(_) => assert_eq!(kind, ErrorKind::PermissionDenied, "{when}: nobody was told"),
                    Err(error) => {
                        let text = error.to_string();
                        assert!(text.contains("cannot ") && text.contains('`'), "{when}: {text}");
                        assert!(!text.contains("os error") && !text.contains("Os {"), "{when}: {text}");
                    }
                }
                assert_heals(&story, &root, calls, &want, is_told, &when);
            }
        }
    }
}
