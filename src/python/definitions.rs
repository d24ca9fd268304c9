//! The names that code defines.

use std::ops::Range;

use ruff_python_ast::{Expr, Stmt};

use super::range_of;

/// What a name is defined as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefinitionKind {
    /// `def`, also `async def`.
    Function,
    /// `class`.
    Class,
    /// A `def` inside a class.
    Method,
    /// A name that a statement at the top level assigns or declares.
    Variable,
}

/// A name that code defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name; that of a method with its class, `Tensor.add`, as Python's `__qualname__`.
    pub name: String,
    /// What it is.
    pub kind: DefinitionKind,
    /// The whole statement in bytes of the text, decorators included.
    pub range: Range<usize>,
    /// The body in bytes of the text, from its first statement (a docstring is one) to the end of its
    /// last; of a variable, the whole statement.
    pub body: Range<usize>,
    /// The docstring as written between its quotes, if there is one.
    pub docstring: Option<String>,
    /// Does it stand right in the body of the module, or of a class that does? Not so in a condition, a `try` or a `with`.
    pub is_direct: bool,
    /// The decorators as written, without `@`: their ranges in bytes of the text.
    pub decorators: Vec<Range<usize>>,
}

/// The definitions of a module's body.
pub(super) fn of(body: &[Stmt]) -> Vec<Definition> {
    let mut found = Vec::new();
    collect(body, None, true, &mut found);
    found
}

fn collect(body: &[Stmt], class: Option<&str>, is_direct: bool, found: &mut Vec<Definition>) {
    for statement in body {
        match statement {
            Stmt::FunctionDef(function) => {
                let kind = if class.is_some() { DefinitionKind::Method } else { DefinitionKind::Function };
                let decorators =
                    function.decorator_list.iter().map(|one| range_of(&one.expression)).collect();
                let place = (class, is_direct);
                found.push(defined(statement, &function.name, place, kind, &function.body, decorators));
            }
            Stmt::ClassDef(definition) => {
                let decorators =
                    definition.decorator_list.iter().map(|one| range_of(&one.expression)).collect();
                let name = qualified(class, &definition.name);
                let kind = DefinitionKind::Class;
                let place = (class, is_direct);
                found.push(defined(statement, &definition.name, place, kind, &definition.body, decorators));
                collect(&definition.body, Some(&name), is_direct, found);
            }
            Stmt::Assign(assign) if class.is_none() => {
                for target in &assign.targets {
                    variables(target, statement, is_direct, found);
                }
            }
            Stmt::AnnAssign(assign) if class.is_none() => {
                variables(&assign.target, statement, is_direct, found)
            }
            Stmt::AugAssign(assign) if class.is_none() => {
                variables(&assign.target, statement, is_direct, found)
            }
            // What a condition or a `try` defines is defined all the same.
            Stmt::If(condition) => {
                collect(&condition.body, class, false, found);
                for clause in &condition.elif_else_clauses {
                    collect(&clause.body, class, false, found);
                }
            }
            Stmt::Try(attempt) => {
                for body in [&attempt.body, &attempt.orelse, &attempt.finalbody] {
                    collect(body, class, false, found);
                }
                for handler in &attempt.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    collect(&handler.body, class, false, found);
                }
            }
            Stmt::With(with) => collect(&with.body, class, false, found),
            _ => {}
        }
    }
}

/// The names that statements bind in another way than `def` and `class` do: assignments and imports of a module and of its classes, each
/// with its statement. Those of a class have its name, as methods do (`Tensor.add`); so does what is assigned to it from outside.
pub(super) fn bindings(body: &[Stmt]) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    bind(body, None, &mut found);
    found
}

fn bind(body: &[Stmt], class: Option<&str>, found: &mut Vec<(String, Range<usize>)>) {
    for statement in body {
        let range = range_of(statement);
        let mut add = |name: &str| found.push((qualified(class, name), range.clone()));
        match statement {
            Stmt::Assign(assign) => assign.targets.iter().for_each(|one| targets(one, &mut add)),
            Stmt::AnnAssign(assign) if assign.value.is_some() => targets(&assign.target, &mut add),
            Stmt::Import(import) => import.names.iter().for_each(|alias| match &alias.asname {
                Some(name) => add(name),
                None => add(alias.name.split('.').next().unwrap_or_default()),
            }),
            Stmt::ImportFrom(import) => {
                import.names.iter().for_each(|alias| add(alias.asname.as_ref().unwrap_or(&alias.name)));
            }
            Stmt::ClassDef(definition) => {
                bind(&definition.body, Some(&qualified(class, &definition.name)), found);
            }
            Stmt::If(condition) => {
                bind(&condition.body, class, found);
                for clause in &condition.elif_else_clauses {
                    bind(&clause.body, class, found);
                }
            }
            Stmt::Try(attempt) => {
                for body in [&attempt.body, &attempt.orelse, &attempt.finalbody] {
                    bind(body, class, found);
                }
                for handler in &attempt.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    bind(&handler.body, class, found);
                }
            }
            Stmt::With(with) => bind(&with.body, class, found),
            _ => {}
        }
    }
}

fn targets(target: &Expr, add: &mut impl FnMut(&str)) {
    match target {
        Expr::Name(name) => add(name.id.as_str()),
        Expr::Attribute(attribute) => {
            if let Expr::Name(owner) = &*attribute.value {
                add(&format!("{}.{}", owner.id, attribute.attr));
            }
        }
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|one| targets(one, add)),
        Expr::List(list) => list.elts.iter().for_each(|one| targets(one, add)),
        Expr::Starred(starred) => targets(&starred.value, add),
        _ => {}
    }
}

fn qualified(class: Option<&str>, name: &str) -> String {
    class.map_or_else(|| name.to_owned(), |class| format!("{class}.{name}"))
}

fn defined(
    statement: &Stmt,
    name: &str,
    (class, is_direct): (Option<&str>, bool),
    kind: DefinitionKind,
    body: &[Stmt],
    decorators: Vec<Range<usize>>,
) -> Definition {
    let range = range_of(statement);
    let start = body.first().map_or(range.end, |first| range_of(first).start);
    let end = body.last().map_or(range.end, |last| range_of(last).end);
    Definition {
        name: qualified(class, name),
        kind,
        range,
        body: start..end,
        docstring: docstring(body),
        is_direct,
        decorators,
    }
}

fn docstring(body: &[Stmt]) -> Option<String> {
    match body.first()? {
        Stmt::Expr(expression) => match &*expression.value {
            Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

fn variables(target: &Expr, statement: &Stmt, is_direct: bool, found: &mut Vec<Definition>) {
    match target {
        Expr::Name(name) => {
            let range = range_of(statement);
            let (kind, body) = (DefinitionKind::Variable, range.clone());
            let name = name.id.to_string();
            let (docstring, decorators) = (None, Vec::new());
            found.push(Definition { name, kind, range, body, docstring, is_direct, decorators });
        }
        Expr::Tuple(tuple) => tuple.elts.iter().for_each(|one| variables(one, statement, is_direct, found)),
        Expr::List(list) => list.elts.iter().for_each(|one| variables(one, statement, is_direct, found)),
        Expr::Starred(starred) => variables(&starred.value, statement, is_direct, found),
        _ => {}
    }
}
