//! `tito lock`: the lock beside the course. It says what accepting the course as it is today breaks, and accepts it.

use std::path::PathBuf;

use crate::apply;
use crate::compile::{Overrides, compile};
use crate::diagnostic::has_errors;
use crate::lock::{Lock, LockError, MAX_LOCK_BYTES};
use crate::world::World;
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{find, released, report};

/// Writes course.lock beside course.yml.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The course; default: course.yml in this folder
    course: Option<PathBuf>,
    /// Write nothing; fail with 4 if the lock is not up to date
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let course = find::course(args.course.as_deref());
    let compiled = compile(&world, &course, &Overrides::default());
    let Ok((target, _)) = compiled.into_result().map_err(|problems| report::show(&problems, out)) else {
        return Exit::Failed;
    };
    let lock = Lock::of(&target);
    let path = course.with_file_name("course.lock");
    let bytes = lock.write();
    let before = world.read(&path, MAX_LOCK_BYTES).ok();
    if before.as_deref() == Some(bytes.as_slice()) {
        out.say(format!(
            "{} course.lock is up to date: {}",
            paint(Look::Good, "✓"),
            counted(lock.files.len(), "file")
        ));
        return Exit::Done;
    }
    let old = before.as_deref().map(Lock::read);
    if let Some(Err(error @ LockError::Newer { .. })) = &old {
        out.fail(&error.to_string(), "");
        return Exit::Blocked;
    }
    let found = released::against(&world, &course, &target);
    if out.json || !found.is_empty() {
        report::show(&found, out);
    }
    if let Some(Ok(old)) = old.filter(|_| !out.json) {
        differences(&old, &lock, out);
    }
    if args.check {
        let message =
            if before.is_some() { "course.lock is not up to date" } else { "there is no course.lock" };
        out.fail(message, "run `tito lock`, and commit course.lock");
        return Exit::Blocked;
    }
    if has_errors(&found) {
        out.say("course.lock was not written: it still says what students have");
        return Exit::Failed;
    }
    if let Err(error) = apply::write_beside(&find::absolute(&path), &bytes) {
        return out.fail(&error.to_string(), "");
    }
    out.say(format!("{} course.lock written: {}", paint(Look::Good, "✓"), counted(lock.files.len(), "file")));
    Exit::Done
}

/// What differs, a line each, for whoever reviews it.
fn differences(old: &Lock, new: &Lock, out: &Out) {
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
}
