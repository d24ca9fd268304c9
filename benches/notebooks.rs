//! Converting percent scripts and merging notebooks, in one process: the side of tito in `benches/notebooks.py`, which measures other tools
//! on the same files. Prints milliseconds, the best of several runs; from bytes to bytes, without the disk.
//!
//! cargo bench --bench notebooks -- convert SCRIPT… | merge CASE…

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark reads files and the clock, and prints"
)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use tito::notebook::{nbformat, percent};
use tito::plan::merge::Three;
use tito::plan::merge::file::merge_files;

const RUNS: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // As with `cargo test --benches`, which gives no files: nothing to do.
    let Some((what, paths)) = arguments.split_first() else { return };
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let best = match what.as_str() {
        "convert" => best(&paths, |path| std::fs::read_to_string(path).unwrap(), |text| convert(text)),
        "merge" => best(&paths, sides, |sides| merge_files(sides.as_ref().map(Vec::as_slice)).bytes.unwrap()),
        other => panic!("{other}: convert or merge"),
    };
    println!("{best:.3}");
}

fn convert(text: &str) -> Vec<u8> {
    nbformat::write(&percent::read(text, "unit").notebook)
}

fn sides(case: &Path) -> Three<Vec<u8>> {
    Three { base: "base", student: "student", course: "course" }
        .map(|side| std::fs::read(case.join(format!("{side}.ipynb"))).unwrap())
}

/// The shortest time that `work` takes on all files, in milliseconds.
fn best<T>(paths: &[PathBuf], read: impl Fn(&Path) -> T, work: impl Fn(&T) -> Vec<u8>) -> f64 {
    let inputs: Vec<T> = paths.iter().map(|path| read(path)).collect();
    let run = |_| {
        let start = Instant::now();
        for input in &inputs {
            std::hint::black_box(work(std::hint::black_box(input)));
        }
        start.elapsed().as_secs_f64() * 1000.0
    };
    (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
}
