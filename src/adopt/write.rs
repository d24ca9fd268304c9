//! [`Sketch`] → the text of a `catalog.yml`.

use super::{Dataset, Guess, Milestone, Module, Shared, Sketch};

/// A text as YAML: in double quotes.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A plain text where YAML reads it as one, else a quoted one.
fn plain(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | ' '))
        && !text.ends_with(' ')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// The whole file.
pub(super) fn catalog(sketch: &Sketch) -> String {
    let mut text = format!(
        "# Sketched by `tito catalog init` from names and imports. Read it, correct it, and remove the comments: it is yours.\n\
         catalog: {}\nversion: 0.1.0\ntitle: {}\n",
        plain(&sketch.name),
        plain(&sketch.title)
    );
    if let Some(Guess { value, why }) = &sketch.package {
        text += &format!("package: {}   # guess: {why}\n", plain(value));
    }
    if sketch.is_otter {
        text += "markers: otter   # guess: lines end in `# SOLUTION`, or raw cells begin questions\n";
    }
    if !sketch.exclude.is_empty() {
        text += "exclude:\n";
        for Guess { value, why } in &sketch.exclude {
            text += &format!("  - {}   # guess: {why}\n", quoted(value));
        }
    }
    text + &lists(sketch)
}

/// The lists of units and files.
pub(super) fn lists(sketch: &Sketch) -> String {
    let mut text = String::new();
    if !sketch.modules.is_empty() {
        text += "modules:\n";
        text.extend(sketch.modules.iter().map(module));
    }
    if !sketch.milestones.is_empty() {
        text += "milestones:\n";
        text.extend(sketch.milestones.iter().map(milestone));
    }
    if !sketch.shared.is_empty() {
        text += "shared:\n";
        text.extend(sketch.shared.iter().map(shared));
    }
    if !sketch.datasets.is_empty() {
        text += "# Code downloads these. Add what is missing, and remove the `# `: students then get them with `tito data`.\n# datasets:\n";
        text.extend(sketch.datasets.iter().map(dataset));
    }
    text
}

fn list<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let ids: Vec<String> = ids
        .into_iter()
        .map(|id| if id.starts_with(|c: char| c.is_ascii_digit()) { quoted(id) } else { plain(id) })
        .collect();
    format!("[{}]", ids.join(", "))
}

fn module(module: &Module) -> String {
    let mut text = format!(
        "  - id: {}\n    title: {}\n    from: {}\n",
        plain(&module.id),
        plain(&module.title),
        plain(&module.from)
    );
    match &module.tests {
        Some(tests) if module.tests_require.is_empty() => text += &format!("    tests: {}\n", plain(tests)),
        Some(tests) => {
            text += &format!("    tests:\n      from: {}\n      requires:\n", plain(tests));
            for (file, ids) in &module.tests_require {
                text += &format!("        {}: {}\n", quoted(file), list(ids.iter().map(String::as_str)));
            }
        }
        None => {}
    }
    for (key, ids) in [("requires", &module.requires), ("after", &module.after)] {
        if !ids.is_empty() {
            let places: Vec<&str> =
                ids.iter().map(|one| one.why.rsplit('/').next().unwrap_or(&one.why)).collect();
            let ids = list(ids.iter().map(|one| one.value.as_str()));
            text += &format!("    {key}: {ids}   # imports: {}\n", places.join(", "));
        }
    }
    text
}

fn milestone(milestone: &Milestone) -> String {
    let year = match &milestone.year {
        None => "2000   # nothing says when: correct it".to_owned(),
        Some(Guess { value, why }) if why.is_empty() => value.to_string(),
        Some(Guess { value, why }) => format!("{value}   # guess: {why}"),
    };
    format!(
        "  - id: {}\n    year: {year}\n    title: {}\n    from: {}\n    requires: {}\n",
        plain(&milestone.id),
        plain(&milestone.title),
        plain(&milestone.from),
        list(milestone.requires.iter().map(String::as_str))
    )
}

fn shared(shared: &Shared) -> String {
    let path = plain(&shared.path);
    if shared.requires.is_empty() {
        return format!("  - {{path: {path}, from: {path}}}\n");
    }
    format!(
        "  - {{path: {path}, from: {path}, requires: {}}}\n",
        list(shared.requires.iter().map(String::as_str))
    )
}

/// A comment: without a checksum it is not complete.
fn dataset(dataset: &Dataset) -> String {
    let Dataset { id, url, place } = dataset;
    format!("#   - id: {}   # {place}\n#     url: {}\n#     sha256:\n#     bytes:\n", plain(id), quoted(url))
}
