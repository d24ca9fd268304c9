//! `tito update` from an address, and its undo, killed or refused anything: the files and the release that the workspace keeps belong together, and
//! every command that only reads works with the address away.

use super::*;
use crate::mini;
use crate::tito::root;

/// How many points a run of the tests visits, for each command and sort.
const POINTS: usize = 40;
const NOTEBOOK: &str = "w/modules/01_numbers/numbers.ipynb";

fn edit(path: &Path, old: &str, new: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(old), "{} has no `{old}`", path.display());
    fs::write(path, text.replace(old, new)).unwrap();
}

/// A workspace `w` with an answer, which has release 1 of `site`; there release 2 waits, with another title and another README.md.
fn with_a_release_to_come() -> tempfile::TempDir {
    let folder = folder();
    let at = |path: &str| folder.path().join(path);
    mini::copy(&root().join("tests/bases/mini"), &at("base"));
    fs::write(at("course.yml"), crate::delivery::COURSE).unwrap();
    tito(folder.path(), &["publish", "site"]).expect(0);
    tito(folder.path(), &["init", "site", "w"]).expect(0);
    edit(&at(NOTEBOOK), "raise NotImplementedError()", "return 'mine'");
    edit(&at("base/modules/numbers/numbers.py"), "# # ", "# # About ");
    let readme = fs::read_to_string(at("base/shared/README.md.j2")).unwrap();
    fs::write(at("base/shared/README.md.j2"), readme + "\nRelease two.\n").unwrap();
    tito(folder.path(), &["publish", "site", "--yes"]).expect(0);
    folder
}

/// What the workspace in `folder` keeps gives the README.md that it has, or that of the run that was interrupted; the address is away.
#[track_caller]
fn assert_usable(folder: &Path, when: &str) {
    let home = folder.join("w");
    fs::rename(folder.join("site"), folder.join("away")).unwrap();
    for args in [&["status"][..], &["explain", "README.md"], &["diff"]] {
        let said = tito(&home, args);
        assert_eq!(said.code, 0, "{when}, {args:?}: {}", said.text());
    }
    fs::rename(folder.join("away"), folder.join("site")).unwrap();
}

/// The release that the files of `home` are of, and the one that it says that it has.
fn releases(home: &Path) -> (u64, u64) {
    let has = fs::read_to_string(home.join("README.md")).unwrap().contains("Release two.");
    let status = tito(home, &["status", "--format", "json"]).expect(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    (1 + u64::from(has), status["serial"].as_u64().unwrap())
}

/// Tries `args` at points of it; before it the workspace is as `before` says, and afterwards it has release `after`.
fn check(before: &[&[&str]], args: &[&str], after: u64) {
    let ready = with_a_release_to_come();
    for args in before {
        tito(&ready.path().join("w"), args).expect(0);
    }
    let view = visible(&ready.path().join("w"));
    let undisturbed = copy(ready.path());
    let home = undisturbed.path().join("w");
    let points = points(&home, args);
    let want = visible(&home);
    assert!(points.len() > 40, "{args:?} makes only {} calls", points.len());
    assert_eq!(releases(&home), (after, after));
    for sort in ["signal=KILL", "error"] {
        at_each(&points, POINTS, |number, point| {
            let error = some_errors(number, point.call)[0];
            let inject = if sort == "error" { format!("error={error}") } else { sort.to_owned() };
            let when = format!("{args:?}, {inject} at {} number {}: {}", point.call, point.at, point.seen);
            let copy = copy(ready.path());
            let home = copy.path().join("w");
            let inject = format!("inject={}:{inject}:when={}", point.call, point.at);
            let trace = ["-e", &format!("trace={}", point.call), "-e", &inject];
            let ran = ran(&strace(&home, &copy.path().join("trace"), &trace, args));
            if sort == "error" && ran.code != 0 {
                assert_told(&ran, words(error), &when);
            }
            assert_nothing_lost(&home, &view, &when);
            assert_no_stray(&home, &[&view, &want], &when);
            assert_usable(copy.path(), &when);
            // An undo that is whole is not given again: that would undo the undo. Where only the output could not be written, that is said.
            if ran.code != 0 && !ran.stderr.contains("what the command did is done") {
                let again = tito(&home, args);
                assert_eq!(again.code, 0, "{when}: again: {}", again.text());
            }
            assert_same(&visible(&home), &want, &when);
            assert_tidy(&home, &when);
            assert_eq!(releases(&home), (after, after), "{when}");
        });
    }
}

#[test]
fn an_update_from_an_address_gives_files_and_release_together() {
    check(&[], &["update"], 2);
}

#[test]
fn an_undo_of_it_takes_both_back() {
    check(&[&["update"]], &["undo"], 1);
}
