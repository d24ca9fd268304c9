//! The same update, failing at each of its calls in turn, and stopped at each of them for good.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tito::apply::disk::Call;
use tito::apply::{Disk, Settled};

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

/// The workspace as an undisturbed update leaves it, but for the history; and how many calls that takes.
fn undisturbed(calls: Calls) -> (BTreeMap<String, String>, usize) {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let (disk, count) = faulty(&root, calls, usize::MAX, Fault::Stop);
    update(disk, story.batch).unwrap();
    (comparable(&root), count.load(Ordering::SeqCst))
}

/// All but the history and the objects: these depend on how many runs it took.
fn comparable(root: &Path) -> BTreeMap<String, String> {
    let varies =
        |name: &str| name.starts_with(".tinytorch/journal") || name.starts_with(".tinytorch/objects");
    tree(root).into_iter().filter(|(name, _)| !varies(name)).collect()
}

/// After whatever happened: nothing is lost; the next command settles it, truly, and converges.
fn assert_heals(
    story: &Story,
    root: &Path,
    calls: Calls,
    want: &BTreeMap<String, String>,
    is_told: bool,
    when: &str,
) -> Option<Settled> {
    story.assert_nothing_lost(root, &format!("{when}, before settling"));
    let workspace = lock(quick(root, calls)).unwrap_or_else(|error| panic!("{when}: {error}"));
    story.assert_nothing_lost(root, &format!("{when}, settled"));
    Story::assert_tidy(root, &format!("{when}, settled"));
    Story::assert_baselines_true(root, &format!("{when}, settled"));
    let settled = workspace.settled().cloned();
    drop(workspace);
    let again = replan(root, &story.batch);
    update(quick(root, calls), again).unwrap_or_else(|error| panic!("{when}, again: {error}"));
    story.assert_nothing_lost(root, &format!("{when}, again"));
    Story::assert_tidy(root, &format!("{when}, again"));
    let mut found = comparable(root);
    if !is_told {
        found.retain(|name, _| !name.ends_with('/'));
    }
    assert_eq!(&found, want, "{when}, again");
    settled
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
            for second in (first % 23..).step_by(23) {
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
                    // An empty folder that cannot be removed, or a second way that the system has, stops nobody.
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
