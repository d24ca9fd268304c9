//! [`Submission`]: the files of a unit that a student hands in, what is odd about them, and the one file that they become.

use std::io::{self, Cursor, Read, Seek};

use zip::ZipArchive;

use crate::digest::Digest;
use crate::id::{FileId, UnitId};
use crate::notebook::grading::{Deviation, deviations};
use crate::notebook::{Notebook, nbformat, percent};
use crate::path::WorkspacePath;
use crate::receipt::{File, Kind, MAX_RECEIPT_BYTES, Odd, RECEIPT, Receipt};
use crate::release::pack;
use crate::world::zip_entries;

/// A zip file with more entries is not one that tito wrote.
const MAX_ENTRIES: usize = 1000;

/// What is handed in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submission {
    /// The files, in the order of their paths.
    pub files: Vec<Handed>,
    /// What a grader should know.
    pub odd: Vec<Odd>,
}

/// A file that is handed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// Where it is in the workspace.
    pub path: WorkspacePath,
    /// What it is.
    pub kind: Kind,
    /// Its path below the unit's folder.
    pub name: Option<WorkspacePath>,
    /// The course's name for it.
    pub id: Option<FileId>,
    /// Digest of the course's version of it that the student works on.
    pub given: Option<Digest>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Submission {
    /// Adds a file that the student edits, which the course gave as `given`, and says what is odd about it.
    pub fn add_work(&mut self, file: Handed, given: Option<&[u8]>, unit: &UnitId) {
        let path = &file.path;
        match notebook(path, &file.bytes, unit) {
            Some(Err(why)) => self.odd.push(Odd::NotANotebook { path: path.clone(), why }),
            Some(Ok(student)) => {
                let given = given.and_then(|given| notebook(path, given, unit)?.ok());
                let found = given.map(|given| deviations(&student, &given)).unwrap_or_default();
                let cell = |(cell, how)| Odd::Cell { path: path.clone(), cell, how };
                self.odd.extend(found.into_iter().map(cell));
            }
            None => {}
        }
        self.files.push(file);
    }

    /// What the receipt says of the files.
    pub fn receipt_files(&self) -> impl Iterator<Item = (WorkspacePath, File)> {
        self.files.iter().map(|file| {
            let entry = File {
                kind: file.kind,
                name: file.name.clone(),
                id: file.id.clone(),
                sha256: Digest::of(&file.bytes),
                bytes: file.bytes.len() as u64,
                given: file.given,
            };
            (file.path.clone(), entry)
        })
    }

    /// Files of the student's own that were left out.
    pub fn too_large(&self) -> impl Iterator<Item = &WorkspacePath> {
        self.odd.iter().filter_map(|odd| match odd {
            Odd::TooLarge { path } => Some(path),
            _ => None,
        })
    }

    /// The zip file: the receipt, then the files by their paths. The same gives the same bytes.
    ///
    /// # Errors
    /// As the zip writer says; none is known for files that fit into memory.
    pub fn zip(&self, receipt: &Receipt) -> io::Result<Vec<u8>> {
        let receipt = receipt.write();
        let files = self.files.iter().map(|file| (file.path.to_string(), file.bytes.as_slice()));
        pack::zip([(RECEIPT.to_owned(), receipt.as_slice())].into_iter().chain(files))
    }
}

/// The notebook that a file is: an `.ipynb`, or a script with cells. None for other files; what is wrong where it cannot be read.
pub fn notebook(path: &WorkspacePath, bytes: &[u8], unit: &UnitId) -> Option<Result<Notebook, String>> {
    match path.extension() {
        "ipynb" => Some(nbformat::read(bytes).map_err(|error| error.to_string())),
        "py" => match std::str::from_utf8(bytes) {
            Ok(text) if text.lines().any(|line| line.starts_with("# %%")) => {
                let mut notebook = percent::read(text, unit.as_str()).notebook;
                percent::forget_script(&mut notebook);
                Some(Ok(notebook))
            }
            Ok(_) => None,
            Err(_) => Some(Err("it is not valid UTF-8".to_owned())),
        },
        _ => None,
    }
}

/// Is it a file that `tito submit` wrote?
pub fn is_submission(bytes: &[u8]) -> bool {
    let mut reader = Cursor::new(bytes);
    if !zip_entries::are_at_most(MAX_ENTRIES, &mut reader).unwrap_or(false) || reader.rewind().is_err() {
        return false;
    }
    let Ok(mut zip) = ZipArchive::new(reader) else { return false };
    let Ok(entry) = zip.by_name(RECEIPT) else { return false };
    let mut receipt = Vec::new();
    let read = entry.take(MAX_RECEIPT_BYTES + 1).read_to_end(&mut receipt);
    read.is_ok() && Receipt::read(&receipt).is_ok()
}

/// What is odd, in words.
pub fn said(odd: &Odd) -> String {
    match odd {
        Odd::Cell { path, cell, how } => {
            let what = match how {
                Deviation::Missing => "is missing: it is graded as without an answer",
                Deviation::Copied => "is there more than once: only one of them can be graded",
                Deviation::Changed => {
                    "belongs to the course, and has another text: the course's text is used"
                }
                Deviation::OtherKind => "has another type than in the course",
                Deviation::Untouched => "is as the course gave it",
            };
            format!("cell `{cell}` of {path} {what}")
        }
        Odd::NotANotebook { path, why } => format!("{path} cannot be read as a notebook: {why}"),
        Odd::FileMissing { path } => format!("{path} is missing"),
        Odd::TestEdited { path } => {
            format!("{path} is not as the course gave it: the course's tests are used")
        }
        Odd::TooLarge { path } => format!("{path} is left out, because it is too large"),
    }
}
