//! Where the flagged cells of a notebook are written: in the percent script, or in the `.ipynb` of the base.

use std::collections::BTreeMap;

use crate::notebook::grading::{FlaggedCell, flagged};
use crate::notebook::{Notebook, Origin};
use crate::source::{Source, Span, Spanned};

/// The flagged cells of `notebook`, which was made of `source`, by grade_id.
pub(super) fn cells(
    notebook: &Notebook,
    source: &Source,
    origins: &[Origin],
) -> BTreeMap<String, Spanned<FlaggedCell>> {
    let found = flagged(notebook).into_iter();
    let placed = found.map(|(grade_id, (at, cell))| {
        let span = place(&grade_id, source, origins.get(at));
        (grade_id, Spanned::new(cell, span))
    });
    placed.collect()
}

/// The grade_id in the line of the cell's marker; in an `.ipynb` the first place that gives one of this name.
fn place(grade_id: &str, source: &Source, origin: Option<&Origin>) -> Span {
    let within =
        origin.map_or_else(|| source.span(0, source.text().len()), |origin| source.line(origin.marker));
    let text = within.text();
    let key = text.find("grade_id").unwrap_or(0);
    let rest = text.get(key..).unwrap_or_default();
    let quoted = ['"', '\''].into_iter().find_map(|quote| rest.find(&format!("{quote}{grade_id}{quote}")));
    match quoted {
        Some(at) => {
            let start = within.start() + key + at + 1;
            source.span(start, start + grade_id.len())
        }
        None if origin.is_some() => within,
        None => source.span(0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grade_id_is_pointed_at() {
        let script = "# %%\nx = 1\n# %% \"a\" nbgrader={\"grade_id\": \"a\", \"solution\": true}\n";
        let source = Source::new("a.py", script);
        let at = |grade_id: &str, marker| {
            let span = place(grade_id, &source, Some(&Origin { marker, source: marker + 1 }));
            (span.to_string(), span.text().to_owned())
        };
        assert_eq!(at("a", 3), ("a.py:3:33".to_owned(), "a".to_owned()));
        assert_eq!(at("b", 1), ("a.py:1:1".to_owned(), "# %%".to_owned()));
        let json = Source::new("a.ipynb", "{\"grade_id\": \"b\",\n \"grade_id\":  \"a\"}");
        assert_eq!(place("a", &json, None).to_string(), "a.ipynb:2:16");
        assert_eq!(place("c", &json, None).to_string(), "a.ipynb:1:1");
    }
}
