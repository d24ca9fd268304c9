//! The module that a notebook exports to, as it was given, as the course has it, as the student has it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::digest::Digest;
use crate::lock::Baseline;
use crate::notebook::export::module_of;
use crate::notebook::{Notebook, nbformat, percent};
use crate::path::WorkspacePath;

/// The names of the module of one notebook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Every name that tito gave: as it last wrote the notebook, and in former versions.
    pub given: BTreeSet<String>,
    /// The name in the version that tito last wrote.
    pub base: Option<String>,
    /// The name in the course.
    pub now: Option<String>,
}

impl Names {
    /// The name to export by, of a notebook that says `student`: the course's, unless the student chose one.
    pub fn decide(&self, student: &str) -> String {
        match &self.now {
            Some(now) if self.given.contains(student) => now.clone(),
            _ => student.to_owned(),
        }
    }

    /// Is `student` a name that the student chose?
    pub fn is_own(&self, student: &str) -> bool {
        !self.given.contains(student) && self.now.as_deref() != Some(student)
    }
}

/// The names of the notebook at `path`, which tito last wrote as `base` and which the course has as `course`. `object` gives what tito wrote.
pub fn names(
    path: &WorkspacePath,
    base: &Baseline,
    course: &[u8],
    object: &dyn Fn(Digest) -> Option<Arc<[u8]>>,
) -> Names {
    let name = |digest| module_in(path, &object(digest)?);
    let last = name(base.sha256);
    let former = base.former.iter().filter_map(|former| name(former.sha256));
    let given = former.chain(last.clone()).collect();
    Names { given, base: last, now: module_in(path, course) }
}

/// The notebook in the bytes of the file at `path`.
pub(super) fn notebook_in(path: &WorkspacePath, bytes: &[u8]) -> Option<Notebook> {
    match path.extension() {
        "ipynb" => nbformat::read(bytes).ok(),
        _ => Some(percent::read(std::str::from_utf8(bytes).ok()?, path.name()).notebook),
    }
}

/// The module that the notebook in `bytes` names.
pub(super) fn module_in(path: &WorkspacePath, bytes: &[u8]) -> Option<String> {
    const DIRECTIVE: &[u8] = b"default_exp";
    // Most files name none, and need not be read as notebooks.
    let says = bytes.windows(DIRECTIVE.len()).any(|window| window == DIRECTIVE);
    if says { module_of(&notebook_in(path, bytes)?) } else { None }
}

/// Where the module `name` of `package` is; none where that is not a path.
pub fn module_path(package: &str, name: &str) -> Option<WorkspacePath> {
    WorkspacePath::new(&format!("{package}/{}.py", name.replace('.', "/"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_decided_three_ways() {
        let names = |given: &[&str], now: Option<&str>| Names {
            given: given.iter().map(|name| (*name).to_owned()).collect(),
            base: given.last().map(|name| (*name).to_owned()),
            now: now.map(str::to_owned),
        };
        for (given, now, student, decided, is_own) in [
            (&["data.loader"][..], Some("core.loader"), "data.loader", "core.loader", false),
            (&["data.loader"], Some("core.loader"), "mine", "mine", true),
            (&["data.loader"], Some("core.loader"), "core.loader", "core.loader", false),
            (&["data.loader"], Some("data.loader"), "data.loader", "data.loader", false),
            // What an earlier release called it is not a choice of the student's.
            (&["old", "data.loader"], Some("core.loader"), "old", "core.loader", false),
            // A course that exports nothing any more takes no name away.
            (&["data.loader"], None, "data.loader", "data.loader", false),
        ] {
            let names = names(given, now);
            assert_eq!(names.decide(student), decided, "{student}");
            assert_eq!(names.is_own(student), is_own, "{student}");
        }
    }

    #[test]
    fn a_module_is_read_from_notebooks_and_scripts() {
        let path = |text: &str| WorkspacePath::new(text).unwrap();
        let script = b"# %%\n#| default_exp core.a\n\n# %%\n#| export\nx = 1\n";
        assert_eq!(module_in(&path("m/a.py"), script).as_deref(), Some("core.a"));
        assert_eq!(module_in(&path("m/a.ipynb"), script), None);
        assert_eq!(module_in(&path("m/a.py"), b"# %%\nx = 1\n"), None);
        assert_eq!(module_path("pkg", "core.a"), Some(path("pkg/core/a.py")));
        assert_eq!(module_path("pkg", "../a"), None);
    }
}
