//! `tito doctor [--fix]`, on workspaces that are broken in one way each.

use std::fs;

use crate::mini::{Mini, differing};
use crate::tito::{self, Ran, tree};

/// The findings that are not good: what, how bad.
fn bad(ran: &Ran) -> Vec<(String, String)> {
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let findings = said["findings"].as_array().unwrap().iter();
    let bad = findings.filter(|finding| finding["health"] != "good").inspect(|finding| {
        assert!(finding["to_do"].is_string(), "{finding} says what to do");
    });
    bad.map(|finding| (text(&finding["what"]), text(&finding["health"]))).collect()
}

fn doctor(mini: &Mini) -> Ran {
    mini.run(&["doctor", "--format", "json"])
}

fn one(what: &str, health: &str) -> Vec<(String, String)> {
    vec![(what.to_owned(), health.to_owned())]
}

#[test]
fn a_whole_workspace_is_well_and_nothing_is_written() {
    let mini = Mini::new("student");
    let before = tree(&mini.root());
    let ran = mini.run(&["doctor"]).expect(0);
    for line in [
        "✓ lock       course.lock of mini: 19 files\n",
        "✓ baselines  19 files are followed\n",
        "✓ copies     every pristine copy is intact\n",
        "✓ course     ../course.yml\n",
        "✓ history    1 runs; copies ",
    ] {
        assert!(ran.stdout.contains(line), "{line} in {}", ran.stdout);
    }
    assert!(ran.stdout.contains("✓ package    pytest "), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("all is well\n"), "{}", ran.stdout);
    assert_eq!(bad(&doctor(&mini)), []);
    assert_eq!(differing(&before, &tree(&mini.root())), [""; 0]);
}

#[test]
fn broken_files_of_titos_own_are_named_and_brought_back() {
    for (path, what, with) in [
        ("course.lock", "lock", Some("<<<<<<< mine\n")),
        ("course.lock", "lock", None),
        (".tinytorch/version.json", "baselines", Some("{\"files\": {")),
        (".tinytorch/config.json", "course", Some("nothing")),
    ] {
        let mini = Mini::new("student");
        let before = mini.text(path);
        match with {
            Some(text) => fs::write(mini.at(path), text).unwrap(),
            None => fs::remove_file(mini.at(path)).unwrap(),
        }
        assert_eq!(bad(&doctor(&mini).expect(5)), one(what, "broken"), "{path}");
        let ran = mini.run(&["doctor", "--fix"]).expect(0);
        assert!(ran.stderr.contains(&format!("restored {path}, as the last run wrote it")), "{}", ran.stderr);
        assert_eq!(mini.text(path), before);
        if let Some(text) = with {
            let kept =
                tree(&mini.at(".tinytorch/objects")).into_values().any(|bytes| bytes == text.as_bytes());
            assert!(kept, "what stood there can be had again");
        }
        mini.run(&["update", "--check", "--exit-code"]).expect(0);
    }
}

