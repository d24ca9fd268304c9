//! What maintainers do.

use serde_json::json;
use tito::notebook::CellKind;

use super::{
    COMMENT, Edit, OfCells, OfLines, apply, cell_deleted, cell_moved, cell_split, function_renamed, graded,
    indent, mark, named, replace_stub, stub,
};
use crate::merge::lab::{Item, set_grading};

/// What maintainers do.
pub(crate) fn course(lab: &[Item], edits: &[Edit], round: usize) -> Vec<Item> {
    let lines: [OfLines; 13] = [
        line_fixed,
        line_fixed,
        line_fixed,
        line_added,
        line_added,
        line_removed,
        argument_added,
        decorated,
        method_added,
        region_removed,
        region_reindented,
        function_renamed,
        line_above_the_stub,
    ];
    let cells: [OfCells; 9] = [
        text_added,
        test_added,
        cell_deleted,
        cell_moved,
        grade_id_renamed,
        points_changed,
        question_split,
        function_moved,
        newly_locked,
    ];
    let mut items = lab.to_vec();
    apply(&mut items, edits, round, &lines, &cells);
    mark(&mut items, "c");
    items
}

fn question_split(items: &mut Vec<Item>, at: usize, to: usize, number: usize) {
    let before = items.len();
    cell_split(items, at, to, number);
    if items.len() > before {
        let cell = &mut items[at + 1].cell;
        cell.metadata.shift_remove("nbgrader");
        cell.id = Some(format!("course-split{number}"));
    }
}

fn is_stub(line: &str) -> bool {
    line.contains("YOUR ") || line.contains("NotImplementedError")
}

fn line_fixed(lines: &mut Vec<String>, to: usize, number: usize) {
    if !is_stub(&lines[to]) {
        lines[to] += &format!(" # fixed{number}");
    }
}

/// Not within a stub.
fn line_added(lines: &mut Vec<String>, to: usize, number: usize) {
    if !lines[to].contains("NotImplementedError") {
        let line = format!("{}# added{number}", indent(&lines[to]));
        lines.insert(to, line);
    }
}

fn line_removed(lines: &mut Vec<String>, to: usize, _: usize) {
    if !is_stub(&lines[to]) && lines.len() > 1 {
        lines.remove(to);
    }
}

fn argument_added(lines: &mut Vec<String>, _: usize, number: usize) {
    if let Some(line) = lines.iter_mut().find(|line| line.trim_start().starts_with("def ")) {
        *line = line.replacen("):", &format!(", arg{number}=0):"), 1);
    }
}

fn decorated(lines: &mut Vec<String>, _: usize, number: usize) {
    if let Some(at) = lines.iter().position(|line| line.trim_start().starts_with("def ")) {
        let line = format!("{}@timed{number}", indent(&lines[at]));
        lines.insert(at, line);
    }
}

fn method_added(lines: &mut Vec<String>, _: usize, number: usize) {
    lines.extend([
        String::new(),
        format!("def also{number}(x):"),
        format!("    {COMMENT}"),
        "    raise NotImplementedError()".to_owned(),
    ]);
}

fn region_removed(lines: &mut Vec<String>, to: usize, number: usize) {
    replace_stub(lines, to, &[format!("given{number} = 1"), format!("return given{number}")]);
}

fn region_reindented(lines: &mut Vec<String>, _: usize, number: usize) {
    lines.iter_mut().filter(|line| !line.is_empty()).for_each(|line| line.insert_str(0, "    "));
    lines.insert(0, format!("if ready{number}:"));
}

fn line_above_the_stub(lines: &mut Vec<String>, to: usize, number: usize) {
    if let Some(stub) = stub(lines, to) {
        let line = format!("{}# above{number}", indent(&lines[stub.start]));
        lines.insert(stub.start, line);
    }
}

fn text_added(items: &mut Vec<Item>, at: usize, _: usize, number: usize) {
    let cell = named(
        CellKind::Markdown,
        &format!("Note {number}: release{number} brings more."),
        &format!("note{number}"),
    );
    items.insert(at, Item { origin: None, touched: true, cell });
}

fn test_added(items: &mut Vec<Item>, at: usize, _: usize, number: usize) {
    let cell = graded(
        CellKind::Code,
        &format!("assert release{number}(3)"),
        &format!("test-new{number}"),
        false,
        true,
    );
    items.insert(at, Item { origin: None, touched: true, cell });
}

fn grade_id_renamed(items: &mut Vec<Item>, at: usize, _: usize, number: usize) {
    let cell = &mut items[at].cell;
    let (solution, grade) = (cell.flag("solution"), cell.flag("grade"));
    if solution || grade {
        set_grading(cell, &format!("renamed{number}"), solution, grade);
    }
}

fn points_changed(items: &mut Vec<Item>, at: usize, _: usize, number: usize) {
    let cell = &mut items[at].cell;
    if cell.flag("grade") {
        cell.metadata["nbgrader"]["points"] = json!(number + 2);
    }
}

/// From its first `def` on the cell goes to the end of the next cell.
fn function_moved(items: &mut Vec<Item>, at: usize, _: usize, _: usize) {
    let Some(to) = (at + 1..items.len()).find(|&to| items[to].cell.flag("solution")) else { return };
    let source = items[at].cell.source.clone();
    let Some(place) = source.find("\ndef ") else { return };
    items[to].cell.source += &source[place..];
    items[at].cell.source = source[..place].to_owned();
    (items[at].touched, items[to].touched) = (true, true);
}

fn newly_locked(items: &mut Vec<Item>, at: usize, _: usize, number: usize) {
    let cell = &mut items[at].cell;
    if cell.grade_id().is_none() {
        let meta = json!({"schema_version": 3, "grade": false, "grade_id": format!("lock{number}"), "locked": true, "solution": false, "task": false});
        cell.metadata.insert("nbgrader".into(), meta);
        items[at].touched = true;
    }
}
