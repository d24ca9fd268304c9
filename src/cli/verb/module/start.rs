//! `tito module start M`: remembers that the student began, and says what to open.

use std::path::Path;

use crate::id::State;
use crate::lock::Progress;
use crate::path::WorkspacePath;
use crate::world::disk::Disk;

use super::opened::{is_there, missing, open, state};
use super::record;
use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, paint, shell};
use crate::student::python::{self, Jupyter};

/// Starts a unit: says what to open, and records that you started.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The unit: 05, 5 or autograd
    #[arg(value_name = "UNIT", add = clap_complete::engine::ArgValueCandidates::new(crate::cli::candidates::units))]
    unit: String,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let opened = open(&world, out)?;
    let unit = opened.unit(&args.unit, out)?.clone();
    let notebooks = opened.notebooks(&unit.id);
    let (home, planned) = opened.look(&world, out)?;
    let absent: Vec<&WorkspacePath> =
        notebooks.iter().filter(|path| !is_there(&world, &home, path)).collect();
    if let Some(path) = absent.first() {
        return Err(out.fail(
            &format!("`{path}` is missing"),
            &format!("restore it: `tito restore {}`", shell(path.as_str())),
        ));
    }
    let before = state(&planned, &unit.id);
    let needed: Vec<&str> = missing(&unit, &planned).iter().map(|unit| unit.id.as_str()).collect();
    let begin = |progress: &mut Progress, _: &str| _ = progress.started.insert(unit.id.clone());
    record(&world, &home, &planned.target, "module start", begin, out)?;
    if out.json {
        let state = if before == State::NotStarted { State::InProgress } else { before };
        out.value(
            &serde_json::json!({"unit": unit.id, "state": state, "open": notebooks, "not_completed": needed}),
        );
        return Ok(Exit::Done);
    }
    let word = match before {
        State::NotStarted => "started",
        State::InProgress => "already in progress",
        State::Submitted => "already handed in; what you handed in stays as it is",
        State::Completed => "already completed; you may work on it again",
    };
    out.line(format!(
        "{} {} {}   {word}",
        paint(Look::Good, "✓"),
        clean(&unit.number),
        paint(Look::Strong, &clean(&unit.title))
    ));
    for id in needed {
        out.line(format!(
            "{} it builds on `{id}`, which you have not completed: `tito module complete {id}`",
            paint(Look::Notice, "!")
        ));
    }
    for path in &notebooks {
        out.line(format!("  open      {}", clean(path.as_str())));
    }
    let what = notebooks.iter().find(|path| path.extension() == "ipynb");
    let how = what.map(|path| open_with(&home.root, path)).unwrap_or_default();
    out.line(format!("{}to test your work: tito module test {}", clean(&how), unit.id));
    Ok(Exit::Done)
}

/// The command that opens a notebook, as it works from this folder; what to do where there is no Jupyter.
fn open_with(root: &Path, path: &WorkspacePath) -> String {
    let here = find::here();
    let path = crate::course::relative(&here, &root.join(path.as_str()));
    match python::jupyter(root) {
        Some(Jupyter::OnPath) => format!("jupyter lab {} · ", shell(&path)),
        Some(Jupyter::At(program)) => {
            let inside = program.starts_with(root);
            let program =
                if inside { crate::course::relative(&here, &program) } else { program.display().to_string() };
            format!("{} lab {} · ", shell(&program), shell(&path))
        }
        None => "Jupyter is not installed: `tito doctor --fix` installs it · ".to_owned(),
    }
}
