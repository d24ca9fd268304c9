//! [`Problem`]: what is wrong with a notebook or a percent script, and where in it.
//!
//! The readers here know cells and lines, not files; [`Problem::diagnostic`] puts the two together.

use super::Cell;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::{Source, Span};

/// Where in a percent script a cell comes from. Lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The line of the cell's marker, or of its first line where it has none.
    pub marker: usize,
    /// The line of the first line of the cell's source.
    pub source: usize,
}

/// Where a problem is.
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
    /// A part of a line of a cell's source.
    Columns {
        /// The index of the cell.
        cell: usize,
        /// The line of its source, from 0.
        line: usize,
        /// The first byte of the line.
        start: usize,
        /// The byte of the line after the last.
        end: usize,
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
            Self::Columns { cell, line, .. } => Some(origins.get(cell)?.source + line),
            Self::Whole => None,
        }
    }

    /// The place of a part of the source of a cell; of what spans several lines, its first line.
    pub fn within(cell: usize, source: &str, range: &std::ops::Range<usize>) -> Self {
        let before = source.get(..range.start).unwrap_or(source);
        // Some errors are found only at the end of the code, behind its last line.
        let before = if range.start >= source.len() { before.trim_end() } else { before };
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let text = source.get(line_start..).unwrap_or_default().split('\n').next().unwrap_or_default();
        let start = before.len() - line_start;
        let end = range.end.saturating_sub(line_start).clamp(start, text.len().max(start));
        Self::Columns { cell, line: before.matches('\n').count(), start, end }
    }

    /// The place in `source`: in the percent script that `origins` describes, or, where there are
    /// none, in the cell itself. The start of the file where no line is known.
    pub fn span(self, source: &Source, origins: &[Origin], cells: &[Cell]) -> Span {
        let in_cell = |cell: usize, line: usize| {
            let text = &cells.get(cell)?.source;
            Some(Source::cell(source.name(), cell + 1, text.as_str()).line(line + 1))
        };
        let line = match (self.line(origins), self) {
            (Some(line), _) => Some(source.line(line)),
            (None, Self::Cell { cell, line: Some(line) } | Self::Columns { cell, line, .. }) => {
                in_cell(cell, line)
            }
            // Its metadata is in no line that Jupyter shows: the cell itself is the place.
            (None, Self::Cell { cell, line: None }) => in_cell(cell, 0),
            (None, Self::Line(_) | Self::Whole) => None,
        };
        let Some(span) = line else { return source.span(0, 0) };
        match self {
            Self::Columns { cell, line, start, end } => {
                columns(&span, start..end, cells.get(cell).and_then(|cell| cell.source.split('\n').nth(line)))
            }
            _ => span,
        }
    }
}

/// A part of the line at `span`. A script may have more in front of the cell's `line` (`# %time`).
fn columns(span: &Span, range: std::ops::Range<usize>, line: Option<&str>) -> Span {
    let before = line.and_then(|line| span.text().strip_suffix(line.trim_end_matches('\r')));
    let shift = span.start() + before.map_or(0, str::len);
    let (start, end) = ((shift + range.start).min(span.end()), (shift + range.end).min(span.end()));
    span.source().span(start, end.max(start))
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

    /// The diagnostic that points into `source`. For a percent script `origins` says where its cells
    /// are; for an `.ipynb` it is empty, and the place is one in a cell of `cells`.
    pub fn diagnostic(&self, source: &Source, origins: &[Origin], cells: &[Cell]) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(self.code, self.message.as_str())
            .at(&self.place.span(source, origins, cells), "");
        if let Some((place, text)) = self.also {
            diagnostic = diagnostic.at(&place.span(source, origins, cells), text);
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
            "set \"grade\": true and \"points\", so that the answer is graded by hand; or remove \"solution\""
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::CellKind;

    #[test]
    fn a_cell_is_found_in_its_script() {
        let source = Source::new("a.py", "# %%\nx\n# %% t\ny\nz\n");
        let origins = [Origin { marker: 1, source: 2 }, Origin { marker: 3, source: 4 }];
        let at = |line| Problem::new(Code::CellMetadata, Place::Cell { cell: 1, line }, "m");
        let cells = [Cell::new(CellKind::Code, "x"), Cell::new(CellKind::Code, "y\nz\n")];
        let shown = |problem: Problem, origins| {
            let diagnostic = problem.diagnostic(&source, origins, &cells);
            (diagnostic.span().unwrap().to_string(), diagnostic.message)
        };
        assert_eq!(shown(at(Some(1)), &origins[..]).0, "a.py:5:1");
        assert_eq!(shown(at(None), &origins).0, "a.py:3:1");
        assert_eq!(shown(at(Some(1)), &[]), ("a.py, cell 2:2:1".to_owned(), "m".to_owned()));
        assert_eq!(shown(at(None), &[]), ("a.py, cell 2:1:1".to_owned(), "m".to_owned()));
    }

    #[test]
    fn a_part_of_a_line_is_found_behind_what_a_script_puts_in_front() {
        let source = Source::new("a.py", "# %%\nx = é + 1\n# %time y\n");
        let cells = [Cell::new(CellKind::Code, "x = é + 1\n%time y")];
        let origins = [Origin { marker: 1, source: 2 }];
        for (line, text) in [(0, "é"), (1, "%time y")] {
            let start = cells[0].source.split('\n').nth(line).unwrap().find(text).unwrap();
            let place = Place::Columns { cell: 0, line, start, end: start + text.len() };
            for origins in [&origins[..], &[]] {
                assert_eq!(place.span(&source, origins, &cells).text(), text);
            }
        }
    }
}
