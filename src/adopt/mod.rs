//! A repository that exists → [`Sketch`]: what its `catalog.yml` could say. Nothing is run, and nothing is written here.
//!
//! In: a listing from [`World`]. Out: units with what they need, each guess with its reason, and what a person must decide. What the
//! sketch says is what names and imports say; code that changes other code while it runs cannot be seen.

mod copies;
mod datasets;
mod fix;
mod imports;
mod milestones;
mod names;
mod numbers;
mod reach;
mod review;
mod shared;
mod solutions;
mod tests;
mod tree;
mod unit;
mod units;
mod write;

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::world::{Root, World};

pub use fix::{Fix, fixes};
use imports::Package;
pub use review::review;
use tree::Tree;

/// What a catalog could say of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// The name of the base.
    pub name: String,
    /// For people.
    pub title: String,
    /// The package that students build, if anything exports.
    pub package: Option<Guess<String>>,
    /// Are the solutions marked for otter-grader?
    pub is_otter: bool,
    /// Is it a course as nbgrader has it, `source/ASSIGNMENT/NOTEBOOK.ipynb`?
    pub is_nbgrader: bool,
    /// Modules in order.
    pub modules: Vec<Module>,
    /// Milestones in order.
    pub milestones: Vec<Milestone>,
    /// Files of no unit.
    pub shared: Vec<Shared>,
    /// Data that scripts download.
    pub datasets: Vec<Dataset>,
    /// Files that no course should get.
    pub exclude: Vec<Guess<String>>,
    /// What a person must decide, in the order of the files.
    pub decisions: Vec<Decision>,
}

/// A value, and why it was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess<T> {
    /// The value.
    pub value: T,
    /// Why.
    pub why: String,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its id.
    pub id: String,
    /// For people.
    pub title: String,
    /// Its folder.
    pub from: String,
    /// The folder of its tests.
    pub tests: Option<String>,
    /// What single test files need beside that: file, modules.
    pub tests_require: Vec<(String, Vec<String>)>,
    /// What it imports, with the place of the first import.
    pub requires: Vec<Guess<String>>,
    /// What functions of it import when they are called.
    pub after: Vec<Guess<String>>,
}

/// A milestone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// Its id.
    pub id: String,
    /// When it happened; none: nothing says it. The reason is empty where its folder says it.
    pub year: Option<Guess<u64>>,
    /// For people.
    pub title: String,
    /// Its folder.
    pub from: String,
    /// What it imports.
    pub requires: Vec<String>,
}

/// A file or folder of no unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Its path, in the repository and in a workspace.
    pub path: String,
    /// What it imports.
    pub requires: Vec<String>,
}

/// Data that a script downloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Its id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// The file that downloads it, with a line.
    pub place: String,
}

/// Something that a person must decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The file or folder, with a line where there is one.
    pub place: String,
    /// What it is about, and what to do.
    pub text: String,
}

/// Sketches a catalog for the repository at `root`, whose folder is called `name`.
///
/// # Errors
/// As the system says, where the folder cannot be listed. A file that cannot be read is a decision.
pub fn sketch(world: &dyn World, root: &Root, name: &str) -> std::io::Result<Sketch> {
    let tree = Tree::of(world, root)?;
    let mut sketch = Sketch { name: names::id_of(name), ..Sketch::default() };
    sketch.title = tree.title().unwrap_or_else(|| names::title_of(name));
    let found = units::find(&tree, &mut sketch);
    sketch.package = imports::package_name(&tree, &found);
    let package = Package::of(&tree, sketch.package.as_ref().map_or("", |package| &package.value), &found);
    units::requires(&found, &package, &mut sketch);
    tests::find(&tree, &package, &mut sketch);
    milestones::find(&tree, &package, &mut sketch);
    shared::find(&tree, &package, &mut sketch);
    datasets::find(&tree, &mut sketch);
    sketch.decisions.sort_by(|a, b| (&a.place, &a.text).cmp(&(&b.place, &b.text)));
    sketch.decisions.dedup();
    Ok(sketch)
}

impl Sketch {
    /// The sketch as the text of a `catalog.yml`.
    pub fn catalog(&self) -> String {
        write::catalog(self)
    }

    /// A `course.yml` that has everything of it; the base is the folder that it is in.
    pub fn course(&self) -> String {
        format!(
            "course: {{id: {}, title: {}}}\nbase: {{from: {{path: .}}}}\n",
            self.name,
            write::quoted(&self.title)
        )
    }

    /// What of it `catalog` does not have yet, as lines for the catalog; empty where there is nothing new.
    pub fn news(&self, catalog: &Catalog) -> String {
        let known: BTreeSet<&str> = catalog
            .modules
            .values()
            .map(|module| module.from.as_str())
            .chain(catalog.milestones.values().map(|milestone| milestone.from.as_str()))
            .chain(
                catalog
                    .shared
                    .iter()
                    .map(|shared| shared.from.as_ref().unwrap_or(&shared.path).value.as_str()),
            )
            .collect();
        let is_known = |path: &str| {
            known.contains(path)
                || known
                    .iter()
                    .any(|known| path.strip_prefix(known).is_some_and(|rest| rest.starts_with('/')))
        };
        let new = Self {
            modules: self.modules.iter().filter(|module| !is_known(&module.from)).cloned().collect(),
            milestones: self.milestones.iter().filter(|one| !is_known(&one.from)).cloned().collect(),
            shared: self.shared.iter().filter(|shared| !is_known(&shared.path)).cloned().collect(),
            ..Self::default()
        };
        write::lists(&new)
    }
}
