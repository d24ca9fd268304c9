//! Percent scripts against jupytext, notebooks against nbformat.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tito::notebook::{nbformat, percent};

use crate::judges::{judge, root};
use crate::tito::golden;

/// Reads every script of a folder and writes what the judge wants to see. Returns the problems, one line each.
fn convert(scripts: &Path, out: &Path) -> String {
    let mut problems = String::new();
    let mut names: Vec<_> = fs::read_dir(scripts).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    names.sort();
    assert!(!names.is_empty());
    for path in names {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let script = percent::read(&text, "case");
        assert_eq!(script.origins.len(), script.notebook.cells.len(), "{name}");
        let bytes = nbformat::write(&script.notebook);
        fs::write(out.join(format!("{name}.ipynb")), &bytes).unwrap();
        if script.problems.iter().any(tito::notebook::Problem::is_error) {
            fs::write(out.join(format!("{name}.errors")), "").unwrap();
        } else {
            fs::write(out.join(format!("{name}.back.py")), percent::write(&nbformat::read(&bytes).unwrap()))
                .unwrap();
        }
        for problem in &script.problems {
            let line = problem.line(&script.origins).map_or("-".into(), |line| line.to_string());
            writeln!(problems, "{name}:{line} {} {}", problem.code, problem.message).unwrap();
        }
    }
    problems
}

#[test]
fn nasty_scripts_are_read_as_jupytext_reads_them() {
    let scripts = root().join("tests/notebooks/percent");
    let out = tempfile::tempdir().unwrap();
    let problems = convert(&scripts, out.path());
    let report = judge("percent.py", &[&scripts, out.path()]);
    assert!(report.is_empty(), "{report}");
    golden(&scripts.join("problems.txt"), &problems);
}

/// Pieces that scripts are made of; put together at random they meet in every way.
const PIECES: &[&str] = &[
    "# %%",
    "# %% [markdown]",
    "#%%",
    "    # %%",
    "# %% title",
    "# %% [raw]",
    "# %% [md] a=1",
    "# %% k=\"v\" f",
    "# %% {\"a\": 1}",
    "# %% active=\"ipynb\"",
    "# %% active=\"py\"",
    "# %% language=\"bash\"",
    "# In[1]:",
    "# %%%% sub",
    "# %% tags=[\"x\"]",
    "# %% nbgrader={\"grade\": false, \"grade_id\": \"a\", \"solution\": true}",
    "",
    "",
    "",
    "   ",
    "\t",
    "#",
    "# ",
    "# text",
    "# # Title",
    "#no space",
    "# ```",
    "# ~~~",
    "# ```py",
    "```",
    "\"\"\"",
    "'''",
    "r\"\"\"",
    "\"\"\"one\"\"\"",
    "x = \"\"\"a",
    "b\"\"\"",
    "'single",
    "it's",
    "\\",
    "x = 1 \\",
    "x = 1",
    "def f():",
    "    return 1",
    "class A:",
    "@decorated",
    "async def g(): pass",
    ")",
    "import os",
    "# %matplotlib inline",
    "# !ls",
    "# cd here",
    "# why?",
    "# # what?",
    "# x = !ls",
    "%%bash",
    "# %%time",
    "# noescape",
    "# %x # noescape",
    "# +",
    "# # +",
    "# ---",
    "# jupyter:",
    "#   a: 1",
    "a\x0cb",
    "c\u{2028}d",
    "\u{a0}",
    "# \u{e9}\u{1f389}",
];

/// A small deterministic generator: the same scripts everywhere.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 40).unwrap()
}

#[test]
fn random_scripts_are_read_as_jupytext_reads_them() {
    let count = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let scripts = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for case in 0..count {
        let lines = 1 + next(&mut state) % 24;
        let text: Vec<&str> = (0..lines).map(|_| PIECES[next(&mut state) % PIECES.len()]).collect();
        fs::write(scripts.path().join(format!("{case:05}.py")), text.join("\n")).unwrap();
    }
    convert(scripts.path(), out.path());
    let report = judge("percent.py", &[scripts.path(), out.path()]);
    assert!(report.is_empty(), "{report}");
}
