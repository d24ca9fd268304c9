//! Hostile and broken input: a clear diagnostic, exit code 1, nothing written.

use std::fs;
use std::path::Path;

use super::tito::{Ran, root, tito};

fn copy_base(to: &Path) {
    let from = root().join("tests/bases/mini");
    for entry in walkdir::WalkDir::new(&from)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
    {
        let target = to.join(entry.path().strip_prefix(&from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(entry.path(), target).unwrap();
    }
}

/// Tries to make a workspace of what `prepare` puts into a folder with a copy of the mini base in `base/`.
fn refused(prepare: impl FnOnce(&Path)) -> Ran {
    let temp = tempfile::tempdir().unwrap();
    copy_base(&temp.path().join("base"));
    fs::write(temp.path().join("course.yml"), "course: {id: t}\nbase: {from: {path: ./base}}\n").unwrap();
    prepare(temp.path());
    let ran = tito(temp.path(), &["init", "ws", "--config", "course.yml"]);
    assert_eq!(ran.code, 1, "{}", ran.text());
    assert!(!temp.path().join("ws").exists(), "nothing may be written");
    assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("os error"), "{}", ran.stderr);
    ran
}

fn course(text: impl Into<Vec<u8>>) -> impl FnOnce(&Path) {
    let text = text.into();
    move |folder| fs::write(folder.join("course.yml"), text).unwrap()
}

fn says(ran: &Ran, code: &str) {
    assert!(ran.stderr.lines().any(|line| line == code), "expected {code}:\n{}", ran.stderr);
}

#[test]
fn yaml_that_is_none_or_a_bomb() {
    says(&refused(course("a: [")), "source::yaml-syntax");
    says(&refused(course("\u{0}\u{1}")), "source::not-utf8");
    says(&refused(course("\u{1}")), "source::yaml-syntax");
    says(&refused(course(b"\xff\xfe\x00".to_vec())), "source::not-utf8");
    let mut bomb = String::from("a0: &a0 [x, x, x, x]\n");
    for level in 1..1000 {
        bomb += &format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1);
    }
    says(&refused(course(bomb)), "source::too-large");
    says(&refused(course(format!("a: {}", "[".repeat(10_000)))), "source::too-large");
    says(&refused(course(format!("course: {{title: \"{}\"}}\n", "x".repeat(50 << 20)))), "source::too-large");
    says(&refused(course("course: &x {id: t, <<: *x}\n")), "source::yaml-syntax");
    says(&refused(course("course: !!python/object:os.system {id: t}\n")), "source::yaml-syntax");
    says(&refused(course("course: {id: t}\n---\ncourse: {id: u}\n")), "source::yaml-syntax");
}

#[test]
fn a_bom_and_windows_line_ends_are_no_mistake() {
    let temp = tempfile::tempdir().unwrap();
    copy_base(&temp.path().join("base"));
    fs::write(
        temp.path().join("course.yml"),
        "\u{feff}course: {id: t}\r\nbase: {from: {path: ./base}}\r\nmodules:\r\n  - numbers\r\n",
    )
    .unwrap();
    tito(temp.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
}

#[test]
fn a_base_that_is_none() {
    says(&refused(|folder| fs::remove_file(folder.join("base/catalog.yml")).unwrap()), "catalog::missing");
    says(&refused(|folder| fs::remove_dir_all(folder.join("base")).unwrap()), "catalog::missing");
    says(
        &refused(|folder| fs::remove_dir_all(folder.join("base/modules/sums")).unwrap()),
        "catalog::missing-folder",
    );
    says(
        &refused(|folder| fs::write(folder.join("base/catalog.yml"), "catalog: [").unwrap()),
        "source::yaml-syntax",
    );
}

#[test]
fn templates_that_do_not_end_or_reach_out() {
    let template = |text: &'static str| {
        move |folder: &Path| fs::write(folder.join("base/modules/numbers/README.md.j2"), text).unwrap()
    };
    says(&refused(template("{{ nothing_of_the_kind }}")), "template::undefined-name");
    says(&refused(template("{{ unit.nothing.at_all }}")), "template::undefined-name");
    says(&refused(template("{% include '/etc/passwd' %}")), "template::error");
    says(
        &refused(template("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}")),
        "template::error",
    );
    says(&refused(template("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")), "template::error");
    says(&refused(template("{{ 'x' * 999999999 }}")), "template::error");
    says(&refused(template("{% if %}")), "template::error");
}

