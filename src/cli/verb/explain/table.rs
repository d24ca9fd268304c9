//! `tito explain --table`: what an update does to a file when the course has a newer version of it, in every state of its unit, edited or not,
//! critical or not. Files that are treated alike are one table.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::course::{compiled, file, moment};
use super::words::role;
use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::{Format, Look, Out, clean, counted, paint};
use crate::cli::{current_course, typed_paths, workspace};
use crate::compile::{File, Rule, Target};
use crate::id::{CLOSED, Role, State};
use crate::path::WorkspacePath;
use crate::plan::{Decision, Supposition, Verdict, suppose_given};
use crate::world::disk::Disk;

/// Files that a rule treats alike.
#[derive(Debug, Serialize)]
struct Group<'a> {
    role: Role,
    rule: &'a str,
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// Do the files belong to units? Others have no state.
    of_units: bool,
    files: Vec<&'a WorkspacePath>,
    rows: Vec<Row>,
}

/// What happens under some facts, state by state.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Row {
    edited: bool,
    critical: bool,
    cells: Vec<Verdict>,
    /// While the unit is closed, where the rule says something else then.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Verdict>,
}

pub(super) fn run(
    wanted: Option<&str>,
    config: Option<&Path>,
    inside: bool,
    at: &At,
    out: &Out,
) -> Result<Exit, Exit> {
    let (target, path) = if inside {
        let world = Disk::new();
        let home = workspace::here(&world, out)?;
        let (target, _) = current_course::or_kept(&world, &home, out)?;
        let known = |path: &WorkspacePath| target.files.contains_key(path.as_str());
        let path = wanted.map(|word| typed_paths::path(word, &home.root, known, out)).transpose()?;
        let path = path.map(|path| path.as_str().to_owned());
        (target, path)
    } else {
        (compiled(config, out)?, wanted.map(ToOwned::to_owned))
    };
    let files: Vec<(&WorkspacePath, &File)> = match &path {
        Some(path) => vec![file(path, &target, out)?],
        None => target.files.iter().filter(|(_, file)| file.role != Role::Derived).collect(),
    };
    let groups = groups(&files, &target, moment(&target, at, out)?);
    match out.format {
        Format::Json => {
            out.value(&serde_json::json!({"course": target.course, "states": State::ALL, "groups": groups}))
        }
        Format::Markdown => groups.iter().for_each(|group| markdown(group, out)),
        Format::Text | Format::Github | Format::Sarif => text(&groups, out),
    }
    Ok(Exit::Done)
}

/// The files by what decides them, in the order in which rules are looked at.
fn groups<'a>(files: &[(&'a WorkspacePath, &'a File)], target: &'a Target, now: Timestamp) -> Vec<Group<'a>> {
    let mut groups: Vec<(usize, Group<'a>)> = Vec::new();
    for (path, file) in files {
        let decides = target.policy.in_force(path, file.unit.as_ref(), file.role, Some(file.rule), now);
        let Some((rule_at, rule)) = decides else { continue };
        let of_units = file.unit.is_some();
        let found = groups
            .iter_mut()
            .find(|(at, group)| *at == rule_at && group.role == file.role && group.of_units == of_units);
        match found {
            Some((_, group)) => group.files.push(path),
            None => groups.push((rule_at, Group::of(rule, file, path))),
        }
    }
    groups.sort_by_key(|(at, group)| (*at, group.role, group.of_units));
    groups.into_iter().map(|(_, group)| group).collect()
}

impl<'a> Group<'a> {
    fn of(rule: &'a Rule, file: &File, path: &'a WorkspacePath) -> Self {
        let of_units = file.unit.is_some();
        let states = if of_units { &State::ALL[..] } else { &State::ALL[..1] };
        let closes = of_units
            && [Some(rule.action), rule.critical].iter().flatten().any(|named| named.closed.is_some());
        let row = |(critical, edited): (bool, bool)| {
            let cell = |state: &State, closed: bool| {
                let supposed = Supposition {
                    state: Some(*state),
                    closed: Some(closed),
                    edited: Some(edited),
                    newer: Some(true),
                    critical: Some(critical),
                };
                suppose_given(rule, file.role, &supposed)
            };
            let cells = states.iter().map(|state| cell(state, false)).collect();
            let closed = closes.then(|| cell(&State::NotStarted, true));
            Row { edited, critical, cells, closed }
        };
        let rows = [(false, false), (false, true), (true, false), (true, true)];
        Self {
            role: file.role,
            rule: &rule.name,
            from: &rule.from,
            why: rule.why.as_deref(),
            of_units,
            files: vec![path],
            rows: rows.into_iter().map(row).collect(),
        }
    }

