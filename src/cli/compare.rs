//! `tito compare OLD NEW`: what differs between two courses, two locks, or one of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::diagnostic::has_errors;
use crate::id::{FileId, UnitId};
use crate::lock::{GradingChange, Lock, LockedFile, LockedUnit, MAX_LOCK_BYTES, What, grading_changes};
use crate::path::WorkspacePath;
use crate::target::{Overrides, Renames, Target, compile};
use crate::world::World;
use crate::world::disk::Disk;

use super::exit::Exit;
use super::explain;
use super::out::{Look, Out, clean, paint};
use super::report;

/// Says what differs between two courses or locks: units, files, rules, flagged cells.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A course.yml, a course.lock, or a folder with one of them
    old: PathBuf,
    /// Another one
    new: PathBuf,
}

/// One of the two sides: a lock always, the course behind it where there is one.
struct Side {
    lock: Lock,
    target: Option<Target>,
}

#[derive(Debug, Default, Serialize)]
struct Difference {
    /// `base 1.0.0 → 1.1.0` and the like.
    course: Vec<String>,
    units: Vec<Line>,
    rules: Vec<Line>,
    files: Vec<Line>,
    /// Flagged cells of notebooks that both have.
    grading: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    what: &'static str,
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// What an update may do, per state of the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let world = Disk::new();
    let sides = side(&world, &args.old, out).and_then(|old| Ok((old, side(&world, &args.new, out)?)));
    let (old, new) = match sides {
        Ok(sides) => sides,
        Err(exit) => return exit,
    };
    show(&difference(&old.lock, &new), out);
    Exit::Done
}

fn side(world: &Disk, path: &Path, out: &Out) -> Result<Side, Exit> {
    let lock_in = path.join("course.lock");
    let course_in = path.join("course.yml");
    let path =
        match [&course_in, &lock_in].into_iter().find(|inner| world.read(inner, MAX_LOCK_BYTES).is_ok()) {
            Some(inner) => inner,
            None => path,
        };
    if path.extension().is_some_and(|extension| extension == "lock") {
        let bytes = world.read(path, MAX_LOCK_BYTES).map_err(|error| {
            out.fail(&format!("`{}` cannot be read: {}", path.display(), crate::world::reason(&error)), "")
        })?;
        let lock = Lock::read(&bytes).map_err(|error| {
            out.fail(&format!("`{}`: {error}", path.display()), "write it anew: `tito lock`")
        })?;
        return Ok(Side { lock, target: None });
    }
    let compiled = compile(world, path, &Overrides::default());
    if has_errors(&compiled.diagnostics) {
        report::show(&compiled.diagnostics, out);
        return Err(Exit::Failed);
    }
    let target = compiled.value.ok_or(Exit::Failed)?;
    Ok(Side { lock: Lock::of(&target), target: Some(target) })
}

fn difference(old: &Lock, new: &Side) -> Difference {
    Difference {
        course: course(old, &new.lock),
        units: units(old, &new.lock),
        rules: rules(old, &new.lock),
        files: files(old, new),
        grading: grading(old, new),
    }
}

fn course(old: &Lock, new: &Lock) -> Vec<String> {
    let run = |lock: &Lock| lock.course.run.clone().unwrap_or_else(|| "none".to_owned());
    let pairs = [
        ("course", old.course.id.clone(), new.course.id.clone()),
        ("run", run(old), run(new)),
        ("base", old.base.catalog.clone(), new.base.catalog.clone()),
        ("base version", old.base.version.to_string(), new.base.version.to_string()),
    ];
    let changed = pairs.into_iter().filter(|(_, old, new)| old != new);
    changed.map(|(what, old, new)| format!("{what} {old} → {new}")).collect()
}

fn units(old: &Lock, new: &Lock) -> Vec<Line> {
    let of = |lock: &Lock| -> BTreeMap<UnitId, (usize, LockedUnit)> {
        lock.units.iter().enumerate().map(|(at, unit)| (unit.id.clone(), (at, unit.clone()))).collect()
    };
    let (before, after) = (of(old), of(new));
    let mut lines = Vec::new();
    for unit in &new.units {
        let Some((_, was)) = before.get(&unit.id) else {
            lines.push(line("added", unit.id.to_string(), unit.kind.to_string()));
            continue;
        };
        let mut notes = Vec::new();
        if was.number != unit.number {
            notes.push(format!("number {} → {}", was.number, unit.number));
        }
        if was.mode != unit.mode {
            notes.push(format!("{:?} → {:?}", was.mode, unit.mode).to_lowercase());
        }
        if was.dir != unit.dir {
            let dir = |unit: &LockedUnit| unit.dir.as_ref().map_or("none".to_owned(), ToString::to_string);
            notes.push(format!("folder {} → {}", dir(was), dir(unit)));
        }
        if !notes.is_empty() {
            lines.push(line("changed", unit.id.to_string(), notes.join(", ")));
        }
    }
    for unit in old.units.iter().filter(|unit| !after.contains_key(&unit.id)) {
        lines.push(line("removed", unit.id.to_string(), unit.kind.to_string()));
    }
    let order = |lock: &Lock, other: &BTreeMap<UnitId, (usize, LockedUnit)>| -> Vec<UnitId> {
        lock.units.iter().map(|unit| unit.id.clone()).filter(|id| other.contains_key(id)).collect()
    };
    let now = order(new, &before);
    if order(old, &after) != now {
        let now: Vec<String> = now.iter().map(ToString::to_string).collect();
        lines.push(line("order", now.join(", "), String::new()));
    }
    lines
}

