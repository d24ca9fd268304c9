//! Cells that are marked as solutions where nothing reads that: in a notebook of a test folder or a milestone, in an R or R Markdown
//! file, in a script of another form than percent. Students would get them whole.

use crate::diagnostic::{Code, Diagnostic};
use crate::notebook::{Notebook, nbformat};
use crate::source::{Source, Span};

use super::Rendered;

/// A cell of which nothing takes the solution out.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    place: Span,
    help: String,
}

/// The first such cell of a file that is not a notebook of a unit.
pub(super) fn solution(made: &Rendered) -> Option<Unread> {
    let text = std::str::from_utf8(&made.body.content).ok().filter(|_| made.body.tiers.is_none())?;
    if !text.contains("nbgrader") || !text.contains("solution") {
        return None;
    }
    let path = made.path.as_str();
    let (stem, ending) = path.rsplit_once('.')?;
    let name = stem.rsplit('/').next().unwrap_or(stem);
    if ending.eq_ignore_ascii_case("ipynb") {
        let notebook = nbformat::read(text.as_bytes()).ok()?;
        let help = match ending {
            "ipynb" => "solutions are removed from notebooks of modules and assignments only: move it there, or remove the solution and the cell's `nbgrader` metadata".to_owned(),
            _ => format!("rename it to `{name}.ipynb`: tito reads notebooks with that ending"),
        };
        return Some(Unread { place: in_notebook(&made.shown, &notebook)?, help });
    }
    let line = text.lines().position(|line| marks_solution(line, ending))?;
    let help = match ending.to_ascii_lowercase().as_str() {
        "py" if text.lines().any(super::is_marker) => {
            "solutions are removed from scripts of modules and assignments only, with the ending `.py`"
                .to_owned()
        }
        "py" => format!(
            "solutions are removed from scripts in the percent form: `jupytext --to py:percent {name}.{ending}`"
        ),
        _ => format!(
            "solutions are removed from notebooks: save it as one, with `jupytext --to ipynb {name}.{ending}`"
        ),
    };
    Some(Unread { place: Source::new(made.shown.as_str(), text).line(line + 1).trimmed(), help })
}

/// What to say of it.
pub(super) fn diagnostic(made: &Rendered, unread: &Unread) -> Diagnostic {
    let message = format!("`{}` has a cell that is marked as a solution, and nothing removes it", made.path);
    let mut problem = Diagnostic::new(Code::MarkersLeft, message)
        .at(&unread.place, "students would see this cell")
        .help(unread.help.as_str());
    problem.about = Some(made.path.clone());
    problem
}

fn in_notebook(shown: &str, notebook: &Notebook) -> Option<Span> {
    let at = notebook.cells.iter().position(|cell| cell.flag("solution") && !is_given(&cell.source))?;
    let cell = notebook.cells.get(at)?;
    Some(Source::cell(shown, at + 1, cell.source.as_str()).line(1).trimmed())
}

/// Is it what students start from, in a notebook that was stripped already?
fn is_given(source: &str) -> bool {
    source.trim().is_empty() || source.contains("YOUR CODE HERE") || source.contains("YOUR ANSWER HERE")
}

/// Is it the line that begins a cell with the metadata of a solution, in a file with this ending?
fn marks_solution(line: &str, ending: &str) -> bool {
    let line = line.trim_start();
    let begins: &[&str] = match ending.to_ascii_lowercase().as_str() {
        "md" | "markdown" | "rmd" | "qmd" => &["```", "~~~", "+++", "<!-- #"],
        _ if crate::encoding::is_text(&format!("x.{ending}")) => &["#", "//", "--", "%"],
        _ => return false,
    };
    let Some((_, metadata)) =
        line.split_once("nbgrader").filter(|_| begins.iter().any(|it| line.starts_with(it)))
    else {
        return false;
    };
    let metadata: String = metadata.chars().filter(|c| !c.is_whitespace()).collect();
    let Some((_, value)) =
        metadata.split_once("\"solution\":").or_else(|| metadata.split_once("'solution':"))
    else {
        return false;
    };
    metadata.starts_with(['=', '"', '\'', ':', '{'])
        && value.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_mark_a_solution() {
        for (line, ending) in [
            ("# + nbgrader={\"grade\": false, \"solution\": true}", "py"),
            ("# %% nbgrader={'solution': True}", "R"),
            ("// %% nbgrader={\"solution\": true}", "js"),
            ("```{r nbgrader={\"solution\": true}}", "Rmd"),
            ("```python nbgrader={\"solution\":true}", "md"),
            ("+++ {\"nbgrader\": {\"grade\": false, \"solution\": true}}", "md"),
            ("<!-- #region nbgrader={\"solution\": true} -->", "md"),
        ] {
            assert!(marks_solution(line, ending), "{line}");
        }
        for (line, ending) in [
            ("# %% nbgrader={\"grade\": true, \"solution\": false}", "R"),
            ("# %% nbgrader={\"solution\": true}", "md"),
            ("A cell with `nbgrader={\"solution\": true}` is a solution.", "md"),
            ("cell = 'nbgrader={\"solution\": true}'", "py"),
            ("# Cells of nbgrader have a solution: true", "py"),
        ] {
            assert!(!marks_solution(line, ending), "{line}");
        }
    }
}
