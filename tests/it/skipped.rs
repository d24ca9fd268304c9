//! What an update skips, because it changed after tito looked, is not said to be updated. Unix alone: it forges what the system says of a file.

use std::fs;
use std::os::unix::fs::MetadataExt;

use tito::digest::Digest;

use crate::mini::Mini;

const FILE: &str = "modules/02_sums/README.md";

/// Makes tito believe that `path` was looked at as it is now and was still `before`: so it is with a file that is saved right after.
fn believe(mini: &Mini, path: &str, before: Digest) {
    let about = fs::metadata(mini.at(path)).unwrap();
    let stamp = |seconds: i64, nanos: i64| seconds * 1_000_000_000 + nanos;
    let mut text = format!(
        "tito cache 2\n{} {} {} {} {before} = {path}\n",
        about.len(),
        stamp(about.mtime(), about.mtime_nsec()),
        stamp(about.ctime(), about.ctime_nsec()),
        about.ino(),
    );
    text += &format!("{}\n", Digest::of(text.as_bytes()));
    fs::write(mini.at(".tinytorch/cache"), text).unwrap();
}

#[test]
fn a_path_that_changed_meanwhile_is_said_to_be_skipped_and_nothing_else() {
    let mini = Mini::new("student");
    let before = Digest::of(mini.text(FILE).as_bytes());
    let base = mini.folder().join("base");
    let catalog = fs::read_to_string(base.join("catalog.yml")).unwrap();
    let advisory = "advisories: [{id: MINI-001, severity: normal, in: 1.2.1, affects: [sums], title: The text was wrong}]\n";
    let catalog = catalog.replace("version: 1.2.0\n", "version: 1.2.1\n") + advisory;
    fs::write(base.join("catalog.yml"), catalog).unwrap();
    fs::write(base.join("modules/sums/README.md.j2"), "another\n").unwrap();
    fs::write(mini.at(FILE), "saved this very moment\n").unwrap();
    believe(&mini, FILE, before);
    let ran = mini.run(&["update"]).expect(0);
    // No `fixes` below the advisory, and no `updated`.
    let rest = ran.stdout.split_once('\n').unwrap().1;
    let expected = "\
! MINI-001  The text was wrong
! skipped   modules/02_sums/README.md   it changed while tito was running
18 files up to date · nothing of yours was changed without a backup · undo with `tito undo`
";
    assert_eq!(rest, expected);
    assert_eq!(mini.text(FILE), "saved this very moment\n");
    // The next update comes back to it. (A file that was really saved is told from the one that the cache knew.)
    fs::remove_file(mini.at(".tinytorch/cache")).unwrap();
    let ran = mini.run(&["update"]).expect(0);
    assert!(ran.stdout.contains("  offered   modules/02_sums/README.md   you edited it"), "{}", ran.stdout);
}
