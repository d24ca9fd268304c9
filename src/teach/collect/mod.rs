//! An inbox, as a learning platform gives it → what nbgrader grades, and a report of everything that was found.
//!
//! inbox (every file, whatever it is in) → submissions (what belongs together) → students (whose it is) → graded (the notebooks, repaired and brought
//! up) → tree (`submitted/STUDENT/UNIT/`). Nothing that a student hands in stops another student's submission.

mod course;
mod graded;
mod inbox;
mod loose;
mod names;
mod receipts;
mod repair;
mod report;
mod students;
mod submission;
mod submissions;
mod tree;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::id::UnitId;
use crate::notebook::grading::flagged;
use crate::notebook::{Notebook, nbformat};
use crate::receipt::{Receipt, StudentId};

pub use course::{Given, Releases};
pub use inbox::{Inbox, Trouble};
pub use names::{Platform, Upload, upload};
pub use repair::Repair;
pub use report::{LeftOut, Line, Note, Outcome, Report, schema};
pub use submission::Submission;
pub use submissions::submissions;
pub use tree::{RECORD, Sent, uploads};

use tree::Submitted;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The unit that the inbox is of; others are named.
    pub unit: Option<&'a UnitId>,
    /// Take also what comes in the place of something that was graded.
    pub regrade: bool,
}

/// Collects the inbox `inbox` into the tree at `dir`.
///
/// # Errors
/// As the system says of the inbox as a whole or of the tree. What is wrong with single files is in the report.
pub fn collect(inbox: &Path, releases: &Releases, dir: &Path, request: &Request<'_>) -> io::Result<Report> {
    let mut tree = Submitted::open(dir)?;
    let mut inbox = Inbox::open_beside(inbox, dir)?;
    let (found, troubles) = submissions(&mut inbox, releases);
    let mut left_out: Vec<LeftOut> =
        std::mem::take(&mut inbox.troubles).into_iter().chain(troubles).map(LeftOut::from).collect();
    left_out.sort_by(|a, b| (&a.at, &a.why).cmp(&(&b.at, &b.why)));
    let whose = students::students(&found);
    let mut lines: Vec<(Line, usize)> = Vec::new();
    for (at, (submission, (student, notes))) in found.iter().zip(whose).enumerate() {
        let mut line = line(submission, student, releases, request);
        line.notes.splice(0..0, notes.into_iter().chain(submission.notes.iter().cloned()));
        if line.student.is_none() {
            line.outcome = Outcome::Refused;
        }
        lines.push((line, at));
    }
    for (_, all) in by_student(&mut lines, &found) {
        let mut is_taken = false;
        for (line, submission) in all {
            if is_taken {
                line.outcome = Outcome::Superseded;
                // What is wrong with it does not matter any more.
                line.notes.retain(|note| matches!(note, Note::OtherStudent { .. }));
            } else {
                take(line, submission, &mut inbox, releases, &mut tree, request)?;
                // What cannot be graded is in the place of nothing: the one before it counts.
                is_taken = line.outcome != Outcome::Refused;
            }
        }
    }
    tree.finish()?;
    let mut report = Report { submissions: lines.into_iter().map(|(line, _)| line).collect(), left_out };
    report.submissions.sort_by(|a, b| (&a.student, &a.unit, &a.at).cmp(&(&b.student, &b.unit, &b.at)));
    Ok(report)
}

/// What is known of a submission before it is opened. It is to be collected, unless it is refused.
fn line(
    submission: &Submission,
    student: Option<StudentId>,
    releases: &Releases,
    request: &Request<'_>,
) -> Line {
    let receipt = submission.receipt.as_ref();
    let late = submission.upload.as_ref().is_some_and(|upload| upload.late);
    let mut line = Line {
        at: submission.at.clone(),
        student,
        unit: submission.unit.clone(),
        handed_in: submission.time(),
        serial: receipt.and_then(|(receipt, _)| receipt.course.serial),
        late: late || is_late(submission, releases),
        outcome: Outcome::Collected,
        notes: Vec::new(),
    };
    match (receipt, &submission.bad_receipt) {
        (_, Some(why)) => line.notes.push(Note::BadReceipt { why: why.clone() }),
        (None, None) => line.notes.push(Note::NoReceipt),
        (Some((receipt, is_sealed)), None) => {
            if !is_sealed {
                line.notes.push(Note::ReceiptEdited);
            }
            check(receipt, releases, &mut line);
        }
    }
    if line.unit.is_none() {
        // Its receipt is lost: the files say the unit where they can.
        line.unit = unit_by_names(submission, releases);
    }
    match &line.unit {
        Some(unit) if releases.expected(unit).is_empty() => {
            line.notes.push(Note::NoSuchUnit { unit: unit.to_string() });
            line.outcome = Outcome::Refused;
        }
        Some(unit) => {
            if request.unit.is_some_and(|wanted| wanted != unit) {
                line.notes.push(Note::OtherUnit { unit: unit.clone() });
            }
        }
        None => {
            line.notes.push(Note::NoSuchUnit { unit: "?".to_owned() });
            line.outcome = Outcome::Refused;
        }
    }
    line
}

