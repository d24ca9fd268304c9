//! The regions of a solution cell: which lines are the student's, and a merge that lets each have their own.
//!
//! In the base a region is a stub (`# YOUR CODE HERE`, `raise NotImplementedError()`; `YOUR ANSWER HERE` in text); in the student's cell
//! it is what the student made of that. What is between `BEGIN SOLUTION` and `END SOLUTION` was written by an author, and is merged
//! like any other text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::insertions::both_inserted;
use super::likeness::{ALIKE, Words};
use super::partners::partners;
use super::parts::{Parts, indent, is_failure, is_raise, is_stub, is_telling, parts_of, regions};
use super::sound::{Draft, First, sound_draft};
use crate::plan::merge::Three;
use crate::plan::merge::lines::{kept, merge_disjoint};

/// So many lines beside a region are looked at for edits of the course's, that long cells take bounded time.
const MOST_EDITED: usize = 500;

/// Merges a solution cell: outside the regions both sides' changes, in them the student's. `None`: lines collide, or what they give does not
/// hold together as code.
pub(super) fn merge_solution(texts: Three<&str>, is_code: bool) -> Option<String> {
    sound_draft(texts, is_code, |first| draft_of_solution(texts, first))
}

fn draft_of_solution(texts: Three<&str>, first: First) -> Option<Draft> {
    let lines = texts.map(|text| text.split('\n').collect::<Vec<_>>());
    let base = parts_of(&lines.base);
    if base.regions.is_empty() {
        return merge_plain(lines.as_ref().map(Vec::as_slice), first);
    }
    let student = Parts { lines: &lines.student, regions: answers(&base, &lines.student) };
    let course = Parts { lines: &lines.course, regions: stubs_of_course(&base, &lines.course) };
    let partners = partners(&base, &course);
    if two_answers(&base, &student, &course, &partners) {
        return None;
    }
    if has_it_already(&base, &course, &lines.student) {
        return Some(Draft { text: texts.student.to_owned(), mixes: false });
    }
    let fills = student.outside() == base.outside();
    let merged = if fills {
        fill_in(&base, &student, &course, &partners)
    } else {
        merge_around(&base, &student, &course, &partners, first)
    };
    match merged {
        Some(lines) => {
            let mixes = !fills || (0..base.regions.len()).any(|number| leaves_block(&base, &student, number));
            Some(Draft { text: lines.join("\n"), mixes })
        }
        None if base.regions.len() != course.regions.len() => {
            merge_by_line(&base, &student, &course, &partners, first)
        }
        None => None,
    }
}

/// Does an answer end the block that its stub is in, so that what the course has behind the stub may come into another block?
fn leaves_block(base: &Parts<'_, '_>, student: &Parts<'_, '_>, number: usize) -> bool {
    let depth = base.indent(number);
    let is_out = |line: &&str| !line.trim().is_empty() && indent(line) < depth;
    student.region(number).iter().any(is_out)
}

/// Did the course, too, put something else than a stub in the place of a region that the student filled?
fn two_answers(
    base: &Parts<'_, '_>,
    student: &Parts<'_, '_>,
    course: &Parts<'_, '_>,
    partners: &[Option<usize>],
) -> bool {
    partners.iter().enumerate().any(|(number, partner)| {
        let Some(partner) = *partner else { return false };
        let (answer, other) = (student.region(number), course.region(partner));
        answer != base.region(number) && answer != other && !other.iter().all(|line| says_nothing(line))
    })
}

/// Is it a line that a course leaves in the place of an answer?
fn says_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with('#')
        || is_stub(line)
        || is_raise(line)
        || is_failure(line)
        || ["pass", "...", "return", "return None"].contains(&line)
}

/// Is the student's cell the course's, with its regions filled in?
pub(super) fn has_all_but_answers(course: &str, student: &str) -> bool {
    let (course, student) = (course.split('\n').collect::<Vec<_>>(), student.split('\n').collect::<Vec<_>>());
    let course = parts_of(&course);
    has_it_already(&course, &course, &student)
}

/// Would a line merge leave every answer where its region went? Stubs are all alike, so lines may take one for another.
fn lines_agree(
    base: &Parts<'_, '_>,
    student: &Parts<'_, '_>,
    course: &Parts<'_, '_>,
    partners: &[Option<usize>],
) -> bool {
    let went = |at: usize, place: usize| {
        let number = base.region_at(at).filter(|&number| student.region(number) != base.region(number))?;
        Some((partners.get(number).copied().flatten(), course.region_at(place)?))
    };
    let mut moves = kept(base.lines, course.lines).into_iter().filter_map(|(at, place)| went(at, place));
    moves.all(|(partner, region)| partner == Some(region))
}

/// Does the student's cell have the course's change already, by an earlier merge or by hand? Then another merge would double it.
fn has_it_already(base: &Parts<'_, '_>, course: &Parts<'_, '_>, lines: &[&str]) -> bool {
    let student = Parts { lines, regions: answers(course, lines) };
    let gone = fewer(base.lines, course.lines);
    let is_there = |number: usize| student.region(number).iter().any(|line| gone.contains(line));
    student.outside() == course.outside() && !(0..student.regions.len()).any(is_there)
}

