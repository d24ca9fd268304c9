//! The end of a run: everything durable, the record of it, tito's own files, the stage settled, and the record becomes history.
//!
//! From the moment the record says *committing* there is nothing left to decide: whoever finds it can [`finish`] it.

use std::collections::BTreeSet;

use super::backup::Kept;
use super::disk::{Disk, DiskError, Found, parent};
use super::journal::{Phase, Record, Recorded};
use super::layout::{self, Meta};
use super::{ApplyError, objects, stage};

/// Writes `record` durably as the run under way. `first`: there is none yet.
pub(super) fn write_next(disk: &Disk, record: &Record, first: bool) -> Result<(), ApplyError> {
    let temporary = format!("{}/next", layout::PREPARING);
    disk.make_folders(layout::PREPARING)?;
    disk.make_folders(layout::JOURNAL)?;
    disk.create(&temporary, &record.to_bytes()?, false, true).map_err(|error| error.naming(layout::NEXT))?;
    if !first {
        disk.replace(&temporary, layout::NEXT)?;
    } else if !disk.rename_new(&temporary, layout::NEXT)? {
        return Err(ApplyError::Journal {
            path: layout::NEXT.to_owned(),
            why: "a run is under way".to_owned(),
        });
    }
    let folders = [layout::JOURNAL, layout::PREPARING, layout::PRIVATE];
    Ok(disk.sync_folders(&folders.map(str::to_owned).into())?)
}

/// Ends a run whose paths are all done: `record` says what became of each, `touched` which folders' entries changed.
pub(super) fn commit(
    disk: &Disk,
    record: &mut Record,
    mut touched: BTreeSet<String>,
) -> Result<Vec<Kept>, ApplyError> {
    touched.insert(layout::RUN.to_owned());
    stage::sync_folders(disk, &touched)?;
    record.phase = Phase::Committing;
    write_next(disk, record, false)?;
    finish(disk, record)
}

/// Ends a run whose record says that all paths are done. May be begun again after any interruption.
pub(super) fn finish(disk: &Disk, record: &Record) -> Result<Vec<Kept>, ApplyError> {
    let folder = record.backup_folder();
    let mut settling = stage::settle(disk, Some(record), &folder)?;
    disk.make_folders(layout::RUN)?;
    stage::wipe_preparing(disk)?;
    disk.make_folders(layout::PREPARING)?;
    for meta in record.meta.keys() {
        settling.changed.insert(parent(meta.path()).to_owned());
        place(disk, record, *meta)?;
    }
    let own = stage::settle(disk, Some(record), &folder)?;
    settling.kept.extend(own.kept);
    settling.changed.extend(own.changed);
    stage::sync_folders(disk, &settling.changed)?;
    close(disk, record)?;
    settling.kept.sort();
    Ok(settling.kept)
}

/// One of tito's own files, as the record says. What stood there is in the objects, or becomes a backup.
fn place(disk: &Disk, record: &Record, meta: Meta) -> Result<(), ApplyError> {
    let Some(sides) = record.meta.get(&meta) else { return Ok(()) };
    let (path, own) = (meta.path(), stage::own(meta));
    let found = disk.found(path)?;
    let is_newer = meta == Meta::Progress && found.digest() != sides.before;
    if found.digest() == sides.after && (sides.after.is_some() || found == Found::Nothing) || is_newer {
        return Ok(());
    }
    let Some(after) = sides.after else {
        disk.rename_new(path, &own)?;
        return Ok(());
    };
    let Some(bytes) = objects::read(disk, after)? else {
        return Err(ApplyError::Journal {
            path: layout::NEXT.to_owned(),
            why: format!("the object of `{path}` that it names is missing"),
        });
    };
    let temporary = format!("{}/{}", layout::PREPARING, stage::file_name(meta));
    disk.create(&temporary, &bytes, false, true).map_err(|error| error.naming(path))?;
    // Into the run's part first: what comes out of the exchange must be where nothing is wiped.
    disk.replace(&temporary, &own)?;
    Ok(swap_in(disk, &own, path)?)
}

fn swap_in(disk: &Disk, own: &str, path: &str) -> Result<(), DiskError> {
    if disk.rename_new(own, path)? || disk.exchange(own, path)? {
        return Ok(());
    }
    disk.replace(own, path)
}

/// The record of the run under way becomes history; that of a run that came to nothing goes.
fn close(disk: &Disk, record: &Record) -> Result<(), ApplyError> {
    if record.interrupted && !record.changes.iter().any(Recorded::holds) {
        disk.remove_file(layout::NEXT)?;
    } else {
        disk.replace(layout::NEXT, &layout::record(record.run))?;
    }
    disk.sync_folders(&BTreeSet::from([layout::JOURNAL.to_owned()]))?;
    stage::wipe_preparing(disk)?;
    disk.remove_folder(layout::STAGE)?;
    Ok(())
}
