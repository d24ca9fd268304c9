//! What of code is still a stub: it raises `NotImplementedError` where an answer belongs.

use std::collections::BTreeMap;

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_body, walk_stmt};
use ruff_python_ast::{Expr, Stmt};

use super::range_of;

/// What the line before a stub says.
const MARK: &str = "YOUR CODE HERE";

/// For every function, class and method by its name, and for the module as "", how many stubs it holds: those of a class are outside of its
/// methods, those of the module outside of all of them. Of a name that is defined twice, the last definition counts.
pub(super) fn of(body: &[Stmt], source: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    scope(body, "", source, &mut found);
    found
}

/// The stubs of a module or class, and of what it defines.
fn scope(body: &[Stmt], name: &str, source: &str, found: &mut BTreeMap<String, usize>) {
    let mut scope = Scope { name, source, count: direct(body, source), found };
    walk_body(&mut scope, body);
    let count = scope.count;
    found.insert(name.to_owned(), count);
}

/// A body that is read: statements in conditions and loops belong to it.
struct Scope<'a> {
    name: &'a str,
    source: &'a str,
    count: usize,
    found: &'a mut BTreeMap<String, usize>,
}

impl Scope<'_> {
    fn qualified(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }
}

impl<'a> StatementVisitor<'a> for Scope<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => {
                let mut marked = Marked { source: self.source, count: direct(&function.body, self.source) };
                walk_body(&mut marked, &function.body);
                let (name, count) = (self.qualified(&function.name), marked.count);
                self.found.insert(name, count);
            }
            Stmt::ClassDef(class) => {
                let name = self.qualified(&class.name);
                // What an earlier class of this name held is gone.
                let inside = format!("{name}.")..format!("{name}/");
                let gone: Vec<String> = self.found.range(inside).map(|(known, _)| known.clone()).collect();
                for known in gone {
                    self.found.remove(&known);
                }
                scope(&class.body, &name, self.source, self.found);
            }
            other => {
                self.count += usize::from(is_marked(other, self.source));
                walk_stmt(self, other);
            }
        }
    }
}

/// The stubs of a function, wherever in it.
struct Marked<'a> {
    source: &'a str,
    count: usize,
}

impl<'a> StatementVisitor<'a> for Marked<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        self.count += usize::from(is_marked(statement, self.source));
        walk_stmt(self, statement);
    }
}

/// The stubs right in a body that bear no mark: what is behind them never runs. The visitors count those with a mark.
fn direct(body: &[Stmt], source: &str) -> usize {
    body.iter().filter(|statement| raises(statement) && !is_marked(statement, source)).count()
}

/// A stub as the course writes it: the line above says so.
fn is_marked(statement: &Stmt, source: &str) -> bool {
    let above = source.get(..range_of(statement).start).unwrap_or_default().lines().rev();
    raises(statement)
        && above.skip_while(|line| line.trim().is_empty()).take(1).any(|line| line.contains(MARK))
}

fn raises(statement: &Stmt) -> bool {
    let Stmt::Raise(raise) = statement else { return false };
    let error = match raise.exc.as_deref() {
        Some(Expr::Call(call)) => &*call.func,
        Some(other) => other,
        None => return false,
    };
    error.as_name_expr().is_some_and(|name| name.id.as_str() == "NotImplementedError")
}

#[cfg(test)]
mod tests {
    use crate::python::{Code, Dialect};

    fn stubs(source: &str) -> String {
        let found = Code::of(source, Dialect::Python).stubs();
        let shown =
            found.iter().filter(|(_, count)| **count > 0).map(|(name, count)| format!("{name}:{count}"));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn stubs_are_counted_where_they_belong() {
        for (source, expected) in [
            ("def f():\n    'what it does'\n    # YOUR CODE HERE\n    raise NotImplementedError()", "f:1"),
            ("async def f():\n    raise NotImplementedError", "f:1"),
            ("def f():\n    raise NotImplementedError('later')\n    return 1", "f:1"),
            (
                "def f(x):\n    if x:\n        # YOUR CODE HERE\n\n        raise NotImplementedError()\n    return 1",
                "f:1",
            ),
            ("def f(x):\n    if x:\n        raise NotImplementedError()\n    return 1", ""),
            ("def f():\n    raise ValueError\ndef g():\n    raise", ""),
            ("# YOUR CODE HERE\nraise NotImplementedError()", ":1"),
            ("if a:\n    # YOUR CODE HERE\n    raise NotImplementedError()", ":1"),
            ("class A:\n    # YOUR CODE HERE\n    raise NotImplementedError()", "A:1"),
            (
                "class A:\n    def f(self):\n        raise NotImplementedError\n    def g(self): return 1\n    class B:\n        def h(self): raise NotImplementedError",
                "A.B.h:1 A.f:1",
            ),
            ("def f(): raise NotImplementedError\ndef f(): return 1", ""),
            ("class A:\n    def f(self): raise NotImplementedError\nclass A: x = 1", ""),
            ("try:\n    def f(): raise NotImplementedError\nexcept E: pass", "f:1"),
        ] {
            assert_eq!(stubs(source), expected, "{source}");
        }
    }
}
