//! [`Exports`]: which unit makes which module of the package, and what the package offers besides.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::id::UnitId;
use crate::python::{Code, Dialect};
use crate::world::World;

use super::package_import::PackageImport;
use super::{Compiled, Rendered};

/// The package as all units of the base and of the course make it, with what the base ships of it.
pub(super) struct Exports {
    /// `core.tensor` → the unit that exports it.
    units: BTreeMap<String, UnitId>,
    /// The modules that come with the course: `testing`.
    shipped: BTreeSet<String>,
    /// The `__init__.py`s that come with the course, by folder: `core`, or the empty text.
    packages: BTreeMap<String, Init>,
}

/// What an `__init__.py` offers.
#[derive(Default)]
struct Init {
    /// A name → the module that it is from.
    homes: BTreeMap<String, String>,
    /// Names of its own.
    own: BTreeSet<String>,
    /// It may offer more: it has `__getattr__`, or imports `*`.
    is_open: bool,
}

/// What an import asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// Units that export it.
    pub(super) units: BTreeSet<UnitId>,
    /// Modules that nothing exports.
    pub(super) unknown: BTreeSet<String>,
}

impl Exports {
    pub(super) fn of(of: Compiled<'_>, made: &[Rendered]) -> Self {
        let Compiled { world, catalog, shared, .. } = of;
        let exporting = made.iter().filter(|made| made.body.exports.is_some());
        let exporting: BTreeSet<&UnitId> = exporting.filter_map(|made| made.unit.as_ref()).collect();
        let mut units = BTreeMap::new();
        for id in catalog.modules.keys().filter(|id| !exporting.contains(id)) {
            let targets = shared.exported(world, catalog).get(id).into_iter().flatten();
            units.extend(targets.map(|target| (target.clone(), id.clone())));
        }
        for made in made {
            if let (Some(target), Some(unit)) = (&made.body.exports, &made.unit) {
                units.insert(target.value.clone(), unit.clone());
            }
        }
        let mut exports = Self { units, shipped: BTreeSet::new(), packages: BTreeMap::new() };
        let prefix = format!("{}/", catalog.package);
        for made in made.iter().filter(|made| made.body.exports.is_none() && !is_made_by_tito(made)) {
            let Some(path) = made.path.as_str().strip_prefix(&prefix) else { continue };
            let name = path.strip_suffix(".py").map(|path| path.replace('/', "."));
            let Some(name) = name else { continue };
            match if name == "__init__" { Some("") } else { name.strip_suffix(".__init__") } {
                Some(folder) => {
                    let init = exports.init(&source_of(world, made, catalog), folder, &catalog.package);
                    exports.packages.insert(folder.to_owned(), init);
                }
                None => drop(exports.shipped.insert(name)),
            }
        }
        exports
    }

    /// What `import` asks for.
    pub(super) fn asked(&self, import: &PackageImport) -> Asked {
        let mut asked = Asked::default();
        let module = import.module.as_str();
        if let Some(unit) = self.units.get(module) {
            asked.units.insert(unit.clone());
        } else if self.shipped.contains(module) {
        } else if !self.is_folder(module) {
            asked.unknown.insert(module.to_owned());
        } else {
            for name in import.names.iter().filter(|name| *name != "*") {
                self.ask_for(module, name, &mut asked);
            }
        }
        asked
    }

    /// `from folder import name`.
    fn ask_for(&self, folder: &str, name: &str, asked: &mut Asked) {
        let full = if folder.is_empty() { name.to_owned() } else { format!("{folder}.{name}") };
        if let Some(unit) = self.units.get(&full) {
            asked.units.insert(unit.clone());
            return;
        }
        if self.shipped.contains(&full) || self.is_folder(&full) {
            return;
        }
        let init = self.packages.get(folder);
        let home = init.and_then(|init| init.homes.get(name));
        match home.map(|home| self.units.get(home)) {
            Some(unit) => asked.units.extend(unit.cloned()),
            None if init.is_some_and(|init| init.is_open || init.own.contains(name)) => {}
            None => drop(asked.unknown.insert(full)),
        }
    }

    fn is_folder(&self, module: &str) -> bool {
        let inside = format!("{module}.");
        module.is_empty()
            || self.packages.contains_key(module)
            || self.units.range(inside.clone()..).next().is_some_and(|(known, _)| known.starts_with(&inside))
            || self.shipped.range(inside.clone()..).next().is_some_and(|known| known.starts_with(&inside))
    }

    /// Every module that can be imported.
    pub(super) fn modules(&self) -> impl Iterator<Item = &str> {
        self.units.keys().chain(&self.shipped).map(String::as_str)
    }

