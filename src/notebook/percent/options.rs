//! What is on a marker line: depth, title, cell type, metadata.

use std::collections::BTreeSet;

use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{Visitor, walk_expr};
use serde_json::{Map, Value};

use crate::notebook::Metadata;
use crate::notebook::python::{is_space, parse_json, parse_literal, rstrip, strip};
use crate::python::{Code, Dialect};

/// A longer marker line than this is not metadata; the limit bounds the search from the right.
const MAX_LENGTH: usize = 16 * 1024;

/// The options of one cell, read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Options {
    /// Metadata as jupytext gives it to the cell, `title`, `cell_type`, `cell_depth` and `region_name` among it.
    pub(super) metadata: Metadata,
    /// The metadata was one JSON object.
    pub(super) json: bool,
    /// The text that could not be read; jupytext puts it into `incorrectly_encoded_metadata` without a word.
    pub(super) unreadable: Option<String>,
    /// A key that is written twice, of the cell or in a value: the last one counts.
    pub(super) repeated: Option<String>,
}

/// Reads what follows the first `%%` of a marker.
pub(super) fn parse(text: &str) -> Options {
    if text.len() > MAX_LENGTH {
        return unreadable(Map::new(), text, false);
    }
    let text = strip(text);
    let brace = text.find('{');
    let equals = text.find('=');
    let (title, mut options) = match brace {
        Some(brace) if equals.is_none_or(|equals| brace < equals) => {
            let (title, json) = text.split_at(brace);
            (strip(title).to_owned(), object(json))
        }
        _ => {
            let title = title(text, equals);
            let pairs = key_values(text.get(title.len()..).unwrap_or_default());
            (title, pairs)
        }
    };
    name_the_cell(title, &mut options.metadata);
    options
}

fn unreadable(mut metadata: Metadata, text: &str, json: bool) -> Options {
    metadata.insert("incorrectly_encoded_metadata".into(), text.into());
    Options { metadata, json, unreadable: Some(text.to_owned()), repeated: None }
}

/// Metadata written as one JSON object or Python dict.
fn object(text: &str) -> Options {
    match value(text) {
        Some(Value::Object(metadata)) => {
            Options { metadata, json: true, unreadable: None, repeated: repeated_key(text) }
        }
        _ => unreadable(Map::new(), text, true),
    }
}

/// JSON, or else a Python literal.
fn value(text: &str) -> Option<Value> {
    let text = strip(text);
    parse_json(text).ok().or_else(|| parse_literal(text))
}

/// A key that is twice in one object of `text`, which is JSON or a Python literal. JSON reads as Python, too.
fn repeated_key(text: &str) -> Option<String> {
    struct Keys(Option<String>);
    impl<'a> Visitor<'a> for Keys {
        fn visit_expr(&mut self, expression: &'a Expr) {
            if let Expr::Dict(dictionary) = expression {
                let mut seen = BTreeSet::new();
                let keys = dictionary.iter_keys().flatten().filter_map(Expr::as_string_literal_expr);
                let twice = keys.map(|key| key.value.to_str()).find(|key| !seen.insert(*key));
                self.0 = self.0.take().or(twice.map(str::to_owned));
            }
            walk_expr(self, expression);
        }
    }
    let code = Code::of(strip(text), Dialect::Python);
    let mut keys = Keys(None);
    code.suite().iter().for_each(|statement| keys.visit_stmt(statement));
    keys.0
}

/// Everything before the last word in front of the first `=`, without the words on the right that start with a dot.
fn title(text: &str, equals: Option<usize>) -> String {
    let mut words: Vec<&str> =
        text.get(..equals.unwrap_or(text.len())).unwrap_or_default().split(' ').collect();
    if equals.is_some() {
        while words.pop_if(|word| word.is_empty()).is_some() {}
        words.pop();
    }
    while words.pop_if(|word| strip(word).is_empty() || word.starts_with('.')).is_some() {}
    words.join(" ")
}

