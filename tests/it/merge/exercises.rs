//! Notebooks of exercises that real Python runs, and what a course and a student do to them: split, join, renumber, swap, reword, rename, move,
//! retype, strip. Every exercise has a number, by which a test knows it whatever it is called and wherever it is.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use tito::notebook::{Cell, CellKind, Notebook};

use super::lab::set_grading;

/// Words that make texts differ.
const WORDS: [&str; 12] = [
    "tensor", "softmax", "gradient", "kernel", "batch", "token", "memory", "cluster", "vector", "filter",
    "graph", "sample",
];

/// Something to answer.
#[derive(Clone, Debug)]
pub(crate) struct Exercise {
    pub(crate) number: usize,
    name: String,
    /// Of a method.
    class: Option<String>,
    docstring: String,
}

impl Exercise {
    /// As Python and the report call it.
    pub(crate) fn name(&self) -> String {
        self.class.as_ref().map_or_else(|| self.name.clone(), |class| format!("{class}.{}", self.name))
    }

    /// What Python evaluates to see the answer.
    pub(crate) fn call(&self) -> String {
        self.class
            .as_ref()
            .map_or_else(|| format!("{}()", self.name), |class| format!("{class}().{}()", self.name))
    }

    /// What an answered exercise gives.
    pub(crate) fn answer(&self) -> String {
        format!("my {}.", self.number)
    }
}

/// What a cell asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Functions, or the methods of a class.
    Definitions,
    /// A stub and nothing else.
    Bare,
    /// An answer in words.
    Written,
}

/// A text, a question cell, and its tests.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) text: Option<String>,
    grade_id: String,
    pub(crate) form: Form,
    pub(crate) exercises: Vec<Exercise>,
    /// The class of the cell continues one of that name.
    continues: bool,
    more_tests: usize,
}

/// A course.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) units: Vec<Unit>,
    /// Cell ids are made of grade_ids, as tito makes them, and not kept.
    ids_of_grade_ids: bool,
    next: usize,
}

/// One edit: what, where, where else.
pub(crate) type Edit = (u8, Index, Index);

pub(crate) fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<u8>(), any::<Index>(), any::<Index>()), 0..most)
}

pub(crate) fn course() -> impl Strategy<Value = Course> {
    (prop::collection::vec(0..6u8, 1..5), any::<bool>()).prop_map(|drawn| {
        let (kinds, ids_of_grade_ids) = drawn;
        let mut course = Course { units: Vec::new(), ids_of_grade_ids, next: 0 };
        for kind in kinds {
            let unit = course.new_unit(kind);
            course.units.push(unit);
        }
        course.number();
        course
    })
}

impl Course {
    fn new_exercise(&mut self, class: Option<&str>) -> Exercise {
        let number = self.next;
        self.next += 1;
        let (word, other) = (WORDS[number % WORDS.len()], WORDS[(number * 5 + 3) % WORDS.len()]);
        Exercise {
            number,
            name: format!("{word}{number}"),
            class: class.map(str::to_owned),
            docstring: format!("Computes the {word} of item{number} by {other}{number}."),
        }
    }

    fn new_unit(&mut self, kind: u8) -> Unit {
        let class = (kind == 2).then(|| format!("Class{}", self.next));
        let count = if matches!(kind, 1 | 2) { 2 } else { 1 };
        let exercises: Vec<_> = (0..count).map(|_| self.new_exercise(class.as_deref())).collect();
        let form = match kind {
            3 => Form::Bare,
            4 => Form::Written,
            _ => Form::Definitions,
        };
        let number = exercises[0].number;
        let word = WORDS[number % WORDS.len()];
        let text = (kind != 5).then(|| format!("## Step {number}: the {word} and topic{number}"));
        Unit { text, grade_id: String::new(), form, exercises, continues: false, more_tests: 0 }
    }

    /// Gives all questions new numbers.
    fn number(&mut self) {
        for (at, unit) in self.units.iter_mut().enumerate() {
            unit.grade_id = format!("q{}", at + 1);
        }
    }

