//! What becomes of the files of a base, compiled in memory: encodings, byte order marks, notebook forms, templates.

use std::path::Path;

use tito::compile::{Overrides, Target, compile};
use tito::diagnostic::{Checked, Code};
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
        let text = if path.ends_with(".yml") { CATALOG } else { SCRIPT };
        let commented = format!("{text}# Frösche\n");
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

/// The README of the module, rendered from `template` in a course with `variables`.
fn rendered(variables: &str, template: &str) -> Checked<Target> {
    compiled(
        &format!("variables: {variables}\n"),
        &[("base/modules/frogs/README.md.j2", template.as_bytes())],
    )
}

#[test]
fn variables_keep_their_types_and_are_printed_as_written() {
    let variables = "{exam: false, weeks: 6, ratio: 2.5, open: true, term: Autumn 2027, day: 2027-10-01, rooms: [1, b, true, null], dates: {mid: 0}, quoted: \"05\", word: \"no\"}";
    for (template, expected) in [
        ("{% if v.exam %}exam{% else %}practice{% endif %}", "practice"),
        ("{% if not v.exam %}practice{% endif %}", "practice"),
        ("{{ v.exam == false }} {{ v.open == true }}", "true true"),
        ("{% if v.weeks > 8 %}long{% else %}short{% endif %}", "short"),
        ("{{ v.weeks == 6 }} {{ v.weeks == 7 }} {{ v.weeks + 1 }}", "true false 7"),
        ("{{ v.ratio > 2 }} {{ v.ratio * 2 }}", "true 5.0"),
        ("{% if v.dates.mid %}some{% else %}none{% endif %}", "none"),
        ("{% for room in v.rooms %}{{ room }},{% endfor %}", "1,b,true,null,"),
        (
            "{{ v.exam }} {{ v.weeks }} {{ v.ratio }} {{ v.term }} {{ v.day }} {{ v.quoted }} {{ v.word }}",
            "false 6 2.5 Autumn 2027 2027-10-01 05 no",
        ),
        ("{{ unit.number }} {{ unit.position > 1 }} {{ units.frogs.position }}", "01 false 1"),
    ] {
        let template = template.replace("v.", "course.variables.");
        assert_eq!(
            text(&rendered(variables, &template), "modules/01_frogs/README.md"),
            expected,
            "{template}"
        );
    }
}

#[test]
fn variables_that_two_readers_take_for_two_things_are_refused() {
    for written in ["no", "off", "Yes", "True", "1.10", "05", "1e3", "0x10", "[1, no]", "{a: off}"] {
        let found = rendered(&format!("{{x: {written}}}"), "text").diagnostics;
        let trap = found.iter().find(|problem| problem.code == Code::YamlTrap);
        let trap = trap.unwrap_or_else(|| panic!("{written} passes: {found:?}"));
        assert!(trap.help.as_ref().is_some_and(|help| help.contains('"')), "{trap:?}");
    }
}

#[test]
fn a_text_that_a_template_compares_with_a_number_is_found() {
    for template in ["{{ unit.number > 1 }}", "{{ course.variables.weeks > 8 }}"] {
        let found = rendered("{weeks: \"6\"}", template).diagnostics;
        let said = found.iter().find(|problem| problem.code == Code::Template);
        assert!(said.is_some_and(|problem| problem.message.contains("is text")), "{template}: {found:?}");
    }
}

/// The catalog with `module` as its module and `more` lines.
fn catalog(modules: &str, more: &str) -> String {
    format!("catalog: pond\nversion: 1.0.0\ntitle: Pond\npackage: pond\nmodules:\n{modules}{more}")
}

#[test]
fn a_shared_template_is_rendered_whatever_the_catalog_calls_it() {
    for (path, from) in [
        ("README.md", "tpl/README.md.j2"),
        ("README.md.j2", "tpl/README.md.j2"),
        ("README.md", "tpl/README.md"),
        ("docs/README.md", "tpl/README.md.j2"),
        ("docs", "tpl"),
    ] {
        let catalog = catalog(
            "  - {id: frogs, title: Frogs}\n",
            &format!("shared:\n  - {{path: {path}, from: {from}}}\n"),
        );
        let made = compiled(
            "",
            &[
                ("base/catalog.yml", catalog.as_bytes()),
                ("base/tpl/README.md.j2", b"Modules: {{ modules | length }}"),
            ],
        );
        let at = if path.starts_with("docs") { "docs/README.md" } else { "README.md" };
        assert_eq!(text(&made, at), "Modules: 1", "{path} from {from}");
    }
}

