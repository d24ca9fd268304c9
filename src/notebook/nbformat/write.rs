//! [`Notebook`] → the bytes that Python's nbformat writes: keys sorted at every level, indent 1, nothing ASCII-escaped,
//! texts as lists of lines with their ends, a newline at the end.
//!
//! Outputs can be large, so nothing of them is copied on the way: what is sorted are references.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::valid::WITH_IDS;
use crate::notebook::python::{indented_json, lines_with_ends};
use crate::notebook::{Cell, CellKind, Notebook};

/// The bytes of `notebook`, equal to those that Jupyter would save. The minor version is raised to 5 where cells have ids: an older one
/// has none.
pub fn write(notebook: &Notebook) -> Vec<u8> {
    let mut top = entries(&notebook.other);
    let metadata = without(&notebook.metadata, &["orig_nbformat", "orig_nbformat_minor", "signature"]);
    top.insert("metadata", metadata);
    top.insert("nbformat", Node::Number(4));
    let has_ids = notebook.cells.iter().any(|cell| cell.id.is_some());
    let minor = if has_ids { notebook.minor.max(WITH_IDS) } else { notebook.minor };
    top.insert("nbformat_minor", Node::Number(minor));
    top.insert("cells", Node::List(notebook.cells.iter().map(cell_node).collect()));
    let mut bytes = indented_json(&Node::Map(top));
    bytes.push(b'\n');
    bytes
}

/// A value with its keys in code point order at every level.
pub(super) struct Sorted<'a>(pub(super) &'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Sorted)),
            Value::Object(map) => {
                let mut pairs: Vec<_> = map.iter().map(|(key, value)| (key, Sorted(value))).collect();
                pairs.sort_by_key(|(key, _)| *key);
                serializer.collect_map(pairs)
            }
            other => other.serialize(serializer),
        }
    }
}

/// A part of the file, most of it borrowed from the notebook.
enum Node<'a> {
    Number(u64),
    Text(&'a str),
    /// A text as the list of its lines.
    Lines(&'a str),
    /// A text, or lines that are joined to one; anything else as it is.
    Joined(&'a Value),
    /// The same, as the list of its lines.
    Split(&'a Value),
    As(Sorted<'a>),
    List(Vec<Node<'a>>),
    Map(BTreeMap<&'a str, Node<'a>>),
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Lines(text) => serializer.collect_seq(lines_with_ends(text)),
            Self::Joined(value) => match joined(value) {
                Some(text) => serializer.serialize_str(&text),
                None => Sorted(value).serialize(serializer),
            },
            Self::Split(value) => match joined(value) {
                Some(text) => serializer.collect_seq(lines_with_ends(&text)),
                None => Sorted(value).serialize(serializer),
            },
            Self::As(value) => value.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(map) => serializer.collect_map(map),
        }
    }
}

/// A text, or a list of its lines as one.
fn joined(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect::<Option<String>>().map(Cow::Owned),
        _ => None,
    }
}

fn entries(map: &Map<String, Value>) -> BTreeMap<&str, Node<'_>> {
    map.iter().map(|(key, value)| (key.as_str(), Node::As(Sorted(value)))).collect()
}

/// Metadata without what is not saved.
fn without<'a>(metadata: &'a Map<String, Value>, transient: &[&'a str]) -> Node<'a> {
    let mut kept = entries(metadata);
    for key in transient {
        kept.remove(key);
    }
    Node::Map(kept)
}

fn cell_node(cell: &Cell) -> Node<'_> {
    let mut map = entries(&cell.other);
    map.insert("cell_type", Node::Text(cell.kind.as_str()));
    if let Some(id) = &cell.id {
        map.insert("id", Node::Text(id));
    }
    map.insert("metadata", without(&cell.metadata, &["trusted"]));
    map.insert("source", Node::Lines(&cell.source));
    if let Some(attachments) = &cell.attachments {
        map.insert("attachments", attachments_node(attachments));
    }
    if cell.kind == CellKind::Code {
        map.insert("execution_count", Node::As(Sorted(&cell.execution_count)));
        map.insert("outputs", Node::List(cell.outputs.iter().map(output_node).collect()));
    }
    Node::Map(map)
}

fn attachments_node(attachments: &Value) -> Node<'_> {
    match attachments {
        Value::Object(map) => {
            Node::Map(map.iter().map(|(name, bundle)| (name.as_str(), mime_bundle(bundle))).collect())
        }
        other => Node::As(Sorted(other)),
    }
}

