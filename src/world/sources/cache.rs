//! [`Cache`]: a folder of trees, by address and commit, which several processes may use at once.
//!
//! ```text
//! lock               held by all who read; alone by who clears
//! KEY.lock           held by who fetches a source
//! KEY.zip            its tree: made under another name, renamed when it is whole
//! KEY.json           what it is, for `tito cache`
//! KEY.part, KEY.new, KEY.git, KEY.json.new   of a fetch; what is left of one goes with the next
//! ```
//!
//! What is in it may be lost or damaged at any time: it is fetched again. A vendored folder is a cache from which only is read.
#![expect(clippy::disallowed_methods, reason = "reads and writes the cache of sources")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::git::Repository;
use super::pinned::Pinned;
use super::remote::{Kind, Remote};
use super::tree::Tree;
use super::writer::Writer;
use super::{Fault, archive};
use crate::digest::Digest;
use crate::world::reason;

/// A record is not longer, and names no more courses.
const MAX_RECORD: u64 = 1 << 20;
const MAX_USERS: usize = 20;

/// A folder of trees.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    is_vendored: bool,
    /// Held so that no one clears what we read.
    shared: Option<Arc<File>>,
}

/// What a cache has, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cached {
    /// What was asked for, as messages name it.
    pub source: String,
    /// The commit of a Git source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The digest of its files.
    pub tree: Digest,
    /// How many bytes it takes.
    #[serde(default)]
    pub bytes: u64,
    /// The courses that used it, as far as known.
    #[serde(default)]
    pub used_by: BTreeSet<String>,
}

/// The list of what a vendored folder has.
const VENDORED: &str = "sources.json";
/// The ending of a record that is being written.
const NEW_RECORD: &str = "json.new";

/// A source that was copied beside a course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vendored {
    /// The file in that folder.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// What it is.
    pub source: Pinned,
}

impl Cache {
    /// The cache in `folder`, which need not be there.
    pub fn new(folder: &Path) -> Self {
        let shared = fs::create_dir_all(folder).ok().and_then(|()| lock_file(&folder.join("lock")).ok());
        // Where there is nothing to lock with, no one clears either.
        let shared = shared.filter(|file| file.lock_shared().is_ok());
        Self { folder: folder.to_owned(), is_vendored: false, shared: shared.map(Arc::new) }
    }

