//! What students do to a notebook before a fix arrives: six situations, the same for a made-up lab and for a real module.

use std::collections::BTreeMap;
use std::path::Path;

use tito::notebook::{Cell, CellKind, Notebook};

use super::jupyter;
use super::lab::{Item, replace};

/// What a student finds in the place of a solution.
pub(crate) const STUB: &str = "    # YOUR CODE HERE\n    raise NotImplementedError()";

pub(crate) const SITUATIONS: [&str; 6] =
    ["answered", "scratch", "ids-dropped", "ids-new", "locked-touched", "solution-copied"];

/// Which cells of a notebook a student works on.
pub(crate) struct Work {
    /// What they write into the stubs of a cell, one after the other.
    pub(crate) answers: BTreeMap<usize, Vec<(String, String)>>,
    /// The answered cell that they copy to play with it, and around which they try things.
    pub(crate) question: usize,
    /// The test that they make easier.
    pub(crate) test: usize,
}

impl Work {
    /// `source` of the cell `at` with the answers in the place of the stubs.
    pub(crate) fn answered(&self, at: usize, source: &str) -> String {
        self.answers[&at].iter().fold(source.to_owned(), |text, (stub, answer)| {
            assert!(text.contains(stub), "no stub `{stub}` in\n{text}");
            text.replacen(stub, answer, 1)
        })
    }
}

fn situation(base: &[Item], name: &str, work: &Work) -> Vec<Item> {
    let mut items = base.to_vec();
    for at in work.answers.keys() {
        items[*at].cell.source = work.answered(*at, &base[*at].cell.source);
        items[*at].touched = true;
    }
    match name {
        "scratch" => {
            for (at, text) in [
                (work.question + 1, "scratch = 5\nprint(scratch)"),
                (work.question - 1, "# reminder: ask about this"),
                (3, "sorted([2, 1])"),
            ] {
                let own =
                    Cell { id: Some(format!("own{at}-{}", text.len())), ..Cell::new(CellKind::Code, text) };
                items.insert(at, Item { origin: None, touched: true, cell: own });
            }
        }
        "ids-dropped" => items.iter_mut().for_each(|item| item.cell.id = None),
        "ids-new" => {
            items.iter_mut().enumerate().for_each(|(at, item)| item.cell.id = Some(format!("{at:08x}")))
        }
        "locked-touched" => {
            let old = items[work.test].cell.source.clone();
            replace(&mut items[work.test], &old, "assert True  # good enough");
        }
        "solution-copied" => {
            let mut copy = items[work.question].clone();
            copy.origin = None;
            copy.cell.id = Some("copied".into());
            copy.cell.source += "\nprint('copy')";
            items.insert(work.question + 1, copy);
        }
        _ => {}
    }
    items
}

/// All situations of one notebook, in their order, each really run in `folder` and saved by Jupyter. `base` has the cells of `notebook`;
/// `work` says what the student does in a situation.
pub(crate) fn situations(
    notebook: &Notebook,
    base: &[Item],
    work: impl Fn(&str) -> Work,
    folder: &Path,
) -> Vec<(&'static str, Work, Vec<Item>, Notebook)> {
    let edited: Vec<_> = SITUATIONS
        .map(|name| {
            let work = work(name);
            let items = situation(base, name, &work);
            let cells = items.iter().map(|item| item.cell.clone()).collect();
            let minor = if name == "ids-dropped" { 4 } else { 5 };
            (name, work, items, Notebook { cells, minor, ..notebook.clone() })
        })
        .into();
    let saved = jupyter::run_stages(edited.iter().map(|(_, _, _, notebook)| notebook), folder);
    let all = edited.into_iter().zip(saved).map(|((name, work, mut items, _), ran)| {
        assert_eq!(items.len(), ran.cells.len());
        for (item, cell) in items.iter_mut().zip(&ran.cells) {
            assert_eq!((&item.cell.source, &item.cell.id), (&cell.source, &cell.id));
            item.cell = cell.clone();
        }
        (name, work, items, ran)
    });
    all.collect()
}
