//! Is the workspace as tito wrote it? Reads only, and believes nothing: each file is looked at by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::apply::prune::usage;
use crate::apply::{self, Disk as WorkDisk, Meta, layout, objects};
use crate::delivery::kept;
use crate::digest::Digest;
use crate::id::{Role, UnitId};
use crate::lock::{Baselines, Config, Lock, Progress};
use crate::path::WorkspacePath;
use crate::plan::unreadable;
use crate::world::disk::Disk;
use crate::world::{Root, World};

use crate::cli::out::{counted, shell};
use crate::cli::workspace::{FILE_LIMIT, course_path};
use crate::cli::{address, steps};
use crate::student::finding::{Finding, Health};

/// No file of tito's own is longer.
const LIMIT: u64 = crate::lock::MAX_STATE_BYTES;
/// So many are named.
const NAMED: usize = 3;

/// What there is to say of the workspace at `root`.
pub(super) fn look(world: &Disk, root: &Path) -> Vec<Finding> {
    let disk = match WorkDisk::open(root) {
        Ok(disk) => disk,
        Err(error) => {
            return vec![Finding::bad(
                "workspace",
                Health::Broken,
                error.to_string(),
                "check its permissions",
            )];
        }
    };
    let mut findings = Vec::new();
    let lock = file(&disk, Meta::Lock, Lock::read, &mut findings);
    if let Some(lock) = &lock {
        findings.push(Finding::good(
            "lock",
            format!("course.lock of {}: {} files", lock.course.id, lock.files.len()),
        ));
    }
    let baselines = file(&disk, Meta::Baselines, Baselines::read, &mut findings);
    if let Some(baselines) = &baselines {
        findings.push(Finding::good("baselines", format!("{} files are followed", baselines.files.len())));
        findings.extend(copies(&disk, baselines));
        findings.extend(unreadable_notebooks(world, root, baselines));
    }
    if let Some(config) = file(&disk, Meta::Config, Config::read, &mut findings) {
        findings.extend(course(world, root, &config));
    }
    let read = |bytes: &[u8]| {
        let known = lock.iter().flat_map(|lock| &lock.units).map(|unit| unit.id.clone()).collect();
        Progress::read(bytes, lock.as_ref(), &BTreeMap::new(), &known)
    };
    if let Some((progress, unsettled)) = file(&disk, Meta::Progress, read, &mut findings) {
        for entry in unsettled {
            let says = format!("progress.json: `{}` under `{}`: {}", entry.entry, entry.key, entry.why);
            findings.push(Finding::bad(
                "progress",
                Health::Notice,
                says,
                "it is left as it is; remove it if you do not need it",
            ));
        }
        findings.extend(gone(&disk, &progress, baselines.as_ref()));
    }
    findings.extend(runs(&disk));
    findings
}

/// The name of the package that students of the workspace at `root` build, if its lock can be read.
pub(super) fn package(root: &Path) -> Option<String> {
    let bytes = WorkDisk::open(root).ok()?.read(Meta::Lock.path(), LIMIT).ok()??;
    Lock::read(&bytes).ok()?.base.package
}

/// Every workspace has a lock and baselines; the word about its course, where a run wrote one.
fn must_be_there(disk: &WorkDisk, meta: Meta) -> bool {
    matches!(meta, Meta::Lock | Meta::Baselines) || (meta == Meta::Config && wrote(disk, meta).is_some())
}

/// One of tito's own files, read. What is not there is no fault of the file's where it need not be.
fn file<T, E: std::fmt::Display>(
    disk: &WorkDisk,
    meta: Meta,
    read: impl FnOnce(&[u8]) -> Result<T, E>,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    let (what, path) = (name(meta), meta.path());
    let mut broken = |says: String| {
        findings.push(Finding::bad(what, Health::Broken, says, way_back(disk, meta)));
        None
    };
    match disk.read(path, LIMIT) {
        Ok(Some(bytes)) => read(&bytes).map_or_else(|error| broken(error.to_string()), Some),
        Ok(None) if must_be_there(disk, meta) => broken(format!("{path} is missing")),
        Ok(None) => None,
        Err(error) => broken(error.to_string()),
    }
}

