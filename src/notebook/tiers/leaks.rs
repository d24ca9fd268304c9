//! Does a file that students get hold lines of a stripped solution?

use std::collections::BTreeMap;

use super::Stripped;

/// A line this long says enough by itself to be recognised elsewhere.
const TELLING: usize = 24;
/// A shorter one counts only together with the line that follows it in the solution, if it is at least this long.
const SUPPORTING: usize = 8;

/// The lines of stripped regions, ready to be looked for in many files.
///
/// A line counts if it is unique enough: not blank, not mere punctuation, not also in what is left of the notebook it
/// was stripped from. A long one counts by itself; a shorter one (`return result`) stands in any file and counts only where
/// the next line of the solution follows it.
#[derive(Clone, Debug, Default)]
pub struct SolutionLines<'a> {
    telling: BTreeMap<&'a str, &'a Stripped>,
    pairs: BTreeMap<(&'a str, &'a str), &'a Stripped>,
}

/// A line of a stripped solution in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak<'a> {
    /// What it was stripped from.
    pub stripped: &'a Stripped,
    /// The line of the text, from 1.
    pub line: usize,
}

impl<'a> SolutionLines<'a> {
    /// Makes the lines of `stripped` ready. Lines of several notebooks may stand behind each other.
    pub fn of(stripped: &'a [Stripped]) -> Self {
        let mut lines = Self::default();
        for (at, one) in stripped.iter().enumerate() {
            if one.kept_elsewhere || weight(&one.text) < SUPPORTING {
                continue;
            }
            if weight(&one.text) >= TELLING {
                lines.telling.entry(&one.text).or_insert(one);
                continue;
            }
            let next = stripped.get(at + 1).filter(|next| next.cell == one.cell && next.line == one.line + 1);
            if let Some(next) = next.filter(|next| weight(&next.text) >= SUPPORTING && !next.kept_elsewhere) {
                lines.pairs.entry((&one.text, &next.text)).or_insert(one);
            }
        }
        lines
    }
}

/// How much a line says: its visible characters, and nothing at all with fewer than three letters among them.
fn weight(text: &str) -> usize {
    let visible = text.chars().filter(|c| !c.is_whitespace()).count();
    let words = text.chars().filter(|c| c.is_alphanumeric() || *c == '_').count();
    if words < 3 { 0 } else { visible }
}

/// The lines of `text` that come from a stripped solution. For a notebook, give the sources of its cells.
pub fn leaks<'a>(solutions: &SolutionLines<'a>, text: &str) -> Vec<Leak<'a>> {
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim).enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        let alone = solutions.telling.get(line);
        let next = lines.peek().map(|(_, next)| *next);
        let stripped = alone.or_else(|| next.and_then(|next| solutions.pairs.get(&(line, next))));
        if let Some(stripped) = stripped {
            found.push(Leak { stripped, line: at + 1 });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(lines: &[&str]) -> Vec<Stripped> {
        let one = |(line, text): (usize, &&str)| Stripped {
            text: (*text).into(),
            cell: 0,
            line,
            kept_elsewhere: false,
        };
        lines.iter().enumerate().map(one).collect()
    }

    fn found(lines: &[&str], text: &str) -> Vec<usize> {
        let stripped = stripped(lines);
        leaks(&SolutionLines::of(&stripped), text).into_iter().map(|leak| leak.line).collect()
    }

    #[test]
    fn a_telling_line_counts_alone_and_a_common_one_does_not() {
        let solution = ["result = np.matmul(self.data, other.data)", "return result", ")", ""];
        assert_eq!(found(&solution, "x\n    result = np.matmul(self.data, other.data)\n"), [2]);
        assert_eq!(found(&solution, "    return result\n)\n\n"), Vec::<usize>::new());
    }

    #[test]
    fn two_common_lines_in_a_row_count() {
        let solution = ["mean = x.sum() / n", "return x - mean"];
        assert_eq!(found(&solution, "mean = x.sum() / n\n    return x - mean"), [1]);
        assert_eq!(found(&solution, "return x - mean\nmean = x.sum() / n"), Vec::<usize>::new());
    }

    #[test]
    fn what_is_kept_is_no_secret() {
        let mut lines = stripped(&["assert numpy.allclose(result, expected)"]);
        lines[0].kept_elsewhere = true;
        assert!(leaks(&SolutionLines::of(&lines), "assert numpy.allclose(result, expected)").is_empty());
    }
}
