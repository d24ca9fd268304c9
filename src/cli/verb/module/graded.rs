//! Runs the graded cells of a unit.

use crate::id::UnitId;
use crate::notebook::Notebook;
use crate::path::WorkspacePath;
use crate::plan::Pristine;
use crate::student::cells::{Graded, PATIENCE, Runnable, other_language, run_notebook, runnable};
use crate::student::python::Python;
use crate::student::tests::Choice;
use crate::world::disk::Disk;
use crate::world::{Root, World};

use super::export::read;
use super::made::LIMIT;
use super::opened::{Opened, unread};
use crate::cli::exit::Exit;
use crate::cli::out::Out;
use crate::cli::python;
use crate::cli::workspace::FILE_LIMIT;

/// Runs the graded cells of all notebooks of `unit`.
pub(super) fn run_graded(
    world: &Disk,
    opened: &Opened,
    unit: &UnitId,
    choice: Choice<'_>,
    python: &Python,
    out: &Out,
) -> Result<Graded, Exit> {
    let mut graded = Graded::default();
    for path in opened.notebooks(unit) {
        let bytes = world.read_below(&Root::Folder(opened.home.root.clone()), path.as_str(), LIMIT);
        let bytes = bytes.map_err(|error| unread(&path, &error, out))?;
        let (students, _) = read(unit, &path, &bytes, out)?;
        let courses = given(world, opened, unit, &path, out)?.unwrap_or_else(|| students.clone());
        graded.count(&students, &courses);
        let cells = runnable(&students, &courses, choice.only, &mut graded);
        let tests = cells.iter().filter(|cell| cell.is_graded()).count();
        graded.total += tests;
        if tests == 0 {
            continue;
        }
        if let Some(language) = other_language(&courses) {
            graded.total -= tests;
            graded.not_run = Some(language);
            continue;
        }
        let mut slow = |cell: &Runnable| {
            out.note(
                &format!(
                    "cell {} of {path} has been running for {} seconds",
                    cell.number,
                    PATIENCE.as_secs()
                ),
                "a loop without an end never stops by itself; Ctrl+C ends the tests",
            );
        };
        let ran = run_notebook(python, &opened.home.root, &path, &cells, choice, &mut slow)
            .map_err(|error| python::broken(python, &error, out))?;
        if choice.verbose {
            for (number, trace) in &ran.traces {
                out.say(format!("cell {number} of {path}:\n{trace}"));
            }
        }
        graded.failed.extend(ran.failed);
        if choice.first && !graded.failed.is_empty() {
            break;
        }
    }
    Ok(graded)
}

/// The notebook as tito last wrote it here; none where that is lost.
fn given(
    world: &Disk,
    opened: &Opened,
    unit: &UnitId,
    path: &WorkspacePath,
    out: &Out,
) -> Result<Option<Notebook>, Exit> {
    let base = opened.home.baselines.files.get(path);
    let bytes = base.and_then(|base| Pristine::new(world, &opened.home.root).read(base.sha256, FILE_LIMIT));
    bytes.map(|bytes| read(unit, path, &bytes, out).map(|(notebook, _)| notebook)).transpose()
}
