//! Percent scripts: merged cell by cell like notebooks, but every line that no one changed stays as it is written.
//!
//! The script is cut at its markers, the pieces are merged as the cells of a notebook, and put together again: the percent
//! reader says where the cells are, nothing is ever written back from what it read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Three;
use super::former::{base_among, closest};
use super::lines::merge_disjoint;
use super::notebook::{CellReport, Fate, MergeReport, NotebookMerge, merge_notebooks};
use super::take::{NotTaken, Take};
use super::text::{is_crlf, unix};
use crate::notebook::{Cell, CellKind, Notebook, percent};

/// Where a piece keeps its marker line while it is a cell. No script can have such a key.
pub(super) const MARKER: &str = " marker";
/// And how many blank lines end it.
pub(super) const TAIL: &str = " tail";

/// A merged script, and what was done.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptMerge {
    /// The text, with the line ends of the student's.
    pub text: String,
    /// What became of every cell.
    pub report: MergeReport,
}

/// Merges three percent scripts; the base is chosen among former versions, the oldest first, and `sides.base`, where the ids of cells
/// whose last version the student did not take over are known (see [`super::former`]). `None`: one of the three is not a
/// script (it has text, but no marker), so that the rules for text apply.
///
/// # Errors
/// The one cell that the student takes cannot be taken by itself.
pub fn merge_scripts(
    (former, behind, take): (&[&str], &BTreeSet<String>, Take<'_>),
    sides: Three<&str>,
) -> Option<Result<ScriptMerge, NotTaken>> {
    let texts = sides.map(unix);
    if texts.course == texts.base && texts.student == texts.base {
        return Some(Ok(ScriptMerge { text: sides.student.to_owned(), report: MergeReport::default() }));
    }
    let former: Vec<Cow<'_, str>> = former.iter().map(|text| unix(text)).collect();
    let (student, course) = (Pieces::of(&texts.student)?, Pieces::of(&texts.course)?);
    let base = base_pieces((&former, behind), &texts.base, &texts.student, [&student, &course])?;
    let pieces = Three { base, student, course };
    let merge = merge_notebooks(pieces.as_ref().map(|pieces| &pieces.notebook));
    let NotebookMerge { mut notebook, mut report } =
        match take.apply(merge, [&pieces.student.notebook, &pieces.course.notebook]) {
            Ok(merge) => merge,
            Err(why) => return Some(Err(why)),
        };
    let mut lines = if matches!(take, Take::Cell(_)) {
        // Nothing but the cell is the course's.
        let taken = report.cells.first().and_then(|cell| notebook.cells.get_mut(cell.at?));
        settle_markers(taken, &pieces.course.notebook);
        pieces.student.head.clone()
    } else {
        settle_markers(&mut notebook.cells, &pieces.course.notebook);
        merge_head(&pieces, &mut report)
    };
    let last = notebook.cells.len().saturating_sub(1);
    for (at, cell) in notebook.cells.iter().enumerate() {
        lines.extend(cell.metadata.get(MARKER).and_then(Value::as_str).filter(|line| !line.is_empty()));
        if !cell.source.is_empty() {
            lines.extend(cell.source.split('\n'));
        }
        lines.extend(std::iter::repeat_n("", tail(cell, at == last)));
    }
    let text = lines.join("\n");
    let text = if is_crlf(sides.student.as_bytes()) { text.replace('\n', "\r\n") } else { text };
    Some(Ok(ScriptMerge { text, report }))
}

/// The base, chosen among the versions. (See [`super::former`].)
fn base_pieces<'a>(
    (former, behind): (&'a [Cow<'a, str>], &BTreeSet<String>),
    last: &'a str,
    text: &str,
    [student, course]: [&Pieces<'_>; 2],
) -> Option<Pieces<'a>> {
    let mut base = Pieces::of(last)?;
    let texts: Vec<&str> = former.iter().map(AsRef::as_ref).collect();
    let (texts, former): (Vec<&str>, Vec<Pieces<'a>>) =
        texts.into_iter().filter_map(|text| Some((text, Pieces::of(text)?))).unzip();
    let texts: Vec<&str> = texts.into_iter().chain([last]).collect();
    let versions: Vec<&Notebook> =
        former.iter().map(|pieces| &pieces.notebook).chain([&base.notebook]).collect();
    let notebook =
        base_among(&versions, behind, [&student.notebook, &course.notebook])?.notebook.into_owned();
    if let Some(chosen) = closest(&texts, text).and_then(|at| former.get(at)) {
        base.head.clone_from(&chosen.head);
    }
    base.notebook = notebook;
    Some(base)
}

