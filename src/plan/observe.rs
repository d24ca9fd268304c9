//! Workspace → [`Observed`]. The only reader beside compiling; it reads what a plan of this target needs, and nothing else: the folders in
//! which the course has or had a file, and the whole folder of a unit that moves. It writes nothing and follows no link.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::canonical::canonical;
use super::elsewhere::{Missing, found};
use super::exports::{Reader, SeenExports, look};
use super::likeness::MAX_TEXT;
use super::pairs::{Pair, pairs, unit_folder, unit_folders};
use super::pristine::Pristine;
use super::renamed::renamed;
use super::returning::returning;
use super::saved_again::saved_again;
use super::{Observed, Obstacle, Seen, Sides, Situation, StatCache, situation, unreadable};
use crate::compile::Target;
use crate::digest::Digest;
use crate::id::{Role, UnitId};
use crate::lock::{Baseline, Baselines, Lock, MAX_LOCK_BYTES, Progress, StateError};
use crate::path::WorkspacePath;
use crate::world::{Found, FoundKind, Root, World, reason};

/// A larger file is compared by its bytes alone, and never merged.
const MAX_CONTENT: u64 = 64 << 20;
/// More files of the student's own than this do not move along, so that the record of a run stays one that can be read.
const MAX_OWN_FILES: usize = 200_000;
/// Nor do those whose paths are longer together, in bytes.
const MAX_OWN_FILES_BYTES: usize = 24 << 20;
/// A deeper folder does not either.
const MAX_DEPTH: usize = 64;
/// No more of the student's own files are looked at where one of the course's is gone.
const MAX_SEARCHED: usize = 50_000;
const MAX_PROGRESS: u64 = 16 << 20;
const INCOMING: &str = ".tinytorch/incoming";

