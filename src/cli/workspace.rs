//! A student's workspace as the verbs see it: found, read, compiled for, planned, carried out. `init` and `update` are this one path.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use crate::apply::{self, ApplyError, Command, Meta, Patience, Workspace, layout};
use crate::compile::Target;
use crate::course::BUILT_IN;
use crate::lock::{Baselines, Config, Lock, MAX_LOCK_BYTES, MAX_STATE_BYTES};
use crate::plan::{Observed, Plan, Request, StatCache, observe, plan};
use crate::world::disk::Disk;
use crate::world::{Root, World};

use super::exit::Exit;
use super::out::{Look, Out, clean, paint};

/// Where the stat cache is. It may be lost or damaged at any time.
const CACHE: &str = ".tinytorch/cache";
/// No file of a course is longer.
pub(super) const FILE_LIMIT: u64 = 1 << 30;

/// A workspace as it was read: what tito remembers of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Home {
    pub(super) root: PathBuf,
    pub(super) lock: Option<Lock>,
    pub(super) baselines: Baselines,
    pub(super) config: Config,
    pub(super) cache: StatCache,
    /// Must the network be left alone? Sources of the course then come from the cache.
    pub(super) is_offline: bool,
    /// The moment of `--at`; none: now.
    pub(super) at: Option<Timestamp>,
}

impl Home {
    /// The moment for which the course is seen.
    pub(super) fn now(&self, world: &dyn World) -> Timestamp {
        self.at.unwrap_or_else(|| world.now())
    }
}

/// Everything that is known when a plan is made.
pub(super) struct Planned {
    pub(super) target: Target,
    pub(super) observed: Observed,
    pub(super) plan: Plan,
}

/// The workspace that this folder is or is in.
pub(super) fn find(world: &dyn World, out: &Out) -> Result<PathBuf, Exit> {
    around(world).ok_or_else(|| {
        if has_lost_its_memory(world, &super::find::here()) {
            return out.fail(
                "this was a workspace, but its folder `.tinytorch` is missing",
                "restore `.tinytorch` from a copy of this folder (git, a backup); or create a new workspace elsewhere with `tito init`, and copy your notebooks into it",
            );
        }
        out.fail(
            "this folder is not in a workspace",
            "go to your workspace, or create one: `tito init`",
        )
    })
}

/// A workspace that was copied without its hidden folders; beside a `course.yml` a lock is the instructor's.
fn has_lost_its_memory(world: &dyn World, folder: &Path) -> bool {
    let has = |name: &str| super::find::is_there(world, &folder.join(name));
    has("course.lock") && !has("course.yml") && !has(".tinytorch")
}

/// The same, where it is fine to be in none.
pub(super) fn around(world: &dyn World) -> Option<PathBuf> {
    let here = super::find::here();
    here.ancestors().find(|folder| is_workspace(world, folder)).map(Path::to_owned)
}

/// Is a run under way in the workspace at `root`, or was it interrupted? What commands that only read go by.
pub(super) fn is_under_way(world: &dyn World, root: &Path) -> bool {
    world.open_below(&Root::Folder(root.to_owned()), layout::NEXT).is_ok()
}

pub(super) fn is_workspace(world: &dyn World, folder: &Path) -> bool {
    let tree = Root::Folder(folder.to_owned());
    // One byte more than none tells that there is a file, whatever it holds.
    let has = |path: &str| match world.read_below(&tree, path, 0) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::FileTooLarge,
    };
    has(Meta::Baselines.path()) || (has(Meta::Lock.path()) && has(Meta::Config.path()))
}

/// What tito remembers of the workspace that this folder is or is in.
pub(super) fn here(world: &dyn World, out: &Out) -> Result<Home, Exit> {
    read(world, &find(world, out)?, out)
}

/// The bytes of a file of the workspace at `root`; none where there is none.
fn bytes(world: &dyn World, root: &Path, path: &str, limit: u64, out: &Out) -> Result<Option<Vec<u8>>, Exit> {
    match world.read_below(&Root::Folder(root.to_owned()), path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(out.fail(
            &format!("`{path}` cannot be read: {}", crate::world::reason(&error)),
            "`tito doctor` checks the whole workspace",
        )),
    }
}

fn broken(message: &str, out: &Out) -> Exit {
    out.fail(message, "nothing was changed; `tito doctor` shows what to do");
    Exit::Integrity
}

