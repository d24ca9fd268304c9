//! Is a line that otter-grader would replace an assignment? Then only its value goes.

use std::collections::BTreeSet;

/// Where the target of an assignment in Python ends, right behind the `=`: `solution_assignment_regex` of otter's `solutions.py`,
/// `(\s*(?:[\w.]+(?=[^\w.])(?:\[['"]?.*['"]?\])*(?:,\s*)?)+\s*=).*`, in time that does not explode.
pub(super) fn assigned(line: &str) -> Option<usize> {
    let chars: Vec<(usize, char)> = line.char_indices().collect();
    let start = chars.iter().position(|(_, c)| !c.is_whitespace())?;
    let mut search = Search { chars: &chars, failed: BTreeSet::new() };
    let at = search.name(start)?;
    chars.get(at).map(|(byte, _)| byte + 1)
}

/// The same in R: `(\s*[\w. $()]*(=|<-))`.
pub(super) fn assigned_in_r(line: &str) -> Option<usize> {
    let is_target = |c: char| is_word(c) || matches!(c, ' ' | '$' | '(' | ')');
    let start = line.len() - line.trim_start().len();
    let rest = line.get(start..)?;
    let operator = rest.find(|c| !is_target(c))?;
    let length = ["=", "<-"]
        .into_iter()
        .find(|word| rest.get(operator..).is_some_and(|rest| rest.starts_with(word)))?;
    Some(start + operator + length.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

struct Search<'a> {
    chars: &'a [(usize, char)],
    /// Places behind a name or its brackets from which there is no way to a `=`.
    failed: BTreeSet<usize>,
}

impl Search<'_> {
    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).map(|(_, c)| *c)
    }

    fn skip(&self, mut at: usize, is: impl Fn(char) -> bool) -> usize {
        while self.char(at).is_some_and(&is) {
            at += 1;
        }
        at
    }

    /// A name at `at`, and then the way to the `=`: its place.
    fn name(&mut self, at: usize) -> Option<usize> {
        let end = self.skip(at, is_word);
        if end == at || self.char(end).is_none() { None } else { self.behind(end) }
    }

    /// Behind a name or a pair of brackets: more brackets, another name, or the `=`.
    fn behind(&mut self, at: usize) -> Option<usize> {
        if self.failed.contains(&at) {
            return None;
        }
        let found = self.brackets(at).or_else(|| self.next_name(at)).or_else(|| {
            let equals = self.skip(at, char::is_whitespace);
            (self.char(equals) == Some('=')).then_some(equals)
        });
        if found.is_none() {
            self.failed.insert(at);
        }
        found
    }

    fn brackets(&mut self, at: usize) -> Option<usize> {
        if self.char(at) != Some('[') {
            return None;
        }
        let closing: Vec<usize> =
            (at + 1..self.chars.len()).filter(|end| self.char(*end) == Some(']')).collect();
        closing.into_iter().rev().find_map(|end| self.behind(end + 1))
    }

    fn next_name(&mut self, at: usize) -> Option<usize> {
        let comma = self.char(at) == Some(',');
        if comma {
            let next = self.skip(at + 1, char::is_whitespace);
            self.name(next).or_else(|| (self.char(next) == Some('=')).then_some(next))
        } else {
            self.char(at).filter(|c| is_word(*c)).and_then(|_| self.name(at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_kept() {
        for (line, target) in [
            ("nine = square(3)", Some("nine =")),
            ("    a, b = 1, 2", Some("    a, b =")),
            ("table['x'] = y['z'] = 3", Some("table['x'] = y['z'] =")),
            ("self.rows[0].x=1", Some("self.rows[0].x=")),
            ("a = b = 3", Some("a =")),
            ("return y", None),
            ("if x == 3:", None),
            ("x == 3", Some("x =")),
            ("f(x) = 3", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(assigned(line).and_then(|end| line.get(..end)), target, "{line}");
        }
        for (line, target) in [
            ("x2 <- square(25)", Some("x2 <-")),
            ("names(x) = 'a'", Some("names(x) =")),
            ("df$a <- 1", Some("df$a <-")),
            ("plot(x, y = 3)", None),
        ] {
            assert_eq!(assigned_in_r(line).and_then(|end| line.get(..end)), target, "{line}");
        }
    }

    #[test]
    fn many_brackets_take_no_time() {
        assert_eq!(assigned(&format!("x{}", "[]".repeat(2000))), None);
    }
}
