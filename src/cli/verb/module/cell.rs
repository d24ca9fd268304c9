//! `tito module reset UNIT --cell GRADE_ID`: one cell of the unit's notebook as the course has it; every other cell stays.

use crate::apply::{self, Batch, Meta, layout};
use crate::cli::differences::{FileDiff, Looks};
use crate::cli::exit::Exit;
use crate::cli::out::{Out, clean, shell};
use crate::cli::workspace::{Home, Planned};
use crate::compile::Unit;
use crate::diagnostic::nearest;
use crate::digest::Digest;
use crate::notebook::{Notebook, cell_names, nbformat, with_cell_of};
use crate::plan::merge::notebook::matching::Editor;
use crate::plan::{Change, Place, Step};
use crate::world::World;
use crate::world::disk::Disk;

/// What a reset knows when it is about a cell.
pub(super) struct At<'a> {
    pub(super) world: &'a Disk,
    pub(super) lock: &'a apply::Workspace,
    pub(super) home: &'a Home,
    pub(super) whole: &'a Planned,
}

/// A notebook with the cell in it, and what becomes of it.
struct Reset<'a> {
    step: &'a Step,
    before: Vec<u8>,
    after: Vec<u8>,
}

pub(super) fn run(
    name: &str,
    unit: &Unit,
    at: &At<'_>,
    out: &Out,
    agreed: impl Fn(&[FileDiff]) -> Result<bool, Exit>,
) -> Result<Exit, Exit> {
    let reset = reset(name, unit, at, out)?;
    let path = reset.step.from.as_ref().unwrap_or(&reset.step.path).clone();
    if reset.before == reset.after {
        out.line(format!("{} is already the course's version; nothing to reset", clean(name)));
        return Ok(Exit::Done);
    }
    if !agreed(&[FileDiff::changed(path.clone(), &reset.before, &reset.after, Editor::Course)])? {
        return Ok(Exit::Done);
    }
    let applied = apply::apply(at.lock, batch(unit, &reset, at))
        .map_err(|error| out.fail(&error.to_string(), "nothing of yours was changed"))?;
    if out.json {
        let kept: Vec<_> =
            applied.kept.iter().map(|kept| serde_json::json!({"was": kept.was, "now": kept.now})).collect();
        out.value(&serde_json::json!({"path": path, "cell": name, "run": applied.run, "set_aside": kept}));
        return Ok(Exit::Done);
    }
    out.line(format!("  {:<9} {}   cell {}", "reset", clean(path.as_str()), clean(name)));
    crate::cli::steps::applied(&applied, out);
    out.line("nothing of yours was changed without a backup · undo with `tito undo`");
    Ok(Exit::Done)
}

fn reset<'a>(name: &str, unit: &Unit, at: &At<'a>, out: &Out) -> Result<Reset<'a>, Exit> {
    let looks = Looks::new(at.world, at.home, at.whole, None);
    let mut known: Vec<String> = Vec::new();
    for step in at.whole.plan.steps.iter().filter(|step| step.unit.as_ref() == Some(&unit.id)) {
        let Some(course) = looks.course(step).and_then(|bytes| nbformat::read(&bytes).ok()) else { continue };
        known.extend(cell_names(&course).map(str::to_owned));
        let Some(before) = looks.student(step) else {
            if !has(&course, name) {
                continue;
            }
            let why = format!("`{}`, which had the cell `{}`, is missing", step.path, clean(name));
            return Err(out.fail(&why, &format!("restore it: `tito restore {}`", shell(step.path.as_str()))));
        };
        let student = match nbformat::read(&before) {
            Ok(student) => student,
            Err(error) if has(&course, name) => {
                return Err(out.fail(
                    &format!("`{}` cannot be read as a notebook: {error}", step.path),
                    &format!("reset the whole unit: `tito module reset {}`", unit.id),
                ));
            }
            Err(_) => continue,
        };
        let Some(result) = with_cell_of(&student, &course, name) else { continue };
        let same = result == student;
        let after = if same { before.clone() } else { nbformat::write(&result) };
        return Ok(Reset { step, before, after });
    }
    let help = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("{} has no notebook with graded cells here", unit.id),
        None => format!("its cells are {}", known.join(", ")),
    };
    Err(out.fail(&format!("no notebook of {} has a cell `{name}`", unit.id), &help))
}

fn has(course: &Notebook, name: &str) -> bool {
    cell_names(course).any(|known| known == name)
}

fn batch(unit: &Unit, reset: &Reset<'_>, at: &At<'_>) -> Batch {
    let now = at.world.now();
    let path = reset.step.from.as_ref().unwrap_or(&reset.step.path).clone();
    let folder = unit.dir.as_ref().map_or(unit.id.as_str(), |dir| dir.name());
    let mut batch = Batch::new(now);
    batch.changes.push(Change::Put {
        at: Place::Workspace(path),
        content: reset.after.as_slice().into(),
        executable: false,
        expect: Some(Digest::of(&reset.before)),
        keep: Some(format!("{folder}_{}", layout::stamp(now))),
    });
    batch.meta.insert(Meta::Baselines, Some(at.home.baselines.write()));
    batch.summary = serde_json::json!({"verb": "module reset", "files": 1});
    batch
}
