//! Files of a base that may reach a course.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::id::UnitId;
use crate::world::EntryKind;

/// A file that may reach a course.
pub(super) struct Reached<'a> {
    /// Its path in the base.
    pub(super) path: &'a str,
    /// Its unit, where it has one.
    pub(super) unit: Option<&'a UnitId>,
}

/// The files in the folders that the catalog names, in the order of their paths.
pub(super) fn files(catalog: &Catalog) -> Vec<Reached<'_>> {
    let mut found: BTreeMap<&str, Option<&UnitId>> = BTreeMap::new();
    let mut add = |folder: &str, unit| {
        for entry in catalog.entry(folder).into_iter().chain(catalog.below(folder)) {
            let is_file = entry.unicode && matches!(entry.kind, EntryKind::File { .. });
            if is_file && !entry.path.split('/').any(|part| part.starts_with('.')) {
                found.entry(entry.path.as_str()).or_insert(unit);
            }
        }
    };
    for (id, module) in &catalog.modules {
        add(&module.from, Some(id));
        add(&module.tests, Some(id));
    }
    for (id, milestone) in &catalog.milestones {
        add(&milestone.from, Some(id));
    }
    add("shared", None);
    for from in catalog.shared.iter().filter_map(|shared| shared.from.as_ref()) {
        add(&from.value, None);
    }
    found.into_iter().map(|(path, unit)| Reached { path, unit }).collect()
}
