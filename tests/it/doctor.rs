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
        "✓ history    1 run; copies ",
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
        (".tinytorch/version.json", "baselines", None),
        (".tinytorch/config.json", "course", None),
    ] {
        let mini = Mini::new("student");
        let before = mini.text(path);
        match with {
            Some(text) => fs::write(mini.at(path), text).unwrap(),
            None => fs::remove_file(mini.at(path)).unwrap(),
        }
        assert_eq!(bad(&doctor(&mini).expect(5)), one(what, "broken"), "{path}");
        if path != "course.lock" {
            let work = mini.text("modules/01_numbers/numbers.ipynb");
            let refused = mini.run(&["update"]).expect(5);
            assert!(refused.stderr.contains("tito doctor"), "{}", refused.stderr);
            assert_eq!(mini.text("modules/01_numbers/numbers.ipynb"), work);
        }
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

/// The only pack of a workspace, and where in it each content is.
fn pack(mini: &Mini) -> (std::path::PathBuf, Vec<u8>) {
    let packs = tree(&mini.at(".tinytorch/packs"));
    let [(name, bytes)] = packs.into_iter().collect::<Vec<_>>().try_into().unwrap();
    (mini.at(".tinytorch/packs").join(name), bytes)
}

/// The first byte of the file at `path` is another one in the pack.
fn damage(pack: &mut [u8], content: &[u8]) {
    let at = pack.windows(content.len()).position(|part| part == content).unwrap();
    pack[at] ^= 1;
}

#[test]
fn lost_copies_are_rebuilt() {
    let mini = Mini::new("student");
    let (place, whole) = pack(&mini);
    // Two contents of it are damaged.
    let mut bytes = whole.clone();
    for path in ["README.md", "modules/02_sums/sums.ipynb"] {
        damage(&mut bytes, &fs::read(mini.at(path)).unwrap());
    }
    fs::write(&place, &bytes).unwrap();
    let ran = doctor(&mini).expect(5);
    assert_eq!(bad(&ran), one("copies", "broken"));
    let ran = mini.run(&["doctor", "--fix"]).expect(0);
    assert!(ran.stderr.contains("rebuilt 2 pristine copies"), "{}", ran.stderr);
    assert!(!mini.at(".tinytorch/stage").exists());
    assert_eq!(bad(&doctor(&mini).expect(0)), one("copies", "notice"), "what else it held is not known");
    mini.run(&["module", "reset", "sums", "--yes"]).expect(0);
    // It is cut, and then gone; what the course no longer has, and the student did not edit, comes from the file itself.
    fs::write(mini.folder().join("base/modules/sums/README.md.j2"), "another\n").unwrap();
    fs::write(&place, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(bad(&doctor(&mini).expect(5)), one("copies", "broken"));
    fs::remove_file(&place).unwrap();
    assert_eq!(bad(&doctor(&mini).expect(5)), one("copies", "broken"));
    mini.run(&["doctor", "--fix"]).expect(0);
    assert_eq!(bad(&doctor(&mini).expect(0)), []);
    assert_ne!(mini.text("modules/02_sums/README.md"), "another");
    mini.run(&["update"]).expect(0);
    assert_eq!(mini.text("modules/02_sums/README.md"), "another");
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
    use std::os::unix::fs::symlink;
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
        tito::script(&none.path().join(name), &text);
    }
    symlink(none.path().join("fake"), none.path().join("python3")).unwrap();
    let ran = doctor(&["doctor"]).expect(1);
    assert!(
        ran.stdout.contains(
            "× package    pytest is not installed\n             write `pytest` into requirements.txt, then: tito doctor --fix\n"
        ),
        "{}",
        ran.stdout
    );
    // Nothing says what to install: no advice leads back to this very command.
    let ran = doctor(&["doctor", "--fix"]).expect(1);
    assert!(ran.stderr.contains("the workspace has no requirements.txt"), "{}", ran.stderr);
    assert!(!ran.text().contains("             tito doctor --fix\n"), "{}", ran.text());
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

/// pip's noise is for whoever must find out why it failed.
#[cfg(unix)]
#[test]
fn packages_are_installed_quietly() {
    let mini = Mini::new("student");
    fs::write(mini.at("requirements.txt"), "pytest>=8\n").unwrap();
    fs::create_dir_all(mini.at(".venv/bin")).unwrap();
    let python = mini.at(".venv/bin/python");
    let fix = |code: i32| {
        let pip = format!(
            "#!/bin/sh\ncase \"$*\" in *' pip '*) echo 'Collecting pytest>=8'; echo '  Downloading it'; \
             echo 'Successfully installed iniconfig-2.0.0 pytest-8.1.0'; exit {code};; esac\nexit 1\n"
        );
        tito::script(&python, &pip);
        let mut command = mini.command();
        command.env_remove("TITO_PYTHON").args(["doctor", "--fix=python"]);
        tito::ran(&command.output().unwrap())
    };
    let ran = fix(0);
    assert!(
        ran.stderr.contains("  installed pytest 8.1.0\n  and 1 package that they need\n"),
        "{}",
        ran.text()
    );
    assert!(!ran.text().contains("Collecting") && !ran.text().contains("Downloading"), "{}", ran.text());
    let ran = fix(1).expect(1);
    assert!(ran.stdout.contains("Collecting pytest>=8\n  Downloading it\n"), "{}", ran.text());
    assert!(ran.stderr.contains("the packages could not be installed"), "{}", ran.text());
}

/// A workspace, and beside it an installation: the program, and a Python.
#[cfg(unix)]
struct Installed {
    mini: Mini,
    path: tempfile::TempDir,
}

#[cfg(unix)]
impl Installed {
    fn new() -> Self {
        let this = Self { mini: Mini::new("student"), path: tempfile::tempdir().unwrap() };
        this.python("env/bin/python3");
        tito::copied(&this.at("env/bin/tito"));
        std::os::unix::fs::symlink(crate::judges::python(), this.path.path().join("python3")).unwrap();
        this
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.mini.folder().join(path)
    }

    /// A Python, whose packages are those of the judges.
    fn python(&self, path: &str) {
        tito::script(
            &self.at(path),
            &format!("#!/bin/sh\nexec '{}' \"$@\"\n", crate::judges::python().display()),
        );
    }

    /// What the program says of Python when it is called as `called`.
    fn found(&self, called: &str, set: &[(&str, &str)]) -> String {
        use std::os::unix::process::CommandExt;
        let mut command = std::process::Command::new(self.at("env/bin/tito"));
        command.arg0(called).arg("doctor").current_dir(self.mini.root());
        command.env_clear().env("PATH", self.path.path()).envs(set.iter().copied());
        let ran = tito::ran(&command.output().unwrap());
        let line = ran.stdout.lines().find(|line| line.contains(" python "));
        line.unwrap_or_else(|| panic!("{}{}", ran.stdout, ran.stderr)).to_owned()
    }
}

#[cfg(unix)]
#[test]
fn the_python_that_tito_was_installed_into_is_used() {
    let installed = Installed::new();
    let (env, ws) = (installed.at("env/bin"), installed.mini.root());
    let beside = format!("({}/python3, beside tito)", env.display());
    let called = env.join("tito").display().to_string();
    assert!(installed.found(&called, &[]).ends_with(&beside));
    assert!(installed.found("../env/bin/tito", &[]).ends_with("env/bin/python3, beside tito)"));
    let path = format!("{}:{}", env.display(), installed.path.path().display());
    assert!(installed.found("tito", &[("PATH", &path)]).ends_with(&beside));
    // A link, as pipx and uv make it: what it links to is an environment of tito's own.
    std::os::unix::fs::symlink(env.join("tito"), installed.path.path().join("tito")).unwrap();
    assert!(installed.found("tito", &[]).ends_with("python3, beside tito)"));
    fs::rename(installed.path.path().join("python3"), installed.path.path().join("python")).unwrap();
    fs::create_dir(installed.path.path().join("links")).unwrap();
    fs::rename(installed.path.path().join("tito"), installed.path.path().join("links/tito")).unwrap();
    let path = format!("{0}/links:{0}", installed.path.path().display());
    assert!(installed.found("tito", &[("PATH", &path)]).ends_with("/python, found on PATH)"));
    // `python -m tito` says its own; what the workspace has is still nearer.
    let own = ws.join("../env/bin/python3").display().to_string();
    assert!(installed.found(&called, &[("TITO_RUN_BY", &own)]).ends_with("python3, that runs tito)"));
    installed.python("ws/.venv/bin/python");
    assert!(installed.found(&called, &[("TITO_RUN_BY", &own)]).ends_with("of the workspace's .venv)"));
}

#[cfg(unix)]
#[test]
fn another_package_of_the_same_name_is_named() {
    let mini = Mini::new("student");
    let others = tempfile::tempdir().unwrap();
    let doctor = |place: &std::path::Path| {
        // What a package manager would have done: a folder in which this Python looks for packages.
        let code = format!("import sys; sys.path.append({:?})\n", place.display().to_string());
        fs::write(others.path().join("sitecustomize.py"), code).unwrap();
        let script = others.path().join("python");
        let python = crate::judges::python();
        let text = format!(
            "#!/bin/sh\n[ \"$1\" = -I ] && shift\nPYTHONPATH='{}' PYTHONSAFEPATH=1 exec '{}' \"$@\"\n",
            others.path().display(),
            python.display()
        );
        tito::script(&script, &text);
        tito::ran(&mini.command().env("TITO_PYTHON", script).arg("doctor").output().unwrap())
    };
    // Its own package, installed as a link to the workspace, is no other.
    assert!(!doctor(&mini.root()).expect(0).stdout.contains("another package"));
    let other = others.path().join("site/minipkg");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("__init__.py"), "").unwrap();
    let said = doctor(&others.path().join("site")).expect(0).stdout;
    let expected = format!(
        "~ package    another package called `minipkg` is installed ({}): code may import it instead of yours\n",
        other.display()
    );
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("python -m pip uninstall minipkg\n"), "{said}");
}

