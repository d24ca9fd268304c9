//! The seam between deciding and merging: three sides' bytes → one, or why not.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::merge::Three;
use super::merge::file::merge_among;
use super::merge::former::Past;
use super::merge::notebook::{CellReport, Fate};
use super::merge::take::Take;
use super::offers::{id_of_key, open_offers, unseen_offers};
use super::points::points;
use super::{Observed, OfferedCell, canonical};
use crate::digest::Digest;
use crate::lock::{Former, OpenPoint};

/// What a merge came to.
pub(super) enum Merged {
    /// One file of both sides.
    Done {
        /// Its bytes.
        bytes: Vec<u8>,
        /// One sentence for people.
        note: String,
        /// Was it merged by cell?
        by_cell: bool,
        /// What the student must act on.
        open: Vec<OpenPoint>,
        /// Cells of the course's that it does not have, and that are to be offered; without those that were declined.
        offers: Vec<OfferedCell>,
        /// Ids of the cells to which it brings a change of the course's.
        brought: BTreeSet<String>,
    },
    /// The student's file stays whole; with the reason.
    Offer(String),
}

impl Merged {
    /// The cells that are to be offered.
    pub(super) fn offers(&self) -> &[OfferedCell] {
        match self {
            Self::Done { offers, .. } => offers,
            Self::Offer(_) => &[],
        }
    }
}

/// The versions of a file that tito gave.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    /// As it last wrote it.
    pub(super) base: Digest,
    /// Others, the oldest first.
    pub(super) former: &'a [Former],
    /// Cells that were offered before.
    pub(super) offered: &'a BTreeSet<String>,
    /// Cells whose offer the student declined.
    pub(super) declined: &'a BTreeSet<String>,
    /// What the student takes over.
    pub(super) take: Take<'a>,
}

/// What a merge would do with a file that only the student edited.
pub(super) struct Again {
    /// It would bring text of a former version up to date.
    pub(super) delivers: bool,
    /// The cells that are on offer.
    pub(super) offers: Vec<OfferedCell>,
}

/// Merges what the student and the course made of a file, from the one of the versions `given` that the student's came from.
pub(super) fn merge(observed: &Observed, given: Given<'_>, student: Digest, course: &Arc<[u8]>) -> Merged {
    let bytes = |digest: &Digest| observed.contents.get(digest);
    let (Some(base), Some(student)) = (bytes(&given.base), bytes(&student)) else {
        return Merged::Offer("not merged: the version that you started with is missing".to_owned());
    };
    let sides = Three { base: &base[..], student: &student[..], course: &course[..] };
    merge_bytes(&former(observed, given), given, sides)
}

/// What a merge would do with a file that the student edited and the course did not: it may hold text of a former version. `None`: no
/// former version is available, or the file cannot be merged. A merge that would never come to an end, as it finds something in its own
/// result again, delivers nothing.
pub(super) fn merge_again(
    observed: &Observed,
    name: &str,
    given: Given<'_>,
    student: Digest,
    course: &Arc<[u8]>,
) -> Option<Again> {
    let former = former(observed, given);
    let bytes = |digest: &Digest| observed.contents.get(digest);
    let (base, student) = (bytes(&given.base)?, bytes(&student)?);
    if former.is_empty() {
        return None;
    }
    let merged = |former: &[&[u8]], student: &[u8]| match merge_bytes(
        former,
        given,
        Three { base: &base[..], student, course: &course[..] },
    ) {
        Merged::Done { bytes, offers, brought, .. } => Some((bytes, offers, brought)),
        Merged::Offer(_) => None,
    };
    let (once, offers, brought) = merged(&former, student)?;
    let form = |bytes: &[u8]| canonical(name, bytes);
    // What a merge from the base alone would change is an edit that waits for the course's next change, such as one of a test. Both may
    // come to the same bytes: a test has the course's text after either. Then it counts what they say of the cell: a fix, or an edit.
    let changes = form(&once) != form(student)
        && merged(&[], student).is_none_or(|(plain, _, known)| {
            form(&once) != form(&plain) || brought.iter().any(|id| !known.contains(id))
        });
    let delivers = changes && merged(&former, &once).is_some_and(|(twice, ..)| form(&twice) == form(&once));
    Some(Again { delivers, offers })
}

/// What is left to take of a file of which the student took one cell.
pub(super) struct Rest {
    /// The cells that are on offer.
    pub(super) offers: Vec<OfferedCell>,
    /// The course has more for it, on offer or not.
    pub(super) is_open: bool,
}

/// What is left to take when the file has become `bytes`. `given` takes nothing.
pub(super) fn rest(
    observed: &Observed,
    name: &str,
    given: Given<'_>,
    bytes: &[u8],
    course: &Arc<[u8]>,
) -> Rest {
    let Some(base) = observed.contents.get(&given.base) else {
        return Rest { offers: Vec::new(), is_open: true };
    };
    let sides = Three { base: &base[..], student: bytes, course: &course[..] };
    let offers = merge_bytes(&former(observed, given), given, sides).offers().to_vec();
    // From the base alone: nothing that the file had before counts as dealt with.
    let is_open = match merge_bytes(&[], given, sides) {
        Merged::Done { bytes: merged, offers, .. } => {
            !offers.is_empty() || canonical(name, &merged) != canonical(name, bytes)
        }
        Merged::Offer(_) => true,
    };
    Rest { is_open: is_open || !offers.is_empty(), offers }
}

fn former<'a>(observed: &'a Observed, given: Given<'_>) -> Vec<&'a [u8]> {
    let available = given.former.iter().filter_map(|former| observed.contents.get(&former.sha256));
    available.map(|bytes| &bytes[..]).collect()
}

fn merge_bytes(former: &[&[u8]], given: Given<'_>, sides: Three<&[u8]>) -> Merged {
    let behind = given.offered.iter().chain(given.declined).map(|key| id_of_key(key).to_owned()).collect();
    let mut merge = merge_among(Past { versions: former, behind: &behind, take: given.take }, sides);
    let mut offers = open_offers(&mut merge.report, given.declined);
    // Where the course has nothing newer, an offer that was made stays even if the merge cannot tell by itself.
    if sides.base == sides.course {
        let known = given.offered - given.declined;
        offers.extend(unseen_offers(&merge.report, &known, sides.student));
    }
    let Some(bytes) = merge.bytes else { return Merged::Offer(merge.summary) };
    let by_cell = !merge.report.cells.is_empty();
    let note = if by_cell { merge.report.note() } else { merge.summary };
    let open = points(&merge.report, &bytes);
    let brings =
        |cell: &&CellReport| matches!(cell.fate, Fate::Fixed | Fate::Both | Fate::Added | Fate::Removed);
    let brought = merge.report.cells.iter().filter(brings).map(|cell| cell.id.clone()).collect();
    Merged::Done { bytes, note, by_cell, open, offers, brought }
}
