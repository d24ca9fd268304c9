//! The seam between deciding and merging: three sides' bytes → one, or why not.

use std::sync::Arc;

use super::Observed;
use super::merge::Three;
use super::merge::file::merge_files;
use crate::digest::Digest;

/// What a merge came to.
pub(super) enum Merged {
    /// One file of both sides.
    Done {
        /// Its bytes.
        bytes: Vec<u8>,
        /// One sentence for people.
        note: String,
        /// It lacks something of the course's, which is to be offered.
        lacking: bool,
    },
    /// The student's file stays whole; with the reason.
    Offer(String),
}

/// Merges what the student and the course made of a file.
pub(super) fn merge(observed: &Observed, base: Digest, student: Digest, course: &Arc<[u8]>) -> Merged {
    let (Some(base), Some(student)) = (observed.contents.get(&base), observed.contents.get(&student)) else {
        return Merged::Offer("not merged: the version that you began with is not at hand".to_owned());
    };
    let merge = merge_files(Three { base: &base[..], student: &student[..], course: &course[..] });
    let lacking = merge.report.offered().next().is_some();
    match merge.bytes {
        Some(bytes) => Merged::Done { bytes, note: merge.summary, lacking },
        None => Merged::Offer(merge.summary),
    }
}
