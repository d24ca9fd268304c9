//! What a merge did, cell by cell, as a value: the note of `update`, the report of `tito merge`, the JSON of both.

use serde::Serialize;

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Nobody changed it, or both did in the same way.
    Same,
    /// The student changed it; it stays so.
    Yours,
    /// The course changed it; it is the course's now.
    Fixed,
    /// Both changed it; it has both changes.
    Both,
    /// The student added it; it stays.
    Own,
    /// The course added it.
    Added,
    /// The course removed it; the student had not touched it.
    Removed,
    /// The student deleted it; it stays deleted.
    Deleted,
    /// The student deleted it, but grading needs it.
    Restored,
    /// The student changed a cell that is the course's; the text that they wrote is [`CellReport::student`].
    KeptAside,
    /// Both changed the same lines; the student's stays, the course's text is [`CellReport::course`].
    Offered,
    /// The course no longer has it; as the student changed it, it stays, without its grading.
    NoLongerGraded,
    /// A copy of a graded cell, or a graded cell of another notebook: it stays, without its grading.
    CopyNotGraded,
}

/// What became of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellReport {
    /// What a command calls it: its grade_id, else its id, else its name.
    pub id: String,
    /// What to call it: its grade_id, else what it defines, else the heading above it; of text its first line.
    pub name: String,
    /// Its place in the merged notebook, from 0; none if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// What became of it.
    pub fate: Fate,
    /// It stands elsewhere among the course's cells than it did in the student's notebook.
    pub moved: bool,
    /// What the student wrote, where the merged notebook does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// What the course wrote, where the merged notebook does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<String>,
}

/// What became of every cell, in the order of the merged notebook; those that are not in it come last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MergeReport {
    /// The cells.
    pub cells: Vec<CellReport>,
}

impl MergeReport {
    /// Nothing was offered and nothing set aside.
    pub fn is_clean(&self) -> bool {
        self.offered().next().is_none() && self.set_aside().next().is_none()
    }

    /// The cells whose course version the merged notebook does not have.
    pub fn offered(&self) -> impl Iterator<Item = &CellReport> {
        self.cells.iter().filter(|cell| cell.course.is_some())
    }

    /// The cells whose student text the merged notebook does not have.
    pub fn set_aside(&self) -> impl Iterator<Item = &CellReport> {
        self.cells.iter().filter(|cell| cell.student.is_some())
    }

    /// How many cells met `fate`.
    pub fn count(&self, fate: Fate) -> usize {
        self.cells.iter().filter(|cell| cell.fate == fate).count()
    }

    /// One line for people: `2 cells yours, 1 cell fixed`.
    pub fn summary(&self) -> String {
        let count = |fates: &[Fate]| self.cells.iter().filter(|cell| fates.contains(&cell.fate)).count();
        let offered = self.offered().count();
        let parts = [
            (count(&[Fate::Yours, Fate::Both, Fate::Own, Fate::Offered]), "yours"),
            (count(&[Fate::Fixed, Fate::Both]), "fixed"),
            (count(&[Fate::Added]), "added"),
            (count(&[Fate::Removed]), "removed"),
            (count(&[Fate::Restored]), "restored"),
            (count(&[Fate::KeptAside]), "kept aside"),
            (count(&[Fate::NoLongerGraded, Fate::CopyNotGraded]), "kept ungraded"),
            (offered, "offered"),
        ];
        let said: Vec<_> = parts
            .into_iter()
            .filter(|&(count, _)| count > 0)
            .map(|(count, what)| format!("{count} {} {what}", if count == 1 { "cell" } else { "cells" }))
            .collect();
        if said.is_empty() { "nothing to merge".to_owned() } else { said.join(", ") }
    }
}
