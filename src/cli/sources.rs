//! The sources of a course are fetched before it is compiled: from the folder beside it, from the cache, from the network.
//!
//! The lock beside the course says which commit of each is meant; only `tito lock` chooses one.
#![expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use crate::compile::{Bases, Overrides, Target, compile as compile_course, compile_over};
use crate::course;
use crate::diagnostic::Checked;
use crate::lock::{Lock, MAX_LOCK_BYTES};
use crate::source::Spanned;
use crate::world::World;
use crate::world::fetched::{Fetched, Trees};
use crate::world::sources::{Cache, Fault, Pinned, Remote, Tree};
use crate::yaml::MAX_BYTES;

use super::find;
use super::out::clean;

/// The folder of the cache, instead of the system's.
const CACHE: &str = "TITO_CACHE";
/// Set to anything: the network is not asked for sources.
const OFFLINE: &str = "TITO_OFFLINE";
/// No course has more layers of sources that name sources.
const MAX_ROUNDS: usize = 32;

/// From where sources may come, and which commit of them is meant.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    /// What the lock says; or why that is not known.
    pub(super) pins: Result<Vec<Pinned>, String>,
    /// May the network be asked?
    pub(super) is_offline: bool,
    /// Is the present commit chosen where none is pinned?
    pub(super) pins_new: bool,
    /// Are copies in the folder beside the course only one place of several?
    pub(super) beyond_vendor: bool,
}

/// Must the network be left alone? With `--offline`, and where `TITO_OFFLINE` says so.
pub(super) fn is_offline(asked: bool) -> bool {
    asked || std::env::var_os(OFFLINE).is_some_and(|value| !value.is_empty())
}

