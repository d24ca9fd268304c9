//! What Python code says, read by the parser of ruff: definitions, imports, syntax errors.
//!
//! In: the text of a cell or of a file. Out: [`Code`], a value that was read once and can be asked
//! often. It never fails: what is not Python gives [`SyntaxError`]s beside whatever could be read.
//! Nothing here knows notebooks, files or packages; nothing here runs any code.

mod blocks;
mod compile;
mod definitions;
mod depth;
mod imports;
mod names;
mod stubs;
mod tables;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ruff_python_ast::{ModModule, PySourceType};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked, parse_unchecked_source};
use ruff_text_size::{Ranged, TextRange};

pub use blocks::Statement;
pub use definitions::{Definition, DefinitionKind};
pub use imports::{Import, Where};
pub use names::{is_importable, is_library};
pub use words::{is_word, words};

/// The dialect that code is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A file that Python itself runs.
    Python,
    /// The code cell of a notebook: magics (`%time`), shell lines (`!ls`) and help (`f?`) are allowed.
    IPython,
}

/// Code that was read.
#[derive(Debug)]
pub struct Code {
    source: String,
    parsed: Parsed<ModModule>,
    too_deep: Option<SyntaxError>,
}

/// A place where code is not Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, as ruff's parser says it, in lower case.
    pub message: String,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
}

impl Code {
    /// Reads `source`. Line ends may be of any kind; ranges count bytes of `source`.
    ///
    /// Nesting that is too deep to be read safely gives an error and no definitions.
    pub fn of(source: &str, dialect: Dialect) -> Self {
        let mode = match dialect {
            Dialect::Python => Mode::Module,
            Dialect::IPython => Mode::Ipython,
        };
        let too_deep = depth::is_too_deep(source, mode)
            .then(|| SyntaxError { message: "nested too deeply".to_owned(), range: 0..source.len() });
        let source = if too_deep.is_some() { "" } else { source };
        let parsed = parse_unchecked(source, ParseOptions::from(mode)).try_into_module();
        // Both modes give a module; only `Mode::Expression` does not.
        let parsed = parsed.unwrap_or_else(|| parse_unchecked_source("", PySourceType::Python));
        Self { source: source.to_owned(), parsed, too_deep }
    }

    /// All syntax errors, in order of place.
    pub fn errors(&self) -> Vec<SyntaxError> {
        let error = |error: &ruff_python_parser::ParseError| SyntaxError {
            message: lower_case(&error.error.to_string()),
            range: bytes(error.location),
        };
        let errors = self.parsed.errors().iter().map(error);
        self.too_deep.iter().cloned().chain(errors).collect()
    }

    /// Is every line of it Python (of its dialect)?
    pub fn is_valid(&self) -> bool {
        self.too_deep.is_none() && self.parsed.errors().is_empty()
    }

    /// What keeps Python from compiling the code as (a part of) a module: the first syntax error; or
    /// else everything that its compiler refuses, such as an `await` outside of a function, and every
    /// magic and shell line. The version of Python is not considered.
    pub fn module_errors(&self) -> Vec<SyntaxError> {
        match self.errors().into_iter().min_by_key(|error| error.range.start) {
            Some(first) => vec![first],
            None => compile::errors(&self.source, self.parsed.suite(), false),
        }
    }

    /// What keeps Jupyter from running the code as a cell: the first syntax error; or else everything
    /// that Python's compiler refuses, such as a `return` outside of a function. A cell may `await`.
    pub fn cell_errors(&self) -> Vec<SyntaxError> {
        match self.errors().into_iter().min_by_key(|error| error.range.start) {
            Some(first) => vec![first],
            None => compile::errors(&self.source, self.parsed.suite(), true),
        }
    }

    /// The lines, from 0, that have a comment.
    pub fn comment_lines(&self) -> BTreeSet<usize> {
        let comments = self.parsed.tokens().iter().filter(|token| token.kind().is_comment());
        let start = |token: &ruff_python_ast::token::Token| token.range().start().to_usize();
        comments.filter_map(|token| Some(self.source.get(..start(token))?.matches('\n').count())).collect()
    }

    /// Every statement and decorator with the blocks that it is in.
    pub fn statements(&self) -> Vec<Statement> {
        blocks::of(self.parsed.tokens(), &self.source)
    }

    /// The functions, classes and methods that the code defines, and the names that it assigns at its
    /// top level, in the order of the text. Functions inside functions are not among them.
    pub fn definitions(&self) -> Vec<Definition> {
        definitions::of(self.parsed.suite())
    }

    /// The names that assignments and imports bind at the top level and in classes, each with its statement in bytes of the text, in the
    /// order of the text.
    pub fn bindings(&self) -> Vec<(String, Range<usize>)> {
        definitions::bindings(self.parsed.suite())
    }

    /// Every import, wherever it is.
    pub fn imports(&self) -> Vec<Import> {
        imports::of(self.parsed.suite())
    }

    /// Every text key of a dictionary at the top level, with each text in its value, however deep.
    pub fn dictionary_texts(&self) -> Vec<(String, String)> {
        tables::of(self.parsed.suite())
    }

    /// For every function, class and method by its name, and for the module as "", how many stubs it holds: a `raise NotImplementedError`
    /// that ends the body, or that is below `YOUR CODE HERE`. What a method holds is counted there, not with its class.
    pub fn stubs(&self) -> BTreeMap<String, usize> {
        stubs::of(self.parsed.suite(), &self.source)
    }

    /// The statements as ruff reads them, for questions that are not asked here yet.
    pub fn suite(&self) -> &[ruff_python_ast::Stmt] {
        self.parsed.suite()
    }
}

/// Without the capital letter that a sentence starts with.
fn lower_case(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn bytes(range: TextRange) -> Range<usize> {
    range.start().to_usize()..range.end().to_usize()
}

fn range_of(node: &impl Ranged) -> Range<usize> {
    bytes(node.range())
}

#[cfg(test)]
mod tests;
