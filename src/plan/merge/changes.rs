//! Two versions of a file → what a person wants to see of their difference: cells of a notebook, lines of a text, words of a line.
//!
//! In: bytes. Out: [`Changes`], which `tito diff` prints or gives as JSON. Decides nothing, and never shows a notebook's JSON.

use serde::Serialize;

use super::diff::{CellDiff, Change, diff};
use super::lines;
use super::notebook::cell_name;
use super::notebook::matching::Editor;
use crate::notebook::nbformat::NotebookError;
use crate::notebook::{Cell, Notebook, nbformat};

/// Lines around a change that are shown with it.
const AROUND: usize = 2;
/// Longer lines, and changes of more lines, are not compared by word.
const WORDS_MOST: usize = 2_000;
const LINES_MOST: usize = 200;
/// The share of words (spaces among them) that two lines must have in common.
const ALIKE: f32 = 0.6;

/// What changed in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "form")]
pub enum Changes {
    /// A notebook, by cell; cells that did not change are not listed.
    Notebook {
        /// The cells.
        cells: Vec<CellChanges>,
    },
    /// A text.
    Text {
        /// Its stretches.
        hunks: Vec<Hunk>,
    },
    /// A notebook of which one version cannot be read.
    Unreadable {
        /// Which one.
        side: Side,
        /// Why.
        why: String,
    },
    /// Something that cannot be shown; the sizes in bytes.
    Bytes {
        /// Before.
        before: usize,
        /// After.
        after: usize,
    },
}

/// A cell that changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellChanges {
    /// Its grade_id, else what it defines, else the heading above it; of text its first line.
    pub name: String,
    /// The place in its notebook, from 1: after the change, or of a removed cell before.
    pub place: usize,
    /// What happened to it.
    pub what: CellWord,
    /// It is elsewhere among its neighbours.
    pub moved: bool,
    /// `code`, `markdown` or `raw`.
    pub kind: &'static str,
    /// Its type before, if that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<&'static str>,
    /// Its lines.
    pub hunks: Vec<Hunk>,
}

/// What happened to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellWord {
    /// Its text or type.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Only its place.
    Moved,
}

/// A stretch of changed lines, with some around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hunk {
    /// Its first line before, from 1.
    pub before: usize,
    /// Its first line after, from 1.
    pub after: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line, without its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// On which side it is.
    pub side: Side,
    /// Its text, in pieces.
    pub pieces: Vec<Piece>,
    /// It is the last one, and has no line end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unended: bool,
}

/// On which side a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// On both.
    Both,
    /// Only before.
    Before,
    /// Only after.
    After,
}

/// Some words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Is it what differs, in a line that is otherwise alike?
    pub differs: bool,
}

impl Changes {
    /// Is there nothing to show?
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Notebook { cells } => cells.is_empty(),
            Self::Text { hunks } => hunks.is_empty(),
            Self::Unreadable { .. } | Self::Bytes { .. } => false,
        }
    }

    /// Lines that are gone, and lines that are new.
    pub fn count(&self) -> (usize, usize) {
        let hunks: Vec<&Hunk> = match self {
            Self::Notebook { cells } => cells.iter().flat_map(|cell| &cell.hunks).collect(),
            Self::Text { hunks } => hunks.iter().collect(),
            Self::Unreadable { .. } | Self::Bytes { .. } => Vec::new(),
        };
        let of =
            |side| hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line: &&Line| line.side == side).count();
        (of(Side::Before), of(Side::After))
    }
}

/// What changed from `before` to `after`, which `editor` made of it. Where there was nothing before, all is new.
pub fn changes(before: &[u8], after: &[u8], editor: Editor) -> Changes {
    let old = if before.is_empty() { Ok(Notebook::default()) } else { nbformat::read(before) };
    match (old, nbformat::read(after)) {
        (Ok(old), Ok(new)) => Changes::Notebook { cells: of_notebooks(&old, &new, editor) },
        (Ok(_), Err(why)) if !before.is_empty() => unreadable(Side::After, &why),
        (Err(why), Ok(_)) => unreadable(Side::Before, &why),
        _ => of_texts(before, after),
    }
}

fn unreadable(side: Side, why: &NotebookError) -> Changes {
    Changes::Unreadable { side, why: why.to_string() }
}

fn of_texts(before: &[u8], after: &[u8]) -> Changes {
    match (text(before), text(after)) {
        (Some(before), Some(after)) => Changes::Text { hunks: of_lines(&before, &after, AROUND) },
        _ => Changes::Bytes { before: before.len(), after: after.len() },
    }
}

/// Text as lines with `\n`; line ends do not count.
fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    Some(text.replace("\r\n", "\n"))
}

fn of_notebooks(old: &Notebook, new: &Notebook, editor: Editor) -> Vec<CellChanges> {
    diff(old, new, editor).iter().filter_map(|cell| of_cell(cell, old, new)).collect()
}