/// The lines of `before` that `after` has no more, or less often. (Blank lines and stubs say nothing by their number.)
fn fewer<'a>(before: &[&'a str], after: &[&'a str]) -> BTreeSet<&'a str> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for line in after {
        *left.entry(line).or_default() += 1;
    }
    let mut found = BTreeSet::new();
    for &line in before {
        let says = line.chars().any(char::is_alphanumeric) && !is_stub(line) && !is_raise(line);
        match left.get_mut(line) {
            Some(0) if says => drop(found.insert(line)),
            Some(count) => *count = count.saturating_sub(1),
            None => drop(found.insert(line)),
        }
    }
    found
}

/// Merges the lines of a cell in which no one owns any. `None`: lines collide, or what they give does not hold together as code.
pub(super) fn merge_shared(texts: Three<&str>, is_code: bool) -> Option<String> {
    sound_draft(texts, is_code, |first| draft_of_shared(texts, first))
}

fn draft_of_shared(texts: Three<&str>, first: First) -> Option<Draft> {
    let lines = texts.map(|text| text.split('\n').collect::<Vec<_>>());
    let base = parts_of(&lines.base);
    let student = Parts { lines: &lines.student, regions: answers(&base, &lines.student) };
    let course = Parts { lines: &lines.course, regions: stubs_of_course(&base, &lines.course) };
    merge_by_line(&base, &student, &course, &partners(&base, &course), first)
}

/// A line merge, unless it would take one stub for another.
fn merge_by_line(
    base: &Parts<'_, '_>,
    student: &Parts<'_, '_>,
    course: &Parts<'_, '_>,
    partners: &[Option<usize>],
    first: First,
) -> Option<Draft> {
    let lines = Three { base: base.lines, student: student.lines, course: course.lines };
    if lines_agree(base, student, course, partners) { merge_plain(lines, first) } else { None }
}

fn merge_outside<'a>(lines: Three<&[&'a str]>, first: First) -> Option<Vec<&'a str>> {
    merge_disjoint(lines, |course, student| {
        Some(match first {
            First::Course => both_inserted(course, student),
            First::Student => both_inserted(student, course),
        })
    })
}

fn merge_plain(lines: Three<&[&str]>, first: First) -> Option<Draft> {
    Some(Draft { text: merge_outside(lines, first)?.join("\n"), mixes: true })
}

/// For each line of the base, where it is in `lines`, if it is still there. Stubs are found at any indent.
fn still_there(base: &Parts<'_, '_>, lines: &[&str]) -> Vec<Option<usize>> {
    fn key<'a>(line: &&'a str) -> &'a str {
        if is_stub(line) || is_raise(line) { line.trim() } else { line.trim_end() }
    }
    let mine: Vec<_> = base.lines.iter().map(key).collect();
    let theirs: Vec<_> = lines.iter().map(key).collect();
    let mut places = vec![None; base.lines.len()];
    for (at, place) in kept(&mine, &theirs) {
        if let Some(slot) = places.get_mut(at) {
            *slot = Some(place);
        }
    }
    places
}

/// Where the base's regions are in the student's cell: from the last line of the course above to the first one below.
pub(super) fn answers(base: &Parts<'_, '_>, lines: &[&str]) -> Vec<Range<usize>> {
    split(base, lines, &still_there(base, lines))
}

/// Where they are in the course's cell: its own stubs; if it has none that we know, what is in their place.
fn stubs_of_course(base: &Parts<'_, '_>, lines: &[&str]) -> Vec<Range<usize>> {
    let own = regions(lines);
    if own.is_empty() { answers(base, lines) } else { own }
}

fn split(base: &Parts<'_, '_>, lines: &[&str], places: &[Option<usize>]) -> Vec<Range<usize>> {
    let place = |at: usize| places.get(at).copied().flatten();
    let anchors = Anchors::of(base, places);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (number, region) in base.regions.iter().enumerate() {
        let mut above = anchors.above.get(region.start).copied().unwrap_or(0);
        let mut below = anchors.below.get(region.end).copied().unwrap_or(base.lines.len());
        let mut low = above.checked_sub(1).and_then(place).map_or(0, |at| at + 1);
        low = low.max(found.last().map_or(0, |last| last.end));
        let mut high = place(below).unwrap_or(lines.len()).max(low);
        // Blank lines and brackets are not anchors by themselves, but go with the anchor that they are beside.
        while above < region.start && low < high && same_line(base.lines, above, lines, low) {
            (above, low) = (above + 1, low + 1);
        }
        while below > region.end && high > low && same_line(base.lines, below - 1, lines, high - 1) {
            (below, high) = (below - 1, high - 1);
        }
        // Lines of the course right beside the region that the student edited or deleted.
        let former = number.checked_sub(1).and_then(|former| base.regions.get(former));
        let above = above.max(former.map_or(0, |former| former.end));
        let below = below.min(base.regions.get(number + 1).map_or(below, |next| next.start));
        let lost_above = base.lines.get(above..region.start).unwrap_or_default();
        let lost_below = base.lines.get(region.end..below).unwrap_or_default();
        let stub = region.clone().filter_map(place).filter(|at| (low..high).contains(at));
        let first_stub = stub.min().unwrap_or(high);
        let gap = lines.get(low..first_stub).unwrap_or_default();
        let start = low + edited(lost_above.iter(), gap.iter());
        let gap = lines.get(start..high).unwrap_or_default();
        let end = high - edited(lost_below.iter().rev(), gap.iter().rev());
        found.push(start..end.max(start));
    }
    found
}

