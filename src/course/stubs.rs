//! `stubs`: what students get in place of code, by language.

use indexmap::IndexMap;

use super::fields::text;
use super::layer::Field;
use crate::diagnostic::{Code, Diagnostic, Severity, nearest, quoted};
use crate::notebook::tiers::Stubs;
use crate::python::{self, Dialect};
use crate::source::Spanned;
use crate::yaml::Node;

/// The stubs of one layer by language; upper and lower case do not matter. A stub that would break each notebook is left out.
pub(super) fn read(
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Spanned<IndexMap<String, Field<String>>> {
    let take = |(key, value): &(Node, Node)| {
        let language = key.text()?.to_lowercase();
        diagnostics.extend(misspelt(key, &language));
        let field = match text(value) {
            None if value.is_null() => Field::Deleted(key.span.clone()),
            None => Field::Absent,
            Some(stub) => match no_python(&language, &stub) {
                Some(problem) => {
                    diagnostics.push(problem);
                    Field::Absent
                }
                None => Field::Given(stub),
            },
        };
        Some((language, field))
    };
    Spanned::new(node.entries().iter().filter_map(take).collect(), node.span.clone())
}

/// A language that is only a slip away from one that has a stub by itself: a stub for it would never be used.
fn misspelt(key: &Node, language: &str) -> Option<Diagnostic> {
    let known = || Stubs::languages();
    if known().any(|name| name.eq_ignore_ascii_case(language)) {
        return None;
    }
    let near = nearest(language, known())?;
    let message = format!("no notebook is in a language `{}`", quoted(language));
    let mut problem = Diagnostic::new(Code::InvalidValue, message).at(&key.span, "");
    // It may be a language that we do not know.
    problem.severity = Severity::Warning;
    Some(problem.help(format!("did you mean `{near}`?")))
}

/// A stub for Python that is not Python, wherever it is put.
fn no_python(language: &str, stub: &Spanned<String>) -> Option<Diagnostic> {
    if language != "python" {
        return None;
    }
    // A solution may be the body of a function, and a stub may be a comment only.
    let body = stub.value.trim_end().replace('\n', "\n    ");
    let code = python::Code::of(&format!("def solution():\n    pass\n    {body}\n"), Dialect::IPython);
    let error = code.errors().into_iter().next()?;
    let message = format!("the stub for Python is not Python: {}", error.message);
    let problem =
        Diagnostic::new(Code::InvalidValue, message).at(&stub.span, "put in place of each solution");
    Some(problem.help("write statements, such as `raise NotImplementedError()`"))
}
