//! `__all__`: the public names that cells define.

use ruff_python_ast::{Decorator, Expr, Stmt};

use crate::python::Code;

/// The names for `__all__`, in nbdev's order: what is assigned, then functions and classes, then what
/// `_all_` lists; each in the order of the cells. Names that start with `_` are private; functions
/// under a `@patch` decorator belong elsewhere. Only statements at the top level count.
pub(super) fn public<'a>(cells: impl Iterator<Item = &'a Code>) -> Vec<String> {
    let mut assigned = Vec::new();
    let mut defined = Vec::new();
    let mut listed = Vec::new();
    for statement in cells.flat_map(|code| code.suite()) {
        match statement {
            Stmt::Assign(assign) => {
                assign.targets.iter().for_each(|target| names(target, &mut assigned));
                if assign.targets.first().is_some_and(lists_names) {
                    listed.extend(listed_names(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => names(&assign.target, &mut assigned),
            Stmt::AugAssign(assign) => names(&assign.target, &mut assigned),
            Stmt::FunctionDef(function) if !function.decorator_list.iter().any(is_patch) => {
                defined.push(function.name.to_string());
            }
            Stmt::ClassDef(class) if !class.decorator_list.iter().any(is_patch) => {
                defined.push(class.name.to_string());
            }
            _ => {}
        }
    }
    let public = assigned.into_iter().chain(defined).filter(|name| !name.starts_with('_'));
    let mut all: Vec<String> = Vec::new();
    for name in public.chain(listed) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// fastcore's `@patch`, `@patch_to(Class)`.
fn is_patch(decorator: &Decorator) -> bool {
    let function = match &decorator.expression {
        Expr::Call(call) => &call.func,
        other => other,
    };
    function.as_name_expr().is_some_and(|name| name.id.starts_with("patch"))
}

/// The names that an assignment to `target` gives a value; as in nbdev, not those of nested or starred ones.
fn names(target: &Expr, assigned: &mut Vec<String>) {
    let targets = elements(target).unwrap_or(std::slice::from_ref(target));
    assigned.extend(targets.iter().filter_map(|target| Some(target.as_name_expr()?.id.to_string())));
}

fn lists_names(target: &Expr) -> bool {
    target.as_name_expr().is_some_and(|name| name.id.as_str() == "_all_")
}

/// The items of a list of strings or names.
fn listed_names(value: &Expr) -> Vec<String> {
    let item = |item: &Expr| match item {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        _ => None,
    };
    elements(value).unwrap_or_default().iter().filter_map(item).collect()
}

fn elements(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Tuple(tuple) => Some(&tuple.elts),
        Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}

/// `__all__ = [...]`, wrapped at 120 columns as Python's `textwrap` does.
pub(super) fn all_lines(names: &[String]) -> Vec<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = format!("[{}]", quoted.join(", "));
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in list.split(' ') {
        let indent = if lines.is_empty() { 0 } else { 11 };
        if !line.is_empty() && indent + line.len() + 1 + word.len() > 120 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines.push(line);
    let prefix = |at: usize| if at == 0 { "__all__ = " } else { "           " };
    lines.iter().enumerate().map(|(at, line)| format!("{}{line}", prefix(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Dialect;

    fn names(source: &str) -> Vec<String> {
        public([Code::of(source, Dialect::IPython)].iter())
    }

    #[test]
    fn what_is_public() {
        for (source, expected) in [
            ("def f(a=1): pass\nasync def g(): pass\nclass C(B): x = 1", vec!["f", "g", "C"]),
            ("def f(): pass\nx = 1", vec!["x", "f"]),
            ("a = b = c = 1\nd, (e) = 1, 2\n(f, g) = h", vec!["a", "b", "c", "d", "e", "f", "g"]),
            ("x: int = 1\ny: dict[str, int]\nz += 1\nw <<= 1", vec!["x", "y", "z", "w"]),
            ("_p = 1\ndef _q(): pass\n_all_ = ['_p', q]", vec!["_p", "q"]),
            ("x.y = 1\nx[0] = 2\nprint(a=1)\na == b\na <= b\nassert x, y == 1", vec![]),
            ("f = lambda x, y=1: x\nif a: b = 1\nfor i in x: k = i", vec!["f"]),
            (
                "@patch\ndef f(self: A): pass\n@other\ndef g(): pass\n@patch_to(A)\ndef h(self): pass",
                vec!["g"],
            ),
            ("x = 'a = b'; y = {\n 'k': z == 1}", vec!["x", "y"]),
            ("import a\nfrom b import c", vec![]),
            ("x = 1\nx = 2", vec!["x"]),
        ] {
            assert_eq!(names(source), expected, "{source}");
        }
    }

    #[test]
    fn long_lists_are_wrapped() {
        let names: Vec<String> = (0..20).map(|i| format!("name_number_{i}")).collect();
        let lines = all_lines(&names);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= 130));
        assert!(lines[1].starts_with("           '"));
        assert_eq!(all_lines(&[]), ["__all__ = []"]);
    }
}
