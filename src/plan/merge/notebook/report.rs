//! What a merge did, cell by cell, as a value: the note of `update`, the report of `tito merge`, the JSON of both.

use serde::Serialize;
use serde_json::Value;

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// No one changed it, or both did in the same way.
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
    /// The course has its exercise in another cell now, and the answer went there: [`CellReport::others`].
    AnswerMoved,
    /// The course asks for what the student has defined already, in the cells of [`CellReport::others`]: this cell is before them, so that
    /// its stub hides nothing.
    AskedAgain,
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
    /// Its place in the merged notebook, from 0; none if it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// Its place in the student's notebook, from 0; none if it is not there.
    #[serde(skip)]
    pub of_student: Option<usize>,
    /// An answer goes from it into another cell, or comes from there.
    #[serde(skip)]
    pub answer_moves: bool,
    /// What became of it.
    pub fate: Fate,
    /// It is elsewhere among the course's cells than it was in the student's notebook.
    pub moved: bool,
    /// What the student wrote, where the merged notebook does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// What the course wrote, where the merged notebook does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<String>,
    /// Other cells that it is about: where its answer went, or whose answer its stub would hide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherCell>,
    /// What else one of them changed, where the merged notebook does not have it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Beside>,
}

/// Another cell that has to do with a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherCell {
    /// What to call it.
    pub cell: String,
    /// The function, class or method that both are about.
    pub name: String,
}

/// Whose something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The student's.
    Student,
    /// The course's.
    Course,
}

/// Something beside a cell's text that both sides changed, so that the merged notebook does not have one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// What it is: a picture, a key of the metadata.
    pub what: String,
    /// Whose is not there.
    pub lacks: Whose,
    /// What that side had.
    pub value: Value,
}

impl Beside {
    /// `what` of the side `lacks`, if it had any.
    pub(super) fn of(what: String, lacks: Whose, value: Option<&Value>) -> Option<Self> {
        Some(Self { what, lacks, value: value?.clone() })
    }
}

impl CellReport {
    /// A cell that has no name yet, of which there is nothing else to say.
    pub(crate) fn of(fate: Fate) -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            at: None,
            of_student: None,
            answer_moves: false,
            fate,
            moved: false,
            student: None,
            course: None,
            others: Vec::new(),
            beside: Vec::new(),
        }
    }

    /// The line for the notebook itself: nothing where nothing happened to its metadata.
    pub(super) fn of_notebook(beside: Vec<Beside>, news: bool) -> Option<Self> {
        let fate = match (beside.is_empty(), news) {
            (false, _) => Fate::Offered,
            (true, true) => Fate::Fixed,
            (true, false) => return None,
        };
        let name = "the notebook's metadata".to_owned();
        Some(Self { id: "metadata".to_owned(), name, beside, ..Self::of(fate) })
    }

    /// Does the merged notebook lack something of this side?
    pub fn lacks(&self, side: Whose) -> bool {
        let text = match side {
            Whose::Student => &self.student,
            Whose::Course => &self.course,
        };
        text.is_some() || self.beside.iter().any(|beside| beside.lacks == side)
    }

    /// Must the student act on it?
    pub fn asks(&self) -> bool {
        let fate = matches!(self.fate, Fate::NoLongerGraded | Fate::Restored);
        fate || self.asks_again() || self.lacks(Whose::Student) || self.lacks(Whose::Course)
    }

    /// Does it hold a stub of something that the student has defined already?
    pub fn asks_again(&self) -> bool {
        !self.others.is_empty() && self.fate != Fate::AnswerMoved
    }
}

/// What became of every cell, in the order of the merged notebook; those that are not in it come last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MergeReport {
    /// The cells.
    pub cells: Vec<CellReport>,
}

impl MergeReport {
    /// Is there nothing that the student must act on: nothing offered or set aside, no answer without its grading, no graded cell that
    /// came back without an answer, no cell that asks again for what the student has answered?
    pub fn is_clean(&self) -> bool {
        !self.cells.iter().any(CellReport::asks)
    }

    /// The cells with a stub of something that the student has defined already.
    pub fn asking_again(&self) -> impl Iterator<Item = &CellReport> {
        self.cells.iter().filter(|cell| cell.asks_again())
    }

    /// The cells of which the merged notebook does not have something that the course wrote.
    pub fn offered(&self) -> impl Iterator<Item = &CellReport> {
        self.cells.iter().filter(|cell| cell.lacks(Whose::Course))
    }

    /// The cells of which the merged notebook does not have something that the student wrote.
    pub fn set_aside(&self) -> impl Iterator<Item = &CellReport> {
        self.cells.iter().filter(|cell| cell.lacks(Whose::Student))
    }

    /// How many cells met `fate`.
    pub fn count(&self, fate: Fate) -> usize {
        self.cells.iter().filter(|cell| cell.fate == fate).count()
    }

    /// One line for people: `2 cells yours, 1 cell fixed`.
    pub fn summary(&self) -> String {
        self.line(false)
    }

    /// The same with the names of the cells that the student should look at: `1 cell offered (add)`.
    pub fn note(&self) -> String {
        self.line(true)
    }

    fn line(&self, with_names: bool) -> String {
        let of = |fates: &[Fate]| -> Vec<&CellReport> {
            self.cells.iter().filter(|cell| fates.contains(&cell.fate)).collect()
        };
        let (offered, partly): (Vec<_>, Vec<_>) = self.offered().partition(|cell| cell.course.is_some());
        let parts = [
            (of(&[Fate::Yours, Fate::Both, Fate::Own, Fate::Offered]), "yours", false),
            (of(&[Fate::Fixed, Fate::Both]), "fixed", false),
            (of(&[Fate::Added]), "added", false),
            // The sentences behind the line name these.
            (self.asking_again().collect(), "asked again", false),
            (of(&[Fate::AnswerMoved]), "moved into another", true),
            (of(&[Fate::Removed]), "removed", false),
            (of(&[Fate::Restored]), "restored", true),
            (self.set_aside().collect(), "kept aside", true),
            (of(&[Fate::NoLongerGraded, Fate::CopyNotGraded]), "kept ungraded", true),
            (offered, "offered", true),
            (partly, "not fully merged", true),
        ];
        let said = parts.into_iter().filter(|(cells, ..)| !cells.is_empty());
        let said: Vec<_> =
            said.map(|(cells, what, named)| counted(&cells, what, named && with_names)).collect();
        let said = if said.is_empty() { "nothing to merge".to_owned() } else { said.join(", ") };
        std::iter::once(said).chain(self.asked_again()).collect::<Vec<_>>().join("; ")
    }

    /// For each cell that asks again for an answered name, one sentence that names both cells.
    fn asked_again(&self) -> impl Iterator<Item = String> {
        self.asking_again().flat_map(|cell| {
            let sentence = |OtherCell { cell: answered, name }: &OtherCell| {
                format!("the cell {} asks for `{name}`, which your cell {answered} defines", cell.name)
            };
            cell.others.iter().map(sentence)
        })
    }
}

/// `2 cells offered`, with some of their names.
fn counted(cells: &[&CellReport], what: &str, named: bool) -> String {
    const MOST: usize = 3;
    let count = cells.len();
    let line = format!("{count} {} {what}", if count == 1 { "cell" } else { "cells" });
    if !named {
        return line;
    }
    let names: Vec<&str> = cells.iter().take(MOST).map(|cell| cell.name.as_str()).collect();
    format!("{line} ({}{})", names.join(", "), if count > MOST { ", …" } else { "" })
}
