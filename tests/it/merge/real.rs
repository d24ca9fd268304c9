//! Merges of what people really do, judged cell by cell: the marks of [`life`](super::life) say what each merged cell was made of.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tito::notebook::nbformat::canonical_text;
use tito::notebook::{Cell, Notebook};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::{CellReport, Fate, NotebookMerge, merge_notebooks};

use super::invariants::check;
use super::lab::{Item, notebook, outputs_are_of_their_text, run};
use super::life::{course, edits, lab, marked, student};

/// The three sides of one update.
pub(crate) struct Round {
    pub(crate) base: Vec<Item>,
    pub(crate) student: Vec<Item>,
    pub(crate) course: Vec<Item>,
}

impl Round {
    fn sides(&self) -> Three<Notebook> {
        Three { base: notebook(&self.base), student: notebook(&self.student), course: notebook(&self.course) }
    }

    fn base_of(&self, item: &Item) -> Option<&Cell> {
        item.origin.and_then(|at| self.base.get(at)).map(|item| &item.cell)
    }
}

fn lines(cell: &Cell) -> impl Iterator<Item = &str> {
    cell.source.split('\n').map(str::trim_end).filter(|line| line.chars().any(char::is_alphanumeric))
}

fn has(text: &str, line: &str) -> bool {
    text.split('\n').any(|other| other.trim_end() == line)
}

fn counts(cell: Option<&Cell>) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in cell.into_iter().flat_map(lines) {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

/// A merged cell and what is said of it.
struct Made<'a> {
    cell: &'a Cell,
    report: &'a CellReport,
}

fn made<'a>(merge: &'a NotebookMerge, side: &str, number: usize) -> Option<Made<'a>> {
    let at = merge.notebook.cells.iter().position(|cell| marked(cell, side) == Some(number))?;
    let report = merge.report.cells.iter().find(|report| report.at == Some(at))?;
    Some(Made { cell: &merge.notebook.cells[at], report })
}

pub(crate) fn judge(round: &Round, merge: &NotebookMerge) -> Result<(), String> {
    students_lines_stay_in_their_cell(round, merge)?;
    fixes_arrive_or_are_offered(round, merge)?;
    nothing_is_doubled_or_stale(round, merge)?;
    answers_stay_with_their_question(round, merge)?;
    lines_stay_in_their_function(round, merge)
}

/// The class and the function that a line is in: the nearest above it.
fn function_of<'a>(text: &'a str, line: &str) -> [Option<&'a str>; 2] {
    let above: Vec<&str> = text.split('\n').take_while(|other| other.trim_end() != line).collect();
    ["class ", "def "].map(|word| {
        let found = above.iter().rev().find_map(|line| line.trim_start().strip_prefix(word))?;
        found.split(['(', ':']).next()
    })
}

fn lines_stay_in_their_function(round: &Round, merge: &NotebookMerge) -> Result<(), String> {
    for cell in &merge.notebook.cells {
        let (Some(s), Some(c)) = (marked(cell, "s"), marked(cell, "c")) else { continue };
        let (student, course) = (&round.student[s].cell, &round.course[c].cell);
        let base = counts(round.base_of(&round.course[c]));
        // Of a test that the student changed nothing stays.
        if course.grade_id().is_some() && !course.flag("solution") {
            continue;
        }
        for line in lines(student).filter(|line| line.starts_with(' ') && !base.contains_key(line)) {
            let (there, here) = (function_of(&student.source, line), function_of(&cell.source, line));
            let known = |function| lines(cell).any(|line| function_of(&cell.source, line) == function);
            let twice = cell.source.split('\n').filter(|other| other.trim_end() == line).count() > 1;
            if there != here
                && there[1].is_some()
                && known(there)
                && !twice
                && has(&cell.source, line)
                && cell.source != student.source
            {
                return Err(format!(
                    "`{line}` went from {there:?} to {here:?}: {:?} (course {:?})",
                    cell.source, course.source
                ));
            }
        }
    }
    Ok(())
}

fn students_lines_stay_in_their_cell(round: &Round, merge: &NotebookMerge) -> Result<(), String> {
    let old: BTreeSet<&str> = round.base.iter().flat_map(|item| lines(&item.cell)).collect();
    for (number, item) in round.student.iter().enumerate() {
        for line in lines(&item.cell).filter(|line| !old.contains(line)) {
            if went_with_its_function(&item.cell, line, merge) {
                continue;
            }
            let Some(made) = made(merge, "s", number) else {
                if round.course.iter().any(|item| has(&item.cell.source, line)) {
                    continue;
                }
                return Err(format!("the student's cell with `{line}` is gone"));
            };
            let aside = made.report.student.as_deref().unwrap_or_default();
            if !has(&made.cell.source, line) && !has(aside, line) {
                return Err(format!("`{line}` is not in its cell: {:?}", made.cell.source));
            }
        }
    }
    Ok(())
}

