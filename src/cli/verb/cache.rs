//! `tito cache`: the sources that this computer keeps.

use std::path::Path;

use serde_json::json;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::sources::cache_folder;
use crate::world::sources::{Cache, Cached};

/// Shows the sources that were fetched, or removes them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Remove all of them; what is needed again is fetched again
    Clear,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let folder = match cache_folder() {
        Ok(folder) => folder,
        Err(fault) => return out.fail(&fault.to_string(), "set TITO_CACHE to a folder of your own"),
    };
    match args.verb {
        None => show(&folder, out),
        Some(Verb::Clear) => clear(&folder, out),
    }
}

fn show(folder: &Path, out: &Out) -> Exit {
    let all = Cache::all(folder);
    let shown = folder.display().to_string();
    if out.json {
        out.value(&json!({"folder": shown, "sources": all}));
        return Exit::Done;
    }
    for cached in &all {
        out.line(clean(&line(cached)));
        for course in &cached.used_by {
            out.line(paint(Look::Quiet, &clean(&format!("    used by {course}"))));
        }
    }
    let total = indicatif::HumanBytes(all.iter().map(|cached| cached.bytes).sum());
    let next = if all.is_empty() { "" } else { " · remove them: tito cache clear" };
    out.line(clean(&format!("{}, {total}, in {shown}{next}", counted(all.len(), "source"))));
    Exit::Done
}

fn line(cached: &Cached) -> String {
    let commit = cached.commit.as_deref().unwrap_or_default();
    let commit = commit.get(..12).unwrap_or(commit);
    let size = indicatif::HumanBytes(cached.bytes).to_string();
    format!("  {size:>10}  {}   {commit}", cached.source).trim_end().to_owned()
}

fn clear(folder: &Path, out: &Out) -> Exit {
    match Cache::clear(folder) {
        Ok((trees, bytes)) => {
            if out.json {
                out.value(&json!({"folder": folder.display().to_string(), "removed": trees, "bytes": bytes}));
            } else {
                let size = indicatif::HumanBytes(bytes);
                out.line(format!("{} {} removed, {size}", paint(Look::Good, "✓"), counted(trees, "source")));
            }
            Exit::Done
        }
        Err(fault) => out.fail(&fault.to_string(), "wait until it is done, and run it again"),
    }
}
