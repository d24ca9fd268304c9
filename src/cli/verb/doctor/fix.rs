//! What `--fix` does. Nothing of the student's is written, and what is replaced becomes a backup.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::apply::prune::prune;
use crate::apply::{self, Batch, Command, Workspace, objects};
use crate::compile::Target;
use crate::student::packages;
use crate::student::python::{self, Found, NoPython, Python};
use crate::world::World;
use crate::world::disk::Disk;

use super::{Fix, install, integrity};
use crate::cli::current_course;
use crate::cli::exit::Exit;
use crate::cli::out::{Out, clean, counted};
use crate::cli::python::stream;
use crate::cli::workspace::{self, Home};

/// A run that is older is forgotten, unless it is one of the newest.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(366 * 24);
/// So many runs are remembered, however old they are.
const REMEMBERED: usize = 20;

/// Fixes what can be fixed, and says what it did.
pub(super) fn fix(world: &Disk, root: &Path, what: Fix, out: &Out) -> Result<(), Exit> {
    if what != Fix::Python {
        // Taking the lock settles a run that was interrupted, and says so.
        let lock = workspace::take_lock(world, root, Command::new("doctor"), out)?;
        bring_back(world, &lock, out)?;
        copies(world, &lock, root, out)?;
        forget(world, &lock, out);
    }
    if what == Fix::Workspace { Ok(()) } else { environment(root, out) }
}

/// tito's own files, as the last run wrote them.
fn bring_back(world: &Disk, lock: &Workspace, out: &Out) -> Result<(), Exit> {
    let written = integrity::last_written(lock.disk());
    if written.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::new(world.now());
    batch.summary = json!({"verb": "doctor"});
    for (meta, bytes) in written {
        out.say(format!("  restored {}, as the last run wrote it", meta.path()));
        batch.meta.insert(meta, Some(bytes));
    }
    let applied = apply::apply(lock, batch).map_err(|error| out.fail(&error.to_string(), ""))?;
    for kept in &applied.kept {
        out.say(clean(&format!("  the file that was there is backed up: {} as {}", kept.was, kept.now)));
    }
    Ok(())
}

/// Pristine copies, from the course or from files that no one edited.
fn copies(world: &Disk, lock: &Workspace, root: &Path, out: &Out) -> Result<(), Exit> {
    let Ok(home) = workspace::read(world, root, out) else { return Ok(()) };
    let lost = integrity::lost(lock.disk(), &home.baselines);
    if lost.is_empty() {
        return Ok(());
    }
    let target: Option<Target> =
        current_course::compiled(world, &Home { root: root.to_owned(), ..home }, out).ok();
    let mut rebuilt = 0;
    for (digest, path) in lost {
        let of_course = target.iter().flat_map(|target| target.files.values());
        let of_course =
            of_course.filter(|file| file.digest == digest).map(|file| file.content.to_vec()).next();
        let Some(bytes) = of_course.or_else(|| integrity::bytes_of(world, root, &path, digest)) else {
            continue;
        };
        objects::repair(lock, &bytes).map_err(|error| out.fail(&error.to_string(), ""))?;
        rebuilt += 1;
    }
    out.say(format!("  rebuilt {rebuilt} pristine copies"));
    Ok(())
}

/// Runs long past, which no one will undo. Their backups stay.
fn forget(world: &Disk, lock: &Workspace, out: &Out) {
    let before = world.now().checked_sub(FORGOTTEN_AFTER).unwrap_or(Timestamp::MIN);
    // What cannot be read is said by the check, and not by this.
    let forgotten = prune(lock, REMEMBERED, before).unwrap_or_default();
    if !forgotten.is_empty() {
        let runs = counted(forgotten.len(), "run");
        out.say(format!("  forgot {runs} from more than a year ago; backups stay"));
    }
}

/// A virtual environment with what the course needs.
fn environment(root: &Path, out: &Out) -> Result<(), Exit> {
    if !packages::incomplete(root) {
        return Ok(());
    }
    if packages::requirements(root).is_none() {
        out.say("  the workspace has no requirements.txt that can be read, so nothing was installed; if the course has one: tito restore requirements.txt");
        return Ok(());
    }
    let python = match python::find(root) {
        Ok(python) if python.found == Found::Asked => {
            out.say("  TITO_PYTHON names another Python, so nothing was installed");
            return Ok(());
        }
        Ok(python) if matches!(python.found, Found::Active | Found::Workspace) => python,
        Err(none @ NoPython::Foreign(_)) => {
            out.say(format!("  {}", clean(&none.message())));
            return Ok(());
        }
        found => match make(root, found.ok(), out)? {
            Some(python) => python,
            None => return Ok(()),
        },
    };
    install::install(&python, root, out)
}

/// `.venv`, made with the Python that was found: packages of a course go neither into the system's nor into tito's own.
fn make(root: &Path, found: Option<Python>, out: &Out) -> Result<Option<Python>, Exit> {
    let Some(python) = found else { return Ok(None) };
    out.say(format!("  creating .venv with {}", python.program.display()));
    let status = stream(&python, root, &["-m", "venv", ".venv"], out)?;
    if !status.success() {
        let help = "on Debian and Ubuntu: sudo apt install python3-venv";
        return Err(out.fail("the virtual environment could not be created", help));
    }
    Ok(python::find(root).ok())
}
