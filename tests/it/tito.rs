//! Runs the binary as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The package's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Both streams, for comparing with a golden.
    pub(crate) fn text(&self) -> String {
        format!("{}{}exit {}\n", self.stdout, self.stderr, self.code)
    }

    /// Fails the test unless the run ended with `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Runs tito in `folder`, without colour, terminal or input.
pub(crate) fn tito(folder: &Path, args: &[&str]) -> Ran {
    let output = command(folder).args(args).output().expect("tito can be started");
    ran(&output)
}

/// The time of every run, unless a test sets another.
pub(crate) const NOW: &str = "2027-02-01T09:30:00Z";

/// What a developer's shell may hold and no test may depend on.
const OF_THE_SHELL: [&str; 26] = [
    "SHELL",
    "NO_COLOR",
    "CLICOLOR_FORCE",
    "CLICOLOR",
    "FORCE_COLOR",
    "TERM",
    "COLUMNS",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTEST_ADDOPTS",
    "LANG",
    "LC_TIME",
    "TITO_PYTHON",
    "TITO_KEY_PASSWORD",
    "NETRC",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
];

/// The shell's path, with a program that is called as Jupyter is: whether a machine has one must not change what is advised.
fn path_with_jupyter() -> std::ffi::OsString {
    static FOLDER: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bin");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(if cfg!(windows) { "jupyter.exe" } else { "jupyter" }), "").unwrap();
        folder
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::env::split_paths(&path).chain([folder.clone()])).unwrap()
}

/// tito, to be run in `folder`, at a fixed time in a fixed zone and language.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tito"));
    for name in OF_THE_SHELL {
        command.env_remove(name);
    }
    command.env("PATH", path_with_jupyter());
    // The cache of whoever runs the tests stays as it is, and no setting of theirs counts.
    command.env("TITO_CACHE", PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sources"));
    command.env_remove("TITO_OFFLINE").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("TITO_NOW", NOW).env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Makes the program at `path` of the script `text`, by another process: what this one has open for writing is open, too, in every process that another
/// test starts at that moment, and what is open for writing cannot be run ("text file busy").
#[cfg(unix)]
pub(crate) fn script(path: &Path, text: &str) {
    made_by("printf %s \"$1\" > \"$0\" && chmod 755 \"$0\"", path, std::ffi::OsStr::new(text));
}

/// A copy of tito at `path`, made in the same way.
#[cfg(unix)]
pub(crate) fn copied(path: &Path) {
    made_by("cp \"$1\" \"$0\"", path, std::ffi::OsStr::new(env!("CARGO_BIN_EXE_tito")));
}

#[cfg(unix)]
fn made_by(commands: &str, path: &Path, from: &std::ffi::OsStr) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let made =
        Command::new("sh").args(["-c", commands]).arg(path).arg(from).status().expect("there is a shell");
    assert!(made.success(), "{}", path.display());
}

/// What `output` says.
pub(crate) fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8"),
    }
}

/// Are golden files to be written, not compared? `TITO_BLESS=1` says so.
pub(crate) fn blesses() -> bool {
    std::env::var_os("TITO_BLESS").is_some_and(|value| !value.is_empty())
}

/// Compares with a golden file; with `TITO_BLESS=1` writes it.
#[track_caller]
pub(crate) fn golden(path: &Path, found: &str) {
    if blesses() {
        std::fs::write(path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}; TITO_BLESS=1 writes it", path.display()));
    assert!(
        expected == found,
        "{} differs (TITO_BLESS=1 rewrites it); found:\n{found}\nexpected:\n{expected}",
        path.display()
    );
}

/// Is `path` what any command may write, because it may be lost at any time: what tito found out about files, and what git is told? Or what a
/// command that was killed left of it?
pub(crate) fn is_cache(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".part").unwrap_or(&name);
    let is_own = path.parent().is_some_and(|folder| folder.ends_with(".tinytorch"));
    let is_known = ["cache", "inputs", "tests", ".gitignore", ".gitattributes"].contains(&name);
    is_own && (is_known || name.starts_with("answer-"))
}

/// Every file below `folder` with its bytes, by path, except for [caches](is_cache); folders that are empty are not seen.
pub(crate) fn tree(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file() && !is_cache(entry.path()))
    {
        let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        files.insert(name, std::fs::read(entry.path()).unwrap());
    }
    files
}
