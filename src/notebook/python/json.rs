//! JSON as Python's `json` reads and writes it, which has three numbers more than the standard.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use serde_json::{Serializer, Value};

use super::number::{NOT_A_NUMBER, canonical_number};

/// Python's names of numbers and the JSON that stands for them here. An infinity needs no mark of its own: to Python a number
/// too large for a float is one.
const NAMES: [(&str, &str); 3] = [("NaN", NOT_A_NUMBER), ("Infinity", "1e999"), ("-Infinity", "-1e999")];

/// `json.loads`, except for lone surrogates, which Python reads and cannot save.
pub(crate) fn parse_json(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|error| match without_names(text) {
        Some(text) => serde_json::from_str(&text),
        None => Err(error),
    })
}

/// `text` with numbers for Python's names, if it holds any.
fn without_names(text: &str) -> Option<String> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return None;
    }
    let mut spelled = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, tail)) = rest.find(['"', 'N', 'I', '-']).and_then(|at| rest.split_at_checked(at))
    {
        spelled += before;
        let (length, number) = match named_number(&spelled, tail) {
            Some((name, number)) => (name.len(), Some(number)),
            None if tail.starts_with('"') => (string_length(tail), None),
            None => (1, None),
        };
        let (token, after) = tail.split_at_checked(length)?;
        spelled += number.unwrap_or(token);
        rest = after;
    }
    Some(spelled + rest)
}

/// The name that `tail` starts with, and the number it stands for: a whole word between white space and punctuation.
fn named_number(before: &str, tail: &str) -> Option<(&'static str, &'static str)> {
    let apart = |c: char| c.is_ascii_whitespace() || matches!(c, ',' | ':' | '[' | ']' | '}');
    let (name, number) = NAMES.into_iter().find(|(name, _)| tail.starts_with(name))?;
    let begins = before.chars().next_back().is_none_or(apart);
    let ends = tail.get(name.len()..)?.chars().next().is_none_or(apart);
    (begins && ends).then_some((name, number))
}

/// The length of the string at the start of `text`, its quotes included.
pub(crate) fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `json.dumps(…, indent=1, ensure_ascii=False)` of a value that brings its keys in order.
pub(crate) fn indented_json(value: &impl Serialize) -> Vec<u8> {
    written(value, PrettyFormatter::with_indent(b" "))
}

/// The same in one line without spaces.
pub(crate) fn compact_json(value: &impl Serialize) -> Vec<u8> {
    written(value, CompactFormatter)
}

fn written(value: &impl Serialize, layout: impl Formatter) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail, and every key is text.
    let _written = value.serialize(&mut Serializer::with_formatter(&mut bytes, PythonNumbers(layout)));
    bytes
}

/// A layout that prints numbers as Python does.
struct PythonNumbers<F>(F);

impl<F: Formatter> Formatter for PythonNumbers<F> {
    fn write_number_str<W: io::Write + ?Sized>(&mut self, to: &mut W, number: &str) -> io::Result<()> {
        to.write_all(canonical_number(number).as_bytes())
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_array(to)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_array(to)
    }

    fn begin_array_value<W: io::Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(to, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_array_value(to)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_object(to)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_object(to)
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(to, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.begin_object_value(to)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.0.end_object_value(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> Option<String> {
        parse_json(text).ok().map(|value| String::from_utf8(compact_json(&value)).unwrap())
    }

    #[test]
    fn the_numbers_that_json_lacks_come_back() {
        for (text, expected) in [
            ("NaN", "NaN"),
            ("[NaN, -Infinity,Infinity ]", "[NaN,-Infinity,Infinity]"),
            ("{\"NaN\":NaN,\"a\":\"Infinity\\\"NaN\"}", "{\"NaN\":NaN,\"a\":\"Infinity\\\"NaN\"}"),
            ("[1e400,-1e400,1.0e2]", "[Infinity,-Infinity,100.0]"),
        ] {
            assert_eq!(again(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_python_does_not_read_either() {
        for text in
            ["1NaN", "NaN1", "-NaN", "+Infinity", "nan", "[\"a\"NaN]", "[-\nInfinity]", "\"NaN", "[NaN", ""]
        {
            assert_eq!(again(text), None, "{text}");
        }
    }
}
