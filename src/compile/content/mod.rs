//! Items → files: templates rendered, percent scripts made notebooks, solutions stripped, solved code exported.
//!
//! What happens to a file of a base: one that ends in `.j2` is rendered and loses the ending; a percent script in a unit's
//! folder becomes a notebook (or stays a script, with `notebooks: py`) with the solutions of the tier stripped; all else is
//! copied byte for byte.

mod body;
mod check;
mod exports;
mod flagged;
mod frequent;
mod imports;
mod named;
mod package;
mod package_import;
mod seen;
mod shared;
mod unread;
mod untested;

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::course::{Course, Form};
use crate::diagnostic::{Code, Diagnostic, Severity, quoted};
use crate::digest::Digest;
use crate::encoding;
use crate::id::{FileId, Role, UnitId};
use crate::notebook::tiers::{Markers, Marking, Tier};
use crate::notebook::{Notebook, Origin, Place, Problem, export, grading, nbformat, percent, tiers};
use crate::path::WorkspacePath;
use crate::source::{Source, Span, Spanned};
use crate::world::World;

use super::item::Item;
use super::place;
use super::{Unit, numbered, render};
use body::{Body, Shelf};

pub(super) use check::check;
pub(super) use package::package;
pub(super) use shared::Shared;

/// What the course says of all notebooks.
pub(super) struct Settings<'a> {
    pub(super) tier: Tier,
    pub(super) form: Form,
    pub(super) package: &'a str,
    /// Does the catalog name the package?
    pub(super) has_package: bool,
    pub(super) marking: Marking,
}

impl Settings<'_> {
    /// Everything that decides what is made of a file of one base.
    pub(super) fn text(&self) -> String {
        format!("{:?} {:?} {:?}", self.tier, self.form, self.marking)
    }
}

/// What the files of a course are checked against.
#[derive(Clone, Copy)]
pub(super) struct Compiled<'a> {
    pub(super) world: &'a dyn World,
    pub(super) units: &'a [Unit],
    pub(super) course: &'a Course,
    pub(super) catalog: &'a Catalog,
    pub(super) shared: &'a Shared,
}

/// A file, made.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    pub(super) path: WorkspacePath,
    pub(super) id: FileId,
    pub(super) unit: Option<UnitId>,
    pub(super) role: Role,
    pub(super) body: Arc<Body>,
    /// Digest of what it was made of, where it is not just that.
    pub(super) source: Option<Digest>,
    pub(super) executable: bool,
    /// For messages: where it comes from.
    pub(super) shown: String,
    /// What asked for it.
    pub(super) span: Span,
}

/// The largest file of a base that is taken in.
const MAX_FILE: usize = 256 << 20;

/// How a pointer of Git LFS begins, and that it is short.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
const MAX_POINTER: usize = 1024;

/// Makes the file of `item`, and says what is wrong with it.
pub(super) fn make(
    world: &dyn World,
    item: &Item,
    unit: Option<&Unit>,
    context: &render::Context,
    settings: &Settings<'_>,
    shelf: Option<&Shelf>,
) -> (Option<Rendered>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let made = (|| {
        let bytes = read(world, item, &mut diagnostics)?;
        let changes = is_template(item) || encoding::without_mark(&bytes).len() < bytes.len();
        let mut source = changes.then(|| Digest::of(&bytes));
        let (rest, bytes) = rendered(item, bytes, context, &mut diagnostics)?;
        let kind = unit_notebook(item, &rest, &bytes);
        let role = item.given.unwrap_or_else(|| place::role(item.kind, &rest, kind.is_some()));
        let unit_id = unit.map_or("", |unit| unit.id.as_str());
        let key = body::Key { path: &item.path, unit: unit_id, kind, is_template: is_template(item) };
        let (body, found) = Shelf::body(shelf, &key, bytes, |bytes| {
            let Some(kind) = kind else { return (Some(Body::plain(bytes)), Vec::new()) };
            let mut found = Vec::new();
            (notebook(item, unit_id, kind, &bytes, settings, &mut found), found)
        });
        diagnostics.extend(found);
        let body = body?;
        source = source.or(body.source);
        let rest = match body.ending {
            Some(ending) => {
                let stem = rest.rsplit_once('.').map_or(rest.as_str(), |(stem, _)| stem);
                format!("{stem}.{ending}")
            }
            None => rest,
        };
        let path = path_of(item, &rest).map_err(|error| {
            let problem = Diagnostic::new(
                Code::BadPath,
                format!("`{}` cannot be placed in a workspace: {error}", item.shown.escape_debug()),
            );
            diagnostics
                .push(problem.at(&item.span, "in a folder that this asks for").help("rename the file"));
        });
        let id = match unit {
            Some(unit) => {
                FileId::of_unit(item.kind, &unit.id, &numbered::without(&rest, item.number.clone()))
            }
            None => FileId::shared(&rest),
        };
        Some(Rendered {
            path: path.ok()?,
            id,
            unit: unit.map(|unit| unit.id.clone()),
            role,
            body,
            source,
            executable: item.executable,
            shown: item.shown.clone(),
            span: item.span.clone(),
        })
    })();
    (made, diagnostics)
}

