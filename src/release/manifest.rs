//! [`Manifest`]: the wire form of a release. `course-schemas/release.schema.json` is its schema.
//!
//! Maps are sorted, one file a line, so that two releases of a course differ where the course does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compile::{self, Globs, Matcher, Policy, Renames, Target};
use crate::course::glob;
use crate::digest::Digest;
use crate::id::{Action, AdvisorySeverity, FileId, Mode, PerState, Role, UnitId, UnitKind};
use crate::json;
use crate::notebook::grading::FlaggedCell;
use crate::notebook::tiers::{Stubs, Tier};
use crate::path::WorkspacePath;
use crate::schedule::{Dates, Window};
use crate::source::{Source, Spanned};
use crate::world::sources::Pinned;

use super::{MAX_FILE_BYTES, MAX_FILES, MAX_MANIFEST_BYTES, RELEASE_VERSION, ReleaseError};

/// A course compiled, without the bytes of its files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format.
    pub release: u64,
    /// The course.
    pub course: Course,
    /// The files that the course was folded from, innermost first.
    pub layers: Vec<Layer>,
    /// The sources that were used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Pinned>,
    /// The base that it was compiled against.
    pub base: Base,
    /// Units in course order.
    pub units: Vec<Unit>,
    /// Rules in the order in which they are looked at.
    pub rules: Vec<Rule>,
    /// Fixes that the base's maintainers announce.
    pub advisories: Vec<Advisory>,
    /// Former names of units: old → new.
    pub unit_renames: BTreeMap<UnitId, UnitId>,
    /// Former names of files.
    pub file_renames: Vec<FileRename>,
    /// Every unit that the base and the course offer, whether this course has it or not.
    pub offered: BTreeSet<UnitId>,
    /// Units that base or course no longer have, with the reason.
    pub retired: BTreeMap<UnitId, String>,
    /// Data sets of the base.
    pub datasets: Vec<Dataset>,
    /// Every file, by path.
    pub files: BTreeMap<WorkspacePath, File>,
}

/// The course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Its stable name.
    pub id: String,
    /// For people.
    pub title: String,
    /// Which run of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The zone that its dates are in, by its IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Who it is for: which solution regions are stripped.
    pub tier: Tier,
    /// Digest of what decides what students get.
    pub digest: Digest,
}

/// A file that the course was folded from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Its name.
    pub file: String,
    /// Digest of its bytes.
    pub sha256: Digest,
}

/// The base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// The catalog's name.
    pub catalog: String,
    /// Its version (semver).
    #[schemars(with = "String")]
    pub version: semver::Version,
    /// The package that students build.
    pub package: String,
    /// Digest of the whole base tree.
    pub sha256: Digest,
}

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What sort.
    pub kind: UnitKind,
    /// `01`, `02`, …; empty for units without one.
    pub number: String,
    /// For people.
    pub title: String,
    /// Its folder, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<WorkspacePath>,
    /// The folder of its tests, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<WorkspacePath>,
    /// How it is taught.
    pub mode: Mode,
    /// May be left out by a student.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// How long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u64>,
    /// Hard requirements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<UnitId>,
    /// When it opens, is due and closes.
    #[serde(default, skip_serializing_if = "Dates::is_empty")]
    pub dates: Dates,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What it is, wherever it is.
    pub id: FileId,
    /// The unit that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// What it is for.
    pub role: Role,
    /// Digest of its bytes.
    pub sha256: Digest,
    /// How many bytes it has.
    pub bytes: u64,
    /// Digest of the file of the base that it was made of; none where it is that very file, or tito makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Digest>,
    /// May be run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// Where it comes from, for people.
    pub origin: String,
    /// Index into `rules` of the rule that governs it.
    pub rule: usize,
    /// The flagged cells of a notebook by grade_id, such as `code test 10`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub flagged: BTreeMap<String, String>,
}

