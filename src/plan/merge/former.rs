//! Which version of the course's text a student's side came from: the base of a merge is chosen among the versions that tito gave.
//!
//! An editor that had a file open writes back what it had; a backup or a cloud drive brings an older copy. Such text is not the
//! student's edit. The base is therefore the version to which the student's side is closest, the last one where several are: of a
//! text as a whole, of a notebook as a whole and then cell by cell. Closeness counts words and signs, never white space.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::notebook::matching::{Editor, pair};
use super::notebook::{cell_id, differs};
use super::origin::{Says, Whole, distance_of, of_cell, says};
use super::take::Take;
use crate::notebook::{Cell, Notebook};

/// The place of the version that is closest to `text`; of several, the last one. `None`: there are no versions.
pub fn closest(versions: &[&str], text: &str) -> Option<usize> {
    let distances: Vec<usize> = versions.iter().map(|version| distance_of(version, text)).collect();
    let least = distances.iter().min()?;
    distances.iter().rposition(|distance| distance == least)
}

/// What is known of a student's side before it is merged, and what the student asks for.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// Versions that tito gave before the base, the oldest first.
    pub versions: &'a [&'a [u8]],
    /// Cells, by [`cell_id`], whose last version the student did not take over: it was offered.
    pub behind: &'a BTreeSet<String>,
    /// What the student takes over of the course's.
    pub take: Take<'a>,
}

impl Past<'static> {
    /// Nothing is known.
    pub const NONE: Self = Self { versions: &[], behind: &BTreeSet::new(), take: Take::Nothing };
}

/// The base of a merge of `student` with `course`, out of `versions`, the oldest first and the version that tito last wrote last. Each cell has the
/// text of the version to which the student's cell is closest. Cells that the student's notebook has of another version are in it, too.
/// `behind`: see [`Past`].
///
/// With one version, that one. `None`: there are no versions.
pub fn base_among<'a>(
    versions: &[&'a Notebook],
    behind: &BTreeSet<String>,
    [student, course]: [&Notebook; 2],
) -> Option<Base<'a>> {
    let (&last, former) = versions.split_last()?;
    if former.is_empty() {
        return Some(Base { notebook: Cow::Borrowed(last), known: Vec::new() });
    }
    let texts: Vec<String> = versions.iter().map(|version| whole_text(version)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let at = closest(&texts, &whole_text(student))?;
    let start = *versions.get(at)?;
    let choice = Choice { versions, start, is_last: at + 1 == versions.len(), at, behind, student, course };
    let mut base = start.clone();
    let students = choice.choose_texts(&mut base);
    let known = choice.keep_partners(&mut base, &students);
    choice.add_known(&mut base, students.into_values().collect());
    Some(Base { notebook: Cow::Owned(base), known })
}

/// The base of a merge.
#[derive(Clone, Debug)]
pub struct Base<'a> {
    /// The base.
    pub notebook: Cow<'a, Notebook>,
    /// Cells of the student's, by place, with the id that the same cell has in the base and the course's: its text has changed so much
    /// since the former version that nothing else would tell.
    known: Vec<(usize, String)>,
}

impl Base<'_> {
    /// The student's notebook, with the ids by which cells are known.
    pub fn student<'s>(&self, student: &'s Notebook) -> Cow<'s, Notebook> {
        if self.known.is_empty() {
            return Cow::Borrowed(student);
        }
        let mut student = student.clone();
        for (place, id) in &self.known {
            if let Some(cell) = student.cells.get_mut(*place) {
                cell.id = Some(id.clone());
            }
        }
        Cow::Owned(student)
    }
}

fn whole_text(notebook: &Notebook) -> String {
    notebook.cells.iter().flat_map(|cell| [cell.source.as_str(), "\n"]).collect()
}

/// For each cell of the version to start with, the same cell of another.
type Partners = Vec<Option<usize>>;

fn pairs(partners: &Partners) -> impl Iterator<Item = (usize, usize)> + '_ {
    partners.iter().enumerate().filter_map(|(at, place)| Some((at, (*place)?)))
}

