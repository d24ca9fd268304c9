//! The dictionaries of code: packages keep lists of what they offer in them.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, Stmt};

/// Every text key of a dictionary in the statements at the top level, with each text in its value,
/// however deep: `{"a": (1, ["b", "c"])}` gives `("a", "b")` and `("a", "c")`.
pub(super) fn of(body: &[Stmt]) -> Vec<(String, String)> {
    let mut tables = Tables(Vec::new());
    for statement in body {
        match statement {
            Stmt::Assign(assign) => tables.visit_expr(&assign.value),
            Stmt::AnnAssign(assign) => assign.value.iter().for_each(|value| tables.visit_expr(value)),
            _ => {}
        }
    }
    tables.0
}

struct Tables(Vec<(String, String)>);

impl Visitor<'_> for Tables {
    fn visit_expr(&mut self, expression: &Expr) {
        if let Expr::Dict(dictionary) = expression {
            for item in &dictionary.items {
                let Some(Expr::StringLiteral(key)) = &item.key else { continue };
                let mut texts = Texts(Vec::new());
                texts.visit_expr(&item.value);
                self.0.extend(texts.0.into_iter().map(|text| (key.value.to_str().to_owned(), text)));
            }
        }
        walk_expr(self, expression);
    }
}

struct Texts(Vec<String>);

impl Visitor<'_> for Texts {
    fn visit_expr(&mut self, expression: &Expr) {
        if let Expr::StringLiteral(text) = expression {
            self.0.push(text.value.to_str().to_owned());
        }
        walk_expr(self, expression);
    }
}
