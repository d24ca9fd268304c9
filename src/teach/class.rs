//! Who is where: counts over the reports of a class. Pure.
//!
//! In: receipts, and what `tito status --format json` prints. Out: [`Class`]. Names come in only to count a student once; none comes out.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{AutoEscape, Environment, context};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compile::Renames;
use crate::id::{State, UnitId};
use crate::receipt::Receipt;
use crate::teach::rank::Ranking;

const TEMPLATE: &str = include_str!("class.html");

/// Where a class is. Counts only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Class {
    /// The course.
    pub course: String,
    /// How many students are counted.
    pub students: usize,
    /// Of how many there is a report of the whole workspace; of the others there are receipts only.
    pub reports: usize,
    /// Units in course order, as far as reports say it.
    pub units: Vec<UnitCount>,
    /// How many students have which release, or which version of the base where no release is known.
    pub releases: Vec<Count>,
    /// Critical advisories, and for how many students they are open.
    pub advisories: Vec<Count>,
    /// How many students have files with a version of the course's waiting beside their own.
    pub conflicts: usize,
    /// Reports that are of no use: of another course, or not reports.
    pub left_out: usize,
    /// The capstones of the class, if a ranking was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Ranking>,
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitCount {
    /// Its id.
    pub id: UnitId,
    /// Its title, where a report says it.
    pub title: String,
    /// How many students started it.
    pub started: usize,
    /// How many completed it; those that handed it in are among them.
    pub completed: usize,
    /// How many handed it in.
    pub submitted: usize,
    /// How many handed it in late.
    pub late: usize,
}

/// Something, and of how many students.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// What.
    pub what: String,
    /// Of how many.
    pub students: usize,
}

/// A report: what `tito status --format json` prints, as far as it counts here.
#[derive(Clone, Debug, Deserialize)]
pub struct StatusReport {
    course: String,
    units: Vec<Unit>,
    #[serde(default)]
    renames: BTreeMap<UnitId, UnitId>,
    #[serde(default)]
    files: Vec<File>,
    #[serde(default)]
    advisories: Vec<Advisory>,
    #[serde(default)]
    student: Option<String>,
    #[serde(default)]
    serial: Option<u64>,
    #[serde(default)]
    base: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Unit {
    id: UnitId,
    #[serde(default)]
    title: String,
    state: State,
}

#[derive(Clone, Debug, Deserialize)]
struct File {
    what: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Advisory {
    id: String,
    severity: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    open: Vec<String>,
}

/// Something that a class collects.
#[derive(Clone, Debug)]
pub enum Report {
    /// A receipt.
    Receipt(Box<Receipt>),
    /// The state of a workspace.
    Status(Box<StatusReport>),
}

impl Report {
    /// The report that `bytes` are, if they are one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value = crate::json::read(bytes).ok()?;
        // A receipt has files by name, a report has a list.
        if value.get("seal").is_some() || value.get("format").is_some() {
            return Receipt::read(bytes).ok().map(|(receipt, _)| Self::Receipt(Box::new(receipt)));
        }
        serde_json::from_value(value).ok().map(|status| Self::Status(Box::new(status)))
    }

    fn course(&self) -> &str {
        match self {
            Self::Receipt(receipt) => &receipt.course.id,
            Self::Status(status) => &status.course,
        }
    }

    fn student(&self) -> Option<&str> {
        match self {
            Self::Receipt(receipt) => receipt.student.as_ref().map(|student| student.as_str()),
            Self::Status(status) => status.student.as_deref(),
        }
    }

    /// What the student has.
    fn release(&self) -> Option<String> {
        let (serial, base) = match self {
            Self::Receipt(receipt) => (receipt.course.serial, Some(receipt.course.base_version.clone())),
            Self::Status(status) => (status.serial, status.base.clone()),
        };
        serial.map(|serial| format!("release {serial}")).or_else(|| base.map(|base| format!("base {base}")))
    }
}

/// What is known of one student.
#[derive(Default)]
struct Student {
    states: BTreeMap<UnitId, State>,
    submitted: BTreeSet<UnitId>,
    late: BTreeMap<UnitId, (u64, bool)>,
    release: Option<String>,
    advisories: BTreeSet<String>,
    conflicts: bool,
    is_reported: bool,
}

/// Counts `reports`, each with the place that it was found at: what has no student's id is of whoever the place is of.
pub fn class(reports: Vec<(String, Option<Report>)>) -> Class {
    let mut courses: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, report) in &reports {
        if let Some(report) = report {
            *courses.entry(report.course()).or_default() += 1;
        }
    }
    // The course that most are of.
    let course = courses.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(**name)));
    let mut class =
        Class { course: course.map(|(name, _)| (*name).to_owned()).unwrap_or_default(), ..Class::default() };
    let today = today(&reports, &class.course);
    let mut students: BTreeMap<String, Student> = BTreeMap::new();
    let mut titles: Vec<(UnitId, String)> = Vec::new();
    for (place, report) in &reports {
        let Some(report) = report.as_ref().filter(|report| report.course() == class.course) else {
            class.left_out += 1;
            continue;
        };
        let who =
            report.student().map_or_else(|| format!("at {place}"), |id| format!("id {}", id.to_lowercase()));
        let student = students.entry(who).or_default();
        match report {
            Report::Receipt(receipt) => student.receipt(receipt, today.unit(&receipt.unit), report),
            Report::Status(status) => {
                for unit in &status.units {
                    let id = today.unit(&unit.id);
                    let is_todays = id == unit.id;
                    match titles.iter_mut().find(|(known, _)| *known == id) {
                        Some((_, title)) if is_todays => title.clone_from(&unit.title),
                        Some(_) => {}
                        None => titles.push((id, unit.title.clone())),
                    }
                }
                student.status(status, &today, report);
            }
        }
    }
    class.count(&students, titles);
    class
}

