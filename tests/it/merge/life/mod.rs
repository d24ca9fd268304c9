//! What students and maintainers really do to a notebook, as edits that a test can draw at random.
//!
//! Every line that is written is one of its own, and every cell carries a mark (`s` or `c`) in its metadata that says which cell of its
//! side it is: so a test knows of each merged cell what it was made of.
#![expect(clippy::ptr_arg, reason = "all edits have one signature")]

mod maintainers;
mod students;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use tito::notebook::{Cell, CellKind};

use super::lab::{Item, items, set_grading};
pub(crate) use maintainers::course;
pub(crate) use students::student;

pub(super) const COMMENT: &str = "# YOUR CODE HERE";
pub(super) const STUB: &str = "# YOUR CODE HERE\n    raise NotImplementedError()";

/// One edit: what, of which cell, where in it or where to.
pub(crate) type Edit = (u8, Index, Index);

pub(crate) fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<u8>(), any::<Index>(), any::<Index>()), 0..most)
}

/// A lab: imports, then units that each ask something, some of them nearly alike.
pub(crate) fn lab() -> impl Strategy<Value = Vec<Item>> {
    let unit = (0..8u8, prop::sample::select(vec!["relu", "gelu", "tanh", "loss", "conv", "norm"]));
    prop::collection::vec(unit, 0..5).prop_map(|units| {
        let mut cells =
            vec![named(CellKind::Code, "#| default_exp core.lab\nimport math\nimport random", "imports")];
        for (number, (what, name)) in units.into_iter().enumerate() {
            cells.extend(unit_of(what, &format!("{name}{number}")));
        }
        items(cells)
    })
}

pub(super) fn named(kind: CellKind, source: &str, id: &str) -> Cell {
    Cell { id: Some(id.to_owned()), ..Cell::new(kind, source) }
}

pub(super) fn graded(kind: CellKind, source: &str, id: &str, solution: bool, grade: bool) -> Cell {
    let mut cell = named(kind, source, id);
    set_grading(&mut cell, id, solution, grade);
    cell
}

pub(super) fn unit_of(what: u8, name: &str) -> Vec<Cell> {
    let text = named(
        CellKind::Markdown,
        &format!("## The {name} of a tensor\n\nRead about {name} and write it."),
        &format!("text-{name}"),
    );
    let test = graded(
        CellKind::Code,
        &format!("assert {name}(1) == 1\nassert {name}(2) == 4, \"twice\""),
        &format!("test-{name}"),
        false,
        true,
    );
    let question = |source: String| graded(CellKind::Code, &source, name, true, false);
    match what {
        0 => vec![
            text,
            question(format!(
                "#| export\ndef {name}(x):\n    \"\"\"Computes {name}.\n\n    Args:\n        x: a tensor\n    \"\"\"\n    # TODO: use the formula of {name}\n    {STUB}"
            )),
            test,
        ],
        1 => vec![
            text,
            question(format!(
                "#| export\nclass Layer{name}:\n    \"\"\"A layer.\"\"\"\n\n    def __init__(self, size):\n        self.size = size\n        # YOUR CODE HERE\n        raise NotImplementedError()\n\n    def forward(self, x):\n        \"\"\"Runs.\"\"\"\n        # YOUR CODE HERE\n        raise NotImplementedError()\n\nprint(\"{name}\")"
            )),
            test,
        ],
        2 => vec![text, graded(CellKind::Markdown, "YOUR ANSWER HERE", &format!("why-{name}"), true, true)],
        3 => vec![text, question("# YOUR CODE HERE\nraise NotImplementedError()".to_owned()), test],
        4 => vec![
            named(CellKind::Code, &format!("size_{name} = 10\nshow(size_{name})"), &format!("demo-{name}")),
            text,
        ],
        6 => vec![
            text,
            question(format!(
                "class A{name}:\n    def run(self, x):\n        {deep}\n\nclass B{name}:\n    def run(self, x):\n        {deep}",
                deep = STUB.replace("\n", "\n    ")
            )),
            test,
        ],
        7 => vec![
            question(format!(
                "def {name}(x):\n    # first\n    {STUB}\n    # second\n    {STUB}\n    return x"
            )),
            test,
        ],
        _ => vec![
            question(format!(
                "def {name}(x, y):\n    total = x + y\n    {STUB}\n    return total\n\n\ndef check_{name}():\n    return {name}(1, 2)"
            )),
            test,
        ],
    }
}

