//! `tito return DIR -o FOLDER`: nbgrader's feedback, packed for students and platforms.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};
use crate::teach::feedback::pack_feedback;

/// Packs the feedback that nbgrader wrote: one zip file for each student, and for each unit one as Canvas or Moodle takes it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The tree that nbgrader uses
    tree: PathBuf,
    /// The folder to write into
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let shown = args.tree.display().to_string();
    let packed = match pack_feedback(&find::absolute(&args.tree), &find::absolute(&args.output)) {
        Ok(packed) if !packed.files.is_empty() => packed,
        Ok(_) => return nothing(&shown, out),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return nothing(&shown, out),
        Err(error) => {
            let message = format!("the feedback cannot be packed: {}", crate::world::reason(&error));
            return out.fail(&message, "fix that, and run it again");
        }
    };
    let exit = if packed.outdated.is_empty() { Exit::Done } else { Exit::Failed };
    if out.json {
        out.value(&json!({"folder": args.output, "files": packed.files, "outdated": packed.outdated}));
        return exit;
    }
    for file in &packed.files {
        out.line(clean(&format!("  {:<28} {}", file.file, counted(file.pages, "page"))));
    }
    for place in &packed.outdated {
        out.line(format!("{} {}", paint(Look::Notice, "!"), clean(&outdated(place))));
    }
    let (count, folder) = (counted(packed.files.len(), "file"), clean(&args.output.display().to_string()));
    out.line(format!("{} {count} in {folder}", paint(Look::Good, "✓")));
    exit
}

fn outdated(place: &str) -> String {
    let (student, unit) = place.split_once('/').unwrap_or((place, "UNIT"));
    let student = shell(student);
    format!(
        "the feedback of {place} is on an earlier submission: nbgrader autograde {unit} --student {student} && nbgrader generate_feedback {unit} --student {student}"
    )
}

fn nothing(shown: &str, out: &Out) -> Exit {
    let help = format!("write it first: cd {} && nbgrader generate_feedback UNIT", shell(shown));
    out.fail(&format!("`{shown}` has no feedback"), &help)
}
