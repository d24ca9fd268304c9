//! The fuzz targets on real files and on mutants of them. `fuzz/run` does the same for hours, led by what the mutants reach.

use std::panic::catch_unwind;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

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
const SEEDS: [(&str, &[&str]); 7] = [
    ("course", &["examples/**/course.yml", "tests/courses/*/course.yml", "tests/diagnostics/*/*/course.yml"]),
    (
        "catalog",
        &["templates/catalog.yml", "tests/bases/*/catalog.yml", "tests/diagnostics/*/*/base/catalog.yml"],
    ),
    ("template", &["templates/modules/tensor/*.j2", "tests/bases/mini/**/*.j2"]),
    ("state", &["examples/**/course.lock"]),
    ("percent", &["tests/notebooks/*/*.py", "tests/bases/mini/**/*.py"]),
    ("notebook", &["tests/notebooks/nbformat/*.ipynb"]),
    ("python", &["tests/bases/mini/**/*.py"]),
];

/// A record of a run, as the journal has it.
const JOURNAL: &str = r#"{"journal": 1, "run": 3, "time": "2025-01-15T10:30:00Z", "phase": "committing", "summary": {"verb": "update"}, "changes": [
  {"kind": "put", "path": "a.md", "before": null, "after": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "outcome": "done"},
  {"kind": "move", "path": "c.md", "from": "b.md", "before": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "after": null, "outcome": {"skipped": "changed"}}],
  "meta": {"lock": {"before": null, "after": null}}, "entries": {"a.md": {"id": "support:a"}, "b.md": null}, "head": {}, "pristine": []}"#;

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
        seeds.push(("journal", JOURNAL.as_bytes().to_vec()));
        seeds.extend(archives().map(|bytes| ("archive", bytes)));
        seeds.extend(published());
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

/// A tar file with everything that one may have, and a zip file.
fn archives() -> [Vec<u8>; 2] {
    use std::io::Write;
    let mut tar = ::tar::Builder::new(Vec::new());
    let long = format!("{}/catalog.yml", "folder".repeat(30));
    for path in ["catalog.yml", "modules/sums/sums.py", &long] {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(5);
        header.set_mode(0o755);
        tar.append_data(&mut header, path, &b"a: b\n"[..]).unwrap();
    }
    tar.append_pax_extensions([("path", &b"modules/other.py"[..])]).unwrap();
    let mut link = ::tar::Header::new_gnu();
    link.set_entry_type(::tar::EntryType::Symlink);
    link.set_size(0);
    tar.append_link(&mut link, "link", "catalog.yml").unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for path in ["catalog.yml", "modules/sums/sums.py"] {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"a: b\n").unwrap();
    }
    [tar.into_inner().unwrap(), zip.finish().unwrap().into_inner()]
}

/// What a published folder of the small base holds, and a signature.
fn published() -> Vec<Seed> {
    let folder = tempfile::tempdir().unwrap();
    crate::mini::copy(&root().join("tests/bases/mini"), &folder.path().join("base"));
    std::fs::write(
        folder.path().join("course.yml"),
        "course: {id: fuzz}\nbase: {from: {path: ./base}}\nmodules: all\n",
    )
    .unwrap();
    crate::tito::tito(folder.path(), &["key", "new", "a.key", "--no-password"]).expect(0);
    crate::tito::tito(folder.path(), &["publish", "site", "--sign", "a.key"]).expect(0);
    let files = crate::tito::tree(&folder.path().join("site")).into_iter();
    let kinds = [".json", ".zip", ".minisig"];
    let mut seeds: Vec<Seed> = files
        .filter(|(name, _)| kinds.iter().any(|kind| name.ends_with(kind)))
        .map(|(_, bytes)| ("published", bytes))
        .collect();
    // The same mutants at every run.
    seeds.sort_by_key(|(_, bytes)| bytes.len());
    seeds
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

#[test]
fn the_record_of_a_run_is_one() {
    ::tito::apply::Record::read(JOURNAL.as_bytes(), "journal").unwrap();
}

/// What one input may take, in a build without optimization on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);
/// Kilobytes of address space for all of them: this binary and its threads, and the half gigabyte that an input may take.
const MEMORY: &str = "1500000";
/// The input that is being read: a stack that overflows leaves no other trace.
const LAST: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/fuzzed");

/// The mutants in a process of their own, which may take so much memory and no more. It also ends where a stack overflows.
#[test]
fn mutants_keep_every_promise_within_limits() {
    let program = std::env::current_exe().unwrap();
    let args = ["--exact", "fuzz::no_mutant_breaks_a_promise", "--ignored", "--nocapture"];
    let output = if cfg!(target_os = "linux") {
        let limits = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
        Command::new("sh")
            .args(["-c", &limits])
            .arg(program)
            .args(args)
            .env("RAYON_NUM_THREADS", "2")
            .output()
    } else {
        Command::new(program).args(args).output()
    };
    let output = output.unwrap();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(
        said.contains("1 passed") && output.status.success(),
        "{}, reading {LAST}:\n{said}",
        output.status
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[ignore = "run within limits, by the test above"]
    fn no_mutant_breaks_a_promise(at in any::<Index>(), edits in prop::collection::vec(edit(), 1..5)) {
        let (name, bytes) = at.get(seeds());
        let mut bytes = bytes.clone();
        edits.iter().for_each(|edit| edit.make(&mut bytes));
        std::fs::write(LAST, &bytes).unwrap();
        let started = Instant::now();
        if let Err(why) = catch_unwind(|| target(name)(&bytes)) {
            let why = why.downcast_ref::<String>().map(String::as_str).or(why.downcast_ref::<&str>().copied());
            panic!("{name}: {why:?}\n{}", String::from_utf8_lossy(&bytes));
        }
        prop_assert!(started.elapsed() < LONGEST, "{name}: {:?}\n{}", started.elapsed(), String::from_utf8_lossy(&bytes));
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