    /// The trees that were copied into `folder`. Nothing is written there, and nothing fetched.
    pub fn vendored(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), is_vendored: true, shared: None }
    }

    /// The tree of `remote` at `commit`, if it is here and whole, and has the digest `expected` where there is one. An archive has no
    /// commit, and a source that names a commit itself needs none.
    pub fn have(&self, remote: &Remote, commit: Option<&str>, expected: Option<Digest>) -> Option<Tree> {
        let commit = commit.or(remote.fixed_commit());
        if remote.is_git() && commit.is_none() {
            return None;
        }
        let tree = self.open(remote, commit).ok()?;
        expected.is_none_or(|digest| digest == tree.pin.tree).then_some(tree)
    }

    /// The same, fetched where it is not here.
    ///
    /// # Errors
    /// A [`Fault`].
    pub fn tree(
        &self,
        remote: &Remote,
        commit: Option<&str>,
        expected: Option<Digest>,
    ) -> Result<Tree, Fault> {
        if let Some(tree) = self.have(remote, commit, expected) {
            return Ok(tree);
        }
        let commit = commit.or(remote.fixed_commit());
        if remote.is_git() && commit.is_none() {
            return Err(Fault::NotPinned);
        }
        if self.is_vendored {
            return Err(Fault::Unreachable(format!(
                "`{}` has no whole copy of it; `tito vendor` makes one",
                self.folder.display()
            )));
        }
        let key = self.key(remote, commit);
        let _lock = self.lock(&key)?;
        // Who held the lock before may have fetched it.
        if let Some(tree) = self.have(remote, commit, expected) {
            return Ok(tree);
        }
        self.clean(&key);
        let fetched = self.fetch(remote, commit, &key);
        self.clean(&key);
        let tree = fetched?;
        if let Some(expected) = expected.filter(|expected| *expected != tree.pin.tree) {
            let (expected, found) = (expected.to_string(), tree.pin.tree.to_string());
            return Err(Fault::Changed { expected, found });
        }
        Ok(tree)
    }

    /// The commit that the branch or tag of `remote` is at now; none for what never moves.
    ///
    /// # Errors
    /// A [`Fault`].
    pub fn current_commit(&self, remote: &Remote) -> Result<Option<String>, Fault> {
        if !remote.is_git() || remote.fixed_commit().is_some() {
            return Ok(remote.fixed_commit().map(str::to_owned));
        }
        let key = format!("{}-asked", self.key(remote, None));
        let _lock = self.lock(&key)?;
        self.clean(&key);
        let current = super::current_commit(remote, &self.at(&key, "git"));
        self.clean(&key);
        current.map(Some)
    }

    /// Remembers that the course `user` uses `tree`. It only helps people: a failure is not a failure.
    pub fn used(&self, tree: &Tree, user: &str) {
        let key = self.key(&tree.remote, tree.pin.commit.as_deref());
        let is_full = |record: &Cached| record.used_by.len() >= MAX_USERS || record.used_by.contains(user);
        if self.is_vendored || self.record(&key).is_some_and(|record| is_full(&record)) {
            return;
        }
        // Two who note themselves at once are both noted.
        let Ok(_lock) = self.lock(&key) else { return };
        let mut record = self.record(&key).unwrap_or_else(|| Cached::of(tree));
        if !is_full(&record) {
            record.used_by.insert(user.to_owned());
            let _ = self.note(&key, &record);
        }
    }

    /// What is in the cache in `folder`, by name.
    pub fn all(folder: &Path) -> Vec<Cached> {
        let this = Self { folder: folder.to_owned(), is_vendored: false, shared: None };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let keys: BTreeSet<String> =
            names.filter_map(|name| Some(name.strip_suffix(".zip")?.to_owned())).collect();
        let mut all: Vec<Cached> = keys
            .iter()
            .filter_map(|key| {
                let bytes = fs::metadata(this.at(key, "zip")).ok()?.len();
                Some(Cached { bytes, ..this.record(key)? })
            })
            .collect();
        all.sort_by(|a, b| (&a.source, &a.commit).cmp(&(&b.source, &b.commit)));
        all
    }

    /// Removes everything, and says how many trees and bytes that were.
    ///
    /// # Errors
    /// `Cache` where another process reads from it, or as the system says.
    pub fn clear(folder: &Path) -> Result<(usize, u64), Fault> {
        let cannot = |error: std::io::Error| {
            Fault::Cache(format!("`{}` cannot be cleared: {}", folder.display(), reason(&error)))
        };
        if !folder.is_dir() {
            return Ok((0, 0));
        }
        let lock = lock_file(&folder.join("lock")).map_err(cannot)?;
        if lock.try_lock().is_err() {
            return Err(Fault::Cache("another tito uses the cache of sources".to_owned()));
        }
        let (mut trees, mut bytes) = (0, 0);
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if !is_ours(&name) {
                continue;
            }
            let metadata = entry.metadata().map_err(cannot)?;
            if name.ends_with(".zip") {
                trees += 1;
                bytes += metadata.len();
            }
            if metadata.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
                .map_err(cannot)?;
        }
        Ok((trees, bytes))
    }

    /// Copies `trees` into `folder`, under names that people can read, with a list of them. Copies that an earlier list names and this one
    /// does not are removed.
    ///
    /// # Errors
    /// As the system says.
    pub fn vendor(folder: &Path, trees: &[&Tree]) -> Result<Vec<Vendored>, Fault> {
        let cannot = |path: &Path, error: &std::io::Error| {
            Fault::Cache(format!("`{}` cannot be written: {}", path.display(), reason(error)))
        };
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        let vendored = Self::vendored(folder);
        let mut list = Vec::new();
        for tree in trees {
            let commit = tree.pin.commit.as_deref();
            let file = format!("{}.zip", vendored.key(&tree.remote, commit));
            let (path, new) = (folder.join(&file), folder.join(format!("{file}.new")));
            let is_same = Tree::open(&path, &tree.remote, commit).is_ok_and(|old| old == **tree);
            if !is_same {
                fs::copy(tree.file(), &new).map_err(|error| cannot(&new, &error))?;
                fs::rename(&new, &path).map_err(|error| cannot(&path, &error))?;
            }
            let bytes = fs::metadata(&path).map_err(|error| cannot(&path, &error))?.len();
            list.push(Vendored { file, bytes, source: Pinned::of(&tree.remote, &tree.pin) });
        }
        let path = folder.join(VENDORED);
        let before: Vec<Vendored> =
            fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let text = serde_json::to_string_pretty(&list).unwrap_or_default() + "\n";
        if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            let new = folder.join(format!("{VENDORED}.new"));
            fs::write(&new, text).map_err(|error| cannot(&new, &error))?;
            fs::rename(&new, &path).map_err(|error| cannot(&path, &error))?;
        }
        for old in before.iter().filter(|old| list.iter().all(|new| new.file != old.file)) {
            if crate::path::is_one_name(&old.file) && old.file.ends_with(".zip") {
                let _ = fs::remove_file(folder.join(&old.file));
            }
        }
        Ok(list)
    }

    fn open(&self, remote: &Remote, commit: Option<&str>) -> std::io::Result<Tree> {
        let tree = Tree::open(&self.at(&self.key(remote, commit), "zip"), remote, commit)?;
        Ok(tree.held(self.shared.clone()))
    }

    fn fetch(&self, remote: &Remote, commit: Option<&str>, key: &str) -> Result<Tree, Fault> {
        let (new, path) = (self.at(key, "new"), self.at(key, "zip"));
        let mut writer = Writer::new(&new)?;
        match (&remote.kind, commit) {
            (Kind::Archive(_), _) => archive::read(remote, &self.at(key, "part"), &mut writer)?,
            (Kind::Git(_), Some(commit)) => {
                let dir = self.at(key, "git");
                let repository = Repository::new(&dir, remote)?;
                repository.fetch(commit)?;
                repository.read(commit, &mut writer)?;
            }
            (Kind::Git(_), None) => return Err(Fault::NotPinned),
        }
        let cannot = |why: &str| Fault::Cache(format!("the cache of sources cannot be written: {why}"));
        let written = writer.finish()?;
        // Once the tree is there, no one looks for what else a fetch left.
        self.clean_aids(key);
        fs::rename(&new, &path).map_err(|error| cannot(&reason(&error)))?;
        let tree = self.open(remote, commit).map_err(|error| cannot(&reason(&error)))?;
        if tree.pin.tree != written {
            return Err(cannot("it does not give what was written"));
        }
        let _ = self.note(key, &Cached::of(&tree));
        Ok(tree)
    }

    /// The name of a tree in this folder.
    fn key(&self, remote: &Remote, commit: Option<&str>) -> String {
        let asked = match &remote.kind {
            Kind::Git(_) => commit.unwrap_or_default().to_owned(),
            Kind::Archive(sha256) => sha256.to_string(),
        };
        if self.is_vendored {
            // The folder goes along with the course, so a path of this computer says nothing.
            let named = Digest::of_parts([remote.address.to_string().as_bytes(), asked.as_bytes()]);
            let tame = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
            let name: String = remote.short_name().chars().map(tame).take(60).collect();
            return format!("{}-{}", name.trim_start_matches(['.', '-']), named.short());
        }
        Digest::of_parts([remote.address.opened().as_bytes(), asked.as_bytes()]).to_string()
    }

    fn at(&self, key: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{key}.{ending}"))
    }

    /// Waits until no one else fetches the source.
    fn lock(&self, key: &str) -> Result<File, Fault> {
        let cannot = |error: std::io::Error| {
            Fault::Cache(format!(
                "the cache of sources, `{}`, cannot be written: {}",
                self.folder.display(),
                reason(&error)
            ))
        };
        let file = lock_file(&self.at(key, "lock")).map_err(cannot)?;
        file.lock().map_err(cannot)?;
        Ok(file)
    }

    /// Removes what a fetch leaves. Only who holds the lock of `key` may.
    fn clean(&self, key: &str) {
        let _ = fs::remove_file(self.at(key, "new"));
        self.clean_aids(key);
    }

    /// The same, except for the tree that is being made.
    fn clean_aids(&self, key: &str) {
        let _ = fs::remove_file(self.at(key, "part"));
        let _ = fs::remove_file(self.at(key, NEW_RECORD));
        let _ = fs::remove_dir_all(self.at(key, "git"));
    }

    fn record(&self, key: &str) -> Option<Cached> {
        let path = self.at(key, "json");
        let length = fs::metadata(&path).ok()?.len();
        serde_json::from_slice(&fs::read(&path).ok().filter(|_| length <= MAX_RECORD)?).ok()
    }

    /// Writes the record of a tree. Only who holds the lock of `key` may: what one leaves who is killed here goes with the next.
    fn note(&self, key: &str, record: &Cached) -> std::io::Result<()> {
        let new = self.at(key, NEW_RECORD);
        fs::write(&new, serde_json::to_vec_pretty(record)?)?;
        fs::rename(&new, self.at(key, "json"))
    }
}

