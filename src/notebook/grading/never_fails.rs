//! A graded cell that cannot fail: everyone gets its points.
//!
//! nbgrader gives the points of a test that raises nothing. So an `assert` on a tuple, a function that nothing calls and an
//! assertion that the cell itself catches are worth full points to a notebook without any answer.

use std::ops::Range;

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{BoolOp, ExceptHandler, Expr, Number, Stmt, StmtTry};
use ruff_text_size::Ranged;

use crate::diagnostic::Code;
use crate::notebook::problem::{Place, Problem};
use crate::notebook::{Cell, CellKind};
use crate::python::{self, Dialect};

/// What is wrong with the tests of a cell of code in Python.
pub fn never_fails(index: usize, cell: &Cell) -> Vec<Problem> {
    if cell.kind != CellKind::Code || !cell.flag("grade") || cell.flag("solution") {
        return Vec::new();
    }
    let code = python::Code::of(&cell.source, Dialect::IPython);
    // A template of tests is reported already.
    if !code.is_valid() || cell.source.contains("AUTOTEST") {
        return Vec::new();
    }
    let mut looks = Looks { may_give_points: gives_points(code.suite()), found: Vec::new() };
    looks.visit_body(code.suite());
    if looks.found.is_empty() {
        looks.found.extend(idle(code.suite()));
    }
    let problem = |found: Found| {
        let place = match found.range {
            Some(range) => Place::within(index, &cell.source, &range),
            None => Place::Cell { cell: index, line: None },
        };
        Problem::new(Code::TestNeverFails, place, found.message).help(found.help)
    };
    looks.found.into_iter().map(problem).collect()
}

struct Found {
    /// Where; none: the whole cell.
    range: Option<Range<usize>>,
    message: String,
    help: String,
}

impl Found {
    fn new(at: &impl Ranged, message: impl Into<String>, help: impl Into<String>) -> Self {
        let range = at.range().start().to_usize()..at.range().end().to_usize();
        Self { range: Some(range), message: message.into(), help: help.into() }
    }
}

/// Is the last line a value? nbgrader takes a number there for points, so that what fails may be counted.
fn gives_points(suite: &[Stmt]) -> bool {
    let Some(Stmt::Expr(last)) = suite.last() else { return false };
    !matches!(&*last.value, Expr::Compare(_) | Expr::StringLiteral(_) | Expr::Call(_))
}

/// A cell of which no line can fail.
fn idle(suite: &[Stmt]) -> Option<Found> {
    if !suite.iter().all(is_idle) {
        return None;
    }
    let defined = suite.iter().rev().find_map(|statement| match statement {
        Stmt::FunctionDef(function) => Some((statement, function.name.as_str())),
        Stmt::ClassDef(class) => Some((statement, class.name.as_str())),
        _ => None,
    });
    Some(match defined {
        Some((statement, name)) => {
            let range = statement.range().start().to_usize()..statement.range().start().to_usize() + 1;
            Found {
                range: Some(range),
                message: format!("this test cannot fail: the cell defines `{name}` and does not call it"),
                help: format!("call it at the end of the cell: `{name}()`"),
            }
        }
        None => Found {
            range: None,
            message: "this test cannot fail: the cell tests nothing, and everyone gets its points".to_owned(),
            help: "write an `assert` into it, or set `\"grade\": false`".to_owned(),
        },
    })
}

fn is_idle(statement: &Stmt) -> bool {
    match statement {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Pass(_) | Stmt::Import(_) | Stmt::ImportFrom(_) => {
            true
        }
        Stmt::Expr(expression) => expression.value.is_literal_expr(),
        Stmt::Assert(assert) => assert.test.is_boolean_literal_expr() && is_true(&assert.test),
        _ => false,
    }
}

/// What may hide in any body of the cell.
struct Looks {
    may_give_points: bool,
    found: Vec<Found>,
}

impl<'a> StatementVisitor<'a> for Looks {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // `assert True` shows that a line was reached.
            Stmt::Assert(assert) if is_true(&assert.test) && !assert.test.is_boolean_literal_expr() => {
                self.found.push(true_assertion(&assert.test));
            }
            Stmt::Try(attempt) if !self.may_give_points => self.found.extend(swallowed(attempt)),
            Stmt::Expr(expression) if expression.value.is_compare_expr() => {
                let help = "write `assert` in front of it";
                self.found.push(Found::new(statement, "nothing happens when this comparison is false", help));
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }
}

fn true_assertion(test: &Expr) -> Found {
    let help = match test {
        Expr::Tuple(_) => "remove the parentheses: `assert value == expected, \"what is wrong\"`",
        Expr::BoolOp(_) => "write the whole comparison on both sides of `or`: `x == 1 or x == 2`",
        Expr::Lambda(_) => "call the function",
        _ => "compare a value: `assert value == expected`",
    };
    let what = if test.is_tuple_expr() { "a tuple" } else { "this" };
    Found::new(test, format!("this assertion cannot fail: {what} is always true"), help)
}

