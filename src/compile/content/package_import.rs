//! An import of the package that a notebook or a file has.

use crate::source::Span;

/// An import of the package, or from it, that runs whenever the code runs.
#[derive(Clone, Debug)]
pub(crate) struct PackageImport {
    /// The module below the package: `core.tensor`; empty for the package itself.
    pub(super) module: String,
    /// The names that `from … import` lists.
    pub(super) names: Vec<String>,
    /// The first line of the statement.
    pub(super) span: Span,
}

#[cfg(test)]
impl PackageImport {
    pub(super) fn of_test(module: &str, names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { module: module.to_owned(), names, span: crate::source::Source::new("t.py", "").span(0, 0) }
    }
}