/// Why a workspace could not be observed.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// One of the student's state files is broken.
    #[error(transparent)]
    State(#[from] StateError),
    /// The workspace itself cannot be read.
    #[error("the workspace cannot be read: {}", reason(.0))]
    Io(#[from] std::io::Error),
}

/// Looks at the workspace in the folder `at`. An absent folder is an empty workspace.
///
/// # Errors
/// When the folder cannot be read, or `progress.json` is broken. Single paths that cannot be read are values.
pub fn observe(
    world: &dyn World,
    at: &Path,
    target: &Target,
    lock: Option<&Lock>,
    baselines: &Baselines,
    cache: &StatCache,
) -> Result<Observed, ObserveError> {
    let mut walk = Walk {
        world,
        root: Root::Folder(at.to_owned()),
        pristine: Pristine::new(world, at),
        listed: BTreeMap::new(),
        found: BTreeMap::new(),
    };
    let mut observed = Observed { now: world.now(), ..Observed::default() };
    let returning = returning(target, baselines);
    walk.list_parents(&returning)?;
    observed.returning = returning.into_iter().filter(|path| walk.has_file(path)).cloned().collect();
    let by_name = pairs(target, baselines, &observed);
    observed.renamed = renamed(&by_name, &|digest| walk.object(digest));
    let pairs = if observed.renamed.is_empty() { by_name } else { pairs(target, baselines, &observed) };
    let managed: BTreeSet<&WorkspacePath> = pairs
        .iter()
        .flat_map(|pair| [pair.base.map(|(path, _)| path), pair.course.map(|(path, _)| path)])
        .flatten()
        .collect();
    let mut moving = moving_folders(&pairs, &baselines.moved);
    moving.extend(unit_folders(lock, target).into_iter().flat_map(|(old, new)| [old, new]));
    let former = pairs.iter().filter_map(|pair| pair.base).flat_map(|(_, base)| &base.formerly);
    walk.list_parents(&managed.iter().copied().chain(&moving).chain(former).collect())?;
    let own_files = walk.own_files(&moving, &mut observed);
    let wanted = managed.iter().map(|path| (*path).clone()).chain(own_files).collect::<BTreeSet<_>>();
    hash(&walk, wanted, cache, &mut observed);
    elsewhere(&mut walk, &pairs, target, cache, &mut observed);
    observed.occupied = walk.found.keys().cloned().collect();
    walk.incoming(&mut observed);
    observed.lock = walk.lock();
    progress(&walk, target, lock, &mut observed)?;
    contents(&walk, &pairs, &mut observed);
    unreadable_notebooks(&walk, &pairs, &mut observed);
    let copy = |path: &WorkspacePath| match walk.seen(path) {
        Some(Ok(found)) if found.size <= MAX_TEXT => walk.read(path.as_str()).ok(),
        _ => None,
    };
    observed.saved_again = saved_again(&pairs, &|pair| standing(pair, &observed), &copy);
    observed.exports = exports(&walk, &pairs, target, baselines, &observed);
    Ok(observed)
}

/// The folders of units that are in one place and belong in another: both places.
fn moving_folders(pairs: &[Pair<'_>], moved: &BTreeSet<WorkspacePath>) -> BTreeSet<WorkspacePath> {
    let mut folders = BTreeSet::new();
    for pair in pairs {
        let (Some((was, base)), Some((now, file))) = (pair.base, pair.course) else { continue };
        if moved.contains(was) {
            continue;
        }
        let (old, new) = (unit_folder(&base.id, was), unit_folder(&file.id, now));
        if old != new {
            folders.extend(old.into_iter().chain(new));
        }
    }
    folders
}

/// Looks for files that are gone from their places, and so may have been moved by the student.
fn elsewhere(
    walk: &mut Walk<'_>,
    pairs: &[Pair<'_>],
    target: &Target,
    cache: &StatCache,
    observed: &mut Observed,
) {
    let claimed: BTreeSet<&WorkspacePath> = pairs.iter().filter_map(|pair| Some(pair.base?.0)).collect();
    let stands = |path: &WorkspacePath| observed.files.contains_key(path);
    let missing: Vec<Missing<'_>> = pairs
        .iter()
        .filter_map(|pair| {
            let ((path, base), (home, _)) = (pair.base?, pair.course?);
            let is_gone = !stands(path) && (!stands(home) || claimed.contains(home));
            is_gone.then_some(Missing { id: &pair.id, path, role: pair.role(), base: base.sha256 })
        })
        .collect();
    if missing.is_empty() {
        return;
    }
    let homes = pairs.iter().filter_map(|pair| Some(pair.course?.0));
    let ours: BTreeSet<&WorkspacePath> = homes.chain(claimed.iter().copied()).collect();
    let Candidates { mut files, unnamed } = walk.candidates(&target.package);
    files.retain(|path| !ours.contains(path));
    let is_notebook = |name: &str| {
        missing.iter().any(|missing| {
            let ending = missing.path.extension();
            missing.role == Role::Work && name.rsplit_once('.').is_some_and(|(_, found)| found == ending)
        })
    };
    let unnamed = unnamed.into_iter().filter(|(path, _)| path.ends_with('/') || is_notebook(path));
    let found = found(&missing, &files, &|digest| walk.object(digest), &|path| walk.read(path.as_str()).ok());
    if missing.iter().any(|missing| missing.role == Role::Work && !found.contains_key(missing.id)) {
        observed.unnamed = unnamed.collect();
    }
    hash(walk, found.values().cloned().collect(), cache, observed);
    observed.elsewhere = found;
}

/// How much more may move along.
#[derive(Clone, Copy, Default)]
struct Room {
    files: usize,
    /// Of their paths.
    bytes: usize,
}

/// What is in a folder that moves.
#[derive(Default)]
struct Inside {
    files: BTreeSet<WorkspacePath>,
    /// What has a name that not every system can hold, or is not a file.
    left: Vec<String>,
    room: Room,
}

/// Files that may be the student's own.
#[derive(Default)]
struct Candidates {
    files: BTreeSet<WorkspacePath>,
    /// Files, and folders with a `/` at their end, whose names tito cannot follow, and why.
    unnamed: Vec<(String, String)>,
}

/// What is known of a workspace while it is being looked at.
struct Walk<'a> {
    world: &'a dyn World,
    root: Root,
    pristine: Pristine<'a>,
    /// Folders that were looked into; the reason where that failed.
    listed: BTreeMap<String, Option<String>>,
    /// What is at the paths in them.
    found: BTreeMap<String, Found>,
}

impl Walk<'_> {
    /// Looks into every folder on the way to one of `paths`, parents first.
    fn list_parents(&mut self, paths: &BTreeSet<&WorkspacePath>) -> Result<(), ObserveError> {
        let mut folders = BTreeSet::from([String::new()]);
        for path in paths {
            let mut at = path.parent();
            while let Some(folder) = at {
                at = folder.parent();
                if !folders.insert(folder.as_str().to_owned()) {
                    break;
                }
            }
        }
        for folder in folders {
            let root = folder.is_empty();
            if root || self.found.get(&folder).is_some_and(|found| found.kind == FoundKind::Folder) {
                self.list(&folder).or_else(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Ok(()),
                    _ if root => Err(error),
                    _ => Ok(()),
                })?;
            }
        }
        Ok(())
    }

    /// Is a file at `path`, in a folder that was looked into?
    fn has_file(&self, path: &WorkspacePath) -> bool {
        self.found.get(path.as_str()).is_some_and(|found| matches!(found.kind, FoundKind::File { .. }))
    }

    fn list(&mut self, folder: &str) -> std::io::Result<()> {
        if self.listed.contains_key(folder) {
            return Ok(());
        }
        let answer = self.world.entries(&self.root, folder);
        self.listed.insert(folder.to_owned(), answer.as_ref().err().map(reason));
        for found in answer? {
            if found.unicode {
                self.found.insert(below(folder, &found.name), found);
            }
        }
        Ok(())
    }

    /// Every file below `folders`, those that move along. What cannot is named in `observed`.
    fn own_files(
        &mut self,
        folders: &BTreeSet<WorkspacePath>,
        observed: &mut Observed,
    ) -> BTreeSet<WorkspacePath> {
        let mut own_files = BTreeSet::new();
        let mut room = Room { files: MAX_OWN_FILES, bytes: MAX_OWN_FILES_BYTES };
        for folder in folders {
            let is_folder = |found: &Found| found.kind == FoundKind::Folder;
            if !self.found.get(folder.as_str()).is_some_and(is_folder) {
                continue;
            }
            let mut inside = Inside { room, ..Inside::default() };
            if self.collect(folder.as_str(), 0, &mut inside).is_some() {
                room = inside.room;
                own_files.extend(inside.files);
                observed.unmovable.extend(inside.left);
            } else {
                observed.crowded.push(folder.to_string());
            }
        }
        own_files
    }

    /// Every file that may be the student's own: not in folders that programs keep, nor in `package`. No more than [`MAX_SEARCHED`].
    fn candidates(&mut self, package: &str) -> Candidates {
        let mut candidates = Candidates::default();
        let mut open = vec![(String::new(), 0)];
        let mut met = 0;
        while let Some((folder, depth)) = open.pop() {
            if self.list(&folder).is_err() || self.found.contains_key(&below(&folder, "pyvenv.cfg")) {
                continue;
            }
            for (path, kind) in self.inside(&folder) {
                met += 1;
                let name = path.rsplit('/').next().unwrap_or(&path);
                let is_kept = name.starts_with('.') || matches!(name, "__pycache__" | "node_modules");
                match (kind, WorkspacePath::new(&path)) {
                    _ if is_kept || path == package || met > MAX_SEARCHED => {}
                    (FoundKind::Folder, Ok(_)) if depth < MAX_DEPTH => open.push((path, depth + 1)),
                    (FoundKind::Folder, Err(why)) => candidates.unnamed.push((path + "/", why.to_string())),
                    (FoundKind::File { .. }, Ok(path)) => _ = candidates.files.insert(path),
                    (FoundKind::File { .. }, Err(why)) => candidates.unnamed.push((path, why.to_string())),
                    _ => {}
                }
            }
        }
        candidates.unnamed.sort();
        candidates
    }

    /// What is right in `folder`, which was listed.
    fn inside(&self, folder: &str) -> Vec<(String, FoundKind)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.found
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter(|(path, _)| path.get(prefix.len()..).is_some_and(|rest| !rest.contains('/')))
            .map(|(path, found)| (path.clone(), found.kind))
            .collect()
    }

    /// Adds what is below `folder`; `None` when there are too many files, or too deep ones.
    fn collect(&mut self, folder: &str, depth: usize, inside: &mut Inside) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.list(folder).is_err() {
            inside.left.push(folder.to_owned());
            return Some(());
        }
        for (path, kind) in self.inside(folder) {
            match (kind, WorkspacePath::new(&path)) {
                (FoundKind::Folder, Ok(_)) => self.collect(&path, depth + 1, inside)?,
                (FoundKind::File { .. }, Ok(path)) => {
                    inside.room.files = inside.room.files.checked_sub(1)?;
                    inside.room.bytes = inside.room.bytes.checked_sub(path.as_str().len())?;
                    inside.files.insert(path);
                }
                _ => inside.left.push(path),
            }
        }
        Some(())
    }

    /// What is at `path`; `None` where nothing is.
    fn seen(&self, path: &WorkspacePath) -> Option<Result<&Found, Obstacle>> {
        if let Some(found) = self.found.get(path.as_str()) {
            return Some(match found.kind {
                FoundKind::File { .. } => Ok(found),
                FoundKind::Folder => Err(Obstacle::Folder),
                FoundKind::Link => Err(Obstacle::Link),
                FoundKind::Special => Err(Obstacle::Special),
            });
        }
        let mut at = path.parent();
        let mut obstacle = None;
        while let Some(folder) = at {
            match self.found.get(folder.as_str()) {
                Some(found) if found.kind != FoundKind::Folder => {
                    obstacle = Some(Obstacle::Behind(folder.as_str().to_owned()));
                }
                _ => {}
            }
            if let Some(Some(why)) = self.listed.get(folder.as_str()) {
                obstacle = Some(Obstacle::Unreadable(why.clone()));
            }
            at = folder.parent();
        }
        obstacle.map(Err)
    }

    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.world.read_below(&self.root, path, MAX_CONTENT)
    }

    /// The bytes of the pristine copy of `digest`, if the objects have it whole.
    fn object(&self, digest: Digest) -> Option<Arc<[u8]>> {
        self.pristine.read(digest, MAX_CONTENT)
    }

    /// The digest of `course.lock` with the line ends that tito writes: git may have given it those of another system.
    fn lock(&self) -> Option<Digest> {
        self.found.get("course.lock")?;
        let bytes = self.world.read_below(&self.root, "course.lock", MAX_LOCK_BYTES).ok()?;
        let text = String::from_utf8(bytes).ok()?.replace("\r\n", "\n");
        Some(Digest::of(text.as_bytes()))
    }

    fn incoming(&mut self, observed: &mut Observed) {
        // Nothing below tito's own folder was found yet: it is not a path of a workspace.
        let mut files = Vec::new();
        self.offers(INCOMING, 0, &mut files);
        for path in files {
            let Ok(digest) = self.world.digest_below(&self.root, &format!("{INCOMING}/{path}")) else {
                continue;
            };
            observed.incoming.insert(path, Seen::File { raw: digest, size: 0, executable: false });
        }
    }

    fn offers(&self, folder: &str, depth: usize, files: &mut Vec<WorkspacePath>) {
        let Ok(entries) = self.world.entries(&self.root, folder) else { return };
        for found in entries {
            let path = below(folder, &found.name);
            let rest = path.strip_prefix(INCOMING).and_then(|rest| rest.strip_prefix('/'));
            match (found.kind, rest.map(WorkspacePath::new)) {
                (FoundKind::Folder, _) if depth < MAX_DEPTH => self.offers(&path, depth + 1, files),
                (FoundKind::File { .. }, Some(Ok(path))) => files.push(path),
                _ => {}
            }
        }
    }
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Takes the digest of every file of `wanted`, unless the cache knows it.
fn hash(walk: &Walk<'_>, wanted: BTreeSet<WorkspacePath>, cache: &StatCache, observed: &mut Observed) {
    let now = walk.world.file_clock();
    let seen: Vec<_> =
        wanted.into_iter().filter_map(|path| walk.seen(&path).map(|seen| (path, seen))).collect();
    let digests: Vec<_> = seen
        .par_iter()
        .map(|(path, seen)| {
            let found = seen.as_ref().ok()?;
            Some(match cache.get(path.as_str(), found) {
                Some(known) => Ok((known, true)),
                None => digests(walk, path, found).map(|fresh| (fresh, false)),
            })
        })
        .collect();
    for ((path, seen), digests) in seen.into_iter().zip(digests) {
        let seen = match (seen, digests) {
            (Ok(found), Some(Ok(((raw, form), cached)))) => {
                if cached {
                    observed.cache.keep(path.as_str(), cache);
                } else {
                    observed.cache.put(path.as_str(), found, raw, form, now);
                }
                if form != raw {
                    observed.forms.insert(raw, form);
                }
                let executable = matches!(found.kind, FoundKind::File { executable: true });
                Seen::File { raw, size: found.size, executable }
            }
            (Ok(_), Some(Err(error))) => Seen::Obstacle(Obstacle::Unreadable(reason(&error))),
            (Ok(_), None) => continue,
            (Err(obstacle), _) => Seen::Obstacle(obstacle),
        };
        observed.files.insert(path, seen);
    }
}

