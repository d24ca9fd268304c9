//! `tito init`.

use super::*;

const KILLS: usize = 40;
const REFUSALS: usize = 40;
const INIT: [&str; 4] = ["init", "w", "--config", "course.yml"];

struct Before {
    folder: tempfile::TempDir,
    want: BTreeMap<String, Vec<u8>>,
    points: Vec<Point>,
}

impl Before {
    fn new() -> Self {
        let folder = folder();
        story::before_init(folder.path());
        let undisturbed = copy(folder.path());
        let points = points(undisturbed.path(), &INIT);
        let want = visible(&undisturbed.path().join("w"));
        Self { folder, want, points }
    }

    fn disturbed(&self, point: &Point, inject: &str) -> (tempfile::TempDir, Ran) {
        let copy = copy(self.folder.path());
        let inject = format!("inject={}:{inject}:when={}", point.call, point.at);
        let trace = folder();
        let options = ["-e", &format!("trace={}", point.call), "-e", &inject];
        let output = strace(copy.path(), &trace.path().join("trace"), &options, &INIT);
        (copy, ran(&output))
    }

    /// The same command again makes the workspace, or says that it is made.
    fn assert_heals(&self, folder: &Path, when: &str) {
        let home = folder.join("w");
        let is_whole =
            home.exists() && visible(&home) == self.want && !home.join(".tinytorch/stage").exists();
        let again = tito(folder, &INIT);
        if is_whole && again.code != 0 {
            assert!(
                again.code == 4 && again.text().contains("is already a workspace"),
                "{when}: {}",
                again.text()
            );
        } else {
            assert_eq!(again.code, 0, "{when}: the same again: {}", again.text());
        }
        assert_same(&visible(&home), &self.want, when);
        assert_tidy(&home, when);
        assert!(!home.join(".tinytorch/backups").exists(), "{when}: nothing was anybody's");
        let check = tito(&home, &["update", "--check", "--exit-code"]);
        assert_eq!(check.code, 0, "{when}: there is more to do: {}", check.text());
    }
}

#[test]
fn killed_anywhere_it_can_be_begun_again() {
    let before = Before::new();
    at_each(&before.points, KILLS, |_, point| {
        let when = format!("killed at {} number {}: {}", point.call, point.at, point.seen);
        let (copy, _) = before.disturbed(point, "signal=KILL");
        before.assert_heals(copy.path(), &when);
    });
}

#[test]
fn refused_anything_it_says_so_and_can_be_begun_again() {
    let before = Before::new();
    at_each(&before.points, REFUSALS, |number, point| {
        for error in some_errors(number, point.call) {
            let when = format!("{error} at {} number {}: {}", point.call, point.at, point.seen);
            let (copy, ran) = before.disturbed(point, &format!("error={error}"));
            if ran.code == 0 {
                assert_same(
                    &visible(&copy.path().join("w")),
                    &before.want,
                    &format!("{when}, and it said nothing"),
                );
            } else {
                assert_told(&ran, words(error), &when);
            }
            before.assert_heals(copy.path(), &when);
        }
    });
}
