//! `tito collect INBOX -o DIR`: what students handed in, into the tree that nbgrader grades.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compile::Overrides;
use crate::delivery::{self, Store, Wanted};
use crate::digest::Digest;
use crate::id::UnitId;
use crate::release::Release;
use crate::teach::collect::{Given, Line, Note, Outcome, Releases, Report, Request, collect};
use crate::teach::nbgrader;
use crate::world::disk::Disk;

use super::graph;
use crate::cli::address::{self, Asker};
use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};

/// Collects submissions, as a learning platform gives them, for nbgrader.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder or a zip file with what students handed in
    inbox: PathBuf,
    /// The tree that `tito nbgrader` made
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// The course: course.yml, or where it is published; default: course.yml in this folder
    #[arg(long, value_name = "COURSE")]
    course: Option<PathBuf>,
    /// The unit that the inbox is of: others are named
    #[arg(long, value_name = "UNIT")]
    unit: Option<UnitId>,
    /// Take also what a student handed in after an earlier one was graded
    #[arg(long)]
    regrade: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    gather(args, out).unwrap_or_else(|exit| exit)
}

fn gather(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let dir = find::absolute(&args.output);
    let shown = args.output.display();
    if !matches!(nbgrader::written(&dir), Ok(Some(_))) {
        let help = format!("make it first: `tito nbgrader {}`", shell(&shown.to_string()));
        out.fail(&format!("`{shown}` is not a tree that `tito nbgrader` made"), &help);
        return Err(Exit::Blocked);
    }
    if args.course.is_none() && find::course_here(&Disk::new()).is_none() {
        let help = "go to the folder of the course, or name the course: `--course COURSE`";
        return Err(out.fail("there is no `course.yml` in this folder", help));
    }
    let releases = releases(args.course.as_deref(), out)?;
    if let Some(unit) = args.unit.as_ref().filter(|unit| releases.expected(unit).is_empty()) {
        let known: Vec<&str> = releases.units().map(UnitId::as_str).collect();
        let help = format!("its units: {}", known.join(", "));
        return Err(out.fail(&format!("the course has no unit `{unit}` that can be graded"), &help));
    }
    let request = Request { unit: args.unit.as_ref(), regrade: args.regrade };
    let report = collect(&find::absolute(&args.inbox), &releases, &dir, &request).map_err(|error| {
        let message = format!("the inbox cannot be collected: {}", crate::world::reason(&error));
        out.fail(&message, "fix that, and run the same again")
    })?;
    if out.json {
        out.value(&report);
    } else {
        show(&report, args, out);
    }
    Ok(if report.needs_attention() { Exit::Failed } else { Exit::Done })
}

/// The course as students got it: compiled, or every release that is published.
pub(super) fn releases(course: Option<&Path>, out: &Out) -> Result<Releases, Exit> {
    let address = match course {
        Some(word) => address::of(word, out)?,
        None => None,
    };
    let Some(place) = address else {
        let target = graph::target(course, &Overrides::default(), out)?;
        return Ok(Releases::new(Given::compiled(target), Vec::new()));
    };
    let name = place.to_string();
    let asked = Wanted::of(&name);
    let mut published = delivery::ask(&place, asked)
        .map_err(|error| address::say(&error, Asker::Known { yes: false }, out))?;
    let mut contents: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
    let mut all = Vec::new();
    for serial in published.serials() {
        let wanted = Wanted { serial: Some(serial), ..asked };
        let have = |digest| contents.get(&digest).cloned();
        let fetched = published.fetch(wanted, &Store { read: &have, ..Store::EMPTY }, &|_, _| {});
        let target =
            fetched.map_err(|error| address::say(&error, Asker::Known { yes: false }, out))?.target().clone();
        contents.extend(target.files.values().map(|file| (file.digest, file.content.clone())));
        all.push(Given { serial: Some(serial), digest: Release::of(&target).digest(), target });
    }
    let mut all = all.into_iter();
    let current = all.next().ok_or_else(|| out.fail("nothing is published there", ""))?;
    Ok(Releases::new(current, all.collect()))
}

fn show(report: &Report, args: &Args, out: &Out) {
    for line in &report.submissions {
        let whose = line.student.as_ref().map_or("?", |student| student.as_str());
        let unit = line.unit.as_ref().map_or("?", UnitId::as_str);
        let late = if line.late { "   late" } else { "" };
        let mark = match (line.outcome, line.needs_attention()) {
            (_, true) => paint(Look::Notice, "!"),
            (Outcome::Superseded | Outcome::Unchanged, _) => " ".to_owned(),
            _ => paint(Look::Good, "✓"),
        };
        let text = format!("{:<10} {whose} {unit}   {}{late}", line.outcome.as_str(), line.at);
        out.line(format!("{mark} {}", clean(&text)));
        for note in &line.notes {
            let mark = if note.needs_attention() { paint(Look::Notice, "!") } else { " ".to_owned() };
            out.line(format!("  {mark} {}", clean(&note.said())));
        }
    }
    for left in &report.left_out {
        out.line(clean(&format!("! left out   {}", left.at)));
        out.line(clean(&format!("  ! {}", left.why)));
    }
    let count = |outcome: Outcome| report.submissions.iter().filter(|line| line.outcome == outcome).count();
    let taken = count(Outcome::Collected) + count(Outcome::Replaced);
    let looked =
        report.submissions.iter().filter(|line| line.needs_attention()).count() + report.left_out.len();
    let mut parts = vec![format!("{} collected", counted(taken, "submission"))];
    for (outcome, what) in
        [(Outcome::Unchanged, "unchanged"), (Outcome::Superseded, "superseded"), (Outcome::Kept, "kept")]
    {
        if count(outcome) > 0 {
            parts.push(format!("{} {what}", count(outcome)));
        }
    }
    if looked > 0 {
        parts.push(format!("{looked} to look at"));
    }
    out.line(parts.join(", "));
    let units: std::collections::BTreeSet<&UnitId> = report
        .submissions
        .iter()
        .filter(|line| is_in_tree(line))
        .filter_map(|line| line.unit.as_ref())
        .collect();
    if let (Some(unit), true) = (units.first(), taken > 0) {
        let shown = shell(&args.output.display().to_string());
        out.line(format!("next: cd {shown} && nbgrader autograde {unit}"));
    }
}

fn is_in_tree(line: &Line) -> bool {
    matches!(line.outcome, Outcome::Collected | Outcome::Replaced)
        && !line.notes.contains(&Note::NoAssignment)
}
