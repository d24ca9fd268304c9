//! Which cell of one list is which of another, as far as that is known.

use std::collections::BTreeSet;

/// Comparisons of one cell with another beyond which a step that compares every cell with every other is left out, so that
/// notebooks of many thousand cells are merged in bounded time.
pub(super) const MOST_COMPARISONS: usize = 250_000;

/// Which cells of two lists are the same cell. Every cell is in at most one pair.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// For each cell of the first list, its partner in the second.
    pub to: Vec<Option<usize>>,
    /// For each cell of the second list, its partner in the first.
    pub from: Vec<Option<usize>>,
    /// Graded cells of the first list whose signs disagree about their partner.
    pub(super) doubts: BTreeSet<usize>,
}

impl Pairing {
    pub(super) fn none(before: usize, after: usize) -> Self {
        Self { to: vec![None; before], from: vec![None; after], doubts: BTreeSet::new() }
    }

    /// Makes a pair of two cells that have no partner yet.
    pub(super) fn join(&mut self, before: usize, after: usize) {
        if let (Some(to @ None), Some(from @ None)) = (self.to.get_mut(before), self.from.get_mut(after)) {
            (*to, *from) = (Some(after), Some(before));
        }
    }

    /// Notes that signs disagree about the partner of a cell.
    pub(super) fn doubt(&mut self, before: usize) {
        self.doubts.insert(before);
    }

    /// The partner of a cell of the first list.
    pub fn partner(&self, before: usize) -> Option<usize> {
        self.to.get(before).copied().flatten()
    }

    /// All pairs, in the order of the first list.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.to.iter().enumerate().filter_map(|(before, after)| Some((before, (*after)?)))
    }

    pub(super) fn free_before(&self) -> Vec<usize> {
        free(&self.to)
    }

    pub(super) fn free_after(&self) -> Vec<usize> {
        free(&self.from)
    }
}

fn free(partners: &[Option<usize>]) -> Vec<usize> {
    (0..partners.len()).filter(|&at| partners.get(at).is_some_and(Option::is_none)).collect()
}

/// Who made the second list out of the first. It decides whether grade_ids may have been renamed: students do not rename them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Editor {
    /// A student, in Jupyter.
    Student,
    /// The course's maintainers.
    Course,
}
