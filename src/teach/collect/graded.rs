//! A submission → the files that nbgrader grades: each notebook found, read, repaired, and brought up to the release that is graded against.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::id::{FileId, UnitId};
use crate::notebook::{Notebook, assign_ids, grading, nbformat};
use crate::path::WorkspacePath;
use crate::plan::merge::Three;
use crate::plan::merge::notebook::merge_notebooks;
use crate::receipt::{Kind, Receipt};
use crate::student::submission::notebook;

use super::course::{Expected, Given, Releases};
use super::inbox::{Inbox, Item};
use super::repair::repair;
use super::report::Note;
use super::submission::Submission;

/// nbgrader reads the time of a submission from it.
const TIMESTAMP: &str = "timestamp.txt";

/// The files to be graded, by their names in nbgrader's folder; and what there is to note. Without a notebook there is nothing to grade.
pub(super) fn files(
    inbox: &mut Inbox,
    submission: &Submission,
    unit: &UnitId,
    releases: &Releases,
) -> (BTreeMap<WorkspacePath, Vec<u8>>, Vec<Note>) {
    let mut taking = Taking { inbox, submission, unit, releases, notes: Vec::new() };
    let mut files = BTreeMap::new();
    for expected in releases.expected(unit) {
        let Some((name, item)) = taking.find(expected) else {
            taking.notes.push(Note::Missing { path: expected.name.to_string() });
            continue;
        };
        let Some(bytes) = taking.read(&name, &item) else { continue };
        let bytes = match &expected.notebook {
            Some(current) => match taking.graded(&name, &bytes, expected, current) {
                Some(bytes) => bytes,
                None => continue,
            },
            None => bytes,
        };
        files.insert(expected.name.clone(), bytes);
    }
    if !files.keys().any(|name| name.extension() == "ipynb") {
        return (BTreeMap::new(), taking.notes);
    }
    taking.own(&mut files);
    if let (Some(text), Ok(name)) = (timestamp(submission), WorkspacePath::new(TIMESTAMP)) {
        files.insert(name, text.into_bytes());
    }
    (files, taking.notes)
}

struct Taking<'a> {
    inbox: &'a mut Inbox,
    submission: &'a Submission,
    unit: &'a UnitId,
    releases: &'a Releases,
    notes: Vec<Note>,
}

