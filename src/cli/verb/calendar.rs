//! `tito calendar`: the dates of a course, for a calendar program.

use std::path::{Path, PathBuf};

use crate::apply::write_beside;
use crate::compile::Overrides;
use crate::publish::calendar::calendar;
use crate::release::Release;
use crate::world::World;
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::Out;
use crate::cli::{current_course, find, report, sources, workspace};

/// No calendar of a course is longer.
const LIMIT: u64 = 16 << 20;

/// Writes the dates of a course as a calendar (iCalendar, RFC 5545).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The course; default: that of this workspace, or else course.yml in this folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write it to this file, which may be an older calendar
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    write(args, out).unwrap_or_else(|exit| exit)
}

fn write(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let target = if args.config.is_none() && workspace::around(&world).is_some() {
        let home = workspace::here(&world, out)?;
        current_course::or_kept(&world, &home, out)?.0
    } else {
        let course = find::course(args.config.as_deref());
        report::whole(sources::compile(&world, &course, &Overrides::default()), out)?
    };
    let Some(text) = calendar(Release::of(&target).manifest()) else {
        return Err(
            out.fail("this course has no dates", "`schedule` in course.yml says when units open and are due")
        );
    };
    let Some(file) = &args.output else {
        out.raw(text.as_bytes());
        return Ok(Exit::Done);
    };
    if is_something_else(file) {
        let message = format!("`{}` exists, and is not a calendar", file.display());
        return Err(out.fail(&message, "name a new file: `tito calendar -o course.ics`"));
    }
    write_beside(&find::absolute(file), text.as_bytes()).map_err(|error| out.fail(&error.to_string(), ""))?;
    out.say(format!("calendar written to {}", file.display()));
    Ok(Exit::Done)
}

/// Is something else there, which must not be overwritten?
fn is_something_else(file: &Path) -> bool {
    match Disk::new().read(file, LIMIT) {
        Ok(bytes) => !bytes.starts_with(b"BEGIN:VCALENDAR"),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}