/// Is it true whatever students write?
fn is_true(test: &Expr) -> bool {
    match test {
        Expr::Tuple(tuple) => tuple.elts.iter().any(|item| !item.is_starred_expr()),
        Expr::StringLiteral(text) => !text.value.is_empty(),
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::NumberLiteral(number) => matches!(&number.value, Number::Int(value) if *value != 0_u8),
        Expr::Lambda(_) => true,
        Expr::BoolOp(operation) if operation.op == BoolOp::Or => operation.values.iter().any(is_true),
        _ => false,
    }
}

/// An `assert` that the cell itself catches and does nothing about.
fn swallowed(attempt: &StmtTry) -> Option<Found> {
    let assert = attempt.body.iter().find(|statement| statement.is_assert_stmt())?;
    let mut handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
    let handler = handlers.find(|handler| handler.type_.as_deref().is_none_or(catches))?;
    let is_quiet = handler.body.iter().all(is_quiet) && attempt.orelse.is_empty();
    is_quiet.then(|| {
        let message = "this assertion cannot fail: the `except` below catches it";
        Found::new(
            assert,
            message,
            "move the `assert` out of the `try`, or write `raise` at the end of the `except`",
        )
    })
}

/// Does `except` with this catch an AssertionError?
fn catches(exception: &Expr) -> bool {
    match exception {
        Expr::Name(name) => {
            matches!(name.id.as_str(), "AssertionError" | "Exception" | "BaseException")
        }
        Expr::Tuple(tuple) => tuple.elts.iter().any(catches),
        _ => false,
    }
}

/// Nothing that could be looked at later, or fail.
fn is_quiet(statement: &Stmt) -> bool {
    let prints = |expression: &Expr| match expression {
        Expr::Call(call) => matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "print"),
        other => other.is_literal_expr(),
    };
    match statement {
        Stmt::Pass(_) | Stmt::Continue(_) => true,
        Stmt::Expr(expression) => prints(&expression.value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(source: &str) -> Vec<(Place, String)> {
        let mut cell = Cell::new(CellKind::Code, source);
        cell.metadata.insert("nbgrader".into(), json!({"grade": true, "grade_id": "t", "points": 1}));
        never_fails(0, &cell).into_iter().map(|problem| (problem.place, problem.message)).collect()
    }

    #[test]
    fn tests_that_cannot_fail() {
        let at = |line, start, end| Place::Columns { cell: 0, line, start, end };
        let whole = Place::Cell { cell: 0, line: None };
        for (source, place) in [
            ("", whole),
            ("# later\npass", whole),
            ("assert True", whole),
            ("import os\n'''Nothing'''", whole),
            ("x = 1\nassert (f(1) == 2, 'two')", at(1, 7, 25)),
            ("assert f(1) == 2 or 3", at(0, 7, 21)),
            ("assert 'f(1) == 2'", at(0, 7, 18)),
            ("assert lambda: f(1)", at(0, 7, 19)),
            ("import os\n\ndef test_it():\n    assert f(1)", at(2, 0, 1)),
            ("class T(TestCase):\n    def test(self):\n        self.fail()", at(0, 0, 1)),
            ("f(1)\nf(1) == 2", at(1, 0, 9)),
            ("try:\n    assert f(1) == 2\nexcept AssertionError:\n    print('wrong')", at(1, 4, 20)),
            ("def t():\n    try:\n        assert f(1)\n    except:\n        pass\nt()", at(2, 8, 19)),
            (
                "try:\n    assert f(1)\nexcept (ValueError, Exception) as error:\n    print(error)",
                at(1, 4, 15),
            ),
        ] {
            let found = said(source);
            assert_eq!(
                found.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
                [place],
                "{source}: {found:?}"
            );
        }
    }

    #[test]
    fn tests_that_can() {
        for source in [
            "assert f(1) == 2, 'two'",
            "def test_it():\n    assert f(1)\ntest_it()",
            "f(1)",
            "value",
            "%time f(1)",
            "assert ()",
            "assert 0, 'reached'",
            "assert (f(1) == 2), 'two'",
            "try:\n    f(-1)\n    assert False, 'should raise'\nexcept ValueError:\n    pass",
            "try:\n    f(-1)\nexcept Exception:\n    pass\nelse:\n    assert False",
            "try:\n    assert f(1)\nexcept AssertionError:\n    print('wrong')\n    raise",
            "try:\n    assert f(1)\nexcept AssertionError:\n    good = False\nassert good",
            "points = 0\ntry:\n    assert f(1)\n    points += 1\nexcept AssertionError:\n    pass\npoints",
            "try:\n    assert f(1)\nexcept AssertionError:\n    raise\nexcept Exception:\n    pass",
            "assert True\nf(1)",
            "if __name__ == '__main__':\n    test_it()",
            "def f(:",
        ] {
            assert_eq!(said(source), [], "{source}");
        }
        let mut cell = Cell::new(CellKind::Code, "");
        cell.metadata.insert("nbgrader".into(), json!({"grade": true, "solution": true, "grade_id": "t"}));
        assert_eq!(never_fails(0, &cell), []);
    }
}
