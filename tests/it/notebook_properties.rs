//! What holds for every notebook and every text.

use proptest::prelude::*;
use serde_json::{Value, json};
use tito::notebook::tiers::{self, Marking, Tier};
use tito::notebook::{Cell, CellKind, Notebook, assign_ids, export, nbformat, percent};

fn line() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("### BEGIN SOLUTION"),
        Just("### END SOLUTION"),
        Just("    ### BEGIN SOLUTION role=\"scaffold\""),
        Just("# BEGIN SOLUTION role='challenge'"),
        Just("### BEGIN SOLUTION role=\"instructor\""),
        Just("### BEGIN HIDDEN TESTS"),
        Just("### END HIDDEN TESTS"),
        Just("#| export"),
        Just("#| default_exp a.b"),
        Just("def f():"),
        Just("    return 1"),
        Just("x = \"\"\""),
        Just("from p.a import b"),
        Just("# %%"),
        Just(""),
        Just("secret = make_the_secret_of_the_solution()"),
        Just("'''"),
        Just("@patch"),
        Just("(["),
        Just("\\"),
    ];
    prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => "\\PC{0,12}", 1 => "[\\x00-\\x1f\u{85}\u{2028}a]{0,6}"]
}

fn source() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..10).prop_map(|lines| lines.join("\n"))
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z.]{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn cell() -> impl Strategy<Value = Cell> {
    let kind =
        prop_oneof![4 => Just(CellKind::Code), 2 => Just(CellKind::Markdown), 1 => Just(CellKind::Raw)];
    let grading = prop_oneof![
        3 => Just(None),
        2 => Just(Some(json!({"grade_id": "a", "solution": true}))),
        1 => Just(Some(json!({"grade_id": "t", "grade": true, "locked": true, "points": 1}))),
        1 => json_value().prop_map(Some),
    ];
    let metadata = prop::collection::btree_map("[a-z_]{1,8}", json_value(), 0..3);
    (kind, source(), grading, metadata).prop_map(|(kind, source, grading, metadata)| {
        let mut cell = Cell::new(kind, source);
        cell.metadata = metadata.into_iter().collect();
        if let Some(grading) = grading {
            cell.metadata.insert("nbgrader".into(), grading);
        }
        cell
    })
}

fn notebook() -> impl Strategy<Value = Notebook> {
    prop::collection::vec(cell(), 0..6).prop_map(|cells| {
        let mut notebook = Notebook { minor: 5, cells, ..Notebook::default() };
        assign_ids(&mut notebook, "unit");
        notebook
    })
}

proptest! {
    /// Writing is stable: what is read back is written the same, and is the same content.
    #[test]
    fn written_notebooks_read_back(notebook in notebook()) {
        let bytes = nbformat::write(&notebook);
        let again = nbformat::read(&bytes).unwrap();
        prop_assert_eq!(nbformat::write(&again), bytes.clone());
        prop_assert_eq!(nbformat::canonical(&bytes), nbformat::canonical_of(&notebook));
        let texts = |notebook: &Notebook| notebook.cells.iter().map(|cell| cell.source.clone()).collect::<Vec<_>>();
        prop_assert_eq!(texts(&again), texts(&notebook));
    }

    /// Any bytes are read or refused, never worse.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), value in json_value()) {
        let _answer = nbformat::read(&bytes);
        let _answer = nbformat::read(value.to_string().as_bytes());
        let wrapped = json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [value]});
        let _answer = nbformat::read(wrapped.to_string().as_bytes());
    }

    /// Any text is a percent script; its cells are known by line, its ids are unique, and reading is a function.
    #[test]
    fn any_text_is_a_script(text in "(\\PC|\n|\r|\t|# %%|\"\"\"|`|=|\\{){0,80}", lines in source()) {
        for text in [text, lines] {
            let script = percent::read(&text, "unit");
            prop_assert_eq!(script.origins.len(), script.notebook.cells.len());
            let total = text.matches('\n').count() + 2;
            prop_assert!(script.origins.iter().all(|origin| origin.marker <= total && origin.source <= total));
            let mut ids: Vec<_> = script.notebook.cells.iter().map(|cell| cell.id.clone()).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), script.notebook.cells.len());
            prop_assert_eq!(percent::read(&text, "unit").notebook, script.notebook.clone());
            let _text = percent::write(&script.notebook);
        }
    }

    /// No tier shows a stripped line that is not also given, and stripping twice is stripping once.
    #[test]
    fn stripped_lines_are_gone(notebook in notebook(), challenge in any::<bool>()) {
        let tier = if challenge { Tier::Challenge } else { Tier::Student };
        let tiered = tiers::apply(&notebook, tier, &Marking::default());
        let solutions = tiers::SolutionLines::of(&[&tiered.stripped]);
        let text: Vec<&str> = tiered.notebook.cells.iter().map(|cell| cell.source.as_str()).collect();
        let single: Vec<_> =
            tiers::leaks(&solutions, &text.join("\n"), |_| false).into_iter().filter(|leak| !leak.stripped.kept_elsewhere).collect();
        prop_assert_eq!(single, vec![]);
        prop_assert_eq!(tiered.notebook.cells.len(), notebook.cells.len());
        for cell in &tiered.notebook.cells {
            for marker in ["BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"] {
                prop_assert!(!cell.source.contains(marker), "{}", cell.source);
            }
        }
        for stripped in &tiered.stripped {
            let line = notebook.cells[stripped.cell].source.split('\n').nth(stripped.line).unwrap();
            prop_assert!(line.contains(&stripped.text));
        }
        prop_assert_eq!(tiers::apply(&notebook, Tier::Instructor, &Marking::default()).stripped, vec![]);
    }

    /// Every line of a module is tito's own or a line of a cell.
    #[test]
    fn every_line_of_a_module_is_accounted_for(notebook in notebook()) {
        if let (Some(exported), _) = export::export(&notebook, "p", "n.ipynb") {
            prop_assert!(exported.text.ends_with('\n'));
            for (at, line) in exported.text.split('\n').enumerate() {
                if let Some(origin) = exported.origin(at + 1) {
                    let cell = notebook.cells[origin.cell].source.split('\n').nth(origin.line).unwrap();
                    prop_assert!(line == cell || line.starts_with("from"), "{line:?} {cell:?}");
                }
            }
        }
    }
}

