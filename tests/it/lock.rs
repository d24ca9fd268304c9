//! `course.lock`, `version.json`, `progress.json`: written, read, broken.

use std::collections::{BTreeMap, BTreeSet};

use tito::compile::Mode;
use tito::digest::Digest;
use tito::id::{FileId, Role, State, UnitId, UnitKind};
use tito::lock::*;
use tito::notebook::grading::FlaggedCell;
use tito::path::WorkspacePath;
use tito::world::sources::Pinned;

fn path(text: &str) -> WorkspacePath {
    WorkspacePath::new(text).unwrap()
}

fn unit(id: &str) -> UnitId {
    id.parse().unwrap()
}

fn locked(kind: UnitKind, number: &str, id: &str) -> LockedUnit {
    let dir = Some(path(&format!("{kind}s/{number}_{id}")));
    LockedUnit {
        id: unit(id),
        kind,
        number: number.to_owned(),
        title: Some(format!("About {id}")),
        dir,
        tests: None,
        mode: Mode::Do,
        optional: false,
        requires: Vec::new(),
        dates: Default::default(),
    }
}

fn cells() -> BTreeMap<String, FlaggedCell> {
    let cells = [("tensor-add", "code test 2.5"), ("05", "code solution"), ("no", "markdown answer 10")];
    cells.into_iter().map(|(id, cell)| (id.to_owned(), cell.parse().unwrap())).collect()
}

fn sample() -> Lock {
    let file = |id: &str| LockedFile {
        executable: false,
        id: FileId::from_text(id),
        role: Role::Work,
        sha256: Digest::of(id.as_bytes()),
        rule: "rule 3: {x}".to_owned(),
    };
    Lock {
        course: LockedCourse {
            id: "nordlund/mls".to_owned(),
            run: Some("2027".to_owned()),
            digest: Digest::of(b"course"),
        },
        layers: vec![LockedLayer {
            file: "../no: \"way\"/course.yml".to_owned(),
            sha256: Digest::of(b"layer"),
        }],
        sources: Vec::new(),
        base: LockedBase {
            catalog: "tinytorch".to_owned(),
            version: "1.2.0".parse().unwrap(),
            sha256: Digest::of(b"base"),
            package: Some("tinytorch".to_owned()),
        },
        units: vec![
            locked(UnitKind::Module, "01", "tensor"),
            locked(UnitKind::Module, "02", "activations"),
            LockedUnit {
                tests: Some(path("tests/05_autograd")),
                optional: true,
                requires: vec![unit("tensor"), unit("activations")],
                ..locked(UnitKind::Module, "05", "autograd")
            },
            locked(UnitKind::Milestone, "01", "perceptron"),
            LockedUnit { dir: None, mode: Mode::Provided, ..locked(UnitKind::Module, "06", "layers") },
        ],
        rules: vec![LockedRule { id: "rule 3: {x}".to_owned(), from: "university.yml:14".to_owned() }],
        files: BTreeMap::from([
            (path("modules/01_tensor/tensor.ipynb"), file("module:tensor/tensor.ipynb")),
            (path("no"), file("shared/no")),
            (path("é & ü, {x} #1"), file("shared/é & ü, {x} #1")),
        ]),
        grading: Some(BTreeMap::from([(FileId::from_text("module:tensor/tensor.ipynb"), cells())])),
    }
}

#[test]
fn a_lock_reads_as_it_was_written_and_says_one_thing_per_line() {
    let bytes = sample().write();
    assert_eq!(Lock::read(&bytes).unwrap(), sample());
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.contains("\n  - {id: tensor, kind: module, number: \"01\", title: \"About tensor\", dir: modules/01_tensor, mode: do}\n"),
        "{text}"
    );
    let whole = "title: \"About autograd\", dir: modules/05_autograd, tests: tests/05_autograd, mode: do, optional: true, requires: [tensor, activations]}\n";
    assert!(text.contains(whole), "{text}");
    assert!(text.contains("version: \"1.2.0\", package: tinytorch, sha256:"), "{text}");
    assert!(
        text.contains(
            "\n  modules/01_tensor/tensor.ipynb: {id: \"module:tensor/tensor.ipynb\", role: work, sha256: \""
        ),
        "{text}"
    );
    assert!(text.contains("\n  \"no\": {id: shared/no,"), "{text}");
    let grading = "\ngrading:\n  \"module:tensor/tensor.ipynb\":\n    \"05\": code solution\n    \"no\": markdown answer 10\n    tensor-add: code test 2.5\nend: ";
    assert!(text.contains(grading), "{text}");
    assert_eq!(text.lines().count(), 24);
}