/// A script, cut at its markers.
struct Pieces<'a> {
    /// What is above the first cell.
    head: Vec<&'a str>,
    /// The pieces as cells: the text of each as it is written, comments and all.
    notebook: Notebook,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let lines: Vec<&str> = text.split('\n').collect();
        let script = percent::read(text, "");
        let mut starts: Vec<usize> =
            script.origins.iter().map(|origin| origin.marker.saturating_sub(1)).collect();
        let has_marker = starts.iter().any(|&start| lines.get(start).is_some_and(|line| is_marker(line)));
        if !(has_marker || text.trim().is_empty()) || !starts.is_sorted_by(|a, b| a < b) {
            return None;
        }
        let head = lines.get(..starts.first().copied().unwrap_or(lines.len()))?.to_vec();
        starts.push(lines.len());
        let mut notebook = Notebook { minor: 5, ..Notebook::default() };
        for (at, (cell, range)) in script.notebook.cells.iter().zip(starts.windows(2)).enumerate() {
            let [start, end] = range else { continue };
            let is_last = at + 1 == script.notebook.cells.len();
            notebook.cells.push(piece(cell, lines.get(*start..*end)?, is_last));
        }
        Some(Self { head, notebook })
    }
}

/// Only the first cell of a script can be without one; of the lines that cells start with, this tells them apart.
fn is_marker(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') && (line.contains("%%") || line.contains("<codecell>") || line.contains("In["))
}

/// The text of a cell of text without the `#` that each line has in a script; of any other as it is.
pub(super) fn uncommented(cell: &Cell) -> Cow<'_, str> {
    if cell.kind == CellKind::Code || !cell.metadata.contains_key(MARKER) {
        return cell.source.as_str().into();
    }
    let lines =
        cell.source.lines().map(|line| line.strip_prefix("# ").or(line.strip_prefix('#')).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").into()
}

fn piece(read: &Cell, lines: &[&str], is_last: bool) -> Cell {
    let (marker, body) = match lines.split_first() {
        Some((first, rest)) if is_marker(first) => (*first, rest),
        _ => ("", lines),
    };
    let text = body.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let blank = body.len() - text;
    let mut cell = Cell::new(read.kind, body.get(..text).unwrap_or_default().join("\n"));
    if let Some(grading) = read.metadata.get("nbgrader") {
        cell.metadata.insert("nbgrader".to_owned(), grading.clone());
    }
    cell.metadata.insert(MARKER.to_owned(), marker.into());
    cell.metadata.insert(TAIL.to_owned(), if is_last { json!({"end": blank}) } else { blank.into() });
    cell
}

/// How many blank lines follow a cell; one, where it was at the end and no longer is, or the other way round.
fn tail(cell: &Cell, is_last: bool) -> usize {
    let tail = cell.metadata.get(TAIL);
    let blank = if is_last { tail.and_then(|tail| tail.get("end")) } else { tail };
    blank.and_then(Value::as_u64).and_then(|blank| usize::try_from(blank).ok()).unwrap_or(1)
}

/// Graded cells have the course's marker, as it holds their grading; cells that lost their grading a plain one.
fn settle_markers<'a>(cells: impl IntoIterator<Item = &'a mut Cell>, course: &Notebook) {
    for cell in cells {
        let of_course = |id: &str| course.cells.iter().find(|other| other.grade_id() == Some(id));
        let marker = match cell.grade_id() {
            Some(id) => of_course(id).and_then(|cell| cell.metadata.get(MARKER)).cloned(),
            None => {
                let marker = cell.metadata.get(MARKER).and_then(Value::as_str).unwrap_or_default();
                let stale = marker.contains("nbgrader") && cell.nbgrader().is_none();
                stale.then(|| Value::from(plain_marker(cell.kind)))
            }
        };
        if let Some(marker) = marker {
            cell.metadata.insert(MARKER.to_owned(), marker);
        }
    }
}

fn plain_marker(kind: CellKind) -> &'static str {
    match kind {
        CellKind::Code => "# %%",
        CellKind::Markdown => "# %% [markdown]",
        CellKind::Raw => "# %% [raw]",
    }
}

fn merge_head<'a>(pieces: &Three<Pieces<'a>>, report: &mut MergeReport) -> Vec<&'a str> {
    let heads = pieces.as_ref().map(|pieces| pieces.head.as_slice());
    // Keys of a header are not lines in any order: what both insert collides.
    merge_disjoint(heads, |_, _| None).unwrap_or_else(|| {
        report.cells.push(CellReport {
            id: "header".to_owned(),
            name: "the header".to_owned(),
            at: None,
            course: Some(heads.course.join("\n")),
            ..CellReport::of(Fate::Offered)
        });
        heads.student.to_vec()
    })
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
