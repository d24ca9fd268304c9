//! [`Problem`]: what is wrong with a notebook or a percent script, and where in it.
//!
//! The readers here know cells and lines, not files; [`Problem::diagnostic`] puts the two together.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Source;

/// Where in a percent script a cell comes from. Lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The line of the cell's marker, or of its first line where it has none.
    pub marker: usize,
    /// The line of the first line of the cell's source.
    pub source: usize,
}

/// Where a problem lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the script, from 1.
    Line(usize),
    /// A cell, by index; and a line of its source, from 0.
    Cell {
        /// The index of the cell.
        cell: usize,
        /// A line of its source, from 0; `None` for the cell's metadata.
        line: Option<usize>,
    },
    /// The whole of it.
    Whole,
}

impl Place {
    /// The line of the script that `origins` describes, from 1, if there is one.
    fn line(self, origins: &[Origin]) -> Option<usize> {
        match self {
            Self::Line(line) => Some(line),
            Self::Cell { cell, line } => {
                let origin = origins.get(cell)?;
                Some(line.map_or(origin.marker, |line| origin.source + line))
            }
            Self::Whole => None,
        }
    }
}

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// What was found: lower case, no full stop.
    pub message: String,
    /// A second place that has to do with it, and what is there.
    pub also: Option<(Place, &'static str)>,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    /// A problem of `code` at `place`.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, place, message: message.into(), also: None, help: None }
    }

    /// With a second place, and what is there.
    #[must_use]
    pub fn also(mut self, place: Place, text: &'static str) -> Self {
        self.also = Some((place, text));
        self
    }

    /// With what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Does it keep the notebook from being compiled?
    pub fn is_error(&self) -> bool {
        self.code.severity() == Severity::Error
    }

    /// The line of the script that `origins` describes, from 1, if there is one.
    pub fn line(&self, origins: &[Origin]) -> Option<usize> {
        self.place.line(origins)
    }

    /// The diagnostic that points into `source`. For a percent script `origins` says where its cells are; for an `.ipynb`
    /// it is empty, and the message names the cell instead.
    pub fn diagnostic(&self, source: &Source, origins: &[Origin]) -> Diagnostic {
        let (message, span) = match (self.line(origins), self.place) {
            (Some(line), _) => (self.message.clone(), source.line(line)),
            (None, Place::Cell { cell, line: Some(line) }) => {
                (format!("cell {}, line {}: {}", cell + 1, line + 1, self.message), source.span(0, 0))
            }
            (None, Place::Cell { cell, line: None }) => {
                (format!("cell {}: {}", cell + 1, self.message), source.span(0, 0))
            }
            (None, Place::Line(_) | Place::Whole) => (self.message.clone(), source.span(0, 0)),
        };
        let mut diagnostic = Diagnostic::new(self.code, message).at(&span, "");
        if let Some((place, text)) = self.also
            && let Some(line) = place.line(origins)
        {
            diagnostic = diagnostic.at(&source.line(line), text);
        }
        match self.help.as_deref().or_else(|| usual_help(self.code)) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

/// What would be right, where a problem says nothing more precise.
fn usual_help(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::InvalidNotebook => {
            "open it in Jupyter and save it again, or keep the notebook as a percent script"
        }
        Code::GradingMetadata => {
            "nbgrader's keys are grade, locked, solution, task (true or false), grade_id, points, schema_version, checksum, cell_type"
        }
        Code::DuplicateGradeId => "give one of the two another grade_id: nbgrader grades by it",
        Code::MarkdownGrading => {
            "set \"grade\": true and \"points\", so that the answer is graded by hand; or drop \"solution\""
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_found_in_its_script() {
        let source = Source::new("a.py", "# %%\nx\n# %% t\ny\nz\n");
        let origins = [Origin { marker: 1, source: 2 }, Origin { marker: 3, source: 4 }];
        let at = |line| Problem::new(Code::CellMetadata, Place::Cell { cell: 1, line }, "m");
        assert_eq!(at(Some(1)).diagnostic(&source, &origins).span().unwrap().to_string(), "a.py:5:1");
        assert_eq!(at(None).diagnostic(&source, &origins).span().unwrap().text(), "# %% t");
        assert_eq!(at(Some(1)).diagnostic(&source, &[]).message, "cell 2, line 2: m");
    }
}
