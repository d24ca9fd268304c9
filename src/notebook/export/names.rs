//! `__all__`: the public names that cells define.

use super::is_identifier;
use super::statements::{Statement, statements, string_length};

/// Words that begin a statement which assigns nothing.
const KEYWORDS: [&str; 21] = [
    "if", "for", "while", "with", "try", "import", "from", "return", "assert", "del", "raise", "global",
    "nonlocal", "pass", "else", "elif", "except", "finally", "lambda", "not", "await",
];

/// The names for `__all__`, in nbdev's order: what is assigned (and what `_all_` lists), then functions and classes... each in the
/// order of the cells. Names that begin with `_` are private, functions under a `@patch` decorator belong elsewhere.
pub(super) fn public(cells: &[String]) -> Vec<String> {
    let mut assigned = Vec::new();
    let mut defined = Vec::new();
    let mut listed = Vec::new();
    for source in cells {
        let mut patched = false;
        for statement in statements(source) {
            if let Some(decorator) = statement.text.strip_prefix('@') {
                patched |= is_patch(decorator);
            } else if let Some(name) = definition(statement.text) {
                if !std::mem::take(&mut patched) {
                    defined.push(name.to_owned());
                }
            } else {
                patched = false;
                assignment(statement, &mut assigned, &mut listed);
            }
        }
    }
    let mut names: Vec<String> = Vec::new();
    let public = assigned.into_iter().chain(defined).filter(|name| !name.starts_with('_'));
    for name in public.chain(listed) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// fastcore's `@patch`, `@patch_to(Class)`.
fn is_patch(decorator: &str) -> bool {
    let decorator = decorator.trim_start();
    let end = decorator.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(decorator.len());
    let (name, rest) = decorator.split_at(end);
    name.starts_with("patch") && (rest.is_empty() || rest.starts_with('('))
}

/// The name of a function or class.
fn definition(text: &str) -> Option<&str> {
    let text = text
        .strip_prefix("async")
        .map_or(text, |rest| if rest.starts_with([' ', '\t']) { rest.trim_start() } else { text });
    let rest = ["def", "class"]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .filter(|rest| rest.starts_with([' ', '\t']))?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

/// The names that a statement assigns; `_all_ = [...]` lists more.
fn assignment(statement: Statement<'_>, assigned: &mut Vec<String>, listed: &mut Vec<String>) {
    let text = statement.text;
    let first = text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    if KEYWORDS.contains(&first) {
        return;
    }
    let parts = split(text, '=');
    let Some((value, targets)) = parts.split_last() else { return };
    if targets.is_empty() {
        // `name: type` without a value declares the name.
        if let Some((name, _)) = text.split_once(':') {
            push_name(name, assigned);
        }
        return;
    }
    for target in targets {
        if target.split_whitespace().any(|word| word == "lambda") {
            break;
        }
        if target.trim() == "_all_" {
            listed.extend(list_items(value));
        }
        let target = split(target, ':').first().copied().unwrap_or(target);
        let target =
            target.trim().trim_end_matches(['+', '-', '*', '/', '%', '&', '|', '^', '@', '<', '>']).trim();
        let inside = [('(', ')'), ('[', ']')]
            .iter()
            .find_map(|(open, close)| target.strip_prefix(*open)?.strip_suffix(*close))
            .unwrap_or(target);
        for name in split(inside, ',') {
            push_name(name, assigned);
        }
    }
}

fn push_name(name: &str, assigned: &mut Vec<String>) {
    let name = name.trim();
    let name = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name).trim();
    if is_identifier(name) {
        assigned.push(name.to_owned());
    }
}

/// The items of a list of strings or names.
fn list_items(value: &str) -> Vec<String> {
    let inside = value.trim().trim_matches(['[', ']', '(', ')']);
    let items = split(inside, ',').into_iter().map(|item| item.trim().trim_matches(['"', '\'']));
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Cuts `text` at every `at` that is outside of brackets, strings and comparisons.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut place, mut depth) = (0, 0, 0usize);
    let mut previous = ' ';
    while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty()) {
        let c = rest.chars().next().unwrap_or(' ');
        let mut length = c.len_utf8();
        match c {
            '"' | '\'' => length = string_length(rest),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '=' if rest.starts_with("==") => length = 2,
            // `!=`, and `<=`, `>=` unless it is `<<=`.
            '=' if previous == '!' || (matches!(previous, '<' | '>') && !shifts(text, place)) => {}
            _ if c == at && depth == 0 => {
                parts.push(text.get(start..place).unwrap_or_default());
                start = place + length;
            }
            _ => {}
        }
        previous = c;
        place += length;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

fn shifts(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.ends_with("<<") || before.ends_with(">>"))
}

/// `__all__ = [...]`, wrapped at 120 columns as Python's `textwrap` does.
pub(super) fn all_lines(names: &[String]) -> Vec<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = format!("[{}]", quoted.join(", "));
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in list.split(' ') {
        let indent = if lines.is_empty() { 0 } else { 11 };
        if !line.is_empty() && indent + line.len() + 1 + word.len() > 120 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines.push(line);
    let prefix = |at: usize| if at == 0 { "__all__ = " } else { "           " };
    lines.iter().enumerate().map(|(at, line)| format!("{}{line}", prefix(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        public(&[source.to_owned()])
    }

    #[test]
    fn what_is_public() {
        for (source, expected) in [
            ("def f(a=1): pass\nasync def g(): pass\nclass C(B): x = 1", vec!["f", "g", "C"]),
            ("def f(): pass\nx = 1", vec!["x", "f"]),
            ("a = b = c = 1\nd, (e) = 1, 2\n(f, g) = h", vec!["a", "b", "c", "d", "e", "f", "g"]),
            ("x: int = 1\ny: dict[str, int]\nz += 1\nw <<= 1", vec!["x", "y", "z", "w"]),
            ("_p = 1\ndef _q(): pass\n_all_ = ['_p', q]", vec!["_p", "q"]),
            ("x.y = 1\nx[0] = 2\nprint(a=1)\na == b\na <= b\nassert x, y == 1", vec![]),
            ("f = lambda x, y=1: x\nif a: b = 1\nfor i in x: k = i", vec!["f"]),
            (
                "@patch\ndef f(self: A): pass\n@other\ndef g(): pass\n@patch_to(A)\ndef h(self): pass",
                vec!["g"],
            ),
            ("x = 'a = b'; y = {\n 'k': z == 1}", vec!["x", "y"]),
            ("import a\nfrom b import c", vec![]),
            ("x = 1\nx = 2", vec!["x"]),
        ] {
            assert_eq!(names(source), expected, "{source}");
        }
    }

    #[test]
    fn long_lists_are_wrapped() {
        let names: Vec<String> = (0..20).map(|i| format!("name_number_{i}")).collect();
        let lines = all_lines(&names);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= 130));
        assert!(lines[1].starts_with("           '"));
        assert_eq!(all_lines(&[]), ["__all__ = []"]);
    }
}
