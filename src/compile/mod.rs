//! Course × Catalog → [`Target`]: the course compiled. No dangling name, every file with identity, role, digest, content and
//! the rule that governs it.

mod at;
mod bases;
mod comparisons;
mod stages;
mod content;
mod dates;
mod gaps;
mod item;
mod kits;
mod matching;
mod nesting;
mod numbered;
mod order;
mod place;
mod policy;
mod render;
mod renames;
mod select;
mod settled;
mod templates;
mod unknown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::digest::Digest;
use crate::id::{Action, FileId, Role, UnitId, UnitKind};
pub use crate::id::{AdvisorySeverity, Mode, PerState};
use crate::notebook::grading::FlaggedCell;
use crate::notebook::tiers::{Stubs, Tier};
use crate::path::WorkspacePath;
use crate::schedule::{Dates, Window, Zone};
use crate::source::Spanned;
use crate::world::sources::Pinned;

/// The course compiled: what every student's workspace holds before the student writes anything.
#[derive(Clone, Debug)]
pub struct Target {
    /// Stable name of the course.
    pub course: String,
    /// Its title, for people.
    pub title: String,
    /// Who it is for: which solution regions are stripped.
    pub tier: Tier,
    /// What students get in place of code, for nbgrader; a release that was fetched does not know it.
    pub stubs: Stubs,
    /// Version of the base it was compiled against.
    pub base_version: semver::Version,
    /// The package that students build.
    pub package: String,
    /// Units in course order.
    pub units: Vec<Unit>,
    /// Every file, by path.
    pub files: BTreeMap<WorkspacePath, File>,
    /// The policy, in the order in which rules are looked at.
    pub policy: Policy,
    /// Fixes that the base's maintainers announce.
    pub advisories: Vec<Advisory>,
    /// Former names of units and files: a file with a former name is the same file.
    pub renames: Renames,
    /// Every unit that the base and the course offer, whether this course has it or not.
    pub offered: BTreeSet<UnitId>,
    /// Units that base or course no longer have, with the reason.
    pub retired: BTreeMap<UnitId, String>,
    /// Which run of the course.
    pub run: Option<String>,
    /// The name of the zone that the course's dates are in, where it has a schedule.
    pub timezone: Option<String>,
    /// Digest of the folded course: of what decides what students get.
    pub course_digest: Digest,
    /// The files that the course was folded from, innermost first: name and digest.
    pub layers: Vec<(String, Digest)>,
    /// The sources that were used, and what they are, in the order of their addresses.
    pub sources: Vec<Pinned>,
    /// The catalog's name.
    pub base: String,
    /// Digest of the whole base tree.
    pub base_digest: Digest,
    /// Data sets of the base.
    pub datasets: Vec<Dataset>,
}

pub use bases::{Bases, base_root};
pub use policy::built_in;
pub use renames::{FileRename, Renames, Successor};
pub use stages::{Overrides, compile, compile_base, compile_bundled, compile_over, compile_read, read_base};

impl Target {
    /// The zone that the course's dates are in; UTC where it has no schedule.
    pub fn zone(&self) -> Zone {
        Zone::of(self.timezone.as_deref())
    }

    /// What each file of an earlier release is today; one that the course no longer has is not in the answer. See
    /// [`Renames::successors`]. Files that a student's work is exported to are left out.
    pub fn successors<'a>(
        &'a self,
        old: impl IntoIterator<Item = (&'a FileId, Role)>,
    ) -> BTreeMap<FileId, Successor> {
        let today = self.files.values().filter(|file| file.role != Role::Export);
        self.renames.successors(old, today.map(|file| (&file.id, file.role)))
    }
}

/// A data set: part of the workspace, or fetched on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its id.
    pub id: UnitId,
    /// For people.
    pub title: Option<String>,
    /// Where it is in a workspace: a file, or a folder of one that is bundled.
    pub path: WorkspacePath,
    /// Where it is fetched from; none: it is bundled.
    pub url: Option<String>,
    /// What its bytes must be.
    pub sha256: Option<Digest>,
    /// How many there are.
    pub bytes: Option<u64>,
    /// Its licence.
    pub license: Option<String>,
}

