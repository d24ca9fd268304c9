//! Commented magics: `# %matplotlib inline` in a script is `%matplotlib inline` in the notebook.

use super::languages;
use super::quotes::Quotes;
use crate::notebook::python::{is_space, lstrip, rstrip};

/// Words that jupytext takes for shell commands when white space follows that is not followed by `=` or `,`.
const SHELL_WORDS: [&str; 13] =
    ["cat", "cd", "cp", "mv", "rm", "rmdir", "mkdir", "copy", "ddir", "echo", "ls", "ldir", "ren"];

/// Why a line is a magic. Only the first reason is beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Magic {
    /// `%x`, `!x`, `?x`, `x = %y`: nothing else starts like that.
    Sure,
    /// `cd into it`, `really?`: may be prose.
    Doubtful,
}

/// What counts as a magic in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Python: `%x`, `!x`, shell words, questions.
    All,
    /// Other languages whose comments start with `#`: `%x` only.
    Percent,
    /// Nothing.
    None,
}

impl Scope {
    fn of(language: &str) -> Self {
        match languages::comment(language) {
            _ if language == "python" => Self::All,
            Some("#") => Self::Percent,
            _ => Self::None,
        }
    }
}

/// Is `line` a magic, escaped any number of times? `# escape` behind it forces, `# noescape` forbids.
fn magic(line: &str, scope: Scope, enabled: bool) -> Option<Magic> {
    if scope == Scope::None {
        return None;
    }
    let percent = percent_magic(line);
    if percent && mentions(line, "escape") {
        return Some(Magic::Sure);
    }
    if !enabled || (percent && mentions(line, "noescape")) {
        return None;
    }
    if percent || (scope == Scope::All && (is_help_or_shell(line) || is_assignment(line))) {
        return Some(Magic::Sure);
    }
    (scope == Scope::All && (is_question(line) || is_shell_word(line))).then_some(Magic::Doubtful)
}

