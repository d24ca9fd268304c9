//! How many blank lines belong between two cells: PEP 8 as jupytext understands it.

use super::quotes::Quotes;
use crate::notebook::python::{is_blank, strip};

/// The blank lines that one expects between a cell and what follows it.
pub(super) fn expected<'a>(
    before: &[impl AsRef<str>],
    after: impl Iterator<Item = &'a str> + Clone,
) -> usize {
    if after.clone().next().is_none() {
        1
    } else if before.is_empty() {
        0
    } else if ends_with_definition(before) {
        if has_code(after) { 2 } else { 1 }
    } else if ends_with_code(before) && starts_with_definition(after) {
        2
    } else {
        1
    }
}

fn defines(line: &str) -> bool {
    ["def ", "async ", "class "].iter().any(|word| line.starts_with(word))
}

/// Is the first line that is neither empty, comment, decorator nor indented a function or class?
fn starts_with_definition<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut quotes = Quotes::of("python");
    let mut previous_blank = false;
    for line in lines {
        let quoted = quotes.open();
        quotes.read(line);
        let blank = is_blank(line);
        let two_blank = std::mem::replace(&mut previous_blank, blank) && blank;
        if quoted {
            continue;
        }
        if two_blank {
            return false;
        }
        if blank {
            continue;
        }
        if defines(line) {
            return true;
        }
        if !line.starts_with(['#', '@', ' ', ')']) {
            return false;
        }
    }
    false
}

/// Does the last line belong to a function or class?
fn ends_with_definition(lines: &[impl AsRef<str>]) -> bool {
    let mut quotes = Quotes::of("python");
    let mut unquoted = Vec::new();
    for line in lines {
        let line = line.as_ref();
        if !quotes.open() {
            unquoted.push(line);
        }
        quotes.read(line);
    }
    let mut below_blank = false;
    for line in unquoted.into_iter().rev() {
        let blank = is_blank(line);
        if blank && std::mem::replace(&mut below_blank, true) {
            return false;
        }
        if blank {
            continue;
        }
        below_blank = false;
        if !line.starts_with(['#', ' ', ')']) {
            return defines(line);
        }
    }
    false
}

fn ends_with_code(lines: &[impl AsRef<str>]) -> bool {
    lines.last().is_some_and(|line| !is_blank(line.as_ref()) && !line.as_ref().starts_with('#'))
}

/// Is there code before two blank lines?
fn has_code<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let mut previous_blank = false;
    for line in lines {
        let text = strip(line);
        let blank = text.is_empty();
        if blank && previous_blank {
            return false;
        }
        previous_blank = blank;
        if !blank && !text.starts_with('#') {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(before: &str, after: &str) -> usize {
        let before: Vec<&str> = before.lines().collect();
        expected(&before, after.lines())
    }

    #[test]
    fn two_lines_around_definitions_and_one_elsewhere() {
        assert_eq!(between("x = 1", "y = 2"), 1);
        assert_eq!(between("def f():\n    pass", "y = 2"), 2);
        assert_eq!(between("def f():\n    pass", "# only a comment"), 1);
        assert_eq!(between("x = 1", "# %%\n@wraps\ndef f():"), 2);
        assert_eq!(between("# text", "def f():"), 1);
        assert_eq!(between("x = 1", ""), 1);
        assert_eq!(between("", "x"), 0);
        assert_eq!(between("class A:\n    x = 1\n\n\n\n", "y"), 1);
        assert_eq!(between("x = 1", "# %%\n\n\ndef f():"), 1);
    }
}
