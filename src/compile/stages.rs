//! The stage itself: reads the course, its base and the files of both, and checks them together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use crate::catalog::{self, Catalog};
use crate::course::{self, BaseFrom, Course};
use crate::diagnostic::{self, Checked, Code, Diagnostic, quoted};
use crate::digest::Digest;
use crate::id::{Mode, Role, UnitId};
use crate::notebook::tiers::{self, Marking, Stubs, Tier};
use crate::path::WorkspacePath;
use crate::source::Span;
use crate::world::sources::Pinned;
use crate::world::{Root, World};

use super::bases::{Base, Bases, base_root};
use super::content::{self, Rendered};
use super::gaps::Gaps;
use super::item::Item;
use super::place;
use super::select::{self, Selected};
use super::{
    Advisory, Dataset, File, Policy, Target, Unit, dates, order, policy, render, settled, templates,
};

/// What a caller may ask for instead of what the course says.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Another tier.
    pub tier: Option<Tier>,
}

/// Compiles the course whose innermost layer is `path`.
///
/// All diagnostics of course, catalog and files are reported, in the order in which they are shown. There is a target
/// when every file could be made; whoever writes it looks at [`Checked::into_result`] first.
pub fn compile(world: &dyn World, path: &Path, overrides: &Overrides) -> Checked<Target> {
    compile_over(world, path, overrides, &Bases::default())
}

/// The same for one course of several, which share what was read of their bases.
pub fn compile_over(world: &dyn World, path: &Path, overrides: &Overrides, bases: &Bases) -> Checked<Target> {
    let course = course::read(world, path);
    finish(world, course, overrides, bases)
}

/// A course that was read before, compiled like the others of a run.
pub fn compile_read(world: &dyn World, course: Checked<Course>, bases: &Bases) -> Checked<Target> {
    finish(world, course, &Overrides::default(), bases)
}

/// Compiles the bundled base, whole.
pub fn compile_bundled(world: &dyn World, overrides: &Overrides) -> Checked<Target> {
    finish(world, course::whole_base(), overrides, &Bases::default())
}

/// Compiles the base in `folder`, whole; messages call it `name`.
pub fn compile_base(world: &dyn World, folder: &Path, name: &str, overrides: &Overrides) -> Checked<Target> {
    let mut course = course::whole_base();
    if let Some(course) = &mut course.value {
        course.base.value = BaseFrom::Folder(name.to_owned(), Root::Folder(folder.to_owned()));
    }
    finish(world, course, overrides, &Bases::default())
}

fn finish(
    world: &dyn World,
    course: Checked<Course>,
    overrides: &Overrides,
    bases: &Bases,
) -> Checked<Target> {
    let mut diagnostics = course.diagnostics;
    let understood = course.value.filter(|course| !course.base_is_unread);
    let value = understood.and_then(|mut course| {
        if let Some(tier) = overrides.tier {
            course.tier.value = tier;
        }
        let base = bases.of(world, &course, &mut diagnostics)?;
        version(&course, &base.catalog, &mut diagnostics);
        target(&base.held(world), &course, &base, &mut diagnostics)
    });
    diagnostic::sort(&mut diagnostics);
    Checked { value, diagnostics }
}

/// Reads the catalog of the course's base and compares its version with what the course asks for.
pub fn read_base(world: &dyn World, course: &Course, diagnostics: &mut Vec<Diagnostic>) -> Option<Catalog> {
    let (root, name) = base_root(course)?;
    let read = catalog::read(world, &root, &name, course.base.span.as_ref());
    diagnostics.extend(read.diagnostics);
    let catalog = read.value?;
    version(course, &catalog, diagnostics);
    Some(catalog)
}

/// Compares the version of the base with what the course asks for.
fn version(course: &Course, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(wanted) =
        course.base_version.as_ref().filter(|wanted| !wanted.value.matches(&catalog.version))
    {
        let message = format!(
            "the base `{}` is version {}, but the course asks for `{}`",
            catalog.name, catalog.version, wanted.value
        );
        let help = format!(
            "write `version: \"~{}.{}\"`, or use a base that matches",
            catalog.version.major, catalog.version.minor
        );
        diagnostics
            .push(Diagnostic::new(Code::BaseVersion, message).at(&wanted.span, "asked for here").help(help));
    }
}

