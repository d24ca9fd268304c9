//! The YAML of a header, as PyYAML's `safe_dump` writes it: block style, keys sorted, ASCII.

use serde_json::Value;

use super::yaml_values::{Plain, plain};
use crate::notebook::python::{canonical_number, is_space};

/// The lines of `value`, a map, at the top level of a document.
pub(super) fn lines(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    block(value, 0, &mut lines);
    lines
}

fn block(value: &Value, indent: usize, lines: &mut Vec<String>) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            for key in keys {
                let Some(value) = map.get(key) else { continue };
                match inline(value) {
                    Some(text) => lines.push(format!("{margin}{}: {text}", scalar(key))),
                    None => {
                        lines.push(format!("{margin}{}:", scalar(key)));
                        // Lists stand at the indent of their key.
                        block(value, if value.is_array() { indent } else { indent + 2 }, lines);
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                let start = lines.len();
                match inline(item) {
                    Some(text) => lines.push(format!("{margin}  {text}")),
                    None => block(item, indent + 2, lines),
                }
                if let Some(first) = lines.get_mut(start) {
                    first.replace_range(indent..indent + 1, "-");
                }
            }
        }
        _ => {}
    }
}

/// What fits behind a key; `None` for maps and lists that hold something.
fn inline(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => float(&canonical_number(&number.to_string())),
        Value::String(text) => scalar(text),
        Value::Array(items) if items.is_empty() => "[]".into(),
        Value::Object(map) if map.is_empty() => "{}".into(),
        Value::Array(_) | Value::Object(_) => return None,
    })
}

/// YAML 1.1 wants a point in a float.
fn float(text: &str) -> String {
    match text {
        "NaN" => return ".nan".into(),
        "Infinity" => return ".inf".into(),
        "-Infinity" => return "-.inf".into(),
        _ => {}
    }
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0e{exponent}"),
        _ => text.into(),
    }
}

fn scalar(text: &str) -> String {
    if text.chars().any(|c| !(' '..='~').contains(&c)) {
        return double_quoted(text);
    }
    if is_plain(text) { text.into() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Can the text stand without quotes, and does it stay text then?
fn is_plain(text: &str) -> bool {
    let starts = |set: &str| text.chars().next().is_some_and(|c| set.contains(c));
    let lone = text.chars().nth(1).is_none_or(is_space);
    let starts_badly = starts(" ,[]{}#&*!|>'\"%@`")
        || (starts("-?:") && lone)
        || text.starts_with("---")
        || text.starts_with("...");
    let reads_badly = text.ends_with([' ', ':']) || text.contains(": ") || text.contains(" #");
    !(text.is_empty() || starts_badly || reads_badly || !matches!(plain(text), Plain::Text))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            '\r' => quoted += "\\r",
            ' '..='~' => quoted.push(c),
            c if u32::from(c) < 0x100 => quoted += &format!("\\x{:02X}", u32::from(c)),
            c if u32::from(c) < 0x1_0000 => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted += &format!("\\U{:08X}", u32::from(c)),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn block_style_with_sorted_keys() {
        let value = json!({"b": {"y": [1, {"k": "v", "a": []}], "x": {}}, "a": null});
        let expected = ["a: null", "b:", "  x: {}", "  y:", "  - 1", "  - a: []", "    k: v"];
        assert_eq!(lines(&value), expected);
    }

    #[test]
    fn texts_stay_texts() {
        for (text, written) in [
            ("Python 3 (ipykernel)", "Python 3 (ipykernel)"),
            ("1.3", "'1.3'"),
            ("1.19.6", "1.19.6"),
            ("yes", "'yes'"),
            ("yEs", "yEs"),
            ("", "''"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("-all", "-all"),
            ("- a", "'- a'"),
            ("it's", "it's"),
            ("'q'", "'''q'''"),
            ("é\n", "\"\\xE9\\n\""),
            ("2027-01-12", "'2027-01-12'"),
            ("1e5", "1e5"),
            ("0x1f", "'0x1f'"),
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}
