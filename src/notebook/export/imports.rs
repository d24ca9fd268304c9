//! Imports of the package itself become relative, so that the package works under any name.

use std::ops::Range;

use ruff_python_ast::{Stmt, StmtImportFrom};
use ruff_text_size::Ranged;

use super::Moved;
use crate::python::Code;

/// The place of a `from __future__ import …`, which Python wants first.
pub(super) fn future(code: &Code) -> Option<Range<usize>> {
    from_imports(code).find(|import| is_future(import)).map(|import| import.range().into())
}

/// Does the code hold a statement that may not be before a `from __future__ import …`?
pub(super) fn has_other_than_future(code: &Code) -> bool {
    code.suite().iter().any(|statement| !matches!(statement, Stmt::ImportFrom(import) if is_future(import)))
}

fn is_future(import: &StmtImportFrom) -> bool {
    import.level == 0 && import.module.as_ref().is_some_and(|module| module.as_str() == "__future__")
}

/// Rewrites the top-level `from package… import` statements of `source`, which was read as `code`, for
/// a module that is in `folder` (`tinytorch.core`). Lines keep their number.
///
/// A module that has another name now is imported by that one.
pub(super) fn make_relative(source: &str, code: &Code, folder: &str, moved: &Moved) -> String {
    let mut result = String::with_capacity(source.len());
    let mut copied = 0;
    for import in from_imports(code).filter(|import| import.level == 0) {
        let Some(module) = &import.module else { continue };
        let today = moved.today(module);
        let Some(relative) = relative(today.as_deref().unwrap_or(module), folder) else { continue };
        let written: Range<usize> = module.range().into();
        result += source.get(copied..written.start).unwrap_or_default();
        result += &relative;
        copied = written.end;
    }
    result += source.get(copied..).unwrap_or_default();
    result
}

/// The `from … import …` statements at the top level.
fn from_imports(code: &Code) -> impl Iterator<Item = &StmtImportFrom> {
    code.suite().iter().filter_map(Stmt::as_import_from_stmt)
}

/// `module` as seen from `folder`, if both lie in the same package.
fn relative(module: &str, folder: &str) -> Option<String> {
    let module: Vec<&str> = module.split('.').collect();
    let folder: Vec<&str> = folder.split('.').collect();
    let shared = module.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let dots = ".".repeat(folder.len() - shared + 1);
    Some(dots + &module.get(shared..).unwrap_or_default().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::Dialect;

    #[test]
    fn modules_of_the_package_become_relative() {
        for (module, expected) in [
            ("tinytorch.core.tensor", Some(".tensor")),
            ("tinytorch.nn.conv", Some("..nn.conv")),
            ("tinytorch.core", Some(".")),
            ("tinytorch", Some("..")),
            ("tinytorchx.core", None),
            ("numpy", None),
        ] {
            assert_eq!(relative(module, "tinytorch.core").as_deref(), expected, "{module}");
        }
    }

    #[test]
    fn only_from_imports_at_the_top_level_change() {
        let source = "é = 1; from  p.a import (\n    x,\n)\nimport p.a\ndef f():\n    from p.a import x\n'''\nfrom p.a import x\n'''\nfrom .b import y";
        let code = Code::of(source, Dialect::IPython);
        assert_eq!(make_relative(source, &code, "p", &Moved::default()), source.replacen("p.a", ".a", 1));
    }

    #[test]
    fn a_module_is_imported_by_the_name_that_it_has_now() {
        let source = "from q.data.a import x\nfrom q import y\nfrom r.b import z\nimport q.data.a\nfrom other.data.a import w";
        let code = Code::of(source, Dialect::IPython);
        let moved = Moved {
            package: "r".to_owned(),
            packages: ["q".to_owned()].into(),
            modules: [("data.a".to_owned(), "core.a".to_owned()), ("b".to_owned(), "core.b".to_owned())]
                .into(),
        };
        let expected = "from .a import x\nfrom .. import y\nfrom .b import z\nimport q.data.a\nfrom other.data.a import w";
        assert_eq!(make_relative(source, &code, "r.core", &moved), expected);
        assert_eq!(moved.today("r.core.a"), None);
    }
}
