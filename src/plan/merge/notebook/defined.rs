//! Which cell of a notebook defines a name, and whether it is a stub there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::parts::{indent, is_raise, is_stub};
use super::texts::unix;
use crate::notebook::{Cell, CellKind};
use crate::python::{Code, Definition, DefinitionKind, Dialect};

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
    /// How many of its lines still raise `NotImplementedError` where an answer belongs; of a class, those outside of its methods.
    pub(super) stubs: usize,
    /// The same, with the methods.
    pub(super) all_stubs: usize,
    /// It is a part of another definition by its decorator: a setter of a property, a function that is registered for a type.
    pub(super) is_part: bool,
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
            let part = name_of_part(definition, &text);
            let site = Site { is_part: part.is_some(), ..site(number, &text, definition, definitions) };
            self.sites.entry(part.unwrap_or_else(|| definition.name.clone())).or_default().push(site);
        }
    }

    /// Is the name a part of another definition by its decorator, or does it have such parts? One of them alone is of no use.
    pub(super) fn has_parts(&self, name: &str) -> bool {
        let prefix = format!("{name}.");
        let is_part = |sites: &[Site]| sites.iter().any(|site| site.is_part);
        let of_name = self.sites.range(prefix.clone()..).take_while(|(other, _)| other.starts_with(&prefix));
        let is_its_part = |(other, sites): (&String, &Vec<Site>)| {
            let word = other.get(prefix.len()..).unwrap_or_default().split('(').next().unwrap_or_default();
            is_part(sites) && ["setter", "getter", "deleter", "register"].contains(&word)
        };
        is_part(self.sites(name)) || of_name.into_iter().any(is_its_part)
    }

    /// Adds the places where a name is assigned or imported, and counts all stubs of its definitions: a class is hidden whole.
    pub(super) fn bind(&mut self, name: &str, bindings: impl Iterator<Item = Site>) {
        let sites = self.sites.entry(name.to_owned()).or_default();
        sites.iter_mut().for_each(|site| site.stubs = site.all_stubs);
        sites.extend(bindings);
    }

    /// The names of which a definition holds a stub.
    pub(super) fn asked(&self) -> impl Iterator<Item = &str> {
        let asked = self.sites.iter().filter(|(_, sites)| sites.iter().any(|site| site.all_stubs > 0));
        asked.map(|(name, _)| name.as_str())
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
    let count = |range: &Range<usize>| stubs(text.get(range.clone()).unwrap_or_default());
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
    let kind = definition.kind;
    Site { cell, range, text: written, depth, is_direct, kind, docstring, stubs, all_stubs, is_part: false }
}

/// How many lines of a definition are stubs. A condition that raises `NotImplementedError` in a case that the function does not know is none.
fn stubs(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let is_guard = |at: usize, line: &str| {
        let mut above =
            lines.get(..at).unwrap_or_default().iter().rev().filter(|line| !line.trim().is_empty());
        let is_marked = above.clone().next().is_some_and(|line| is_stub(line));
        let around = above.find(|other| indent(other) < indent(line));
        let words = ["if", "elif", "else", "except", "case"];
        let first = around.and_then(|line| line.trim_start().split(|c: char| !c.is_alphanumeric()).next());
        !is_marked && first.is_some_and(|first| words.contains(&first))
    };
    lines.iter().enumerate().filter(|(at, line)| is_raise(line) && !is_guard(*at, line)).count()
}

