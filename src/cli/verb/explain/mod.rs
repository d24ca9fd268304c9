//! `tito explain PATH`: in a workspace, why an update does what it does with a file; outside, which rule of a course decides. `--table`: what an
//! update does in every state, which is the question before one publishes.

mod course;
mod facts;
mod here;
mod table;
mod words;

use std::path::PathBuf;

use crate::plan::Supposition;
use crate::world::disk::Disk;

use facts::Fact;
pub(super) use words::actions;

use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::Out;
use crate::cli::workspace;

/// Shows where a file comes from and what an update may do to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A path of the workspace: modules/01_tensor/tensor.ipynb
    #[arg(required_unless_present = "table")]
    path: Option<String>,
    /// The course; default: that of this workspace, or else course.yml in this folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Assume other facts: state=completed, closed, edited, newer, critical (and edited=no, …)
    #[arg(long = "if", value_name = "FACTS", value_delimiter = ',', conflicts_with = "table")]
    supposed: Vec<Fact>,
    /// What an update does in every state, edited or not, critical or not; without a path: to every file (--format markdown: for a page)
    #[arg(long)]
    table: bool,
    #[command(flatten)]
    at: At,
}

impl Args {
    /// Can it be shown as Markdown?
    pub(super) fn is_table(&self) -> bool {
        self.table
    }
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let inside = args.config.is_none() && workspace::around(&Disk::new()).is_some();
    let supposed = facts::supposition(&args.supposed);
    let done = match (&args.path, inside) {
        (path, _) if args.table => table::run(path.as_deref(), args.config.as_deref(), inside, &args.at, out),
        (Some(path), true) => here::run(path, &supposed, &args.at, out),
        (Some(path), false) => {
            let supposed = Some(supposed).filter(|supposed| *supposed != Supposition::default());
            course::run(path, args.config.as_deref(), supposed.as_ref(), &args.at, out)
        }
        (None, _) => Ok(Exit::Usage),
    };
    done.unwrap_or_else(|exit| exit)
}
