//! What Python's compiler refuses although its grammar allows it: `await` and `return` outside of
//! functions, a late `from __future__`, an argument that is named twice.

use std::cell::RefCell;
use std::ops::Range;

use ruff_python_ast::visitor::{Visitor, walk_body, walk_expr, walk_stmt};
use ruff_python_ast::{Comprehension, Expr, Parameters, PythonVersion, Stmt, StmtGlobal};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_text_size::TextRange;

use super::{SyntaxError, bytes, lower_case};

/// What a compiler finds wrong with a module that has this body, and every magic or shell line in it;
/// one error for each place, in order of place. `source` is what `body` was read from. The cell of a notebook
/// may have such lines, and may `await`.
pub(super) fn errors(source: &str, body: &[Stmt], is_cell: bool) -> Vec<SyntaxError> {
    let mut walk = Walk {
        checker: SemanticSyntaxChecker::new(),
        context: Context {
            source,
            is_cell,
            scopes: vec![Scope::new(Kind::Module)],
            found: RefCell::default(),
        },
        magics: Vec::new(),
    };
    walk.visit_body(body);
    let error = |error: SemanticSyntaxError| SyntaxError {
        message: lower_case(&error.to_string()),
        range: bytes(error.range),
    };
    let mut found: Vec<SyntaxError> = walk.context.found.into_inner().into_iter().map(error).collect();
    if !is_cell {
        found.extend(walk.magics.into_iter().map(|range| SyntaxError { message: MAGIC.to_owned(), range }));
    }
    found.sort_by_key(|error| (error.range.start, error.range.end));
    found.dedup_by_key(|error| error.range.clone());
    found
}

const MAGIC: &str = "only a notebook can run this line";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function { is_async: bool },
    Lambda,
    Comprehension { is_async: bool, is_generator: bool },
}

/// A scope that is open, and what is known of it.
struct Scope {
    kind: Kind,
    in_loop: bool,
    parameters: Vec<String>,
    globals: Vec<(String, TextRange)>,
}

impl Scope {
    fn new(kind: Kind) -> Self {
        Self { kind, in_loop: false, parameters: Vec::new(), globals: Vec::new() }
    }
}

/// Where the walk is, as ruff's checker asks for it.
struct Context<'a> {
    source: &'a str,
    is_cell: bool,
    scopes: Vec<Scope>,
    found: RefCell<Vec<SemanticSyntaxError>>,
}

impl Context<'_> {
    fn inner(&self) -> Option<&Scope> {
        self.scopes.last()
    }

    fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.scopes.iter().rev().map(|scope| scope.kind)
    }

    fn is_inner(&self, wanted: impl Fn(Kind) -> bool) -> bool {
        self.inner().is_some_and(|scope| wanted(scope.kind))
    }
}

impl SemanticSyntaxContext for Context<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        match self.inner()?.kind {
            Kind::Function { .. } => Some(LazyImportContext::Function),
            Kind::Class => Some(LazyImportContext::Class),
            _ => None,
        }
    }

    fn python_version(&self) -> PythonVersion {
        PythonVersion::latest()
    }

    fn source(&self) -> &str {
        self.source
    }

    fn global(&self, name: &str) -> Option<TextRange> {
        let (_, range) = self.inner()?.globals.iter().find(|(global, _)| global == name)?;
        Some(*range)
    }

    fn has_nonlocal_binding(&self, _name: &str) -> bool {
        // Names are not resolved here.
        true
    }

    fn in_async_context(&self) -> bool {
        let decides = |kind: Kind| match kind {
            Kind::Class | Kind::Lambda => Some(false),
            Kind::Function { is_async } => Some(is_async),
            Kind::Module | Kind::Comprehension { .. } => None,
        };
        self.kinds().find_map(decides).unwrap_or(self.is_cell)
    }

    fn in_await_allowed_context(&self) -> bool {
        let decides = |kind: Kind| match kind {
            Kind::Class => Some(false),
            Kind::Function { .. } | Kind::Lambda => Some(true),
            Kind::Comprehension { is_generator, .. } => is_generator.then_some(true),
            Kind::Module => None,
        };
        self.kinds().find_map(decides).unwrap_or(self.is_cell)
    }

    fn in_yield_allowed_context(&self) -> bool {
        self.is_inner(|kind| matches!(kind, Kind::Function { .. } | Kind::Lambda))
    }

    fn in_sync_comprehension(&self) -> bool {
        self.kinds().any(|kind| kind == Kind::Comprehension { is_async: false, is_generator: false })
    }

    fn in_class_body_comprehension(&self) -> bool {
        let mut outside = self.kinds().skip_while(|kind| matches!(kind, Kind::Comprehension { .. }));
        outside.next() == Some(Kind::Class)
    }

    fn in_module_scope(&self) -> bool {
        self.is_inner(|kind| kind == Kind::Module)
    }

    fn in_function_scope(&self) -> bool {
        self.is_inner(|kind| matches!(kind, Kind::Function { .. }))
    }

    fn in_generator_context(&self) -> bool {
        self.kinds().any(|kind| matches!(kind, Kind::Comprehension { is_generator: true, .. }))
    }

    fn in_notebook(&self) -> bool {
        self.is_cell
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        self.found.borrow_mut().push(error);
    }

    fn in_loop_context(&self) -> bool {
        self.inner().is_some_and(|scope| scope.in_loop)
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        self.inner().is_some_and(|scope| scope.parameters.iter().any(|parameter| parameter == name))
    }
}