fn path_of(item: &Item, rest: &str) -> Result<WorkspacePath, crate::path::PathError> {
    match &item.dir {
        Some(dir) => dir.join(rest),
        None => WorkspacePath::new(rest),
    }
}

pub(super) fn read(world: &dyn World, item: &Item, diagnostics: &mut Vec<Diagnostic>) -> Option<Arc<[u8]>> {
    let problem = match world.share_in(&item.root, &item.path) {
        Ok(bytes) if bytes.starts_with(LFS_POINTER) && bytes.len() < MAX_POINTER => {
            let message = format!("`{}` is a pointer of Git LFS, not the file", item.shown.escape_debug());
            Diagnostic::new(Code::LfsPointer, message).help(
                "a clone without Git LFS has only pointers: run `git lfs pull` there; sources are fetched without LFS, so add the file to Git itself, or declare it in the catalog's `datasets`",
            )
        }
        Ok(bytes) if bytes.len() <= MAX_FILE => return Some(bytes),
        Ok(_) => Diagnostic::new(Code::TooLarge, format!("`{}` is larger than 256 MiB", item.shown))
            .help("declare it in the catalog's `datasets`, so that students fetch it"),
        Err(error) => Diagnostic::new(
            Code::Unreadable,
            format!("`{}` cannot be read: {}", item.shown.escape_debug(), crate::world::reason(&error)),
        ),
    };
    diagnostics.push(problem.at(&item.span, "in a folder that this asks for"));
    None
}

/// In which form the file is a notebook of its unit, from which the tier takes solutions, if it is one. A percent script that the catalog gives
/// another role stays a script, unless it has grading metadata: a solution must not ship because of a role.
fn unit_notebook(item: &Item, rest: &str, bytes: &[u8]) -> Option<NotebookKind> {
    let is_work =
        matches!(item.kind, "module" | "assignment") && place::role(item.kind, rest, true) == Role::Work;
    let kind = notebook_kind(rest, bytes).filter(|_| is_work)?;
    let is_script = kind == NotebookKind::Percent && item.given.is_some_and(|role| role != Role::Work);
    let is_graded = || encoding::text(bytes).is_ok_and(|text| text.contains("nbgrader"));
    (!is_script || is_graded()).then_some(kind)
}

fn is_template(item: &Item) -> bool {
    item.rest.ends_with(".j2")
}

/// Is the file read as text? One that holds code always is; another of a text's ending unless it is data.
fn is_text(item: &Item) -> bool {
    encoding::is_code(&item.rest)
        || (encoding::is_text(&item.rest)
            && item.given.unwrap_or_else(|| place::role(item.kind, &item.rest, false)) != Role::Data)
}

/// Renders what ends in `.j2`; takes the byte order mark off other texts, and leaves everything else as it is. A text that is
/// not UTF-8 is refused: nothing could look for solutions in it.
fn rendered(
    item: &Item,
    bytes: Arc<[u8]>,
    context: &render::Context,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(String, Arc<[u8]>)> {
    if !is_text(item) {
        return Some((item.rest.clone(), bytes));
    }
    if let Err(at) = encoding::text(&bytes) {
        diagnostics.push(encoding::problem(&item.shown, &bytes, at));
        return None;
    }
    let bytes = match encoding::without_mark(&bytes) {
        plain if plain.len() < bytes.len() => plain.into(),
        _ => bytes,
    };
    let Some(rest) = item.rest.strip_suffix(".j2") else { return Some((item.rest.clone(), bytes)) };
    let template = Source::new(&item.shown, String::from_utf8_lossy(&bytes));
    match render::file(&template, context) {
        Ok(text) => Some((rest.to_owned(), text.into_bytes().into())),
        Err(problem) => {
            diagnostics.push(*problem);
            None
        }
    }
}

/// In which form a file holds a notebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotebookKind {
    Percent,
    Ipynb,
}

fn notebook_kind(rest: &str, bytes: &[u8]) -> Option<NotebookKind> {
    if rest.ends_with(".ipynb") {
        return Some(NotebookKind::Ipynb);
    }
    let text = encoding::text(bytes).ok().filter(|_| rest.ends_with(".py"))?;
    text.lines().any(is_marker).then_some(NotebookKind::Percent)
}

fn is_marker(line: &str) -> bool {
    line.strip_prefix('#')
        .map(str::trim_start)
        .and_then(|rest| rest.strip_prefix("%%"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '%']))
}