enum Entry<'a> {
    Name(&'a str),
    /// Key, value, and a key that is twice in the value.
    Pair(&'a str, Value, Option<String>),
    Unreadable(&'a str),
}

/// `key=value` pairs and bare names, taken from the right: only there is it known where a value ends.
fn key_values(text: &str) -> Options {
    let mut entries = Vec::new();
    let mut rest = strip(text);
    while !rest.is_empty() {
        let (entry, left) = last_entry(rest);
        entries.push(entry);
        rest = strip(left);
    }
    let mut options = Options::default();
    for entry in entries.into_iter().rev() {
        match entry {
            // What is to the left of a bare name wins over it, what is to the right of a pair does not.
            Entry::Name(name) => {
                let left = std::mem::take(&mut options.metadata);
                options.metadata.insert(name.into(), Value::Null);
                options.metadata.extend(left);
            }
            Entry::Pair(key, value, inner) => {
                let before = options.metadata.insert(key.into(), value);
                options.repeated = options.repeated.take().or(before.map(|_| key.to_owned())).or(inner);
            }
            Entry::Unreadable(text) => options = unreadable(options.metadata, text, false),
        }
    }
    options
}

/// The rightmost entry of `text`, and what is left of it.
fn last_entry(text: &str) -> (Entry<'_>, &str) {
    let space = text.rfind(' ');
    let word = space.map_or(text, |space| text.get(space + 1..).unwrap_or_default());
    if !text.starts_with("--") && is_identifier(word) {
        return (Entry::Name(word), before(text, space));
    }
    let mut end = text.len();
    while let Some(equals) = text.get(..end).and_then(|text| text.rfind('=')) {
        end = equals;
        let left = rstrip(text.get(..equals).unwrap_or_default());
        let space = left.rfind(' ');
        let key = strip(left.get(space.map_or(0, |space| space + 1)..).unwrap_or_default());
        if !is_key(key) {
            continue;
        }
        let written = text.get(equals + 1..).unwrap_or_default();
        if let Some(value) = value(written) {
            let repeated = value.is_object().then(|| repeated_key(written)).flatten();
            return (Entry::Pair(key, value, repeated), before(text, space));
        }
    }
    (Entry::Unreadable(text), "")
}

fn before(text: &str, space: Option<usize>) -> &str {
    space.and_then(|space| text.get(..space)).unwrap_or_default()
}

fn is_identifier(word: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '.');
    word.starts_with(start) && word.chars().all(|c| start(c) || c.is_ascii_digit())
}

fn is_key(word: &str) -> bool {
    !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@' | '/' | '-'))
}

/// Cell type, depth and title out of the text before the metadata.
fn name_the_cell(title: String, metadata: &mut Metadata) {
    let mut title = title;
    for (kind, cell_type) in [("markdown", "markdown"), ("raw", "raw"), ("md", "markdown")] {
        let tag = format!("[{kind}]");
        if title.contains(&tag) {
            title = strip(&title.replace(&tag, "")).to_owned();
            metadata.insert("cell_type".into(), cell_type.into());
            if kind == "md" {
                metadata.insert("region_name".into(), kind.into());
            }
            break;
        }
    }
    let named = title.trim_start_matches('%');
    let depth = title.len() - named.len();
    if depth > 0 {
        metadata.insert("cell_depth".into(), depth.into());
        title = named.trim_matches(is_space).to_owned();
    }
    if !title.is_empty() {
        metadata.insert("title".into(), title.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Value {
        Value::Object(parse(text).metadata)
    }

    #[test]
    fn titles_types_and_pairs() {
        for (text, metadata) in [
            ("", json!({})),
            (" a title", json!({"title": "a title"})),
            (" [markdown]", json!({"cell_type": "markdown"})),
            (
                " Intro [md] x=1",
                json!({"cell_type": "markdown", "region_name": "md", "title": "Intro", "x": 1}),
            ),
            ("%% deep", json!({"cell_depth": 2, "title": "deep"})),
            (" two words key = \"v\"", json!({"title": "two words", "key": "v"})),
            (
                " t a=1 b={\"c\": [1, 2]} d='x=y'",
                json!({"title": "t", "a": 1, "b": {"c": [1, 2]}, "d": "x=y"}),
            ),
            (" a=1 flag", json!({"a": 1, "flag": null})),
            (" title .class", json!({"title": "title", ".class": null})),
            (" T {\"a\": 1}", json!({"title": "T", "a": 1})),
            (" {'a': True}", json!({"a": true})),
            (" a=1 a=2", json!({"a": 2})),
        ] {
            assert_eq!(read(text), metadata, "{text}");
            assert_eq!(parse(text).unreadable, None);
        }
    }

    #[test]
    fn what_is_written_twice_is_said() {
        for (text, key) in [
            (" nbgrader={\"grade\": true} nbgrader={\"grade\": false}", Some("nbgrader")),
            (" nbgrader={\"points\": 1, \"grade\": true, \"points\": 10}", Some("points")),
            (" {'a': {'b': 1, 'b': None}}", Some("b")),
            (" {\"a\": 1, \"a\": 1}", Some("a")),
            (" a=1 a=1", Some("a")),
            (" a={\"x\": {\"y\": 1}, \"z\": {\"y\": 1}} b=[1, 1]", None),
            (" a=1 x", None),
        ] {
            assert_eq!(parse(text).repeated.as_deref(), key, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for text in [" nbgrader={\"grade\": tru}", " {\"a\": }", " {1, 2}", " a=b c", " a=[1"] {
            let options = parse(text);
            assert!(options.unreadable.is_some(), "{text}");
            assert!(options.metadata.contains_key("incorrectly_encoded_metadata"));
        }
        assert!(parse(&" a=".repeat(20_000)).unreadable.is_some());
    }
}
