//! Imports of the package itself become relative, so that the package works under any name.

use super::statements::statements;

/// `from __future__ import …`, which Python wants first.
pub(super) fn has_future(source: &str) -> bool {
    statements(source)
        .iter()
        .any(|statement| imported(statement.text).is_some_and(|(_, module)| module == "__future__"))
}

/// Rewrites the top-level `from package… import` statements of a cell for a module that lies in `folder`
/// (`tinytorch.core`); lines keep their number.
pub(super) fn make_relative(lines: &mut [(String, usize)], folder: &str) {
    let source = lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join("\n");
    let mut result = String::with_capacity(source.len());
    let mut copied = 0;
    for statement in statements(&source) {
        let Some((at, module)) = imported(statement.text) else { continue };
        let Some(relative) = relative(module, folder) else { continue };
        let start = statement.start + at;
        result += source.get(copied..start).unwrap_or_default();
        result += &relative;
        copied = start + module.len();
    }
    result += source.get(copied..).unwrap_or_default();
    for (place, line) in lines.iter_mut().zip(result.split('\n')) {
        line.clone_into(&mut place.0);
    }
}

/// The module of a `from module import …` statement, and where it stands in it. Relative ones have none.
fn imported(text: &str) -> Option<(usize, &str)> {
    let rest = text
        .strip_prefix("from")
        .filter(|rest| rest.starts_with([' ', '\t']))?
        .trim_start_matches([' ', '\t']);
    let at = text.len() - rest.len();
    let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.')).unwrap_or(rest.len());
    let (module, after) = rest.split_at(end);
    let imports = after.trim_start_matches([' ', '\t', '\\', '\n']).starts_with("import");
    (imports && !module.is_empty() && !module.starts_with('.')).then_some((at, module))
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
        let source = "from  p.a import (\n    x,\n)\nimport p.a\ndef f():\n    from p.a import x\n'''\nfrom p.a import x\n'''\nfrom .b import y";
        let mut lines: Vec<(String, usize)> = source.split('\n').map(|line| (line.to_owned(), 0)).collect();
        make_relative(&mut lines, "p");
        let result: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(result.join("\n"), source.replacen("p.a", ".a", 1));
    }
}
