//! Tiers against nbgrader.

use std::fmt::Write as _;
use std::fs;

use tito::notebook::tiers::{self, Marking, Tier};
use tito::notebook::{nbformat, percent};

use crate::judges::{judge, root};
use crate::tito::golden;

#[test]
fn the_student_tier_is_what_nbgrader_releases() {
    let scripts = root().join("tests/notebooks/grading");
    let (sources, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut names: Vec<_> = fs::read_dir(&scripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    names.sort();
    assert!(names.len() > 50);
    let mut problems = String::new();
    for path in names {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let script = percent::read(&fs::read_to_string(&path).unwrap(), "case");
        assert_eq!(script.problems, [], "{name}");
        let instructor = tiers::apply(&script.notebook, Tier::Instructor, &Marking::default());
        fs::write(sources.path().join(format!("{name}.ipynb")), nbformat::write(&instructor.notebook))
            .unwrap();
        let student = tiers::apply(&script.notebook, Tier::Student, &Marking::default());
        fs::write(ours.path().join(format!("{name}.ipynb")), nbformat::write(&student.notebook)).unwrap();
        if student.problems.iter().any(tito::notebook::Problem::is_error) {
            fs::write(ours.path().join(format!("{name}.errors")), "").unwrap();
        }
        for problem in &student.problems {
            let line = problem.line(&script.origins).map_or("-".into(), |line| line.to_string());
            writeln!(problems, "{name}:{line} {} {}", problem.code, problem.message).unwrap();
        }
    }
    let report = judge("grading.py", &[sources.path(), ours.path()]);
    assert!(report.is_empty(), "{report}");
    golden(&scripts.join("problems.txt"), &problems);
}
