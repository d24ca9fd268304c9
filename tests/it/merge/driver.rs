//! `tito merge` from the outside: exit status, report, and a real `git merge` and `git mergetool` that call it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tito::notebook::{Cell, CellKind, Notebook, nbformat};

const TITO: &str = env!("CARGO_BIN_EXE_tito");

fn notebook(texts: &[&str]) -> Vec<u8> {
    let cells = texts
        .iter()
        .enumerate()
        .map(|(at, text)| Cell { id: Some(format!("cell-{at}")), ..Cell::new(CellKind::Code, *text) });
    nbformat::write(&Notebook { minor: 5, cells: cells.collect(), ..Notebook::default() })
}

fn texts(path: &Path) -> Vec<String> {
    let notebook = nbformat::read(&fs::read(path).unwrap()).unwrap();
    notebook.cells.into_iter().map(|cell| cell.source).collect()
}

fn tito(folder: &Path, base: &[u8], student: &[u8], course: &[u8], more: &[&str]) -> Output {
    for (name, bytes) in [("base", base), ("student", student), ("course", course)] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let mut command = crate::tito::command(folder);
    command.args(["merge", "base", "student", "course", "-o", "out"]).args(more).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn exit_status_and_report() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let base = notebook(&["a = 1", "b = 2"]);
    let clean = tito(dir, &base, &notebook(&["a = 1", "b = 3"]), &notebook(&["a = 5", "b = 2"]), &[]);
    assert_eq!((clean.status.code(), text(&clean.stderr)), (Some(0), "1 cell yours, 1 cell fixed\n".into()));
    assert!(clean.stdout.is_empty());
    assert_eq!(texts(&dir.join("out")), ["a = 5", "b = 3"]);

    let offered = tito(dir, &base, &notebook(&["a = 7", "b = 2"]), &notebook(&["a = 5", "b = 2"]), &[]);
    let report = "1 cell yours, 1 cell offered\n  offered        a\n    theirs | a = 5\n";
    assert_eq!((offered.status.code(), text(&offered.stderr)), (Some(1), report.into()));
    assert_eq!(texts(&dir.join("out")), ["a = 7", "b = 2"]);

    let json = tito(
        dir,
        &base,
        &notebook(&["a = 7", "b = 2"]),
        &notebook(&["a = 5", "b = 2"]),
        &["--format", "json"],
    );
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((value["clean"].as_bool(), value["kind"].as_str()), (Some(false), Some("notebook")));
    assert_eq!(value["cells"][0]["course"], "a = 5");
    let left: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn text_scripts_and_what_cannot_be_merged() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let script = |body: &str, more: &str| format!("# %%\n{body}\n\n# %% [markdown]\n# Text.{more}\n");
    let done = tito(
        dir,
        script("x = 1", "").as_bytes(),
        script("x = 2", "").as_bytes(),
        script("x = 1", " More.").as_bytes(),
        &[],
    );
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(fs::read_to_string(dir.join("out")).unwrap(), script("x = 2", " More."));
    let done = tito(dir, b"a\nb\nc\n", b"A\r\nb\r\nc\r\n", b"a\nb\nC\n", &[]);
    assert_eq!(
        (done.status.code(), fs::read(dir.join("out")).unwrap()),
        (Some(0), b"A\r\nb\r\nC\r\n".to_vec())
    );
    // What cannot be merged stays the student's, whole.
    let broken = &notebook(&["a"])[..20];
    for (student, said) in [
        (&b"a\nX\nc\n"[..], "both changed the same lines"),
        (b"a\0\n", "it is not text"),
        (broken, "not merged"),
    ] {
        let (base, course): (Vec<u8>, Vec<u8>) = if student == broken {
            (notebook(&["a"]), notebook(&["b"]))
        } else {
            (b"a\nb\nc\n".to_vec(), b"a\nY\nc\n".to_vec())
        };
        let done = tito(dir, &base, student, &course, &[]);
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(text(&done.stderr).contains(said), "{}", text(&done.stderr));
        assert_eq!(fs::read(dir.join("out")).unwrap(), student);
    }
    let missing =
        crate::tito::command(dir).args(["merge", "no", "such", "file", "-o", "out"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).starts_with("error: `no`: "), "{}", text(&missing.stderr));
}

#[test]
fn nothing_from_a_notebook_reaches_the_terminal_unescaped() {
    let folder = tempfile::tempdir().unwrap();
    let base = notebook(&["a = 1"]);
    let evil = "a = '\u{1b}[2J\u{202e}'";
    let done = tito(folder.path(), &base, &notebook(&["a = 2"]), &notebook(&[evil]), &[]);
    let said = text(&done.stderr);
    assert!(said.contains("\\u{1b}[2J\\u{202e}") && !said.contains('\u{1b}'), "{said}");
}

