//! Tests of both ways of reading a tree.

use super::*;

fn tree_with(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let at = dir.path().join(file);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        std::fs::write(at, file).unwrap();
    }
    dir
}

fn root(dir: &tempfile::TempDir) -> Root {
    Root::Folder(dir.path().to_owned())
}

fn names(found: &[Found]) -> Vec<&str> {
    found.iter().map(|found| found.name.as_str()).collect()
}

#[test]
fn files_are_listed_and_read() {
    let dir = tree_with(&["b/c/d", "a", "b/é", "b-c/x"]);
    let all = Disk.list(&root(&dir)).unwrap();
    assert_eq!(
        all.iter().map(|entry| entry.path.as_str()).collect::<Vec<_>>(),
        ["a", "b-c/x", "b/c/d", "b/é"]
    );
    assert_eq!(Disk.read_in(&root(&dir), "b/c/d").unwrap(), b"b/c/d");
    assert_eq!(Disk.digest_below(&root(&dir), "a").unwrap(), Digest::of(b"a"));
    assert_eq!(names(&Disk.entries(&root(&dir), "b").unwrap()), ["c", "é"]);
    let kind = |at: &str| Disk.entries(&root(&dir), at).unwrap_err().kind();
    assert_eq!(
        (kind("z"), kind("a"), kind("a/b")),
        (ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::NotADirectory)
    );
    let read = |at: &str| Disk.read_below(&root(&dir), at, 1).unwrap_err().kind();
    assert_eq!(
        (read("z"), read("b"), read("b/c/d")),
        (ErrorKind::NotFound, ErrorKind::IsADirectory, ErrorKind::FileTooLarge)
    );
    assert_eq!(
        (read("../x"), read("b/../a"), read("")),
        (ErrorKind::InvalidInput, ErrorKind::InvalidInput, ErrorKind::InvalidInput)
    );
}

#[test]
fn both_ways_of_reading_a_tree_see_the_same() {
    let dir = tree_with(&["b/c/d", "a", "b/é"]);
    for at in ["", "b", "b/c"] {
        let strip = |found: Vec<Found>| {
            found
                .into_iter()
                .map(|one| (one.name, one.kind, one.size * u64::from(one.kind != FoundKind::Folder)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            strip(plain::entries(dir.path(), at).unwrap()),
            strip(tree::entries(dir.path(), at).unwrap())
        );
    }
    for at in ["z", "a/b", "b/../a", ""] {
        assert_eq!(
            plain::open(dir.path(), at).unwrap_err().kind(),
            tree::open(dir.path(), at).unwrap_err().kind(),
            "{at}"
        );
    }
}

#[test]
fn a_change_changes_the_stamp() {
    let dir = tree_with(&["a"]);
    let stamp = || Disk.entries(&root(&dir), "").unwrap()[0].stamp.unwrap();
    let before = stamp();
    assert_eq!(before, stamp());
    std::fs::remove_file(dir.path().join("a")).unwrap();
    std::fs::write(dir.path().join("other"), "x").unwrap();
    std::fs::write(dir.path().join("a"), "a").unwrap();
    assert_ne!(before, stamp());
}

#[cfg(unix)]
#[test]
fn nothing_is_read_through_a_link_and_no_fifo_is_waited_for() {
    let outside = tree_with(&["secret/key"]);
    let dir = tree_with(&["modules/a"]);
    std::os::unix::fs::symlink(outside.path().join("secret"), dir.path().join("modules/linked")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret/key"), dir.path().join("modules/key")).unwrap();
    let fifo = dir.path().join("modules/fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let found = Disk.entries(&root(&dir), "modules").unwrap();
    let kinds: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.kind)).collect();
    let file = FoundKind::File { executable: false };
    let expected =
        [("a", file), ("fifo", FoundKind::Special), ("key", FoundKind::Link), ("linked", FoundKind::Link)];
    assert_eq!(kinds, expected);
    for open in [tree::open, plain::open] {
        assert!(open(dir.path(), "modules/linked/key").is_err());
        assert_eq!(open(dir.path(), "modules/key").unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(Disk.read_in(&root(&dir), "modules/fifo").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(Disk.read(&fifo, 10).unwrap_err().kind(), ErrorKind::InvalidInput);
    let all: Vec<_> =
        Disk.list(&root(&dir)).unwrap().into_iter().map(|entry| (entry.path, entry.kind)).collect();
    assert!(all.contains(&("modules/linked".to_owned(), EntryKind::Link)) && all.len() == 4, "{all:?}");
}
