//! The YAML of a header, as PyYAML's `safe_dump` writes it: block style, keys sorted, ASCII.

use serde_json::Value;

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
    !(text.is_empty() || starts_badly || reads_badly || means_something(text))
}

/// Would YAML 1.1 read it as something else than text?
fn means_something(text: &str) -> bool {
    const WORDS: [&str; 10] = ["yes", "no", "true", "false", "on", "off", "null", "~", "<<", "="];
    let lower = text.to_ascii_lowercase();
    let one_case = text == lower || text == text.to_ascii_uppercase() || {
        let capital: String = lower
            .chars()
            .enumerate()
            .map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c })
            .collect();
        text == capital
    };
    (one_case && WORDS.contains(&lower.as_str())) || is_number(&lower) || is_date(&lower)
}

fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    if matches!(digits, ".inf" | ".nan") {
        return true;
    }
    let all =
        |text: &str, more: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_' || more.contains(c));
    if let Some(hex) = digits.strip_prefix("0x") {
        return !hex.is_empty() && hex.chars().all(|c| c.is_ascii_hexdigit() || c == '_');
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !digits.contains(|c: char| c.is_ascii_digit())
    {
        return false;
    }
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "+0"));
    let points = mantissa.matches('.').count();
    let exponent_fits = exponent.strip_prefix(['+', '-']).is_some_and(|exponent| all(exponent, ""));
    all(mantissa, ".:") && (points == 0 && exponent == "+0" || points == 1 && exponent_fits)
}

/// `2027-01-12`, and what begins like it.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(3, '-').collect();
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    match parts.as_slice() {
        [year, month, rest] => {
            let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
            year.len() == 4 && digits(year, 4) && digits(month, 2) && digits(&day, 2)
        }
        _ => false,
    }
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
