//! `tito check` and `tito lock --check` on many courses, as people and as other programs read them, and the repository that uses them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::mini::copy;
use crate::tito::{Ran, command, golden, root, tito, tree};

/// Three courses over one base: one good, one with two mistakes, and one whose only fault is in the layer that it shares with the second.
struct Courses(tempfile::TempDir);

impl Courses {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
        let this = Self(folder);
        this.write(
            "courses/good/course.yml",
            "course: {id: demo/good}\nbase: {from: {path: ../../base}}\nmodules: [numbers, sums]\n",
        );
        this.write(
            "courses/bad/course.yml",
            "extends: ../shared.yml\ncourse: {id: demo/bad}\nmodules: [numbers, sumz]\n",
        );
        this.write(
            "courses/bad/more/course.yml",
            "extends: ../../shared.yml\ncourse: {id: demo/more}\nmodules: [numbers, sums]\n",
        );
        this.write(
            "courses/shared.yml",
            "course: {title: \"50 %, é\"}\nbase: {from: {path: ../base}}\nupdates:\n  rules:\n    - {paths: \"nothing/**\", do: keep}\n",
        );
        this
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ran {
        tito(self.0.path(), args)
    }

    fn json(&self, args: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.run(args).expect(code).stdout).unwrap()
    }
}

#[test]
fn every_course_below_a_folder_is_checked() {
    let courses = Courses::new();
    // A workspace has a copy of nothing that is checked.
    courses.run(&["init", "courses/try", "--config", "courses/good/course.yml"]).expect(0);
    fs::copy(
        courses.0.path().join("courses/bad/course.yml"),
        courses.0.path().join("courses/try/course.yml"),
    )
    .unwrap();
    let ran = courses.run(&["check", "courses/good", "courses"]).expect(1);
    let last: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with(['✓', '×'])).collect();
    assert_eq!(last.len(), 3, "{}", ran.stderr);
    assert!(last[0].starts_with("✓ courses/good/course.yml   demo/good: "), "{last:?}");
    assert_eq!(last[1], "× courses/bad/course.yml");
    assert!(last[2].starts_with("✓ courses/bad/more/course.yml   demo/more: "), "{last:?}");
    assert!(ran.stderr.ends_with("3 courses, 1 with errors\n"), "{}", ran.stderr);
    let report = courses.json(&["check", "courses", "--format", "json"], 1);
    let names: Vec<&Value> = report["courses"].as_array().unwrap().iter().map(|one| &one["course"]).collect();
    assert_eq!(names, ["courses/bad/course.yml", "courses/bad/more/course.yml", "courses/good/course.yml"]);
    assert_eq!(report["summary"]["errors"], 1);
    let nothing = courses.run(&["check", "base"]).expect(1);
    assert!(nothing.stderr.contains("there is no `course.yml` in `base` or below it"), "{}", nothing.stderr);
}