/// A rule of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id.
    pub name: String,
    /// Where it is written: `university.yml:14`, or `built-in`.
    pub from: String,
    /// Globs over workspace paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// Units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<UnitId>>,
    /// Roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// What it allows, per state.
    #[serde(rename = "do")]
    pub action: Actions,
    /// If the student edited the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Action>,
    /// If a critical advisory covers the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<Actions>,
    /// It applies from then on (RFC 3339, UTC).
    #[serde(default, rename = "applies-from", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub applies_from: Option<Timestamp>,
    /// It applies until this minute is over (RFC 3339, UTC).
    #[serde(default, rename = "applies-until", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub applies_until: Option<Timestamp>,
    /// Cannot be overridden by an inner layer.
    #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
    /// For students.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One action for each state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Actions {
    /// Nothing of the unit was touched.
    pub not_started: Action,
    /// Started.
    pub in_progress: Action,
    /// Done.
    pub completed: Action,
    /// Handed in; none: as `completed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Action>,
    /// Closed; none: as before it closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Action>,
}

/// A fix that the base's maintainers announce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advisory {
    /// Its id.
    pub id: String,
    /// How bad the fault was.
    pub severity: AdvisorySeverity,
    /// The first version of the base that has the fix (semver).
    #[schemars(with = "String")]
    pub fixed_in: semver::Version,
    /// Units whose files it covers.
    pub units: Vec<UnitId>,
    /// Or files.
    pub paths: Vec<WorkspacePath>,
    /// What was wrong.
    pub title: String,
    /// What it asks of the student.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

/// A file that had another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRename {
    /// The unit whose file it is; none: a file of no unit, or a folder of such files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Its former path, below the unit's folder or the workspace.
    pub from: String,
    /// Its path today.
    pub to: String,
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Its id.
    pub id: UnitId,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it belongs in a workspace.
    pub path: WorkspacePath,
    /// Where it is fetched from; none: it is among the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What its bytes must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// How many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
}

/// The JSON Schema of a manifest.
pub fn schema() -> Value {
    json::schema::<Manifest>(
        "release.schema.json",
        "a release: a course compiled, without the bytes of its files",
    )
}

impl Manifest {
    /// What `target` is.
    pub(super) fn of(target: &Target) -> Self {
        Self {
            // A release that says nothing of dates is one that an older tito reads.
            release: if target.has_dates() { RELEASE_VERSION } else { 1 },
            course: Course {
                id: target.course.clone(),
                title: target.title.clone(),
                run: target.run.clone(),
                timezone: target.timezone.clone(),
                tier: target.tier,
                digest: target.course_digest,
            },
            layers: target
                .layers
                .iter()
                .map(|(file, sha256)| Layer { file: file.clone(), sha256: *sha256 })
                .collect(),
            sources: target.sources.clone(),
            base: Base {
                catalog: target.base.clone(),
                version: target.base_version.clone(),
                package: target.package.clone(),
                sha256: target.base_digest,
            },
            units: target.units.iter().map(Unit::from).collect(),
            rules: target.policy.rules().iter().map(Rule::from).collect(),
            advisories: target.advisories.iter().map(Advisory::from).collect(),
            unit_renames: target.renames.units.clone(),
            file_renames: target.renames.files.iter().map(FileRename::from).collect(),
            offered: target.offered.clone(),
            retired: target.retired.clone(),
            datasets: target.datasets.iter().map(Dataset::from).collect(),
            files: target.files.iter().map(|(path, file)| (path.clone(), File::from(file))).collect(),
        }
    }

