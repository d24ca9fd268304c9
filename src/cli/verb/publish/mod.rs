//! `tito publish`: a course to where students get it from, a folder or one file; or many, each into a folder of its own.

mod many;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use crate::compile::{Overrides, Target};
use crate::delivery::{self, Store, Wanted};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::lock::{self, Lock, MAX_LOCK_BYTES};
use crate::notebook::tiers::Tier;
use crate::path::slashed;
use crate::publish::folder::{self, Folder};
use crate::publish::timer::{self, Service};
use crate::publish::{Before, Moved, Next, PublishError, Said, Signer, accepted, next, one_file};
use crate::schedule::Zone;
use crate::world::World;
use crate::world::disk::Disk;
use crate::world::site::{Address, ENDING};

use crate::cli::ask::{Answer, Consent};
use crate::cli::dates::Clock;
use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};
use crate::cli::verb::compare;
use crate::cli::{find, password, released, report, sources};

/// Publishes a course into a folder that a web server serves, or into one file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder: new, empty, or published before; or a file `NAME.tito`; with `--all` the folder of the courses' folders
    to: PathBuf,
    /// The course; default: course.yml in this folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Publish many: courses, or folders in which all are meant. Each goes into a folder of its own, named after its id, with `.` for `/`
    #[arg(long, value_name = "COURSES", num_args = 1.., conflicts_with_all = ["config", "check", "moved"])]
    all: Vec<PathBuf>,
    /// Is everything there that was published, byte for byte? Writes nothing
    #[arg(long, conflicts_with_all = ["config", "notes", "keep", "yes", "moved", "sign", "change_key"])]
    check: bool,
    /// What is new, in a sentence; students see it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// How many releases stay, the newest included
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    keep: u16,
    /// Tell students that the course is at this address from now on; `here`: it is here again
    #[arg(long, value_name = "URL")]
    moved: Option<String>,
    /// Sign the release with the secret key in this file; `tito key new` makes one
    #[arg(long, value_name = "KEYFILE")]
    sign: Option<PathBuf>,
    #[command(flatten)]
    password: password::Password,
    /// Publish with a key that the key before it did not announce, or without a signature: students have to accept that
    #[arg(long)]
    change_key: bool,
    #[command(flatten)]
    at: At,
    /// Print when to publish, as a timer for this service: units open with the next release after their date. Publishes nothing
    #[arg(long, value_enum, conflicts_with = "check")]
    timer: Option<Service>,
    /// Publish also what breaks, or changes, grading
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = match args.timer {
        Some(service) => timer(service, args, out),
        None if args.check => check(args, out),
        None if !args.all.is_empty() => many::run(args, out),
        None => publish(args, out),
    };
    done.unwrap_or_else(|exit| exit)
}

/// `--moved`.
fn moved(text: &str, out: &Out) -> Result<Moved, Exit> {
    if text == "here" {
        return Ok(Moved::Here);
    }
    match Address::of_url(text) {
        Some(Ok(address)) => Ok(Moved::To(address.to_string())),
        found => {
            let why =
                found.and_then(Result::err).unwrap_or_else(|| "it does not begin with https://".to_owned());
            out.fail(
                &format!("`{text}` is not an address that students can go to: {why}"),
                "name the whole address: https://…",
            );
            Err(Exit::Usage)
        }
    }
}

/// Where a course is published.
enum Place {
    Folder(Folder),
    File(PathBuf),
}

