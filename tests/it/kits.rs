//! The instructor's kits of the base course: complete, true to their modules, and out of every student's reach.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::tito::{root, tito, tree};

/// The name of a kit in the folder of its module.
const NAME: &str = "INSTRUCTOR.md";

/// The parts of a kit, in their order.
const PARTS: [&str; 5] =
    ["What the module is for", "Timing", "Usual mistakes", "Written questions", "Slides"];

/// The modules of the base course.
fn modules() -> Vec<String> {
    let catalog = fs::read_to_string(root().join("templates/catalog.yml")).unwrap();
    let part = catalog.split("\nmodules:\n").nth(1).unwrap().split("\nmilestones:").next().unwrap();
    let modules = format!("\n{part}");
    let modules = modules.split("\n  - id: ").skip(1);
    let modules = modules.filter_map(|entry| Some(entry.lines().next()?.trim().to_owned()));
    let ids: Vec<String> = modules.collect();
    assert!(ids.len() >= 20, "{ids:?}");
    ids
}

fn kit_of(module: &str) -> PathBuf {
    root().join("templates/modules").join(module).join(format!("{NAME}.j2"))
}

/// The hours that the catalog says for a module.
fn hours(module: &str) -> f64 {
    let catalog = fs::read_to_string(root().join("templates/catalog.yml")).unwrap();
    let own = catalog.split(&format!("  - id: {module}\n")).nth(1).unwrap();
    let line = own.lines().find_map(|line| line.strip_prefix("    hours: ")).unwrap();
    line.trim().parse().unwrap()
}

fn kit(module: &str) -> String {
    let path = kit_of(module);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The parts of a Markdown text that start with headings of this level: heading and text.
fn parts<'a>(text: &'a str, level: &str) -> Vec<(&'a str, &'a str)> {
    let mark = format!("\n{level} ");
    text.split(mark.as_str()).skip(1).map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

fn part<'a>(text: &'a str, name: &str) -> &'a str {
    let found = parts(text, "##").into_iter().find(|(heading, _)| *heading == name);
    found.unwrap_or_else(|| panic!("no part is called `{name}`")).1
}

/// What stands in backticks.
fn in_backticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// `2` of `2 points`, `0.5`, …
fn number(text: &str) -> f64 {
    let digits: String =
        text.trim().chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
    digits.parse().unwrap_or_else(|_| panic!("`{text}` does not start with a number"))
}

/// What a module has that a kit may name.
struct Module {
    /// Its graded tests and the functions of its pytest files.
    tests: BTreeSet<String>,
    /// What is graded by hand: points, and how many questions.
    by_hand: BTreeMap<String, (f64, usize)>,
    /// What its wrong answers do, in lower case.
    mistakes: BTreeSet<String>,
}

impl Module {
    fn of(id: &str) -> Self {
        let script = fs::read_to_string(root().join(format!("templates/modules/{id}/{id}.py.j2"))).unwrap();
        let (mut tests, mut by_hand) = (BTreeSet::new(), BTreeMap::new());
        for cell in format!("\n{script}").split("\n# %%").filter(|cell| cell.contains("\"grade\": true")) {
            let (head, body) = cell.split_once('\n').unwrap();
            let value = |key: &str| head.split(&format!("\"{key}\": ")).nth(1).unwrap();
            let grade_id = value("grade_id").split('"').nth(1).unwrap().to_owned();
            if value("solution").starts_with("true") {
                let asked = body.split("BEGIN SOLUTION").next().unwrap();
                let questions = asked.lines().filter(|line| {
                    line.starts_with(['#']) && line[1..].trim_start().starts_with(char::is_numeric)
                });
                by_hand.insert(grade_id, (number(value("points")), questions.count()));
            } else {
                tests.insert(grade_id);
            }
        }
        for (path, bytes) in tree(&root().join("templates/tests").join(id)) {
            let text = String::from_utf8(bytes).unwrap_or_else(|_| panic!("{path}"));
            let functions = text.lines().filter_map(|line| line.trim_start().strip_prefix("def test_"));
            tests.extend(functions.map(|line| format!("test_{}", line.split('(').next().unwrap())));
        }
        let answers = root().join(format!("tests/base/answers/{id}.py"));
        let answers = fs::read_to_string(answers).unwrap_or_default();
        let mistakes =
            answers.lines().filter_map(|line| line.strip_prefix("# wrong: ")).map(str::to_lowercase);
        Self { tests, by_hand, mistakes: mistakes.collect() }
    }
}

