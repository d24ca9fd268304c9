//! `tito diff`: what the student changed, or with `--incoming` what the course would change. Notebooks by cell, texts by line.

mod aside;
mod of_run;

use crate::path::WorkspacePath;
use crate::plan::{Plan, Request, Step};
use crate::world::disk::Disk;

use crate::cli::differences::{Looks, covers, show};
use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::Out;
use crate::cli::workspace::{self, Home, Planned};
use crate::cli::{current_course, typed_paths};

/// Shows what you changed, or what the course would change.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these files or folders
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// What the course changed since you got it
    #[arg(long)]
    incoming: bool,
    /// Your text that a merge kept aside
    #[arg(long, conflicts_with = "incoming")]
    aside: bool,
    /// What this run changed (`tito history` lists runs)
    #[arg(long, value_name = "N", conflicts_with_all = ["incoming", "aside"])]
    run: Option<u64>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    show_all(args, out).unwrap_or_else(|exit| exit)
}

fn show_all(args: &Args, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    if let Some(run) = args.run {
        return of_run::show_run(run, &args.paths, out);
    }
    let (home, planned, _) = current_course::preview(&world, &Request::Update, &At::default(), out)?;
    let asked = args
        .paths
        .iter()
        .filter(|word| crate::cli::find::absolute(word.as_ref()) != home.root)
        .map(|word| {
            let known = |path: &WorkspacePath| planned.plan.steps.iter().any(|step| covers(path, step));
            let path = typed_paths::path(word, &home.root, known, out)?;
            if known(&path) { Ok(path) } else { typed_paths::of_the_course(word, &home.root, &planned, out) }
        })
        .collect::<Result<Vec<_>, Exit>>()?;
    if args.aside {
        return Ok(aside::show(&world, &home, &planned.plan, &asked, out));
    }
    let taken = args.incoming.then(|| taken(&world, &home, &planned, out)).transpose()?;
    let looks = Looks::new(&world, &home, &planned, taken.as_ref());
    let files = looks.files(&asked, args.incoming);
    if out.json {
        out.value(&serde_json::json!({"incoming": args.incoming, "files": files}));
        return Ok(Exit::Done);
    }
    for file in &files {
        show(file, out);
    }
    if files.is_empty() {
        let at = if asked.is_empty() { "" } else { " there" };
        out.line(match args.incoming {
            true => format!("the course has not changed{at} since you got it"),
            false => format!("you have not changed anything{at} from the course"),
        });
    }
    Ok(Exit::Done)
}

/// What taking all that is on offer would do.
fn taken(world: &Disk, home: &Home, planned: &Planned, out: &Out) -> Result<Plan, Exit> {
    let places = |step: &Step| [Some(step.path.clone()), step.recorded.clone()].into_iter().flatten();
    let paths = planned.plan.steps.iter().flat_map(places).collect();
    let request = Request::Take { paths, merge: false, cell: None };
    Ok(workspace::look(world, home, planned.target.clone(), &request, out)?.plan)
}
