//! Random edits of both sides, and what must hold of every merge of them.

use proptest::prelude::*;
use tito::notebook::{Cell, CellKind, Notebook};
use tito::plan::merge::Three;
use tito::plan::merge::notebook::merge_notebooks;

use super::invariants::check;
use super::lab::{
    Item, Part, cell, items, notebook, outputs_are_of_their_text, run, set_grading, untouched_is_the_courses,
};
use super::situations::STUB;

const NAMES: [&str; 14] = [
    "tensor", "relu", "softmax", "layer", "loss", "grad", "sgd", "adam", "loader", "conv", "token", "embed",
    "attend", "profile",
];

/// One edit: what, where, where else.
type Edit = (u8, prop::sample::Index, prop::sample::Index);

fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..most)
}

fn base() -> impl Strategy<Value = Vec<Item>> {
    let part = prop::sample::select(vec![Part::Text, Part::Code, Part::Question, Part::Test]);
    prop::collection::vec(part, 0..14)
        .prop_map(|parts| items(parts.into_iter().zip(NAMES).map(|(part, name)| cell(part, name)).collect()))
}

fn new(cell: Cell) -> Item {
    Item { origin: None, touched: true, cell }
}

/// What students do. Every line that they write is one of its own.
fn student(mut items: Vec<Item>, edits: &[Edit]) -> Vec<Item> {
    for (number, (what, at, to)) in edits.iter().enumerate() {
        if items.is_empty() {
            items.push(new(Cell::new(CellKind::Code, format!("mine{number} = 1"))));
            continue;
        }
        let (at, to) = (at.index(items.len()), to.index(items.len()));
        match what % 11 {
            0..=2 => {
                let cell = &mut items[at].cell;
                let answer = format!("    y{number} = x\n\n    return y{number}");
                cell.source = match cell.source.contains("# YOUR CODE") {
                    true => cell.source.replace(STUB, &answer),
                    false => cell.source.clone() + &format!("\nmore{number} = {number}"),
                };
                items[at].touched = true;
            }
            3 => {
                let mut lines: Vec<_> = items[at].cell.source.lines().map(str::to_owned).collect();
                let line = to % lines.len().max(1);
                lines.splice(line..(line + 1).min(lines.len()), [format!("changed{number} = {number}")]);
                items[at].cell.source = lines.join("\n");
                items[at].touched = true;
            }
            4 | 5 => items.insert(
                at,
                new(Cell::new(CellKind::Code, format!("mine{number} = {number}\nshow(mine{number})"))),
            ),
            6 => drop(items.remove(at)),
            7 => {
                let item = items.remove(at);
                items.insert(to.min(items.len()), item);
            }
            8 => {
                let mut copy = new(items[at].cell.clone());
                copy.cell.id = Some(format!("copy{number}"));
                copy.cell.source += &format!("\ncopied{number}()");
                items.insert(at + 1, copy);
            }
            9 => items.iter_mut().for_each(|item| item.cell.id = None),
            _ => {
                for (place, item) in items.iter_mut().enumerate() {
                    item.cell.id = Some(format!("new{number}-{place}"));
                }
            }
        }
    }
    items
}

/// What maintainers do.
fn course(mut items: Vec<Item>, edits: &[Edit]) -> Vec<Item> {
    for (number, (what, at, to)) in edits.iter().enumerate() {
        let added = |part| new(cell(part, &format!("release{number}")));
        if items.is_empty() {
            items.push(added(Part::Text));
            continue;
        }
        let (at, to) = (at.index(items.len()), to.index(items.len()));
        match what % 8 {
            0..=2 => {
                let mut lines: Vec<_> = items[at].cell.source.lines().map(str::to_owned).collect();
                let line = to % lines.len().max(1);
                if let Some(line) =
                    lines.get_mut(line).filter(|line| !line.contains("YOUR CODE") && !line.contains("raise"))
                {
                    *line += &format!(" # fixed {number}");
                }
                items[at].cell.source = lines.join("\n");
                items[at].touched = true;
            }
            3 => items.insert(at, added(Part::Text)),
            4 => items.insert(at, added(Part::Test)),
            5 => drop(items.remove(at)),
            6 => {
                let item = items.remove(at);
                items.insert(to.min(items.len()), item);
            }
            _ => {
                let cell = &mut items[at].cell;
                if cell.grade_id().is_some() {
                    let (solution, grade) = (cell.flag("solution"), cell.flag("grade"));
                    set_grading(cell, &format!("renamed{number}"), solution, grade);
                }
            }
        }
    }
    items
}