#[test]
fn sources_and_their_pins_are_read_as_they_were_written() {
    let none = Pinned {
        git: None,
        reference: None,
        commit: None,
        archive: None,
        sha256: None,
        tree: Digest::of(b"t"),
    };
    let git = Pinned {
        git: Some("git@git.nordlund.example:faculty/a: b #1.git".to_owned()),
        reference: Some("1.10".to_owned()),
        commit: Some("0123456789012345678901234567890123456789".to_owned()),
        ..none.clone()
    };
    let archive = Pinned {
        archive: Some("https://git.nordlund.example/a.tar.gz".to_owned()),
        sha256: Some(Digest::of(b"a")),
        ..none
    };
    let lock = Lock { sources: vec![git, archive], ..sample() };
    let text = String::from_utf8(lock.write()).unwrap();
    assert!(text.contains("lock: 4\n") && text.contains("ref: \"1.10\", commit: \"0123"), "{text}");
    assert_eq!(Lock::read(text.as_bytes()).unwrap(), lock);
    assert!(!lock.agrees_with(&sample()));
    // No older tito knew of them.
    let old = text.replacen("lock: 4\n", "lock: 3\n", 1);
    let old = old.rsplit_once("end: ").unwrap().0;
    assert!(matches!(Lock::read(&closed(old)), Err(LockError::Malformed(_))));
}

/// As tito wrote it before it knew of grading.
#[test]
fn a_lock_of_version_1_is_read_and_does_not_say_what_is_graded() {
    let old = sample().as_version_1().write();
    let said = String::from_utf8(old.clone()).unwrap();
    assert!(
        said.contains("\nlock: 1\n") && said.contains("number: \"01\", dir: modules/01_tensor, mode: do}\n"),
        "{said}"
    );
    let lock = Lock::read(&old).unwrap();
    assert_eq!(lock, sample().as_version_1());
    assert_eq!(lock.write(), old);
    assert!(lock.agrees_with(&sample()) && sample().agrees_with(&lock));
    assert!(!lock.agrees_with(&Lock { units: vec![], ..sample() }));
    assert!(!sample().agrees_with(&Lock { grading: Some(BTreeMap::new()), ..sample() }));
    // Neither version may be taken for the other.
    let text = body().replacen("lock: 2\n", "lock: 1\n", 1);
    assert!(matches!(Lock::read(&closed(&text)), Err(LockError::Malformed(_))));
    let without = body().find("grading:").map(|at| body()[..at].to_owned()).unwrap();
    assert!(matches!(Lock::read(&closed(&without)), Err(LockError::Malformed(_))));
}

#[test]
fn an_empty_course_has_a_lock_too() {
    let none = sample().grading.map(|_| BTreeMap::new());
    let lock = Lock {
        layers: vec![],
        sources: vec![],
        units: vec![],
        rules: vec![],
        files: BTreeMap::new(),
        grading: none,
        ..sample()
    };
    assert_eq!(Lock::read(&lock.write()).unwrap(), lock);
}

#[test]
fn line_ends_of_a_checkout_are_no_edit() {
    let text = String::from_utf8(sample().write()).unwrap().replace('\n', "\r\n");
    assert_eq!(Lock::read(text.as_bytes()).unwrap(), sample());
}

#[test]
fn a_lock_cut_off_anywhere_is_noticed() {
    let bytes = sample().write();
    for end in 0..bytes.len() {
        let error = Lock::read(&bytes[..end]).unwrap_err();
        let known = matches!(error, LockError::Truncated { .. } | LockError::NoVersion | LockError::NotUtf8);
        assert!(known, "cut at {end}: {error}");
    }
    // Also when whole lines in the middle are gone, and the closing line is there.
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for gone in 2..lines.len() - 1 {
        let rest: String = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, l)| *l).collect();
        assert!(
            matches!(Lock::read(rest.as_bytes()), Err(LockError::Truncated { .. })),
            "without line {gone}"
        );
    }
}

