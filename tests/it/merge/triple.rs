//! A merge whose right result is known: three notebooks, and for each of their cells which one of the base it is.
//!
//! Written as files, it is a case of `tests/merge/compare.py`, which measures other tools on it, and judges all of them alike.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tito::notebook::{Notebook, nbformat};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::{NotebookMerge, merge_notebooks};

use super::invariants::{check, merging_from_the_same_base_changes_nothing};
use super::jupyter::outputs_kept;
use super::lab::Item;
use super::situations::Work;
use crate::judges::{python_says, root};

pub(crate) struct Triple {
    /// The course's change.
    pub(crate) change: String,
    /// The student's situation.
    pub(crate) situation: &'static str,
    pub(crate) sides: Three<Notebook>,
    /// The cell of the base that each of the student's cells is.
    student: Vec<Option<usize>>,
    /// The cell of the base that each of the course's cells is.
    course: Vec<Option<usize>>,
    /// What becomes of a cell of the base that the student answered and the course changed.
    both: BTreeMap<usize, String>,
}

fn origins(items: &[Item]) -> Vec<Option<usize>> {
    items.iter().map(|item| item.origin).collect()
}

impl Triple {
    /// The course's new notebook and its cells meet a situation of a student.
    pub(crate) fn new(
        change: &str,
        base: &Notebook,
        (situation, work, student, ran): &(&'static str, Work, Vec<Item>, Notebook),
        (course, released): (&[Item], &Notebook),
    ) -> Self {
        let answered = |item: &&Item| item.origin.is_some_and(|at| work.answers.contains_key(&at));
        let changed = |item: &&Item| item.origin.is_some_and(|at| base.cells[at].source != item.cell.source);
        let both = course.iter().filter(answered).filter(changed).map(|item| {
            let at = item.origin.unwrap_or_default();
            (at, work.answered(at, &item.cell.source))
        });
        Self {
            change: change.to_owned(),
            situation,
            sides: Three { base: base.clone(), student: ran.clone(), course: released.clone() },
            student: origins(student),
            course: origins(course),
            both: both.collect(),
        }
    }

    pub(crate) fn name(&self) -> String {
        format!("{}--{}", self.change, self.situation)
    }

    /// The merge, with what must hold of all merges, and nothing offered: in these cases the two never collide.
    pub(crate) fn merge(&self) -> Result<NotebookMerge, String> {
        let merge = merge_notebooks(self.sides.as_ref());
        let offered = merge.report.offered().count();
        check(self.sides.as_ref(), &merge)
            .and_then(|()| merging_from_the_same_base_changes_nothing(self.sides.as_ref(), &merge))
            .and_then(|()| if offered == 0 { Ok(()) } else { Err(format!("{offered} cells offered")) })
            .map_err(|why| format!("{}: {why}", self.name()))?;
        outputs_kept(&self.name(), &self.sides.student, &merge.notebook);
        Ok(merge)
    }

    /// Writes the three notebooks, and `case.json` with all that a judge must know.
    fn write(&self, folder: &Path) {
        let case = folder.join(self.name());
        fs::create_dir_all(&case).unwrap();
        let Three { base, student, course } = &self.sides;
        for (side, notebook) in [("base", base), ("student", student), ("course", course)] {
            fs::write(case.join(format!("{side}.ipynb")), nbformat::write(notebook)).unwrap();
        }
        let known = json!({"student": self.student, "course": self.course, "both": self.both});
        fs::write(case.join("case.json"), known.to_string()).unwrap();
    }
}

/// Every triple merges well: by what must hold of all merges, and in the eyes of the judge that compares `tito merge` with other
/// tools. The cases stay in `target/NAME` for the comparison.
#[track_caller]
pub(crate) fn all_are_good(name: &str, triples: &[Triple]) -> PathBuf {
    let folder = root().join("target").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    triples.iter().for_each(|triple| triple.write(&folder));
    let wrong: Vec<_> = triples.iter().filter_map(|triple| triple.merge().err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tito = Path::new(env!("CARGO_BIN_EXE_tito"));
    let arguments = [Path::new("--faults"), Path::new("--tito"), tito, &folder];
    assert_eq!(python_says("tests/merge/compare.py", &arguments), "");
    folder
}
