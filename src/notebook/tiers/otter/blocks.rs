//! The cells around questions: raw cells such as `# BEGIN QUESTION`, or Markdown cells whose text is one block fenced as `otter`.
//!
//! The rules are those of `otter/assign/blocks.py` and `notebook_transformer.py` (otter-grader 6).

use crate::notebook::{Cell, CellKind};

/// What is between a cell that begins a block and the one that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Question,
    Prompt,
    Solution,
    Tests,
}

impl Block {
    pub(super) const ALL: [Block; 4] = [Self::Question, Self::Prompt, Self::Solution, Self::Tests];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Question => "QUESTION",
            Self::Prompt => "PROMPT",
            Self::Solution => "SOLUTION",
            Self::Tests => "TESTS",
        }
    }
}

/// A cell that is not part of any notebook that people get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    /// It begins a block.
    Begin(Block),
    /// It ends one.
    End(Block),
    /// Settings of the assignment, or a cell to be ignored.
    Other,
}

/// What boundary `cell` is, if it is one.
pub(super) fn boundary(cell: &Cell) -> Option<Boundary> {
    let first = cell.source.split('\n').next().unwrap_or_default();
    if is_ignored(first) {
        return Some(Boundary::Other);
    }
    let first = match cell.kind {
        CellKind::Raw => first,
        CellKind::Markdown => fenced(&cell.source)?,
        CellKind::Code => return None,
    };
    if says(first, &["ASSIGNMENT", "CONFIG"]) {
        return Some(Boundary::Other);
    }
    let block = |verb: &str| Block::ALL.into_iter().find(|block| says(first, &[verb, block.word()]));
    block("BEGIN").map(Boundary::Begin).or_else(|| block("END").map(Boundary::End))
}

/// The first line of a cell that is one block fenced as `otter`.
fn fenced(source: &str) -> Option<&str> {
    let mut lines = source.trim_end().split('\n');
    let opens = lines.next()?.trim() == "```otter";
    let closes = lines.next_back()?.trim() == "```";
    let mut inside = lines.clone();
    (opens && closes && inside.all(|line| line.trim() != "```")).then(|| lines.next().unwrap_or_default())
}

/// Does a cell with this first line belong to no notebook? `(##\s*ignore\s*##\s*|#\s*ignore\s*)`, in any case.
fn is_ignored(first: &str) -> bool {
    let Some(rest) = first.strip_prefix('#') else { return false };
    let behind = |text: &str| {
        let word = text.trim_start();
        let begins = word.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("ignore"));
        begins.then(|| word.get(6..).unwrap_or_default().trim_start().starts_with("##"))
    };
    match rest.strip_prefix('#') {
        Some(rest) => behind(rest) == Some(true),
        None => behind(rest).is_some(),
    }
}

/// Is the line a comment that begins with these words, in any case? The last one may go on: otter looks at no more.
fn says(line: &str, words: &[&str]) -> bool {
    let Some(rest) = line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_whitespace)) else {
        return false;
    };
    let mut found = rest.split_whitespace();
    words.iter().all(|word| {
        let start = found.next().and_then(|found| found.get(..word.len()));
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    })
}

/// Is the cell of a block of tests one that students do not get? Its first line says `# HIDDEN`, or its settings `hidden: true`.
pub(super) fn is_hidden_test(source: &str) -> bool {
    let mut lines = source.trim_start().split('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_start().starts_with('#') {
        let mut words = first.split(|c: char| !c.is_alphanumeric() && c != '_');
        return words.any(|word| word.eq_ignore_ascii_case("hidden"));
    }
    if !first.trim_end().ends_with("# BEGIN TEST CONFIG") {
        return false;
    }
    let settings = lines.take_while(|line| !line.trim_end().ends_with("# END TEST CONFIG"));
    let value = settings.filter_map(|line| line.trim().strip_prefix("hidden:")).map(str::trim).last();
    value.is_some_and(|value| {
        let word = value.split(['#', ' ']).next().unwrap_or_default();
        ["true", "yes", "on"].iter().any(|truth| word.eq_ignore_ascii_case(truth))
    })
}

/// The source of a test without its settings, which are otter's.
pub(super) fn test_lines(source: &str) -> std::ops::Range<usize> {
    let lines: Vec<&str> = source.split('\n').collect();
    let begins = lines.iter().position(|line| line.trim_end().ends_with("# BEGIN TEST CONFIG"));
    let ends = lines.iter().position(|line| line.trim_end().ends_with("# END TEST CONFIG"));
    match (begins, ends) {
        (Some(begins), Some(ends)) if begins < ends => begins..ends + 1,
        _ => 0..0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_told_from_text() {
        for (kind, source, expected) in [
            (CellKind::Raw, "# BEGIN QUESTION\nname: q1", Some(Boundary::Begin(Block::Question))),
            (CellKind::Raw, "# end  tests", Some(Boundary::End(Block::Tests))),
            (CellKind::Raw, "# ASSIGNMENT CONFIG\nname: a", Some(Boundary::Other)),
            (CellKind::Markdown, "```otter\n# BEGIN SOLUTION\n```", Some(Boundary::Begin(Block::Solution))),
            (CellKind::Markdown, "# BEGIN SOLUTION", None),
            (CellKind::Markdown, "# IGNORE\nnotes", Some(Boundary::Other)),
            (CellKind::Code, "## Ignore ##\nx", Some(Boundary::Other)),
            (CellKind::Code, "# BEGIN SOLUTION\nx\n# END SOLUTION", None),
            (CellKind::Raw, "text", None),
        ] {
            assert_eq!(boundary(&Cell::new(kind, source)), expected, "{source}");
        }
    }

    #[test]
    fn hidden_tests() {
        for (source, hidden) in [
            ("# HIDDEN\nassert x", true),
            ("## Hidden Test ##\nassert x", true),
            ("\"\"\" # BEGIN TEST CONFIG\nhidden: true\n\"\"\" # END TEST CONFIG\nx", true),
            ("\"\"\" # BEGIN TEST CONFIG\npoints: 1\nhidden: false\n\"\"\" # END TEST CONFIG\nx", false),
            ("assert hidden == 1", false),
            ("# points\nassert x", false),
        ] {
            assert_eq!(is_hidden_test(source), hidden, "{source}");
        }
        assert_eq!(test_lines("\"\"\" # BEGIN TEST CONFIG\npoints: 1\n\"\"\" # END TEST CONFIG\nx"), 0..3);
    }
}
