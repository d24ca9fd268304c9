//! One cell on three sides → what it becomes. The table of the design, row by row.

use serde_json::Value;

use super::metadata;
use super::names::{cell_id, cell_name};
use super::regions::has_all_but_answers;
use super::report::{Beside, CellReport, Fate, Whose};
use super::texts::{Lines, merge_texts, settled, unix};
use super::{Party, Places, differs, text_of};
use crate::notebook::{Cell, CellKind};
use crate::plan::merge::Three;

/// A merged cell, not yet in its place.
pub(super) struct Merged {
    /// The cell, if it is there at all.
    pub(super) cell: Option<Cell>,
    /// What to say about it.
    pub(super) report: CellReport,
    /// The ids that it may have, the best first: what the student's has, what the course's has.
    pub(super) ids: [Option<String>; 2],
}

/// Whose a cell is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The student's in its regions, the course's around them.
    Answer,
    /// The course's: tests and locked text.
    Course,
    /// Anybody's.
    Shared,
}

fn owner(cell: &Cell) -> Owner {
    if cell.flag("solution") {
        Owner::Answer
    } else if cell.grade_id().is_some() {
        Owner::Course
    } else {
        Owner::Shared
    }
}

/// Decides one cell. `doubtful`: signs disagree whether the course's cell is the same question.
pub(super) fn merge_cell(cells: Three<&[Cell]>, places: Places, doubtful: bool) -> Merged {
    let base = places.base.and_then(|at| cells.base.get(at));
    let student = places.student.and_then(|at| cells.student.get(at));
    let course = places.course.and_then(|at| cells.course.get(at));
    let decided = match (base, student, course) {
        (Some(base), Some(student), Some(course)) if doubtful && is_answered(base, student, course) => {
            let sides = Three { base, student, course };
            offered(sides, kind_of_answer(sides, true), Party::Student)
        }
        (Some(base), Some(student), Some(course)) => on_both(Three { base, student, course }, Party::Student),
        (None, Some(student), Some(course)) => added_by_both(student, course, Party::Student),
        (Some(base), Some(student), None) => dropped_by_course(base, student),
        (None, Some(student), None) => own(student),
        (Some(base), None, Some(course)) => deleted_by_student(base, course),
        (None, None, Some(course)) => (Some(course.clone()), CellReport::of(Fate::Added)),
        (Some(_), None, None) => (None, CellReport::of(Fate::Deleted)),
        (None, None, None) => (None, CellReport::of(Fate::Removed)),
    };
    merged(cells, places, decided)
}

/// What was decided of a cell, with what it is called.
pub(super) fn merged(
    cells: Three<&[Cell]>,
    places: Places,
    (cell, report): (Option<Cell>, CellReport),
) -> Merged {
    let named = match places {
        Three { course: Some(at), .. } => Some((cells.course, at)),
        Three { student: Some(at), .. } => Some((cells.student, at)),
        Three { base, .. } => base.map(|at| (cells.base, at)),
    };
    let (id, name) = named.map(|(cells, at)| (cell_id(cells, at), cell_name(cells, at))).unwrap_or_default();
    let report = CellReport { id, name, of_student: places.student, ..report };
    let id = |side: &[Cell], at: Option<usize>| side.get(at?)?.id.clone();
    let ids = [id(cells.student, places.student), id(cells.course, places.course)];
    Merged { cell, report, ids }
}

/// Does the student's cell hold an answer that the course's does not?
fn is_answered(base: &Cell, student: &Cell, course: &Cell) -> bool {
    owner(course) == Owner::Answer && differs(base, student) && differs(student, course)
}

fn dropped_by_course(base: &Cell, student: &Cell) -> (Option<Cell>, CellReport) {
    if !differs(base, student) {
        return (None, CellReport::of(Fate::Removed));
    }
    // The base tells, too: the student's cell may have lost its metadata.
    let graded = metadata::is_graded(student) || metadata::is_graded(base);
    let fate = if graded { Fate::NoLongerGraded } else { Fate::Yours };
    (Some(metadata::without_grading(student)), CellReport::of(fate))
}

fn own(student: &Cell) -> (Option<Cell>, CellReport) {
    let fate = if metadata::is_graded(student) { Fate::CopyNotGraded } else { Fate::Own };
    (Some(metadata::without_grading(student)), CellReport::of(fate))
}

