//! catalog.yml → [`Catalog`]: what a base offers.
//!
//! In: the base's tree, through [`World`]. Out: units with requirements, datasets, renames, advisories, each with its
//! place in the file. It checks the catalog by itself; what a course makes of it is the target's question.

mod check;
mod files;
pub mod grammar;
mod offers;
mod parse;
mod renames;

use indexmap::IndexMap;

pub(crate) use check::misnamed as misnamed_package;
pub use files::FileRoles;

use crate::course::Allowance;
use crate::diagnostic::{Checked, Code, Diagnostic};
use crate::id::{AdvisorySeverity, UnitId};
use crate::notebook::tiers::Markers;
use crate::source::{Source, Span, Spanned};
use crate::world::{Entry, Root, World};

/// What a base offers.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// What was read.
    pub source: Source,
    /// Where the base is.
    pub root: Root,
    /// Every entry of the base's tree, sorted by path, except those that `exclude` leaves out.
    pub entries: Vec<Entry>,
    /// The paths of those, sorted.
    excluded: Vec<String>,
    /// Its name.
    pub name: String,
    /// Its release.
    pub version: semver::Version,
    /// For people.
    pub title: String,
    /// The package that students build.
    pub package: String,
    /// Where the catalog names it; none: nothing may export.
    pub package_span: Option<Span>,
    /// Where things go in a workspace.
    pub layout: Layout,
    /// Whose markers the solutions have.
    pub markers: Markers,
    /// What single files are for, where the catalog says it.
    pub roles: FileRoles,
    /// Modules in catalog order.
    pub modules: IndexMap<UnitId, Module>,
    /// Milestones in catalog order.
    pub milestones: IndexMap<UnitId, Milestone>,
    /// Files of no unit that the catalog says something of.
    pub shared: Vec<Shared>,
    /// Data sets.
    pub datasets: Vec<Dataset>,
    /// Former ids of modules and milestones.
    pub renames: IndexMap<UnitId, Rename>,
    /// Former names of files.
    pub file_renames: Vec<FileRename>,
    /// Ids that are no more.
    pub retired: IndexMap<UnitId, Retired>,
    /// Findings that are settled.
    pub allow: Vec<Allowance>,
    /// Fixes that are announced.
    pub advisories: Vec<CatalogAdvisory>,
}

/// Patterns of minijinja: where things go in a workspace.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The folder of a module.
    pub module: Spanned<String>,
    /// The folder of a module's tests.
    pub tests: Spanned<String>,
    /// The folder of a milestone.
    pub milestone: Spanned<String>,
    /// The folder of an assignment.
    pub assignment: Spanned<String>,
}

/// A module that a base offers.
#[derive(Clone, Debug)]
pub struct Module {
    /// Where its id is.
    pub span: Span,
    /// For people.
    pub title: String,
    /// `foundation`, …: for reports.
    pub part: Option<String>,
    /// How long it takes.
    pub hours: Option<u64>,
    /// What the course must contain, earlier.
    pub requires: Vec<Spanned<UnitId>>,
    /// What usually comes before.
    pub after: Vec<Spanned<UnitId>>,
    /// Its folder in the base.
    pub from: String,
    /// Where `from` was written.
    pub from_span: Option<Span>,
    /// The folder of its tests in the base.
    pub tests: String,
    /// Where `tests` was written.
    pub tests_span: Option<Span>,
    /// What its tests need beside the module itself and what that requires: the file comes only where the course has that.
    pub tests_require: Vec<TestsRequire>,
}

/// What some of a module's tests need.
#[derive(Clone, Debug)]
pub struct TestsRequire {
    /// A glob over paths below the folder of the tests; none: all of them.
    pub files: Option<Spanned<String>>,
    /// The modules.
    pub requires: Vec<Spanned<UnitId>>,
}

impl TestsRequire {
    /// Does it speak of the file at `rest` below the folder of the tests? The ending `.j2` does not matter.
    pub fn covers(&self, rest: &str) -> bool {
        let rest = rest.strip_suffix(".j2").unwrap_or(rest);
        self.files.as_ref().is_none_or(|files| {
            let pattern = files.value.strip_suffix(".j2").unwrap_or(&files.value);
            crate::course::glob(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(rest))
        })
    }
}

