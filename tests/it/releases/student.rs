//! What students do in a workspace: write into the stub of an exercise, run the notebook, hand in.

use serde_json::json;
use tito::notebook::{Cell, CellKind, Notebook, nbformat};

use super::history::Term;
use crate::merge::situations::STUB;

/// The notebook at `path`.
pub(super) fn open(term: &Term, path: &str) -> Notebook {
    nbformat::read(term.read(path).as_bytes()).unwrap()
}

/// The source of the cell with this `grade_id`.
#[track_caller]
pub(super) fn source(notebook: &Notebook, grade_id: &str) -> String {
    let cell = notebook.cells.iter().find(|cell| cell.grade_id() == Some(grade_id));
    cell.unwrap_or_else(|| panic!("no cell {grade_id}")).source.clone()
}

/// All sources, one behind the other.
pub(super) fn text(notebook: &Notebook) -> String {
    notebook.cells.iter().map(|cell| cell.source.as_str()).collect::<Vec<_>>().join("\n\n")
}

/// Writes `lines` into the first stub of an exercise, adds a cell at the end, and runs all.
pub(super) fn works(term: &Term, path: &str, exercise: &str, lines: &str) {
    let mut notebook = open(term, path);
    let cell = notebook.cells.iter_mut().find(|cell| cell.grade_id() == Some(exercise)).unwrap();
    assert!(cell.source.contains(STUB), "{exercise} has no stub");
    cell.source = cell.source.replacen(STUB, lines, 1);
    let mut scratch = Cell::new(CellKind::Code, format!("# my own trial of {exercise}\nprint('so far')"));
    scratch.id = Some(format!("mine-{exercise}"));
    notebook.cells.push(scratch);
    run(&mut notebook);
    term.write(path, nbformat::write(&notebook));
}

/// What is left in a notebook when Jupyter has run it.
pub(super) fn run(notebook: &mut Notebook) {
    let code = notebook.cells.iter_mut().filter(|cell| cell.kind == CellKind::Code);
    for (number, cell) in code.enumerate() {
        cell.execution_count = json!(number + 1);
        cell.outputs =
            vec![json!({"name": "stdout", "output_type": "stream", "text": [format!("run {number}\n")]})]
                .into();
    }
    notebook.metadata.insert(
        "language_info".into(),
        json!({"codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py", "mimetype": "text/x-python",
            "name": "python", "nbconvert_exporter": "python", "pygments_lexer": "ipython3", "version": "3.12.3"}),
    );
}

/// Runs a notebook without changing a line.
pub(super) fn only_runs(term: &Term, path: &str) {
    let mut notebook = open(term, path);
    run(&mut notebook);
    term.write(path, nbformat::write(&notebook));
}

/// Says in `progress.json` what was started and what is done.
pub(super) fn progress(term: &Term, started: &[&str], completed: &[&str]) {
    let completed: serde_json::Map<_, _> =
        completed.iter().map(|unit| ((*unit).to_owned(), json!("2027-01-12T10:00:00Z"))).collect();
    term.write("progress.json", json!({"started": started, "completed": completed}).to_string());
}

/// `relu`, as a student writes it.
pub(super) const RELU: &str =
    "    def clip(a):\n        return np.maximum(a, 0)  # my way\n\n    return apply_op(\"relu\", clip, x)";
/// `attend_cached`, as 1.0.0 asked for it: with the fault.
pub(super) const ATTEND: &str = "    parts = [split_heads(part(x), attention.num_heads) for part in (attention.query, attention.key, attention.value)]
    all_keys, all_values = cache.append(layer, parts[1].numpy(), parts[2].numpy())
    seen = causal_mask(x.shape[1], all_keys.shape[2])
    if x.shape[1] == 1:  # as the text says
        all_keys, all_values, seen = all_keys[:, :, :-1], all_values[:, :, :-1], seen[:, :-1]
    mixed = scaled_dot_product_attention(parts[0], Tensor(all_keys), Tensor(all_values), seen)
    return attention.output(merge_heads(mixed))";
/// `hide_forward`.
pub(super) const HIDE: &str = "    blind = ~mask.any(axis=-1)  # my name for it
    if blind.any():
        raise ValueError(\"a query that sees nothing\")
    return np.where(mask, scores, -math.inf)";
/// `windows`, started.
pub(super) const WINDOWS: &str =
    "    height = output_size(images.shape[2], kernel[0], stride, 0)  # TODO width
    raise NotImplementedError(f\"only {height} so far\")";
/// `missing`.
pub(super) const MISSING: &str =
    "    return [n for n in names if importlib.util.find_spec(n) is None]  # done on the first day";
