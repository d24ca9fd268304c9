//! A cell, cut into its regions (where answers go) and the lines around them.

use std::ops::Range;

/// The lines of a cell, and which of them are regions, in order.
pub(super) struct Parts<'a, 'b> {
    pub(super) lines: &'b [&'a str],
    pub(super) regions: Vec<Range<usize>>,
}

impl<'a, 'b> Parts<'a, 'b> {
    /// What is before, between and behind the regions: one stretch more than there are regions.
    pub(super) fn outside(&self) -> Vec<&'b [&'a str]> {
        let starts = std::iter::once(0).chain(self.regions.iter().map(|region| region.end));
        let ends = self.regions.iter().map(|region| region.start).chain([self.lines.len()]);
        starts.zip(ends).map(|(start, end)| self.lines.get(start..end).unwrap_or_default()).collect()
    }

    pub(super) fn region(&self, number: usize) -> &'b [&'a str] {
        self.regions.get(number).and_then(|region| self.lines.get(region.clone())).unwrap_or_default()
    }

    /// The region that has the line.
    pub(super) fn region_at(&self, line: usize) -> Option<usize> {
        let number = self.regions.partition_point(|region| region.end <= line);
        self.regions.get(number).is_some_and(|region| region.contains(&line)).then_some(number)
    }

    pub(super) fn indent(&self, number: usize) -> usize {
        self.region(number).first().map_or(0, |line| indent(line))
    }
}

/// How deep the line is indented, in bytes.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A cell as tito wrote it, cut into its parts.
pub(super) fn parts_of<'a, 'b>(lines: &'b [&'a str]) -> Parts<'a, 'b> {
    Parts { regions: regions(lines), lines }
}

/// The regions that are in a cell as tito wrote it.
pub(super) fn regions(lines: &[&str]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let length = if is_stub(line) {
            1 + usize::from(lines.get(at + 1).is_some_and(|next| is_raise(next) || is_failure(next)))
        } else {
            usize::from(is_raise(line))
        };
        if length > 0 {
            found.push(at..at + length);
        }
        at += length.max(1);
    }
    found
}

/// The text without the lines of its stubs.
pub(super) fn without_stubs(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').collect();
    let parts = parts_of(&lines);
    parts.outside().concat().join("\n").trim().to_owned()
}

pub(super) fn is_stub(line: &str) -> bool {
    let marks = ["YOUR CODE HERE", "YOUR ANSWER HERE", "your code here", "your answer here"];
    marks.iter().any(|mark| line.contains(mark))
}

/// Is it a line that stubs of other languages end with? It says something only right below the line that marks a stub.
pub(super) fn is_failure(line: &str) -> bool {
    let line = line.trim();
    let starts = ["fail()", "error(", "stop(", "throw(", "%notImplemented"];
    starts.iter().any(|start| line.starts_with(start))
}

pub(super) fn is_raise(line: &str) -> bool {
    line.trim_start().starts_with("raise NotImplementedError")
}

pub(super) fn is_telling(lines: &[&str], at: usize) -> bool {
    lines.get(at).is_some_and(|line| line.chars().any(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_stubs_only_the_course_speaks() {
        let two = "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()\n\ndef g():\n    # YOUR CODE HERE\n    raise NotImplementedError()";
        assert_eq!(without_stubs(two), "def f():\n\ndef g():");
        for stub in ["# YOUR CODE HERE\nraise NotImplementedError()", "# your code here\nfail() # No Answer"]
        {
            assert_eq!(without_stubs(stub), "");
        }
        assert_eq!(without_stubs("fail()"), "fail()");
    }
}
