//! `tito merge BASE STUDENT COURSE -o OUT`: the three-way merge by itself, as git's merge driver and merge tool call it.
#![expect(clippy::disallowed_methods, reason = "reads three files that the user names and writes one")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::plan::merge::Three;
use crate::plan::merge::file::{FileMerge, merge_files};
use crate::plan::merge::notebook::{CellReport, Fate, OtherCell, Whose};

use crate::cli::exit::Exit;
use crate::cli::out::{Out, clean};

/// Merge three versions of a notebook, percent script or text
///
/// Exit status: 0 all merged; 1 something was offered or kept aside (or a file could not be read): see the report.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The version that both sides started from (git: %O, $BASE)
    base: PathBuf,
    /// The version that wins where both changed the same (git: %A, $LOCAL)
    student: PathBuf,
    /// The version whose changes are merged in (git: %B, $REMOTE)
    course: PathBuf,
    /// Where the merged file goes; may be one of the three (git: %A, $MERGED)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// What to call the file in the report (git: %P)
    #[arg(long)]
    name: Option<String>,
}

/// Runs the verb.
pub(super) fn run(args: &Args, out: &Out) -> Exit {
    match merge(args, out) {
        Ok(true) => Exit::Done,
        Ok(false) => Exit::Failed,
        Err((path, error)) => {
            out.fail(&format!("`{}`: {}", path.display(), crate::world::reason(&error)), "")
        }
    }
}

type Failure = (PathBuf, io::Error);

fn merge(args: &Args, out: &Out) -> Result<bool, Failure> {
    let read = |path: &Path| fs::read(path).map_err(|error| (path.to_owned(), error));
    let sides = Three { base: read(&args.base)?, student: read(&args.student)?, course: read(&args.course)? };
    let merge = merge_files(sides.as_ref().map(Vec::as_slice));
    let bytes = merge.bytes.as_deref().unwrap_or(&sides.student);
    write(&args.output, bytes).map_err(|error| (args.output.clone(), error))?;
    if out.json {
        out.value(&json(&merge));
    } else {
        let name = args.name.as_ref().map(|name| format!("{}: ", clean(name))).unwrap_or_default();
        out.say(format!("{name}{}", text(&merge).trim_end()));
    }
    Ok(merge.is_clean())
}

/// A file is replaced; behind a link that which it points at. A pipe or a terminal is written to.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(old) if !old.is_file() && !old.is_dir() => fs::write(path, bytes),
        Ok(_) if fs::read(path).ok().as_deref() == Some(bytes) => Ok(()),
        // Renaming would not ask.
        Ok(old) if old.permissions().readonly() => Err(io::ErrorKind::PermissionDenied.into()),
        old => replace(&fs::canonicalize(path).unwrap_or(path.to_owned()), old.ok(), bytes),
    }
}

/// Whole or not at all: the file that is replaced may be the only copy of the student's work.
fn replace(path: &Path, old: Option<fs::Metadata>, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tito", std::process::id()));
    let staged = path.with_file_name(name);
    let written = fs::write(&staged, bytes).and_then(|()| {
        if let Some(old) = old {
            fs::set_permissions(&staged, old.permissions())?;
        }
        fs::rename(&staged, path)
    });
    if written.is_err() {
        let _gone = fs::remove_file(&staged);
    }
    written
}

fn json(merge: &FileMerge) -> serde_json::Value {
    json!({
        "clean": merge.is_clean(),
        "kind": merge.kind,
        "merged": merge.bytes.is_some(),
        "summary": merge.summary,
        "cells": merge.report.cells,
    })
}

fn text(merge: &FileMerge) -> String {
    let mut text = format!("{}\n", clean(&merge.summary));
    for cell in merge.report.cells.iter().filter(|cell| says_something(cell)) {
        text += &format!("  {:<14} {}\n", word(cell.fate), clean(&cell.name));
        for other in &cell.others {
            text += &format!("    {}\n", clean(&about(cell.fate, other)));
        }
        for (whose, lines) in [("yours", &cell.student), ("theirs", &cell.course)] {
            for line in lines.iter().flat_map(|text| text.lines()) {
                text += &format!("    {whose} | {}\n", clean(line));
            }
        }
        for beside in &cell.beside {
            let lacks = match beside.lacks {
                Whose::Student => "kept aside: your",
                Whose::Course => "offered: their",
            };
            text += &format!("    {lacks} {}\n", clean(&beside.what));
        }
    }
    text
}

/// What a person must know: not that a cell is as it should be.
fn says_something(cell: &CellReport) -> bool {
    let told = [Fate::Restored, Fate::KeptAside, Fate::Offered, Fate::NoLongerGraded, Fate::CopyNotGraded];
    told.contains(&cell.fate)
        || !cell.others.is_empty()
        || cell.lacks(Whose::Student)
        || cell.lacks(Whose::Course)
}

/// What a cell has to do with another one.
fn about(fate: Fate, OtherCell { cell, name }: &OtherCell) -> String {
    match fate {
        Fate::AnswerMoved => format!("your `{name}` is in the cell {cell} now"),
        _ => {
            format!(
                "it asks for `{name}`, which your cell {cell} defines; yours is used, because it comes later"
            )
        }
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "same",
        Fate::Yours => "yours",
        Fate::Fixed => "fixed",
        Fate::Both => "both",
        Fate::Own => "own",
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Deleted => "deleted",
        Fate::AnswerMoved => "answer moved",
        Fate::AskedAgain => "asked again",
        Fate::Restored => "restored",
        Fate::KeptAside => "kept aside",
        Fate::Offered => "offered",
        Fate::NoLongerGraded | Fate::CopyNotGraded => "kept ungraded",
    }
}
