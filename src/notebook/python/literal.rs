//! `ast.literal_eval`, as far as its result can be in JSON.
//!
//! jupytext takes cell metadata that is not JSON for a Python literal: `{'grade': True}`, `(1, 2)`, `'a' "b"`.
//! Bytes, sets and complex numbers are literals of Python too, but no notebook can hold them: they are not accepted.

use serde_json::{Map, Number, Value};

use super::number::float_repr;

/// More nesting than this is not metadata; the limit keeps hostile text from exhausting the stack.
const MAX_DEPTH: usize = 64;

/// The value of a Python literal, or `None` where `text` is not one (or has no form in JSON).
pub(crate) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim_start_matches([' ', '\t']), depth: 0 };
    let first = reader.value()?;
    let value = if reader.eat(',') { Value::Array(reader.items(vec![first], None)?) } else { first };
    reader.skip_space();
    (reader.rest.is_empty() || reader.rest.starts_with('#')).then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\x0c']);
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest.chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH { None } else { self.value_inside() };
        self.depth -= 1;
        value
    }

    fn value_inside(&mut self) -> Option<Value> {
        match self.peek()? {
            '[' => {
                self.eat('[');
                Some(Value::Array(self.items(Vec::new(), Some(']'))?))
            }
            '(' => {
                self.eat('(');
                self.parenthesis()
            }
            '{' => {
                self.eat('{');
                self.dict()
            }
            '+' | '-' => self.signed(),
            c if c.is_ascii_digit() || c == '.' => self.number(false),
            _ => self.word_or_string(),
        }
    }

    /// The items of a list or tuple up to `close` (or the end of the text), after those already read.
    fn items(&mut self, mut items: Vec<Value>, close: Option<char>) -> Option<Vec<Value>> {
        loop {
            match (self.peek(), close) {
                (Some(c), Some(close)) if c == close => {
                    self.eat(close);
                    return Some(items);
                }
                (None | Some('#'), None) => return Some(items),
                _ => items.push(self.value()?),
            }
            let comma = self.eat(',');
            let done = self.peek() == close;
            if !comma && !done {
                return None;
            }
        }
    }

    fn parenthesis(&mut self) -> Option<Value> {
        if self.eat(')') {
            return Some(Value::Array(Vec::new()));
        }
        let first = self.value()?;
        if self.eat(')') {
            return Some(first);
        }
        self.eat(',').then_some(())?;
        Some(Value::Array(self.items(vec![first], Some(')'))?))
    }

    fn dict(&mut self) -> Option<Value> {
        let mut map = Map::new();
        while !self.eat('}') {
            let key = key_text(self.value()?)?;
            self.eat(':').then_some(())?;
            let value = self.value()?;
            map.insert(key, value);
            if !self.eat(',') && self.peek() != Some('}') {
                return None;
            }
        }
        Some(Value::Object(map))
    }

    fn signed(&mut self) -> Option<Value> {
        let negative = self.eat('-');
        if !negative {
            self.eat('+');
        }
        let digit = self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.');
        if digit { self.number(negative) } else { None }
    }

    fn number(&mut self, negative: bool) -> Option<Value> {
        let end = number_end(self.rest);
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        number_value(text, negative)
    }

    fn word_or_string(&mut self) -> Option<Value> {
        for (word, value) in
            [("True", Value::Bool(true)), ("False", Value::Bool(false)), ("None", Value::Null)]
        {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return (!rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')).then_some(value);
            }
        }
        let mut text = String::new();
        let mut some = false;
        while let Some(piece) = self.string()? {
            text += &piece;
            some = true;
        }
        some.then_some(Value::String(text))
    }

    /// One string literal, `Some(None)` where none starts here, `None` where it is not well formed.
    #[expect(clippy::option_option, reason = "absent and malformed are different answers")]
    fn string(&mut self) -> Option<Option<String>> {
        self.skip_space();
        let letters = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (prefix, rest) = self.rest.split_at_checked(letters)?;
        if !rest.starts_with(['"', '\'']) {
            return Some(None);
        }
        let raw = match prefix {
            "" | "u" | "U" => false,
            "r" | "R" => true,
            _ => return None,
        };
        let quote = rest.chars().next()?;
        let triple: String = std::iter::repeat_n(quote, 3).collect();
        let close = if rest.starts_with(&triple) { triple } else { quote.to_string() };
        let (text, rest) = string_body(rest.get(close.len()..)?, &close, raw)?;
        self.rest = rest;
        Some(Some(text))
    }
}

