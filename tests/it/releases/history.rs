//! The base as it was in 1.0.0 and in 1.1.0, made of `templates/` and the folders of `tests/releases`, and courses over it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::tito::{Ran, root, tito, tree};

/// Where the files are that were different in a release.
pub(crate) fn overlay(version: &str) -> PathBuf {
    root().join("tests/releases").join(version)
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let to = to.join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
}

/// The path that a file of today's base had in 1.0.0, when `convolutions` was `spatial`.
fn path_in_1_0_0(path: &str) -> String {
    for folder in ["modules/", "tests/"] {
        if let Some(rest) = path.strip_prefix(folder).and_then(|path| path.strip_prefix("convolutions/")) {
            return format!("{folder}spatial/{}", rest.replace("convolutions", "spatial"));
        }
    }
    path.to_owned()
}

/// What is in today's base and was neither in 1.0.0 nor in 1.1.0.
const LATER: [&str; 8] = [
    "shared/datasets/handdigits/README.md",
    "shared/datasets/handdigits/handdigits.npz",
    "shared/datasets/mobydick/README.md",
    "shared/datasets/mobydick/mobydick.txt",
    "shared/tinytorch/corpora.py",
    "shared/tests/integration/test_checkpoint_convolutions.py",
    "shared/tests/integration/test_lora_transformers.py",
    "shared/tests/integration/test_quantized_fused.py",
];

/// Writes release 1.0.0 of the base into `folder`.
pub(crate) fn write_1_0_0(folder: &Path) {
    for (path, bytes) in tree(&root().join("templates")) {
        if LATER.contains(&path.as_str()) {
            continue;
        }
        let to = folder.join(path_in_1_0_0(&path));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
    copy(&overlay("1.0.0"), folder);
}

/// The modules that are in `folder` as they were in 1.1.0; the others are today's.
pub(super) const OF_1_1_0: [&str; 5] = ["tensor", "activations", "layers", "losses", "autograd"];

/// Writes release 1.1.0 of the base into `folder`, for courses of the modules [`OF_1_1_0`].
pub(super) fn write_1_1_0(folder: &Path) {
    copy(&root().join("templates"), folder);
    for path in LATER.iter().chain(&["shared/tinytorch/pictures.py"]) {
        fs::remove_file(folder.join(path)).unwrap();
    }
    copy(&overlay("1.1.0"), folder);
}

/// A course over a base that is beside it, and the workspace of one student: `course.yml`, `base/`, `ws/`.
pub(crate) struct Term {
    folder: TempDir,
}

impl Term {
    /// A term starts with 1.0.0; `rest` is what `course.yml` says beside the course's name and its base.
    pub(crate) fn begins(rest: &str) -> Self {
        let term = Self::prepare(rest);
        write_1_0_0(&term.base());
        term.init();
        term
    }

    /// The same course, started after 1.1.0 was out.
    pub(crate) fn begins_late(rest: &str) -> Self {
        let term = Self::prepare(rest);
        copy(&root().join("templates"), &term.base());
        term.init();
        term
    }

    fn prepare(rest: &str) -> Self {
        let term = Self { folder: tempfile::tempdir().unwrap() };
        term.course(rest);
        term
    }

    /// The instructor writes `course.yml`.
    pub(crate) fn course(&self, rest: &str) {
        let head = "course: {id: nordlund/history, title: History}\nbase: {from: {path: ./base}}\n";
        fs::write(self.folder.path().join("course.yml"), format!("{head}{rest}")).unwrap();
    }

    fn init(&self) {
        tito(self.folder.path(), &["init", "ws", "--config", "course.yml"]).expect(0);
    }

    fn base(&self) -> PathBuf {
        self.folder.path().join("base")
    }

    /// The workspace.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder.path().join("ws")
    }

    /// The instructor puts 1.1.0 in the place of 1.0.0.
    pub(crate) fn ship_1_1_0(&self) {
        fs::remove_dir_all(self.base()).unwrap();
        copy(&root().join("templates"), &self.base());
    }

    /// Runs tito in the workspace.
    pub(crate) fn tito(&self, args: &[&str]) -> Ran {
        tito(&self.workspace(), args)
    }

    /// What `tito check` says of the course.
    pub(crate) fn check(&self) -> Ran {
        tito(self.folder.path(), &["check", "course.yml"])
    }

    /// A file of the workspace.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::write(self.workspace().join(path), text).unwrap();
    }

    /// Is it there?
    pub(crate) fn has(&self, path: &str) -> bool {
        self.workspace().join(path).exists()
    }

    /// All files but what tito keeps for itself.
    pub(crate) fn files(&self) -> std::collections::BTreeMap<String, Vec<u8>> {
        let mut files = tree(&self.workspace());
        files.retain(|path, _| !path.starts_with(".tinytorch/"));
        files
    }
}
