//! What speaks for two cells being the same cell: the names that they define, the question above them, their text, the test behind them.
//!
//! In: the cells of one side. Out: [`Side`], which was read once, and on [`Scales`] the [`Weight`] of any two cells. Labels (grade_id, id) say what a
//! cell is called, the other signs say what it is. Neither is right by itself: courses renumber their grade_ids, and they give the name
//! of one class to another exercise. So all signs are added up, and a sign that says nothing counts nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::defined::{Outline, definitions};
use super::likeness::{ALIKE, SAME, VERY_ALIKE, Words};
use super::pairing::Editor;
use super::parts::without_stubs;
use super::text_of;
use crate::notebook::{Cell, CellKind};
use crate::python::Definition;

/// The same name for both cells, by grade_id.
const SAME_GRADE_ID: i32 = 4;
/// The new name of a grade_id that the course renamed: a student who has it got it by an earlier merge.
const RENAMED_GRADE_ID: i32 = 2;
/// The same id. In the course's notebook it adds nothing to the same grade_id: tito makes the ids of graded cells of their grade_ids.
const SAME_ID: i32 = 2;
/// The same id in a student's notebook, with the same grade_id: no merge has renamed it there.
const UNTOUCHED: i32 = 4;
/// A cell whose type differs is rarely the same.
const OTHER_KIND: i32 = -3;
/// A question of fewer words is short.
const SHORT: usize = 10;
/// Fewer words than this tell nothing.
const TELLING: usize = 3;

/// A list of cells, with what matching asks of each.
pub(super) struct Side<'a> {
    pub(super) cells: &'a [Cell],
    pub(super) words: Vec<Words>,
    /// The functions, classes and methods that each cell defines.
    pub(super) definitions: Vec<Vec<Definition>>,
    /// Their names, those of methods without their class.
    pub(super) names: Vec<BTreeSet<String>>,
    /// The words of each graded cell that are not part of a stub.
    own: Vec<Words>,
    /// The words of each text, without its numbers.
    prose: Vec<Words>,
    /// The nearest text above each cell.
    question: Vec<Option<usize>>,
    /// The nearest test behind each cell that is before the next question.
    test: Vec<Option<usize>>,
}

/// What the graded cells of a side stand under, and what is behind them: a text that is there word for word is not another one.
#[derive(Default)]
pub(super) struct Asked<'a> {
    questions: BTreeSet<&'a Words>,
    tests: BTreeSet<&'a Words>,
    /// The cells that have a definition with the docstring.
    docstrings: BTreeMap<&'a str, BTreeSet<usize>>,
}

impl<'a> Side<'a> {
    pub(super) fn of(cells: &'a [Cell]) -> Self {
        let own = |cell: &Cell| match cell.grade_id() {
            Some(_) => Words::of(&without_stubs(&text_of(&cell.source))),
            None => Words::default(),
        };
        let prose = |cell: &Cell| match is_prose(cell) {
            true => Words::without_numbers(&cell.source),
            false => Words::default(),
        };
        let definitions: Vec<_> = cells.iter().map(definitions).collect();
        Self {
            cells,
            words: cells.iter().map(|cell| Words::of(&cell.source)).collect(),
            names: definitions.iter().map(|definitions| names(definitions)).collect(),
            definitions,
            own: cells.iter().map(own).collect(),
            prose: cells.iter().map(prose).collect(),
            question: questions(cells),
            test: tests(cells),
        }
    }

    /// What the side defines, name by name.
    pub(super) fn outline(&self) -> Outline {
        Outline::of(self.cells, &self.definitions)
    }

    /// The words of the question that a cell is under.
    pub(super) fn question(&self, at: usize) -> Option<&Words> {
        let asked = self.question.get(at).copied().flatten()?;
        self.prose.get(asked).filter(|words| words.count() > 0)
    }

    /// Where the question of a cell is.
    pub(super) fn question_at(&self, at: usize) -> Option<usize> {
        self.question.get(at).copied().flatten()
    }

    /// Is it an exercise that has nothing but a stub? Then an equal text elsewhere may be any other one.
    pub(super) fn is_blank_exercise(&self, at: usize) -> bool {
        self.cells.get(at).is_some_and(|cell| cell.flag("solution"))
            && self.own.get(at).is_some_and(|words| words.count() == 0)
    }

