//! `tito diff --aside`: what a merge kept aside of what the student had written.

use serde_json::json;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::workspace::Home;
use crate::cli::{differences, find};
use crate::lock::OpenPoint;
use crate::path::WorkspacePath;
use crate::plan::{Plan, Step};
use crate::world::disk::Disk;

/// Shows it, of the files `asked` for, or of all.
pub(super) fn show(world: &Disk, home: &Home, plan: &Plan, asked: &[WorkspacePath], out: &Out) -> Exit {
    let wanted = |step: &&Step| asked.is_empty() || asked.iter().any(|path| differences::covers(path, step));
    let steps = plan.steps.iter().filter(wanted);
    let kept: Vec<(&Step, &OpenPoint)> = steps
        .flat_map(|step| {
            step.open.iter().filter(|point| point.student.is_some()).map(move |point| (step, point))
        })
        .collect();
    if out.json {
        let cell = |(step, point): &(&Step, &OpenPoint)| json!({"path": step.path, "cell": point.cell, "student": point.student, "backup": point.backup});
        out.value(&json!({"aside": kept.iter().map(cell).collect::<Vec<_>>()}));
        return Exit::Done;
    }
    for (step, point) in &kept {
        let path = paint(Look::Strong, &clean(step.path.as_str()));
        out.line(format!("{path}   cell {}   your text", clean(&point.name)));
        for line in point.student.iter().flat_map(|text| text.lines()) {
            out.line(format!("    {}", paint(Look::Good, &clean(line))));
        }
        if let Some(backup) = point.backup.as_ref().filter(|at| find::is_there(world, &home.root.join(at))) {
            out.line(format!("  the whole file as it was: {}", clean(backup)));
        }
    }
    if kept.is_empty() {
        out.line("no text of yours is kept aside");
    }
    Exit::Done
}
