//! What the YAML of a header means: YAML 1.1, as PyYAML's `safe_load` understands it (`no` is false, `010` is 8, `1e3` is text).

use serde_json::{Map, Number, Value};

use crate::notebook::python::{float_repr, parse_json};
use crate::yaml::{Kind, Node};

/// A scalar without quotes.
#[derive(Debug, PartialEq)]
pub(super) enum Plain {
    /// Null, a truth value, a number.
    Value(Value),
    /// A date, or a word of the language itself: nothing that a notebook can hold.
    Special,
    /// Itself.
    Text,
}

/// The value of a node, or the node that a notebook has no place for.
pub(super) fn value(node: &Node) -> Result<Value, &Node> {
    Ok(match &node.kind {
        Kind::Scalar { text, plain: false } => Value::String(text.clone()),
        Kind::Scalar { text, plain: true } => match plain(text) {
            Plain::Value(value) => value,
            Plain::Text => Value::String(text.clone()),
            Plain::Special => return Err(node),
        },
        Kind::List(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Kind::Map(entries) => {
            let mut map = Map::new();
            for (key, item) in entries {
                let name = match value(key)? {
                    Value::String(text) => text,
                    Value::Array(_) | Value::Object(_) => return Err(key),
                    other => other.to_string(),
                };
                map.insert(name, value(item)?);
            }
            Value::Object(map)
        }
    })
}

/// What `text` is where it is without quotes.
pub(super) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Value(Value::Null),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Plain::Value(Value::Bool(true));
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Value(Value::Bool(false));
        }
        "=" | "<<" => return Plain::Special,
        _ => {}
    }
    if is_date(text) {
        return Plain::Special;
    }
    match integer(text).or_else(|| float(text)) {
        Some(number) => Plain::Value(Value::Number(number)),
        None => Plain::Text,
    }
}

/// The sign as JSON writes it, and what follows.
fn signed(text: &str) -> (&str, &str) {
    match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    }
}

fn all(text: &str, digits: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || digits.contains(c))
}

const DECIMAL: &str = "0123456789";

fn integer(text: &str) -> Option<Number> {
    let (sign, rest) = signed(text);
    let (digits, radix) = if let Some(binary) = rest.strip_prefix("0b") {
        (all(binary, "01").then_some(binary)?, 2)
    } else if let Some(hexadecimal) = rest.strip_prefix("0x") {
        (all(hexadecimal, "0123456789abcdefABCDEF").then_some(hexadecimal)?, 16)
    } else if let Some(octal) = rest.strip_prefix('0').filter(|octal| !octal.is_empty()) {
        (all(octal, "01234567").then_some(octal)?, 8)
    } else if rest.contains(':') {
        let first = rest.starts_with(|c: char| c.is_ascii_digit() && c != '0');
        return first
            .then(|| sexagesimal(rest))
            .flatten()
            .and_then(|value| number(&format!("{sign}{value:.0}")));
    } else {
        let decimal = rest.starts_with(|c: char| c.is_ascii_digit()) && all(rest, DECIMAL);
        return decimal.then(|| number(&format!("{sign}{}", rest.replace('_', "")))).flatten();
    };
    let value = u128::from_str_radix(&digits.replace('_', ""), radix).ok()?;
    number(&format!("{sign}{value}"))
}

/// Numbers with a point; without one `1e3` is text.
fn float(text: &str) -> Option<Number> {
    let (sign, rest) = signed(text);
    match rest {
        ".inf" | ".Inf" | ".INF" => return number(&format!("{sign}1e999")),
        ".nan" | ".NaN" | ".NAN" => return if rest == text { number("NaN") } else { None },
        _ => {}
    }
    let (whole, fraction) = rest.split_once('.')?;
    if whole.contains(':') {
        let value = sexagesimal(whole)? + format!("0.{}", digits_only(fraction)?).parse::<f64>().ok()?;
        return number(&format!("{sign}{}", float_repr(value)));
    }
    let (fraction, exponent) = match fraction.split_once(['e', 'E']) {
        Some((fraction, exponent)) => (fraction, Some(exponent)),
        None => (fraction, None),
    };
    let starts = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && all(text, DECIMAL);
    let fits = if whole.is_empty() {
        starts(fraction) && rest == text
    } else {
        starts(whole) && (fraction.is_empty() || all(fraction, DECIMAL))
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent.strip_prefix(['+', '-']).is_some_and(|digits| !digits.contains('_') && all(digits, DECIMAL))
    });
    if !fits || !exponent_fits {
        return None;
    }
    let value: f64 = rest.replace('_', "").parse().ok()?;
    number(&format!("{sign}{}", if value.is_finite() { float_repr(value) } else { "1e999".into() }))
}

