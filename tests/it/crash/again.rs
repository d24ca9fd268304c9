//! `undo`, `undo N`, `take` and `module reset`, killed or refused anything, and given again: they end where an undisturbed one ends.

use super::*;

/// How many points a run of the tests visits, for each command and sort.
const POINTS: usize = 24;

/// A command, and what comes before it in the workspace.
struct Case {
    before: &'static [&'static [&'static str]],
    args: &'static [&'static str],
}

const UNDO: Case = Case { before: &[&["update"]], args: &["undo"] };
const UNDO_OLDER: Case = Case {
    before: &[&["update"], &["module", "start", "gamma"], &["module", "start", "epsilon"]],
    args: &["undo", "5"],
};
const TAKE: Case = Case { before: &[&["update"]], args: &["take", "modules/01/beta.ipynb"] };
const RESET: Case = Case { before: &[&["update"]], args: &["module", "reset", "beta", "--yes"] };

/// What a command left: what the student sees and what tito remembers, and the runs of the history without their times.
type End = (BTreeMap<String, Vec<u8>>, Vec<serde_json::Value>);

fn end(home: &Path) -> End {
    let ran = tito(home, &["history", "--format", "json"]).expect(0);
    let mut history: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let runs = history["runs"].as_array_mut().unwrap();
    for run in runs.iter_mut() {
        run.as_object_mut().unwrap().remove("time");
    }
    (visible(home), std::mem::take(runs))
}

#[track_caller]
fn assert_end(home: &Path, want: &End, when: &str) {
    let (files, runs) = end(home);
    assert_same(&files, &want.0, when);
    assert_eq!(runs, want.1, "{when}: the history");
}

impl Case {
    fn workspace(&self) -> tempfile::TempDir {
        let folder = folder();
        let home = story::before_update(folder.path());
        for args in self.before {
            tito(&home, args).expect(0);
        }
        folder
    }

    fn check(&self) {
        let folder = self.workspace();
        let before = visible(&folder.path().join("w"));
        let undisturbed = copy(folder.path());
        let points = points(&undisturbed.path().join("w"), self.args);
        let want = end(&undisturbed.path().join("w"));
        assert!(points.len() > 40, "{:?} makes only {} calls", self.args, points.len());
        at_each(&points, POINTS, |number, point| {
            let error = some_errors(number, point.call)[0];
            for what in ["signal=KILL".to_owned(), format!("error={error}")] {
                let when =
                    format!("{:?}, {what} at {} number {}: {}", self.args, point.call, point.at, point.seen);
                let copy = copy(folder.path());
                let home = copy.path().join("w");
                let inject = format!("inject={}:{what}:when={}", point.call, point.at);
                let trace = copy.path().join("trace");
                let options = ["-e", &format!("trace={}", point.call), "-e", &inject];
                let first = ran(&strace(&home, &trace, &options, self.args));
                assert_nothing_lost(&home, &before, &when);
                // Where only the output could not be written, that is said.
                let is_done = first.stderr.contains("what the command did is done");
                if first.code != 0 && !is_done {
                    let again = tito(&home, self.args);
                    assert_eq!(again.code, 0, "{when}: again: {}", again.text());
                }
                assert_nothing_lost(&home, &before, &when);
                assert_end(&home, &want, &when);
            }
        });
    }
}

#[test]
fn an_undo_given_again_ends_undone() {
    UNDO.check();
}

#[test]
fn an_undo_of_an_older_run_given_again_ends_undone() {
    UNDO_OLDER.check();
}

#[test]
fn a_take_given_again_ends_taken() {
    TAKE.check();
}

#[test]
fn a_reset_given_again_ends_reset() {
    RESET.check();
}

#[test]
fn a_command_that_was_cut_short_says_that_it_is_finished_and_another_records_what_was_done() {
    let folder = UNDO.workspace();
    let home = folder.path().join("w");
    let trace = folder.path().join("trace");
    let stop = ["-e", "trace=renameat2", "-e", "inject=renameat2:signal=KILL:when=8"];
    let _ = strace(&home, &trace, &stop, UNDO.args);
    let status = tito(&home, &["status"]).expect(0).stdout;
    assert!(status.lines().nth(1).is_some_and(|line| line.contains("was interrupted")), "{status}");
    let other = copy(folder.path());
    let again = tito(&home, UNDO.args).expect(0);
    assert!(!tito(&home, &["status"]).expect(0).stdout.contains("interrupted"));
    assert!(again.stderr.contains("It is finished now"), "{}", again.text());
    assert!(again.stdout.contains("undo this with `tito undo`"), "{}", again.text());
    let home = other.path().join("w");
    // What it says of Python is its exit code's matter.
    let ran = tito(&home, &["doctor", "--fix=workspace"]);
    assert!(ran.stderr.contains("An earlier run was interrupted."), "{}", ran.text());
    // The undo goes on even then.
    tito(&home, UNDO.args).expect(0);
    let (first, second) = (visible(&folder.path().join("w")), visible(&home));
    assert_same(&second, &first, "settled by another command first");
}
