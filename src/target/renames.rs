//! What a unit, or a file of one, that was known by an earlier name is called today.

use std::collections::BTreeMap;

use crate::id::{FileId, UnitId};

/// The id that the unit `id` has today, through any number of renames.
pub fn todays_unit(id: &UnitId, renames: &BTreeMap<UnitId, UnitId>) -> UnitId {
    let mut found = id;
    // As many steps as there are renames: a circle among them must not hold us.
    for _ in renames {
        match renames.get(found) {
            Some(next) => found = next,
            None => break,
        }
    }
    found.clone()
}

/// The identity that `id` has today, when its unit was renamed. A file that bore its unit's name (`spatial.ipynb`,
/// `test_spatial.py`) is looked for under the new one; `exists` says what there is today.
pub fn todays_id(
    id: &FileId,
    renames: &BTreeMap<UnitId, UnitId>,
    exists: impl Fn(&FileId) -> bool,
) -> FileId {
    let old: Option<UnitId> = id.unit().filter(|_| !exists(id)).and_then(|unit| unit.parse().ok());
    let Some(old) = old.filter(|old| renames.contains_key(old)) else { return id.clone() };
    let new = todays_unit(&old, renames);
    let text = id.as_str();
    let (Some((kind, _)), Some((_, rest))) = (text.split_once(':'), text.split_once('/')) else {
        return id.clone();
    };
    let plain = FileId::of_unit(kind, &new, rest);
    let underscored = |unit: &UnitId| unit.as_str().replace('-', "_");
    let renamed =
        [rest.replace(old.as_str(), new.as_str()), rest.replace(&underscored(&old), &underscored(&new))];
    let renamed = renamed.into_iter().map(|rest| FileId::of_unit(kind, &new, &rest));
    std::iter::once(plain.clone()).chain(renamed).find(|id| exists(id)).unwrap_or(plain)
}