/// A bundle of representations: texts become lists of lines, JSON stays as it is, all else becomes one text.
fn mime_bundle(bundle: &Value) -> Node<'_> {
    let Value::Object(map) = bundle else { return Node::As(Sorted(bundle)) };
    Node::Map(map.iter().map(|(mime, value)| (mime.as_str(), representation(mime, value))).collect())
}

fn representation<'a>(mime: &str, value: &'a Value) -> Node<'a> {
    if mime == "application/json" || (mime.starts_with("application/") && mime.ends_with("+json")) {
        Node::As(Sorted(value))
    } else if mime.starts_with("text/") || matches!(mime, "application/javascript" | "image/svg+xml") {
        Node::Split(value)
    } else {
        Node::Joined(value)
    }
}

fn output_node(output: &Value) -> Node<'_> {
    let Value::Object(map) = output else { return Node::As(Sorted(output)) };
    let kind = map.get("output_type").and_then(Value::as_str).unwrap_or_default();
    Node::Map(map.iter().map(|(key, value)| (key.as_str(), output_part(kind, key, value))).collect())
}

fn output_part<'a>(kind: &str, key: &str, value: &'a Value) -> Node<'a> {
    match (kind, key) {
        ("execute_result" | "display_data", "data") => mime_bundle(value),
        ("execute_result" | "display_data" | "", _) => Node::As(Sorted(value)),
        ("stream", "text") => Node::Split(value),
        (_, "text") => Node::Joined(value),
        _ => Node::As(Sorted(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::nbformat::read;

    #[test]
    fn a_small_notebook_is_written_as_jupyter_writes_it() {
        let mut cell = Cell::new(CellKind::Code, "a = 'ü\u{7f}'\nb");
        cell.id = Some("x1".into());
        cell.metadata.insert("tags".into(), Value::Array(vec![]));
        let notebook = Notebook {
            minor: 5,
            cells: vec![cell, Cell::new(CellKind::Markdown, "")],
            ..Notebook::default()
        };
        let expected = "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": null,\n   \"id\": \"x1\",\n   \
             \"metadata\": {\n    \"tags\": []\n   },\n   \"outputs\": [],\n   \"source\": [\n    \"a = 'ü\u{7f}'\\n\",\n    \"b\"\n   ]\n  },\n  \
             {\n   \"cell_type\": \"markdown\",\n   \"metadata\": {},\n   \"source\": []\n  }\n ],\n \"metadata\": {},\n \"nbformat\": 4,\n \
             \"nbformat_minor\": 5\n}\n";
        assert_eq!(String::from_utf8(write(&notebook)).unwrap(), expected);
    }

    #[test]
    fn outputs_are_split_and_joined_by_mime_type() {
        let text = r#"{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"code","source":[],"metadata":{},"execution_count":1,"outputs":[
            {"output_type":"display_data","metadata":{},"data":{"text/plain":"a\nb","image/png":["x","y"],"application/json":["x"]}},
            {"output_type":"stream","name":"stdout","text":"1\n2\n"},
            {"output_type":"error","ename":"E","evalue":"","traceback":["t\nu"]}]}]}"#;
        let written = write(&read(text.as_bytes()).unwrap());
        let value: Value = serde_json::from_slice(&written).unwrap();
        let outputs = &value["cells"][0]["outputs"];
        assert_eq!(outputs[0]["data"]["text/plain"], serde_json::json!(["a\n", "b"]));
        assert_eq!(outputs[0]["data"]["image/png"], serde_json::json!("xy"));
        assert_eq!(outputs[0]["data"]["application/json"], serde_json::json!(["x"]));
        assert_eq!(outputs[1]["text"], serde_json::json!(["1\n", "2\n"]));
        assert_eq!(outputs[2]["traceback"], serde_json::json!(["t\nu"]));
        assert_eq!(write(&read(&written).unwrap()), written);
    }

    #[test]
    fn what_is_no_number_to_json_stays_one() {
        let text = r#"{"nbformat":4,"nbformat_minor":5,"metadata":{"NaN":[NaN,-Infinity,1e400]},"cells":[]}"#;
        let written = write(&read(text.as_bytes()).unwrap());
        assert!(String::from_utf8_lossy(&written).contains("[\n   NaN,\n   -Infinity,\n   Infinity\n  ]"));
        assert_eq!(write(&read(&written).unwrap()), written);
    }

    #[test]
    fn numbers_are_pythons() {
        let text = r#"{"nbformat":4,"nbformat_minor":5,"metadata":{"a":[1.50,1E2,-0,1e-7]},"cells":[]}"#;
        let written = String::from_utf8(write(&read(text.as_bytes()).unwrap())).unwrap();
        assert!(written.contains("1.5,\n   100.0,\n   0,\n   1e-07\n"), "{written}");
    }
}
