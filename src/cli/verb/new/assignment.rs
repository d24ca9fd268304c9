//! `tito new assignment`.

use std::path::PathBuf;

use super::{Beginning, answer, checked, folder, id_of, quoted, say, title_of, write};
use crate::cli::exit::Exit;
use crate::cli::find;
use crate::cli::out::Out;
use crate::course::relative;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write into: assignments/my-lab
    dir: Option<PathBuf>,
    /// The title; default: made from the folder's name
    #[arg(long)]
    title: Option<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let dir = folder(args.dir.as_ref(), "assignment", "assignments/my-lab", out)?;
    let place = relative(&find::here(), &find::absolute(&dir));
    // The course's own folder is none: an assignment is a folder in it.
    if place.is_empty() || place.split('/').any(|part| part == "..") {
        let message = format!("`{}` is not below this folder, where course.yml is", dir.display());
        out.fail(&message, "go to the folder of the course, and name a folder in it: assignments/my-lab");
        return Err(Exit::Usage);
    }
    let id = id_of(&dir);
    checked(&id, false, out)?;
    let title = answer(args.title.as_ref(), "The title", &title_of(&id), out);
    let values = [("ID", id.as_str()), ("TITLE", title.as_str())];
    let files = [
        Beginning::new("README.md.j2", include_str!("start/assignment.md.j2"), &values),
        Beginning::new(format!("{}.py", id.replace('-', "_")), include_str!("start/assignment.py"), &values),
    ];
    write(&dir, &files, out)?;
    let next = [
        "write into course.yml:".to_owned(),
        String::new(),
        "assignments:".to_owned(),
        format!("  {id}:"),
        format!("    title: {}", quoted(&title)),
        format!("    from: {{path: ./{place}}}"),
        String::new(),
        format!("and `- {id}` into the list `modules`, where it belongs; then: tito check"),
    ];
    say(&dir, &files, &next, out);
    Ok(Exit::Done)
}