/// A notebook as the base has it, and where its cells are in the script.
#[derive(Debug)]
pub(super) struct Original {
    pub(super) notebook: Notebook,
    pub(super) origins: Vec<Origin>,
    pub(super) source: Source,
    /// A string that is not closed hides cells: what else seems wrong may follow from that.
    hides_cells: bool,
}

impl Original {
    /// What is to be said of `problems`, which were found in this notebook.
    pub(super) fn diagnostics(&self, problems: &[Problem]) -> Vec<Diagnostic> {
        if self.hides_cells {
            return Vec::new();
        }
        problems.iter().map(|problem| self.diagnostic(problem)).collect()
    }

    /// `problem`, which is one of this notebook, with its place.
    pub(super) fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        problem.diagnostic(&self.source, &self.origins, &self.notebook.cells)
    }

    /// The module that it exports, where its name is written.
    fn exports(&self, module: &export::Exported) -> Spanned<String> {
        let span = module.named.span(&self.source, &self.origins, &self.notebook.cells);
        Spanned::new(module.module.clone(), span)
    }

    /// Is it written in Python?
    fn is_python(&self) -> bool {
        self.notebook.language() == "python"
    }
}

/// Reads a percent script or an `.ipynb`.
fn original(
    shown: &str,
    unit: &str,
    kind: NotebookKind,
    bytes: &[u8],
    is_template: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Original> {
    let source = encoding::decode(shown, bytes).map_err(|problem| diagnostics.push(*problem)).ok()?;
    let source = if is_template { Source::rendered(shown, source.text()) } else { source };
    let (notebook, origins, problems) = match kind {
        NotebookKind::Percent => {
            let script = percent::read(source.text(), unit);
            (script.notebook, script.origins, script.problems)
        }
        NotebookKind::Ipynb => match nbformat::read(bytes) {
            Ok(mut notebook) => {
                diagnostics.extend(doubled_keys(&source));
                crate::notebook::assign_ids(&mut notebook, unit);
                let cells = notebook.cells.iter().enumerate();
                let unread = cells
                    .filter_map(|(cell, it)| grading::unread(&it.metadata, Place::Cell { cell, line: None }));
                let problems = unread.collect();
                (notebook, Vec::new(), problems)
            }
            Err(error) => {
                diagnostics.push(error.problem().diagnostic(&source, &[], &[]));
                return None;
            }
        },
    };
    let hides_cells = problems.iter().any(|problem| problem.code == Code::OpenString);
    let original = Original { notebook, origins, source, hides_cells };
    diagnostics.extend(problems.iter().map(|problem| original.diagnostic(problem)));
    Some(original)
}

/// Keys that the JSON of a notebook has twice: Jupyter and nbgrader read the last value, and the grading that the first one sets is lost.
fn doubled_keys(source: &Source) -> Vec<Diagnostic> {
    let found = nbformat::doubled(source.text()).into_iter();
    let span = |range: &std::ops::Range<usize>| source.span(range.start, range.end);
    found
        .take(MOST_DOUBLED)
        .map(|key| {
            let message = format!("`{}` is written twice in one object of this notebook", quoted(&key.key));
            Diagnostic::new(Code::DuplicateKey, message)
                .at(&span(&key.second), "the second time: only this value is read")
                .at(&span(&key.first), "the first time")
                .help("open the file in a text editor, and keep one of the two values")
        })
        .collect()
}

/// So many keys that are written twice are reported of one notebook: whatever wrote one may have written all of them.
const MOST_DOUBLED: usize = 10;

/// Graded cells and solutions that are not Python as they are written; exported ones are said already. No one could get the points of these.
fn unreadable_cells(original: &Original) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (at, cell) in original.notebook.cells.iter().enumerate() {
        // A cell that is only locked may show what a syntax error looks like.
        let is_graded = cell.flag("grade") || cell.flag("solution");
        if !is_graded || !export::is_plain_python(cell) || export::is_exported(&cell.source) {
            continue;
        }
        let Some((place, message)) = export::syntax_error(at, cell) else { continue };
        let message = format!("Python cannot read this cell, which has a grading flag: {message}");
        let problem = Problem::new(Code::PythonSyntax, place, message);
        found.push(original.diagnostic(&problem.help("correct the cell")));
    }
    found
}

/// Tests that cannot fail.
fn idle_tests(notebook: &Notebook) -> Vec<Problem> {
    let cells = notebook.cells.iter().enumerate().filter(|(_, cell)| export::is_plain_python(cell));
    cells.flat_map(|(at, cell)| grading::never_fails(at, cell)).collect()
}

