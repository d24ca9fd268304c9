//! What to call a cell, so that a student finds it: its grade_id, else what it defines, else the heading above it.

use std::collections::BTreeSet;

use super::insertions::is_directive;
use crate::notebook::{Cell, CellKind};
use crate::plan::merge::script::uncommented;
use crate::python::{Code, DefinitionKind, Dialect};

/// Longer names are cut.
const LONGEST: usize = 60;
/// More names than this are not listed.
const MOST_NAMES: usize = 3;

/// The name of the cell at `at`. Of text it is its first line. Never a directive.
pub fn cell_name(cells: &[Cell], at: usize) -> String {
    let Some(cell) = cells.get(at) else { return String::new() };
    let name = match (cell.grade_id(), cell.kind) {
        (Some(id), _) => Some(id.to_owned()),
        (None, CellKind::Code) => defined(&cell.source)
            .or_else(|| heading_above(cells, at).map(|heading| format!("below “{heading}”")))
            .or_else(|| first_line(&cell.source)),
        (None, CellKind::Markdown | CellKind::Raw) => first_line(&uncommented(cell)),
    };
    match name {
        Some(name) if name.chars().count() > LONGEST => name.chars().take(LONGEST - 1).chain(['…']).collect(),
        Some(name) => name,
        None => format!("an empty {} cell", cell.kind.as_str()),
    }
}

/// What a command calls the cell at `at`: its grade_id, else its id, else its name.
pub fn cell_id(cells: &[Cell], at: usize) -> String {
    let cell = cells.get(at);
    let id = cell.and_then(|cell| cell.grade_id().or(cell.id.as_deref()));
    id.map_or_else(|| cell_name(cells, at), str::to_owned)
}

/// The functions and classes that code defines, else the variables.
fn defined(source: &str) -> Option<String> {
    let definitions = Code::of(source, Dialect::IPython).definitions();
    let of = |kinds: &[DefinitionKind]| -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let names = definitions.iter().filter(|one| kinds.contains(&one.kind)).map(|one| one.name.as_str());
        names.filter(|name| seen.insert(*name)).collect()
    };
    let named = of(&[DefinitionKind::Function, DefinitionKind::Class]);
    let named = if named.is_empty() { of(&[DefinitionKind::Variable]) } else { named };
    let more = if named.len() > MOST_NAMES { ", …" } else { "" };
    let listed = named.get(..MOST_NAMES).unwrap_or(&named).join(", ");
    (!listed.is_empty()).then(|| listed + more)
}

fn heading_above(cells: &[Cell], at: usize) -> Option<String> {
    let above = cells.get(..at)?.iter().rev().filter(|cell| cell.kind == CellKind::Markdown);
    above.filter_map(|cell| last_heading(&uncommented(cell))).next()
}

/// The text of the last `#` heading outside of fenced code.
fn last_heading(source: &str) -> Option<String> {
    let mut fenced = false;
    let mut last = None;
    for line in source.lines().map(str::trim) {
        if line.starts_with("```") || line.starts_with("~~~") {
            fenced = !fenced;
        }
        let text = line.trim_start_matches('#').trim();
        if !fenced
            && line.starts_with('#')
            && line.trim_start_matches('#').starts_with(' ')
            && !text.is_empty()
        {
            last = Some(text.to_owned());
        }
    }
    last
}

/// The first line that says something.
fn first_line(source: &str) -> Option<String> {
    let mut lines = source.lines().map(str::trim);
    let says = |line: &&str| line.chars().any(char::is_alphanumeric) && !is_directive(line);
    lines.find(says).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(cells: &[(CellKind, &str)]) -> Vec<String> {
        let cells: Vec<_> = cells.iter().map(|(kind, text)| Cell::new(*kind, *text)).collect();
        (0..cells.len()).map(|at| cell_name(&cells, at)).collect()
    }

    #[test]
    fn a_cell_is_named_by_what_it_defines_else_by_the_heading_above() {
        use CellKind::{Code, Markdown};
        let names = named(&[
            (Code, "#| export\nprint(1)"),
            (Markdown, "## Tensors\n\nsome\n```\n# no heading\n```"),
            (Code, "#| export\n@cache\ndef add(a, b):\n    x = 1\n\nclass Tensor:\n    def add(self): ..."),
            (Code, "#| export\nx, y = 1, 2"),
            (Code, "#| export\nprint(x)"),
            (Markdown, "no heading"),
            (Code, "%time f()"),
            (Code, ""),
            (Code, "def a(): ...\ndef b(): ...\ndef c(): ...\ndef d(): ..."),
        ]);
        let expected = [
            "print(1)",
            "## Tensors",
            "add, Tensor",
            "x, y",
            "below “Tensors”",
            "no heading",
            "below “Tensors”",
            "below “Tensors”",
            "a, b, c, …",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn an_empty_notebook_has_names_too() {
        assert_eq!(named(&[(CellKind::Code, "#| hide")]), ["an empty code cell"]);
        assert_eq!(named(&[(CellKind::Markdown, "é".repeat(70).as_str())])[0].chars().count(), 60);
        assert_eq!(cell_name(&[], 0), "");
    }
}
