//! `tito publish SITES --all COURSES`: many courses, each into a folder of its own. All are checked before the first is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::path::slashed;
use crate::publish::folder::Folder;
use crate::publish::{Before, Next, PublishError, Said, Signer, accepted, next};
use crate::world::disk::Disk;
use crate::world::site::Address;

use super::{
    Args, Course, anyway, breaks, broken, help, is_file, obstacle, published, released_before, signer,
};
use crate::cli::ask::{Answer, Consent};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::sources::{self, Policy};
use crate::cli::{find, report};

/// A course and its folder, ready to be written.
struct Site {
    course: Course,
    /// Its folder.
    path: PathBuf,
    /// Held, where the folder is there already.
    folder: Option<Folder>,
    before: Option<Before>,
    /// The release. None: the folder has it already.
    next: Option<Next>,
}

/// What keeps a course from being published.
struct Fault {
    course: PathBuf,
    found: Vec<Diagnostic>,
    /// What else is wrong, and what helps.
    why: Option<(String, String)>,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    if is_file(&args.to) {
        out.fail(
            "many courses cannot be published into one file",
            "name a folder: each course gets a folder of its own in it",
        );
        return Err(Exit::Usage);
    }
    let world = Disk::new();
    let courses = courses(&world, args, out)?;
    distinct(&courses, out)?;
    show_warnings(&courses, out);
    let signer = signer(args, out)?;
    let sites = prepared(courses, &world, signer.as_ref(), args, out)?;
    if !is_wanted(&sites, args, out)? {
        return Ok(Exit::Done);
    }
    if args.at.is_given() {
        let would = sites.iter().filter(|site| site.next.is_some()).count();
        if out.json {
            out.value(&json!({"courses": [], "changed": 0, "would_change": would}));
        } else {
            let of = counted(sites.len(), "course");
            out.line(format!(
                "then {would} of {of} would be published · nothing was published: `--at` only shows"
            ));
        }
        return Ok(Exit::Done);
    }
    let mut written = Vec::new();
    for site in &sites {
        if let Err(error) = site.write() {
            out.fail(&error.to_string(), &help(&error, &site.path));
            let (done, all) = (written.len(), counted(sites.len(), "course"));
            out.say(format!("{done} of {all} were published; run it again: it goes on with the others"));
            return Err(Exit::Failed);
        }
        written.push(site.said());
        if !out.json {
            out.line(site.line());
        }
    }
    let changed = sites.iter().filter(|site| site.next.is_some()).count();
    if out.json {
        out.value(&json!({"courses": written, "changed": changed}));
    } else {
        out.line(format!(
            "{}: {changed} published, {} as they were",
            counted(sites.len(), "course"),
            sites.len() - changed
        ));
    }
    Ok(Exit::Done)
}

/// The courses that `--all` names, compiled. None of them has errors.
pub(super) fn courses(world: &Disk, args: &Args, out: &Out) -> Result<Vec<Course>, Exit> {
    let (paths, _) = find::courses(world, &args.all, out)?;
    let policy = |path: &Path| Policy::locked(world, path, false);
    let results = sources::compile_many(world, &paths, policy, |path, checked| {
        let (target, found) = checked.into_result().map_err(|found| Fault::of(path, found, None))?;
        match obstacle(world, path, &target) {
            Some((message, help)) => Err(Fault::of(path, Vec::new(), Some((message, help.to_owned())))),
            None => Ok((target, report::warnings(&found))),
        }
    });
    let (mut courses, mut faults) = (Vec::new(), Vec::new());
    for (path, result) in paths.into_iter().zip(results) {
        match result {
            Ok((target, warnings)) => {
                let now = args.at.or_now(world, target.timezone.as_deref(), out)?;
                courses.push(Course { path, target: target.at(now), now, warnings });
            }
            Err(fault) => faults.push(fault),
        }
    }
    none(&faults, out).map(|()| courses)
}

/// The warnings of each course under its name, as `tito check` shows them.
fn show_warnings(courses: &[Course], out: &Out) {
    for course in courses.iter().filter(|course| !course.warnings.is_empty() && !out.json) {
        out.say(paint(Look::Strong, &clean(&course.path.display().to_string())));
        report::show_warnings(&course.warnings, out);
    }
}

/// Each course needs a folder of its own.
fn distinct(courses: &[Course], out: &Out) -> Result<(), Exit> {
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for course in courses {
        if let Some(first) = seen.insert(&course.target.course, &course.path) {
            let message = format!(
                "two courses have the id `{}`: {} and {}",
                course.target.course,
                first.display(),
                course.path.display()
            );
            out.fail(&message, "give each course an id of its own, or name only one of them");
            return Err(Exit::Blocked);
        }
    }
    Ok(())
}

/// What is to be written, for every course. Nothing is written yet.
fn prepared(
    courses: Vec<Course>,
    world: &Disk,
    signer: Option<&Signer>,
    args: &Args,
    out: &Out,
) -> Result<Vec<Site>, Exit> {
    let said = Said {
        moved: None,
        signer,
        notes: args.notes.clone(),
        published: published(world),
        keep: Some(usize::from(args.keep)),
    };
    let (mut sites, mut faults) = (Vec::new(), Vec::new());
    for course in courses {
        // No part of an id has a point: two courses never have one folder.
        let path = args.to.join(course.target.course.replace('/', "."));
        match prepare(&course, &path, &said, args) {
            Ok((folder, before, next)) => sites.push(Site { course, path, folder, before, next }),
            Err(error) => {
                let why = Some((error.to_string(), help(&error, &path)));
                faults.push(Fault::of(&course.path, Vec::new(), why));
            }
        }
    }
    none(&faults, out).map(|()| sites)
}