    /// Reads the `__init__.py` of `folder`.
    fn init(&self, source: &str, folder: &str, package: &str) -> Init {
        let code = Code::of(source, Dialect::Python);
        let mut init = Init::default();
        for import in code.imports() {
            let Some(module) = absolute(&import.module, import.level, folder, package) else { continue };
            for (name, bound) in import.names.iter().zip(import.bound) {
                init.is_open |= name == "*";
                let inner = if module.is_empty() { name.clone() } else { format!("{module}.{name}") };
                let home = if self.units.contains_key(&inner) { inner } else { module.clone() };
                init.homes.insert(bound, home);
            }
        }
        for definition in code.definitions() {
            init.is_open |= definition.name == "__getattr__";
            init.own.insert(definition.name);
        }
        // Names that are imported when they are first used stand in a table: by module, or each with its own.
        for (key, text) in code.dictionary_texts() {
            let module = |text: &str| {
                let text = text.strip_prefix(package).unwrap_or(text).trim_start_matches('.');
                [text.to_owned(), format!("{folder}.{text}")]
                    .into_iter()
                    .find(|name| self.units.contains_key(name))
            };
            match (module(&key), module(&text)) {
                (Some(home), _) => drop(init.homes.insert(text, home)),
                (None, Some(home)) => drop(init.homes.insert(key, home)),
                (None, None) => {}
            }
        }
        init
    }
}

/// The module below the package that an import in the `__init__.py` of `folder` names.
fn absolute(module: &str, level: u32, folder: &str, package: &str) -> Option<String> {
    if level == 0 {
        let below = module.strip_prefix(package)?;
        return if below.is_empty() {
            Some(String::new())
        } else {
            below.strip_prefix('.').map(str::to_owned)
        };
    }
    let mut parts: Vec<&str> = folder.split('.').filter(|part| !part.is_empty()).collect();
    for _ in 1..level {
        parts.pop()?;
    }
    parts.extend(Some(module).filter(|module| !module.is_empty()));
    Some(parts.join("."))
}

fn is_made_by_tito(made: &Rendered) -> bool {
    made.role == crate::id::Role::Derived
}

/// The text of a file of the base, of a template with all its branches: those of units that this course does not have, too.
fn source_of(world: &dyn World, made: &Rendered, catalog: &Catalog) -> String {
    let written = made.shown.strip_prefix("bundled:").unwrap_or(&made.shown);
    let template = written.ends_with(".j2").then(|| world.read_in(&catalog.root, written).ok()).flatten();
    match template {
        Some(bytes) => every_branch(&String::from_utf8_lossy(&bytes)),
        None => String::from_utf8_lossy(&made.body.content).into_owned(),
    }
}

/// A template without its tags; what it prints is `x`.
fn every_branch(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        let (before, tag) = rest.split_at(at);
        text += before;
        let (end, printed) = match tag.as_bytes().get(1) {
            Some(b'{') => ("}}", "x"),
            Some(b'%') => ("%}", ""),
            _ => ("#}", ""),
        };
        text += printed;
        rest = tag.find(end).and_then(|end| tag.get(end + 2..)).unwrap_or_default();
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports(init: &str) -> Exports {
        let unit = |text: &str| text.parse::<UnitId>().unwrap();
        let units = [("core.a", "a"), ("core.b", "b"), ("c", "c")];
        let mut exports = Exports {
            units: units.into_iter().map(|(module, id)| (module.to_owned(), unit(id))).collect(),
            shipped: BTreeSet::from(["testing".to_owned()]),
            packages: BTreeMap::new(),
        };
        let init = exports.init(&every_branch(init), "", "pkg");
        exports.packages.insert(String::new(), init);
        exports
    }

    fn asked(exports: &Exports, module: &str, names: &[&str]) -> String {
        let asked = exports.asked(&PackageImport::of_test(module, names));
        let units: Vec<&str> = asked.units.iter().map(UnitId::as_str).collect();
        let unknown: Vec<&str> = asked.unknown.iter().map(String::as_str).collect();
        format!("{} | {}", units.join(" "), unknown.join(" "))
    }

    #[test]
    fn an_import_asks_for_units_or_for_what_nobody_exports() {
        let exports = exports("x = 1\n");
        for (module, names, expected) in [
            ("core.a", &["y", "z"][..], "a | "),
            ("core", &["a", "b"], "a b | "),
            ("core", &[], " | "),
            ("core", &["*"], " | "),
            ("core", &["gone"], " | core.gone"),
            ("core.gone", &[], " | core.gone"),
            ("core.gone", &["x"], " | core.gone"),
            ("core.a.gone", &[], " | core.a.gone"),
            ("", &["c", "core", "testing", "x"], "c | "),
            ("", &["gone", "c"], "c | gone"),
            ("testing", &["helper"], " | "),
        ] {
            assert_eq!(asked(&exports, module, names), expected, "{module} {names:?}");
        }
    }

    #[test]
    fn the_package_may_hand_names_on() {
        for init in [
            "from .core.a import A\nfrom pkg.core import b\nfrom pkg import c as D\n",
            "{% if units.a %}\nfrom .core.a import A\n{% endif %}{# of c #}\nfrom .c import D\n{{ more }}\nfrom .core import b",
            "_FILES = {'core.a': ('{{ number }}', ['A']), 'pkg.c': ['D'], 'core.b': 'B'}\ndef __getattr__(name): ...\n",
            "_HOME = {'A': '.core.a', 'D': 'pkg.c'}\ndef __getattr__(name): ...\n",
        ] {
            assert_eq!(asked(&exports(init), "", &["A", "D"]), "a c | ", "{init}");
        }
        assert_eq!(asked(&exports("def __getattr__(name): ...\n"), "", &["gone"]), " | ");
        assert_eq!(asked(&exports("from .core.a import *\n"), "", &["gone"]), " | ");
        assert_eq!(asked(&exports(""), "", &["gone"]), " | gone");
    }
}
