//! [`Submission`]: what someone handed in, whose it is by its place, and of which unit.

use std::collections::BTreeMap;

use crate::id::UnitId;
use crate::receipt::{Receipt, StudentId};

use super::inbox::Item;
use super::names::{Upload, upload};
use super::report::Note;

/// What someone handed in.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where it is, for people.
    pub at: String,
    /// What the platform's names say.
    pub upload: Option<Upload>,
    /// The folder of the inbox that it is in.
    pub folder: Option<String>,
    /// Its receipt.
    pub receipt: Option<(Receipt, bool)>,
    /// Why its receipt cannot be read.
    pub bad_receipt: Option<String>,
    /// The unit, where the files say it.
    pub unit: Option<UnitId>,
    /// Its files by their names in it.
    pub files: BTreeMap<String, Item>,
    /// What there is to note of how it was found.
    pub notes: Vec<Note>,
}

impl Submission {
    /// Who handed it in, by its place: the platform's name for them.
    pub fn person(&self) -> Option<&str> {
        self.upload.as_ref().map(|upload| upload.person.as_str())
    }

    /// When it was handed in, as the receipt or the platform says.
    pub fn time(&self) -> Option<String> {
        let receipt = self.receipt.as_ref().map(|(receipt, _)| receipt.at.clone());
        receipt.or_else(|| self.upload.as_ref()?.at.clone())
    }

    /// The order in which a student handed in.
    pub fn order(&self) -> (Option<String>, u64, &str) {
        let number = self.receipt.as_ref().map_or(0, |(receipt, _)| receipt.number);
        (self.time(), number, &self.at)
    }
}

/// What the names of a place say, the outermost first; and its folder in the inbox.
pub(super) fn whose(path: &[String]) -> (Option<Upload>, Option<String>) {
    let upload = path.iter().enumerate().find_map(|(at, name)| {
        let folder = at.checked_sub(1).and_then(|at| path.get(at)).map(String::as_str);
        upload(name, folder)
    });
    (upload, path.split_last().and_then(|(_, folders)| folders.last()).cloned())
}

/// The id that a folder of the inbox is, or a zip file in it, if it can be one.
pub(super) fn folder_id(submission: &Submission) -> Option<StudentId> {
    let folder = submission.folder.as_deref()?;
    let is_zip = folder.to_lowercase().ends_with(".zip");
    folder.get(..folder.len() - if is_zip { ".zip".len() } else { 0 })?.parse().ok()
}