    /// One file, unit, rule a line.
    pub(super) fn write(&self) -> Vec<u8> {
        // Every key is a text, so nothing can fail.
        json::by_line(self).unwrap_or_default()
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, ReleaseError> {
        if bytes.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(ReleaseError::TooLong);
        }
        if json::is_too_large(bytes) {
            return Err(ReleaseError::Form(json::JsonError::TooLarge.to_string()));
        }
        let form = |error: serde_json::Error| ReleaseError::Form(error.to_string());
        #[derive(Deserialize)]
        struct Version {
            release: u64,
        }
        // A newer format may have keys that this tito does not know: its number is looked at first.
        let version: Version = serde_json::from_slice(bytes).map_err(form)?;
        if version.release > RELEASE_VERSION {
            return Err(ReleaseError::Newer(version.release));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(form)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// What types alone do not say.
    fn check(&self) -> Result<(), ReleaseError> {
        let unsound = |why: String| Err(ReleaseError::Unsound(why));
        if self.release == 0 {
            return unsound("there is no format 0".to_owned());
        }
        if self.files.len() > MAX_FILES {
            return unsound(format!("it names {} files, and the limit is {MAX_FILES}", self.files.len()));
        }
        if let Some((path, _)) = self.files.iter().find(|(_, file)| file.bytes > MAX_FILE_BYTES) {
            return unsound(format!("`{path}` is larger than {} MiB", MAX_FILE_BYTES >> 20));
        }
        if let Some((path, _)) = self.files.iter().find(|(_, file)| self.rules.get(file.rule).is_none()) {
            return unsound(format!("`{path}` is governed by a rule that is not there"));
        }
        let of_tito = self.files.keys().chain(self.datasets.iter().map(|data| &data.path));
        if let Some((path, own)) = of_tito.filter_map(|path| Some((path, path.own_file()?))).next() {
            return unsound(format!("`{path}` is `{own}`, which only tito itself writes"));
        }
        let mut places: BTreeMap<String, &WorkspacePath> = BTreeMap::new();
        for path in self.files.keys() {
            if let Some(other) = places.insert(path.collision_key(), path) {
                return unsound(format!("`{other}` and `{path}` are one file on some systems"));
            }
        }
        let folders =
            self.files.keys().flat_map(|path| std::iter::successors(path.parent(), WorkspacePath::parent));
        if let Some(folder) =
            folders.map(|folder| folder.collision_key()).find(|folder| places.contains_key(folder))
        {
            return unsound(format!("`{folder}` is both a file and a folder"));
        }
        let ids: BTreeSet<&FileId> = self.files.values().map(|file| &file.id).collect();
        if ids.len() != self.files.len() {
            return unsound("two of its files have one id".to_owned());
        }
        let lengths: BTreeMap<Digest, u64> =
            self.files.values().map(|file| (file.sha256, file.bytes)).collect();
        if let Some((path, _)) =
            self.files.iter().find(|(_, file)| lengths.get(&file.sha256) != Some(&file.bytes))
        {
            return unsound(format!("`{path}` has another length than a file of the same digest"));
        }
        Ok(())
    }

    /// The target; `content` gives the bytes of each file.
    pub(super) fn target(
        &self,
        mut content: impl FnMut(&WorkspacePath, &File) -> Result<Arc<[u8]>, ReleaseError>,
    ) -> Result<Target, ReleaseError> {
        let files = self.files.iter().map(|(path, file)| {
            let content = content(path, file)?;
            Ok((path.clone(), file.with(content, path)?))
        });
        let files = files.collect::<Result<_, ReleaseError>>()?;
        let rules = self.rules.iter().map(Rule::resolved).collect::<Result<_, _>>()?;
        Ok(Target {
            course: self.course.id.clone(),
            title: self.course.title.clone(),
            run: self.course.run.clone(),
            timezone: self.course.timezone.clone(),
            tier: self.course.tier,
            stubs: Stubs::default(),
            course_digest: self.course.digest,
            layers: self.layers.iter().map(|layer| (layer.file.clone(), layer.sha256)).collect(),
            sources: self.sources.clone(),
            base: self.base.catalog.clone(),
            base_version: self.base.version.clone(),
            base_digest: self.base.sha256,
            package: self.base.package.clone(),
            units: self.units.iter().map(compile::Unit::from).collect(),
            files,
            policy: Policy::new(rules),
            advisories: self.advisories.iter().map(compile::Advisory::from).collect(),
            renames: Renames {
                units: self.unit_renames.clone(),
                files: self.file_renames.iter().map(compile::FileRename::from).collect(),
                recognised: BTreeMap::new(),
            },
            offered: self.offered.clone(),
            retired: self.retired.clone(),
            datasets: self.datasets.iter().map(compile::Dataset::from).collect(),
        })
    }
}

impl File {
    fn with(&self, content: Arc<[u8]>, path: &WorkspacePath) -> Result<compile::File, ReleaseError> {
        // Where a cell is written is known where the course is; here it is somewhere in the notebook.
        let here = Source::new(path.as_str(), "").span(0, 0);
        let flagged = self.flagged.iter().map(|(grade_id, cell)| {
            let value: FlaggedCell = cell.parse().map_err(ReleaseError::Unsound)?;
            Ok((grade_id.clone(), Spanned { value, span: here.clone() }))
        });
        Ok(compile::File {
            id: self.id.clone(),
            unit: self.unit.clone(),
            role: self.role,
            digest: self.sha256,
            source: self.source,
            content,
            executable: self.executable,
            origin: self.origin.clone(),
            rule: self.rule,
            flagged: flagged.collect::<Result<_, ReleaseError>>()?,
        })
    }
}

impl From<&compile::File> for File {
    fn from(file: &compile::File) -> Self {
        Self {
            id: file.id.clone(),
            unit: file.unit.clone(),
            role: file.role,
            sha256: file.digest,
            bytes: file.content.len() as u64,
            source: file.source,
            executable: file.executable,
            origin: file.origin.clone(),
            rule: file.rule,
            flagged: file.flagged.iter().map(|(id, cell)| (id.clone(), cell.value.to_string())).collect(),
        }
    }
}

impl Rule {
    fn resolved(&self) -> Result<compile::Rule, ReleaseError> {
        let paths = self.paths.as_ref().map(|patterns| {
            let globs = patterns.iter().map(|pattern| {
                glob(pattern).map_err(|problem| {
                    ReleaseError::Unsound(format!("the rule `{}`: {}", self.name, problem.message))
                })
            });
            globs.collect::<Result<Globs, _>>()
        });
        Ok(compile::Rule {
            name: self.name.clone(),
            from: self.from.clone(),
            matches: Matcher {
                paths: paths.transpose()?,
                units: self.units.clone(),
                roles: self.roles.clone(),
            },
            action: (&self.action).into(),
            edited: self.edited,
            critical: self.critical.as_ref().map(PerState::from),
            window: Window { from: self.applies_from, until: self.applies_until },
            is_final: self.is_final,
            why: self.why.clone(),
        })
    }
}

impl From<&compile::Rule> for Rule {
    fn from(rule: &compile::Rule) -> Self {
        Self {
            name: rule.name.clone(),
            from: rule.from.clone(),
            paths: rule.matches.paths.as_ref().map(|globs| globs.globs().map(str::to_owned).collect()),
            units: rule.matches.units.clone(),
            roles: rule.matches.roles.clone(),
            action: rule.action.into(),
            edited: rule.edited,
            critical: rule.critical.map(Actions::from),
            applies_from: rule.window.from,
            applies_until: rule.window.until,
            is_final: rule.is_final,
            why: rule.why.clone(),
        }
    }
}

impl From<PerState> for Actions {
    fn from(actions: PerState) -> Self {
        let PerState { not_started, in_progress, completed, submitted, closed } = actions;
        Self { not_started, in_progress, completed, submitted, closed }
    }
}

impl From<&Actions> for PerState {
    fn from(actions: &Actions) -> Self {
        let Actions { not_started, in_progress, completed, submitted, closed } = *actions;
        Self { not_started, in_progress, completed, submitted, closed }
    }
}

/// Both directions between two records of the same fields: one that gets a field does not compile until the other has it.
macro_rules! same_fields {
    ($name:ident { $($field:ident),* }) => {
        impl From<&compile::$name> for $name {
            fn from(found: &compile::$name) -> Self {
                let compile::$name { $($field),* } = found.clone();
                Self { $($field),* }
            }
        }

        impl From<&$name> for compile::$name {
            fn from(found: &$name) -> Self {
                let $name { $($field),* } = found.clone();
                Self { $($field),* }
            }
        }
    };
}

same_fields!(Unit { id, kind, number, title, dir, tests, mode, optional, hours, requires, dates });
same_fields!(Advisory { id, severity, fixed_in, units, paths, title, ask });
same_fields!(FileRename { unit, from, to });
same_fields!(Dataset { id, title, path, url, sha256, bytes, license });
