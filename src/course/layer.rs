//! [`Layer`]: one `course.yml` as written. Every field optional and spanned; nothing is folded, no default applied.

use indexmap::IndexMap;
use jiff::civil::Date;

use super::allow::Allowance;
use super::location::{Home, Location};
use super::value::Value;
use crate::id::{Action, Mode, PerState, Role, UnitId};
pub use crate::notebook::tiers::Tier;
use crate::schedule::{Break, When};
use crate::source::{Source, Span, Spanned};
use crate::world::Root;
use crate::world::sources::Remote;

/// One `course.yml` as written.
#[derive(Clone, Debug)]
pub struct Layer {
    /// What was read.
    pub source: Source,
    /// Its name relative to the innermost layer's folder.
    pub name: String,
    /// The folder it is in: its paths are relative to it.
    pub folder: Home,
    /// `extends`.
    pub extends: Option<Spanned<Location>>,
    /// `vendor`: where copies of the sources are.
    pub vendor: Option<String>,
    /// `course.id`.
    pub id: Field<String>,
    /// `course.title`.
    pub title: Field<String>,
    /// `course.run`.
    pub run: Field<String>,
    /// `base.from`.
    pub base_from: Field<BaseFrom>,
    /// Was a base named, and not understood?
    pub base_is_unread: bool,
    /// `base.version`.
    pub base_version: Field<semver::VersionReq>,
    /// `modules`.
    pub modules: Field<Change>,
    /// `milestones`.
    pub milestones: Field<Change>,
    /// `assignments`; a null value deletes an inherited one, and an absent one was written but not understood.
    pub assignments: Entries<UnitId, Assignment>,
    /// `retired`: assignments that are no more, and why.
    pub retired: Vec<(Spanned<UnitId>, String)>,
    /// `numbering`.
    pub numbering: Field<Numbering>,
    /// `tier`.
    pub tier: Field<Tier>,
    /// `notebooks`.
    pub notebooks: Field<Form>,
    /// `stubs`, by language; a null value deletes an inherited one.
    pub stubs: Entries<String, String>,
    /// `schedule`.
    pub schedule: LayerSchedule,
    /// `variables`; a null value deletes an inherited one.
    pub variables: Entries<String, Value>,
    /// `allow`.
    pub allow: Vec<Allowance>,
    /// `updates.default`.
    pub default_action: Field<Action>,
    /// `updates.rules`; null takes back those of outer layers that are not final.
    pub rules: Field<Vec<Rule>>,
    /// `final`.
    pub finals: Vec<Spanned<String>>,
}

/// A map whose entries are inherited one by one: each may be null, and so may all of it.
pub type Entries<K, V> = Field<IndexMap<K, Field<V>>>;

/// `schedule` of one layer, as written. Where all of it is null, so is each of these.
#[derive(Clone, Debug, Default)]
pub struct LayerSchedule {
    /// `timezone`.
    pub timezone: Field<String>,
    /// `start`.
    pub start: Field<Date>,
    /// Is `start` written, and not a day?
    pub start_is_unread: bool,
    /// `breaks`.
    pub breaks: Field<Vec<Spanned<Break>>>,
    /// `hours-per-week`.
    pub hours_per_week: Field<u64>,
    /// `units`: a null value takes back all dates of a unit.
    pub units: Entries<UnitId, UnitWhen>,
}

/// The dates of a unit, as one layer writes them.
#[derive(Clone, Debug, Default)]
pub struct UnitWhen {
    /// `opens`.
    pub opens: Field<When>,
    /// `due`.
    pub due: Field<When>,
    /// `closes`.
    pub closes: Field<When>,
    /// Was a date written that is none?
    pub is_unread: bool,
}

/// A value of a layer: not there, deleted by null, or given.
#[derive(Clone, Debug, Default)]
pub enum Field<T> {
    /// Not written.
    #[default]
    Absent,
    /// Written as null: what was inherited goes.
    Deleted(Span),
    /// Written.
    Given(Spanned<T>),
}

