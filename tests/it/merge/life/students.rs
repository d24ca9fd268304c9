//! What students do.

use tito::notebook::{Cell, CellKind};

use super::{
    COMMENT, Edit, OfCells, OfLines, apply, cell_deleted, cell_moved, cell_split, function_renamed, indent,
    mark, replace_stub, stub,
};
use crate::merge::lab::Item;

/// What students do.
pub(crate) fn student(lab: &[Item], edits: &[Edit], round: usize) -> Vec<Item> {
    let lines: [OfLines; 22] = [
        answer,
        answer,
        answer,
        answer_below_the_comment,
        answer_like_the_scaffold,
        pass,
        work_above_the_stub,
        stub_deleted,
        import_on_top,
        helper_below,
        helper_above_the_def,
        print_in_the_scaffold,
        scaffold_line_deleted,
        scaffold_line_edited,
        docstring_deleted,
        function_renamed,
        blackened,
        narrowed,
        tabs,
        retyped,
        windows,
        blank_tail,
    ];
    let cells: [OfCells; 12] = [
        scratch_below,
        scratch_above,
        cell_deleted,
        cell_moved,
        cell_copied,
        cell_split,
        cells_joined,
        type_changed,
        answer_in_its_own_cell,
        ids_dropped,
        ids_new,
        empty_below,
    ];
    let mut items = lab.to_vec();
    apply(&mut items, edits, round, &lines, &cells);
    mark(&mut items, "s");
    items
}

fn answer(lines: &mut Vec<String>, to: usize, number: usize) {
    replace_stub(
        lines,
        to,
        &[format!("mine{number} = x * {to}"), String::new(), format!("return mine{number}")],
    );
}

fn answer_below_the_comment(lines: &mut Vec<String>, to: usize, number: usize) {
    replace_stub(
        lines,
        to,
        &[COMMENT.to_owned(), format!("kept{number} = {to}"), format!("return kept{number}")],
    );
}

fn answer_like_the_scaffold(lines: &mut Vec<String>, to: usize, number: usize) {
    let like = lines[to % lines.len()].trim().replace("def ", "# ").replace("class ", "# ");
    replace_stub(lines, to, &[format!("like{number} = 1"), like, format!("return like{number}")]);
}

fn pass(lines: &mut Vec<String>, to: usize, _: usize) {
    replace_stub(lines, to, &["pass".to_owned()]);
}

fn work_above_the_stub(lines: &mut Vec<String>, to: usize, number: usize) {
    if let Some(stub) = stub(lines, to) {
        let line = format!("{}begun{number} = {to}", indent(&lines[stub.start]));
        lines.insert(stub.start, line);
    }
}

fn stub_deleted(lines: &mut Vec<String>, to: usize, _: usize) {
    replace_stub(lines, to, &[]);
}

fn import_on_top(lines: &mut Vec<String>, _: usize, number: usize) {
    lines.insert(0, format!("import numpy as np{number}"));
}

fn helper_below(lines: &mut Vec<String>, _: usize, number: usize) {
    lines.extend(["".to_owned(), format!("def help{number}(x):"), format!("    return x + {number}")]);
}

fn helper_above_the_def(lines: &mut Vec<String>, to: usize, number: usize) {
    let is = |at: &usize| lines[*at].starts_with("def ") || lines[*at].starts_with("class ");
    let at = (to..lines.len()).find(is).unwrap_or(0);
    let helper = [format!("def aid{number}(x):"), format!("    return x * {number}"), String::new()];
    lines.splice(at..at, helper);
}

fn print_in_the_scaffold(lines: &mut Vec<String>, to: usize, number: usize) {
    let line = format!("{}print(\"seen\", {number})", indent(&lines[to]));
    lines.insert(to, line);
}

fn scaffold_line_deleted(lines: &mut Vec<String>, to: usize, _: usize) {
    lines.remove(to);
}

fn scaffold_line_edited(lines: &mut Vec<String>, to: usize, number: usize) {
    lines[to] += &format!(" # my{number}");
}