/// Takes `# ` and `#` off the start as long as there are any.
fn without_marks(text: &str) -> &str {
    let mut rest = text;
    while let Some(after) = rest.strip_prefix('#') {
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    rest
}

fn percent_magic(line: &str) -> bool {
    let rest = without_marks(lstrip(line));
    let after = rest.trim_start_matches('%');
    (1..=3).contains(&(rest.len() - after.len())) && after.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// `# word`, with any white space after the mark, somewhere behind the magic.
fn mentions(line: &str, word: &str) -> bool {
    let behind = without_marks(lstrip(line));
    behind
        .match_indices('#')
        .any(|(at, _)| behind.get(at + 1..).is_some_and(|rest| lstrip(rest).starts_with(word)))
}

/// `!ls`, `? thing`.
fn is_help_or_shell(line: &str) -> bool {
    let unindented = lstrip(line);
    let marked = without_marks(unindented);
    let rest = if marked.len() < unindented.len() { lstrip(marked) } else { unindented };
    rest.strip_prefix(['?', '!']).is_some_and(|rest| {
        lstrip(rest).starts_with(|c: char| {
            c.is_ascii_alphabetic() || matches!(c, '.' | '~' | '$' | '\\' | '/' | '{' | '}')
        })
    })
}

/// `files = !ls`, `x = %magic`.
fn is_assignment(line: &str) -> bool {
    let rest = lstrip(without_marks(line));
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return false;
    }
    let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
    let Some(value) = lstrip(after).strip_prefix('=').map(lstrip) else { return false };
    let called = match value.strip_prefix('!') {
        Some(rest) => rest,
        None => {
            let rest = value.trim_start_matches('%');
            if !(1..=3).contains(&(value.len() - rest.len())) {
                return false;
            }
            rest
        }
    };
    called.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// `thing?`: one word that ends in a question mark.
fn is_question(line: &str) -> bool {
    let mut rest = lstrip(line);
    while let Some(after) = rest.strip_prefix("# ") {
        rest = after;
    }
    let word = rstrip(rest);
    word.ends_with('?') && !word.contains(is_space)
}

fn is_shell_word(line: &str) -> bool {
    let rest = without_marks(line);
    SHELL_WORDS.iter().any(|word| {
        let Some(after) = rest.strip_prefix(word) else { return false };
        let mut next = after.chars();
        match (next.next(), next.next()) {
            (None, _) => true,
            (Some(space), None) => is_space(space),
            (Some(space), Some(c)) => is_space(space) && !matches!(c, '=' | ','),
        }
    })
}

/// Takes one comment mark off.
fn unescape(line: &str) -> String {
    let unindented = lstrip(line);
    let indent = line.get(..line.len() - unindented.len()).unwrap_or_default();
    match unindented.strip_prefix('#') {
        Some(rest) => format!("{indent}{}", rest.strip_prefix(' ').unwrap_or(rest)),
        None => line.to_owned(),
    }
}

fn continues(line: &str) -> bool {
    rstrip(line).ends_with('\\')
}

/// Un-comments the magics of a cell. Returns the indices of lines that were changed though they may well be prose.
pub(super) fn uncomment(lines: &mut [String], language: &str, enabled: bool) -> Vec<usize> {
    let mut doubtful = Vec::new();
    each_magic(lines, language, enabled, |at, line, why| {
        let changed = unescape(line);
        if why == Some(Magic::Doubtful) && changed != *line {
            doubtful.push(at);
        }
        *line = changed;
    });
    doubtful
}

/// Comments the magics of a cell, for a script.
pub(super) fn comment(lines: &mut [String], language: &str, enabled: bool) {
    each_magic(lines, language, enabled, |_, line, why| {
        let unindented = lstrip(line);
        let indent = if why.is_some() { line.len() - unindented.len() } else { 0 };
        let (indent, rest) = line.split_at_checked(indent).unwrap_or(("", line));
        *line = format!("{indent}# {rest}");
    });
}

/// Calls `change` for every magic outside of strings, and for the lines that continue one (with no reason of their own).
fn each_magic(
    lines: &mut [String],
    language: &str,
    enabled: bool,
    mut change: impl FnMut(usize, &mut String, Option<Magic>),
) {
    let scope = Scope::of(language);
    let mut quotes = Quotes::of(language);
    let mut continued = false;
    for (at, line) in lines.iter_mut().enumerate() {
        let original = line.clone();
        let why = if continued { None } else { magic(line, scope, enabled) };
        if !quotes.open() && (continued || why.is_some()) {
            change(at, line, why);
            continued = scope == Scope::All && continues(&original);
        }
        quotes.read(&original);
    }
}

/// Lines that start with `+` behind comment marks were escaped for another script format; one mark is taken off.
pub(super) fn unescape_code_starts(lines: &mut [String]) {
    let mut quotes = Quotes::of("python");
    for line in lines {
        let original = line.clone();
        if !quotes.open() && is_code_start(line) {
            let changed = unescape(line);
            if is_code_start(&changed) {
                *line = changed;
            }
        }
        quotes.read(&original);
    }
}

fn is_code_start(line: &str) -> bool {
    line.starts_with('#') && without_marks(line).starts_with('+')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uncommented(text: &str) -> String {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        uncomment(&mut lines, "python", true);
        lines.join("\n")
    }

    #[test]
    fn magics_lose_one_mark() {
        for (line, result) in [
            ("# %matplotlib inline", "%matplotlib inline"),
            ("    # !ls", "    !ls"),
            ("# # %x", "# %x"),
            ("# ?help", "?help"),
            ("# x = !ls", "x = !ls"),
            ("# thing?", "thing?"),
            ("# cd into it", "cd into it"),
            ("# ls", "ls"),
            ("# %cd a \\\n# b", "%cd a \\\nb"),
            ("# %x # noescape", "# %x # noescape"),
        ] {
            assert_eq!(uncommented(line), result, "{line}");
        }
        for line in [
            "# cat, dog",
            "# cat =",
            "# catalog",
            "# why not?",
            "# a = b",
            "\"\"\"\n# %x\n\"\"\"",
            "#  %x",
            "# lsx",
        ] {
            assert_eq!(uncommented(line), line);
        }
    }

    #[test]
    fn prose_is_pointed_out() {
        let mut lines = ["# cd into it".to_owned(), "# %x".to_owned(), "# why?".to_owned(), "ls".to_owned()];
        assert_eq!(uncomment(&mut lines, "python", true), [0, 2]);
    }
}