impl Taking<'_> {
    fn receipt(&self) -> Option<&Receipt> {
        self.submission.receipt.as_ref().map(|(receipt, _)| receipt)
    }

    /// Is the file that the receipt calls `id` the `expected` one, whatever it was called then?
    fn is(&self, id: Option<&FileId>, expected: &Expected) -> bool {
        id.is_some_and(|id| self.releases.today(id) == expected.id)
    }

    /// The file of the submission that is `expected`: as the receipt says, or by its name.
    fn find(&self, expected: &Expected) -> Option<(String, Item)> {
        let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        let by_receipt = self.receipt().and_then(|receipt| {
            let files = receipt.files.iter().filter(|(_, file)| file.kind == Kind::Work);
            let mut files = files.filter(|(_, file)| self.is(file.id.as_ref(), expected));
            files
                .find(|(path, _)| self.submission.files.contains_key(path.as_str()))
                .map(|(path, _)| path.to_string())
        });
        let wanted = stem(expected.name.as_str());
        let fits = |name: &&String| {
            let is_kind = expected.notebook.is_none() || name.ends_with(".ipynb") || name.ends_with(".py");
            let is_exported = self.receipt().is_some_and(|receipt| {
                receipt.files.iter().any(|(path, file)| path.as_str() == *name && file.kind != Kind::Work)
            });
            let own = stem(name);
            is_kind && !is_exported && (own == wanted || own.ends_with(&format!("/{wanted}")))
        };
        // A notebook comes before a script of the same name.
        let mut by_name: Vec<&String> = self.submission.files.keys().filter(fits).collect();
        by_name.sort_by_key(|name| !name.ends_with(".ipynb"));
        let name = by_receipt.or_else(|| by_name.first().map(|name| (*name).clone()))?;
        let item = self.submission.files.get(&name)?.clone();
        Some((name, item))
    }

    fn read(&mut self, name: &str, item: &Item) -> Option<Vec<u8>> {
        let bytes = match self.inbox.bytes(item) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.notes.push(Note::Unreadable { path: name.to_owned(), why });
                return None;
            }
        };
        let said = self.receipt().and_then(|receipt| {
            receipt.files.iter().find(|(path, _)| path.as_str() == name).map(|(_, file)| file.sha256)
        });
        if said.is_some_and(|said| said != Digest::of(&bytes)) {
            self.notes.push(Note::FileChanged { path: name.to_owned() });
        }
        Some(bytes)
    }

    /// The notebook that the student had, and the release that it is of; none where that is not known.
    fn given(&self, expected: &Expected) -> Option<(&Given, Notebook)> {
        let receipt = self.receipt()?;
        let file = receipt.files.values().find(|file| self.is(file.id.as_ref(), expected));
        if let Some(given) = file.and_then(|file| file.given) {
            if given == expected.digest {
                return None;
            }
            if let Some(found) = self.releases.notebook(given, self.unit) {
                return Some(found);
            }
        }
        let release = self.releases.with_digest(receipt.course.release?)?;
        let (given, notebook) = self.releases.notebook_of(release, &expected.id, self.unit)?;
        (expected.notebook.as_ref() != Some(&notebook)).then_some((given, notebook))
    }

    /// The bytes that are graded.
    fn graded(
        &mut self,
        name: &str,
        bytes: &[u8],
        expected: &Expected,
        current: &Notebook,
    ) -> Option<Vec<u8>> {
        let path = if name.ends_with(".py") { "x.py" } else { "x.ipynb" };
        let path = WorkspacePath::new(path).ok()?;
        let read = notebook(&path, bytes, self.unit).unwrap_or_else(|| Err("it has no cells".to_owned()));
        let mut student = match read {
            Ok(student) => student,
            Err(why) => {
                self.notes.push(Note::Unreadable { path: name.to_owned(), why });
                return None;
            }
        };
        if let Some(other) = self.releases.unit_of(&student).filter(|other| *other != self.unit) {
            self.notes.push(Note::WrongNotebook { path: name.to_owned(), unit: other.clone() });
        }
        let _ = grading::complete(&mut student);
        let given = self.given(expected).map(|(given, notebook)| (given.shown(), notebook));
        if let Some((from, base)) = given {
            self.repaired(name, &mut student, &base);
            student = self.brought_up(name, from, (&base, &student, current));
        }
        self.repaired(name, &mut student, current);
        assign_ids(&mut student, "");
        Some(nbformat::write(&student))
    }

    fn repaired(&mut self, name: &str, student: &mut Notebook, course: &Notebook) {
        for (cell, what) in repair(student, course) {
            let note = Note::Repaired { path: name.to_owned(), cell, what };
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    /// The same merge as an update.
    fn brought_up(
        &mut self,
        name: &str,
        from: String,
        (base, student, course): (&Notebook, &Notebook, &Notebook),
    ) -> Notebook {
        let merge = merge_notebooks(Three { base, student, course });
        let to = self.releases.current().map(Given::shown).unwrap_or_default();
        self.notes.push(Note::BroughtUp { path: name.to_owned(), from, to });
        for cell in merge.report.offered() {
            self.notes.push(Note::Collision { path: name.to_owned(), cell: cell.name.clone() });
        }
        merge.notebook
    }

    /// What the student added to the unit's folder goes with it. nbgrader puts the course's own files over it.
    fn own(&mut self, files: &mut BTreeMap<WorkspacePath, Vec<u8>>) {
        let Some(receipt) = self.receipt().cloned() else { return };
        for (path, file) in receipt.files.iter().filter(|(_, file)| file.kind == Kind::Own) {
            let (Some(name), Some(item)) = (&file.name, self.submission.files.get(path.as_str()).cloned())
            else {
                continue;
            };
            // Another notebook would be one that nbgrader does not know.
            if name.extension() == "ipynb" || files.contains_key(name) || name.as_str() == TIMESTAMP {
                continue;
            }
            if let Some(bytes) = self.read(path.as_str(), &item) {
                files.insert(name.clone(), bytes);
            }
        }
    }
}

/// `2027-02-01 09:30:00 UTC`, as nbgrader writes it.
fn timestamp(submission: &Submission) -> Option<String> {
    let at: jiff::Timestamp = submission.time()?.parse().ok()?;
    Some(at.strftime("%Y-%m-%d %H:%M:%S UTC\n").to_string())
}