/// The digest of a file's bytes and that of its content.
fn digests(walk: &Walk<'_>, path: &WorkspacePath, found: &Found) -> std::io::Result<(Digest, Digest)> {
    if found.size > MAX_CONTENT {
        let raw = walk.world.digest_below(&walk.root, path.as_str())?;
        return Ok((raw, raw));
    }
    let bytes = walk.read(path.as_str())?;
    Ok((Digest::of(&bytes), canonical(path.name(), &bytes)))
}

/// Reads how far the student is, in the words of today.
fn progress(
    walk: &Walk<'_>,
    target: &Target,
    lock: Option<&Lock>,
    observed: &mut Observed,
) -> Result<(), ObserveError> {
    if !walk.found.contains_key("progress.json") {
        return Ok(());
    }
    let bytes = walk
        .world
        .read_below(&walk.root, "progress.json", MAX_PROGRESS)
        .map_err(|error| StateError::Syntax { file: "progress.json", why: reason(&error) })?;
    let known: BTreeSet<UnitId> =
        target.units.iter().map(|unit| &unit.id).chain(target.retired.keys()).cloned().collect();
    let (progress, unsettled) = Progress::read(&bytes, lock, &target.renames.units, &known)?;
    observed.progress = progress;
    observed.unsettled = unsettled;
    observed.progress_digest = Some(Digest::of(&bytes));
    Ok(())
}