impl<T> Field<T> {
    /// Where it was written.
    pub fn span(&self) -> Option<&Span> {
        match self {
            Self::Absent => None,
            Self::Deleted(span) => Some(span),
            Self::Given(value) => Some(&value.span),
        }
    }

    /// What is given.
    pub fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(&value.value),
            Self::Absent | Self::Deleted(_) => None,
        }
    }
}

impl<K, V> Entries<K, V> {
    /// The entries that are written.
    pub fn entries(&self) -> impl Iterator<Item = (&K, &Field<V>)> {
        self.given().into_iter().flatten()
    }
}

/// `base.from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseFrom {
    /// The base in the binary.
    Bundled,
    /// A folder: as written, and where it is.
    Folder(String, Root),
    /// A folder of a source that is not there (yet).
    Source(Remote, String),
}

/// What a layer says of a list.
#[derive(Clone, Debug)]
pub enum Change {
    /// It sets the list.
    Set(Start),
    /// It changes the inherited one.
    Edit(Vec<Spanned<Edit>>),
}

/// What a list starts from.
#[derive(Clone, Debug)]
pub enum Start {
    /// Everything that the base has (milestones: whose requirements are met).
    All,
    /// These.
    List(Vec<Spanned<Unit>>),
}

/// An entry of `modules` or `milestones`.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its id.
    pub id: Spanned<UnitId>,
    /// Its title in this course.
    pub title: Option<String>,
    /// How it is taught.
    pub mode: Option<Spanned<Mode>>,
    /// May be left out.
    pub optional: Option<bool>,
}

/// One operation on an inherited list.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Take these out.
    Drop(Vec<Spanned<UnitId>>),
    /// Put this in.
    Insert(Unit, Position),
    /// Move this.
    Move(Spanned<UnitId>, Position),
    /// Change how this is taught.
    Set(Unit),
}

/// Where an operation puts a unit.
#[derive(Clone, Debug)]
pub enum Position {
    /// Right before this one.
    Before(Spanned<UnitId>),
    /// Right after this one.
    After(Spanned<UnitId>),
    /// Before all others.
    First,
    /// After all others.
    Last,
}

/// `assignments.ID`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Where its id is.
    pub key: Span,
    /// For people.
    pub title: Option<String>,
    /// `from`.
    pub from: Spanned<Location>,
    /// Hard requirements.
    pub requires: Vec<Spanned<UnitId>>,
    /// Soft requirements.
    pub after: Vec<Spanned<UnitId>>,
    /// Hours.
    pub hours: Option<u64>,
    /// Former ids.
    pub former_ids: Vec<Spanned<UnitId>>,
    /// Former names of files: old and new.
    pub former_files: Vec<(String, String)>,
}

/// `numbering`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    /// The base's numbers.
    #[default]
    Catalog,
    /// 01, 02, … in the course's order.
    Sequential,
}

/// The form in which students get percent scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Notebooks.
    #[default]
    Ipynb,
    /// Percent scripts.
    Py,
}

/// `updates.rules[…]`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Where the rule is.
    pub span: Span,
    /// `id`.
    pub id: Option<Spanned<String>>,
    /// `paths`.
    pub paths: Option<Vec<Spanned<String>>>,
    /// `units`.
    pub units: Option<Vec<Spanned<UnitId>>>,
    /// `roles`.
    pub roles: Option<Vec<Spanned<Role>>>,
    /// `do`.
    pub action: Spanned<PerState>,
    /// `edited`.
    pub edited: Option<Spanned<Action>>,
    /// `critical`.
    pub critical: Option<Spanned<PerState>>,
    /// `final`.
    pub is_final: Option<Span>,
    /// `from`: it applies from then on.
    pub from: Option<Spanned<When>>,
    /// `until`: it applies until then.
    pub until: Option<Spanned<When>>,
    /// `why`.
    pub why: Option<String>,
}

impl Rule {
    /// The place that stands for the rule in messages: its id, or its first line.
    pub fn span_of_head(&self) -> Span {
        if let Some(id) = &self.id {
            return id.span.clone();
        }
        let first = self.span.text().lines().next().map_or(0, str::len);
        self.span.source().span(self.span.start(), self.span.start() + first)
    }
}
