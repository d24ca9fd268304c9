//! Where things go: numbers, folders, and the source of every file. Nothing is read or rendered here.

use std::collections::BTreeMap;

use minijinja::Environment;

use crate::catalog::{Catalog, Layout};
use crate::course::{Course, Folder, Numbering};
use crate::diagnostic::{Code, Diagnostic};
use crate::id::{Mode, Role, UnitId, UnitKind};
use crate::path::WorkspacePath;
use crate::source::{Span, Spanned};
use crate::world::{Entry, EntryKind, Root, World};

use super::item::Item;
use super::render::Pattern;
use super::select::Selected;
use super::{Unit, kits, numbered, order, render};

/// The units with their numbers and folders, in the order modules (and assignments), milestones.
pub(super) fn units(
    modules: &[Selected],
    milestones: &[Selected],
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Unit> {
    let width = |count: usize| count.to_string().len().max(2);
    let sequential = course.numbering.value == Numbering::Sequential;
    let environment = render::pattern_environment();
    let folders = Folders::new(&environment, &catalog.layout);
    let mut units = Vec::new();
    for (at, unit) in modules.iter().enumerate() {
        let of_catalog = catalog.modules.get_index_of(&unit.id).map(|at| at + 1);
        let (number, width) = if sequential {
            (Some(at + 1), width(modules.len()))
        } else {
            (of_catalog, width(catalog.modules.len()))
        };
        let number = number.map(|number| format!("{number:0width$}")).unwrap_or_default();
        units.push(placed(unit, number, course, catalog, &folders, diagnostics));
    }
    for (at, unit) in milestones.iter().enumerate() {
        let of_catalog = catalog.milestones.get_index_of(&unit.id).unwrap_or(at);
        let number = 1 + if sequential { at } else { of_catalog };
        let width = width(catalog.milestones.len());
        let number = format!("{number:0width$}");
        units.push(placed(unit, number, course, catalog, &folders, diagnostics));
    }
    shared_folders(&units, &catalog.layout, diagnostics);
    units
}

/// The patterns of a layout, ready to be rendered.
struct Folders<'e> {
    module: (&'e Spanned<String>, Pattern<'e>),
    tests: (&'e Spanned<String>, Pattern<'e>),
    milestone: (&'e Spanned<String>, Pattern<'e>),
    assignment: (&'e Spanned<String>, Pattern<'e>),
}

impl<'e> Folders<'e> {
    fn new(environment: &'e Environment<'static>, layout: &'e Layout) -> Self {
        let pattern = |written: &'e Spanned<String>| (written, Pattern::new(environment, &written.value));
        Self {
            module: pattern(&layout.module),
            tests: pattern(&layout.tests),
            milestone: pattern(&layout.milestone),
            assignment: pattern(&layout.assignment),
        }
    }
}

