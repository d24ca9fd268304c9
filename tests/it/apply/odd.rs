//! Names as long as a system allows, and things in the stage that tito did not put there: neither stops a command, or loses anything.

use std::fs;
use std::path::Path;

use tito::apply::{Batch, Disk};
use tito::plan::Change;

use super::workspace::*;

/// A name that leaves no room for a mark, and whose every cut at a byte would split a letter.
fn long_name() -> String {
    format!("{}.ipynb", "ü".repeat(124))
}

/// Replaces the student's `text` at `name`; what was there goes to `folder`.
fn set_aside(root: &Path, name: &str, text: &str, folder: &str) -> Batch {
    fs::write(root.join(name), text).unwrap();
    let mut batch = Batch::new(now());
    batch.changes = vec![Change::Put {
        at: here(name),
        content: b"pristine".as_slice().into(),
        executable: false,
        expect: Some(digest(text)),
        keep: Some(folder.to_owned()),
    }];
    batch
}

#[test]
fn a_long_name_is_set_aside_as_often_as_one_likes_within_a_second() {
    for calls in BOTH {
        let (_folder, root) = bare();
        let folder = "f".repeat(255);
        for text in ["first answer", "second answer", "third answer", "second answer"] {
            let (applied, _) =
                update(quick(&root, calls), set_aside(&root, &long_name(), text, &folder)).unwrap();
            let kept = &applied.kept[0];
            assert_eq!(fs::read_to_string(root.join(&kept.now)).unwrap(), text);
            assert!(kept.now.ends_with(".ipynb") && kept.now.split('/').all(|part| part.len() <= 255));
        }
        let there = tree(&root);
        for text in ["first answer", "second answer", "third answer"] {
            assert_eq!(there.values().filter(|found| *found == text).count(), 1, "{text}");
        }
        Story::assert_tidy(&root, "long names");
    }
}

#[test]
fn undo_finds_the_backup_of_a_long_name() {
    let (_folder, root) = bare();
    for text in ["first answer", "second answer"] {
        update(quick(&root, Calls::At), set_aside(&root, &long_name(), text, "kept")).unwrap();
    }
    let disk = quick(&root, Calls::At);
    let last = tito::apply::history(&disk).unwrap().pop().unwrap();
    let back = tito::apply::undo::undo(&disk, &last, now()).unwrap();
    assert_eq!(back.left, []);
    update(disk, back.batch).unwrap();
    assert_eq!(fs::read_to_string(root.join(long_name())).unwrap(), "second answer");
}

#[test]
fn a_workspace_that_an_older_tito_left_stuck_on_a_long_name_is_settled() {
    let (_folder, root) = bare();
    update(quick(&root, Calls::At), set_aside(&root, &long_name(), "first answer", "kept")).unwrap();
    // Another answer was displaced, all is done, and there was no name for it.
    fs::create_dir_all(root.join(".tinytorch/stage/run")).unwrap();
    fs::write(root.join(".tinytorch/stage/run/new-0"), "second answer").unwrap();
    let next = serde_json::json!({
        "journal": 1, "run": 2, "time": "2027-01-15T10:30:00Z", "phase": "committing", "summary": null,
        "changes": [{
            "kind": "put", "path": long_name(), "before": digest("second answer"), "after": digest("pristine"),
            "keep": "kept", "outcome": "done",
        }],
        "meta": {}, "entries": {}, "head": {}, "pristine": [],
    });
    fs::write(root.join(".tinytorch/journal/next"), next.to_string()).unwrap();
    drop(lock(quick(&root, Calls::At)).unwrap());
    Story::assert_tidy(&root, "settled");
    let found = tree(&root);
    for text in ["first answer", "second answer"] {
        let kept = found.iter().filter(|(name, found)| name.contains("/backups/kept/") && *found == text);
        assert_eq!(kept.count(), 1, "{text}: {found:#?}");
    }
}

/// Puts something into the folder.
#[cfg(unix)]
type Put<'p> = &'p dyn Fn(&Path);

#[cfg(unix)]
#[test]
fn odd_things_in_the_stage_become_backups_and_stop_nothing() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    let make_fifo = |at: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(at).status().unwrap().success());
    };
    let odd: [(&str, Put<'_>); 8] = [
        ("a full folder", &|at| {
            fs::create_dir_all(at.join("odd/inner")).unwrap();
            fs::write(at.join("odd/inner/mine.txt"), "my only copy").unwrap();
        }),
        ("an empty folder", &|at| fs::create_dir_all(at.join("odd")).unwrap()),
        ("a FIFO", &|at| make_fifo(&at.join("old-0"))),
        ("a link", &|at| symlink("/etc/passwd", at.join("new-1")).unwrap()),
        ("a name that is not Unicode", &|at| {
            fs::write(at.join(OsStr::from_bytes(b"\xff\xfe")), "my only copy").unwrap();
        }),
        ("a name for a terminal", &|at| fs::write(at.join("a:\u{1b}[31m\u{202e}"), "my only copy").unwrap()),
        ("a file that may not be read", &|at| {
            fs::write(at.join("old-07"), "my only copy").unwrap();
            fs::set_permissions(at.join("old-07"), fs::Permissions::from_mode(0o000)).unwrap();
        }),
        ("a folder that may not be read", &|at| {
            fs::create_dir(at.join("odd")).unwrap();
            fs::write(at.join("odd/mine.txt"), "my only copy").unwrap();
            fs::set_permissions(at.join("odd"), fs::Permissions::from_mode(0o000)).unwrap();
        }),
    ];
    for (what, put) in odd {
        for part in ["stage/run", "stage/preparing", "stage"] {
            let when = format!("{what} in {part}");
            let story = small_update();
            let (_folder, root) = fresh(&story);
            let at = root.join(".tinytorch").join(part);
            fs::create_dir_all(&at).unwrap();
            put(&at);
            update(quick(&root, Calls::At), story.batch.clone())
                .unwrap_or_else(|error| panic!("{when}: {error}"));
            assert!(!root.join(".tinytorch/stage").exists(), "{when}");
            let kept = tree(&root).into_iter().filter(|(_, text)| text == "my only copy").count();
            let had = !matches!(what, "an empty folder" | "a FIFO" | "a link");
            assert!(kept == usize::from(had), "{when}: {:#?}", tree(&root));
            story.assert_nothing_lost(&root, &when);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_stage_or_an_intent_that_is_no_folder_or_file_stops_nothing() {
    for path in ["stage", "stage/run", "stage/preparing", "journal/next"] {
        for kind in ["link", "folder", "file"] {
            if (path, kind) == ("journal/next", "file") || (path != "journal/next" && kind == "folder") {
                continue;
            }
            let when = format!("{path} is a {kind}");
            let story = small_update();
            let (_folder, root) = fresh(&story);
            let at = root.join(".tinytorch").join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            match kind {
                "link" => std::os::unix::fs::symlink("/etc", &at).unwrap(),
                "folder" => fs::create_dir(&at).unwrap(),
                _ => fs::write(&at, "my only copy").unwrap(),
            }
            let disk = Disk::open(&root).unwrap();
            assert!(tito::apply::recover::is_pending(&disk).unwrap(), "{when}");
            update(quick(&root, Calls::At), story.batch.clone())
                .unwrap_or_else(|error| panic!("{when}: {error}"));
            Story::assert_tidy(&root, &when);
            let kept = tree(&root).into_values().filter(|text| text == "my only copy").count();
            assert_eq!(kept, usize::from(kind == "file"), "{when}");
            story.assert_nothing_lost(&root, &when);
        }
    }
}
