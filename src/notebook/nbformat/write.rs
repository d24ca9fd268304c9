//! [`Notebook`] → the bytes that Python's nbformat writes: keys sorted at every level, indent 1, nothing ASCII-escaped,
//! texts as lists of lines with their ends, a newline at the end.

use serde::Serialize as _;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Number, Serializer, Value};

use crate::notebook::python::{canonical_number, lines_with_ends};
use crate::notebook::{Cell, CellKind, Notebook};

/// The bytes of `notebook`, equal to those that Jupyter would save.
pub fn write(notebook: &Notebook) -> Vec<u8> {
    let mut top = notebook.other.clone();
    let mut metadata = notebook.metadata.clone();
    for transient in ["orig_nbformat", "orig_nbformat_minor", "signature"] {
        metadata.shift_remove(transient);
    }
    top.insert("metadata".into(), Value::Object(metadata));
    top.insert("nbformat".into(), Value::from(4));
    top.insert("nbformat_minor".into(), Value::from(notebook.minor));
    top.insert("cells".into(), Value::Array(notebook.cells.iter().map(cell_value).collect()));
    json(Value::Object(top))
}

/// Sorted, indented JSON with a newline at the end.
fn json(value: Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
    // Writing to memory cannot fail, and every key is text.
    let _written = sorted(value).serialize(&mut serializer);
    bytes.push(b'\n');
    bytes
}

/// The same value with keys in code point order and numbers as Python prints them.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Number(number) => Value::Number(python_number(number)),
        other => other,
    }
}

fn python_number(number: Number) -> Number {
    serde_json::from_str(&canonical_number(&number.to_string())).unwrap_or(number)
}

fn cell_value(cell: &Cell) -> Value {
    let mut map = cell.other.clone();
    let mut metadata = cell.metadata.clone();
    metadata.shift_remove("trusted");
    map.insert("cell_type".into(), cell.kind.as_str().into());
    if let Some(id) = &cell.id {
        map.insert("id".into(), id.as_str().into());
    }
    map.insert("metadata".into(), Value::Object(metadata));
    map.insert("source".into(), split(&cell.source));
    if let Some(attachments) = &cell.attachments {
        map.insert("attachments".into(), attachments_value(attachments));
    }
    if cell.kind == CellKind::Code {
        map.insert("execution_count".into(), cell.execution_count.clone());
        map.insert("outputs".into(), Value::Array(cell.outputs.iter().map(output_value).collect()));
    }
    Value::Object(map)
}

/// A text as a list of its lines.
fn split(text: &str) -> Value {
    lines_with_ends(text).into_iter().map(Value::from).collect()
}

/// A list of lines as one text; anything else as it is.
fn rejoined(value: Value) -> Value {
    match &value {
        Value::Array(lines) => match lines.iter().map(Value::as_str).collect::<Option<String>>() {
            Some(text) => Value::String(text),
            None => value,
        },
        _ => value,
    }
}

fn attachments_value(attachments: &Value) -> Value {
    match attachments {
        Value::Object(map) => {
            map.iter().map(|(name, bundle)| (name.clone(), mime_bundle(bundle))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// A bundle of representations: texts become lists of lines, JSON stays as it is, all else becomes one text.
fn mime_bundle(bundle: &Value) -> Value {
    let Value::Object(map) = bundle else { return bundle.clone() };
    let entry = |(mime, value): (&String, &Value)| {
        let json =
            mime == "application/json" || (mime.starts_with("application/") && mime.ends_with("+json"));
        let lines =
            mime.starts_with("text/") || matches!(mime.as_str(), "application/javascript" | "image/svg+xml");
        let whole = if json { value.clone() } else { rejoined(value.clone()) };
        let value = match &whole {
            Value::String(text) if lines => split(text),
            _ => whole,
        };
        (mime.clone(), value)
    };
    map.iter().map(entry).collect::<Map<_, _>>().into()
}

fn output_value(output: &Value) -> Value {
    let Value::Object(map) = output else { return output.clone() };
    let kind = map.get("output_type").and_then(Value::as_str).unwrap_or_default();
    let rewrite = |(key, value): (&String, &Value)| {
        let value = match (kind, key.as_str()) {
            ("execute_result" | "display_data", "data") => mime_bundle(value),
            ("execute_result" | "display_data" | "", _) => value.clone(),
            (_, "text") => match rejoined(value.clone()) {
                Value::String(text) if kind == "stream" => split(&text),
                text => text,
            },
            _ => value.clone(),
        };
        (key.clone(), value)
    };
    map.iter().map(rewrite).collect::<Map<_, _>>().into()
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
    fn numbers_are_pythons() {
        let text = r#"{"nbformat":4,"nbformat_minor":5,"metadata":{"a":[1.50,1E2,-0,1e-7]},"cells":[]}"#;
        let written = String::from_utf8(write(&read(text.as_bytes()).unwrap())).unwrap();
        assert!(written.contains("1.5,\n   100.0,\n   0,\n   1e-07\n"), "{written}");
    }
}
