//! `tito compare OLD NEW`: what differs between two courses, two locks, or one of each; `--matrix`: between many courses.

pub(crate) mod matrix;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::compile::{Overrides, Target};
use crate::id::{FileId, UnitId};
use crate::lock::{
    GradingChange, Lock, LockedFile, LockedRule, LockedUnit, MAX_LOCK_BYTES, What, grading_changes,
};
use crate::path::WorkspacePath;
use crate::plan::merge::changes::{CellChanges, CellWord, Changes, changes};
use crate::plan::merge::notebook::matching::Editor;
use crate::schedule::Zone;
use crate::world::World;
use crate::world::disk::Disk;

use names::Names;

use super::explain;
use crate::cli::exit::Exit;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::{report, sources};

/// Shows what differs between two courses or locks: units, files, rules, flagged cells; or between many courses.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A course.yml, a course.lock, or a folder with one of them
    #[arg(required_unless_present = "matrix")]
    old: Option<PathBuf>,
    /// Another one
    #[arg(required_unless_present = "matrix")]
    new: Option<PathBuf>,
    /// What differs between many, and each from what it extends: courses, or folders in which all are meant
    #[arg(long, value_name = "COURSES", num_args = 1.., conflicts_with_all = ["old", "new"])]
    matrix: Vec<PathBuf>,
}

impl Args {
    /// Are many courses compared?
    pub(super) fn is_matrix(&self) -> bool {
        !self.matrix.is_empty()
    }
}

/// One of the two sides: a lock always, the course behind it where there is one.
struct Side {
    lock: Lock,
    target: Option<Target>,
}

impl Side {
    /// A course that is compiled. A lock names only rules that decide about a file whatever the time is; here are those for a time, too.
    fn of(target: Target) -> Self {
        let mut lock = Lock::of(&target);
        let timed = target.policy.rules().iter().filter(|rule| !rule.window.is_always());
        let timed = timed.map(|rule| LockedRule { id: rule.name.clone(), from: rule.from.clone() });
        let known: BTreeSet<String> = lock.rules.iter().map(|rule| rule.id.clone()).collect();
        lock.rules.extend(timed.filter(|rule| !known.contains(&rule.id)));
        Self { lock, target: Some(target) }
    }

    /// Is the rule `name` one for a time? A side of which only the lock is there cannot say that it has none of the kind.
    fn is_timed(&self, name: &str) -> bool {
        let rules = self.target.iter().flat_map(|target| target.policy.rules());
        rules.filter(|rule| rule.name == name).any(|rule| !rule.window.is_always())
    }

    /// The zone of its dates; UTC where only the lock is there.
    fn zone(&self) -> Zone {
        self.target.as_ref().map_or_else(Zone::utc, Target::zone)
    }
}

/// What differs between two courses, part by part.
#[derive(Debug, Default, Serialize)]
pub(super) struct Difference {
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
    /// The cells of a notebook that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cells: Vec<String>,
}

pub(super) fn run(args: &Args, out: &Out) -> Exit {
    let (Some(old), Some(new)) = (&args.old, &args.new) else { return matrix::run(&args.matrix, out) };
    let world = Disk::new();
    let sides = side(&world, old, out).and_then(|old| Ok((old, side(&world, new, out)?)));
    let (old, new) = match sides {
        Ok(sides) => sides,
        Err(exit) => return exit,
    };
    show(&difference(&old, &new), out);
    Exit::Done
}

/// The same of two courses that are compiled.
pub(super) fn targets(old: &Target, new: &Target, out: &Out) {
    show(&between(old, new), out);
}

/// What differs between two courses that are compiled.
pub(super) fn between(old: &Target, new: &Target) -> Difference {
    let side = |target: &Target| Side::of(target.clone());
    difference(&side(old), &side(new))
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
            out.fail(&format!("`{}`: {error}", path.display()), "write it again: `tito lock`")
        })?;
        return Ok(Side { lock, target: None });
    }
    let target = report::whole(sources::compile(world, path, &Overrides::default()), out)?;
    Ok(Side::of(target))
}

