//! The package that students build, as far as the course writes it: the solved code of provided modules, and an
//! `__init__.py` in every folder that anything exports into.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::{Catalog, Module};
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::id::{FileId, Role, UnitId};
use crate::notebook::export;
use crate::path::WorkspacePath;
use crate::source::{Span, Spanned};
use crate::world::{EntryKind, World};

use super::super::item::Item;
use super::super::stages::provided;
use super::super::{Unit, render};
use super::{Body, NotebookKind, Rendered, imports, notebook_kind, original, read, rendered};

/// Files of the package: [`Role::Support`] for provided modules, [`Role::Derived`] for the `__init__.py`s that the base does not ship.
pub(crate) fn package(
    world: &dyn World,
    made: &[Rendered],
    units: &[Unit],
    context: &render::Context,
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Rendered> {
    let mut files = Vec::new();
    for id in provided(units) {
        let Some(module) = catalog.modules.get(id) else { continue };
        let before = files.len();
        files.extend(solved(world, id, module, &context.of(id), course, catalog, diagnostics));
        if files.len() == before {
            let problem =
                Diagnostic::new(Code::ExportTarget, format!("`{id}` is provided, but exports nothing"));
            diagnostics.push(
                problem
                    .at(&module.span, "")
                    .help("its notebook needs a cell with `#| default_exp NAME` and cells with `#| export`"),
            );
        }
    }
    export_targets(made, &files, &catalog.package, diagnostics);
    let inits = inits(made, &files, &catalog.package, catalog.source.span(0, 0));
    files.extend(inits);
    files
}

/// The solved code of one module.
fn solved(
    world: &dyn World,
    id: &UnitId,
    module: &Module,
    context: &render::Context,
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Rendered> {
    let prefix = format!("{}/", module.from);
    let mut files = Vec::new();
    let entries = catalog.below(&module.from).filter(|entry| !catalog.roles.is_instructors(&entry.path));
    for entry in entries.filter(|entry| matches!(entry.kind, EntryKind::File { .. })) {
        let rest = entry.path[prefix.len()..].to_owned();
        let plain = rest.strip_suffix(".j2").unwrap_or(&rest);
        if !plain.ends_with(".py") && !plain.ends_with(".ipynb") {
            continue;
        }
        let shown = catalog.root.label_of(&entry.path);
        let span = course.modules.span.clone().unwrap_or_else(|| module.span.clone());
        let item = Item {
            unit: None,
            kind: "module",
            dir: None,
            rest,
            number: None,
            given: None,
            root: catalog.root.clone(),
            path: entry.path.clone(),
            executable: false,
            shown,
            span,
        };
        let Some(bytes) = read(world, &item, diagnostics) else { continue };
        let source = Digest::of(&bytes);
        let Some((rest, bytes)) = rendered(&item, bytes, context, diagnostics) else { continue };
        if let Some(kind) = notebook_kind(&rest, &bytes) {
            let made = exported(&item, id, kind, &bytes, catalog, diagnostics);
            files.extend(made.map(|made| Rendered { source: Some(source), ..made }));
        }
    }
    files
}

fn exported(
    item: &Item,
    id: &UnitId,
    kind: NotebookKind,
    bytes: &[u8],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Rendered> {
    let original = original(&item.shown, id.as_str(), kind, bytes, item.rest.ends_with(".j2"), diagnostics)?;
    let from = format!("module `{id}` of {} {}", catalog.name, catalog.version);
    let (module, problems) = export::export(&original.notebook, &catalog.package, &from);
    diagnostics.extend(original.diagnostics(&problems));
    let module = module?;
    let exports = original.exports(&module);
    let rest = module.path();
    let path = WorkspacePath::new(&format!("{}/{rest}", catalog.package)).map_err(|error| {
        diagnostics.push(
            Diagnostic::new(
                Code::BadPath,
                format!("`{}` does not name a file to export to: {error}", item.shown),
            )
            .at(&original.source.line(1), ""),
        );
    });
    Some(Rendered {
        path: path.ok()?,
        id: FileId::of_unit("package", id, &rest),
        unit: Some(id.clone()),
        role: Role::Support,
        body: Arc::new(Body {
            imports: imports::of_notebook(&original, &catalog.package),
            exports: Some(exports),
            ..Body::plain(module.text.into_bytes().into())
        }),
        source: None,
        executable: false,
        shown: item.shown.clone(),
        span: item.span.clone(),
    })
}

/// Modules that cannot be in the package beside all else: two in one file, one where a folder or a
/// file of the course is, one with a name that some systems lack.
fn export_targets(made: &[Rendered], files: &[Rendered], package: &str, diagnostics: &mut Vec<Diagnostic>) {
    let shipped: BTreeMap<String, &Rendered> =
        made.iter().map(|made| (made.path.collision_key(), made)).collect();
    let mut seen: BTreeMap<String, &Rendered> = BTreeMap::new();
    let exporting = || made.iter().chain(files).filter_map(|made| Some((made, made.body.exports.as_ref()?)));
    for (made, target) in exporting() {
        let path = format!("{package}/{}.py", target.value.replace('.', "/"));
        let problem = match WorkspacePath::new(&path) {
            Err(error) => Diagnostic::new(
                Code::BadPath,
                format!("`{}` does not name a file to export to: {error}", made.shown),
            )
            .at(&target.span, "")
            .help("give it another `#| default_exp`"),
            Ok(path) => {
                let key = path.collision_key();
                match (shipped.get(&key), seen.insert(key, made)) {
                    (Some(file), _) => beside_file(made, target, file),
                    (None, Some(first)) => twice(made, target, first),
                    (None, None) => continue,
                }
            }
        };
        diagnostics.push(problem);
    }
    let mut modules: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (at, (made, target)) in exporting().enumerate() {
        modules.entry(target.value.to_lowercase()).or_default().push((at, made, target));
    }
    let mut files: BTreeMap<String, &Rendered> = BTreeMap::new();
    for file in shipped.values() {
        files.entry(file.path.as_str().to_lowercase()).or_insert(file);
    }
    for (made, target) in exporting() {
        let inside = format!("{}.", target.value.to_lowercase());
        let inner = below(&modules, &inside).flatten().min_by_key(|(at, ..)| *at);
        diagnostics.extend(inner.map(|(_, other, inner)| beside_folder((made, target), (other, inner))));
        let folder = format!("{package}/{}/", target.value.replace('.', "/")).to_lowercase();
        let held = below(&files, &folder).next();
        diagnostics.extend(held.map(|file| beside_shipped_folder(made, target, file)));
    }
}

/// What has a name that begins with `prefix`.
fn below<'a, T>(all: &'a BTreeMap<String, T>, prefix: &'a str) -> impl Iterator<Item = &'a T> {
    all.range(prefix.to_owned()..).take_while(move |(name, _)| name.starts_with(prefix)).map(|(_, one)| one)
}

fn twice(made: &Rendered, target: &Spanned<String>, first: &Rendered) -> Diagnostic {
    let message = format!("`{}` and `{}` both export to `{}`", first.shown, made.shown, target.value);
    let other = first.body.exports.as_ref().map(|exports| &exports.span);
    Diagnostic::new(Code::ExportTarget, message)
        .at(&target.span, "the second")
        .at_some(other, "the first")
        .help("give one of them another `#| default_exp`")
}

fn beside_file(made: &Rendered, target: &Spanned<String>, file: &Rendered) -> Diagnostic {
    let message = format!("`{}` exports to `{}`, but that file comes with the course", made.shown, file.path);
    Diagnostic::new(Code::ExportTarget, message)
        .at(&target.span, format!("the course has it from `{}`", file.shown))
        .help("give the notebook another `#| default_exp`, or take the file out of the base")
}

fn beside_shipped_folder(made: &Rendered, target: &Spanned<String>, file: &Rendered) -> Diagnostic {
    let message = format!(
        "`{}` of `{}` cannot be imported: `{}` makes it a folder",
        target.value, made.shown, file.path
    );
    Diagnostic::new(Code::ExportTarget, message)
        .at(&target.span, format!("Python finds the folder first; the course has it from `{}`", file.shown))
        .help("give the notebook another `#| default_exp`, or move the folder of the base")
}

fn beside_folder(outer: (&Rendered, &Spanned<String>), inner: (&Rendered, &Spanned<String>)) -> Diagnostic {
    let ((made, target), (other, below)) = (outer, inner);
    let message = format!(
        "`{}` of `{}` cannot be imported: `{}` makes it a folder",
        target.value, made.shown, below.value
    );
    Diagnostic::new(Code::ExportTarget, message)
        .at(&target.span, "Python finds the folder first")
        .at(&below.span, format!("a module below it, of `{}`", other.shown))
        .help(format!("rename one of them, for example to `{}.base`", target.value))
}

fn inits(made: &[Rendered], files: &[Rendered], package: &str, span: Span) -> Vec<Rendered> {
    let shipped: BTreeSet<&str> = made.iter().map(|made| made.path.as_str()).collect();
    let mut folders: BTreeSet<String> = BTreeSet::new();
    let mut exporting = false;
    for target in made.iter().chain(files).filter_map(|made| made.body.exports.as_ref()) {
        exporting = true;
        let mut folder = package.to_owned();
        let parts: Vec<&str> = target.split('.').collect();
        for part in &parts[..parts.len().saturating_sub(1)] {
            folder = format!("{folder}/{part}");
            folders.insert(folder.clone());
        }
    }
    if exporting {
        folders.insert(package.to_owned());
    }
    let text = "# Made by tito: it makes this folder a part of the package that you build.\n";
    let body = Arc::new(Body::plain(text.as_bytes().into()));
    let init = |folder: String| {
        let path = WorkspacePath::new(&format!("{folder}/__init__.py"))
            .ok()
            .filter(|path| !shipped.contains(path.as_str()))?;
        Some(Rendered {
            id: FileId::derived(path.as_str()),
            path,
            unit: None,
            role: Role::Derived,
            body: body.clone(),
            source: None,
            executable: false,
            shown: "a file that tito makes".to_owned(),
            span: span.clone(),
        })
    };
    folders.into_iter().filter_map(init).collect()
}
