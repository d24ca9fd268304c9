//! [`Touched`]: the folders that a run changed, and the order in which they become durable.
//!
//! A file is safe on a disk that loses power when its bytes, its entry, and the entries of all folders above it are. So a folder that tito
//! makes is durable before anything moves into it, what came in is durable before what went out, and a folder that a file left is removed
//! only when the file's new place is durable.

use std::collections::BTreeSet;

use super::disk::{Disk, DiskError, parent};
use super::layout;

/// Above this many, one call for the whole file system is cheaper than one for each file or folder.
pub(super) const MANY: usize = 32;

/// The folders that a run changed.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Something came in.
    into: BTreeSet<String>,
    /// Something went out.
    out_of: BTreeSet<String>,
    /// Empty by now, perhaps: to be removed.
    left: BTreeSet<String>,
    /// The entries of these are durable, and nothing was made in them since.
    durable: BTreeSet<String>,
}

impl Touched {
    /// Something came into `folder`.
    pub(super) fn came_into(&mut self, folder: &str) {
        self.into.insert(folder.to_owned());
        self.left.remove(folder);
    }

    /// Something went out of `folder`.
    pub(super) fn went_out_of(&mut self, folder: &str) {
        self.out_of.insert(folder.to_owned());
    }

    /// The last file of `folder` may have gone.
    pub(super) fn may_be_empty(&mut self, folder: &str) {
        self.went_out_of(folder);
        self.left.insert(folder.to_owned());
    }

    /// Makes `folder` for what the store has besides.
    pub(super) fn make_folder(&mut self, disk: &Disk, folder: &str) -> Result<(), DiskError> {
        for changed in disk.make_folders(folder)? {
            self.durable.remove(&changed);
            self.into.insert(changed);
        }
        Ok(())
    }

    /// Makes `folder` for what may have no other copy: its own entry, and those of the folders above it, are durable before anything moves in.
    /// A folder that is there may come from a run that was interrupted, and so is made durable too.
    pub(super) fn make_lasting_folder(&mut self, disk: &Disk, folder: &str) -> Result<(), DiskError> {
        self.make_folder(disk, folder)?;
        self.make_entries_durable(disk, [folder])
    }

    /// Makes `folders` at once for what may have no other copy. What cannot be made now is left to the step that needs it.
    pub(super) fn make_lasting_folders<'f>(
        &mut self,
        disk: &Disk,
        folders: impl IntoIterator<Item = &'f str>,
    ) -> Result<(), DiskError> {
        let mut made = Vec::new();
        for folder in folders {
            let is_new = disk.kind(folder)?.is_none();
            match self.make_folder(disk, folder) {
                Err(error) if error.is_blocked() => continue,
                other => other?,
            }
            if is_new {
                self.left.insert(folder.to_owned());
            }
            made.push(folder);
        }
        self.make_entries_durable(disk, made)
    }

    /// Makes the entries of `folders`, and of those above them, durable.
    fn make_entries_durable<'f>(
        &mut self,
        disk: &Disk,
        folders: impl IntoIterator<Item = &'f str>,
    ) -> Result<(), DiskError> {
        let above: BTreeSet<String> = folders.into_iter().flat_map(above).map(str::to_owned).collect();
        let lacking: BTreeSet<String> = above.difference(&self.durable).cloned().collect();
        sync(disk, &lacking)?;
        self.durable.extend(lacking);
        Ok(())
    }

    /// Makes all changes durable: what came in first.
    pub(super) fn sync(&self, disk: &Disk) -> Result<(), DiskError> {
        let all: BTreeSet<String> = self.into.union(&self.out_of).cloned().collect();
        if all.len() > MANY && disk.sync_all()? {
            return Ok(());
        }
        // The stage is where displaced files are.
        let stage = all.get(layout::RUN).cloned().into_iter().collect();
        disk.sync_folders(&stage)?;
        disk.sync_folders(&self.into)?;
        disk.sync_folders(&self.out_of.difference(&self.into).cloned().collect())
    }

    /// Makes all changes durable, then removes the folders that files left empty.
    pub(super) fn sync_and_tidy(&mut self, disk: &Disk) -> Result<(), DiskError> {
        self.sync(disk)?;
        (self.into, self.out_of) = Default::default();
        // The deepest first.
        while let Some(folder) = self.left.pop_last() {
            self.remove(disk, &folder)?;
        }
        sync(disk, &self.out_of)
    }

    /// Removes `folder`, with the folders in it that files left empty; one with anything else in it stays. Says whether it is gone. What left
    /// it must be durable.
    pub(super) fn remove_empty(&mut self, disk: &Disk, folder: &str) -> Result<bool, DiskError> {
        let prefix = format!("{folder}/");
        let inside = self.left.range(prefix.clone()..).take_while(|left| left.starts_with(&prefix));
        let inside: Vec<String> = inside.cloned().collect();
        for mut at in inside.into_iter().rev() {
            while at != folder && self.remove(disk, &at)? {
                at = parent(&at).to_owned();
            }
        }
        self.remove(disk, folder)
    }

    /// Removes a folder, if it is empty: then the one above it may be so too.
    fn remove(&mut self, disk: &Disk, folder: &str) -> Result<bool, DiskError> {
        let is_gone = !folder.is_empty() && disk.remove_folder(folder)?;
        if is_gone {
            for folders in [&mut self.durable, &mut self.into, &mut self.out_of, &mut self.left] {
                folders.remove(folder);
            }
            self.may_be_empty(parent(folder));
        }
        Ok(is_gone)
    }
}

/// Makes folders durable, by one call where they are many.
pub(super) fn sync(disk: &Disk, folders: &BTreeSet<String>) -> Result<(), DiskError> {
    if folders.len() > MANY && disk.sync_all()? { Ok(()) } else { disk.sync_folders(folders) }
}

/// The folders above `folder`: `a` and the workspace itself for `a/b`.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder).filter(|folder| !folder.is_empty()).map(parent);
    std::iter::from_fn(move || {
        let folder = next?;
        next = (!folder.is_empty()).then(|| parent(folder));
        Some(folder)
    })
}