fn rules(old: &Lock, new: &Lock) -> Vec<Line> {
    let of = |lock: &Lock| -> BTreeMap<String, String> {
        lock.rules.iter().map(|rule| (rule.id.clone(), rule.from.clone())).collect()
    };
    let (before, after) = (of(old), of(new));
    let mut lines = Vec::new();
    for (id, from) in &after {
        match before.get(id) {
            None => lines.push(line("added", id.clone(), from.clone())),
            Some(was) if was != from => lines.push(line("changed", id.clone(), format!("{was} → {from}"))),
            Some(_) => {}
        }
    }
    for (id, from) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
        lines.push(line("removed", id.clone(), from.clone()));
    }
    lines
}

fn files(old: &Lock, new: &Side) -> Vec<Line> {
    let of = |lock: &'_ Lock| -> BTreeMap<FileId, (WorkspacePath, LockedFile)> {
        lock.files.iter().map(|(path, file)| (file.id.clone(), (path.clone(), file.clone()))).collect()
    };
    let (before, after) = (of(old), of(&new.lock));
    let mut lines = Vec::new();
    for (path, file) in &new.lock.files {
        let Some((was, base)) = before.get(&file.id) else {
            lines.push(line("added", path.to_string(), String::new()));
            continue;
        };
        let mut notes = Vec::new();
        if was != path {
            notes.push(format!("was {was}"));
        }
        if base.role != file.role {
            notes.push(format!("{} → {}", base.role.as_str(), file.role.as_str()));
        }
        if base.rule != file.rule {
            notes.push(format!("rule {} → {}", base.rule, file.rule));
        }
        let changed = base.sha256 != file.sha256;
        if changed || !notes.is_empty() {
            let what = if changed {
                "changed"
            } else if was != path {
                "moved"
            } else {
                "rule"
            };
            let update = changed.then(|| update(new, path)).flatten();
            lines.push(Line { what, name: path.to_string(), note: notes.join(", "), update });
        }
    }
    for (path, _) in old.files.iter().filter(|(_, file)| !after.contains_key(&file.id)) {
        lines.push(line("removed", path.to_string(), String::new()));
    }
    lines
}

/// Flagged cells, by which submissions are graded.
fn grading(old: &Lock, new: &Side) -> Vec<Line> {
    let none = Renames::default();
    let renames = new.target.as_ref().map_or(&none, |target| &target.renames);
    let paths: BTreeMap<&FileId, &WorkspacePath> =
        new.lock.files.iter().map(|(path, file)| (&file.id, path)).collect();
    let said = |change: &GradingChange| {
        let (what, cell) = match &change.what {
            What::Added(cell) => ("added", cell.to_string()),
            What::Removed(cell) => ("removed", cell.to_string()),
            What::Renamed(from, cell) => ("renamed", format!("{cell}, was {from}")),
            What::Turned(was, is) | What::Points(was, is) => ("changed", format!("{was} → {is}")),
        };
        let path = paths.get(&change.file).map_or_else(|| change.file.to_string(), ToString::to_string);
        line(what, change.grade_id.clone(), format!("{cell}, in {path}"))
    };
    grading_changes(old, &new.lock, renames).iter().map(said).collect()
}

/// What the rule that governs a file lets an update do, per state. A lock alone does not say.
fn update(new: &Side, path: &WorkspacePath) -> Option<String> {
    let target = new.target.as_ref()?;
    let rule = target.policy.rules.get(target.files.get(path)?.rule)?;
    Some(explain::actions(rule))
}

fn line(what: &'static str, name: String, note: String) -> Line {
    Line { what, name, note, update: None }
}

fn show(difference: &Difference, out: &Out) {
    if out.json {
        out.value(difference);
        return;
    }
    for text in &difference.course {
        out.line(paint(Look::Strong, &clean(text)));
    }
    let parts = [
        ("units", &difference.units),
        ("rules", &difference.rules),
        ("files", &difference.files),
        ("flagged cells", &difference.grading),
    ];
    for (title, lines) in parts.iter().filter(|(_, lines)| !lines.is_empty()) {
        out.line(paint(Look::Strong, title));
        for line in *lines {
            let text = format!("  {:<8} {:<44} {}", line.what, line.name, line.note);
            out.line(clean(text.trim_end()));
            if let Some(update) = &line.update {
                out.line(paint(Look::Quiet, &clean(&format!("           an update: {update}"))));
            }
        }
    }
    let same = difference.course.is_empty() && parts.iter().all(|(_, lines)| lines.is_empty());
    if same {
        out.line("no difference");
    } else {
        let counts = parts.map(|(title, lines)| format!("{} of {title}", lines.len()));
        out.line(format!("{} differ", counts.join(", ")));
    }
}
