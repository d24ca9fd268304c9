//! `tito nbgrader DIR`: a course as nbgrader takes it. The instructor's tier, from which nbgrader makes what students get.
#![expect(clippy::disallowed_methods, reason = "writes a new folder that the instructor names")]

mod texts;
mod tree;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::notebook::tiers::Tier;
use crate::target::Overrides;

use super::exit::Exit;
use super::out::{Look, Out, clean, paint};
use super::{find, graph};
use tree::Tree;

/// Writes an instructor's tree that nbgrader takes as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A new folder, or an empty one
    dir: PathBuf,
    /// The course; default: course.yml in this folder, else the workspace's
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    write(args, out).unwrap_or_else(|exit| exit)
}

fn write(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let dir = find::absolute(&args.dir);
    let shown = args.dir.display();
    if fs::symlink_metadata(&dir).is_ok() && !is_empty_folder(&dir) {
        out.fail(
            &format!("`{shown}` is there already, and not an empty folder"),
            "choose a new folder: `tito nbgrader DIR`",
        );
        return Err(Exit::Blocked);
    }
    let overrides = Overrides { tier: Some(Tier::Instructor) };
    let target = graph::target(args.config.as_deref(), &overrides, out)?;
    let tree = tree::tree(&target).map_err(|message| out.fail(&message, "`tito check` says more"))?;
    if tree.assignments.is_empty() {
        return Err(out.fail(
            "this course has no notebook that could be graded",
            "`tito show --resolved` lists its units",
        ));
    }
    publish(&tree, &dir).map_err(|error| {
        let message = format!("`{shown}` cannot be written: {}", crate::world::reason(&error));
        out.fail(&message, "nothing was left behind; mend that, and run it again")
    })?;
    if out.json {
        let line = |assignment: &tree::Assignment| json!({"id": assignment.id, "notebooks": assignment.notebooks, "points": assignment.points});
        out.value(&json!({"folder": args.dir, "assignments": tree.assignments.iter().map(line).collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    let count = tree.assignments.len();
    out.line(format!("{} {count} assignments in {}", paint(Look::Good, "✓"), clean(&shown.to_string())));
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
    out.line(format!("next: cd {} && nbgrader generate_assignment {first}", clean(&shown.to_string())));
    Ok(Exit::Done)
}

fn is_empty_folder(dir: &Path) -> bool {
    fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

/// All or nothing: written beside its place, then renamed into it.
fn publish(tree: &Tree, dir: &Path) -> io::Result<()> {
    let parent = dir.parent().unwrap_or(dir);
    fs::create_dir_all(parent)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(dir.file_name().unwrap_or_default());
    name.push(format!(".tito-{}", std::process::id()));
    let staged = parent.join(name);
    let done = fs::create_dir(&staged).and_then(|()| fill(tree, &staged)).and_then(|()| {
        // Windows does not rename over a folder, not even an empty one.
        match fs::remove_dir(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(&staged, dir)
    });
    if done.is_err() {
        let _ = fs::remove_dir_all(&staged);
    }
    done
}

fn fill(tree: &Tree, staged: &Path) -> io::Result<()> {
    for (path, bytes) in &tree.files {
        let place = staged.join(path.as_str());
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&place, bytes)?;
    }
    Ok(())
}