fn difference(old: &Side, new: &Side) -> Difference {
    let names = Names::of(&old.lock, &new.lock, new.target.as_ref());
    Difference {
        course: course(&old.lock, &new.lock),
        units: units(old, new, &names),
        rules: rules(old, new, &names),
        files: files(old, new, &names),
        grading: grading(&old.lock, new, &names),
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

fn units(old: &Side, new: &Side, names: &Names) -> Vec<Line> {
    let zone = new.zone();
    let (old, new) = (&old.lock, &new.lock);
    let before: BTreeMap<UnitId, &LockedUnit> =
        old.units.iter().map(|unit| (names.unit(&unit.id), unit)).collect();
    let after: BTreeSet<&UnitId> = new.units.iter().map(|unit| &unit.id).collect();
    let mut lines = Vec::new();
    for unit in &new.units {
        let Some(was) = before.get(&unit.id) else {
            lines.push(line("added", unit.id.to_string(), unit.kind.to_string()));
            continue;
        };
        let mut notes = unit_notes(was, unit, &zone);
        let what = if was.id == unit.id { "changed" } else { "renamed" };
        if was.id != unit.id {
            notes.insert(0, format!("was {}", was.id));
        }
        if !notes.is_empty() {
            lines.push(line(what, unit.id.to_string(), notes.join(", ")));
        }
    }
    let gone = old.units.iter().filter(|unit| !after.contains(&names.unit(&unit.id)));
    lines.extend(gone.map(|unit| line("removed", unit.id.to_string(), unit.kind.to_string())));
    let now: Vec<UnitId> =
        new.units.iter().map(|unit| unit.id.clone()).filter(|id| before.contains_key(id)).collect();
    let was: Vec<UnitId> =
        old.units.iter().map(|unit| names.unit(&unit.id)).filter(|id| after.contains(id)).collect();
    if was != now {
        let now: Vec<String> = now.iter().map(ToString::to_string).collect();
        lines.push(line("order", now.join(", "), String::new()));
    }
    lines
}

/// What differs between a unit and itself.
fn unit_notes(was: &LockedUnit, unit: &LockedUnit, zone: &Zone) -> Vec<String> {
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
    for (what, was, is) in was.dates.changes(&unit.dates) {
        let date = |date: Option<jiff::Timestamp>| date.map_or("never".to_owned(), |date| zone.shown(date));
        notes.push(format!("{what} {} → {}", date(was), date(is)));
    }
    notes
}

/// Rules, by what they are: one that only is in another line, or is counted otherwise, is untouched.
fn rules(old: &Side, new: &Side, names: &Names) -> Vec<Line> {
    let mut lines = Vec::new();
    let before: BTreeMap<&str, &LockedRule> =
        old.lock.rules.iter().filter_map(|rule| Some((names.rule(&rule.id)?, rule))).collect();
    let (allowed, allows) = (allowed(old), allowed(new));
    for rule in new.lock.rules.iter().filter(|rule| old.target.is_some() || !new.is_timed(&rule.id)) {
        let Some(was) = before.get(rule.id.as_str()) else {
            lines.push(line("added", rule.id.clone(), rule.from.clone()));
            continue;
        };
        let mut notes = Vec::new();
        if layer_of(&old.lock, &was.from) != layer_of(&new.lock, &rule.from) {
            notes.push(format!("{} → {}", was.from, rule.from));
        }
        if let (Some(before), Some(after)) = (allowed.get(was.id.as_str()), allows.get(rule.id.as_str()))
            && before != after
        {
            notes.push(format!("{before} → {after}"));
        }
        if !notes.is_empty() {
            lines.push(line("changed", rule.id.clone(), notes.join(", ")));
        }
    }
    let gone = old.lock.rules.iter().filter(|rule| names.rule(&rule.id).is_none());
    let gone = gone.filter(|rule| new.target.is_some() || !old.is_timed(&rule.id));
    lines.extend(gone.map(|rule| line("removed", rule.id.clone(), rule.from.clone())));
    lines
}

/// The layer in which a rule is, counted from the innermost, or what else `from` says: the two sides may call it by two names.
fn layer_of<'a>(lock: &Lock, from: &'a str) -> Result<usize, &'a str> {
    let file = match from.rsplit_once(':') {
        Some((file, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => file,
        _ => from,
    };
    lock.layers.iter().position(|layer| layer.file == file).ok_or(file)
}

/// What the rules of a course allow, by name. A lock alone does not say.
fn allowed(side: &Side) -> BTreeMap<&str, String> {
    let zone = side.zone();
    let rules = side.target.iter().flat_map(|target| target.policy.rules().iter().rev());
    // Of two rules of one name the first counts.
    rules.map(|rule| (rule.name.as_str(), explain::actions(rule, &zone))).collect()
}

fn files(old: &Side, new: &Side, names: &Names) -> Vec<Line> {
    let before = names.files_of(&old.lock);
    let after: BTreeSet<&FileId> = new.lock.files.values().map(|file| &file.id).collect();
    let mut lines = Vec::new();
    for (path, file) in &new.lock.files {
        match before.get(&file.id) {
            None => lines.push(line("added", path.to_string(), String::new())),
            Some((was, base)) => lines.extend(file_line((was, base), (path, file), old, new, names)),
        }
    }
    let gone = old.lock.files.iter().filter(|(_, file)| !after.contains(names.file(&file.id)));
    lines.extend(gone.map(|(path, _)| line("removed", path.to_string(), String::new())));
    lines
}

/// What is to be said of a file that both have.
fn file_line(
    (was, base): (&WorkspacePath, &LockedFile),
    (path, file): (&WorkspacePath, &LockedFile),
    old: &Side,
    new: &Side,
    names: &Names,
) -> Option<Line> {
    let mut notes = Vec::new();
    if was != path {
        notes.push(format!("was {was}"));
    }
    if base.role != file.role {
        notes.push(format!("{} → {}", base.role.as_str(), file.role.as_str()));
    }
    if base.executable != file.executable {
        let what = if file.executable { "made executable" } else { "no longer executable" };
        notes.push(what.to_owned());
    }
    if names.rule(&base.rule) != Some(&file.rule) {
        notes.push(format!("rule {} → {}", base.rule, file.rule));
    }
    let changed = base.sha256 != file.sha256;
    if !changed && notes.is_empty() {
        return None;
    }
    let what = match (changed, was != path) {
        (true, _) => "changed",
        (false, true) if was.name() != path.name() => "renamed",
        (false, true) => "moved",
        (false, false) if base.executable != file.executable => "mode",
        (false, false) => "rule",
    };
    let update = changed.then(|| update(new, path)).flatten();
    let cells = if changed { cells(old, was, new, path) } else { Vec::new() };
    Some(Line { what, name: path.to_string(), note: notes.join(", "), update, cells })
}

/// The cells of a notebook that differ. Two courses say; a lock alone does not.
fn cells(old: &Side, was: &WorkspacePath, new: &Side, path: &WorkspacePath) -> Vec<String> {
    let bytes = |side: &Side, path: &WorkspacePath| {
        let file = side.target.as_ref()?.files.get(path)?;
        (path.extension() == "ipynb").then(|| file.content.clone())
    };
    let (Some(before), Some(after)) = (bytes(old, was), bytes(new, path)) else { return Vec::new() };
    let Changes::Notebook { cells } = changes(&before, &after, Editor::Course) else { return Vec::new() };
    let said = |cell: CellChanges| {
        let what = match cell.what {
            CellWord::Changed => "changed",
            CellWord::Added => "added",
            CellWord::Removed => "removed",
            CellWord::Moved => "moved",
        };
        format!("{} {what}", cell.name)
    };
    cells.into_iter().map(said).collect()
}

/// Flagged cells, by which submissions are graded.
fn grading(old: &Lock, new: &Side, names: &Names) -> Vec<Line> {
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
    grading_changes(old, &new.lock, &names.renames).iter().map(said).collect()
}

/// What the rule that governs a file lets an update do, per state. A lock alone does not say.
fn update(new: &Side, path: &WorkspacePath) -> Option<String> {
    let target = new.target.as_ref()?;
    let rule = target.policy.rules().get(target.files.get(path)?.rule)?;
    Some(explain::actions(rule, &target.zone()))
}

fn line(what: &'static str, name: String, note: String) -> Line {
    Line { what, name, note, update: None, cells: Vec::new() }
}

/// Shows it, as text or JSON.
pub(super) fn show(difference: &Difference, out: &Out) {
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
            for cell in &line.cells {
                out.line(clean(&format!("           cell {cell}")));
            }
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
