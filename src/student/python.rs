//! The workspace's Python: where it is, and how it is started.
#![expect(clippy::disallowed_methods, reason = "looks for Python in the environment, and starts it")]

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use super::owner::{self, Foreign};

/// Set by `python -m tito`: the Python that runs it.
const RUNS: &str = "TITO_RUN_BY";

/// Who says that this Python is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `TITO_PYTHON`.
    Asked,
    /// A virtual environment that is active.
    Active,
    /// `.venv` in the workspace.
    Workspace,
    /// `python -m tito`: the Python that runs it.
    Runs,
    /// The folder of the program, as it was called.
    Beside,
    /// `PATH`.
    Path,
}

impl Found {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "named by TITO_PYTHON",
            Self::Active => "of the active virtual environment",
            Self::Workspace => "of the workspace's .venv",
            Self::Runs => "that runs tito",
            Self::Beside => "beside tito",
            Self::Path => "found on PATH",
        }
    }
}

/// An interpreter.
#[derive(Clone, Debug)]
pub struct Python {
    /// The program.
    pub program: PathBuf,
    /// Why it is this one.
    pub found: Found,
}

/// Why no Python is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPython {
    /// There is none.
    Missing,
    /// The workspace is someone else's.
    Foreign(Foreign),
}

impl NoPython {
    /// What is wrong.
    pub fn message(&self) -> String {
        match self {
            Self::Missing => "there is no Python on this computer that tito can find".to_owned(),
            Self::Foreign(foreign) => foreign.message(),
        }
    }

    /// What can be done about it.
    pub fn help(&self) -> String {
        match self {
            Self::Missing => {
                "install Python 3.10 or newer (https://www.python.org/downloads), then run `tito doctor --fix`"
                    .to_owned()
            }
            Self::Foreign(foreign) => foreign.help(),
        }
    }
}

/// The Python of the workspace at `root`: `TITO_PYTHON`, the active virtual environment, `.venv`, the Python that runs tito (`python -m tito`)
/// or is beside it, the first on `PATH`. Whichever it is, it would run what is in the workspace: there is none for a workspace of someone else.
pub fn find(root: &Path) -> Result<Python, NoPython> {
    owner::check(root).map_err(NoPython::Foreign)?;
    if let Some(asked) = set("TITO_PYTHON") {
        return Ok(Python { program: asked.into(), found: Found::Asked });
    }
    let inside = |folder: PathBuf| [folder.join("bin/python"), folder.join("Scripts/python.exe")];
    let active = set("VIRTUAL_ENV").map(|folder| inside(folder.into())).into_iter().flatten();
    let candidates = active
        .map(|program| (program, Found::Active))
        .chain(inside(root.join(".venv")).map(|program| (program, Found::Workspace)))
        .chain(set(RUNS).map(|program| (program.into(), Found::Runs)))
        .chain(beside().into_iter().map(|program| (program, Found::Beside)))
        .chain(on_path().map(|program| (program, Found::Path)));
    candidates
        .filter(|(program, _)| program.is_file())
        .map(|(program, found)| Python { program, found })
        .next()
        .ok_or(NoPython::Missing)
}

/// Where Jupyter is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jupyter {
    /// A shell finds it by its name.
    OnPath,
    /// Only here: in the virtual environment of the workspace, which is not active.
    At(PathBuf),
}

/// The Jupyter that a student can start: the one that a shell finds, else that of the workspace's Python.
pub fn jupyter(root: &Path) -> Option<Jupyter> {
    let name = if cfg!(windows) { "jupyter.exe" } else { "jupyter" };
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join(name).is_file()) {
        return Some(Jupyter::OnPath);
    }
    let beside = find(root).ok()?.program.parent()?.join(name);
    beside.is_file().then_some(Jupyter::At(beside))
}

/// Where a Python may be that tito was installed into: beside the program as it was called. Links are not followed: `pipx` and `uv tool` link to
/// an environment of tito's own, which has none of a course's packages and is not a place to install them.
fn beside() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let called = std::env::args_os().next().unwrap_or_default();
    folder_of(Path::new(&called), &folders).map_or_else(Vec::new, |folder| pythons_in(&folder, cfg!(windows)))
}

/// The folder of a program that was called as `called`, found as a shell finds it.
fn folder_of(called: &Path, path: &[PathBuf]) -> Option<PathBuf> {
    let name = called.file_name()?;
    if called.parent().is_some_and(|folder| !folder.as_os_str().is_empty()) {
        // The Python is started in another folder than this one.
        return std::path::absolute(called).ok()?.parent().map(Path::to_owned);
    }
    let is_there = |folder: &&PathBuf| {
        let program = folder.join(name);
        program.is_file() || cfg!(windows) && program.with_extension("exe").is_file()
    };
    std::path::absolute(path.iter().find(is_there)?).ok()
}

