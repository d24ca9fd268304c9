//! No answer goes dark, and none lands in another question: notebooks of exercises that the course and the student turned inside out.
//!
//! Every case is judged by the text of the merged cells; a number of them are run by real Python, before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tito::notebook::{Cell, CellKind, Notebook};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::{CellReport, Fate, NotebookMerge, merge_notebooks};

use super::exercises::{Course, Edit, Exercise, Form, Unit, course, edits, worked_on};
use super::invariants::check;
use super::real::shown;
use crate::judges::python_says;

/// One update of a student who answered some exercises.
struct Update {
    base: Course,
    course: Course,
    answered: BTreeSet<usize>,
    sides: Three<Notebook>,
}

type Drawn = (Course, Vec<Edit>, Vec<Edit>, u32);

fn drawn() -> impl Strategy<Value = Drawn> {
    (course(), edits(4), edits(4), any::<u32>())
}

impl Update {
    fn of((base, course, student, answers): &Drawn) -> Self {
        let is_answered = |number: usize| answers >> (number % 32) & 1 == 1;
        let edited = base.edited(course);
        let exercises = base.units.iter().flat_map(|unit| &unit.exercises);
        let answered = exercises.map(|one| one.number).filter(|&number| is_answered(number)).collect();
        let none = |_| false;
        let sides = Three {
            base: base.notebook(&none),
            student: worked_on(base.notebook(&is_answered), student),
            course: edited.notebook(&none),
        };
        Self { base: base.clone(), course: edited, answered, sides }
    }

    /// The exercises of a side that are definitions, by name.
    fn definitions(course: &Course) -> BTreeMap<String, &Exercise> {
        let units = course.units.iter().filter(|unit| unit.form == Form::Definitions);
        units.flat_map(|unit| &unit.exercises).map(|one| (one.name(), one)).collect()
    }
}

/// What the report says of a merged notebook.
struct Said<'a> {
    merge: &'a NotebookMerge,
}

impl Said<'_> {
    fn cells(&self) -> impl Iterator<Item = (&Cell, &CellReport)> {
        self.merge
            .report
            .cells
            .iter()
            .filter_map(|report| Some((self.merge.notebook.cells.get(report.at?)?, report)))
    }

    /// Is it said that a cell asks again for the name?
    fn asks_again(&self, name: &str) -> bool {
        self.merge.report.asking_again().any(|cell| cell.others.iter().any(|other| other.name == name))
    }

    /// Is it said that the cell with the answer is not simply the student's, in its place?
    fn names_the_answer(&self, answer: &str) -> bool {
        let told = [Fate::Offered, Fate::NoLongerGraded, Fate::CopyNotGraded];
        self.cells().any(|(cell, report)| cell.source.contains(answer) && told.contains(&report.fate))
            || self
                .merge
                .report
                .set_aside()
                .any(|cell| cell.student.as_ref().is_some_and(|text| text.contains(answer)))
    }

    /// Is it said that the graded cell of an exercise came back empty?
    fn restores(&self, number: usize) -> bool {
        let told = [Fate::Restored, Fate::AskedAgain];
        self.cells().any(|(cell, report)| asks(cell).contains(&number) && told.contains(&report.fate))
    }
}

/// Which exercises of the course a cell has.
fn asks(cell: &Cell) -> Vec<usize> {
    let numbers = cell.metadata.get("exercises").and_then(Value::as_array);
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    numbers.into_iter().flatten().filter_map(number).collect()
}

/// An answer without a name, in words or a bare cell, is in the cell of its exercise or in none; what is left a stub is said.
fn bare_answers_stay(update: &Update, said: &Said<'_>) -> Result<(), String> {
    let forms = |course: &Course| -> BTreeMap<usize, Form> {
        let units = course.units.iter().filter(|unit| unit.form != Form::Definitions);
        units.flat_map(|unit| unit.exercises.iter().map(|one| (one.number, unit.form))).collect()
    };
    let asked = forms(&update.course);
    let units = update.base.units.iter().filter(|unit| unit.form != Form::Definitions);
    for (unit, exercise) in units.flat_map(|unit| unit.exercises.iter().map(move |one| (unit, one))) {
        let (number, answer) = (exercise.number, exercise.answer());
        if !update.answered.contains(&number) || !is_known(update, unit, &answer) {
            continue;
        }
        for (cell, report) in said.cells().filter(|(cell, _)| cell.source.contains(&answer)) {
            let elsewhere = cell.grade_id().is_some() && !course_asks(update, cell).contains(&number);
            if elsewhere && report.fate != Fate::Offered {
                return Err(format!("the answer {answer:?} became one to {:?}", cell.grade_id()));
            }
        }
        let is_stub =
            |cell: &Cell| course_asks(update, cell).contains(&number) && cell.source.contains("YOUR ");
        let blank = asked.contains_key(&number) && said.cells().any(|(cell, _)| is_stub(cell));
        if blank && !said.names_the_answer(&answer) && !said.restores(number) && !is_ungraded(said, &answer) {
            return Err(format!("the exercise of {answer:?} is blank, and nothing is said"));
        }
    }
    Ok(())
}

/// Can anybody know what the answer is to? The cell has its grade_id, or is below its question.
fn is_known(update: &Update, unit: &Unit, answer: &str) -> bool {
    let cells = &update.sides.student.cells;
    let Some(at) = cells.iter().position(|cell| cell.source.contains(answer)) else { return false };
    let above = at.checked_sub(1).and_then(|above| cells.get(above));
    cells[at].grade_id().is_some()
        || (unit.text.is_some() && above.map(|cell| &cell.source) == unit.text.as_ref())
}

