//! What becomes of the files of a base, compiled in memory: encodings, byte order marks, notebook forms, templates.

use std::path::Path;

use tito::diagnostic::{Checked, Code};
use tito::target::{Overrides, Target, compile};
use tito::world::memory::Memory;

const CATALOG: &str =
    "catalog: pond\nversion: 1.0.0\ntitle: Pond\npackage: pond\nmodules:\n  - {id: frogs, title: Frogs}\n";

const SCRIPT: &str = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3\n#     language: python\n#     name: python3\n# ---\n\n# %% nbgrader={\"grade\": false, \"grade_id\": \"frogs-count\", \"locked\": false, \"solution\": true, \"schema_version\": 3}\ndef count(pond):\n    ### BEGIN SOLUTION\n    return len(pond)  # die Frösche\n    ### END SOLUTION\n\n# %% nbgrader={\"grade\": true, \"grade_id\": \"test-frogs-count\", \"locked\": true, \"points\": 1, \"solution\": false, \"schema_version\": 3}\nassert count([1, 2]) == 2\n### BEGIN HIDDEN TESTS\nassert count([]) == 0\n### END HIDDEN TESTS\n";

/// A course with one module, with `extra` lines in its `course.yml`, and `files` beside it.
fn compiled(extra: &str, files: &[(&str, &[u8])]) -> Checked<Target> {
    let mut world = Memory::default();
    let course = format!("course: {{id: demo/pond}}\nbase: {{from: {{path: ./base}}}}\n{extra}");
    world.write("/c/course.yml", course.as_bytes());
    world.write("/c/base/catalog.yml", CATALOG.as_bytes());
    world.write("/c/base/modules/frogs/frogs.py", SCRIPT.as_bytes());
    for (path, bytes) in files {
        world.write(&format!("/c/{path}"), *bytes);
    }
    compile(&world, Path::new("/c/course.yml"), &Overrides::default())
}

/// The text of the file at `path` of a course that compiles without an error.
#[track_caller]
fn text(compiled: &Checked<Target>, path: &str) -> String {
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    let files = &compiled.value.as_ref().unwrap().files;
    let file = files.iter().find(|(at, _)| at.as_str() == path);
    let (_, file) = file.unwrap_or_else(|| panic!("{path} is not among {:?}", files.keys()));
    String::from_utf8(file.content.to_vec()).unwrap()
}

fn cp1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff_u16).into_iter().chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_text_that_is_not_utf_8_is_refused_wherever_it_lies() {
    let assignment = "modules: [frogs, lab]\nassignments: {lab: {title: Lab, from: {path: ./lab}}}\n";
    let provided = "modules: [{id: frogs, mode: provided}, lab]\nassignments: {lab: {title: Lab, from: {path: ./lab}}}\n";
    let readme: (&str, &[u8]) = ("lab/README.md", b"# Lab\n");
    for (extra, path) in [
        ("", "base/modules/frogs/frogs.py"),
        ("notebooks: py\n", "base/modules/frogs/frogs.py"),
        (provided, "base/modules/frogs/frogs.py"),
        ("", "base/modules/frogs/frogs.ipynb"),
        ("", "base/modules/frogs/helper.py"),
        ("", "base/modules/frogs/README.md"),
        ("", "base/modules/frogs/README.md.j2"),
        ("", "base/modules/frogs/data/clean.py"),
        ("", "base/tests/frogs/test_count.py"),
        ("", "base/shared/util.py"),
        ("", "base/shared/requirements.txt"),
        (assignment, "lab/lab.py"),
        ("", "base/catalog.yml"),
    ] {
        let commented = SCRIPT.to_owned() + "# Frösche\n";
        for bytes in [cp1252(&commented), utf16(&commented, true), utf16(&commented, false)] {
            let found = compiled(extra, &[readme, (path, &bytes)]).diagnostics;
            let problem = found.iter().find(|problem| problem.code == Code::NotUtf8);
            let problem = problem.unwrap_or_else(|| panic!("{path} passes: {found:?}"));
            let name = path.strip_prefix("base/").unwrap_or(path);
            assert!(problem.span().unwrap().source().name().ends_with(name), "{problem:?}");
            assert!(problem.message.contains("byte 0x") && problem.message.contains("column"), "{problem:?}");
            assert!(problem.labels[0].text.contains("looks like"), "{problem:?}");
        }
    }
}