fn deleted_by_student(base: &Cell, course: &Cell) -> (Option<Cell>, CellReport) {
    // Any flagged cell, graded or not: every grade_id of the course must be there exactly once.
    if course.grade_id().is_some() {
        return (Some(course.clone()), CellReport::of(Fate::Restored));
    }
    let offer = differs(base, course).then(|| course.source.clone());
    (None, CellReport { course: offer, ..CellReport::of(Fate::Deleted) })
}

/// Without a base no one can tell who changed what: only where the course's lines are all there is the rest an answer.
pub(super) fn added_by_both(student: &Cell, course: &Cell, by: Party) -> (Option<Cell>, CellReport) {
    let answered = owner(course) == Owner::Answer
        && has_all_but_answers(&text_of(&course.source), &text_of(&student.source));
    let nothing = Cell::new(course.kind, "");
    on_both(Three { base: if answered { course } else { &nothing }, student, course }, by)
}

pub(super) fn on_both(sides: Three<&Cell>, by: Party) -> (Option<Cell>, CellReport) {
    let Three { student, course, .. } = sides;
    let owner = match (owner(course), by) {
        (Owner::Course, Party::Student) => return course_owned(sides),
        (Owner::Course, Party::Authors) => Owner::Shared,
        (owner, _) => owner,
    };
    let texts = settled(sides.map(|cell| cell.source.as_str()));
    let answered = texts.student != texts.base;
    let kind =
        if owner == Owner::Answer { Some(kind_of_answer(sides, answered)) } else { merged_kind(sides) };
    let agree = text_of(&student.source) == text_of(&course.source);
    let (text, fate) = match (answered, texts.course == texts.base) {
        (false, _) if !agree => (Some(texts.course.into_owned()), Fate::Fixed),
        (true, true) => (Some(texts.student.into_owned()), Fate::Yours),
        (true, false) if !agree => {
            let texts = texts.as_ref().map(|text| text.as_ref());
            let lines = if owner == Owner::Answer { Lines::Regions } else { Lines::Shared };
            let is_code = kind == Some(CellKind::Code);
            (merge_texts(texts, lines, is_code), Fate::Both)
        }
        _ => (Some(texts.student.into_owned()), Fate::Same),
    };
    match (text, kind) {
        (Some(text), Some(kind)) => {
            let told = fate_of(fate, &text, sides, kind);
            build(sides, text, kind, CellReport::of(told), by)
        }
        _ => offered(sides, kind.unwrap_or(student.kind), by),
    }
}

/// A line merge may come out as one of its sides; a change of type is a change.
fn fate_of(fate: Fate, text: &str, sides: Three<&Cell>, kind: CellKind) -> Fate {
    let text = text_of(text);
    let is = |cell: &Cell| kind == cell.kind && text_of(&cell.source) == text;
    match fate {
        Fate::Both if is(sides.student) => Fate::Yours,
        Fate::Both if is(sides.course) => Fate::Fixed,
        Fate::Same if !is(sides.student) => Fate::Fixed,
        Fate::Same if !is(sides.course) => Fate::Yours,
        fate => fate,
    }
}

/// The type of a solution cell: the student's where the student answered or chose it, as the answer is written in it; nbgrader puts the
/// course's back when it grades. Only text that nbgrader refuses, a solution that no one grades by hand, is made what the course says.
fn kind_of_answer(sides: Three<&Cell>, answered: bool) -> CellKind {
    let Three { base, student, course } = sides;
    let chosen = answered || student.kind != base.kind;
    let refused = student.kind == CellKind::Markdown && !course.flag("grade");
    if chosen && !refused { student.kind } else { course.kind }
}

/// The type that one side changed it to; none if both did, differently.
fn merged_kind(sides: Three<&Cell>) -> Option<CellKind> {
    let kinds = sides.map(|cell| cell.kind);
    if kinds.student == kinds.base {
        Some(kinds.course)
    } else {
        (kinds.course == kinds.base || kinds.course == kinds.student).then_some(kinds.student)
    }
}

