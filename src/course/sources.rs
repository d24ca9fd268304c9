//! The sources of a course: which there are, and their trees.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::world::sources::Remote;
use crate::world::{Root, World};

use super::extends::{Chain, chain};
use super::faults::tree;
use super::layer::BaseFrom;
use super::location::Folder;
use super::paths::normalise;
use super::{Course, CourseSource, fold};

/// What must be there before a course can be read.
#[derive(Clone, Debug, Default)]
pub struct Needed {
    /// The sources that the course names, as far as the layers that are there say.
    pub sources: Vec<Spanned<Remote>>,
    /// The folder in which the innermost layer keeps copies of them.
    pub vendor: Option<PathBuf>,
}

/// The sources of the course whose innermost layer is `path`. While one of them is missing in `world`, there may be more, which only its
/// files name.
pub fn needed(world: &dyn World, path: &Path) -> Needed {
    let Chain { layers, mut sources, vendor, .. } = chain(world, path);
    if let Some(course) = layers.and_then(|layers| fold(&layers, &mut Vec::new())) {
        sources.extend(remotes(&course));
    }
    let mut seen: Vec<Remote> = Vec::new();
    sources.retain(|source| {
        let is_new = !seen.contains(&source.value);
        seen.push(source.value.clone());
        is_new
    });
    let folder = path.parent().unwrap_or(Path::new(""));
    Needed { sources, vendor: vendor.map(|vendor| normalise(&folder.join(vendor.replace('\\', "/")))) }
}

/// The sources of base and assignments.
fn remotes(course: &Course) -> Vec<Spanned<Remote>> {
    let mut all = Vec::new();
    if let (BaseFrom::Source(remote, _), Some(span)) = (&course.base.value, &course.base.span) {
        all.push(Spanned::new(remote.clone(), span.clone()));
    }
    all.extend(course.assignments.values().filter_map(|assignment| match &assignment.folder {
        Folder::Source(remote, _) => Some(Spanned::new(remote.clone(), assignment.from.span.clone())),
        Folder::Root(_) | Folder::Outside => None,
    }));
    all
}

/// Puts the trees of its sources into `course`, in whose layers those of `chain` are. What is not there is reported, and left unread.
pub(super) fn resolve(
    world: &dyn World,
    course: &mut Course,
    chain: &[Spanned<Remote>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut used = chain.to_vec();
    if let BaseFrom::Source(remote, inner) = course.base.value.clone() {
        let span = course.base.span.clone().unwrap_or_else(|| course.id.span.clone());
        match tree(world, &remote, &span) {
            Ok(tree) => {
                course.base.value = BaseFrom::Folder(remote.label_of(&inner), Root::Source(tree, inner));
                used.push(Spanned::new(remote, span));
            }
            Err(problem) => {
                diagnostics.push(*problem);
                course.base_is_unread = true;
            }
        }
    }
    let mut unread = Vec::new();
    for (id, assignment) in &mut course.assignments {
        let Folder::Source(remote, inner) = assignment.folder.clone() else { continue };
        match tree(world, &remote, &assignment.from.span) {
            Ok(tree) => {
                assignment.folder = Folder::Root(Root::Source(tree, inner));
                used.push(Spanned::new(remote, assignment.from.span.clone()));
            }
            Err(problem) => {
                diagnostics.push(*problem);
                unread.push(id.clone());
            }
        }
    }
    for id in unread {
        course.assignments.shift_remove(&id);
        course.unread.insert(id);
    }
    for remote in used {
        let is_new = course.sources.iter().all(|source| source.remote.value != remote.value);
        if let Some(Ok(tree)) = world.source(&remote.value).filter(|_| is_new) {
            course.sources.push(CourseSource { remote, pin: tree.pin.clone() });
        }
    }
    course.sources.sort_by(|a, b| a.remote.value.cmp(&b.remote.value));
}
