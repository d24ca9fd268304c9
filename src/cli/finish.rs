//! The end of every verb that changes files of the course: the plan is applied, and what was done is said.

use crate::apply;
use crate::compile::Target;
use crate::path::WorkspacePath;
use crate::plan::{Decision, Plan, Step};
use crate::world::disk::Disk;

use super::carry_out::{Origin, carry_out};
use super::exit::Exit;
use super::open;
use super::out::{Look, Out, counted, paint};
use super::steps::{self, Skipped};
use super::workspace::{Home, Planned};

/// What a student does in an editor that has a notebook open that was replaced.
pub(super) const RELOAD: &str = "open in Jupyter? File › Reload from Disk, not Overwrite";

/// Applies a plan and says what was done.
pub(super) fn finish(
    world: &Disk,
    lock: &apply::Workspace,
    home: &Home,
    planned: &Planned,
    verb: &str,
    origin: Origin,
    out: &Out,
) -> Result<Exit, Exit> {
    let plan = &planned.plan;
    let applied = match carry_out(world, lock, home, planned, verb, origin) {
        Ok(applied) => applied,
        Err(error) => {
            return Err(out.fail(
                &error.to_string(),
                "fix that, and run the same command again: it continues where it stopped",
            ));
        }
    };
    if out.json {
        let kept: Vec<_> =
            applied.kept.iter().map(|kept| serde_json::json!({"was": kept.was, "now": kept.now})).collect();
        out.value(&serde_json::json!({"plan": plan.brief(), "run": applied.run, "set_aside": kept, "skipped": applied.skipped.len()}));
        return Ok(Exit::Done);
    }
    if !plan.request.is_about_files() {
        steps::title(plan, out);
        steps::advisories(plan, &Skipped::of(&applied), out);
        steps::units(plan, out);
        steps::dates(planned, out);
    }
    steps::done(plan, &applied, out);
    say_to_act_on(plan, &planned.target, &applied, out);
    if plan.request.is_about_files() {
        out.line("nothing of yours was changed without a backup · undo with `tito undo`");
        return Ok(Exit::Done);
    }
    let count = counted(steps::up_to_date(plan), "file");
    if applied.run.is_none() || plan.is_empty() {
        out.line(match open::wrong(plan) {
            None => format!("{} {count} up to date", paint(Look::Good, "✓")),
            Some(wrong) => format!("{count} up to date · {wrong}: `tito status`"),
        });
    } else {
        out.line(format!(
            "{count} up to date · nothing of yours was changed without a backup · undo with `tito undo`"
        ));
    }
    Ok(Exit::Done)
}

/// What the student must do now: in cells, and in an editor that still has the old notebook.
fn say_to_act_on(plan: &Plan, target: &Target, applied: &apply::Applied, out: &Out) {
    let backup = |path: &WorkspacePath| {
        let kept = applied.kept.iter().find(|kept| kept.was == path.as_str());
        kept.map(|kept| kept.now.clone())
    };
    open::say(plan, target, &backup, out);
    let skipped = Skipped::of(applied);
    let there =
        |step: &&Step| step.expect.is_some() && !skipped.has(&step.path) && step.path.extension() == "ipynb";
    let is_written = |step: &Step| {
        step.settled.is_none()
            && matches!(step.decision, Decision::Write | Decision::Merge | Decision::SetAside)
    };
    let (moved, stayed): (Vec<&Step>, Vec<&Step>) =
        plan.steps.iter().filter(there).partition(|step| step.from.is_some());
    if applied.run.is_none() {
        return;
    }
    if stayed.into_iter().any(is_written) {
        out.line(RELOAD);
    }
    // An editor would save them under the names that they had.
    if !moved.is_empty() {
        out.line("a notebook that moved is open in Jupyter? Close it there, and open it under its new name");
    }
}
