//! A term of fourteen weeks: students with habits, eight releases, a break, the change to winter time, submissions that real nbgrader
//! grades. After every step nothing is lost, nothing is there that is not open, and what was handed in is as it was; at the end everyone
//! has the points that their answers deserve. What happened is a report, the same every time: `tests/weeks/report.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rayon::prelude::*;
use serde_json::Value;

use ::tito::digest::Digest;
use ::tito::notebook::nbformat;
use ::tito::schedule::{Zone, moment};

use crate::gradebook;
use crate::mini::copy;
use crate::tito::{Ran, command, golden, ran, root, tree};

const UNIVERSITY: &str = "\
schedule:
  timezone: Europe/Stockholm
  start: 2027-08-30
  breaks: [{from: 2027-11-01, until: 2027-11-07}]
updates:
  rules:
    - {id: exam-week, paths: \"modules/**\", do: freeze, from: week 14, until: week 14, final: true}
";

/// The course; `ORDER` is what a renumbering changes.
const COURSE: &str = "\
extends: university.yml
course: {id: demo/term, title: A term, run: 2027-autumn}
base: {from: {path: ./base}}
modules: [ORDER]
numbering: sequential
milestones: []
schedule:
  units:
    numbers: {opens: week 1, due: week 2 fri 23:59}
    sums: {opens: week 3, due: week 5 fri 23:59, closes: 1 week later}
    means: {opens: week 8, due: week 10 fri 23:59}
    plots: {opens: week 11, due: week 13 fri 23:59, closes: due}
updates:
  rules:
    - {id: work, roles: [work], do: {not-started: replace, in-progress: merge, completed: offer, submitted: keep}, critical: {not-started: replace, in-progress: merge, completed: merge, submitted: keep}}
";

/// Units: the week in which it opens, the week on whose Friday it is due, the right answer, and what it gives for three values.
const UNITS: [(&str, i64, i64, &str, i64); 4] = [
    ("numbers", 1, 2, "len(values) + 7", 10),
    ("sums", 3, 5, "numbers_of(values) + 4", 14),
    ("means", 8, 10, "sums_of(values) + 5", 19),
    ("plots", 11, 13, "numbers_of(values) + 5", 15),
];

/// How a student goes through the term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Habit {
    Early,
    LastMinute,
    Late,
    Never,
    TwoMachines,
    EditsTests,
    CopiesCells,
    WrongFile,
    Absent,
    Half,
    Wrong,
}

impl Habit {
    const ALL: [Self; 11] = [
        Self::Early,
        Self::LastMinute,
        Self::Late,
        Self::Never,
        Self::TwoMachines,
        Self::EditsTests,
        Self::CopiesCells,
        Self::WrongFile,
        Self::Absent,
        Self::Half,
        Self::Wrong,
    ];

    /// What the student writes in place of the stub, and the points that it deserves of 3.
    fn answer(self, right: &str) -> (String, f64) {
        match self {
            Self::Half => ("1".to_owned(), 1.0),
            Self::Wrong | Self::EditsTests => ("-1".to_owned(), 0.0),
            _ => (right.to_owned(), 3.0),
        }
    }

    /// When the unit is handed in; none: never.
    fn hands_in(self, opens: i64, due: Timestamp) -> Option<Timestamp> {
        Some(match self {
            Self::Never => return None,
            Self::Early => at(opens, 2, "12:00"),
            // The minute that the course names is still in time.
            Self::LastMinute => due + 30.seconds(),
            Self::Late => due + 24.hours(),
            // Back after three weeks: `sums` is closed by then.
            Self::Absent if opens == 3 => at(8, 0, "11:00"),
            _ => due - 2.hours(),
        })
    }

    fn is_away(self, week: i64) -> bool {
        self == Self::Absent && (4..=7).contains(&week)
    }
}

