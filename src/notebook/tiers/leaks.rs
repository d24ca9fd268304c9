//! Does a file that students get hold lines of a stripped solution?

use std::collections::BTreeMap;

use super::Stripped;

/// Lines that say this much together are not in a file by chance.
const TELLING: usize = 24;
/// A line that says less than this (`return x`, `else:`) is not looked at.
const SIGNIFICANT: usize = 8;

/// The lines of stripped regions, ready to be looked for in many files.
///
/// A line counts if it is unique enough: not blank, not mere punctuation, not also in what is left of the notebook it
/// was stripped from. Two such lines that follow each other, or the only one of its region, are a certain leak; one line out of
/// several may as well be an idiom (`for name, parameter in model.named_parameters():`).
#[derive(Clone, Debug, Default)]
pub struct SolutionLines<'a> {
    single: BTreeMap<&'a str, (&'a Stripped, bool)>,
    pairs: BTreeMap<(&'a str, &'a str), &'a Stripped>,
}

/// A line of a stripped solution in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leak<'a> {
    /// What it was stripped from.
    pub stripped: &'a Stripped,
    /// The line of the text, from 1.
    pub line: usize,
    /// Not just one line of several, which may be there by chance.
    pub certain: bool,
}

impl<'a> SolutionLines<'a> {
    /// Makes the lines of `stripped` ready. Lines of several notebooks may stand behind each other.
    pub fn of(stripped: &'a [Stripped]) -> Self {
        let mut lines = Self::default();
        for region in stripped.chunk_by(|a, b| a.cell == b.cell && b.line == a.line + 1) {
            let region: Vec<&Stripped> = region.iter().filter(|one| is_significant(&one.text)).collect();
            let only = region.len() == 1;
            for one in region.iter().filter(|one| !one.kept_elsewhere && weight(&one.text) >= TELLING) {
                lines.single.entry(&one.text).and_modify(|entry| entry.1 |= only).or_insert((one, only));
            }
            for two in region.windows(2) {
                if let [first, second] = two
                    && !(first.kept_elsewhere && second.kept_elsewhere)
                    && weight(&first.text) + weight(&second.text) >= TELLING
                {
                    lines.pairs.entry((&first.text, &second.text)).or_insert(first);
                }
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

fn is_significant(text: &str) -> bool {
    weight(text) >= SIGNIFICANT
}

/// The lines of `text` that come from a stripped solution. For a notebook, give the sources of its cells.
pub fn leaks<'a>(solutions: &SolutionLines<'a>, text: &str) -> Vec<Leak<'a>> {
    let mut found = Vec::new();
    let lines = text.lines().map(str::trim).enumerate();
    let mut lines = lines.filter(|(_, line)| is_significant(line)).peekable();
    while let Some((at, line)) = lines.next() {
        let next = lines.peek().map(|(_, next)| *next);
        let pair = next.and_then(|next| solutions.pairs.get(&(line, next)).copied());
        let leak = match (pair, solutions.single.get(line)) {
            (Some(stripped), _) => Some((stripped, true)),
            (None, single) => single.copied(),
        };
        found.extend(leak.map(|(stripped, certain)| Leak { stripped, line: at + 1, certain }));
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

    fn found(lines: &[&str], text: &str) -> Vec<(usize, bool)> {
        let stripped = stripped(lines);
        leaks(&SolutionLines::of(&stripped), text).into_iter().map(|leak| (leak.line, leak.certain)).collect()
    }

    #[test]
    fn one_line_of_several_is_a_suspicion_and_the_only_one_a_leak() {
        let line = "result = np.matmul(self.data, other.data)";
        let text = format!("x\n    {line}\n");
        assert_eq!(found(&[line, "return result", ")", ""], &text), [(2, false)]);
        assert_eq!(found(&[line, ")", ""], &text), [(2, true)]);
        assert_eq!(found(&[line, "return result"], "    return result\n)\n\n"), []);
    }

    #[test]
    fn two_lines_in_a_row_are_a_leak() {
        let solution = ["mean = x.sum() / n", "", "return x - mean"];
        assert_eq!(found(&solution, "mean = x.sum() / n\n    return x - mean"), [(1, true)]);
        assert_eq!(found(&solution, "return x - mean\nmean = x.sum() / n"), []);
    }

    #[test]
    fn what_is_kept_is_no_secret() {
        let mut lines = stripped(&["assert numpy.allclose(result, expected)"]);
        lines[0].kept_elsewhere = true;
        assert!(leaks(&SolutionLines::of(&lines), "assert numpy.allclose(result, expected)").is_empty());
    }
}
