//! Slips that people make in a course and in the catalog of its base: each is reported once, where it is, with what would be right.

use std::fs;

use crate::mini::copy;
use crate::tito::{Ran, root, tito};

const COURSE: &str = "course: {id: demo/x}\nbase: {from: {path: ./base}}\n";

/// `tito check` of `course` beside the small base, to whose catalog `more` was added after `change`.
fn check(course: &str, change: [&str; 2], more: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
    let catalog = folder.path().join("base/catalog.yml");
    let text = fs::read_to_string(&catalog).unwrap();
    assert!(text.contains(change[0]));
    fs::write(&catalog, format!("{}{more}", text.replacen(change[0], change[1], 1))).unwrap();
    fs::create_dir(folder.path().join("lab")).unwrap();
    fs::write(folder.path().join("lab/README.md"), "# A lab\n").unwrap();
    fs::write(folder.path().join("course.yml"), course).unwrap();
    tito(folder.path(), &["check", "--color", "never"])
}

/// The codes that `ran` reports, and its text without line breaks.
fn found(ran: &Ran) -> (Vec<&str>, String) {
    let is_code = |line: &&str| line.contains("::") && !line.contains(' ');
    (
        ran.stderr.lines().filter(is_code).collect(),
        ran.stderr.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

#[track_caller]
fn only(ran: &Ran, codes: &[&str], help: &str) {
    let (reported, text) = found(ran);
    assert_eq!(reported, codes, "{}", ran.stderr);
    assert!(text.contains(help), "{help}: {}", ran.stderr);
}

#[test]
fn a_slip_in_a_course_is_reported_once_with_what_would_be_right() {
    for (course, codes, help) in [
        ("modules: All\n", &["source::wrong-type"][..], "help: write `all`"),
        ("milestones: none\n", &["source::wrong-type"], "help: write an empty list: `[]`"),
        ("milestones: law\n", &["source::wrong-type"], "help: write a list: `[law]`"),
        (
            "modules: {edit: [{move: {unit: sums, after: sums}}]}\n",
            &["layer::edit-does-not-apply"],
            "cannot move `sums` beside itself",
        ),
        (
            "modules: {edit: [{move: {unit: averages, before: means}}]}\n",
            &["course::renamed-unit", "layer::edit-does-not-apply"],
            "cannot move `averages` beside itself",
        ),
        (
            "modules: {edit: [{insert: {unit: lab, last: true}}]}\nassignments: {lab: {from: {path: ./lab}, requires: [lab]}}\n",
            &["course::late-requirement"],
            "help: remove `lab` from its `requires`",
        ),
        (
            "stubs: {python: \"raise NotImplementedError(\"}\n",
            &["source::invalid-value"],
            "help: write statements, such as `raise NotImplementedError()`",
        ),
        ("modules: [nubmers]\n", &["course::unknown-unit"], "help: did you mean `numbers`?"),
        ("modules: [numbers, Smus]\n", &["source::invalid-value"], "help: did you mean `sums`?"),
        ("modules: [numbers sums]\n", &["source::invalid-value"], "help: did you mean `numbers, sums`?"),
        ("modules: [modules/numbers]\n", &["source::invalid-value"], "help: did you mean `numbers`?"),
        ("modules: [numbers, 02-sums]\n", &["course::unknown-unit"], "help: did you mean `sums`?"),
        (
            "modules: {edit: [{drop: [numbers, sums]}, {drop: [means, plots]}]}\n",
            &["course::empty"],
            "course.yml:3:43",
        ),
        (
            "variables: {<<: {term: spring}, weeks: 6}\n",
            &["source::unknown-key"],
            "help: merge keys are not supported; copy the values",
        ),
        (
            "variables: {all: {<<: {term: spring}, weeks: 6}}\n",
            &["source::unknown-key"],
            "`variables` has no key `<<`",
        ),
        ("variables: {\"<<\": 6}\n", &[], ""),
        (
            "schedule: {timezone: UTC, start: 2027-01-04, units: {numbers: {opens: week 1, due: due, closes: due}}}\nmodules: [numbers]\n",
            &["schedule::nothing-before"],
            "help: only `closes` may be `due`",
        ),
        ("stubs: {pyton: \"pass\"}\n", &["source::invalid-value"], "help: did you mean `python`?"),
        ("stubs: {python: \"# here\", R: \"stop()\", rust: \"todo!()\"}\n", &[], ""),
        ("stubs: {python: \"# here\\nassert False\\n\"}\n", &[], ""),
    ] {
        only(&check(&format!("{COURSE}{course}"), ["", ""], ""), codes, help);
    }
    for (base, help) in [
        ("{from:{path: ./base}}", "help: put a space after the colon: `from: {…`"),
        ("{from: Bundled}", "help: write `bundled`"),
        (
            "{from: \"https://host.example/base.git\"}",
            "help: write `{git: \"https://host.example/base.git\"}`",
        ),
        ("https://host.example/base.git", "help: write `{from: {git: https://host.example/base.git}}`"),
        ("{from: ./b.zip}", "help: write `{path: ./b.zip}`"),
        (
            "https://host.example/b.zip",
            "help: write `{from: {archive: https://host.example/b.zip, sha256: …}}`",
        ),
    ] {
        let (reported, text) = (check(&format!("course: {{id: x}}\nbase: {base}\n"), ["", ""], ""), help);
        assert_eq!(found(&reported).0.len(), 1, "{}", reported.stderr);
        assert!(found(&reported).1.contains(text), "{text}: {}", reported.stderr);
    }
}

#[test]
fn the_help_for_a_date_names_forms_that_its_place_takes() {
    let units = "numbers: {opens: week 1, due: week 2}, sums: {opens: week 2, due: week 3}, means: {opens: week 3}, plots: {opens: week 3}";
    let schedule = |start: &str, breaks: &str, units: &str| {
        format!("{COURSE}schedule: {{timezone: UTC, start: {start}, breaks: {breaks}, units: {{{units}}}}}\n")
    };
    let good = schedule("2027-08-30", "[]", units);
    only(&check(&good, ["", ""], ""), &[], "");
    for (course, code, help) in [
        // Nothing is said of weeks that have no start.
        (
            schedule("2027-08-30 09:00", "[]", units),
            "source::invalid-value",
            "write the day without a time: `2027-08-30`",
        ),
        (
            schedule("Monday", "[]", units),
            "source::invalid-value",
            "write a day of the calendar: `2027-09-17`",
        ),
        (
            schedule("2027-08-30", "[{from: week 5, until: 2027-11-07}]", units),
            "source::invalid-value",
            "write the day itself, such as `2027-09-17`",
        ),
        (
            schedule("2027-08-30", "[2027-11-01]", units),
            "source::wrong-type",
            "the keys here are `from`, `until`",
        ),
        (
            format!("{good}updates: {{rules: [{{id: exam, do: keep, until: 2 days later}}]}}\n"),
            "schedule::nothing-before",
            "a rule has no date before it: write a day (`2027-09-17`) or a week of the term",
        ),
        // Nor of a unit whose date was not understood that it has none, or nothing to be counted from.
        (
            schedule(
                "2027-08-30",
                "[]",
                &units.replace("opens: week 2, due: week 3", "opens: week 2 09:00, due: 1 week later"),
            ),
            "source::invalid-value",
            "name the day, too: `week 2 fri 09:00`",
        ),
    ] {
        only(&check(&course, ["", ""], ""), &[code], help);
    }
}

/// The place of a name that is not defined is all of the name.
#[test]
fn a_template_is_shown_the_whole_name_that_is_not_defined() {
    for (text, name, place, help) in [
        (
            "{{ units.autograd.number }}",
            "`units.autograd.number`",
            "1:6",
            "{% if units.autograd is defined %}",
        ),
        ("{{ units[\"exam-lab\"].number }}", "`units[\"exam-lab\"].number`", "1:6", "is defined"),
        (
            "{{ units.exam-lab.number }}",
            "`units.exam-lab.number` subtracts",
            "1:6",
            "write `units[\"exam-lab\"]`",
        ),
        ("{{ units.a-b-c }}", "`units.a-b-c` subtracts", "1:6", "write `units[\"a-b-c\"]`"),
        ("{% for m in mods %}{{ m.id }}{% endfor %}", "`mods`", "1:15", "`modules`"),
        ("{% for m in modules %}{{ m.id.x.y }}{% endfor %}", "`m.id.x.y`", "1:28", "a template has `course`"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
        fs::write(folder.path().join("base/modules/numbers/README.md.j2"), format!("# {text}\n")).unwrap();
        fs::write(folder.path().join("course.yml"), COURSE).unwrap();
        let ran = tito(folder.path(), &["check", "--color", "never"]);
        only(&ran, &["template::undefined-name"], help);
        assert!(found(&ran).1.contains(name), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("README.md.j2:{place}]")), "{place}: {}", ran.stderr);
    }
}

/// Two patterns of a layout that make one folder are shown where they are written, each with what helps there.
#[test]
fn a_layout_that_puts_two_units_into_one_folder_is_shown_where_it_is_written() {
    for (layout, place, message, help) in [
        (
            "{tests: \"modules/{{ number }}_{{ id }}\"}",
            "20:17",
            "`numbers` and its tests would share the folder `modules/01_numbers`",
            "let the patterns of `module` and `tests` make different folders",
        ),
        (
            "{module: \"modules/x\"}",
            "20:18",
            "`numbers` and `sums` would share",
            "use `{{ id }}` in every pattern",
        ),
    ] {
        let ran = check(COURSE, ["", ""], &format!("layout: {layout}\n"));
        let (codes, text) = found(&ran);
        assert_eq!(codes.iter().filter(|code| **code == "place::layout").count(), 1, "{}", ran.stderr);
        assert!(text.contains(message) && text.contains(help), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("catalog.yml:{place}]")), "{}", ran.stderr);
    }
}

#[test]
fn a_slip_in_a_catalog_is_reported_once() {
    let plain = ["", ""];
    let sums = ["title: Sums, requires: [numbers]", "title: Sums, requires: [nubmers]"];
    let law =
        ["The law of large numbers\", requires: [means]", "The law of large numbers\", requires: [meens]"];
    for (change, more, codes, help) in [
        (sums, "", &["catalog::unknown-unit"][..], "did you mean `numbers`?"),
        (law, "", &["catalog::unknown-unit"], "did you mean `means`?"),
        (
            plain,
            "advisories: [{id: A, severity: normal, in: 1.2.1, affects: [sums], title: x}]\n",
            &["source::invalid-value"],
            "write `in: 1.2.0`, or raise `version`",
        ),
        (
            plain,
            "advisories: [{id: A, severity: critical, in: 1.2.0, affects: [], title: x}]\n",
            &["source::invalid-value"],
            "the advisory `A` reaches no one: it affects nothing",
        ),
        (
            plain,
            "advisories: [{id: A, severity: normal, in: 1.2.0, affects: {paths: []}, title: x}]\n",
            &["source::invalid-value"],
            "name the units whose files the fix changes",
        ),
        (
            plain,
            "advisories: [{id: A, severity: normal, in: 1.2.0, affects: {paths: [\"module/**\", \"modules/*_sums/**\"]}, title: x}]\n",
            &["catalog::glob-matches-nothing"],
            "`module/**` matches no file of a workspace",
        ),
        (
            plain,
            "advisories: [{id: A, severity: normal, in: 1.1.0, affects: [sums], title: x}, {id: A, severity: normal, in: 1.2.0, affects: [sums], title: y}]\n",
            &["catalog::duplicate-id"],
            "two advisories have the id `A`",
        ),
        (
            plain,
            "datasets: [{id: a, bundled: true, path: tests/integration}, {id: a, bundled: true, path: tests/integration}]\n",
            &["catalog::duplicate-id"],
            "two data sets have the id `a`",
        ),
        (
            plain,
            "datasets: [{id: a, bundled: true, path: datasets/a}]\n",
            &["catalog::missing-folder"],
            "create `shared/datasets/a` in the base",
        ),
        (
            plain,
            "datasets: [{id: a, bundled: true}]\n",
            &["catalog::missing-folder"],
            "nothing for `datasets/a`",
        ),
        (
            plain,
            "datasets: [{id: a, path: tests/integration}]\n",
            &["source::missing-key"],
            "or `bundled: true`",
        ),
        (
            plain,
            "datasets: [{id: a, url: \"ftp://host.example/a\"}]\n",
            &["source::invalid-value"],
            "starts with `https://` or `http://`",
        ),
        (
            plain,
            "datasets: [{id: a, url: \"https://host.example/a\"}]\n",
            &["source::missing-key"],
            "add `sha256: …`",
        ),
    ] {
        only(&check(COURSE, change, more), codes, help);
    }
    // A course of a part of the base has not every file that an advisory is about.
    let part = format!("{COURSE}modules: [numbers]\n");
    let advisory = "advisories: [{id: A, severity: normal, in: 1.2.0, affects: {paths: [\"modules/*_sums/**\"]}, title: x}]\n";
    only(&check(&part, plain, advisory), &[], "");
    only(&check(COURSE, plain, advisory), &[], "");
}

/// The small base with entries of `renames` and `retired`, after those that it has.
fn check_history(renames: &str, retired: &str) -> Ran {
    let entries =
        |list: &str| list.lines().map(|entry| format!("  - {{{entry}}}\n")).collect::<Vec<_>>().concat();
    let more = format!("{}retired:\n{}", entries(renames), entries(retired));
    check(COURSE, ["retired:\n", &more], "")
}

#[test]
fn ids_have_one_history() {
    for (renames, retired, codes, said) in [
        (
            "module: old, to: sums, in: 1.1.0\nmodule: old, to: plots, in: 1.1.0",
            "",
            &["catalog::duplicate-id"][..],
            "the id `old` is renamed to two: `sums` and `plots`",
        ),
        (
            "module: old, to: sums, in: 1.1.0\nmodule: old, to: plots, in: 1.2.0",
            "",
            &["catalog::duplicate-id"],
            "renamed to two",
        ),
        (
            "module: old, to: sums, in: 1.1.0\nmodule: old, to: sums, in: 1.1.0",
            "",
            &["catalog::duplicate-id"],
            "the id `old` is renamed twice",
        ),
        (
            "module: old, to: sums, in: 1.1.0\nmodule: older, to: sums, in: 1.1.0",
            "",
            &["catalog::duplicate-id"],
            "two units are renamed to `sums`: `old` and `older`",
        ),
        (
            "module: old, to: sums, in: 1.1.0",
            "module: old, in: 1.1.0, why: x",
            &["catalog::duplicate-id"],
            "the id `old` is renamed and retired",
        ),
        (
            "",
            "module: old, in: 1.1.0, why: x\nmodule: old, in: 1.2.0, why: y",
            &["catalog::duplicate-id"],
            "the id `old` is retired twice",
        ),
        (
            "module: old, to: mid, in: 1.0.0\nmodule: mid, to: old, in: 1.0.0\nmodule: first, to: old, in: 0.9.0",
            "",
            &["catalog::unknown-unit"],
            "lead to no unit: old → mid → old",
        ),
        ("module: old, to: old, in: 1.0.0", "", &["catalog::unknown-unit"], "lead to no unit: old → old"),
        // Through releases: on and on, also where each entry names the id of today; there and back; and there, back and away.
        ("module: a, to: b, in: 1.0.0\nmodule: b, to: sums, in: 1.1.0", "", &[], ""),
        ("module: a, to: sums, in: 1.0.0\nmodule: b, to: sums, in: 1.1.0", "", &[], ""),
        ("module: sums, to: b, in: 1.0.0\nmodule: b, to: sums, in: 1.1.0", "", &[], ""),
        (
            "module: a, to: b, in: 1.0.0\nmodule: a, to: sums, in: 1.2.0\nmodule: b, to: a, in: 1.1.0",
            "",
            &[],
            "",
        ),
        ("module: a, to: b, in: 1.0.0", "module: b, in: 1.1.0, why: x", &[], ""),
        ("module: a, to: b, in: 1.0.0\nmodule: b, to: a, in: 1.1.0", "module: a, in: 1.2.0, why: x", &[], ""),
    ] {
        only(&check_history(renames, retired), codes, said);
    }
    let lab = "from: {path: ./lab}";
    for (course, said) in [
        (
            format!(
                "modules: [a, b]\nassignments: {{a: {{{lab}, renames: [old]}}, b: {{{lab}, renames: [old]}}}}\n"
            ),
            "the id `old` is renamed twice",
        ),
        (
            format!(
                "modules: [a]\nassignments: {{a: {{{lab}, renames: [old]}}}}\nretired: [{{assignment: old, why: x}}]\n"
            ),
            "the id `old` is renamed and retired",
        ),
    ] {
        only(&check(&format!("{COURSE}{course}"), ["", ""], ""), &["assignment::id-taken"], said);
    }
}

#[test]
fn work_goes_to_the_id_that_a_unit_has_again() {
    let renames =
        "  - {module: sums, to: totals, in: 1.1.0}\n  - {module: totals, to: sums, in: 1.2.0}\nretired:\n";
    let course = format!("{COURSE}modules: [numbers, totals]\n");
    let ran = check(&course, ["retired:\n", renames], "");
    only(&ran, &["course::renamed-unit"], "`totals` is called `sums` now");
}

#[test]
fn a_base_without_milestones_has_none_to_name() {
    let milestones = "milestones:\n  - {id: first-steps, year: 1654, title: \"Letters about a game\", requires: [sums]}\n  - {id: law, year: 1713, title: \"The law of large numbers\", requires: [means]}\n";
    let ran = check(&format!("{COURSE}milestones: {{edit: [{{drop: [law]}}]}}\n"), [milestones, ""], "");
    only(&ran, &["course::unknown-unit"], "help: remove it: there is none in this base");
}
