//! `tito schema`: the JSON Schemas that editors use.

use clap::ValueEnum;

use crate::teach::{class, collect};
use crate::{receipt, release, schemas};

use crate::cli::exit::Exit;
use crate::cli::out::Out;
use crate::cli::verb::compare::matrix;

/// Prints a JSON Schema.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to describe
    #[arg(value_enum, default_value = "course")]
    of: Of,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Of {
    /// course.yml
    Course,
    /// catalog.yml
    Catalog,
    /// course.lock
    Lock,
    /// A release, as it is published
    Release,
    /// index.json of a published folder
    Index,
    /// What `tito class --format json` prints
    Class,
    /// What `tito collect --format json` prints
    Collect,
    /// What `tito compare --matrix --format json` prints
    Matrix,
    /// receipt.json of what a student handed in
    Receipt,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    out.value(&match args.of {
        Of::Course => schemas::course(),
        Of::Catalog => schemas::catalog(),
        Of::Lock => schemas::lock(),
        Of::Release => release::manifest::schema(),
        Of::Index => release::index::schema(),
        Of::Class => class::schema(),
        Of::Collect => collect::schema(),
        Of::Matrix => matrix::schema(),
        Of::Receipt => receipt::schema(),
    });
    Exit::Done
}