/// A moment in a week of the term: `day` 0 is Monday. Weeks after the break are a week later.
fn at(week: i64, day: i64, clock: &str) -> Timestamp {
    let pause = i64::from(week >= 10) * 7;
    let date = Date::constant(2027, 8, 30).checked_add(((week - 1) * 7 + day + pause).days()).unwrap();
    moment(&format!("{date} {clock}"), &Zone::named("Europe/Stockholm").unwrap()).unwrap()
}

struct Term {
    folder: tempfile::TempDir,
    report: String,
}

impl Term {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap(), report: String::new() };
        copy(&root().join("tests/bases/mini"), &this.path("base"));
        for (unit, .., gives) in UNITS {
            // A second test, so that half an answer gets half the points; and no tests of pytest, which nbgrader does not know.
            let more = format!(
                "\n# %% nbgrader={{\"grade\": true, \"grade_id\": \"test-{unit}-value\", \"locked\": true, \"points\": 2, \"solution\": false}}\n\
                 assert {unit}_of([1, 2, 3]) == {gives}, \"three values\"\n"
            );
            this.change(&format!("base/modules/{unit}/{unit}.py"), |text| text + &more);
        }
        fs::write(this.path("university.yml"), UNIVERSITY).unwrap();
        this.order("numbers, sums, means, plots");
        fs::create_dir(this.path("inbox")).unwrap();
        this
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn change(&self, path: &str, how: impl FnOnce(String) -> String) {
        let path = self.path(path);
        let (old, new) = (fs::read_to_string(&path).unwrap(), how(fs::read_to_string(&path).unwrap()));
        assert_ne!(old, new, "{}", path.display());
        fs::write(path, new).unwrap();
    }

    fn order(&self, units: &str) {
        fs::write(self.path("course.yml"), COURSE.replace("ORDER", units)).unwrap();
    }

    fn run(&self, folder: &str, now: Timestamp, args: &[&str]) -> Ran {
        let mut command = command(&self.path(folder));
        ran(&command
            .env("TITO_NOW", now.to_string())
            .env("TZ", "Europe/Stockholm")
            .args(args)
            .output()
            .unwrap())
    }

    fn note(&mut self, line: impl AsRef<str>) {
        let _ = writeln!(self.report, "{}", line.as_ref());
    }

    /// What the instructor changes on Monday of `week`; nothing in most weeks.
    fn teach(&mut self, week: i64) {
        let says = match week {
            1 => "the first release",
            2 => {
                self.change("base/modules/numbers/numbers.py", |text| {
                    text.replace("# # Numbers", "# # Numbers, in other words")
                });
                "other words in a unit that students work on"
            }
            3 => "`sums` opens",
            6 => {
                self.order("numbers, plots, sums, means");
                "another order: `sums` has number 03 now"
            }
            8 => "`means` opens",
            11 => {
                self.change("base/modules/means/means.py", |text| {
                    text.replace("have something to say", "have a mean")
                });
                "`plots` opens, and a test of `means` changes after it was handed in"
            }
            12 => {
                self.change("base/modules/plots/plots.py", |text| {
                    text.replace("# # Plots", "# # Plots, corrected")
                });
                "a fix in the middle of `plots`"
            }
            14 => {
                self.change("base/modules/plots/plots.py", |text| {
                    text.replace("Plots of some values.", "Plots of some values, in order.")
                });
                self.change("base/catalog.yml", |text| {
                    text.replace("version: 1.2.0", "version: 1.2.1")
                        + "advisories:\n  - {id: MINI-1, severity: critical, in: 1.2.1, affects: [plots], title: \"Plots were in no order\", action: \"Look at your plots\"}\n"
                });
                "a critical fix in `plots`, in the week of the exam"
            }
            _ => return,
        };
        let now = at(week, 0, "08:00");
        let published =
            self.run("", now, &["publish", "site", "--notes", says, "--yes", "--format", "json"]).expect(0);
        let published: Value = serde_json::from_str(&published.stdout).unwrap();
        assert_eq!(published["changed"], true, "week {week}: {published}");
        self.note(format!("week {week}: release {}: {says}", published["serial"]));
        // No byte of a unit that is not open is there, in any release or pack.
        for (path, bytes) in tree(&self.path("site")) {
            for (unit, opens, ..) in UNITS.iter().filter(|(_, opens, ..)| *opens > week) {
                let names = [format!("{unit}.ipynb"), format!("test_{unit}.py")];
                let there =
                    names.iter().any(|name| bytes.windows(name.len()).any(|part| part == name.as_bytes()));
                assert!(!there, "week {week}: {path} has `{unit}`, which opens in week {opens}");
            }
        }
    }
}

