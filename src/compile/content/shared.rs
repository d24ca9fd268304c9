//! [`Shared`]: what was found out about a base, for every course of a run that has it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::catalog::Catalog;
use crate::id::UnitId;
use crate::notebook::{CellKind, export, nbformat};
use crate::world::held::each;
use crate::world::{EntryKind, World};

use super::body::Shelf;
use super::frequent::Frequent;

/// What was found out about a base. Each thing is looked for when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    frequent: OnceLock<Frequent>,
    exported: OnceLock<BTreeMap<UnitId, Vec<String>>>,
    /// The files that were made of it, by the settings that decide what is made.
    shelves: Mutex<BTreeMap<String, Arc<Shelf>>>,
}

impl Shared {
    /// The files that were made with `settings`.
    pub(crate) fn shelf(&self, settings: &str) -> Arc<Shelf> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.entry(settings.to_owned()).or_default().clone()
    }

    /// Which lines are all over the base.
    pub(super) fn frequent(&self, world: &dyn World, catalog: &Catalog) -> &Frequent {
        self.frequent.get_or_init(|| Frequent::of(world, catalog))
    }

    /// Where the notebooks of each module of the base export to.
    pub(super) fn exported(&self, world: &dyn World, catalog: &Catalog) -> &BTreeMap<UnitId, Vec<String>> {
        self.exported.get_or_init(|| {
            let modules: Vec<_> = catalog.modules.iter().collect();
            let targets = each(&modules, |(_, module)| exported_modules(world, catalog, &module.from));
            modules.into_iter().map(|(id, _)| id.clone()).zip(targets).collect()
        })
    }
}

/// Where the notebooks in `folder` of the base export to.
fn exported_modules(world: &dyn World, catalog: &Catalog, folder: &str) -> Vec<String> {
    let files = catalog.below(folder).filter(|entry| matches!(entry.kind, EntryKind::File { .. }));
    let targets = files.filter_map(|entry| {
        let plain = entry.path.strip_suffix(".j2").unwrap_or(&entry.path);
        if !plain.ends_with(".py") && !plain.ends_with(".ipynb") {
            return None;
        }
        let bytes = world.read_in(&catalog.root, &entry.path).ok()?;
        if plain.ends_with(".ipynb") {
            let notebook = nbformat::read(&bytes).ok()?;
            let code = notebook.cells.iter().filter(|cell| cell.kind == CellKind::Code);
            return export::made_module(code.map(|cell| cell.source.as_str()));
        }
        let text = String::from_utf8_lossy(&bytes);
        let cells = text.split("\n# %%");
        export::made_module(cells.map(|cell| cell.split_once('\n').map_or("", |(_, source)| source)))
    });
    targets.collect()
}
