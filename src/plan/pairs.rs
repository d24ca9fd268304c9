//! Baselines × target → [`Pair`]s: which file of the last run is which file of this one. By identity, never by path.

use std::collections::{BTreeMap, BTreeSet};

use super::{Observed, Sides};
use crate::compile::{File, Target};
use crate::digest::Digest;
use crate::id::{FileId, Role, UnitId};
use crate::lock::{Baseline, Baselines, Former, Lock};
use crate::path::WorkspacePath;

/// A file as tito last wrote it, as the course wants it now, or both.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    /// What it is, by today's name.
    pub(super) id: FileId,
    /// Where it belongs now: where the course wants it, or where it was.
    pub(super) goal: &'a WorkspacePath,
    /// As tito last wrote it, and where.
    pub(super) base: Option<(&'a WorkspacePath, &'a Baseline)>,
    /// As the course wants it now, and where.
    pub(super) course: Option<(&'a WorkspacePath, &'a File)>,
}

impl Pair<'_> {
    /// What it is for: as the course says now, or said last.
    pub(super) fn role(&self) -> Role {
        let base = self.base.map(|(_, base)| base.role);
        self.course.map(|(_, file)| file.role).or(base).unwrap_or(Role::Support)
    }

    /// The version that tito gave and that the student's bytes are, whole: the one last written, or a former one. `None`: they are
    /// the student's own, or the course's.
    pub(super) fn version_of(&self, student: Digest, observed: &Observed) -> Option<Former> {
        let (_, base) = self.base?;
        let is_students = |raw: Digest| observed.canonical(raw) == observed.canonical(student);
        if is_students(base.sha256) {
            return Some(Former { sha256: base.sha256, version: base.version.clone() });
        }
        if self.course.is_some_and(|(_, file)| is_students(file.digest)) {
            return None;
        }
        base.former.iter().rev().find(|former| is_students(former.sha256)).cloned()
    }

    /// Digests of the three sides' content. Text of a former version is not an edit: it is the base then.
    pub(super) fn sides(&self, student: Option<Digest>, observed: &Observed) -> Sides<Digest> {
        let form = |raw: Digest| observed.canonical(raw);
        let version = student.and_then(|student| self.version_of(student, observed));
        let base = version.map(|version| version.sha256).or(self.base.map(|(_, base)| base.sha256));
        Sides {
            base: base.map(form),
            student: student.map(form),
            course: self.course.map(|(_, file)| form(file.digest)),
        }
    }

    /// The unit it belongs to, by today's name.
    pub(super) fn unit(&self) -> Option<UnitId> {
        match self.course {
            Some((_, file)) => file.unit.clone(),
            None => self.id.unit().and_then(|unit| unit.parse().ok()),
        }
    }
}

/// Every file of the target and of the baselines, once, in the order of where it belongs. Files that the student's work is exported
/// to are never in a plan. Of what was `observed` counts what the content of files says beside their names, and what was left and is of
/// the course again.
pub(super) fn pairs<'a>(target: &'a Target, baselines: &'a Baselines, observed: &Observed) -> Vec<Pair<'a>> {
    let wanted: BTreeMap<&FileId, (&WorkspacePath, &File)> = target
        .files
        .iter()
        .filter(|(_, file)| file.role != Role::Export)
        .map(|(path, file)| (&file.id, (path, file)))
        .collect();
    let returning = observed.returning.iter().filter_map(|path| baselines.left.get_key_value(path));
    let all = baselines.files.iter().chain(returning);
    let followed: Vec<_> = all.filter(|(_, base)| base.role != Role::Export).collect();
    let successors = target.successors(followed.iter().map(|(_, base)| (&base.id, base.role)));
    let mut met = BTreeSet::new();
    let mut all: Vec<Pair<'a>> = Vec::new();
    for (path, base) in followed {
        let id = successors.get(&base.id).map(|successor| successor.id.clone());
        let id = id.unwrap_or_else(|| in_todays_unit(&base.id, target));
        let id = observed.renamed.get(&id).cloned().unwrap_or(id);
        // A second entry with one identity (a hand-made version.json) is a file that the course does not have.
        let course = wanted.get(&id).copied().filter(|_| met.insert(id.clone()));
        let goal = course.map_or(path, |(path, _)| path);
        all.push(Pair { id, goal, base: Some((path, base)), course });
    }
    let new = wanted.into_iter().filter(|(id, _)| !met.contains(*id));
    all.extend(new.map(|(id, course)| Pair {
        id: id.clone(),
        goal: course.0,
        base: None,
        course: Some(course),
    }));
    let key = |pair: &Pair<'a>| (pair.goal, pair.base.map(|(path, _)| path));
    all.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id)));
    all
}

/// The id of a file that the course no longer has, with the id that its unit has today.
fn in_todays_unit(id: &FileId, target: &Target) -> FileId {
    let renamed = id.parts().and_then(|parts| {
        let unit = parts.unit.parse().ok()?;
        Some(FileId::of_unit(parts.kind, &target.renames.unit(&unit), parts.rest))
    });
    renamed.unwrap_or_else(|| id.clone())
}

/// The folder of the unit that a file with this identity is in, when it is at `path`: as far above the file as its identity
/// says. The names themselves may differ by the unit's number.
pub fn unit_folder(id: &FileId, path: &WorkspacePath) -> Option<WorkspacePath> {
    let own = id.parts()?.rest.split('/').count();
    let mut folder = path.clone();
    for _ in 0..own {
        folder = folder.parent()?;
    }
    Some(folder)
}

/// Folders of units that the lock in force has in one place and the target in another. Only with its help is what a student put beside
/// a file still found when an update was interrupted after that file had moved.
pub(super) fn unit_folders(lock: Option<&Lock>, target: &Target) -> Vec<(WorkspacePath, WorkspacePath)> {
    let Some(lock) = lock else { return Vec::new() };
    let moved = lock.units.iter().filter_map(|unit| {
        let id = target.renames.unit(&unit.id);
        let new = target.units.iter().find(|new| new.id == id && new.kind == unit.kind)?.dir.clone()?;
        let old = unit.dir.clone()?;
        (old != new).then_some((old, new))
    });
    moved.collect()
}
