//! Makes the merged notebook valid: nbformat 4.5, ids unique.

use std::collections::BTreeSet;

use crate::notebook::{Cell, Notebook, assign_ids, nbformat};

/// Gives every cell an id, the first of its `wanted` ones that is valid and free, and puts right what nbformat refuses.
pub(super) fn finish(notebook: &mut Notebook, wanted: &[[Option<String>; 2]]) {
    nbformat::make_valid(notebook);
    give_ids(&mut notebook.cells, wanted);
    assign_ids(notebook, "");
}

/// Ids that the student's notebook has are given first, so that none of them changes for a cell that the course added.
fn give_ids(cells: &mut [Cell], wanted: &[[Option<String>; 2]]) {
    let mut taken = BTreeSet::new();
    for cell in &mut *cells {
        cell.id = None;
    }
    for choice in [0, 1] {
        for (cell, wanted) in cells.iter_mut().zip(wanted) {
            let Some(id) = wanted.get(choice).and_then(Option::as_ref) else { continue };
            if cell.id.is_none() && is_id(id) && taken.insert(id.clone()) {
                cell.id = Some(id.clone());
            }
        }
    }
}

/// nbformat 4.5: 1 to 64 of letters, digits, `-` and `_`.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
