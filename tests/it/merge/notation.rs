//! Notebooks as readable text, for cases on one screen.
//!
//! `# %%` begins a cell; then come `[markdown]` or `[raw]`, `id=X`, one of `solution=ID`, `test=ID:POINTS`, `answer=ID:POINTS`,
//! `locked=ID`, `plain=ID` (a grade_id without flags), `run=N`, `tag=T`, `key.K=V`. Bodies stand as they are. `#> ` lines are the output.
//! A first line `#! K=V …` is notebook metadata; `kernel=NAME` a kernelspec.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tito::notebook::{Cell, CellKind, Metadata, Notebook};

/// Reads a notebook.
pub(crate) fn parse(text: &str) -> Notebook {
    let mut notebook = Notebook { minor: 5, ..Notebook::default() };
    let mut body: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(options) = line.strip_prefix("#! ") {
            for (key, value) in options.split(' ').filter_map(|option| option.split_once('=')) {
                let (key, value) = match key {
                    "kernel" => ("kernelspec", json!({"name": value, "display_name": value})),
                    key => (key, json!(value)),
                };
                notebook.metadata.insert(key.to_owned(), value);
            }
        } else if let Some(options) = line.strip_prefix("# %%") {
            close(&mut notebook, &mut body);
            notebook.cells.push(open(options));
        } else {
            body.push(line);
        }
    }
    close(&mut notebook, &mut body);
    notebook
}

fn close(notebook: &mut Notebook, body: &mut Vec<&str>) {
    while body.last().is_some_and(|line| line.is_empty()) {
        body.pop();
    }
    if let Some(cell) = notebook.cells.last_mut() {
        let (shown, code): (Vec<&str>, Vec<&str>) = body.iter().partition(|line| line.starts_with("#> "));
        cell.source = code.join("\n");
        if !shown.is_empty() {
            let text: Vec<_> = shown.iter().map(|line| format!("{}\n", &line[3..])).collect();
            cell.outputs = vec![json!({"output_type": "stream", "name": "stdout", "text": text})].into();
        }
    }
    body.clear();
}

fn open(options: &str) -> Cell {
    let mut cell = Cell::new(CellKind::Code, "");
    for option in options.split(' ').filter(|option| !option.is_empty()) {
        match option.split_once('=').unwrap_or((option, "")) {
            ("[markdown]", _) => cell.kind = CellKind::Markdown,
            ("[raw]", _) => cell.kind = CellKind::Raw,
            ("id", id) => cell.id = Some(id.to_owned()),
            ("run", count) => cell.execution_count = count.parse::<u64>().unwrap().into(),
            ("tag", tag) => drop(cell.metadata.insert("tags".into(), json!([tag]))),
            (role @ ("solution" | "test" | "answer" | "locked" | "plain"), id) => grade(&mut cell, role, id),
            (key, value) => {
                let key = key.strip_prefix("key.").unwrap_or_else(|| panic!("unknown option {option}"));
                cell.metadata.insert(key.to_owned(), json!(value));
            }
        }
    }
    cell
}

fn grade(cell: &mut Cell, role: &str, id: &str) {
    let (id, points) = id.split_once(':').unwrap_or((id, ""));
    let (solution, grade) = (matches!(role, "solution" | "answer"), matches!(role, "test" | "answer"));
    let locked = matches!(role, "test" | "locked");
    let mut meta = json!({"schema_version": 3, "solution": solution, "grade": grade, "locked": locked, "task": false, "grade_id": id});
    if grade {
        meta["points"] = json!(points.parse::<u64>().unwrap());
    }
    cell.metadata.insert("nbgrader".into(), meta);
    if role != "plain" {
        cell.metadata.insert("deletable".into(), json!(false));
    }
    if locked {
        cell.metadata.insert("editable".into(), json!(false));
    }
}

/// Writes a notebook; of its ids only those in `ids`, the others were made up.
pub(crate) fn render(notebook: &Notebook, ids: &BTreeSet<String>) -> String {
    let mut text = String::new();
    if !notebook.metadata.is_empty() {
        text += "#!";
        for (key, value) in &notebook.metadata {
            match value {
                Value::String(value) => text += &format!(" {key}={value}"),
                value => text += &format!(" kernel={}", value["name"].as_str().unwrap()),
            }
        }
        text += "\n";
    }
    for cell in &notebook.cells {
        text += &marker(cell, ids);
        if !cell.source.is_empty() {
            text += &cell.source;
            text += "\n";
        }
        for line in cell.outputs.iter().flat_map(|output| output["text"].as_array().into_iter().flatten()) {
            text += &format!("#> {}", line.as_str().unwrap());
        }
        text += "\n";
    }
    text
}

fn marker(cell: &Cell, ids: &BTreeSet<String>) -> String {
    let mut line = "# %%".to_owned();
    match cell.kind {
        CellKind::Code => {}
        kind => line += &format!(" [{}]", kind.as_str()),
    }
    if let Some(id) = cell.id.as_ref().filter(|id| ids.contains(*id)) {
        line += &format!(" id={id}");
    }
    let mut left: Metadata = cell.metadata.clone();
    if let Some(meta) = cell.nbgrader() {
        let role = match (cell.flag("solution"), cell.flag("grade"), cell.flag("locked")) {
            (true, true, _) => "answer",
            (true, false, _) => "solution",
            (_, true, _) => "test",
            (_, _, true) => "locked",
            _ => "plain",
        };
        line += &format!(" {role}={}", meta["grade_id"].as_str().unwrap());
        if let Some(points) = meta.get("points") {
            line += &format!(":{points}");
        }
        left.shift_remove("nbgrader");
        let mut expected = Cell::new(cell.kind, "");
        grade(&mut expected, role, "x:0");
        for key in ["deletable", "editable"] {
            if left.get(key) == expected.metadata.get(key) {
                left.shift_remove(key);
            }
        }
    }
    if let Some(count) = cell.execution_count.as_u64() {
        line += &format!(" run={count}");
    }
    for (key, value) in left {
        line += &match value {
            Value::Array(tags) => format!(" tag={}", tags[0].as_str().unwrap()),
            Value::String(value) => format!(" key.{key}={value}"),
            value => format!(" key.{key}={value}"),
        };
    }
    line + "\n"
}