/// Where the student's side of a file is looked for.
fn standing(pair: &Pair<'_>, observed: &Observed) -> Option<WorkspacePath> {
    let recorded = pair.base.map(|(path, _)| path).filter(|path| observed.files.contains_key(*path));
    let home = pair.course.map(|(path, _)| path);
    recorded.or(observed.elsewhere.get(&pair.id)).or(home).cloned()
}

/// Looks at what the student exported.
fn exports(
    walk: &Walk<'_>,
    pairs: &[Pair<'_>],
    target: &Target,
    baselines: &Baselines,
    observed: &Observed,
) -> SeenExports {
    look(
        pairs,
        target,
        baselines,
        &Reader {
            object: &|digest| walk.object(digest),
            file: &|path| match walk.read(path.as_str()) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(reason(&error)),
            },
            standing: &|pair| standing(pair, observed),
        },
    )
}

/// Finds the content of every side of a file whose sides differ, and keeps the bytes where a merge may need them.
fn contents(walk: &Walk<'_>, pairs: &[Pair<'_>], observed: &mut Observed) {
    for pair in pairs {
        let course = pair.course.map(|(_, file)| file.digest);
        let standing = standing(pair, observed);
        let standing = standing.as_ref();
        let student = standing.and_then(|path| observed.raw(path));
        // Where two sides have the same bytes, looking at one of them is enough.
        if let (Some((path, file)), true) = (pair.course, course != student) {
            remember(observed, path.name(), file.digest, &file.content);
        }
        let Some((path, base)) = pair.base else { continue };
        let unknown = student != Some(base.sha256) && course != Some(base.sha256);
        let object = if unknown { walk.object(base.sha256) } else { None };
        if let Some(bytes) = &object {
            remember(observed, path.name(), base.sha256, bytes);
        }
        let gets_mode = pair.course.is_some_and(|(_, file)| {
            standing.and_then(|path| observed.is_executable(path)).is_some_and(|mode| mode != file.executable)
        });
        let former = former_versions(walk, base, path.name(), [student, course], observed);
        let sides = pair.sides(student, observed);
        let needed = former
            || !base.open.is_empty()
            || worth_merging(&sides, student != Some(base.sha256))
            || (gets_mode && student != course);
        if !needed {
            continue;
        }
        if let Some(bytes) = object.or_else(|| walk.object(base.sha256)) {
            observed.contents.insert(base.sha256, bytes);
        }
        if let Some(bytes) = standing.and_then(|path| walk.read(path.as_str()).ok()) {
            observed.contents.insert(Digest::of(&bytes), Arc::from(bytes));
        }
    }
}