/// Cells that are not Python with the stubs of the tier.
fn stub_diagnostics(original: &Original, tiered: &tiers::Tiered) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (problem, exported) in export::stub_problems(&original.notebook, tiered) {
        let mut diagnostic = original.diagnostic(&problem);
        if !exported {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
    found
}

/// A percent script has no place for the pictures that are pasted into a cell.
fn lost_attachments(notebook: &Notebook, original: &Original) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (at, cell) in notebook.cells.iter().enumerate() {
        let Some(names) = cell.attachments.as_ref().and_then(|all| all.as_object()) else { continue };
        let names: Vec<String> = names.keys().map(|name| format!("`{}`", quoted(name))).collect();
        if !names.is_empty() {
            let message =
                format!("a percent script cannot hold the attachments of this cell: {}", names.join(", "));
            let problem = Problem::new(Code::LostAttachment, Place::Cell { cell: at, line: None }, message)
                .help("put the pictures next to the notebook as files, or write `notebooks: ipynb`");
            found.push(original.diagnostic(&problem));
        }
    }
    found
}

/// otter-grader's markers in what students of a base get that does not say that it uses them: no solution must ship for want of a setting.
/// `given` is the notebook of the tier.
fn unread_markers(original: &Original, given: &Notebook, settings: &Settings<'_>) -> Option<Diagnostic> {
    if settings.marking.markers == Markers::Otter {
        return None;
    }
    let (place, count) = tiers::first_marker(&original.notebook)?;
    let left = match settings.tier {
        // nbgrader makes what students get of this tier.
        Tier::Instructor => {
            tiers::first_marker(&tiers::apply(&original.notebook, Tier::Student, &settings.marking).notebook)
        }
        _ => tiers::first_marker(given),
    };
    left?;
    let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
    let message = format!(
        "this is a marker of otter-grader{more}, and the catalog does not say that the base uses them"
    );
    let problem = Problem::new(Code::OtherMarkers, place, message);
    Some(original.diagnostic(&problem.help(OTHER_MARKERS)))
}

/// What to do where markers of otter-grader are not read.
const OTHER_MARKERS: &str = "write `markers: otter` in catalog.yml, so that students do not get these solutions; or remove the marker";

/// Makes what the tier gets of the notebook in `bytes`.
fn notebook(
    item: &Item,
    unit: &str,
    kind: NotebookKind,
    bytes: &[u8],
    settings: &Settings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Body> {
    let original = original(&item.shown, unit, kind, bytes, is_template(item), diagnostics)?;
    let mut module = None;
    let mut imports = Vec::new();
    if original.is_python() {
        // `#| …` in another language is not a directive.
        let (exported, problems) = export::export(&original.notebook, settings.package, "");
        module = exported;
        diagnostics.extend(original.diagnostics(&problems));
        imports = imports::of_notebook(&original, settings.package);
    }
    let exports = module.map(|module| original.exports(&module));
    if let Some(exports) = exports.as_ref().filter(|_| !settings.has_package) {
        let message = "this notebook exports code, and the catalog does not name a package";
        let problem = Diagnostic::new(Code::PackageName, message).at(&exports.span, "exported here");
        diagnostics.push(problem.help("write `package: NAME` into catalog.yml, or remove the directives"));
    }
    let tiered = tiers::apply(&original.notebook, settings.tier, &settings.marking);
    diagnostics.extend(original.diagnostics(&tiered.problems));
    if original.is_python() && !original.hides_cells {
        diagnostics.extend(unreadable_cells(&original));
        diagnostics.extend(stub_diagnostics(&original, &tiered));
        if settings.marking.markers == Markers::Nbgrader {
            diagnostics.extend(original.diagnostics(&idle_tests(&original.notebook)));
        }
    }
    diagnostics.extend(unread_markers(&original, &tiered.notebook, settings));
    let mut notebook = tiered.notebook;
    let origins: Vec<Origin> =
        tiered.origin.iter().filter_map(|at| original.origins.get(*at).copied()).collect();
    let flagged = flagged::cells(&notebook, &original.source, &origins);
    let (content, ending) = match settings.form {
        // A script is Python's.
        Form::Py if original.is_python() => {
            diagnostics.extend(lost_attachments(&notebook, &original));
            (percent::write(&notebook).into_bytes(), "py")
        }
        Form::Ipynb | Form::Py => {
            percent::forget_script(&mut notebook);
            nbformat::make_valid(&mut notebook);
            (nbformat::write(&notebook), "ipynb")
        }
    };
    let cells = tiered.origin.into_iter().zip(notebook.cells).map(|(at, cell)| (at, cell.source)).collect();
    Some(Body {
        source: Some(Digest::of(bytes)),
        ending: Some(ending),
        stripped: tiered.stripped,
        tiers: Some(seen::Tiers { original, cells, rewritten: tiered.rewritten }),
        imports,
        exports,
        challenges: tiered.challenges,
        flagged,
        ..Body::plain(content.into())
    })
}
