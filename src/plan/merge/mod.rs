//! Three sides of a file → one: what the student wrote and what the course changed, both.
//!
//! In: three texts or three notebooks, whole. Out: a merged one, or the reason why there is none. Nothing here knows paths, policy
//! or disks, and nothing here ever writes a conflict marker: where the sides collide, that is a value.
//!
//! - [`lines`]: the diff3 core, over anything that can be compared; finds the same conflicts as `git merge-file --diff3`.
//! - [`text`]: whole text files; keeps the student's line ends.
//! - [`notebook`]: notebooks, by cell.
//! - [`script`]: percent scripts, by the same rules.
//! - [`take`]: cells of the course's that the student takes over.
//! - [`diff`]: two notebooks, by cell.
//! - [`changes`]: two versions of any file, as lines and words to be shown.
//! - [`former`]: which version of the course's a student's side came from, and so the base of its merge.
//! - `origin`: which version of a cell a student's cell came from.
//! - [`mod@file`]: whichever of these a file is.

pub mod changes;
pub mod diff;
pub mod file;
pub mod former;
pub mod lines;
pub mod notebook;
mod origin;
pub mod script;
pub mod take;
pub mod text;

/// The three sides of something that all three have. (Where a side may be absent, see [`Sides`](super::Sides).)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Three<T> {
    /// As tito last wrote it.
    pub base: T,
    /// As it is on disk.
    pub student: T,
    /// As the course wants it now.
    pub course: T,
}

impl<T> Three<T> {
    /// The same function applied to each side.
    pub fn map<U>(self, mut of: impl FnMut(T) -> U) -> Three<U> {
        Three { base: of(self.base), student: of(self.student), course: of(self.course) }
    }

    /// The sides by reference.
    pub fn as_ref(&self) -> Three<&T> {
        Three { base: &self.base, student: &self.student, course: &self.course }
    }
}
