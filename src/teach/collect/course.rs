//! [`Releases`]: the course as students got it, release by release, and what of it a submission is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::{self, Target};
use crate::digest::Digest;
use crate::id::{FileId, Role, UnitId};
use crate::notebook::{Cell, Notebook, grading};
use crate::path::WorkspacePath;
use crate::release::Release;
use crate::student::submission::notebook;

use super::repair::same_text;

/// A release of a course.
pub struct Given {
    /// Its number where it was published; none for a course that is not.
    pub serial: Option<u64>,
    /// Its digest.
    pub digest: Digest,
    /// The course.
    pub target: Target,
}

/// Every release of a course that is known; the first is the one that is graded against.
pub struct Releases {
    /// The releases, the current one first. Never empty.
    all: Vec<Given>,
    current: BTreeMap<UnitId, Vec<Expected>>,
}

/// A file of a unit that students hand in.
pub struct Expected {
    /// What it is.
    pub id: FileId,
    /// Its path below the unit's folder, as nbgrader has it: a script is a notebook there.
    pub name: WorkspacePath,
    /// Its digest, as the course gives it.
    pub digest: Digest,
    /// The notebook that it is; none for other files.
    pub notebook: Option<Notebook>,
}

impl Given {
    /// A course that is compiled and not published.
    pub fn compiled(target: Target) -> Self {
        Self { serial: None, digest: Release::of(&target).digest(), target }
    }

    /// How people call it.
    pub fn shown(&self) -> String {
        match self.serial {
            Some(serial) => format!("release {serial}"),
            None => format!("base {}", self.target.base_version),
        }
    }
}

impl Releases {
    /// `current` is graded against, `others` are what students may still have.
    pub fn new(current: Given, others: Vec<Given>) -> Self {
        let target = &current.target;
        let mut units: BTreeMap<UnitId, Vec<Expected>> = BTreeMap::new();
        for (at, file) in target.files.iter().filter(|(_, file)| file.role == Role::Work) {
            let Some(unit) = file.unit.as_ref() else { continue };
            let dir = target.units.iter().find(|line| line.id == *unit).and_then(|line| line.dir.as_ref());
            let Some(name) = dir.and_then(|dir| at.below(dir)) else { continue };
            if let Some(expected) = expected(name, file, unit, at) {
                units.entry(unit.clone()).or_default().push(expected);
            }
        }
        let all = std::iter::once(current).chain(others).collect();
        Self { all, current: units }
    }

    /// The release that is graded against.
    pub fn current(&self) -> Option<&Given> {
        self.all.first()
    }

    /// The release with this digest.
    pub fn with_digest(&self, digest: Digest) -> Option<&Given> {
        self.all.iter().find(|given| given.digest == digest)
    }

    /// The release with this number.
    pub fn with_serial(&self, serial: u64) -> Option<&Given> {
        self.all.iter().find(|given| given.serial == Some(serial))
    }

    /// What students hand in of `unit`.
    pub fn expected(&self, unit: &UnitId) -> &[Expected] {
        self.current.get(unit).map(Vec::as_slice).unwrap_or_default()
    }

    /// The units that have something to hand in.
    pub fn units(&self) -> impl Iterator<Item = &UnitId> {
        self.current.keys()
    }

    /// What the unit `id` of an earlier release is called today.
    pub fn unit_today(&self, id: &UnitId) -> UnitId {
        self.current().map_or_else(|| id.clone(), |current| current.target.renames.unit(id))
    }

    /// What the file `id` of an earlier release is today, by the renames that an update follows, too; itself where nothing says otherwise.
    pub fn today(&self, id: &FileId) -> FileId {
        let Some(current) = self.current() else { return id.clone() };
        let files = |given: &Given| -> Vec<(FileId, Role)> {
            given.target.files.values().map(|file| (file.id.clone(), file.role)).collect()
        };
        let has = |given: &&Given| given.target.files.values().any(|file| file.id == *id);
        if has(&current) {
            return id.clone();
        }
        // Beside what else the unit had; of a release that is not known, only what was declared is believed.
        let known = self.all.iter().find(has);
        let old = known.map_or_else(|| vec![(id.clone(), Role::Work)], files);
        let today = files(current);
        let mut found = current.target.renames.successors(old.iter().map(pair), today.iter().map(pair));
        let found = found.remove(id).filter(|file| known.is_some() || !file.is_guess);
        found.map_or_else(|| id.clone(), |file| file.id)
    }

