//! Every command, interrupted or refused at each of its calls, and given again: it ends where an undisturbed one ends, bookkeeping and
//! history included.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tito::apply::{self, Disk};

use super::commands::*;
use super::workspace::*;

/// A disk on which call `at` fails: alone, or as the last of a process.
fn faulty(root: &Path, calls: Calls, at: usize, error: Option<ErrorKind>) -> Disk {
    watched(disk(root, calls), move |this, _| match error {
        Some(kind) if this == at => Err(kind.into()),
        None if this >= at => Err(io::Error::other("the process is no more")),
        _ => Ok(()),
    })
}

/// Every how many-th call is met: all of them where time is no matter.
fn step(most: usize) -> usize {
    if std::env::var_os("TITO_TEST_EXHAUSTIVE").is_some() { 1 } else { most }
}

/// How many calls the command makes, and what it leaves.
fn undisturbed(case: Case, calls: Calls) -> (usize, Outcome) {
    let (_folder, root) = case.workspace();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let disk = watched(disk(&root, calls), move |_, _| {
        seen.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    case.run(&root, disk).unwrap();
    (count.load(Ordering::SeqCst), outcome(&root))
}

fn assert_nothing_lost(case: Case, root: &Path, when: &str) {
    let files = tree(root);
    for text in case.student() {
        assert!(files.values().any(|found| found == text), "{when}: lost {text:?}; there is {files:#?}");
    }
}

#[test]
fn stopped_at_any_call_the_same_command_ends_as_if_nothing_had_happened() {
    for (case, calls) in CASES.into_iter().flat_map(|case| BOTH.map(|calls| (case, calls))) {
        let (total, want) = undisturbed(case, calls);
        assert!(total > 20, "{case:?} makes only {total} calls");
        for at in (0..total).step_by(step(2)) {
            let when = format!("{case:?}, {calls:?}, stopped at call {at}");
            let (_folder, root) = case.workspace();
            let _ = case.run(&root, faulty(&root, calls, at, None));
            assert_nothing_lost(case, &root, &when);
            case.run(&root, quick(&root, calls)).unwrap_or_else(|error| panic!("{when}, again: {error}"));
            assert_nothing_lost(case, &root, &format!("{when}, again"));
            assert_same(&outcome(&root), &want, &format!("{when}, again"));
        }
    }
}

#[test]
fn refused_any_call_the_same_command_ends_as_if_nothing_had_happened() {
    let kinds = [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Other];
    for (case, calls) in CASES.into_iter().flat_map(|case| BOTH.map(|calls| (case, calls))) {
        let (total, want) = undisturbed(case, calls);
        for at in (0..total).step_by(step(3)) {
            let kind = kinds[at % kinds.len()];
            let when = format!("{case:?}, {calls:?}, {kind:?} at call {at}");
            let (_folder, root) = case.workspace();
            if case.run(&root, faulty(&root, calls, at, Some(kind))).is_err() {
                assert_nothing_lost(case, &root, &when);
                case.run(&root, quick(&root, calls)).unwrap_or_else(|error| panic!("{when}, again: {error}"));
                assert_same(&outcome(&root), &want, &format!("{when}, again"));
            } else {
                // A folder that stayed is no reason to stop, and after the last call all is said.
                let is_last = at + 1 == total;
                assert!(kind == ErrorKind::PermissionDenied || is_last, "{when}: nobody was told");
                drop(lock(quick(&root, calls)).unwrap());
                assert_eq!(outcome(&root).1, want.1, "{when}");
            }
            assert_nothing_lost(case, &root, &format!("{when}, again"));
        }
    }
}

#[test]
fn what_the_student_saved_between_the_two_stays() {
    for at in 0..undisturbed(Case::UndoLast, Calls::At).0 {
        let (_folder, root) = Case::UndoLast.workspace();
        let _ = Case::UndoLast.run(&root, faulty(&root, Calls::At, at, None));
        std::fs::write(root.join("b_merged.py"), "saved in between").unwrap();
        Case::UndoLast.run(&root, quick(&root, Calls::At)).unwrap();
        let found = std::fs::read_to_string(root.join("b_merged.py")).unwrap();
        assert_eq!(found, "saved in between", "stopped at call {at}");
        assert_nothing_lost(Case::UndoLast, &root, &format!("stopped at call {at}"));
    }
}

/// Rewrites a record in the form of the journal's version 1.
fn in_form_1(path: &Path) {
    let Ok(bytes) = std::fs::read(path) else { return };
    let mut record: Value = serde_json::from_slice(&bytes).unwrap();
    record["journal"] = 1.into();
    record.as_object_mut().unwrap().remove("command");
    std::fs::write(path, record.to_string()).unwrap();
}

#[test]
fn a_run_that_an_older_tito_began_is_settled_and_an_undo_finished() {
    for case in [Case::UndoLast, Case::Update] {
        let (total, _) = undisturbed(case, Calls::At);
        let want = {
            let (_folder, root) = case.workspace();
            case.run(&root, quick(&root, Calls::At)).unwrap();
            visible(&root)
        };
        for at in 0..total {
            let when = format!("{case:?}, stopped at call {at}");
            let (_folder, root) = case.workspace();
            let _ = case.run(&root, faulty(&root, Calls::At, at, None));
            let journal = root.join(".tinytorch/journal");
            for name in ["next", "000001.json", "000002.json"] {
                in_form_1(&journal.join(name));
            }
            case.run(&root, quick(&root, Calls::At)).unwrap_or_else(|error| panic!("{when}, again: {error}"));
            assert_eq!(visible(&root), want, "{when}");
            assert_nothing_lost(case, &root, &when);
            assert!(!apply::history(&Disk::open(&root).unwrap()).unwrap().is_empty());
        }
    }
}
