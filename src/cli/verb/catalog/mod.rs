//! `tito catalog`: the catalog of a base, sketched from a repository, and checked without a course.

mod check;
mod fix;
mod init;

use std::path::PathBuf;

use crate::cli::exit::Exit;
use crate::cli::out::Out;

/// Sketches the catalog of a repository, or checks a base without a course.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Write a catalog.yml for a repository that has none, and list what you must decide
    Init {
        /// The repository; default: this folder
        repository: Option<PathBuf>,
    },
    /// Show what a rule can fix in a base as a diff, and change it when you agree
    Fix {
        /// The base; default: this folder
        base: Option<PathBuf>,
        /// Change the files without asking
        #[arg(long, alias = "write")]
        yes: bool,
    },
    /// Report everything that is wrong with a base, without any course
    Check {
        /// The base; default: this folder
        base: Option<PathBuf>,
        /// Also list the files of the base that reach no course
        #[arg(long)]
        unused: bool,
    },
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let here = || PathBuf::from(".");
    match &args.what {
        What::Init { repository } => init::run(&repository.clone().unwrap_or_else(here), out),
        What::Fix { base, yes } => fix::run(&base.clone().unwrap_or_else(here), *yes, out),
        What::Check { base, unused } => check::run(&base.clone().unwrap_or_else(here), *unused, out),
    }
}
