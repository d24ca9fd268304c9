//! `tests/merge/*.txt`: one merge per file. Sections `=== base`, `=== student`, `=== course` (the last two default to the base), then
//! what must come out: `=== merged`, `=== report`. `TITO_BLESS=1 cargo test --test it every_case_merges_as_it_says` writes these again: that
//! test alone, as others read the same files meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tito::notebook::{Notebook, nbformat};
use tito::plan::merge::Three;
use tito::plan::merge::changes::changes;
use tito::plan::merge::notebook::matching::Editor;
use tito::plan::merge::notebook::{Fate, MergeReport, merge_notebooks};

use super::invariants::{check, merging_from_the_same_base_changes_nothing};
use super::notation::{parse, render};
use crate::tito::blesses;

/// A case as it is in its file.
pub(crate) struct Case {
    pub(crate) name: String,
    path: PathBuf,
    about: String,
    sections: Vec<(String, String)>,
}

impl Case {
    fn section(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(other, _)| other == name).map(|(_, text)| text.as_str())
    }

    /// The three notebooks.
    pub(crate) fn sides(&self) -> Three<Notebook> {
        let base = self.section("base").expect("every case has a base");
        let side = |name| parse(self.section(name).unwrap_or(base));
        Three { base: side("base"), student: side("student"), course: side("course") }
    }
}

/// All cases, by name.
pub(crate) fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/merge");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "txt")).collect();
    files.sort();
    files.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Case {
    let text = fs::read_to_string(&path).unwrap();
    let mut parts = text.split("=== ");
    let about = parts.next().unwrap_or_default().to_owned();
    let sections = parts.map(|part| {
        let (name, body) = part.split_once('\n').unwrap_or((part, ""));
        (name.to_owned(), body.to_owned())
    });
    let sections = sections.collect();
    Case { name: path.file_stem().unwrap().to_string_lossy().into_owned(), path, about, sections }
}

fn said(report: &MergeReport) -> String {
    let mut text = format!("{}\n", report.summary());
    for cell in report.cells.iter().filter(|cell| cell.fate != Fate::Same || cell.moved) {
        let fate = serde_json::to_value(cell.fate).unwrap();
        let moved = if cell.moved { " (moved)" } else { "" };
        text += &format!("{}: {}{moved}\n", fate.as_str().unwrap(), cell.name);
        for (who, lines) in [("student", &cell.student), ("course", &cell.course)] {
            for line in lines.iter().flat_map(|text| text.lines()) {
                text += &format!("    {who}| {line}\n");
            }
        }
    }
    text
}

fn ids(sides: &Three<Notebook>) -> BTreeSet<String> {
    let all = [&sides.base, &sides.student, &sides.course];
    all.into_iter().flat_map(|side| &side.cells).filter_map(|cell| cell.id.clone()).collect()
}

#[test]
fn every_case_merges_as_it_says() {
    let bless = blesses();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    for case in &cases {
        let sides = case.sides();
        let merge = merge_notebooks(sides.as_ref());
        if let Err(broken) = check(sides.as_ref(), &merge)
            .and_then(|()| merging_from_the_same_base_changes_nothing(sides.as_ref(), &merge))
        {
            wrong.push(format!("{}: {broken}", case.name));
        }
        let merged = render(&merge.notebook, &ids(&sides));
        let report = said(&merge.report);
        if bless {
            let mut text = case.about.clone();
            for (name, body) in case.sections.iter().filter(|(name, _)| name != "merged" && name != "report")
            {
                text += &format!("=== {name}\n{body}");
            }
            fs::write(&case.path, format!("{text}=== merged\n{merged}=== report\n{report}")).unwrap();
        } else if case.section("merged") != Some(merged.as_str())
            || case.section("report") != Some(report.as_str())
        {
            wrong.push(format!("{}: comes out as\n{merged}{report}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Whatever the sides of a case are, merging a notebook that only one side changed gives that side.
#[test]
fn one_sided_merges_are_that_side() {
    for case in cases() {
        let sides = case.sides();
        let base =
            &merge_notebooks(Three { base: &sides.base, student: &sides.base, course: &sides.base }).notebook;
        let course = &merge_notebooks(Three { base, student: base, course: &sides.course }).notebook;
        let texts = |notebook: &Notebook| -> Vec<_> {
            notebook
                .cells
                .iter()
                .map(|cell| (cell.kind, cell.source.clone(), cell.nbgrader().cloned()))
                .collect()
        };
        assert_eq!(texts(course), texts(&sides.course), "{}", case.name);
    }
}

/// Every field, and every word of ours that is the value of one.
fn words(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key.clone());
                match value.as_str() {
                    Some(word) if ["fate", "form", "what", "side"].contains(&key.as_str()) => {
                        found.insert(word.to_owned());
                    }
                    _ => words(value, found),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_documentation_names_every_word_of_the_json() {
    let mut found = BTreeSet::new();
    for case in cases() {
        let sides = case.sides();
        let report = merge_notebooks(sides.as_ref()).report;
        words(&serde_json::to_value(report).unwrap(), &mut found);
        let bytes = sides.as_ref().map(nbformat::write);
        for (before, after) in [(&bytes.base, &bytes.student), (&bytes.base, &b"torn".to_vec())] {
            words(&serde_json::to_value(changes(before, after, Editor::Student)).unwrap(), &mut found);
        }
    }
    for (before, after) in [("a\n", "b"), ("a\n", "\0")] {
        let changes = changes(before.as_bytes(), after.as_bytes(), Editor::Student);
        words(&serde_json::to_value(changes).unwrap(), &mut found);
    }
    assert!(found.contains("copy-not-graded") && found.contains("unreadable"), "{found:?}");
    let docs = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/merge.md")).unwrap();
    let (_, section) = docs.split_once("## As JSON").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let missing: Vec<_> = found.iter().filter(|word| !section.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "docs/merge.md says nothing of {missing:?}");
}