/// The Python of an installation whose programs are in `folder`. On Windows it is one folder above, except in a virtual environment.
fn pythons_in(folder: &Path, windows: bool) -> Vec<PathBuf> {
    let folder = folder.to_owned();
    if !windows {
        return in_folders(&[folder], &["python3", "python"]);
    }
    let above = folder.parent().map(Path::to_owned);
    in_folders(&[folder].into_iter().chain(above).collect::<Vec<_>>(), &["python.exe"])
}

fn set(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if cfg!(windows) { of_windows(&folders) } else { in_folders(&folders, &["python3", "python"]) }
        .into_iter()
}

/// What is to be tried on Windows: an installed Python, the launcher that finds those which are not on `PATH`, and last what is in
/// `WindowsApps`: the programs there may only offer to install Python.
fn of_windows(folders: &[PathBuf]) -> Vec<PathBuf> {
    let (apps, others): (Vec<PathBuf>, Vec<PathBuf>) =
        folders.iter().cloned().partition(|folder| folder.ends_with("WindowsApps"));
    let installed = in_folders(&others, &["python.exe", "python3.exe", "py.exe"]);
    installed.into_iter().chain(in_folders(&apps, &["python.exe", "python3.exe"])).collect()
}

fn in_folders(folders: &[PathBuf], names: &[&str]) -> Vec<PathBuf> {
    names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).collect()
}

impl Python {
    /// This Python, to be run in the workspace at `root`. It leaves no caches behind there, and speaks UTF-8 on every system.
    pub fn command(&self, root: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(root).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1");
        command.stdin(Stdio::null());
        command
    }

    /// Runs `code` with `input`; its output when it has ended.
    ///
    /// # Errors
    /// When this Python cannot be started.
    pub fn ask(&self, root: &Path, code: &str, args: &[&str], input: &[u8]) -> io::Result<Output> {
        let mut command = self.command(root);
        command.args(["-I", "-W", "ignore", "-c", code]).args(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A Python that ends before it has read all says why in its own words.
            let _ = stdin.write_all(input);
        }
        child.wait_with_output()
    }

    /// Has it the package `name`?
    pub fn has(&self, root: &Path, name: &str) -> bool {
        let code = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)";
        self.ask(root, code, &[name], b"").is_ok_and(|output| output.status.success())
    }

    /// Runs with `args`; `hear` gets each line of its output as it comes.
    ///
    /// # Errors
    /// When this Python cannot be started.
    pub fn stream(
        &self,
        root: &Path,
        args: &[impl AsRef<OsStr>],
        hear: &mut dyn FnMut(&str),
    ) -> io::Result<ExitStatus> {
        let mut command = self.command(root);
        command.env("PYTHONUNBUFFERED", "1").args(args).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(stdout) = child.stdout.take() {
            let mut lines = BufReader::new(stdout);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                hear(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
                line.clear();
            }
        }
        child.wait()
    }

    /// What is wrong when it cannot be started.
    pub fn broken(&self, error: &io::Error) -> String {
        format!(
            "Python ({}, {}) cannot be started: {}",
            self.program.display(),
            self.found.as_str(),
            crate::world::reason(error)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_the_program_as_it_was_called() {
        let bin = tempfile::tempdir().unwrap();
        std::fs::write(bin.path().join("tito"), "").unwrap();
        let path = [PathBuf::from("no/such/folder"), bin.path().to_owned()];
        assert_eq!(folder_of(Path::new("tito"), &path).unwrap(), bin.path());
        assert_eq!(folder_of(Path::new("titus"), &path), None);
        let called = bin.path().join("tito-course");
        assert_eq!(folder_of(&called, &[]).unwrap(), bin.path());
        let relative = folder_of(Path::new("env/bin/tito"), &path).unwrap();
        assert!(relative.is_absolute() && relative.ends_with("env/bin"), "{}", relative.display());
    }

    #[test]
    fn an_installation_on_windows_has_its_programs_in_a_folder() {
        let found = pythons_in(Path::new("Python312/Scripts"), true);
        assert_eq!(found, ["Python312/Scripts/python.exe", "Python312/python.exe"].map(PathBuf::from));
        let found = pythons_in(Path::new("env/bin"), false);
        assert_eq!(found, ["env/bin/python3", "env/bin/python"].map(PathBuf::from));
    }

    #[test]
    fn what_only_offers_to_install_python_is_tried_last() {
        let folders = ["Apps/WindowsApps", "Python312", "Windows"].map(PathBuf::from);
        let tried = of_windows(&folders);
        let at = |path: &str| tried.iter().position(|tried| tried == Path::new(path)).unwrap();
        assert!(at("Python312/python.exe") < at("Windows/py.exe"));
        assert!(at("Windows/py.exe") < at("Apps/WindowsApps/python.exe"));
        assert_eq!(tried.len(), 8);
    }
}
