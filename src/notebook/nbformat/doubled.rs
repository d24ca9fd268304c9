//! Keys that an object of a notebook's JSON has twice. Every reader passes over the first value without a word.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::notebook::python::string_length;

/// A key that one object has twice. Ranges are bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubled {
    /// The key.
    pub key: String,
    /// Where it is first.
    pub first: Range<usize>,
    /// Where it is again: this value is the one that readers take.
    pub second: Range<usize>,
}

/// An object that is open, and the keys that it has so far.
#[derive(Default)]
struct Object<'a> {
    keys: BTreeMap<Cow<'a, str>, Range<usize>>,
    /// What follows is a value.
    has_key: bool,
}

/// The keys that an object of `text`, which is JSON, has twice, in the order of the text.
pub fn doubled(text: &str) -> Vec<Doubled> {
    let mut found = Vec::new();
    // A list has no keys.
    let mut open: Vec<Option<Object<'_>>> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = match rest.as_bytes().first() {
            Some(b'"') => string_length(rest),
            Some(b'{' | b'}' | b'[' | b']' | b',') => 1,
            _ => rest.find(['"', '{', '}', '[', ']', ',']).unwrap_or(rest.len()),
        };
        let range = at..at + length;
        at += length;
        let token = rest.get(..length).unwrap_or_default();
        match token.as_bytes().first() {
            Some(b'{') => open.push(Some(Object::default())),
            Some(b'[') => open.push(None),
            Some(b'}' | b']') => drop(open.pop()),
            Some(b',') => {
                if let Some(Some(object)) = open.last_mut() {
                    object.has_key = false;
                }
            }
            Some(b'"') => {
                let Some(object) = open.last_mut().and_then(Option::as_mut).filter(|it| !it.has_key) else {
                    continue;
                };
                object.has_key = true;
                let key = key(token);
                if let Some(first) = object.keys.insert(key.clone(), range.clone()) {
                    found.push(Doubled { key: key.into_owned(), first, second: range });
                }
            }
            _ => {}
        }
    }
    found
}

/// What the token of a string says.
fn key(token: &str) -> Cow<'_, str> {
    match serde_json::from_str(token) {
        Ok(text) if token.contains('\\') => Cow::Owned(text),
        _ => Cow::Borrowed(token.trim_matches('"')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_compared_within_their_object() {
        for (text, expected) in [
            (r#"{"a": 1, "b": {"a": "a"}, "c": [{"a": 1}, {"a": 2}]}"#, vec![]),
            (r#"{"a": "b", "b": "a", "c": ["a", "a", ",", "{"]}"#, vec![]),
            (r#"{"a": 1, "a": 1}"#, vec!["a"]),
            (r#"{"x": [{"\u0061": {}, "b": [1, {"c": 0, "c": 1}], "a": 2}]}"#, vec!["c", "a"]),
            (r#"{"a\"": 1, "a\"": 2, "a": 3}"#, vec!["a\""]),
            (r#"{"a": 1, "a": 2, "a": 3}"#, vec!["a", "a"]),
            (r#"{"a" 1, "a": }"#, vec!["a"]),
            ("]}{[,", vec![]),
            ("\"", vec![]),
        ] {
            let found = doubled(text);
            let keys: Vec<&str> = found.iter().map(|one| one.key.as_str()).collect();
            assert_eq!(keys, expected, "{text}");
        }
        let found = doubled(r#"{"é": 1, "é": 2}"#);
        assert_eq!((found[0].first.clone(), found[0].second.clone()), (1..5, 10..14));
    }
}
