//! Undo, history, a damaged or hostile journal, and what may be pruned.

use std::fs;

use tito::apply::prune::{prune, usage};
use tito::apply::undo::undo;
use tito::apply::{self, ApplyError, Batch, Disk, Kept, Meta, Outcome, Reason, layout, objects, recover};

use super::workspace::*;

fn last(disk: &Disk) -> apply::Record {
    apply::history(disk).unwrap().pop().unwrap()
}

#[test]
fn undo_leaves_what_changed_since_and_names_it() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = quick(&root, Calls::At);
    update(disk.clone(), story.batch.clone()).unwrap();
    fs::write(root.join("b_merged.py"), "edited after the update").unwrap();
    fs::write(root.join("progress.json"), "{\"started\": [\"x\", \"y\"]}").unwrap();
    let back = undo(&disk, &last(&disk), now()).unwrap();
    assert_eq!(back.left, [("progress.json".to_owned(), Reason::Changed)]);
    let (applied, _) = update(disk.clone(), back.batch.clone()).unwrap();
    let skipped: Vec<&Outcome> = applied.outcomes.iter().filter(|outcome| !outcome.holds()).collect();
    assert_eq!(skipped, [&Outcome::Skipped(Reason::Changed)]);
    let seen = visible(&root);
    assert_eq!(seen["b_merged.py"], "edited after the update");
    assert_eq!(seen["a_replaced.py"], "replaced v1");
    assert_eq!(seen["m/05_x/x.py"], "x of mine");
    let version: serde_json::Value =
        serde_json::from_slice(&fs::read(root.join(".tinytorch/version.json")).unwrap()).unwrap();
    assert_eq!(version["files"]["b_merged.py"]["sha256"], digest("merged v2").to_string());
    assert_eq!(version["files"]["a_replaced.py"]["sha256"], digest("replaced v1").to_string());
    story.assert_nothing_lost(&root, "after undo");
}

#[test]
fn undo_of_an_older_run_touches_only_that_runs_paths() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = quick(&root, Calls::At);
    update(disk.clone(), story.batch.clone()).unwrap();
    let first = last(&disk);
    let mut batch = Batch::new(now());
    batch.changes = vec![put("later.py", "later", None)];
    let mut version: serde_json::Value =
        serde_json::from_slice(&fs::read(root.join(".tinytorch/version.json")).unwrap()).unwrap();
    version["files"]["later.py"] = serde_json::json!({"id": "later"});
    batch.meta.insert(Meta::Baselines, Some(version.to_string().into_bytes()));
    update(disk.clone(), batch).unwrap();
    update(disk.clone(), undo(&disk, &first, now()).unwrap().batch).unwrap();
    assert_eq!(last(&disk).undoes, Some(1));
    let version: serde_json::Value =
        serde_json::from_slice(&fs::read(root.join(".tinytorch/version.json")).unwrap()).unwrap();
    assert_eq!(version["files"]["later.py"]["id"], "later");
    assert_eq!(visible(&root)["later.py"], "later");
    Story::assert_baselines_true(&root, "after undo");
}

#[test]
fn what_cannot_be_brought_back_is_named() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = quick(&root, Calls::At);
    update(disk.clone(), story.batch.clone()).unwrap();
    fs::remove_dir_all(root.join(".tinytorch/backups")).unwrap();
    let back = undo(&disk, &last(&disk), now()).unwrap();
    let lost: Vec<&str> = back.left.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(lost, ["c_set_aside.py", "b_merged.py"]);
}

#[test]
fn an_interrupted_run_can_be_undone() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let before = visible(&root);
    let stop = watched(disk(&root, Calls::At), |this, _| {
        if this >= 105 { Err(std::io::Error::other("the process is no more")) } else { Ok(()) }
    });
    update(stop, story.batch.clone()).unwrap_err();
    let disk = quick(&root, Calls::At);
    let workspace = lock(disk.clone()).unwrap();
    let settled = workspace.settled().unwrap();
    assert!(!settled.done.is_empty() && !settled.undone.is_empty(), "{settled:?}");
    drop(workspace);
    assert!(last(&disk).interrupted);
    update(disk.clone(), undo(&disk, &last(&disk), now()).unwrap().batch).unwrap();
    assert_eq!(visible(&root), before);
}

