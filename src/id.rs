//! Names of things: units, files, roles, states.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of a unit: `[a-z0-9]` and inner hyphens. Ids never change and are never reused; numbers are presentation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UnitId(String);

/// The text is not a unit id.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an id: use lower-case letters, digits and inner hyphens, at most 64 of them")]
pub struct IdError(String);

impl UnitId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UnitId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let good =
            inner && !text.is_empty() && text.len() <= 64 && !text.starts_with('-') && !text.ends_with('-');
        if good { Ok(Self(text.to_owned())) } else { Err(IdError(text.chars().take(80).collect())) }
    }
}

impl JsonSchema for UnitId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UnitId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$",
            "description": "The id of a unit.",
        })
    }
}

impl<'de> Deserialize<'de> for UnitId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for UnitId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What sort of unit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// A module of the base.
    Module,
    /// A milestone of the base.
    Milestone,
    /// A unit that the course adds.
    Assignment,
}

impl fmt::Display for UnitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "module",
            Self::Milestone => "milestone",
            Self::Assignment => "assignment",
        })
    }
}

/// What a file *is*, wherever it is: `module:autograd/autograd.ipynb`, `tests:autograd/test_autograd.py`,
/// `milestone:xor/xor.py`, `assignment:energy-lab/lab.ipynb`, `shared/tests/conftest.py`, `derived/…`.
///
/// A file is followed by its id through renumbering, reordering and renaming; ids are unique in a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FileId(String);

impl FileId {
    /// The id of a file of a unit: `kind` is `module`, `tests`, `milestone` or `assignment`; `rest` the path below the unit's folder,
    /// without the unit's number where the name bears it.
    pub fn of_unit(kind: &str, unit: &UnitId, rest: &str) -> Self {
        Self(format!("{kind}:{unit}/{rest}"))
    }

    /// The id of a file of no unit.
    pub fn shared(path: &str) -> Self {
        Self(format!("shared/{path}"))
    }

    /// The id of a file that tito makes.
    pub fn derived(path: &str) -> Self {
        Self(format!("derived/{path}"))
    }

    /// An id as it is in a lock.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The unit it belongs to, as text, or `None` for shared and derived files.
    pub fn unit(&self) -> Option<&str> {
        let (kind, rest) = self.0.split_once(':')?;
        (!kind.contains('/')).then(|| rest.split('/').next().unwrap_or(rest))
    }

    /// Kind, unit and name of a file of a unit; `None` for shared and derived files.
    pub fn parts(&self) -> Option<FileIdParts<'_>> {
        let (kind, below) = self.0.split_once(':').filter(|(kind, _)| !kind.contains('/'))?;
        let (unit, rest) = below.split_once('/')?;
        Some(FileIdParts { kind, unit, rest })
    }
}

/// What the id of a file of a unit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdParts<'a> {
    /// `module`, `tests`, `milestone` or `assignment`.
    pub kind: &'a str,
    /// The unit's id.
    pub unit: &'a str,
    /// The path below the unit's folder, without the unit's number.
    pub rest: &'a str,
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file is for. It decides which built-in rule governs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The student edits it.
    Work,
    /// It judges the student's work.
    Test,
    /// It is read.
    Doc,
    /// It runs on what the student built.
    Milestone,
    /// What the rest needs to run.
    Support,
    /// Data sets.
    Data,
    /// Generated from the student's work; never in a plan.
    Export,
    /// Generated by tito; not subject to policy.
    Derived,
}

impl Role {
    /// All roles, in the order of the documentation.
    pub const ALL: [Role; 8] = [
        Self::Work,
        Self::Test,
        Self::Doc,
        Self::Milestone,
        Self::Support,
        Self::Data,
        Self::Export,
        Self::Derived,
    ];

    /// The word for it in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Test => "test",
            Self::Doc => "doc",
            Self::Milestone => "milestone",
            Self::Support => "support",
            Self::Data => "data",
            Self::Export => "export",
            Self::Derived => "derived",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a student is with a unit. Ordered: later is further. That a unit is closed is not among them: the clock says it, whatever the student did.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing of it was touched.
    #[default]
    NotStarted,
    /// Started: recorded, or seen by an edited work file.
    InProgress,
    /// Recorded as complete.
    Completed,
    /// Handed in.
    Submitted,
}

