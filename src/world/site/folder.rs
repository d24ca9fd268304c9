//! A published folder of this computer.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Site, SiteError};
use crate::world::disk::Disk;
use crate::world::{Root, World, reason};

pub(super) struct Folder {
    root: Root,
    shown: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { root: Root::Folder(path.to_owned()), shown: path.to_owned() }
    }
}

impl Site for Folder {
    fn read_watched(&self, name: &str, limit: u64, _: &dyn Fn(u64)) -> Result<Vec<u8>, SiteError> {
        let is_away = || Disk::new().entries(&self.root, "").is_err();
        Disk::new().read_below(&self.root, name, limit).map_err(|error| match error.kind() {
            ErrorKind::NotFound if is_away() => {
                SiteError::Unreachable(format!("the folder `{}` is not there", self.shown.display()))
            }
            ErrorKind::NotFound => SiteError::Missing(name.to_owned()),
            ErrorKind::FileTooLarge => SiteError::TooLarge(name.to_owned()),
            _ => SiteError::Wrong(format!(
                "`{}` cannot be read: {}",
                self.shown.join(name).display(),
                reason(&error)
            )),
        })
    }
}
