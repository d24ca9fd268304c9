//! Which cell of a notebook defines a name, and whether it is a stub there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::parts::is_raise;
use super::texts::unix;
use crate::notebook::{Cell, CellKind};
use crate::python::{Code, Definition, DefinitionKind, Dialect, Where};

/// A function, class or method at its place.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The number of the cell.
    pub(super) cell: usize,
    /// The statement with the comments behind it that belong to it, in bytes of the cell's text with `\n` line ends.
    pub(super) range: Range<usize>,
    /// Its text.
    pub(super) text: String,
    /// Its indentation, in bytes.
    pub(super) depth: usize,
    /// Does it stand right in the body of the module, or of a class that does? Only then the cell may be left without it.
    pub(super) is_direct: bool,
    /// What it is.
    pub(super) kind: DefinitionKind,
    /// What its docstring says.
    pub(super) docstring: Option<String>,
    /// How many of its lines still raise `NotImplementedError`; of a class, those outside of its methods.
    pub(super) stubs: usize,
    /// The same, with the methods.
    pub(super) all_stubs: usize,
}

/// All names that cells define, each with its places, in the order of the cells.
#[derive(Debug, Default)]
pub(super) struct Outline {
    sites: BTreeMap<String, Vec<Site>>,
}

impl Outline {
    /// What cells define; `definitions` has those of each.
    pub(super) fn of(cells: &[Cell], definitions: &[Vec<Definition>]) -> Self {
        let mut outline = Self::default();
        for (number, (cell, definitions)) in cells.iter().zip(definitions).enumerate() {
            outline.add(number, cell, definitions);
        }
        outline
    }

    /// What one cell defines.
    pub(super) fn of_cell(number: usize, cell: &Cell) -> Self {
        let mut outline = Self::default();
        outline.add(number, cell, &definitions(cell));
        outline
    }

    /// Adds a cell behind those that are there.
    pub(super) fn add(&mut self, number: usize, cell: &Cell, definitions: &[Definition]) {
        let text = unix(&cell.source);
        for definition in definitions {
            let site = site(number, &text, definition, definitions);
            self.sites.entry(definition.name.clone()).or_default().push(site);
        }
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.sites.keys().map(String::as_str)
    }

    /// Where a name is defined.
    pub(super) fn sites(&self, name: &str) -> &[Site] {
        self.sites.get(name).map_or(&[], Vec::as_slice)
    }

