//! `tito data list | download NAME`: the data sets of the base.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::apply::Disk as WorkDisk;
use crate::apply::disk::Found;
use crate::compile::Dataset;
use crate::diagnostic::nearest;
use crate::student::download::{self, part};
use crate::world::disk::Disk;

use super::module::opened::{Opened, open};
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint, shell};

/// Lists the data sets of the base, or downloads one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the data sets: which are here, which can be downloaded
    List,
    /// Download a data set; continues an interrupted download, and checks the result
    Download {
        /// Its name, as `tito data list` shows it
        name: String,
    },
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let done = open(&Disk::new(), out).and_then(|opened| match &args.verb {
        Verb::List => list(&opened, out),
        Verb::Download { name } => download(&opened, name, out),
    });
    done.unwrap_or_else(|exit| exit)
}

/// How it is with a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    /// It is here, and whole.
    Here,
    /// Something else is where it belongs.
    Differs,
    /// A download was cut off.
    Begun,
    /// It is not here.
    Missing,
}

fn standing(disk: &WorkDisk, dataset: &Dataset) -> Result<Standing, crate::apply::DiskError> {
    let found = disk.found(dataset.path.as_str())?;
    Ok(match (found, dataset.sha256) {
        (Found::Nothing, _) if disk.kind(&part(dataset))?.is_some() => Standing::Begun,
        (Found::Nothing | Found::Blocked(_), _) => Standing::Missing,
        (Found::File { digest, .. }, Some(wanted)) if digest != wanted => Standing::Differs,
        (Found::Other(_), Some(_)) => Standing::Differs,
        (Found::File { .. } | Found::Other(_), _) => Standing::Here,
    })
}

/// The workspace as files, for reading and for what is fetched.
fn disk(opened: &Opened, out: &Out) -> Result<WorkDisk, Exit> {
    WorkDisk::open(&opened.home.root).map_err(|error| out.fail(&error.to_string(), ""))
}

fn list(opened: &Opened, out: &Out) -> Result<Exit, Exit> {
    let disk = disk(opened, out)?;
    let mut lines = Vec::new();
    for dataset in &opened.target.datasets {
        let standing = standing(&disk, dataset).map_err(|error| out.fail(&error.to_string(), ""))?;
        lines.push((dataset, standing));
    }
    if out.json {
        let line = |(dataset, standing): &(&Dataset, Standing)| json!({"id": dataset.id, "title": dataset.title, "path": dataset.path, "standing": standing, "bundled": dataset.url.is_none(), "url": dataset.url, "bytes": dataset.bytes, "license": dataset.license});
        out.value(&json!({"datasets": lines.iter().map(line).collect::<Vec<_>>()}));
        return Ok(Exit::Done);
    }
    for (dataset, standing) in &lines {
        out.line(shown(dataset, *standing));
    }
    let next = lines.iter().find(|(dataset, standing)| dataset.url.is_some() && *standing != Standing::Here);
    let here = lines.iter().filter(|(_, standing)| *standing == Standing::Here).count();
    let next = next.map_or_else(String::new, |(dataset, _)| format!(" · tito data download {}", dataset.id));
    out.line(format!("{here} of {} data sets are here{next}", lines.len()));
    Ok(Exit::Done)
}

fn shown(dataset: &Dataset, standing: Standing) -> String {
    let mark = match standing {
        Standing::Here => paint(Look::Good, "✓"),
        Standing::Begun => paint(Look::Notice, "~"),
        Standing::Differs => paint(Look::Bad, "×"),
        Standing::Missing => " ".to_owned(),
    };
    let mut notes = vec![match (standing, dataset.url.is_some()) {
        (Standing::Here, _) => format!("{}", dataset.path),
        (Standing::Differs, _) => format!("something else is at {}", dataset.path),
        (Standing::Begun, _) => "partly downloaded".to_owned(),
        (Standing::Missing, true) => "not here".to_owned(),
        (Standing::Missing, false) => format!("missing: tito restore {}", shell(dataset.path.as_str())),
    }];
    notes.extend(dataset.bytes.map(|bytes| indicatif::HumanBytes(bytes).to_string()));
    notes.extend(dataset.license.clone());
    let title = dataset.title.as_deref().unwrap_or_default();
    format!("{mark} {}", clean(&format!("{:<14} {:<32} {}", dataset.id.as_str(), title, notes.join(" · "))))
}

fn download(opened: &Opened, name: &str, out: &Out) -> Result<Exit, Exit> {
    let datasets = &opened.target.datasets;
    let Some(dataset) = datasets.iter().find(|dataset| dataset.id.as_str() == name) else {
        let help = match nearest(name, datasets.iter().map(|dataset| dataset.id.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`tito data list` lists the data sets".to_owned(),
        };
        return Err(out.fail(&format!("the base has no data set `{name}`"), &help));
    };
    let disk = disk(opened, out)?;
    let path = &dataset.path;
    let standing = standing(&disk, dataset).map_err(|error| out.fail(&error.to_string(), ""))?;
    match (standing, &dataset.url) {
        (Standing::Here, _) => done("is already here", dataset, out),
        (_, None) => {
            let help = format!("restore it: `tito restore {}`", shell(path.as_str()));
            return Err(out.fail(&format!("`{name}` comes with the course, but is missing"), &help));
        }
        (Standing::Differs, Some(_)) => {
            let help = format!("move `{path}` away, or delete it, and try again");
            return Err(out.fail(&format!("`{path}` is not the data set `{name}`"), &help));
        }
        (Standing::Begun | Standing::Missing, Some(url)) => {
            let bar = bar(dataset, out);
            let mut arrived = |bytes| bar.set_position(bytes);
            let ended = download::download(&disk, &opened.home.root, dataset, url, &mut arrived);
            bar.finish_and_clear();
            ended.map_err(|failure| out.fail(&failure.message, &failure.help))?;
            done("is here, and its checksum is right", dataset, out);
        }
    }
    Ok(Exit::Done)
}

fn done(what: &str, dataset: &Dataset, out: &Out) {
    let path = &dataset.path;
    if out.json {
        out.value(&json!({"id": dataset.id, "path": path, "standing": Standing::Here}));
        return;
    }
    out.line(format!("{} {} {what}: {}", paint(Look::Good, "✓"), dataset.id, clean(path.as_str())));
    let module = match path.as_str() {
        path if path.ends_with(".zip") => "zipfile",
        path if path.ends_with(".tar") || path.ends_with(".tgz") || path.ends_with(".tar.gz") => "tarfile",
        _ => return,
    };
    let folder = path.parent().map_or_else(|| ".".to_owned(), |folder| folder.to_string());
    out.line(clean(&format!("unpack it with: python -m {module} -e {path} {folder}")));
}

/// A bar on a terminal, nothing otherwise.
fn bar(dataset: &Dataset, out: &Out) -> ProgressBar {
    let target = if out.json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(dataset.bytes, target);
    let style =
        ProgressStyle::with_template("{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(dataset.id.to_string());
    bar
}