    /// What is asked on this side.
    pub(super) fn asked(&self) -> Asked<'_> {
        let mut asked = Asked::default();
        for (at, _) in self.cells.iter().enumerate().filter(|(_, cell)| cell.grade_id().is_some()) {
            asked.questions.extend(self.question(at));
            asked.tests.extend(self.test(at));
            for docstring in self.definitions.get(at).into_iter().flatten().filter_map(docstring) {
                asked.docstrings.entry(docstring).or_default().insert(at);
            }
        }
        asked
    }

    fn test(&self, at: usize) -> Option<&Words> {
        self.test.get(at).copied().flatten().and_then(|test| self.own.get(test))
    }
}

/// A docstring that says something.
fn docstring(definition: &Definition) -> Option<&str> {
    let text = definition.docstring.as_deref().map(str::trim);
    text.filter(|text| text.split_whitespace().take(TELLING).count() == TELLING)
}

fn is_prose(cell: &Cell) -> bool {
    cell.kind == CellKind::Markdown && !cell.flag("solution")
}

/// For each cell, the nearest text above it that is not an answer.
fn questions(cells: &[Cell]) -> Vec<Option<usize>> {
    let mut above = None;
    let questions = cells.iter().enumerate().map(|(at, cell)| {
        let question = above;
        above = if is_prose(cell) { Some(at) } else { above };
        question
    });
    questions.collect()
}

/// For each cell, the nearest test below it, if no other question is between.
fn tests(cells: &[Cell]) -> Vec<Option<usize>> {
    let mut below = None;
    let mut tests: Vec<_> = cells
        .iter()
        .enumerate()
        .rev()
        .map(|(at, cell)| {
            let test = below;
            if cell.flag("solution") {
                below = None;
            } else if cell.flag("grade") {
                below = Some(at);
            }
            test
        })
        .collect();
    tests.reverse();
    tests
}

fn names(definitions: &[Definition]) -> BTreeSet<String> {
    let own = |definition: &Definition| definition.name.rsplit('.').next().map(str::to_owned);
    definitions.iter().filter_map(own).collect()
}

/// What the grade_ids of two cells say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// They are the same.
    Same,
    /// One is the name that the course gave to the other.
    Renamed,
    /// Nothing.
    Other,
}

/// How much speaks for two cells being the same; what is below zero speaks against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    label: i32,
    kind: i32,
    names: i32,
    docstrings: i32,
    question: i32,
    text: i32,
    test: i32,
}

/// Two sides, and what is asked on each.
pub(super) struct Scales<'a> {
    before: &'a Side<'a>,
    after: &'a Side<'a>,
    asked: Asked<'a>,
    asks: Asked<'a>,
    editor: Editor,
}

impl<'a> Scales<'a> {
    pub(super) fn of(before: &'a Side<'a>, after: &'a Side<'a>, editor: Editor) -> Self {
        Self { before, after, asked: before.asked(), asks: after.asked(), editor }
    }

    /// Weighs two graded cells.
    pub(super) fn weigh(&self, at: usize, place: usize, label: Label) -> Weight {
        let Self { before, after, editor, .. } = *self;
        let grade_id = match label {
            Label::Same => SAME_GRADE_ID,
            Label::Renamed => RENAMED_GRADE_ID,
            Label::Other => 0,
        };
        let id = match (same_id(before, Some(at), after, Some(place)), label, editor) {
            (true, Label::Same, Editor::Student) => UNTOUCHED,
            (true, Label::Same, Editor::Course) | (false, _, _) => 0,
            (true, _, _) => SAME_ID,
        };
        let kind = |side: &Side<'_>, at: usize| side.cells.get(at).map(|cell| cell.kind);
        Weight {
            label: grade_id + id,
            kind: if kind(before, at) == kind(after, place) { 0 } else { OTHER_KIND },
            names: by_names(before.names.get(at), after.names.get(place), editor),
            docstrings: if self.is_said_elsewhere(at, place) { -2 } else { 0 },
            question: self.by_question(at, place),
            text: by_text(before.own.get(at), after.own.get(place), editor),
            test: self.by_test(at, place),
        }
    }

