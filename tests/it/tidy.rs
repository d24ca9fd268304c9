//! Rules about the code and the documentation that a reader may rely on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The modules of the crate in the order of `lib.rs`.
fn pipeline() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(ToOwned::to_owned)
        .collect()
}

fn module_of(path: &Path) -> String {
    let inner = path.strip_prefix(root().join("src")).unwrap();
    inner.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn a_module_names_only_modules_above_it() {
    let order = pipeline();
    assert!(order.len() > 10, "lib.rs lists the pipeline");
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let own = module_of(&path);
        let Some(own_at) = order.iter().position(|name| *name == own) else { continue };
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            // Documentation may point anywhere; code may not.
            if line.trim_start().starts_with("//") {
                continue;
            }
            for (at, name) in order.iter().enumerate().skip(own_at + 1) {
                if line.contains(&format!("crate::{name}::")) || line.contains(&format!("crate::{name};")) {
                    wrong.push(format!(
                        "{}:{}: `{own}` (place {own_at}) names `{name}` (place {at})",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = files(&root().join("src"), ".rs")
        .into_iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > 600).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_file_is_called_after_nothing() {
    let vague: BTreeSet<&str> = ["util", "utils", "helper", "helpers", "common", "manager", "misc"].into();
    for path in files(&root().join("src"), ".rs") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!vague.contains(name.as_str()), "{}", path.display());
    }
}

#[test]
fn only_the_command_line_prints() {
    for path in files(&root().join("src"), ".rs") {
        if module_of(&path) == "cli" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for word in ["println!", "print!(", "process::exit"] {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn every_module_says_what_it_is() {
    for path in files(&root().join("src"), ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!") || text.starts_with("#![doc"),
            "{} opens without a sentence",
            path.display()
        );
    }
}

#[test]
fn every_code_is_documented_and_has_a_case() {
    let documented = fs::read_to_string(root().join("docs/diagnostics.md")).unwrap();
    let mut missing = Vec::new();
    for code in tito::diagnostic::Code::ALL {
        let line = format!("- `{code}`: {}", code.summary());
        if !documented.contains(&line) {
            missing.push(format!("docs/diagnostics.md lacks:\n{line}"));
        }
        let case = root().join("tests/diagnostics").join(code.as_str().replace("::", "/"));
        if !case.is_dir() {
            missing.push(format!("no case: {}", case.display()));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
