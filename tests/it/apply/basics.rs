//! Runs that nothing disturbs.

use std::fs;

use tito::apply::undo::undo;
use tito::apply::{self, Batch, Disk, Outcome};

use super::workspace::*;

fn disks(root: &std::path::Path) -> [Disk; 2] {
    [Disk::open(root).unwrap(), Disk::open_plain(root).unwrap()]
}

#[test]
fn the_small_update_does_what_it_says_by_both_kinds_of_calls() {
    for which in 0..2 {
        let story = small_update();
        let (_folder, root) = fresh(&story);
        let [at, plain] = disks(&root);
        let (applied, settled) = update([at, plain][which].clone(), story.batch.clone()).unwrap();
        assert_eq!(settled, None);
        assert!(applied.outcomes.iter().all(|outcome| *outcome == Outcome::Done), "{applied:?}");
        story.assert_nothing_lost(&root, "after");
        Story::assert_tidy(&root, "after");
        Story::assert_baselines_true(&root, "after");
        let seen: Vec<String> =
            visible(&root).into_iter().map(|(name, text)| format!("{name}: {text}")).collect();
        let expected = [
            ".tinytorch/incoming/d_offered.py: offered v2",
            "a_replaced.py: replaced v2",
            "b_merged.py: merged v2 and mine",
            "c1.py: c3 of mine",
            "c2.py: c1 of mine",
            "c3.py: c2 of mine",
            "c_set_aside.py: set aside v2",
            "course.lock: lock: 1\n",
            "d_offered.py: mine, kept",
            "f/inside.py: now in a folder v2",
            "g: now a file v2",
            "m/05_y/y.py: y of mine",
            "m/06_x/notes.txt: my notes",
            "m/06_x/x.py: x of mine",
            "n/new.py: new v2",
            "own.txt: never touched",
            "progress.json: {\"started\": [\"x\"]}",
            "s1.py: s2 v1",
            "s2.py: s1 of mine",
        ];
        assert_eq!(seen, expected);
        let kept: Vec<(&str, &str)> =
            applied.kept.iter().map(|kept| (kept.was.as_str(), kept.now.as_str())).collect();
        assert_eq!(
            kept,
            [
                ("b_merged.py", ".tinytorch/backups/kept_20270115_103000/b_merged.py"),
                ("c_set_aside.py", ".tinytorch/backups/05_autograd_20270115_103000/c_set_aside.py"),
            ]
        );
    }
}

#[test]
fn undo_takes_back_byte_for_byte_and_can_be_taken_back() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let before = visible(&root);
    let disk = Disk::open(&root).unwrap();
    update(disk.clone(), story.batch.clone()).unwrap();
    let after = visible(&root);
    for want in [before, after] {
        let last = apply::history(&disk).unwrap().pop().unwrap();
        let back = undo(&disk, &last, now()).unwrap();
        assert_eq!(back.left, []);
        let (applied, _) = update(disk.clone(), back.batch).unwrap();
        assert!(applied.outcomes.iter().all(Outcome::holds), "{applied:?}");
        assert_eq!(visible(&root), want);
        story.assert_nothing_lost(&root, "after undo");
    }
    assert_eq!(apply::history(&disk).unwrap().len(), 3);
}

#[test]
fn a_batch_with_nothing_in_it_writes_nothing() {
    let story = small_update();
    let (_folder, root) = fresh(&story);
    let disk = Disk::open(&root).unwrap();
    update(disk.clone(), story.batch.clone()).unwrap();
    let before = tree(&root);
    let mut batch = Batch::new(now());
    batch.meta.insert(apply::Meta::Lock, Some(fs::read(root.join("course.lock")).unwrap()));
    let (applied, _) = update(disk, batch).unwrap();
    assert_eq!(applied.run, None);
    assert_eq!(tree(&root), before);
}

#[cfg(unix)]
#[test]
fn both_kinds_of_calls_see_what_a_file_is() {
    use std::os::unix::fs::PermissionsExt;
    use tito::apply::disk::Kind;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, mode) in [("plain.py", 0o644), ("program.py", 0o755), ("of_the_group.py", 0o655)] {
        fs::write(root.join(name), "four").unwrap();
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::create_dir(root.join("folder")).unwrap();
    std::os::unix::fs::symlink("plain.py", root.join("link")).unwrap();
    for calls in BOTH {
        let disk = disk(root, calls);
        let kind = |name: &str| disk.kind(name).unwrap();
        assert_eq!(kind("plain.py"), Some(Kind::File { size: 4, executable: false }), "{calls:?}");
        assert_eq!(kind("program.py"), Some(Kind::File { size: 4, executable: true }), "{calls:?}");
        assert_eq!(kind("of_the_group.py"), Some(Kind::File { size: 4, executable: false }), "{calls:?}");
        assert_eq!(kind("folder"), Some(Kind::Folder), "{calls:?}");
        assert_eq!(kind("link"), Some(Kind::Link), "{calls:?}");
        assert_eq!(kind("nothing"), None, "{calls:?}");
    }
}
