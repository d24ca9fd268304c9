//! `tito lab [UNIT]`: JupyterLab of the workspace's Python, on the notebook of a unit.

use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::cli::exit::Exit;
use crate::cli::out::{Out, shell};
use crate::cli::python::{broken, required};
use crate::path::WorkspacePath;
use crate::student::python::Python;
use crate::world::disk::Disk;

use super::module::opened::{is_there, open};

/// The module that starts JupyterLab.
const JUPYTERLAB: &str = "jupyterlab";

/// Opens a unit's notebook in JupyterLab, with the workspace's Python.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: 05, 5 or autograd; without one, JupyterLab opens the workspace
    #[arg(value_name = "UNIT", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    unit: Option<String>,
    /// Do not open a browser; JupyterLab prints its address
    #[arg(long)]
    no_browser: bool,
    /// Arguments for JupyterLab, after `--`
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    lab(args, out).unwrap_or_else(|exit| exit)
}

fn lab(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let root = opened.home.root.clone();
    let notebook = match &args.unit {
        None => None,
        Some(word) => {
            let unit = opened.unit(word, out)?.clone();
            let notebooks = opened.notebooks(&unit.id);
            let path = notebooks.into_iter().next().ok_or_else(|| {
                out.fail(&format!("`{}` has no notebook", unit.id), "`tito lab` opens the workspace")
            })?;
            if !is_there(&world, &opened.home, &path) {
                let help = format!("restore it: `tito restore {}`", shell(path.as_str()));
                return Err(out.fail(&format!("`{path}` is missing"), &help));
            }
            Some(path)
        }
    };
    let python = required(&root, out)?;
    if !python.has(&root, JUPYTERLAB) {
        let program = shell(&python.program.display().to_string());
        return Err(out.fail(
            &format!("JupyterLab is not installed in the workspace's Python ({program})"),
            &format!("`tito doctor --fix` installs it; or: {program} -m pip install jupyterlab"),
        ));
    }
    let command = command(&python, &root, notebook.as_ref(), args);
    let status = start(command).map_err(|error| broken(&python, &error, out))?;
    Ok(if status.success() { Exit::Done } else { Exit::Failed })
}

/// JupyterLab with the workspace as its folder: its files are seen, and its kernels find the package that students build.
#[expect(clippy::disallowed_methods, reason = "JupyterLab is started for the student, on the terminal")]
fn command(python: &Python, root: &Path, notebook: Option<&WorkspacePath>, args: &Args) -> Command {
    let mut command = Command::new(&python.program);
    command.current_dir(root).args(["-m", JUPYTERLAB]);
    // With a notebook, JupyterLab would show the notebook's folder only.
    command.arg(format!("--ServerApp.root_dir={}", root.display()));
    command.args(notebook.map(WorkspacePath::as_str));
    command.args(args.no_browser.then_some("--no-browser")).args(&args.args);
    command
}

/// Takes the place of this process, so that Ctrl-C and signals reach JupyterLab alone.
#[cfg(unix)]
fn start(mut command: Command) -> std::io::Result<ExitStatus> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Starts it, and waits until it ends.
#[cfg(not(unix))]
fn start(mut command: Command) -> std::io::Result<ExitStatus> {
    command.status()
}
