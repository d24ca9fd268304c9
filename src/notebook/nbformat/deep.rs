//! JSON of any depth → a value of bounded depth, in which what is nested too deeply is as its text.
//!
//! Reading, copying and dropping a deep value takes stack at each level; its text takes none. Such a text is kept as a number of the value (no
//! number starts with a bracket), so that it goes wherever the value goes, and is written as it was.

use serde_json::{Number, Value};

use crate::notebook::python::{parse_json, string_length};

/// So many levels are taken apart; serde_json would go down to 128.
const DEEPEST: usize = 100;

/// What a text is behind while its surroundings are read: a spelling of zero that no one uses.
const STAND_IN: &str = "0e+000068656570";

/// Reads one JSON document, as Python reads it.
///
/// # Errors
/// What serde_json says of it. Depth is not an error, as long as all of it is JSON.
pub(super) fn parse(text: &str) -> serde_json::Result<Value> {
    parse_json(text).or_else(|error| {
        let Some(cut) = cut(text).filter(|_| !text.contains(STAND_IN)) else { return Err(error) };
        let mut value = parse_json(&cut.shallow)?;
        put_back(&mut value, &cut.deep);
        Ok(value)
    })
}

/// A document without what is too deep in it.
struct Cut<'a> {
    shallow: String,
    deep: Vec<&'a str>,
}

/// A list or object that begins at a multiple of [`DEEPEST`] levels, as far as it was read.
struct Open {
    start: usize,
    text: String,
}

/// Cuts a document; none if what is deep in it is not JSON. One pass, no recursion: each piece of [`DEEPEST`] levels is read by itself.
fn cut(text: &str) -> Option<Cut<'_>> {
    let mut open = vec![Open { start: 0, text: String::new() }];
    let (mut depth, mut at) = (0, 0);
    let mut deep = Vec::new();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = match rest.as_bytes().first() {
            Some(b'"') => string_length(rest),
            Some(b'[' | b'{' | b']' | b'}') => 1,
            _ => rest.find(['"', '[', ']', '{', '}']).unwrap_or(rest.len()),
        };
        let token = rest.get(..length)?;
        if matches!(token, "[" | "{") {
            if depth > 0 && depth % DEEPEST == 0 {
                open.push(Open { start: at, text: String::new() });
            }
            depth += 1;
        }
        open.last_mut()?.text += token;
        at += length;
        if matches!(token, "]" | "}") {
            depth = depth.checked_sub(1)?;
            if depth > 0 && depth % DEEPEST == 0 {
                let closed = open.pop()?;
                parse_json(&closed.text).ok()?;
                let around = open.last_mut()?;
                around.text += STAND_IN;
                if open.len() == 1 {
                    open.last_mut()?.text += &deep.len().to_string();
                    deep.push(text.get(closed.start..at)?);
                }
            }
        }
    }
    let shallow = open.pop().filter(|_| open.is_empty() && depth == 0)?.text;
    Some(Cut { shallow, deep })
}

/// Puts the texts where they were.
fn put_back(value: &mut Value, deep: &[&str]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| put_back(item, deep)),
        Value::Object(map) => map.values_mut().for_each(|item| put_back(item, deep)),
        Value::Number(number) => {
            let place =
                number.as_str().strip_prefix(STAND_IN).and_then(|number| number.parse::<usize>().ok());
            if let Some(text) = place.and_then(|place| deep.get(place)) {
                *number = Number::from_string_unchecked((*text).to_owned());
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::python::compact_json;

    fn again(text: &str) -> Option<String> {
        parse(text).ok().map(|value| String::from_utf8(compact_json(&value)).unwrap())
    }

    fn nested(depth: usize, inside: &str) -> String {
        format!("{}{inside}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn what_is_deep_comes_back_as_it_stood() {
        for depth in [1, 99, 100, 101, 127, 128, 129, 200, 201, 250, 1000, 100_000] {
            let text = nested(depth, "\"]\\\"[\",NaN");
            assert!(again(&text).as_deref() == Some(&text), "{depth}");
        }
        let text = format!("{{\"a\":{0},\"b\":[{0},{{\"c\":{0}}}]}}", nested(300, "{ \"x\" : 1 }"));
        assert!(again(&text).as_deref() == Some(&text));
    }

    #[test]
    fn what_is_deep_must_be_json() {
        for inside in ["x", "1 2", "\"", "[", "]", "{\"a\"}", "[1,]"] {
            for depth in [10, 99, 100, 101, 200, 305] {
                let text = nested(depth, inside);
                assert!(parse(&text).is_err(), "{depth} {inside}");
            }
        }
        assert!(parse(&format!("{} 1", nested(200, "1"))).is_err());
        assert!(parse(&format!("{}]", nested(200, "1"))).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&nested(200, "{]").replace("{]", "{\"a\":1]")).is_err());
        assert!(parse(&format!("[{STAND_IN}0,{}]", nested(200, "1"))).is_err());
    }
}
