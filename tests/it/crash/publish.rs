//! `tito publish`, killed or refused anything: readers who know the key get the old release or the new one, and the same command ends as
//! an undisturbed one ends.

use super::*;

/// How many points a run of the tests visits, for each sort.
const POINTS: usize = 24;

const PUBLISH: &[&str] = &["publish", "site", "--sign", "mls.key", "--yes"];

/// A course whose first release is published and signed, and whose second is not published yet.
fn before() -> tempfile::TempDir {
    let folder = folder();
    let root = crate::tito::root();
    crate::mini::copy(&root.join("tests/bases/mini"), &folder.path().join("base"));
    let course = "course: {id: nordlund/mls}\nbase: {from: {path: ./base}}\nmodules: all\n";
    fs::write(folder.path().join("course.yml"), course).unwrap();
    tito(folder.path(), &["key", "new", "mls.key", "--no-password"]).expect(0);
    tito(folder.path(), PUBLISH).expect(0);
    let readme = folder.path().join("base/shared/README.md.j2");
    let text = fs::read_to_string(&readme).unwrap();
    fs::write(&readme, text + "\nFix 2.\n").unwrap();
    folder
}

/// The folder without its signatures, which are other bytes each time that they are made.
fn published(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = crate::tito::tree(&folder.join("site")).into_iter();
    all.map(|(name, bytes)| if name.ends_with(".minisig") { (name, Vec::new()) } else { (name, bytes) })
        .collect()
}

/// A new workspace gets a whole release, which is signed.
#[track_caller]
fn assert_readable(folder: &Path, when: &str) {
    let key = fs::read_to_string(folder.join("mls.pub")).unwrap();
    let key = key.lines().nth(1).unwrap();
    let ran = tito(folder, &["init", "site", "student", "--key", key]);
    assert_eq!(ran.code, 0, "{when}: {}", ran.text());
    fs::remove_dir_all(folder.join("student")).unwrap();
}

#[test]
fn a_publisher_that_is_stopped_anywhere_harms_no_reader() {
    let start = before();
    let undisturbed = copy(start.path());
    let points = points(undisturbed.path(), PUBLISH);
    assert!(points.len() > 20, "publishing makes only {} calls", points.len());
    let want = published(undisturbed.path());
    at_each(&points, POINTS, |number, point| {
        let error = some_errors(number, point.call)[0];
        for what in ["signal=KILL".to_owned(), format!("error={error}")] {
            let when = format!("{what} at {} number {}: {}", point.call, point.at, point.seen);
            let copy = copy(start.path());
            let inject = format!("inject={}:{what}:when={}", point.call, point.at);
            let options = ["-e", &format!("trace={}", point.call), "-e", &inject];
            let _ = strace(copy.path(), &copy.path().join("trace"), &options, PUBLISH);
            assert_readable(copy.path(), &when);
            tito(copy.path(), PUBLISH).expect(0);
            tito(copy.path(), &["publish", "site", "--check"]).expect(0);
            assert_readable(copy.path(), &when);
            assert_same(&published(copy.path()), &want, &when);
        }
    });
}
