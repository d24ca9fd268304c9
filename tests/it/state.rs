//! `tito state export` and `import`: a student on two machines.

use std::fs;

use ::tito::notebook::nbformat;

use crate::hand_in::{SUMS, solve, unzipped};
use crate::mini::Mini;

/// Another workspace of the same course, beside.
fn second(mini: &Mini) -> std::path::PathBuf {
    crate::tito::tito(mini.folder(), &["init", "ws2", "--config", "course.yml"]).expect(0);
    mini.folder().join("ws2")
}

fn run(folder: &std::path::Path, args: &[&str]) -> crate::tito::Ran {
    crate::tito::tito(folder, args)
}

#[test]
fn work_and_progress_arrive_and_twice_is_as_once() {
    let mini = Mini::new("student");
    let other = second(&mini);
    solve(&mini);
    fs::write(mini.at("modules/02_sums/notes.txt"), "mine").unwrap();
    mini.run(&["module", "start", "numbers"]).expect(0);
    mini.run(&["submit", "sums", "--as", "jane", "--yes"]).expect(0);
    let before = mini.files();
    mini.run(&["state", "export", "../me.zip"]).expect(0);
    assert!(mini.files() == before, "an export changes nothing");
    mini.run(&["state", "export", "../me.zip"]).expect(4);
    let ran = run(&other, &["state", "import", "../me.zip"]).expect(0);
    assert!(ran.stdout.contains("imported  modules/02_sums/sums.ipynb\n"), "{}", ran.stdout);
    for path in [SUMS, "modules/02_sums/notes.txt"] {
        assert!(fs::read(other.join(path)).unwrap() == fs::read(mini.at(path)).unwrap(), "{path}");
    }
    let progress: serde_json::Value =
        serde_json::from_slice(&fs::read(other.join("progress.json")).unwrap()).unwrap();
    assert_eq!(progress, mini.progress());
    assert!(fs::read_to_string(other.join(".tinytorch/config.json")).unwrap().contains("jane"));
    let ran = run(&other, &["state", "import", "../me.zip"]).expect(0);
    assert_eq!(ran.stdout, "nothing to import: everything is here already\n");
    // It is a run like others.
    run(&other, &["undo"]).expect(0);
    assert!(!other.join("modules/02_sums/notes.txt").exists());
    assert!(fs::read_to_string(other.join(SUMS)).unwrap().contains("NotImplementedError"));
    run(&other, &["update"]).expect(0);
}

#[test]
fn what_was_changed_on_both_machines_stays_on_both() {
    let mini = Mini::new("student");
    let other = second(&mini);
    solve(&mini);
    mini.run(&["state", "export", "../me.zip"]).expect(0);
    let text = fs::read_to_string(other.join(SUMS)).unwrap();
    let own = text.replace("raise NotImplementedError()", "return 7");
    fs::write(other.join(SUMS), &own).unwrap();
    let ran = run(&other, &["state", "import", "../me.zip"]).expect(0);
    assert!(
        ran.stdout.starts_with("! both      modules/02_sums/sums.ipynb   you changed it here and there: the other one is modules/02_sums/sums.imported.ipynb\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(fs::read_to_string(other.join(SUMS)).unwrap(), own);
    assert!(
        fs::read(other.join("modules/02_sums/sums.imported.ipynb")).unwrap()
            == fs::read(mini.at(SUMS)).unwrap()
    );
    // What is beside already does not come again.
    run(&other, &["state", "import", "../me.zip"]).expect(0);
    assert!(!other.join("modules/02_sums/sums.imported-2.ipynb").exists());
    // Where the student went on here, what comes from there as the course gave it changes nothing.
    let third = mini.folder().join("ws3");
    crate::tito::tito(mini.folder(), &["init", "ws3", "--config", "course.yml"]).expect(0);
    run(&third, &["state", "export", "../empty.zip"]).expect(0);
    let ran = run(&other, &["state", "import", "../empty.zip"]).expect(0);
    assert!(
        ran.stdout.contains("kept      modules/02_sums/sums.ipynb   you went on with it here"),
        "{}",
        ran.stdout
    );
    assert_eq!(fs::read_to_string(other.join(SUMS)).unwrap(), own);
}

#[test]
fn work_on_an_older_version_is_merged_into_the_newer_one() {
    let mini = Mini::new("student");
    let other = second(&mini);
    solve(&mini);
    mini.run(&["state", "export", "../me.zip"]).expect(0);
    let script = mini.folder().join("base/modules/sums/sums.py");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replace("three values have something to say", "a fix")).unwrap();
    run(&other, &["update", "--yes"]);
    assert!(fs::read_to_string(other.join(SUMS)).unwrap().contains("a fix"));
    run(&other, &["state", "import", "../me.zip"]).expect(0);
    let text = fs::read_to_string(other.join(SUMS)).unwrap();
    assert!(text.contains("a fix") && text.contains("numbers_of(values) + 4"), "{text}");
    nbformat::read(text.as_bytes()).unwrap();
}

#[test]
fn what_is_not_a_state_of_this_course_changes_nothing() {
    let mini = Mini::new("student");
    solve(&mini);
    mini.run(&["state", "export", "../me.zip"]).expect(0);
    let file = mini.folder().join("me.zip");
    let whole = fs::read(&file).unwrap();
    assert!(unzipped(&file)[0].0 == "state.json");
    let before = mini.files();
    fs::write(mini.folder().join("half.zip"), &whole[..whole.len() / 2]).unwrap();
    fs::write(mini.folder().join("no.zip"), "no").unwrap();
    for name in ["half.zip", "no.zip", "nothing.zip"] {
        let ran = mini.run(&["state", "import", &format!("../{name}")]).expect(1);
        assert!(ran.stderr.contains("cannot be imported"), "{}", ran.stderr);
    }
    let elsewhere = Mini::of(&crate::mini::COURSE.replace("id: mini", "id: maxi"), "student");
    let ran = elsewhere.run(&["state", "import", file.to_str().unwrap()]).expect(1);
    assert!(ran.stderr.contains("it is of the course mini, and this one is maxi"), "{}", ran.stderr);
    assert!(mini.files() == before);
}

/// A file that someone else made may name any path: those that tito itself writes are refused, before anything is written.
#[test]
fn a_state_that_names_a_file_of_titos_own_changes_nothing() {
    use std::io::Write;
    let mini = Mini::new("student");
    let before = mini.files();
    let bytes = b"mine\n";
    for path in [
        "course.lock",
        "progress.json",
        "Course.Lock/x",
        ".tinytorch/config.json",
        "../out.txt",
        ".git/hooks/x",
    ] {
        let digest = ::tito::digest::Digest::of(bytes).to_string();
        let state = serde_json::json!({
            "format": 1, "course": "mini", "at": "2027-02-01T09:30:00Z", "progress": {}, "files": {path: {"sha256": digest}}
        });
        let file = fs::File::create(mini.folder().join("bad.zip")).unwrap();
        let mut zip = zip::ZipWriter::new(file);
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in
            [("state.json", state.to_string().as_bytes()), (&format!("files/{path}"), bytes)]
        {
            zip.start_file(name, options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        let ran = mini.run(&["state", "import", "../bad.zip"]).expect(1);
        assert!(ran.stderr.contains("cannot be imported"), "{path}: {}", ran.stderr);
        assert!(mini.files() == before && !mini.folder().join("out.txt").exists(), "{path}");
    }
}
