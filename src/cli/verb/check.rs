//! `tito check`: every diagnostic of a course at once, and of what has changed since it was released.

use std::path::PathBuf;

use crate::compile::{Overrides, compile};
use crate::diagnostic::{self, has_errors};
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, counted, paint};
use crate::cli::{find, released, report};

/// Reports everything that is wrong with a course, without writing anything.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The course; default: course.yml in this folder
    course: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let path = find::course(args.course.as_deref());
    let world = Disk::new();
    let mut checked = compile(&world, &path, &Overrides::default());
    if let Some(target) = checked.value.as_ref().filter(|_| !has_errors(&checked.diagnostics)) {
        checked.diagnostics.extend(released::against(&world, &path, target));
        diagnostic::sort(&mut checked.diagnostics);
    }
    report::show(&checked.diagnostics, out);
    if has_errors(&checked.diagnostics) {
        return Exit::Failed;
    }
    if let Some(target) = checked.value.filter(|_| !out.json) {
        let text = format!(
            "{}: {}, {}, base {} {}",
            target.course,
            counted(target.units.len(), "unit"),
            counted(target.files.len(), "file"),
            target.base,
            target.base_version
        );
        out.say(format!("{} {text}", paint(Look::Good, "✓")));
    }
    Exit::Done
}