impl Cached {
    fn of(tree: &Tree) -> Self {
        Self {
            source: tree.remote.label(),
            commit: tree.pin.commit.clone(),
            tree: tree.pin.tree,
            bytes: 0,
            used_by: BTreeSet::new(),
        }
    }
}

/// Was it made by us? Whoever sets a folder of their own as the cache loses nothing of theirs.
fn is_ours(name: &str) -> bool {
    let (key, ending) = name.split_once('.').unwrap_or((name, ""));
    let is_key = key.trim_end_matches("-asked").parse::<Digest>().is_ok();
    is_key && ["zip", "json", "lock", "part", "new", "git"].iter().any(|known| ending.starts_with(known))
}

fn lock_file(path: &Path) -> std::io::Result<File> {
    File::options().create(true).append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(folder: &Path) -> Remote {
        // The smallest zip file with a file in it that the writer makes is one that the reader takes.
        let path = folder.join("source.zip");
        let mut writer = Writer::new(&path).unwrap();
        writer.file("catalog.yml", false, &mut &b"x"[..]).unwrap();
        writer.finish().unwrap();
        let digest = Digest::of(&fs::read(&path).unwrap());
        Remote::local(Kind::Archive(digest), path, Path::new("source.zip"))
    }

    #[test]
    fn a_cache_that_is_read_is_not_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("cache");
        let cache = Cache::new(&at);
        let tree = cache.tree(&archive(folder.path()), None, None).unwrap();
        assert!(matches!(Cache::clear(&at), Err(Fault::Cache(_))));
        drop(cache);
        assert!(matches!(Cache::clear(&at), Err(Fault::Cache(_))), "a tree reads from it as well");
        drop(tree);
        // A program that another test starts has our files for a moment, until it is that program.
        let cleared = (0..200).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            Cache::clear(&at).ok()
        });
        assert_eq!(cleared.unwrap().0, 1);
        assert!(Cache::all(&at).is_empty());
    }

    #[test]
    fn a_folder_that_is_not_a_cache_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["notes.zip", "a.json", "x.git"] {
            fs::write(folder.path().join(name), "of the user").unwrap();
        }
        assert_eq!(Cache::clear(folder.path()).unwrap(), (0, 0));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "and the lock");
        assert_eq!(Cache::clear(&folder.path().join("nothing")).unwrap(), (0, 0));
    }
}
