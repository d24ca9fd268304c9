//! A catalog that leaves one more file out.

/// `catalog`, the text of a catalog.yml, with `path` in its `exclude`; none where the list is in no form that can be changed.
pub(super) fn with(catalog: &str, path: &str) -> Option<String> {
    let item = serde_json::Value::from(path).to_string();
    let lines: Vec<&str> = catalog.split_inclusive('\n').collect();
    let ending = if catalog.contains("\r\n") { "\r\n" } else { "\n" };
    let position = |key: &str| lines.iter().position(|line| line.starts_with(key));
    let (at, new) = match position("exclude:") {
        Some(at) => {
            let line = lines.get(at)?;
            let value = line.get("exclude:".len()..)?.trim_start();
            if let Some(list) = value.strip_prefix('[') {
                let rest = list.trim_start();
                let comma = if rest.starts_with(']') { "" } else { ", " };
                let start = line.len() - value.len() + 1;
                let changed = format!("{}{item}{comma}{rest}", line.get(..start)?);
                return Some(replaced(&lines, at, &changed));
            }
            if !(value.is_empty() || value.starts_with('#')) {
                return None;
            }
            let first = lines.get(at + 1).filter(|line| line.trim_start().starts_with("- "))?;
            let indent = first.get(..first.len() - first.trim_start().len())?;
            (at + 1, format!("{indent}- {item}{ending}"))
        }
        None => (position("modules:")?, format!("exclude:{ending}  - {item}{ending}")),
    };
    let (before, behind) = lines.split_at(at);
    Some(format!("{}{new}{}", before.concat(), behind.concat()))
}

fn replaced(lines: &[&str], at: usize, new: &str) -> String {
    lines.iter().enumerate().map(|(number, line)| if number == at { new } else { line }).collect()
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_path_is_added_in_the_form_that_is_there() {
        for (catalog, expected) in [
            ("catalog: a\nmodules: []\n", "catalog: a\nexclude:\n  - \"x/a.py\"\nmodules: []\n"),
            ("exclude:  # more\n- b\nmodules: []\n", "exclude:  # more\n- \"x/a.py\"\n- b\nmodules: []\n"),
            ("exclude: [\"b\"]  # more\n", "exclude: [\"x/a.py\", \"b\"]  # more\n"),
            ("exclude: []\n", "exclude: [\"x/a.py\"]\n"),
        ] {
            assert_eq!(with(catalog, "x/a.py").as_deref(), Some(expected));
        }
        assert_eq!(with("exclude: *list\nmodules: []\n", "x"), None);
        assert_eq!(with("catalog: a\n", "x"), None);
    }
}