#[test]
fn findings_are_counted_and_chosen_by_code() {
    let courses = Courses::new();
    let ran = courses.run(&["check", "courses", "--summary"]).expect(1);
    let expected = "\
courses/bad/course.yml       1 error, 1 note
courses/bad/more/course.yml  1 note
courses/good/course.yml      ✓
     2  note     rule::matches-nothing
     1  error    course::unknown-unit
";
    assert_eq!(ran.stdout, expected);
    let report = courses.json(&["check", "courses", "--summary", "--format", "json"], 1);
    assert_eq!(report["codes"][0], json!({"code": "rule::matches-nothing", "severity": "note", "count": 2}));
    let ran = courses.run(&["check", "courses/bad", "--only", "rule"]).expect(1);
    assert!(
        ran.stderr.contains("rule::matches-nothing") && !ran.stderr.contains("unknown-unit"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("1 finding not shown"), "{}", ran.stderr);
    let ran = courses.run(&["check", "courses/bad", "--only", "rule::matchs-nothing"]).expect(2);
    assert!(ran.stderr.contains("did you mean `rule::matches-nothing`?"), "{}", ran.stderr);
}

#[test]
fn github_gets_one_command_for_each_finding_with_paths_of_the_repository() {
    let courses = Courses::new();
    let wanted = |prefix: &str| {
        format!(
            "::error file={prefix}courses/bad/course.yml,line=3,col=20,endLine=3,endColumn=24,title=course%3A%3Aunknown-unit::\
             there is no module `sumz`%0Ahelp: did you mean `sums`?\n"
        )
    };
    let ran = courses.run(&["check", "courses", "--format", "github"]).expect(1);
    assert!(ran.stdout.contains(&wanted("")), "{}", ran.stdout);
    // Two courses share the layer; it is annotated once.
    let shared: Vec<&str> =
        ran.stdout.lines().filter(|line| line.contains("file=courses/shared.yml,line=5,col=")).collect();
    assert_eq!(shared.len(), 1, "{}", ran.stdout);
    assert!(shared[0].starts_with("::notice "), "{shared:?}");
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    // From a folder of the repository the paths are those of the repository.
    let mut command = command(&courses.0.path().join("courses/bad"));
    command.env("GITHUB_WORKSPACE", courses.0.path().canonicalize().unwrap());
    let ran = crate::tito::ran(&command.args(["check", "--format", "github"]).output().unwrap()).expect(1);
    assert!(ran.stdout.contains(&wanted("")), "{}", ran.stdout);
    let ran = courses.run(&["status", "--format", "github"]).expect(2);
    assert!(ran.stderr.contains("only for `tito check` and"), "{}", ran.stderr);
}

/// What is wrong in a base of this computer is annotated in its files, wherever the layer is that names it.
#[test]
fn findings_in_a_base_are_annotated_in_its_files() {
    let courses = Courses::new();
    courses.write("base/modules/numbers/README.md.j2", "# Numbers\n{{ nothing }}\n");
    let catalog = fs::read_to_string(courses.0.path().join("base/catalog.yml")).unwrap();
    let catalog = catalog.replace("title: Sums, requires: [numbers]", "title: Sums, requires: [nubmers]");
    courses.write("base/catalog.yml", &catalog);
    courses.write(
        "inner/deeper/course.yml",
        "extends: ../../courses/good/course.yml\ncourse: {id: demo/deep}\n",
    );
    for course in ["courses/good", "inner/deeper"] {
        let ran = courses.run(&["check", course, "--format", "github"]).expect(1);
        for place in ["base/modules/numbers/README.md.j2,line=2,col=4", "base/catalog.yml,line=8,col=40"] {
            assert!(ran.stdout.contains(&format!("::error file={place},")), "{course}: {}", ran.stdout);
        }
        assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    }
}

/// Templates that become notebooks are annotated where they are written, not where the text came out.
#[test]
fn findings_in_a_template_of_a_notebook_are_annotated_in_the_template() {
    let courses = Courses::new();
    let script = courses.0.path().join("base/modules/sums/sums.py");
    let text = fs::read_to_string(&script).unwrap();
    fs::remove_file(script).unwrap();
    let text = text.replace("\"points\": 1", "\"points\": \"1\"");
    let text = format!("{{% for unit in modules %}}\n# {{{{ unit.id }}}}\n{{% endfor %}}\n{text}");
    courses.write("base/modules/sums/sums.py.j2", &text);
    let line = text.lines().position(|line| line.contains("\"points\": \"1\"")).unwrap() + 1;
    let ran = courses.run(&["check", "courses/good", "--format", "github"]);
    let place = format!(" file=base/modules/sums/sums.py.j2,line={line},");
    assert!(ran.stdout.contains(&place), "{}", ran.stdout);
}

/// Does the log keep to the schema of SARIF 2.1.0?
fn validate(log: &Value) {
    let text = fs::read_to_string(root().join("tests/schemas/sarif-2.1.0.json")).unwrap();
    // As it is published, this pattern is no regular expression: it has a `]` too many.
    let text = text.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(log).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{log:#}");
}

#[test]
fn sarif_keeps_to_its_schema() {
    let courses = Courses::new();
    let log = courses.json(&["check", "courses", "--format", "sarif"], 1);
    validate(&log);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 2, "{log:#}");
    let result = run["results"].as_array().unwrap().iter().find(|one| one["level"] == "error").unwrap();
    assert_eq!(result["ruleId"], "course::unknown-unit");
    let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], "course::unknown-unit");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "courses/bad/course.yml");
    assert_eq!(place["region"], json!({"startLine": 3, "startColumn": 20, "endLine": 3, "endColumn": 24}));
    // No findings, every example, and what is in no file: all are valid.
    validate(&courses.json(&["check", "courses/good", "--format", "sarif"], 0));
    validate(&courses.json(&["check", "nowhere/course.yml", "--format", "sarif"], 1));
    validate(&courses.json(&["lock", "--check", "courses/good", "--format", "sarif"], 4));
    let examples = tito(&root(), &["check", "examples", "--format", "sarif"]).expect(0).stdout;
    validate(&serde_json::from_str(&examples).unwrap());
    let mut broken = log.clone();
    broken["runs"][0]["results"][0]["level"] = json!("bad");
    assert!(std::panic::catch_unwind(|| validate(&broken)).is_err(), "the schema is not looked at");
}

