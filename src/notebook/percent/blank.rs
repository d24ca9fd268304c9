//! How many blank lines belong between two cells: PEP 8 as jupytext understands it.

use super::quotes::Quotes;
use crate::notebook::python::{is_blank, strip};

/// The lines of a script from some place to its end, built from the end upwards.
///
/// For each it is known whether the first code from there on is a function or class. Looking for it again behind every cell
/// would take time that grows with the square of the script.
#[derive(Debug, Default)]
pub(super) struct Following<S> {
    /// The last line first.
    upwards: Vec<S>,
    definition: Vec<bool>,
}

impl<S: AsRef<str>> Following<S> {
    /// All of `lines`.
    pub(super) fn of(lines: impl DoubleEndedIterator<Item = S>) -> Self {
        let mut following = Self { upwards: Vec::new(), definition: Vec::new() };
        lines.rev().for_each(|line| following.push(line));
        following
    }

    /// Puts a line before all others.
    pub(super) fn push(&mut self, line: S) {
        let definition = self.definition_from(line.as_ref());
        self.upwards.push(line);
        self.definition.push(definition);
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.upwards.len()
    }

    /// The lines, from the first.
    pub(super) fn into_lines(self) -> impl Iterator<Item = S> {
        self.upwards.into_iter().rev()
    }

    fn last(&self, count: usize) -> impl Iterator<Item = &str> {
        self.upwards.iter().take(count).rev().map(AsRef::as_ref)
    }

    /// Is the first line, from `line` on, that is neither empty, comment, decorator nor indented a function or class?
    fn definition_from(&self, line: &str) -> bool {
        let below = self.definition.last().copied().unwrap_or(false);
        if is_blank(line) {
            return below && !self.upwards.last().is_some_and(|next| is_blank(next.as_ref()));
        }
        if defines(line) {
            return true;
        }
        if !line.starts_with(['#', '@', ' ', ')']) {
            return false;
        }
        let mut quotes = Quotes::of("python");
        quotes.read(line);
        let mut place = self.upwards.len();
        while quotes.open() {
            let Some(next) = place.checked_sub(1) else { return false };
            place = next;
            quotes.read(self.upwards.get(place).map_or("", AsRef::as_ref));
        }
        place.checked_sub(1).and_then(|next| self.definition.get(next)).copied().unwrap_or(false)
    }
}

/// The blank lines that one expects between a cell and the last `count` lines of a script, which follow it.
pub(super) fn expected<S: AsRef<str>>(
    before: &[impl AsRef<str>],
    script: &Following<S>,
    count: usize,
) -> usize {
    let definition =
        || count.checked_sub(1).and_then(|at| script.definition.get(at)).copied().unwrap_or(false);
    if count == 0 {
        1
    } else if before.is_empty() {
        0
    } else if ends_with_definition(before) {
        if has_code(script.last(count)) { 2 } else { 1 }
    } else if ends_with_code(before) && definition() {
        2
    } else {
        1
    }
}

fn defines(line: &str) -> bool {
    ["def ", "async ", "class "].iter().any(|word| line.starts_with(word))
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
        let script = Following::of(after.lines());
        expected(&before, &script, script.len())
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