fn of_cell(found: &CellDiff, old: &Notebook, new: &Notebook) -> Option<CellChanges> {
    let at = |notebook: &Notebook, place: Option<usize>| -> Option<(usize, Cell)> {
        Some((place?, notebook.cells.get(place?)?.clone()))
    };
    let (before, after) = (at(old, found.before), at(new, found.after));
    let source = |side: &Option<(usize, Cell)>| {
        side.as_ref().map(|(_, cell)| cell.source.replace("\r\n", "\n")).unwrap_or_default()
    };
    let what = match &found.change {
        Change::Unchanged if found.moved => CellWord::Moved,
        Change::Unchanged => return None,
        Change::Changed { .. } => CellWord::Changed,
        Change::Added => CellWord::Added,
        Change::Removed => CellWord::Removed,
    };
    let (place, cell) = after.clone().or_else(|| before.clone())?;
    let was = match (&before, &after) {
        (Some((_, old)), Some((_, new))) if old.kind != new.kind => Some(old.kind.as_str()),
        _ => None,
    };
    // A cell's last line has no line end; that is not a difference to show.
    let ended = |text: String| if text.is_empty() { text } else { text + "\n" };
    let hunks = of_lines(&ended(source(&before)), &ended(source(&after)), AROUND);
    let named_in = if after.is_some() { new } else { old };
    let (name, kind) = (cell_name(&named_in.cells, place), cell.kind.as_str());
    Some(CellChanges { name, place: place + 1, what, moved: found.moved, kind, was, hunks })
}

/// The stretches in which two texts differ, with `around` lines around them.
fn of_lines(before: &str, after: &str, around: usize) -> Vec<Hunk> {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut groups: Vec<Vec<lines::Hunk>> = Vec::new();
    for hunk in lines::hunks(&old, &new) {
        let near = groups.last().and_then(|group| group.last());
        let joins = near.is_some_and(|last| hunk.before.start - last.before.end <= 2 * around);
        match groups.last_mut().filter(|_| joins) {
            Some(group) => group.push(hunk),
            None => groups.push(vec![hunk]),
        }
    }
    groups.iter().filter_map(|group| shown(group, &old, &new, around)).collect()
}

fn shown(group: &[lines::Hunk], old: &[&str], new: &[&str], around: usize) -> Option<Hunk> {
    let (first, last) = (group.first()?, group.last()?);
    let lead = around.min(first.before.start);
    let both = |range: std::ops::Range<usize>| {
        old.get(range).unwrap_or_default().iter().map(|line| whole(line, Side::Both)).collect::<Vec<_>>()
    };
    let mut lines = Vec::new();
    let mut at = first.before.start - lead;
    for hunk in group {
        lines.extend(both(at..hunk.before.start));
        let gone = old.get(hunk.before.clone()).unwrap_or_default();
        let fresh = new.get(hunk.after.clone()).unwrap_or_default();
        lines.extend(replaced(gone, fresh));
        at = hunk.before.end;
    }
    lines.extend(both(at..(last.before.end + around).min(old.len())));
    Some(Hunk { before: first.before.start - lead + 1, after: first.after.start - lead + 1, lines })
}

/// Lines that took the place of others: those that are alike are compared by word.
fn replaced(gone: &[&str], fresh: &[&str]) -> Vec<Line> {
    let mut before: Vec<Line> = gone.iter().map(|line| whole(line, Side::Before)).collect();
    let mut after: Vec<Line> = fresh.iter().map(|line| whole(line, Side::After)).collect();
    if gone.len() <= LINES_MOST {
        for ((old, new), (before, after)) in
            gone.iter().zip(fresh).zip(before.iter_mut().zip(after.iter_mut()))
        {
            if let Some((olds, news)) = by_word(old, new) {
                (before.pieces, after.pieces) = (olds, news);
            }
        }
    }
    before.append(&mut after);
    before
}

fn whole(line: &str, side: Side) -> Line {
    let text = line.strip_suffix('\n');
    let pieces = vec![Piece { text: text.unwrap_or(line).to_owned(), differs: false }];
    Line { side, pieces, unended: text.is_none() }
}

/// The words of two lines that are alike; `None` where marking words would only be noise.
fn by_word(old: &str, new: &str) -> Option<(Vec<Piece>, Vec<Piece>)> {
    if old.len() > WORDS_MOST || new.len() > WORDS_MOST {
        return None;
    }
    let (old, new) = (old.trim_end_matches('\n'), new.trim_end_matches('\n'));
    let words = similar::TextDiff::from_words(old, new);
    if words.ratio() <= ALIKE {
        return None;
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for change in words.iter_all_changes() {
        let text = change.value();
        match change.tag() {
            similar::ChangeTag::Equal => {
                push(&mut before, text, false);
                push(&mut after, text, false);
            }
            similar::ChangeTag::Delete => push(&mut before, text, true),
            similar::ChangeTag::Insert => push(&mut after, text, true),
        }
    }
    Some((before, after))
}

fn push(pieces: &mut Vec<Piece>, text: &str, differs: bool) {
    match pieces.last_mut().filter(|last| last.differs == differs) {
        Some(last) => last.text.push_str(text),
        None => pieces.push(Piece { text: text.to_owned(), differs }),
    }
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
