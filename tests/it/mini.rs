//! A workspace of the small base, made by the binary, for tests of the student's commands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::judges::python;
use crate::tito::{self, Ran, command, ran};

/// A folder with a course and a workspace of it.
pub(crate) struct Mini {
    folder: tempfile::TempDir,
}

/// The smallest course of the small base.
pub(crate) const COURSE: &str = "course: {id: mini}\nbase: {from: {path: BASE}}\nmodules: all\n";

impl Mini {
    /// The whole small base, in `tier`.
    pub(crate) fn new(tier: &str) -> Self {
        Self::of(COURSE, tier)
    }

    /// `course`, in which `BASE` stands for the small base's folder, in `tier`.
    pub(crate) fn of(course: &str, tier: &str) -> Self {
        let this = Self::only(course);
        tito::tito(this.folder.path(), &["init", "ws", "--config", "course.yml", "--tier", tier]).expect(0);
        this
    }

    /// The course alone.
    pub(crate) fn only(course: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&tito::root().join("tests/bases/mini"), &folder.path().join("base"));
        fs::write(folder.path().join("course.yml"), course.replace("BASE", "base")).unwrap();
        Self { folder }
    }

    /// The folder that holds course, base and workspace.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The workspace.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("ws")
    }

    /// A file of the workspace.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// The text of a file of the workspace.
    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// tito in the workspace, with the judges' Python.
    pub(crate) fn command(&self) -> Command {
        let mut command = command(&self.root());
        command.env("TITO_PYTHON", python()).env_remove("VIRTUAL_ENV");
        command
    }

    /// Runs tito in the workspace.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(&self.command().args(args).output().unwrap())
    }

    /// Replaces text in a notebook, as saving it in Jupyter would.
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) {
        let quoted = |text: &str| serde_json::to_string(text).unwrap().trim_matches('"').to_owned();
        let before = self.text(path);
        let after = before.replace(&quoted(old), &quoted(new));
        assert_ne!(before, after, "`{old}` is in {path}");
        fs::write(self.at(path), after).unwrap();
    }

    /// Every file of the workspace but the advisory lock, which names whoever held it last.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = tito::tree(&self.root());
        files.remove(".tinytorch/lock");
        files
    }

    /// `progress.json`.
    pub(crate) fn progress(&self) -> serde_json::Value {
        serde_json::from_str(&self.text("progress.json")).unwrap()
    }
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let place = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&place).unwrap();
        } else {
            fs::copy(entry.path(), &place).unwrap();
        }
    }
}

/// Paths that are not the same in both.
pub(crate) fn differing(
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let paths = before.keys().chain(after.keys().filter(|path| !before.contains_key(*path)));
    paths.filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}