/// What the choice among the versions of each cell knows.
struct Choice<'a> {
    versions: &'a [&'a Notebook],
    /// The version to which the whole notebook is closest.
    start: &'a Notebook,
    /// Is that the one that tito last wrote?
    is_last: bool,
    /// Its place among the versions.
    at: usize,
    behind: &'a BTreeSet<String>,
    student: &'a Notebook,
    course: &'a Notebook,
}

impl Choice<'_> {
    /// Gives each cell of `base` the text of the version to which the student's is closest. Returns the places of these cells of the
    /// student's, by the places in `base`.
    fn choose_texts(&self, base: &mut Notebook) -> BTreeMap<usize, usize> {
        let pairings = self.pairings();
        let students = self.students(&pairings);
        let whole = self.whole(&pairings, &students);
        for (at, place) in &students {
            let Some(student) = self.student.cells.get(*place) else { continue };
            let versions: Vec<&Cell> = self
                .versions
                .iter()
                .zip(&pairings)
                .filter_map(|(version, pairing)| version.cells.get((*pairing.get(*at)?)?))
                .collect();
            let is_behind = pairings
                .last()
                .and_then(|last| last.get(*at).copied().flatten())
                .is_some_and(|at| self.is_behind(at));
            if let (Some(chosen), Some(cell)) = (
                of_cell(&versions, self.start.cells.get(*at), (whole, is_behind), student),
                base.cells.get_mut(*at),
            ) {
                cell.clone_from(chosen);
                // Where several versions are as close, the student's cell still has the grade_id of the one that it came from.
                let own = student.grade_id().filter(|own| chosen.grade_id() != Some(own));
                let named =
                    own.and_then(|own| versions.iter().rev().find(|cell| cell.grade_id() == Some(own)));
                if let Some(named) = named {
                    cell.metadata.clone_from(&named.metadata);
                    cell.id.clone_from(&named.id);
                }
            }
        }
        students
    }

    /// For each version, which of its cells each cell of the version to start with is: from one version to the next, as far as a cell goes.
    fn pairings(&self) -> Vec<Partners> {
        let same: Partners = (0..self.start.cells.len()).map(Some).collect();
        let mut all = vec![same.clone(); self.versions.len()];
        let (mut later, mut earlier) = (same.clone(), same);
        for at in self.at + 1..self.versions.len() {
            if let (Some(before), Some(after)) = (self.versions.get(at - 1), self.versions.get(at)) {
                let step = pair(&before.cells, &after.cells, Editor::Course);
                later = later.iter().map(|cell| step.partner((*cell)?)).collect();
            }
            if let Some(place) = all.get_mut(at) {
                place.clone_from(&later);
            }
        }
        for at in (0..self.at).rev() {
            if let (Some(before), Some(after)) = (self.versions.get(at), self.versions.get(at + 1)) {
                let step = pair(&before.cells, &after.cells, Editor::Course);
                earlier = earlier.iter().map(|cell| step.from.get((*cell)?).copied().flatten()).collect();
            }
            if let Some(place) = all.get_mut(at) {
                place.clone_from(&earlier);
            }
        }
        all
    }

    /// Sees to it that each cell of `base` is known as the course's that its last version is. Where a former text does not tell, its id
    /// does, and so the student's cell must have that, too; where there is no id, the cell has the text of the last version again.
    fn keep_partners(&self, base: &mut Notebook, students: &BTreeMap<usize, usize>) -> Vec<(usize, String)> {
        let (Some(last), Some(to_last)) = (self.versions.last(), self.pairings().pop()) else {
            return Vec::new();
        };
        let to_course = pair(&last.cells, &self.course.cells, Editor::Course);
        let found = pair(&base.cells, &self.course.cells, Editor::Course);
        let mut known = Vec::new();
        for (at, place) in pairs(&to_last) {
            let Some(partner) =
                to_course.partner(place).filter(|partner| found.partner(at) != Some(*partner))
            else {
                continue;
            };
            let id = self.course.cells.get(partner).and_then(|cell| cell.id.clone());
            let (Some(cell), Some(last)) = (base.cells.get_mut(at), last.cells.get(place)) else { continue };
            match (id, students.get(&at)) {
                (Some(id), Some(student)) => {
                    cell.id = Some(id.clone());
                    known.push((*student, id));
                }
                _ => cell.clone_from(last),
            }
        }
        known
    }

    /// The student's cell for each cell of the version to start with; where that does not tell, another version may.
    fn students(&self, pairings: &[Partners]) -> BTreeMap<usize, usize> {
        let direct = pair(&self.start.cells, &self.student.cells, Editor::Student);
        let mut found: BTreeMap<usize, usize> = direct.pairs().collect();
        let mut taken: BTreeSet<usize> = found.values().copied().collect();
        if found.len() == self.start.cells.len() {
            return found;
        }
        for (version, pairing) in self.versions.iter().zip(pairings).rev() {
            let students = pair(&version.cells, &self.student.cells, Editor::Student);
            for (at, cell) in pairs(pairing).filter(|(at, _)| direct.partner(*at).is_none()) {
                let free = students.partner(cell).filter(|place| !taken.contains(place));
                if let (Some(place), false) = (free, found.contains_key(&at)) {
                    found.insert(at, place);
                    taken.insert(place);
                }
            }
        }
        found
    }

    /// Did the student not take over the last version of its cell at `at`?
    fn is_behind(&self, at: usize) -> bool {
        let last = self.versions.last().filter(|_| !self.behind.is_empty());
        last.is_some_and(|last| self.behind.contains(&cell_id(&last.cells, at)))
    }

    /// What the cells say about the notebook as a whole.
    fn whole(&self, pairings: &[Partners], students: &BTreeMap<usize, usize>) -> Whole {
        let (Some(last), Some(to_last)) = (self.versions.last(), pairings.last()) else {
            return Whole { is_last: true, is_old: false };
        };
        if self.is_last {
            return Whole { is_last: true, is_old: false };
        }
        let own = |place: usize| self.student.cells.get(place);
        let says = |(at, place): (&usize, &usize)| -> Option<Says> {
            let (former, own) = (self.start.cells.get(*at)?, own(*place)?);
            let now = to_last.get(*at).copied().flatten().and_then(|at| last.cells.get(at));
            match now {
                Some(last) => Some(says(former, last, own)),
                None => (!differs(former, own)).then_some(Says::Old),
            }
        };
        let said: Vec<Says> = students.iter().filter_map(says).collect();
        let known: BTreeSet<usize> = pairs(to_last).map(|(_, at)| at).collect();
        let is_new = |(at, cell): (usize, &Cell)| {
            !known.contains(&at)
                && !cell.source.trim().is_empty()
                && self.student.cells.iter().any(|own| !differs(cell, own))
        };
        let has_new = last.cells.iter().enumerate().any(is_new);
        let is_whole = self.start.cells.len() == self.student.cells.len()
            && self.start.cells.iter().zip(&self.student.cells).all(|(cell, own)| !differs(cell, own));
        let is_old = is_whole || (said.contains(&Says::Old) && !said.contains(&Says::Last) && !has_new);
        Whole { is_last: false, is_old }
    }

    /// Adds the cells of other versions that the student's notebook has, except the `known` ones, each behind the cell that it followed.
    fn add_known(&self, base: &mut Notebook, mut known: BTreeSet<usize>) {
        for version in self.versions.iter().rev().filter(|version| !std::ptr::eq(**version, self.start)) {
            let pairing = pair(&version.cells, &self.student.cells, Editor::Student);
            for (at, place) in pairing.pairs() {
                let (Some(cell), Some(own)) = (version.cells.get(at), self.student.cells.get(place)) else {
                    continue;
                };
                let is_it = cell.grade_id().map_or(!differs(cell, own), |id| own.grade_id() == Some(id));
                if is_it && !cell.source.trim().is_empty() && known.insert(place) {
                    let behind = place_behind(base, version.cells.get(..at).unwrap_or_default());
                    base.cells.insert(behind, cell.clone());
                }
            }
        }
    }
}

/// The place behind the nearest of the cells `before` that `base` has.
fn place_behind(base: &Notebook, before: &[Cell]) -> usize {
    let is = |a: &Cell, b: &Cell| match (a.grade_id(), b.grade_id()) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.id.is_some() && a.id == b.id || !differs(a, b),
        _ => false,
    };
    let found = before.iter().rev().find_map(|cell| base.cells.iter().position(|other| is(cell, other)));
    found.map_or(0, |at| at + 1)
}

#[cfg(test)]
#[path = "former_tests.rs"]
mod tests;
