//! The end of a run: everything durable, the record of it, tito's own files, the stage settled, and the record becomes history.
//!
//! From the moment the record says *committing* there is nothing left to decide: whoever finds it can [`finish`] it.

use std::collections::BTreeSet;

use super::backup::Kept;
use super::disk::{Disk, DiskError, Found, parent};
use super::journal::{self, Phase, Record, Recorded};
use super::layout::{self, Meta};
use super::touched::Touched;
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
    // The workspace's own folder, too: in a first run `.tinytorch` itself is new.
    let above = if first { vec!["", layout::PRIVATE, layout::JOURNAL] } else { vec![layout::JOURNAL] };
    let folders = above.into_iter().chain([layout::PREPARING]);
    Ok(disk.sync_folders(&folders.map(str::to_owned).collect())?)
}

/// Ends a run whose paths are all done: `record` says what became of each, `touched` which folders' entries changed.
pub(super) fn commit(
    disk: &Disk,
    record: &mut Record,
    mut touched: Touched,
) -> Result<Vec<Kept>, ApplyError> {
    touched.came_into(layout::RUN);
    touched.sync_and_tidy(disk)?;
    record.phase = Phase::Committing;
    write_next(disk, record, false)?;
    finish(disk, record)
}

/// Ends a run whose record says that all paths are done. May be started again after any interruption.
pub(super) fn finish(disk: &Disk, record: &Record) -> Result<Vec<Kept>, ApplyError> {
    let folder = record.backup_folder();
    let mut settling = stage::Settling::default();
    settling.settle(disk, Some(record), &folder)?;
    settling.touched.make_lasting_folder(disk, layout::RUN)?;
    stage::clear_preparing(disk, &folder, &mut settling)?;
    disk.make_folders(layout::PREPARING)?;
    for meta in record.meta.keys() {
        settling.touched.make_folder(disk, parent(meta.path()))?;
        settling.touched.came_into(parent(meta.path()));
        place(disk, record, *meta)?;
    }
    settling.settle(disk, Some(record), &folder)?;
    disk.make_folders(layout::UNSAID)?;
    settling.touched.came_into(layout::JOURNAL);
    settling.end(disk, &folder)?;
    close(disk, record)?;
    settling.kept.sort();
    Ok(settling.kept)
}

/// One of tito's own files, as the record says. What was there is in the objects, or becomes a backup.
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
            why: format!("its object for `{path}` is missing"),
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
    Ok(())
}

/// The finished run whose command has perhaps not said so. Reads only.
pub(super) fn unsaid(disk: &Disk) -> Result<Option<Record>, ApplyError> {
    match (disk.kind(layout::UNSAID)?, journal::runs(disk)?.last()) {
        (Some(_), Some(run)) => journal::read(disk, &layout::record(*run)),
        _ => Ok(None),
    }
}

/// The command has said what it did. What cannot be removed does no harm: the next command settles it.
pub(super) fn said(disk: &Disk) {
    if matches!(disk.kind(layout::UNSAID), Ok(Some(_))) {
        let _ = disk.remove_folder(layout::UNSAID);
    }
}
