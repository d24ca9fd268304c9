//! Export against nbdev.

use std::fs;

use tito::diagnostic::Code;
use tito::notebook::export::export;
use tito::notebook::{Problem, nbformat, percent};

use crate::judges::{judge, root};

#[test]
fn modules_are_what_nbdev_exports() {
    let scripts = root().join("tests/notebooks/export");
    let out = tempfile::tempdir().unwrap();
    fs::create_dir(out.path().join("nbs")).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(&scripts).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let script = percent::read(&fs::read_to_string(&path).unwrap(), "case");
        fs::write(out.path().join(format!("nbs/{name}.ipynb")), nbformat::write(&script.notebook)).unwrap();
        let folders = |module: &str| "../".repeat(module.matches('.').count() + 1);
        let module = export(&script.notebook, "tinytorch", "").0.unwrap().module;
        let from = format!("{}nbs/{name}.ipynb", folders(&module));
        let (exported, problems) = export(&script.notebook, "tinytorch", &from);
        // nbdev exports code that Python refuses, such as a late `from __future__`; its text is the same. It says nothing of directives
        // that it does not follow.
        let is_passed_over = |problem: &&Problem| {
            problem.code == Code::ExportSyntax || problem.message.starts_with("nothing follows `#|")
        };
        let others: Vec<_> = problems.iter().filter(|problem| !is_passed_over(problem)).collect();
        assert!(others.is_empty(), "{name}: {others:?}");
        fs::write(out.path().join(format!("{name}.module.py")), exported.unwrap().text).unwrap();
        count += 1;
    }
    assert!(count > 15);
    let report = judge("export.py", &[out.path()]);
    assert!(report.is_empty(), "{report}");
}
