//! Bytes → [`Notebook`].

use std::sync::Arc;

use serde_json::{Map, Value};

use super::deep;
use crate::diagnostic::Code;
use crate::encoding;
use crate::json;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::{Cell, CellKind, Metadata, Notebook};

/// Why some bytes are not a notebook that tito can read. Such a file is opaque: it is kept whole, never taken apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotebookError {
    /// Not UTF-8.
    #[error("the file is not UTF-8 text")]
    NotUtf8,
    /// Not JSON; lone surrogates, which Python's reader lets pass and Jupyter cannot save, among it.
    #[error("the file is not JSON: {0}")]
    NotJson(String),
    /// More values than are read.
    #[error("the notebook has more than {} values", json::MAX_VALUES)]
    TooLarge,
    /// Not major version 4.
    #[error("the notebook has format version {0}; only version 4 can be read (open and save it in Jupyter)")]
    Version(String),
    /// A value of another type than nbformat says.
    #[error("{place}: `{key}` should be {expected}")]
    WrongType {
        /// `the notebook`, or `cell 3`.
        place: String,
        /// The key that holds the value.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A cell of a type that nbformat does not have.
    #[error("cell {0} has the cell type `{1}`; it must be code, markdown or raw")]
    CellType(usize, String),
}

impl NotebookError {
    /// The same as a [`Problem`] of the whole file.
    pub fn problem(&self) -> Problem {
        Problem::new(Code::InvalidNotebook, Place::Whole, self.to_string())
    }
}

/// Reads a notebook. What is nested deeper than 100 levels is kept as it is written; missing keys get their defaults; unknown ones are kept;
/// repeated and missing cell ids are kept as they are.
///
/// # Errors
/// A [`NotebookError`] that says what is wrong; then the bytes are to be treated as opaque.
pub fn read(bytes: &[u8]) -> Result<Notebook, NotebookError> {
    if json::is_too_large(bytes) {
        return Err(NotebookError::TooLarge);
    }
    let text = encoding::text(bytes).map_err(|_| NotebookError::NotUtf8)?;
    let value = deep::parse(text).map_err(|error| NotebookError::NotJson(error.to_string()))?;
    let Value::Object(mut top) = value else {
        return Err(wrong("the notebook", "top level", "an object"));
    };
    let minor = version(&mut top)?;
    let metadata = object(&mut top, "metadata", "the notebook")?;
    let cells = match top.shift_remove("cells") {
        Some(Value::Array(cells)) => cells,
        None => Vec::new(),
        Some(_) => return Err(wrong("the notebook", "cells", "a list")),
    };
    let cells = cells
        .into_iter()
        .enumerate()
        .map(|(index, cell)| read_cell(index, cell))
        .collect::<Result<_, _>>()?;
    Ok(Notebook { minor, metadata, cells, other: top })
}

fn wrong(place: impl Into<String>, key: &'static str, expected: &'static str) -> NotebookError {
    NotebookError::WrongType { place: place.into(), key, expected }
}

/// Takes the version out; the minor one is returned.
fn version(top: &mut Map<String, Value>) -> Result<u64, NotebookError> {
    let major = top.shift_remove("nbformat");
    let minor = top.shift_remove("nbformat_minor");
    match major {
        Some(Value::Number(number)) if number.as_u64() == Some(4) => {}
        Some(other) => return Err(NotebookError::Version(other.to_string())),
        None => return Err(wrong("the notebook", "nbformat", "the number 4")),
    }
    match minor {
        None => Ok(0),
        Some(minor) => minor.as_u64().ok_or_else(|| wrong("the notebook", "nbformat_minor", "a number")),
    }
}

fn object(from: &mut Map<String, Value>, key: &'static str, place: &str) -> Result<Metadata, NotebookError> {
    match from.shift_remove(key) {
        Some(Value::Object(map)) => Ok(map),
        // Programs in languages whose empty list is an empty object, too, write `[]`.
        Some(Value::Array(list)) if list.is_empty() => Ok(Map::new()),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(wrong(place, key, "an object")),
    }
}

