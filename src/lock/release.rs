//! [`LockedRelease`]: the lock beside a course, read as what students have; and what of the course as it is today breaks their grading.
//!
//! A gradebook knows a cell by its grade_id from the release on. Once there are submissions, nbgrader refuses a notebook in which
//! flagged cells were added, removed or renamed; text, order and points may change.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::names::{self, named};
use super::{GradingChange, Lock, LockError, What, grading_changes, recognised, write};
use crate::compile::{File, Renames, Target, Unit};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::id::FileId;
use crate::notebook::grading::{FlaggedCell, Points};
use crate::source::{Source, Span};

/// A lock, with its text, so that messages can point into it.
#[derive(Clone, Debug)]
pub struct LockedRelease {
    /// What it says.
    pub lock: Lock,
    source: Source,
    /// The command that makes a change all the same.
    pub(super) accept: String,
}

impl LockedRelease {
    /// Reads the lock that messages call `name`.
    ///
    /// # Errors
    /// A diagnostic that says what is wrong with it: there is nothing to compare with then.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let source = Source::new(name, String::from_utf8_lossy(bytes));
        let accept = "tito lock".to_owned();
        Lock::read(bytes).map(|lock| Self { lock, source: source.clone(), accept }).map_err(|error| {
            let line = match error {
                LockError::ConflictMarkers { line } => line,
                _ => 1,
            };
            let problem = unreadable(&source.line(line), &error.to_string());
            Box::new(match error {
                LockError::Newer { .. } => problem,
                _ => problem.help("take the lock from version control as it was at the release; `tito lock` writes it again, and accepts everything that has changed since"),
            })
        })
    }

    /// The same release, whose changes the command `accept` accepts, and not `tito lock`.
    #[must_use]
    pub fn accepted_with(self, accept: impl Into<String>) -> Self {
        Self { accept: accept.into(), ..self }
    }

    /// The end of every help on grading: how the change is made all the same.
    fn how_to_accept(&self) -> String {
        let accept = &self.accept;
        format!("if no one has submitted yet, accept it with `{accept}`, or start a new `run` of the course")
    }

    /// Everything in `target` that lost the name by which students have it, and everything that breaks, or changes, how what they were
    /// given is graded; and what they have less time for than they were told, as of `now`. Nothing when the lock is of another course or run: no one has anything of that then.
    pub fn broken_by(&self, target: &Target, now: Timestamp) -> Vec<Diagnostic> {
        if self.lock.course.id != target.course || self.lock.course.run != target.run {
            return Vec::new();
        }
        let renames = recognised(&self.lock, target);
        let mut found = self.grading(target, &renames);
        found.extend(names::lost(self, target, &renames));
        found.extend(self.base_changed(target));
        found.extend(self.due_earlier(target, &renames, now));
        diagnostic::sort(&mut found);
        found
    }

    /// The base is another one, under the version that it had.
    fn base_changed(&self, target: &Target) -> Option<Diagnostic> {
        let was = &self.lock.base;
        let same = was.catalog == target.base && was.version == target.base_version;
        if !same || was.sha256 == target.base_digest {
            return None;
        }
        let message =
            format!("the base `{}` changed and is still version {}", target.base, target.base_version);
        let problem = Diagnostic::new(Code::BaseChanged, message)
            .at(&self.place_of("base: "), "as it was at the release");
        Some(problem.help(
            "raise `version` in its catalog.yml before students get it: advisories and version requirements depend on it",
        ))
    }

    /// Units that are open at `now`, and are due or close earlier than students were told.
    fn due_earlier(&self, target: &Target, renames: &Renames, now: Timestamp) -> Vec<Diagnostic> {
        let zone = target.zone();
        let shown = |at: Timestamp| zone.shown(at);
        let earlier = self.lock.units.iter().filter_map(|was| {
            let today = renames.unit(&was.id);
            let unit = target.units.iter().find(|unit| unit.id == today && unit.kind == was.kind)?;
            let dates = was.dates.changes(&unit.dates).filter(|(what, ..)| *what != "opens");
            let dates = dates.filter_map(|(what, before, is)| Some((what, before?, is?)));
            let moved: Vec<_> = dates
                .filter(|(_, before, is)| is < before && now < *before && was.dates.is_open(now))
                .collect();
            if moved.is_empty() {
                return None;
            }
            let list = |date: fn(&(&'static str, Timestamp, Timestamp)) -> Timestamp| {
                let dates = moved.iter().map(|each| format!("{} {}", each.0, shown(date(each))));
                dates.collect::<Vec<_>>().join(", ")
            };
            let message = format!(
                "`{today}` is open, and has an earlier date than students were told: {}",
                list(|(.., is)| *is)
            );
            let before = format!("released: {}", list(|(_, before, _)| *before));
            let problem = Diagnostic::new(Code::DueEarlier, message)
                .at(&self.place_of(&write::unit_start(&was.id)), before);
            let accept = &self.accept;
            Some(problem.help(format!(
                "keep the date; or tell your students, and accept the new one with `{accept}`"
            )))
        });
        earlier.collect()
    }

    fn grading(&self, target: &Target, renames: &Renames) -> Vec<Diagnostic> {
        let changes = grading_changes(&self.lock, &Lock::of(target), renames);
        let files = target.files.values().map(|file| (&file.id, file)).collect();
        let today = Today { release: self, target, renames, files };
        let mut found: Vec<Diagnostic> = changes.iter().filter_map(|change| today.breaking(change)).collect();
        found.extend(today.points(&changes));
        found.extend(today.gone());
        found
    }

    /// The beginning `start` of a line of the lock, without its indent.
    pub(super) fn place_of(&self, start: &str) -> Span {
        let at = self.source.text().lines().position(|line| line.starts_with(start)).unwrap_or(0);
        let line = self.line(at);
        let length = start.trim_start().trim_end_matches(['{', ' ', ':', ',']).len();
        self.source.span(line.start(), line.end().min(line.start() + length))
    }

    /// The path of a file in the lock.
    pub(super) fn place_of_file(&self, id: &FileId) -> Span {
        let path = self.lock.files.iter().find(|(_, file)| file.id == *id).map(|(path, _)| path);
        path.map_or_else(|| self.line(0), |path| self.place_of(&write::file_start(path)))
    }

    fn line(&self, at: usize) -> Span {
        let line = self.source.line(at + 1);
        let indent = line.text().len() - line.text().trim_start().len();
        self.source.span(line.start() + indent, line.end())
    }

    /// The line of a cell, or of its notebook, in the lock. Its text is what [`write`] made, or it would not have been read.
    fn place(&self, notebook: &FileId, grade_id: Option<&str>) -> Span {
        let mut lines = self.source.text().lines().enumerate();
        let head = write::notebook_line(notebook);
        let mut at = lines.by_ref().find(|(_, line)| *line == head).map_or(0, |(at, _)| at);
        if let Some(start) = grade_id.map(write::cell_start) {
            at = lines.find(|(_, line)| line.starts_with(&start)).map_or(at, |(at, _)| at);
        }
        self.line(at)
    }
}