    /// The titles of its columns.
    fn columns(&self) -> Vec<&'static str> {
        if !self.of_units {
            return vec!["at any time"];
        }
        let closes = self.rows.iter().any(|row| row.closed.is_some());
        State::ALL.iter().map(|state| state.as_str()).chain(closes.then_some(CLOSED)).collect()
    }

    /// Its rows as they are shown: those about critical changes only where they say something else.
    fn shown(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let words = |row: &Row| {
            row.cells.iter().chain(&row.closed).map(|cell| word(cell.decision)).collect::<Vec<_>>()
        };
        let plain = |edited: bool| self.rows.iter().find(|row| !row.critical && row.edited == edited);
        let says_more = |row: &&Row| !row.critical || plain(row.edited).map(words) != Some(words(row));
        let title = |row: &Row| match (row.critical, row.edited) {
            (false, false) => "not edited",
            (false, true) => "edited",
            (true, false) => "critical, not edited",
            (true, true) => "critical, edited",
        };
        self.rows.iter().filter(says_more).map(|row| (title(row), words(row))).collect()
    }

    /// The files, or how many there are and the first.
    fn files(&self) -> String {
        match self.files.as_slice() {
            [one] => one.to_string(),
            [first, rest @ ..] => format!("{first} and {}", counted(rest.len(), "other file")),
            [] => String::new(),
        }
    }
}

/// What happens, in a word; [`meaning`] explains it.
fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Nothing | Decision::Leave { remember: false } => "leave",
        Decision::Leave { remember: true } => "keep",
        Decision::Create | Decision::Write | Decision::Restore => "update",
        Decision::Adopt | Decision::Mode => "same",
        Decision::Offer => "offer",
        Decision::Merge => "merge",
        Decision::SetAside => "replace",
        Decision::Retire | Decision::Remove | Decision::Forget => "drop",
    }
}

/// What the words of a table mean.
fn meaning(word: &str) -> &'static str {
    match word {
        "leave" => "nothing happens, and no one is told",
        "keep" => "the file stays, and `tito status` says that a newer version exists",
        "update" => "the course's version is written; nothing of the student's is in the file",
        "offer" => "the file stays, and the course's version is put beside it",
        "merge" => "both changes are brought together; where they conflict, the student's stays",
        "replace" => "the student's version is backed up, then the course's is written",
        _ => "",
    }
}

fn text(groups: &[Group<'_>], out: &Out) {
    let mut used: Vec<&str> = Vec::new();
    for group in groups {
        out.line(paint(Look::Strong, &clean(&group.files())));
        out.line(format!("  {}", role(group.role)));
        out.line(format!("  rule {} ({})", clean(group.rule), clean(group.from)));
        if let Some(why) = group.why {
            out.line(format!("  {}", clean(why)));
        }
        let line = |title: &str, cells: &[&str]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<12}")).collect();
            format!("  {title:<21} {}", cells.join(" ")).trim_end().to_owned()
        };
        out.line(line("", &group.columns()));
        for (title, cells) in group.shown() {
            out.line(line(title, &cells));
            used.extend(cells);
        }
        out.line("");
    }
    for known in ["leave", "keep", "offer", "merge", "update", "replace"] {
        if used.contains(&known) {
            out.line(format!("{known:<8} {}", meaning(known)));
        }
    }
}

fn markdown(group: &Group<'_>, out: &Out) {
    let code = |text: &str| format!("`{}`", clean(text).replace('|', "\\|"));
    out.line(format!("**{}**: rule {} ({})\n", clean(&group.files()), code(group.rule), clean(group.from)));
    let columns = group.columns();
    out.line(format!("| | {} |", columns.join(" | ")));
    out.line(format!("|---|{}", "---|".repeat(columns.len())));
    for (title, cells) in group.shown() {
        out.line(format!("| {title} | {} |", cells.join(" | ")));
    }
    out.line("");
}
