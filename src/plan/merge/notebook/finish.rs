//! Makes the merged notebook valid: nbformat 4.5, ids unique.
//!
//! What nbformat's schema refuses in a cell is not thrown away where it may hold something: unknown keys move into the metadata.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::notebook::{Cell, CellKind, Metadata, Notebook, assign_ids};

/// Gives every cell an id, the first of its `wanted` ones that is valid and free, and puts right what nbformat refuses.
pub(super) fn finish(notebook: &mut Notebook, wanted: &[[Option<String>; 2]]) {
    move_in(&mut notebook.other, &mut notebook.metadata);
    for cell in &mut notebook.cells {
        repair(cell);
    }
    give_ids(&mut notebook.cells, wanted);
    assign_ids(notebook, "");
}

fn move_in(unknown: &mut Metadata, metadata: &mut Metadata) {
    for (key, value) in std::mem::take(unknown) {
        metadata.entry(key).or_insert(value);
    }
}

fn repair(cell: &mut Cell) {
    move_in(&mut cell.other, &mut cell.metadata);
    if cell.kind == CellKind::Code {
        if let Some(attachments) = cell.attachments.take() {
            cell.metadata.entry("attachments").or_insert(attachments);
        }
        if !cell.outputs.iter().all(is_output) {
            Arc::make_mut(&mut cell.outputs).retain(is_output);
        }
        if !cell.execution_count.is_null() && cell.execution_count.as_u64().is_none() {
            cell.execution_count = Value::Null;
        }
    } else {
        cell.outputs = Arc::default();
        cell.execution_count = Value::Null;
    }
}

/// Is it an output that nbformat knows? Others are made again by running the cell.
fn is_output(output: &Value) -> bool {
    let has = |key: &str, is: fn(&Value) -> bool| output.get(key).is_some_and(is);
    match output.get("output_type").and_then(Value::as_str) {
        Some("stream") => {
            has("name", Value::is_string) && has("text", |text| text.is_string() || text.is_array())
        }
        Some("display_data") => has("data", Value::is_object) && has("metadata", Value::is_object),
        Some("execute_result") => {
            has("data", Value::is_object)
                && has("metadata", Value::is_object)
                && has("execution_count", |count| count.is_null() || count.as_u64().is_some())
        }
        Some("error") => {
            has("ename", Value::is_string)
                && has("evalue", Value::is_string)
                && has("traceback", Value::is_array)
        }
        _ => false,
    }
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