struct Student {
    name: String,
    habit: Habit,
    /// The folder that the student works in: a second machine takes the place of the first one.
    home: String,
    /// Units that were answered.
    answered: BTreeSet<&'static str>,
    /// What was handed in, by unit: the digest of the notebook.
    handed_in: BTreeMap<&'static str, Digest>,
    /// How often a merge brought something into the student's own notebook.
    merged: usize,
}

impl Student {
    /// The notebook of a unit, wherever its folder is by now.
    fn notebook(&self, term: &Term, unit: &str) -> Option<PathBuf> {
        let modules = term.path(&self.home).join("modules");
        let folders = fs::read_dir(modules).into_iter().flatten().flatten();
        let ending = format!("_{unit}");
        let folder =
            folders.map(|entry| entry.path()).find(|path| path.to_string_lossy().ends_with(&ending))?;
        Some(folder.join(format!("{unit}.ipynb"))).filter(|path| path.exists())
    }

    fn mark(&self, unit: &str) -> String {
        format!("# {}: {unit}", self.name)
    }

    fn update(&mut self, term: &Term, now: Timestamp) {
        let said = term.run(&self.home, now, &["update"]).expect(0);
        self.merged += said.stdout.lines().filter(|line| line.trim_start().starts_with("merged")).count();
        self.check(term, now);
    }

    /// Nothing is lost, nothing is there that is not open, and what was handed in is as it was.
    fn check(&self, term: &Term, now: Timestamp) {
        let who = format!("{} ({:?}) at {now}", self.name, self.habit);
        for unit in &self.answered {
            let path = self.notebook(term, unit).unwrap_or_else(|| panic!("{who}: `{unit}` is gone"));
            let text = fs::read_to_string(path).unwrap();
            assert!(text.contains(&self.mark(unit)), "{who}: the answer to `{unit}` is gone");
            assert!(!text.contains("<<<<<<<"), "{who}: markers in `{unit}`");
        }
        for (unit, opens, ..) in UNITS {
            if now < at(opens, 0, "00:00") {
                assert!(self.notebook(term, unit).is_none(), "{who}: `{unit}` is there before it opens");
            }
        }
        for (unit, digest) in &self.handed_in {
            let bytes = fs::read(self.notebook(term, unit).unwrap()).unwrap();
            assert_eq!(Digest::of(&bytes), *digest, "{who}: `{unit}` changed after it was handed in");
        }
    }