/// What units are called in the newest release that is reported: students with an older one report them by the ids that they had.
fn today(reports: &[(String, Option<Report>)], course: &str) -> Renames {
    let of_course = reports.iter().filter_map(|(_, report)| match report.as_ref()? {
        Report::Status(status) if status.course == course => Some(status),
        _ => None,
    });
    // Two releases may name the units the other way round, so one says it.
    let newest = of_course.max_by_key(|status| (status.serial, status.renames.len()));
    Renames { units: newest.map(|status| status.renames.clone()).unwrap_or_default(), ..Renames::default() }
}

impl Student {
    fn receipt(&mut self, receipt: &Receipt, unit: UnitId, report: &Report) {
        self.submitted.insert(unit.clone());
        let late = (receipt.number, receipt.late == Some(true));
        let known = self.late.entry(unit).or_insert(late);
        // The last one counts.
        if known.0 <= late.0 {
            *known = late;
        }
        if !self.is_reported {
            self.release = self.release.take().max(report.release());
        }
    }

    fn status(&mut self, status: &StatusReport, today: &Renames, report: &Report) {
        self.is_reported = true;
        self.release = report.release();
        self.conflicts = status.files.iter().any(|file| file.what == "offered");
        for unit in &status.units {
            let id = today.unit(&unit.id);
            self.states.insert(id.clone(), unit.state);
            if unit.state == State::Submitted {
                self.submitted.insert(id);
            }
        }
        let open = status.advisories.iter().filter(|it| it.severity == "critical" && !it.open.is_empty());
        self.advisories = open.map(|it| format!("{}: {}", it.id, it.title)).collect();
    }
}

impl Class {
    fn count(&mut self, students: &BTreeMap<String, Student>, mut units: Vec<(UnitId, String)>) {
        for unit in students.values().flat_map(|student| &student.submitted) {
            if !units.iter().any(|(id, _)| id == unit) {
                units.push((unit.clone(), String::new()));
            }
        }
        self.students = students.len();
        self.reports = students.values().filter(|student| student.is_reported).count();
        self.conflicts = students.values().filter(|student| student.conflicts).count();
        self.units = units.into_iter().map(|(id, title)| unit(id, title, students)).collect();
        let mut releases: BTreeMap<&str, usize> = BTreeMap::new();
        let mut advisories: BTreeMap<&str, usize> = BTreeMap::new();
        for student in students.values() {
            *releases.entry(student.release.as_deref().unwrap_or("not known")).or_default() += 1;
            for advisory in &student.advisories {
                *advisories.entry(advisory).or_default() += 1;
            }
        }
        let counts = |all: BTreeMap<&str, usize>| -> Vec<Count> {
            all.into_iter().map(|(what, students)| Count { what: what.to_owned(), students }).collect()
        };
        (self.releases, self.advisories) = (counts(releases), counts(advisories));
    }

    /// A page to be printed: plain HTML and CSS; nothing runs, and nothing is loaded.
    pub fn page(&self, date: &str) -> String {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let unit = |unit: &UnitCount| {
            let title = if unit.title.is_empty() { unit.id.to_string() } else { unit.title.clone() };
            let (started, completed) = (unit.started, unit.completed);
            context! {title => title, started => started, completed => completed, submitted => unit.submitted, late => unit.late}
        };
        let count = |count: &Count| context! {what => count.what.clone(), students => count.students};
        let values = context! {
            course => self.course.clone(),
            students => self.students,
            reports => self.reports,
            conflicts => self.conflicts,
            units => self.units.iter().map(unit).collect::<Vec<_>>(),
            releases => self.releases.iter().map(count).collect::<Vec<_>>(),
            advisories => self.advisories.iter().map(count).collect::<Vec<_>>(),
            date => date,
        };
        // The template is ours and every value that it names is given: a test renders it.
        environment.render_str(TEMPLATE, values).unwrap_or_default()
    }
}

fn unit(id: UnitId, title: String, students: &BTreeMap<String, Student>) -> UnitCount {
    let count = |is: &dyn Fn(&Student) -> bool| students.values().filter(|student| is(student)).count();
    let submitted = |student: &Student| student.submitted.contains(&id);
    let state = |student: &Student| student.states.get(&id).copied().unwrap_or(State::NotStarted);
    UnitCount {
        started: count(&|student| submitted(student) || state(student) != State::NotStarted),
        completed: count(&|student| {
            submitted(student) || matches!(state(student), State::Completed | State::Submitted)
        }),
        submitted: count(&submitted),
        late: count(&|student| student.late.get(&id).is_some_and(|(_, late)| *late)),
        title,
        id,
    }
}

/// The JSON Schema of a class.
pub fn schema() -> serde_json::Value {
    crate::json::schema::<Class>("class.schema.json", "what `tito class --format json` prints")
}
