//! `tito submit UNIT`: one file to upload, with the unit's work, the exported code and a receipt; and the unit is handed in.

pub(super) mod gather;

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::apply::{Command, write_beside};
use crate::compile::Unit;
use crate::digest::Digest;
use crate::id::UnitId;
use crate::lock::{Config, Submitted};
use crate::path::WorkspacePath;
use crate::plan::{Notice, Request};
use crate::receipt::{File, Kind, MAX_GRADED_BYTES, RECEIPT_VERSION, Receipt, StudentId, Tests};
use crate::student::last_tests::LastTests;
use crate::student::submission::{Submission, said};
use crate::world::World;
use crate::world::disk::Disk;

use super::module::opened::Opened;
use super::module::record_with;
use crate::cli::ask::{Answer, Consent};
use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::steps::notice_text;
use crate::cli::{current_course, find, time, workspace};

/// Packs a unit into one file that you upload where your course wants it, and records that you handed it in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: its number or its id
    #[arg(add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    unit: String,
    /// The file to write; default: COURSE-UNIT-STUDENT.zip in this folder
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Your student id, as your university writes it; it is remembered
    #[arg(long = "as", value_name = "STUDENT-ID", value_parser = |text: &str| text.parse::<StudentId>())]
    student: Option<StudentId>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// The key of config.json under which the student's id is remembered.
const STUDENT: &str = "student";

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    submit(args, out).unwrap_or_else(|exit| exit)
}

fn submit(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let root = workspace::find(&world, out)?;
    // Before anything is read: a file that is uploaded and not recorded would be counted wrongly the next time.
    let lock = workspace::take_lock(&world, &root, Command::new("submit"), out)?;
    let home = workspace::read(&world, &root, out)?;
    // What the student has, not what the course says by now.
    let target = match current_course::as_given(&world, &home) {
        Some(target) => target,
        None => current_course::compiled(&world, &home, out)?,
    };
    let opened = Opened::new(&world, home.clone(), target, out)?;
    let unit = opened.unit(&args.unit, out)?.clone();
    let submission = gather::files(&world, &opened, &unit, out)?;
    let planned = workspace::look(&world, &home, opened.target.clone(), &Request::Update, out)?;
    let progress = planned.observed.progress;
    let notices = planned.plan.notices.iter().filter(|notice| is_about(notice, &unit.id));
    let saved_again: Vec<String> = notices.map(notice_text).collect();
    let before = progress.submitted.get(&unit.id);
    let now = world.now();
    let receipt = receipt(args, &world, &opened, &unit, &submission, before, now);
    let clock = Clock::new(now, opened.target.timezone.as_deref());
    if !is_wanted(args, &unit, saved_again, (&submission, &receipt), before, &clock, out)? {
        return Ok(Exit::Done);
    }
    let bytes = submission
        .zip(&receipt)
        .map_err(|error| out.fail(&format!("the files cannot be packed: {error}"), "nothing was written"))?;
    let file = place(args, &receipt, out)?;
    write_beside(&find::absolute(&file), &bytes).map_err(|error| {
        out.fail(&error.to_string(), "nothing was handed in; choose another file: `-o FILE`")
    })?;
    let submitted = Submitted {
        at: receipt.at.clone(),
        number: receipt.number,
        receipt: Digest::of(&receipt.write()),
        files: work(&receipt).map(|(path, digest)| (path.clone(), digest)).collect(),
        reopened: false,
    };
    let config = config(args, &opened.home.config);
    let change = |progress: &mut crate::lock::Progress, _: &str| {
        progress.started.insert(unit.id.clone());
        progress.submitted.insert(unit.id.clone(), submitted);
    };
    let recorded = ("submit", config.as_ref());
    record_with(&world, (&opened.home, &lock), &opened.target, recorded, change, out).inspect_err(|_| {
        let (file, id) = (file.display().to_string(), &unit.id);
        out.say(clean(&format!(
            "{file} was written, but it is not recorded that you handed it in: delete it, and run `tito submit {id}` again"
        )));
    })?;
    told(&unit, &receipt, &file, out);
    Ok(Exit::Done)
}