fn publish(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    is_a_place(args, out)?;
    let course = find::course(args.config.as_deref());
    let compiled = sources::compile(&world, &course, &Overrides::default());
    let target = report::whole_with_warnings(compiled, out)?;
    may_be_published(&world, &course, &target, out)?;
    let now = args.at.or_now(&world, target.timezone.as_deref(), out)?;
    let target = target.at(now);
    if args.at.is_given() && !find::is_there_at_all(&args.to) {
        would_be(1, args, out);
        return Ok(Exit::Done);
    }
    let place = if is_file(&args.to) {
        Place::File(args.to.clone())
    } else {
        Place::Folder(Folder::open(&args.to).map_err(|error| refused(&error, &args.to, out))?)
    };
    let before = match &place {
        Place::Folder(folder) => folder.before(),
        Place::File(path) => one_file::before(path),
    };
    let before = before.map_err(|error| refused(&error, &args.to, out))?;
    let signer = signer(args, out)?;
    if !args.change_key {
        accepted(before.as_ref(), signer.as_ref()).map_err(|error| refused(&error, &args.to, out))?;
    }
    let moved = args.moved.as_deref().map(|text| moved(text, out)).transpose()?;
    let said = Said {
        moved,
        signer: signer.as_ref(),
        notes: args.notes.clone(),
        published: published(&world),
        // A course in one file is one release.
        keep: Some(if matches!(place, Place::File(_)) { 1 } else { usize::from(args.keep) }),
    };
    let found = next(&target, before.as_ref(), &said).map_err(|error| refused(&error, &args.to, out))?;
    let Some(next) = found else {
        if let (Place::Folder(folder), Some(before), false) = (&place, &before, args.at.is_given()) {
            folder.settle(before).map_err(|error| refused(&error, &args.to, out))?;
        }
        unchanged(before.as_ref(), args, out);
        say_next(&target, now, out);
        return Ok(Exit::Done);
    };
    let is_new = before.as_ref().is_none_or(|before| before.index.current != next.index.current);
    if is_new && !is_wanted(&place, before.as_ref(), &target, now, args, out)? {
        return Ok(Exit::Done);
    }
    if args.at.is_given() {
        would_be(next.index.current, args, out);
        return Ok(Exit::Done);
    }
    let written = match &place {
        Place::Folder(folder) => folder.write(&next),
        Place::File(path) => one_file::write(path, &next),
    };
    written.map_err(|error| refused(&error, &args.to, out))?;
    say(&next, &target, args, out);
    say_next(&target, now, out);
    Ok(Exit::Done)
}

/// The key of `--sign`. It is not where everyone can get it.
fn signer(args: &Args, out: &Out) -> Result<Option<Signer>, Exit> {
    let Some(path) = args.sign.as_deref() else { return Ok(None) };
    if find::absolute(path).starts_with(find::absolute(&args.to)) {
        return Err(refused(&PublishError::SecretKey(path.display().to_string()), &args.to, out));
    }
    password::signer(path, &args.password, out).map(Some)
}

/// A file that is there, other than a course in one file, is not where a course is published: perhaps it is the course.
fn is_a_place(args: &Args, out: &Out) -> Result<(), Exit> {
    if is_file(&args.to) || !find::is_file(&args.to) {
        return Ok(());
    }
    let shown = args.to.display().to_string();
    let help = match args.to.extension().and_then(std::ffi::OsStr::to_str) {
        Some("yml" | "yaml") => {
            format!("the course is named so: `tito publish FOLDER --config {}`", shell(&shown))
        }
        _ => "name a folder, or a file NAME.tito".to_owned(),
    };
    out.fail(&format!("`{shown}` is a file, and not a folder to publish into"), &help);
    Err(Exit::Usage)
}

