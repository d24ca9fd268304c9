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

/// Runs `python` with `args`, its output shown as it comes (on stderr where stdout is for JSON): each line of which `look` says so.
pub(super) fn stream(
    python: &Python,
    root: &Path,
    args: &[impl AsRef<OsStr>],
    out: &Out,
    look: &mut dyn FnMut(&str) -> bool,
) -> Result<ExitStatus, Exit> {
    let mut hear = |text: &str| match look(&anstream::adapter::strip_str(text).to_string()) {
        true if out.json => out.say_as_it_is(text),
        true => out.line_as_it_is(text),
        false => {}
    };
    python.stream(root, args, &mut hear).map_err(|error| broken(python, &error, out))
}

/// Says why `python` cannot be started.
pub(super) fn broken(python: &Python, error: &io::Error, out: &Out) -> Exit {
    out.fail(&python.broken(error), "`tito doctor` checks your Python")
}