#[test]
fn a_damaged_journal_is_set_aside_with_all_that_is_in_the_stage() {
    for damage in ["", "{\"journal\": 1", "nonsense", "{\"journal\": 1, \"run\": \"../..\"}", "[]"] {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        fs::create_dir_all(root.join(".tinytorch/stage/run")).unwrap();
        fs::create_dir_all(root.join(".tinytorch/journal")).unwrap();
        fs::write(root.join(".tinytorch/stage/run/new-3"), "the only copy").unwrap();
        fs::write(root.join(".tinytorch/journal/next"), damage).unwrap();
        let workspace = lock(quick(&root, Calls::At)).unwrap();
        let kept = &workspace.settled().unwrap().kept;
        let place = ".tinytorch/backups/kept_20270115_103000/new-3".to_owned();
        assert!(kept.contains(&Kept { was: "new-3".to_owned(), now: place.clone() }), "{kept:?}");
        assert_eq!(fs::read_to_string(root.join(place)).unwrap(), "the only copy");
        Story::assert_tidy(&root, damage);
        drop(workspace);
        update(quick(&root, Calls::At), story.batch.clone()).unwrap();
        story.assert_nothing_lost(&root, damage);
    }
}

#[test]
fn a_journal_of_a_newer_tito_is_refused_and_left() {
    let (_folder, root) = fresh(&small_update());
    fs::create_dir_all(root.join(".tinytorch/journal")).unwrap();
    fs::write(root.join(".tinytorch/journal/next"), "{\"journal\": 99}").unwrap();
    let before = tree(&root);
    let error = lock(quick(&root, Calls::At)).unwrap_err();
    assert!(matches!(error, ApplyError::Newer { .. }), "{error:?}");
    assert_eq!(tree(&root), before);
}

#[test]
fn a_journal_that_names_paths_outside_moves_nothing_there() {
    for path in ["../outside", "/etc/passwd", ".git/config", ".tinytorch/lock", "a/../../x"] {
        let (_folder, root) = fresh(&small_update());
        fs::create_dir_all(root.join(".tinytorch/stage/run")).unwrap();
        fs::create_dir_all(root.join(".tinytorch/journal")).unwrap();
        fs::write(root.join(".tinytorch/stage/run/old-0"), "planted").unwrap();
        let next = serde_json::json!({
            "journal": 1, "run": 1, "time": "2027-01-15T10:30:00Z", "phase": "changing", "summary": null,
            "changes": [{"kind": "put", "path": path, "before": null, "after": null, "keep": "../../x"}],
            "meta": {}, "entries": {}, "head": {}, "pristine": [],
        });
        fs::write(root.join(".tinytorch/journal/next"), next.to_string()).unwrap();
        let workspace = lock(quick(&root, Calls::At)).unwrap();
        assert_eq!(workspace.settled().unwrap().run, None, "{path} was believed");
        assert!(!root.parent().unwrap().join("outside").exists());
        Story::assert_tidy(&root, path);
    }
}

#[test]
fn reading_writes_nothing_even_where_a_run_was_cut_short() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let stop = watched(disk(&root, Calls::At), |this, _| {
        if this >= 105 { Err(std::io::Error::other("the process is no more")) } else { Ok(()) }
    });
    update(stop, story.batch.clone()).unwrap_err();
    let before = tree(&root);
    let reader = watched(disk(&root, Calls::At), |_, call| panic!("it writes: {call:?}"));
    assert!(recover::is_pending(&reader).unwrap());
    apply::history(&reader).unwrap();
    usage(&reader).unwrap();
    assert_eq!(objects::damaged(&reader).unwrap(), Vec::<String>::new());
    assert_eq!(tree(&root), before);
}

