//! `tito class INBOX…`: where a class is, in counts.

use std::path::PathBuf;

use crate::apply::write_beside;
use crate::receipt::MAX_RECEIPT_BYTES;
use crate::teach::class::{Class, Report, class};
use crate::teach::collect::{Inbox, upload};
use crate::world::World;
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{find, time};

/// Counts where the students of a class are, from what they handed in and from reports that `tito status --format json` writes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folders, zip files, receipts and reports
    #[arg(required = true)]
    inbox: Vec<PathBuf>,
    /// Write a page to be printed; it has counts, and no names
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    count(args, out).unwrap_or_else(|exit| exit)
}

fn count(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let mut reports = Vec::new();
    let mut unreadable = 0;
    for path in &args.inbox {
        let mut inbox = Inbox::open(&find::absolute(path)).map_err(|error| {
            let why = crate::world::reason(&error);
            out.fail(
                &format!("`{}` cannot be read: {why}", path.display()),
                "name folders, zip files, or reports",
            )
        })?;
        unreadable += inbox.troubles.len();
        for item in inbox.items.clone() {
            if !item.name().ends_with(".json") || item.size > MAX_RECEIPT_BYTES {
                continue;
            }
            let person = item.path.iter().enumerate().find_map(|(at, name)| {
                let folder = at.checked_sub(1).and_then(|at| item.path.get(at)).map(String::as_str);
                Some(upload(name, folder)?.person)
            });
            let report = inbox.bytes(&item).ok().and_then(|bytes| Report::read(&bytes));
            reports.push((person.unwrap_or_else(|| item.shown()), report));
        }
    }
    let mut class = class(reports);
    class.left_out += unreadable;
    if class.students == 0 {
        let help = "students write reports with `tito status --format json > me.json`, and receipts with `tito submit`";
        return Err(out.fail("there is no report of a student there", help));
    }
    if let Some(page) = &args.page {
        let date = time::day(&Disk::new().now().to_string());
        write_beside(&find::absolute(page), class.page(&date).as_bytes())
            .map_err(|error| out.fail(&error.to_string(), "choose another file: `--page FILE`"))?;
    }
    if out.json {
        out.value(&class);
    } else {
        show(&class, args, out);
    }
    Ok(Exit::Done)
}

fn show(class: &Class, args: &Args, out: &Out) {
    let (students, reports) = (counted(class.students, "student"), counted(class.reports, "report"));
    out.line(format!("{}   {students}, {reports}", paint(Look::Strong, &clean(&class.course))));
    out.line(paint(
        Look::Quiet,
        &format!("{:<28} {:>8} {:>9} {:>9} {:>5}", "", "started", "completed", "handed in", "late"),
    ));
    for unit in &class.units {
        let title = if unit.title.is_empty() { unit.id.as_str() } else { &unit.title };
        let (started, completed) = (unit.started, unit.completed);
        let text = format!("{title:<28} {started:>8} {completed:>9} {:>9} {:>5}", unit.submitted, unit.late);
        out.line(clean(&text));
    }
    for release in &class.releases {
        out.line(clean(&format!("{:<28} {:>8}", release.what, release.students)));
    }
    for advisory in &class.advisories {
        let text =
            format!("open critical fix for {}: {}", counted(advisory.students, "student"), advisory.what);
        out.line(format!("{} {}", paint(Look::Bad, "!"), clean(&text)));
    }
    if class.conflicts > 0 {
        let text =
            format!("changes of the course wait beside the work of {}", counted(class.conflicts, "student"));
        out.line(format!("{} {text}", paint(Look::Notice, "!")));
    }
    if class.left_out > 0 {
        out.line(format!("{} are of no use: of another course, or damaged", counted(class.left_out, "file")));
    }
    if let Some(page) = &args.page {
        out.line(format!("{} the page is {}", paint(Look::Good, "✓"), clean(&page.display().to_string())));
    }
}
