//! [`Package`]: which module of a repository makes which part of the package, and what code uses of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::notebook::{CellKind, Place};
use crate::python::{Code, Dialect, Import, Where};

use super::Guess;
use super::tree::{Read, Tree, folder, stem};
use super::unit::{Unit, exported};

/// The package as its modules export it, with the re-exports of its `__init__.py` files.
pub(super) struct Package {
    name: String,
    /// `core.tensor` → the unit that exports it.
    exports: BTreeMap<String, String>,
    /// The name of a notebook, which older repositories import from beside it → its unit.
    notebooks: BTreeMap<String, String>,
    /// What an `__init__.py` offers: its folder and the name → the module that it is from.
    homes: BTreeMap<(String, String), String>,
}

/// A use of a unit.
pub(super) struct Used {
    /// The unit.
    pub(super) id: String,
    /// `FILE:LINE`.
    pub(super) place: String,
    /// Only in a function, or where it may be missing.
    pub(super) is_late: bool,
}

/// What the package is called: as `settings.ini` says, or else the folder that the units import from. None where nothing exports.
pub(super) fn package_name(tree: &Tree<'_>, units: &[Unit]) -> Option<Guess<String>> {
    units.iter().find_map(exported)?;
    let of_nbdev = tree.text("settings.ini").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("lib_name"))?;
        Some(line.trim_start().strip_prefix('=')?.trim().to_owned())
    });
    if let Some(value) = of_nbdev {
        return Some(Guess { value, why: "`lib_name` of settings.ini".to_owned() });
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for read in units.iter().flat_map(|unit| &unit.notebooks) {
        for (import, _) in imports_of(read) {
            let top = import.module.split('.').next().unwrap_or_default().to_owned();
            if tree.has(&format!("{top}/__init__.py")) {
                *counts.entry(top).or_default() += 1;
            }
        }
    }
    let (value, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Some(Guess { value, why: "the folder that modules import from".to_owned() })
}

impl Package {
    pub(super) fn of(tree: &Tree<'_>, name: &str, units: &[Unit]) -> Self {
        let exports = units.iter().filter_map(|unit| Some((exported(unit)?, unit.id.clone()))).collect();
        let of_unit = |unit: &Unit| {
            let names = unit.notebooks.iter().map(|read| stem(&read.path).to_owned()).collect::<Vec<_>>();
            names.into_iter().map({
                let id = unit.id.clone();
                move |name| (name, id.clone())
            })
        };
        let notebooks = units.iter().flat_map(of_unit).collect();
        let mut package = Self { name: name.to_owned(), exports, notebooks, homes: BTreeMap::new() };
        if !name.is_empty() {
            for path in tree.below(name).filter(|path| path.ends_with("/__init__.py")) {
                package.init(&tree.text(path).unwrap_or_default(), folder(path));
            }
        }
        package
    }

    /// The re-exports of an `__init__.py` in `folder`.
    fn init(&mut self, text: &str, folder: &str) {
        let dotted = folder.replace('/', ".");
        for import in Code::of(text, Dialect::Python).imports() {
            let module = absolute(&import, &dotted);
            for name in import.names.iter().filter(|name| *name != "*") {
                self.homes.insert((dotted.clone(), name.clone()), module.clone());
            }
        }
    }

    /// The units that `import` uses.
    fn units_of(&self, import: &Import) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if import.level > 0 {
            return found;
        }
        let below = import.module.strip_prefix(&self.name).filter(|_| !self.name.is_empty());
        match below {
            Some("") => {}
            Some(rest) if rest.starts_with('.') => found.extend(self.exports.get(&rest[1..]).cloned()),
            _ => {
                found.extend(self.notebooks.get(&import.module).cloned());
                return found;
            }
        }
        for name in &import.names {
            found.extend(self.exported_as(&import.module, name, 0));
        }
        found
    }

    /// The unit of `name` in `module`: a module itself, or a re-export.
    fn exported_as(&self, module: &str, name: &str, depth: usize) -> Option<String> {
        let full = format!("{module}.{name}");
        let relative = full.strip_prefix(&self.name)?.strip_prefix('.')?;
        if let Some(unit) = self.exports.get(relative) {
            return Some(unit.clone());
        }
        let home = self.homes.get(&(module.to_owned(), name.to_owned())).filter(|_| depth < 8)?;
        let of_home = home.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('.'));
        let unit = of_home.and_then(|home| self.exports.get(home)).cloned();
        unit.or_else(|| self.exported_as(home, name, depth + 1))
    }

    /// What a notebook uses.
    pub(super) fn used_by(&self, read: &Read) -> Vec<Used> {
        let used = |(import, line): (Import, usize)| {
            let is_late = !matches!(import.place, Where::Top);
            let place = format!("{}:{line}", read.path);
            let units = self.units_of(&import);
            units.into_iter().map(move |id| Used { id, place: place.clone(), is_late })
        };
        imports_of(read).into_iter().flat_map(used).collect()
    }

    /// The units that a file of Python uses, however late.
    pub(super) fn used_in(&self, text: &str) -> BTreeSet<String> {
        Code::of(text, Dialect::Python).imports().iter().flat_map(|import| self.units_of(import)).collect()
    }

    /// Does a unit export the file at `path` of the package?
    pub(super) fn exports_to(&self, path: &str) -> bool {
        let below = path.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('/'));
        let module = below.and_then(|rest| rest.strip_suffix(".py")).map(|rest| rest.replace('/', "."));
        module.is_some_and(|module| self.exports.contains_key(&module))
    }

    /// The units that a file of the package at `path` imports whenever it runs.
    pub(super) fn used_in_package(&self, text: &str, path: &str) -> BTreeSet<String> {
        let dotted = folder(path).replace('/', ".");
        let imports = Code::of(text, Dialect::Python).imports();
        let top = imports.iter().filter(|import| import.place == Where::Top);
        let modules = top.map(|import| absolute(import, &dotted));
        let relative =
            modules.filter_map(|module| Some(module.strip_prefix(&self.name)?.strip_prefix('.')?.to_owned()));
        relative.filter_map(|module| self.exports.get(&module).cloned()).collect()
    }

    /// Does a file of Python import anything of the package?
    pub(super) fn is_used_in(&self, text: &str) -> bool {
        let is = |import: &Import| {
            import.module.split('.').next() == Some(self.name.as_str()) || !self.units_of(import).is_empty()
        };
        Code::of(text, Dialect::Python).imports().iter().any(is)
    }
}

/// The module that an import in the folder `dotted` names.
fn absolute(import: &Import, dotted: &str) -> String {
    if import.level == 0 {
        return import.module.clone();
    }
    let mut parts: Vec<&str> = dotted.split('.').collect();
    parts.truncate(parts.len().saturating_sub(import.level as usize - 1));
    parts.extend(import.module.split('.').filter(|part| !part.is_empty()));
    parts.join(".")
}

/// The imports of a notebook in Python, with the lines of its script, or of the cell in a notebook.
fn imports_of(read: &Read) -> Vec<(Import, usize)> {
    if read.notebook.language() != "python" {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, cell) in read.notebook.cells.iter().enumerate().filter(|(_, cell)| cell.kind == CellKind::Code) {
        for import in Code::of(&cell.source, Dialect::IPython).imports() {
            let line = match Place::within(at, &cell.source, &import.range) {
                Place::Columns { line, .. } => line,
                _ => 0,
            };
            let line = read.origins.get(at).map_or(line + 1, |origin| origin.source + line);
            found.push((import, line));
        }
    }
    found
}
