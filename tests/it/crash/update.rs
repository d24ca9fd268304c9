//! `tito update`.

use super::*;

/// How many points a run of the tests visits, of each sort.
const KILLS: usize = 120;
const REFUSALS: usize = 100;

/// Commands that only read.
const READERS: [&[&str]; 4] =
    [&["status"], &["update", "--check"], &["plan"], &["explain", "modules/02/alpha.ipynb"]];

/// The workspace before, and what it is to look like after.
struct Before {
    folder: tempfile::TempDir,
    view: BTreeMap<String, Vec<u8>>,
    want: BTreeMap<String, Vec<u8>>,
    points: Vec<Point>,
}

impl Before {
    fn new() -> Self {
        let folder = folder();
        let home = story::before_update(folder.path());
        let view = visible(&home);
        let undisturbed = copy(folder.path());
        let points = points(&undisturbed.path().join("w"), &["update"]);
        let want = visible(&undisturbed.path().join("w"));
        assert_tidy(&undisturbed.path().join("w"), "undisturbed");
        Self { folder, view, want, points }
    }

    /// Runs an update with `inject` and looks at what it left; returns what the run said, and its folder.
    fn disturbed(&self, point: &Point, inject: &str, when: &str) -> (tempfile::TempDir, Ran) {
        let copy = copy(self.folder.path());
        let home = copy.path().join("w");
        let inject = format!("inject={}:{inject}:when={}", point.call, point.at);
        let output = strace(
            &home,
            &copy.path().join("trace"),
            &["-e", &format!("trace={}", point.call), "-e", &inject],
            &["update"],
        );
        assert_nothing_lost(&home, &self.view, when);
        assert_no_stray(&home, &[&self.view, &self.want], when);
        (copy, ran(&output))
    }

    /// The next update ends what was started, as if nothing had happened.
    fn assert_heals(&self, home: &Path, when: &str) {
        let again = tito(home, &["update"]);
        assert_eq!(again.code, 0, "{when}: the next update: {}", again.text());
        assert_same(&visible(home), &self.want, when);
        assert_nothing_lost(home, &self.view, when);
        assert_tidy(home, when);
        let check = tito(home, &["update", "--check", "--exit-code"]);
        assert_eq!(check.code, 0, "{when}: there is more to do: {}", check.text());
    }
}

/// Commands that only read write nothing and succeed, whatever was left.
fn assert_readable(number: usize, home: &Path, when: &str) {
    let one = number % READERS.len();
    let readers = if is_exhaustive() { &READERS[..] } else { &READERS[one..=one] };
    for args in readers {
        let before = everything(home);
        let read = tito(home, args);
        assert_eq!(read.code, 0, "{when}, {args:?}: {}", read.text());
        assert!(everything(home) == before, "{when}: {args:?} wrote something");
    }
}

#[test]
fn the_update_does_everything_that_an_update_can_do() {
    let before = Before::new();
    let copy = copy(before.folder.path());
    let home = copy.path().join("w");
    let said = tito(&home, &["update"]).expect(0).text();
    let text = |path: &str| {
        fs::read_to_string(home.join(path)).unwrap_or_else(|error| panic!("{path}: {error}\n{said}"))
    };
    let has = |path: &str, all: &[&str]| {
        let text = text(path);
        assert!(all.iter().all(|one| text.contains(one)), "{path} has not {all:?}:\n{text}\n{said}");
    };
    has("modules/04/epsilon.ipynb", &["release 2"]);
    has("modules/03/gamma.ipynb", &["release 2"]);
    has("modules/02/alpha.ipynb", &["release 2", "return 1 + sum(values)"]);
    has("tests/alpha/test_alpha.py", &["so they say", "assert 2 > 0"]);
    has("modules/01/beta.ipynb", &["release 1", "return 2 + sum(values)"]);
    has(".tinytorch/incoming/modules/01/beta.ipynb", &["release 2"]);
    has("modules/01/notes.txt", &["beta"]);
    has("modules/02/notes.txt", &["alpha"]);
    has("modules/01/scratch.txt", &["beta"]);
    has("modules/02/scratch.txt", &["alpha"]);
    has("modules/01/figures/plot.svg", &["svg"]);
    has("modules/02/README.md", &["Release 2"]);
    has("modules/04/delta.ipynb", &["return 4 + sum(values)"]);
    has("things/inside.txt", &["folder"]);
    has("progress.json", &["\"alpha\"", "nickname"]);
    assert!(!home.join("tests/delta/test_delta.py").exists(), "{said}");
    has("crashpkg/beta.py", &["return 1 + sum(values)"]);
    has("crashpkg/alpha.py", &["return 2 + sum(values)"]);
    has("crashpkg/parts/gamma.py", &["raise NotImplementedError()"]);
    has("crashpkg/gamma.py", &["# my note"]);
    assert!(said.contains("crashpkg/gamma.py stays, because it was edited after it was exported"), "{said}");
    let backups = sequences(&home.join(".tinytorch/backups"));
    assert!(backups.contains(&before.view["modules/01/README.md"]), "{said}");
}

#[test]
fn killed_anywhere_it_loses_nothing_and_the_next_update_converges() {
    let before = Before::new();
    assert!(before.points.len() > 100, "only {} points", before.points.len());
    let killed = AtomicUsize::new(0);
    at_each(&before.points, KILLS, |number, point| {
        let when = format!("killed at {} number {}: {}", point.call, point.at, point.seen);
        let (copy, ran) = before.disturbed(point, "signal=KILL", &when);
        killed.fetch_add(usize::from(ran.code == -1), Ordering::SeqCst);
        let home = copy.path().join("w");
        assert_readable(number, &home, &when);
        before.assert_heals(&home, &when);
    });
    assert!(killed.load(Ordering::SeqCst) >= before.points.len().min(KILLS) / 2, "killed only {killed:?}");
}

#[test]
fn refused_anything_it_says_so_and_the_next_update_converges() {
    let before = Before::new();
    let refused = AtomicUsize::new(0);
    at_each(&before.points, REFUSALS, |number, point| {
        for error in some_errors(number, point.call) {
            let when = format!("{error} at {} number {}: {}", point.call, point.at, point.seen);
            let (copy, ran) = before.disturbed(point, &format!("error={error}"), &when);
            let home = copy.path().join("w");
            if ran.code == 0 {
                assert_same(&visible(&home), &before.want, &format!("{when}, and it said nothing"));
            } else {
                refused.fetch_add(1, Ordering::SeqCst);
                assert_told(&ran, words(error), &when);
            }
            assert_readable(number, &home, &when);
            before.assert_heals(&home, &when);
        }
    });
    assert!(
        refused.load(Ordering::SeqCst) >= before.points.len().min(REFUSALS) / 2,
        "refused only {refused:?}"
    );
}
