//! What both sides insert at one place of a cell: both stay. Directives first, then imports, then the course's lines, then the student's.

use std::ops::Range;

use super::parts::indent;
use crate::plan::merge::lines::kept;
use crate::python::{Code, Dialect, Where};

/// The lines of both sides, those of `first` before those of `second`. Where one side has all lines of the other already, in order, they are
/// there once.
pub(super) fn both_inserted<'a>(first: &[&'a str], second: &[&'a str]) -> Vec<&'a str> {
    let common = kept(first, second).len();
    if common == first.len() {
        return second.to_vec();
    }
    if common == second.len() {
        return first.to_vec();
    }
    let (of_first, of_second) = (pieces(first), pieces(second));
    let mut all: Vec<&Piece<'_>> = Vec::new();
    for piece in of_first.iter().chain(&of_second) {
        if piece.rank == Rank::Rest || !all.contains(&piece) {
            all.push(piece);
        }
    }
    // A stable sort: within a rank those of `first` come first, and all else stays in order.
    all.sort_by_key(|piece| piece.rank);
    all.into_iter().flat_map(|piece| piece.lines.iter().copied()).collect()
}

/// Is it a line that belongs on top of a cell, for nbdev or Quarto?
pub(super) fn is_directive(line: &str) -> bool {
    line.starts_with("#|")
}

/// What goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Directive,
    /// `from __future__ import …`: Python wants it above all other code.
    Future,
    Import,
    Rest,
}

/// Lines that stay together.
#[derive(PartialEq, Eq)]
struct Piece<'a> {
    rank: Rank,
    lines: Vec<&'a str>,
}

fn pieces<'a>(lines: &[&'a str]) -> Vec<Piece<'a>> {
    let imports = imports(lines);
    let mut pieces = Vec::new();
    let mut rest = Vec::new();
    let mut at = 0;
    while let Some(&line) = lines.get(at) {
        match imports.iter().find(|(range, _)| range.start == at) {
            Some((range, rank)) => {
                let lines = lines.get(range.clone()).unwrap_or_default().to_vec();
                pieces.push(Piece { rank: *rank, lines });
                at = range.end.max(at + 1);
            }
            None => {
                if is_directive(line) {
                    pieces.push(Piece { rank: Rank::Directive, lines: vec![line] });
                } else {
                    rest.push(line);
                }
                at += 1;
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece { rank: Rank::Rest, lines: rest });
    }
    pieces
}

/// The lines of each import that is by itself, with the comments right above it; none where the lines are not Python.
fn imports(lines: &[&str]) -> Vec<(Range<usize>, Rank)> {
    let said = lines.iter().filter(|line| !line.trim().is_empty());
    let indent = said.map(|line| indent(line)).min().unwrap_or(0);
    let flush: Vec<&str> = lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
    let text = flush.join("\n");
    let code = Code::of(&text, Dialect::IPython);
    if !code.is_valid() {
        return Vec::new();
    }
    let line_of = |byte: usize| text.bytes().take(byte).filter(|&byte| byte == b'\n').count();
    let is_comment =
        |at: usize| flush.get(at).is_some_and(|line| line.starts_with('#') && !is_directive(line));
    let mut found: Vec<(Range<usize>, Rank)> = Vec::new();
    for import in code.imports() {
        let (first, last) = (line_of(import.range.start), line_of(import.range.end));
        let flush_left = flush.get(first).is_some_and(|line| !line.starts_with(char::is_whitespace));
        let is_new = found.last().is_none_or(|(range, _)| range.end <= first);
        if import.place != Where::Top || !flush_left || !is_new {
            continue;
        }
        let low = found.last().map_or(0, |(range, _)| range.end);
        let start = (low..first).rev().take_while(|&at| is_comment(at)).last().unwrap_or(first);
        let rank = if import.module == "__future__" { Rank::Future } else { Rank::Import };
        found.push((start..last + 1, rank));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn both(course: &str, student: &str, expected: &str) {
        let lines = |text: &'static str| text.split('\n').collect::<Vec<_>>();
        let (course, student) = (lines(course.to_owned().leak()), lines(student.to_owned().leak()));
        assert_eq!(both_inserted(&course, &student).join("\n"), expected);
    }

    #[test]
    fn directives_then_imports_then_the_courses_then_the_students() {
        both("#| export", "import math", "#| export\nimport math");
        both("# a note\nx = 1", "import math\ny = 2", "import math\n# a note\nx = 1\ny = 2");
        both(
            "import os",
            "# needed below\nimport math\nfrom a import (\n    b,\n)\nz = b",
            "import os\n# needed below\nimport math\nfrom a import (\n    b,\n)\nz = b",
        );
        both(
            "import os",
            "from __future__ import annotations",
            "from __future__ import annotations\nimport os",
        );
        both(
            "    import os\n    a = 1",
            "    import re\n    b = 1",
            "    import os\n    import re\n    a = 1\n    b = 1",
        );
        both("Read on.", "My note.", "Read on.\nMy note.");
    }

    #[test]
    fn what_both_have_is_there_once() {
        both("import os\nx = 1", "import os\ny = 1", "import os\nx = 1\ny = 1");
        both("x = 1", "x = 1\ny = 1", "x = 1\ny = 1");
        both("x = 1\ny = 1", "y = 1", "x = 1\ny = 1");
    }

    #[test]
    fn what_is_no_import_by_itself_stays_with_its_lines() {
        both(
            "x = 1",
            "def f():\n    import os\n    return os",
            "x = 1\ndef f():\n    import os\n    return os",
        );
        both("x = 1", "if x:\n    import os", "x = 1\nif x:\n    import os");
        both("x = 1", "import os\nno python here", "x = 1\nimport os\nno python here");
    }
}