impl Module {
    /// The modules that the test file at `rest`, below the folder of the tests, was declared to need.
    pub fn tests_need(&self, rest: &str) -> impl Iterator<Item = &UnitId> {
        let covering = self.tests_require.iter().filter(move |some| some.covers(rest));
        covering.flat_map(|some| some.requires.iter().map(|id| &id.value))
    }
}

/// A milestone that a base offers.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// Where its id is.
    pub span: Span,
    /// When it happened.
    pub year: u64,
    /// For people.
    pub title: String,
    /// What a student must have built.
    pub requires: Vec<Spanned<UnitId>>,
    /// Its folder in the base.
    pub from: String,
    /// Where `from` was written.
    pub from_span: Option<Span>,
}

/// A file or folder of no unit.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Its path in a workspace.
    pub path: Spanned<String>,
    /// Where it is in the base; none: `shared/PATH`.
    pub from: Option<Spanned<String>>,
    /// It comes only when the course has these.
    pub requires: Vec<Spanned<UnitId>>,
}

/// A data set.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its id.
    pub id: Spanned<UnitId>,
    /// For people.
    pub title: Option<String>,
    /// Do its files come with the base?
    pub is_bundled: bool,
    /// Part of the workspace, at this path; or fetched.
    pub path: Option<Spanned<String>>,
    /// Where it is fetched from.
    pub url: Option<Spanned<String>>,
    /// What its bytes must be.
    pub sha256: Option<crate::digest::Digest>,
    /// How many there are.
    pub bytes: Option<u64>,
    /// Its licence.
    pub license: Option<String>,
}

/// A former id.
#[derive(Clone, Debug)]
pub struct Rename {
    /// Where the old id is.
    pub span: Span,
    /// The id that it has now.
    pub to: Spanned<UnitId>,
    /// Since when.
    pub since: semver::Version,
}

/// A former name of a file.
#[derive(Clone, Debug)]
pub struct FileRename {
    /// Its unit; none: a file or folder of no unit.
    pub unit: Option<Spanned<UnitId>>,
    /// Its former path, below its unit's folder or `shared/`.
    pub from: Spanned<String>,
    /// Its path now.
    pub to: Spanned<String>,
    /// Since when.
    pub since: semver::Version,
}

/// An id that is no more.
#[derive(Clone, Debug)]
pub struct Retired {
    /// Where it is.
    pub span: Span,
    /// Since when.
    pub since: semver::Version,
    /// Why, for instructors.
    pub why: String,
}

/// A fix that is announced.
#[derive(Clone, Debug)]
pub struct CatalogAdvisory {
    /// Its id.
    pub id: Spanned<String>,
    /// How bad the fault was.
    pub severity: AdvisorySeverity,
    /// The first version that has the fix.
    pub fixed_in: Spanned<semver::Version>,
    /// Units that it affects.
    pub units: Vec<Spanned<UnitId>>,
    /// Or globs over workspace paths.
    pub paths: Vec<Spanned<String>>,
    /// Where it says that it affects nothing.
    pub nothing: Option<Span>,
    /// What was wrong.
    pub title: String,
    /// What it asks of the student.
    pub action: Option<String>,
}

