//! Export: a notebook's `#| export` cells → the package module that they define, as nbdev writes it.
//!
//! Every exported cell is parsed once: what Python cannot compile as part of a module is a [`Problem`] at its
//! place in the cell. [`Exported::origin`] says which cell and line a line of the module comes from.

mod directives;
mod hidden;
mod imports;
mod names;
mod stubs;

use directives::{Directives, directives};

use std::ops::Range;

pub use hidden::hidden;
pub use stubs::stub_problems;

use super::problem::{Place, Problem};
use super::tiers::is_solution_marker;
use super::{CellKind, Notebook};
use crate::diagnostic::{Code, nearest};
use crate::python::{self, Dialect};

/// A module of the package, made from a notebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Its name within the package: `core.tensor`.
    pub module: String,
    /// Where `#| default_exp` names it.
    pub named: Place,
    /// Its text.
    pub text: String,
    /// What each line of the text comes from; `None` for what tito wrote.
    lines: Vec<Option<LineOrigin>>,
}

/// A line of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineOrigin {
    /// The index of the cell.
    pub cell: usize,
    /// The line of its source, from 0.
    pub line: usize,
}

impl Exported {
    /// Where line `line` of the module, from 1, comes from.
    pub fn origin(&self, line: usize) -> Option<LineOrigin> {
        self.lines.get(line.checked_sub(1)?).copied().flatten()
    }

    /// The path of the module below the package's folder: `core/tensor.py`.
    pub fn path(&self) -> String {
        self.module.replace('.', "/") + ".py"
    }
}

/// One exported cell, without its directives.
struct Piece {
    index: usize,
    heading: String,
    source: String,
    /// The line of the cell, from 0, that each line of `source` is.
    lines: Vec<usize>,
    code: python::Code,
    public: bool,
}

impl Piece {
    fn new(index: usize, heading: String, kept: &[(&str, usize)], public: bool) -> Self {
        let source = kept.iter().map(|(line, _)| *line).collect::<Vec<_>>().join("\n");
        let code = python::Code::of(&source, Dialect::IPython);
        Self { index, heading, source, lines: kept.iter().map(|(_, at)| *at).collect(), code, public }
    }

    /// The place of a part of `source` in the cell.
    fn place(&self, range: &Range<usize>) -> Place {
        match Place::within(self.index, &self.source, range) {
            Place::Columns { cell, line, start, end } => {
                let line = self.lines.get(line).copied().unwrap_or_default();
                Place::Columns { cell, line, start, end }
            }
            other => other,
        }
    }

    /// What keeps Python from compiling the cell as a part of a module.
    fn faults(&self) -> impl Iterator<Item = Problem> {
        self.code.module_errors().into_iter().map(|error| {
            let message = format!("a Python module cannot hold this exported cell: {}", error.message);
            let problem = Problem::new(Code::ExportSyntax, self.place(&error.range), message);
            problem.help(
                "correct it, or move what only a notebook can run (`%magic`, `!command`, a bare `await`) into a cell that is not exported",
            )
        })
    }
}

