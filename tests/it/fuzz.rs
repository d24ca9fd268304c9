//! The fuzz targets on real files and on mutants of them. `fuzz/run` does the same for hours, led by what the mutants reach.

use std::panic::catch_unwind;
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;

use ::tito::lock::{Baselines, Config};
use ::tito::notebook::nbformat;
use ::tito::plan::merge::Three;

use crate::merge::cases::cases;
use crate::tito::root;

#[path = "../../fuzz/targets.rs"]
mod targets;

/// The seeds of each target: files of the repository. The last ending counts; of the merge, folders with its three sides.
const SEEDS: [(&str, &[&str]); 6] = [
    ("course", &["examples/**/course.yml", "tests/courses/*/course.yml", "tests/diagnostics/*/*/course.yml"]),
    (
        "catalog",
        &["templates/catalog.yml", "tests/bases/*/catalog.yml", "tests/diagnostics/*/*/base/catalog.yml"],
    ),
    ("template", &["templates/modules/tensor/*.j2", "tests/bases/mini/**/*.j2"]),
    ("state", &["examples/**/course.lock"]),
    ("percent", &["tests/notebooks/*/*.py", "tests/bases/mini/**/*.py"]),
    ("notebook", &["tests/notebooks/nbformat/*.ipynb"]),
];

/// A seed: which target it is for, and its bytes.
type Seed = (&'static str, Vec<u8>);

fn files(pattern: &str) -> Vec<std::path::PathBuf> {
    let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build().unwrap().compile_matcher();
    let fixed = pattern.split('*').next().unwrap_or_default();
    let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found: Vec<_> = walkdir::WalkDir::new(root().join(folder))
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file() && glob.is_match(path.strip_prefix(root()).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{pattern} names no file");
    found
}

fn seeds() -> &'static [Seed] {
    static SEED: OnceLock<Vec<Seed>> = OnceLock::new();
    SEED.get_or_init(|| {
        let mut seeds = Vec::new();
        for (target, patterns) in SEEDS {
            for pattern in patterns {
                seeds.extend(files(pattern).iter().map(|path| (target, std::fs::read(path).unwrap())));
            }
        }
        seeds.push(("state", Baselines::default().write()));
        seeds.push(("state", Config::default().write()));
        seeds.push(("state", br#"{"started": ["sums"], "completed_modules": ["02_sums", "3", 4]}"#.to_vec()));
        for case in cases() {
            let Three { base, student, course } = case.sides().map(|side| nbformat::write(&side));
            seeds.push(("merge", [base, student, course].join(&targets::BETWEEN)));
        }
        seeds
    })
}

/// One edit of a file: what is cut from where, and what comes in its place.
#[derive(Clone, Debug)]
enum Edit {
    Cut(Index, usize),
    Repeat(Index, usize, usize),
    Put(Index, Vec<u8>),
}

impl Edit {
    fn make(&self, bytes: &mut Vec<u8>) {
        let end = bytes.len() + 1;
        match self {
            Self::Cut(at, length) => {
                let at = at.index(end);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Repeat(at, length, times) => {
                let at = at.index(end);
                let piece = bytes[at..bytes.len().min(at + length)].repeat(*times);
                bytes.splice(at..at, piece);
            }
            Self::Put(at, piece) => {
                let at = at.index(end);
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let pieces = [
        "\n",
        "\r\n",
        "\r",
        "\t",
        "  ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "\"\"\"",
        "#",
        "# %%",
        "# %% [markdown]",
        "&a",
        "*a",
        "<<: ",
        "!",
        "|",
        ">",
        "%",
        "{{",
        "}}",
        "{%",
        "%}",
        "null",
        "~",
        "no",
        "05",
        "1.10",
        "1e999",
        "NaN",
        "\\ud800",
        "\\u0000",
        "\u{0}",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "é",
        "..",
        "/",
        "\\",
        "CON",
        "### BEGIN SOLUTION\n",
        "### END SOLUTION\n",
        "<<<<<<< ",
        "\u{1e}",
        "nbgrader={",
        "extends: ",
        "final: ",
        "edit: ",
        "\u{1b}[31m",
        "\u{202e}",
        "99999999999999999999",
    ];
    let piece = prop_oneof![
        4 => proptest::sample::select(pieces.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop_oneof![
        2 => (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Edit::Cut(at, length)),
        1 => (any::<Index>(), 1_usize..60, 1_usize..30).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        4 => (any::<Index>(), piece).prop_map(|(at, piece)| Edit::Put(at, piece)),
    ]
}

fn target(name: &str) -> targets::Target {
    targets::ALL.into_iter().find(|(other, _)| *other == name).unwrap().1
}

#[test]
fn every_seed_itself_is_read() {
    for (name, bytes) in seeds() {
        target(name)(bytes);
    }
    for (name, _) in targets::ALL {
        assert!(seeds().iter().any(|(other, _)| *other == name), "{name} has no seed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_mutant_breaks_a_promise(at in any::<Index>(), edits in prop::collection::vec(edit(), 1..5)) {
        let (name, bytes) = at.get(seeds());
        let mut bytes = bytes.clone();
        edits.iter().for_each(|edit| edit.make(&mut bytes));
        if let Err(why) = catch_unwind(|| target(name)(&bytes)) {
            let why = why.downcast_ref::<String>().map(String::as_str).or(why.downcast_ref::<&str>().copied());
            panic!("{name}: {why:?}\n{}", String::from_utf8_lossy(&bytes));
        }
    }
}

/// Writes the seeds to where `fuzz/run` looks for them.
#[test]
#[ignore = "writes files; `fuzz/run` runs it"]
fn write_seeds() {
    for (number, (name, bytes)) in seeds().iter().enumerate() {
        let folder = root().join("fuzz/corpus").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("seed-{number}")), bytes).unwrap();
    }
}
