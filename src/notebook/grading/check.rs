//! nbgrader's `CheckCellMetadata`, with every fault named instead of the first.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{KEYS, SCHEMA};
use crate::diagnostic::{Code, nearest};
use crate::notebook::problem::{Place, Problem};
use crate::notebook::python::compact_json;
use crate::notebook::{Cell, CellKind, Metadata, Notebook};

/// Everything that nbgrader would refuse in the metadata of `notebook`.
pub(super) fn check(notebook: &Notebook) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, cell) in notebook.cells.iter().enumerate() {
        let Some(value) = cell.metadata.get("nbgrader") else { continue };
        let mut report = Report { cell: index, problems: &mut problems };
        let Some(grading) = value.as_object() else {
            report.add(Code::GradingMetadata, "`nbgrader` should be an object such as {\"grade\": false, …}");
            continue;
        };
        check_values(grading, &mut report);
        check_flags(cell, grading, &mut report);
        if let Some(grade_id) = cell.grade_id() {
            if let Some(first) = seen.get(grade_id) {
                let message = format!("the grade_id `{grade_id}` is also that of cell {}", first + 1);
                let problem = Problem::new(Code::DuplicateGradeId, report.place(), message);
                let first = Place::Cell { cell: *first, line: None };
                report.problems.push(problem.also(first, "the other one is here"));
            } else {
                seen.insert(grade_id, index);
            }
        }
    }
    problems
}

struct Report<'a> {
    cell: usize,
    problems: &'a mut Vec<Problem>,
}

impl Report<'_> {
    fn place(&self) -> Place {
        Place::Cell { cell: self.cell, line: None }
    }

    fn add(&mut self, code: Code, message: &str) {
        self.problems.push(Problem::new(code, self.place(), message));
    }

    fn add_with_help(&mut self, code: Code, message: &str, help: &str) {
        self.problems.push(Problem::new(code, self.place(), message).help(help));
    }
}

/// Keys and types, as nbgrader's JSON schema has them.
fn check_values(grading: &Metadata, report: &mut Report<'_>) {
    for (key, value) in grading {
        let expected = match key.as_str() {
            "schema_version" => {
                (value.as_u64() != Some(SCHEMA)).then_some("3, the version that nbgrader 0.9 writes")
            }
            "grade" | "locked" | "solution" | "task" => (!value.is_boolean()).then_some("true or false"),
            "grade_id" => {
                (!value.as_str().is_some_and(is_grade_id)).then_some("letters, digits, `_` and `-`")
            }
            "points" => (value.as_f64().is_none_or(|points| points < 0.0)).then_some("a number, 0 or more"),
            "checksum" => {
                (value.as_str().is_none_or(|sum| sum.chars().count() != 32)).then_some("32 characters")
            }
            "cell_type" => (!matches!(value.as_str(), Some("raw" | "code" | "markdown")))
                .then_some("\"code\", \"markdown\" or \"raw\""),
            _ => {
                unknown_key(key, report);
                None
            }
        };
        if let Some(expected) = expected {
            let found = compact_json(value);
            let found = String::from_utf8_lossy(&found);
            let message = format!("`{key}` in the nbgrader metadata should be {expected}, and is {found}");
            report.add_with_help(Code::GradingMetadata, &message, value_help(key));
        }
    }
}

fn value_help(key: &str) -> &'static str {
    match key {
        "points" => "write it as a number, without quotes: \"points\": 10",
        "grade_id" => "write it as text without spaces: \"grade_id\": \"tensor-add\"",
        "grade" | "locked" | "solution" | "task" => "write true or false, without quotes",
        _ => "leave it out: tito writes it",
    }
}

fn unknown_key(key: &str, report: &mut Report<'_>) {
    let message = format!("`{key}` is not a key of the nbgrader metadata");
    match nearest(key, KEYS) {
        Some(near) => {
            report.add_with_help(Code::GradingMetadata, &message, &format!("did you mean `{near}`?"))
        }
        None => report.add(Code::GradingMetadata, &message),
    }
}