/// An edit of the lines of one cell; `to` says where in it, the number makes its lines new.
pub(super) type OfLines = fn(&mut Vec<String>, usize, usize);
/// An edit of the list of cells.
pub(super) type OfCells = fn(&mut Vec<Item>, usize, usize, usize);

pub(super) fn apply(
    items: &mut Vec<Item>,
    edits: &[Edit],
    round: usize,
    lines: &[OfLines],
    cells: &[OfCells],
) {
    for (number, (what, at, to)) in edits.iter().enumerate() {
        let number = round * 100 + number;
        if items.is_empty() {
            return;
        }
        let (at, what) = (at.index(items.len()), usize::from(*what) % (lines.len() + cells.len()));
        match lines.get(what) {
            Some(edit) => {
                let cell = &mut items[at].cell;
                let mut text: Vec<String> =
                    cell.source.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect();
                let to = to.index(text.len());
                edit(&mut text, to, number);
                cell.source = text.join("\n");
                items[at].touched = true;
            }
            None => cells[what - lines.len()](items, at, to.index(items.len()), number),
        }
    }
}

pub(super) fn mark(items: &mut [Item], side: &str) {
    for (at, item) in items.iter_mut().enumerate() {
        item.cell.metadata.insert(side.to_owned(), json!(at));
    }
}

/// Which cell of `side` this is.
pub(crate) fn marked(cell: &Cell, side: &str) -> Option<usize> {
    cell.metadata.get(side)?.as_u64()?.try_into().ok()
}

pub(super) fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The stub lines nearest behind `to`, else the first.
pub(super) fn stub(lines: &[String], to: usize) -> Option<std::ops::Range<usize>> {
    let is = |at: &usize| lines[*at].contains("YOUR CODE HERE") || lines[*at].contains("YOUR ANSWER HERE");
    let at = (to..lines.len()).find(is).or_else(|| (0..lines.len()).find(is))?;
    let raises = lines.get(at + 1).is_some_and(|line| line.contains("NotImplementedError"));
    Some(at..at + 1 + usize::from(raises))
}

pub(super) fn replace_stub(lines: &mut Vec<String>, to: usize, by: &[String]) {
    if let Some(stub) = stub(lines, to) {
        let indent = indent(&lines[stub.start]).to_owned();
        lines.splice(
            stub,
            by.iter().map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }),
        );
    }
}

pub(super) fn function_renamed(lines: &mut Vec<String>, _: usize, number: usize) {
    if let Some(line) = lines.iter_mut().find(|line| line.trim_start().starts_with("def ")) {
        *line = line.replacen('(', &format!("_{number}("), 1);
    }
}

pub(super) fn cell_deleted(items: &mut Vec<Item>, at: usize, _: usize, _: usize) {
    items.remove(at);
}

pub(super) fn cell_moved(items: &mut Vec<Item>, at: usize, to: usize, _: usize) {
    let item = items.remove(at);
    items.insert(to.min(items.len()), item);
}

/// Jupyter gives both halves the metadata; for the course the second half is a plain cell.
pub(super) fn cell_split(items: &mut Vec<Item>, at: usize, to: usize, number: usize) {
    let lines: Vec<&str> = items[at].cell.source.split('\n').collect();
    if lines.len() < 2 {
        return;
    }
    let (above, below) = lines.split_at(1 + to % (lines.len() - 1));
    let (above, below) = (above.join("\n"), below.join("\n"));
    let mut second = Item { origin: None, touched: true, cell: items[at].cell.clone() };
    (second.cell.source, second.cell.id) = (below, Some(format!("split{number}-{}", items.len())));
    if number.is_multiple_of(2) || second.cell.kind == CellKind::Markdown {
        second.cell.metadata.shift_remove("nbgrader");
    }
    items[at].cell.source = above;
    items[at].touched = true;
    items.insert(at + 1, second);
}