/// Runs of years ago are forgotten, with tito's own files of then; what was set aside stays, and what is newer can be undone.
#[test]
fn runs_of_years_ago_are_forgotten() {
    let mini = Mini::new("student");
    let at = |now: &str, args: &[&str]| {
        tito::ran(&mini.command().env("TITO_NOW", now).args(args).output().unwrap()).expect(0)
    };
    mini.edit("modules/01_numbers/numbers.ipynb", "raise NotImplementedError()", "return 3");
    let old = "2027-02-01T09:30:00Z";
    for _ in 0..6 {
        at(old, &["module", "reset", "numbers", "--yes"]);
        at(old, &["undo"]);
    }
    let runs = || -> usize {
        let history = mini.run(&["history", "--format", "json"]).expect(0).stdout;
        serde_json::from_str::<serde_json::Value>(&history).unwrap()["runs"].as_array().unwrap().len()
    };
    let sizes = || {
        let named = |name: &str| {
            let below = tito::tree(&mini.root());
            below.keys().filter(|path| path.starts_with(&format!(".tinytorch/{name}/"))).count()
        };
        (named("objects"), named("backups"))
    };
    let before = runs();
    assert!(before > 5, "{before}");
    let (objects, backups) = sizes();
    let said = at("2027-12-01T00:00:00Z", &["doctor", "--fix=workspace"]);
    assert!(!said.text().contains("forgot") && runs() == before, "{}", said.text());
    let said = at("2028-12-01T00:00:00Z", &["doctor", "--fix=workspace"]);
    assert!(!said.text().contains("forgot") && runs() == before, "the newest stay: {}", said.text());
    for _ in 0..10 {
        at("2028-12-01T00:00:00Z", &["module", "reset", "numbers", "--yes"]);
        at("2028-12-01T00:00:00Z", &["undo"]);
    }
    let said = at("2028-12-02T00:00:00Z", &["doctor", "--fix=workspace"]);
    assert!(said.stderr.contains(" runs from more than a year ago"), "{}", said.text());
    assert_eq!(runs(), 20);
    let (now_objects, now_backups) = sizes();
    assert!(now_backups >= backups && now_objects <= objects + 40, "{objects} {now_objects}");
    assert!(mini.text("modules/01_numbers/numbers.ipynb").contains("return 3"));
    at("2028-12-02T00:00:00Z", &["undo"]);
    at("2028-12-02T00:00:00Z", &["doctor"]);
}
