//! Comparisons in a template that cannot mean what they say: a text with a number.
//!
//! minijinja orders values of different types by their type: every text is greater than every number, and equal to none. A unit's number
//! is a text (`01`), and so is a variable in quotes.

use indexmap::IndexMap;

use crate::course::Value;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Source;

/// The first comparison of a text with a number that is written out in the template `source`.
pub(super) fn text_with_number(source: &Source, variables: &IndexMap<String, Value>) -> Option<Diagnostic> {
    let tokens = tokens(source.text());
    for (at, window) in tokens.windows(3).enumerate() {
        let (name, number) = match (window[0].kind, window[1].kind, window[2].kind) {
            (Kind::Name, Kind::Comparison, Kind::Number) => (&window[0], &window[2]),
            (Kind::Number, Kind::Comparison, Kind::Name) if !goes_on(tokens.get(at + 3)) => {
                (&window[2], &window[0])
            }
            _ => continue,
        };
        let Some(help) = help(name.text, variables) else { continue };
        let message = format!("`{}` is text, but is compared with the number {}", name.text, number.text);
        let span = source.span(name.start, name.start + name.text.len());
        return Some(Diagnostic::new(Code::Template, message).at(&span, "text").help(help));
    }
    None
}

/// Does the expression go on behind a name, so that something else is compared than the name?
fn goes_on(next: Option<&Token<'_>>) -> bool {
    next.is_some_and(|next| matches!(next.text, "|" | "[" | "("))
}

/// What to do about `name`, where it is a text.
fn help(name: &str, variables: &IndexMap<String, Value>) -> Option<String> {
    if let Some(path) = name.strip_prefix("course.variables.") {
        let mut parts = path.split('.');
        let first = variables.get(parts.next()?)?;
        let value = parts.try_fold(first, |value, part| match value {
            Value::Map(map) => map.get(part),
            _ => None,
        })?;
        let variable = path.rsplit('.').next().unwrap_or(path);
        return matches!(value, Value::Text(_)).then(|| {
            format!("write `{variable}` as a number, without quotes, or compare it with text: `\"…\"`")
        });
    }
    let unit = name.strip_suffix(".number")?;
    Some(format!(
        "a unit's number is text such as `01`; `{unit}.position` is its place in the course as a number"
    ))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Name,
    Number,
    Comparison,
    Other,
}

#[derive(Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

/// The tokens between `{{` and `}}`, `{%` and `%}`; each tag ends with one that belongs to nothing.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('{') {
        let start = at + found;
        let rest = &text[start..];
        let (close, is_code) = match rest.as_bytes().get(1) {
            Some(b'{') => ("}}", true),
            Some(b'%') => ("%}", true),
            Some(b'#') => ("#}", false),
            _ => {
                at = start + 1;
                continue;
            }
        };
        let Some(end) = rest.find(close).map(|end| start + end) else { break };
        at = end + close.len();
        let inside = text.get(start + 2..end).unwrap_or_default();
        if is_code && inside.trim_matches(['-', '+', ' ']) == "raw" {
            at = text[at..].find("endraw").map_or(text.len(), |end| at + end);
        } else if is_code {
            tag(inside, start + 2, &mut all);
            all.push(Token { kind: Kind::Other, text: "", start: end });
        }
    }
    all
}

fn tag<'a>(text: &'a str, offset: usize, all: &mut Vec<Token<'a>>) {
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let while_ = |belongs: fn(char) -> bool| rest.find(|c: char| !belongs(c)).unwrap_or(rest.len());
        let (kind, length) = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '"' | '\'' => (Kind::Other, rest[1..].find(first).map_or(rest.len(), |end| end + 2)),
            '0'..='9' => (Kind::Number, while_(|c| c.is_ascii_digit() || matches!(c, '.' | '_'))),
            _ if first.is_alphabetic() || first == '_' => {
                (Kind::Name, while_(|c| c.is_alphanumeric() || matches!(c, '_' | '.')))
            }
            '<' | '>' | '=' | '!' => (Kind::Comparison, while_(|c| matches!(c, '<' | '>' | '=' | '!'))),
            _ => (Kind::Other, first.len_utf8()),
        };
        all.push(Token { kind, text: &rest[..length], start: offset + at });
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(template: &str) -> Option<String> {
        let variables = [
            ("weeks".to_owned(), Value::Whole(6)),
            ("term".to_owned(), Value::Text("3".to_owned())),
            (
                "exam".to_owned(),
                Value::Map([("room".to_owned(), Value::Text("5".to_owned()))].into_iter().collect()),
            ),
        ];
        text_with_number(&Source::new("t", template), &variables.into_iter().collect())
            .map(|problem| problem.span().unwrap().text().to_owned())
    }

    #[test]
    fn texts_that_are_compared_with_numbers_are_found() {
        for (template, name) in [
            ("{% if unit.number > 1 %}x{% endif %}", "unit.number"),
            ("{% if 1<unit.number %}x{% endif %}", "unit.number"),
            ("{{ 'late' if units.autograd.number >= 6 else 'early' }}", "units.autograd.number"),
            ("{% for m in modules %}{% if m.number == 3 %}{% endif %}{% endfor %}", "m.number"),
            ("{%- if course.variables.term != 3 -%}x{% endif %}", "course.variables.term"),
            ("{% if course.variables.exam.room == 5 %}x{% endif %}", "course.variables.exam.room"),
        ] {
            assert_eq!(found(template).as_deref(), Some(name), "{template}");
        }
    }

    #[test]
    fn other_comparisons_and_other_text_are_left_alone() {
        for template in [
            "{% if course.variables.weeks > 5 %}x{% endif %}",
            "{% if unit.position > 1 %}x{% endif %}",
            "{% if unit.number|int > 1 %}x{% endif %}",
            "{% if 1 < unit.number|int %}x{% endif %}",
            "{% if unit.number == \"01\" %}x{% endif %}",
            "{% if \"unit.number > 1\" %}x{% endif %}",
            "unit.number > 1 { x",
            "{# unit.number > 1 #}",
            "{% raw %}{{ unit.number > 1 }}{% endraw %}",
            "{{ unit.number }} > {{ 1 }}",
            "{{ x.unknown > 1 }}",
            "{{ unit.number > 1",
        ] {
            assert_eq!(found(template), None, "{template}");
        }
    }
}