#[test]
fn tests_come_where_the_course_has_what_they_are_declared_to_need() {
    let toads = "# %%\n#| default_exp core.toads\n\n# %%\n#| export\nx = 1\n";
    let late = "from pond.core.toads import x\n";
    for (requires, course, comes) in [
        ("[toads]", "[frogs]", false),
        ("[toads]", "[frogs, toads]", true),
        ("{\"test_late.py\": [toads]}", "[frogs]", false),
        ("{\"test_late.py\": [toads]}", "[frogs, toads]", true),
        ("{\"*late*\": [toads]}", "[frogs]", false),
    ] {
        let modules = format!(
            "  - {{id: frogs, title: Frogs, tests: {{requires: {requires}}}}}\n  - {{id: toads, title: Toads, requires: [frogs]}}\n"
        );
        let catalog = catalog(&modules, "");
        let made = compiled(
            &format!("modules: {course}\n"),
            &[
                ("base/catalog.yml", catalog.as_bytes()),
                ("base/modules/toads/toads.py", toads.as_bytes()),
                ("base/tests/frogs/test_late.py", late.as_bytes()),
                ("base/tests/frogs/test_early.py", b"def test(): pass\n"),
            ],
        );
        assert!(!made.has_errors(), "{requires} {course}: {:?}", made.diagnostics);
        let has = |name: &str| {
            let path = format!("tests/01_frogs/{name}");
            made.value.as_ref().unwrap().files.keys().any(|at| at.as_str() == path)
        };
        assert_eq!(has("test_late.py"), comes, "{requires} {course}");
        assert_eq!(has("test_early.py"), comes || requires.starts_with('{'), "{requires} {course}");
    }
}

/// The advice of the diagnostic is followed here: it must not lead to another problem.
#[test]
fn advice_on_a_test_that_needs_a_later_module_works() {
    let toads = "# %%\n#| default_exp core.toads\n\n# %%\n#| export\nx = 1\n";
    let with = |tests: &str, course: &str| {
        let modules = format!(
            "  - {{id: frogs, title: Frogs{tests}}}\n  - {{id: toads, title: Toads, requires: [frogs]}}\n"
        );
        let catalog = catalog(&modules, "");
        compiled(
            course,
            &[
                ("base/catalog.yml", catalog.as_bytes()),
                ("base/modules/toads/toads.py", toads.as_bytes()),
                ("base/tests/frogs/test_late.py", b"from pond.core.toads import x\n"),
            ],
        )
    };
    for course in ["modules: all\n", "modules: [frogs]\n"] {
        let found = with("", course).diagnostics;
        let said = found.iter().find(|problem| problem.code == Code::TestNeedsModule).expect("it is found");
        let help = said.help.as_ref().unwrap();
        let advised = help.split('`').nth(1).unwrap();
        let made = with(&format!(", {advised}"), course);
        assert!(made.diagnostics.is_empty(), "{advised}: {:?}", made.diagnostics);
    }
}

#[test]
fn a_requirement_of_a_test_that_is_not_there_is_found() {
    let catalog =
        catalog("  - {id: frogs, title: Frogs, tests: {requires: {\"test_lat.py\": [frogs]}}}\n", "");
    let found =
        compiled("", &[("base/catalog.yml", catalog.as_bytes()), ("base/tests/frogs/test_late.py", b"")]);
    let said = found.diagnostics.iter().find(|problem| problem.code == Code::CatalogFolder).unwrap();
    assert_eq!(said.help.as_deref(), Some("did you mean `test_late.py`?"));
}

/// Ponds with three modules, a milestone and an assignment: `toads` needs `frogs`, `newts` needs `toads`.
fn chain(course: &str) -> Vec<(Code, String)> {
    let catalog = catalog(
        "  - {id: frogs, title: Frogs}\n  - {id: toads, title: Toads, requires: [frogs]}\n  - {id: newts, title: Newts, requires: [toads]}\n",
        "milestones:\n  - {id: leap, title: Leap, year: 1990, requires: [frogs]}\nretired:\n  - {module: snails, in: 1.0.0, why: too slow}\n",
    );
    let made = compiled(
        course,
        &[
            ("base/catalog.yml", catalog.as_bytes()),
            ("base/modules/toads/toads.py", b"# %%\n1\n"),
            ("base/modules/newts/newts.py", b"# %%\n1\n"),
            ("base/milestones/leap/leap.py", b"1\n"),
            ("lab/README.md", b"# Lab\n"),
        ],
    );
    made.diagnostics.into_iter().map(|problem| (problem.code, problem.message)).collect()
}

