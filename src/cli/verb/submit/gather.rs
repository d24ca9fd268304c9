//! The files of a unit as they are on this disk, and the course that they are of.

use std::collections::BTreeSet;

use crate::compile::{File, Unit};
use crate::delivery::{given, kept_serials};
use crate::digest::Digest;
use crate::id::{FileId, Role};
use crate::notebook::grading::Deviation;
use crate::notebook::tiers::Tier;
use crate::path::WorkspacePath;
use crate::plan::Pristine;
use crate::receipt::{Course, Kind, Odd};
use crate::student::submission::{Handed, Submission, is_submission};
use crate::world::disk::Disk;
use crate::world::{FoundKind, Root, World};

use super::super::module::opened::{Opened, unread};
use crate::cli::address;
use crate::cli::exit::Exit;
use crate::cli::out::{Out, shell};
use crate::cli::workspace::FILE_LIMIT;

/// No work file is longer.
const MOST: u64 = 256 << 20;
/// No file of the student's own is longer, and all together are not.
const MOST_OWN: u64 = 20 << 20;
/// So many of them are handed in.
const MANY_OWN: usize = 200;

/// The files of `unit`, and what is odd about them.
pub(super) fn files(world: &Disk, opened: &Opened, unit: &Unit, out: &Out) -> Result<Submission, Exit> {
    let mut submission = Submission::default();
    add(world, opened, unit, &mut submission, out)?;
    // What was handed in before may be in the unit's folder, and would be in each later one, one in the other.
    submission.files.retain(|file| file.kind != Kind::Own || !is_submission(&file.bytes));
    if !submission.files.iter().any(|file| file.kind == Kind::Work) {
        let dir = unit.dir.as_ref().map(ToString::to_string).unwrap_or_default();
        let help = format!("restore its files: `tito restore {}`", shell(&dir));
        return Err(out.fail(&format!("there is nothing of {} to hand in", unit.id), &help));
    }
    add_exported(world, opened, &mut submission);
    if opened.target.tier == Tier::Instructor {
        // There the course's own solution is as the course gave it.
        submission.odd.retain(|odd| !matches!(odd, Odd::Cell { how: Deviation::Untouched, .. }));
    }
    submission.files.sort_by(|a, b| a.path.cmp(&b.path));
    submission.odd.sort();
    Ok(submission)
}

/// Adds the work files of `unit`, and what the student put into its folder.
pub(crate) fn add(
    world: &Disk,
    opened: &Opened,
    unit: &Unit,
    submission: &mut Submission,
    out: &Out,
) -> Result<(), Exit> {
    let tree = Root::Folder(opened.home.root.clone());
    let of_unit = |(_, file): &(&WorkspacePath, &File)| file.unit.as_ref() == Some(&unit.id);
    let mut folder = unit.dir.clone();
    let pristine = Pristine::new(world, &opened.home.root);
    for (at, file) in opened.target.files.iter().filter(of_unit) {
        let path = opened.on_disk(&file.id, at);
        if file.role == Role::Test {
            let known = opened.home.baselines.files.get(&path).map(|base| base.sha256);
            let found = world.digest_below(&tree, path.as_str()).ok();
            if found.is_some() && found != Some(known.unwrap_or(file.digest)) {
                submission.odd.push(Odd::TestEdited { path });
            }
            continue;
        }
        if file.role != Role::Work {
            continue;
        }
        let Some(bytes) = read(world, &tree, &path, submission, out)? else { continue };
        let dir = unit.dir.as_ref();
        let name = dir.and_then(|dir| at.below(dir)).and_then(|name| WorkspacePath::new(name).ok());
        folder = name.as_ref().and_then(|name| above(&path, name)).or(folder);
        let base = opened.home.baselines.files.get(&path).map(|base| base.sha256);
        let given = base.and_then(|base| pristine.read(base, FILE_LIMIT));
        let content = given.as_deref().unwrap_or(&file.content);
        let digest = Some(base.unwrap_or(file.digest));
        let id = Some(file.id.clone());
        let handed = Handed { path, kind: Kind::Work, name, id, given: digest, bytes };
        submission.add_work(handed, Some(content), &unit.id);
    }
    if let Some(folder) = folder {
        add_own(world, opened, &folder, submission);
    }
    Ok(())
}