/// Reads what the workspace at `root` was told of its course.
pub(super) fn config(world: &dyn World, root: &Path, out: &Out) -> Result<Config, Exit> {
    Ok(config_if_there(world, root, out)?.unwrap_or_default())
}

fn config_if_there(world: &dyn World, root: &Path, out: &Out) -> Result<Option<Config>, Exit> {
    let config = bytes(world, root, Meta::Config.path(), MAX_STATE_BYTES, out)?;
    let config = config.map(|bytes| Config::read(&bytes)).transpose();
    config.map_err(|error| broken(&error.to_string(), out))
}

/// Which of tito's own files is not there, although the others say that it was: what is not remembered would be decided as for a
/// stranger's work, or for another course.
fn missing(lock: Option<&Lock>, baselines: Option<&Baselines>, config: Option<&Config>) -> Option<Meta> {
    let lock = lock?;
    match (baselines, config) {
        (None, Some(_)) => Some(Meta::Baselines),
        // A workspace of the built-in course needs no word about where its course is.
        (Some(_), None) if lock.course.id != BUILT_IN => Some(Meta::Config),
        _ => None,
    }
}

/// Reads what tito remembers of the workspace at `root`. A broken file is an answer with the integrity code, and nothing is written.
pub(super) fn read(world: &dyn World, root: &Path, out: &Out) -> Result<Home, Exit> {
    let bytes = |path: &str, limit: u64| bytes(world, root, path, limit, out);
    let broken = |error: String| broken(&error, out);
    let lock = bytes(Meta::Lock.path(), MAX_LOCK_BYTES)?;
    let baselines = bytes(Meta::Baselines.path(), MAX_STATE_BYTES)?;
    let cache = kept_cache(root, CACHE, MAX_STATE_BYTES).unwrap_or_default();
    // The large ones of a large course, each on a processor.
    let ((lock, cache), baselines) = rayon::join(
        || (lock.map(|bytes| Lock::read(&bytes)).transpose(), StatCache::read(&cache)),
        || baselines.map(|bytes| Baselines::read(&bytes)).transpose(),
    );
    let lock = lock.map_err(|error| broken(error.to_string()))?;
    let baselines = baselines.map_err(|error| broken(error.to_string()))?;
    let config = config_if_there(world, root, out)?;
    if let Some(meta) = missing(lock.as_ref(), baselines.as_ref(), config.as_ref()) {
        return Err(broken(format!("`{}` is missing", meta.path())));
    }
    Ok(Home {
        is_offline: false,
        at: None,
        root: root.to_owned(),
        lock,
        baselines: baselines.unwrap_or_default(),
        config: config.unwrap_or_default(),
        cache,
    })
}

/// The path of a course as config.json names it.
pub(super) fn course_path(root: &Path, course: &str) -> PathBuf {
    if Path::new(course).is_absolute() { PathBuf::from(course) } else { root.join(course) }
}

/// How config.json names a course: relative to the workspace where both lie in one folder's tree, so that they can move together.
pub(super) fn course_name(root: &Path, course: &Path) -> String {
    let near = root.parent().is_some_and(|parent| course.starts_with(parent));
    if near { crate::course::relative(root, course) } else { course.to_string_lossy().into_owned() }
}

/// Looks at the workspace and decides every path.
pub(super) fn look(
    world: &dyn World,
    home: &Home,
    target: Target,
    request: &Request,
    out: &Out,
) -> Result<Planned, Exit> {
    let observed = observe(world, &home.root, &target, home.lock.as_ref(), &home.baselines, &home.cache);
    let mut observed = observed.map_err(|error| {
        out.fail(&error.to_string(), "nothing was changed");
        Exit::Failed
    })?;
    observed.now = home.at.unwrap_or(observed.now);
    let plan = plan(&target, home.lock.as_ref(), &home.baselines, &observed, request);
    Ok(Planned { target, observed, plan })
}

/// Takes the workspace for `command`; says what was left half-done and is settled now.
pub(super) fn take_lock(
    world: &dyn World,
    root: &Path,
    command: Command,
    out: &Out,
) -> Result<Workspace, Exit> {
    match Workspace::lock(root, command, Patience::Leave, world.now()) {
        Ok(workspace) => {
            if let Some(settled) = workspace.settled() {
                say_settled(settled, out);
            }
            Ok(workspace)
        }
        Err(error @ ApplyError::Busy { .. }) => {
            out.fail(&error.to_string(), "wait until it finishes, and try again");
            Err(Exit::Blocked)
        }
        Err(error) => Err(out.fail(&error.to_string(), "nothing of yours was changed")),
    }
}