    /// Does the other cell define a name of this one with another docstring, while this docstring is in a third cell?
    fn is_said_elsewhere(&self, at: usize, place: usize) -> bool {
        let of = |side: &'a Side<'a>, at: usize| side.definitions.get(at).map_or(&[][..], Vec::as_slice);
        let theirs = of(self.after, place);
        of(self.before, at).iter().any(|mine| {
            let Some(text) = docstring(mine) else { return false };
            let differs = |other: &&Definition| other.name == mine.name && docstring(other) != Some(text);
            let elsewhere = self.asks.docstrings.get(text);
            theirs.iter().any(|other| differs(&other))
                && elsewhere.is_some_and(|cells| !cells.contains(&place))
        })
    }

    fn by_question(&self, at: usize, place: usize) -> i32 {
        let (before, after) = (self.before, self.after);
        let (Some(asked), Some(asks)) = (before.question(at), after.question(place)) else { return 0 };
        let likeness = asked.likeness(asks);
        let is_elsewhere =
            asked != asks && (self.asks.questions.contains(asked) || self.asked.questions.contains(asks));
        match likeness {
            _ if is_elsewhere => -2,
            SAME.. => 3,
            VERY_ALIKE.. => 1,
            ALIKE.. if asked.count().max(asks.count()) >= SHORT => 1,
            _ if same_id(before, before.question_at(at), after, after.question_at(place)) => 1,
            // Of a short text half may be what all headings have in common.
            ALIKE.. => -1,
            _ => -2,
        }
    }

    fn by_test(&self, at: usize, place: usize) -> i32 {
        let (Some(mine), Some(theirs)) = (self.before.test(at), self.after.test(place)) else { return 0 };
        if mine.count() < 2 || theirs.count() < 2 {
            return 0;
        }
        let is_elsewhere =
            mine != theirs && (self.asks.tests.contains(mine) || self.asked.tests.contains(theirs));
        match mine.likeness(theirs) {
            _ if is_elsewhere => -1,
            VERY_ALIKE.. => 1,
            ALIKE.. => 0,
            _ => -1,
        }
    }
}

fn same_id(before: &Side<'_>, at: Option<usize>, after: &Side<'_>, place: Option<usize>) -> bool {
    let (mine, theirs) = (at.and_then(|at| before.cells.get(at)), place.and_then(|at| after.cells.get(at)));
    matches!((mine, theirs), (Some(mine), Some(theirs)) if mine.id.is_some() && mine.id == theirs.id)
}

impl Weight {
    /// The sum of all signs.
    pub(super) fn sum(self) -> i32 {
        self.label + self.content()
    }

    /// The sum of all signs except for labels.
    pub(super) fn content(self) -> i32 {
        self.kind + self.names + self.docstrings + self.question + self.text + self.test
    }

    /// Does what the cells are agree with what they are called, or at least say nothing against it?
    pub(super) fn is_undisputed(self) -> bool {
        self.content() >= 2 && self.is_possible()
    }

    /// Do the label alone, and no other sign, say that they are the same?
    pub(super) fn is_label_alone(self) -> bool {
        self.names < 0 && self.question < 0 && self.text <= 0
    }

    /// Is it the same question, or the same text, or the same cell by its id? A name alone is too little: the course may have given it to
    /// another exercise.
    pub(super) fn is_backed(self) -> bool {
        self.question >= 3 || self.text >= 1 || self.label > 0
    }

    /// Do what the cells are called and what they are say different things?
    pub(super) fn disagrees(self) -> bool {
        self.content() < 0 || self.docstrings < 0
    }

    /// Neither the type, nor the names, nor what they say, nor the questions are others.
    pub(super) fn is_possible(self) -> bool {
        self.kind >= 0 && self.names >= 0 && self.docstrings >= 0 && self.question >= 0
    }
}

fn by_names(mine: Option<&BTreeSet<String>>, theirs: Option<&BTreeSet<String>>, editor: Editor) -> i32 {
    let (Some(mine), Some(theirs)) = (mine, theirs) else { return 0 };
    if mine.is_empty() || theirs.is_empty() {
        return 0;
    }
    let common = mine.intersection(theirs).count();
    // Students add functions of their own.
    let all = if editor == Editor::Student { 2 * mine.len() } else { mine.len() + theirs.len() };
    match 2000 * common / all {
        0 => -3,
        1..400 => 0,
        400..600 => 1,
        600..1000 => 2,
        _ => 3,
    }
}