fn docstring_deleted(lines: &mut Vec<String>, _: usize, _: usize) {
    let ends: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].contains("\"\"\"")).collect();
    match ends.as_slice() {
        [first, second, ..] if lines[*first].matches("\"\"\"").count() == 1 => {
            drop(lines.drain(*first..=*second))
        }
        [only, ..] => drop(lines.remove(*only)),
        [] => {}
    }
}

/// As formatters do: quotes, two blank lines above a function.
fn blackened(lines: &mut Vec<String>, _: usize, _: usize) {
    for line in lines.iter_mut() {
        *line = line.replace('\'', "\"").replace(" = ", "  =  ").replace("# TODO: ", "#TODO ");
    }
    if let Some(at) = (1..lines.len()).find(|&at| lines[at].starts_with("def ")) {
        lines.splice(at..at, [String::new(), String::new()]);
    }
}

fn narrowed(lines: &mut Vec<String>, _: usize, _: usize) {
    reindent(lines, "  ");
}

fn tabs(lines: &mut Vec<String>, _: usize, _: usize) {
    reindent(lines, "\t");
}

fn reindent(lines: &mut [String], unit: &str) {
    for line in lines {
        let depth = indent(line).len() / 4;
        *line = unit.repeat(depth) + line.trim_start();
    }
}

/// The whole cell typed again: the first line, then the student's own.
fn retyped(lines: &mut Vec<String>, _: usize, number: usize) {
    lines.truncate(1);
    lines.extend([format!("    anew{number} = x"), format!("    return anew{number}")]);
}

fn windows(lines: &mut Vec<String>, _: usize, _: usize) {
    let last = lines.len() - 1;
    for line in &mut lines[..last] {
        line.push('\r');
    }
}

fn blank_tail(lines: &mut Vec<String>, _: usize, _: usize) {
    lines.extend([String::new(), String::new()]);
}

fn own(text: String) -> Item {
    Item { origin: None, touched: true, cell: Cell::new(CellKind::Code, text) }
}

fn scratch_below(items: &mut Vec<Item>, at: usize, to: usize, number: usize) {
    items.insert(at + 1, own(format!("try{number} = {to}\nprint(try{number})")));
}

fn scratch_above(items: &mut Vec<Item>, at: usize, to: usize, number: usize) {
    items.insert(at, own(format!("see{number} = {to}")));
}

fn empty_below(items: &mut Vec<Item>, at: usize, _: usize, _: usize) {
    items.insert(at + 1, own(String::new()));
}

fn cell_copied(items: &mut Vec<Item>, at: usize, to: usize, number: usize) {
    let mut copy = Item { origin: None, touched: true, cell: items[at].cell.clone() };
    copy.cell.id = Some(format!("copy{number}"));
    copy.cell.source += &format!("\ncopied{number} = {to}");
    items.insert(at + 1, copy);
}

fn cells_joined(items: &mut Vec<Item>, at: usize, _: usize, _: usize) {
    if at + 1 < items.len() && items[at].cell.kind == items[at + 1].cell.kind {
        let second = items.remove(at + 1);
        items[at].cell.source += &format!("\n{}", second.cell.source);
        items[at].touched = true;
    }
}

fn type_changed(items: &mut Vec<Item>, at: usize, _: usize, _: usize) {
    let kind = &mut items[at].cell.kind;
    *kind = if *kind == CellKind::Code { CellKind::Markdown } else { CellKind::Code };
    items[at].touched = true;
}

fn answer_in_its_own_cell(items: &mut Vec<Item>, at: usize, to: usize, number: usize) {
    let def =
        items[at].cell.source.lines().find(|line| line.starts_with("def ")).unwrap_or("def f():").to_owned();
    items.insert(at + 1, own(format!("{def}\n    other{number} = {to}\n    return other{number}")));
}

fn ids_dropped(items: &mut Vec<Item>, _: usize, _: usize, _: usize) {
    items.iter_mut().for_each(|item| item.cell.id = None);
}

fn ids_new(items: &mut Vec<Item>, _: usize, _: usize, number: usize) {
    for (at, item) in items.iter_mut().enumerate() {
        item.cell.id = Some(format!("new{number}-{at}"));
    }
}
