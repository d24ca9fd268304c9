//! `variables`: values for templates, with their types.
//!
//! A scalar is what YAML 1.2 says it is: `true` and `false`, a number, null, or a text. A template prints it as it was written. Where
//! both cannot be had (`1.10` is the number 1.1), and where another reader of YAML sees another value (`no`), it is refused: what is
//! meant can be written without a doubt.

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::source::Spanned;
use crate::yaml::{Kind, Node};

use super::layer::Field;
use super::value::Value;

/// The variables of one layer; `null` deletes one of an outer layer.
pub(super) fn read(
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Spanned<IndexMap<String, Field<Value>>> {
    let take = |(key, value): &(Node, Node)| {
        let name = name(key, diagnostics)?;
        let field = if value.is_null() {
            Field::Deleted(key.span.clone())
        } else {
            Field::Given(Spanned::new(variable(value, diagnostics), value.span.clone()))
        };
        Some((name, field))
    };
    Spanned::new(node.entries().iter().filter_map(take).collect(), node.span.clone())
}

/// The name of a variable. A merge key is none: its values would be a variable that no template can name.
fn name(key: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let name = key.text()?;
    if name == "<<" && matches!(key.kind, Kind::Scalar { plain: true, .. }) {
        let problem = Diagnostic::new(Code::UnknownKey, "`variables` has no key `<<`");
        diagnostics.push(problem.at(&key.span, "unknown key").help(crate::yaml::NO_MERGE_KEYS));
        return None;
    }
    Some(name.to_owned())
}

fn variable(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Value {
    if let Some(cut) = node.cut_off() {
        diagnostics.push(crate::yaml::comment(node, &cut));
    }
    match &node.kind {
        _ if node.is_null() => Value::Null,
        Kind::Scalar { text, plain: false } => Value::Text(text.clone()),
        Kind::Scalar { text, plain: true } => scalar(text).unwrap_or_else(|trap| {
            diagnostics.push(trap.diagnostic(node, text));
            Value::Text(text.clone())
        }),
        Kind::List(items) => Value::List(items.iter().map(|item| variable(item, diagnostics)).collect()),
        Kind::Map(entries) => {
            let take =
                |(key, value): &(Node, Node)| Some((name(key, diagnostics)?, variable(value, diagnostics)));
            Value::Map(entries.iter().filter_map(take).collect())
        }
    }
}

/// Why a plain scalar is refused.
#[derive(Debug, PartialEq)]
enum Trap {
    /// A text that YAML 1.1 takes for a truth value: this one.
    Truth(bool),
    /// A number that is printed otherwise: like this.
    Number(String),
    /// A number that templates cannot hold.
    Unprintable,
}

impl Trap {
    fn diagnostic(self, node: &Node, text: &str) -> Diagnostic {
        let written = quoted(text);
        let (message, help) = match self {
            Self::Truth(value) => (
                format!("`{written}` is text for some YAML readers and true or false for others"),
                format!("write `{value}`, or `\"{written}\"` if you mean text"),
            ),
            Self::Number(printed) => (
                format!("`{written}` is a number that a template would print as `{printed}`"),
                format!("write `{printed}`, or `\"{written}\"` if you mean text"),
            ),
            Self::Unprintable => (
                format!("`{written}` is a number that templates cannot represent"),
                format!("write `\"{written}\"`: templates then print it as it is"),
            ),
        };
        Diagnostic::new(Code::YamlTrap, message).at(&node.span, "a variable for templates").help(help)
    }
}

/// What the plain scalar `text` is, as YAML 1.2's core schema has it.
fn scalar(text: &str) -> Result<Value, Trap> {
    match text {
        "true" => return Ok(Value::Flag(true)),
        "false" => return Ok(Value::Flag(false)),
        _ => {}
    }
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => return Err(Trap::Truth(true)),
        "false" | "no" | "off" => return Err(Trap::Truth(false)),
        ".inf" | "+.inf" | "-.inf" | ".nan" => return Err(Trap::Unprintable),
        _ => {}
    }
    let Some(number) = number(text) else { return Ok(Value::Text(text.to_owned())) };
    let printed = match &number {
        Value::Whole(whole) => whole.to_string(),
        Value::Real(real) if !real.is_finite() => return Err(Trap::Unprintable),
        Value::Real(real) => printed(*real),
        _ => return Err(Trap::Unprintable),
    };
    if printed == text { Ok(number) } else { Err(Trap::Number(printed)) }
}

/// A number as templates print it.
fn printed(real: f64) -> String {
    format!("{real:?}")
}

/// The number that `text` is; null where it is one that no `i64` holds.
fn number(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|digit| digit.is_digit(radix))
        {
            return Some(i64::from_str_radix(digits, radix).map_or(Value::Null, Value::Whole));
        }
    }
    let starts_like_one = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
    if !starts_like_one || digits == 0 {
        return None;
    }
    // `1_000` is a number in YAML 1.1 and in Python.
    let grouped =
        unsigned.contains('_') && unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let plain = if grouped { text.replace('_', "") } else { text.to_owned() };
    if unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return Some(plain.parse().map_or(Value::Null, Value::Whole));
    }
    let is_real = unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    plain.parse().ok().filter(|_| is_real).map(Value::Real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_what_yaml_says() {
        for (text, value) in [
            ("true", Value::Flag(true)),
            ("false", Value::Flag(false)),
            ("0", Value::Whole(0)),
            ("-12", Value::Whole(-12)),
            ("2027", Value::Whole(2027)),
            ("1.5", Value::Real(1.5)),
            ("1.0", Value::Real(1.0)),
            ("-0.25", Value::Real(-0.25)),
        ] {
            assert_eq!(scalar(text), Ok(value), "{text}");
        }
        for text in [
            "Autumn 2027",
            "2027-10-01",
            "12:30",
            "1.2.3",
            "a1",
            "-",
            ".",
            "...",
            "~1.2",
            "e5",
            "5e",
            "3 x",
            "0xZZ",
            "v1",
            "y",
            "n",
        ] {
            assert_eq!(scalar(text), Ok(Value::Text(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_would_be_printed_otherwise_is_refused() {
        for (text, instead) in [
            ("1.10", "1.1"),
            ("05", "5"),
            ("+1", "1"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("1_000", "1000"),
            ("-0", "0"),
        ] {
            assert_eq!(scalar(text), Err(Trap::Number(instead.to_owned())), "{text}");
        }
        for (text, value) in [
            ("no", false),
            ("off", false),
            ("No", false),
            ("False", false),
            ("yes", true),
            ("ON", true),
            ("TRUE", true),
        ] {
            assert_eq!(scalar(text), Err(Trap::Truth(value)), "{text}");
        }
        for text in ["99999999999999999999", ".inf", "-.INF", ".nan", "1e999"] {
            assert_eq!(scalar(text), Err(Trap::Unprintable), "{text}");
        }
    }
}
