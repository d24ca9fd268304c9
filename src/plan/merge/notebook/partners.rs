//! Which region of the course's cell is which of the base's: an answer must never move to another function, or another step of it.
//!
//! In: two cells, cut into their [`Parts`]. Out: for each region of the base its partner. The surest signs first; where the course has
//! more or fewer regions with the same sign, no one can tell which is which, and none of them is paired.

use std::collections::{BTreeMap, BTreeSet};

use super::likeness::{VERY_ALIKE, Words};
use super::parts::{Parts, indent, is_telling};

/// Where a region is.
struct Place<'a> {
    /// The function that it is in, with the classes and functions around that.
    function: Vec<&'a str>,
    /// The nearest line above it that says something.
    above: Option<&'a str>,
    /// What is said between the head of the function, or the region before, and this one.
    about: Words,
}

impl Place<'_> {
    /// Do both say something, and the same?
    fn is_about_the_same(&self, other: &Self) -> bool {
        self.about.likeness(&other.about) >= VERY_ALIKE
    }

    /// Do both say something, and each something else?
    fn is_about_another(&self, other: &Self) -> bool {
        self.about.count() > 0 && other.about.count() > 0 && !self.is_about_the_same(other)
    }
}

/// For each region of the base, the course's region of the same function and step.
pub(super) fn partners(base: &Parts<'_, '_>, course: &Parts<'_, '_>) -> Vec<Option<usize>> {
    let (mine, theirs) = (Places::of(base), Places::of(course));
    let mut pairs = Pairs { to: vec![None; mine.list.len()], taken: vec![false; theirs.list.len()] };
    pairs.add(&mine, &theirs, |place, _| Some((place.function.clone(), place.above)));
    pairs.add(&mine, &theirs, |place, _| Some(place.function.clone()));
    pairs.part_strangers(&mine, &theirs);
    pairs.add_renamed(&mine, &theirs);
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
            let mut about = Vec::new();
            for line in at..ends {
                above = parts.lines.get(line).copied().filter(|_| is_telling(parts.lines, line)).or(above);
                let text = parts.lines.get(line).copied().unwrap_or_default();
                if note(text, &mut around, &mut functions) {
                    about.clear();
                } else {
                    about.push(text);
                }
            }
            at = region.end;
            let depth = parts.indent(number);
            let inside = around.iter().filter(|&&(indent, _)| indent < depth);
            let function = inside.map(|&(_, name)| name).collect();
            list.push(Place { function, above, about: Words::of(&about.join("\n")) });
            above = None;
        }
        for line in parts.lines.get(at..).unwrap_or_default() {
            note(line, &mut around, &mut functions);
        }
        Self { list, functions }
    }
}

/// Enters the function or class that the line begins; says whether it does.
fn note<'a>(
    line: &'a str,
    around: &mut Vec<(usize, &'a str)>,
    functions: &mut BTreeSet<Vec<&'a str>>,
) -> bool {
    let Some(name) = defined(line) else { return false };
    let indent = indent(line);
    around.retain(|&(other, _)| other < indent);
    around.push((indent, name));
    functions.insert(around.iter().map(|&(_, name)| name).collect());
    true
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
                self.join(at, other);
            }
        }
    }

    fn join(&mut self, at: usize, other: usize) {
        if let (Some(to), Some(taken)) = (self.to.get_mut(at), self.taken.get_mut(other)) {
            (*to, *taken) = (Some(other), true);
        }
    }

    /// Parts two regions of one name, where the text says that they are not one: what the text of either says is in another function
    /// of the other side. No one can tell whether the names were exchanged or the texts.
    fn part_strangers(&mut self, mine: &Places<'_>, theirs: &Places<'_>) {
        let strangers: Vec<_> = self
            .to
            .iter()
            .enumerate()
            .filter_map(|(at, other)| Some((at, (*other)?, mine.list.get(at)?, theirs.list.get((*other)?)?)))
            .filter(|(_, _, place, partner)| {
                let elsewhere = |list: &[Place<'_>], place: &Place<'_>| {
                    list.iter()
                        .any(|other| other.function != place.function && other.is_about_the_same(place))
                };
                place.is_about_another(partner)
                    && (elsewhere(&theirs.list, place) || elsewhere(&mine.list, partner))
            })
            .map(|(at, other, _, _)| (at, other))
            .collect();
        for (at, other) in strangers {
            // The course's region stays taken, so that nothing else goes there.
            if let (Some(to), Some(taken)) = (self.to.get_mut(at), self.taken.get_mut(other)) {
                (*to, *taken) = (None, true);
            }
        }
    }

    /// Pairs regions whose functions, or the classes around these, only one side knows, where the text above says that they are one.
    fn add_renamed(&mut self, mine: &Places<'_>, theirs: &Places<'_>) {
        let free = |at: usize, place: &Place<'_>, others: &Places<'_>, is_free: bool| {
            (is_free && !others.functions.contains(&place.function)).then_some(at)
        };
        let old = mine.list.iter().enumerate();
        let old: Vec<_> =
            old.filter_map(|(at, place)| free(at, place, theirs, self.to.get(at) == Some(&None))).collect();
        let new = theirs.list.iter().enumerate();
        let new: Vec<_> =
            new.filter_map(|(at, place)| free(at, place, mine, self.taken.get(at) == Some(&false))).collect();
        let is_one = |at: usize, other: usize| match (mine.list.get(at), theirs.list.get(other)) {
            (Some(place), Some(other)) => place.is_about_the_same(other),
            _ => false,
        };
        for &at in &old {
            let fits: Vec<_> = new.iter().copied().filter(|&other| is_one(at, other)).collect();
            if let [other] = fits.as_slice()
                && old.iter().filter(|&&at| is_one(at, *other)).count() == 1
            {
                self.join(at, *other);
            }
        }
    }
}

#[cfg(test)]
#[path = "partners_tests.rs"]
mod tests;