fn sides(base: &[Item], student: &[Item], course: &[Item]) -> Three<Notebook> {
    Three { base: notebook(base), student: notebook(student), course: notebook(course) }
}

/// Triples for others to look at: the same at every run.
pub(crate) fn samples(count: usize) -> Vec<Three<Notebook>> {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (base(), edits(6), edits(6));
    let sample = |_| {
        let (base, s, c) = strategy.new_tree(&mut runner).unwrap().current();
        sides(&base, &student(base.clone(), &s), &course(base.clone(), &c))
    };
    (0..count).map(sample).collect()
}

proptest! {
    #[test]
    fn nothing_is_lost_and_fixes_arrive(base in base(), s in edits(6), c in edits(6)) {
        let mut student = student(base.clone(), &s);
        run(&mut student);
        let course = course(base.clone(), &c);
        let sides = sides(&base, &student, &course);
        let merge = merge_notebooks(sides.as_ref());
        let all = check(sides.as_ref(), &merge)
            .and_then(|()| outputs_are_of_their_text(&merge.notebook))
            .and_then(|()| untouched_is_the_courses(&student, &course, &merge.notebook));
        prop_assert!(all.is_ok(), "{}\nmerged: {:#?}", all.unwrap_err(), merge.notebook.cells.iter().map(|c| (c.grade_id(), &c.source)).collect::<Vec<_>>());
    }

    #[test]
    fn a_pure_run_is_the_identity(base in base(), s in edits(6)) {
        // Whatever the student's notebook is, as tito last wrote it, running it is not an edit.
        let written = student(base, &s);
        let once = notebook(&written);
        let settled = merge_notebooks(Three { base: &once, student: &once, course: &once }).notebook;
        let mut ran = items(settled.cells.clone());
        run(&mut ran);
        let ran = Notebook { cells: ran.into_iter().map(|item| item.cell).collect(), ..settled.clone() };
        let merge = merge_notebooks(Three { base: &settled, student: &ran, course: &settled });
        prop_assert_eq!(merge.notebook, ran);
        prop_assert!(merge.report.is_clean());
    }

    #[test]
    fn an_untouched_notebook_becomes_the_courses(base in base(), c in edits(8)) {
        let course = course(base.clone(), &c);
        let sides = sides(&base, &base, &course);
        let merge = merge_notebooks(sides.as_ref());
        let told = |cells: &[Cell]| cells.iter().map(|cell| (cell.kind, cell.source.clone(), cell.nbgrader().cloned())).collect::<Vec<_>>();
        prop_assert_eq!(told(&merge.notebook.cells), told(&sides.course.cells));
        prop_assert!(merge.report.is_clean());
    }

    #[test]
    fn any_cells_at_all_merge(
        texts in prop::collection::vec(prop::collection::vec("[ab]{0,2}(\n[ab]){0,2}", 0..6), 3),
        ids in prop::collection::vec("[abc]", 18),
        grades in prop::collection::vec(0..6u8, 18),
    ) {
        let mut next = ids.iter().zip(&grades);
        let mut side = |texts: &[String], repeats: bool| {
            let mut seen = std::collections::BTreeSet::new();
            let cells = texts.iter().map(|text| {
                let (id, grade) = next.next().unwrap();
                let mut cell = Cell::new(if *grade == 5 { CellKind::Markdown } else { CellKind::Code }, text.as_str());
                cell.id = (*grade != 4).then(|| id.clone());
                if *grade < 2 && (seen.insert(id.clone()) || repeats) {
                    set_grading(&mut cell, id, *grade == 0, *grade == 1);
                }
                cell
            }).collect();
            Notebook { minor: 4, cells, ..Notebook::default() }
        };
        let sides = Three { base: side(&texts[0], true), student: side(&texts[1], true), course: side(&texts[2], false) };
        let merge = merge_notebooks(sides.as_ref());
        let all = check(sides.as_ref(), &merge);
        prop_assert!(all.is_ok(), "{}", all.unwrap_err());
    }
}
