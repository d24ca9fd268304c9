//! Input that wants time, memory, files of the machine or the terminal: an answer within seconds, in little memory, and nothing else.
//!
//! Linux alone: the memory is what `/proc` says, and what is too much of it is stopped by the shell's `ulimit -v`.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::mini::{COURSE, Mini};
use crate::tito::{Ran, command, ran, script};

/// A name, and what spoils the file at a path.
type Spoil<'a> = (&'a str, &'a dyn Fn(&Path));

/// Kilobytes that may be in memory at once.
const MEMORY: u64 = 500_000;
/// Kilobytes of address space, so that nothing takes the machine down: the binary, the stacks of its threads, and the data.
const SPACE: &str = "1200000";
/// Ten times what a slow machine needs for the slowest of them.
const TIME: Duration = Duration::from_secs(30);
/// The exit codes that the documentation names; a panic is 101, an abort 134; -1 is what was killed.
const ENDS: std::ops::RangeInclusive<i32> = 0..=5;

/// Runs tito in `folder` within limits. It must end by itself, without a panic, whatever it answers, and not say too much.
#[track_caller]
pub(crate) fn bounded(folder: &Path, args: &[&str]) -> Ran {
    let ran = limited(folder, args);
    assert!(ran.text().len() < 1 << 20, "{args:?} says {} bytes", ran.text().len());
    ran
}

/// The same, where what the student wrote may be shown whole.
#[track_caller]
fn limited(folder: &Path, args: &[&str]) -> Ran {
    let binary = command(folder).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.current_dir(folder).env("RAYON_NUM_THREADS", "2").env("TITO_PYTHON", crate::judges::python());
    // `exec`: tito has the shell's number.
    let limits = format!("ulimit -v {SPACE}; exec \"$0\" \"$@\"");
    shell.args(["-c", &limits]).arg(binary).args(args);
    let (output, memory) = watched(shell.stdin(Stdio::null()));
    let ran = ran(&output);
    assert!(ENDS.contains(&ran.code), "{args:?}: {}", ran.stderr.chars().take(3000).collect::<String>());
    assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    assert!(memory < MEMORY, "{args:?} took {memory} kB");
    ran
}

/// What a program says, and how many kilobytes it had in memory at most. One that takes too long is killed.
fn watched(program: &mut Command) -> (Output, u64) {
    let child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (number, has_ended) = (child.id().to_string(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let (start, mut most) = (Instant::now(), 0);
            while !has_ended.load(Ordering::Relaxed) {
                most = most.max(peak(&number));
                if start.elapsed() > TIME {
                    let _ = Command::new("kill").args(["-9", &number]).status();
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            most
        });
        let output = child.wait_with_output().unwrap();
        has_ended.store(true, Ordering::Relaxed);
        (output, watch.join().unwrap())
    })
}

