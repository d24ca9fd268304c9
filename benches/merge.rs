//! The notebook merge on 40 cells, both sides edited: `cargo bench --bench merge`. It must stay below 10 ms.

use serde_json::json;
use tito::notebook::{Cell, CellKind, Notebook, nbformat};
use tito::plan::merge::Three;
use tito::plan::merge::file::merge_files;
use tito::plan::merge::notebook::merge_notebooks;

fn main() {
    divan::main();
}

/// 40 cells of some 60 lines each: text, question, test and code in turn.
fn base() -> Notebook {
    let cells = (0..40).map(|at| {
        let prose: Vec<_> = (0..60).map(|line| format!("word{at}x{line} and some text about part {line} of {at}")).collect();
        let (kind, source) = match at % 4 {
            0 => (CellKind::Markdown, prose.join("\n")),
            1 => (CellKind::Code, format!("def f{at}(x):\n    \"\"\"{}\"\"\"\n    # YOUR CODE HERE\n    raise NotImplementedError()\n", prose.join("\n    "))),
            _ => (CellKind::Code, prose.join("\n")),
        };
        let mut cell = Cell::new(kind, source);
        cell.id = Some(format!("cell-of-{at}"));
        if at % 4 == 1 {
            let meta = json!({"schema_version": 3, "grade": false, "grade_id": format!("q{at}"), "locked": false, "solution": true, "task": false});
            cell.metadata.insert("nbgrader".into(), meta);
        }
        cell
    });
    Notebook { minor: 5, cells: cells.collect(), ..Notebook::default() }
}

fn edited(ids: bool) -> Three<Notebook> {
    let base = base();
    let (mut student, mut course) = (base.clone(), base.clone());
    for (at, cell) in student.cells.iter_mut().enumerate() {
        cell.source = cell.source.replace("    raise NotImplementedError()", "    return x");
        if cell.kind == CellKind::Code {
            cell.execution_count = json!(at);
            cell.outputs =
                vec![json!({"output_type": "stream", "name": "stdout", "text": ["done\n".repeat(20)]})]
                    .into();
        }
        if !ids {
            cell.id = None;
        }
    }
    for cell in course.cells.iter_mut().step_by(3) {
        cell.source = cell.source.replacen("and some text", "and some better text", 3);
    }
    let moved = course.cells.remove(10);
    course.cells.push(moved);
    Three { base, student, course }
}

#[divan::bench(args = [true, false])]
fn forty_cells(bencher: divan::Bencher<'_, '_>, ids: bool) {
    let sides = edited(ids);
    bencher.bench_local(|| merge_notebooks(divan::black_box(sides.as_ref())));
}

#[divan::bench]
fn forty_cells_from_bytes_to_bytes(bencher: divan::Bencher<'_, '_>) {
    let bytes = edited(true).map(|notebook| nbformat::write(&notebook));
    bencher.bench_local(|| merge_files(divan::black_box(bytes.as_ref().map(Vec::as_slice))));
}
