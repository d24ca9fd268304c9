//! The seam between deciding and merging: three sides' bytes → one, or why not.

use std::sync::Arc;

use super::Observed;
use crate::digest::Digest;

/// What a merge came to.
pub(super) enum Merged {
    /// All of both sides; with a sentence for people.
    Clean(Vec<u8>, Option<String>),
    /// The student's file stays whole; with the reason.
    Offer(String),
}

/// Merges what the student and the course made of the file called `name`.
pub(super) fn merge(
    name: &str,
    observed: &Observed,
    base: Digest,
    student: Digest,
    course: &Arc<[u8]>,
) -> Merged {
    let (Some(base), Some(student)) = (observed.contents.get(&base), observed.contents.get(&student)) else {
        return Merged::Offer("the version that you began with is not at hand".to_owned());
    };
    bytes(name, base, student, course)
}

fn bytes(_name: &str, _base: &[u8], _student: &[u8], _course: &[u8]) -> Merged {
    Merged::Offer("you both changed it".to_owned())
}
