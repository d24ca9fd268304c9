//! `tito lock`: the lock beside the course. It says what accepting the course as it is today breaks, and accepts it.

mod stale;

use std::path::Path;

use serde::Serialize;

use crate::apply;
use crate::compile::{Overrides, Target};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::lock::{Lock, LockError, MAX_LOCK_BYTES};
use crate::world::World;
use crate::world::disk::Disk;
use crate::world::sources::Pinned;

use super::compare::{self, Difference};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::sources::{self, Policy};
use crate::cli::{find, released, report};

/// Writes course.lock beside course.yml.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    courses: find::Courses,
    /// Write nothing; fail with 4 if a lock is not up to date
    #[arg(long)]
    check: bool,
    /// Move the pin of a Git source to what its branch or tag is at now, and show what that changes; without a name: of all
    #[arg(long, value_name = "NAME", num_args = 0..=1, conflicts_with = "offline")]
    upgrade: Option<Option<String>>,
    /// Do not ask the network: sources come from the cache
    #[arg(long)]
    offline: bool,
}

impl Args {
    /// Is nothing written?
    pub(super) fn is_check(&self) -> bool {
        self.check && self.upgrade.is_none()
    }
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let (courses, is_many) = match find::courses(&world, args.courses.asked(), out) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if let Some((one, other)) = find::in_one_folder(&courses).filter(|_| !args.is_check()) {
        let message = format!("`{}` and `{}` have the same lock", one.display(), other.display());
        return out.fail(
            &message,
            "`course.lock` is beside `course.yml`: keep one folder for each course, or name one of them",
        );
    }
    if args.is_check() && (out.json || out.is_annotated()) {
        return stale::check(&world, &courses, args.offline, out);
    }
    let mut worst = Exit::Done;
    let mut counts = [0; 2];
    let mut one = |course: &Path, ready: Result<Ready, Exit>| {
        let done = ready.and_then(|ready| accept(args, &world, course, &ready, out));
        match done {
            Ok(Done::Written) => counts[0] += 1,
            Ok(Done::UpToDate) => counts[1] += 1,
            // A lock that is not up to date is less than a course that does not compile.
            Err(exit) if worst == Exit::Done || exit == Exit::Failed => worst = exit,
            Err(_) => {}
        }
    };
    let say_which = |course: &Path| {
        if is_many {
            out.say(paint(Look::Strong, &clean(&course.display().to_string())));
        }
    };
    if args.upgrade.is_some() {
        for course in &courses {
            say_which(course);
            one(course, upgraded(args, &world, course, out));
        }
    } else {
        let policy = |course: &Path| open(&Policy::locked(&world, course, args.offline));
        let ready = sources::compile_many(&world, &courses, policy, |course, checked| {
            let (target, _) = checked.into_result()?;
            Ok(Ready::of(&world, course, &target, None))
        });
        for (course, ready) in courses.iter().zip(ready) {
            say_which(course);
            let ready = ready.map_err(|found: Vec<Diagnostic>| {
                report::show(&found, out);
                Exit::Failed
            });
            one(course, ready);
        }
    }
    if is_many {
        let [written, as_they_were] = counts;
        let bad = courses.len() - written - as_they_were;
        let bad = if bad > 0 { format!(", {bad} not") } else { String::new() };
        let all = counted(courses.len(), "lock");
        out.say(format!("{all}: {written} written, {as_they_were} up to date{bad}"));
    }
    worst
}

/// What the lock of a course says now, and what it takes from students who have what it said before.
struct Ready {
    lock: Lock,
    found: Vec<Diagnostic>,
    upgrade: Option<Upgrade>,
}

impl Ready {
    fn of(world: &Disk, course: &Path, target: &Target, upgrade: Option<Upgrade>) -> Self {
        Self { lock: Lock::of(target), found: released::against(world, course, target, world.now()), upgrade }
    }
}

/// What became of a lock.
enum Done {
    Written,
    UpToDate,
}

/// Writes or checks the lock of one course.
fn accept(args: &Args, world: &Disk, course: &Path, ready: &Ready, out: &Out) -> Result<Done, Exit> {
    let Ready { lock, found, upgrade } = ready;
    // A program reads one value: what moved, or what is wrong.
    let tell_moved = || upgrade.iter().filter(|_| out.json).for_each(|upgrade| out.value(upgrade));
    let path = course.with_file_name("course.lock");
    let bytes = lock.write();
    let before = world.read(&path, MAX_LOCK_BYTES).ok();
    if before.as_deref() == Some(bytes.as_slice()) {
        out.say(format!(
            "{} course.lock is up to date: {}",
            paint(Look::Good, "✓"),
            counted(lock.files.len(), "file")
        ));
        tell_moved();
        return Ok(Done::UpToDate);
    }
    let old = before.as_deref().map(Lock::read);
    if let Some(Err(error @ LockError::Newer { .. })) = &old {
        out.fail(&error.to_string(), "");
        return Err(Exit::Blocked);
    }
    let is_told =
        if upgrade.is_some() && out.json { has_errors(found) } else { out.json || !found.is_empty() };
    if is_told {
        report::show(found, out);
    }
    // What moved was shown whole.
    if let Some(Ok(old)) = old.filter(|_| !out.json && args.upgrade.is_none()) {
        differences(&old, lock, args.check, out);
    }
    if args.check {
        let message =
            if before.is_some() { "course.lock is not up to date" } else { "there is no course.lock" };
        let help = match args.upgrade {
            None => "run `tito lock`, and commit course.lock",
            Some(_) => "to move the pins, run it without `--check`",
        };
        if !has_errors(found) {
            tell_moved();
        }
        out.fail(message, help);
        return Err(Exit::Blocked);
    }
    if has_errors(found) {
        out.say("course.lock was not written: it still says what students have");
        return Err(Exit::Failed);
    }
    if let Err(error) = apply::write_beside(&find::absolute(&path), &bytes) {
        return Err(out.fail(&error.to_string(), ""));
    }
    tell_moved();
    out.say(format!("{} course.lock written: {}", paint(Look::Good, "✓"), counted(lock.files.len(), "file")));
    Ok(Done::Written)
}

