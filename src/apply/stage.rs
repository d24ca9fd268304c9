//! The stage: where new bytes are written before anything changes, and where displaced ones are until it is known whose they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::backup::{self, Kept};
use super::disk::{Disk, DiskError, Found, Kind};
use super::journal::Record;
use super::layout::{self, Meta};
use super::objects::{self, Store};
use super::touched::{MANY, Touched};
use crate::digest::Digest;
use crate::path::WorkspacePath;

/// Where the new bytes of change `number` lie.
pub(super) fn fresh(number: usize) -> String {
    format!("{}/new-{number}", layout::RUN)
}

/// Where what change `number` displaced is.
pub(super) fn displaced(number: usize) -> String {
    format!("{}/old-{number}", layout::RUN)
}

/// Where what was at one of tito's own files is.
pub(super) fn own(meta: Meta) -> String {
    format!("{}/{}", layout::RUN, file_name(meta))
}

/// The name of one of tito's own files in the stage.
pub(super) fn file_name(meta: Meta) -> String {
    format!("meta-{}", meta.path().rsplit('/').next().unwrap_or_default())
}

/// Empties the part of the stage that never held a student's byte. What tito did not put there goes to the backups.
pub(super) fn clear_preparing(disk: &Disk, folder: &str, settling: &mut Settling) -> Result<(), DiskError> {
    for name in disk.list(layout::PREPARING)? {
        let path = format!("{}/{name}", layout::PREPARING);
        if is_name_of_new(&name) && matches!(disk.kind(&path)?, Some(Kind::File { .. })) {
            disk.remove_file(&path)?;
        }
    }
    settling.remove_or_keep(disk, layout::PREPARING, folder)
}

/// Does tito give this name to what it prepares?
fn is_name_of_new(name: &str) -> bool {
    let number = name.strip_prefix("new-").is_some_and(|number| number.parse::<usize>().is_ok());
    number || matches!(name, "next" | "cache") || name.starts_with("meta-") || name.parse::<Digest>().is_ok()
}

/// New bytes for the stage.
pub(super) struct Fresh {
    /// Of which change.
    pub(super) number: usize,
    /// The bytes.
    pub(super) bytes: Arc<[u8]>,
    /// May they be run?
    pub(super) executable: bool,
    /// Where they are to be: what an error names.
    pub(super) path: String,
    /// Where the file is that they replace; none: they are new.
    pub(super) like: Option<String>,
}

/// Writes `fresh`, and what the store does not have of `pristine`, in packs, and of `own`, each by itself; makes all durable, and gives the
/// latter to the store. What needs space fails here, before anything is changed.
pub(super) fn prepare(
    disk: &Disk,
    fresh: &[Fresh],
    pristine: &[Arc<[u8]>],
    own: &[Arc<[u8]>],
) -> Result<(), DiskError> {
    disk.make_folders(layout::JOURNAL)?;
    disk.make_folders(layout::PREPARING)?;
    let store = Store::new(disk);
    let own = lacking(&store, own)?;
    let pristine = lacking(&store, pristine)?;
    let each = fresh.len() + own.len() <= MANY;
    for Fresh { number, bytes, executable, path, like } in fresh {
        let place = format!("{}/new-{number}", layout::PREPARING);
        let created = match like {
            Some(like) => disk.create_like(like, &place, bytes, *executable, each),
            None => disk.create(&place, bytes, *executable, each),
        };
        created.map_err(|error| error.naming(path))?;
    }
    for (digest, bytes) in &own {
        let place = objects::staged(*digest);
        disk.create(&place, bytes, false, each).map_err(|error| error.naming(&layout::object(*digest)))?;
    }
    let mut packs = Vec::new();
    for (digest, bytes) in objects::packed(pristine) {
        let place = objects::staged(digest);
        disk.create(&place, &bytes, false, each).map_err(|error| error.naming(&layout::pack(digest)))?;
        packs.push(digest);
    }
    if !each && !disk.sync_all()? {
        for name in disk.list(layout::PREPARING)? {
            disk.sync_file(&format!("{}/{name}", layout::PREPARING))?;
        }
    }
    let mut touched = Touched::default();
    touched.came_into(layout::PREPARING);
    for pack in packs {
        objects::adopt_pack(disk, pack, &mut touched)?;
    }
    for (digest, _) in own {
        objects::adopt(disk, &objects::staged(digest), digest, &mut touched)?;
    }
    touched.sync(disk)
}

