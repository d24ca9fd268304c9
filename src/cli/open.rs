//! What a student must act on after a merge, cell by cell, and what is wrong with files: said by `update`, repeated by `status` until it
//! is dealt with.

use crate::compile::{File, Target};
use crate::id::Role;
use crate::lock::{Baselines, OpenPoint, Point};
use crate::notebook::{nbformat, percent};
use crate::path::WorkspacePath;
use crate::plan::{Notice, OfferedCell, Plan, Settled, Situation, Step};

use super::out::{Look, Out, clean, counted, paint, shell};

/// Says what there is to act on in the files of `plan`, which was made for `target`. `backup` knows where a file that was displaced just now is.
pub(super) fn say(
    plan: &Plan,
    target: &Target,
    backup: &dyn Fn(&WorkspacePath) -> Option<String>,
    out: &Out,
) {
    for step in &plan.steps {
        say_points(step, &step.open, target, backup, out);
        if is_offered(step) {
            say_offers(step, step.offers.iter().flatten(), out);
        }
    }
}

/// The same of what stands already: what a merge that is still to come will leave is not said as if it had happened.
pub(super) fn say_standing(plan: &Plan, target: &Target, baselines: &Baselines, out: &Out) {
    for step in &plan.steps {
        let (points, offers) = standing(step, baselines);
        say_points(step, points, target, &|_| None, out);
        if is_offered(step) {
            say_offers(step, offers, out);
        }
    }
}

/// What there is to act on in the file of `step` now, and which of its cells are on offer now.
pub(super) fn standing<'a>(
    step: &'a Step,
    baselines: &Baselines,
) -> (Vec<&'a OpenPoint>, Vec<&'a OfferedCell>) {
    let base = step.recorded.as_ref().and_then(|path| baselines.entry(path));
    let is_there = |point: &&OpenPoint| {
        let known = base.map(|base| base.open.as_slice()).unwrap_or_default();
        known.iter().any(|known| (known.what, &known.cell) == (point.what, &point.cell))
    };
    let is_on_offer = |cell: &&OfferedCell| base.is_some_and(|base| base.offered_cells.contains(&cell.key()));
    let is_done = !step.changes_disk();
    (
        step.open.iter().filter(|point| is_done || is_there(point)).collect(),
        step.offers.iter().flatten().filter(|cell| is_done || is_on_offer(cell)).collect(),
    )
}

fn say_points<'a>(
    step: &Step,
    points: impl IntoIterator<Item = &'a OpenPoint>,
    target: &Target,
    backup: &dyn Fn(&WorkspacePath) -> Option<String>,
    out: &Out,
) {
    for point in points {
        let place = point.backup.clone().or_else(|| backup(&step.path));
        line(&text(step, point, target, place.as_deref()), out);
    }
}

fn say_offers<'a>(step: &Step, offers: impl IntoIterator<Item = &'a OfferedCell>, out: &Out) {
    for cell in offers {
        let (name, path) = (clean(&cell.name), clean(step.path.as_str()));
        let (word, id) = (shell(step.path.as_str()), shell(&cell.id));
        line(
            &format!("cell {name} of {path}: you and the course changed the same lines; yours is kept"),
            out,
        );
        out.line(format!(
            "    the course's: tito diff --incoming {word} · take it: tito take {word} --cell {id}"
        ));
    }
}

fn line(text: &str, out: &Out) {
    out.line(format!("{} {text}", paint(Look::Notice, "!")));
}

/// Is the course's version of some of its cells beside the file, or will it be?
pub(super) fn is_offered(step: &Step) -> bool {
    step.settled == Some(Settled::Offered) || step.also_offered
}

fn text(step: &Step, point: &OpenPoint, target: &Target, backup: Option<&str>) -> String {
    let (name, path) = (clean(&point.name), clean(step.path.as_str()));
    match point.what {
        Point::KeptAside => {
            let place =
                backup.map(|place| format!(" (the whole file: {})", clean(place))).unwrap_or_default();
            format!(
                "cell {name} of {path} belongs to the course and has the course's text again; your text: tito diff --aside {}{place}",
                shell(step.path.as_str())
            )
        }
        Point::NotGraded => {
            if let Some(other) = elsewhere(target, &step.path, &point.cell) {
                return format!(
                    "cell {name} of {path} is not graded any more, because the course no longer has this question there; {} has a question of this name: if it is the same, move your answer there",
                    clean(other.as_str())
                );
            }
            format!(
                "cell {name} of {path} is not graded any more, because the course no longer has this question; your answer is still in the notebook: move it to the question that it answers"
            )
        }
        Point::AskedAgain => {
            format!(
                "cell {name} of {path} asks for something that another cell of yours defines: check whether your answer belongs here"
            )
        }
        Point::Restored => {
            format!(
                "cell {name} of {path} was deleted and is back without an answer, because it is graded: write your answer there"
            )
        }
    }
}

/// The one other notebook of the course with a graded cell of that grade_id.
fn elsewhere<'a>(target: &'a Target, path: &WorkspacePath, grade_id: &str) -> Option<&'a WorkspacePath> {
    let has = |file: &File| {
        let notebook = nbformat::read(&file.content).ok().or_else(|| {
            let text = std::str::from_utf8(&file.content).ok().filter(|text| text.contains(grade_id))?;
            Some(percent::read(text, "").notebook)
        });
        notebook.is_some_and(|notebook| notebook.cells.iter().any(|cell| cell.grade_id() == Some(grade_id)))
    };
    let work = target.files.iter().filter(|(other, file)| *other != path && file.role == Role::Work);
    let mut found = work.filter(|(_, file)| has(file)).map(|(other, _)| other);
    found.next().filter(|_| found.next().is_none())
}

/// What is wrong with the workspace, in a few words; nothing where all is well.
pub(super) fn wrong(plan: &Plan) -> Option<String> {
    let count = |is: &dyn Fn(&&Step) -> bool| plan.steps.iter().filter(is).count();
    let deleted = count(&|step| is_deleted(step));
    let offered = count(&|step| step.settled == Some(Settled::Offered));
    let cells: usize = plan.steps.iter().map(|step| step.open.len()).sum();
    let said = |is: fn(&Notice) -> bool| plan.notices.iter().filter(|notice| is(notice)).count();
    let in_the_way = said(|notice| matches!(notice, Notice::InTheWay { .. }));
    let unreadable = said(|notice| matches!(notice, Notice::Unreadable { .. }));
    let copies = said(|notice| matches!(notice, Notice::SavedAgain { .. }));
    let parts = [
        (deleted, "file", "deleted"),
        (in_the_way, "path", "that tito cannot use"),
        (unreadable, "notebook", "that cannot be read"),
        (copies, "file", "saved under an old name"),
        (cells, "cell", "to look at"),
        (offered, "file", "with an offer"),
        (plan.exports.iter().filter(|export| export.why.is_some()).count(), "module", "to export again"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, noun, what)| format!("{} {what}", counted(count, noun)))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Did the student delete the file, which the course still has?
pub(super) fn is_deleted(step: &Step) -> bool {
    matches!(step.situation, Situation::Deleted | Situation::DeletedChanged)
}