#[test]
fn pruning_forgets_old_runs_and_no_students_byte() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = quick(&root, Calls::At);
    update(disk.clone(), story.batch.clone()).unwrap();
    for _ in 0..3 {
        update(disk.clone(), undo(&disk, &last(&disk), now()).unwrap().batch).unwrap();
    }
    let workspace = lock(disk.clone()).unwrap();
    assert_eq!(prune(&workspace, 1, now()).unwrap(), Vec::<u64>::new());
    let later = now() + jiff::SignedDuration::from_hours(1);
    assert_eq!(prune(&workspace, 1, later).unwrap(), [1, 2, 3]);
    assert_eq!(apply::history(&disk).unwrap().len(), 1);
    story.assert_nothing_lost(&root, "pruned");
    let back = undo(&disk, &last(&disk), now()).unwrap();
    assert_eq!(back.left, []);
    assert!(usage(&disk).unwrap().backups > 0);
}

/// The copies of tito's own files go with the records that named them; what is also a copy of a course's file stays.
#[test]
fn pruning_removes_copies_that_only_forgotten_runs_named() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = quick(&root, Calls::At);
    let write = |meta: &str, file: Option<&str>| {
        let mut batch = Batch::new(now());
        batch.meta.insert(Meta::Config, Some(meta.as_bytes().to_vec()));
        if let Some(text) = file {
            batch.changes = vec![put("a_new_one.py", text, None)];
        }
        update(disk.clone(), batch).unwrap();
    };
    let both = "{\"tier\": \"both\"}";
    write("{\"tier\": \"one\"}", None);
    write(both, Some(both));
    write("{\"tier\": \"three\"}", None);
    write("{\"tier\": \"four\"}", None);
    let there = |text: &str| objects::read(&disk, digest(text)).unwrap().is_some();
    assert!(there("{\"tier\": \"one\"}") && there(both) && there("{\"tier\": \"three\"}"));
    let workspace = lock(disk.clone()).unwrap();
    prune(&workspace, 1, now() + jiff::SignedDuration::from_hours(1)).unwrap();
    assert!(!there("{\"tier\": \"one\"}"), "only forgotten runs named it");
    assert!(there(both), "it is the copy of a file, too");
    assert!(there("{\"tier\": \"three\"}"), "the run that is kept goes back to it");
    let back = undo(&disk, &last(&disk), now()).unwrap();
    assert_eq!(back.left, []);
}

#[test]
fn a_damaged_copy_is_found_never_believed_and_made_good() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = quick(&root, Calls::At);
    update(disk.clone(), story.batch.clone()).unwrap();
    let digest = digest("replaced v2");
    assert_eq!(*objects::read(&disk, digest).unwrap().unwrap(), b"replaced v2"[..]);
    // The pack that has it: a byte of it, and of nothing else.
    let pack = disk.list(layout::PACKS).unwrap().into_iter().next().unwrap();
    let place = format!("{}/{pack}", layout::PACKS);
    let mut bytes = fs::read(root.join(&place)).unwrap();
    let at = bytes.windows(11).position(|part| part == b"replaced v2").unwrap();
    bytes[at] = b'R';
    fs::write(root.join(&place), bytes).unwrap();
    assert_eq!(objects::read(&disk, digest).unwrap(), None);
    assert_eq!(objects::damaged(&disk).unwrap(), std::slice::from_ref(&place));
    // What is at its path is then the only copy: displaced, it must not be dropped.
    let mut batch = Batch::new(now());
    batch.changes = vec![put("a_replaced.py", "replaced v3", Some("replaced v2"))];
    batch.pristine.insert(digest);
    update(disk.clone(), batch).unwrap();
    assert_eq!(*objects::read(&disk, digest).unwrap().unwrap(), b"replaced v2"[..]);
    // And so with a copy that has a file of its own.
    let own = layout::object(digest);
    fs::write(root.join(&own), "rotten").unwrap();
    assert_eq!(objects::read(&disk, digest).unwrap(), None);
    assert_eq!(objects::damaged(&disk).unwrap(), [own, place]);
}
