//! A whole file, whatever it is: notebook, percent script, text, or bytes.

use std::borrow::Cow;

use serde::Serialize;

use super::Three;
use super::former::{Past, base_among, closest};
use super::notebook::{MergeReport, merge_notebooks};
use super::script::merge_scripts;
use super::take::Take;
use super::text::{TextMerge, is_binary, merge_text};
use crate::notebook::nbformat::NotebookError;
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

/// Merges three files by what they are, which their content tells. An empty base is an empty one of whatever the others are;
/// an empty notebook of the student's is one that was torn while it was saved, and is left alone.
pub fn merge_files(sides: Three<&[u8]>) -> FileMerge {
    merge_among(Past::NONE, sides)
}

/// The same, where the student's side may have come from a version of the `past`: the base is chosen among these and `sides.base` (see
/// [`super::former`]). A former version that is of another kind is left out.
pub fn merge_among(past: Past<'_>, sides: Three<&[u8]>) -> FileMerge {
    let base = sides.base.trim_ascii();
    let base = if base.is_empty() { Ok(Notebook::default()) } else { nbformat::read(sides.base) };
    match (base, nbformat::read(sides.student), nbformat::read(sides.course)) {
        (Ok(base), Ok(student), Ok(course)) => {
            let former: Vec<Notebook> =
                past.versions.iter().filter_map(|bytes| nbformat::read(bytes).ok()).collect();
            let versions: Vec<&Notebook> = former.iter().chain([&base]).collect();
            let chosen = base_among(&versions, past.behind, [&student, &course]);
            let base = chosen.as_ref().map_or(&base, |chosen| &chosen.notebook);
            let student = chosen.as_ref().map_or(Cow::Borrowed(&student), |chosen| chosen.student(&student));
            of_notebooks(past.take, Three { base, student: &student, course: &course })
        }
        (_, Err(why), Ok(_)) => unreadable("the student's file", &why),
        (_, Ok(_), Err(why)) => unreadable("the course's file", &why),
        (Err(why), Ok(_), Ok(_)) => unreadable("the base", &why),
        (_, Err(_), Err(_)) => of_text(past, sides),
    }
}

fn unreadable(side: &str, why: &NotebookError) -> FileMerge {
    FileMerge::whole(FileKind::Opaque, format!("not merged: {side} cannot be read as a notebook: {why}"))
}

fn of_notebooks(take: Take<'_>, sides: Three<&Notebook>) -> FileMerge {
    let merge = match take.apply(merge_notebooks(sides), [sides.student, sides.course]) {
        Ok(merge) => merge,
        Err(why) => return FileMerge::whole(FileKind::Notebook, why.to_string()),
    };
    let summary = merge.report.summary();
    let bytes = Some(nbformat::write(&merge.notebook));
    FileMerge { kind: FileKind::Notebook, bytes, report: merge.report, summary }
}

fn of_text(past: Past<'_>, sides: Three<&[u8]>) -> FileMerge {
    let texts = sides.map(std::str::from_utf8);
    if let Three { base: Ok(base), student: Ok(student), course: Ok(course) } = texts {
        let former: Vec<&str> =
            past.versions.iter().filter_map(|bytes| std::str::from_utf8(bytes).ok()).collect();
        let merge = merge_scripts((&former, past.behind, past.take), Three { base, student, course });
        if let Some(merge) = merge {
            let merge = match merge {
                Ok(merge) => merge,
                Err(why) => return FileMerge::whole(FileKind::Script, why.to_string()),
            };
            let summary = merge.report.summary();
            let bytes = Some(merge.text.into_bytes());
            return FileMerge { kind: FileKind::Script, bytes, report: merge.report, summary };
        }
    }
    let base = closest_bytes(past.versions, sides.base, sides.student);
    match merge_text(base, sides.student, sides.course) {
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

/// The version that the student's text came from; `last` where one of them is not text.
fn closest_bytes<'a>(former: &[&'a [u8]], last: &'a [u8], student: &[u8]) -> &'a [u8] {
    if former.is_empty() || is_binary(student) || is_binary(last) {
        return last;
    }
    let versions: Vec<&[u8]> =
        former.iter().copied().filter(|bytes| !is_binary(bytes)).chain([last]).collect();
    let texts: Vec<_> = versions.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    let at = closest(&texts, &String::from_utf8_lossy(student));
    at.and_then(|at| versions.get(at).copied()).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::{Cell, CellKind};

    fn notebook(text: &str) -> Vec<u8> {
        nbformat::write(&Notebook {
            minor: 5,
            cells: vec![Cell::new(CellKind::Code, text)],
            ..Notebook::default()
        })
    }

    fn merge(base: &[u8], student: &[u8], course: &[u8]) -> FileMerge {
        merge_files(Three { base, student, course })
    }

    #[test]
    fn a_fix_reaches_a_notebook_with_nan_in_an_output() {
        let two = |first: &str, output: &str| {
            format!(
                "{{\"cells\": [{}, {}], \"metadata\": {{}}, \"nbformat\": 4, \"nbformat_minor\": 5}}",
                format_args!(
                    "{{\"cell_type\": \"markdown\", \"id\": \"a\", \"metadata\": {{}}, \"source\": \"{first}\"}}"
                ),
                format_args!(
                    "{{\"cell_type\": \"code\", \"id\": \"b\", \"metadata\": {{}}, \"source\": \"plot()\", \
                     \"execution_count\": null, \"outputs\": [{output}]}}"
                ),
            )
        };
        let plot = "{\"output_type\": \"display_data\", \"metadata\": {}, \"data\": {\"application/json\": {\"y\": [NaN]}}}";
        let merged = merge(two("old", "").as_bytes(), two("old", plot).as_bytes(), two("new", "").as_bytes());
        assert!(merged.is_clean(), "{}", merged.summary);
        let text = String::from_utf8(merged.bytes.unwrap()).unwrap();
        assert!(text.contains("\"new\"") && text.contains("NaN\n"), "{text}");
    }

    #[test]
    fn the_content_tells_what_a_file_is() {
        let (a, b) = (notebook("a = 1"), notebook("a = 2"));
        assert_eq!(merge(&a, &a, &b).kind, FileKind::Notebook);
        assert_eq!(merge(b"", &a, &b).kind, FileKind::Notebook);
        assert_eq!(merge(b"# %%\n1\n", b"# %%\n1\n", b"# %%\n2\n").kind, FileKind::Script);
        assert_eq!(merge(b"a\n", b"a\n", b"b\n").kind, FileKind::Text);
        assert_eq!(merge(b"a\n", b"\0\n", b"b\n").kind, FileKind::Opaque);
    }

    #[test]
    fn a_notebook_that_cannot_be_read_is_left_whole() {
        let good = notebook("a = 1");
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
        let v3 = br#"{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}"#;
        let torn = good.get(..good.len() / 2).unwrap_or_default();
        let marked = [b"<<<<<<< ours\n".as_slice(), &good].concat();
        for bad in [b"".as_slice(), torn, &deep, v3, &marked, b"NaN", b"\xef\xbb\xbf{}", b"{\"cells\": 1}"] {
            for sides in [[&good, bad, &good], [&good, &good, bad]] {
                let merge = merge(sides[0], sides[1], sides[2]);
                assert_eq!(
                    (merge.kind, merge.bytes.clone(), merge.is_clean()),
                    (FileKind::Opaque, None, false)
                );
                assert!(merge.summary.starts_with("not merged: the "), "{}", merge.summary);
            }
        }
    }
}