/// How many kilobytes the process `number` had in memory at most until now; nothing of one that ended.
fn peak(number: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn too_much_memory_and_time_would_be_seen() {
    let fill = "x = bytearray(64 << 20)\nimport time\ntime.sleep(0.2)";
    let (_, memory) = watched(Command::new(crate::judges::python()).args(["-c", fill]));
    assert!((65_536..MEMORY).contains(&memory), "{memory}");
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn sparse(path: &Path, bytes: u64) {
    fs::File::create(path).unwrap().set_len(bytes).unwrap();
}

/// A new course over the small base, which `prepare` changes; what `check` says of it.
#[track_caller]
fn check(prepare: impl FnOnce(&Path)) -> Ran {
    let mini = Mini::only(COURSE);
    prepare(mini.folder());
    bounded(mini.folder(), &["check"])
}

#[test]
fn templates() {
    let of = |piece: &str| piece.repeat(10_000);
    for text in [
        format!("{{{{ 1{} }}}}", of(" ~ 1")),
        format!("{{{{ 1{} }}}}", of("|string")),
        format!("{{% if 0 %}}{}{{% endif %}}", of("{% elif 0 %}")),
        format!("{{{{ {}1{} }}}}", "[".repeat(5000), "]".repeat(5000)),
        of("{% if 1 %}"),
        of("{% set a = [a] %}"),
        "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}".to_owned(),
        format!("{{% set a = 'x' * 1000 %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(40)),
        format!("{{% set a = [1] %}}{}{{{{ a }}}}", "{% set a = [a, a, a, a] %}".repeat(40)),
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}".to_owned(),
        "{{ range(99999999) }}{{ 'x' * 99999999 }}".to_owned(),
        "{% macro f(s) %}{{ f(s ~ s) }}{% endmacro %}{{ f('x') }}".to_owned(),
        "{% set x %}{% for a in range(99999) %}AAAAAAAAAAAAAAAAAAAAAAAAAAAA{% endfor %}{% endset %}{{ x * 99 }}".to_owned(),
        "{{ '%999999999d' | format(1) }}{{ 'a' | indent(999999999) }}".to_owned(),
    ] {
        let ran = check(|folder| fs::write(folder.join("base/modules/numbers/README.md.j2"), &text).unwrap());
        let said = ran.stderr.contains("template::");
        assert!(said && ran.code == 1, "{}:\n{}", &text[..60.min(text.len())], ran.stderr);
    }
}

#[test]
fn courses() {
    let long = "x".repeat(70_000);
    let keys = (0..60_000).map(|at| format!("k{at}: 1, ")).collect::<String>();
    let anchors = (0..50_000).map(|at| format!("&a{at} x, ")).collect::<String>();
    for text in [
        format!(
            "{{course: {{id: t, title: \"{long}\"}}, base: {{from: {{path: ./base}}}}, modules: [onee]}}\n"
        ),
        format!(
            "{{course: {{id: t}}, base: {{from: {{path: ./base}}}}, variables: {{a: &a \"{long}\", b: [{}]}}}}\n",
            ["*a"].repeat(15_000).join(",")
        ),
        format!("{{course: {{id: t}}, {keys}modules: all}}\n"),
        format!("{{course: {{id: t}}, x: [{anchors}]}}\n"),
        format!("course: {{id: t}}\nmodules: {}\n", "[".repeat(50_000)),
        format!("course: {{id: t}}\n\"{}\": 1\n", "k".repeat(1000)),
        format!("course: {{id: t}}\nmodules: [\"{}\"]\n", "u".repeat(1_000_000)),
    ] {
        let ran = check(|folder| fs::write(folder.join("course.yml"), &text).unwrap());
        assert_eq!(ran.code, 1, "{}", ran.stderr);
    }
}

#[test]
fn what_tito_knows_of_a_workspace() {
    let zeros =
        format!("{{\"workspace_version\": 1, \"files\": {{}}, \"x\": [{}0]}}", "0,".repeat(3_000_000));
    let deep = format!("{{\"x\": {}", "[".repeat(100_000));
    let spoil: [Spoil<'_>; 6] = [
        ("zeros", &|path| fs::write(path, &zeros).unwrap()),
        ("deep", &|path| fs::write(path, &deep).unwrap()),
        ("sparse", &|path| sparse(path, 1 << 40)),
        ("fifo", &|path| fifo(path)),
        ("zero", &|path| symlink("/dev/zero", path).unwrap()),
        ("folder", &|path| fs::create_dir(path).unwrap()),
    ];
    let mini = Mini::new("student");
    for file in [
        ".tinytorch/version.json",
        ".tinytorch/config.json",
        "course.lock",
        "progress.json",
        ".tinytorch/journal/000001.json",
        ".tinytorch/cache",
        ".tinytorch/answer-status",
    ] {
        let path = mini.at(file);
        let before = fs::read(&path).ok();
        for (how, spoil) in &spoil {
            let _ = fs::remove_file(&path);
            spoil(&path);
            let verb = match (*how, file.contains("journal")) {
                ("sparse" | "fifo", _) => "doctor",
                (_, true) => "history",
                (_, false) => "status",
            };
            let ran = bounded(&mini.root(), &[verb]);
            assert!(!ran.text().contains("os error"), "{file} {how} {verb}: {}", ran.text());
            if path.is_dir() && !path.is_symlink() {
                fs::remove_dir(&path).unwrap();
            } else {
                fs::remove_file(&path).unwrap();
            }
        }
        if let Some(before) = before {
            fs::write(&path, before).unwrap();
        }
    }
    mini.run(&["status"]).expect(0);
}

#[test]
fn requirements() {
    let mini = Mini::new("student");
    let path = mini.at("requirements.txt");
    let long = format!("{}\n{}", "n".repeat(1_000_000), "pytest\n".repeat(1000));
    let spoil: [&dyn Fn(); 4] =
        [&|| fifo(&path), &|| symlink("/dev/zero", &path).unwrap(), &|| sparse(&path, 1 << 40), &|| {
            fs::write(&path, &long).unwrap()
        }];
    for spoil in spoil {
        let _ = fs::remove_file(&path);
        spoil();
        bounded(&mini.root(), &["doctor"]);
    }
}

#[test]
fn what_a_student_may_have() {
    let mini = Mini::new("student");
    let notebook = mini.at("modules/02_sums/sums.ipynb");
    let before = fs::read_to_string(&notebook).unwrap();
    let own = mini.at("modules/02_sums/pictures");
    fs::create_dir(&own).unwrap();
    (0..3_000).for_each(|at| drop(fs::File::create(own.join(at.to_string())).unwrap()));
    let outputs = "x".repeat(10 << 20);
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    let cell = |source: &str| {
        let source = serde_json::to_string(source).unwrap();
        format!(
            "{{\"cells\": [{{\"cell_type\": \"code\", \"id\": \"a\", \"metadata\": {{}}, \"execution_count\": null, \"outputs\": [{{\"output_type\": \"stream\", \"name\": \"stdout\", \"text\": \"OUT\"}}], \"source\": {source}}}], \"metadata\": {{}}, \"nbformat\": 4, \"nbformat_minor\": 5}}"
        )
    };
    // A new version, so that what the student has must be merged.
    let file = mini.folder().join("base/modules/sums/sums.py");
    let course = fs::read_to_string(&file).unwrap();
    fs::write(&file, course + "\n# %% [markdown]\n# The end\n").unwrap();
    for text in [
        "[".repeat(1_000_000),
        format!("{{\"cells\": [{}0]}}", "0,".repeat(3_000_000)),
        cell("x = 1").replace("OUT", &outputs),
        cell(&format!("#| export\nx = {}\n", nested(50_000))),
        cell(&format!("#| export\nx = 1{}\n", " + 1".repeat(100_000))),
        cell(&format!(
            "#| export\n{}pass\n",
            (0..2000).map(|at| format!("{}if 1:\n", " ".repeat(at))).collect::<String>()
        )),
    ] {
        fs::write(&notebook, &text).unwrap();
        for args in [&["update", "--check"][..], &["module", "export", "sums"]] {
            let ran = limited(&mini.root(), args);
            assert!(!ran.stderr.contains("os error"), "{}", ran.stderr);
        }
    }
    fs::write(&notebook, before).unwrap();
    bounded(&mini.root(), &["update"]).expect(0);
}

#[test]
fn links_that_a_course_brings() {
    let secret = |folder: &Path| {
        fs::create_dir(folder.join("home")).unwrap();
        fs::write(folder.join("home/catalog.yml"), "token: s3cret\n").unwrap();
        fs::write(folder.join("home/notes"), "token: s3cret\n").unwrap();
    };
    let here = |text: &str| {
        let text = format!("course: {{id: t}}\n{text}\n");
        move |folder: &Path| {
            secret(folder);
            let _ = fs::create_dir(folder.join("c"));
            symlink(folder.join("home"), folder.join("link")).unwrap();
            symlink(folder.join("home/notes"), folder.join("link.yml")).unwrap();
            symlink(folder.join("base"), folder.join("base-link")).unwrap();
            fs::write(folder.join("course.yml"), &text).unwrap();
        }
    };
    for (text, code) in [
        (
            "base: {from: {path: ./base}}\nmodules: [numbers, lab]\nassignments: {lab: {from: {path: ./link}}}",
            "assignment::missing-folder",
        ),
        (
            "base: {from: {path: ./base}}\nmodules: [numbers, lab]\nassignments: {lab: {from: {path: ./link/inner}}}",
            "assignment::missing-folder",
        ),
        ("base: {from: {path: ./base-link}}", "catalog::missing"),
        ("base: {from: {path: c/../link}}", "catalog::missing"),
        ("base: {from: {path: ./home}}", "catalog::missing"),
        ("extends: ./link.yml", "source::unreadable"),
        ("extends: ./link/notes", "source::unreadable"),
    ] {
        let ran = check(here(text));
        assert!(ran.stderr.lines().any(|line| line == code), "{text}: expected {code}:\n{}", ran.stderr);
        assert!(!ran.text().contains("s3cret"), "{}", ran.text());
    }
    // A folder whose own `course.yml` is a link, and a course that names any file of the machine.
    let ran = check(|folder| {
        secret(folder);
        fs::remove_file(folder.join("course.yml")).unwrap();
        symlink("home/notes", folder.join("course.yml")).unwrap();
    });
    assert!(ran.code == 1 && !ran.text().contains("s3cret"), "{}", ran.text());
    let mini = Mini::only(COURSE);
    fs::create_dir(mini.folder().join("c")).unwrap();
    secret(mini.folder());
    for name in ["../home/notes", "../../../../../../etc/passwd"] {
        fs::write(mini.folder().join("c/course.yml"), format!("extends: {name}\ncourse: {{id: t}}\n"))
            .unwrap();
        let ran = bounded(mini.folder(), &["check", "c/course.yml"]).expect(1);
        assert!(!ran.text().contains("s3cret") && !ran.text().contains("root:"), "{}", ran.text());
        assert!(ran.stderr.contains("source::unreadable"), "{}", ran.stderr);
    }
    // Layers and bases beside each other stay what they were.
    fs::write(mini.folder().join("outer.yml"), "base: {from: {path: ./base}}\n").unwrap();
    fs::write(mini.folder().join("c/course.yml"), "extends: ../outer.yml\ncourse: {id: t}\n").unwrap();
    bounded(mini.folder(), &["check", "c"]).expect(0);
    fs::write(mini.folder().join("c/course.yml"), "course: {id: t}\nbase: {from: {path: ../base}}\n")
        .unwrap();
    bounded(mini.folder(), &["check", "c"]).expect(0);
}

#[test]
fn a_workspace_names_nothing_but_a_course() {
    let mini = Mini::new("student");
    fs::write(mini.folder().join("secret"), "token: s3cret\nuser: me\n").unwrap();
    fs::write(mini.at(".tinytorch/config.json"), "{\"course\": \"../secret\"}").unwrap();
    for args in
        [&["update"][..], &["update", "--check"], &["status"], &["doctor"], &["diff"], &["data", "list"]]
    {
        let ran = bounded(&mini.root(), args);
        assert!(!ran.text().contains("s3cret"), "{args:?}: {}", ran.text());
    }
    let ran = bounded(&mini.root(), &["update"]).expect(1);
    assert!(ran.stderr.contains("`../secret`, is not a course"), "{}", ran.stderr);
}

/// Only root can give files away; elsewhere the rule itself is tested (`cli::owner`).
#[test]
fn a_workspace_of_somebody_else_runs_nothing() {
    let mini = Mini::new("student");
    if fs::metadata(mini.root()).unwrap().uid() != 0 {
        return;
    }
    let python = mini.at(".venv/bin/python");
    script(&python, &format!("#!/bin/sh\ntouch '{}'\n", mini.at("ran").display()));
    let tito = |args: &[&str], safe: &str| {
        let mut command = command(&mini.at("modules"));
        command.env_remove("VIRTUAL_ENV").env_remove("TITO_PYTHON").env("TITO_SAFE_FOLDERS", safe);
        ran(&command.args(args).output().unwrap())
    };
    for part in [".tinytorch", ".venv", ".venv/bin/python", ""] {
        let part = mini.at(part);
        std::os::unix::fs::chown(&part, Some(65_534), None).unwrap();
        for args in [
            &["doctor"][..],
            &["doctor", "--fix"],
            &["module", "test", "sums"],
            &["module", "complete", "sums"],
        ] {
            let ran = tito(args, "/elsewhere");
            assert!(ran.text().contains("belongs to another user"), "{args:?}: {}", ran.text());
            assert!(!mini.at("ran").exists(), "{args:?} of {}", part.display());
        }
        tito(&["status"], "").expect(0);
        tito(&["doctor"], mini.root().to_str().unwrap());
        assert!(mini.at("ran").exists(), "it was allowed");
        fs::remove_file(mini.at("ran")).unwrap();
        std::os::unix::fs::chown(&part, Some(0), None).unwrap();
    }
    tito(&["doctor"], "");
    assert!(mini.at("ran").exists(), "it is one's own again");
}

#[test]
fn nothing_that_a_terminal_obeys_comes_out_of_names() {
    const ODD: &str = "\u{1b}]0;owned\u{7}\u{1b}[31m\r\u{202e}\u{200b}\u{9b}2J";
    let mini = Mini::of(
        "course: {id: mini, title: \"a\u{202e}b\u{200f}\"}\nbase: {from: {path: BASE}}\nmodules:\n  - {id: numbers, title: \"N\u{2066}umbers\"}\n  - sums\n",
        "student",
    );
    fs::write(mini.at(format!("modules/02_sums/{ODD}.txt").as_str()), "x").unwrap();
    let mut notebook = mini.text("modules/02_sums/sums.ipynb");
    notebook = notebook.replacen(
        "\"source\": [",
        &format!("\"source\": [\n    {},", serde_json::to_string(&format!("# {ODD}\n")).unwrap()),
        1,
    );
    fs::write(mini.at("modules/02_sums/sums.ipynb"), notebook).unwrap();
    fs::write(
        mini.at("progress.json"),
        serde_json::json!({"started": [ODD], "completed": {ODD: ODD}}).to_string(),
    )
    .unwrap();
    fs::write(mini.at("requirements.txt"), format!("{ODD}\n")).unwrap();
    let verbs: [&[&str]; 16] = [
        &["status"],
        &["update", "--check"],
        &["update"],
        &["diff"],
        &["history"],
        &["undo", "--dry-run"],
        &["doctor"],
        &["module", "list"],
        &["module", "start", "sums"],
        &["data", "list"],
        &["explain", "modules/02_sums/sums.ipynb"],
        &["show"],
        &["graph"],
        &["restore", ODD],
        &["module", "test", ODD],
        &["take", ODD],
    ];
    for args in verbs {
        for color in ["always", "never"] {
            let all = [&["--color", color][..], args].concat();
            let ran = ran(&mini.command().args(&all).output().unwrap());
            // What tito paints itself: a code for a look, and one that ends it.
            let text = ran.text();
            let mut plain = text.clone();
            for code in ["0", "1", "2", "4", "31", "32", "33", "35", "36", "38;5;5"] {
                plain = plain.replace(&format!("\u{1b}[{code}m"), "");
            }
            let odd = |c: char| {
                (c.is_control() && c != '\n' && c != '\t')
                    || matches!(c, '\u{202e}' | '\u{200b}' | '\u{200f}' | '\u{2066}')
            };
            assert!(!plain.contains(odd), "{args:?}: {plain:?}");
            assert!(!text.contains("\u{1b}[31m\\u{d}"), "{args:?}: a name chose a colour: {text:?}");
        }
    }
}

#[test]
fn a_writer_that_is_closed_early_is_no_crash() {
    let mini = Mini::new("student");
    let binary = command(&mini.root()).get_program().to_owned();
    let mut shell = Command::new("sh");
    let output = shell
        .current_dir(mini.root())
        .args(["-c", "\"$0\" schema course | true; \"$0\" status 2>&1 | head -c 1"])
        .arg(binary)
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