/// A unit of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What sort.
    pub kind: UnitKind,
    /// `01`, `02`, …; empty for units without one.
    pub number: String,
    /// For people.
    pub title: String,
    /// Its folder; none for provided modules that leave no files of their own.
    pub dir: Option<WorkspacePath>,
    /// The folder of its tests, if it has any.
    pub tests: Option<WorkspacePath>,
    /// How it is taught.
    pub mode: Mode,
    /// May be left out by a student.
    pub optional: bool,
    /// How long it takes.
    pub hours: Option<u64>,
    /// Hard requirements.
    pub requires: Vec<UnitId>,
    /// When it opens, is due and closes.
    pub dates: Dates,
}

/// One file of the target.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is, wherever it is.
    pub id: FileId,
    /// The unit it belongs to.
    pub unit: Option<UnitId>,
    /// What it is for.
    pub role: Role,
    /// Digest of `content`.
    pub digest: Digest,
    /// Digest of the file of the base that it was rendered, converted or exported from; none where it is that very file, or tito makes it.
    pub source: Option<Digest>,
    /// The bytes.
    pub content: Arc<[u8]>,
    /// May be run.
    pub executable: bool,
    /// Where it comes from, for people: a path of the base or of an assignment's folder.
    pub origin: String,
    /// Index into [`Policy::rules`] of the first rule that matches and always applies; every policy ends with a rule that matches all. A rule
    /// that applies for a time may come before it: see [`Policy::in_force`].
    pub rule: usize,
    /// The flagged cells of a notebook by grade_id, and where they are written.
    pub flagged: BTreeMap<String, Spanned<FlaggedCell>>,
}

/// Rules in the order in which they are looked at: final rules of outer layers first, then inner to outer, then the built-in
/// ones, then the default, which matches everything.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
    /// Indices of the rules that apply for a time only.
    for_a_time: Vec<usize>,
    index: matching::Index,
}

/// One rule, resolved.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id, or a made-up one: `rule 3`, `built-in work`, `default`.
    pub name: String,
    /// `university.yml:14`, or `built-in`.
    pub from: String,
    /// What it matches.
    pub matches: Matcher,
    /// What it allows, per state.
    pub action: PerState,
    /// If the student edited the file: may only lower.
    pub edited: Option<Action>,
    /// If a critical advisory covers the change: may only raise.
    pub critical: Option<PerState>,
    /// When it applies.
    pub window: Window,
    /// Cannot be overridden by an inner layer.
    pub is_final: bool,
    /// For students.
    pub why: Option<String>,
}

/// What a rule matches; what is given is and-ed, an empty one matches everything.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    /// Globs over workspace paths.
    pub paths: Option<Globs>,
    /// Ids of units.
    pub units: Option<Vec<UnitId>>,
    /// Roles.
    pub roles: Option<Vec<Role>>,
}

/// Globs over workspace paths, of which one must match.
#[derive(Clone, Debug, Default)]
pub struct Globs(Vec<globset::GlobMatcher>);

impl Globs {
    /// Does one of them match `path`?
    pub fn is_match(&self, path: &WorkspacePath) -> bool {
        self.0.iter().any(|glob| glob.is_match(path.as_str()))
    }

    /// Does the one with the index `at` match `path`?
    fn is_match_of(&self, at: usize, path: &WorkspacePath) -> bool {
        self.0.get(at).is_some_and(|glob| glob.is_match(path.as_str()))
    }

    /// As they are written.
    pub fn globs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|glob| glob.glob().glob())
    }
}

impl FromIterator<globset::Glob> for Globs {
    fn from_iter<I: IntoIterator<Item = globset::Glob>>(globs: I) -> Self {
        Self(globs.into_iter().map(|glob| glob.compile_matcher()).collect())
    }
}

impl Matcher {
    /// Does it match a file at `path`, of `unit`, for `role`?
    pub fn matches(&self, path: &WorkspacePath, unit: Option<&UnitId>, role: Role) -> bool {
        self.paths.as_ref().is_none_or(|globs| globs.is_match(path)) && self.is_about(unit, role)
    }

