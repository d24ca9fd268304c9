//! Random batches over a few paths, believed or not, stopped anywhere: nothing is lost, and undo takes back what was done.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tito::apply::{self, Batch};
use tito::plan::Change;

use super::workspace::*;

const PATHS: [&str; 8] = ["a", "b", "c/d", "c/e", "c", "f/g/h", "f/g/i", "f/g"];

/// A change in the raw: which paths, what content, whether what it expects is what is there.
type Raw = (u8, usize, usize, u8, bool);

fn workspace() -> impl Strategy<Value = BTreeMap<usize, u8>> {
    proptest::collection::btree_map(0..PATHS.len(), 0..6u8, 0..6)
}

fn raws() -> impl Strategy<Value = Vec<Raw>> {
    proptest::collection::vec(
        (0..3u8, 0..PATHS.len(), 0..PATHS.len(), 0..6u8, prop::bool::weighted(0.9)),
        1..8,
    )
}

fn write(root: &Path, files: &BTreeMap<usize, u8>) {
    for (at, content) in files {
        let file = root.join(PATHS[*at]);
        // A file may be where another one's folder should be: the first wins.
        if fs::create_dir_all(file.parent().unwrap()).is_ok() {
            let _ = fs::write(file, format!("content {content}"));
        }
    }
}

fn batch(root: &Path, raws: &[Raw]) -> Batch {
    let mut model = visible(root);
    let mut batch = Batch::new(now());
    // Neighbouring moves happen at once: here each stands for itself.
    let mut moving = BTreeSet::new();
    for (kind, at, to, content, is_right) in raws {
        let (at, to, content) = (PATHS[*at], PATHS[*to], format!("content {content}"));
        if *kind != 1 {
            moving.clear();
        } else if !moving.insert(at) || !moving.insert(to) {
            continue;
        }
        let there = model.get(at).cloned();
        let expect = if *is_right { there.clone() } else { Some("content 5".to_owned()) };
        match (kind, expect) {
            (0, expect) => {
                batch.changes.push(put(at, &content, expect.as_deref()));
                model.insert(at.to_owned(), content);
            }
            (1, Some(expect)) => {
                batch.changes.push(moved(at, to, &expect));
                model.remove(at);
                model.insert(to.to_owned(), expect);
            }
            (_, Some(expect)) => {
                batch.changes.push(removed(at, &expect));
                model.remove(at);
            }
            _ => {}
        }
    }
    batch
}

fn contents(files: &BTreeMap<String, String>) -> BTreeSet<&String> {
    files.values().filter(|text| text.starts_with("content ")).collect()
}

fn assert_all_there(before: &BTreeMap<String, String>, root: &Path) {
    let after = tree(root);
    let missing: Vec<_> = contents(before).difference(&contents(&after)).cloned().cloned().collect();
    assert!(missing.is_empty(), "lost {missing:?}; there is {after:#?}");
}

proptest! {
    #[test]
    fn nothing_is_lost_and_undo_takes_back(files in workspace(), raws in raws(), plain in any::<bool>()) {
        let (_folder, root) = bare();
        write(&root, &files);
        let calls = if plain { Calls::Plain } else { Calls::At };
        let before = visible(&root);
        let batch = batch(&root, &raws);
        let (applied, settled) = update(quick(&root, calls), batch.clone()).unwrap();
        prop_assert_eq!(settled, None);
        prop_assert_eq!(applied.outcomes.len(), batch.changes.len());
        assert_all_there(&before, &root);
        Story::assert_tidy(&root, "after");
        if applied.run.is_some() {
            let disk = quick(&root, calls);
            let record = apply::history(&disk).unwrap().pop().unwrap();
            let back = apply::undo::undo(&disk, &record, now()).unwrap();
            prop_assert_eq!(&back.left, &[]);
            update(disk, back.batch).unwrap();
            prop_assert_eq!(visible(&root), before);
        }
    }

    #[test]
    fn stopped_anywhere_nothing_is_lost(files in workspace(), raws in raws(), at in 0..160usize, plain in any::<bool>()) {
        let (_folder, root) = bare();
        write(&root, &files);
        let calls = if plain { Calls::Plain } else { Calls::At };
        let before = visible(&root);
        let batch = batch(&root, &raws);
        let stop = watched(disk(&root, calls), move |this, _| {
            if this >= at { Err(std::io::Error::other("the process is no more")) } else { Ok(()) }
        });
        let _ = update(stop, batch);
        assert_all_there(&before, &root);
        drop(lock(quick(&root, calls)).unwrap());
        assert_all_there(&before, &root);
        Story::assert_tidy(&root, "settled");
    }

    #[test]
    fn moves_among_files_arrive_whatever_their_order(order in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle(), to in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle(), plain in any::<bool>()) {
        let (_folder, root) = bare();
        let name = |n: usize| format!("m/{n}/file.py");
        for n in 0..6 {
            fs::create_dir_all(root.join(format!("m/{n}"))).unwrap();
            fs::write(root.join(name(n)), format!("content {n}")).unwrap();
        }
        let mut batch = Batch::new(now());
        // Six files, seven places: there are chains as well as circles.
        batch.changes = order.iter().map(|n| moved(&name(*n), &name(to[*n] + 1), &format!("content {n}"))).collect();
        let calls = if plain { Calls::Plain } else { Calls::At };
        let (applied, _) = update(quick(&root, calls), batch.clone()).unwrap();
        prop_assert!(applied.outcomes.iter().all(apply::Outcome::holds), "{:?}", applied);
        for change in &batch.changes {
            let Change::Move { to, expect, .. } = change else { unreachable!() };
            prop_assert_eq!(tito::digest::Digest::of(&fs::read(root.join(to.as_str())).unwrap()), *expect);
        }
    }
}