fn is_grade_id(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// What the flags ask for.
fn check_flags(cell: &Cell, grading: &Metadata, report: &mut Report<'_>) {
    let (grade, solution, task) = (cell.flag("grade"), cell.flag("solution"), cell.flag("task"));
    let id = grading.get("grade_id").and_then(Value::as_str).unwrap_or_default();
    if (grade || solution || task || cell.flag("locked")) && id.is_empty() {
        let help = "give it one that is unique in the notebook: \"grade_id\": \"tensor-add\"";
        report.add_with_help(Code::MissingGradeId, "a cell with a grading flag needs a grade_id", help);
    }
    if grade && !grading.contains_key("points") {
        let message = format!("the graded cell `{id}` does not say how many points it is worth");
        report.add_with_help(Code::MissingPoints, &message, "add \"points\": 10");
    }
    if cell.kind == CellKind::Raw && (grade || solution || task || cell.flag("locked")) {
        let message =
            format!("the raw cell `{id}` has a grading flag; nbgrader supports only code and markdown cells");
        report.add_with_help(
            Code::GradingMetadata,
            &message,
            "make it a code or markdown cell, or remove its `nbgrader` metadata",
        );
    } else if task && cell.kind != CellKind::Markdown {
        report.add(Code::MarkdownGrading, "a task cell has to be markdown");
    } else if !task && cell.kind == CellKind::Markdown && grade != solution {
        let (is, is_not) = if grade { ("graded", "a solution") } else { ("a solution", "graded") };
        let message =
            format!("the markdown cell `{id}` is {is} and not {is_not}; nbgrader requires both or neither");
        report.add(Code::MarkdownGrading, &message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(kind: CellKind, grading: Value) -> Vec<Code> {
        let mut cell = Cell::new(kind, "x");
        cell.metadata.insert("nbgrader".into(), grading);
        let mut notebook = Notebook { minor: 5, cells: vec![cell], ..Notebook::default() };
        super::super::complete(&mut notebook).into_iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn what_nbgrader_refuses_is_named() {
        use CellKind::{Code as Run, Markdown};
        for (kind, grading, expected) in [
            (Run, json!({"grade_id": "a", "solution": true}), vec![]),
            (Run, json!({"solution": false}), vec![]),
            (Run, json!(3), vec![Code::GradingMetadata]),
            (Run, json!({"schema_version": 4}), vec![Code::GradingMetadata]),
            (Run, json!({"grade_id": "a b", "solution": true}), vec![Code::GradingMetadata]),
            (Run, json!({"solutoin": true}), vec![Code::GradingMetadata]),
            (Run, json!({"grade": "yes"}), vec![Code::GradingMetadata]),
            (Run, json!({"solution": true}), vec![Code::MissingGradeId]),
            (Run, json!({"grade": true, "grade_id": "a"}), vec![Code::MissingPoints]),
            (Run, json!({"grade": true, "grade_id": "a", "points": -1}), vec![Code::GradingMetadata]),
            (Run, json!({"task": true, "locked": true, "grade_id": "a"}), vec![Code::MarkdownGrading]),
            (Markdown, json!({"solution": true, "grade_id": "a"}), vec![Code::MarkdownGrading]),
            (Markdown, json!({"grade": true, "solution": true, "grade_id": "a", "points": 1}), vec![]),
        ] {
            assert_eq!(codes(kind, grading.clone()), expected, "{grading}");
        }
    }

    #[test]
    fn repeated_ids_count_only_with_a_flag() {
        let cell = |flag: bool| {
            let mut cell = Cell::new(CellKind::Code, "x");
            cell.metadata.insert("nbgrader".into(), json!({"grade_id": "a", "locked": flag}));
            cell
        };
        let check = |cells| super::super::complete(&mut Notebook { minor: 5, cells, ..Notebook::default() });
        assert_eq!(check(vec![cell(false), cell(false), cell(true)]), []);
        assert_eq!(check(vec![cell(true), cell(true)])[0].code, Code::DuplicateGradeId);
    }
}
