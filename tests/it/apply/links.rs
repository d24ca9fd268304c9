//! A link where a folder should be, planted before an update or swapped in before any of its calls: nothing outside is touched.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tito::apply::{ApplyError, Outcome, Reason};

use super::workspace::*;

/// A folder beside the workspace with a file for every name that the update writes to.
fn outside(root: &Path) -> BTreeMap<String, String> {
    let folder = root.parent().unwrap().join("outside");
    for name in
        ["x.py", "new.py", "removed.py", "h", "05_x/x.py", "06_y/y.py", "stage/run/new-8", "journal/next"]
    {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("outside {name}")).unwrap();
    }
    tree(&folder)
}

fn swap_in_a_link(root: &Path, folder: &str) {
    let place = root.join(folder);
    // What was there stays in the workspace, under another name: it is the student who does this.
    if fs::symlink_metadata(&place).is_ok_and(|found| !found.is_symlink()) {
        fs::rename(&place, root.join(format!("was-{}", folder.replace('/', "-")))).unwrap();
    }
    if fs::symlink_metadata(&place).is_err() && place.parent().unwrap().is_dir() {
        symlink(root.parent().unwrap().join("outside"), place).unwrap();
    }
}

#[test]
fn a_link_swapped_in_before_any_call_leads_nowhere() {
    for folder in [
        "m",
        "m/06_x",
        "e",
        "n",
        "f",
        "g",
        ".tinytorch/stage",
        ".tinytorch/backups",
        ".tinytorch/incoming",
        ".tinytorch/journal",
    ] {
        let mut before = 0;
        loop {
            let story = small_update();
            let (_folder, root) = fresh(&story);
            let outside_before = outside(&root);
            let (attacked, happened) =
                (root.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
            let flag = happened.clone();
            let disk = watched(disk(&root, Calls::At), move |this, _| {
                if this == before {
                    swap_in_a_link(&attacked, folder);
                    flag.store(true, std::sync::atomic::Ordering::SeqCst);
                }
                Ok(())
            });
            let when = format!("{folder} became a link before call {before}");
            // It may fail or skip; what it may not is write, or remove, or read into the workspace what is outside.
            let _ = update(disk, story.batch.clone());
            assert_eq!(tree(&root.parent().unwrap().join("outside")), outside_before, "{when}");
            story.assert_nothing_lost(&root, &when);
            assert!(
                !tree(&root).values().any(|text| text.starts_with("outside ")),
                "{when}: read from outside"
            );
            if !happened.load(std::sync::atomic::Ordering::SeqCst) {
                break;
            }
            before += 3;
        }
        assert!(before > 50, "{folder}: {before}");
    }
}

#[test]
fn a_link_where_a_managed_folder_should_be_is_named_and_left() {
    for calls in BOTH {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let outside_before = outside(&root);
        symlink(root.parent().unwrap().join("outside"), root.join("n")).unwrap();
        let (applied, _) = update(quick(&root, calls), story.batch.clone()).unwrap();
        assert_eq!(applied.outcomes.last(), Some(&Outcome::Skipped(Reason::Blocked("n".to_owned()))));
        assert_eq!(tree(&root.parent().unwrap().join("outside")), outside_before);
        assert!(root.join("n").is_symlink());
        Story::assert_tidy(&root, "after");
    }
}

#[test]
fn a_link_where_a_managed_file_should_be_is_left() {
    for calls in BOTH {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let target = root.parent().unwrap().join("target");
        fs::write(&target, "replaced v1").unwrap();
        fs::remove_file(root.join("a_replaced.py")).unwrap();
        symlink(&target, root.join("a_replaced.py")).unwrap();
        let (applied, _) = update(quick(&root, calls), story.batch.clone()).unwrap();
        assert!(applied.outcomes.contains(&Outcome::Skipped(Reason::Occupied)), "{applied:?}");
        assert_eq!(fs::read_to_string(&target).unwrap(), "replaced v1");
        assert!(root.join("a_replaced.py").is_symlink());
    }
}

#[test]
fn a_fifo_in_the_way_is_not_opened() {
    for calls in BOTH {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        fs::remove_file(root.join("a_replaced.py")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(root.join("a_replaced.py")).status().unwrap();
        assert!(made.success());
        let (applied, _) = update(quick(&root, calls), story.batch.clone()).unwrap();
        assert!(applied.outcomes.contains(&Outcome::Skipped(Reason::Occupied)), "{applied:?}");
    }
}

#[test]
fn a_link_at_titos_own_folder_is_refused() {
    for calls in BOTH {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let outside_before = outside(&root);
        fs::rename(root.join(".tinytorch"), root.join("was")).unwrap();
        symlink(root.parent().unwrap().join("outside"), root.join(".tinytorch")).unwrap();
        let error = update(quick(&root, calls), story.batch.clone()).unwrap_err();
        assert!(matches!(error, ApplyError::Disk(_)), "{error:?}");
        assert!(error.to_string().contains("`.tinytorch`"), "{error}");
        assert_eq!(tree(&root.parent().unwrap().join("outside")), outside_before);
    }
}