#[test]
fn every_module_has_a_kit_with_all_its_parts() {
    for module in modules() {
        let kit = kit(&module);
        let found: Vec<&str> = parts(&kit, "##").iter().map(|(heading, _)| *heading).collect();
        assert_eq!(found, PARTS, "{module}");
        assert!(part(&kit, PARTS[0]).split_whitespace().count() > 60, "{module}: what is it for?");
        let minutes = |what: &str| {
            let row =
                part(&kit, "Timing").lines().find_map(|line| line.strip_prefix(&format!("| {what} | ")));
            number(row.unwrap_or_else(|| panic!("{module}: no row `{what}`")))
        };
        assert!((45.0..=120.0).contains(&minutes("lecture")), "{module}");
        let of_students = minutes("lab") + minutes("on their own");
        assert!(
            (of_students - 60.0 * hours(&module)).abs() < 0.5,
            "{module}: lab and own work take {of_students} minutes, the catalog says {} hours",
            hours(&module)
        );
    }
}

/// Every mistake is a wrong answer on which the tests were tried: `tests/base/kits.py` runs those that are named.
#[test]
fn the_mistakes_are_known_and_name_tests_that_are_there() {
    for id in modules() {
        let (module, kit) = (Module::of(&id), kit(&id));
        let items: Vec<&str> = part(&kit, "Usual mistakes").split("\n- ").skip(1).collect();
        assert!(items.len() >= 5, "{id}: {} mistakes", items.len());
        for item in items {
            let title = item.strip_prefix("**").and_then(|item| item.split("**").next()).unwrap();
            let title =
                title.strip_suffix('.').unwrap_or_else(|| panic!("{id}: `{title}` ends with a full stop"));
            assert!(
                module.mistakes.contains(&title.to_lowercase()),
                "{id}: no wrong answer does this: {title}"
            );
            let named = item.rsplit("Shown by ").next().unwrap();
            let named = in_backticks(named);
            assert!(!named.is_empty() && item.contains("Shown by "), "{id}: which test shows `{title}`?");
            let strange: Vec<_> = named.iter().filter(|name| !module.tests.contains(**name)).collect();
            assert!(strange.is_empty(), "{id}: no tests of this module: {strange:?}");
        }
        let strange: Vec<&str> = in_backticks(&kit)
            .into_iter()
            .filter(|name| name.starts_with("test-") || name.starts_with("test_"))
            .filter(|name| !module.tests.contains(*name))
            .collect();
        assert!(strange.is_empty(), "{id}: no tests of this module: {strange:?}");
    }
}

#[test]
fn every_written_question_has_a_rubric_and_three_sample_answers() {
    for id in modules() {
        let (module, kit) = (Module::of(&id), kit(&id));
        let found = parts(part(&kit, "Written questions"), "###");
        let named: Vec<&str> = found.iter().map(|(heading, _)| in_backticks(heading)[0]).collect();
        let wanted: BTreeSet<&str> = module.by_hand.keys().map(String::as_str).collect();
        assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), wanted, "{id}");
        assert_eq!(named.len(), wanted.len(), "{id}");
        for (heading, text) in found {
            let grade_id = in_backticks(heading)[0];
            let (points, questions) = module.by_hand[grade_id];
            assert_eq!(
                number(heading.split('(').nth(1).unwrap()),
                points,
                "{grade_id}: the points of the cell"
            );
            let rubrics = parts(text, "####");
            assert!(questions == 0 || questions == rubrics.len(), "{grade_id} has {questions} questions");
            let mut total = 0.0;
            for (question, rubric) in &rubrics {
                let full = number(question.split('(').nth(1).unwrap());
                let rows = rubric.lines().filter_map(|line| line.strip_prefix("| "));
                let sum: f64 = rows.filter(|row| row.starts_with(char::is_numeric)).map(number).sum();
                assert_eq!(sum, full, "{grade_id}, {question}: the points of the rubric");
                let given = |level: &str| {
                    let line = rubric.lines().find_map(|line| line.strip_prefix(&format!("- **{level} (")));
                    let line = line.unwrap_or_else(|| panic!("{grade_id}, {question}: no sample `{level}`"));
                    assert!(line.contains('"'), "{grade_id}, {question}: the answer is quoted");
                    number(line)
                };
                assert_eq!(given("Full"), full, "{grade_id}, {question}");
                let (partial, little) = (given("Partial"), given("Little"));
                assert!(little < partial && partial < full && little <= full / 3.0, "{grade_id}, {question}");
                total += full;
            }
            assert_eq!(total, points, "{grade_id}: the points of all questions");
        }
    }
}

