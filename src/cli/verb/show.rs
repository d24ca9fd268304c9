//! `tito show`: a course with its layers folded.

use std::path::PathBuf;

use serde::Serialize;

use crate::compile::{Overrides, Target};
use crate::course::{self, Course, Edit, Listing, Position, Schedule, Setting, Start};
use crate::diagnostic::has_errors;
use crate::id::UnitId;
use crate::source::{Span, Spanned};
use crate::world::disk::Disk;

use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, counted, paint};
use crate::cli::{find, report, sources};

/// Shows a course with its layers folded.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The course; default: course.yml in this folder
    course: Option<PathBuf>,
    /// Show the result: units with numbers and folders, rules in the order in which they are tried
    #[arg(long)]
    resolved: bool,
    /// Show where each value was written
    #[arg(long)]
    provenance: bool,
    /// Show every file with its role and the rule that governs it
    #[arg(long)]
    files: bool,
}

/// A line of the report.
#[derive(Serialize)]
struct Line {
    key: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let path = find::course(args.course.as_deref());
    let read = sources::read(&world, &path);
    let compiled = sources::compile(&world, &path, &Overrides::default());
    let failed = has_errors(&compiled.diagnostics);
    if failed || !out.json {
        report::show(&compiled.diagnostics, out);
    }
    let Some(course) = read.value else { return Exit::Failed };
    let mut lines = values(&course);
    let renames = compiled.value.as_ref().map(|target| &target.renames);
    let today = |id: &UnitId| renames.map_or_else(|| id.clone(), |renames| renames.unit(id));
    lines.extend(schedule(&course.schedule, today));
    if let Some(target) = compiled.value.as_ref().filter(|_| !failed) {
        if args.resolved {
            lines.extend(units(target));
            lines.extend(rules(target));
        }
        if args.files {
            lines.extend(files(target));
        }
    }
    print(&lines, args.provenance, out);
    if failed { Exit::Failed } else { Exit::Done }
}

fn print(lines: &[Line], provenance: bool, out: &Out) {
    if out.json {
        out.value(&lines);
        return;
    }
    let text = |line: &Line| clean(&format!("{}: {}", line.key, line.value));
    let width = lines.iter().map(|line| text(line).chars().count()).max().unwrap_or(0).min(76);
    for line in lines {
        match line.from.as_ref().filter(|_| provenance) {
            Some(from) => out.line(format!(
                "{:width$}  {}",
                text(line),
                paint(Look::Quiet, &format!("# {}", clean(from)))
            )),
            None => out.line(text(line)),
        }
    }
}

fn line(key: impl Into<String>, value: impl Into<String>, span: Option<&Span>) -> Line {
    Line {
        key: key.into(),
        value: value.into(),
        from: Some(span.map_or_else(|| "default".to_owned(), ToString::to_string)),
    }
}

fn setting<T: std::fmt::Debug>(key: &str, setting: &Setting<T>) -> Line {
    line(key, format!("{:?}", setting.value).to_lowercase(), setting.span.as_ref())
}

fn values(course: &Course) -> Vec<Line> {
    let mut lines = vec![
        line("course.id", &course.id.value, Some(&course.id.span)),
        line("course.title", &course.title, None),
    ];
    lines[1].from = None;
    lines.extend(course.run.as_ref().map(|run| Line {
        key: "course.run".to_owned(),
        value: run.clone(),
        from: None,
    }));
    for (at, layer) in course.layers.iter().enumerate() {
        lines.push(Line { key: format!("layers[{at}]"), value: layer.name.clone(), from: None });
    }
    for (at, source) in course.sources.iter().enumerate() {
        let commit = source.pin.commit.as_deref().unwrap_or_default();
        let value = format!("{} {}", source.remote.value.label(), commit.get(..12).unwrap_or(commit));
        lines.push(line(format!("sources[{at}]"), value.trim_end(), Some(&source.remote.span)));
    }
    let base = match &course.base.value {
        course::BaseFrom::Bundled => "bundled".to_owned(),
        course::BaseFrom::Folder(written, _) => written.clone(),
        course::BaseFrom::Source(remote, inner) => remote.label_of(inner),
    };
    lines.push(line("base.from", base, course.base.span.as_ref()));
    lines.extend(
        course
            .base_version
            .as_ref()
            .map(|version| line("base.version", version.value.to_string(), Some(&version.span))),
    );
    listing("modules", &course.modules, &mut lines);
    listing("milestones", &course.milestones, &mut lines);
    lines.extend(course.assignments.iter().map(|(id, assignment)| {
        line(format!("assignments.{id}"), &assignment.from.value, Some(&assignment.span))
    }));
    lines.push(setting("numbering", &course.numbering));
    lines.push(setting("tier", &course.tier));
    lines.push(setting("notebooks", &course.notebooks));
    lines.extend(course.stubs.iter().map(|(language, stub)| Line {
        key: format!("stubs.{language}"),
        value: serde_json::Value::from(stub.as_str()).to_string(),
        from: None,
    }));
    lines.extend(course.variables.iter().map(|(name, value)| Line {
        key: format!("variables.{name}"),
        value: serde_json::to_string(value).unwrap_or_default(),
        from: None,
    }));
    lines.push(setting("updates.default", &course.default_action));
    lines
}