/// What to call a definition that its decorator makes a part of another one: `T.f.setter`, `f.register(int)`.
fn name_of_part(definition: &Definition, text: &str) -> Option<String> {
    let name = &definition.name;
    definition.decorators.iter().find_map(|range| {
        let decorator: String = text.get(range.clone())?.split_whitespace().collect();
        let (called, arguments) = decorator.split_once('(').unwrap_or((&decorator, ""));
        let (of, part) = called.rsplit_once('.')?;
        match part {
            "setter" | "getter" | "deleter" => Some(format!("{name}.{part}")),
            "register" if !arguments.is_empty() => Some(format!("{of}.{part}({arguments}")),
            "register" => {
                // Without a type in the decorator, that of the first parameter which has one says it.
                let head = text.get(range.end..definition.body.start)?;
                let (_, typed) = head.split_once('(')?.1.split_once(':')?;
                let typed = typed.split([',', ')', '=']).next()?.trim();
                Some(format!("{of}.{part}({typed})"))
            }
            _ => None,
        }
    })
}

/// Where an assignment or an import binds the name, in a cell that is Python.
pub(super) fn bindings(number: usize, cell: &Cell, name: &str) -> Vec<Site> {
    let last = name.rsplit('.').next().unwrap_or(name);
    if cell.kind != CellKind::Code || !cell.source.contains(last) {
        return Vec::new();
    }
    let text = unix(&cell.source);
    let found = Code::of(&text, Dialect::IPython).bindings();
    let site = |(_, range): (String, Range<usize>)| Site {
        cell: number,
        text: text.get(range.clone()).unwrap_or_default().to_owned(),
        depth: depth(&text, range.start),
        is_direct: false,
        range,
        kind: DefinitionKind::Variable,
        docstring: None,
        stubs: 0,
        all_stubs: 0,
        is_part: false,
    };
    found.into_iter().filter(|(bound, _)| bound == name).map(site).collect()
}

/// How deep the line of the byte `at` is indented.
fn depth(text: &str, at: usize) -> usize {
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(line..).and_then(|rest| rest.lines().next()).map_or(0, indent)
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
fn without(text: &str, range: &Range<usize>) -> String {
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
    fn a_case_that_a_function_refuses_is_no_stub() {
        let guarded = "def f(x):\n    if x < 0:\n        raise NotImplementedError(\"negative\")\n";
        for (body, expected) in [
            ("    return x\n", 0),
            ("    # YOUR CODE HERE\n    raise NotImplementedError()\n", 1),
            ("    raise NotImplementedError()\n", 1),
            ("    else:\n        # YOUR CODE HERE\n        raise NotImplementedError()\n", 1),
            ("    for y in x:\n        raise NotImplementedError()\n", 1),
        ] {
            let found = outline(&[&format!("{guarded}{body}")]);
            assert_eq!(found.only("f").map(|site| site.stubs), Some(expected), "{body}");
        }
    }

    #[test]
    fn parts_of_a_definition_have_names_of_their_own() {
        let property = "class A:\n    @property\n    def f(self): return 1\n\n    @f.setter\n    def f(self, value): pass\n";
        let typed = "@g.register\ndef _(x: int): pass\n\n@g.register(str)\ndef _(x): pass\ndef g(x): pass\n";
        let found = outline(&[property, typed]);
        assert!(found.names().eq(["A", "A.f", "A.f.setter", "g", "g.register(int)", "g.register(str)"]));
        let with_parts: Vec<_> = found.names().filter(|name| found.has_parts(name)).collect();
        assert_eq!(with_parts, ["A.f", "A.f.setter", "g", "g.register(int)", "g.register(str)"]);
    }

    #[test]
    fn names_are_bound_in_many_ways() {
        let text = "import a.b, c as d\nfrom e import f as g, h\ni = j, (k, *l) = 1, (2, 3)\nm: int\nn: int = 1\nclass O:\n    p = 1\nO.q = 2\nif d:\n    r = 1\ns[0] = 1\n";
        let cell = Cell::new(CellKind::Code, text);
        let bound = |name: &&&str| !bindings(0, &cell, name).is_empty();
        let names = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "O.p", "p", "O.q", "r", "s",
        ];
        let found: Vec<&str> = names.iter().filter(bound).copied().collect();
        assert_eq!(found, ["a", "d", "g", "h", "i", "j", "k", "l", "n", "O.p", "O.q", "r"]);
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