/// The time of a release.
fn published(world: &dyn World) -> String {
    world.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// When there is more to publish: units that open later.
fn say_next(target: &Target, now: Timestamp, out: &Out) {
    let Some((opens, units)) = target.next_opening(now).filter(|_| !out.json) else { return };
    let clock = Clock::new(now, target.timezone.as_deref());
    let ids: Vec<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
    out.line(format!(
        "publish again {}: {} then · a timer does it: tito publish FOLDER --timer github",
        clock.moment(opens),
        clean(&format!("{} open{}", ids.join(", "), if ids.len() == 1 { "s" } else { "" }))
    ));
}

/// `--timer`: when to publish, as the service wants it.
fn timer(service: Service, args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let courses = if args.all.is_empty() {
        let path = find::course(args.config.as_deref());
        let target = report::whole(sources::compile(&world, &path, &Overrides::default()), out)?;
        let now = args.at.or_now(&world, target.timezone.as_deref(), out)?;
        vec![Course { path, target, now, warnings: Vec::new() }]
    } else {
        many::courses(&world, args, out)?
    };
    let opening = |course: &Course| {
        let opens = course.target.units.iter().filter_map(|unit| unit.dates.opens);
        opens.filter(|opens| *opens > course.now).collect::<Vec<_>>()
    };
    let dates: Vec<Timestamp> = courses.iter().flat_map(opening).collect();
    if dates.is_empty() {
        let what = if args.all.is_empty() { "of this course" } else { "of these courses" };
        let what = format!("no unit {what} opens later");
        return Err(out.fail(&what, "`schedule` in course.yml says when units open"));
    }
    // One clock for all: that of the courses, where they agree.
    let zones: BTreeSet<Option<&str>> =
        courses.iter().map(|course| course.target.timezone.as_deref()).collect();
    let zone = Zone::of(zones.first().copied().flatten().filter(|_| zones.len() == 1));
    out.raw(timer::text(service, &dates, &zone, &again(args)).as_bytes());
    Ok(Exit::Done)
}

/// The command that publishes the same courses into the same folder.
fn again(args: &Args) -> String {
    let word = |path: &Path| shell(&slashed(path));
    let config = args.config.iter().flat_map(|path| ["--config".to_owned(), word(path)]);
    let all = args.all.iter().map(|path| word(path));
    let all = Some("--all".to_owned()).filter(|_| !args.all.is_empty()).into_iter().chain(all);
    ["tito publish".to_owned(), word(&args.to)]
        .into_iter()
        .chain(config)
        .chain(all)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A course that may be published.
struct Course {
    path: PathBuf,
    /// What students get now.
    target: Target,
    now: Timestamp,
    /// What is to be said of it, and keeps it from nothing.
    warnings: Vec<Diagnostic>,
}

fn is_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

/// Not a course of which students would see every solution, and not another one than its lock says.
fn may_be_published(world: &dyn World, course: &Path, target: &Target, out: &Out) -> Result<(), Exit> {
    let Some((message, help)) = obstacle(world, course, target) else { return Ok(()) };
    out.fail(&message, help);
    Err(Exit::Blocked)
}

/// Why the course may not be published, and what helps.
fn obstacle(world: &dyn World, course: &Path, target: &Target) -> Option<(String, &'static str)> {
    if target.tier == Tier::Instructor {
        return Some((
            "the tier of this course is `instructor`: whoever opens what is published sees every solution"
                .to_owned(),
            "write `tier: student` into course.yml",
        ));
    }
    let bytes = world.read(&course.with_file_name("course.lock"), MAX_LOCK_BYTES).ok()?;
    released::disagreement(&bytes, target)
}

/// Shows what the release changes for students who have the previous one. What breaks their grading, or takes the name from what they have,
/// goes out only when that is said.
fn is_wanted(
    place: &Place,
    before: Option<&Before>,
    target: &Target,
    now: Timestamp,
    args: &Args,
    out: &Out,
) -> Result<bool, Exit> {
    let Some(before) = before else { return Ok(true) };
    let whole = released_before(&place.address());
    if whole.is_none() {
        out.note("the release before cannot be read whole", "what changes for students is not shown");
    }
    if let Some(old) = whole.as_ref().filter(|_| !out.json) {
        compare::targets(old, target, out);
    }
    // What it breaks is known also where bytes of it are lost.
    let Some(old) = whole.or_else(|| before.outline()) else { return Ok(true) };
    let broken = broken(&old, before, target, now, &anyway(args));
    let shows = old.tier != Tier::Solution && target.tier == Tier::Solution;
    let is_breaking = shows || broken.iter().any(breaks);
    // A program reads one value: what is wrong, or what was published.
    if !broken.is_empty() && (!out.json || (is_breaking && !args.yes)) {
        report::show(&broken, out);
    }
    if !is_breaking {
        return Ok(true);
    }
    let question = match shows {
        true => {
            "this release shows students every solution: its tier is `solution`, and that of the release before was not"
        }
        false => "this release breaks what students have of the release before",
    };
    let help = format!("to publish it all the same: `{}`", anyway(args));
    let consent = Consent {
        yes: args.yes,
        question: &[question.to_owned()],
        go_on: "publish",
        default: Answer::Cancel,
        view: None,
        alone: (question, &help, Exit::Blocked),
    };
    consent.agreed(out)
}

/// What students have from `address`, if it can be read whole.
fn released_before(address: &Address) -> Option<Target> {
    let wanted = Wanted::of("");
    let old = delivery::ask(address, wanted).ok()?.fetch(wanted, &Store::EMPTY, &|_, _| {}).ok()?;
    Some(old.target().clone())
}

/// The command that publishes what breaks something.
fn anyway(args: &Args) -> String {
    let shown = shell(&args.to.display().to_string());
    if args.all.is_empty() {
        format!("tito publish {shown} --yes")
    } else {
        format!("tito publish {shown} --all … --yes")
    }
}

/// What `target` breaks of the release before, `old`. The command `accept` publishes it all the same.
fn broken(old: &Target, before: &Before, target: &Target, now: Timestamp, accept: &str) -> Vec<Diagnostic> {
    let name = format!("release {}", before.index.current);
    // What was written this moment can be read.
    let release = lock::LockedRelease::read(&name, &Lock::of(old).write());
    release.map(|old| old.accepted_with(accept).broken_by(target, now)).unwrap_or_default()
}

/// Does it take something from students? A base whose version stayed is worth a word, and takes nothing from anyone.
fn breaks(found: &Diagnostic) -> bool {
    found.severity != Severity::Note && found.code != Code::BaseChanged
}

impl Place {
    fn address(&self) -> Address {
        match self {
            Self::Folder(folder) => Address::Folder(folder.path().to_owned()),
            Self::File(path) => Address::File(path.clone()),
        }
    }
}

/// `--at`: what would be published at another moment. Nothing is: students would have what is not open yet.
fn would_be(serial: u64, args: &Args, out: &Out) {
    if out.json {
        out.value(&json!({"serial": serial, "changed": false, "would_change": true}));
        return;
    }
    let shown = clean(&args.to.display().to_string());
    out.line(format!(
        "then it would be release {serial} in {shown} · nothing was published: `--at` only shows"
    ));
}

/// The course is published as it is.
fn unchanged(before: Option<&Before>, args: &Args, out: &Out) {
    let serial = before.map_or(0, |before| before.index.current);
    if out.json {
        out.value(&json!({"serial": serial, "changed": false}));
        return;
    }
    let shown = clean(&args.to.display().to_string());
    out.line(format!("{} {shown} has this course already, as release {serial}", paint(Look::Good, "✓")));
    if args.notes.is_some() {
        out.say("the notes were not published: there is no new release");
    }
}

fn say(next: &Next, target: &Target, args: &Args, out: &Out) {
    let bytes: usize = next.files.iter().map(|(_, bytes)| bytes.len()).sum();
    let serial = next.index.current;
    if out.json {
        out.value(&json!({"serial": serial, "changed": true, "bytes": bytes, "files": target.files.len(), "releases": next.index.releases.len(), "key": next.index.key}));
        return;
    }
    let shown = args.to.display().to_string();
    let size = indicatif::HumanBytes(bytes as u64);
    out.line(format!(
        "{} release {serial} of {} in {}: {}, {size} written",
        paint(Look::Good, "✓"),
        clean(&target.course),
        clean(&shown),
        counted(target.files.len(), "file")
    ));
    if let Some(address) = &next.index.moved {
        out.line(format!("students are told that the course moved to {address}"));
    }
    if let Some(key) = &next.index.key {
        out.line(format!("signed with the key {key}"));
    }
    out.line(format!("try it as a student: tito init {} try", shell(&shown)));
}

fn check(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let path = args.to.clone();
    let address = if is_file(&path) { Address::File(path) } else { Address::Folder(path) };
    let faults = folder::check(&address).map_err(|error| match &error {
        PublishError::Unreadable(_) => out.fail(
            &error.to_string(),
            "is it the right folder? Copy it again, index.json last; or publish the course into a new folder",
        ),
        _ => refused(&error, &args.to, out),
    })?;
    let is_whole = faults.iter().all(|fault| fault.is_exposed);
    if out.json {
        let faults: Vec<_> =
            faults.iter().map(|fault| json!({"name": fault.name, "why": fault.why})).collect();
        out.value(&json!({"faults": faults}));
    } else {
        for fault in &faults {
            out.line(format!("{} {} {}", paint(Look::Bad, "✗"), clean(&fault.name), clean(&fault.why)));
        }
        let shown = clean(&args.to.display().to_string());
        out.line(if faults.is_empty() {
            format!("{} everything in {shown} is as it was published", paint(Look::Good, "✓"))
        } else {
            let count = counted(faults.len(), "fault");
            if is_whole {
                format!("{count}: others can publish in your name")
            } else {
                format!("{count}: students cannot get the whole course")
            }
        });
    }
    if faults.is_empty() {
        return Ok(Exit::Done);
    }
    if faults.iter().any(|fault| fault.is_exposed) {
        out.say(
            "move the key to another place; if others could get it, publish with a new one: tito key rotate",
        );
    }
    if is_whole {
        return Ok(Exit::Failed);
    }
    out.say("copy the folder again, index.json last; or publish the course again into a new folder");
    Ok(Exit::Failed)
}

fn refused(error: &PublishError, to: &Path, out: &Out) -> Exit {
    out.fail(&error.to_string(), &help(error, to));
    match error {
        PublishError::Disk(..) => Exit::Failed,
        _ => Exit::Blocked,
    }
}

/// What helps against `error`.
fn help(error: &PublishError, to: &Path) -> String {
    let shown = shell(&to.display().to_string());
    match error {
        PublishError::OtherCourse(..) => "choose a folder of its own for each course".to_owned(),
        PublishError::NotPublished(_) => {
            "choose a new folder: nothing is written into one that holds other things".to_owned()
        }
        PublishError::Busy => "wait until it is done, and run it again".to_owned(),
        PublishError::Unreadable(_) => {
            "bring the folder back from a copy, such as that on your web server; in a new folder the numbers of releases begin at 1 again, and each student has to run `tito update --to 1` once".to_owned()
        }
        PublishError::SecretKey(_) => {
            "move it out of the folder; if others could get it, they can sign: make a new one with `tito key rotate`".to_owned()
        }
        PublishError::Unsigned(_) => format!(
            "someone else may have changed it, and you would sign that; bring the folder back from a copy. If you know that all of it is yours: `tito publish {shown} --change-key --sign KEYFILE`"
        ),
        PublishError::Key(..) => {
            "students would refuse this release. Sign it: `--sign KEYFILE`; let the old key announce a new one: `tito key rotate`; if the key is lost: `--change-key`, and tell all students the new one".to_owned()
        }
        PublishError::Expands => {
            "offer large files of the same bytes as a data set of the base (`datasets`), not as files of the course".to_owned()
        }
        PublishError::Sign(_) => "nothing was published".to_owned(),
        PublishError::Disk(..) => {
            "students see what was there before; run it again: it goes on where it stopped".to_owned()
        }
    }
}
