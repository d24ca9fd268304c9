//! What is wrong with the former ids of a catalog: an id that stands for two units, two that became one, and ids that lead nowhere.
//!
//! Ids change over releases, and the list remembers all of it: `a` became `b`, and `b` became `c`; `a` became `b`, and `a` again. What
//! no history of a unit can be is an error, since the work of students would go to the wrong unit, or to none.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use indexmap::{IndexMap, IndexSet};
use semver::Version;

use crate::diagnostic::{Code, Diagnostic};
use crate::id::UnitId;
use crate::source::Span;

use super::{Catalog, Rename, Retired};

/// The entries of `renames`, in the order of their versions.
pub(super) struct History<'a> {
    renames: &'a [(UnitId, Rename)],
    /// Since when a unit is called so.
    called: BTreeMap<&'a UnitId, Vec<&'a Version>>,
}

impl<'a> History<'a> {
    /// The history that `renames` tell.
    pub(super) fn of(renames: &'a mut [(UnitId, Rename)]) -> Self {
        renames.sort_by(|(_, a), (_, b)| a.since.cmp(&b.since));
        let renames: &'a [(UnitId, Rename)] = renames;
        let mut called: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (_, rename) in renames {
            called.entry(&rename.to.value).or_default().push(&rename.since);
        }
        Self { renames, called }
    }

    /// Each former id with its last rename; without ids that their unit has again.
    pub(super) fn last(&self) -> IndexMap<UnitId, Rename> {
        let mut last: IndexMap<UnitId, Rename> = self.renames.iter().cloned().collect();
        last.retain(|id, rename| self.next(id, &rename.since).is_none());
        last
    }

    /// When a unit is called `id` again, after the version `since`.
    fn next(&self, id: &UnitId, since: &Version) -> Option<&Version> {
        let called = self.called.get(id)?;
        called.get(called.partition_point(|version| *version <= since)).copied()
    }

    /// Is a unit called `id` again between the two versions?
    fn comes_back(&self, id: &UnitId, from: &Version, until: &Version) -> bool {
        self.next(id, from).is_some_and(|version| version <= until)
    }
}

/// Reports what cannot be. `catalog` has the last rename of each id.
pub(super) fn check(
    history: &History<'_>,
    retired: &[(UnitId, Retired)],
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut by_id: BTreeMap<&UnitId, &Rename> = BTreeMap::new();
    let mut by_new: BTreeMap<(&UnitId, &Version), (&UnitId, &Rename)> = BTreeMap::new();
    for (id, rename) in history.renames {
        let before = by_id.insert(id, rename);
        let before = before.filter(|before| !history.comes_back(id, &before.since, &rename.since));
        diagnostics.extend(before.map(|before| renamed_twice(id, before, rename)));
        // In different versions one may have come by way of the other, for `to` says what it is called today.
        match by_new.entry((&rename.to.value, &rename.since)) {
            Entry::Vacant(free) => {
                free.insert((id, rename));
            }
            Entry::Occupied(taken) if taken.get().0 != id => {
                diagnostics.push(become_one(*taken.get(), (id, rename)));
            }
            Entry::Occupied(_) => {}
        }
    }
    gone(history, &by_id, retired, diagnostics);
    circles(catalog, diagnostics);
}

fn twice(message: String, first: (&Span, &str), second: (&Span, &str)) -> Diagnostic {
    Diagnostic::new(Code::CatalogDuplicate, message).at(second.0, second.1).at(first.0, first.1)
}

fn renamed_twice(id: &UnitId, first: &Rename, second: &Rename) -> Diagnostic {
    let (to, other) = (&first.to.value, &second.to.value);
    let (message, help) = if to == other {
        (format!("the id `{id}` is renamed twice"), "leave one of the two")
    } else {
        (
            format!("the id `{id}` is renamed to two: `{to}` and `{other}`"),
            "leave the one that is the same unit: the other one is new, and has no former id",
        )
    };
    twice(message, (&first.span, "renamed here"), (&second.span, "and here")).help(help)
}

fn become_one((id, first): (&UnitId, &Rename), (other, second): (&UnitId, &Rename)) -> Diagnostic {
    let message = format!("two units are renamed to `{}`: `{id}` and `{other}`", first.to.value);
    twice(message, (&first.span, "renamed here"), (&second.span, "and here"))
        .help("leave the one that is the same unit, and move the other one to `retired`")
}

/// Ids that are retired, and renamed or retired once more.
fn gone(
    history: &History<'_>,
    renamed: &BTreeMap<&UnitId, &Rename>,
    retired: &[(UnitId, Retired)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<&UnitId, &Retired> = BTreeMap::new();
    for (id, gone) in retired {
        if let Some(first) = seen.insert(id, gone) {
            let message = format!("the id `{id}` is retired twice");
            let problem = twice(message, (&first.span, "the first time"), (&gone.span, "the second time"));
            diagnostics.push(problem.help("leave one of the two"));
        }
        let rename = renamed.get(id).filter(|rename| !history.comes_back(id, &rename.since, &gone.since));
        diagnostics.extend(rename.map(|rename| {
            let message = format!("the id `{id}` is renamed and retired");
            twice(message, (&rename.span, "renamed here"), (&gone.span, "retired here"))
                .help("leave one of the two: a renamed unit is still taught, and a retired one is not")
        }));
    }
}

/// Renames that go round and lead to no unit.
fn circles(catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: IndexSet<&UnitId> = IndexSet::new();
    for start in catalog.renames.keys() {
        let before = seen.len();
        let mut id = start;
        while !catalog.is_in_use(id) && seen.insert(id) {
            match catalog.renames.get(id) {
                Some(rename) => id = &rename.to.value,
                None => break,
            }
        }
        // The way ends at an id without a rename, at a unit, at a way that was gone before, or where it has been.
        let Some(first) = seen.get_index_of(id).filter(|first| *first >= before) else { continue };
        if !catalog.renames.contains_key(id) {
            continue;
        }
        let ring: Vec<&UnitId> = seen.iter().skip(first).copied().collect();
        let names: Vec<&str> = ring.iter().chain([&id]).map(|id| id.as_str()).collect();
        let message = format!("these renames go in a circle, and lead to no unit: {}", names.join(" → "));
        let mut problem = Diagnostic::new(Code::CatalogUnknown, message);
        for id in ring {
            problem = problem.at_some(catalog.renames.get(id).map(|rename| &rename.span), "in the circle");
        }
        diagnostics.push(problem.help("let the last one name the id that the unit has now, or retire it"));
    }
}
