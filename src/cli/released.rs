//! The lock beside a course, against which a course is looked at before it is published.

use std::path::Path;

use jiff::Timestamp;

use crate::compile::Target;
use crate::diagnostic::Diagnostic;
use crate::lock::{Lock, LockedRelease, MAX_LOCK_BYTES, unreadable};
use crate::source::Source;
use crate::world::World;

use super::exit::Exit;
use super::out::Out;

/// What of `target` lost its name, or breaks or changes the grading of what was released by the lock beside `course`. Nothing where
/// there is none.
pub(super) fn against(world: &dyn World, course: &Path, target: &Target, now: Timestamp) -> Vec<Diagnostic> {
    const NAME: &str = "course.lock";
    let read = match world.read(&course.with_file_name(NAME), MAX_LOCK_BYTES) {
        Ok(bytes) => LockedRelease::read(NAME, &bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            Err(Box::new(unreadable(&Source::new(NAME, "").line(1), &crate::world::reason(&error))))
        }
    };
    match read {
        Ok(release) => release.broken_by(target, now),
        Err(problem) => vec![*problem],
    }
}

/// Why a course whose lock has `bytes` does not compile to what that says, and what helps. None: it does.
pub(super) fn disagreement(bytes: &[u8], target: &Target) -> Option<(String, &'static str)> {
    match Lock::read(bytes) {
        Err(error) => Some((error.to_string(), "write it again: `tito lock`")),
        Ok(lock) if lock.agrees_with(&Lock::of(target)) => None,
        Ok(_) => Some((
            "the course no longer matches its course.lock".to_owned(),
            "`tito lock --check` shows what differs; `tito lock` accepts it",
        )),
    }
}

/// A course whose lock has `bytes` must compile to what that says.
///
/// # Errors
/// After saying what is wrong.
pub(super) fn must_agree(bytes: &[u8], target: &Target, out: &Out) -> Result<(), Exit> {
    let Some((message, help)) = disagreement(bytes, target) else { return Ok(()) };
    out.fail(&message, help);
    Err(Exit::Blocked)
}
