//! Notebooks as found, written again, against nbformat; and the judges themselves.

use std::fs;

use tito::notebook::nbformat;

use crate::judges::{judge, root};

#[test]
fn notebooks_are_written_as_nbformat_writes_them() {
    let notebooks = root().join("tests/notebooks/nbformat");
    let out = tempfile::tempdir().unwrap();
    let mut count = 0;
    for entry in fs::read_dir(&notebooks).unwrap() {
        let path = entry.unwrap().path();
        let notebook = nbformat::read(&fs::read(&path).unwrap()).unwrap();
        fs::write(out.path().join(path.file_name().unwrap()), nbformat::write(&notebook)).unwrap();
        count += 1;
    }
    assert!(count > 10);
    let report = judge("nbformat_bytes.py", &[&notebooks, out.path()]);
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_judge_of_bytes_notices_a_difference() {
    let notebooks = root().join("tests/notebooks/nbformat");
    let out = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&notebooks).unwrap() {
        let path = entry.unwrap().path();
        // As found is not as nbformat writes it, in every one of them.
        fs::copy(&path, out.path().join(path.file_name().unwrap())).unwrap();
    }
    let report = judge("nbformat_bytes.py", &[&notebooks, out.path()]);
    assert_eq!(report.matches("== ").count(), fs::read_dir(&notebooks).unwrap().count(), "{report}");
}
