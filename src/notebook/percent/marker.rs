//! Where a cell begins: `# %%`, `# <codecell>`, `# In[3]:`; and the fences of markdown that hide such lines.

use crate::notebook::python::{is_blank, is_space, lstrip};

/// A line that begins a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker<'a> {
    /// `# %%` and what may follow: extra `%` for depth, title, options. The text is what is after the first `%%`.
    Percent(&'a str),
    /// Without options.
    Bare,
}

/// The marker that `line` is, if it is one. Indented ones count, `#%%` counts, `# %%x` does not.
pub(super) fn marker(line: &str) -> Option<Marker<'_>> {
    let rest = lstrip(lstrip(line).strip_prefix('#')?);
    if let Some(after) = rest.strip_prefix("%%") {
        if is_blank(after) {
            // With white space behind it there are options, empty ones; without it is the bare form. Both mean the same.
            return Some(if after.is_empty() { Marker::Bare } else { Marker::Percent(after) });
        }
        return after.trim_start_matches('%').starts_with(is_space).then_some(Marker::Percent(after));
    }
    is_bare(rest).then_some(Marker::Bare)
}

/// `<codecell>` and `In[12]:`, the markers that nbconvert wrote.
fn is_bare(rest: &str) -> bool {
    if let Some(after) = rest.strip_prefix("<codecell>") {
        return is_blank(after);
    }
    let Some(inside) = rest.strip_prefix("In[") else { return false };
    let after = inside.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
    after.strip_prefix(']').is_some_and(|after| is_blank(after.strip_prefix(':').unwrap_or(after)))
}

/// A line without its comment mark: `# ` or `#`, at the start of the line only.
pub(super) fn uncomment<'a>(line: &'a str, comment: &str) -> &'a str {
    match line.strip_prefix(comment) {
        Some(rest) if !comment.is_empty() => rest.strip_prefix(' ').unwrap_or(rest),
        _ => line,
    }
}

/// A fence of a markdown code block: the character and how many of it.
type Fence = (char, usize);

/// The run of ` or ~ that a line starts with (indented by at most three spaces), and what follows it.
fn run(text: &str) -> Option<(Fence, &str)> {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let rest = text.get(indent..).filter(|_| indent <= 3)?;
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let after = rest.trim_start_matches(mark);
    let length = rest.len() - after.len();
    (length >= 3).then_some(((mark, length), after))
}

fn opening(text: &str) -> Option<Fence> {
    run(text).filter(|((mark, _), after)| *mark != '`' || !after.contains('`')).map(|(fence, _)| fence)
}

fn closing(text: &str) -> Option<Fence> {
    run(text).filter(|(_, after)| is_blank(after)).map(|(fence, _)| fence)
}

/// The fences of a whole script: for every line, how long the longest fence that closes after it is. With this the question
/// "is this opening fence ever closed?" takes no search of its own.
pub(super) struct Fences {
    longest_after: Vec<(usize, usize)>,
    comment: &'static str,
}

impl Fences {
    /// The fences of `lines`, of which `comment` is taken off.
    pub(super) fn of(lines: &[&str], comment: &'static str) -> Self {
        let mut longest = (0, 0);
        let mut longest_after: Vec<_> = lines
            .iter()
            .rev()
            .map(|line| {
                let after = longest;
                match closing(uncomment(line, comment)) {
                    Some(('`', length)) => longest.0 = longest.0.max(length),
                    Some((_, length)) => longest.1 = longest.1.max(length),
                    None => {}
                }
                after
            })
            .collect();
        longest_after.reverse();
        Self { longest_after, comment }
    }

    /// The fence that `line`, at index `at`, opens; only if a later line closes it.
    pub(super) fn opened(&self, line: &str, at: usize) -> Option<Fence> {
        let (mark, length) = opening(uncomment(line, self.comment))?;
        let (ticks, tildes) = *self.longest_after.get(at)?;
        let longest = if mark == '`' { ticks } else { tildes };
        (longest >= length).then_some((mark, length))
    }

    /// Does `line` close `fence`?
    pub(super) fn closes(&self, line: &str, fence: Fence) -> bool {
        closing(uncomment(line, self.comment))
            .is_some_and(|(mark, length)| mark == fence.0 && length >= fence.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers() {
        for line in [
            "# %%",
            "#%%",
            "   # %%  ",
            "# %% title",
            "#\t%%%% x",
            "# <codecell>",
            "# In[ 12]:",
            "#In[]",
            "# %%%% [md]",
        ] {
            assert!(marker(line).is_some(), "{line}");
        }
        for line in [
            "# %%x",
            "# %",
            "%%",
            "x # %%",
            "## %%",
            "# %%timeit",
            "# In[a]",
            "# In[1]: x",
            "# %%%",
            "# <codecell> x",
        ] {
            assert!(marker(line).is_none(), "{line}");
        }
        assert_eq!(marker("# %%%% a=1"), Some(Marker::Percent("%% a=1")));
    }

    #[test]
    fn a_fence_counts_only_when_it_is_closed() {
        let lines = ["# ```py", "# %%", "# ````", "# ~~~", "x", "# ``` a`b"];
        let fences = Fences::of(&lines, "#");
        assert_eq!(fences.opened(lines[0], 0), Some(('`', 3)));
        assert!(fences.closes(lines[2], ('`', 3)));
        assert_eq!(fences.opened(lines[2], 2), None);
        assert_eq!(fences.opened(lines[3], 3), None);
        assert_eq!(opening("``` a`b"), None);
        assert_eq!(opening("    ```"), None);
    }
}