/// Where the nearest lines are that hold a region in its place: lines outside of regions that say something and are still there.
struct Anchors {
    /// For each line, the one behind the nearest anchor above it; the first if there is none.
    above: Vec<usize>,
    /// For each line, the nearest anchor from it on; the end if there is none.
    below: Vec<usize>,
}

impl Anchors {
    fn of(base: &Parts<'_, '_>, places: &[Option<usize>]) -> Self {
        let end = base.lines.len();
        let mut holds: Vec<bool> = (0..end)
            .map(|at| places.get(at).is_some_and(Option::is_some) && is_telling(base.lines, at))
            .collect();
        for region in &base.regions {
            holds.get_mut(region.clone()).unwrap_or_default().fill(false);
        }
        let mut above = vec![0];
        for (at, &holds) in holds.iter().enumerate() {
            above.push(if holds { at + 1 } else { above.last().copied().unwrap_or(0) });
        }
        let mut below = vec![end];
        for (at, &holds) in holds.iter().enumerate().rev() {
            below.push(if holds { at } else { below.last().copied().unwrap_or(end) });
        }
        below.reverse();
        Self { above, below }
    }
}

fn same_line(a: &[&str], at: usize, b: &[&str], place: usize) -> bool {
    a.get(at).map(|line| line.trim_end()) == b.get(place).map(|line| line.trim_end())
}

/// How many of `lines`, from the region's edge inwards, are edits of the `lost` ones.
fn edited<'a>(lost: impl Iterator<Item = &'a &'a str>, lines: impl Iterator<Item = &'a &'a str>) -> usize {
    let lost: Vec<_> = lost.take(MOST_EDITED).map(|line| Words::of(line)).collect();
    if lost.is_empty() {
        return 0;
    }
    let mut length = 0;
    let mut next = 0;
    for (count, line) in lines.take(MOST_EDITED).enumerate() {
        let words = Words::of(line);
        let rest = lost.get(next..).unwrap_or_default();
        if let Some(skip) = rest.iter().position(|old| old.likeness(&words) >= ALIKE) {
            (length, next) = (count + 1, next + skip + 1);
        }
    }
    length
}

/// The student changed nothing but regions: the course's cell, with the answers in it.
fn fill_in<'a>(
    base: &Parts<'a, '_>,
    student: &Parts<'a, '_>,
    course: &Parts<'a, '_>,
    partners: &[Option<usize>],
) -> Option<Vec<&'a str>> {
    let mut filling: Vec<Option<&[&str]>> = vec![None; course.regions.len()];
    for (number, partner) in partners.iter().enumerate() {
        let answer = student.region(number);
        if answer != base.region(number) {
            let partner = (*partner)?;
            // Moved to another depth, the answer would no longer parse.
            if base.indent(number) != course.indent(partner) {
                return None;
            }
            *filling.get_mut(partner)? = Some(answer);
        }
    }
    let mut lines = Vec::new();
    for (number, outside) in course.outside().into_iter().enumerate() {
        lines.extend_from_slice(outside);
        lines.extend_from_slice(filling.get(number).copied().flatten().unwrap_or(course.region(number)));
    }
    Some(lines)
}

/// Both changed lines around the regions: a line merge of each stretch between them.
fn merge_around<'a>(
    base: &Parts<'a, '_>,
    student: &Parts<'a, '_>,
    course: &Parts<'a, '_>,
    partners: &[Option<usize>],
    first: First,
) -> Option<Vec<&'a str>> {
    let in_order = partners.iter().enumerate().all(|(number, partner)| *partner == Some(number));
    if !in_order || base.regions.len() != course.regions.len() {
        return None;
    }
    let mut lines = Vec::new();
    let outsides = base.outside().into_iter().zip(student.outside()).zip(course.outside());
    for (number, ((base_lines, student_lines), course_lines)) in outsides.enumerate() {
        let sides = Three { base: base_lines, student: student_lines, course: course_lines };
        lines.extend(merge_outside(sides, first)?);
        let answered = student.region(number) != base.region(number);
        if answered && base.indent(number) != course.indent(number) {
            return None;
        }
        lines.extend_from_slice(if answered { student.region(number) } else { course.region(number) });
    }
    Some(lines)
}

#[cfg(test)]
#[path = "regions_tests.rs"]
mod tests;