/// What brings `meta` back.
fn way_back(disk: &WorkDisk, meta: Meta) -> &'static str {
    match meta {
        Meta::Progress => "this file is yours: fix it, or move it away and tito starts a new one",
        _ if wrote(disk, meta).is_some() => "restore what the last run wrote: tito doctor --fix=workspace",
        Meta::Lock => {
            "restore it from a copy (git, a backup); or move it away, and tito update writes a new one"
        }
        _ => "restore it from a copy (git, a backup)",
    }
}

fn name(meta: Meta) -> &'static str {
    match meta {
        Meta::Lock => "lock",
        Meta::Baselines => "baselines",
        Meta::Config | Meta::Version | Meta::Release | Meta::Newest | Meta::Kept => "course",
        Meta::Progress => "progress",
    }
}

/// tito's own files that are broken or gone although they must be there, with what the last run that wrote them wrote.
pub(super) fn last_written(disk: &WorkDisk) -> BTreeMap<Meta, Vec<u8>> {
    let mut found = Vec::new();
    let _ = file(disk, Meta::Lock, Lock::read, &mut found);
    let _ = file(disk, Meta::Baselines, Baselines::read, &mut found);
    let _ = file(disk, Meta::Config, Config::read, &mut found);
    let broken: BTreeSet<&str> = found.iter().map(|finding| finding.what).collect();
    let metas = [Meta::Lock, Meta::Baselines, Meta::Config].into_iter();
    metas
        .filter(|meta| broken.contains(name(*meta)))
        .filter_map(|meta| Some((meta, wrote(disk, meta)?)))
        .collect()
}

/// What the last run that wrote `meta` wrote, if it is still known.
fn wrote(disk: &WorkDisk, meta: Meta) -> Option<Vec<u8>> {
    let history = apply::history(disk).unwrap_or_default();
    let last = history.iter().rev().find_map(|record| record.meta.get(&meta)?.after)?;
    objects::read(disk, last).ok().flatten().map(|bytes| bytes.to_vec())
}

/// Notebooks that cannot be read as such: torn while they were saved, or with markers of git in them.
fn unreadable_notebooks(world: &Disk, root: &Path, baselines: &Baselines) -> Vec<Finding> {
    let tree = Root::Folder(root.to_owned());
    let notebooks = baselines.files.iter().filter(|(path, _)| path.extension() == "ipynb");
    let found = notebooks.filter_map(|(path, base)| {
        let why = unreadable(&world.read_below(&tree, path.as_str(), FILE_LIMIT).ok()?)?;
        let to_do = steps::instead_of(path, base.id.unit());
        let says = format!("`{path}` cannot be read as a notebook: {why}");
        Some(Finding::bad("work", Health::Missing, says, to_do))
    });
    found.collect()
}

/// Pristine copies that are damaged or missing: digest, and the file whose base side it is.
pub(super) fn lost(disk: &WorkDisk, baselines: &Baselines) -> Vec<(Digest, WorkspacePath)> {
    let store = objects::Store::new(disk);
    let whole = |digest| store.has(digest).unwrap_or(false);
    let files = baselines.files.iter().filter(|(_, base)| !whole(base.sha256));
    files.map(|(path, base)| (base.sha256, path.clone())).collect()
}

fn copies(disk: &WorkDisk, baselines: &Baselines) -> Vec<Finding> {
    let lost = lost(disk, baselines);
    let names: BTreeSet<String> = lost.iter().map(|(digest, _)| layout::object(*digest)).collect();
    let damaged = objects::damaged(disk).unwrap_or_default();
    // Of a damaged pack it is not known what else it held; where something that counts is lost, that is said of it already.
    let is_pack = |path: &String| path.starts_with(layout::PACKS);
    let is_said = |path: &String| names.contains(path) || is_pack(path) && !lost.is_empty();
    let others: Vec<&String> = damaged.iter().filter(|path| !is_said(path)).collect();
    let mut findings = Vec::new();
    if !lost.is_empty() {
        let paths: Vec<&str> = lost.iter().map(|(_, path)| path.as_str()).collect();
        let says = format!("the pristine copies of {} are damaged or missing", some(&paths));
        findings.push(Finding::bad(
            "copies",
            Health::Broken,
            says,
            "rebuild them where the course still has them: tito doctor --fix=workspace",
        ));
    }
    if !others.is_empty() {
        let paths: Vec<&str> = others.iter().map(|path| path.as_str()).collect();
        let says = format!("copies of earlier versions are damaged: {}", some(&paths));
        findings.push(Finding::bad(
            "copies",
            Health::Notice,
            says,
            "undo of earlier runs may not restore them; nothing else needs them",
        ));
    }
    if lost.is_empty() && others.is_empty() {
        findings.push(Finding::good("copies", "every pristine copy is intact"));
    }
    findings
}