#[test]
fn a_damaged_lock_is_no_business_of_an_instructor_and_each_way_back_works() {
    let mini = Mini::new("student");
    let whole = mini.text("course.lock");
    let said = |ran: &Ran| {
        let mut lines = ran.stdout.lines().skip_while(|line| !line.starts_with("× lock"));
        [lines.next().unwrap().to_owned(), lines.next().unwrap().trim().to_owned()]
    };
    let markers = format!("{whole}<<<<<<< mine\n");
    let edited = whole.replace("numbers", "digits");
    for (text, says) in [
        (&markers[..], "contains conflict markers (line "),
        (&edited, "was edited by hand"),
        ("", "has no format version"),
    ] {
        fs::write(mini.at("course.lock"), text).unwrap();
        let ran = mini.run(&["status"]).expect(5);
        assert!(ran.stderr.starts_with(&format!("error: course.lock {says}")), "{}", ran.stderr);
        assert!(!ran.stderr.contains("tito lock"), "{}", ran.stderr);
        let [line, to_do] = said(&mini.run(&["doctor"]).expect(5));
        assert!(line.starts_with(&format!("× lock       course.lock {says}")), "{line}");
        assert_eq!(to_do, "restore what the last run wrote: tito doctor --fix=workspace");
    }
    // What the last run wrote is gone, too.
    fs::remove_dir_all(mini.at(".tinytorch/journal")).unwrap();
    let [_, to_do] = said(&mini.run(&["doctor", "--fix"]).expect(5));
    let other = "restore it from a copy (git, a backup); or move it away, and tito update writes a new one";
    assert_eq!(to_do, other);
    fs::rename(mini.at("course.lock"), mini.folder().join("away.lock")).unwrap();
    mini.run(&["update"]).expect(0);
    assert_eq!(mini.text("course.lock"), whole);
    mini.run(&["doctor"]).expect(0);
}

#[test]
fn lost_copies_are_rebuilt() {
    let mini = Mini::new("student");
    let objects: Vec<String> = tree(&mini.at(".tinytorch/objects")).into_keys().collect();
    assert!(objects.len() > 10);
    // One is gone, one damaged at its full length, one interrupted.
    let at = |name: &str| mini.at(".tinytorch/objects").join(name);
    let followed = mini.text(".tinytorch/version.json");
    let of_files: Vec<&String> =
        objects.iter().filter(|name| followed.contains(&name.replace('/', ""))).collect();
    let before: Vec<Vec<u8>> = of_files.iter().map(|name| fs::read(at(name)).unwrap()).collect();
    fs::remove_file(at(of_files[0])).unwrap();
    let mut damaged = before[1].clone();
    damaged[0] ^= 1;
    fs::write(at(of_files[1]), damaged).unwrap();
    fs::write(at(of_files[2]), "").unwrap();
    assert_eq!(bad(&doctor(&mini).expect(5)), one("copies", "broken"));
    let ran = mini.run(&["doctor", "--fix"]).expect(0);
    assert!(ran.stderr.contains("rebuilt 3 pristine copies"), "{}", ran.stderr);
    let after: Vec<Vec<u8>> = of_files.iter().map(|name| fs::read(at(name)).unwrap()).collect();
    assert!(before == after);
    assert!(!mini.at(".tinytorch/stage").exists());
    // What the course no longer has, and the student did not edit, comes from the file itself.
    fs::write(mini.folder().join("base/modules/sums/README.md.j2"), "another\n").unwrap();
    for name in &of_files {
        fs::remove_file(at(name)).unwrap();
    }
    mini.run(&["doctor", "--fix"]).expect(0);
    let after: Vec<Vec<u8>> = of_files.iter().map(|name| fs::read(at(name)).unwrap()).collect();
    assert!(before == after);
}

#[test]
fn an_interrupted_run_is_said_and_settled() {
    let mini = Mini::new("student");
    fs::create_dir_all(mini.at(".tinytorch/stage/run")).unwrap();
    fs::write(mini.at(".tinytorch/stage/run/old-0"), "a student's only copy").unwrap();
    assert_eq!(bad(&doctor(&mini).expect(0)), one("history", "notice"));
    assert!(mini.at(".tinytorch/stage").exists(), "without --fix nothing is written");
    mini.run(&["doctor", "--fix"]).expect(0);
    assert!(!mini.at(".tinytorch/stage").exists());
    let kept: Vec<_> = tree(&mini.at(".tinytorch/backups")).into_values().collect();
    assert_eq!(kept, [b"a student's only copy"]);
}