/// The module that `notebook` exports into `package`, with what is wrong; `from` is the notebook's name for the header.
/// A notebook without export directives gives no module and no problem.
pub fn export(notebook: &Notebook, package: &str, from: &str) -> (Option<Exported>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut module: Option<(String, Place)> = None;
    let mut pieces = Vec::new();
    for (index, cell) in notebook.cells.iter().enumerate().filter(|(_, cell)| cell.kind == CellKind::Code) {
        let found = directives(&cell.source);
        note_slips(&found, index, &mut problems);
        note_module(&found, index, &mut module, &mut problems);
        let Some(public) = exports(&found, index, &mut problems) else { continue };
        let lines = kept_lines(&cell.source, found.end);
        if lines.iter().any(|(line, _)| !line.trim().is_empty()) {
            let id = cell.id.as_deref().map(|id| format!(" #{id}")).unwrap_or_default();
            pieces.push(Piece::new(index, format!("# %% {from}{id}"), &lines, public));
        }
    }
    match (module, pieces.first()) {
        (Some(module), Some(_)) => {
            if notebook.language() == "python" {
                problems.extend(pieces.iter().flat_map(Piece::faults));
                problems.extend(late_future(&pieces));
            }
            (Some(assemble(module, package, from, pieces)), problems)
        }
        // A name that is wrong was reported already.
        (None, Some(_)) if problems.iter().any(|problem| problem.code == Code::DefaultExport) => {
            (None, problems)
        }
        (None, Some(piece)) => {
            let place = Place::Cell { cell: piece.index, line: Some(0) };
            let message = "the cell is exported, and the notebook does not say where to";
            let problem = Problem::new(Code::DefaultExport, place, message);
            problems.push(problem.help("write `#| default_exp core.tensor` into the first code cell"));
            (None, problems)
        }
        (_, None) => (None, problems),
    }
}

/// A `from __future__ import` behind other code: the cell is not the first one.
fn late_future(pieces: &[Piece]) -> Option<Problem> {
    let first = pieces.iter().position(|piece| imports::has_other_than_future(&piece.code))?;
    let late = pieces.get(first + 1..)?.iter().find_map(|piece| Some((piece, imports::future(&piece.code)?)));
    let (piece, range) = late?;
    let message = "Python wants every `from __future__ import` before all other code of the module";
    let problem = Problem::new(Code::ExportSyntax, piece.place(&range), message);
    Some(problem.help("move it into the first exported cell"))
}

/// The module that `#| default_exp` of a cell with this source names.
pub fn named_module(source: &str) -> Option<String> {
    directives(source).values("default_exp").map(|(name, _)| name).next()
}

/// The module that `#| default_exp` names.
fn note_module(
    found: &Directives,
    index: usize,
    module: &mut Option<(String, Place)>,
    problems: &mut Vec<Problem>,
) {
    for (name, line) in found.values("default_exp") {
        let place = Place::Cell { cell: index, line: Some(line) };
        let second = module.as_ref().is_some_and(|(module, _)| *module != name);
        let problem = match misnamed(&name) {
            Some(problem) => Some(problem),
            None if second => {
                Some((format!("`{name}` is a second module; a notebook exports into one"), None))
            }
            None => None,
        };
        match problem {
            Some((message, help)) => {
                let problem = Problem::new(Code::DefaultExport, place, message);
                problems.push(Problem { help, ..problem });
            }
            None => *module = Some((name, place)),
        }
    }
}

/// Why nothing could import a module of this name, with what would be right.
fn misnamed(name: &str) -> Option<(String, Option<String>)> {
    if let Some(module) = name.strip_suffix(".py") {
        let message = format!("`{name}` is the name of a file: write the module's, `{module}`");
        return Some((message, Some(format!("write `#| default_exp {module}`"))));
    }
    let part = name.split('.').find(|part| !python::is_importable(part) || *part == "__init__")?;
    let help = "write it as `core.tensor`: words of letters, digits and `_`, with dots between them";
    Some(match part {
        "__init__" => (
            format!("`{name}` is no module: tito makes the `__init__.py` of every folder of the package"),
            Some("name a module, `core.tensor`, and let others import it by that name".to_owned()),
        ),
        part if part.chars().all(|c| c.is_alphanumeric() || c == '_') && !part.is_empty() => {
            let what = if part.starts_with(|c: char| c.is_ascii_digit()) {
                "begins with a digit"
            } else {
                "is a word of the language"
            };
            (format!("Python cannot import the module `{name}`: `{part}` {what}"), Some(help.to_owned()))
        }
        _ => (
            format!("`{name}` is not the name of a module: write it as `core.tensor`"),
            Some(help.to_owned()),
        ),
    })
}