impl State {
    /// All states, in order.
    pub const ALL: [State; 4] = [Self::NotStarted, Self::InProgress, Self::Completed, Self::Submitted];

    /// Did the student complete it, whatever came after?
    pub fn is_done(self) -> bool {
        self >= Self::Completed
    }

    /// The word for it in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Submitted => "submitted",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word for a unit that is closed, in files and output.
pub const CLOSED: &str = "closed";

/// What policy allows an update to do to a path. Ordered: `freeze < keep < offer < merge < replace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing happens, nothing new appears, no reminder.
    Freeze,
    /// The file stays; that a newer one exists is remembered.
    Keep,
    /// The file stays; the course's version is set beside it.
    Offer,
    /// Three-way merge, or an offer where that is not clean.
    Merge,
    /// The course's version; the student's is set aside first.
    Replace,
}

impl Action {
    /// All actions, weakest first.
    pub const ALL: [Action; 5] = [Self::Freeze, Self::Keep, Self::Offer, Self::Merge, Self::Replace];

    /// The word for it in files and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Keep => "keep",
            Self::Offer => "offer",
            Self::Merge => "merge",
            Self::Replace => "replace",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a module is taught.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Students work through it.
    #[default]
    Do,
    /// Its solved code ships in the package.
    Provided,
}

impl Mode {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Provided => "provided",
        }
    }
}

/// One action for each state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PerState {
    /// Nothing of the unit was touched.
    pub not_started: Action,
    /// Started.
    pub in_progress: Action,
    /// Done.
    pub completed: Action,
    /// Handed in; none: as `completed`.
    pub submitted: Option<Action>,
    /// Closed by the schedule, whatever the student did; none: as the student's own state says.
    pub closed: Option<Action>,
}

/// What is not named is not shown: the digest of a course is made of this, and a course that says nothing of a state is the same course.
impl fmt::Debug for PerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("PerState");
        all.field("not_started", &self.not_started)
            .field("in_progress", &self.in_progress)
            .field("completed", &self.completed);
        for (name, action) in [("submitted", self.submitted), ("closed", self.closed)] {
            if let Some(action) = action {
                all.field(name, &action);
            }
        }
        all.finish()
    }
}

impl PerState {
    /// The same action in every state.
    pub const fn all(action: Action) -> Self {
        Self { not_started: action, in_progress: action, completed: action, submitted: None, closed: None }
    }

    /// The action in `state`, of a unit that is closed or not.
    pub fn get(&self, state: State, is_closed: bool) -> Action {
        if let Some(action) = self.closed.filter(|_| is_closed) {
            return action;
        }
        match state {
            State::NotStarted => self.not_started,
            State::InProgress => self.in_progress,
            State::Completed => self.completed,
            State::Submitted => self.submitted.unwrap_or(self.completed),
        }
    }

    /// What is said for each state, with the word for it: the three that are always there, and those of the others that are named.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Action)> {
        let own = [State::NotStarted, State::InProgress, State::Completed];
        let own = own.map(|state| (state.as_str(), self.get(state, false)));
        let submitted = self.submitted.map(|action| (State::Submitted.as_str(), action));
        own.into_iter().chain(submitted).chain(self.closed.map(|action| (CLOSED, action)))
    }
}

/// How bad the fault was.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AdvisorySeverity {
    /// Wrong results or lost work: rules' `critical` column applies.
    Critical,
    /// An ordinary fix.
    Normal,
    /// Looks only.
    Cosmetic,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_ids() {
        for good in ["tensor", "energy-lab", "05", "a1"] {
            assert!(good.parse::<UnitId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "Tensor", "a_b", "a/b", "..", "a b", "é"] {
            assert!(bad.parse::<UnitId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_unit_of_a_file() {
        let id = FileId::of_unit("module", &"autograd".parse().unwrap(), "autograd.ipynb");
        assert_eq!(id.as_str(), "module:autograd/autograd.ipynb");
        assert_eq!(id.unit(), Some("autograd"));
        assert_eq!(FileId::shared("tests/a:b.py").unit(), None);
    }

    #[test]
    fn the_order_of_actions_is_the_documented_one() {
        assert!(Action::ALL.is_sorted());
        assert!(State::ALL.is_sorted());
    }
}