type Ready = (Option<Folder>, Option<Before>, Option<Next>);

fn prepare(course: &Course, path: &Path, said: &Said<'_>, args: &Args) -> Result<Ready, PublishError> {
    // A folder that is not there is made when everything is checked.
    let folder = find::is_there_at_all(path).then(|| Folder::open(path)).transpose()?;
    let before = folder.as_ref().map(Folder::before).transpose()?.flatten();
    if !args.change_key {
        accepted(before.as_ref(), said.signer)?;
    }
    let next = next(&course.target, before.as_ref(), said)?;
    Ok((folder, before, next))
}

/// Shows what the releases break for students, and asks once.
fn is_wanted(sites: &[Site], args: &Args, out: &Out) -> Result<bool, Exit> {
    let mut breaking = Vec::new();
    for site in sites {
        let (Some(before), Some(next)) = (&site.before, &site.next) else { continue };
        if before.index.current == next.index.current {
            continue;
        }
        let whole = released_before(&Address::Folder(site.path.clone()));
        if whole.is_none() {
            let message = format!("the release before of {} cannot be read whole", site.course.target.course);
            out.note(&message, "what changes for students is not shown");
        }
        let Some(old) = whole.or_else(|| before.outline()) else { continue };
        let found = broken(&old, before, &site.course.target, site.course.now, &anyway(args));
        if found.iter().any(breaks) {
            breaking.push(Fault::of(&site.course.path, found, None));
        }
    }
    if breaking.is_empty() {
        return Ok(true);
    }
    // A program reads one value: what is wrong, or what was published.
    if !out.json || !args.yes {
        show(&breaking, out);
    }
    let question = format!(
        "{} of {} break what students have of the release before",
        breaking.len(),
        counted(sites.len(), "course")
    );
    let help = format!("to publish them all the same: `{}`", anyway(args));
    let consent = Consent {
        yes: args.yes,
        question: std::slice::from_ref(&question),
        go_on: "publish",
        default: Answer::Cancel,
        view: None,
        alone: (&question, &help, Exit::Blocked),
    };
    consent.agreed(out)
}

/// Nothing is wrong.
///
/// # Errors
/// After showing all `faults`.
fn none(faults: &[Fault], out: &Out) -> Result<(), Exit> {
    if faults.is_empty() {
        return Ok(());
    }
    show(faults, out);
    out.say("nothing was published");
    let is_course = faults.iter().any(|fault| !fault.found.is_empty());
    Err(if is_course { Exit::Failed } else { Exit::Blocked })
}

fn show(faults: &[Fault], out: &Out) {
    if out.json {
        let all: Vec<Diagnostic> = faults.iter().flat_map(|fault| fault.found.clone()).collect();
        let list: Vec<Value> = faults.iter().map(Fault::value).collect();
        out.value(&json!({"courses": list, "summary": report::summary(&all)}));
        return;
    }
    for fault in faults {
        out.say(paint(Look::Strong, &clean(&fault.course.display().to_string())));
        if !fault.found.is_empty() {
            report::show(&fault.found, out);
        }
        if let Some((message, help)) = &fault.why {
            out.fail(message, help);
        }
    }
}

impl Fault {
    fn of(course: &Path, found: Vec<Diagnostic>, why: Option<(String, String)>) -> Self {
        Self { course: course.to_owned(), found, why }
    }

    fn value(&self) -> Value {
        let course = slashed(&self.course);
        let why = self.why.as_ref().map(|(message, help)| json!({"message": message, "help": help}));
        json!({"course": course, "diagnostics": report::entries(&self.found), "error": why})
    }
}

impl Site {
    fn write(&self) -> Result<(), PublishError> {
        match (&self.folder, &self.next, &self.before) {
            (Some(folder), Some(next), _) => folder.write(next),
            (Some(folder), None, Some(before)) => folder.settle(before),
            (Some(_), None, None) | (None, None, _) => Ok(()),
            (None, Some(next), _) => {
                let folder = Folder::open(&self.path)?;
                // It was not there a moment ago; what someone else published since is not overwritten.
                match folder.before()? {
                    Some(_) => Err(PublishError::Busy),
                    None => folder.write(next),
                }
            }
        }
    }

    fn serial(&self) -> u64 {
        let index = self.next.as_ref().map(|next| &next.index).or(self.before.as_ref().map(|old| &old.index));
        index.map_or(0, |index| index.current)
    }

    fn bytes(&self) -> usize {
        self.next.iter().flat_map(|next| &next.files).map(|(_, bytes)| bytes.len()).sum()
    }

    fn line(&self) -> String {
        let (shown, serial) = (clean(&self.path.display().to_string()), self.serial());
        let course = clean(&self.course.target.course);
        if self.next.is_none() {
            return format!("  {course}: {shown} has it already, as release {serial}");
        }
        let files = counted(self.course.target.files.len(), "file");
        let size = indicatif::HumanBytes(self.bytes() as u64);
        format!("{} {course}: release {serial} in {shown}: {files}, {size} written", paint(Look::Good, "✓"))
    }

    fn said(&self) -> Value {
        let folder = slashed(&self.path);
        json!({
            "course": self.course.target.course, "folder": folder, "serial": self.serial(), "changed": self.next.is_some(),
            "bytes": self.bytes(), "files": self.course.target.files.len(),
        })
    }
}