#[test]
fn opaque_files_may_hold_any_bytes() {
    let bytes = b"\x89PNG\r\n\x1a\n\0\xff";
    let files: [(&str, &[u8]); 4] = [
        ("base/modules/frogs/frog.png", bytes),
        ("base/modules/frogs/weights.npz", bytes),
        ("base/modules/frogs/table.csv", b"K\xf6nig;1\n"),
        ("base/modules/frogs/data/latin.txt", b"K\xf6nig\n"),
    ];
    let compiled = compiled("", &files);
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    let target = compiled.value.unwrap();
    for (path, bytes) in files {
        let name = path.trim_start_matches("base/modules/frogs/");
        let (_, file) =
            target.files.iter().find(|(at, _)| at.as_str() == format!("modules/01_frogs/{name}")).unwrap();
        assert_eq!(&*file.content, bytes, "{path}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped_in_every_text() {
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    let plain = text(&compiled("", &[]), "modules/01_frogs/frogs.ipynb");
    let ipynb = "{\"cells\": [], \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}";
    let r = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: R\n#     language: R\n#     name: ir\n# ---\n\n# %%\nx <- 1\n";
    let made = compiled(
        "",
        &[
            ("course.yml", &marked("course: {id: demo/pond}\nbase: {from: {path: ./base}}\n")),
            ("base/catalog.yml", &marked(CATALOG)),
            ("base/modules/frogs/frogs.py", &marked(SCRIPT)),
            ("base/modules/frogs/bare.py", &marked("# %%\n#| default_exp core.bare\n")),
            ("base/modules/frogs/r.py", &marked(r)),
            ("base/modules/frogs/made.py.j2", &marked("# %%\n#| default_exp {{ unit.id }}\n")),
            ("base/modules/frogs/empty.ipynb", &marked(ipynb)),
            ("base/modules/frogs/README.md", &marked("# Frogs\n")),
            ("base/tests/frogs/test_count.py", &marked("def test(): pass\n")),
        ],
    );
    assert_eq!(text(&made, "modules/01_frogs/frogs.ipynb"), plain, "the header is read as without the mark");
    assert!(text(&made, "modules/01_frogs/r.ipynb").contains("\"name\": \"ir\""));
    for (path, file) in &made.value.as_ref().unwrap().files {
        let text = String::from_utf8(file.content.to_vec()).unwrap();
        assert!(!text.contains('\u{feff}'), "{path} still has the mark");
    }
    assert!(text(&made, "modules/01_frogs/bare.ipynb").contains("\"#| default_exp core.bare\""));
    assert!(text(&made, "modules/01_frogs/made.ipynb").contains("\"#| default_exp frogs\""));
}

#[test]
fn what_is_written_is_valid_in_the_version_that_it_says() {
    let cells = r####"{"cell_type": "markdown", "metadata": {}, "source": ["# Frogs"]}, {"cell_type": "code", "execution_count": null, "metadata": {"nbgrader": {"grade": false, "grade_id": "frogs-n", "locked": false, "solution": true, "schema_version": 3}}, "outputs": [], "source": ["### BEGIN SOLUTION\n", "n = 3\n", "### END SOLUTION"]}"####;
    for minor in 0..=5 {
        let notebook = format!(
            "{{\"cells\": [{cells}], \"metadata\": {{}}, \"nbformat\": 4, \"nbformat_minor\": {minor}, \"stray\": 1}}"
        );
        let made = compiled("", &[("base/modules/frogs/old.ipynb", notebook.as_bytes())]);
        let json: serde_json::Value =
            serde_json::from_str(&text(&made, "modules/01_frogs/old.ipynb")).unwrap();
        assert_eq!(json["nbformat_minor"], 5, "the cells have ids");
        assert!(json["cells"].as_array().unwrap().iter().all(|cell| cell["id"].is_string()));
        assert!(json["stray"].is_null() && json["metadata"]["stray"] == 1, "{json}");
    }
}

#[test]
fn a_raw_cell_with_a_grading_flag_is_refused() {
    for flag in ["grade", "solution", "locked"] {
        let script =
            format!("# %% [raw] nbgrader={{\"grade_id\": \"a\", \"{flag}\": true, \"points\": 1}}\n# text\n");
        let found = compiled("", &[("base/modules/frogs/raw.py", script.as_bytes())]).diagnostics;
        let said = found.iter().find(|problem| problem.code == Code::GradingMetadata);
        assert!(said.is_some_and(|problem| problem.message.contains("raw cell")), "{flag}: {found:?}");
    }
}