    /// The definition of the name, if there is exactly one.
    pub(super) fn only(&self, name: &str) -> Option<&Site> {
        match self.sites(name) {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The definition that holds after all cells were run.
    pub(super) fn last(&self, name: &str) -> Option<&Site> {
        self.sites(name).last()
    }
}

/// The functions, classes and methods of a cell, as far as it is Python; their ranges count bytes of the text with `\n` line ends.
pub(super) fn definitions(cell: &Cell) -> Vec<Definition> {
    if cell.kind != CellKind::Code || !(cell.source.contains("def ") || cell.source.contains("class ")) {
        return Vec::new();
    }
    let mut found = Code::of(&unix(&cell.source), Dialect::IPython).definitions();
    found.retain(|definition| definition.kind != DefinitionKind::Variable);
    found
}

fn site(cell: usize, text: &str, definition: &Definition, all: &[Definition]) -> Site {
    let count = |range: &Range<usize>| {
        text.get(range.clone()).unwrap_or_default().lines().filter(|line| is_raise(line)).count()
    };
    let all_stubs = count(&definition.range);
    let prefix = format!("{}.", definition.name);
    let is_own = |other: &&Definition| {
        other.name.strip_prefix(&prefix).is_some_and(|name| !name.contains('.'))
            && definition.range.start <= other.range.start
            && other.range.end <= definition.range.end
    };
    let of_methods: usize = match definition.kind {
        DefinitionKind::Class => all.iter().filter(is_own).map(|method| count(&method.range)).sum(),
        _ => 0,
    };
    let docstring = definition.docstring.clone();
    let stubs = all_stubs.saturating_sub(of_methods);
    let range = definition.range.start..end_with_comments(text, &definition.range);
    let depth = depth(text, range.start);
    let is_direct = definition.is_direct;
    let written = text.get(range.clone()).unwrap_or_default().to_owned();
    Site { cell, range, text: written, depth, is_direct, kind: definition.kind, docstring, stubs, all_stubs }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// How deep the line of the byte `at` is indented.
fn depth(text: &str, at: usize) -> usize {
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(line..).and_then(|rest| rest.lines().next()).map_or(0, indent)
}

/// How often code gives a value to the name otherwise than by a definition: by an import or an assignment.
pub(super) fn other_values(cells: &[Cell], name: &str) -> usize {
    let may = |cell: &&Cell| {
        let is_there = |sign: &str| cell.source.contains(sign);
        cell.kind == CellKind::Code && is_there(name) && (is_there("import") || is_there("="))
    };
    let count = |cell: &Cell| {
        let code = Code::of(&cell.source, Dialect::IPython);
        let is_it = |one: &&Definition| one.kind == DefinitionKind::Variable && one.name == name;
        let by_import = code
            .imports()
            .iter()
            .filter(|import| import.place != Where::Function)
            .flat_map(|import| &import.bound)
            .filter(|bound| *bound == name)
            .count();
        by_import + code.definitions().iter().filter(is_it).count()
    };
    cells.iter().filter(may).map(count).sum()
}

/// Where a definition ends with the comments that belong to it: what is on its last line, and the comment lines behind that which are
/// indented deeper than the definition.
fn end_with_comments(text: &str, range: &Range<usize>) -> usize {
    let depth = depth(text, range.start);
    let (mut at, mut end) = (range.end, range.end);
    for (number, line) in text.get(range.end..).unwrap_or_default().split('\n').enumerate() {
        let said = at + line.trim_end().len();
        at += line.len() + 1;
        match (number, line.trim_start()) {
            (0, _) => end = said,
            (_, "") => {}
            (_, comment) if comment.starts_with('#') && indent(line) > depth => end = said,
            _ => break,
        }
    }
    end
}

/// What the student answered: for a name, the definition that holds, if the student wrote it and less of it is a stub than in the base.
pub(super) fn answer<'a>(student: &'a Outline, base: &Outline, name: &str) -> Option<&'a Site> {
    let asked = base.sites(name);
    let most = asked.iter().map(|site| site.stubs).max().unwrap_or(0);
    let is_answer = |site: &&Site| {
        (site.stubs == 0 || site.stubs < most) && !asked.iter().any(|given| given.text == site.text)
    };
    student.last(name).filter(is_answer)
}

/// The text without several definitions.
pub(super) fn without_all(text: &str, mut ranges: Vec<&Range<usize>>) -> String {
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    ranges.into_iter().fold(text.to_owned(), |text, range| without(&text, range))
}

/// The text without the definition: its whole lines, and the blank ones behind it.
pub(super) fn without(text: &str, range: &Range<usize>) -> String {
    let start = text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(range.end..).unwrap_or_default();
    let rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    let before = text.get(..start).unwrap_or_default();
    let blank = |line: &&str| line.trim().is_empty();
    let rest = rest.split('\n').skip_while(blank).collect::<Vec<_>>().join("\n");
    if rest.is_empty() { before.trim_end().to_owned() } else { format!("{before}{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUB: &str = "# YOUR CODE HERE\n        raise NotImplementedError()";

    fn outline(cells: &[&str]) -> Outline {
        let cells: Vec<_> = cells.iter().map(|text| Cell::new(CellKind::Code, *text)).collect();
        Outline::of(&cells, &cells.iter().map(definitions).collect::<Vec<_>>())
    }

    #[test]
    fn stubs_of_methods_are_counted_with_the_method() {
        let class =
            format!("class A:\n    def f(self):\n        {STUB}\n\n    def g(self):\n        return 1");
        let found = outline(&["x = 1", &class]);
        let stubs = |name: &str| found.only(name).map(|site| (site.cell, site.stubs, site.all_stubs));
        assert_eq!(stubs("A"), Some((1, 0, 1)));
        assert_eq!(stubs("A.f"), Some((1, 1, 1)));
        assert_eq!(stubs("A.g"), Some((1, 0, 0)));
        assert_eq!(stubs("x"), None);
        assert!(found.names().eq(["A", "A.f", "A.g"]));
    }

    #[test]
    fn an_answer_is_less_of_a_stub_than_the_base() {
        let base = outline(&[
            "def given(): return 0\ndef f():\n    raise NotImplementedError()\ndef g():\n    raise NotImplementedError()",
        ]);
        let told =
            |student: &[&str], name: &str| answer(&outline(student), &base, name).map(|site| site.cell);
        assert_eq!(told(&["def f(): return 1"], "f"), Some(0));
        assert_eq!(told(&["def f(): return 1", "def f():\n    raise NotImplementedError()"], "f"), None);
        assert_eq!(told(&["def f():\n    raise NotImplementedError()", "def f(): return 1"], "f"), Some(1));
        assert_eq!(told(&["def f(): return 1"], "g"), None);
        assert_eq!(told(&["def own(): return 1"], "own"), Some(0));
        assert_eq!(told(&["def given(): return 0"], "given"), None);
        assert_eq!(told(&["def given(): return 1"], "given"), Some(0));
    }

    #[test]
    fn a_definition_is_cut_out_by_whole_lines() {
        let text = "#| export\n@cache\ndef f():\n    return 1\n\n\ndef g():\n    return 2";
        let found = outline(&[text]);
        let cut = |name: &str| without(&unix(text), &found.only(name).unwrap().range);
        assert_eq!(cut("f"), "#| export\ndef g():\n    return 2");
        assert_eq!(cut("g"), "#| export\n@cache\ndef f():\n    return 1");
        let text = "def f():\n    return 1  # a note\n    # and more\n\n    # of it\n\n# what comes now\ndef g():\n    return 2  # noqa";
        let found = outline(&[text]);
        let f = found.only("f").unwrap();
        assert_eq!(f.text, "def f():\n    return 1  # a note\n    # and more\n\n    # of it");
        assert_eq!(without(text, &f.range), "# what comes now\ndef g():\n    return 2  # noqa");
        assert_eq!(found.only("g").unwrap().text, "def g():\n    return 2  # noqa");
        let class = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2";
        let range = outline(&[class]).only("A.f").unwrap().range.clone();
        assert_eq!(without(class, &range), "class A:\n    def g(self):\n        return 2");
    }
}