    /// What the maintainers make of it.
    pub(crate) fn edited(&self, edits: &[Edit]) -> Self {
        let mut course = self.clone();
        for (turn, (what, at, to)) in edits.iter().enumerate() {
            if !course.units.is_empty() {
                let (at, to) = (at.index(course.units.len()), to.index(course.units.len()));
                course.edit(what % 12, at, to, turn);
            }
        }
        course
    }

    fn edit(&mut self, what: u8, at: usize, to: usize, turn: usize) {
        match what {
            0 => self.split(at, turn),
            1 => self.join(at),
            2 => {
                let unit = self.new_unit(u8::try_from(to % 6).unwrap());
                self.units.insert(at, unit);
                self.number();
            }
            3 => {
                self.units.remove(at);
                self.number();
            }
            4 => {
                let id = self.units[at].grade_id.clone();
                self.units[at].grade_id = std::mem::replace(&mut self.units[to].grade_id, id);
            }
            5 => self.units[at].exercises[0].name += &format!("_renamed{turn}"),
            6 => self.units[at].text.iter_mut().for_each(|text| *text += " Good luck."),
            7 => self.units[at].text = Some(format!("## Other words{turn} here{turn}")),
            8 => self.units[at].exercises[0].docstring = format!("Says{turn} it{turn} anew{turn}."),
            9 => {
                let unit = self.units.remove(at);
                self.units.insert(to.min(self.units.len()), unit);
            }
            10 => self.units[at].more_tests += 1,
            _ => self.take_the_name(at, turn),
        }
    }

    /// The second exercise of a cell gets a cell of its own, sometimes with a text.
    fn split(&mut self, at: usize, turn: usize) {
        if self.units[at].exercises.len() < 2 {
            return;
        }
        let second = self.units[at].exercises.split_off(1);
        let text = turn.is_multiple_of(2).then(|| format!("Go on with part{turn}."));
        let continues = second[0].class.is_some();
        let unit = Unit {
            text,
            grade_id: format!("part{turn}"),
            exercises: second,
            continues,
            more_tests: 0,
            ..self.units[at].clone()
        };
        self.units.insert(at + 1, unit);
    }

    /// A cell takes in the functions of the next one.
    fn join(&mut self, at: usize) {
        let joins = |unit: &Unit| {
            unit.form == Form::Definitions && unit.exercises.iter().all(|one| one.class.is_none())
        };
        if self.units.get(at + 1).is_some_and(|next| joins(next) && joins(&self.units[at])) {
            let next = self.units.remove(at + 1);
            self.units[at].exercises.extend(next.exercises);
        }
    }

    /// An exercise is renamed, and a new one takes its name.
    fn take_the_name(&mut self, at: usize, turn: usize) {
        let mut new = self.new_unit(0);
        let old = &mut self.units[at].exercises[0];
        if old.class.is_none() && self.units[at].form == Form::Definitions {
            let old = &mut self.units[at].exercises[0];
            new.exercises[0].name = std::mem::replace(&mut old.name, format!("former{turn}_{}", old.number));
            new.grade_id = format!("taker{turn}");
            self.units.push(new);
        }
    }

    /// The notebook that a student of this course gets, and which exercises are answered in it.
    pub(crate) fn notebook(&self, is_answered: &dyn Fn(usize) -> bool) -> Notebook {
        let cells = self.units.iter().flat_map(|unit| self.cells(unit, is_answered)).collect();
        Notebook { minor: 5, cells, ..Notebook::default() }
    }

    fn cells(&self, unit: &Unit, is_answered: &dyn Fn(usize) -> bool) -> Vec<Cell> {
        let first = unit.exercises[0].number;
        let id = |kept: String, of: &str| if self.ids_of_grade_ids { format!("id-{of}") } else { kept };
        let mut cells = Vec::new();
        if let Some(text) = &unit.text {
            let mut cell = Cell::new(CellKind::Markdown, text.as_str());
            cell.id = Some(format!("text-{first}"));
            cells.push(cell);
        }
        let written = unit.form == Form::Written;
        let kind = if written { CellKind::Markdown } else { CellKind::Code };
        let mut question = Cell::new(kind, unit.source(is_answered));
        question.id = Some(id(format!("exercise-{first}"), &unit.grade_id));
        set_grading(&mut question, &unit.grade_id, true, written);
        let numbers: Vec<_> = unit.exercises.iter().map(|one| one.number).collect();
        question.metadata.insert("exercises".to_owned(), json!(numbers));
        cells.push(question);
        for (number, exercise) in unit.exercises.iter().enumerate().filter(|_| unit.form == Form::Definitions)
        {
            for more in 0..=unit.more_tests {
                let name = format!("test-{}-{number}-{more}", unit.grade_id);
                let text = format!("assert {} is not None, \"{} {more}\"", exercise.call(), exercise.number);
                let mut test = Cell::new(CellKind::Code, text);
                test.id = Some(id(format!("test-{}-{more}", exercise.number), &name));
                set_grading(&mut test, &name, false, true);
                cells.push(test);
            }
        }
        cells
    }
}