fn read_cell(index: usize, cell: Value) -> Result<Cell, NotebookError> {
    let place = format!("cell {}", index + 1);
    let Value::Object(mut cell) = cell else {
        return Err(wrong("the notebook", "cells", "a list of objects"));
    };
    let kind = match cell.shift_remove("cell_type") {
        Some(Value::String(kind)) => match kind.as_str() {
            "code" => CellKind::Code,
            "markdown" => CellKind::Markdown,
            "raw" => CellKind::Raw,
            _ => return Err(NotebookError::CellType(index + 1, kind)),
        },
        _ => return Err(wrong(place, "cell_type", "code, markdown or raw")),
    };
    let id = match cell.shift_remove("id") {
        Some(Value::String(id)) => Some(id),
        None => None,
        Some(_) => return Err(wrong(place, "id", "text")),
    };
    let source = match cell.shift_remove("source") {
        Some(source) => joined(source).ok_or_else(|| wrong(&place, "source", "text or a list of lines"))?,
        None => String::new(),
    };
    let metadata = object(&mut cell, "metadata", &place)?;
    let mut read = Cell { id, metadata, ..Cell::new(kind, source) };
    if kind == CellKind::Code {
        read.outputs = Arc::new(outputs(&mut cell, &place)?);
        read.execution_count = match cell.shift_remove("execution_count") {
            None | Some(Value::Null) => Value::Null,
            Some(Value::Number(number)) => Value::Number(number),
            Some(_) => return Err(wrong(place, "execution_count", "a number or null")),
        };
    }
    read.attachments = match cell.shift_remove("attachments") {
        Some(Value::Object(map)) => Some(Value::Object(map)),
        None => None,
        Some(_) => return Err(wrong(place, "attachments", "an object")),
    };
    read.other = cell;
    Ok(read)
}

/// Text, or lines to be joined.
fn joined(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn outputs(cell: &mut Map<String, Value>, place: &str) -> Result<Vec<Value>, NotebookError> {
    match cell.shift_remove("outputs") {
        Some(Value::Array(outputs)) if outputs.iter().all(Value::is_object) => Ok(outputs),
        None => Ok(Vec::new()),
        Some(_) => Err(wrong(place, "outputs", "a list of objects")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::nbformat::write;

    fn cell(text: &str) -> String {
        format!("{{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {{}}, \"cells\": [{text}]}}")
    }

    #[test]
    fn what_is_unknown_is_kept() {
        let text = "{\"cells\":[{\"cell_type\":\"markdown\",\"source\":\"a\\nb\",\"metadata\":{\"z\":[1.50]},\"odd\":{\"x\":null}}],
            \"nbformat\":4,\"nbformat_minor\":2,\"metadata\":{\"m\":1},\"extra\":true}";
        let notebook = read(text.as_bytes()).unwrap();
        assert_eq!(notebook.minor, 2);
        assert_eq!(notebook.other["extra"], Value::Bool(true));
        assert_eq!(notebook.cells[0].source, "a\nb");
        let again = read(&write(&notebook)).unwrap();
        assert_eq!(again.cells[0].other, notebook.cells[0].other);
        assert_eq!(again.other, notebook.other);
    }

    #[test]
    fn broken_notebooks_are_named() {
        for (text, message) in [
            (String::new(), "not JSON"),
            ("{\"cells\": [".into(), "not JSON"),
            ("[]".into(), "should be an object"),
            ("{\"nbformat\": 3, \"worksheets\": []}".into(), "version 3"),
            ("{\"cells\": []}".into(), "`nbformat` should be"),
            (cell("{\"cell_type\": \"heading\"}"), "`heading`"),
            (cell("{\"cell_type\": \"code\", \"source\": 1}"), "cell 1: `source`"),
            (cell("{\"cell_type\": \"code\", \"source\": [1]}"), "cell 1: `source`"),
            (cell("{\"cell_type\": \"code\", \"metadata\": [1]}"), "cell 1: `metadata`"),
            (cell("{\"cell_type\": \"code\", \"outputs\": {}}"), "cell 1: `outputs`"),
            (cell("{\"cell_type\": \"code\", \"outputs\": [1]}"), "cell 1: `outputs`"),
            (cell("{\"cell_type\": \"code\", \"id\": 1}"), "cell 1: `id`"),
            (cell("{\"cell_type\": \"code\", \"execution_count\": \"1\"}"), "`execution_count`"),
            (cell("{\"cell_type\": \"raw\", \"attachments\": 1}"), "`attachments`"),
            (cell("7"), "a list of objects"),
            (cell("{\"cell_type\": \"code\", \"source\": \"\\ud800\"}"), "not JSON"),
            (cell("{\"cell_type\": \"code\", \"metadata\": {\"a\": -NaN}}"), "not JSON"),
            (cell(&format!("{{\"metadata\": {}", "[".repeat(100_000))), "recursion limit"),
        ] {
            let error = read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(message), "{error} / {message}");
        }
        assert_eq!(read(b"\xff"), Err(NotebookError::NotUtf8));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let notebook = read(format!("\u{feff}{}", cell("{\"cell_type\": \"raw\"}")).as_bytes());
        assert_eq!(notebook.unwrap().cells.len(), 1);
    }

    #[test]
    fn missing_keys_get_defaults_and_repeated_ids_stay() {
        let notebook = read(
            cell("{\"cell_type\": \"code\", \"id\": \"a\"}, {\"cell_type\": \"code\", \"id\": \"a\"}")
                .as_bytes(),
        );
        let notebook = notebook.unwrap();
        assert_eq!(notebook.cells[0].source, "");
        assert_eq!(notebook.cells[1].id.as_deref(), Some("a"));
    }
}