#[cfg(unix)]
#[test]
fn links_and_devices_in_a_base() {
    use std::os::unix::fs::symlink;
    says(
        &refused(|folder| symlink("/etc/passwd", folder.join("base/modules/numbers/secret.txt")).unwrap()),
        "place::not-a-file",
    );
    says(
        &refused(|folder| symlink("..", folder.join("base/modules/numbers/up")).unwrap()),
        "place::not-a-file",
    );
    says(
        &refused(|folder| {
            let status = std::process::Command::new("mkfifo")
                .arg(folder.join("base/modules/numbers/pipe"))
                .status()
                .unwrap();
            assert!(status.success());
        }),
        "place::not-a-file",
    );
    says(
        &refused(|folder| {
            fs::remove_dir_all(folder.join("base/modules/numbers")).unwrap();
            symlink("/usr", folder.join("base/modules/numbers")).unwrap();
        }),
        "catalog::missing-folder",
    );
}

#[test]
fn names_and_paths_that_lead_out() {
    for path in ["../base", "/etc", "..", "C:/x"] {
        let ran = refused(course(format!(
            "course: {{id: t}}\nbase: {{from: {{path: ./base}}}}\nmodules: [numbers, lab]\nassignments: {{lab: {{from: {{path: \"{path}\"}}}}}}\n"
        )));
        assert!(
            ran.stderr.contains("assignment::escapes") || ran.stderr.contains("source::invalid-value"),
            "{path}: {}",
            ran.stderr
        );
    }
    for id in ["../../x", "a/b", "..", "con", "a\\u0000b"] {
        let ran = refused(course(format!(
            "course: {{id: t}}\nbase: {{from: {{path: ./base}}}}\nmodules: [\"{id}\"]\n"
        )));
        assert!(
            ran.stderr.contains("source::invalid-value")
                || ran.stderr.contains("course::unknown-unit")
                || ran.stderr.contains("source::yaml-syntax"),
            "{id}: {}",
            ran.stderr
        );
    }
    for layout in ["../{{ id }}", "/tmp/{{ id }}", ".git/{{ id }}", ".tinytorch/{{ id }}", "modules/x"] {
        let ran = refused(|folder| {
            let catalog = fs::read_to_string(folder.join("base/catalog.yml")).unwrap();
            fs::write(
                folder.join("base/catalog.yml"),
                format!("{catalog}layout: {{module: \"{layout}\"}}\n"),
            )
            .unwrap();
        });
        says(&ran, "place::layout");
    }
}

#[test]
fn nothing_from_a_course_reaches_the_terminal_unescaped() {
    let ran = refused(course(
        "course: {id: t}\n\"a\\u001b[31m\\u202eb\": 1\nmodules: [\"x\\u001b]0;title\\u0007\"]\n",
    ));
    assert!(
        !ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{202e}') && !ran.stderr.contains('\u{7}'),
        "{:?}",
        ran.stderr
    );
}

#[test]
fn globs_with_hundreds_of_stars_and_a_deep_folder() {
    let stars = "*a".repeat(300);
    says(
        &refused(course(format!(
            "course: {{id: t}}\nbase: {{from: {{path: ./base}}}}\nupdates: {{rules: [{{paths: \"{stars}\", do: keep}}]}}\n"
        ))),
        "rule::bad-glob",
    );
    let ran = refused(|folder| {
        let deep = format!(
            "base/modules/numbers/{}",
            "d/".repeat(200) + &"e".repeat(200) + "/" + &"f".repeat(200) + "/" + &"g".repeat(250)
        );
        fs::create_dir_all(folder.join(&deep)).unwrap();
        fs::write(folder.join(&deep).join("x.txt"), "x").unwrap();
    });
    says(&ran, "place::bad-path");
}

/// Who mistypes the name of a course gets no other course.
#[test]
fn a_new_folder_is_not_called_like_a_course() {
    let temp = tempfile::tempdir().unwrap();
    copy_base(&temp.path().join("base"));
    fs::write(temp.path().join("course.yml"), "course: {id: t}\nbase: {from: {path: ./base}}\n").unwrap();
    tito(temp.path(), &["publish", "site", "--yes"]).expect(0);
    let cases: [(&[&str], &str); 6] = [
        (&["init", "./siet"], "there is no `./siet`, and `site` is a published course"),
        (&["init", "siet"], "`tito init site`; for a workspace of another course choose another name"),
        (&["init", "course.yml"], "`tito init FOLDER --config course.yml`"),
        (&["init", "../corse.yml"], "there is no `../corse.yml`"),
        (&["init", "other.yaml"], "there is no `other.yaml`"),
        (&["init", "./siet", "ws"], "there is no `./siet`"),
    ];
    for (args, said) in cases {
        let ran = tito(temp.path(), args).expect(2);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    }
    let names = fs::read_dir(temp.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(
        names.filter(|name| !["base", "course.yml", "site"].iter().any(|known| name == known)).count(),
        0
    );
    tito(temp.path(), &["init", "mine"]).expect(0);
    tito(temp.path(), &["init", "siet", "--config", "course.yml"]).expect(0);
}
