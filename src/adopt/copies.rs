//! Two notebooks of one folder that are the same work: `tensor.py` beside `tensor_dev.py`.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic};
use crate::notebook::CellKind;
use crate::notebook::tiers::is_named_solution;
use crate::source::Source;

use super::names::without_number;
use super::tree::{Read, Tree, folder, name, stem};
use super::unit::exported_by;

/// What people add to a name for another version of the same work.
const VERSIONS: [&str; 9] =
    ["_dev", "_solution", "_solutions", "_student", "_copy", "_old", "_backup", "_orig", "_clean"];

/// A notebook that is the same work as another one of its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// The one to leave out.
    pub(super) path: String,
    /// The one to keep: it has more solutions, or is the one that is worked on.
    pub(super) kept: String,
}

/// The copies among the notebooks of one folder.
pub(super) fn among(reads: &[Read]) -> Vec<Copy> {
    let mut order: Vec<&Read> = reads.iter().collect();
    order.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.path.cmp(&b.path)));
    let mut kept: Vec<&Read> = Vec::new();
    let mut copies = Vec::new();
    for read in order {
        match kept.iter().find(|other| are_same(other, read)) {
            Some(other) => copies.push(Copy { path: read.path.clone(), kept: other.path.clone() }),
            None => kept.push(read),
        }
    }
    copies.sort_by(|a, b| a.path.cmp(&b.path));
    copies
}

/// The copies in the folders of a catalog's modules, except those that it accepts.
pub(super) fn not_accepted(tree: &Tree<'_>, catalog: &Catalog) -> Vec<Copy> {
    let is_settled = |copy: &Copy| {
        let mut settled = catalog.allow.iter().filter(|allowed| allowed.code == Code::SameWork);
        settled.any(|allowed| allowed.covers(&copy.path) || allowed.covers(&copy.kept))
    };
    let mut found = all(tree, catalog);
    found.retain(|copy| !is_settled(copy));
    found
}

/// The copies in the folders of a catalog's modules.
pub(super) fn all(tree: &Tree<'_>, catalog: &Catalog) -> Vec<Copy> {
    let mut found = Vec::new();
    for module in catalog.modules.values() {
        let mut folders: BTreeMap<&str, Vec<Read>> = BTreeMap::new();
        for path in tree.below(&module.from).filter(|path| catalog.entry(path).is_some()) {
            if let Some(read) = tree.notebook(path) {
                folders.entry(folder(path)).or_default().push(read);
            }
        }
        found.extend(folders.into_values().flat_map(|reads| among(&reads)));
    }
    found
}

/// What is to be said of a copy.
pub(super) fn diagnostic(tree: &Tree<'_>, catalog: &Catalog, copy: &Copy) -> Diagnostic {
    let first_line =
        |path: &str| Source::new(catalog.root.label_of(path), tree.text(path).unwrap_or_default()).line(1);
    let message = format!(
        "`{}` and `{}` are the same work, and students would get both",
        name(&copy.kept),
        name(&copy.path)
    );
    let help = format!(
        "keep one: write `exclude: [\"{}\"]` in catalog.yml, or let `tito catalog fix` do it; if both are meant, accept it with `allow`",
        copy.path
    );
    Diagnostic::new(Code::SameWork, message)
        .at(&first_line(&copy.path), "this one has fewer solutions, or is made from the other one")
        .at(&first_line(&copy.kept), "the one to keep")
        .help(help)
}

/// The name of the work: without number, ending, and word for a version.
fn work(path: &str) -> String {
    let bare = without_number(stem(path)).to_lowercase().replace(['-', ' '], "_");
    let plain = VERSIONS.iter().find_map(|version| bare.strip_suffix(version)).map(ToOwned::to_owned);
    plain.unwrap_or(bare)
}

fn are_same(a: &Read, b: &Read) -> bool {
    let (of_a, of_b) = (grade_ids(a), grade_ids(b));
    let shared = of_a.intersection(&of_b).count();
    let smaller = of_a.len().min(of_b.len());
    if shared >= 2 && 2 * shared >= smaller {
        return true;
    }
    let codes = |read: &Read| -> BTreeSet<String> {
        let code = read.notebook.cells.iter().filter(|cell| cell.kind == CellKind::Code);
        code.map(|cell| cell.source.trim().to_owned()).filter(|source| !source.is_empty()).collect()
    };
    let exports = exported_by(a);
    work(&a.path) == work(&b.path)
        && (shared > 0
            || (exports.is_some() && exports == exported_by(b))
            || !codes(a).is_disjoint(&codes(b)))
}

fn grade_ids(read: &Read) -> BTreeSet<&str> {
    read.notebook.cells.iter().filter_map(|cell| cell.grade_id()).collect()
}

/// How likely it is that a notebook is the source: its solutions, its name, whether it is a script, its size.
fn weight(read: &Read) -> (usize, bool, bool, bool, usize) {
    let solutions = read.notebook.cells.iter().filter(|cell| cell.source.contains("BEGIN SOLUTION")).count();
    // Without markers, what is named as the solution is not for students.
    let is_given = !is_named_solution(name(&read.path));
    (
        solutions,
        is_given,
        stem(&read.path).ends_with("_dev"),
        read.path.ends_with(".py"),
        read.notebook.cells.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::percent;

    fn read(path: &str, text: &str) -> Read {
        let script = percent::read(text, "");
        Read { path: path.to_owned(), notebook: script.notebook, origins: script.origins }
    }

    #[test]
    fn versions_of_one_work() {
        let solved = "# %%\n#| default_exp core.tensor\n\n# %%\n#| export\nx = 1\n### BEGIN SOLUTION\ny = 2\n### END SOLUTION\n";
        let plain = "# %%\n#| default_exp core.tensor\n\n# %%\n#| export\nx = 1\n";
        let found = among(&[read("m/tensor.py", plain), read("m/tensor_dev.py", solved)]);
        assert_eq!(found, [Copy { path: "m/tensor.py".to_owned(), kept: "m/tensor_dev.py".to_owned() }]);
        // The one with the solutions is kept, whatever it is called.
        let found = among(&[read("m/01_tensor.py", solved), read("m/tensor_student.py", plain)]);
        assert_eq!(found[0].path, "m/tensor_student.py");
        let found = among(&[read("m/tensor_student.py", plain), read("m/tensor_solution.py", plain)]);
        assert_eq!(found[0].path, "m/tensor_solution.py");
    }

    #[test]
    fn other_work_stays() {
        let other = "# %%\ny = 3\n";
        let parts = [read("m/01_intro.py", "# %%\nx = 1\n"), read("m/02_forward.py", "# %%\nx = 1\n")];
        assert_eq!(among(&parts), []);
        assert_eq!(among(&[read("m/tensor.py", "# %%\nx = 1\n"), read("m/tensor_dev.py", other)]), []);
    }
}
