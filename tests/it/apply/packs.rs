//! The store: what a course brings is in packs, what tito 0.1 stored comes into packs, and nothing is lost on the way.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tito::apply::objects::Store;
use tito::apply::{Batch, Disk, Meta, layout};
use tito::digest::Digest;

use super::workspace::*;

fn packs(disk: &Disk) -> Vec<String> {
    disk.list(layout::PACKS).unwrap()
}

fn bringing(contents: impl IntoIterator<Item = Vec<u8>>) -> Batch {
    let mut batch = Batch::new(now());
    batch.changes = vec![put("one.py", "one", None)];
    batch.objects = contents.into_iter().map(Arc::from).collect();
    batch
}

#[test]
fn what_a_course_brings_is_one_file_and_what_is_there_is_not_brought_again() {
    let (_folder, root) = bare();
    let disk = quick(&root, Calls::At);
    let texts = ["one", "two", "three"].map(|text| text.as_bytes().to_vec());
    update(disk.clone(), bringing(texts.clone())).unwrap();
    assert_eq!(packs(&disk).len(), 1);
    assert_eq!(disk.list(layout::OBJECTS).unwrap(), [""; 0]);
    let mut again = bringing(texts.iter().cloned().chain([b"four".to_vec()]));
    again.changes = vec![put("two.py", "two", None)];
    update(disk.clone(), again).unwrap();
    assert_eq!(packs(&disk).len(), 2);
    let sizes: u64 = packs(&disk)
        .iter()
        .map(|name| fs::metadata(root.join(layout::PACKS).join(name)).unwrap().len())
        .sum();
    assert!(sizes < 1500, "nothing is there twice: {sizes}");
    let store = Store::new(&disk);
    for text in texts.iter().map(Vec::as_slice).chain([&b"four"[..]]) {
        assert_eq!(*store.read(Digest::of(text)).unwrap().unwrap(), *text);
    }
    assert!(!store.has(digest("five")).unwrap());
}

#[test]
fn no_pack_is_larger_than_what_memory_has_room_for() {
    let (_folder, root) = bare();
    let disk = quick(&root, Calls::At);
    let contents: Vec<Vec<u8>> = (0..4_u8).map(|n| vec![n; 9 << 20]).collect();
    update(disk.clone(), bringing(contents.clone())).unwrap();
    assert_eq!(packs(&disk).len(), 2);
    let store = Store::new(&disk);
    for bytes in &contents {
        assert!(store.has(Digest::of(bytes)).unwrap());
    }
}

const COPIES: usize = 70;

fn copy(number: usize) -> String {
    format!("the content number {number}")
}

/// A workspace in which each copy has a file of its own, as tito 0.1 left it; one of them is damaged.
fn of_0_1(root: &Path) -> Batch {
    let mut files = serde_json::Map::new();
    for number in 0..COPIES {
        let text = copy(number);
        let place = root.join(layout::object(digest(&text)));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, if number == 7 { "rotten" } else { &text }).unwrap();
        let entry = serde_json::json!({
            "id": format!("shared:file{number}.txt"), "role": "support",
            "sha256": digest(&text).to_string(), "source": digest("source").to_string(), "version": "1.0.0",
        });
        files.insert(format!("file{number}.txt"), entry);
    }
    let place = root.join(layout::object(digest("of a run")));
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, "of a run").unwrap();
    let document =
        serde_json::json!({"workspace_version": 1, "created": "2027-01-01T00:00:00Z", "files": files});
    let mut batch = Batch::new(now());
    batch.meta.insert(Meta::Baselines, Some(serde_json::to_vec_pretty(&document).unwrap()));
    batch
}

fn assert_all_there(disk: &Disk, when: &str) {
    let store = Store::new(disk);
    for number in (0..COPIES).filter(|number| *number != 7) {
        let text = copy(number);
        let found = store.read(digest(&text)).unwrap();
        assert_eq!(found.as_deref(), Some(text.as_bytes()), "{when}");
    }
    assert!(store.has(digest("of a run")).unwrap(), "{when}");
}

fn own_files(root: &Path) -> Vec<String> {
    tree(&root.join(layout::OBJECTS)).into_values().collect()
}

#[test]
fn the_copies_of_tito_0_1_come_into_a_pack_whatever_interrupts() {
    let mut calls = 0;
    loop {
        let (_folder, root) = bare();
        let batch = of_0_1(&root);
        let stop = watched(disk(&root, Calls::At), move |this, _| {
            if this >= calls { Err(io::Error::other("the process is no more")) } else { Ok(()) }
        });
        let _ = update(stop, batch.clone());
        let after = quick(&root, Calls::At);
        let when = format!("stopped at {calls}");
        assert_all_there(&after, &when);
        let is_done = own_files(&root).len() < COPIES / 2 && packs(&after).len() == 1;
        update(after.clone(), batch).unwrap();
        assert_all_there(&after, &format!("{when}, and again"));
        if is_done && own_files(&root).iter().all(|text| !text.starts_with("the content")) {
            break;
        }
        calls += 1;
        assert!(calls < 1000, "it never comes to an end");
    }
    assert!(calls > COPIES, "it was stopped between any two copies");
}

#[test]
fn what_is_damaged_and_what_no_file_of_the_course_names_stays_where_it_is() {
    let (_folder, root) = bare();
    let batch = of_0_1(&root);
    let disk = quick(&root, Calls::At);
    update(disk.clone(), batch).unwrap();
    assert_all_there(&disk, "gathered");
    let mut left = own_files(&root);
    left.retain(|text| !text.contains("workspace_version"));
    assert_eq!(left, ["of a run", "rotten"]);
    Story::assert_tidy(&root, "gathered");
}
