//! The course of a workspace: compiled; or, for what a student does every day, as it was given, while it cannot be compiled. A folder that
//! is not there, or an error that the instructor must fix, keeps no one from working.

use std::sync::Arc;

use crate::compile::{Overrides, Target, compile, compile_bundled};
use crate::course::is_course;
use crate::delivery::kept;
use crate::diagnostic::{Diagnostic, Severity, has_errors};
use crate::lock::recognised;
use crate::notebook::tiers::Tier;
use crate::plan::{Wish, as_given};
use crate::world::World;
use crate::world::disk::Disk;
use crate::yaml::MAX_BYTES;

use super::exit::Exit;
use super::out::Out;
use super::workspace::{self, Home, Planned, course_path, pristine};
use super::{address, find, report};

/// Why there is no course.
enum Lacking {
    /// It is not there, or not asked for rightly: what is wrong, and what helps.
    Course(String, String),
    /// What the instructor must fix.
    Errors(Vec<Diagnostic>),
}

/// Compiles the course of a workspace. Errors are shown; warnings are the instructor's business.
pub(super) fn compiled(world: &dyn World, home: &Home, out: &Out) -> Result<Target, Exit> {
    try_compile(world, home).map_err(|lacking| lacking.show(out))
}

/// The course compiled, or else as this workspace was given it, and then `true`: what is new is not known then, and a plan changes nothing.
pub(super) fn or_as_given(world: &dyn World, home: &Home, out: &Out) -> Result<(Target, bool), Exit> {
    let lacking = match try_compile(world, home) {
        Ok(target) => return Ok((target, false)),
        Err(lacking) => lacking,
    };
    let object = |digest| pristine(world, home, digest);
    match home.lock.as_ref().and_then(|lock| as_given(lock, &home.baselines, object)) {
        Some(target) => {
            lacking.note(out);
            Ok((target, true))
        }
        None => Err(lacking.show(out)),
    }
}

impl Lacking {
    fn show(self, out: &Out) -> Exit {
        match self {
            Self::Course(message, help) => out.fail(&message, &help),
            Self::Errors(errors) => {
                report::show(&errors, out);
                out.say("The course has errors that the instructor must fix. Nothing was changed, and your work is as it was.");
                Exit::Failed
            }
        }
    }

    fn note(&self, out: &Out) {
        match self {
            Self::Course(message, help) => out.note(message, help),
            Self::Errors(_) => out.note(
                "the course has errors that the instructor must fix",
                "continue with the course that you have; `tito update --check` shows the errors",
            ),
        }
    }
}

fn try_compile(world: &dyn World, home: &Home) -> Result<Target, Lacking> {
    if address::remembered(&home.root, &home.config).is_some() {
        return delivered(world, home);
    }
    let overrides = Overrides { tier: tier(home)? };
    let compiled = match &home.config.course {
        None => compile_bundled(world, &overrides),
        Some(course) => {
            let path = course_path(&home.root, course);
            if !find::is_there(world, &path) {
                return Err(Lacking::Course(
                    format!("the course of this workspace, `{course}`, does not exist"),
                    "give its new place: `tito update --config PATH/course.yml`".to_owned(),
                ));
            }
            // The name comes from a file of the workspace, which may come from anywhere: nothing is shown of what is not a course.
            if world.read(&path, MAX_BYTES).is_ok_and(|bytes| !is_course(&bytes)) {
                return Err(Lacking::Course(
                    format!("the file that this workspace uses as its course, `{course}`, is not a course"),
                    "give its place: `tito update --config PATH/course.yml`".to_owned(),
                ));
            }
            compile(world, &path, &overrides)
        }
    };
    let failed = has_errors(&compiled.diagnostics);
    let errors =
        || compiled.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
    let target = compiled.value.filter(|_| !failed).ok_or_else(|| Lacking::Errors(errors()))?;
    Ok(followed(target, home))
}

/// The course of a workspace that has it from an address: what was kept of it. The network is not asked.
fn delivered(world: &dyn World, home: &Home) -> Result<Target, Lacking> {
    let have = |digest| pristine(world, home, digest).map(Arc::from);
    let kept = kept(world, &home.root).and_then(|kept| kept.target(&have).ok());
    let target = kept.ok_or_else(|| {
        Lacking::Course(
            "this workspace has no whole copy of its course".to_owned(),
            "download it again: `tito update`".to_owned(),
        )
    })?;
    Ok(followed(target, home))
}

/// `target` with what the lock says of files that no one declared as renamed.
pub(super) fn followed(mut target: Target, home: &Home) -> Target {
    if let Some(lock) = &home.lock {
        target.renames = recognised(lock, &target);
    }
    target
}

/// The tier that this workspace asks for, where it is not the course's.
fn tier(home: &Home) -> Result<Option<Tier>, Lacking> {
    let Some(word) = home.config.tier.as_deref() else { return Ok(None) };
    let found = Tier::ALL.into_iter().find(|tier| tier.as_str() == word);
    found.map(Some).ok_or_else(|| {
        Lacking::Course(
            format!("the workspace's config.json asks for the tier `{word}`"),
            "tiers are student, challenge and instructor".to_owned(),
        )
    })
}

/// Reads, looks and plans for the available course, writing nothing; says whether that is only what was given.
pub(super) fn preview_or_as_given(world: &Disk, out: &Out) -> Result<(Home, Planned, bool), Exit> {
    let home = workspace::here(world, out)?;
    let (target, as_given) = or_as_given(world, &home, out)?;
    let planned = workspace::look(world, &home, target, &Wish::Update, out)?;
    Ok((home, planned, as_given))
}

/// Reads, compiles, looks and plans, writing nothing.
pub(super) fn preview(world: &Disk, wish: &Wish, out: &Out) -> Result<(Home, Planned), Exit> {
    let home = workspace::here(world, out)?;
    let target = compiled(world, &home, out)?;
    let planned = workspace::look(world, &home, target, wish, out)?;
    Ok((home, planned))
}
