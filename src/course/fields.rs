//! How a value of a layer is taken out of its map.

use super::layer::Field;
use crate::source::Spanned;
use crate::yaml::Node;

/// The value of `key` in the map that `root` has as `section`, as [`field`]; a null in place of the map takes back all that is in it.
pub(super) fn field_of<T>(
    (root, section): (&Node, &str),
    key: &str,
    take: impl FnOnce(&Node) -> Option<Spanned<T>>,
) -> Field<T> {
    match root.get(section) {
        Some(node) if node.is_null() => Field::Deleted(root.key(section).unwrap_or(node).span.clone()),
        node => field(node, key, take),
    }
}

/// The value of `key` in `map`, if it is there and `take` understands it.
pub(super) fn field<T>(
    map: Option<&Node>,
    key: &str,
    take: impl FnOnce(&Node) -> Option<Spanned<T>>,
) -> Field<T> {
    match map.and_then(|map| map.get(key)) {
        None => Field::Absent,
        Some(node) if node.is_null() => {
            Field::Deleted(map.and_then(|map| map.key(key)).unwrap_or(node).span.clone())
        }
        Some(node) => take(node).map_or(Field::Absent, Field::Given),
    }
}

pub(super) fn text(node: &Node) -> Option<Spanned<String>> {
    node.text().filter(|_| !node.is_null()).map(|text| Spanned::new(text.to_owned(), node.span.clone()))
}
