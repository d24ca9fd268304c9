//! `tito lock --check` for programs: which locks are not up to date, and in what.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::annotate::{self, Finding, Places};
use crate::cli::exit::Exit;
use crate::cli::out::{Out, counted};
use crate::cli::sources::{self, Policy};
use crate::cli::{released, report};
use crate::compile::Target;
use crate::diagnostic::{self, Diagnostic, has_errors};
use crate::lock::{Lock, LockError, LockedFile, MAX_LOCK_BYTES};
use crate::path::{WorkspacePath, slashed};
use crate::world::World;
use crate::world::disk::Disk;

/// How a lock is to its course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    UpToDate,
    /// It says what the course was.
    Stale,
    /// There is no lock.
    Missing,
    /// It cannot be read.
    Unreadable,
    /// It was written by a newer tito.
    Newer,
    /// The course has errors, so what its lock should say is not known.
    Errors,
}

/// What of a lock is not up to date.
#[derive(Debug, Default, Serialize)]
struct Differences {
    added: Vec<WorkspacePath>,
    changed: Vec<WorkspacePath>,
    removed: Vec<WorkspacePath>,
    /// Other parts: `course`, `layers`, `sources`, `base`, `units`, `rules`, `grading`.
    parts: Vec<&'static str>,
}

/// A course, its lock, and what is to be said of them.
struct Checked {
    course: PathBuf,
    lock: PathBuf,
    state: State,
    differences: Differences,
    diagnostics: Vec<Diagnostic>,
}

/// Checks the locks beside `courses`, and says everything in one value.
pub(super) fn check(world: &Disk, courses: &[PathBuf], is_offline: bool, out: &Out) -> Exit {
    let policy = |course: &Path| super::open(&Policy::locked(world, course, is_offline));
    let checked =
        sources::compile_many(world, courses, policy, |course, compiled| one(world, course, compiled));
    if out.is_annotated() {
        annotate::show(checked.iter().flat_map(Checked::findings).collect(), out);
    } else {
        let all: Vec<Diagnostic> = checked.iter().flat_map(|one| one.diagnostics.clone()).collect();
        let courses: Vec<Value> = checked.iter().map(Checked::value).collect();
        out.value(&json!({"courses": courses, "diagnostics": report::entries(&all), "summary": report::summary(&all)}));
    }
    match () {
        () if checked.iter().any(|one| one.state == State::Errors) => Exit::Failed,
        () if checked.iter().any(|one| one.state != State::UpToDate) => Exit::Blocked,
        () => Exit::Done,
    }
}

fn one(world: &Disk, course: &Path, compiled: diagnostic::Checked<Target>) -> Checked {
    let lock = course.with_file_name("course.lock");
    let mut checked = Checked {
        course: course.to_owned(),
        lock: lock.clone(),
        state: State::Errors,
        differences: Differences::default(),
        diagnostics: Vec::new(),
    };
    let target = match compiled.value {
        Some(target) if !has_errors(&compiled.diagnostics) => target,
        _ => return Checked { diagnostics: compiled.diagnostics, ..checked },
    };
    let now = Lock::of(&target);
    let before = world.read(&lock, MAX_LOCK_BYTES).ok();
    checked.state = match before.as_deref().map(|bytes| (bytes, Lock::read(bytes))) {
        None => State::Missing,
        Some((bytes, _)) if bytes == now.write() => State::UpToDate,
        Some((_, Err(LockError::Newer { .. }))) => State::Newer,
        Some((_, Err(_))) => State::Unreadable,
        Some((_, Ok(old))) => {
            checked.differences = Differences::between(&old, &now);
            State::Stale
        }
    };
    if checked.state != State::UpToDate {
        checked.diagnostics = released::against(world, course, &target, world.now());
    }
    checked
}

/// The parts of two locks that differ, other than files: `course`, `layers`, `sources`, `base`, `units`, `rules`, `grading`.
pub(super) fn other_parts(old: &Lock, new: &Lock) -> Vec<&'static str> {
    let parts = [
        ("course", old.course == new.course),
        ("layers", old.layers == new.layers),
        ("sources", old.sources == new.sources),
        ("base", old.base == new.base),
        ("units", old.units == new.units),
        ("rules", old.rules == new.rules),
        ("grading", old.grading == new.grading),
    ];
    parts.into_iter().filter(|(_, same)| !same).map(|(part, _)| part).collect()
}

impl Differences {
    fn between(old: &Lock, new: &Lock) -> Self {
        let lacking = |of: &BTreeMap<WorkspacePath, LockedFile>,
                       from: &BTreeMap<WorkspacePath, LockedFile>| {
            of.keys().filter(|path| !from.contains_key(*path)).cloned().collect::<Vec<_>>()
        };
        let is_changed = |(path, file): &(&WorkspacePath, &LockedFile)| {
            new.files.get(*path).is_some_and(|now| now != *file)
        };
        Self {
            added: lacking(&new.files, &old.files),
            changed: old.files.iter().filter(is_changed).map(|(path, _)| path.clone()).collect(),
            removed: lacking(&old.files, &new.files),
            parts: other_parts(old, new),
        }
    }

    /// In words.
    fn text(&self) -> String {
        let files = [("added", &self.added), ("changed", &self.changed), ("removed", &self.removed)];
        let mut parts: Vec<String> = files
            .into_iter()
            .filter(|(_, files)| !files.is_empty())
            .map(|(word, files)| format!("{} {word}", counted(files.len(), "file")))
            .collect();
        if !self.parts.is_empty() {
            parts.push(format!("other parts changed: {}", self.parts.join(", ")));
        }
        parts.join(", ")
    }
}

impl Checked {
    fn value(&self) -> Value {
        json!({
            "course": slashed(&self.course),
            "lock": slashed(&self.lock),
            "state": self.state,
            "stale": self.differences,
            "diagnostics": report::entries(&self.diagnostics),
            "summary": report::summary(&self.diagnostics),
        })
    }

    fn findings(&self) -> Vec<Finding> {
        let places = Places::of(&Disk::new(), &self.course);
        let mut findings: Vec<Finding> =
            self.diagnostics.iter().map(|found| Finding::of(&places, found)).collect();
        let help = "run `tito lock`, and commit course.lock";
        let about = "The lock beside a course is not up to date.";
        let of_lock = |message: String| Finding::of_file(&self.lock, "lock::stale", about, message, help);
        match self.state {
            State::UpToDate | State::Errors => {}
            State::Missing => findings.push(Finding::of_file(
                &self.course,
                "lock::missing",
                "There is no lock beside a course.",
                "there is no course.lock beside this course".to_owned(),
                help,
            )),
            State::Stale => {
                findings.push(of_lock(format!("course.lock is not up to date: {}", self.differences.text())))
            }
            State::Unreadable => findings.push(of_lock("course.lock cannot be read".to_owned())),
            State::Newer => findings.push(Finding::of_file(
                &self.lock,
                "lock::newer",
                "The lock beside a course was written by a newer tito.",
                "course.lock was written by a newer tito".to_owned(),
                "update tito",
            )),
        }
        findings
    }
}
