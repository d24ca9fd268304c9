//! Where displaced bytes go that no one else has: `.tinytorch/backups/FOLDER/PATH`, plain files that a student can open.
//! Written once: a name that is taken gets the content's digest beside it, never another content.

use super::disk::Kind;
use super::disk::{Disk, DiskError, Found, parent};
use super::layout;
use super::touched::Touched;
use crate::digest::Digest;
use crate::path::{WorkspacePath, marked, shortened};

/// Something that was kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Kept {
    /// Where it was.
    pub was: String,
    /// Where it is now, below the workspace.
    pub now: String,
}

/// The name of a backup folder as asked for, or `otherwise` where the text is not a name of one folder.
pub(super) fn folder(asked: Option<&str>, otherwise: &str) -> String {
    asked
        .filter(|name| !name.contains('/') && WorkspacePath::new(name).is_ok())
        .unwrap_or(otherwise)
        .to_owned()
}

/// How many folders of one name are tried where a file of an earlier backup is in the way of a folder.
const FOLDERS: u32 = 9;

/// What is at `path`; a file that may not be read is as good as a thing that is none: it is moved, not opened.
pub(super) fn look(disk: &Disk, path: &str) -> Result<Found, DiskError> {
    match disk.found(path) {
        Err(error) if error.is_denied() => Ok(Found::Other(Kind::Special)),
        other => other,
    }
}

/// Moves what is at `from` to the backup of `path` in `folder`, by a free name, and returns that name. The same bytes under the same
/// name are kept once.
pub(super) fn keep(
    disk: &Disk,
    from: &str,
    folder: &str,
    path: &str,
    touched: &mut Touched,
) -> Result<String, DiskError> {
    let found = look(disk, from)?;
    let (mut attempt, mut folders) = (0, 1);
    loop {
        let place = name(&numbered(folder, folders), path, found.digest(), attempt);
        match touched.make_lasting_folder(disk, parent(&place)) {
            Err(error) if error.is_blocked() && folders < FOLDERS => {
                folders += 1;
                continue;
            }
            other => other?,
        }
        touched.came_into(parent(&place));
        touched.went_out_of(parent(from));
        if disk.rename_new(from, &place)? {
            if matches!(found, Found::File { .. }) {
                disk.sync_file(&place)?;
            }
            return Ok(place);
        }
        if found.digest().is_some() && look(disk, &place)?.digest() == found.digest() {
            disk.remove_file(from)?;
            return Ok(place);
        }
        attempt += 1;
    }
}

/// The backup of `path` in `folder` whose bytes are `digest`, if there is one.
pub(super) fn find(
    disk: &Disk,
    folder: &str,
    path: &str,
    digest: Digest,
) -> Result<Option<String>, DiskError> {
    for folders in 1..=FOLDERS {
        for attempt in 0.. {
            let place = name(&numbered(folder, folders), path, Some(digest), attempt);
            match look(disk, &place)? {
                Found::File { digest: found, .. } if found == digest => return Ok(Some(place)),
                Found::Nothing if attempt > 0 => return Ok(None),
                Found::Blocked(_) => break,
                _ => {}
            }
        }
    }
    Ok(None)
}

fn numbered(folder: &str, count: u32) -> String {
    let mark = if count == 1 { String::new() } else { format!("_{count}") };
    shortened(folder, &mark)
}

/// The names that a backup tries, in order: `a/b.py`, `a/b.3f1c22ab.py`, `a/b.3f1c22ab-2.py`, …
fn name(folder: &str, path: &str, digest: Option<Digest>, attempt: u32) -> String {
    let digest = digest.map_or_else(|| "other".to_owned(), |digest| digest.short());
    let mark = match attempt {
        0 => return format!("{}/{folder}/{path}", layout::BACKUPS),
        1 => digest,
        more => format!("{digest}-{more}"),
    };
    let (above, file) = path.rsplit_once('/').map_or((String::new(), path), |(a, f)| (format!("{a}/"), f));
    format!("{}/{folder}/{above}{}", layout::BACKUPS, marked(file, &format!(".{mark}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        disk.make_folders("stage").unwrap();
        (folder, disk)
    }

    fn kept(disk: &Disk, bytes: &[u8]) -> String {
        disk.create("stage/x", bytes, false, false).unwrap();
        keep(disk, "stage/x", "05_autograd_20250115_103000", "m/a.ipynb", &mut Touched::default()).unwrap()
    }

    #[test]
    fn a_backup_is_never_overwritten_and_equal_ones_are_kept_once() {
        let (_folder, disk) = workspace();
        let base = ".tinytorch/backups/05_autograd_20250115_103000/m/";
        let second = format!("{base}a.{}.ipynb", Digest::of(b"two").short());
        assert_eq!(kept(&disk, b"one"), format!("{base}a.ipynb"));
        assert_eq!(kept(&disk, b"two"), second);
        assert_eq!(kept(&disk, b"one"), format!("{base}a.ipynb"));
        assert_eq!(kept(&disk, b"two"), second);
        for (bytes, place) in [(b"one", format!("{base}a.ipynb")), (b"two", second)] {
            assert_eq!(disk.read(&place, 10).unwrap().unwrap(), bytes);
            let found = find(&disk, "05_autograd_20250115_103000", "m/a.ipynb", Digest::of(bytes)).unwrap();
            assert_eq!(found, Some(place));
        }
        assert_eq!(find(&disk, "05_autograd_20250115_103000", "m/a.ipynb", Digest::of(b"3")).unwrap(), None);
        assert_eq!(disk.list("stage").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_are_both_kept() {
        let (_folder, disk) = workspace();
        for path in ["a", "a/b", "a", "c/d", "c"] {
            disk.create("stage/x", path.as_bytes(), false, false).unwrap();
            let place = keep(&disk, "stage/x", "kept", path, &mut Touched::default()).unwrap();
            assert_eq!(disk.read(&place, 10).unwrap().unwrap(), path.as_bytes());
            assert_eq!(find(&disk, "kept", path, Digest::of(path.as_bytes())).unwrap(), Some(place));
        }
    }

    #[test]
    fn a_name_that_is_no_folders_name_is_not_taken() {
        for bad in ["../x", "a/b", "", "/x", "C:", "nul"] {
            assert_eq!(folder(Some(bad), "kept"), "kept");
        }
        assert_eq!(folder(Some("05_autograd"), "kept"), "05_autograd");
        assert_eq!(folder(None, "kept"), "kept");
    }
}
