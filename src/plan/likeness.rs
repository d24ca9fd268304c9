//! How alike two files are: the lines that they share, by their length, as git's rename detection counts; of notebooks the lines of their
//! cells, and the ids of the cells.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::notebook::nbformat;

/// A larger file is recognised by its bytes alone.
pub(super) const MAX_TEXT: u64 = 4 << 20;
/// What two files must have in common to be one, of 1000.
pub(super) const ALIKE: usize = 600;

/// What of a file is compared with another.
#[derive(Debug)]
pub(super) struct Content {
    /// The lines, blank ones left out: how long each is, and how many there are of it.
    lines: BTreeMap<Digest, (usize, usize)>,
    size: usize,
    /// grade_ids of a notebook's cells, or their ids where no cell has a grade_id.
    ids: BTreeSet<String>,
}

impl Content {
    /// The content of the file called `name`; none where it is not text, or there is nothing in it.
    pub(super) fn of(name: &str, bytes: &[u8]) -> Option<Self> {
        if bytes.len() as u64 > MAX_TEXT {
            return None;
        }
        let mut content = Self { lines: BTreeMap::new(), size: 0, ids: BTreeSet::new() };
        match nbformat::read(bytes) {
            Ok(notebook) if name.ends_with(".ipynb") => {
                let graded = notebook.cells.iter().filter_map(|cell| {
                    Some(cell.metadata.get("nbgrader")?.get("grade_id")?.as_str()?.to_owned())
                });
                content.ids = graded.collect();
                if content.ids.is_empty() {
                    content.ids = notebook.cells.iter().filter_map(|cell| cell.id.clone()).collect();
                }
                notebook.cells.iter().for_each(|cell| content.add(&cell.source));
            }
            _ => content.add(std::str::from_utf8(bytes).ok()?),
        }
        (content.size > 0).then_some(content)
    }

    fn add(&mut self, text: &str) {
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            self.size += line.len();
            self.lines.entry(Digest::of(line.as_bytes())).or_insert((line.len(), 0)).1 += 1;
        }
    }

    /// How much of the lines is the same: from 0 (nothing) to 1000 (all).
    pub(super) fn lines_in_common(&self, other: &Self) -> usize {
        let common: usize = self
            .lines
            .iter()
            .filter_map(|(line, (length, count))| Some(length * other.lines.get(line)?.1.min(*count)))
            .sum();
        common * 1000 / self.size.max(other.size).max(1)
    }

    /// How much of the text, in bytes, the other does not have.
    pub(super) fn beyond(&self, other: &Self) -> usize {
        let own = |(line, (length, count)): (&Digest, &(usize, usize))| {
            let known = other.lines.get(line).map_or(0, |(_, known)| *known);
            length * count.saturating_sub(known)
        };
        self.lines.iter().map(own).sum()
    }

    /// How many of this notebook's cells the other has, by their ids: from 0 (none) to 1000 (all).
    pub(super) fn cells_in_common(&self, other: &Self) -> usize {
        self.ids.intersection(&other.ids).count() * 1000 / self.ids.len().max(1)
    }

    /// Is the other this notebook in another state? It has most of the cells, and some of the text: ids alone may be those of every notebook.
    pub(super) fn is_same_notebook(&self, other: &Self) -> bool {
        self.cells_in_common(other) >= ALIKE && self.lines_in_common(other) >= ALIKE / 3
    }
}

/// The matches among `scores` (of which, to which, how alike), the best first, each side once.
pub(super) fn best_matches<A: Copy + Ord, B: Copy + Ord>(mut scores: Vec<(A, B, usize)>) -> Vec<(A, B)> {
    scores.sort_by_key(|(a, b, score)| (std::cmp::Reverse(*score), *a, *b));
    let (mut from, mut to) = (BTreeSet::new(), BTreeSet::new());
    let mut matches = Vec::new();
    for (a, b, _) in scores {
        if !from.contains(&a) && !to.contains(&b) {
            from.insert(a);
            to.insert(b);
            matches.push((a, b));
        }
    }
    matches
}

/// How much two paths have in common, from the end: `3` for the same name in the same two folders.
pub(super) fn same_tail(a: &str, b: &str) -> usize {
    a.rsplit('/').zip(b.rsplit('/')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(name: &str, a: &str, b: &str) -> usize {
        match (Content::of(name, a.as_bytes()), Content::of(name, b.as_bytes())) {
            (Some(a), Some(b)) => a.lines_in_common(&b),
            _ => 0,
        }
    }

    #[test]
    fn lines_in_common_count_by_their_length() {
        assert_eq!(likeness("a.py", "x = 1\ny = 2\n", "y = 2  \n\nx = 1"), 1000);
        assert_eq!(likeness("a.py", "aaaa\nbbbb\ncccc\ndddd\n", "aaaa\nbbbb\ncccc\nxxxx\n"), 750);
        assert_eq!(likeness("a.py", "a\n", "b\n"), 0);
        assert_eq!(likeness("a.py", "", ""), 0, "two empty files are not one");
        assert_eq!(likeness("a.py", "pass\n", "pass\npass\npass\npass\n"), 250);
        let of = |text: &str| Content::of("a.py", text.as_bytes()).unwrap();
        let beyond = |a: &str, b: &str| of(a).beyond(&of(b));
        assert_eq!((beyond("a\nbb\nbb\n", "bb\n"), beyond("bb\n", "a\nbb\nbb\n")), (3, 0));
    }

    #[test]
    fn notebooks_are_known_by_their_cells() {
        let notebook = |id: &str, source: &str| {
            format!(
                r#"{{"cells": [{{"cell_type": "code", "execution_count": null, "id": "x", "metadata": {{"nbgrader": {{"grade_id": "{id}"}}}}, "outputs": [], "source": "{source}"}}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}"#
            )
        };
        let in_common = |a: &str, b: &str| {
            let of = |text: &str| Content::of("a.ipynb", text.as_bytes()).unwrap();
            (of(a).cells_in_common(&of(b)), of(a).lines_in_common(&of(b)))
        };
        assert_eq!(in_common(&notebook("q", "stub"), &notebook("q", "my answer")), (1000, 0));
        assert_eq!(in_common(&notebook("q", "stub"), &notebook("p", "stub")), (0, 1000));
    }

    #[test]
    fn each_side_is_matched_once_with_its_best() {
        let scores = vec![(1, 10, 700), (1, 11, 900), (2, 11, 950), (2, 10, 100)];
        assert_eq!(best_matches(scores), [(2, 11), (1, 10)]);
        assert_eq!(same_tail("a/b/c.py", "x/b/c.py"), 2);
    }
}
