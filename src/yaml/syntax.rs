//! What is wrong with text that is not YAML, in words for people who do not know YAML.
//!
//! In: the text, the place where the parser stopped and what it says. Out: one diagnostic. The parser stops where it cannot go on,
//! which is seldom where the slip is, and it does not know what people mean: the usual slips are recognised here by the text
//! around that place.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Source, Span};

const USUAL: &str = "check the indentation, the colons and the quotes just before this place";

/// The one problem of a text that the parser gave up at byte `at`, saying `info`.
pub(super) fn problem(source: &Source, at: usize, info: &str) -> Diagnostic {
    if let Some(marker) = conflict(source) {
        return Diagnostic::new(Code::YamlSyntax, "the file contains the conflict markers of a merge")
            .at(&marker, "left by the merge")
            .help("choose one of the two versions, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`");
    }
    if info.contains("limit") {
        return told(Code::TooLarge, info).at(&source.span(at, at + 1), "parsing stopped here").help(USUAL);
    }
    let problem = told(Code::YamlSyntax, info);
    if let Some(blank) = odd_blank(source, at) {
        return problem
            .at(&blank, "this is not a space")
            .help("indent with spaces: YAML accepts nothing else");
    }
    if let Some((place, blank)) = no_break_space(source, at) {
        return problem.at(&place, blank).help(SPACE);
    }
    let help = bracket(source, at).or_else(|| colon(source, at)).or_else(|| hash(source, at, info));
    let help = help.unwrap_or_else(|| advice(source, at, info).to_owned());
    problem.at(&source.span(at, at + 1), "parsing stopped here").help(help)
}

/// What to do about a character that looks like a space and is none.
pub(super) const SPACE: &str = "replace it with an ordinary space: YAML treats it as a letter";

/// The name of a character that looks like a space, or like nothing, and is a letter for YAML.
pub(super) fn odd_space(c: char) -> Option<&'static str> {
    match c {
        '\u{a0}' | '\u{202f}' | '\u{2007}' => Some("a no-break space"),
        '\u{200b}' | '\u{2060}' | '\u{feff}' => Some("an invisible character"),
        '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{3000}' | '\u{1680}' => {
            Some("a space that YAML does not accept")
        }
        _ => None,
    }
}

/// Such a character in the line where the parser stopped, or in the one above.
fn no_break_space(source: &Source, at: usize) -> Option<(Span, &'static str)> {
    let text = source.text();
    let line = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let above = text.get(..line.saturating_sub(1))?.rfind('\n').map_or(0, |end| end + 1);
    let end = text.get(at..)?.find('\n').map_or(text.len(), |end| at + end);
    let found = [(line, end), (above, line)].into_iter().find_map(|(from, to)| {
        let odd = |(at, c): (usize, char)| Some((from + at, c, odd_space(c)?));
        text.get(from..to)?.char_indices().find_map(odd)
    });
    found.map(|(at, c, name)| (source.span(at, at + c.len_utf8()), name))
}

/// A map or list right behind the colon of its key: `from:{path: x}`.
fn bracket(source: &Source, at: usize) -> Option<String> {
    let rest = source.text().get(at..)?;
    let opening = rest.strip_prefix(':')?.chars().next().filter(|c| matches!(c, '{' | '['))?;
    let before = source.text().get(..at)?;
    let key = before.rsplit([' ', '\n', '{', '[', ',']).next().filter(|key| !key.is_empty())?;
    Some(format!("put a space after the colon: `{key}: {opening}…`"))
}

/// A text with a colon in it, which makes a key of what is before.
fn colon(source: &Source, at: usize) -> Option<String> {
    let text = source.text();
    if !text.get(at..)?.starts_with(':') {
        return None;
    }
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let before = text.get(line_start..at)?;
    let value = before.rfind(": ").map(|colon| colon + 2)?;
    let key = before.get(..value - 2)?.rsplit([' ', '{', ',']).next()?;
    let rest = text.get(at..)?.lines().next()?;
    let in_braces = before.contains(['{', '[']);
    let rest = if in_braces { rest.split([',', '}', ']']).next()? } else { rest };
    let whole = format!("{}{}", before.get(value..)?.trim_start(), rest.trim_end());
    let fits = whole.chars().count() <= 60 && !whole.contains(['"', '\\', '`']);
    Some(if fits {
        format!("text with `: ` in it needs quotes: `{key}: \"{whole}\"`")
    } else {
        "text with `: ` in it needs quotes".to_owned()
    })
}

/// A ` #` in the braces above, which makes a comment of the rest of the line and with it of the closing brace.
fn hash(source: &Source, at: usize, info: &str) -> Option<String> {
    if !info.contains("flow") {
        return None;
    }
    let mut lines = source.text().get(..at)?.lines().rev().filter(|line| !line.trim().is_empty());
    lines.next().filter(|line| line.contains(" #") && line.contains(['{', '[']))?;
    Some("` #` starts a comment, up to the end of the line: put the text in quotes".to_owned())
}

fn told(code: Code, info: &str) -> Diagnostic {
    Diagnostic::new(code, format!("this is not valid YAML: {}", lower_first(info)))
}

fn lower_first(text: &str) -> String {
    let text = text.split(" at byte").next().unwrap_or(text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The first conflict marker: seven of a kind at the start of a line, as git writes them.
fn conflict(source: &Source) -> Option<Span> {
    let begins = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    let at = source.text().lines().position(|line| begins(line.trim_end_matches('\r')))?;
    Some(source.line(at + 1))
}

/// A tab or a no-break space in the indentation of the line where the parser stopped, or of the next.
fn odd_blank(source: &Source, at: usize) -> Option<Span> {
    let text = source.text();
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let mut from = start;
    for line in text.get(start..)?.split_inclusive('\n').take(2) {
        let indent = line.len() - line.trim_start_matches(|c: char| c.is_whitespace() && c != '\n').len();
        let odd = line.get(..indent)?.char_indices().find(|(_, c)| !matches!(c, ' ' | '\r'));
        if let Some((place, blank)) = odd {
            return Some(source.span(from + place, from + place + blank.len_utf8()));
        }
        from += line.len();
    }
    None
}

/// What would be right, told from the text at which the parser stopped.
fn advice(source: &Source, at: usize, info: &str) -> &'static str {
    let rest = source.text().get(at..).unwrap_or_default();
    if info.contains("escape") {
        return "inside `\"…\"` a `\\` starts an escape; paths in a course are written with `/`";
    }
    if rest.starts_with(['*', '&', '!', '@', '%', '`', '|', '>']) {
        return "put quotes around text that starts with this character";
    }
    USUAL
}