#[test]
fn every_diagnostic_can_be_handed_on() {
    let folders = walkdir::WalkDir::new(root().join("tests/diagnostics")).sort_by_file_name();
    let courses = folders.into_iter().map(|entry| entry.unwrap().into_path());
    let mut seen = 0;
    for course in courses.filter(|path| path.file_name().is_some_and(|name| name == "course.yml")) {
        let folder = course.parent().unwrap();
        let log = tito(folder, &["check", "--format", "sarif"]).stdout;
        validate(&serde_json::from_str(&log).unwrap_or_else(|error| panic!("{}: {error}", course.display())));
        let lines = tito(folder, &["check", "--format", "github"]).stdout;
        assert!(lines.lines().all(|line| line.starts_with("::")), "{}: {lines}", course.display());
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn stale_locks_are_listed_with_what_is_stale() {
    let courses = Courses::new();
    let good = ["lock", "--check", "courses/good", "--format", "json"];
    assert_eq!(courses.json(&good, 4)["courses"][0]["state"], "missing");
    courses.run(&["lock", "courses/good"]).expect(0);
    assert_eq!(courses.json(&good, 0)["courses"][0]["state"], "up-to-date");
    courses.write(
        "courses/good/course.yml",
        "course: {id: demo/good}\nbase: {from: {path: ../../base}}\nmodules: [numbers]\n",
    );
    courses.write("base/tests/numbers/test_numbers.py", "def test_nothing():\n    assert True\n");
    let one = &courses.json(&good, 4)["courses"][0];
    assert_eq!(
        (one["course"].clone(), one["state"].clone()),
        (json!("courses/good/course.yml"), json!("stale"))
    );
    assert_eq!(one["lock"], "courses/good/course.lock");
    let list = |name: &str| -> Vec<String> { serde_json::from_value(one["stale"][name].clone()).unwrap() };
    assert!(list("removed").contains(&"modules/02_sums/sums.ipynb".to_owned()), "{one:#}");
    assert!(list("changed").contains(&"tests/01_numbers/test_numbers.py".to_owned()), "{one:#}");
    assert_eq!(list("added"), [""; 0]);
    assert!(
        list("parts").contains(&"units".to_owned()) && list("parts").contains(&"base".to_owned()),
        "{one:#}"
    );
    let ran = courses.run(&["lock", "--check", "courses/good", "--format", "github"]).expect(4);
    let line = ran.stdout.lines().find(|line| line.contains("title=lock%3A%3Astale")).unwrap();
    assert!(
        line.starts_with("::error file=courses/good/course.lock,title=") && line.contains("removed"),
        "{line}"
    );
    // A course with errors is worse than a lock that is not up to date.
    let report = courses.json(&["lock", "--check", "courses", "--format", "json"], 1);
    let states: Vec<&Value> = report["courses"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["errors", "missing", "stale"]);
    courses.run(&["lock", "--check", "courses"]).expect(1);
    let before = fs::read(courses.0.path().join("courses/good/course.lock")).unwrap();
    courses.run(&["lock", "--check", "courses", "--format", "sarif"]).expect(1);
    assert_eq!(fs::read(courses.0.path().join("courses/good/course.lock")).unwrap(), before);
    fs::write(courses.0.path().join("courses/good/course.lock"), "lock: 99\n").unwrap();
    assert_eq!(courses.json(&good, 4)["courses"][0]["state"], "newer");
}

#[test]
fn many_locks_are_written_and_counted() {
    let courses = Courses::new();
    let ran = courses.run(&["lock", "courses"]).expect(1);
    assert!(ran.stderr.ends_with("3 locks: 2 written, 0 up to date, 1 not\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("there is no module `sumz`"), "{}", ran.stderr);
    let lock = |course: &str| courses.0.path().join(course).join("course.lock");
    assert!(lock("courses/good").exists() && lock("courses/bad/more").exists());
    assert!(!lock("courses/bad").exists(), "a course with errors has no lock");
    let ran = courses.run(&["lock", "courses/good", "courses/bad/more"]).expect(0);
    assert!(ran.stderr.ends_with("2 locks: 0 written, 2 up to date\n"), "{}", ran.stderr);
    // Each is what the course alone gives.
    let together = fs::read(lock("courses/good")).unwrap();
    fs::remove_file(lock("courses/good")).unwrap();
    courses.run(&["lock", "courses/good"]).expect(0);
    assert_eq!(fs::read(lock("courses/good")).unwrap(), together);
}

#[test]
fn many_courses_are_published_each_into_its_folder() {
    let courses = Courses::new();
    let all = ["publish", "sites", "--all", "courses/good", "courses/bad/more"];
    let ran = courses.run(&all).expect(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.stdout);
    assert!(lines[0].starts_with("✓ demo/good: release 1 in sites/demo.good: "), "{lines:?}");
    assert!(lines[1].starts_with("✓ demo/more: release 1 in sites/demo.more: "), "{lines:?}");
    assert_eq!(lines[2], "2 courses: 2 published, 0 as they were");
    courses.run(&["init", "sites/demo.more", "ws"]).expect(0);
    assert!(courses.0.path().join("ws/modules/02_sums/sums.ipynb").exists());
    // What did not change stays, byte for byte.
    let before = tree(&courses.0.path().join("sites/demo.good"));
    courses.write("courses/shared.yml", "course: {title: \"60 %\"}\nbase: {from: {path: ../base}}\n");
    let mut json = all.to_vec();
    json.extend(["--format", "json"]);
    let report = courses.json(&json, 0);
    assert_eq!(report["changed"], 1, "{report:#}");
    let said =
        |at: usize| (report["courses"][at]["serial"].clone(), report["courses"][at]["changed"].clone());
    assert_eq!((said(0), said(1)), ((json!(1), json!(false)), (json!(2), json!(true))));
    assert_eq!(report["courses"][1]["folder"], "sites/demo.more");
    assert_eq!(tree(&courses.0.path().join("sites/demo.good")), before);
}

#[test]
fn nothing_is_published_where_one_course_cannot_be() {
    let courses = Courses::new();
    let sites = courses.0.path().join("sites");
    let ran = courses.run(&["publish", "sites", "--all", "courses"]).expect(1);
    assert!(ran.stderr.contains("courses/bad/course.yml\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("there is no module `sumz`"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("nothing was published\n"), "{}", ran.stderr);
    assert!(!sites.exists());
    let report = courses.json(&["publish", "sites", "--all", "courses", "--format", "json"], 1);
    let found = report["courses"][0]["diagnostics"].as_array().unwrap();
    assert!(found.iter().any(|one| one["code"] == "course::unknown-unit"), "{report:#}");
    // Two courses of one id, a folder that holds something else, a file for many.
    courses.write(
        "courses/bad/course.yml",
        "extends: ../shared.yml\ncourse: {id: demo/good}\nmodules: [numbers]\n",
    );
    let ran = courses.run(&["publish", "sites", "--all", "courses"]).expect(4);
    assert!(ran.stderr.contains("two courses have the id `demo/good`"), "{}", ran.stderr);
    assert!(!sites.exists());
    courses.write("sites/demo.more/notes.txt", "mine");
    let ran = courses.run(&["publish", "sites", "--all", "courses/good", "courses/bad/more"]).expect(4);
    assert!(ran.stderr.contains("not a published folder"), "{}", ran.stderr);
    assert!(!sites.join("demo.good").exists());
    let ran = courses.run(&["publish", "all.tito", "--all", "courses/good"]).expect(2);
    assert!(ran.stderr.contains("one file"), "{}", ran.stderr);
    // What takes something from students is asked for, for all at once.
    fs::remove_dir_all(&sites).unwrap();
    let all = ["publish", "sites", "--all", "courses/good", "courses/bad/more"];
    courses.run(&all).expect(0);
    let before = tree(&sites);
    let script = courses.0.path().join("base/modules/sums/sums.py");
    let text = fs::read_to_string(&script).unwrap();
    let flagged = text.lines().find(|line| line.contains("\"grade\": true")).unwrap();
    let renamed = flagged.replace("grade_id\": \"", "grade_id\": \"other-");
    fs::write(&script, text.replace(flagged, &renamed)).unwrap();
    let ran = courses.run(&all).expect(4);
    assert!(ran.stderr.contains("2 of 2 courses break what students have"), "{}", ran.stderr);
    assert_eq!(tree(&sites), before);
    let mut yes = all.to_vec();
    yes.push("--yes");
    assert!(courses.run(&yes).expect(0).stdout.ends_with("2 courses: 2 published, 0 as they were\n"));
}

/// Three sections of one faculty.
fn sections() -> Courses {
    let courses = Courses::new();
    fs::remove_dir_all(courses.0.path().join("courses")).unwrap();
    courses.write(
        "sections/faculty.yml",
        "course: {id: demo/faculty}\nbase: {from: {path: ../base}}\nmodules: [numbers, sums]\nvariables: {staff: all}\n\
         updates: {rules: [{id: tests, roles: [test], do: replace}]}\n",
    );
    let section = |name: &str, text: &str| {
        let text = format!("extends: ../faculty.yml\ncourse: {{id: demo/{name}}}\n{text}");
        courses.write(&format!("sections/{name}/course.yml"), &text);
    };
    section("a", "");
    section(
        "b",
        "variables: {staff: \"b|c\"}\nmodules: {edit: [{set: {unit: sums, optional: true}}, {insert: {unit: lab, last: true}}]}\n\
         assignments: {lab: {title: A lab, from: {path: ./lab}}}\nschedule: {timezone: UTC, units: {numbers: {opens: 2027-02-01}}}\n",
    );
    courses.write("sections/b/lab/lab.md", "# A lab\n");
    section("c", "updates: {rules: [{id: docs, roles: [doc], do: keep}]}\n");
    courses
}

#[test]
fn the_matrix_says_what_differs_between_sections_and_from_what_they_extend() {
    let courses = sections();
    let ran = courses.run(&["compare", "--matrix", "sections"]).expect(0);
    golden(&root().join("tests/it/matrix.txt"), &ran.stdout);
    let ran = courses.run(&["compare", "--matrix", "sections", "--format", "markdown"]).expect(0);
    golden(&root().join("tests/it/matrix.md"), &ran.stdout);
    let matrix = courses.json(&["compare", "--matrix", "sections", "--format", "json"], 0);
    let schema = courses.run(&["schema", "matrix"]).expect(0).stdout;
    golden(&root().join("course-schemas/matrix.schema.json"), &schema);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&matrix).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{matrix:#}");
    assert_eq!(matrix["courses"][0]["differs"], json!([]), "{matrix:#}");
    assert_eq!(matrix["courses"][0]["extends"], "../faculty.yml");
    let lab = matrix["between"].as_array().unwrap().iter().find(|row| row["part"] == "assignment").unwrap();
    assert_eq!(lab["values"][0], json!({"value": null, "courses": ["sections/a", "sections/c"]}));
    // One that has errors cannot be compared.
    courses
        .write("sections/c/course.yml", "extends: ../faculty.yml\ncourse: {id: demo/c}\nmodules: [sumz]\n");
    let ran = courses.run(&["compare", "--matrix", "sections"]).expect(1);
    assert!(ran.stderr.contains("1 course cannot be compared"), "{}", ran.stderr);
    let ran = courses.run(&["compare", "sections/a"]).expect(2);
    assert!(ran.stderr.contains("<NEW>"), "{}", ran.stderr);
}

/// Every line of a file that runs tito, in a workflow, a hook or a page.
fn commands(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let command = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let line = line.strip_prefix("run: ").or_else(|| line.strip_prefix("entry: ")).unwrap_or(line);
        line.starts_with("tito ").then(|| line.split(" #").next().unwrap_or(line).trim().to_owned())
    };
    text.lines().filter_map(command).collect()
}

#[test]
fn the_example_repository_is_whole_and_every_command_in_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples/course-repository"), folder.path());
    // A repository of its own has no schemas beside it.
    let files = tree(folder.path());
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".yml") || name.ends_with(".yaml")) {
        let value: Value = serde_saphyr::from_slice(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(value.is_object(), "{name}");
    }
    fs::create_dir(folder.path().join("site")).unwrap();
    tito(folder.path(), &["key", "new", "mls.key", "--no-password"]).expect(0);
    let mut seen = 0;
    for name in files.keys().filter(|name| !name.starts_with("courses/")) {
        for line in commands(&folder.path().join(name)) {
            let line = line.replace("\"$COURSES\"", "courses");
            let line =
                line.replace("\"$RUNNER_TEMP/mls.key\"", "mls.key").replace("\"$TITO_KEY\"", "mls.key");
            assert!(!line.contains('$'), "{name}: `{line}`");
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            tito(folder.path(), &words).expect(0);
            seen += 1;
        }
    }
    assert!(seen >= 14, "only {seen} commands");
    // What the timer does on a day without a change.
    let again = tito(
        folder.path(),
        &["publish", "site/mls", "--config", "courses/mls/course.yml", "--sign", "mls.key"],
    )
    .expect(0);
    assert!(again.text().contains("has this course already"), "{}", again.text());
}

/// Other commands name a course by `--config`; who types it here means the same.
#[test]
fn one_course_may_also_be_named_as_elsewhere() {
    let at = root().join("examples/quickstart/course.yml");
    let course = at.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for args in [&["check"][..], &["lock", "--check"]] {
        let named = tito(folder.path(), &[args, &[course]].concat()).expect(0);
        let by_option = tito(folder.path(), &[args, &["--config", course]].concat()).expect(0);
        assert_eq!(named.text(), by_option.text());
        tito(folder.path(), &[args, &[course, "--config", course]].concat()).expect(2);
    }
}

/// One timer for a repository: the dates of all its courses, each once, in the zone that they agree on.
#[test]
fn one_timer_publishes_all_courses() {
    let courses = Courses::new();
    let course = |name: &str, zone: &str, sums: &str| {
        courses.write(
            &format!("term/{name}/course.yml"),
            &format!(
                "course: {{id: demo/{name}, run: 2027-autumn}}\nbase: {{from: {{path: ../../base}}}}\nmodules: [numbers, sums]\nschedule: {{timezone: {zone}, start: 2027-08-30, units: {{numbers: {{opens: week 1}}, sums: {{opens: {sums}}}}}}}\n"
            ),
        );
    };
    let cron = |at: &str| {
        let args = ["publish", "sites", "--all", "term", "--timer", "cron", "--at", at];
        courses.run(&args).expect(0).stdout
    };
    course("day", "Europe/Stockholm", "week 2");
    course("evening", "Europe/Stockholm", "week 3");
    assert_eq!(
        cron("2027-08-01"),
        "# crontab -e, in the folder of the course\nCRON_TZ=Europe/Stockholm\n\
         0 0 30 8 * cd COURSE && tito publish sites --all term  # Mon 2027-08-30 00:00\n\
         0 0 6 9 * cd COURSE && tito publish sites --all term  # Mon 2027-09-06 00:00\n\
         0 0 13 9 * cd COURSE && tito publish sites --all term  # Mon 2027-09-13 00:00\n"
    );
    course("evening", "Asia/Tokyo", "week 2");
    let two_zones = cron("2027-09-01");
    assert!(
        two_zones.contains("CRON_TZ=UTC\n0 15 5 9 *") && two_zones.contains("\n0 22 5 9 *"),
        "{two_zones}"
    );
    let args = ["publish", "sites", "--all", "term", "--timer", "github", "--at", "2027-10-01"];
    assert!(courses.run(&args).expect(1).stderr.contains("no unit of these courses opens later"));
}

/// Two courses in one folder would have one lock: the second would be written over the first.
#[test]
fn courses_with_one_lock_are_not_locked_together() {
    let courses = Courses::new();
    courses.write("courses/good/evening.yml", "extends: ./course.yml\ncourse: {id: demo/evening}\n");
    let said = courses.run(&["lock", "courses/good/course.yml", "courses/good/evening.yml"]).expect(1).stderr;
    assert!(
        said.contains("`courses/good/course.yml` and `courses/good/evening.yml` have the same lock"),
        "{said}"
    );
    assert!(!courses.0.path().join("courses/good/course.lock").exists());
    courses.run(&["lock", "courses/good/evening.yml"]).expect(0);
}