fn placed(
    unit: &Selected,
    number: String,
    course: &Course,
    catalog: &Catalog,
    folders: &Folders<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Unit {
    let year = catalog.milestones.get(&unit.id).map(|milestone| milestone.year);
    let (pattern, with_tests) = match unit.kind {
        UnitKind::Module => (&folders.module, true),
        UnitKind::Milestone => (&folders.milestone, false),
        UnitKind::Assignment => (&folders.assignment, false),
    };
    let taught = unit.mode == Mode::Do;
    let mut folder =
        |pattern: &(&Spanned<String>, Pattern<'_>)| folder(pattern, &unit.id, &number, year, diagnostics);
    let dir = taught.then(|| folder(pattern)).flatten();
    let tests = (taught && with_tests).then(|| folder(&folders.tests)).flatten();
    let hours = match unit.kind {
        UnitKind::Module => catalog.modules.get(&unit.id).and_then(|module| module.hours),
        UnitKind::Assignment => course.assignments.get(&unit.id).and_then(|assignment| assignment.hours),
        UnitKind::Milestone => None,
    };
    let requires = order::requires(&unit.id, unit.kind, course, catalog);
    Unit {
        id: unit.id.clone(),
        kind: unit.kind,
        title: unit.title.clone(),
        dir,
        tests,
        mode: unit.mode,
        optional: unit.optional,
        hours,
        // The schedule is read once all units are known.
        dates: Default::default(),
        requires: requires.iter().map(|id| catalog.current(&id.value).clone()).collect(),
        number,
    }
}

fn folder(
    (written, pattern): &(&Spanned<String>, Pattern<'_>),
    id: &UnitId,
    number: &str,
    year: Option<u64>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<WorkspacePath> {
    let made = pattern.render(id, number, year).and_then(|text| {
        let text = text.trim_matches(['_', '-', ' ']).replace("/_", "/");
        WorkspacePath::new(&text).map_err(|error| error.to_string())
    });
    if let Ok(own) = made.as_ref().map(WorkspacePath::own_file)
        && let Some(own) = own
    {
        let what = format!("the layout `{}`, for `{id}`,", written.value);
        diagnostics.push(own_file(own, &what).at(&written.span, ""));
        return None;
    }
    made.map_err(|error| {
        let problem = Diagnostic::new(
            Code::BadLayout,
            format!("the layout `{}` gives `{id}` no folder: {error}", written.value),
        );
        diagnostics.push(problem.at(&written.span, "").help(
            "a pattern may use `number`, `id` and (for milestones) `year`: `modules/{{ number }}_{{ id }}`",
        ));
    })
    .ok()
}

/// `what` would be written where tito writes `own`.
pub(super) fn own_file(own: &str, what: &str) -> Diagnostic {
    let message = format!("{what} would replace `{own}`, which tito itself writes into every workspace");
    Diagnostic::new(Code::OwnFile, message).help("give it another name, or another folder")
}

fn shared_folders(units: &[Unit], layout: &Layout, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, (&UnitId, &Spanned<String>)> = BTreeMap::new();
    // Two patterns that clash do so for many units, and are one mistake.
    let mut said: Vec<[&Spanned<String>; 2]> = Vec::new();
    for unit in units {
        let of_kind = match unit.kind {
            UnitKind::Module => &layout.module,
            UnitKind::Milestone => &layout.milestone,
            UnitKind::Assignment => &layout.assignment,
        };
        for (dir, pattern) in [(&unit.dir, of_kind), (&unit.tests, &layout.tests)] {
            let Some(dir) = dir else { continue };
            let Some((other, first)) = seen.insert(dir.collision_key(), (&unit.id, pattern)) else {
                continue;
            };
            let is_one = std::ptr::eq(first, pattern);
            if said.iter().any(|pair| std::ptr::eq(pair[0], first) && std::ptr::eq(pair[1], pattern)) {
                continue;
            }
            said.push([first, pattern]);
            let (message, help) = if *other == unit.id {
                let message = format!("`{other}` and its tests would share the folder `{dir}`");
                (message, "let the patterns of `module` and `tests` make different folders")
            } else if is_one {
                let message = format!("`{other}` and `{}` would share the folder `{dir}`", unit.id);
                (message, "use `{{ id }}` in every pattern of `layout`")
            } else {
                let message = format!("`{other}` and `{}` would share the folder `{dir}`", unit.id);
                (message, "begin the patterns of `layout` with different folders")
            };
            // A default is written nowhere.
            let written = [pattern, first].into_iter().filter(|pattern| !pattern.span.text().is_empty());
            let mut problem = Diagnostic::new(Code::BadLayout, message).help(help);
            for pattern in written.take(if is_one { 1 } else { 2 }) {
                problem = problem.at(&pattern.span, "");
            }
            if problem.labels.is_empty() {
                problem = problem.at(&layout.module.span, "");
            }
            diagnostics.push(problem);
        }
    }
}

/// Every file of the course that comes from the base or from an assignment's folder.
pub(super) fn items(
    world: &dyn World,
    units: &[Unit],
    spans: &[Span],
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Item> {
    let mut items = Vec::new();
    for (at, (unit, span)) in units.iter().zip(spans).enumerate() {
        let Some(dir) = &unit.dir else { continue };
        let of_base = |from: &str, kind, dir: &WorkspacePath| Section {
            unit: Some(at),
            kind,
            dir: Some(dir.clone()),
            root: catalog.root.clone(),
            from: from.to_owned(),
            span: span.clone(),
        };
        match unit.kind {
            UnitKind::Module => {
                let Some(module) = catalog.modules.get(&unit.id) else { continue };
                let from = items.len();
                of_base(&module.from, "module", dir).collect(&catalog.entries, &mut items, diagnostics);
                numbered::follow(&mut items[from..], &module.from, unit);
                if let Some(tests) = &unit.tests {
                    let mut found = Vec::new();
                    of_base(&module.tests, "tests", tests).collect(&catalog.entries, &mut found, diagnostics);
                    found.retain(|item| {
                        let mut needed = module.tests_need(&item.rest);
                        needed.all(|id| units.iter().any(|unit| unit.id == *catalog.current(id)))
                    });
                    numbered::follow(&mut found, &module.tests, unit);
                    items.extend(found);
                }
            }
            UnitKind::Milestone => {
                let Some(milestone) = catalog.milestones.get(&unit.id) else { continue };
                let from = items.len();
                of_base(&milestone.from, "milestone", dir).collect(&catalog.entries, &mut items, diagnostics);
                numbered::follow(&mut items[from..], &milestone.from, unit);
            }
            UnitKind::Assignment => assignment(world, at, unit, dir, course, &mut items, diagnostics),
        }
    }
    shared(units, catalog, &mut items, diagnostics);
    kits::leave_out(&mut items, course, catalog, diagnostics);
    for item in items.iter_mut().filter(|item| item.root == catalog.root) {
        item.given = catalog.roles.of(&item.path);
    }
    items
}

/// A folder of a tree that becomes a folder of the workspace.
struct Section {
    unit: Option<usize>,
    kind: &'static str,
    dir: Option<WorkspacePath>,
    root: Root,
    from: String,
    span: Span,
}

impl Section {
    /// The files of this section, out of all entries of its tree (sorted by path).
    fn collect(&self, entries: &[Entry], items: &mut Vec<Item>, diagnostics: &mut Vec<Diagnostic>) {
        let prefix = if self.from.is_empty() { String::new() } else { format!("{}/", self.from) };
        let start = entries.partition_point(|entry| entry.path.as_str() < prefix.as_str());
        for entry in entries[start..].iter().take_while(|entry| entry.path.starts_with(&prefix)) {
            let rest = entry.path[prefix.len()..].to_owned();
            if is_litter(&rest) {
                continue;
            }
            items.extend(self.item(entry, rest, diagnostics));
        }
    }

    fn item(&self, entry: &Entry, rest: String, diagnostics: &mut Vec<Diagnostic>) -> Option<Item> {
        let shown = self.root.label_of(&entry.path);
        let what = match entry.kind {
            _ if !entry.unicode => "has a name that is not valid Unicode",
            EntryKind::Link => "is a symbolic link",
            EntryKind::Submodule => "is a submodule, and submodules are not fetched",
            EntryKind::Special => "is a device, FIFO or socket",
            EntryKind::File { executable } => {
                return Some(Item {
                    unit: self.unit,
                    kind: self.kind,
                    dir: self.dir.clone(),
                    rest,
                    number: None,
                    given: None,
                    root: self.root.clone(),
                    path: entry.path.clone(),
                    executable,
                    shown,
                    span: self.span.clone(),
                });
            }
        };
        let problem = Diagnostic::new(Code::NotAFile, format!("`{}` {what}", shown.escape_debug()));
        diagnostics.push(
            problem
                .at(&self.span, "in a folder that this asks for")
                .help("put a copy of the file there; a course must not depend on files outside its folders"),
        );
        None
    }
}

/// Folders and files that programs leave behind: caches, settings of one machine, and what R remembers of a session, solutions included.
const LITTER: [&str; 20] = [
    "__pycache__",
    ".ipynb_checkpoints",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".jupyter_cache",
    ".virtual_documents",
    ".quarto",
    ".venv",
    ".git",
    ".hg",
    ".svn",
    ".idea",
    ".Rproj.user",
    ".Rhistory",
    ".RData",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "node_modules",
];

/// Is it a copy that an editor made of a file: `tensor.py~`, `.tensor.py.swp`, `#tensor.py#`, `.#tensor.py`?
fn is_of_editor(name: &str) -> bool {
    let is_swap = [".swp", ".swo", ".swn"].iter().any(|ending| name.ends_with(ending));
    name.ends_with('~')
        || (name.starts_with('.') && is_swap)
        || (name.len() > 2 && name.starts_with('#') && name.ends_with('#'))
        || name.starts_with(".#")
}

/// What editors, Python and Jupyter leave behind is not part of a course.
pub(super) fn is_litter(rest: &str) -> bool {
    rest.split('/').any(|part| LITTER.contains(&part) || is_of_editor(part)) || rest.ends_with(".pyc")
}

fn assignment(
    world: &dyn World,
    at: usize,
    unit: &Unit,
    dir: &WorkspacePath,
    course: &Course,
    items: &mut Vec<Item>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(assignment) = course.assignments.get(&unit.id) else { return };
    let Folder::Root(root) = assignment.folder.clone() else {
        let problem = Diagnostic::new(
            Code::AssignmentEscapes,
            format!("`{}` is outside the folder of the file that names it", assignment.from.value),
        );
        diagnostics.push(
            problem
                .at(&assignment.from.span, "")
                .help("move the folder beside the `course.yml` and write `./assignments/NAME`"),
        );
        return;
    };
    match world.list(&root) {
        Ok(entries) => {
            let before = items.len();
            let section = Section {
                unit: Some(at),
                kind: "assignment",
                dir: Some(dir.clone()),
                root: root.clone(),
                from: String::new(),
                span: assignment.from.span.clone(),
            };
            section.collect(&entries, items, diagnostics);
            for item in &mut items[before..] {
                if !matches!(item.root, Root::Source(..)) {
                    item.shown = format!("{}/{}", assignment.from.value.trim_start_matches("./"), item.path);
                }
            }
            if items.len() == before && entries.iter().all(|entry| is_litter(&entry.path)) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::AssignmentEmpty,
                        format!("`{}` contains no files", assignment.from.value),
                    )
                    .at(&assignment.from.span, "")
                    .help(
                        "put a percent script (`lab.py`) and a README.md into it, or remove the assignment",
                    ),
                );
            }
        }
        Err(error) => {
            let problem = Diagnostic::new(
                Code::AssignmentFolder,
                format!(
                    "the folder of the assignment `{}` cannot be read: {}",
                    unit.id,
                    crate::world::reason(&error)
                ),
            );
            let help = if let Root::Source(tree, _) = &root {
                &tree.has()
            } else if error.kind() == std::io::ErrorKind::NotADirectory {
                "put the folder itself there: links are not followed, because a course must not depend on files outside its folders"
            } else {
                "the path is relative to the file that names it"
            };
            diagnostics.push(problem.at(&assignment.from.span, "named here").help(help));
        }
    }
}

/// `shared/…` lands at the workspace's root, except for what needs modules that this course does not have.
fn shared(units: &[Unit], catalog: &Catalog, items: &mut Vec<Item>, diagnostics: &mut Vec<Diagnostic>) {
    let has = |id: &UnitId| units.iter().any(|unit| unit.id == *catalog.current(id));
    let left_out: Vec<&str> = catalog
        .shared
        .iter()
        .filter(|shared| !shared.requires.iter().all(|id| has(&id.value)))
        .map(|shared| shared.path.value.as_str())
        .collect();
    let out = |path: &str| {
        let path = path.strip_suffix(".j2").unwrap_or(path);
        left_out
            .iter()
            .any(|left| path == *left || path.strip_prefix(left).is_some_and(|rest| rest.starts_with('/')))
    };
    let mut found = Vec::new();
    let span = catalog.source.span(0, 0);
    let section = Section {
        unit: None,
        kind: "shared",
        dir: None,
        root: catalog.root.clone(),
        from: "shared".to_owned(),
        span,
    };
    section.collect(&catalog.entries, &mut found, diagnostics);
    for shared in catalog.shared.iter().filter(|shared| shared.from.is_some()) {
        let Some(from) = &shared.from else { continue };
        for entry in &catalog.entries {
            let below = entry
                .path
                .strip_prefix(&from.value)
                .filter(|rest| rest.is_empty() || rest.starts_with('/') || *rest == ".j2");
            if let Some(rest) = below.filter(|rest| !is_litter(rest)) {
                let section = Section {
                    unit: None,
                    kind: "shared",
                    dir: None,
                    root: catalog.root.clone(),
                    from: from.value.clone(),
                    span: from.span.clone(),
                };
                let rest = format!("{}{rest}", shared.path.value);
                found.extend(section.item(entry, as_template(rest, &entry.path), diagnostics));
            }
        }
    }
    items.extend(found.into_iter().filter(|item| !out(&item.rest)));
}

/// `rest`, with the ending of a template where the file at `path` is one: whether it is rendered does not hang on the name that the
/// catalog gives it in a workspace.
fn as_template(rest: String, path: &str) -> String {
    if path.ends_with(".j2") && !rest.ends_with(".j2") { format!("{rest}.j2") } else { rest }
}

/// What a file is for. `percent` when it is a percent script or a notebook.
pub(super) fn role(kind: &str, rest: &str, percent: bool) -> Role {
    let name = rest.rsplit('/').next().unwrap_or(rest);
    let is_test = rest.starts_with("tests/")
        || rest.contains("/tests/")
        || (name.starts_with("test_") && name.ends_with(".py"))
        || name == "conftest.py";
    let is_doc = name.ends_with(".md") || name.ends_with(".rst");
    match kind {
        "tests" => Role::Test,
        "milestone" if is_doc => Role::Doc,
        "milestone" => Role::Milestone,
        "shared" if rest.starts_with("datasets/") => Role::Data,
        _ if is_test => Role::Test,
        _ if percent => Role::Work,
        _ if is_doc => Role::Doc,
        "module" | "assignment" if rest.starts_with("data/") || rest.contains("/data/") => Role::Data,
        "assignment" if name.ends_with(".py") => Role::Work,
        _ => Role::Support,
    }
}
