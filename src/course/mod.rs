//! course.yml → [`Layer`](layer::Layer) → [`Course`]: the layers folded into one.
//!
//! In: paths of `course.yml` files, read through [`World`], which has the sources that they name. Out: a [`Course`] that is complete (defaults
//! applied after the fold), and still knows the layer, line and column of every value. Nothing here knows a catalog: whether a
//! unit exists is the target's question.

pub mod allow;
pub mod grammar;
pub mod layer;

mod extends;
mod faults;
mod fields;
mod files;
mod fold;
mod location;
mod named;
mod parse;
mod paths;
mod rules;
pub mod schedule;
mod sources;
mod stubs;
mod value;
mod variables;

use std::collections::BTreeSet;
use std::path::Path;

use indexmap::IndexMap;

use crate::diagnostic::Checked;
use crate::digest::Digest;
use crate::id::{Action, UnitId};
use crate::source::{Source, Span, Spanned};
use crate::world::World;
use crate::world::sources::{Pin, Remote};

pub use allow::Allowance;
pub use files::is_course;
pub use fold::fold;
pub use layer::{BaseFrom, Edit, Form, Numbering, Position, Start, Tier, Unit};
pub use location::{Folder, Home, Location};
pub use paths::{normalise, relative};
pub use rules::{CourseRule, GlobProblem, glob, pattern_problem};
pub use schedule::{Dated, Schedule, UnitDates};
pub use sources::{Needed, needed};
pub use value::Value;

/// The layers folded into one. Complete: every default is applied; and every value that was written knows where.
#[derive(Clone, Debug)]
pub struct Course {
    /// Stable name: ids joined by `/`.
    pub id: Spanned<String>,
    /// For people; the id where none is given.
    pub title: String,
    /// Free text.
    pub run: Option<String>,
    /// Where the base comes from.
    pub base: Setting<BaseFrom>,
    /// Was a base named, and not understood? Nothing can be said of the course's units then.
    pub base_is_unread: bool,
    /// What its version must satisfy.
    pub base_version: Option<Spanned<semver::VersionReq>>,
    /// The subset and the order.
    pub modules: Listing,
    /// Which milestones.
    pub milestones: Listing,
    /// Units that the course adds, by id.
    pub assignments: IndexMap<UnitId, Assignment>,
    /// Assignments that were written and not understood: the mistake is reported where it is, not where they are named.
    pub unread: BTreeSet<UnitId>,
    /// Assignments that are no more, and why.
    pub retired: Vec<(Spanned<UnitId>, String)>,
    /// How modules are numbered.
    pub numbering: Setting<Numbering>,
    /// Which solution regions are stripped.
    pub tier: Setting<Tier>,
    /// The form in which students get percent scripts.
    pub notebooks: Setting<Form>,
    /// What students get in place of code, by language.
    pub stubs: IndexMap<String, String>,
    /// When units open, are due and close.
    pub schedule: schedule::Schedule,
    /// For templates.
    pub variables: IndexMap<String, Value>,
    /// What applies when no rule matches.
    pub default_action: Setting<Action>,
    /// Findings that are settled, of all layers.
    pub allow: Vec<Allowance>,
    /// Rules of all layers in the order in which they are looked at.
    pub rules: Vec<CourseRule>,
    /// The layers, innermost (the `course.yml` that was asked for) first.
    pub layers: Vec<LayerFile>,
    /// The sources that are used, and what they are, in the order of their addresses.
    pub sources: Vec<CourseSource>,
}

impl Course {
    /// The assignment that had the id `id` before.
    pub fn renamed(&self, id: &UnitId) -> Option<&UnitId> {
        let had = |assignment: &&Assignment| assignment.former_ids.iter().any(|former| former.value == *id);
        self.assignments.iter().find(|(_, assignment)| had(assignment)).map(|(id, _)| id)
    }
}

/// A value, and where it was written if it is not a default.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where; none for a default.
    pub span: Option<Span>,
}

/// Modules or milestones: what the layers start from, and the operations on that, outermost first.
#[derive(Clone, Debug)]
pub struct Listing {
    /// All, or a list.
    pub start: Start,
    /// Where that was written; none for the default.
    pub span: Option<Span>,
    /// Operations, in order.
    pub edits: Vec<Spanned<Edit>>,
}

/// A unit that the course adds.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Where its id is.
    pub span: Span,
    /// For people.
    pub title: Option<String>,
    /// Its folder as written.
    pub from: Spanned<String>,
    /// Where that is.
    pub folder: Folder,
    /// Hard requirements.
    pub requires: Vec<Spanned<UnitId>>,
    /// Soft ones.
    pub after: Vec<Spanned<UnitId>>,
    /// Hours.
    pub hours: Option<u64>,
    /// Former ids.
    pub former_ids: Vec<Spanned<UnitId>>,
    /// Former names of files: old and new.
    pub former_files: Vec<(String, String)>,
}

/// A source of a course, and what it is at present.
#[derive(Clone, Debug, PartialEq)]
pub struct CourseSource {
    /// What was asked for, and where.
    pub remote: Spanned<Remote>,
    /// What that is.
    pub pin: Pin,
}

/// One file of the chain.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// Its path relative to the folder of the innermost layer, as the lock names it.
    pub name: String,
    /// What was read.
    pub source: Source,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// Reads `path` and everything that it extends, and folds it.
///
/// `path` is the innermost `course.yml`; `shown` the folder that file names in messages are relative to.
/// All problems of all layers are reported; the course is there whenever enough was understood to go on checking.
pub fn read(world: &dyn World, path: &Path) -> Checked<Course> {
    let extends::Chain { layers, sources, mut diagnostics, .. } = extends::chain(world, path);
    let Some(layers) = layers else { return Checked::failed(diagnostics) };
    let mut course = fold(&layers, &mut diagnostics);
    if let Some(course) = &mut course {
        sources::resolve(world, course, &sources, &mut diagnostics);
    }
    Checked { value: course, diagnostics }
}

/// The course that the one at `path` extends, as if nothing extended it. None: it extends nothing, or that cannot be read.
pub fn read_outer(world: &dyn World, path: &Path) -> Option<Checked<Course>> {
    let extends::Chain { layers, sources, mut diagnostics, .. } = extends::chain(world, path);
    let mut course = fold(layers?.get(1..).filter(|outer| !outer.is_empty())?, &mut diagnostics);
    if let Some(course) = &mut course {
        sources::resolve(world, course, &sources, &mut diagnostics);
    }
    Some(Checked { value: course, diagnostics })
}

/// The id of the course that [`whole_base`] gives.
pub const BUILT_IN: &str = "tinytorch";

/// The course that `tito init` compiles when no `course.yml` is given: the bundled base, whole.
pub fn whole_base() -> Checked<Course> {
    let source = Source::new("the built-in course", format!("course: {{id: {BUILT_IN}}}\n"));
    let mut diagnostics = Vec::new();
    let layers: Vec<layer::Layer> =
        parse::parse(&source, "built-in", &Home::Disk("".into()), &mut diagnostics).into_iter().collect();
    let course = fold(&layers, &mut diagnostics).map(|mut course| {
        course.layers.clear();
        course.title = "TinyTorch".to_owned();
        course
    });
    Checked { value: course, diagnostics }
}