/// Directives of these words are followed; others are other tools' matter, unless they look like a slip.
const WORDS: [&str; 4] = ["export", "exporti", "exports", "default_exp"];

fn note_slips(found: &Directives, index: usize, problems: &mut Vec<Problem>) {
    for (word, line) in found.words().filter(|(word, _)| !WORDS.contains(word)) {
        let Some(near) = nearest(word, WORDS) else { continue };
        let place = Place::Cell { cell: index, line: Some(line) };
        let problem = Problem::new(Code::ExportDirective, place, format!("`#| {word}` exports nothing"));
        problems.push(problem.help(format!("did you mean `#| {near}`?")));
    }
}

/// Is the cell exported, and with public names? `None`: it is not.
fn exports(found: &Directives, index: usize, problems: &mut Vec<Problem>) -> Option<bool> {
    let mut public = None;
    for (word, visible) in [("exporti", false), ("exports", true), ("export", true)] {
        for (argument, line) in found.values(word) {
            if argument.is_empty() {
                public = Some(visible);
            } else {
                let place = Place::Cell { cell: index, line: Some(line) };
                let message = format!("`#| {word} {argument}` names another module, which is not followed");
                let problem = Problem::new(Code::ExportDirective, place, message);
                problems.push(problem.help(format!("write `#| {word}`; `#| default_exp` names the module")));
            }
        }
    }
    public
}

/// The lines of a cell behind its directives, with their numbers. Markers of solution regions are of no use in a module.
fn kept_lines(source: &str, directives: usize) -> Vec<(&str, usize)> {
    let lines = source.split('\n').enumerate().skip(directives);
    lines.filter(|(_, line)| !is_solution_marker(line)).map(|(at, line)| (line, at)).collect()
}

/// Header, `__all__`, cells; what a `from __future__` needs stands before `__all__`.
fn assemble((module, named): (String, Place), package: &str, from: &str, mut pieces: Vec<Piece>) -> Exported {
    let folder = match module.rsplit_once('.') {
        Some((folder, _)) => format!("{package}.{folder}"),
        None => package.to_owned(),
    };
    let names = names::public(pieces.iter().filter(|piece| piece.public).map(|piece| &piece.code));
    let future =
        pieces.iter().rposition(|piece| imports::future(&piece.code).is_some()).map_or(0, |at| at + 1);
    for piece in &mut pieces {
        piece.source = imports::make_relative(&piece.source, &piece.code, &folder);
    }
    let mut page = Page::default();
    page.own(&format!("# AUTOGENERATED! DO NOT EDIT! File to edit: {from}."));
    let behind = pieces.split_off(future);
    for piece in &pieces {
        page.piece(piece);
    }
    page.own("");
    page.own("# %% auto #0");
    for line in names::all_lines(&names) {
        page.own(&line);
    }
    for piece in &behind {
        page.piece(piece);
    }
    Exported { module, named, text: page.text, lines: page.lines }
}

#[derive(Default)]
struct Page {
    text: String,
    lines: Vec<Option<LineOrigin>>,
}

impl Page {
    fn line(&mut self, text: &str, origin: Option<LineOrigin>) {
        self.text += text;
        self.text += "\n";
        self.lines.push(origin);
    }

    fn own(&mut self, text: &str) {
        self.line(text, None);
    }