/// `a, b, c and 4 more`.
fn some(names: &[&str]) -> String {
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{shown} and {more} more"),
        None => shown,
    }
}

fn course(world: &Disk, root: &Path, config: &Config) -> Vec<Finding> {
    let Some(course) = &config.course else {
        return vec![Finding::good("course", "the base that comes with tito, complete")];
    };
    if let Some(address) = address::remembered(root, config) {
        return vec![match kept(world, root) {
            Some(kept) if address::is_away(world, &address) => Finding::bad(
                "course",
                Health::Notice,
                format!("release {} of {course}, and nothing is published there now", kept.serial),
                "updates wait until it is back, and all else works; if it moved: tito update --config ADDRESS",
            ),
            Some(kept) => Finding::good("course", format!("release {} of {course}", kept.serial)),
            None => Finding::bad(
                "course",
                Health::Missing,
                "the workspace's copy of its course is gone or damaged".to_owned(),
                "fetch it again: tito update",
            ),
        }];
    }
    match world.read(&course_path(root, course), crate::yaml::MAX_BYTES) {
        Ok(_) => vec![Finding::good("course", course.clone())],
        Err(error) => {
            let says = format!("`{course}` cannot be read: {}", crate::world::reason(&error));
            vec![Finding::bad(
                "course",
                Health::Missing,
                says,
                "give its new place: tito update --config PATH/course.yml",
            )]
        }
    }
}

/// Units that the student began, and whose work is not there.
fn gone(disk: &WorkDisk, progress: &Progress, baselines: Option<&Baselines>) -> Vec<Finding> {
    let begun: BTreeSet<&UnitId> = progress.started.iter().chain(progress.completed.keys()).collect();
    let files = baselines.iter().flat_map(|baselines| &baselines.files);
    let work = files.filter(|(_, base)| {
        base.role == Role::Work
            && base.id.unit().is_some_and(|unit| begun.iter().any(|id| id.as_str() == unit))
    });
    work.filter(|(path, _)| matches!(disk.kind(path.as_str()), Ok(None)))
        .map(|(path, _)| {
            let says = format!("you started it, and `{path}` is missing");
            Finding::bad(
                "work",
                Health::Notice,
                says,
                format!("restore the course's version: tito restore {}", shell(path.as_str())),
            )
        })
        .collect()
}

fn runs(disk: &WorkDisk) -> Vec<Finding> {
    let mut findings = Vec::new();
    match apply::recover::is_pending(disk) {
        Ok(false) => {}
        Ok(true) => findings.push(Finding::bad(
            "history",
            Health::Notice,
            "an earlier run was interrupted",
            "the next command that writes finishes it, and so does: tito doctor --fix=workspace",
        )),
        Err(error) => {
            findings.push(Finding::bad("history", Health::Broken, error.to_string(), "check its permissions"))
        }
    }
    let runs = match apply::history(disk) {
        Ok(runs) => runs.len(),
        Err(error) => {
            findings.push(Finding::bad(
                "history",
                Health::Broken,
                error.to_string(),
                "move that file away; only `tito undo` needs it",
            ));
            return findings;
        }
    };
    if let Ok(usage) = usage(disk) {
        let size = |bytes: u64| indicatif::HumanBytes(bytes).to_string();
        findings.push(Finding::good(
            "history",
            format!(
                "{}; copies {}, backups {}, offers {}, journal {}",
                counted(runs, "run"),
                size(usage.objects),
                size(usage.backups),
                size(usage.incoming),
                size(usage.journal)
            ),
        ));
    }
    findings
}

/// A file of the workspace whose bytes are `digest`, or nothing.
pub(super) fn bytes_of(world: &Disk, root: &Path, path: &WorkspacePath, digest: Digest) -> Option<Vec<u8>> {
    let tree = Root::Folder(root.to_owned());
    world.digest_below(&tree, path.as_str()).ok().filter(|found| *found == digest)?;
    let bytes = world.read_below(&tree, path.as_str(), FILE_LIMIT).ok()?;
    (Digest::of(&bytes) == digest).then_some(bytes)
}
