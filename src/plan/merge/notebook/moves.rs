//! Answers whose exercise the course has in another cell now: it split a cell, joined cells, or asks the question again.
//!
//! In: the merged cells. An answer goes where its function is now, if one answer and one place have the name and the text says that it is the same
//! exercise. The definitions are merged like small cells of their own; what is left of the cell that they leave is merged again without them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::Places;
use super::cells::{Merged, merge_cell};
use super::defined::{Outline, Site, answer, bindings, definitions, without_all};
use super::likeness::{ALIKE, SAME, VERY_ALIKE, Words};
use super::metadata;
use super::names::cell_name;
use super::parts::is_raise;
use super::regions::merge_solution;
use super::report::{Fate, OtherCell};
use super::signs::Side;
use super::sound::runnable;
use super::texts::unix;
use super::triples::SameCells;
use crate::notebook::Cell;
use crate::plan::merge::Three;
use crate::python::DefinitionKind;

/// All that a move is decided by.
pub(super) struct Exercises<'a> {
    sides: Three<&'a Side<'a>>,
    same: &'a SameCells,
    outlines: Three<Outline>,
}

/// An answer that goes from one merged cell to another.
struct Move {
    name: String,
    from: usize,
    to: usize,
    /// Where the definition is in the base's cell that it leaves, and in the student's.
    leaves: [Range<usize>; 2],
}

impl<'a> Exercises<'a> {
    /// `None`: no stub is left, so that there is none that an answer belongs to or that could hide one.
    pub(super) fn of(sides: Three<&'a Side<'a>>, same: &'a SameCells, merged: &[Merged]) -> Option<Self> {
        let is_stub = |cell: &Cell| cell.source.lines().any(is_raise);
        merged.iter().any(|merged| merged.cell.as_ref().is_some_and(is_stub)).then(|| Self {
            sides,
            same,
            outlines: sides.map(|side| side.outline()),
        })
    }

    /// What the merged cells define, in the given order.
    pub(super) fn outline(&self, merged: &[Merged], order: impl Iterator<Item = usize>) -> Outline {
        let mut outline = Outline::default();
        for number in order {
            let Some(cell) = merged.get(number).and_then(|merged| merged.cell.as_ref()) else { continue };
            let places = self.same.places.get(number);
            // Most cells are one side's, which was read before.
            let read = |side: &'a Side<'a>, at: Option<usize>| {
                let is_same = side.cells.get(at?)?.source == cell.source;
                side.definitions.get(at?).filter(|_| is_same)
            };
            let student = places.and_then(|places| read(self.sides.student, places.student));
            let course = || places.and_then(|places| read(self.sides.course, places.course));
            match student.or_else(course) {
                Some(definitions) => outline.add(number, cell, definitions),
                None => outline.add(number, cell, &definitions(cell)),
            }
        }
        outline
    }

    /// What the student answered, and where.
    pub(super) fn answers(&self) -> Vec<(&str, &Site)> {
        let Three { base, student, .. } = &self.outlines;
        student.names().filter_map(|name| Some((name, answer(student, base, name)?))).collect()
    }

    /// Where the student assigned or imported a name that the course asks for, if that is what the name was in the end and
    /// the course did not write it.
    pub(super) fn bound(&self, name: &str) -> Option<Site> {
        let Three { base, student, .. } = self.sides;
        let bound = |side: &Side<'_>| all_bindings(side, name);
        let place = |site: &Site| (site.cell, site.range.start);
        let last = bound(student).into_iter().next_back()?;
        let is_last = self.outlines.student.last(name).is_none_or(|site| place(site) < place(&last));
        let is_given = || bound(base).iter().any(|given| given.text == last.text);
        (is_last && !is_given()).then_some(last)
    }

