//! The course of a workspace: compiled where it is on this disk, else as it was kept. A folder that is not there, or an error that the
//! instructor must fix, keeps no one from working.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::compile::{Overrides, Target, compile_bundled};
use crate::course::is_course;
use crate::delivery::{given, kept};
use crate::diagnostic::{Diagnostic, Severity, has_errors};
use crate::digest::Digest;
use crate::lock::recognised;
use crate::notebook::tiers::Tier;
use crate::plan::{Pristine, Request};
use crate::release::Release;
use crate::world::World;
use crate::world::inputs::{Inputs, MAX_INPUTS_BYTES};
use crate::world::tracked::Tracked;
use crate::yaml::MAX_BYTES;

use super::exit::Exit;
use super::moment::At;
use super::out::Out;
use super::workspace::{self, Home, Planned, course_path};
use super::{address, find, report, sources};

/// What the release that is kept was made of. It may be lost or damaged at any time.
const INPUTS: &str = ".tinytorch/inputs";

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

/// The course compiled, or else the release that this workspace was last given, and then `true`: what is new is not known then.
pub(super) fn or_kept(world: &dyn World, home: &Home, out: &Out) -> Result<(Target, bool), Exit> {
    let lacking = match try_compile(world, home) {
        Ok(target) => return Ok((target, false)),
        Err(lacking) => lacking,
    };
    match as_given(world, home) {
        Some(target) => {
            lacking.note(out);
            Ok((target, true))
        }
        None => Err(lacking.show(out)),
    }
}

/// The release that this workspace was last given, if it has it whole.
pub(super) fn as_given(world: &dyn World, home: &Home) -> Option<Target> {
    Some(followed(whole(&given(world, &home.root)?, world, home)?, home))
}

/// The newest release of its address that this workspace knows, if it has it whole.
fn newest(world: &dyn World, home: &Home) -> Option<Target> {
    let release = match kept(world, &home.root) {
        Some(kept) => kept.release,
        // A run that was interrupted has written the one, and not yet the other.
        None => given(world, &home.root).filter(|_| workspace::is_under_way(world, &home.root))?,
    };
    Some(followed(whole(&release, world, home)?, home))
}

/// The target that `release` is, if the pristine copies of the workspace have all its contents.
fn whole(release: &Release, world: &dyn World, home: &Home) -> Option<Target> {
    let pristine = Pristine::new(world, &home.root);
    let read = |(digest, length): (Digest, u64)| Some((digest, pristine.read(digest, length)?));
    // By their digests, as they are in packs.
    let contents: BTreeMap<Digest, Arc<[u8]>> =
        release.contents().into_iter().map(read).collect::<Option<_>>()?;
    release.target(|digest| contents.get(&digest).cloned()).ok()
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
        // The network is not asked.
        return newest(world, home).ok_or_else(|| {
            Lacking::Course(
                "this workspace has no whole copy of its course".to_owned(),
                "download it again: `tito update`".to_owned(),
            )
        });
    }
    let before = given(world, &home.root);
    let now = home.now(world);
    if let Some(target) = before.as_ref().and_then(|before| unchanged(before, world, home, now)) {
        return Ok(followed(target, home));
    }
    let overrides = Overrides { tier: tier(home)? };
    let tracked = Tracked::new(world);
    let compiled = match &home.config.course {
        None => compile_bundled(&tracked, &overrides),
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
            sources::compile_as(&tracked, &path, &overrides, home.is_offline)
        }
    };
    let failed = has_errors(&compiled.diagnostics);
    let errors =
        || compiled.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
    let target = compiled.value.filter(|_| !failed).ok_or_else(|| Lacking::Errors(errors()))?;
    let target = target.at(now);
    if let Some(before) = before.as_ref().filter(|_| home.at.is_none()) {
        remember(tracked, &target, before, home);
    }
    Ok(followed(target, home))
}

/// The release that this workspace was last given, where compiling would give just that: nothing that it was made of has changed since.
fn unchanged(before: &Release, world: &dyn World, home: &Home, now: Timestamp) -> Option<Target> {
    if home.at.is_some() || before.opens_by(now) {
        return None;
    }
    let inputs = Inputs::read(&workspace::kept_cache(&home.root, INPUTS, MAX_INPUTS_BYTES)?)?;
    let holds = inputs.name() == made(before, home) && world.holds(&inputs);
    if holds { whole(before, world, home) } else { None }
}

/// Remembers what a course was compiled from, if that gives what this workspace was given `before`. It only saves time.
fn remember(tracked: Tracked<'_>, target: &Target, before: &Release, home: &Home) {
    // Most courses that changed say so by this digest, and need not be written to be compared.
    let is_same = before.manifest().course.digest == target.course_digest && *before == Release::of(target);
    if let Some(inputs) = is_same.then(|| tracked.inputs(&made(before, home))).flatten() {
        workspace::keep_cache(&home.root, INPUTS, &inputs.write());
    }
}

/// What a release was made as: itself, and what of the workspace has a say in it.
fn made(release: &Release, home: &Home) -> String {
    let course = home.config.course.as_deref().unwrap_or_default();
    let tier = home.config.tier.as_deref().unwrap_or("-");
    format!("{} {tier} {course}", release.digest())
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
            "tiers are student, challenge, solution and instructor".to_owned(),
        )
    })
}

/// The moment that `at` asks for, in the zone of the course that this workspace was last given.
pub(super) fn moment(world: &dyn World, home: &Home, at: &At, out: &Out) -> Result<Option<Timestamp>, Exit> {
    if !at.is_given() {
        return Ok(None);
    }
    let release = given(world, &home.root);
    at.moment(release.as_ref().and_then(|release| release.manifest().course.timezone.as_deref()), out)
}

/// Reads, looks and plans for the course as it is, or as it was kept; says which. Nothing is written but caches.
pub(super) fn preview(
    world: &dyn World,
    request: &Request,
    at: &At,
    out: &Out,
) -> Result<(Home, Planned, bool), Exit> {
    let mut home = workspace::here(world, out)?;
    home.at = moment(world, &home, at, out)?;
    let (target, is_kept) = or_kept(world, &home, out)?;
    let planned = workspace::look(world, &home, target, request, out)?;
    workspace::remember(&home, &planned);
    Ok((home, planned, is_kept))
}
