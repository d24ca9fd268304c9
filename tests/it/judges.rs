//! The real tools as judges: Python programs in `tests/judges`, run by the interpreter of `target/venv`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The package's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The interpreter that has the judges installed.
pub(crate) fn python() -> PathBuf {
    let python = std::env::var_os("TITO_PYTHON").map_or_else(
        || {
            root().join(if cfg!(windows) {
                "target/venv/Scripts/python.exe"
            } else {
                "target/venv/bin/python"
            })
        },
        PathBuf::from,
    );
    assert!(
        python.exists(),
        "the judges (jupytext, nbgrader, …) are not installed at {}: run ./tests/setup",
        python.display()
    );
    python
}

/// The same, started as anyone has it: no setting of a developer's shell counts.
pub(crate) fn python_alone() -> Command {
    let mut command = Command::new(python());
    for name in ["PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "PYTEST_ADDOPTS"] {
        command.env_remove(name);
    }
    command.env("PYTHONHASHSEED", "0").env("PYTHONUTF8", "1");
    command
}

/// Runs a judge; what it prints is where it disagrees.
pub(crate) fn judge(program: &str, arguments: &[&Path]) -> String {
    python_says(&format!("tests/judges/{program}"), arguments)
}

/// Runs a Python program of this package; it must end with 0. What it prints.
#[track_caller]
pub(crate) fn python_says(program: &str, arguments: &[&Path]) -> String {
    let output = python_alone()
        .arg(root().join(program))
        .args(arguments)
        .env("JUPYTER_PLATFORM_DIRS", "1")
        .output()
        .expect("python starts");
    assert!(
        output.status.success(),
        "{program} broke down:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("python prints UTF-8")
}