/// Finds notebooks that were torn while they were saved, or that git left its markers in.
fn unreadable_notebooks(walk: &Walk<'_>, pairs: &[Pair<'_>], observed: &mut Observed) {
    for pair in pairs {
        let Some(path) = standing(pair, observed).filter(|path| path.extension() == "ipynb") else {
            continue;
        };
        let Some(raw) = observed.raw(&path) else { continue };
        let given = [pair.base.map(|(_, base)| base.sha256), pair.course.map(|(_, file)| file.digest)];
        // What can be read has a form of its own, which is known without reading it again.
        if given.contains(&Some(raw)) || observed.canonical(raw) != raw {
            continue;
        }
        if let Some(why) = walk.read(path.as_str()).ok().and_then(|bytes| unreadable(&bytes)) {
            observed.unreadable.insert(path, (pair.id.clone(), why));
        }
    }
}

/// Finds the former versions of a file that the student edited; says whether there are any.
fn former_versions(
    walk: &Walk<'_>,
    base: &Baseline,
    name: &str,
    [student, course]: [Option<Digest>; 2],
    observed: &mut Observed,
) -> bool {
    let Some(student) = student else { return false };
    let form = |observed: &Observed, raw: Digest| observed.canonical(raw);
    let known = [Some(base.sha256), course];
    if known.into_iter().flatten().any(|raw| form(observed, raw) == form(observed, student)) {
        return false;
    }
    let mut found = false;
    for former in &base.former {
        let Some(bytes) = walk.object(former.sha256) else { continue };
        remember(observed, name, former.sha256, &bytes);
        observed.contents.insert(former.sha256, bytes);
        found = true;
    }
    found
}

fn remember(observed: &mut Observed, name: &str, raw: Digest, bytes: &[u8]) {
    let form = canonical(name, bytes);
    if form != raw {
        observed.forms.insert(raw, form);
    }
}

/// May the decision need the bytes? When both sides changed, and when the student's bytes differ though their content does not.
fn worth_merging(sides: &Sides<Digest>, bytes_differ: bool) -> bool {
    match situation(sides) {
        Some(Situation::BothDiffer) => true,
        Some(Situation::CourseChanged) => bytes_differ,
        _ => false,
    }
}
