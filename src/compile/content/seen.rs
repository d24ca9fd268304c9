//! What students can read of a file, and where each line of it is written in the base or the course.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::notebook::tiers::{Fingerprint, Rewritten, fingerprints};
use crate::notebook::{Place, nbformat};
use crate::source::{Source, Span};
use crate::world::World;

use super::unread::{self, Unread};
use super::{Original, Rendered};

/// A notebook of the base and what a tier gets of it.
#[derive(Debug)]
pub(crate) struct Tiers {
    pub(super) original: Original,
    /// The sources of the cells as students get them, each with its index in the original.
    pub(super) cells: Vec<(usize, String)>,
    /// Where their lines come from, of cells that changed.
    pub(super) rewritten: BTreeMap<usize, Rewritten>,
}

impl Tiers {
    /// The place of a line (from 0) of a cell of the original.
    pub(super) fn written_at(&self, cell: usize, line: usize) -> Span {
        let original = &self.original;
        let place = Place::Cell { cell, line: Some(line) };
        place.span(&original.source, &original.origins, &original.notebook.cells).trimmed()
    }
}

/// A text that students read as one: a whole file, or a cell.
pub(super) struct Part<'a> {
    pub(super) text: Cow<'a, str>,
    /// The index of the cell.
    cell: Option<usize>,
}

/// What could be in a file that students should not see; whatever else a course has, nothing more is.
#[derive(Debug)]
pub(super) struct Looks {
    /// Is there a line that is a marker of a solution, of whatever tool?
    pub(super) has_marker: bool,
    /// The lines that could be of a solution.
    pub(super) lines: Vec<Fingerprint>,
    /// A cell that is marked as a solution where nothing reads that.
    pub(super) unread: Option<Unread>,
}

/// What could be in `made`. Looked for once.
pub(super) fn looks(made: &Rendered, is_marker: impl Fn(&str) -> bool) -> &Looks {
    made.body.looks.get_or_init(|| {
        let parts = parts(made);
        Looks {
            has_marker: parts.iter().any(|part| part.text.lines().any(&is_marker)),
            lines: parts.iter().flat_map(|part| fingerprints(&part.text)).collect(),
            unread: unread::solution(made),
        }
    })
}

/// What students can read of `made`.
pub(super) fn parts(made: &Rendered) -> Vec<Part<'_>> {
    let content = &made.body.content;
    if let Some(tiers) = &made.body.tiers {
        let cells = tiers.cells.iter();
        return cells.map(|(at, text)| Part { text: text.into(), cell: Some(*at) }).collect();
    }
    let Ok(text) = std::str::from_utf8(content) else { return Vec::new() };
    let is_notebook = made.path.extension().eq_ignore_ascii_case("ipynb");
    match is_notebook.then(|| nbformat::read(content)) {
        Some(Ok(notebook)) => {
            let sources = notebook.cells.into_iter().map(|cell| cell.source).enumerate();
            sources.map(|(at, text)| Part { text: text.into(), cell: Some(at) }).collect()
        }
        _ => vec![Part { text: text.into(), cell: None }],
    }
}

/// The place in the source file, without white space around it, of line `line` (from 0) of `part` of `made`.
pub(super) fn place(
    world: &dyn World,
    made: &Rendered,
    part: &Part<'_>,
    line: usize,
    catalog: &Catalog,
) -> Span {
    let span = match (&made.body.tiers, part.cell) {
        (Some(tiers), Some(cell)) => {
            let rewritten = tiers.rewritten.get(&cell).map(|cell| &cell.lines);
            let line = rewritten.map_or(Some(line), |lines| lines.get(line).copied());
            tiers.written_at(cell, line.unwrap_or_default())
        }
        (None, Some(cell)) => Source::cell(&made.shown, cell + 1, part.text.as_ref()).line(line + 1),
        (_, None) => in_template(world, made, part, line, catalog)
            .unwrap_or_else(|| Source::new(made.shown.as_str(), part.text.as_ref()).line(line + 1)),
    };
    span.trimmed()
}

/// The line of a template that gave the line; in what was rendered where it is not found.
fn in_template(
    world: &dyn World,
    made: &Rendered,
    part: &Part<'_>,
    line: usize,
    catalog: &Catalog,
) -> Option<Span> {
    if !made.shown.ends_with(".j2") {
        return None;
    }
    let path = made.shown.strip_prefix("bundled:").unwrap_or(&made.shown);
    let template = world.read_in(&catalog.root, path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let wanted = part.text.lines().nth(line)?.trim();
    let at = template.as_ref().and_then(|text| text.lines().position(|line| line.trim() == wanted));
    Some(match (template, at) {
        (Some(text), Some(at)) => Source::new(made.shown.as_str(), text).line(at + 1),
        _ => Source::rendered(&made.shown, part.text.as_ref()).line(line + 1),
    })
}