/// Does the line stand in a cell with the function that it was written for? The course may have split or joined cells.
fn went_with_its_function(cell: &Cell, line: &str, merge: &NotebookMerge) -> bool {
    let function = function_of(&cell.source, line);
    let is_there = |other: &Cell| has(&other.source, line) && function_of(&other.source, line) == function;
    function.iter().any(Option::is_some) && merge.notebook.cells.iter().any(is_there)
}

fn fixes_arrive_or_are_offered(round: &Round, merge: &NotebookMerge) -> Result<(), String> {
    for (number, item) in round.course.iter().enumerate() {
        // What is in the place of a region is the student's to keep.
        if item.cell.flag("solution")
            && (item.cell.source.contains("given") || !item.cell.source.contains("YOUR "))
        {
            continue;
        }
        let all = || {
            round.base.iter().flat_map(|item| lines(&item.cell)).map(|line| (line.trim_start(), 1)).collect()
        };
        let before = if item.origin.is_some() { counts(round.base_of(item)) } else { all() };
        let known = |line: &str| {
            before.contains_key(line) || (item.origin.is_none() && before.contains_key(line.trim_start()))
        };
        for line in lines(&item.cell).filter(|line| !known(line)) {
            let arrived = match made(merge, "c", number) {
                Some(made) => {
                    has(&made.cell.source, line)
                        || made.report.course.as_deref().is_some_and(|text| has(text, line))
                }
                // Both added it: the marks of one side are not in the merged cell.
                None if item.origin.is_none()
                    && merge.notebook.cells.iter().any(|cell| has(&cell.source, line)) =>
                {
                    true
                }
                None => merge
                    .report
                    .offered()
                    .any(|report| report.course.as_deref().is_some_and(|text| has(text, line))),
            };
            if !arrived {
                return Err(format!(
                    "the course's `{line}` did not arrive: {:?}",
                    made(merge, "c", number).map(|made| &made.cell.source)
                ));
            }
        }
        if made(merge, "c", number).is_none() && item.origin.is_some() && item.cell.grade_id().is_some() {
            return Err(format!("the course's graded cell is not there: {:?}", item.cell.source));
        }
    }
    Ok(())
}

/// No line is there more often than both sides' changes make it.
fn nothing_is_doubled_or_stale(round: &Round, merge: &NotebookMerge) -> Result<(), String> {
    for (at, cell) in merge.notebook.cells.iter().enumerate() {
        let (Some(s), Some(c)) = (marked(cell, "s"), marked(cell, "c")) else { continue };
        let report = merge.report.cells.iter().find(|report| report.at == Some(at));
        if report.is_some_and(|report| report.fate == Fate::Offered) {
            continue;
        }
        let (student, course) = (&round.student[s], &round.course[c]);
        let base = counts(round.base_of(course));
        let (student, course) = (counts(Some(&student.cell)), counts(Some(&course.cell)));
        let of = |counts: &BTreeMap<&str, usize>, line: &str| counts.get(line).copied().unwrap_or(0);
        for (line, count) in counts(Some(cell)) {
            let (b, s, c) = (of(&base, line), of(&student, line), of(&course, line));
            if count > c.max((s + c).saturating_sub(b))
                && !line.contains("YOUR ")
                && !line.contains("NotImpl")
            {
                return Err(format!(
                    "`{line}` is there {count} times (base {b}, student {s}, course {c}): {:?}",
                    cell.source
                ));
            }
        }
    }
    Ok(())
}

/// Where text and grade_id say different things of a question, an answer may go either way, but not without a word.
fn answers_stay_with_their_question(round: &Round, merge: &NotebookMerge) -> Result<(), String> {
    for (at, cell) in merge.notebook.cells.iter().enumerate() {
        let (Some(s), Some(c)) = (marked(cell, "s"), marked(cell, "c")) else { continue };
        let (student, course) = (&round.student[s], &round.course[c]);
        let is_answered = round.base_of(student).is_none_or(|base| base.source != student.cell.source);
        if !is_answered || merge.report.offered().any(|offered| offered.at == Some(at)) {
            continue;
        }
        let former = round.base_of(course).and_then(Cell::grade_id);
        let (Some(asked), Some(asks)) = (student.cell.grade_id(), course.cell.grade_id()) else { continue };
        if asked != asks && Some(asked) != former {
            return Err(format!("an answer to {asked} became one to {asks}: {:?}", cell.source));
        }
    }
    Ok(())
}

