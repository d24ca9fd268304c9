//! `tito new base`.

use std::path::PathBuf;

use super::{Beginning, answer, checked, folder, id_of, quoted, say, title_of, write};
use crate::catalog::misnamed_package;
use crate::cli::exit::Exit;
use crate::cli::out::{Out, shell};
use crate::schemas;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write into
    dir: Option<PathBuf>,
    /// The title; default: made from the folder's name
    #[arg(long)]
    title: Option<String>,
    /// The Python package that students build; default: made from the folder's name
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let dir = folder(args.dir.as_ref(), "base", "my-base", out)?;
    let id = id_of(&dir);
    checked(&id, false, out)?;
    let title = answer(args.title.as_ref(), "The title", &title_of(&id), out);
    let letters = id.replace('-', "_");
    let letters =
        if letters.starts_with(|c: char| c.is_ascii_digit()) { format!("p{letters}") } else { letters };
    let letters = if misnamed_package(&letters).is_some() { format!("my{letters}") } else { letters };
    let package = answer(args.package.as_ref(), "The Python package that students build", &letters, out);
    if let Some((message, help)) = misnamed_package(&package) {
        out.fail(&message, &help.replace("`package: ", "`--package "));
        return Err(Exit::Usage);
    }
    let values = [("ID", id.as_str()), ("TITLE", &quoted(&title)), ("PACKAGE", package.as_str())];
    let schema = serde_json::to_string_pretty(&schemas::catalog()).unwrap_or_default() + "\n";
    let file = |path: &str, text: &str| Beginning::new(path, text, &values);
    let files = [
        file("catalog.schema.json", &schema),
        file("modules/counting/counting.py.j2", include_str!("start/counting.py.j2")),
        file("modules/counting/README.md.j2", include_str!("start/module.md.j2")),
        file("modules/averages/averages.py.j2", include_str!("start/averages.py.j2")),
        file("modules/averages/README.md.j2", include_str!("start/module.md.j2")),
        file("tests/counting/test_counting.py", include_str!("start/test_counting.py")),
        file("tests/averages/test_averages.py", include_str!("start/test_averages.py")),
        file("shared/README.md.j2", include_str!("start/shared.md.j2")),
        file("shared/requirements.txt", include_str!("start/requirements.txt")),
        file("shared/conftest.py", include_str!("start/conftest.py")),
        file("catalog.yml", include_str!("start/catalog.yml")),
    ];
    write(&dir, &files, out)?;
    let shown = shell(&dir.display().to_string());
    let next = [
        format!("tito new course my-course --base {shown}     # a course of it"),
        "tito check my-course".to_owned(),
        "tito init try --config my-course/course.yml".to_owned(),
    ];
    say(&dir, &files, &next, out);
    Ok(Exit::Done)
}
