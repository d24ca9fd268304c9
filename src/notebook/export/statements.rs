//! The statements at the top level of some Python, found without parsing it.

/// A statement that begins at column 0; a compound one is its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// Its text, without the line end and the `;`.
    pub(super) text: &'a str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
}

/// All statements at the top level of `source`, in order. Strings, brackets, comments and continued lines are understood;
/// what is not Python is cut into lines.
pub(super) fn statements(source: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut depth = 0usize;
    let mut end = None;
    let mut indented = source.starts_with([' ', '\t', '\x0c']);
    while at <= source.len() {
        let rest = source.get(at..).unwrap_or_default();
        match rest.chars().next() {
            None => {
                push(source, start, end.unwrap_or(at), indented, &mut found);
                break;
            }
            Some('#') => {
                end.get_or_insert(at);
                at += rest.find('\n').unwrap_or(rest.len());
                if depth > 0 {
                    end = None;
                }
            }
            Some('"' | '\'') => at += string_length(rest),
            Some('\\') => at += rest.chars().take(2).map(char::len_utf8).sum::<usize>(),
            Some('(' | '[' | '{') => {
                depth += 1;
                at += 1;
            }
            Some(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            Some(c @ ('\n' | ';')) if depth == 0 => {
                push(source, start, end.take().unwrap_or(at), indented, &mut found);
                indented |= c == ';' && opens_suite(source.get(start..at).unwrap_or_default());
                at += 1;
                let next = source.get(at..).unwrap_or_default();
                if c == ';' {
                    at += next.len() - next.trim_start_matches([' ', '\t']).len();
                } else {
                    indented = next.starts_with([' ', '\t', '\x0c']);
                }
                start = at;
            }
            Some(c) => at += c.len_utf8(),
        }
    }
    found
}

/// Does what follows on the line belong to it, as in `def f(): a; b`?
fn opens_suite(text: &str) -> bool {
    const WORDS: [&str; 12] =
        ["def", "class", "async", "if", "elif", "else", "for", "while", "with", "try", "except", "finally"];
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).is_some_and(|word| WORDS.contains(&word))
}

fn push<'a>(source: &'a str, start: usize, end: usize, indented: bool, found: &mut Vec<Statement<'a>>) {
    let text = source.get(start..end).unwrap_or_default().trim_end();
    if !text.is_empty() && !indented {
        found.push(Statement { text, start });
    }
}

/// The length of the string literal at the start of `text`; an unclosed one ends with its line, or the text.
pub(super) fn string_length(text: &str) -> usize {
    let Some(quote) = text.chars().next() else { return 0 };
    let triple = text.len() > 2 && text.chars().take(3).filter(|c| *c == quote).count() == 3;
    let close = if triple { 3 } else { 1 };
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(close) {
        if std::mem::take(&mut escaped) {
            continue;
        }
        if c == '\\' {
            escaped = true;
        } else if c == '\n' && !triple {
            return at;
        } else if c == quote {
            let run =
                text.get(at..).map_or(0, |rest| rest.chars().take(close).filter(|c| *c == quote).count());
            let next_three = text.get(at..at + close).is_some_and(|three| three.chars().all(|c| c == quote));
            if run == close && next_three {
                return at + close;
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_level_statements_only() {
        let source = "import a; b = 1\nx = [\n  1,  # one\n\n2]\ndef f():\n    y = 2; z = 3\n'''\nq = 1\n'''\nlong = 1 + \\\n2 # c\n# n = 1\n\
            s = \"a;b\\\"\"; t = 'x\nu = 1\ndef g(): v = 1; w = 2\nz = 3";
        let texts: Vec<_> = statements(source).into_iter().map(|statement| statement.text).collect();
        assert_eq!(
            texts,
            [
                "import a",
                "b = 1",
                "x = [\n  1,  # one\n\n2]",
                "def f():",
                "'''\nq = 1\n'''",
                "long = 1 + \\\n2",
                "s = \"a;b\\\"\"",
                "t = 'x",
                "u = 1",
                "def g(): v = 1",
                "z = 3"
            ]
        );
    }

    #[test]
    fn a_statement_knows_where_it_is() {
        let source = "é = 1\nfrom a import b";
        let statement = statements(source)[1];
        assert_eq!(source.get(statement.start..statement.start + 4), Some("from"));
    }
}