#[test]
fn what_both_added_is_never_dropped_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let shared = "import math\nsize = 1\nshape = ";
    let (mine, theirs) = (format!("{shared}2"), format!("{shared}3"));
    let done = tito(dir, b"", &notebook(&[&mine]), &notebook(&[&theirs]), &[]);
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("theirs | shape = 3"), "{}", text(&done.stderr));
    assert_eq!(texts(&dir.join("out")), [mine.as_str()]);
    let done = tito(dir, b"", &notebook(&[&mine]), &notebook(&[&mine, "new = 1"]), &[]);
    assert_eq!((done.status.code(), texts(&dir.join("out"))), (Some(0), vec![mine, "new = 1".into()]));
}

/// The merge of `a = 1` with `a = 2`, over `out`.
#[cfg(unix)]
fn into(dir: &Path, out: &str) -> Output {
    for (name, cell) in [("base", "a = 1"), ("student", "a = 1"), ("course", "a = 2")] {
        fs::write(dir.join(name), notebook(&[cell])).unwrap();
    }
    crate::tito::command(dir).args(["merge", "base", "student", "course", "-o", out]).output().unwrap()
}

#[cfg(unix)]
#[test]
fn the_output_may_be_a_link_or_a_pipe_but_not_read_only() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let merged = notebook(&["a = 2"]);
    fs::create_dir(dir.join("real")).unwrap();
    fs::write(dir.join("real/file"), "old").unwrap();
    symlink("real/file", dir.join("link")).unwrap();
    assert_eq!(into(dir, "link").status.code(), Some(0));
    assert!(dir.join("link").is_symlink());
    assert_eq!(fs::read(dir.join("real/file")).unwrap(), merged);

    assert_eq!(into(dir, "/dev/stdout").stdout, merged);

    fs::write(dir.join("kept"), "old").unwrap();
    fs::set_permissions(dir.join("kept"), fs::Permissions::from_mode(0o444)).unwrap();
    let refused = into(dir, "kept");
    assert_eq!(text(&refused.stderr), "error: `kept`: permission denied\n");
    assert_eq!(fs::read(dir.join("kept")).unwrap(), b"old");

    let refused = into(dir, "real");
    assert_eq!(
        (refused.status.code(), text(&refused.stderr)),
        (Some(1), "error: `real`: it is a folder\n".into())
    );
    let left = fs::read_dir(dir).unwrap().count() + fs::read_dir(dir.join("real")).unwrap().count();
    assert_eq!(left, 7, "nothing is left over");
}

fn git(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Test", "-c", "user.email=test@example.org"]).args(args).current_dir(dir);
    command.env("GIT_CONFIG_GLOBAL", dir.join("no-config")).env("GIT_CONFIG_NOSYSTEM", "1");
    command.output().expect("the tests need git")
}

#[track_caller]
fn git_ok(dir: &Path, args: &[&str]) {
    let done = git(dir, args);
    assert!(done.status.success(), "git {args:?}: {}{}", text(&done.stdout), text(&done.stderr));
}

/// A repository whose branches `main` and `course` each changed `lab.ipynb`; `main` is checked out.
fn repository(dir: &Path, base: &[&str], student: &[&str], course: &[&str]) {
    git_ok(dir, &["init", "-q", "-b", "main"]);
    let commit = |texts: &[&str]| {
        fs::write(dir.join("lab.ipynb"), notebook(texts)).unwrap();
        git_ok(dir, &["add", "."]);
        git_ok(dir, &["commit", "-q", "-m", "a version"]);
    };
    fs::write(dir.join(".gitattributes"), "*.ipynb merge=tito\n").unwrap();
    commit(base);
    git_ok(dir, &["checkout", "-q", "-b", "course"]);
    commit(course);
    git_ok(dir, &["checkout", "-q", "main"]);
    commit(student);
}

#[test]
fn as_a_merge_driver_of_git() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    repository(dir, &["a = 1", "b = 2"], &["a = 1", "b = 3"], &["a = 5", "b = 2", "new = 1"]);
    git_ok(dir, &["config", "merge.tito.name", "notebooks by cell"]);
    git_ok(dir, &["config", "merge.tito.driver", &format!("'{TITO}' merge %O %A %B -o %A")]);
    git_ok(dir, &["merge", "-q", "course", "-m", "merged"]);
    assert_eq!(texts(&dir.join("lab.ipynb")), ["a = 5", "b = 3", "new = 1"]);
    assert!(git(dir, &["status", "--porcelain"]).stdout.is_empty());
}