/// What the store does not have of `contents`, each once.
fn lacking<'a>(
    store: &Store<'_>,
    contents: &'a [Arc<[u8]>],
) -> Result<BTreeMap<Digest, &'a [u8]>, DiskError> {
    let mut lacking = BTreeMap::new();
    for bytes in contents {
        let digest = Digest::of(bytes);
        if !lacking.contains_key(&digest) && !store.names(digest, bytes.len())? {
            lacking.insert(digest, &**bytes);
        }
    }
    Ok(lacking)
}

/// What settling did.
#[derive(Debug, Default)]
pub(super) struct Settling {
    pub(super) kept: Vec<Kept>,
    pub(super) touched: Touched,
}

impl Settling {
    /// Finds a place for everything that a run left in the stage: bytes that `record` promised or that the store has are dropped, pristine
    /// ones go to the store, all others become backups. `record` is none where the run is not known: then nothing is taken for promised.
    pub(super) fn settle(
        &mut self,
        disk: &Disk,
        record: Option<&Record>,
        folder: &str,
    ) -> Result<(), DiskError> {
        let store = Store::new(disk);
        for name in disk.list(layout::RUN)? {
            self.settle_one(&store, record, folder, &name)?;
        }
        Ok(())
    }

    /// Makes durable what was settled, then removes the stage.
    pub(super) fn end(&mut self, disk: &Disk, folder: &str) -> Result<(), DiskError> {
        self.touched.sync_and_tidy(disk)?;
        for part in [layout::RUN, layout::PREPARING, layout::STAGE] {
            self.remove_or_keep(disk, part, folder)?;
        }
        Ok(())
    }

    /// Removes a part of the stage; one that is not a folder, or holds what cannot be settled, becomes a backup as it is.
    fn remove_or_keep(&mut self, disk: &Disk, part: &str, folder: &str) -> Result<(), DiskError> {
        if disk.kind(part)?.is_none() || disk.remove_folder(part)? || disk.is_empty(part)? {
            return Ok(());
        }
        self.keep(disk, part, folder, "stage")?;
        self.touched.sync_and_tidy(disk)
    }

    /// Moves what is at `from` to the backup of `path`.
    pub(super) fn keep(
        &mut self,
        disk: &Disk,
        from: &str,
        folder: &str,
        path: &str,
    ) -> Result<(), DiskError> {
        let now = backup::keep(disk, from, folder, path, &mut self.touched)?;
        self.kept.push(Kept { was: path.to_owned(), now });
        Ok(())
    }

    fn settle_one(
        &mut self,
        store: &Store<'_>,
        record: Option<&Record>,
        folder: &str,
        name: &str,
    ) -> Result<(), DiskError> {
        let disk = store.disk();
        let path = format!("{}/{name}", layout::RUN);
        let origin = Origin::of(name, record);
        let found = backup::look(disk, &path)?;
        if let Found::File { digest, .. } = found {
            if origin.promised == Some(digest) || store.has(digest)? {
                return disk.remove_file(&path);
            }
            if record.is_some_and(|record| record.pristine.contains(&digest)) {
                disk.sync_file(&path)?;
                return objects::adopt(disk, &path, digest, &mut self.touched);
            }
        }
        if found == Found::Other(Kind::Folder) && disk.remove_folder(&path)? {
            return Ok(());
        }
        let folder = backup::folder(origin.keep, folder);
        match self.keep(disk, &path, &folder, &origin.path) {
            // What it is forbids to move it: then what is around it is moved whole.
            Err(error) if error.is_denied() && found.digest().is_none() => Ok(()),
            other => other,
        }
    }
}

/// What a name in the stage says about the file.
struct Origin<'a> {
    path: String,
    promised: Option<Digest>,
    keep: Option<&'a str>,
}

impl<'a> Origin<'a> {
    fn of(name: &str, record: Option<&'a Record>) -> Self {
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.parse::<usize>().ok());
        let is_fresh = number("new-");
        let change = is_fresh.or_else(|| number("old-")).and_then(|number| record?.changes.get(number));
        match change {
            Some(change) => Self {
                // A backup of an offer is beside that of the file it was made for.
                path: change.from.as_ref().unwrap_or(&change.path).to_string(),
                promised: is_fresh.and(change.after),
                keep: change.keep.as_deref(),
            },
            None => {
                let meta = Meta::ALL.into_iter().find(|meta| own(*meta).ends_with(&format!("/{name}")));
                let path = meta.map_or(name, |meta| meta.path().trim_start_matches(".tinytorch/"));
                // What is not a path comes from someone else, and gets a name that every system can hold.
                let path = if WorkspacePath::new(path).is_ok() { path } else { "stage" };
                Self { path: path.to_owned(), promised: None, keep: None }
            }
        }
    }
}
