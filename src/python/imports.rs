//! The imports of code.

use std::ops::Range;

use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{ExceptHandler, Stmt};

use super::range_of;

/// Where an import is: what happens when the module is missing depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Runs whenever the file runs.
    Top,
    /// Inside a `try` that has handlers, so that the code may go on without the module.
    Guarded,
    /// Inside a function: only needed when that is called.
    Function,
    /// Under `if TYPE_CHECKING:`, which Python never runs.
    TypeChecking,
}

/// One module that code imports, or names from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module as written, dotted; empty in `from . import x`.
    pub module: String,
    /// The names that `from … import` lists, `*` for all; empty for a plain `import`.
    pub names: Vec<String>,
    /// What each of `names` is called here: itself, or the name behind `as`; of a plain `import`, the one name that it gives a value.
    pub bound: Vec<String>,
    /// The number of leading dots.
    pub level: u32,
    /// The whole statement, in bytes of the text.
    pub range: Range<usize>,
    /// Where it is.
    pub place: Where,
}

/// The imports of a module's body, in the order of the text.
pub(super) fn of(body: &[Stmt]) -> Vec<Import> {
    let mut collector = Collector { place: Where::Top, found: Vec::new() };
    collector.visit_body(body);
    collector.found
}

struct Collector {
    place: Where,
    found: Vec<Import>,
}

impl Collector {
    fn within(&mut self, place: Where, body: &[Stmt]) {
        let outer = std::mem::replace(&mut self.place, place);
        self.visit_body(body);
        self.place = outer;
    }
}

impl<'a> Visitor<'a> for Collector {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let place = self.place;
        match statement {
            Stmt::Import(import) => {
                for name in &import.names {
                    let (module, range) = (name.name.to_string(), range_of(import));
                    let first = name.name.split('.').next().unwrap_or_default();
                    let called = name.asname.as_ref().map_or(first, |name| name.as_str());
                    let (names, bound) = (Vec::new(), vec![called.to_owned()]);
                    self.found.push(Import { module, names, bound, level: 0, range, place });
                }
            }
            Stmt::ImportFrom(import) => self.found.push(Import {
                module: import.module.as_ref().map(ToString::to_string).unwrap_or_default(),
                names: import.names.iter().map(|name| name.name.to_string()).collect(),
                bound: import
                    .names
                    .iter()
                    .map(|name| name.asname.as_ref().unwrap_or(&name.name).to_string())
                    .collect(),
                level: import.level,
                range: range_of(import),
                place,
            }),
            Stmt::FunctionDef(function) if place == Where::Top => {
                self.within(Where::Function, &function.body)
            }
            Stmt::Try(attempt) if place == Where::Top && !attempt.handlers.is_empty() => {
                self.within(Where::Guarded, &attempt.body);
                for handler in &attempt.handlers {
                    let ExceptHandler::ExceptHandler(handler) = handler;
                    self.within(Where::Guarded, &handler.body);
                }
                self.visit_body(&attempt.orelse);
                self.visit_body(&attempt.finalbody);
            }
            Stmt::If(condition) if place == Where::Top && is_type_checking(&condition.test) => {
                self.within(Where::TypeChecking, &condition.body);
                condition.elif_else_clauses.iter().for_each(|clause| self.visit_body(&clause.body));
            }
            _ => walk_stmt(self, statement),
        }
    }
}

fn is_type_checking(test: &ruff_python_ast::Expr) -> bool {
    match test {
        ruff_python_ast::Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        ruff_python_ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}
