//! [`OfferedCell`]: a cell that a merge left out, as both changed the same lines of it. It is on offer until the student takes it, brings it
//! in by hand, declines it, or throws the offer away.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::merge::notebook::{CellReport, Fate, MergeReport, Whose};
use crate::digest::Digest;
use crate::notebook::nbformat;

/// A cell of the course's that is offered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OfferedCell {
    /// What `tito take --cell` calls it: its grade_id, else its id, else its name.
    pub id: String,
    /// For people.
    pub name: String,
    /// The beginning of the digest of the course's text.
    pub text: String,
}

impl OfferedCell {
    /// What is remembered of the offer: the cell, and the text that it was offered in. Another text is another offer.
    pub fn key(&self) -> String {
        format!("{} {}", self.id, self.text)
    }

    fn of(id: &str, name: &str, text: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), text: Digest::of(text.as_bytes()).short() }
    }
}

/// The cell of an [`OfferedCell::key`].
pub(super) fn id_of_key(key: &str) -> &str {
    key.rsplit_once(' ').map_or(key, |(id, _)| id)
}

/// The offers of `known` of which a merge says nothing, as it does not find the cell in the student's notebook: they stay, except where
/// the student has the very text.
pub(super) fn unseen_offers(
    report: &MergeReport,
    known: &BTreeSet<String>,
    student: &[u8],
) -> Vec<OfferedCell> {
    let has = |id: &str| report.cells.iter().any(|cell| cell.id == id && cell.fate != Fate::Deleted);
    let unseen: Vec<(&str, &str)> =
        known.iter().filter_map(|key| key.rsplit_once(' ')).filter(|(id, _)| !has(id)).collect();
    let Some(student) = nbformat::read(student).ok().filter(|_| !unseen.is_empty()) else {
        return Vec::new();
    };
    let texts: BTreeSet<String> =
        student.cells.iter().map(|cell| Digest::of(cell.source.as_bytes()).short()).collect();
    let standing = unseen.into_iter().filter(|(_, text)| !texts.contains(*text));
    standing
        .map(|(id, text)| {
            let named = report.cells.iter().find(|cell| cell.id == id).map(|cell| cell.name.clone());
            let name = named.unwrap_or_else(|| id.to_owned());
            OfferedCell { id: id.to_owned(), name, text: text.to_owned() }
        })
        .collect()
}

/// The course's text of a cell that is on offer, and what it has beside the text.
fn offered_text(cell: &CellReport) -> String {
    let beside = cell.beside.iter().filter(|beside| beside.lacks == Whose::Course);
    let beside = beside.map(|beside| format!("\n{}: {}", beside.what, beside.value));
    cell.course.iter().cloned().chain(beside).collect()
}

/// Takes what the student declined before out of the offers of a merge, and returns the rest.
pub(super) fn open_offers(report: &mut MergeReport, declined: &BTreeSet<String>) -> Vec<OfferedCell> {
    let mut open = Vec::new();
    for cell in &mut report.cells {
        if !cell.lacks(Whose::Course) {
            continue;
        }
        let offer = OfferedCell::of(&cell.id, &cell.name, &offered_text(cell));
        if declined.contains(&offer.key()) {
            cell.course = None;
            cell.beside.retain(|beside| beside.lacks != Whose::Course);
            if cell.fate == Fate::Offered {
                cell.fate = Fate::Yours;
            }
        } else {
            open.push(offer);
        }
    }
    open
}