/// Is it about newer work of `unit` that may not be handed in?
fn is_about(notice: &Notice, unit: &UnitId) -> bool {
    matches!(notice, Notice::SavedAgain { unit: Some(of), .. } if of == unit)
}

fn work(receipt: &Receipt) -> impl Iterator<Item = (&WorkspacePath, Digest)> {
    let files = receipt.files.iter().filter(|(_, file)| file.kind == Kind::Work);
    files.map(|(path, file)| (path, file.sha256))
}

fn receipt(
    args: &Args,
    world: &Disk,
    opened: &Opened,
    unit: &Unit,
    submission: &Submission,
    before: Option<&Submitted>,
    now: jiff::Timestamp,
) -> Receipt {
    let remembered = || opened.home.config.other.get(STUDENT)?.as_str()?.parse().ok();
    let dates = unit.dates;
    let mut receipt = Receipt {
        format: RECEIPT_VERSION,
        tito: env!("CARGO_PKG_VERSION").to_owned(),
        course: gather::course(world, opened),
        unit: unit.id.clone(),
        student: args.student.clone().or_else(remembered),
        at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        number: before.map_or(1, |before| before.number.saturating_add(1)),
        late: dates.due.map(|_| dates.is_late(now)),
        closed: dates.closes.map(|_| dates.is_closed(now)),
        files: submission.receipt_files().collect(),
        tests: None,
        odd: submission.odd.clone(),
    };
    let last = LastTests::read(world, &opened.home.root).units.remove(&unit.id);
    receipt.tests = last.map(|last| Tests {
        of_these_files: last
            .files
            .iter()
            .all(|(path, digest)| receipt.files.get(path).is_some_and(|file| file.sha256 == *digest)),
        at: last.at,
        passed: last.passed,
        graded: last.graded,
        failed: last.failed,
    });
    receipt
}

/// Says what a grader would stumble over, and asks where there is something.
fn is_wanted(
    args: &Args,
    unit: &Unit,
    saved_again: Vec<String>,
    (submission, receipt): (&Submission, &Receipt),
    before: Option<&Submitted>,
    clock: &Clock,
    out: &Out,
) -> Result<bool, Exit> {
    let (mut notes, dates) = (saved_again, unit.dates);
    notes.extend(some(submission.odd.iter().map(said).collect()));
    notes.extend(receipt.files.iter().filter_map(|(path, file)| too_large(path, file)));
    if let Some(tests) = receipt.tests.as_ref().filter(|tests| tests.of_these_files && !tests.passed) {
        let names = some(tests.failed.clone()).join(", ");
        notes
            .push(format!("when its tests last ran, they failed: {names} · see them: tito test {}", unit.id));
    }
    if let Some(due) = dates.due.filter(|_| receipt.late == Some(true)) {
        notes.push(format!("it is late: it was due {}", clock.moment(due)));
    }
    if let Some(closes) = dates.closes.filter(|_| receipt.closed == Some(true)) {
        let closes = clock.moment(closes);
        notes.push(format!("the unit closed {closes}: ask whether your course still takes it"));
    }
    if let Some(before) = before {
        notes.push(again(before));
    }
    for note in &notes {
        out.say(format!("{} {}", paint(Look::Notice, "!"), clean(note)));
    }
    if notes.is_empty() {
        return Ok(true);
    }
    let help = format!("to hand it in as it is: `tito submit {} --yes`", unit.id);
    let consent = Consent {
        yes: args.yes,
        question: &[format!("hand in {} as it is?", clean(&unit.title))],
        go_on: "hand it in",
        default: Answer::Cancel,
        view: None,
        alone: ("there is something to look at first, and no terminal to ask on", &help, Exit::Usage),
    };
    consent.agreed(out)
}

/// What `tito collect` would refuse.
fn too_large(path: &WorkspacePath, file: &File) -> Option<String> {
    let (size, most) = (file.bytes / 1_000_000, MAX_GRADED_BYTES / 1_000_000);
    (file.kind == Kind::Work && file.bytes > MAX_GRADED_BYTES).then(|| {
        format!("{path} has {size} MB, and no more than {most} MB are graded: in Jupyter, Edit › Clear Outputs of All Cells, then save")
    })
}

/// So many of one kind are named.
const NAMED: usize = 5;