struct Walk<'a> {
    checker: SemanticSyntaxChecker,
    context: Context<'a>,
    magics: Vec<Range<usize>>,
}

impl Walk<'_> {
    fn within(&mut self, scope: Scope, visit: impl FnOnce(&mut Self)) {
        self.context.scopes.push(scope);
        visit(self);
        self.context.scopes.pop();
    }

    fn body_of_loop(&mut self, body: &[Stmt]) {
        let set = |walk: &mut Self, to: bool| {
            walk.context.scopes.last_mut().map(|scope| std::mem::replace(&mut scope.in_loop, to))
        };
        let before = set(self, true).unwrap_or_default();
        self.visit_body(body);
        set(self, before);
    }

    fn comprehension(&mut self, generators: &[Comprehension], is_generator: bool, results: &[&Expr]) {
        for one in generators {
            self.visit_comprehension(one);
        }
        let is_async = generators.iter().any(|one| one.is_async);
        self.within(Scope::new(Kind::Comprehension { is_async, is_generator }), |walk| {
            results.iter().for_each(|result| walk.visit_expr(result));
        });
    }
}

impl Visitor<'_> for Walk<'_> {
    fn visit_stmt(&mut self, statement: &Stmt) {
        self.checker.visit_stmt(statement, &self.context);
        match statement {
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|one| self.visit_decorator(one));
                class.type_params.iter().for_each(|one| self.visit_type_params(one));
                class.arguments.iter().for_each(|one| self.visit_arguments(one));
                self.within(Scope::new(Kind::Class), |walk| walk.visit_body(&class.body));
            }
            Stmt::FunctionDef(function) => {
                function.decorator_list.iter().for_each(|one| self.visit_decorator(one));
                function.type_params.iter().for_each(|one| self.visit_type_params(one));
                self.visit_parameters(&function.parameters);
                function.returns.iter().for_each(|one| self.visit_annotation(one));
                let scope = Scope {
                    parameters: parameters(&function.parameters),
                    globals: globals(&function.body),
                    ..Scope::new(Kind::Function { is_async: function.is_async })
                };
                self.within(scope, |walk| walk.visit_body(&function.body));
            }
            Stmt::For(repeated) => {
                self.visit_expr(&repeated.iter);
                self.visit_expr(&repeated.target);
                self.body_of_loop(&repeated.body);
                self.visit_body(&repeated.orelse);
            }
            Stmt::While(repeated) => {
                self.visit_expr(&repeated.test);
                self.body_of_loop(&repeated.body);
                self.visit_body(&repeated.orelse);
            }
            Stmt::IpyEscapeCommand(command) => self.magics.push(bytes(command.range)),
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &Expr) {
        self.checker.visit_expr(expression, &self.context);
        match expression {
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|one| self.visit_parameters(one));
                self.within(Scope::new(Kind::Lambda), |walk| walk.visit_expr(&lambda.body));
            }
            Expr::ListComp(made) => self.comprehension(&made.generators, false, &[&made.elt]),
            Expr::DictComp(made) => {
                let results: Vec<&Expr> = made.key.as_deref().into_iter().chain([&*made.value]).collect();
                self.comprehension(&made.generators, false, &results);
            }
            Expr::SetComp(made) => self.comprehension(&made.generators, false, &[&made.elt]),
            Expr::Generator(made) => self.comprehension(&made.generators, true, &[&made.elt]),
            Expr::IpyEscapeCommand(command) => self.magics.push(bytes(command.range)),
            _ => walk_expr(self, expression),
        }
    }
}

fn parameters(parameters: &Parameters) -> Vec<String> {
    parameters.iter().map(|parameter| parameter.name().to_string()).collect()
}

/// The names that a function's own body declares as `global`.
fn globals(body: &[Stmt]) -> Vec<(String, TextRange)> {
    struct Globals(Vec<(String, TextRange)>);
    impl Visitor<'_> for Globals {
        fn visit_stmt(&mut self, statement: &Stmt) {
            match statement {
                Stmt::Global(StmtGlobal { names, range, .. }) => {
                    self.0.extend(names.iter().map(|name| (name.to_string(), *range)));
                }
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                _ => walk_stmt(self, statement),
            }
        }

        fn visit_expr(&mut self, _: &Expr) {}
    }
    let mut found = Globals(Vec::new());
    walk_body(&mut found, body);
    found.0
}