impl Unit {
    fn source(&self, is_answered: &dyn Fn(usize) -> bool) -> String {
        let first = &self.exercises[0];
        match self.form {
            Form::Written if is_answered(first.number) => format!("Because of {}", first.answer()),
            Form::Written => "YOUR ANSWER HERE".to_owned(),
            Form::Bare if is_answered(first.number) => format!("bare = \"{}\"", first.answer()),
            Form::Bare => "# YOUR CODE HERE\nraise NotImplementedError()".to_owned(),
            Form::Definitions => self.definitions(is_answered),
        }
    }

    fn definitions(&self, is_answered: &dyn Fn(usize) -> bool) -> String {
        let class = self.exercises[0].class.as_deref();
        let (indent, argument) = if class.is_some() { ("    ", "self") } else { ("", "") };
        let functions = self.exercises.iter().map(|one| {
            let body = match is_answered(one.number) {
                true => format!("{indent}    return \"{}\"", one.answer()),
                false => format!("{indent}    # YOUR CODE HERE\n{indent}    raise NotImplementedError()"),
            };
            format!(
                "{indent}def {}({argument}):\n{indent}    \"\"\"{}\"\"\"\n{body}",
                one.name, one.docstring
            )
        });
        let functions = functions.collect::<Vec<_>>().join("\n\n");
        match class {
            Some(class) if self.continues => format!("class {class}({class}):\n{functions}"),
            Some(class) => format!("class {class}:\n{functions}"),
            None => functions,
        }
    }
}

/// What a student does beside answering.
pub(crate) fn worked_on(mut notebook: Notebook, edits: &[Edit]) -> Notebook {
    for (turn, (what, at, to)) in edits.iter().enumerate() {
        let cells = &mut notebook.cells;
        if cells.is_empty() {
            break;
        }
        let (at, to) = (at.index(cells.len()), to.index(cells.len()));
        match what % 8 {
            0 => cells.iter_mut().for_each(|cell| {
                cell.metadata.clear();
                cell.id = None;
            }),
            1 => cells.iter_mut().for_each(|cell| cell.id = None),
            2 => {
                cells.iter_mut().enumerate().for_each(|(at, cell)| cell.id = Some(format!("new{turn}-{at}")))
            }
            3 => retype(&mut cells[at]),
            4 => {
                // A text and what is below it, up to the next text.
                let start = (0..=at).rev().find(|&at| is_text(&cells[at])).unwrap_or(0);
                let end = (start + 1..cells.len()).find(|&at| is_text(&cells[at])).unwrap_or(cells.len());
                let group: Vec<_> = cells.drain(start..end).collect();
                cells.extend(group);
            }
            5 => cells.insert(to, Cell::new(CellKind::Code, format!("note{turn} = {to}"))),
            6 if cells[at].flag("grade") && !cells[at].flag("solution") => drop(cells.remove(at)),
            _ => {
                let cell = cells.remove(at);
                cells.insert(to, cell);
            }
        }
    }
    notebook
}

fn is_text(cell: &Cell) -> bool {
    cell.kind == CellKind::Markdown && cell.grade_id().is_none()
}

/// Typed again, without docstring, metadata and id.
fn retype(cell: &mut Cell) {
    if cell.flag("solution") && !cell.source.contains("YOUR ") {
        let lines: Vec<_> = cell.source.lines().filter(|line| !line.contains("\"\"\"")).collect();
        cell.source = lines.join("\n");
        cell.metadata.clear();
        cell.id = None;
    }
}
