//! Cell ids that depend on the inputs alone, and not on the position of a cell.
//!
//! jupytext's are random at every conversion, which would make every cell of a recompiled notebook look new; positional
//! ones would make every cell behind an inserted one look changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Notebook};
use crate::digest::Digest;

/// How many hexadecimal digits an id has.
const LENGTH: usize = 12;

/// Gives an id to every cell that has none, an invalid one, or one that an earlier cell has.
///
/// The id comes from `unit` and the `grade_id` where the cell has a grading flag, else from the cell's type and text; equal
/// cells are told apart by counting.
pub fn assign_ids(notebook: &mut Notebook, unit: &str) {
    let mut taken = BTreeSet::new();
    for cell in &mut notebook.cells {
        let keep = cell.id.as_ref().is_some_and(|id| is_valid(id) && taken.insert(id.clone()));
        if !keep {
            cell.id = None;
        }
    }
    let mut counts: BTreeMap<Digest, u64> = BTreeMap::new();
    for cell in &mut notebook.cells {
        if cell.id.is_some() {
            continue;
        }
        let key = key(cell, unit);
        let count = counts.entry(key).or_default();
        loop {
            let id = id(key, *count);
            *count += 1;
            if taken.insert(id.clone()) {
                cell.id = Some(id);
                break;
            }
        }
    }
}

/// nbformat's pattern: 1 to 64 of letters, digits, `-` and `_`.
fn is_valid(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn key(cell: &Cell, unit: &str) -> Digest {
    match cell.grade_id() {
        Some(grade_id) => Digest::of_parts([unit.as_bytes(), b"grade_id", grade_id.as_bytes()]),
        None => Digest::of_parts([unit.as_bytes(), cell.kind.as_str().as_bytes(), cell.source.as_bytes()]),
    }
}

fn id(key: Digest, count: u64) -> String {
    let digest =
        if count == 0 { key } else { Digest::of_parts([key.to_string().as_bytes(), &count.to_le_bytes()]) };
    digest.to_string().chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;

    fn notebook(sources: &[&str]) -> Notebook {
        let cells = sources.iter().map(|source| Cell::new(CellKind::Code, *source)).collect();
        Notebook { minor: 5, cells, ..Notebook::default() }
    }

    fn ids(notebook: &Notebook) -> Vec<String> {
        notebook.cells.iter().map(|cell| cell.id.clone().unwrap()).collect()
    }

    #[test]
    fn inserting_a_cell_changes_no_other_id() {
        let (mut one, mut two) = (notebook(&["a", "b", "b"]), notebook(&["a", "new", "b", "b"]));
        assign_ids(&mut one, "tensor");
        assign_ids(&mut two, "tensor");
        let (one, two) = (ids(&one), ids(&two));
        assert_eq!([&one[0], &one[1], &one[2]], [&two[0], &two[2], &two[3]]);
        assert_ne!(one[1], one[2]);
    }

    #[test]
    fn a_graded_cell_keeps_its_id_when_its_text_changes() {
        let graded = |source: &str| {
            let mut notebook = notebook(&[source]);
            let grading = serde_json::json!({"grade_id": "g", "solution": true});
            notebook.cells[0].metadata.insert("nbgrader".into(), grading);
            assign_ids(&mut notebook, "tensor");
            ids(&notebook)
        };
        assert_eq!(graded("a"), graded("b"));
    }

    #[test]
    fn good_ids_stay_and_bad_ones_are_replaced() {
        let mut notebook = notebook(&["a", "b", "c"]);
        for (cell, id) in notebook.cells.iter_mut().zip(["keep", "keep", "not valid!"]) {
            cell.id = Some(id.into());
        }
        assign_ids(&mut notebook, "u");
        let ids = ids(&notebook);
        assert_eq!(ids[0], "keep");
        assert!(ids[1..].iter().all(|id| is_valid(id) && id != "keep"));
    }
}
