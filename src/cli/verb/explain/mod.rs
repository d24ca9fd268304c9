//! `tito explain PATH`: in a workspace, why an update does what it does with a file; outside, which rule of a course decides.

mod course;
mod facts;
mod here;

use std::path::PathBuf;

use crate::world::disk::Disk;

pub(super) use course::actions;
use facts::Fact;

use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::Out;
use crate::cli::workspace;

/// Shows where a file comes from and what an update may do to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A path of the workspace: modules/01_tensor/tensor.ipynb
    path: String,
    /// The course; default: that of this workspace, or else course.yml in this folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Assume other facts: state=completed, closed, edited, newer, critical (and edited=no, …)
    #[arg(long = "if", value_name = "FACTS", value_delimiter = ',', conflicts_with = "config")]
    supposed: Vec<Fact>,
    #[command(flatten)]
    at: At,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let inside = args.config.is_none() && workspace::around(&Disk::new()).is_some();
    match inside {
        true => here::run(&args.path, &facts::supposition(&args.supposed), &args.at, out)
            .unwrap_or_else(|exit| exit),
        false if !args.supposed.is_empty() => {
            out.fail("`--if` needs a workspace, and this folder is not in one", "go to a workspace");
            Exit::Usage
        }
        false => course::run(&args.path, args.config.as_deref(), &args.at, out),
    }
}