    /// Writes the answer, and does what the habit has the student do besides.
    fn work(&mut self, term: &Term, (unit, right): (&'static str, &str), now: Timestamp) {
        term.run(&self.home, now, &["start", unit]).expect(0);
        let path = self.notebook(term, unit).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let (answer, _) = self.habit.answer(right);
        let answer = format!("return {answer}  {}", self.mark(unit));
        assert!(text.contains("raise NotImplementedError()"), "{}: {text}", self.name);
        let mut text = text.replace("raise NotImplementedError()", &answer);
        if self.habit == Habit::EditsTests {
            text = text.replace("assert ", "assert True or ");
        }
        fs::write(&path, &text).unwrap();
        if self.habit == Habit::CopiesCells {
            let mut notebook = nbformat::read(text.as_bytes()).unwrap();
            let test = notebook.cells.iter().position(|cell| cell.source.starts_with("assert ")).unwrap();
            let mut again = notebook.cells[test].clone();
            again.id = None;
            notebook.cells.insert(test, again);
            fs::write(&path, nbformat::write(&notebook)).unwrap();
        }
        self.answered.insert(unit);
        self.check(term, now);
    }

    /// The work goes to another machine, and goes on there.
    fn move_on(&mut self, term: &Term, now: Timestamp) {
        let (file, there) = (format!("{}.state", self.home), format!("{}-again", self.name));
        term.run(&self.home, now, &["state", "export", &format!("../{file}")]).expect(0);
        term.run("", now, &["init", "site", &there]).expect(0);
        term.run(&there, now, &["state", "import", &format!("../{file}")]).expect(0);
        self.home = there;
        self.check(term, now);
    }

    fn hand_in(&mut self, term: &Term, unit: &'static str, now: Timestamp) {
        let file = format!("inbox/{}_{unit}.zip", self.name);
        if self.habit == Habit::WrongFile && unit == "sums" {
            fs::write(term.path(&file), "This is my answer.\n").unwrap();
            return;
        }
        let to = format!("../{file}");
        let args = ["submit", unit, "--as", &self.name, "--yes", "-o", &to];
        term.run(&self.home, now, &args).expect(0);
        let bytes = fs::read(self.notebook(term, unit).unwrap()).unwrap();
        self.handed_in.insert(unit, Digest::of(&bytes));
        self.check(term, now);
    }
}

/// The whole term of `count` students; `graded` are the units that nbgrader grades.
fn term(count: usize, graded: &[&str]) -> String {
    let mut term = Term::new();
    let mut students: Vec<Student> = (0..count)
        .map(|at| {
            let name = format!("student{:02}", at + 1);
            let habit = Habit::ALL[at % Habit::ALL.len()];
            Student {
                home: name.clone(),
                name,
                habit,
                answered: BTreeSet::new(),
                handed_in: BTreeMap::new(),
                merged: 0,
            }
        })
        .collect();
    for week in 1..=15 {
        term.teach(week);
        let (monday, wednesday) = (at(week, 0, "10:00"), at(week, 2, "10:00"));
        let term_now = &term;
        students.par_iter_mut().filter(|student| !student.habit.is_away(week)).for_each(|student| {
            if week == 1 {
                term_now.run("", monday, &["init", "site", &student.name]).expect(0);
            }
            student.update(term_now, monday);
            for (unit, opens, due, right, _) in UNITS {
                let due = at(due, 4, "23:59");
                let comes_back = student.habit == Habit::Absent && week == 8 && unit == "sums";
                if (week == opens && student.habit != Habit::Never) || comes_back {
                    if !student.answered.contains(unit) {
                        student.work(term_now, (unit, right), if comes_back { monday } else { wednesday });
                    }
                    if student.habit == Habit::TwoMachines && unit == "sums" {
                        student.move_on(term_now, wednesday);
                    }
                }
                let hands_in = student.habit.hands_in(opens, due);
                let week_of =
                    |moment: Timestamp| moment >= at(week, 0, "00:00") && moment < at(week + 1, 0, "00:00");
                if let Some(moment) = hands_in.filter(|moment| week_of(*moment)) {
                    student.hand_in(term_now, unit, moment);
                }
            }
        });
        if week == 14 {
            exam(&term, &students, wednesday);
        }
    }
    let merged: usize = students.iter().map(|student| student.merged).sum();
    term.note(format!("{count} students; fixes merged into their own notebooks: {merged}"));
    assert!(merged > count / 2, "hardly any fix reached a notebook in progress: {merged}");
    collected(&mut term, &students, graded);
    term.report
}

/// In the week of the exam the critical fix is announced, and not applied.
fn exam(term: &Term, students: &[Student], now: Timestamp) {
    for student in students.iter().filter(|student| student.habit != Habit::Never) {
        let plan = term.run(&student.home, now, &["update", "--check", "--format", "json"]).expect(0);
        let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
        assert_eq!(plan["advisories"][0]["id"], "MINI-1", "{}: {plan:#}", student.name);
        assert_eq!(plan["advisories"][0]["fixed"], serde_json::json!([]), "{}", student.name);
        let text = fs::read_to_string(student.notebook(term, "plots").unwrap()).unwrap();
        assert!(!text.contains("in order."), "{}: the fix came in the week of the exam", student.name);
    }
}

/// Collects the inbox, grades it, and compares with what everyone deserves.
fn collected(term: &mut Term, students: &[Student], graded: &[&str]) {
    let now = at(15, 0, "12:00");
    term.run("", now, &["nbgrader", "grading"]).expect(0);
    let args = ["collect", "inbox", "-o", "grading", "--course", "site", "--format", "json"];
    let report: Value = serde_json::from_str(&term.run("", now, &args).stdout).unwrap();
    let mut found: BTreeMap<(String, String), (bool, String)> = BTreeMap::new();
    for line in report["submissions"].as_array().unwrap() {
        let text = |key: &str| line[key].as_str().unwrap_or("-").to_owned();
        let late = line["late"].as_bool().unwrap_or(false);
        found.insert((text("student"), text("unit")), (late, text("outcome")));
    }
    for student in students {
        for (unit, opens, due, ..) in UNITS {
            let due = at(due, 4, "23:59");
            let handed_in = student.handed_in.contains_key(unit);
            let line = found.get(&(student.name.clone(), unit.to_owned()));
            let who = format!("{} ({:?}) {unit}: {line:?}", student.name, student.habit);
            assert_eq!(line.is_some_and(|(_, outcome)| outcome == "collected"), handed_in, "{who}");
            let late = student.habit.hands_in(opens, due).is_some_and(|moment| moment >= due + 60.seconds());
            if handed_in {
                assert_eq!(line.unwrap().0, late, "{who}");
            }
        }
    }
    // What is no submission is named, once each, and stops no one.
    let left_out: BTreeSet<&str> =
        report["left_out"].as_array().unwrap().iter().filter_map(|left| left["at"].as_str()).collect();
    let wrong = students.iter().filter(|student| student.habit == Habit::WrongFile);
    let wrong: Vec<String> = wrong.map(|student| format!("{}_sums.zip", student.name)).collect();
    assert!(left_out.iter().copied().eq(wrong.iter().map(String::as_str)), "{left_out:?}");
    let grading = term.path("grading");
    gradebook::release(&grading, graded);
    let sheets = gradebook::grade(&grading, graded);
    let mut points: BTreeMap<(Habit, &str), BTreeSet<String>> = BTreeMap::new();
    let mut seen = 0;
    for sheet in &sheets {
        let student = students.iter().find(|student| student.name == sheet.student).unwrap();
        let (unit, .., right, _) = *UNITS.iter().find(|(unit, ..)| *unit == sheet.assignment).unwrap();
        let deserved = student.habit.answer(right).1;
        assert_eq!(sheet.sum(), (deserved, 3.0), "{} ({:?}) {unit}", student.name, student.habit);
        points.entry((student.habit, unit)).or_default().insert(format!("{deserved}"));
        seen += 1;
    }
    let handed_in =
        students.iter().flat_map(|student| student.handed_in.keys()).filter(|unit| graded.contains(unit));
    assert_eq!(seen, handed_in.count(), "every submission was graded");
    let late = found.values().filter(|(late, _)| *late).count();
    let all: usize = students.iter().map(|student| student.handed_in.len()).sum();
    assert_eq!(found.len(), all, "a line for each submission");
    term.note(format!(
        "{all} submissions collected, {late} late; graded by nbgrader: {seen}; files that are none: {}",
        left_out.len()
    ));
    for ((habit, unit), points) in points {
        let points: Vec<String> = points.into_iter().collect();
        term.note(format!("{habit:?} {unit}: {} of 3 points", points.join(", ")));
    }
}

#[test]
fn a_term_of_eleven_students() {
    golden(&root().join("tests/weeks/report.txt"), &term(11, &["sums"]));
}

#[test]
#[ignore = "minutes: sixty students, and every submission graded"]
fn a_term_of_sixty_students() {
    golden(&root().join("tests/weeks/whole.txt"), &term(60, &UNITS.map(|(unit, ..)| unit)));
}
