//! Places of a base that name a unit by its number, though each course numbers its units: what to write instead.

mod text;

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic};
use crate::id::UnitId;
use crate::notebook::{CellKind, nbformat};
use crate::source::{Source, Span};

use super::reach::{self, Reached};
use super::tree::{Tree, name};
use super::unit::exported_by;
use text::Named;

/// A unit that texts may name.
struct Unit<'a> {
    id: &'a UnitId,
    is_milestone: bool,
    /// Its folder in the base.
    folder: &'a str,
}

/// What a file says of one unit: the first place, and how often.
struct Said {
    place: Span,
    count: usize,
    /// The index of the unit; none: no unit has the number.
    unit: Option<usize>,
    is_path: bool,
}

/// What a file says, by kind of finding: of what unit, and with which number where there is none; in the order of the places.
type Found = BTreeMap<Code, Vec<((bool, Option<usize>, u64), Said)>>;

/// So many places of one file are shown.
const MOST_SHOWN: usize = 8;

/// At most one warning of each kind for each file.
pub(super) fn find(tree: &Tree<'_>, catalog: &Catalog) -> Vec<Diagnostic> {
    let modules =
        catalog.modules.iter().map(|(id, module)| Unit { id, is_milestone: false, folder: &module.from });
    let milestones = catalog.milestones.iter().map(|(id, milestone)| Unit {
        id,
        is_milestone: true,
        folder: &milestone.from,
    });
    let units: Vec<Unit<'_>> = modules.chain(milestones).collect();
    let named = units.iter().enumerate().map(|(at, unit)| {
        let place = if unit.is_milestone { at - catalog.modules.len() } else { at } as u64 + 1;
        Named::new(unit.id.as_str(), name(unit.folder), place)
    });
    let search = Search { tree, catalog, named: named.collect(), units };
    reach::files(catalog).iter().flat_map(|file| search.in_file(file)).collect()
}

struct Search<'a> {
    tree: &'a Tree<'a>,
    catalog: &'a Catalog,
    units: Vec<Unit<'a>>,
    named: Vec<Named>,
}

impl Search<'_> {
    fn in_file(&self, file: &Reached<'_>) -> Vec<Diagnostic> {
        let plain = file.path.strip_suffix(".j2").unwrap_or(file.path);
        if !crate::encoding::is_text(plain) {
            return Vec::new();
        }
        let Some(text) = self.tree.text(file.path) else { return Vec::new() };
        let shown = self.catalog.root.label_of(file.path);
        let mut found = Found::new();
        let notebook = plain.ends_with(".ipynb").then(|| nbformat::read(text.as_bytes()));
        match notebook {
            Some(Ok(notebook)) => {
                for (at, cell) in notebook.cells.iter().enumerate() {
                    let source = Source::cell(&shown, at + 1, cell.source.as_str());
                    self.in_text(&source, cell.kind == CellKind::Code, &mut found);
                }
            }
            _ => self.in_text(&Source::new(shown, text), plain.ends_with(".py"), &mut found),
        }
        let of_code = found.into_iter().map(|(code, said)| {
            self.diagnostic(file, code, said.into_iter().map(|(_, said)| said).collect())
        });
        of_code.collect()
    }

    fn in_text(&self, source: &Source, is_code: bool, found: &mut Found) {
        let mut start = 0;
        for line in source.text().split_inclusive('\n') {
            let mut add = |code, range: std::ops::Range<usize>, unit: Option<usize>, number, is_path| {
                let key = (is_path, unit, number);
                let said = found.entry(code).or_default();
                match said.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, said)) => said.count += 1,
                    None => {
                        let place = source.span(start + range.start, start + range.end);
                        said.push((key, Said { place, count: 1, unit, is_path }));
                    }
                }
            };
            for found in text::numbers(line) {
                let unit = self.numbered(found.number, found.of_milestone);
                let number = if unit.is_some() { 0 } else { found.number };
                add(Code::NumberInText, found.range, unit, number, false);
            }
            let imports = is_code && is_import(line);
            for (range, unit) in text::folders(line, &self.named) {
                let code = if imports { Code::NumberedImport } else { Code::NumberInText };
                add(code, range, Some(unit), 0, true);
            }
            start += line.len();
        }
    }

    fn numbered(&self, number: u64, of_milestone: bool) -> Option<usize> {
        let is =
            |(unit, named): (&Unit<'_>, &Named)| unit.is_milestone == of_milestone && named.number == number;
        self.units.iter().zip(&self.named).position(is)
    }

    fn diagnostic(&self, file: &Reached<'_>, code: Code, said: Vec<Said>) -> Diagnostic {
        let count: usize = said.iter().map(|said| said.count).sum();
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let (shown, name) = (file.path, name(file.path));
        let message = match code {
            Code::NumberedImport => {
                format!("`{shown}` imports from numbered folders, {times}: other courses have other numbers")
            }
            _ => format!("`{shown}` names units by their numbers, {times}: other courses have other numbers"),
        };
        let help = match code {
            Code::NumberedImport => "the package is the same in every course: import from it".to_owned(),
            _ if name.ends_with(".j2") => "write what is said at each place".to_owned(),
            _ if name.ends_with(".ipynb") => format!(
                "write titles instead; or make it a template, `{name}.j2`, and write what is said at each place"
            ),
            _ => format!(
                "rename it to `{name}.j2`, so that it is a template, and write what is said at each place; or write titles"
            ),
        };
        let mut problem = Diagnostic::new(code, message);
        for one in said.iter().take(MOST_SHOWN) {
            let again = if one.count > 1 { format!(" ({} times)", one.count) } else { String::new() };
            let unit = one.unit.and_then(|at| self.units.get(at));
            let text = match unit {
                Some(unit) if code == Code::NumberedImport => self.instead_of_import(unit),
                Some(unit) => self.instead(file, unit, one.is_path),
                None => "no unit of the catalog has this number".to_owned(),
            };
            problem = problem.at(&one.place, format!("{text}{again}"));
        }
        problem.help(help)
    }

    /// What to write in a template.
    fn instead(&self, file: &Reached<'_>, unit: &Unit<'_>, is_path: bool) -> String {
        let key = if is_path { "dir" } else { "number" };
        let id = unit.id.as_str();
        let all = if id.contains('-') { format!("units[\"{id}\"]") } else { format!("units.{id}") };
        match file.unit {
            Some(own) if own == unit.id => format!("`{{{{ unit.{key} }}}}`"),
            Some(own) if self.catalog.closure(own).contains(unit.id) => format!("`{{{{ {all}.{key} }}}}`"),
            // A course may leave it out.
            _ => format!("`{{% if {all} is defined %}}{{{{ {all}.{key} }}}}{{% endif %}}`"),
        }
    }

    /// What to import.
    fn instead_of_import(&self, unit: &Unit<'_>) -> String {
        let exported = self.tree.below(unit.folder).find_map(|path| exported_by(&self.tree.notebook(path)?));
        match exported {
            Some(module) => format!("`from {}.{module} import …`", self.catalog.package),
            None => "nothing in it is exported: move what is imported into a file of the package".to_owned(),
        }
    }
}

/// Does a line of Python import something, or change what can be imported?
fn is_import(line: &str) -> bool {
    let code = line.trim_start();
    !code.starts_with('#') && ["import", "sys.path", "run_path"].iter().any(|word| code.contains(word))
}