/// The first of many, and how many more there are.
fn some(mut all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(NAMED);
    if more > 1 {
        all.truncate(NAMED);
        all.push(format!("and {more} more"));
    }
    all
}

/// What was handed in before.
fn again(before: &Submitted) -> String {
    let times = if before.number == 1 { "once".to_owned() } else { format!("{} times", before.number) };
    format!("it was handed in {times} already, the last time {}: this one counts instead", local(&before.at))
}

/// A time as a receipt has it, where the student is.
pub(super) fn local(at: &str) -> String {
    at.parse().map_or_else(|_| at.to_owned(), time::local)
}

/// Where the file goes: a new name where none was given.
fn place(args: &Args, receipt: &Receipt, out: &Out) -> Result<PathBuf, Exit> {
    let world = Disk::new();
    let is_free = |path: &Path| !find::is_there(&world, &find::absolute(path));
    if let Some(file) = &args.output {
        if is_free(file) {
            return Ok(file.clone());
        }
        out.fail(
            &format!("`{}` exists already", file.display()),
            "nothing was handed in; choose another name, or leave out `-o`",
        );
        return Err(Exit::Blocked);
    }
    let course = receipt.course.id.rsplit('/').next().unwrap_or("course");
    let student = receipt.student.as_ref().map(|student| format!("-{student}")).unwrap_or_default();
    let name = |number: u64| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        PathBuf::from(format!("{course}-{}{student}{number}.zip", receipt.unit))
    };
    // What was handed in before may be the only copy of that work.
    let free = (receipt.number..receipt.number.saturating_add(10_000)).map(name).find(|path| is_free(path));
    free.ok_or_else(|| out.fail("there is no free name for the file", "choose one: `-o FILE`"))
}

/// The configuration with the student's id, where that is new.
fn config(args: &Args, before: &Config) -> Option<Config> {
    let student = args.student.as_ref()?.as_str();
    if before.other.get(STUDENT).and_then(|known| known.as_str()) == Some(student) {
        return None;
    }
    let mut config = before.clone();
    config.other.insert(STUDENT.to_owned(), student.into());
    Some(config)
}

fn told(unit: &Unit, receipt: &Receipt, file: &Path, out: &Out) {
    if out.json {
        out.value(&json!({"unit": unit.id, "file": file, "receipt": receipt}));
        return;
    }
    let count = |kind: Kind| receipt.files.values().filter(|file| file.kind == kind).count();
    let mut parts = vec![counted(count(Kind::Work), "work file")];
    for (kind, what) in [(Kind::Exported, "exported module"), (Kind::Own, "file of your own")] {
        if count(kind) > 0 {
            parts.push(match kind {
                Kind::Own => format!("{} of your own", counted(count(kind), "file")),
                _ => counted(count(kind), what),
            });
        }
    }
    let (title, shown) = (clean(&unit.title), clean(&file.display().to_string()));
    out.line(format!("{} {title} is packed in {shown}: {}", paint(Look::Good, "✓"), parts.join(", ")));
    match &receipt.student {
        Some(student) => out.line(format!("  handed in as {}", clean(student.as_str()))),
        None => out.line("  without a student id; if your course asks for one: `--as STUDENT-ID`"),
    }
    out.line("now upload this file where your course wants it; you can hand in again with the same command");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_one_grades_is_said_before_it_is_handed_in() {
        let path = WorkspacePath::new("modules/02_sums/sums.ipynb").unwrap();
        let (kind, sha256) = (Kind::Work, Digest::of(b""));
        let file = |bytes| File { kind, name: None, id: None, sha256, bytes, given: None };
        assert_eq!(too_large(&path, &file(MAX_GRADED_BYTES)), None);
        let said = too_large(&path, &file(90_000_000)).unwrap();
        assert!(
            said.starts_with("modules/02_sums/sums.ipynb has 90 MB, and no more than 67 MB are graded"),
            "{said}"
        );
    }

    #[test]
    fn many_are_not_all_named() {
        let all = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
        assert_eq!(some(all(6)), all(6), "one more is named, rather than counted");
        assert_eq!(some(all(12)), ["0", "1", "2", "3", "4", "and 7 more"]);
    }
}
