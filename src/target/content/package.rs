//! The package that students build, as far as the course writes it: the solved code of provided modules, and an
//! `__init__.py` in every folder that anything exports into.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Module};
use crate::course::Course;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::id::{FileId, Role, UnitId};
use crate::notebook::export;
use crate::path::WorkspacePath;
use crate::source::Span;
use crate::world::{EntryKind, World};

use super::super::compile::provided;
use super::super::place::Item;
use super::super::{Unit, render};
use super::{Made, NotebookKind, notebook_kind, original, read, rendered};

/// Files of the package: [`Role::Support`] for provided modules, [`Role::Derived`] for the `__init__.py`s that the base does not ship.
pub(in super::super) fn package(
    world: &dyn World,
    made: &[Made],
    units: &[Unit],
    context: &render::Context,
    course: &Course,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Made> {
    let mut files = Vec::new();
    for id in provided(units) {
        let Some(module) = catalog.modules.get(id) else { continue };
        let before = files.len();
        files.extend(solved(world, id, module, &context.of(id), course, catalog, diagnostics));
        if files.len() == before {
            let problem =
                Diagnostic::new(Code::ExportTarget, format!("`{id}` is provided, but exports nothing"));
            diagnostics.push(problem.at(&module.span, "").help(
                "its percent script needs a cell with `#| default_exp NAME` and cells with `#| export`",
            ));
        }
    }
    export_targets(made, &files, diagnostics);
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
) -> Vec<Made> {
    let prefix = format!("{}/", module.from);
    let mut files = Vec::new();
    for entry in catalog
        .entries
        .iter()
        .filter(|entry| entry.path.starts_with(&prefix) && matches!(entry.kind, EntryKind::File { .. }))
    {
        let rest = entry.path[prefix.len()..].to_owned();
        let plain = rest.strip_suffix(".j2").unwrap_or(&rest);
        if !plain.ends_with(".py") && !plain.ends_with(".ipynb") {
            continue;
        }
        let shown = match &catalog.root {
            crate::world::Root::Bundled => format!("bundled:{}", entry.path),
            crate::world::Root::Folder(_) => entry.path.clone(),
        };
        let span = course.modules.span.clone().unwrap_or_else(|| module.span.clone());
        let item = Item {
            unit: None,
            kind: "module",
            dir: None,
            rest,
            number: None,
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
            files.extend(made.map(|made| Made { source: Some(source), ..made }));
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
) -> Option<Made> {
    let original = original(&item.shown, id.as_str(), kind, bytes, item.rest.ends_with(".j2"), diagnostics)?;
    let from = format!("module `{id}` of {} {}", catalog.name, catalog.version);
    let (module, problems) = export::export(&original.notebook, &catalog.package, &from);
    diagnostics.extend(problems.iter().map(|problem| original.diagnostic(problem)));
    let module = module?;
    let rest = module.path();
    let path = WorkspacePath::new(&format!("{}/{rest}", catalog.package)).map_err(|error| {
        diagnostics.push(
            Diagnostic::new(Code::BadPath, format!("`{}` exports to no file: {error}", item.shown))
                .at(&original.source.line(1), ""),
        );
    });
    Some(Made {
        path: path.ok()?,
        id: FileId::of_unit("package", id, &rest),
        unit: Some(id.clone()),
        role: Role::Support,
        content: module.text.into_bytes().into(),
        source: None,
        executable: false,
        shown: item.shown.clone(),
        span: item.span.clone(),
        stripped: Vec::new(),
        exports: Some(module.module),
        challenges: 0,
        flagged: BTreeMap::new(),
    })
}

/// Two notebooks that export to one file would overwrite one another.
fn export_targets(made: &[Made], files: &[Made], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, &Made> = BTreeMap::new();
    for made in made.iter().chain(files) {
        let Some(target) = made.exports.as_deref() else { continue };
        if let Some(first) = seen.insert(target, made) {
            let problem = Diagnostic::new(
                Code::ExportTarget,
                format!("`{}` and `{}` both export to `{target}`", first.shown, made.shown),
            );
            diagnostics.push(
                problem
                    .at(&made.span, "the second")
                    .at(&first.span, "the first")
                    .help("give one of them another `#| default_exp`"),
            );
        }
    }
}

fn inits(made: &[Made], files: &[Made], package: &str, span: Span) -> Vec<Made> {
    let shipped: BTreeSet<&str> = made.iter().map(|made| made.path.as_str()).collect();
    let mut folders: BTreeSet<String> = BTreeSet::new();
    let mut exporting = false;
    for target in made.iter().chain(files).filter_map(|made| made.exports.as_deref()) {
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
    let init = |folder: String| {
        let path = WorkspacePath::new(&format!("{folder}/__init__.py"))
            .ok()
            .filter(|path| !shipped.contains(path.as_str()))?;
        Some(Made {
            id: FileId::derived(path.as_str()),
            path,
            unit: None,
            role: Role::Derived,
            content: (*b"# Made by tito: it makes this folder a part of the package that you build.\n")
                .into(),
            source: None,
            executable: false,
            shown: "a file that tito makes".to_owned(),
            span: span.clone(),
            stripped: Vec::new(),
            exports: None,
            challenges: 0,
            flagged: BTreeMap::new(),
        })
    };
    folders.into_iter().filter_map(init).collect()
}