pub(crate) fn shown(notebook: &Notebook) -> String {
    notebook
        .cells
        .iter()
        .map(|cell| format!("--- {:?} {:?} {:?}\n{}\n", cell.kind, cell.id, cell.grade_id(), cell.source))
        .collect()
}

pub(crate) fn all(round: &Round) -> Result<NotebookMerge, String> {
    let sides = round.sides();
    let merge = merge_notebooks(sides.as_ref());
    check(sides.as_ref(), &merge)
        .and_then(|()| outputs_are_of_their_text(&merge.notebook))
        .and_then(|()| judge(round, &merge))
        .map_err(|why| {
            format!(
                "{why}\n== base\n{}== student\n{}== course\n{}== merged\n{}",
                shown(&sides.base),
                shown(&sides.student),
                shown(&sides.course),
                shown(&merge.notebook)
            )
        })?;
    Ok(merge)
}

/// The merged notebook as the student's next one: the course's version, which tito has recorded, is what they began with.
pub(crate) fn next(round: &Round, merge: &NotebookMerge) -> (Vec<Item>, Vec<Item>) {
    let clean = |cell: &Cell| {
        let mut cell = cell.clone();
        cell.metadata.shift_remove("s");
        cell.metadata.shift_remove("c");
        cell
    };
    let base = round.course.iter().enumerate().map(|(at, item)| Item {
        origin: Some(at),
        touched: false,
        cell: clean(&item.cell),
    });
    let student = merge.notebook.cells.iter().map(|cell| {
        let origin = marked(cell, "c");
        let touched = origin.is_none_or(|at| round.course[at].cell.source != cell.source);
        Item { origin, touched, cell: clean(cell) }
    });
    (base.collect(), student.collect())
}

proptest! {
    #[test]
    fn what_people_do_merges_cell_by_cell(lab in lab(), s in edits(7), c in edits(5)) {
        let mut student = student(&lab, &s, 0);
        run(&mut student);
        let course = course(&lab, &c, 0);
        let done = all(&Round { base: lab, student, course });
        prop_assert!(done.is_ok(), "{}", done.unwrap_err());
    }

    /// Release after release, the student at work between them.
    #[test]
    fn a_whole_term_merges_cell_by_cell(lab in lab(), term in prop::collection::vec((edits(5), edits(4)), 2..5)) {
        let (mut base, mut work) = (lab.clone(), lab);
        for (week, (s, c)) in term.iter().enumerate() {
            let mut student = student(&work, s, week);
            run(&mut student);
            let round = Round { course: course(&base, c, week), base, student };
            let done = all(&round);
            prop_assert!(done.is_ok(), "week {week}: {}", done.unwrap_err());
            (base, work) = next(&round, &done.unwrap());
        }
    }

    /// Where the course has nothing new, the student's cells stay byte for byte; the course's own are put right.
    #[test]
    fn without_a_release_nothing_happens(lab in lab(), s in edits(7)) {
        let mut student = student(&lab, &s, 0);
        run(&mut student);
        let round = Round { course: course(&lab, &[], 0), base: lab, student };
        let merge = merge_notebooks(round.sides().as_ref());
        for (number, item) in round.student.iter().enumerate() {
            let made = made(&merge, "s", number);
            prop_assert!(made.is_some(), "a cell is gone: {:?}", item.cell.source);
            let made = made.unwrap();
            let (cell, fate) = (made.cell, made.report.fate);
            let recast = cell.flag("solution") && cell.kind != item.cell.kind;
            let is_courses = cell.grade_id().is_some() && !cell.flag("solution");
            let texts = [cell, &item.cell].map(|cell| canonical_text(&cell.source));
            let same = cell.source == item.cell.source || (is_courses && texts[0] == texts[1]);
            let same = same && cell.outputs == item.cell.outputs;
            prop_assert!(fate == Fate::KeptAside || recast || same, "{fate:?} {:?} became {:?}", item.cell, cell);
        }
        prop_assert_eq!(merge.report.offered().count(), 0);
    }

    /// Where the student did nothing, the result is the course's, every key of it.
    #[test]
    fn without_an_edit_the_notebook_is_the_courses(lab in lab(), c in edits(7)) {
        let round = Round { course: course(&lab, &c, 0), student: lab.clone(), base: lab };
        let sides = round.sides();
        let merge = merge_notebooks(sides.as_ref());
        let told = |notebook: &Notebook| {
            notebook.cells.iter().map(|cell| Cell { id: None, ..cell.clone() }).collect::<Vec<_>>()
        };
        prop_assert_eq!(told(&merge.notebook), told(&sides.course));
        prop_assert!(merge.report.is_clean());
    }
}
