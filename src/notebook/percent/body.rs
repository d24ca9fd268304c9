//! The text of a cell out of its lines.

use super::active::is_active;
use super::magics;
use super::marker::uncomment;
use crate::notebook::python::{is_space, lines as python_lines};
use crate::notebook::{CellKind, Metadata};

/// What is known of a cell when its body is read.
pub(super) struct Body<'a> {
    pub(super) kind: CellKind,
    pub(super) language: Option<&'a str>,
    pub(super) default_language: &'a str,
    /// What its lines are commented with: `#`, or nothing for a raw cell that is active in the script.
    pub(super) comment: &'static str,
    /// Magics are commented in this script.
    pub(super) magics: bool,
}

/// The lines of a cell, as they are in the notebook.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) lines: Vec<String>,
    /// How many lines of the script were left out at the top.
    pub(super) skipped: usize,
    /// Lines, by index, that were un-commented as magics and may be prose.
    pub(super) doubtful: Vec<usize>,
}

/// The content of `lines`; what it says about the form of the cell goes into `metadata`.
pub(super) fn content(body: &Body<'_>, lines: &[&str], metadata: &mut Metadata) -> Content {
    if !is_active("py", metadata, body.kind == CellKind::Code)
        && let Some(content) = docstring(lines, metadata)
    {
        return content;
    }
    let foreign =
        !metadata.contains_key("active") && body.language.is_some_and(|it| it != body.default_language);
    if foreign || !is_active("py", metadata, true) {
        let lines = lines.iter().map(|line| uncomment(line, body.comment).to_owned()).collect();
        return Content { lines, ..Content::default() };
    }
    active(body, lines)
}

fn active(body: &Body<'_>, lines: &[&str]) -> Content {
    let mut content: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let language = body.language.unwrap_or(body.default_language);
    let mut doubtful = if body.magics { magics::uncomment(&mut content, language, true) } else { Vec::new() };
    if body.kind == CellKind::Code {
        magics::unescape_code_starts(&mut content);
    } else {
        content = content.iter().map(|line| uncomment(line, body.comment).to_owned()).collect();
        // A markdown line that lost no more than its comment mark is none the worse for it.
        doubtful.retain(|at| {
            content.get(*at).zip(lines.get(*at)).is_some_and(|(now, was)| now != uncomment(was, "#"))
        });
    }
    Content { lines: content, skipped: 0, doubtful }
}

/// A body that is one triple-quoted string: the inside of it.
fn docstring(lines: &[&str], metadata: &mut Metadata) -> Option<Content> {
    let whole = lines.join("\n");
    let text = whole.trim_matches(is_space);
    for prefix in ["", "r", "R"] {
        for quotes in ["\"\"\"", "'''"] {
            let Some(inside) = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(quotes)) else {
                continue;
            };
            let Some(inside) = inside.strip_suffix(quotes) else { continue };
            let from_new_line = inside.strip_prefix('\n');
            let inside = from_new_line.unwrap_or(inside);
            let to_new_line = inside.strip_suffix('\n');
            note_marker(prefix, quotes, from_new_line.is_some(), to_new_line.is_some(), metadata);
            let before = whole.len() - whole.trim_start_matches(is_space).len();
            let blank = whole.get(..before).unwrap_or_default().matches('\n').count();
            return Some(Content {
                lines: python_lines(to_new_line.unwrap_or(inside)).into_iter().map(str::to_owned).collect(),
                skipped: blank + usize::from(from_new_line.is_some()),
                doubtful: Vec::new(),
            });
        }
    }
    None
}

/// How the string was written, so that it can be written like that again.
fn note_marker(prefix: &str, quotes: &str, top: bool, bottom: bool, metadata: &mut Metadata) {
    let marker = match (top, bottom) {
        (true, true) => format!("{prefix}{quotes}"),
        _ if prefix.is_empty() => return,
        _ => {
            let line = |is: bool| if is { "\n" } else { "" };
            format!("{prefix}{quotes}{},{}{quotes}", line(top), line(bottom))
        }
    };
    metadata.insert("cell_marker".into(), marker.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: CellKind, text: &str) -> (String, Metadata) {
        let body = Body { kind, language: None, default_language: "python", comment: "#", magics: true };
        let lines: Vec<&str> = if text.is_empty() { vec![] } else { text.split('\n').collect() };
        let mut metadata = Metadata::new();
        let content = content(&body, &lines, &mut metadata);
        (content.lines.join("\n"), metadata)
    }

    #[test]
    fn markdown_as_comments_or_docstring() {
        for (text, source, marker) in [
            ("# # A\n#\n# b\n#c", "# A\n\nb\nc", None),
            ("\"\"\"\n# A\nb\n\"\"\"", "# A\nb", Some("\"\"\"")),
            ("r'''a\\b'''", "a\\b", Some("r''','''")),
            ("\"\"\"a\"\"\"", "a", None),
            ("\"\"\"a\"\"\"\nx", "\"\"\"a\"\"\"\nx", None),
            ("\"\"\"\"\"\"", "", None),
            ("", "", None),
        ] {
            let (found, metadata) = read(CellKind::Markdown, text);
            assert_eq!(found, source);
            assert_eq!(metadata.get("cell_marker").and_then(|m| m.as_str()), marker, "{text}");
        }
    }

    #[test]
    fn code_keeps_its_docstring_and_loses_its_magics_mark() {
        assert_eq!(read(CellKind::Code, "\"\"\"a\"\"\"").0, "\"\"\"a\"\"\"");
        assert_eq!(read(CellKind::Code, "# %x\n# # +\n# a").0, "%x\n# +\n# a");
    }
}
