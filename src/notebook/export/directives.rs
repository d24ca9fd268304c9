//! nbdev's directives: comment lines `#| word value` at the top of a cell.

use crate::notebook::python::{is_blank, lstrip, strip};

/// The directives of a cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    /// Word, value, line from 0.
    all: Vec<(String, String, usize)>,
    /// The line where the code begins.
    pub(super) end: usize,
}

impl Directives {
    /// Every directive's word, with its line.
    pub(super) fn words(&self) -> impl Iterator<Item = (&str, usize)> {
        self.all.iter().map(|(word, _, line)| (word.as_str(), *line))
    }

    /// The values given to `word`, with their lines.
    pub(super) fn values(&self, word: &str) -> impl Iterator<Item = (String, usize)> {
        self.all.iter().filter(move |(name, ..)| name == word).map(|(_, value, line)| (value.clone(), *line))
    }
}

/// Reads the directives of a cell: its leading lines that are directives or blank.
pub(super) fn directives(source: &str) -> Directives {
    let mut found = Directives::default();
    for (at, line) in source.split('\n').enumerate() {
        match directive(line) {
            Some((word, value)) => found.all.push((word, value, at)),
            None if is_blank(line) => {}
            None => break,
        }
        found.end = at + 1;
    }
    found
}

/// `#| word value`, `#|word: value`.
pub(super) fn directive(line: &str) -> Option<(String, String)> {
    let text = strip(lstrip(lstrip(line).strip_prefix('#')?).strip_prefix('|')?);
    let end = text.find(|c: char| c == ':' || c.is_whitespace()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = lstrip(rest);
    let value = strip(rest.strip_prefix(':').unwrap_or(rest));
    let value = if value == "true" { "" } else { value };
    (!word.is_empty()).then(|| (word.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_top_of_a_cell_counts() {
        let found = directives("\n#| export\n # |default_exp: core.x \n\nx = 1\n#| exporti");
        assert_eq!(found.end, 4);
        assert_eq!(found.values("export").collect::<Vec<_>>(), [(String::new(), 1)]);
        assert_eq!(found.values("default_exp").collect::<Vec<_>>(), [("core.x".to_owned(), 2)]);
        assert_eq!(found.values("exporti").count(), 0);
        assert_eq!(directives("# | not: true").values("not").next().unwrap().0, "");
    }
}
