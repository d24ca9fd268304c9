//! What was written into a workspace before: [`Lock`] (what the course is), [`Baselines`] (what tito last wrote, per student),
//! [`Progress`] (how far the student is), [`Config`] (where the course comes from).
//!
//! In: bytes of `course.lock`, `.tinytorch/version.json`, `progress.json`, `.tinytorch/config.json`. Out: values, or an error that
//! says which of the many ways of being broken it is; and back to bytes. Nothing here touches the disk.
//!
//! A [`Lock`] is not a [`Target`]: it names content by digest and has none, and it is read from a place where
//! anybody may have written anything. [`Baselines`] are not a lock: two students of a course share the lock, and each has their own
//! baselines, because policy may have left a file of one of them as it was.
//!
//! # History of the lock's format
//! - **1** (tito 0.1): course, layers, base, units, rules, files; closed by `end`, which counts the lines above it and holds their
//!   digest, so that a lock that was cut off, edited by hand or merged by lines is noticed before anything in it is believed.
//! - **2** (tito 0.1): `grading`, the flagged cells of every notebook that has any. A lock of version 1 is read, and says nothing of
//!   them; tito 0.1 as it was then refuses version 2 and asks for a newer tito.
//! - **3** (tito 0.2): `executable: true` of files that may be run. A lock of a course without such a file is written as version 2, which
//!   says the same.
//! - **4** (tito 0.2): `sources`, what was asked for and what it is. A lock of a course without sources is written as version 3 or 2.
//! - **5** (tito 0.2): `dates` of units: when they open, are due and close. A lock of a course without a schedule is written as an earlier version.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::compile::{Mode, Target, Unit};
use crate::digest::Digest;
use crate::id::{FileId, Role, UnitId, UnitKind};
use crate::notebook::grading::FlaggedCell;
use crate::path::WorkspacePath;
use crate::schedule::Dates;
use crate::world::sources::Pinned;

mod baselines;
mod by_lines;
mod config;
mod exports;
mod grading;
mod open;
mod names;
mod progress;
mod read;
mod recognise;
mod release;
mod submitted;
mod write;

pub use baselines::{ARRIVED, Baseline, Baselines, Former, MOST_FORMER, MOST_PLACES, WORKSPACE_VERSION};
pub use config::Config;
pub use exports::{Export, Exports};
pub use grading::{GradingChange, What, cell_changes, grading_changes};
pub use open::{OpenPoint, Point};
pub use progress::{Progress, Unsettled};
pub use read::{LockError, MAX_LOCK_BYTES, MAX_STATE_BYTES, StateError};
pub use recognise::recognised;
pub use release::{LockedRelease, unreadable};
pub use submitted::Submitted;

/// The newest version of the lock's format that this tito writes; it refuses newer ones.
pub const LOCK_VERSION: u64 = 5;

/// What `course.lock` says: the course compiled, with digests in place of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Which course.
    pub course: LockedCourse,
    /// The files that it was folded from, innermost first.
    pub layers: Vec<LockedLayer>,
    /// The sources that were used, and what they are. A lock before version 4 has none.
    pub sources: Vec<Pinned>,
    /// The base that it was compiled against.
    pub base: LockedBase,
    /// Units in course order.
    pub units: Vec<LockedUnit>,
    /// The rules that govern at least one file, in the order in which they are looked at.
    pub rules: Vec<LockedRule>,
    /// Every file, by path.
    pub files: BTreeMap<WorkspacePath, LockedFile>,
    /// What of the course is graded; none in a lock of version 1, which does not say.
    pub grading: Option<Grading>,
}

/// The flagged cells of notebooks by grade_id: those of every notebook that has any.
pub type Grading = BTreeMap<FileId, BTreeMap<String, FlaggedCell>>;

/// Which course a lock is of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedCourse {
    /// Its stable name.
    pub id: String,
    /// The run, where the course says one.
    #[serde(default)]
    pub run: Option<String>,
    /// Of the folded course, relevant keys only.
    #[serde(deserialize_with = "read::prefixed_digest")]
    pub digest: Digest,
}

/// One `course.yml` of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedLayer {
    /// Its name relative to the innermost layer's folder.
    pub file: String,
    /// Of its bytes.
    pub sha256: Digest,
}

/// The base of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedBase {
    /// The catalog's name.
    pub catalog: String,
    /// Its version.
    pub version: semver::Version,
    /// Of the whole base tree.
    pub sha256: Digest,
    /// The package that students build; none in a lock of version 1.
    #[serde(default)]
    pub package: Option<String>,
}

/// A unit of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedUnit {
    /// Its id.
    pub id: UnitId,
    /// What sort.
    pub kind: UnitKind,
    /// `01`, `02`, …; empty for units without one.
    #[serde(default)]
    pub number: String,
    /// For people; none in a lock of version 1.
    #[serde(default)]
    pub title: Option<String>,
    /// Its folder, if it has one.
    #[serde(default)]
    pub dir: Option<WorkspacePath>,
    /// The folder of its tests, if it has any; a lock of version 1 does not say.
    #[serde(default)]
    pub tests: Option<WorkspacePath>,
    /// How it is taught.
    pub mode: Mode,
    /// May be left out by a student; a lock of version 1 does not say.
    #[serde(default)]
    pub optional: bool,
    /// Hard requirements; a lock of version 1 does not say.
    #[serde(default)]
    pub requires: Vec<UnitId>,
    /// When it opens, is due and closes; a lock before version 5 does not say.
    #[serde(default)]
    pub dates: Dates,
}