/// Adds the work that the student has and the course has not: of a unit whose date moved back, or that is no more.
pub(crate) fn add_remaining(
    world: &Disk,
    opened: &Opened,
    submission: &mut Submission,
    out: &Out,
) -> Result<(), Exit> {
    let tree = Root::Folder(opened.home.root.clone());
    let of_course: BTreeSet<&FileId> = opened.target.files.values().map(|file| &file.id).collect();
    let remaining = opened.home.baselines.files.iter();
    for (path, base) in remaining.filter(|(_, base)| base.role == Role::Work && !of_course.contains(&base.id))
    {
        let Some(bytes) = read(world, &tree, path, submission, out)? else { continue };
        submission.files.retain(|file| file.path != *path);
        submission.files.push(Handed {
            path: path.clone(),
            kind: Kind::Work,
            name: None,
            id: Some(base.id.clone()),
            given: Some(base.sha256),
            bytes,
        });
    }
    Ok(())
}

/// A work file. None: it is not there, which is noted.
fn read(
    world: &Disk,
    tree: &Root,
    path: &WorkspacePath,
    submission: &mut Submission,
    out: &Out,
) -> Result<Option<Vec<u8>>, Exit> {
    match world.read_below(tree, path.as_str(), MOST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            submission.odd.push(Odd::FileMissing { path: path.clone() });
            Ok(None)
        }
        Err(error) => Err(unread(path, &error, out)),
    }
}

/// The folder in which a file that has the name `name` below it is at `path`.
fn above(path: &WorkspacePath, name: &WorkspacePath) -> Option<WorkspacePath> {
    WorkspacePath::new(path.as_str().strip_suffix(name.as_str())?.strip_suffix('/')?).ok()
}

/// What was exported from the unit's notebooks.
fn add_exported(world: &Disk, opened: &Opened, submission: &mut Submission) {
    let tree = Root::Folder(opened.home.root.clone());
    let ids: Vec<FileId> = submission.files.iter().filter_map(|file| file.id.clone()).collect();
    for (path, export) in &opened.home.baselines.exports.made {
        let is_of_unit = export.of.as_ref().is_some_and(|of| ids.contains(of));
        if let (true, Ok(bytes)) = (is_of_unit, world.read_below(&tree, path.as_str(), MOST)) {
            let kind = Kind::Exported;
            let path = path.clone();
            submission.files.push(Handed { path, kind, name: None, id: None, given: None, bytes });
        }
    }
}

/// What the student put into the unit's folder: a notebook may need it.
fn add_own(world: &Disk, opened: &Opened, folder: &WorkspacePath, submission: &mut Submission) {
    let tree = Root::Folder(opened.home.root.clone());
    let mut total = 0;
    let mut count = 0;
    let mut open = vec![folder.clone()];
    while let Some(dir) = open.pop() {
        for found in world.entries(&tree, dir.as_str()).unwrap_or_default() {
            let Ok(path) = dir.join(&found.name) else { continue };
            if found.name.starts_with('.') || found.name == "__pycache__" {
                continue;
            }
            match found.kind {
                FoundKind::Folder if path.parts().count() < 32 => open.push(path),
                FoundKind::File { .. } => {
                    let is_known = opened.home.baselines.files.contains_key(&path)
                        || submission.files.iter().any(|file| file.path == path)
                        || opened.target.files.contains_key(&path);
                    if is_known {
                        continue;
                    }
                    total += found.size;
                    count += 1;
                    let bytes = (total <= MOST_OWN && count <= MANY_OWN)
                        .then(|| world.read_below(&tree, path.as_str(), MOST_OWN).ok())
                        .flatten();
                    match bytes {
                        Some(bytes) => {
                            let name = path.below(folder).and_then(|name| WorkspacePath::new(name).ok());
                            let kind = Kind::Own;
                            submission.files.push(Handed { path, kind, name, id: None, given: None, bytes });
                        }
                        None => submission.odd.push(Odd::TooLarge { path }),
                    }
                }
                _ => {}
            }
        }
    }
}

/// The course as the workspace has it.
pub(super) fn course(world: &Disk, opened: &Opened) -> Course {
    let (home, target) = (&opened.home, &opened.target);
    let lock = world.read_below(&Root::Folder(home.root.clone()), "course.lock", crate::lock::MAX_LOCK_BYTES);
    let release = given(world, &home.root).map(|release| release.digest());
    let is_from_address = address::remembered(&home.root, &home.config).is_some();
    let serials = kept_serials(world, &home.root).filter(|_| is_from_address);
    let serial = serials.map(|(_, given)| given);
    Course {
        id: target.course.clone(),
        run: target.run.clone(),
        lock: lock.ok().map(|bytes| Digest::of(&bytes)),
        release,
        serial,
        base_version: target.base_version.to_string(),
    }
}
