//! An editor that saves while an update is under way: before each of its calls in turn, and freely from another thread.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tito::apply::disk::{Call, How};
use tito::apply::{Outcome, Reason};

use super::workspace::*;

/// How an editor saves.
#[derive(Clone, Copy, Debug)]
enum Save {
    /// Into the file that is there.
    InPlace,
    /// Into another file, which then takes its name.
    Renamed,
}

fn save(root: &Path, at: &str, text: &str, how: Save) {
    let file = root.join(at);
    // Its folder may have gone: an editor makes it again.
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    match how {
        Save::InPlace => fs::write(file, text).unwrap(),
        Save::Renamed => {
            let beside = root.join("beside.tmp");
            fs::write(&beside, text).unwrap();
            fs::rename(beside, file).unwrap();
        }
    }
}

/// `text` is at `at`, or was set aside and is named.
fn assert_kept(root: &Path, at: &str, text: &str, kept: &[tito::apply::Kept], when: &str) {
    let files = tree(root);
    let moved = [at, "m/06_x/x.py", "s1.py", "s2.py", "c1.py", "c2.py", "c3.py"];
    let is_visible = moved.iter().any(|path| files.get(*path).is_some_and(|found| found == text));
    let is_named = kept.iter().any(|kept| files.get(&kept.now).is_some_and(|found| found == text));
    assert!(is_visible || is_named, "{when}: {text:?} is neither at its place nor named; {files:#?}");
}

#[test]
fn what_is_saved_before_any_call_is_kept() {
    let files =
        ["a_replaced.py", "c_set_aside.py", "m/05_x/x.py", "s2.py", "c2.py", "e/removed.py", "n/new.py"];
    for calls in BOTH {
        for how in [Save::InPlace, Save::Renamed] {
            for at in files {
                let mut before = 0;
                loop {
                    let story = small_update();
                    let (_folder, root) = fresh(&story);
                    let folder = root.clone();
                    let disk = watched(disk(&root, calls), move |this, _| {
                        if this == before {
                            save(&folder, at, "saved just now", how);
                        }
                        Ok(())
                    });
                    let when = format!("{calls:?}, {how:?} save of {at} before call {before}");
                    let (applied, _) = update(disk, story.batch.clone()).unwrap();
                    Story::assert_tidy(&root, &when);
                    if !tree(&root).values().any(|text| text == "saved just now") {
                        // The update was over before that call.
                        break;
                    }
                    assert_kept(&root, at, "saved just now", &applied.kept, &when);
                    before += 7;
                }
                assert!(before > 50, "{at} was saved before {before} calls only");
            }
        }
    }
}

#[test]
fn what_is_saved_in_the_last_instant_stays_at_its_place() {
    for at in ["a_replaced.py", "c_set_aside.py", "e/removed.py"] {
        for calls in BOTH {
            let story = small_update();
            let (_folder, root) = fresh(&story);
            let (folder, is_saved) = (root.clone(), AtomicBool::new(false));
            let disk = watched(disk(&root, calls), move |_, call| {
                if let Call::Rename(from, to, How::Exchange | How::Keep) = call
                    && (from == at || to == at)
                    && !is_saved.swap(true, Ordering::SeqCst)
                {
                    save(&folder, at, "saved just now", Save::Renamed);
                }
                Ok(())
            });
            let (applied, _) = update(disk, story.batch.clone()).unwrap();
            assert!(applied.outcomes.contains(&Outcome::Skipped(Reason::Changed)), "{applied:?}");
            assert_eq!(fs::read_to_string(root.join(at)).unwrap(), "saved just now", "{calls:?}");
        }
    }
}

#[test]
fn a_file_that_was_saved_since_the_plan_is_skipped_and_the_baselines_say_so() {
    for calls in BOTH {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        save(&root, "a_replaced.py", "saved since", Save::Renamed);
        save(&root, "m/05_x/x.py", "x saved since", Save::InPlace);
        let (applied, _) = update(quick(&root, calls), story.batch.clone()).unwrap();
        let skipped: Vec<usize> = (0..applied.outcomes.len())
            .filter(|n| matches!(applied.outcomes[*n], Outcome::Skipped(_)))
            .collect();
        assert_eq!(skipped.len(), 2, "{:?}", applied.outcomes);
        assert_eq!(fs::read_to_string(root.join("a_replaced.py")).unwrap(), "saved since");
        let version = fs::read_to_string(root.join(".tinytorch/version.json")).unwrap();
        let version: serde_json::Value = serde_json::from_str(&version).unwrap();
        assert_eq!(version["files"]["a_replaced.py"]["sha256"], digest("replaced v1").to_string());
        assert_eq!(version["files"]["m/05_x/x.py"]["id"], "x");
        assert!(version["files"].get("m/06_x/x.py").is_none());
        assert_eq!(version["files"]["m/05_y/y.py"]["id"], "y");
    }
}

/// Windows neither moves nor removes a file that a program has open, and says so at that call.
#[test]
fn a_file_that_a_program_holds_open_is_named_and_stays_and_the_next_run_goes_on() {
    for calls in BOTH {
        let want = {
            let story = small_update();
            let (_folder, root) = fresh(&story);
            update(quick(&root, calls), story.batch).unwrap();
            comparable(&root)
        };
        for at in ["a_replaced.py", "c_set_aside.py", "m/05_x/x.py", "e/removed.py", "s1.py", "s2.py"] {
            let story = small_update();
            let (_folder, root) = fresh(&story);
            let text = fs::read_to_string(root.join(at)).unwrap();
            let disk = watched(disk(&root, calls), move |_, call| match (calls, call) {
                (Calls::At, Call::Rename(from, to, How::Exchange | How::Keep)) if at == from || at == to => {
                    Err(ErrorKind::ResourceBusy.into())
                }
                (Calls::Plain, Call::Rename(from, _, How::Replace) | Call::RemoveFile(from))
                    if at == from =>
                {
                    Err(ErrorKind::ResourceBusy.into())
                }
                _ => Ok(()),
            });
            let when = format!("{calls:?}, {at} held open");
            let (applied, _) = update(disk, story.batch.clone()).unwrap();
            assert!(applied.skipped.iter().all(|(_, why)| *why == Reason::InUse), "{when}: {applied:?}");
            assert!(!applied.skipped.is_empty(), "{when}");
            assert_eq!(fs::read_to_string(root.join(at)).unwrap(), text, "{when}");
            assert_heals(&story, &root, calls, &want, true, &when);
        }
    }
}

#[test]
fn a_thread_that_keeps_saving_never_loses_its_last_save() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    for round in 0..20 {
        // The course goes back and forth, and each time believes in what it put there last.
        let folder = root.clone();
        let editor = std::thread::spawn(move || {
            for count in 0..200 {
                save(&folder, "a_replaced.py", &format!("save {round}.{count}"), Save::Renamed);
            }
        });
        let mut named = Vec::new();
        while !editor.is_finished() {
            let expect = fs::read_to_string(root.join("a_replaced.py")).unwrap();
            let mut batch = tito::apply::Batch::new(now());
            batch.changes = vec![put("a_replaced.py", "from the course", Some(&expect))];
            let (applied, _) = update(quick(&root, Calls::At), batch).unwrap();
            named.extend(applied.kept);
        }
        editor.join().unwrap();
        let last = format!("save {round}.199");
        let files = tree(&root);
        let is_there = files["a_replaced.py"] == last;
        let is_named = named.iter().any(|kept| files[&kept.now] == last);
        assert!(is_there || is_named, "{last} is neither at its place nor named");
    }
    Story::assert_tidy(&root, "in the end");
}