/// `policy`, with a pin for what has none.
fn open(policy: &Policy) -> Policy {
    Policy { pins_new: true, beyond_vendor: true, ..policy.clone() }
}

/// What `--upgrade` changes.
#[derive(Serialize)]
struct Upgrade {
    sources: Vec<Moved>,
    /// None: the course does not compile with the commits that were pinned.
    difference: Option<Difference>,
}

/// A source, the commit that was pinned, and the one that is now.
#[derive(Serialize)]
struct Moved {
    source: String,
    was: Option<String>,
    now: Option<String>,
}

/// `--upgrade`: the course compiled with the pins moved, after showing what moves.
fn upgraded(args: &Args, world: &Disk, course: &Path, out: &Out) -> Result<Ready, Exit> {
    let locked = Policy::locked(world, course, args.offline);
    let open = open(&locked);
    let compiled =
        |policy: &Policy| sources::compile_with(world, course, &Overrides::default(), || policy.clone());
    let name = args.upgrade.clone().flatten();
    let pins = locked.pins.clone().map_err(|why| {
        out.fail(
            &format!("the pins of the sources are not known: {why}"),
            "restore course.lock from version control",
        )
    })?;
    let (moving, staying): (Vec<Pinned>, Vec<Pinned>) =
        pins.iter().cloned().partition(|pinned| is_meant(pinned, name.as_deref()));
    if moving.is_empty() {
        let what =
            name.as_ref().map_or("a pinned Git source".to_owned(), |name| format!("a Git source `{name}`"));
        let names: Vec<String> = pins.iter().filter_map(|pinned| pinned.git.clone()).collect();
        let help = match names.as_slice() {
            [] => "`tito lock` pins the sources of a course".to_owned(),
            names => format!("its lock has {}", names.join(", ")),
        };
        return Err(out.fail(&format!("this course does not have {what}"), &help));
    }
    // What was pinned may be gone, which is a reason to go on.
    let before = compiled(&Policy { beyond_vendor: true, ..locked.clone() });
    let after = report::whole(compiled(&Policy { pins: Ok(staying), ..open }), out)?;
    let before = before.into_result().ok().map(|(before, _)| before);
    let upgrade = Upgrade {
        sources: moving.iter().map(|was| moved(was, &after)).collect(),
        difference: before.map(|before| compare::between(&before, &after)),
    };
    if !out.json {
        upgrade.show(out);
    }
    Ok(Ready::of(world, course, &after, Some(upgrade)))
}

/// Does `name` mean this source? By its address, or the last part of that; without a name, every Git source.
fn is_meant(pinned: &Pinned, name: Option<&str>) -> bool {
    let Some(address) = &pinned.git else { return false };
    let last = address.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    name.is_none_or(|name| name == address || name == last || Some(name) == last.strip_suffix(".git"))
}

/// What became of a source that was pinned.
fn moved(was: &Pinned, after: &Target) -> Moved {
    let now = after.sources.iter().find(|now| now.git == was.git && now.reference == was.reference);
    let address = was.git.as_deref().unwrap_or_default();
    Moved {
        source: was
            .reference
            .as_ref()
            .map_or(address.to_owned(), |reference| format!("{address}@{reference}")),
        was: was.commit.clone(),
        now: now.and_then(|now| now.commit.clone()),
    }
}

impl Upgrade {
    fn show(&self, out: &Out) {
        for moved in &self.sources {
            let [was, now] = [&moved.was, &moved.now].map(|commit| {
                let commit = commit.as_deref().unwrap_or_default();
                commit.get(..12).unwrap_or(commit)
            });
            let name = &moved.source;
            out.line(clean(&match &moved.now {
                None => format!("  not used  {name}"),
                Some(_) if was == now => format!("  as it was {name}   {was}"),
                Some(_) => format!("  moved     {name}   {was} → {now}"),
            }));
        }
        match &self.difference {
            Some(difference) => compare::show(difference, out),
            None => out.note(
                "the course does not compile with the commits that were pinned",
                "what changes for students is not shown; `tito check` says why",
            ),
        }
    }
}

/// What differs, a line each, for whoever reviews it.
fn differences(old: &Lock, new: &Lock, stays: bool, out: &Out) {
    for (path, file) in &new.files {
        match old.files.get(path) {
            None => out.line(format!("+ {}", clean(path.as_str()))),
            Some(before) if before != file => out.line(format!("~ {}", clean(path.as_str()))),
            Some(_) => {}
        }
    }
    for path in old.files.keys().filter(|path| !new.files.contains_key(*path)) {
        out.line(format!("- {}", clean(path.as_str())));
    }
    let others = stale::other_parts(old, new);
    if !others.is_empty() {
        // Once the lock is written, nothing is left to compare.
        let how = if stays { " · `tito compare course.lock course.yml` shows what" } else { "" };
        out.line(format!("other parts changed: {}{how}", others.join(", ")));
    }
}