#[test]
fn a_name_that_is_unknown_or_retired_hides_nothing_else() {
    let rest = "milestones: [leap]\nassignments: {lab: {from: {path: ./lab}}}\n";
    let fixed = chain(&format!("modules: [toads]\n{rest}"));
    let kinds: Vec<Code> = fixed.iter().map(|(code, _)| *code).collect();
    assert_eq!(
        kinds,
        [Code::MissingRequirement, Code::LockedMilestone, Code::AssignmentNotPlaced],
        "{fixed:?}"
    );
    for (unknown, code) in
        [("typo", Code::UnknownUnit), ("snails", Code::RetiredUnit), ("Typo Two", Code::InvalidValue)]
    {
        let found = chain(&format!("modules: [toads, {unknown}]\n{rest}"));
        let others: Vec<_> = found.iter().filter(|(each, _)| *each != code).cloned().collect();
        assert_eq!(others, fixed, "{unknown}: {found:?}");
        assert_eq!(found.len(), fixed.len() + 1, "{unknown}: {found:?}");
    }
}

#[test]
fn what_an_unknown_name_may_itself_be_is_not_said_to_be_missing() {
    for (written, hides) in [
        ("frgs", &[Code::MissingRequirement, Code::LockedMilestone][..]),
        ("1", &[Code::MissingRequirement, Code::LockedMilestone]),
        ("01_frogs", &[Code::MissingRequirement, Code::LockedMilestone]),
        ("labb", &[Code::AssignmentNotPlaced]),
    ] {
        let found = chain(&format!(
            "modules: [toads, {written}]\nmilestones: [leap]\nassignments: {{lab: {{from: {{path: ./lab}}}}}}\n"
        ));
        for code in [Code::MissingRequirement, Code::LockedMilestone, Code::AssignmentNotPlaced] {
            assert_eq!(
                found.iter().any(|(each, _)| *each == code),
                !hides.contains(&code),
                "{written}: {found:?}"
            );
        }
    }
}

#[test]
fn a_missing_unit_is_one_diagnostic_and_its_cause_comes_first() {
    let catalog = catalog(
        "  - {id: frogs, title: Frogs}\n  - {id: toads, title: Toads, requires: [frogs]}\n  - {id: newts, title: Newts, requires: [toads]}\n",
        "",
    );
    let frogs = "# %%\n#| default_exp core.frogs\n\n# %%\n#| export\nx = 1\n";
    let check = |course: &str| {
        compiled(
            course,
            &[
                ("base/catalog.yml", catalog.as_bytes()),
                ("base/modules/frogs/frogs.py", frogs.as_bytes()),
                ("base/modules/toads/toads.py", b"# %%\n1\n"),
                ("base/modules/newts/newts.py", b"# %%\n1\n"),
                ("base/tests/toads/test_toads.py", b"from pond.core.frogs import x\n"),
                ("base/tests/newts/test_newts.py", b"from pond.core.frogs import x\n"),
                ("base/shared/tests/test_all.py", b"from pond.core.frogs import x\n"),
            ],
        )
        .diagnostics
    };
    let found = check("modules: {edit: [{drop: frogs}]}\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].span().unwrap().to_string(), "course.yml:3:25", "where it is taken out");
    let found = check("modules: [newts]\n");
    assert_eq!(found.len(), 1, "what comes with the missing unit is no other problem: {found:?}");
    assert!(found[0].help.as_ref().unwrap().contains("add `frogs`, `toads` before `newts`"), "{found:?}");
}

#[test]
fn a_notebook_beside_its_script_is_left_out_and_not_renamed() {
    let help = |files: &[(&str, &[u8])], extra: &str| {
        let found = compiled(extra, files).diagnostics;
        let problem = found.iter().find(|problem| problem.code == Code::Collision);
        problem.unwrap_or_else(|| panic!("{found:?}")).help.clone().unwrap()
    };
    let notebook: &[u8] = br#"{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}"#;
    let copy = help(&[("base/modules/frogs/frogs.ipynb", notebook)], "");
    assert!(copy.contains("leave it out with `exclude: [\"modules/frogs/frogs.ipynb\"]`"), "{copy}");
    let lab = "modules: [frogs, lab]\nassignments: {lab: {title: Lab, from: {path: ./lab}}}\n";
    let files: [(&str, &[u8]); 2] = [("lab/lab.py", &b"# %%\nx = 1\n"[..]), ("lab/lab.ipynb", notebook)];
    let copy = help(&files, lab);
    assert!(copy.contains("lab.ipynb` out of the folder") && !copy.contains("exclude"), "{copy}");
    let other =
        help(&[("base/modules/frogs/notes.md", &b"a"[..]), ("base/modules/frogs/Notes.md", &b"a"[..])], "");
    assert_eq!(other, "rename one of the two");
}
