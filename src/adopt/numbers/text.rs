//! Where a line names a unit by its number: `Module 09`, `03_layers`.

use std::ops::Range;

use super::super::names::{number_of, without_number};

/// A unit as texts may name it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Its number: that of its folder, else its place in the catalog.
    pub(super) number: u64,
    /// Does its folder have the number?
    pub(super) is_numbered: bool,
    /// What its folder is called without a number, and its id, with `_` and in lower case.
    pub(super) words: Vec<String>,
}

impl Named {
    /// The unit with the id `id`, whose folder is called `folder`; it is number `place` of the catalog.
    pub(super) fn new(id: &str, folder: &str, place: u64) -> Self {
        let number = number_of(folder);
        let mut words = vec![plain(id), plain(without_number(folder))];
        words.dedup();
        Self { number: number.unwrap_or(place), is_numbered: number.is_some(), words }
    }
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', ' '], "_")
}

/// `Module 09`: a word for units, and a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) range: Range<usize>,
    /// Is it `milestone`?
    pub(super) of_milestone: bool,
    pub(super) number: u64,
}

/// The numbers behind `module` or `milestone` in `line`; of `modules 3, 4 and 7` all three.
pub(super) fn numbers(line: &str) -> Vec<Number> {
    let lower = line.to_ascii_lowercase();
    let mut found = Vec::new();
    for (word, of_milestone) in [("module", false), ("milestone", true)] {
        for (start, _) in lower.match_indices(word) {
            let is_word = !lower[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
            let behind = start + word.len();
            let behind = behind + usize::from(lower[behind..].starts_with('s'));
            let Some(mut rest) = lower[behind..].strip_prefix(' ').filter(|_| is_word) else { continue };
            rest = rest.trim_start_matches([' ', '#']);
            let mut from = start;
            while let Some((number, digits)) = leading(rest) {
                let at = lower.len() - rest.len();
                found.push(Number { range: from..at + digits, of_milestone, number });
                let Some(next) = after_separator(&rest[digits..]) else { break };
                rest = next;
                from = lower.len() - rest.len();
            }
        }
    }
    found.sort_by_key(|one| one.range.start);
    found
}

/// The number that begins `text`, and its length. `3.5`, `3d` and `2024` are not numbers of units.
fn leading(text: &str) -> Option<(u64, usize)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let behind = text.get(digits..)?;
    let goes_on = behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '%'))
        || behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if digits > 3 || goes_on { None } else { Some((text.get(..digits)?.parse().ok()?, digits)) }
}

/// What is behind `, `, `-` or ` and `, where another number follows.
fn after_separator(text: &str) -> Option<&str> {
    const BETWEEN: [&str; 8] = [", and ", ", ", " and ", " or ", " to ", "–", "-", " & "];
    let rest = BETWEEN.iter().find_map(|between| text.strip_prefix(between))?;
    rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest)
}

/// The numbered folders and files of `units` that `line` names, each with the index of its unit: `03_layers`, `test_03_layers`.
pub(super) fn folders(line: &str, units: &[Named]) -> Vec<(Range<usize>, usize)> {
    let mut found = Vec::new();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut at = 0;
    for token in line.split_inclusive(|c: char| !is_part(c)) {
        let name = token.trim_end_matches(|c: char| !is_part(c));
        let bare = name.strip_prefix("test_").unwrap_or(name);
        if let Some(unit) = units.iter().position(|unit| is_of(bare, unit)) {
            found.push((at..at + name.len(), unit));
        }
        at += token.len();
    }
    found
}

/// Is `name` a number and the name of `unit`?
fn is_of(name: &str, unit: &Named) -> bool {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Some(number) = number_of(name).filter(|_| (1..=3).contains(&digits)) else { return false };
    let Some(rest) = name.get(digits..).and_then(|rest| rest.strip_prefix(['_', '-'])) else { return false };
    let rest = plain(rest);
    let is_named = unit.words.iter().any(|word| {
        rest.strip_prefix(word.as_str()).is_some_and(|more| more.is_empty() || more.starts_with('_'))
    });
    is_named && (number == unit.number || !unit.is_numbered) && (digits > 1 || unit.is_numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Vec<(&str, u64)> {
        numbers(line).into_iter().map(|found| (&line[found.range], found.number)).collect()
    }

    #[test]
    fn words_with_numbers() {
        assert_eq!(said("# Module 09: Layers, as in module 3."), [("Module 09", 9), ("module 3", 3)]);
        assert_eq!(
            said("Modules 01-03 and milestone #2"),
            [("Modules 01", 1), ("03", 3), ("milestone #2", 2)]
        );
        assert_eq!(said("modules 3, 4 and 7 é"), [("modules 3", 3), ("4", 4), ("7", 7)]);
        for none in [
            "module 3.5",
            "modules 2024",
            "nn.module 3",
            "module_3",
            "a module 3d",
            "module",
            "modules three",
        ] {
            assert_eq!(said(none), [], "{none}");
        }
    }

    #[test]
    fn names_with_numbers() {
        let units = [Named::new("layers", "03_layers", 2), Named::new("mean-shift", "mean-shift", 4)];
        let said = |line: &'static str| {
            folders(line, &units).into_iter().map(|(range, unit)| (&line[range], unit)).collect::<Vec<_>>()
        };
        assert_eq!(said("see ../03_layers/03_layers.py"), [("03_layers", 0), ("03_layers", 0)]);
        assert_eq!(
            said("test_03_layers.py and 04_mean-shift é"),
            [("test_03_layers", 0), ("04_mean-shift", 1)]
        );
        assert_eq!(said("import_module('modules.03_layers_dev')"), [("03_layers_dev", 0)]);
        for none in [
            "02_layers",
            "layers_03",
            "hidden_3_layers = 03",
            "03_layerspan",
            "1957_mean-shift",
            "4_mean-shift",
        ] {
            assert_eq!(folders(none, &units), [], "{none}");
        }
    }
}