#[test]
fn what_the_student_must_see_to() {
    let mini = Mini::new("student");
    mini.run(&["module", "start", "sums"]).expect(0);
    fs::remove_dir_all(mini.at("modules/02_sums")).unwrap();
    let ran = mini.run(&["doctor"]).expect(0);
    assert!(
        ran.stdout.contains("you started it, and `modules/02_sums/sums.ipynb` is missing\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("tito restore modules/02_sums/sums.ipynb\n"));
    fs::write(mini.at("progress.json"), "[]").unwrap();
    assert_eq!(bad(&doctor(&mini).expect(5)), one("progress", "broken"));
    fs::remove_file(mini.at("progress.json")).unwrap();
    fs::rename(mini.folder().join("course.yml"), mini.folder().join("moved.yml")).unwrap();
    assert_eq!(bad(&doctor(&mini).expect(1)), one("course", "missing"));
    let ran = tito::tito(mini.folder(), &["doctor"]);
    assert!(ran.stdout.contains("this folder is not in a workspace"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn a_python_without_packages_gets_an_environment() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mini = Mini::new("student");
    let none = tempfile::tempdir().unwrap();
    let doctor = |args: &[&str]| {
        let mut command = mini.command();
        command.env_remove("TITO_PYTHON").env("PATH", none.path()).args(args);
        tito::ran(&command.output().unwrap())
    };
    let ran = doctor(&["doctor"]).expect(1);
    assert!(ran.stdout.contains("× python     there is no Python on this computer"), "{}", ran.stdout);
    // A Python that makes environments and installs, without a network: what it was asked to do is written down.
    let python = crate::judges::python();
    let log = none.path().join("log");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n  '-m venv .venv') /bin/mkdir -p .venv/bin && /bin/ln -s '{0}/real' .venv/bin/python;;\n  \
         *) exec '{1}' -S \"$@\";;\nesac\necho \"$*\" >> '{2}'\n",
        none.path().display(),
        python.display(),
        log.display()
    );
    let real = format!(
        "#!/bin/sh\ncase \"$*\" in\n  *' pip '*) echo \"$*\" >> '{}';;\n  *) exec '{}' \"$@\";;\nesac\n",
        log.display(),
        python.display()
    );
    for (name, text) in [("fake", script), ("real", real)] {
        fs::write(none.path().join(name), text).unwrap();
        fs::set_permissions(none.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink(none.path().join("fake"), none.path().join("python3")).unwrap();
    let ran = doctor(&["doctor"]).expect(1);
    assert!(
        ran.stdout.contains("× package    pytest is not installed\n             tito doctor --fix\n"),
        "{}",
        ran.stdout
    );
    let ran = doctor(&["doctor", "--fix"]).expect(1);
    assert!(ran.stderr.contains("the workspace has no requirements.txt"), "{}", ran.stderr);
    assert!(!mini.at(".venv").exists());
    fs::write(mini.at("requirements.txt"), "pytest>=8\n").unwrap();
    // Who asks for the workspace gets no environment, and the other way round.
    let lock = mini.text("course.lock");
    fs::write(mini.at("course.lock"), "").unwrap();
    doctor(&["doctor", "--fix=workspace"]).expect(1);
    assert_eq!(mini.text("course.lock"), lock);
    assert!(!mini.at(".venv").exists());
    fs::write(mini.at("course.lock"), "").unwrap();
    let ran = doctor(&["doctor", "--fix=python"]).expect(5);
    assert_eq!(mini.text("course.lock"), "");
    assert!(ran.stdout.contains("of the workspace's .venv"), "{}", ran.stdout);
    fs::remove_dir_all(mini.at(".venv")).unwrap();
    fs::remove_file(&log).unwrap();
    let ran = doctor(&["doctor", "--fix"]).expect(0);
    assert_eq!(mini.text("course.lock"), lock);
    assert!(ran.stdout.contains("of the workspace's .venv"), "{}", ran.stdout);
    let asked = fs::read_to_string(&log).unwrap();
    let expected = "-m venv .venv\n-m pip install --disable-pip-version-check -r requirements.txt\n";
    assert_eq!(asked, expected);
}
