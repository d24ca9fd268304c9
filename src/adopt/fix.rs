//! Findings that a rule can fix: one line of a percent script each, the marker of a cell.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};

/// A line that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, below the base.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What it says.
    pub old: String,
    /// What it would say.
    pub new: String,
    /// Why.
    pub why: &'static str,
}

/// The edits that fix what `diagnostics` report, by file and line. `text` gives the text of a file of the base. A cell that students would
/// not get, with an import or an export in it, is no longer a solution; a graded cell without points is worth one.
pub fn fixes(diagnostics: &[Diagnostic], text: impl Fn(&str) -> Option<String>) -> Vec<Edit> {
    let mut edits: BTreeMap<(String, usize), Edit> = BTreeMap::new();
    for problem in diagnostics {
        let Some(span) = problem.span().filter(|span| span.source().file().ends_with(".py")) else {
            continue;
        };
        let path = span.source().file().to_owned();
        let Some(whole) = text(&path) else { continue };
        let lines: Vec<&str> = whole.split('\n').collect();
        let Some(marker) = marker_above(&lines, span.line_column().0) else { continue };
        let known = edits.get(&(path.clone(), marker));
        let old = known.map_or(lines.get(marker).copied().unwrap_or_default(), |edit| edit.new.as_str());
        let Some((new, why)) = fixed(problem.code, old) else { continue };
        let old = lines.get(marker).copied().unwrap_or_default().to_owned();
        edits.insert((path.clone(), marker), Edit { path, line: marker + 1, old, new, why });
    }
    edits.into_values().collect()
}

/// The line, from 0, of the marker of the cell that the line `line`, from 1, is in.
fn marker_above(lines: &[&str], line: usize) -> Option<usize> {
    (0..line.min(lines.len()))
        .rev()
        .find(|at| lines.get(*at).is_some_and(|line| line.starts_with("# %%") || line.starts_with("#%%")))
}

/// What the marker would say.
fn fixed(code: Code, marker: &str) -> Option<(String, &'static str)> {
    match code {
        Code::WipedExport => {
            let new = set(marker, "solution", "false")?;
            Some((new, "students need this code, and it has no solution region"))
        }
        Code::MissingPoints => {
            let grading = marker.find("nbgrader={")? + "nbgrader={".len();
            let (before, behind) = marker.split_at(grading);
            (!behind.contains("\"points\""))
                .then(|| (format!("{before}\"points\": 1, {behind}"), "a graded cell needs points: is it 1?"))
        }
        _ => None,
    }
}

/// The marker with `"key": true` set to `value`.
fn set(marker: &str, key: &str, value: &str) -> Option<String> {
    let start = marker.find(&format!("\"{key}\""))? + key.len() + 2;
    let rest = marker.get(start..)?.trim_start().strip_prefix(':')?.trim_start();
    let behind = rest.strip_prefix("true")?;
    Some(format!("{}: {value}{behind}", marker.get(..start)?))
}

/// `text` with its edits.
pub fn applied(text: &str, edits: &[Edit]) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    for edit in edits {
        if let Some(line) = lines.get_mut(edit.line - 1).filter(|line| **line == edit.old) {
            *line = &edit.new;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod lines {
    use super::*;

    #[test]
    fn a_marker_gets_what_is_missing() {
        let solution =
            "# %% nbgrader={\"grade\": false, \"grade_id\": \"a\", \"solution\": true, \"locked\": false}";
        let (new, _) = fixed(Code::WipedExport, solution).unwrap();
        assert_eq!(new, solution.replace("\"solution\": true", "\"solution\": false"));
        assert_eq!(fixed(Code::WipedExport, &new), None, "once is enough");
        let (new, _) =
            fixed(Code::MissingPoints, "# %% nbgrader={\"grade\": true, \"grade_id\": \"a\"}").unwrap();
        assert_eq!(new, "# %% nbgrader={\"points\": 1, \"grade\": true, \"grade_id\": \"a\"}");
        assert_eq!(fixed(Code::MissingPoints, &new), None);
        assert_eq!(fixed(Code::SolutionLeak, solution), None);
    }

    #[test]
    fn only_lines_that_are_still_there_change() {
        let edit =
            |line, old: &str| Edit { path: String::new(), line, old: old.into(), new: "B".into(), why: "" };
        assert_eq!(applied("a\r\nb\nc", &[edit(2, "b"), edit(3, "b")]), "a\r\nB\nc");
    }
}
