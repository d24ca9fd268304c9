//! Directives that are not at the top of their cell, or are written as nbdev 1 had them: nothing follows them.

use super::super::problem::{Place, Problem};
use super::WORDS;
use super::directives::directive;
use crate::diagnostic::Code;
use crate::python::{self, Dialect};

/// A directive that nothing follows.
pub(super) struct Misplaced {
    /// Its line in the cell, from 0.
    line: usize,
    /// As it should be written: `export`, `default_exp core`.
    right: String,
    /// It is nbdev 1's: `# export`.
    is_old: bool,
    /// It names the module.
    pub(super) names_module: bool,
}

impl Misplaced {
    /// What to say of it, in cell `cell`.
    pub(super) fn problem(self, cell: usize) -> Problem {
        let Self { line, right, is_old, .. } = self;
        let (message, help) = if is_old {
            let message = format!("`# {right}` is a directive of nbdev 1: nothing follows it");
            (message, format!("write `#| {right}`; if it is a plain comment, use other words"))
        } else {
            let message = format!(
                "nothing follows `#| {right}` here: a directive must be in the first lines of its cell"
            );
            (message, format!("move `#| {right}` above all other lines of the cell"))
        };
        Problem::new(Code::ExportDirective, Place::Cell { cell, line: Some(line) }, message).help(help)
    }
}

/// The directives of a cell that nothing follows: those behind line `end`, where the code begins.
pub(super) fn find(source: &str, end: usize) -> Vec<Misplaced> {
    let mut found = Vec::new();
    if source.trim_start().starts_with("%%") {
        return found;
    }
    let mut is_head = true;
    for (at, line) in source.split('\n').enumerate().skip(end) {
        is_head &= line.trim().is_empty() || line.trim_start().starts_with('#');
        let directive = directive(line).map(|it| (it, false));
        let Some(((word, value), is_old)) =
            directive.or_else(|| Some((old(line).filter(|_| is_head)?, true)))
        else {
            continue;
        };
        if WORDS.contains(&word.as_str()) {
            let names_module = word == "default_exp";
            let right = format!("{word} {value}").trim_end().to_owned();
            found.push(Misplaced { line: at, right, is_old, names_module });
        }
    }
    if !found.is_empty() {
        let comments = python::Code::of(source, Dialect::IPython).comment_lines();
        found.retain(|one| comments.contains(&one.line));
    }
    found
}

/// `# export`, `# default_exp core`.
fn old(line: &str) -> Option<(String, String)> {
    let text = line.trim().strip_prefix('#')?.trim_start();
    let (word, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let fits = match word {
        "export" | "exporti" | "exports" => value.is_empty(),
        "default_exp" => !value.is_empty() && !value.contains(char::is_whitespace),
        _ => false,
    };
    fits.then(|| (word.to_owned(), value.to_owned()))
}
