//! Percent scripts: the same random edits as for notebooks, written as scripts.

use std::collections::BTreeSet;

use tito::notebook::{Cell, CellKind, Notebook, percent};
use tito::plan::merge::Three;
use tito::plan::merge::script::merge_scripts;
use tito::plan::merge::take::Take;

use super::properties::samples;

fn script(notebook: &Notebook) -> String {
    notebook.cells.iter().map(|cell| piece(cell) + "\n").collect()
}

fn piece(cell: &Cell) -> String {
    let grading = cell.metadata.get("nbgrader").map(|meta| format!(" nbgrader={meta}")).unwrap_or_default();
    match cell.kind {
        CellKind::Code => format!("# %%{grading}\n{}\n", cell.source),
        _ => {
            let lines = cell.source.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n");
            format!("# %% [markdown]{grading}\n{}", lines.collect::<String>())
        }
    }
}

fn grade_ids(text: &str) -> Vec<String> {
    let cells = percent::read(text, "").notebook.cells;
    let mut ids: Vec<_> = cells.iter().filter_map(Cell::grade_id).map(str::to_owned).collect();
    ids.sort();
    ids
}

#[test]
fn scripts_merge_as_notebooks_do() {
    for (number, sides) in samples(300).into_iter().enumerate() {
        let texts = sides.as_ref().map(script);
        let sides = texts.as_ref().map(String::as_str);
        let merge = merge_scripts((&[], &BTreeSet::new(), Take::Nothing), sides)
            .and_then(Result::ok)
            .unwrap_or_else(|| panic!("{number}: a script is none"));
        let aside: Vec<_> = merge.report.set_aside().filter_map(|cell| cell.student.as_deref()).collect();
        let markers = |line: &&str| !line.starts_with("# %%");
        for line in texts.student.lines().filter(|line| !texts.base.contains(line)).filter(markers) {
            let there = merge
                .text
                .lines()
                .chain(aside.iter().flat_map(|text| text.lines()))
                .any(|other| other == line);
            assert!(there, "{number}: the student's line `{line}` is gone from\n{}", merge.text);
        }
        assert_eq!(grade_ids(&merge.text), grade_ids(&texts.course), "{number}: {}", merge.text);
        let again = merge_scripts(
            (&[], &BTreeSet::new(), Take::Nothing),
            Three { student: &merge.text, base: sides.course, course: sides.course },
        );
        assert_eq!(again.and_then(Result::ok).map(|merge| merge.text), Some(merge.text.clone()), "{number}");
        let pulled =
            merge_scripts((&[], &BTreeSet::new(), Take::Nothing), Three { student: sides.base, ..sides })
                .and_then(Result::ok)
                .map(|merge| merge.text);
        assert_eq!(pulled.as_deref(), Some(sides.course), "{number}");
    }
}
