//! Which region of the course's cell is which of the base's: an answer must never move to another function, or another step of it.
//!
//! In: two cells, cut into their [`Parts`]. Out: for each region of the base its partner. The surest signs first; where the course has
//! more or fewer regions with the same sign, nobody can tell which is which, and none of them is paired.

use std::collections::{BTreeMap, BTreeSet};

use super::regions::{Parts, is_telling};

/// Where a region stands.
struct Place<'a> {
    /// The function that it is in, with the classes and functions around that.
    function: Vec<&'a str>,
    /// The nearest line above it that says something.
    above: Option<&'a str>,
}

/// For each region of the base, the course's region of the same function and step.
pub(super) fn partners(base: &Parts<'_, '_>, course: &Parts<'_, '_>) -> Vec<Option<usize>> {
    let (mine, theirs) = (Places::of(base), Places::of(course));
    let mut pairs = Pairs { to: vec![None; mine.list.len()], taken: vec![false; theirs.list.len()] };
    pairs.add(&mine, &theirs, |place, _| Some((place.function.clone(), place.above)));
    pairs.add(&mine, &theirs, |place, _| Some(place.function.clone()));
    // A function that the other side knows as well was not renamed.
    pairs.add(&mine, &theirs, |place, others| (!others.functions.contains(&place.function)).then_some(()));
    pairs.to
}

/// The places of all regions, and all functions that the cell has.
struct Places<'a> {
    list: Vec<Place<'a>>,
    functions: BTreeSet<Vec<&'a str>>,
}

impl<'a> Places<'a> {
    fn of(parts: &Parts<'a, '_>) -> Self {
        let mut around: Vec<(usize, &str)> = Vec::new();
        let mut functions = BTreeSet::new();
        let mut list = Vec::with_capacity(parts.regions.len());
        let (mut above, mut at) = (None, 0);
        for (number, region) in parts.regions.iter().enumerate() {
            let ends = region.start.max(at);
            for line in at..ends {
                above = parts.lines.get(line).copied().filter(|_| is_telling(parts.lines, line)).or(above);
                note(parts.lines.get(line).copied().unwrap_or_default(), &mut around, &mut functions);
            }
            at = region.end;
            let depth = parts.indent(number);
            let inside = around.iter().filter(|&&(indent, _)| indent < depth);
            list.push(Place { function: inside.map(|&(_, name)| name).collect(), above });
            above = None;
        }
        for line in parts.lines.get(at..).unwrap_or_default() {
            note(line, &mut around, &mut functions);
        }
        Self { list, functions }
    }
}

/// Enters the function or class that the line begins, if it does.
fn note<'a>(line: &'a str, around: &mut Vec<(usize, &'a str)>, functions: &mut BTreeSet<Vec<&'a str>>) {
    if let Some(name) = defined(line) {
        let indent = line.len() - line.trim_start().len();
        around.retain(|&(other, _)| other < indent);
        around.push((indent, name));
        functions.insert(around.iter().map(|&(_, name)| name).collect());
    }
}

/// The name that a `def` or `class` line defines.
fn defined(line: &str) -> Option<&str> {
    let rest = line.trim_start();
    let rest = rest.strip_prefix("async ").unwrap_or(rest);
    let rest = rest.strip_prefix("def ").or(rest.strip_prefix("class "))?;
    rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
}

struct Pairs {
    to: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Pairs {
    /// Pairs, in order, the regions that have no partner yet and share a sign, where both sides have as many of them.
    fn add<'a, S: Ord>(
        &mut self,
        mine: &Places<'a>,
        theirs: &Places<'a>,
        sign: impl Fn(&Place<'a>, &Places<'a>) -> Option<S>,
    ) {
        let mut groups: BTreeMap<S, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (at, place) in mine.list.iter().enumerate().filter(|&(at, _)| self.to.get(at) == Some(&None)) {
            if let Some(sign) = sign(place, theirs) {
                groups.entry(sign).or_default().0.push(at);
            }
        }
        for (at, place) in
            theirs.list.iter().enumerate().filter(|&(at, _)| self.taken.get(at) == Some(&false))
        {
            if let Some(sign) = sign(place, mine) {
                groups.entry(sign).or_default().1.push(at);
            }
        }
        for (mine, theirs) in groups.into_values().filter(|(mine, theirs)| mine.len() == theirs.len()) {
            for (at, other) in mine.into_iter().zip(theirs) {
                if let (Some(to), Some(taken)) = (self.to.get_mut(at), self.taken.get_mut(other)) {
                    (*to, *taken) = (Some(other), true);
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "partners_tests.rs"]
mod tests;
