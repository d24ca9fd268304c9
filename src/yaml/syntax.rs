//! What is wrong with text that is no YAML, in words of people who do not know YAML.
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
        return Diagnostic::new(Code::YamlSyntax, "the file holds the conflict markers of a merge")
            .at(&marker, "the merge left this")
            .help("decide between the two versions, and take the lines with `<<<<<<<`, `=======` and `>>>>>>>` out");
    }
    if info.contains("limit") {
        return told(Code::TooLarge, info)
            .at(&source.span(at, at + 1), "the reader stopped here")
            .help(USUAL);
    }
    let problem = told(Code::YamlSyntax, info);
    if let Some(blank) = odd_blank(source, at) {
        return problem.at(&blank, "this is not a space").help("indent with spaces: YAML takes nothing else");
    }
    problem.at(&source.span(at, at + 1), "the reader stopped here").help(advice(source, at, info))
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
        return "between `\"…\"` a `\\` begins an escape; paths in a course are written with `/`";
    }
    if rest.starts_with(['*', '&', '!', '@', '%', '`', '|', '>']) {
        return "put quotes around a text that begins with this character";
    }
    USUAL
}