/// Is it late, by the dates of the course as it is, or by those that the student's computer knew?
fn is_late(submission: &Submission, releases: &Releases) -> bool {
    let receipt = submission.receipt.as_ref().map(|(receipt, _)| receipt);
    let at: Option<jiff::Timestamp> = submission.time().and_then(|at| at.parse().ok());
    let units = releases.current().map(|given| given.target.units.as_slice()).unwrap_or_default();
    let unit = submission.unit.as_ref().and_then(|unit| units.iter().find(|line| line.id == *unit));
    match (unit.filter(|unit| unit.dates.due.is_some()), at) {
        (Some(unit), Some(at)) => unit.dates.is_late(at),
        _ => receipt.is_some_and(|receipt| receipt.late == Some(true)),
    }
}

/// The receipt beside the course.
fn check(receipt: &Receipt, releases: &Releases, line: &mut Line) {
    let Some(current) = releases.current() else { return };
    if receipt.course.id != current.target.course {
        line.notes.push(Note::OtherCourse { course: receipt.course.id.clone() });
        line.outcome = Outcome::Refused;
        return;
    }
    if let Some(run) = receipt.course.run.clone().filter(|run| current.target.run.as_ref() != Some(run)) {
        line.notes.push(Note::OtherRun { run });
    }
    let by_digest = receipt.course.release.and_then(|release| releases.with_digest(release));
    let by_serial = receipt.course.serial.and_then(|serial| releases.with_serial(serial));
    match (by_digest, by_serial) {
        // The number says something else than the digest: someone wrote it.
        (Some(given), Some(other)) if given.digest != other.digest => line.notes.push(Note::ReceiptEdited),
        (Some(_), _) => {}
        (None, _) => line.notes.push(Note::UnknownRelease { serial: receipt.course.serial }),
    }
}

/// The unit whose notebook has the name of a file.
fn unit_by_names(submission: &Submission, releases: &Releases) -> Option<UnitId> {
    let has = |unit: &&UnitId| {
        releases.expected(unit).iter().filter(|file| file.notebook.is_some()).any(|file| {
            let name = file.name.name();
            submission.files.keys().any(|path| path.rsplit('/').next() == Some(name))
        })
    };
    let units: Vec<&UnitId> = releases.units().filter(has).collect();
    match units.as_slice() {
        [only] => Some((*only).clone()),
        _ => None,
    }
}

/// What is to be collected, by student and unit; of several submissions the last one first: it counts.
fn by_student<'a>(
    lines: &'a mut [(Line, usize)],
    found: &'a [Submission],
) -> BTreeMap<(StudentId, UnitId), Vec<(&'a mut Line, &'a Submission)>> {
    let mut all: BTreeMap<(StudentId, UnitId), Vec<(&mut Line, &Submission)>> = BTreeMap::new();
    for (line, at) in lines.iter_mut().filter(|(line, _)| line.outcome == Outcome::Collected) {
        let (Some(student), Some(unit)) = (line.student.clone(), line.unit.clone()) else { continue };
        if let Some(submission) = found.get(*at) {
            all.entry((student, unit)).or_default().push((line, submission));
        }
    }
    for submissions in all.values_mut() {
        submissions.sort_by(|(_, a), (_, b)| b.order().cmp(&a.order()));
    }
    all
}

/// Opens a submission and puts what can be graded into the tree.
fn take(
    line: &mut Line,
    submission: &Submission,
    inbox: &mut Inbox,
    releases: &Releases,
    tree: &mut Submitted,
    request: &Request<'_>,
) -> io::Result<()> {
    let (Some(student), Some(unit)) = (line.student.clone(), line.unit.clone()) else { return Ok(()) };
    let (files, notes) = graded::files(inbox, submission, &unit, releases);
    line.notes.extend(notes);
    if files.is_empty() {
        line.outcome = Outcome::Refused;
        return Ok(());
    }
    if !tree.has(&unit) {
        line.notes.push(Note::NoAssignment);
    } else if !is_of_this_course(tree, &unit, releases) {
        line.notes.push(Note::OtherTree);
    }
    let (outcome, is_graded) = tree.put(&student, &unit, &files, request.regrade)?;
    line.outcome = outcome;
    if outcome != Outcome::Kept {
        tree.sent(&student, &unit, submission.upload.as_ref());
    }
    if outcome == Outcome::Kept {
        line.notes.push(if is_graded { Note::Graded } else { Note::Edited });
    }
    Ok(())
}

/// Does the tree grade the cells that the course has?
fn is_of_this_course(tree: &Submitted, unit: &UnitId, releases: &Releases) -> bool {
    releases.expected(unit).iter().all(|file| {
        let Some(current) = &file.notebook else { return true };
        let source = tree.source(unit, &file.name).and_then(|bytes| nbformat::read(&bytes).ok());
        let cells = |notebook: &Notebook| {
            let all = flagged(notebook).into_iter();
            all.map(|(id, (_, cell))| (id, cell.to_string())).collect::<BTreeMap<_, _>>()
        };
        source.is_some_and(|source| cells(&source) == cells(current))
    })
}