/// A notebook without lines that look like magics comes back from its script, except for ids, outputs and viewer metadata.
#[test]
fn scripts_of_notebooks_come_back() {
    let mut notebook = Notebook { minor: 5, ..Notebook::default() };
    notebook.metadata.insert(
        "kernelspec".into(),
        json!({"display_name": "Python 3", "language": "python", "name": "python3"}),
    );
    for (kind, source) in [
        (CellKind::Markdown, "# Title\n\ntext\n# not a heading"),
        (CellKind::Code, "%matplotlib inline\n!ls\nx = 1\n\n\n"),
        (CellKind::Code, ""),
        (CellKind::Raw, "raw\n\ntext"),
        (CellKind::Code, "%%bash\nls -l"),
        (CellKind::Code, "def f():\n    '''\n# %%\n'''"),
        (CellKind::Markdown, "```\n%% x\n```"),
        (CellKind::Code, "class A:\n    pass"),
    ] {
        notebook.cells.push(Cell::new(kind, source));
    }
    notebook.cells[1]
        .metadata
        .insert("nbgrader".into(), json!({"grade": false, "grade_id": "a", "solution": true}));
    notebook.cells[0].metadata.insert("tags".into(), json!(["a", "é"]));
    let mut back = percent::read(&percent::write(&notebook), "unit").notebook;
    percent::forget_script(&mut back);
    for cell in &mut back.cells {
        cell.id = None;
    }
    assert_eq!(back, notebook);
}

/// Text made to make a reader slow, deep or wrong: it ends, with an answer.
#[test]
fn hostile_text_is_survived() {
    for text in [
        "# %%\n x\n".repeat(20_000),
        "# %% [markdown]\n# ```x\n".repeat(20_000),
        format!("# %%\ndef f():\n{}", "# %%\n# c\n".repeat(20_000)),
        format!("# %% {}\n", "a=[".repeat(5_000)),
        format!("# %% {}\n", "{'a': ".repeat(2_000)),
        format!("# %%\n{}\n", "\"".repeat(500_000)),
        format!("# %%\n%x{}\n", "#".repeat(100_000)),
        format!("# %%\n{}\n", "### BEGIN SOLUTION\n".repeat(20_000)),
        format!("# %%\n#| default_exp a\n#| export\n{}\n", "x = (".repeat(50_000)),
        format!("# ---\n# jupyter:\n#   a: {}\n# ---\n", "[".repeat(20_000)),
        format!("# ---\n# jupyter:\n#   a: &a [x, x]\n{}# ---\n", "#   b: [*a, *a]\n".repeat(1_000)),
    ] {
        let script = percent::read(&text, "unit");
        let student = tiers::apply(&script.notebook, Tier::Student, &Marking::default()).notebook;
        let exported = export::export(&script.notebook, "p", "n.ipynb").0;
        assert!(exported.is_none_or(|exported| exported.origin(0).is_none()));
        assert_eq!(
            nbformat::read(&nbformat::write(&student)).unwrap().cells.len(),
            script.notebook.cells.len()
        );
    }
    let lines = percent::read(&"\n".repeat(60_000), "unit");
    assert_eq!(lines.problems.len(), 1, "more lines than people write");
}