fn target(
    world: &dyn World,
    course: &Course,
    base: &Base,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Target> {
    let catalog = &base.catalog;
    let modules = select::modules(course, catalog, diagnostics);
    let gaps = Gaps::of(course, catalog, modules.is_empty(), diagnostics);
    taken_ids(course, catalog, diagnostics);
    order::check(&modules, course, catalog, diagnostics);
    let milestones = select::milestones(course, catalog, &modules, diagnostics);
    let mut units = place::units(&modules, &milestones, course, catalog, diagnostics);
    let term = dates::resolve(course, catalog, &mut units, diagnostics);
    let spans: Vec<Span> =
        modules.iter().chain(&milestones).map(|unit: &Selected| unit.span.clone()).collect();
    let items = place::items(world, &units, &spans, course, catalog, diagnostics);
    let made = make(world, &items, &units, course, base, diagnostics);
    challenge_somewhere(&made, course, diagnostics);
    let compiled = content::Compiled { world, units: &units, course, catalog, shared: &base.shared };
    content::check(&made, compiled, diagnostics);
    let policy = policy::policy(course, catalog, &units, &term, diagnostics);
    let files = collect(made, &policy, diagnostics);
    policy::check(course, &policy, &files, &units, diagnostics);
    let advisories = advisories(catalog, &units, &files, diagnostics);
    diagnostics.retain(|problem| !gaps.may_explain(problem));
    only_causes(diagnostics, catalog);
    templates::point_into(world, &items, diagnostics);
    settled::settle(course, catalog, &files, diagnostics);
    let mut datasets = datasets(catalog, diagnostics);
    // One that comes with the base may be left out with the modules that need it.
    datasets.retain(|data| {
        data.url.is_some() || files.keys().any(|path| *path == data.path || path.below(&data.path).is_some())
    });
    Some(Target {
        course: course.id.value.clone(),
        title: course.title.clone(),
        tier: course.tier.value,
        stubs: stubs_of(course),
        run: course.run.clone(),
        timezone: (!course.schedule.is_empty()).then(|| term.zone.name().to_owned()),
        course_digest: course_digest(course, &units, &policy, term.zone.name()),
        layers: course.layers.iter().map(|layer| (layer.name.clone(), layer.digest)).collect(),
        sources: course.sources.iter().map(|source| Pinned::of(&source.remote.value, &source.pin)).collect(),
        base: catalog.name.clone(),
        base_version: catalog.version.clone(),
        base_digest: base.digest(world, diagnostics),
        package: catalog.package.clone(),
        units,
        files,
        policy,
        advisories,
        datasets,
        renames: select::renames(course, catalog),
        offered: catalog.unit_ids().chain(course.assignments.keys()).cloned().collect(),
        retired: retired(course, catalog),
    })
}

/// Units that are no more, with the reason.
fn retired(course: &Course, catalog: &Catalog) -> BTreeMap<UnitId, String> {
    let of_base = catalog.retired.iter().map(|(id, retired)| (id.clone(), retired.why.clone()));
    of_base.chain(course.retired.iter().map(|(id, why)| (id.value.clone(), why.clone()))).collect()
}

/// Leaves tests out that lack what a unit of the course does not have, too: with the unit that is missing comes what it needs, and then the tests
/// have it.
fn only_causes(diagnostics: &mut Vec<Diagnostic>, catalog: &Catalog) {
    let missing = diagnostics.iter().filter(|problem| problem.code == Code::MissingRequirement);
    let mut all: BTreeSet<UnitId> = BTreeSet::new();
    for id in missing.filter_map(|problem| problem.lacks.as_ref()) {
        all.insert(id.clone());
        all.extend(catalog.closure(id));
    }
    let follows = |problem: &Diagnostic| problem.lacks.as_ref().is_some_and(|id| all.contains(id));
    diagnostics.retain(|problem| problem.code != Code::TestNeedsModule || !follows(problem));
}

/// Assignments that bear the id of a unit of the base.
fn taken_ids(course: &Course, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    given_up_ids(course, catalog, diagnostics);
    for (id, assignment) in &course.assignments {
        let unit = catalog
            .modules
            .get(id)
            .map(|module| &module.span)
            .or(catalog.milestones.get(id).map(|milestone| &milestone.span));
        let given_up = catalog
            .renames
            .get(id)
            .map(|rename| &rename.span)
            .or(catalog.retired.get(id).map(|retired| &retired.span));
        if let Some(taken) = unit.or(given_up) {
            let problem =
                Diagnostic::new(Code::AssignmentCollision, format!("the id `{id}` belongs to the base"));
            diagnostics.push(
                problem
                    .at(&assignment.span, "an assignment of this course")
                    .at(taken, "a unit of the base, now or earlier")
                    .help("choose another id for the assignment; if students have it under this id, stay with the base as it was, and ask its maintainers to choose another id"),
            );
        }
    }
}

/// Ids that assignments gave up, or that were retired, and that are in use or given up twice.
fn given_up_ids(course: &Course, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let mut renamed: BTreeMap<&UnitId, &Span> = BTreeMap::new();
    let former = course.assignments.values().flat_map(|assignment| &assignment.former_ids);
    let former = former.map(|id| (id, false));
    for (id, is_retired) in former.chain(course.retired.iter().map(|(id, _)| (id, true))) {
        if let Some(first) = renamed.get(&id.value) {
            let what = if is_retired { "renamed and retired" } else { "renamed twice" };
            let message = format!("the id `{}` is {what}", id.value);
            let problem = Diagnostic::new(Code::AssignmentCollision, message).at(&id.span, "used again");
            let problem = problem.at(first, "renamed here");
            diagnostics.push(problem.help("leave it where it is the same unit: work has one place to go to"));
            continue;
        }
        // Two layers may retire the same one.
        if !is_retired {
            renamed.insert(&id.value, &id.span);
        }
        let here = course.assignments.get(&id.value).map(|assignment| &assignment.span);
        let base = catalog.modules.get(&id.value).map(|module| &module.span);
        let base = base.or(catalog.milestones.get(&id.value).map(|milestone| &milestone.span));
        let Some(used) = here.or(base) else { continue };
        let message = format!("the id `{}` is renamed or retired, and still in use", id.value);
        diagnostics.push(
            Diagnostic::new(Code::AssignmentCollision, message)
                .at(&id.span, "renamed or retired here")
                .at(used, "in use")
                .help("an id is never reused: choose another one for the new unit"),
        );
    }
}

/// Reads and renders every file, in parallel; the results are in the order of `items`.
fn make(
    world: &dyn World,
    items: &[Item],
    units: &[Unit],
    course: &Course,
    base: &Base,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Rendered> {
    let catalog = &base.catalog;
    let context = render::Context::new(course, catalog, units);
    let contexts: Vec<render::Context> = units.iter().map(|unit| context.of(&unit.id)).collect();
    let settings = content::Settings {
        tier: course.tier.value,
        form: course.notebooks.value,
        package: &catalog.package,
        has_package: catalog.package_span.is_some(),
        marking: Marking { markers: catalog.markers, stubs: stubs_of(course) },
    };
    let shelf = base.shared.shelf(&settings.text());
    let results: Vec<(Option<Rendered>, Vec<Diagnostic>)> = items
        .par_iter()
        .map(|item| {
            let context = item.unit.and_then(|at| contexts.get(at)).unwrap_or(&context);
            // Assignments belong to one course.
            let shelf = Some(shelf.as_ref()).filter(|_| item.root == catalog.root);
            content::make(world, item, item.unit.and_then(|at| units.get(at)), context, &settings, shelf)
        })
        .collect();
    let mut made = Vec::with_capacity(items.len());
    for (value, found) in results {
        diagnostics.extend(found);
        made.extend(value);
    }
    made.extend(content::package(world, &made, units, &context, course, catalog, diagnostics));
    made
}

/// The challenge tier needs a challenge, though not one in every notebook.
fn challenge_somewhere(made: &[Rendered], course: &Course, diagnostics: &mut Vec<Diagnostic>) {
    let asked = course.tier.value == Tier::Challenge;
    if asked && made.iter().all(|made| made.body.challenges == 0) {
        let problem = tiers::no_challenge();
        let at = course.tier.span.as_ref().unwrap_or(&course.id.span);
        let diagnostic = Diagnostic::new(problem.code, problem.message).at(at, "asked for here");
        diagnostics.push(diagnostic.help(problem.help.unwrap_or_default()));
    }
}

/// Files by path; two that would be the same file on some system are reported.
fn collect(
    made: Vec<Rendered>,
    policy: &Policy,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<WorkspacePath, File> {
    let mut keys: BTreeMap<String, (WorkspacePath, String, Span)> = BTreeMap::new();
    let mut files = BTreeMap::new();
    for made in made {
        if let Some(own) = made.path.own_file() {
            let problem = place::own_file(own, &format!("`{}`", made.shown));
            diagnostics.push(problem.at(&made.span, format!("it would be `{}`", made.path)));
            continue;
        }
        let key = made.path.collision_key();
        if let Some((path, shown, span)) = keys.get(&key) {
            let same = if *path == made.path {
                format!("two files would have the path `{path}`")
            } else {
                format!("`{path}` and `{}` are the same file on some systems", made.path)
            };
            let problem = Diagnostic::new(Code::Collision, same)
                .at(&made.span, format!("from `{}`", made.shown))
                .at(span, format!("from `{shown}`"));
            let is_of_base = !made.id.as_str().starts_with("assignment:");
            diagnostics.push(problem.help(apart([shown, &made.shown], is_of_base)));
            continue;
        }
        keys.insert(key, (made.path.clone(), made.shown.clone(), made.span.clone()));
        let rule = policy
            .first_lasting(&made.path, made.unit.as_ref(), made.role)
            .map_or(policy.rules().len(), |(at, _)| at);
        let file = File {
            id: made.id,
            unit: made.unit,
            role: made.role,
            digest: made.body.digest,
            source: made.source,
            content: made.body.content.clone(),
            executable: made.executable,
            origin: made.shown,
            rule,
            flagged: made.body.flagged.clone(),
        };
        files.insert(made.path, file);
    }
    for (key, (path, shown, span)) in &keys {
        let inside =
            keys.range(format!("{key}/")..).next().filter(|(other, _)| other.starts_with(&format!("{key}/")));
        if let Some((_, (inner, inner_shown, inner_span))) = inside {
            let problem = Diagnostic::new(
                Code::Collision,
                format!("`{path}` would be a file and a folder (of `{inner}`)"),
            );
            diagnostics.push(
                problem
                    .at(span, format!("from `{shown}`"))
                    .at(inner_span, format!("from `{inner_shown}`"))
                    .help("rename one of the two"),
            );
        }
    }
    files
}

/// What helps where two files would be one. A notebook beside the script that it was made from holds its solutions: under another name
/// students would get them.
fn apart(files: [&str; 2], is_of_base: bool) -> String {
    let plain = |file: &str| file.strip_suffix(".j2").unwrap_or(file).to_owned();
    let pair = |script: &str, notebook: &str| {
        let is_pair =
            plain(script).strip_suffix(".py").is_some_and(|stem| plain(notebook) == format!("{stem}.ipynb"));
        is_pair.then(|| notebook.to_owned())
    };
    let [first, second] = files;
    match pair(first, second).or_else(|| pair(second, first)) {
        Some(notebook) if is_of_base => format!(
            "the notebook is a copy of the script beside it: leave it out with `exclude: [\"{notebook}\"]` in catalog.yml; only if they are two works, rename one of the two"
        ),
        Some(notebook) => format!(
            "the notebook is a copy of the script beside it: move `{notebook}` out of the folder; only if they are two works, rename one of the two"
        ),
        None => "rename one of the two".to_owned(),
    }
}

/// Data sets with their places. One that the catalog gives none is in `datasets/`, under the name that its address ends in.
fn datasets(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Vec<Dataset> {
    let mut placed = |dataset: &catalog::Dataset| {
        let id = &dataset.id.value;
        let own = dataset
            .path
            .as_ref()
            .and_then(|written| Some((written, WorkspacePath::new(&written.value).ok()?.own_file()?)));
        if let Some((written, own)) = own {
            diagnostics.push(place::own_file(own, &format!("the data set `{id}`")).at(&written.span, ""));
            return None;
        }
        let place = match &dataset.path {
            Some(written) => WorkspacePath::new(&written.value).map_err(|error| {
                let message = format!("the data set `{id}` has an invalid path: {error}");
                diagnostics.push(
                    Diagnostic::new(Code::BadPath, message)
                        .at(&written.span, "")
                        .help("`path` is relative to the workspace: datasets/NAME"),
                );
            }),
            None => {
                let address = dataset.url.as_ref().map_or("", |url| url.value.as_str());
                let name = address.split(['?', '#']).next().unwrap_or("").rsplit('/').next().unwrap_or("");
                let named = WorkspacePath::new(&format!("datasets/{name}"));
                named.or_else(|_| WorkspacePath::new(&format!("datasets/{id}"))).map_err(drop)
            }
        };
        Some(Dataset {
            id: id.clone(),
            title: dataset.title.clone(),
            path: place.ok()?,
            url: dataset.url.as_ref().map(|url| url.value.clone()),
            sha256: dataset.sha256,
            bytes: dataset.bytes,
            license: dataset.license.clone(),
        })
    };
    catalog.datasets.iter().filter_map(&mut placed).collect()
}

/// The advisories with the files that they are about. A glob for no file is reported where the course has all of the base.
fn advisories(
    catalog: &Catalog,
    units: &[Unit],
    files: &BTreeMap<WorkspacePath, File>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Advisory> {
    let is_taught = |id: &UnitId| units.iter().any(|unit| unit.id == *id && unit.mode == Mode::Do);
    let is_whole = catalog.unit_ids().all(is_taught);
    let mut resolve = |advisory: &catalog::CatalogAdvisory| {
        let mut paths = Vec::new();
        for written in &advisory.paths {
            match course::glob(&written.value) {
                Ok(glob) => {
                    let matcher = glob.compile_matcher();
                    let before = paths.len();
                    paths.extend(files.keys().filter(|path| matcher.is_match(path.as_str())).cloned());
                    if is_whole && paths.len() == before {
                        let id = quoted(&advisory.id.value);
                        let message =
                            format!("the advisory `{id}`: `{}` matches no file of a workspace", glob.glob());
                        diagnostics.push(Diagnostic::new(Code::CatalogGlob, message).at(&written.span, "").help(
                            "a glob is about paths of a workspace, as `tito show --files` lists them: `modules/*_sums/**`; or name units: `affects: [sums]`",
                        ));
                    }
                }
                Err(problem) => diagnostics.push(
                    Diagnostic::new(Code::BadGlob, problem.message).at(&written.span, "").help(problem.help),
                ),
            }
        }
        Advisory {
            id: advisory.id.value.clone(),
            severity: advisory.severity,
            fixed_in: advisory.fixed_in.value.clone(),
            units: advisory.units.iter().map(|id| catalog.current(&id.value).clone()).collect(),
            paths,
            title: advisory.title.clone(),
            ask: advisory.action.clone(),
        }
    };
    catalog.advisories.iter().map(&mut resolve).collect()
}

fn stubs_of(course: &Course) -> Stubs {
    Stubs::new(course.stubs.iter().map(|(language, stub)| (language.as_str(), stub.as_str())))
}

/// Of what decides what students get, as text; where it was written and in how many layers does not matter.
fn course_digest(course: &Course, units: &[Unit], policy: &Policy, timezone: &str) -> Digest {
    // A course without a schedule has the digest that it had before there were schedules.
    let dates: Vec<_> = units
        .iter()
        .filter(|unit| !unit.dates.is_empty())
        .map(|unit| (unit.id.to_string(), format!("{:?}", unit.dates)))
        .chain(
            policy
                .rules()
                .iter()
                .filter(|rule| !rule.window.is_always())
                .map(|rule| (rule.name.clone(), format!("{:?}", rule.window))),
        )
        .collect();
    let units: Vec<_> = units
        .iter()
        .map(|unit| {
            (&unit.id, unit.kind, &unit.number, &unit.title, unit.mode, unit.optional, unit.dir.as_ref())
        })
        .collect();
    let rules: Vec<_> = course
        .rules
        .iter()
        .zip(policy.rules())
        .map(|(written, rule)| {
            let paths: Option<Vec<&str>> = written
                .rule
                .paths
                .as_ref()
                .map(|paths| paths.iter().map(|path| path.value.as_str()).collect());
            let roles: Option<Vec<Role>> = rule.matches.roles.clone();
            (
                &rule.name,
                paths,
                &rule.matches.units,
                roles,
                format!("{:?} {:?} {:?} {}", rule.action, rule.edited, rule.critical, rule.is_final),
                &rule.why,
            )
        })
        .collect();
    let settings = format!(
        "{:?} {:?} {:?} {:?}",
        course.numbering.value, course.tier.value, course.notebooks.value, course.default_action.value
    );
    let settings = if course.stubs.is_empty() { settings } else { format!("{settings} {:?}", course.stubs) };
    let relevant = (&course.id.value, &course.title, &course.run, units, settings, &course.variables, rules);
    let mut text = serde_json::to_string(&relevant).unwrap_or_default();
    if !dates.is_empty() {
        text += &serde_json::to_string(&(timezone, dates)).unwrap_or_default();
    }
    Digest::of(text.as_bytes())
}

/// The modules that a course ships solved.
pub(super) fn provided(units: &[Unit]) -> impl Iterator<Item = &UnitId> {
    units.iter().filter(|unit| unit.mode == Mode::Provided).map(|unit| &unit.id)
}