/// The text of a string literal up to `close`, and what follows it.
fn string_body<'a>(body: &'a str, close: &str, raw: bool) -> Option<(String, &'a str)> {
    let mut text = String::new();
    let mut rest = body;
    loop {
        if let Some(after) = rest.strip_prefix(close) {
            return Some((text, after));
        }
        let c = rest.chars().next()?;
        rest = rest.get(c.len_utf8()..)?;
        if c != '\\' {
            text.push(c);
        } else if raw {
            let next = rest.chars().next()?;
            rest = rest.get(next.len_utf8()..)?;
            text.extend(['\\', next]);
        } else {
            rest = escape(rest, &mut text)?;
        }
    }
}

/// Reads what follows a backslash, appends what it stands for, returns what comes after.
fn escape<'a>(rest: &'a str, text: &mut String) -> Option<&'a str> {
    let c = rest.chars().next()?;
    let after = rest.get(c.len_utf8()..)?;
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        '\\' | '\'' | '"' => c,
        'x' => return code_point(after, 2, text),
        'u' => return code_point(after, 4, text),
        'U' => return code_point(after, 8, text),
        'N' => return None,
        '0'..='7' => return octal(rest, text),
        other => {
            text.push('\\');
            other
        }
    };
    text.push(simple);
    Some(after)
}

fn code_point<'a>(rest: &'a str, digits: usize, text: &mut String) -> Option<&'a str> {
    let (code, after) = rest.split_at_checked(digits)?;
    if !code.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    text.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
    Some(after)
}

fn octal<'a>(rest: &'a str, text: &mut String) -> Option<&'a str> {
    let length = rest.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
    let (code, after) = rest.split_at_checked(length)?;
    text.push(char::from_u32(u32::from_str_radix(code, 8).ok()?)?);
    Some(after)
}

/// Where the number at the start of `text` ends.
fn number_end(text: &str) -> usize {
    let based = text.get(..2).is_some_and(|start| matches!(start, "0x" | "0X" | "0o" | "0O" | "0b" | "0B"));
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '+' | '-') && matches!(previous, 'e' | 'E') && !based;
        let inside = c.is_ascii_digit() || c == '_' || sign || (!based && matches!(c, '.' | 'e' | 'E'));
        let based_digit = based && (c.is_ascii_hexdigit() || (at == 1 && c.is_ascii_alphabetic()));
        if !inside && !based_digit {
            return at;
        }
        previous = c;
    }
    text.len()
}

fn number_value(text: &str, negative: bool) -> Option<Value> {
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    let digits = text.replace('_', "").to_ascii_lowercase();
    let sign = if negative { "-" } else { "" };
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            let value = u128::from_str_radix(digits, radix).ok()?;
            return number(&format!("{sign}{value}"));
        }
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let trimmed = digits.trim_start_matches('0');
        return match trimmed {
            "" => number("0"),
            _ if trimmed.len() < digits.len() => None,
            _ => number(&format!("{sign}{digits}")),
        };
    }
    let value: f64 = digits.parse().ok()?;
    let value = if negative { -value } else { value };
    value.is_finite().then(|| number(&float_repr(value))).flatten()
}

fn number(text: &str) -> Option<Value> {
    serde_json::from_str::<Number>(text).ok().map(Value::Number)
}

/// A key as `json.dumps` writes it.
fn key_text(key: Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null => Some("null".into()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn literals() {
        for (text, value) in [
            ("{'grade': True, 'points': 2.50}", json!({"grade": true, "points": 2.5})),
            ("(1, 2)", json!([1, 2])),
            ("1, 2", json!([1, 2])),
            ("(1,)", json!([1])),
            ("(1)", json!(1)),
            ("()", json!([])),
            ("'a' \"b\"", json!("ab")),
            ("r'\\n'", json!("\\n")),
            ("'\\x41\\u00e9\\101\\q'", json!("AéA\\q")),
            ("'''a'b'''", json!("a'b")),
            ("-1_000", json!(-1000)),
            ("0x1F", json!(31)),
            ("1e3", json!(1000.0)),
            ("None", json!(null)),
            ("[1, [2, {}],]", json!([1, [2, {}]])),
            ("{1: 2}", json!({"1": 2})),
        ] {
            let expected = serde_json::to_string(&value).unwrap();
            let found = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(serde_json::to_string(&found).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_literal_or_has_no_json() {
        for text in [
            "", "name", "1 2", "b'x'", "{1, 2}", "1j", "--1", "- -1", "007", "f''", "'a", "[1", "1 +",
            "Truex", "{'a' 1}", "a.b",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"[".repeat(100_000)), None);
    }
}
