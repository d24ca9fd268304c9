//! [`make_valid`]: a notebook that nbformat 4.5 accepts.
//!
//! What nbformat's schema refuses in a cell is not thrown away where it may hold something: unknown keys move into the metadata.

use std::sync::Arc;

use serde_json::Value;

use super::schema;
use crate::notebook::{Cell, CellKind, Metadata, Notebook};

/// The minor version in which cells have ids.
pub(super) const WITH_IDS: u64 = 5;

/// Changes what nbformat 4.5 refuses: unknown keys, outputs and attachments where they have no place, values of a wrong type, and the minor version. Ids are
/// [`assign_ids`](crate::notebook::assign_ids)'s.
pub fn make_valid(notebook: &mut Notebook) {
    notebook.minor = WITH_IDS;
    move_in(&mut notebook.other, &mut notebook.metadata);
    schema::repair_notebook(&mut notebook.metadata);
    notebook.cells.iter_mut().for_each(repair);
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
        // Outputs of another form are made again by running the cell.
        if !cell.outputs.iter().all(schema::is_output) {
            Arc::make_mut(&mut cell.outputs).retain(schema::is_output);
        }
        if !schema::is_count(&cell.execution_count) {
            cell.execution_count = Value::Null;
        }
    } else {
        cell.outputs = Arc::default();
        cell.execution_count = Value::Null;
        if let Some(attachments) = &mut cell.attachments {
            schema::repair_attachments(attachments);
        }
    }
    schema::repair_cell(cell.kind, &mut cell.metadata);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::nbformat::{read, write};

    #[test]
    fn what_has_no_place_moves_into_the_metadata() {
        let text = r#"{"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "extra": 1, "cells": [
            {"cell_type": "code", "source": "", "metadata": {}, "collapsed": true, "attachments": {"a.png": {}},
             "outputs": [{"output_type": "pyout"}], "execution_count": -1}]}"#;
        let mut notebook = read(text.as_bytes()).unwrap();
        make_valid(&mut notebook);
        let cell = &notebook.cells[0];
        assert_eq!((notebook.minor, notebook.other.len(), &notebook.metadata["extra"]), (5, 0, &1.into()));
        assert_eq!((cell.outputs.len(), &cell.execution_count), (0, &Value::Null));
        assert!(cell.metadata.contains_key("collapsed") && cell.metadata.contains_key("attachments"));
    }

    #[test]
    fn ids_are_written_in_a_version_that_has_them() {
        for minor in 0..=6 {
            let text = format!(
                "{{\"nbformat\": 4, \"nbformat_minor\": {minor}, \"cells\": [{{\"cell_type\": \"raw\"}}]}}"
            );
            let mut notebook = read(text.as_bytes()).unwrap();
            assert_eq!(read(&write(&notebook)).unwrap().minor, minor, "without ids the version stays");
            notebook.cells[0].id = Some("a".to_owned());
            assert_eq!(read(&write(&notebook)).unwrap().minor, minor.max(5));
        }
    }
}