    /// Does it match files of `unit` for `role`, wherever they are?
    fn is_about(&self, unit: Option<&UnitId>, role: Role) -> bool {
        self.units.as_ref().is_none_or(|units| unit.is_some_and(|unit| units.contains(unit)))
            && self.roles.as_ref().is_none_or(|roles| roles.contains(&role))
    }
}

impl Policy {
    /// The policy of `rules`, in the order in which they are looked at.
    pub fn new(rules: Vec<Rule>) -> Self {
        let timed = rules.iter().enumerate().filter(|(_, rule)| !rule.window.is_always());
        Self { index: matching::Index::of(&rules), for_a_time: timed.map(|(at, _)| at).collect(), rules }
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The first rule that matches a file at `path`, of `unit`, for `role`, and always applies, with its index.
    pub fn first_lasting(
        &self,
        path: &WorkspacePath,
        unit: Option<&UnitId>,
        role: Role,
    ) -> Option<(usize, &Rule)> {
        self.matching(path, unit, role).find(|(_, rule)| rule.window.is_always())
    }

    /// The rule that decides at `now` what happens to a file at `path`, of `unit`, for `role`, with its index. `lasting` is what
    /// [`Policy::first_lasting`] says of the file, where that is known.
    pub fn in_force(
        &self,
        path: &WorkspacePath,
        unit: Option<&UnitId>,
        role: Role,
        lasting: Option<usize>,
        now: Timestamp,
    ) -> Option<(usize, &Rule)> {
        // Most courses have no rule for a time: what is known of the file is the answer.
        let known = lasting.filter(|at| self.for_a_time.iter().all(|timed| timed > at));
        if let Some((at, rule)) = known.and_then(|at| Some((at, self.rules.get(at)?))) {
            return Some((at, rule));
        }
        self.matching(path, unit, role).find(|(_, rule)| rule.window.contains(now))
    }

    /// Every rule that matches a file at `path`, of `unit`, for `role`, with its index, in order.
    pub fn matching<'p, 'f>(
        &'p self,
        path: &'f WorkspacePath,
        unit: Option<&'f UnitId>,
        role: Role,
    ) -> impl Iterator<Item = (usize, &'p Rule)> + use<'p, 'f> {
        let mut last = None;
        self.index.candidates(path, unit).into_iter().filter_map(move |(at, glob)| {
            let rule = self.rules.get(at).filter(|_| last != Some(at))?;
            let is_there = match (glob, &rule.matches.paths) {
                (Some(glob), Some(globs)) => globs.is_match_of(glob, path),
                _ => true,
            };
            let is_match = is_there && rule.matches.is_about(unit, role);
            last = if is_match { Some(at) } else { last };
            is_match.then_some((at, rule))
        })
    }

    /// The globs that match `path`, whatever else their rules ask for: the index of the rule, and that of the glob in it. Those of which
    /// `is_known` are not tried.
    fn globs_on(
        &self,
        path: &WorkspacePath,
        is_known: impl Fn(&(usize, usize)) -> bool,
    ) -> Vec<(usize, usize)> {
        let candidates = self.index.candidates(path, None).into_iter();
        let globs = candidates.filter_map(|(rule, glob)| Some((rule, glob?)));
        let is_on = |(rule, glob): &(usize, usize)| {
            let paths = self.rules.get(*rule).and_then(|rule| rule.matches.paths.as_ref());
            paths.is_some_and(|paths| paths.is_match_of(*glob, path))
        };
        globs.filter(|at| !is_known(at) && is_on(at)).collect()
    }
}

/// A note of the base's maintainers about a fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advisory {
    /// Its id.
    pub id: String,
    /// How bad.
    pub severity: AdvisorySeverity,
    /// The first version of the base that has the fix.
    pub fixed_in: semver::Version,
    /// Units whose files it covers.
    pub units: Vec<UnitId>,
    /// Or files, resolved to paths of this target.
    pub paths: Vec<WorkspacePath>,
    /// What was wrong.
    pub title: String,
    /// What it asks of the student.
    pub ask: Option<String>,
}
