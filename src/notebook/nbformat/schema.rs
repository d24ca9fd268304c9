//! What nbformat 4.5 accepts, as far as a notebook that could be read may break it: the types of keys that its schema knows.

use std::collections::BTreeSet;

/// A key, and whether a value may be under it.
type Rule = (&'static str, fn(&Value) -> bool);

use serde_json::{Map, Value};

use crate::notebook::{CellKind, Metadata};

/// Both names.
pub(crate) fn is_kernelspec(value: &Value) -> bool {
    ["name", "display_name"].iter().all(|key| value.get(key).is_some_and(Value::is_string))
}

/// A name, and texts where there are more.
pub(crate) fn is_language_info(value: &Value) -> bool {
    let is_text = |key: &str| value.get(key).is_none_or(Value::is_string);
    value.get("name").is_some_and(Value::is_string)
        && ["file_extension", "mimetype", "pygments_lexer"].iter().all(|key| is_text(key))
        && value.get("codemirror_mode").is_none_or(|mode| mode.is_string() || mode.is_object())
}

/// Takes out of a notebook's metadata what the schema refuses.
pub(super) fn repair_notebook(metadata: &mut Metadata) {
    let rules: [Rule; 4] = [
        ("kernelspec", is_kernelspec),
        ("language_info", is_language_info),
        ("title", Value::is_string),
        ("authors", Value::is_array),
    ];
    keep_valid(metadata, &rules);
}

/// Takes out of a cell's metadata what the schema refuses; tags that it accepts stay.
pub(super) fn repair_cell(kind: CellKind, metadata: &mut Metadata) {
    if let Some(Value::Array(tags)) = metadata.get_mut("tags") {
        let mut seen = BTreeSet::new();
        tags.retain(|tag| {
            let text = tag.as_str().filter(|text| !text.is_empty() && !text.contains([',', '\n']));
            text.is_some_and(|text| seen.insert(text.to_owned()))
        });
    }
    let is_name = |value: &Value| value.as_str().is_some_and(|name| !name.trim_matches('\n').is_empty());
    keep_valid(metadata, &[("tags", Value::is_array), ("jupyter", Value::is_object), ("name", is_name)]);
    let is_execution =
        |value: &Value| value.as_object().is_some_and(|map| map.values().all(Value::is_string));
    let is_scrolled = |value: &Value| value.is_boolean() || value.as_str() == Some("auto");
    match kind {
        CellKind::Code => keep_valid(
            metadata,
            &[("execution", is_execution), ("collapsed", Value::is_boolean), ("scrolled", is_scrolled)],
        ),
        CellKind::Raw => keep_valid(metadata, &[("format", Value::is_string)]),
        CellKind::Markdown => {}
    }
}

fn keep_valid(metadata: &mut Metadata, rules: &[Rule]) {
    for (key, is_valid) in rules {
        if metadata.get(*key).is_some_and(|value| !is_valid(value)) {
            metadata.shift_remove(*key);
        }
    }
}

/// Takes out of attachments what is not an image.
pub(super) fn repair_attachments(attachments: &mut Value) {
    if let Some(images) = attachments.as_object_mut() {
        images.retain(|_, bundle| is_bundle(bundle));
    }
}

/// Is it an output that nbformat knows?
pub(super) fn is_output(output: &Value) -> bool {
    let Some(output) = output.as_object() else { return false };
    let has = |key: &str, is: fn(&Value) -> bool| output.get(key).is_some_and(is);
    let allowed: &[&str] = match output.get("output_type").and_then(Value::as_str) {
        Some("stream") if has("name", Value::is_string) && has("text", is_text) => &["name", "text"],
        Some("display_data") if shows(output) => &["data", "metadata"],
        Some("execute_result") if shows(output) && has("execution_count", is_count) => {
            &["data", "metadata", "execution_count"]
        }
        Some("error")
            if has("ename", Value::is_string)
                && has("evalue", Value::is_string)
                && has("traceback", is_lines) =>
        {
            &["ename", "evalue", "traceback"]
        }
        _ => return false,
    };
    output.keys().all(|key| key == "output_type" || allowed.contains(&key.as_str()))
}

fn shows(output: &Map<String, Value>) -> bool {
    output.get("data").is_some_and(is_bundle) && output.get("metadata").is_some_and(Value::is_object)
}

/// A text for each MIME type; JSON may be anything.
fn is_bundle(bundle: &Value) -> bool {
    let is_json = |mime: &str| {
        mime.strip_prefix("application/").is_some_and(|rest| rest == "json" || rest.ends_with("+json"))
    };
    bundle.as_object().is_some_and(|map| map.iter().all(|(mime, value)| is_json(mime) || is_text(value)))
}

fn is_text(value: &Value) -> bool {
    value.is_string() || is_lines(value)
}

fn is_lines(value: &Value) -> bool {
    value.as_array().is_some_and(|lines| lines.iter().all(Value::is_string))
}

/// A count of runs: null or a whole number.
pub(super) fn is_count(value: &Value) -> bool {
    value.is_null() || value.as_u64().is_some()
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