impl Policy {
    /// What the lock beside `course` says, and nothing else.
    pub(super) fn locked(world: &dyn World, course: &Path, offline: bool) -> Self {
        let pins = match world.read(&course.with_file_name("course.lock"), MAX_LOCK_BYTES) {
            Ok(bytes) => Lock::read(&bytes).map(|lock| lock.sources).map_err(|error| error.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(format!("course.lock cannot be read: {}", crate::world::reason(&error))),
        };
        let is_offline = is_offline(offline);
        Self { pins, is_offline, pins_new: false, beyond_vendor: false }
    }
}

/// Compiles the course at `path`, with its sources as its lock pins them.
pub(super) fn compile(world: &dyn World, path: &Path, overrides: &Overrides) -> Checked<Target> {
    compile_as(world, path, overrides, false)
}

/// The same, where the network may have to be left alone.
pub(super) fn compile_as(
    world: &dyn World,
    path: &Path,
    overrides: &Overrides,
    is_offline: bool,
) -> Checked<Target> {
    compile_with(world, path, overrides, || Policy::locked(world, path, is_offline))
}

/// The same under another policy, which is asked for when the course names a source.
pub(super) fn compile_with(
    world: &dyn World,
    path: &Path,
    overrides: &Overrides,
    policy: impl FnOnce() -> Policy,
) -> Checked<Target> {
    without_sources(world, path, |world| compile_course(world, path, overrides)).unwrap_or_else(|| {
        let trees = fetch(world, path, &policy());
        compile_course(&Fetched::new(world, &trees), path, overrides)
    })
}

/// Compiles the courses at `paths`, and returns what `each` makes of every one, in their order.
pub(super) fn compile_many<T: Send>(
    world: &dyn World,
    paths: &[PathBuf],
    policy: impl Fn(&Path) -> Policy,
    each: impl Fn(&Path, Checked<Target>) -> T + Sync,
) -> Vec<T> {
    let overrides = Overrides::default();
    many(world, paths, policy, |world, path, bases| each(path, compile_over(world, path, &overrides, bases)))
}

/// What `each` makes of the courses at `paths`, in their order, in a world that has their sources. A base that several have is read once, and so
/// is every file of it made once. Nothing is printed while it runs, except that something is being fetched.
pub(super) fn many<T: Send>(
    world: &dyn World,
    paths: &[PathBuf],
    policy: impl Fn(&Path) -> Policy,
    each: impl Fn(&dyn World, &Path, &Bases) -> T + Sync,
) -> Vec<T> {
    let bases = Bases::default();
    let alone = |path: &PathBuf| without_sources(world, path, |world| each(world, path, &bases));
    // The first one reads the base, on all processors.
    let Some((first, others)) = paths.split_first() else { return Vec::new() };
    let mut made = vec![alone(first)];
    made.extend(others.par_iter().map(alone).collect::<Vec<_>>());
    // Sources are fetched one after the other.
    let fetched = |path: &Path| {
        let trees = fetch(world, path, &policy(path));
        each(&Fetched::new(world, &trees), path, &bases)
    };
    paths.iter().zip(made).map(|(path, made)| made.unwrap_or_else(|| fetched(path))).collect()
}

/// What `compile` makes of a course that has no sources, as most. None: it has some.
fn without_sources<T>(world: &dyn World, path: &Path, compile: impl FnOnce(&dyn World) -> T) -> Option<T> {
    if mentions_sources(world, path) {
        return None;
    }
    let trees = Trees::new();
    let alone = Fetched::new(world, &trees);
    let compiled = compile(&alone);
    (!alone.lacks_any()).then_some(compiled)
}

/// Does the innermost layer look as if it named a source? Where it does not, an outer one still may.
fn mentions_sources(world: &dyn World, path: &Path) -> bool {
    let text = world.read(path, MAX_BYTES).unwrap_or_default();
    [&b"git"[..], b"archive"].iter().any(|word| text.windows(word.len()).any(|window| window == *word))
}

/// Reads the course at `path`, with its sources.
pub(super) fn read(world: &dyn World, path: &Path) -> Checked<course::Course> {
    let trees = fetch(world, path, &Policy::locked(world, path, false));
    course::read(&Fetched::new(world, &trees), path)
}

/// The trees of all sources of the course at `path`, or why one is not there. A source may name further ones.
pub(super) fn fetch(world: &dyn World, path: &Path, policy: &Policy) -> Trees {
    let mut trees = Trees::new();
    let mut places: Option<Places> = None;
    for _ in 0..MAX_ROUNDS {
        let needed = course::needed(&Fetched::new(world, &trees), path);
        let missing: Vec<&Spanned<Remote>> =
            needed.sources.iter().filter(|remote| !trees.contains_key(&remote.value)).collect();
        if missing.is_empty() {
            break;
        }
        let places = places.get_or_insert_with(|| Places::of(needed.vendor.as_deref(), policy));
        for remote in missing {
            let waiting = waiting(&remote.value);
            let found = places.tree(&remote.value, policy);
            waiting.finish_and_clear();
            if let Ok(tree) = &found {
                places.used(tree, path);
            }
            trees.insert(remote.value.clone(), found.map(Arc::new));
        }
    }
    trees
}

/// Says on a terminal what takes so long; nothing where that is none.
fn waiting(remote: &Remote) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} reading {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.set_message(clean(&remote.label()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Where trees may be.
struct Places {
    vendored: Option<Cache>,
    /// Made when something of it is first asked for.
    cache: OnceCell<Result<Cache, Fault>>,
    has_cache: bool,
}

impl Places {
    fn of(vendor: Option<&Path>, policy: &Policy) -> Self {
        let vendored = vendor.map(Cache::vendored);
        let has_cache = vendored.is_none() || policy.beyond_vendor;
        Self { vendored, cache: OnceCell::new(), has_cache }
    }

    fn tree(&self, remote: &Remote, policy: &Policy) -> Result<Tree, Fault> {
        let pins = policy.pins.as_ref();
        let pin = pins.ok().and_then(|pins| pins.iter().find_map(|pinned| pinned.pin_of(remote)));
        let is_open = remote.is_git() && remote.fixed_commit().is_none() && pin.is_none();
        if let Err(why) = pins
            && is_open
        {
            return Err(Fault::LockUnreadable(why.clone()));
        }
        let (mut commit, expected) = match pin {
            Some(pin) => (pin.commit, Some(pin.tree)),
            None => (None, None),
        };
        if let Some(vendored) = &self.vendored {
            let found = vendored.tree(remote, commit.as_deref(), expected);
            if found.is_ok() || !self.has_cache {
                return found;
            }
        }
        let cache = self.cache.get_or_init(|| Ok(Cache::new(&cache_folder()?)));
        let cache = cache.as_ref().map_err(Clone::clone)?;
        if is_open && !policy.pins_new {
            return Err(Fault::NotPinned);
        }
        if policy.is_offline {
            let why = if is_open { "its commit is not known" } else { "the cache does not have it" };
            return cache
                .have(remote, commit.as_deref(), expected)
                .ok_or_else(|| Fault::Unreachable(format!("{why}, and the network is not asked (offline)")));
        }
        if is_open {
            commit = cache.current_commit(remote)?;
        }
        cache.tree(remote, commit.as_deref(), expected)
    }

    fn used(&self, tree: &Tree, course: &Path) {
        if let Some(Ok(cache)) = self.cache.get() {
            cache.used(tree, &find::absolute(course).display().to_string());
        }
    }
}

/// The commit that each Git source of `sources` is at now, in their order; none for what never moves.
pub(super) fn current_commits(sources: &[Remote]) -> Vec<Result<Option<String>, Fault>> {
    let cache = cache_folder().map(|folder| Cache::new(&folder));
    sources.iter().map(|remote| cache.as_ref().map_err(Clone::clone)?.current_commit(remote)).collect()
}

/// The user's cache of sources: `TITO_CACHE`, or where the system keeps caches.
///
/// # Errors
/// `Cache` where the system has no such place. A folder that all users share would not do: anybody could put something there.
pub(super) fn cache_folder() -> Result<PathBuf, Fault> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(folder) = std::env::var_os(CACHE).filter(|folder| !folder.is_empty()) {
        return Ok(find::absolute(Path::new(&folder)));
    }
    let system = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join("Library/Caches")))
    } else {
        set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))
    };
    let system = system.ok_or_else(|| {
        Fault::Cache(format!(
            "this computer names no folder for caches (HOME is not set), and {CACHE} is not set either"
        ))
    })?;
    Ok(system.join("tito").join("sources"))
}
