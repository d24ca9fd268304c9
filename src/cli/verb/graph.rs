//! `tito graph`: the units of a course and what they need.

use std::path::PathBuf;

use serde_json::json;

use crate::compile::{Overrides, Target, Unit};
use crate::id::{Mode, UnitKind};
use crate::publish::map::{labelled, map};
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Out, clean};
use crate::cli::{current_course, find, report, sources, workspace};

/// Shows the units of a course and what they need.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The course; default: course.yml in this folder, or else the workspace's
    course: Option<PathBuf>,
    /// Print the language of Graphviz: tito graph --dot | dot -Tsvg
    #[arg(long)]
    dot: bool,
    /// Print a picture: tito graph --svg > course.svg
    #[arg(long, conflicts_with = "dot")]
    svg: bool,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    match target(args.course.as_deref(), &Overrides::default(), out) {
        Ok(target) => {
            show(&target, args, out);
            Exit::Done
        }
        Err(exit) => exit,
    }
}

/// The course that was asked for, else `course.yml` in this folder, else that of the workspace we are in; compiled.
pub(super) fn target(
    asked: Option<&std::path::Path>,
    overrides: &Overrides,
    out: &Out,
) -> Result<Target, Exit> {
    let world = Disk::new();
    let path = find::course(asked);
    if asked.is_none() && !find::is_there(&world, &path) {
        let root = workspace::find(&world, out)?;
        let mut home = workspace::read(&world, &root, out)?;
        if let Some(tier) = overrides.tier {
            home.config.tier = Some(tier.as_str().to_owned());
        }
        // What is kept is of the student's tier.
        return match overrides.tier {
            Some(_) => current_course::compiled(&world, &home, out),
            None => Ok(current_course::or_kept(&world, &home, out)?.0),
        };
    }
    report::whole(sources::compile(&world, &path, overrides), out)
}

fn show(target: &Target, args: &Args, out: &Out) {
    if out.json {
        let line = |unit: &Unit| json!({"id": unit.id, "kind": unit.kind, "number": unit.number, "title": unit.title, "mode": unit.mode, "optional": unit.optional, "requires": unit.requires});
        out.value(
            &json!({"course": target.course, "units": target.units.iter().map(line).collect::<Vec<_>>()}),
        );
    } else if args.dot {
        out.line(as_dot(target).trim_end());
    } else if args.svg {
        out.line_as_it_is(map(&target.title, &target.units).trim_end());
    } else {
        for unit in &target.units {
            out.line(as_text(unit));
        }
    }
}

fn as_text(unit: &Unit) -> String {
    let mut notes = Vec::new();
    match (unit.kind, unit.mode) {
        (UnitKind::Module, Mode::Do) => {}
        (UnitKind::Module, Mode::Provided) => notes.push("provided"),
        (UnitKind::Milestone, _) => notes.push("milestone"),
        (UnitKind::Assignment, _) => notes.push("assignment"),
    }
    if unit.optional {
        notes.push("optional");
    }
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    let requires: Vec<&str> = unit.requires.iter().map(|id| id.as_str()).collect();
    let arrow = if requires.is_empty() { String::new() } else { format!(" ← {}", requires.join(", ")) };
    clean(&format!("{:>2} {}{notes}{arrow}", unit.number, unit.id))
}

fn as_dot(target: &Target) -> String {
    let mut text = format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(&target.course));
    for unit in &target.units {
        let label = labelled(&unit.number, &unit.title);
        let shape = match unit.kind {
            UnitKind::Module => "",
            UnitKind::Milestone => ", shape=ellipse",
            UnitKind::Assignment => ", shape=note",
        };
        let style = match (unit.mode, unit.optional) {
            (Mode::Provided, _) => ", style=dotted",
            (_, true) => ", style=dashed",
            _ => "",
        };
        text += &format!("  {} [label={}{shape}{style}];\n", quoted(unit.id.as_str()), quoted(&label));
    }
    for unit in &target.units {
        for needed in &unit.requires {
            text += &format!("  {} -> {};\n", quoted(needed.as_str()), quoted(unit.id.as_str()));
        }
    }
    text + "}\n"
}

/// A string of the dot language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", clean(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_cannot_leave_their_string() {
        assert_eq!(quoted("a \"b\" \\ c\nd"), r#""a \"b\" \\ c d""#);
    }
}