fn by_text(mine: Option<&Words>, theirs: Option<&Words>, editor: Editor) -> i32 {
    let (Some(mine), Some(theirs)) = (mine, theirs) else { return 0 };
    if mine.count() < TELLING || theirs.count() < TELLING {
        return 0;
    }
    let likeness = if editor == Editor::Student { mine.share_in(theirs) } else { mine.likeness(theirs) };
    match likeness {
        1000 => 3,
        SAME.. => 2,
        VERY_ALIKE.. => 1,
        ALIKE.. => 0,
        250.. => -1,
        _ => -2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Weight =
        Weight { label: 0, kind: 0, names: 0, docstrings: 0, question: 0, text: 0, test: 0 };

    #[test]
    fn signs_that_say_nothing_exclude_nothing_and_back_nothing() {
        assert!(NOTHING.is_possible());
        assert!(!NOTHING.is_backed());
        assert!(!NOTHING.disagrees());
        assert!(!NOTHING.is_undisputed());
        assert!(!NOTHING.is_label_alone());
    }

    #[test]
    fn one_sign_against_it_makes_two_cells_impossible() {
        for against in [
            Weight { kind: OTHER_KIND, ..NOTHING },
            Weight { names: -1, ..NOTHING },
            Weight { docstrings: -2, ..NOTHING },
            Weight { question: -1, ..NOTHING },
        ] {
            assert!(!against.is_possible(), "{against:?}");
            let loud = Weight { label: 8, text: 9, ..against };
            assert!(!loud.is_undisputed(), "{loud:?}");
        }
        // The text and the test change with every fix.
        assert!(Weight { text: -2, test: -1, ..NOTHING }.is_possible());
    }

    #[test]
    fn the_same_question_or_the_same_text_or_any_label_backs_a_name() {
        for (weight, is_backed) in [
            (Weight { question: 3, ..NOTHING }, true),
            (Weight { question: 2, ..NOTHING }, false),
            (Weight { text: 1, ..NOTHING }, true),
            (Weight { label: 1, ..NOTHING }, true),
            (Weight { names: 3, test: 1, ..NOTHING }, false),
        ] {
            assert_eq!(weight.is_backed(), is_backed, "{weight:?}");
        }
    }

    #[test]
    fn what_cells_are_counts_beside_what_they_are_called() {
        let weight = Weight { label: 4, kind: -3, names: 3, docstrings: -2, question: 1, text: 2, test: 1 };
        assert_eq!(weight.content(), 2);
        assert_eq!(weight.sum(), 6);
        assert!(Weight { names: 2, ..NOTHING }.is_undisputed());
        assert!(!Weight { names: 1, ..NOTHING }.is_undisputed());
        assert!(Weight { docstrings: -2, names: 3, ..NOTHING }.disagrees());
        assert!(Weight { names: -1, label: 8, ..NOTHING }.disagrees());
    }

    /// An exercise and the test behind it.
    fn tested(test: &str) -> Vec<Cell> {
        let graded = |text: &str, flags: serde_json::Value| {
            let mut cell = Cell::new(CellKind::Code, text);
            cell.metadata.insert("nbgrader".to_owned(), flags);
            cell
        };
        vec![
            graded(
                "def f():\n    return 1\n",
                serde_json::json!({"grade_id": "f", "solution": true, "grade": false}),
            ),
            graded(test, serde_json::json!({"grade_id": "t", "solution": false, "grade": true})),
        ]
    }

    #[test]
    fn a_test_speaks_by_how_much_of_it_is_the_same() {
        let weigh = |before: &str, after: &str| {
            let (before, after) = (tested(before), tested(after));
            let (before, after) = (Side::of(&before), Side::of(&after));
            Scales::of(&before, &after, Editor::Course).weigh(0, 0, Label::Same).test
        };
        let test = "assert f() == 1 and g(two) == three and h(four) == five";
        assert_eq!(weigh(test, test), 1);
        assert_eq!(weigh(test, &test.replace("five", "six")), 1);
        assert_eq!(weigh(test, "raise SystemExit(other, words, only)"), -1);
        assert_eq!(weigh(test, "x"), 0);
    }

    #[test]
    fn a_label_is_alone_where_names_and_question_are_others_and_the_text_says_nothing() {
        let alone = Weight { label: 4, names: -3, question: -2, ..NOTHING };
        assert!(alone.is_label_alone());
        assert!(!Weight { text: 1, ..alone }.is_label_alone());
        assert!(!Weight { names: 0, ..alone }.is_label_alone());
        assert!(!Weight { question: 0, ..alone }.is_label_alone());
    }
}