/// The student's cell lost its metadata, and is beside the exercise as a cell of their own.
fn is_ungraded(said: &Said<'_>, answer: &str) -> bool {
    said.cells().any(|(cell, report)| cell.source.contains(answer) && report.fate == Fate::Own)
        && said.merge.report.cells.iter().any(|cell| cell.fate == Fate::Restored)
}

/// The exercises that the course has under the grade_id of the cell.
fn course_asks(update: &Update, cell: &Cell) -> Vec<usize> {
    let of = |other: &&Cell| other.grade_id().is_some() && other.grade_id() == cell.grade_id();
    update.sides.course.cells.iter().find(of).map(asks).unwrap_or_default()
}

/// What each name may be after the merged notebook was run.
fn allowed(update: &Update, said: &Said<'_>) -> BTreeMap<String, Vec<String>> {
    let (before, now) = (Update::definitions(&update.base), Update::definitions(&update.course));
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let undefined = ["NameError", "AttributeError"].map(str::to_owned);
    for (name, exercise) in before.iter().filter(|(_, one)| update.answered.contains(&one.number)) {
        let mut allowed = vec![exercise.answer()];
        if !now.contains_key(name) {
            allowed.extend(undefined.clone());
        }
        if said.asks_again(name) {
            allowed.push("NotImplementedError".to_owned());
        }
        values.insert(exercise.call(), allowed);
    }
    for (name, exercise) in &now {
        let is_answered = update.answered.contains(&exercise.number);
        let mut allowed = Vec::new();
        if is_answered {
            allowed.push(exercise.answer());
        }
        if !is_answered || said.names_the_answer(&exercise.answer()) || said.asks_again(name) {
            allowed.push("NotImplementedError".to_owned());
            allowed.extend(undefined.clone());
        }
        // Another exercise had the name: its answer holds, and the report says so.
        if let Some(former) = before.get(name).filter(|former| former.number != exercise.number)
            && update.answered.contains(&former.number)
            && said.asks_again(name)
        {
            allowed.push(former.answer());
        }
        let known = values.entry(exercise.call()).or_insert_with(|| allowed.clone());
        known.retain(|value| {
            allowed.contains(value) || before.get(name).is_some_and(|former| former.answer() == *value)
        });
    }
    values
}

fn judge(update: &Update) -> Result<NotebookMerge, String> {
    let merge = merge_notebooks(update.sides.as_ref());
    let said = Said { merge: &merge };
    let judged = check(update.sides.as_ref(), &merge)
        .and_then(|()| bare_answers_stay(update, &said))
        .and_then(|()| definitions_hold(&merge, &allowed(update, &said)));
    judged.map(|()| merge.clone()).map_err(|why| format!("{why}\n{}", about(update, &merge)))
}

fn about(update: &Update, merge: &NotebookMerge) -> String {
    let Three { base, student, course } = &update.sides;
    let report = serde_json::to_string_pretty(&merge.report).unwrap();
    let [base, student, course, merged] = [base, student, course, &merge.notebook].map(shown);
    format!("== base\n{base}== student\n{student}== course\n{course}== merged\n{merged}{report}")
}

/// The same that Python finds, from the text alone: the last definition of a name holds.
fn definitions_hold(merge: &NotebookMerge, allowed: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
    let code: Vec<_> = merge.notebook.cells.iter().filter(|cell| cell.kind == CellKind::Code).collect();
    for (call, values) in allowed {
        let name = call.trim_end_matches("()").rsplit("().").next().unwrap_or_default();
        let head = format!("def {name}(");
        let last = code.iter().rev().find_map(|cell| cell.source.get(cell.source.rfind(&head)?..));
        let body = last.map(|text| text.split("\ndef ").next().unwrap_or_default());
        let body = body.map(|text| text.split("\n    def ").next().unwrap_or_default());
        let found = match body {
            None => "NameError".to_owned(),
            Some(body) if body.contains("NotImplementedError") => "NotImplementedError".to_owned(),
            Some(body) => body.split('"').rev().nth(1).unwrap_or_default().to_owned(),
        };
        if !values.contains(&found) {
            return Err(format!("{call} is {found:?} and not one of {values:?}"));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_answer_goes_dark_or_into_another_question(drawn in drawn()) {
        let judged = judge(&Update::of(&drawn));
        prop_assert!(judged.is_ok(), "{}", judged.unwrap_err());
    }
}

#[test]
fn python_finds_every_answer_in_the_merged_notebooks() {
    let mut runner = TestRunner::deterministic();
    let strategy = drawn();
    let mut notebooks = Vec::new();
    let mut answered = 0;
    for _ in 0..300 {
        let update = Update::of(&strategy.new_tree(&mut runner).unwrap().current());
        let merge = judge(&update).unwrap_or_else(|why| panic!("{why}"));
        let values = allowed(&update, &Said { merge: &merge });
        answered += values.values().filter(|values| values.len() == 1).count();
        let code = merge.notebook.cells.iter().filter(|cell| cell.kind == CellKind::Code);
        let cells: Vec<_> = code.map(|cell| cell.source.as_str()).collect();
        notebooks.push(json!({"cells": cells, "values": values, "about": about(&update, &merge)}));
    }
    // Most answers are certain to hold, so that Python has something to find.
    assert!(answered > 300, "only {answered} answers must hold");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notebooks.json");
    fs::write(&file, Value::from(notebooks).to_string()).unwrap();
    assert_eq!(python_says("tests/merge/run.py", &[&file]), "");
}
