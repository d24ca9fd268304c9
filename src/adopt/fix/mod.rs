//! What a rule can fix in a base: the grading metadata of cells, headers of percent scripts, copies of notebooks. A fix changes what it is about and no
//! other byte, and the same base, fixed, has nothing left to fix.

mod cells;
mod exclude;
mod header;
mod json_text;
mod marker;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::notebook::tiers::{Marking, Stubs};
use crate::notebook::{Notebook, Origin, nbformat, percent};
use crate::world::World;

use super::copies;
use super::tree::{Tree, name};
use cells::Graded;
use json_text::Step;

/// A file of a base that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The file, below the base.
    pub path: String,
    /// Its text.
    pub before: String,
    /// The text that it would have.
    pub after: String,
    /// What is fixed, once for each rule.
    pub why: Vec<String>,
}

/// What a rule can fix in the files of `catalog`, in the order of their paths. Nothing is written here.
///
/// # Errors
/// As the system says, where the base cannot be listed.
pub fn fixes(world: &dyn World, catalog: &Catalog) -> std::io::Result<Vec<Fix>> {
    let tree = Tree::of(world, &catalog.root)?;
    let marking = Marking { markers: catalog.markers, stubs: Stubs::new([]) };
    let copies = copies::not_accepted(&tree, catalog);
    let mut found: BTreeMap<String, Fix> = BTreeMap::new();
    for module in catalog.modules.values() {
        let is_there = |path: &&str| catalog.entry(path).is_some();
        let is_copy = |path: &str| copies.iter().any(|copy| copy.path == path);
        for path in tree.below(&module.from).filter(is_there).filter(|path| !is_copy(path)) {
            let fix = tree.text(path).and_then(|text| notebook(path, text, &marking));
            found.extend(fix.map(|fix| (path.to_owned(), fix)));
        }
    }
    found.extend(left_out(&tree, &copies).map(|fix| (fix.path.clone(), fix)));
    Ok(found.into_values().collect())
}

/// The catalog without the copies.
fn left_out(tree: &Tree<'_>, copies: &[copies::Copy]) -> Option<Fix> {
    let before = tree.text("catalog.yml").filter(|_| !copies.is_empty())?;
    let (mut after, mut why) = (before.clone(), Vec::new());
    for copy in copies {
        let Some(changed) = exclude::with(&after, &copy.path) else { continue };
        after = changed;
        why.push(format!("`{}` is the same work as `{}`: is it a copy?", copy.path, name(&copy.kept)));
    }
    (after != before).then(|| Fix { path: "catalog.yml".to_owned(), before, after, why })
}

/// The notebook or percent script at `path` with everything fixed that a rule can fix.
fn notebook(path: &str, before: String, marking: &Marking) -> Option<Fix> {
    let (mut after, mut why) = (before.clone(), Vec::new());
    if path.ends_with(".py") {
        let script = percent::read(&after, "");
        let has_cells = after.lines().any(|line| line.starts_with("# %%") || line.starts_with("#%%"));
        if let Some((text, reason)) = header::fixed(&after, &script.problems).filter(|_| has_cells) {
            after = text;
            why.push(reason.to_owned());
        }
    }
    let (notebook, origins) = read(path, &after)?;
    let fixable = cells::fixable(&notebook, marking);
    for fixed in &fixable {
        let changed =
            if origins.is_empty() { in_json(&after, fixed) } else { in_script(&after, &origins, fixed) };
        if let Some(text) = changed.filter(|text| keeps_sources(path, text, &notebook)) {
            after = text;
            why.extend(fixed.why.iter().map(|why| (*why).to_owned()));
        }
    }
    let mut seen = Vec::new();
    why.retain(|reason| {
        let is_new = !seen.contains(reason);
        seen.push(reason.clone());
        is_new
    });
    (after != before).then(|| Fix { path: path.to_owned(), before, after, why })
}

/// The cells of a file, and where they are in a script; none where it holds no notebook.
fn read(path: &str, text: &str) -> Option<(Notebook, Vec<Origin>)> {
    if path.ends_with(".ipynb") {
        return Some((nbformat::read(text.as_bytes()).ok()?, Vec::new()));
    }
    let is_script =
        path.ends_with(".py") && text.lines().any(|line| line.starts_with("# %%") || line.starts_with("#%%"));
    let script = is_script.then(|| percent::read(text, ""))?;
    (!script.origins.is_empty()).then_some((script.notebook, script.origins))
}

/// Has the file still the cells of `notebook`? A change that would touch an answer is none.
fn keeps_sources(path: &str, text: &str, notebook: &Notebook) -> bool {
    read(path, text).is_some_and(|(changed, _)| {
        changed.cells.len() == notebook.cells.len()
            && changed
                .cells
                .iter()
                .zip(&notebook.cells)
                .all(|(a, b)| a.kind == b.kind && a.source == b.source)
    })
}

fn in_json(text: &str, fixed: &Graded) -> Option<String> {
    let metadata = [Step::Key("cells"), Step::Item(fixed.cell), Step::Key("metadata")];
    let nbgrader = [&metadata[..], &[Step::Key("nbgrader")]].concat();
    let empty = serde_json::json!({});
    let add = |text: &str| json_text::with(text, &metadata, "nbgrader", &empty);
    let (key, value) = fixed.entries.first()?;
    let first = json_text::with(text, &nbgrader, key, value)
        .or_else(|| json_text::with(&add(text)?, &nbgrader, key, value))?;
    let rest = fixed.entries.iter().skip(1);
    rest.clone().try_fold(first, |text, (key, value)| json_text::with(&text, &nbgrader, key, value))
}

fn in_script(text: &str, origins: &[Origin], fixed: &Graded) -> Option<String> {
    let at = origins.get(fixed.cell)?.marker.checked_sub(1)?;
    let mut lines: Vec<&str> = text.split('\n').collect();
    let line = lines.get_mut(at)?;
    let changed = marker::with(line, &fixed.entries)?;
    *line = &changed;
    Some(lines.join("\n"))
}
