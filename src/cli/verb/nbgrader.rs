//! `tito nbgrader DIR`: a course as nbgrader takes it. The instructor's tier, from which nbgrader makes what students get.
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::compile::Overrides;
use crate::notebook::tiers::Tier;

use crate::teach::nbgrader::{self, Assignment, Breaking, RECORD, Renewed, Tree, What, Written};

use super::graph;
use crate::cli::ask::{Answer, Consent};
use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};

/// Writes an instructor's tree that nbgrader can use directly.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A new folder, an empty one, or a tree that this command wrote, which is updated
    dir: PathBuf,
    /// The course; default: course.yml in this folder, or else the workspace's
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Update also a tree that is in use where graded cells changed or went
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    write(args, out).unwrap_or_else(|exit| exit)
}

fn write(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let dir = find::absolute(&args.dir);
    let shown = args.dir.display().to_string();
    let is_new = nbgrader::is_free(&dir);
    let before = if is_new { None } else { Some(known(&dir, &shown, out)?) };
    let compiled = |tier| graph::target(args.config.as_deref(), &Overrides { tier: Some(tier) }, out);
    let mut target = compiled(Tier::Instructor)?;
    // nbgrader hands out every file of an assignment's folder: what students never get must not be there.
    let given = compiled(Tier::Student)?;
    target.files.retain(|path, _| given.files.contains_key(path));
    let tree = nbgrader::tree(&target).map_err(|message| out.fail(&message, "`tito check` says more"))?;
    if tree.assignments.is_empty() {
        return Err(out.fail(
            "this course has no notebook that could be graded",
            "`tito show --resolved` lists its units",
        ));
    }
    let failed = |error: io::Error, help: &str| {
        let message = format!("`{shown}` cannot be written: {}", crate::world::reason(&error));
        out.fail(&message, help)
    };
    let Some(before) = before else {
        nbgrader::write(&tree, &dir)
            .map_err(|error| failed(error, "nothing was written; fix that, and run it again"))?;
        made(args, &tree, out);
        return Ok(Exit::Done);
    };
    if nbgrader::is_in_use(&dir) {
        let breaking = nbgrader::breaking(&tree.files, &before, &dir)
            .map_err(|error| failed(error, "nothing was written; fix that, and run it again"))?;
        if !breaking.is_empty() && !is_agreed(args, &breaking, &shown, out)? {
            return Ok(Exit::Done);
        }
    }
    let renewed = nbgrader::renew(&tree.files, &before, &dir)
        .map_err(|error| failed(error, "fix that, and run it again: it continues where it stopped"))?;
    told(args, &tree, &renewed, out);
    Ok(Exit::Done)
}

/// Names what a renewed tree breaks in the gradebook, and asks.
fn is_agreed(args: &Args, breaking: &[Breaking], shown: &str, out: &Out) -> Result<bool, Exit> {
    for found in breaking {
        let cell = found.cell.as_ref().map(|cell| format!(": cell `{cell}`")).unwrap_or_default();
        let text = format!("{}{cell} {}", found.path, found.what);
        out.say(format!("{} {}", paint(Look::Notice, "!"), clean(&text)));
    }
    let question = "this tree is in use, and its gradebook has grades of these cells as they were";
    let help = format!("to update it all the same: `tito nbgrader {} --yes`", shell(shown));
    let consent = Consent {
        yes: args.yes,
        question: &[question.to_owned()],
        go_on: "update the tree",
        default: Answer::Cancel,
        view: None,
        alone: (question, &help, Exit::Blocked),
    };
    consent.agreed(out)
}

/// What tito wrote into a tree that is there.
fn known(dir: &Path, shown: &str, out: &Out) -> Result<Written, Exit> {
    let error = match nbgrader::written(dir) {
        Ok(Some(written)) => return Ok(written),
        Ok(None) => {
            out.fail(
                &format!("`{shown}` exists already, and was not written by `tito nbgrader`"),
                "choose a new folder: `tito nbgrader DIR`",
            );
            return Err(Exit::Blocked);
        }
        Err(error) => error,
    };
    out.fail(
        &format!("`{shown}/{}` cannot be read: {}", RECORD, crate::world::reason(&error)),
        "without it, tito does not know which files it wrote; choose a new folder: `tito nbgrader DIR`",
    );
    Err(Exit::Blocked)
}

/// A new tree.
fn made(args: &Args, tree: &Tree, out: &Out) {
    if out.json {
        out.value(&json!({"folder": args.dir, "assignments": assignments(tree)}));
        return;
    }
    let shown = args.dir.display().to_string();
    let count = counted(tree.assignments.len(), "assignment");
    out.line(format!("{} {count} in {}", paint(Look::Good, "✓"), clean(&shown)));
    for assignment in &tree.assignments {
        let points = assignment.points;
        let text = format!(
            "  {:<20} {points} point{}",
            assignment.id.as_str(),
            if points == 1.0 { "" } else { "s" }
        );
        out.line(clean(&text));
    }
    let first = tree.assignments.first().map_or("", |assignment| assignment.id.as_str());
    out.line(format!("next: cd {} && nbgrader generate_assignment {first}", shell(&shown)));
}

/// A tree that was renewed.
fn told(args: &Args, tree: &Tree, renewed: &[Renewed], out: &Out) {
    if out.json {
        out.value(&json!({"folder": args.dir, "assignments": assignments(tree), "files": renewed}));
        return;
    }
    let shown = args.dir.display().to_string();
    for file in renewed {
        let mark = if file.what == What::Kept { paint(Look::Notice, "!") } else { " ".to_owned() };
        let why = if file.what == What::Kept { "   you edited it, and there is a newer one" } else { "" };
        out.line(format!("{mark} {:<8} {}{why}", file.what.as_str(), clean(&file.path)));
    }
    let count = renewed.iter().filter(|file| file.what != What::Kept).count();
    if count == 0 {
        out.line(format!("{} {} is up to date", paint(Look::Good, "✓"), clean(&shown)));
        return;
    }
    let count = counted(count, "file");
    out.line(format!("{} {count} renewed in {}", paint(Look::Good, "✓"), clean(&shown)));
    let changed = |id: &str| renewed.iter().any(|file| file.path.starts_with(&format!("source/{id}/")));
    let first = tree.assignments.iter().map(|assignment| assignment.id.as_str()).find(|id| changed(id));
    if let Some(first) = first {
        out.line(format!("next: cd {} && nbgrader generate_assignment {first} --force", shell(&shown)));
    }
}

fn assignments(tree: &Tree) -> Vec<serde_json::Value> {
    let line = |assignment: &Assignment| json!({"id": assignment.id, "notebooks": assignment.notebooks, "points": assignment.points});
    tree.assignments.iter().map(line).collect()
}