/// A rule of a lock: enough for a reviewer to find it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedRule {
    /// Its name.
    pub id: String,
    /// Where it is: `university.yml:14`, `built-in`.
    pub from: String,
}

/// A file of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// What it is, wherever it is.
    pub id: FileId,
    /// What it is for.
    pub role: Role,
    /// Of its bytes.
    pub sha256: Digest,
    /// May it be run? A lock before version 3 does not say.
    #[serde(default)]
    pub executable: bool,
    /// Name of the rule that governs it.
    pub rule: String,
}

impl LockedUnit {
    fn of(unit: &Unit) -> Self {
        let Unit { id, kind, number, title, dir, tests, mode, optional, requires, dates, hours: _ } =
            unit.clone();
        Self { id, kind, number, title: Some(title), dir, tests, mode, optional, requires, dates }
    }

    /// What a lock of version 1 says of it.
    fn as_version_1(&self) -> Self {
        let dates = Dates::default();
        Self { title: None, tests: None, optional: false, requires: Vec::new(), dates, ..self.clone() }
    }
}

impl Lock {
    /// The lock of a compiled course. It depends on the target alone: two students of a course have the same bytes.
    pub fn of(target: &Target) -> Self {
        let governing: BTreeSet<usize> = target.files.values().map(|file| file.rule).collect();
        let rules = governing.into_iter().filter_map(|rule| target.policy.rules().get(rule));
        let name_of = |rule: usize| target.policy.rules().get(rule).map(|rule| rule.name.clone());
        Self {
            course: LockedCourse {
                id: target.course.clone(),
                run: target.run.clone(),
                digest: target.course_digest,
            },
            layers: target
                .layers
                .iter()
                .map(|(file, sha256)| LockedLayer { file: file.clone(), sha256: *sha256 })
                .collect(),
            sources: target.sources.clone(),
            base: LockedBase {
                catalog: target.base.clone(),
                version: target.base_version.clone(),
                sha256: target.base_digest,
                package: Some(target.package.clone()),
            },
            units: target.units.iter().map(LockedUnit::of).collect(),
            rules: rules.map(|rule| LockedRule { id: rule.name.clone(), from: rule.from.clone() }).collect(),
            files: target
                .files
                .iter()
                .map(|(path, file)| {
                    let rule = name_of(file.rule).unwrap_or_default();
                    let entry = LockedFile {
                        id: file.id.clone(),
                        role: file.role,
                        sha256: file.digest,
                        executable: file.executable,
                        rule,
                    };
                    (path.clone(), entry)
                })
                .collect(),
            grading: Some(grading::of(target)),
        }
    }

    /// Every file's identity and role, except what the student's work is exported to.
    pub fn ids(&self) -> impl Iterator<Item = (&FileId, Role)> {
        let followed = self.files.values().filter(|file| file.role != Role::Export);
        followed.map(|file| (&file.id, file.role))
    }

    /// Do the two say the same, as far as both say anything?
    pub fn agrees_with(&self, other: &Self) -> bool {
        if self.is_whole() && other.is_whole() {
            return self == other;
        }
        self.as_version_1() == other.as_version_1()
    }

    /// Does it say all that this version of the format says?
    fn is_whole(&self) -> bool {
        self.grading.is_some()
            && self.base.package.is_some()
            && self.units.iter().all(|unit| unit.title.is_some())
    }

    /// What a lock of version 1 says of the same: nothing of grading, the package, and what students see of units.
    pub fn as_version_1(&self) -> Self {
        Self {
            base: LockedBase { package: None, ..self.base.clone() },
            units: self.units.iter().map(LockedUnit::as_version_1).collect(),
            files: self.without_modes(),
            sources: Vec::new(),
            grading: None,
            ..self.clone()
        }
    }

    /// Its files as a lock of version 2 says them.
    fn without_modes(&self) -> BTreeMap<WorkspacePath, LockedFile> {
        let plain = |file: &LockedFile| LockedFile { executable: false, ..file.clone() };
        self.files.iter().map(|(path, file)| (path.clone(), plain(file))).collect()
    }

    /// Does it say when a unit opens, is due or closes?
    fn has_dates(&self) -> bool {
        self.units.iter().any(|unit| !unit.dates.is_empty())
    }

    /// Does it say of a file that it may be run?
    fn has_modes(&self) -> bool {
        self.files.values().any(|file| file.executable)
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// A [`LockError`] that says what is wrong; nothing of a broken lock is believed.
    pub fn read(bytes: &[u8]) -> Result<Self, LockError> {
        read::lock(bytes)
    }

    /// The bytes of `course.lock`: one line per unit, rule, file and flagged cell, no timestamps, the same for the same value.
    pub fn write(&self) -> Vec<u8> {
        write::lock(self)
    }
}
