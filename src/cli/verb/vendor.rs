//! `tito vendor DIR`: copies of all sources beside a course, from which it compiles without network and cache.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::compile::Overrides;
use crate::course;
use crate::world::disk::Disk;
use crate::world::fetched::Fetched;
use crate::world::sources::{Cache, Tree};

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};
use crate::cli::sources::{self, Policy};
use crate::cli::{find, report};

/// Copies every source of a course into a folder beside it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder for the copies
    dir: PathBuf,
    /// The course; default: course.yml in this folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    vendor(args, out).unwrap_or_else(|exit| exit)
}

fn vendor(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let path = find::course(args.config.as_deref());
    let policy = Policy { beyond_vendor: true, ..Policy::locked(&world, &path, false) };
    // A course with errors would be one for as long as its copies are kept.
    report::whole(sources::compile_with(&world, &path, &Overrides::default(), || policy.clone()), out)?;
    let trees = sources::fetch(&world, &path, &policy);
    let needed = course::needed(&Fetched::new(&world, &trees), &path);
    let found: Vec<&Tree> = trees.values().filter_map(|tree| tree.as_deref().ok()).collect();
    if found.is_empty() {
        out.say("this course has no sources: all its files are beside it, or in the base of this tito");
        return Ok(Exit::Done);
    }
    let list = Cache::vendor(&args.dir, &found).map_err(|fault| out.fail(&fault.to_string(), ""))?;
    let shown = args.dir.display().to_string();
    if out.json {
        out.value(&json!({"folder": shown, "sources": list}));
        return Ok(Exit::Done);
    }
    for copy in &list {
        let size = indicatif::HumanBytes(copy.bytes);
        let name = copy.source.git.as_ref().or(copy.source.archive.as_ref());
        out.line(clean(&format!("  {:<40} {size:>10}   {}", copy.file, name.map_or("", String::as_str))));
    }
    out.line(format!("{} {} in {}", paint(Look::Good, "✓"), counted(list.len(), "source"), clean(&shown)));
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_used = needed.vendor.is_some_and(|vendor| find::absolute(&vendor) == find::absolute(&args.dir));
    if !is_used {
        let named = course::relative(&find::absolute(folder), &find::absolute(&args.dir));
        out.line(format!("to compile from there, write into course.yml: `vendor: {}`", shell(&named)));
    }
    Ok(Exit::Done)
}
