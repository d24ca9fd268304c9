//! Does Python read what was exported? Its own message, brought home to the student's cell.

use std::path::Path;

use crate::notebook::export::Exported;

use super::super::python::Python;

/// Reads a module from stdin; says what is wrong as JSON, or nothing.
const CODE: &str = r#"
import json, sys
try:
    compile(sys.stdin.buffer.read(), sys.argv[1], "exec")
except SyntaxError as error:
    print(json.dumps({"line": error.lineno, "message": error.msg}))
except ValueError as error:
    print(json.dumps({"line": None, "message": str(error)}))
"#;

/// Python does not understand a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Cell and line as people count, from 1, where Python says a line.
    pub(super) place: Option<(usize, usize)>,
    /// The line.
    pub(super) text: String,
    /// Python's message.
    pub(super) message: String,
}

impl Fault {
    /// `cell 12, line 3`.
    pub(super) fn shown(&self) -> String {
        self.place.map_or_else(String::new, |(cell, line)| format!(", cell {cell}, line {line}"))
    }
}

/// What Python finds wrong with `module`, which was made of the notebook called `name`.
///
/// # Errors
/// When this Python cannot be asked.
pub(super) fn check(
    python: &Python,
    root: &Path,
    name: &str,
    module: &Exported,
) -> std::io::Result<Option<Fault>> {
    let output = python.ask(root, CODE, &[name], module.text.as_bytes())?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(std::io::Error::other(words.lines().last().unwrap_or("it ended early").to_owned()));
    }
    if output.stdout.is_empty() {
        return Ok(None);
    }
    let said: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let line = said["line"].as_u64().and_then(|line| usize::try_from(line).ok());
    let message = said["message"].as_str().unwrap_or("invalid syntax").to_owned();
    Ok(Some(fault(module, line, message)))
}

/// Python may point behind the last line of a cell: the nearest line above that the student wrote is meant.
fn fault(module: &Exported, line: Option<usize>, message: String) -> Fault {
    let home = line
        .and_then(|line| (1..=line).rev().find_map(|line| module.origin(line).map(|origin| (line, origin))));
    let text = home.and_then(|(line, _)| module.text.lines().nth(line - 1)).unwrap_or_default().trim_end();
    let place = home.map(|(_, origin)| (origin.cell + 1, origin.line + 1));
    Fault { place, text: text.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::export::export;
    use crate::notebook::{Cell, CellKind, Notebook};

    #[test]
    fn a_line_of_the_module_is_brought_home_to_the_cell() {
        let sources = ["#| default_exp a", "prose", "#| export\nx = 1\n\ny = (2"];
        let cells = sources.iter().map(|source| Cell::new(CellKind::Code, *source)).collect();
        let notebook = Notebook { cells, minor: 5, ..Notebook::default() };
        let module = export(&notebook, "p", "n.ipynb").0.unwrap();
        let last = module.text.lines().count();
        for line in [last, last + 3] {
            let fault = fault(&module, Some(line), "'(' was never closed".to_owned());
            assert_eq!(fault.place, Some((3, 4)));
            assert_eq!(fault.text, "y = (2");
            assert_eq!(fault.shown(), ", cell 3, line 4");
        }
        assert_eq!(fault(&module, Some(1), String::new()).place, None);
        assert_eq!(fault(&module, None, String::new()).shown(), "");
    }
}