#[test]
fn a_lock_changed_anywhere_is_noticed() {
    let bytes = sample().write();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Lock::read(&changed).is_err(), "changed at {at}");
    }
    let longer = [bytes.as_slice(), b"extra: 1\n"].concat();
    assert_eq!(Lock::read(&longer), Err(LockError::HandEdited));
}

/// Closes `body` as a lock of version 1 is closed, so that only its content can be at fault.
fn closed(body: &str) -> Vec<u8> {
    let end =
        format!("end: {{lines: {}, sha256: \"{}\"}}\n", body.lines().count(), Digest::of(body.as_bytes()));
    format!("{body}{end}").into_bytes()
}

fn body() -> String {
    let text = String::from_utf8(sample().write()).unwrap();
    text[..text.rfind("end: ").unwrap()].to_owned()
}

#[test]
fn what_no_lock_says_is_refused_by_name() {
    assert!(Lock::read(&closed(&body())).is_ok());
    for (from, to, expected) in [
        ("modules/01_tensor/tensor.ipynb:", "../outside:", "`..`"),
        ("modules/01_tensor/tensor.ipynb:", "\"/etc/passwd\":", "absolute"),
        ("modules/01_tensor/tensor.ipynb:", ".git/hooks/post-checkout:", "a course may not write to"),
        ("dir: modules/01_tensor", "dir: modules/../../x", "`..`"),
        ("id: tensor,", "id: TENSOR,", "not an id"),
        ("role: work", "role: boss", "boss"),
        ("mode: do", "mode: do, extra: 1", "extra"),
        ("  \"no\": ", "  modules/01_tensor/tensor.ipynb: ", "duplicate"),
        ("sha256: \"", "sha256: \"x", "not a SHA-256"),
        ("units:\n", "units: &a\n", ""),
        ("code solution", "code boss", "`code boss` is not a flagged cell"),
        ("code test 2.5", "code test -1", "code test -1"),
        ("    \"no\": markdown", "    \"05\": markdown", "duplicate"),
    ] {
        assert!(body().contains(from), "{from}");
        let error = Lock::read(&closed(&body().replacen(from, to, 1))).unwrap_err();
        assert!(matches!(error, LockError::Malformed(_)), "{to}: {error}");
        assert!(error.to_string().contains(expected), "{to}: {error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

#[test]
fn newer_conflicted_and_other_files_are_told_apart() {
    let future = body().replace("lock: 2\n", "lock: 6\n").replace("units:", "things:");
    assert_eq!(Lock::read(future.as_bytes()), Err(LockError::Newer { found: 6 }));
    let conflicted = body().replace("rules:\n", "<<<<<<< HEAD\nrules:\n=======\n>>>>>>> theirs\n");
    assert_eq!(Lock::read(&closed(&conflicted)), Err(LockError::ConflictMarkers { line: 13 }));
    assert_eq!(Lock::read(b"\xff\xfe"), Err(LockError::NotUtf8));
    assert_eq!(Lock::read(b""), Err(LockError::NoVersion));
    assert_eq!(Lock::read(b"lock: one\n"), Err(LockError::NoVersion));
    let deep = format!("lock: 1\n{}\n", "[".repeat(100_000));
    assert!(Lock::read(&closed(&deep)).is_err());
}

#[test]
fn a_lock_of_twenty_thousand_files_is_read_whole() {
    let entry = sample().files.into_values().next().unwrap();
    let files = (0..20_000).map(|n| (path(&format!("modules/{}/f{n}.py", n % 300)), entry.clone())).collect();
    let lock = Lock { files, ..sample() };
    assert_eq!(Lock::read(&lock.write()).unwrap(), lock);
}

fn baselines() -> Baselines {
    Baselines::read(
        br#"{"workspace_version": 1, "template_version": "1.0.0", "created": "2027-01-01T00:00:00Z", "note": [1.50, null],
             "files": {"a/b.ipynb": {"id": "module:a/b.ipynb", "version": "1.0.0", "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "source": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "formerly": ["a/old.ipynb"], "modified_by_student": true, "x": {"y": 1}}},
             "declined": {"module:a/b.ipynb": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}"#,
    )
    .unwrap()
}

#[test]
fn baselines_keep_what_they_do_not_know() {
    let read = baselines();
    let entry = &read.files["a/b.ipynb"];
    assert_eq!((entry.role, entry.modified_by_student), (Role::Work, true));
    assert_eq!(entry.source, Some(Digest::of(b"")));
    assert_eq!(entry.formerly, [path("a/old.ipynb")]);
    assert_eq!(Baselines::read(&read.write()).unwrap(), read);
    let text = String::from_utf8(read.write()).unwrap();
    assert!(text.contains("\"note\": [1.50,null]") && text.contains("\"x\":{\"y\":1}"), "{text}");
    let empty = Baselines::default();
    assert_eq!(Baselines::read(&empty.write()).unwrap(), empty);
}

#[test]
fn broken_baselines_are_named() {
    let digest = Digest::of(b"").to_string();
    for (text, expected) in [
        ("", "cannot be read"),
        ("[]", "not a JSON object"),
        ("{\"files\": {\"a\": {\"id\": \"x\", \"sha", "cannot be read"),
        ("{\"workspace_version\": 2}", "install a newer tito"),
        ("{\"workspace_version\": \"x\"}", "`workspace_version`"),
        ("{\"files\": []}", "`files`"),
        ("{\"files\": {\"../x\": {\"id\": \"x\", \"sha256\": \"D\"}}}", "`files.../x`"),
        ("{\"files\": {\"x\": {\"sha256\": \"D\"}}}", "`files.x.id`"),
        ("{\"files\": {\"x\": {\"id\": \"x\", \"sha256\": \"d\"}}}", "`files.x.sha256`"),
        ("{\"files\": {\"x\": {\"id\": \"x\", \"sha256\": \"D\", \"source\": \"d\"}}}", "`files.x.source`"),
        (
            "{\"files\": {\"x\": {\"id\": \"x\", \"sha256\": \"D\", \"formerly\": [\"../x\"]}}}",
            "`files.x.formerly`",
        ),
        ("{\"files\": {\"x\": {\"id\": \"x\", \"sha256\": \"D\", \"formerly\": 1}}}", "`files.x.formerly`"),
        ("{\"offered\": {\"x\": 1}}", "`offered.x`"),
        ("{\"template_version\": \"one\"}", "`template_version`"),
    ] {
        let error = Baselines::read(text.replace('D', &digest).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

fn read(text: &str) -> (Progress, Vec<Unsettled>) {
    let renames = BTreeMap::from([
        (unit("spatial"), unit("convolutions")),
        (unit("a"), unit("b")),
        (unit("b"), unit("a")),
    ]);
    let known = BTreeSet::from([unit("convolutions"), unit("07")]);
    Progress::read(text.as_bytes(), Some(&sample()), &renames, &known).unwrap()
}

fn ids<'a>(all: impl IntoIterator<Item = &'a UnitId>) -> Vec<&'a str> {
    all.into_iter().map(UnitId::as_str).collect()
}

#[test]
fn progress_by_id_is_read_and_written_back_as_it_was() {
    let text = r#"{"started": ["tensor", "dropped-by-the-course"], "completed": {"activations": "2027-01-12T10:00:00Z"}, "mine": {"a": 1.0}}"#;
    let (progress, unsettled) = read(text);
    assert!(unsettled.is_empty() && !progress.old_form, "{unsettled:?}");
    assert_eq!(progress.state(&unit("tensor")), State::InProgress);
    assert_eq!(progress.state(&unit("activations")), State::Completed);
    assert_eq!(progress.state(&unit("autograd")), State::NotStarted);
    let (again, _) = read(std::str::from_utf8(&progress.write()).unwrap());
    assert_eq!(again, progress);
    assert!(String::from_utf8(progress.write()).unwrap().contains("1.0"));
}

#[test]
fn old_progress_is_understood_through_the_lock() {
    let (progress, unsettled) = read(
        r#"{"started_modules": ["1", "05", 2], "completed_modules": ["99_tensor", 5, "03_spatial", "07"], "completed_milestones": [1]}"#,
    );
    assert_eq!(unsettled, []);
    assert!(progress.old_form);
    assert_eq!(ids(&progress.started), ["activations", "autograd", "tensor"]);
    // The name wins over the number; a renamed id is today's; an id that looks like a number is an id first.
    assert_eq!(ids(progress.completed.keys()), ["07", "autograd", "convolutions", "perceptron", "tensor"]);
}

#[test]
fn what_could_mean_two_things_or_nothing_is_reported_and_kept() {
    let (progress, unsettled) =
        read(r#"{"completed_modules": ["02_nonsense", "44", 1, "spam", null, "2.5"], "started": 3}"#);
    assert_eq!(ids(progress.completed.keys()), ["tensor"]);
    let said: Vec<&str> = unsettled.iter().map(|one| one.entry.as_str()).collect();
    assert_eq!(said, ["3", "02_nonsense", "44", "spam", "null", "2.5"]);
    let text = String::from_utf8(progress.write()).unwrap();
    let (again, still) = read(&text);
    assert_eq!(ids(again.completed.keys()), ["tensor"]);
    // Said once, and never looked at again: under another lock `44` might be a unit.
    assert_eq!((still, again.old_form), (vec![], false));
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    let aside =
        serde_json::json!({"started": [3], "completed_modules": ["02_nonsense", "44", "spam", null, "2.5"]});
    assert_eq!(kept["not_understood"], aside);
}

#[test]
fn a_number_that_two_units_had_is_not_guessed() {
    let mut lock = sample();
    lock.units.push(locked(UnitKind::Module, "1", "other"));
    let (progress, unsettled) =
        Progress::read(br#"{"completed_modules": ["01"]}"#, Some(&lock), &BTreeMap::new(), &BTreeSet::new())
            .unwrap();
    assert!(progress.completed.is_empty());
    assert!(unsettled[0].why.contains("several"), "{unsettled:?}");
    let (_, unsettled) =
        Progress::read(br#"{"completed_modules": ["01"]}"#, None, &BTreeMap::new(), &BTreeSet::new())
            .unwrap();
    assert!(unsettled[0].why.contains("no lock"), "{unsettled:?}");
}

#[test]
fn renames_that_go_in_circles_end() {
    let (progress, _) = read(r#"{"started": ["a", "b"]}"#);
    assert!(!progress.started.is_empty());
}

#[test]
fn files_that_moved_along_in_a_run_that_was_cut_short_are_remembered() {
    let bytes =
        br#"{"workspace_version": 1, "files": {}, "arrived": ["modules/02/a.txt", "modules/01/b.txt"]}"#;
    let read = Baselines::read(bytes).unwrap();
    let paths: Vec<_> = read.arrived.iter().map(|path| path.as_str()).collect();
    assert_eq!(paths, ["modules/01/b.txt", "modules/02/a.txt"]);
    assert_eq!(Baselines::read(&read.write()).unwrap(), read);
    assert!(
        Baselines::read(br#"{"arrived": ["../x"]}"#).is_err()
            && Baselines::read(br#"{"arrived": 1}"#).is_err()
    );
}

#[test]
fn modes_are_in_the_third_version_and_only_there() {
    let mut lock = sample();
    let path = lock.files.keys().next().unwrap().clone();
    lock.files.get_mut(&path).unwrap().executable = true;
    let text = String::from_utf8(lock.write()).unwrap();
    assert!(text.contains("lock: 3\n") && text.contains("executable: true, rule:"), "{text}");
    assert_eq!(Lock::read(text.as_bytes()).unwrap(), lock);
    let above = &text[..text.find("end: ").unwrap()];
    let older = closed(&above.replace("lock: 3\n", "lock: 2\n"));
    assert!(matches!(Lock::read(&older), Err(LockError::Malformed(_))), "a lock of version 2 says no mode");
    assert!(!lock.agrees_with(&sample()));
}
