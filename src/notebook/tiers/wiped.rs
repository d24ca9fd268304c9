//! A solution cell without a region is replaced whole: is that meant?

use std::ops::Range;

use ruff_python_ast::{Expr, Stmt};

use crate::diagnostic::Code;
use crate::notebook::problem::{Place, Problem};
use crate::python::{self, Dialect, Where};

/// What to say of the code cell `index`, of which students get nothing but the stub. `source` is what they do not get.
pub(super) fn problem(index: usize, source: &str, language: &str) -> Option<Problem> {
    let code = (language == "python").then(|| python::Code::of(source, Dialect::IPython));
    let lost = source.split('\n').position(is_export_directive).map(|line| (line, None)).or_else(|| {
        let range = first_import(code.as_ref()?)?;
        let line = source.get(..range.start)?.matches('\n').count();
        Some((line, source.get(range)))
    });
    let at = |line| Place::Cell { cell: index, line: Some(line) };
    let problem = match lost {
        Some((line, text)) => {
            let shown = text.or_else(|| source.split('\n').nth(line)).unwrap_or_default();
            let shown = shown.split('\n').next().unwrap_or_default().trim();
            let message = format!("students would not get `{shown}`: the cell has no solution region");
            Problem::new(Code::WipedExport, at(line), message)
        }
        None if source.trim().is_empty() => return None,
        None => Problem::new(
            Code::WipedCell,
            at(0),
            "students get only the stub of this cell: it has no solution region",
        ),
    };
    Some(problem.help(if lost.is_some() && code.is_some_and(|code| only_prepares(&code)) {
        "this cell has no answer: set `\"solution\": false` in its nbgrader metadata"
    } else {
        "put the part that students write between ### BEGIN SOLUTION and ### END SOLUTION"
    }))
}

/// The first import that other cells may rely on: one in a function is only that function's matter.
fn first_import(code: &python::Code) -> Option<Range<usize>> {
    let imports = code.imports().into_iter();
    imports.filter(|import| import.place != Where::Function).map(|import| import.range).next()
}

/// Is `source`, code in Python, without anything that a student could have to find: imports, magics, docstrings and constants (`EPSILON = 1e-7`) only?
pub fn has_no_answer(source: &str) -> bool {
    only_prepares(&python::Code::of(source, Dialect::IPython))
}

fn only_prepares(code: &python::Code) -> bool {
    fn prepares(statement: &Stmt) -> bool {
        match statement {
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::IpyEscapeCommand(_) | Stmt::Pass(_) => true,
            Stmt::Expr(expression) => matches!(*expression.value, Expr::StringLiteral(_)),
            Stmt::Try(attempt) => attempt.body.iter().all(prepares),
            Stmt::If(condition) => condition.body.iter().all(prepares),
            Stmt::Assign(assign) => assign.targets.iter().all(is_constant) && is_fixed(&assign.value),
            _ => false,
        }
    }
    code.is_valid() && code.suite().iter().all(prepares)
}

/// A name that is written as constants are: `EPSILON`.
fn is_constant(expression: &Expr) -> bool {
    let is_upper = |name: &str| name.len() > 1 && !name.chars().any(char::is_lowercase);
    matches!(expression, Expr::Name(name) if is_upper(name.id.as_str()))
}

/// Literals and constants, and what is calculated of them.
fn is_fixed(expression: &Expr) -> bool {
    match expression {
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => {
            true
        }
        Expr::UnaryOp(operation) => is_fixed(&operation.operand),
        Expr::BinOp(operation) => is_fixed(&operation.left) && is_fixed(&operation.right),
        other => is_constant(other),
    }
}

/// A directive that makes the cell part of the package, or names the module.
fn is_export_directive(line: &str) -> bool {
    let directive =
        line.trim_start().strip_prefix('#').map(str::trim_start).and_then(|rest| rest.strip_prefix('|'));
    directive.is_some_and(|rest| {
        let word = rest.trim_start();
        word.starts_with("export") || word.starts_with("default_exp")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(source: &str, language: &str) -> (Code, Place, bool) {
        let problem = problem(2, source, language).unwrap();
        let fits = problem.help.as_deref().unwrap_or_default().contains("\"solution\": false");
        (problem.code, problem.place, fits)
    }

    #[test]
    fn what_is_lost_and_what_helps() {
        let at = |line| Place::Cell { cell: 2, line: Some(line) };
        for (source, expected) in [
            ("import os", (Code::WipedExport, at(0), true)),
            ("# Imports\nimport os, sys\nfrom a import (\n    b,\n)", (Code::WipedExport, at(1), true)),
            ("#| export\nimport numpy as np", (Code::WipedExport, at(0), true)),
            ("#| default_exp core", (Code::WipedExport, at(0), true)),
            (
                "'''Set up.'''\n%matplotlib inline\ntry:\n    import a\nexcept ImportError:\n    a = None",
                (Code::WipedExport, at(3), true),
            ),
            ("import os\ndef f():\n    return 1", (Code::WipedExport, at(0), false)),
            ("#| export\nx = 1", (Code::WipedExport, at(0), false)),
            ("#| export\nMAX_LENGTH = 8 * -KB\nKB = 1024", (Code::WipedExport, at(0), true)),
            ("#| export\nMAX_LENGTH = length(x)", (Code::WipedExport, at(0), false)),
            ("class A:\n    import os", (Code::WipedExport, at(1), false)),
            ("def f():\n    import time\n    return time", (Code::WipedCell, at(0), false)),
            ("async def f():\n    if True:\n        from a import b", (Code::WipedCell, at(0), false)),
            ("text = '''\nimport os\n'''\n# from a import b", (Code::WipedCell, at(0), false)),
        ] {
            assert_eq!(said(source, "python"), expected, "{source}");
        }
        assert_eq!(said("import os", "R"), (Code::WipedCell, at(0), false));
        assert_eq!(problem(0, " \n", "python"), None);
    }
}
