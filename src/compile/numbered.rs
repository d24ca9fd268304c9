//! Files whose name bears the number of their unit: `02_layers/02_layers.py`, `test_02_layers.py`. The number is presentation: it is
//! the one that the unit has in this course, and no part of the file's identity.

use std::ops::Range;

use super::Unit;
use super::item::Item;

/// Gives the files of one folder of the base the number that their unit has in this course. `folder` is the folder in the base.
pub(super) fn follow(items: &mut [Item], folder: &str, unit: &Unit) {
    let folder = folder.rsplit('/').next().unwrap_or(folder);
    let lone = lone(items, folder);
    for at in 0..items.len() {
        let rest = &items[at].rest;
        let start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let found = find(&rest[start..], folder, unit.id.as_str())
            .or_else(|| leading(&rest[start..]).filter(|_| lone == Some(at)));
        let Some(found) = found else { continue };
        let (rest, number) = renumbered(rest, start, &found, &unit.number);
        let plain = without(&rest, Some(number.clone()));
        // Two files that differ by the number alone keep it.
        if items.iter().any(|other| stem(&other.rest) == stem(&plain)) {
            continue;
        }
        items[at].rest = rest;
        items[at].number = Some(number);
    }
}

/// `rest` without the part of it that is the number of its unit.
pub(super) fn without(rest: &str, number: Option<Range<usize>>) -> String {
    let mut plain = rest.to_owned();
    if let Some(number) = number.filter(|number| plain.get(number.clone()).is_some()) {
        plain.replace_range(number, "");
    }
    plain
}

/// `name`, a path below the folder of `unit`, without a number that is right before the unit's own name or begins the file's name.
pub(super) fn bare(name: &str, unit: &str) -> String {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    let found = find(&name[start..], unit, unit).or_else(|| leading(&name[start..]));
    without(name, found.map(|found| start + found.digits.start..start + found.end))
}

/// A number in a name: its digits, and with them what separates it from what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    digits: Range<usize>,
    end: usize,
}

/// The number that is right before the unit's own name in `name`: the one that the folder has, where the folder has one.
fn find(name: &str, folder: &str, unit: &str) -> Option<Found> {
    let of_folder = leading(folder);
    let folder_word = of_folder.as_ref().map_or(folder, |number| &folder[number.end..]);
    numbers(name).find(|found| {
        let after = &name[found.end..];
        let same = of_folder
            .as_ref()
            .is_none_or(|of| value(&folder[of.digits.clone()]) == value(&name[found.digits.clone()]));
        same && [unit, folder_word].iter().any(|word| begins_with_word(after, word))
    })
}

/// The one file right in the folder whose name starts with a number, where that is the folder's.
fn lone(items: &[Item], folder: &str) -> Option<usize> {
    let number = |name: &str| leading(name).and_then(|found| value(&name[found.digits]));
    let of_folder = number(folder)?;
    let mut with = items.iter().enumerate().filter(|(_, item)| number(&item.rest).is_some());
    let (at, item) = with.next()?;
    (with.next().is_none() && !item.rest.contains('/') && number(&item.rest) == Some(of_folder)).then_some(at)
}

fn leading(name: &str) -> Option<Found> {
    numbers(name).next().filter(|found| found.digits.start == 0)
}

/// Every number in `name` that begins a word and is separated from the next one.
fn numbers(name: &str) -> impl Iterator<Item = Found> + '_ {
    let bytes = name.as_bytes();
    let starts = (0..bytes.len())
        .filter(move |&at| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric()));
    starts.filter_map(move |start| {
        let end = start + bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let separator = bytes.get(end).is_some_and(|byte| matches!(byte, b'_' | b'-' | b' '));
        separator.then_some(Found { digits: start..end, end: end + 1 })
    })
}

