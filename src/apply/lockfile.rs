//! One run at a time per workspace: an advisory lock that the system lets go of when its holder ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{Seek, SeekFrom, Write};

use super::disk::{Disk, DiskError, Kind};
use super::{ApplyError, layout};

/// What to do while another process holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Leave, and say who holds it.
    Leave,
    /// Wait for it to end.
    Wait,
}

/// The lock, held until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    _file: File,
}

/// Takes the lock for the command `verb`, and writes that into it for whoever comes second.
pub(super) fn take(disk: &Disk, verb: &str, patience: Patience) -> Result<Held, ApplyError> {
    disk.make_folders(layout::PRIVATE)?;
    let mut file = disk.open_lock(layout::LOCK)?;
    let wrong = |cause| ApplyError::from(DiskError::new("lock", layout::LOCK, cause));
    match (file.try_lock(), patience) {
        (Ok(()), _) => {}
        (Err(TryLockError::WouldBlock), Patience::Wait) => file.lock().map_err(wrong)?,
        (Err(TryLockError::WouldBlock), Patience::Leave) => return Err(busy(disk)),
        (Err(TryLockError::Error(cause)), _) => return Err(wrong(cause)),
    }
    // The name is for people only; that it cannot be written (a full disk) is for the run itself to find out.
    let holder = format!("`tito {verb}` (process {})", std::process::id());
    let _ = write_holder(&mut file, &holder);
    Ok(Held { _file: file })
}

fn write_holder(file: &mut File, holder: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(holder.as_bytes())
}

fn busy(disk: &Disk) -> ApplyError {
    let text = disk.read(layout::LOCK, 1024).ok().flatten().unwrap_or_default();
    let holder: String = String::from_utf8_lossy(&text).trim().chars().take(200).collect();
    let holder = if holder.is_empty() { "another tito".to_owned() } else { holder };
    ApplyError::Busy { holder: holder.escape_debug().to_string() }
}

/// Does a lock file stand there? It says that a run began here once, nothing more.
pub(super) fn was_begun(disk: &Disk) -> Result<bool, DiskError> {
    Ok(matches!(disk.kind(layout::LOCK)?, Some(Kind::File { .. })))
}
