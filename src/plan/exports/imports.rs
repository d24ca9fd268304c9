//! Modules that code imports by a name that they had.

use crate::notebook::export::Moved;
use crate::notebook::{CellKind, Notebook};
use crate::path::WorkspacePath;
use crate::python::{Code, Dialect, Import};

/// The modules that the module at `path` imports by a name that they had.
pub(super) fn of_module(path: &WorkspacePath, text: &str, moved: &Moved) -> Vec<(String, String)> {
    let mut folder: Vec<&str> = path.parts().collect();
    folder.pop();
    former(Code::of(text, Dialect::Python).imports(), &folder, moved)
}

/// The same, of the cells of a notebook.
pub(super) fn of_notebook(notebook: &Notebook, moved: &Moved) -> Vec<(String, String)> {
    let code = notebook.cells.iter().filter(|cell| cell.kind == CellKind::Code);
    let imports = code.flat_map(|cell| Code::of(&cell.source, Dialect::IPython).imports());
    former(imports.collect(), &[], moved)
}

/// Each with the name that it has today, once, in the order of the text.
fn former(imports: Vec<Import>, folder: &[&str], moved: &Moved) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for import in imports {
        let Some(module) = absolute(&import, folder) else { continue };
        // `from package.data import loader` may name a module, too.
        let inner = import.names.iter().map(|name| format!("{module}.{name}"));
        for name in [module.clone()].into_iter().chain(inner) {
            let Some(today) = moved.today(&name) else { continue };
            let pair = (name, today);
            if !found.contains(&pair) {
                found.push(pair);
            }
            break;
        }
    }
    found
}

/// The whole name of the module that an import in a module of `folder` names.
fn absolute(import: &Import, folder: &[&str]) -> Option<String> {
    if import.level == 0 {
        return Some(import.module.clone());
    }
    let above = folder.len().checked_sub(import.level as usize - 1)?;
    let mut parts = folder.get(..above)?.to_vec();
    if parts.is_empty() {
        return None;
    }
    parts.extend(Some(import.module.as_str()).filter(|module| !module.is_empty()));
    Some(parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_former_names_are_found_however_they_are_written() {
        let moved = Moved {
            package: "pkg".to_owned(),
            packages: ["old".to_owned()].into(),
            modules: [("data.loader".to_owned(), "core.loader".to_owned())].into(),
        };
        let path = WorkspacePath::new("pkg/core/use.py").unwrap();
        for (text, expected) in [
            ("from ..data.loader import x", &["pkg.data.loader"][..]),
            ("from ..data import loader", &["pkg.data.loader"]),
            ("def f():\n    import pkg.data.loader as l", &["pkg.data.loader"]),
            ("from pkg.data.loader import x\nfrom pkg.data.loader import y", &["pkg.data.loader"]),
            ("from .loader import x\nimport numpy\nfrom ...... import x\nfrom pkg.core.loader import x", &[]),
            ("import old.other", &["old.other"]),
        ] {
            let found = of_module(&path, text, &moved);
            let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected, "{text}");
        }
    }
}
