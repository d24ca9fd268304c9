//! The workspace's Python, as verbs use it: what it prints is shown, and why it does not start is said.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::ExitStatus;

use crate::student::python::{Python, find};

use super::exit::Exit;
use super::out::Out;

/// The workspace's Python, or what to do where there is none.
pub(super) fn required(root: &Path, out: &Out) -> Result<Python, Exit> {
    find(root).map_err(|none| out.fail(&none.message(), &none.help()))
}

/// Shows a line of a program's output: on stderr where stdout is for JSON.
pub(super) fn show(text: &str, out: &Out) {
    if out.json { out.say_as_it_is(text) } else { out.line_as_it_is(text) }
}

/// Runs `python` with `args`, its output shown as it comes.
pub(super) fn stream(
    python: &Python,
    root: &Path,
    args: &[impl AsRef<OsStr>],
    out: &Out,
) -> Result<ExitStatus, Exit> {
    python.stream(root, args, &mut |text| show(text, out)).map_err(|error| broken(python, &error, out))
}

/// Says why `python` cannot be started.
pub(super) fn broken(python: &Python, error: &io::Error, out: &Out) -> Exit {
    out.fail(&python.broken(error), "`tito doctor` checks your Python")
}