/// The dates as the course writes them. `today` knows the id that a unit has now.
fn schedule(schedule: &Schedule, today: impl Fn(&UnitId) -> UnitId) -> Vec<Line> {
    fn written(key: &str, value: &Spanned<impl ToString>) -> Line {
        line(format!("schedule.{key}"), value.value.to_string(), Some(&value.span))
    }
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(schedule.timezone.as_ref().map(|zone| written("timezone", zone)));
    lines.extend(schedule.start.as_ref().map(|start| written("start", start)));
    lines.extend(schedule.breaks.iter().enumerate().map(|(at, free)| {
        let days = format!("{} until {}", free.value.from, free.value.until);
        line(format!("schedule.breaks[{at}]"), days, Some(&free.span))
    }));
    lines.extend(schedule.hours_per_week.as_ref().map(|hours| written("hours-per-week", hours)));
    for (id, dates) in schedule.dates(today).units {
        let dates = [("opens", dates.opens), ("due", dates.due), ("closes", dates.closes)];
        let dates = dates.into_iter().filter_map(|(what, when)| Some((what, when?)));
        lines.extend(dates.map(|(what, when)| written(&format!("units.{id}.{what}"), &when)));
    }
    lines
}

fn listing(key: &str, listing: &Listing, lines: &mut Vec<Line>) {
    match &listing.start {
        Start::All => lines.push(line(key, "all", listing.span.as_ref())),
        Start::List(units) => lines.extend(
            units
                .iter()
                .enumerate()
                .map(|(at, unit)| line(format!("{key}[{at}]"), unit.id.value.as_str(), Some(&unit.span))),
        ),
    }
    lines.extend(
        listing.edits.iter().map(|edit| line(format!("{key}.edit"), describe(&edit.value), Some(&edit.span))),
    );
}

fn describe(edit: &Edit) -> String {
    let place = |position: &Position| match position {
        Position::Before(id) => format!("before {}", id.value),
        Position::After(id) => format!("after {}", id.value),
        Position::First => "first".to_owned(),
        Position::Last => "last".to_owned(),
    };
    match edit {
        Edit::Drop(ids) => {
            format!("drop {}", ids.iter().map(|id| id.value.as_str()).collect::<Vec<_>>().join(", "))
        }
        Edit::Insert(unit, position) => format!("insert {} {}", unit.id.value, place(position)),
        Edit::Move(id, position) => format!("move {} {}", id.value, place(position)),
        Edit::Set(unit) => format!("set {}", unit.id.value),
    }
}

fn units(target: &Target) -> Vec<Line> {
    let zone = target.zone();
    let unit = |unit: &crate::compile::Unit| {
        let dir = unit.dir.as_ref().map_or_else(|| "ships solved".to_owned(), ToString::to_string);
        let optional = if unit.optional { ", optional" } else { "" };
        let dates = unit.dates.named().into_iter().filter_map(|(what, date)| Some((what, date?)));
        let dates: String = dates.map(|(what, date)| format!(", {what} {}", zone.shown(date))).collect();
        Line {
            key: format!("unit {}", unit.id),
            value: format!("{} {} {}{optional}{dates}", unit.kind, unit.number, dir),
            from: None,
        }
    };
    target.units.iter().map(unit).collect()
}

fn rules(target: &Target) -> Vec<Line> {
    let zone = target.zone();
    let rule = |(at, rule): (usize, &crate::compile::Rule)| {
        let count = target.files.values().filter(|file| file.rule == at).count();
        Line {
            key: format!("rule {}", rule.name),
            value: format!("{}, decides {}", super::explain::actions(rule, &zone), counted(count, "file")),
            from: Some(rule.from.clone()),
        }
    };
    target.policy.rules().iter().enumerate().map(rule).collect()
}

fn files(target: &Target) -> Vec<Line> {
    let file = |(path, file): (&crate::path::WorkspacePath, &crate::compile::File)| {
        let rule = target.policy.rules().get(file.rule).map_or("", |rule| rule.name.as_str());
        Line {
            key: path.to_string(),
            value: format!("{}, rule {rule}", file.role),
            from: Some(file.origin.clone()),
        }
    };
    target.files.iter().map(file).collect()
}