impl Catalog {
    /// The entries of the base's tree that are below `folder`.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = &Entry> {
        let prefix = format!("{folder}/");
        let start = self.entries.partition_point(|entry| entry.path < prefix);
        let entries = self.entries.get(start..).unwrap_or_default().iter();
        entries.take_while(move |entry| entry.path.starts_with(&prefix))
    }

    /// The entry at `path`.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        self.entries.get(at)
    }

    /// Ids of modules and milestones, in catalog order.
    pub fn unit_ids(&self) -> impl Iterator<Item = &UnitId> {
        self.modules.keys().chain(self.milestones.keys())
    }

    /// Is there a unit of this id today?
    pub fn is_in_use(&self, id: &UnitId) -> bool {
        self.modules.contains_key(id) || self.milestones.contains_key(id)
    }

    /// The id that `id` has today, following renames.
    pub fn current<'a>(&'a self, id: &'a UnitId) -> &'a UnitId {
        let mut id = id;
        for _ in 0..self.renames.len() {
            match self.renames.get(id) {
                Some(rename) => id = &rename.to.value,
                None => break,
            }
        }
        id
    }

    /// What module `id` needs, directly or not, itself left out.
    pub fn closure(&self, id: &UnitId) -> std::collections::BTreeSet<UnitId> {
        let mut all = std::collections::BTreeSet::new();
        let mut open: Vec<&UnitId> = vec![id];
        while let Some(next) = open.pop() {
            for needed in self.modules.get(next).map(|module| module.requires.as_slice()).unwrap_or_default()
            {
                if all.insert(needed.value.clone()) {
                    open.push(&needed.value);
                }
            }
        }
        all.remove(id);
        all
    }
}

/// The file of a base that says what it offers.
const CATALOG: &str = "catalog.yml";

/// Reads the catalog of the base at `root`, which messages call `name`.
///
/// All problems are reported; there is no catalog when the tree or the file cannot be read at all.
pub fn read(world: &dyn World, root: &Root, name: &str, asked: Option<&Span>) -> Checked<Catalog> {
    let entries = match world.list(root) {
        Ok(entries) => entries,
        Err(error) => {
            let problem = Diagnostic::new(
                Code::NoCatalog,
                format!("the base `{name}` cannot be read: {}", crate::world::reason(&error)),
            );
            let help = match root {
                Root::Source(tree, _) => tree.has(),
                _ if error.kind() == std::io::ErrorKind::NotADirectory => {
                    "name the folder itself: links are not followed, because they may lead out of the course".to_owned()
                }
                _ => "`base: {from: {path: FOLDER}}` names a folder with a `catalog.yml`, relative to the file that says so".to_owned(),
            };
            let problem = problem.at_some(asked, "asked for here").help(help);
            return Checked::failed(vec![problem]);
        }
    };
    let mut diagnostics = Vec::new();
    let source = match catalog_source(world, root, name, asked) {
        Ok(source) => source,
        Err(problem) => return Checked::failed(vec![*problem]),
    };
    let catalog = parse::parse(&source, root, entries, &mut diagnostics);
    if let Some(catalog) = &catalog {
        check::check(catalog, &mut diagnostics);
        offers::check(catalog, &mut diagnostics);
    }
    Checked { value: catalog, diagnostics }
}

fn catalog_source(
    world: &dyn World,
    root: &Root,
    name: &str,
    asked: Option<&Span>,
) -> Result<Source, Box<Diagnostic>> {
    let shown = match root {
        Root::Source(..) => root.label_of(CATALOG),
        _ => format!("{name}/{CATALOG}"),
    };
    let bytes = world.read_in(root, CATALOG).map_err(|error| {
        let problem = Diagnostic::new(
            Code::NoCatalog,
            format!("the base `{name}` has no catalog that can be read: {}", crate::world::reason(&error)),
        );
        let help = if world.read_in(root, "catalog.yaml").is_ok() {
            "there is `catalog.yaml`: rename it to `catalog.yml`"
        } else {
            "a base is a folder with a `catalog.yml`; `tito schema catalog` prints its fields"
        };
        Box::new(problem.at_some(asked, "asked for here").help(help))
    })?;
    if bytes.len() as u64 > crate::yaml::MAX_BYTES {
        return Err(Box::new(Diagnostic::new(
            Code::TooLarge,
            format!("`{shown}` is larger than {} MiB", crate::yaml::MAX_BYTES >> 20),
        )));
    }
    if !crate::yaml::resembles(&crate::encoding::lossy(&bytes), &grammar::CATALOG) {
        let problem = Diagnostic::new(Code::NoCatalog, format!("`{shown}` is not the catalog of a base"));
        return Err(Box::new(problem.at_some(asked, "asked for here").help(
            "a catalog has keys such as `catalog`, `version` and `modules`; `tito schema catalog` prints all keys",
        )));
    }
    crate::encoding::decode(&shown, &bytes)
}
