//! Python's idea of text: what is white space, where a line ends, how a number prints.
//!
//! jupytext, nbformat and nbgrader are Python programs; to make the same bytes one must agree with them on these.

mod json;
mod literal;
mod number;

pub(crate) use json::{compact_json, indented_json, parse_json, string_length};
pub(crate) use literal::parse as parse_literal;
pub(crate) use number::{canonical_number, float_repr};

/// `str.isspace` of one character: Unicode white space and the four ASCII separators.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.lstrip()`.
pub(crate) fn lstrip(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// `str.rstrip()`.
pub(crate) fn rstrip(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// Nothing but white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

/// The characters at which `str.splitlines` ends a line.
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `str.splitlines(True)`: the lines of `text` with their ends; joined they are `text` again.
pub(crate) fn lines_with_ends(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(ends_line) {
        let tail = rest.get(at..).unwrap_or_default();
        let length = if tail.starts_with("\r\n") { 2 } else { tail.chars().next().map_or(1, char::len_utf8) };
        let (line, after) = rest.split_at(at + length);
        lines.push(line);
        rest = after;
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// `str.splitlines()`: the same without the ends.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    lines_with_ends(text).into_iter().map(without_end).collect()
}

fn without_end(line: &str) -> &str {
    line.strip_suffix("\r\n").or_else(|| line.strip_suffix(ends_line)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_python_says() {
        assert_eq!(lines("a\r\nb\rc\n\nd\x0be\u{2028}f"), ["a", "b", "c", "", "d", "e", "f"]);
        assert_eq!(lines("a\n"), ["a"]);
        assert!(lines("").is_empty());
        assert_eq!(lines_with_ends("a\r\n\r\u{85}b"), ["a\r\n", "\r", "\u{85}", "b"]);
    }

    #[test]
    fn separators_are_white_space() {
        assert_eq!(strip("\x1f \u{a0}a\x1c"), "a");
        assert!(is_blank("\x1d\t") && is_blank(""));
        assert!(!is_space('\u{200b}'));
    }
}