    /// A notebook in the version with this digest, in whichever release has it.
    pub fn notebook(&self, digest: Digest, unit: &UnitId) -> Option<(&Given, Notebook)> {
        let of = |given: &Given| {
            let mut files = given.target.files.iter();
            let (at, file) = files.find(|(_, file)| file.role == Role::Work && file.digest == digest)?;
            Some(complete(notebook(at, &file.content, unit)?.ok()?))
        };
        self.all.iter().find_map(|given| Some((given, of(given)?)))
    }

    /// The notebook that is `id` today as `given` has it.
    pub fn notebook_of<'a>(
        &self,
        given: &'a Given,
        id: &FileId,
        unit: &UnitId,
    ) -> Option<(&'a Given, Notebook)> {
        let mut files = given.target.files.iter().filter(|(_, file)| file.role == Role::Work);
        let (at, file) = files.find(|(_, file)| self.today(&file.id) == *id)?;
        Some((given, complete(notebook(at, &file.content, unit)?.ok()?)))
    }

    /// The unit that a notebook belongs to by its grade_ids: the one that has the most of them, if there is only one.
    pub fn unit_of(&self, student: &Notebook) -> Option<&UnitId> {
        let ids: Vec<&str> = student.cells.iter().filter_map(|cell| cell.grade_id()).collect();
        let shared = |expected: &Expected| {
            let of_course = expected.notebook.as_ref().map(grading::flagged).unwrap_or_default();
            ids.iter().filter(|id| of_course.contains_key(**id)).count()
        };
        let score = |files: &Vec<Expected>| files.iter().map(shared).max().unwrap_or(0);
        let best =
            self.current.iter().map(|(unit, files)| (score(files), unit)).max_by_key(|(score, _)| *score)?;
        let alone = self.current.values().filter(|files| score(files) == best.0).count() == 1;
        (best.0 > 0 && alone).then_some(best.1)
    }

    /// Where a workspace has the files that students hand in, in any release.
    pub fn work_paths(&self) -> BTreeSet<&WorkspacePath> {
        let files = self.all.iter().flat_map(|given| &given.target.files);
        files.filter(|(_, file)| file.role == Role::Work).map(|(at, _)| at).collect()
    }

    /// How many exercises of the unit have another text in `student` than the course gives.
    pub fn answers(&self, unit: &UnitId, student: &Notebook) -> usize {
        let count = |course: &Notebook| {
            let of_course = course.cells.iter().filter(|cell| cell.flag("solution"));
            let is_answered = |exercise: &&Cell| {
                let same_id = |cell: &&Cell| cell.grade_id() == exercise.grade_id();
                student.cells.iter().filter(same_id).any(|cell| !same_text(cell, exercise))
            };
            of_course.filter(is_answered).count()
        };
        self.expected(unit).iter().filter_map(|file| file.notebook.as_ref()).map(count).max().unwrap_or(0)
    }
}

fn pair((id, role): &(FileId, Role)) -> (&FileId, Role) {
    (id, *role)
}

fn expected(name: &str, file: &compile::File, unit: &UnitId, at: &WorkspacePath) -> Option<Expected> {
    let notebook = notebook(at, &file.content, unit).and_then(Result::ok).map(complete);
    let name = match (&notebook, name.strip_suffix(".py")) {
        (Some(_), Some(stem)) => format!("{stem}.ipynb"),
        _ => name.to_owned(),
    };
    let name = WorkspacePath::new(&name).ok()?;
    Some(Expected { id: file.id.clone(), name, digest: file.digest, notebook })
}

/// With the flags that nbgrader wants. What is wrong with it the compiler has said already.
fn complete(mut notebook: Notebook) -> Notebook {
    let _ = grading::complete(&mut notebook);
    notebook
}
