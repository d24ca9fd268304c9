//! What nbgrader wrote for students, packed to be given back: one zip file for each student, and one for each unit as a platform takes it.
#![expect(clippy::disallowed_methods, reason = "reads and writes folders that the instructor names")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::apply::write_beside;
use crate::release::pack;

use super::collect::{Platform, uploads};

/// No page is longer.
const MAX_PAGE: u64 = 256 << 20;

/// Pages by student and unit, each with its name.
type Pages = BTreeMap<String, BTreeMap<String, Vec<(String, Vec<u8>)>>>;

/// What was packed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Feedback {
    /// The files that were written.
    pub files: Vec<Packed>,
    /// `STUDENT/UNIT` whose feedback is on something else than what is handed in now.
    pub outdated: Vec<String>,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Packed {
    /// Its name in the folder.
    pub file: String,
    /// How many pages it has.
    pub pages: usize,
}

/// Packs the feedback of the tree at `dir` into `to`.
///
/// # Errors
/// As the system says.
pub fn pack_feedback(dir: &Path, to: &Path) -> io::Result<Feedback> {
    let pages = pages(&dir.join("feedback"))?;
    let all =
        pages.iter().flat_map(|(student, units)| units.keys().map(move |unit| format!("{student}/{unit}")));
    let outdated = all.filter(|place| is_outdated(dir, place)).collect();
    let uploads = uploads(dir)?;
    let mut files: BTreeMap<String, Vec<(String, &[u8])>> = BTreeMap::new();
    for (student, units) in &pages {
        for (unit, all) in units {
            for (name, bytes) in all {
                let own = files.entry(format!("{student}.zip")).or_default();
                own.push((format!("{unit}/{name}"), bytes));
                let Some(upload) = uploads.get(&format!("{student}/{unit}")) else { continue };
                // Canvas knows a student by the numbers before the name of a file, Moodle by all that is before it.
                let platform = match upload.platform {
                    Platform::Canvas => "canvas",
                    Platform::Moodle => "moodle",
                    _ => continue,
                };
                let all = files.entry(format!("{platform}/{unit}.zip")).or_default();
                all.push((format!("{}{name}", upload.prefix), bytes));
            }
        }
    }
    let mut packed = Feedback { files: Vec::new(), outdated };
    for (file, entries) in files {
        let pages = entries.len();
        let bytes = pack::zip(entries)?;
        let place = to.join(&file);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        write_beside(&place, &bytes).map_err(io::Error::other)?;
        packed.files.push(Packed { file, pages });
    }
    Ok(packed)
}

/// Is the feedback of `place`, which is `STUDENT/UNIT`, on another submission than the one that is in the tree? nbgrader copies the time of a submission to
/// what it makes of it.
fn is_outdated(dir: &Path, place: &str) -> bool {
    let time = |folder: &str| fs::read(dir.join(folder).join(place).join("timestamp.txt")).ok();
    time("submitted")
        .is_some_and(|now| time("feedback").is_some_and(|then| then.trim_ascii() != now.trim_ascii()))
}

/// `feedback/STUDENT/UNIT/*.html`, links not followed.
fn pages(feedback: &Path) -> io::Result<Pages> {
    let mut pages = Pages::new();
    for (student, at) in entries(feedback, true)? {
        for (unit, at) in entries(&at, true)? {
            for (name, at) in entries(&at, false)? {
                if !name.ends_with(".html") {
                    continue;
                }
                if fs::metadata(&at)?.len() > MAX_PAGE {
                    return Err(io::Error::new(
                        io::ErrorKind::FileTooLarge,
                        format!("{student}/{unit}/{name}"),
                    ));
                }
                let of_student = pages.entry(student.clone()).or_default();
                of_student.entry(unit.clone()).or_default().push((name, fs::read(&at)?));
            }
        }
    }
    Ok(pages)
}

/// The folders in a folder, or the files, by name.
fn entries(folder: &Path, folders: bool) -> io::Result<BTreeMap<String, std::path::PathBuf>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && if folders { kind.is_dir() } else { kind.is_file() } {
            found.insert(name, entry.path());
        }
    }
    Ok(found)
}
