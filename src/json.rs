//! JSON that may come from anybody: how many values it has is known before any is made.
//!
//! A value takes some hundred bytes of memory and may be two bytes of text, so that a limit on bytes alone is none.

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// Values of the largest document that is read; the journal of a course of 100,000 files has fewer.
pub const MAX_VALUES: usize = 2_000_000;

/// A document that is nested more deeply is not read.
const MAX_DEPTH: usize = 128;

/// Why bytes are not JSON that is read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// More values than [`MAX_VALUES`].
    #[error("it has more than {MAX_VALUES} values")]
    TooLarge,
    /// Not JSON.
    #[error(transparent)]
    Syntax(#[from] serde_json::Error),
}

/// Reads one JSON document.
///
/// # Errors
/// [`JsonError`]; nesting deeper than 128 levels is a syntax error.
pub fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    if is_too_large(bytes) {
        return Err(JsonError::TooLarge);
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Has `bytes` more values than are read? It need not be JSON.
pub fn is_too_large(bytes: &[u8]) -> bool {
    // Each value but the last takes a byte of its own and one that parts it from the next.
    bytes.len() / 2 > MAX_VALUES && values(bytes) > MAX_VALUES
}

/// Is `bytes`, which need not be JSON, nested more deeply than is read?
pub fn is_too_deep(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    outside(bytes, |byte| match byte {
        b'[' | b'{' => {
            depth += 1;
            deepest = deepest.max(depth);
        }
        b']' | b'}' => depth = depth.saturating_sub(1),
        _ => {}
    });
    deepest >= MAX_DEPTH
}

/// `look` at each byte that is not within a string.
fn outside(bytes: &[u8], mut look: impl FnMut(u8)) {
    let (mut inside, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            byte if !inside => look(*byte),
            _ => {}
        }
    }
}

/// At least as many as the values of the document `bytes`, keys not counted: what parts them or holds them, outside of strings.
fn values(bytes: &[u8]) -> usize {
    let mut count = 1;
    outside(bytes, |byte| count += usize::from(matches!(byte, b',' | b'[' | b'{')));
    count
}

/// The JSON Schema of `T`, under the name `id`, with a title for people.
pub fn schema<T: schemars::JsonSchema>(id: &str, title: &str) -> Value {
    let mut schema = Value::from(schemars::schema_for!(T));
    if let Value::Object(map) = &mut schema {
        map.insert("$id".to_owned(), id.into());
        map.insert("title".to_owned(), title.into());
    }
    schema
}

/// `value` as JSON of which every entry of the outermost object begins a line, and every entry of what is directly in it: so that two
/// documents differ by the lines of what differs. Keys keep their order.
///
/// # Errors
/// As the value's serializer says.
pub fn by_line<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = String::new();
    // As text, and not as values, which take many times as much memory.
    entries(&to_raw_value(value)?, 2, "", &mut text)?;
    text.push('\n');
    Ok(text.into_bytes())
}

fn entries(value: &RawValue, depth: usize, indent: &str, text: &mut String) -> Result<(), serde_json::Error> {
    let inner = format!("{indent}  ");
    let is_object = value.get().starts_with('{');
    let parts: Vec<(String, &RawValue)> = if depth > 0 && is_object {
        let map: IndexMap<String, &RawValue> = serde_json::from_str(value.get())?;
        map.into_iter().map(|(key, value)| (format!("{}: ", Value::from(key)), value)).collect()
    } else if depth > 0 && value.get().starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(value.get())?;
        list.into_iter().map(|value| (String::new(), value)).collect()
    } else {
        Vec::new()
    };
    if parts.is_empty() {
        text.push_str(value.get());
        return Ok(());
    }
    let (open, close) = if is_object { ('{', '}') } else { ('[', ']') };
    text.push(open);
    for (at, (key, value)) in parts.into_iter().enumerate() {
        text.push_str(if at == 0 { "\n" } else { ",\n" });
        text.push_str(&inner);
        text.push_str(&key);
        entries(value, depth - 1, &inner, text)?;
    }
    text.push('\n');
    text.push_str(indent);
    text.push(close);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_strings() {
        for (text, at_least) in [("1", 1), ("[1, 2]", 3), (r#"{"a,b\",:[": [{}]}"#, 4), (r#"["\\", 1]"#, 3)] {
            assert_eq!(values(text.as_bytes()), at_least, "{text}");
        }
    }

    #[test]
    fn many_values_are_refused_and_long_texts_are_not() {
        let zeros = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert!(matches!(read(zeros.as_bytes()), Err(JsonError::TooLarge)));
        let empty = format!("[{}{{}}]", "{},".repeat(MAX_VALUES));
        assert!(matches!(read(empty.as_bytes()), Err(JsonError::TooLarge)));
        let text = format!("[\"{}\"]", ",".repeat(4 * MAX_VALUES));
        assert!(read(text.as_bytes()).is_ok());
    }

    #[test]
    fn what_differs_has_lines_of_its_own() {
        let value = serde_json::json!({"a": 1, "b": [], "c": [{"x": [1, 2]}, "y"], "d": {"k": {"l": null}}});
        let text = String::from_utf8(by_line(&value).unwrap()).unwrap();
        let expected = "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": [\n    {\"x\":[1,2]},\n    \"y\"\n  ],\n  \"d\": {\n    \"k\": {\"l\":null}\n  }\n}\n";
        assert_eq!(text, expected);
        assert_eq!(read(text.as_bytes()).unwrap(), value);
    }
}