/// A lock that is there and cannot be read: nothing is known of the release. What `why` says after a semicolon is what to do.
pub fn unreadable(at: &Span, why: &str) -> Diagnostic {
    let (why, help) =
        why.split_once("; ").unwrap_or((why, "check the permissions of the file and its folders"));
    let message = "the released state is unknown, so the course is not compared with it";
    Diagnostic::new(Code::LockUnreadable, message).at(at, why).help(help)
}

/// A release and the course as it is today.
struct Today<'a> {
    release: &'a LockedRelease,
    target: &'a Target,
    renames: &'a Renames,
    files: BTreeMap<&'a FileId, &'a File>,
}

impl Today<'_> {
    fn breaking(&self, change: &GradingChange) -> Option<Diagnostic> {
        let file = *self.files.get(&change.file)?;
        let id = &change.grade_id;
        let here = file.flagged.get(id).map(|cell| &cell.span);
        let there = |grade_id: &str| self.release.place(&change.was, Some(grade_id));
        let problem = Diagnostic::new;
        let (problem, help) = match &change.what {
            What::Added(cell) => (
                problem(
                    Code::FlaggedCellAdded,
                    format!("the flagged cell `{id}` was not there at the release"),
                )
                .at_some(here, said(cell)),
                "remove its `nbgrader` metadata: nbgrader accepts no new flagged cell once it has submissions"
                    .to_owned(),
            ),
            What::Removed(cell) => (
                problem(
                    Code::FlaggedCellRemoved,
                    format!("the flagged cell `{id}` is missing from `{}`", file.origin),
                )
                .at(&there(id), format!("released: {}", said(cell))),
                "keep a cell with this grade_id and these flags; its text may change".to_owned(),
            ),
            What::Renamed(from, cell) => (
                problem(
                    Code::FlaggedCellRenamed,
                    format!("the flagged cell `{from}` seems to have the grade_id `{id}` now"),
                )
                .at_some(here, said(cell))
                .at(&there(from), "released under this grade_id"),
                format!("keep the grade_id `{from}`, by which submissions are graded"),
            ),
            What::Turned(was, is) => (
                problem(Code::FlaggedCellTurned, turned(id, was, is))
                    .at_some(here, format!("now {}", said(is)))
                    .at(&there(id), "as it was released"),
                "keep the cell's type and flags".to_owned(),
            ),
            What::Points(..) => return None,
        };
        Some(problem.help(format!("{help}; {}", self.release.how_to_accept())))
    }

    /// Notebooks in which a cell that was there at the release is worth more or less now.
    fn points(&self, changes: &[GradingChange]) -> Vec<Diagnostic> {
        let mut by_notebook: BTreeMap<&FileId, Vec<(&GradingChange, FlaggedCell, FlaggedCell)>> =
            BTreeMap::new();
        for change in changes {
            if let What::Points(was, is) = change.what {
                by_notebook.entry(&change.file).or_default().push((change, was, is));
            }
        }
        by_notebook.into_iter().filter_map(|(id, cells)| self.worth(id, &cells)).collect()
    }

    fn worth(&self, id: &FileId, cells: &[(&GradingChange, FlaggedCell, FlaggedCell)]) -> Option<Diagnostic> {
        let file = *self.files.get(id)?;
        let released = self.release.lock.grading.as_ref()?.get(&cells.first()?.0.was)?;
        let before = total(released.values());
        let now = total(file.flagged.values().map(|cell| &cell.value));
        let message = if before == now {
            format!("`{}` distributes its {now} points differently than at the release", file.origin)
        } else {
            format!("`{}` is worth {now} points, and was worth {before} at the release", file.origin)
        };
        let mut problem = Diagnostic::new(Code::PointsChanged, message);
        for (change, was, is) in cells {
            let [was, is] = [was, is].map(|cell| cell.points.unwrap_or_default());
            let here = file.flagged.get(&change.grade_id).map(|cell| &cell.span);
            problem = problem.at_some(here, format!("{is}, was {was}"));
        }
        let accept = &self.release.accept;
        Some(problem.help(format!("points may change: grade all submissions again, so that everyone is graded the same way; `{accept}` accepts it")))
    }

    /// Notebooks that are gone though their unit is still taught: all at once, since one word in `course.yml` changes the form of all.
    fn gone(&self) -> Option<Diagnostic> {
        let today = self.files.values().map(|file| (&file.id, file.role));
        let successors = self.renames.successors(self.release.lock.ids(), today);
        let taught = |id: &FileId| {
            let unit = id.unit().and_then(|unit| unit.parse().ok()).map(|unit| self.renames.unit(&unit));
            let is_taught = |each: &Unit| Some(&each.id) == unit.as_ref() && each.dir.is_some();
            // What is not open yet has its notebooks later.
            self.target.units.iter().any(is_taught)
                && !self.target.announced().any(|each| Some(&each.id) == unit.as_ref())
        };
        let released = self.release.lock.grading.iter().flatten().map(|(id, _)| id);
        let gone: Vec<&FileId> = released.filter(|id| !successors.contains_key(*id) && taught(id)).collect();
        let message = match (named(gone.first()?), gone.len() - 1) {
            (first, 0) => format!("the notebook `{first}` with its flagged cells is missing"),
            (first, others) => {
                format!("the notebook `{first}` with its flagged cells is missing, and {others} more")
            }
        };
        let mut problem = Diagnostic::new(Code::NotebookRemoved, message);
        for id in gone.iter().take(3) {
            problem = problem.at(&self.release.place(id, None), "released with this name and form");
        }
        Some(problem.help(format!(
            "keep its name, and the value of `notebooks` in the course: submissions are graded by both; {}",
            self.release.how_to_accept()
        )))
    }
}

fn total<'a>(cells: impl Iterator<Item = &'a FlaggedCell>) -> Points {
    cells.filter_map(|cell| cell.points).sum()
}

fn turned(id: &str, was: &FlaggedCell, is: &FlaggedCell) -> String {
    format!("the flagged cell `{id}` was a {} at the release, but is a {} now", sort(was), sort(is))
}

/// `code test`
fn sort(cell: &FlaggedCell) -> String {
    FlaggedCell { points: None, ..*cell }.to_string()
}

/// `code test, 10 points`
fn said(cell: &FlaggedCell) -> String {
    cell.points.map_or_else(|| sort(cell), |points| format!("{}, {points} points", sort(cell)))
}