#[test]
fn a_true_conflict_stops_gits_merge_and_leaves_a_notebook() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    repository(dir, &["a = 1", "b = 2"], &["a = 7", "b = 2"], &["a = 5", "b = 4"]);
    git_ok(dir, &["config", "merge.tito.driver", &format!("'{TITO}' merge %O %A %B -o %A")]);
    let merge = git(dir, &["merge", "course", "-m", "merged"]);
    assert_eq!(merge.status.code(), Some(1));
    assert_eq!(texts(&dir.join("lab.ipynb")), ["a = 7", "b = 4"]);
    assert_eq!(text(&git(dir, &["status", "--porcelain"]).stdout), "UU lab.ipynb\n");
}

/// Two branches that merged each other and settled one conflict differently: git merges their two common ancestors first.
#[test]
fn what_was_settled_in_two_ways_is_a_conflict_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    repository(dir, &["a = 0", "b = 0"], &["a = 1", "b = 0"], &["a = 2", "b = 0"]);
    git_ok(dir, &["config", "merge.tito.driver", &format!("'{TITO}' merge %O %A %B -o %A --name %P")]);
    git_ok(dir, &["config", "merge.tito.recursive", "binary"]);
    git_ok(dir, &["branch", "before"]);
    let settle = |branch: &str, other: &str, cells: &[&str]| {
        git_ok(dir, &["checkout", "-q", branch]);
        assert_eq!(git(dir, &["merge", "-q", other, "-m", "merged"]).status.code(), Some(1));
        fs::write(dir.join("lab.ipynb"), notebook(cells)).unwrap();
        git_ok(dir, &["commit", "-q", "-a", "-m", "settled"]);
    };
    settle("main", "course", &["a = 1", "b = 0"]);
    settle("course", "before", &["a = 2", "b = 5"]);
    git_ok(dir, &["checkout", "-q", "main"]);
    let merge = git(dir, &["merge", "course", "-m", "merged"]);
    assert_eq!(merge.status.code(), Some(1));
    assert!(text(&merge.stderr).contains("lab.ipynb: 1 cell yours"), "{}", text(&merge.stderr));
    assert_eq!(texts(&dir.join("lab.ipynb")), ["a = 1", "b = 5"]);
}

#[test]
fn as_a_merge_driver_from_a_subfolder_on_a_rebase() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let lab = dir.join("week 1/my lab.ipynb");
    fs::create_dir(dir.join("week 1")).unwrap();
    fs::write(&lab, notebook(&["x = 1", "y = 1"])).unwrap();
    repository(dir, &["a = 1", "b = 2"], &["a = 1", "b = 3"], &["a = 5", "b = 2"]);
    git_ok(dir, &["config", "merge.tito.driver", &format!("'{TITO}' merge %O %A %B -o %A --name %P")]);
    let commit = |branch: &str, cells: &[&str]| {
        git_ok(dir, &["checkout", "-q", branch]);
        fs::write(&lab, notebook(cells)).unwrap();
        git_ok(dir, &["commit", "-q", "-a", "-m", "another version"]);
    };
    commit("course", &["x = 1", "y = 2"]);
    commit("main", &["x = 7", "y = 1"]);
    git_ok(&dir.join("week 1"), &["rebase", "-q", "course"]);
    assert_eq!(texts(&lab), ["x = 7", "y = 2"]);
    assert_eq!(texts(&dir.join("lab.ipynb")), ["a = 5", "b = 3"]);
}

#[test]
fn as_a_merge_tool_of_git() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    repository(dir, &["a = 1\nb = 2"], &["a = 1\nb = 3"], &["a = 5\nb = 2"]);
    // Without the driver git leaves a conflict in the JSON; the tool then merges from the three sides.
    git_ok(dir, &["rm", "-q", "--cached", ".gitattributes"]);
    fs::remove_file(dir.join(".gitattributes")).unwrap();
    git_ok(dir, &["commit", "-q", "-m", "no driver"]);
    assert_eq!(git(dir, &["merge", "course", "-m", "merged"]).status.code(), Some(1));
    git_ok(dir, &["config", "merge.tool", "tito"]);
    let command = format!("'{TITO}' merge \"$BASE\" \"$LOCAL\" \"$REMOTE\" -o \"$MERGED\"");
    git_ok(dir, &["config", "mergetool.tito.cmd", &command]);
    git_ok(dir, &["config", "mergetool.tito.trustExitCode", "true"]);
    git_ok(dir, &["config", "mergetool.keepBackup", "false"]);
    git_ok(dir, &["mergetool", "--no-prompt", "lab.ipynb"]);
    assert_eq!(texts(&dir.join("lab.ipynb")), ["a = 5\nb = 3"]);
}
