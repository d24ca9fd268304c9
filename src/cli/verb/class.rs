//! `tito class INBOX…`: where a class is, in counts.

use std::path::PathBuf;

use crate::apply::write_beside;
use crate::receipt::MAX_RECEIPT_BYTES;
use crate::teach::class::{Class, Report, class};
use crate::teach::collect::{Inbox, upload};
use crate::teach::rank::{self, Ranking, rank};
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
    /// Rank the capstones by their `report.json`; what they claim is checked again
    #[arg(long)]
    rank: bool,
    /// Say in the ranking whose capstone it is
    #[arg(long, requires = "rank")]
    names: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    count(args, out).unwrap_or_else(|exit| exit)
}

fn count(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let mut reports = Vec::new();
    let mut capstones = Vec::new();
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
            let person = person.unwrap_or_else(|| item.shown());
            let bytes = inbox.bytes(&item).ok();
            if let Some(capstone) = bytes.as_deref().and_then(rank::Report::read) {
                capstones.push((person, capstone));
            } else {
                reports.push((person, bytes.as_deref().and_then(Report::read)));
            }
        }
    }
    let mut class = class(reports);
    class.left_out += unreadable;
    class.ranking = args.rank.then(|| rank(capstones, args.names));
    if class.students == 0 && class.ranking.as_ref().is_none_or(Ranking::is_empty) {
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
    if class.students > 0 {
        show_counts(class, out);
    }
    if let Some(ranking) = &class.ranking {
        show_ranking(ranking, out);
    }
    if class.left_out > 0 {
        out.line(format!("{} are of no use: of another course, or damaged", counted(class.left_out, "file")));
    }
    if let Some(page) = &args.page {
        out.line(format!("{} the page is {}", paint(Look::Good, "✓"), clean(&page.display().to_string())));
    }
}

fn show_ranking(ranking: &Ranking, out: &Out) {
    let found = ranking.places.len() + ranking.without.len();
    out.line(paint(
        Look::Strong,
        &format!("{}, {} with a place", counted(found, "capstone"), ranking.places.len()),
    ));
    out.line(paint(
        Look::Quiet,
        &format!(
            "{:>3} {:>7} {:>8} {:>7} {:>9} {:>7}  model",
            "", "score", "smaller", "fewer", "accuracy", "lost"
        ),
    ));
    let named = |model: &str, name: Option<&String>| match name {
        Some(name) => format!("{model:<12}  {name}"),
        None => model.to_owned(),
    };
    for place in &ranking.places {
        let text = format!(
            "{:>3} {:>7.2} {:>8.2} {:>7.2} {:>9.3} {:>7.3}  {}",
            place.place,
            place.score,
            place.smaller,
            place.fewer,
            place.accuracy,
            place.lost,
            named(&place.model, place.name.as_ref())
        );
        out.line(clean(&text));
    }
    for without in &ranking.without {
        let text = format!("{}: {}", named(&without.model, without.name.as_ref()), without.why);
        out.line(format!("{} no place: {}", paint(Look::Notice, "!"), clean(&text)));
    }
    out.line("the numbers are those of the reports: to be sure of them, run the notebook again");
}

fn show_counts(class: &Class, out: &Out) {
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
}
