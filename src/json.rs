//! JSON that may come from anybody: how many values it has is known before any is made.
//!
//! A value takes some hundred bytes of memory and may be two bytes of text, so that a limit on bytes alone is none.

use serde_json::Value;

/// Values of the largest document that is read; the journal of a course of 100,000 files has fewer.
pub const MAX_VALUES: usize = 2_000_000;

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

/// At least as many as the values of the document `bytes`, keys not counted: what parts them or holds them, outside of strings.
fn values(bytes: &[u8]) -> usize {
    let (mut inside, mut escaped, mut count) = (false, false, 1);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            b',' | b'[' | b'{' if !inside => count += 1,
            _ => {}
        }
    }
    count
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
}