/// Does `text` start with `word`, whatever joins its parts, as a word of its own?
fn begins_with_word(text: &str, word: &str) -> bool {
    let same =
        |a: u8, b: u8| a.eq_ignore_ascii_case(&b) || (matches!(a, b'_' | b'-') && matches!(b, b'_' | b'-'));
    let (text, word) = (text.as_bytes(), word.as_bytes());
    !word.is_empty()
        && text.len() >= word.len()
        && text.iter().zip(word).all(|(a, b)| same(*a, *b))
        && text.get(word.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

fn value(digits: &str) -> Option<u64> {
    digits.parse().ok()
}

/// `rest` with `number` in place of what was found in its name, and where that is. A number that is the same stays as it is written.
fn renumbered(rest: &str, start: usize, found: &Found, number: &str) -> (String, Range<usize>) {
    let digits = start + found.digits.start..start + found.digits.end;
    let written = &rest[digits.clone()];
    let new = if number.is_empty() || value(written) == value(number) { written } else { number };
    let mut text = rest.to_owned();
    text.replace_range(digits.clone(), new);
    (text, digits.start..digits.start + new.len() + (found.end - found.digits.end))
}

/// A name without the endings that rendering changes.
fn stem(rest: &str) -> (&str, &str) {
    let rest = rest.strip_suffix(".j2").unwrap_or(rest);
    match rest.strip_suffix(".py").or(rest.strip_suffix(".ipynb")) {
        Some(stem) => (stem, "notebook"),
        None => (rest, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Mode, UnitKind};
    use crate::source::Source;
    use crate::world::Root;

    fn item(rest: &str) -> Item {
        Item {
            unit: Some(0),
            kind: "module",
            dir: None,
            rest: rest.to_owned(),
            number: None,
            given: None,
            root: Root::Bundled,
            path: rest.to_owned(),
            executable: false,
            shown: rest.to_owned(),
            span: Source::new("x", "").line(1),
        }
    }

    /// The files of `folder` in a course where the unit has `number`: path and identity.
    fn placed(folder: &str, unit: &str, number: &str, files: &[&str]) -> Vec<(String, String)> {
        let unit = Unit {
            id: unit.parse().unwrap(),
            kind: UnitKind::Module,
            number: number.to_owned(),
            title: String::new(),
            dir: None,
            tests: None,
            mode: Mode::Do,
            optional: false,
            hours: None,
            dates: Default::default(),
            requires: Vec::new(),
        };
        let mut items: Vec<Item> = files.iter().map(|file| item(file)).collect();
        follow(&mut items, folder, &unit);
        items.into_iter().map(|item| (item.rest.clone(), without(&item.rest, item.number))).collect()
    }

    fn one(folder: &str, unit: &str, file: &str) -> (String, String) {
        placed(folder, unit, "02", &[file]).remove(0)
    }

    #[test]
    fn the_number_of_a_file_is_that_of_its_unit() {
        for (folder, unit, file, path, identity) in [
            ("src/03_layers", "layers", "03_layers.py", "02_layers.py", "layers.py"),
            ("tests/03_layers", "layers", "test_03_layers.py", "test_02_layers.py", "test_layers.py"),
            ("src/3-layers", "layers", "sub/3-layers.md", "sub/02-layers.md", "sub/layers.md"),
            (
                "src/03_neural-nets",
                "nn",
                "03_neural_nets_dev.py",
                "02_neural_nets_dev.py",
                "neural_nets_dev.py",
            ),
            ("src/layers", "layers", "07_layers.py.j2", "02_layers.py.j2", "layers.py.j2"),
            ("src/03_x", "layers", "03_work.py", "02_work.py", "work.py"),
            ("src/2_layers", "layers", "2_layers.py", "2_layers.py", "layers.py"),
        ] {
            assert_eq!(one(folder, unit, file), (path.to_owned(), identity.to_owned()), "{folder}/{file}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for (folder, unit, file) in [
            ("src/03_layers", "layers", "04_layers.py"),
            ("src/03_layers", "layers", "layers_03.py"),
            ("src/03_layers", "layers", "v03_layers.py"),
            ("src/03_layers", "layers", "test_03_layerspan.py"),
            ("src/layers", "layers", "1957_rosenblatt.py"),
            ("src/03_layers", "layers", "3d.py"),
        ] {
            assert_eq!(one(folder, unit, file), (file.to_owned(), file.to_owned()), "{folder}/{file}");
        }
        let parts = placed("src/02_x", "x", "05", &["01_intro.py", "02_forward.py"]);
        assert!(parts.iter().all(|(path, identity)| path == identity && path.starts_with('0')), "{parts:?}");
        assert_eq!(parts[1].0, "02_forward.py");
    }

    #[test]
    fn two_files_that_differ_by_the_number_alone_are_two() {
        let both = placed("src/03_layers", "layers", "02", &["03_layers.py", "layers.ipynb"]);
        assert_eq!(
            both.iter().map(|(_, identity)| identity.as_str()).collect::<Vec<_>>(),
            ["03_layers.py", "layers.ipynb"]
        );
    }
}