    fn piece(&mut self, piece: &Piece) {
        self.own("");
        self.own(&piece.heading);
        for (line, at) in piece.source.split('\n').zip(&piece.lines) {
            self.line(line, Some(LineOrigin { cell: piece.index, line: *at }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::Cell;

    fn notebook(sources: &[&str]) -> Notebook {
        let cells = sources.iter().map(|source| Cell::new(CellKind::Code, *source)).collect();
        Notebook { minor: 5, cells, ..Notebook::default() }
    }

    #[test]
    fn a_module_with_header_names_and_relative_imports() {
        let notebook = notebook(&[
            "#| default_exp core.layers",
            "#| export\nimport numpy as np\nfrom tinytorch.core.tensor import Tensor",
            "print(1)",
            "#| exporti\ndef helper(): ...",
            "#| export\n\nclass Linear:\n    ### BEGIN SOLUTION\n    a = 1\n    ### END SOLUTION\n_private = 1",
        ]);
        let (exported, problems) = export(&notebook, "tinytorch", "modules/layers.ipynb");
        let exported = exported.unwrap();
        assert_eq!(problems, []);
        assert_eq!(exported.path(), "core/layers.py");
        let expected = "# AUTOGENERATED! DO NOT EDIT! File to edit: modules/layers.ipynb.\n\n# %% auto #0\n__all__ = ['Linear']\n\n\
            # %% modules/layers.ipynb\nimport numpy as np\nfrom .tensor import Tensor\n\n# %% modules/layers.ipynb\ndef helper(): ...\n\n\
            # %% modules/layers.ipynb\nclass Linear:\n    a = 1\n_private = 1\n";
        assert_eq!(exported.text, expected);
        assert_eq!(exported.origin(15), Some(LineOrigin { cell: 4, line: 4 }));
        assert_eq!(exported.origin(1), None);
        assert_eq!(exported.origin(0), None);
        assert_eq!(exported.text.lines().count(), exported.lines.len());
    }

    #[test]
    fn slips_are_not_passed_over() {
        for (source, said) in [
            ("#| exprot\nx = 1", "did you mean `#| export`?"),
            ("#| default_ex a", "did you mean `#| default_exp`?"),
            ("#| default_exp a.py", "write `#| default_exp a`"),
        ] {
            let problems = export(&notebook(&[source]), "p", "n.ipynb").1;
            assert_eq!(problems[0].help.as_deref().unwrap_or_default(), said, "{source}");
        }
        assert_eq!(export(&notebook(&["#| echo: false\n#| hide\n#| eval: false"]), "p", "n.ipynb").1, []);
    }

    #[test]
    fn a_module_has_a_name_that_can_be_imported() {
        for name in ["core", "core.tensor", "_a.b1", "match"] {
            assert_eq!(misnamed(name), None);
        }
        for (name, said) in [
            ("__init__", "tito makes the `__init__.py`"),
            ("core.__init__", "tito makes the `__init__.py`"),
            ("class", "`class` is a word of the language"),
            ("core.None", "`None` is a word of the language"),
            ("core.1st", "`1st` begins with a digit"),
            ("../x", "is not the name of a module"),
            ("my-mod", "is not the name of a module"),
            ("core..a", "is not the name of a module"),
            ("core.py", "write the module's, `core`"),
        ] {
            assert!(misnamed(name).unwrap().0.contains(said), "{name}: {:?}", misnamed(name));
        }
    }

    #[test]
    fn future_imports_come_first() {
        let notebook = notebook(&[
            "#| default_exp a",
            "#| export\nfrom __future__ import annotations",
            "#| export\nx = 1",
        ]);
        let text = export(&notebook, "p", "n.ipynb").0.unwrap().text;
        assert!(text.find("__future__").unwrap() < text.find("__all__").unwrap(), "{text}");
    }

    #[test]
    fn what_is_wrong_with_directives() {
        for (sources, code) in [
            (vec!["#| export\nx = 1"], Code::DefaultExport),
            (vec!["#| default_exp a b", "#| export\nx"], Code::DefaultExport),
            (vec!["#| default_exp a", "#| default_exp b", "#| export\nx"], Code::DefaultExport),
            (vec!["#| default_exp a", "#| export b\nx"], Code::ExportDirective),
        ] {
            assert_eq!(export(&notebook(&sources), "p", "n").1[0].code, code, "{sources:?}");
        }
        assert_eq!(export(&notebook(&["x"]), "p", "n"), (None, vec![]));
    }
}