    /// The student's cell and the course's of a merged one that has both, with what the student began with.
    pub(super) fn cells_of(&self, number: usize) -> Option<Three<&'a Cell>> {
        let places = self.same.places.get(number)?;
        let student = self.sides.student.cells.get(places.student?)?;
        let course = self.sides.course.cells.get(places.course?)?;
        let base = places.base.and_then(|at| self.sides.base.cells.get(at)).unwrap_or(student);
        Some(Three { base, student, course })
    }

    /// What to call a cell of the student's.
    pub(super) fn name_of_students(&self, at: usize) -> String {
        cell_name(self.sides.student.cells, at)
    }

    /// Brings each answer to its place, as far as that is sure. Out: from which merged cell one went to which.
    pub(super) fn bring_answers(&self, merged: &mut [Merged]) -> Vec<(usize, usize)> {
        let mut leaving: BTreeMap<usize, Vec<Move>> = BTreeMap::new();
        for name in self.out_of_place(merged) {
            if let Some(moved) = self.move_to_its_place(&name, &leaving, merged) {
                leaving.entry(moved.from).or_default().push(moved);
            }
        }
        for (&from, moves) in &leaving {
            self.merge_the_rest(from, moves, merged);
        }
        leaving.values().flatten().map(|moved| (moved.from, moved.to)).collect()
    }

    /// The answered names that are stubs in a cell in which the student does not have them; a class in place of its methods where it can
    /// go as a whole.
    fn out_of_place(&self, merged: &[Merged]) -> Vec<String> {
        let now = self.outline(merged, 0..merged.len());
        let mut found: Vec<String> = Vec::new();
        for (name, answered) in self.answers() {
            let is_stub = |site: &Site| site.stubs > answered.stubs && !self.student_defines(site.cell, name);
            if !now.sites(name).iter().any(is_stub) {
                continue;
            }
            let class = name.split_once('.').map(|(class, _)| class);
            let class = class.filter(|_| answered.kind == DefinitionKind::Method);
            let whole = class.filter(|class| self.places_of(class).is_some()).unwrap_or(name);
            let sides = [&self.outlines.base, &self.outlines.student, &self.outlines.course];
            let is_alone = whole == name && sides.iter().any(|outline| outline.has_parts(name));
            if !is_alone && !found.iter().any(|other| other == whole) {
                found.push(whole.to_owned());
            }
        }
        found
    }

    fn student_defines(&self, number: usize, name: &str) -> bool {
        let at = self.same.places.get(number).and_then(|places| places.student);
        at.is_some_and(|at| self.outlines.student.sites(name).iter().any(|site| site.cell == at))
    }

    /// The one place of the name on each side, the number of the merged cell that has the answer, and of the one where it belongs.
    fn places_of(&self, name: &str) -> Option<(Three<&Site>, usize, usize)> {
        let sites = Three {
            base: self.outlines.base.only(name)?,
            student: self.outlines.student.only(name)?,
            course: self.outlines.course.only(name)?,
        };
        let number = |is: &dyn Fn(&Places) -> bool| self.same.places.iter().position(is);
        let from = number(&|places| places.base == Some(sites.base.cell))?;
        let to = number(&|places| places.course == Some(sites.course.cell))?;
        let is_there =
            self.same.places.get(from).is_some_and(|places| places.student == Some(sites.student.cell));
        let is_sure =
            from != to && is_there && !self.same.doubts.contains(&from) && !self.student_defines(to, name);
        let one_kind = sites.base.kind == sites.student.kind && sites.base.kind == sites.course.kind;
        // In a condition or a `try` it is one of several, and without it nothing may be left there.
        let stands_alone = sites.base.is_direct
            && sites.student.is_direct
            && sites.course.is_direct
            && sites.student.depth == sites.course.depth
            && !self.has_another_value(name);
        (is_sure && one_kind && stands_alone && self.is_the_same_exercise(sites, from, to))
            .then_some((sites, from, to))
    }

    /// Does the student give the name a value in yet another way, by an import or an assignment?
    fn has_another_value(&self, name: &str) -> bool {
        let name = name.split('.').next().unwrap_or(name);
        let values = |side: &Side<'_>| all_bindings(side, name).len();
        values(self.sides.student) > values(self.sides.base)
    }

    /// Does the docstring say so, or, where there is none, the text of the question? A name alone is too little: the course may have given it to
    /// another exercise.
    fn is_the_same_exercise(&self, sites: Three<&Site>, from: usize, to: usize) -> bool {
        let docstring = |site: &Site| site.docstring.as_deref().map(Words::of);
        let Three { base, course, .. } = self.sides;
        let questions = base.question(sites.base.cell).zip(course.question(sites.course.cell));
        let agreement = questions.map(|(asked, asks)| asked.likeness(asks));
        if let (Some(mine), Some(theirs)) = (docstring(sites.base), docstring(sites.course)) {
            return match mine.likeness(&theirs) {
                VERY_ALIKE.. => true,
                ALIKE.. => agreement.is_some_and(|likeness| likeness >= SAME),
                _ => false,
            };
        }
        if self.may_be_renamed(sites, from) {
            return false;
        }
        // A cell that keeps its own question took the definition in.
        let host =
            self.same.places.get(to).and_then(|places| places.base).and_then(|host| base.question(host));
        let keeps = |(host, asks): (&Words, &Words)| host.likeness(asks) >= SAME;
        agreement.is_none_or(|likeness| likeness >= VERY_ALIKE)
            || host.zip(course.question(sites.course.cell)).is_some_and(keeps)
            || self.is_part_of_question(sites)
    }

    /// The course's version of the cell that the definition left has a name that the base's did not: that may be the same exercise.
    fn may_be_renamed(&self, sites: Three<&Site>, from: usize) -> bool {
        let names = |side: &'a Side<'a>, at: Option<usize>| at.and_then(|at| side.names.get(at));
        let course = self.same.places.get(from).and_then(|places| places.course);
        match (names(self.sides.base, Some(sites.base.cell)), names(self.sides.course, course)) {
            (Some(before), Some(now)) => !now.is_subset(before),
            _ => false,
        }
    }

    /// The old question is still there, and the text above the new cell is an addition.
    fn is_part_of_question(&self, sites: Three<&Site>) -> bool {
        let Three { base, course, .. } = self.sides;
        let (old, new) = (base.question_at(sites.base.cell), course.question_at(sites.course.cell));
        let places = &self.same.places;
        let stays = places.iter().any(|places| places.base == old && places.course.is_some());
        let is_new = places.iter().any(|places| places.course == new && places.base.is_none());
        stays && is_new
    }

    /// Puts the answer where the course has the stub. `None`: lines collide, or one of the two cells would not run; then nothing is changed.
    fn move_to_its_place(
        &self,
        name: &str,
        leaving: &BTreeMap<usize, Vec<Move>>,
        merged: &mut [Merged],
    ) -> Option<Move> {
        let (sites, from, to) = self.places_of(name)?;
        let others = leaving.get(&from).into_iter().flatten().filter_map(|moved| moved.leaves.get(1));
        let of_student = unix(&self.sides.student.cells.get(sites.student.cell)?.source);
        runnable(&without_all(&of_student, others.chain([&sites.student.range]).collect()))?;
        // If the cell does not define it any more, the answer went along when the course renamed the exercise.
        let left = Outline::of_cell(from, merged.get(from)?.cell.as_ref()?);
        left.only(name).filter(|site| site.all_stubs <= sites.student.all_stubs)?;
        let target = merged.get_mut(to)?;
        let cell = target.cell.as_mut()?;
        let text = unix(&cell.source).into_owned();
        let now = Outline::of_cell(to, cell);
        let site = now.only(name).filter(|site| site.all_stubs > sites.student.all_stubs)?;
        let texts = Three {
            base: sites.base.text.as_str(),
            student: &sites.student.text,
            course: text.get(site.range.clone())?,
        };
        let answer = merge_solution(texts, true)?;
        let filled = format!("{}{answer}{}", text.get(..site.range.start)?, text.get(site.range.end..)?);
        if runnable(&filled).is_none() && runnable(&text).is_some() {
            return None;
        }
        cell.source = filled;
        cell.outputs = Arc::default();
        cell.execution_count = Value::Null;
        metadata::forget_run(&mut cell.metadata);
        target.report.fate = if target.report.fate == Fate::Offered { Fate::Offered } else { Fate::Both };
        target.report.answer_moves = true;
        let leaves = [sites.base.range.clone(), sites.student.range.clone()];
        Some(Move { name: name.to_owned(), from, to, leaves })
    }

    /// Merges a cell without the definitions that left it.
    fn merge_the_rest(&self, from: usize, moves: &[Move], merged: &mut [Merged]) {
        let Some(&places) = self.same.places.get(from) else { return };
        let cells = self.sides.map(|side| side.cells);
        let (mut base, mut student) = (cells.base.to_vec(), cells.student.to_vec());
        for (side, at, which) in [(&mut base, places.base, 0), (&mut student, places.student, 1)] {
            let Some(cell) = at.and_then(|at| side.get_mut(at)) else { return };
            let ranges = moves.iter().filter_map(|moved| moved.leaves.get(which)).collect();
            // What was run is not what is left.
            cell.outputs = Arc::default();
            cell.execution_count = Value::Null;
            cell.source = without_all(&unix(&cell.source), ranges);
        }
        let rest = Three { base: base.as_slice(), student: &student, course: cells.course };
        let rest = merge_cell(rest, places, false);
        let to = moves
            .first()
            .and_then(|moved| Some((merged.get(moved.to)?.report.name.clone(), moved.name.clone())));
        if let Some(slot) = merged.get_mut(from) {
            *slot = rest;
            slot.report.answer_moves = true;
            if slot.cell.is_none() {
                slot.report.fate = Fate::AnswerMoved;
                slot.report.others.extend(to.map(|(cell, name)| OtherCell { cell, name }));
            }
        }
    }
}

/// Where the side's cells assign or import the name.
fn all_bindings(side: &Side<'_>, name: &str) -> Vec<Site> {
    side.cells.iter().enumerate().flat_map(|(at, cell)| bindings(at, cell, name)).collect()
}