#[test]
fn the_slides_are_some_ten_and_short() {
    for module in modules() {
        let kit = kit(&module);
        let slides: Vec<&str> = part(&kit, "Slides").split("\n---\n").collect();
        assert!((8..=14).contains(&slides.len()), "{module}: {} slides", slides.len());
        for slide in slides {
            let slide = slide.trim();
            assert!(slide.starts_with("### "), "{module}: a slide starts with its heading:\n{slide}");
            assert_eq!(slide.matches("\n### ").count(), 0, "{module}: `---` is missing:\n{slide}");
            assert!((2..=16).contains(&slide.lines().count()), "{module}: too much for a slide:\n{slide}");
        }
    }
}

/// Something that is in this kit and nowhere else.
fn sentence(module: &str) -> String {
    let kit = kit(module);
    let line = part(&kit, PARTS[0]).lines().find(|line| !line.is_empty()).unwrap();
    assert!(line.len() > 60 && !line.contains("{{"), "{module}: {line}");
    line.to_owned()
}

/// The modules whose kits are somewhere below `folder`.
fn kits_in(folder: &Path) -> Vec<String> {
    let files: Vec<String> =
        tree(folder).into_values().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
    assert!(!files.is_empty());
    modules().into_iter().filter(|module| files.iter().any(|file| file.contains(&sentence(module)))).collect()
}

#[test]
fn only_instructors_get_the_kits() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let course = root().join("examples/full/course.yml");
    let course = course.to_str().unwrap();
    for tier in ["student", "challenge", "solution"] {
        tito(at, &["init", tier, "--config", course, "--tier", tier]).expect(0);
        assert_eq!(kits_in(&at.join(tier)), [""; 0], "{tier}");
        assert!(tree(&at.join(tier)).keys().all(|path| !path.ends_with(NAME)), "{tier}");
    }
    tito(at, &["init", "instructor", "--config", course, "--tier", "instructor"]).expect(0);
    assert_eq!(kits_in(&at.join("instructor")), modules());
    let places = tree(&at.join("instructor")).into_keys().filter(|path| path.ends_with(NAME));
    assert_eq!(places.count(), modules().len());

    // What is published is packed: a workspace that is made of it shows all that is in it.
    tito(at, &["publish", "site", "--config", course]).expect(0);
    assert_eq!(kits_in(&at.join("site")), [""; 0]);
    tito(at, &["init", "site", "of-site"]).expect(0);
    assert_eq!(kits_in(&at.join("of-site")), [""; 0]);
    assert!(tree(&at.join("of-site")).keys().any(|path| path.ends_with("tensor.ipynb")));

    // nbgrader hands out every file of an assignment's folder.
    tito(at, &["nbgrader", "grading", "--config", course]).expect(0);
    assert_eq!(kits_in(&at.join("grading")), [""; 0]);
    assert!(at.join("grading/source/tensor/README.md").exists());
}

/// A syllabus for people and a schedule for tito: both say when a unit opens, and no week has more work than it may.
#[test]
fn the_syllabuses_agree_with_their_schedules() {
    for (example, weeks) in [("six-weeks", 6), ("ten-weeks", 10), ("fourteen-weeks", 14)] {
        let folder = root().join("examples").join(example);
        let course = fs::read_to_string(folder.join("course.yml")).unwrap();
        let mut opens: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for line in course.lines() {
            let Some((unit, rest)) = line.split_once(':') else { continue };
            let Some(week) = rest.trim().strip_prefix("{opens: week ") else { continue };
            opens.entry(number(week) as usize).or_default().insert(unit.trim().to_owned());
        }
        let syllabus = fs::read_to_string(folder.join("syllabus.md")).unwrap();
        let rows = syllabus.lines().filter_map(|line| line.strip_prefix("| "));
        let rows: Vec<Vec<&str>> = rows
            .filter(|row| row.starts_with(char::is_numeric))
            .map(|row| row.split('|').map(str::trim).collect())
            .collect();
        let numbers: Vec<usize> = rows.iter().map(|row| number(row[0]) as usize).collect();
        assert_eq!(numbers, (1..=weeks).collect::<Vec<_>>(), "{example}");
        let mut told: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (row, week) in rows.iter().zip(1..) {
            for unit in row[1].split(", ").filter(|unit| !unit.is_empty()) {
                told.entry(week).or_default().insert(unit.to_owned());
            }
        }
        assert_eq!(told, opens, "{example}: what opens in each week");
        let ran = tito(&folder, &["check", "course.yml"]).expect(0);
        assert!(!ran.text().contains("too-many-hours"), "{example}: {}", ran.text());
        assert!(tito(&folder, &["lock", "--check"]).expect(0).code == 0);
    }
}
