//! A whole file, whatever it is: notebook, percent script, text, or bytes.

use serde::Serialize;

use super::Three;
use super::notebook::{MergeReport, merge_notebooks};
use super::script::merge_scripts;
use super::text::{TextMerge, merge_text};
use crate::notebook::{Notebook, nbformat};

/// What a file was merged as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// By cell.
    Notebook,
    /// By cell, as it is written.
    Script,
    /// By line.
    Text,
    /// Not at all.
    Opaque,
}

/// What merging a file came to.
#[derive(Clone, Debug, PartialEq)]
pub struct FileMerge {
    /// What it was merged as.
    pub kind: FileKind,
    /// The merged file. None: the student's stays whole, and the course's is to be offered.
    pub bytes: Option<Vec<u8>>,
    /// What became of every cell; empty for text.
    pub report: MergeReport,
    /// One line for people.
    pub summary: String,
}

impl FileMerge {
    /// Merged, nothing offered, nothing set aside.
    pub fn is_clean(&self) -> bool {
        self.bytes.is_some() && self.report.is_clean()
    }

    fn whole(kind: FileKind, summary: String) -> Self {
        Self { kind, bytes: None, report: MergeReport::default(), summary }
    }
}

/// Merges three files by what they are, which their content tells. An empty file is an empty one of whatever the others are.
pub fn merge_files(sides: Three<&[u8]>) -> FileMerge {
    let read = sides
        .map(|bytes| if bytes.trim_ascii().is_empty() { Ok(None) } else { nbformat::read(bytes).map(Some) });
    match (&read.base, &read.student, &read.course) {
        (Ok(None), Ok(None), Ok(None)) => {}
        (Ok(base), Ok(student), Ok(course)) => return of_notebooks(Three { base, student, course }),
        _ => {
            let problem =
                [&read.student, &read.course, &read.base].into_iter().find_map(|side| side.as_ref().err());
            let some =
                [&read.base, &read.student, &read.course].into_iter().any(|side| matches!(side, Ok(Some(_))));
            if let (Some(problem), true) = (problem, some) {
                let why = format!("not merged: a side is no notebook that can be read: {problem}");
                return FileMerge::whole(FileKind::Opaque, why);
            }
        }
    }
    of_text(sides)
}

fn of_notebooks(sides: Three<&Option<Notebook>>) -> FileMerge {
    let empty = Notebook::default();
    let sides = sides.map(|side| side.as_ref().unwrap_or(&empty));
    let merge = merge_notebooks(sides);
    let summary = merge.report.summary();
    let bytes = Some(nbformat::write(&merge.notebook));
    FileMerge { kind: FileKind::Notebook, bytes, report: merge.report, summary }
}

fn of_text(sides: Three<&[u8]>) -> FileMerge {
    let texts = sides.map(std::str::from_utf8);
    if let Three { base: Ok(base), student: Ok(student), course: Ok(course) } = texts
        && let Some(merge) = merge_scripts(Three { base, student, course })
    {
        let summary = merge.report.summary();
        let bytes = Some(merge.text.into_bytes());
        return FileMerge { kind: FileKind::Script, bytes, report: merge.report, summary };
    }
    match merge_text(sides.base, sides.student, sides.course) {
        TextMerge::Clean(bytes) => FileMerge {
            kind: FileKind::Text,
            bytes: Some(bytes),
            report: MergeReport::default(),
            summary: "merged by line".to_owned(),
        },
        TextMerge::Conflict(collisions) => {
            let (count, places) = (collisions.len(), if collisions.len() == 1 { "place" } else { "places" });
            FileMerge::whole(
                FileKind::Text,
                format!("not merged: both changed the same lines in {count} {places}"),
            )
        }
        TextMerge::Binary => FileMerge::whole(FileKind::Opaque, "not merged: it is not text".to_owned()),
    }
}