fn course_owned(sides: Three<&Cell>) -> (Option<Cell>, CellReport) {
    let Three { base, student, course } = sides;
    let touched = differs(student, base) && differs(student, course);
    let fate = match (touched, differs(student, course)) {
        (true, _) => Fate::KeptAside,
        (false, true) => Fate::Fixed,
        (false, false) => Fate::Same,
    };
    let aside = touched.then(|| student.source.clone());
    build(
        sides,
        unix(&course.source).into_owned(),
        course.kind,
        CellReport { student: aside, ..CellReport::of(fate) },
        Party::Student,
    )
}

/// The student's text, with the course's on offer.
pub(super) fn offered(sides: Three<&Cell>, kind: CellKind, by: Party) -> (Option<Cell>, CellReport) {
    let course = Some(sides.course.source.clone());
    let told = CellReport { course, ..CellReport::of(Fate::Offered) };
    build(sides, unix(&sides.student.source).into_owned(), kind, told, by)
}

/// The cell with that text, which has `\n` line ends: outputs only if they are what running that text gave the student. The report says, too,
/// what happened beside the text.
fn build(
    sides: Three<&Cell>,
    text: String,
    kind: CellKind,
    mut told: CellReport,
    by: Party,
) -> (Option<Cell>, CellReport) {
    let Three { student, course, .. } = sides;
    let as_run = kind == student.kind && text_of(&student.source) == text_of(&text);
    let mut cell = Cell::new(kind, text);
    cell.metadata = metadata::of_cell(sides, by, &mut told.beside);
    cell.other = metadata::three_way(sides.map(|cell| &cell.other), &mut told.beside);
    cell.attachments = attachments(sides, &cell.source, told.course.is_some(), &mut told.beside);
    let news = metadata::has_news(sides.map(|cell| &cell.metadata), &cell.metadata)
        || (course.attachments != sides.base.attachments && cell.attachments != student.attachments);
    if as_run {
        cell.outputs.clone_from(&student.outputs);
        cell.execution_count.clone_from(&student.execution_count);
    } else {
        metadata::forget_run(&mut cell.metadata);
    }
    // Byte for byte: line ends too.
    if let Some(side) = [student, course].into_iter().find(|side| unix(&side.source) == cell.source) {
        cell.source.clone_from(&side.source);
    }
    told.fate = fate_beside(&told, news);
    (Some(cell), told)
}

fn attachments(sides: Three<&Cell>, text: &str, is_offered: bool, lost: &mut Vec<Beside>) -> Option<Value> {
    let images = sides.map(|cell| cell.attachments.as_ref());
    let shows = |name: &str| metadata::shows(text, name);
    let of_course = |name: &str| !is_offered && shows(name) && metadata::shows(&sides.course.source, name);
    metadata::attachments(images, shows, of_course, lost)
}

/// What became of a cell, its metadata and pictures included.
fn fate_beside(told: &CellReport, news: bool) -> Fate {
    match told.fate {
        Fate::Same | Fate::Yours if told.lacks(Whose::Course) => Fate::Offered,
        Fate::Same if told.lacks(Whose::Student) => Fate::KeptAside,
        Fate::Same if news => Fate::Fixed,
        Fate::Yours if news => Fate::Both,
        fate => fate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_the_course_dropped_is_kept_and_no_longer_graded() {
        let plain = |text: &str| Cell::new(CellKind::Code, text);
        let graded = |text: &str| {
            let mut cell = plain(text);
            cell.metadata
                .insert("nbgrader".to_owned(), serde_json::json!({"grade_id": "f", "solution": true}));
            cell
        };
        // Either of the two tells: an editor may have dropped the metadata, or the student copied a graded cell.
        for (base, student, fate) in [
            (graded("stub"), graded("answer"), Fate::NoLongerGraded),
            (graded("stub"), plain("answer"), Fate::NoLongerGraded),
            (plain("text"), graded("answer"), Fate::NoLongerGraded),
            (plain("text"), plain("answer"), Fate::Yours),
        ] {
            let (cell, report) = dropped_by_course(&base, &student);
            assert_eq!(report.fate, fate);
            assert_eq!(
                cell.map(|cell| (cell.source.clone(), metadata::is_graded(&cell))),
                Some(("answer".to_owned(), false))
            );
        }
        assert_eq!(dropped_by_course(&graded("stub"), &graded("stub")).1.fate, Fate::Removed);
    }
}