/// The same, for a command that must not be done a second time: where it was interrupted before, and taking the lock finished it, that is said,
/// and is the end of it.
pub(super) fn begin(world: &dyn World, root: &Path, command: Command, out: &Out) -> Result<Workspace, Exit> {
    let lock = take_lock(world, root, command, out)?;
    match lock.finished() {
        Some(settled) => Err(say_finished(settled, out)),
        None => Ok(lock),
    }
}

fn say_settled(settled: &apply::Settled, out: &Out) {
    let (done, undone) = (settled.done.len(), settled.undone.len());
    out.say(match settled.is_finished {
        true => "This command was interrupted before. It is finished now.".to_owned(),
        false => format!("An earlier run was interrupted. {done} of its changes were made and are recorded now; {undone} were not made."),
    });
    for kept in &settled.kept {
        out.say(clean(&format!("  kept      {}   as {}", kept.was, kept.now)));
    }
}

/// The report of a command that was interrupted before, and that taking the lock finished.
fn say_finished(settled: &apply::Settled, out: &Out) -> Exit {
    if out.json {
        let kept: Vec<_> =
            settled.kept.iter().map(|kept| json!({"was": kept.was, "now": kept.now})).collect();
        out.value(&json!({"run": settled.run, "finished": true, "done": settled.done, "left": settled.undone, "set_aside": kept}));
        return Exit::Done;
    }
    for path in &settled.done {
        out.line(format!("  {:<9} {}", "done", clean(path)));
    }
    for path in &settled.undone {
        out.line(format!(
            "{} {:<9} {}   it has changed since",
            paint(Look::Notice, "!"),
            "left",
            clean(path)
        ));
    }
    out.line("undo this with `tito undo`");
    Exit::Done
}

/// Keeps what was found out about files, so that the next command need not read every one; a file that was written this very moment is not
/// in it, because it could be written again without its time changing. It only saves time: a failure is not a failure, and a workspace that
/// cannot be written is left alone.
pub(super) fn remember(home: &Home, planned: &Planned) {
    let cache = &planned.observed.cache;
    if *cache == home.cache {
        return;
    }
    keep_cache(&home.root, CACHE, &cache.write());
}

/// For a workspace that its student keeps in git: what belongs to this machine stays out, what tito needs after a clone stays in, whatever the
/// workspace's own `.gitignore` says of all zip files, and no byte of it is changed on the way.
const FOR_GIT: [(&str, &str); 2] = [
    (
        ".tinytorch/.gitignore",
        "!*.json\n!/packs/\n!/packs/*.zip\n/answer-*\n/cache\n/inputs\n/tests\n/lock\n/stage/\n*.part\n",
    ),
    (".tinytorch/.gitattributes", "* -text\n"),
];

/// What earlier versions of tito wrote there. Any other text is the student's.
const FORMERLY_FOR_GIT: [&str; 3] = [
    "/answer-*\n/cache\n/inputs\n/tests\n/lock\n/stage/\n*.part\n",
    "/cache\n/inputs\n/tests\n/lock\n/stage/\n*.part\n",
    "/cache\n/inputs\n/lock\n/stage/\n*.part\n",
];

/// Writes what git needs to know of `.tinytorch`, where it is missing or of an earlier tito.
pub(super) fn prepare_for_git(root: &Path) {
    let is_former = |path: &str| {
        let known = kept_cache(root, path, 1024);
        known.is_some_and(|known| FORMERLY_FOR_GIT.iter().any(|former| known == former.as_bytes()))
    };
    for (path, text) in FOR_GIT {
        if !super::find::is_there(&Disk::new(), &root.join(path)) || is_former(path) {
            keep_cache(root, path, text.as_bytes());
        }
    }
}

/// Reads a file of the workspace at `root` that may be lost at any time: what is decided does not depend on it, so no world need know.
pub(super) fn kept_cache(root: &Path, path: &str, limit: u64) -> Option<Vec<u8>> {
    Disk::new().read_below(&Root::Folder(root.to_owned()), path, limit).ok()
}

/// Writes a file of the workspace at `root` that may be lost at any time.
pub(super) fn keep_cache(root: &Path, path: &str, bytes: &[u8]) {
    // Where it cannot be written, nothing is missing.
    let _ = apply::Disk::open(root).map(|disk| disk.put(path, &format!("{path}.part"), bytes, false));
}