fn digits_only(text: &str) -> Option<String> {
    (text.is_empty() || all(text, DECIMAL)).then(|| text.replace('_', ""))
}

/// `1:30` is ninety.
fn sexagesimal(text: &str) -> Option<f64> {
    let (first, others) = text.split_once(':')?;
    let starts = first.starts_with(|c: char| c.is_ascii_digit()) && all(first, DECIMAL);
    let mut value: f64 = starts.then(|| first.replace('_', "").parse().ok()).flatten()?;
    for part in others.split(':') {
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let part: u8 = fits.then(|| part.parse().ok()).flatten().filter(|part| *part < 60)?;
        value = value * 60.0 + f64::from(part);
    }
    Some(value)
}

fn number(text: &str) -> Option<Number> {
    match parse_json(text).ok()? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// `2027-01-12`, or with a time behind it `2027-1-2 10:00:00`.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = |text: &str, least: usize| {
        (least..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let day = rest.get(..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())).unwrap_or_default();
    let time = rest.get(day.len()..).unwrap_or_default();
    let years = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    if time.is_empty() {
        return years && digits(month, 2) && digits(day, 2);
    }
    years && digits(month, 1) && digits(day, 1) && is_time(time)
}

/// `T10:00:00.5Z`, ` 10:00:00 +1:00`
fn is_time(text: &str) -> bool {
    let Some(text) = text.strip_prefix(['T', 't']).or_else(|| {
        let rest = text.trim_start_matches([' ', '\t']);
        (rest.len() < text.len()).then_some(rest)
    }) else {
        return false;
    };
    let digits = |text: &str, least: usize| {
        (least..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let parts: Vec<&str> = clock.split(':').collect();
    let clock_fits = matches!(parts.as_slice(), [h, m, s] if digits(h, 1) && digits(m, 2) && digits(s, 2));
    let zone = zone.trim_start_matches([' ', '\t']);
    let zone_fits = matches!(zone, "" | "Z")
        || zone.strip_prefix(['+', '-']).is_some_and(|zone| {
            let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
            digits(hours, 1) && digits(minutes, 2)
        });
    clock_fits && zone_fits && !fraction.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_as_in_pyyaml() {
        for (text, json) in [
            ("~", "null"),
            ("yes", "true"),
            ("Off", "false"),
            ("010", "8"),
            ("-0x1F", "-31"),
            ("0b101", "5"),
            ("1_000", "1000"),
            ("1:30", "90"),
            ("3.10", "3.1"),
            ("-1.", "-1.0"),
            (".5", "0.5"),
            ("1.0e+3", "1000.0"),
            ("1:30.5", "90.5"),
            ("-.inf", "-1e+999"),
        ] {
            let Plain::Value(value) = plain(text) else { panic!("{text}") };
            assert_eq!(value.to_string(), json, "{text}");
        }
        for text in [
            "y", "N", "yEs", "1e3", "0o7", "08", "1.19.6", "1.0e3", "+.nan", "-.5", "1:60", "0:5",
            "2027-1-2", "a", "_1", "10:99:5",
        ] {
            assert_eq!(plain(text), Plain::Text, "{text}");
        }
        for text in ["2027-01-12", "2027-1-2 1:00:00", "2027-01-12T10:00:00.5 +1:00", "=", "<<"] {
            assert_eq!(plain(text), Plain::Special, "{text}");
        }
    }
}
