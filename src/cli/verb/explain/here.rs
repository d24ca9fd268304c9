//! A file of a workspace: its situation, which rule decided, how the action came about, what the next rule would have done.

use std::path::Path;

use serde::Serialize;

use super::words::{actions, because, decision, role, situation, unit_now};
use crate::cli::current_course;
use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::{Look, Out, clean, counted, paint, shell};
use crate::cli::typed_paths;
use crate::cli::workspace::Planned;
use crate::compile::{File, Rule};
use crate::id::Role;
use crate::path::WorkspacePath;
use crate::plan::{Because, Notice, Request, Settled, Situation, Step, Supposition, Verdict, suppose};
use crate::schedule::Zone;
use crate::world::disk::Disk;
use crate::world::{Root, World};

#[derive(Serialize)]
struct Explanation<'a> {
    path: &'a WorkspacePath,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    /// The version of the base that the student has.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    supposing: &'a Supposition,
    verdict: Verdict,
    /// What the next update really does; none where facts are only supposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a Step>,
    rules: Vec<RuleShown<'a>>,
}

#[derive(Serialize)]
struct RuleShown<'a> {
    name: &'a str,
    from: &'a str,
    actions: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    verdict: Verdict,
}

pub(super) fn run(word: &str, supposed: &Supposition, at: &At, out: &Out) -> Result<Exit, Exit> {
    let world = Disk::new();
    let (home, planned, _) = current_course::preview(&world, &Request::Update, at, out)?;
    let known = |path: &WorkspacePath| typed_paths::step(&planned.plan, path).is_some();
    let path = typed_paths::path(word, &home.root, known, out)?;
    if let Some(step) = typed_paths::step(&planned.plan, &path) {
        let version = step.recorded.as_ref().and_then(|at| home.baselines.entry(at)?.version.as_ref());
        explain(step, version.map(ToString::to_string), &planned, supposed, out);
        return Ok(Exit::Done);
    }
    if let Some(Notice::InTheWay { obstacle, .. }) = in_the_way(&planned, &path) {
        out.line(paint(Look::Strong, &clean(path.as_str())));
        out.line(format!("  tito leaves it alone: {}", clean(&obstacle.to_string())));
        return Ok(Exit::Done);
    }
    let inside = below(&path, &planned);
    if !inside.is_empty() {
        folder(&path, &inside, out);
        return Ok(Exit::Done);
    }
    if is_there(&world, &home.root, &path) {
        own(&path, &planned, out);
        return Ok(Exit::Done);
    }
    typed_paths::of_the_course(word, &home.root, &planned, out).map(|_| Exit::Done)
}

fn in_the_way<'a>(planned: &'a Planned, path: &WorkspacePath) -> Option<&'a Notice> {
    let about = |notice: &&Notice| matches!(notice, Notice::InTheWay { path: at, .. } if at == path);
    planned.plan.notices.iter().find(about)
}

/// The files of the course in the folder `path`.
fn below<'a>(path: &WorkspacePath, planned: &'a Planned) -> Vec<&'a WorkspacePath> {
    let paths = planned.plan.steps.iter().map(|step| &step.path);
    paths.filter(|file| file.below(path).is_some_and(|rest| !rest.is_empty())).collect()
}

fn folder(path: &WorkspacePath, inside: &[&WorkspacePath], out: &Out) {
    if out.json {
        out.value(&serde_json::json!({"path": path, "files": inside}));
        return;
    }
    out.line(paint(Look::Strong, &clean(path.as_str())));
    out.line(format!("  a folder; {} of the course in it:", counted(inside.len(), "file")));
    for file in inside {
        out.line(format!("    tito explain {}", shell(file.as_str())));
    }
}

fn is_there(world: &Disk, root: &Path, path: &WorkspacePath) -> bool {
    let tree = Root::Folder(root.to_owned());
    let (folder, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
    world.entries(&tree, folder).is_ok_and(|entries| entries.iter().any(|entry| entry.name == name))
}

fn own(path: &WorkspacePath, planned: &Planned, out: &Out) {
    let package = planned.target.package.as_str();
    let exported = path.as_str().strip_prefix(package).is_some_and(|rest| rest.starts_with('/'));
    if out.json {
        let role = exported.then_some(Role::Export);
        out.value(&serde_json::json!({"path": path, "situation": Situation::Own, "role": role}));
        return;
    }
    out.line(paint(Look::Strong, &clean(path.as_str())));
    if exported {
        out.line(
            "  generated from your notebooks when you export or complete a module; updates never change it",
        );
    } else {
        out.line("  yours: tito did not write it, and updates never change it");
    }
}

/// What is known of one file when it is explained.
struct Known<'a> {
    step: &'a Step,
    file: Option<&'a File>,
    version: Option<String>,
    supposed: &'a Supposition,
    /// Nothing is supposed: it is as it is.
    is_real: bool,
    /// The rules that match and are in force, the first one decides.
    rules: Vec<(&'a Rule, Verdict)>,
    /// That of the course's dates.
    zone: Zone,
}

fn explain(step: &Step, version: Option<String>, planned: &Planned, supposed: &Supposition, out: &Out) {
    let target = &planned.target;
    let matching = target.policy.matching(place(step, planned), step.unit.as_ref(), step.role);
    let now = planned.observed.now;
    let rules = matching.map(|(_, rule)| rule).filter(|rule| rule.window.contains(now));
    let known = Known {
        step,
        file: target.files.values().find(|file| file.id == step.id),
        version,
        supposed,
        is_real: *supposed == Supposition::default(),
        rules: rules.map(|rule| (rule, suppose(rule, step, target, supposed))).collect(),
        zone: target.zone(),
    };
    let Some((_, verdict)) = known.rules.first() else { return };
    if out.json {
        out.value(&explanation(&known, *verdict));
        return;
    }
    say_file(&known, planned, out);
    say_situation(&known, verdict, out);
    say_rules(&known, out);
}

fn explanation<'a>(known: &Known<'a>, verdict: Verdict) -> Explanation<'a> {
    let shown = |(rule, verdict): &(&'a Rule, Verdict)| RuleShown {
        name: &rule.name,
        from: &rule.from,
        actions: actions(rule, &known.zone),
        why: rule.why.as_deref(),
        verdict: *verdict,
    };
    Explanation {
        path: &known.step.path,
        id: known.step.id.as_str(),
        unit: known.step.unit.as_ref().map(|unit| unit.as_str()),
        role: known.step.role,
        origin: known.file.map(|file| file.origin.as_str()),
        version: known.version.clone(),
        supposing: known.supposed,
        verdict,
        step: known.is_real.then_some(known.step),
        rules: known.rules.iter().map(shown).collect(),
    }
}

fn say_file(known: &Known<'_>, planned: &Planned, out: &Out) {
    let step = known.step;
    out.line(paint(Look::Strong, &clean(step.path.as_str())));
    row("is", step.id.as_str(), out);
    row("for", role(step.role), out);
    let missing = match step.because {
        Because::Announced => "the course has it when its unit opens",
        _ => "the course no longer has it",
    };
    row("from", known.file.map_or(missing, |file| &file.origin), out);
    if let Some(version) = &known.version {
        let now = &planned.target.base_version;
        row("version", &format!("{version} is what you have; the course is at {now}"), out);
    }
    if let Some(from) = &step.from {
        row("moves", &format!("from {from}"), out);
    }
}

fn say_situation(known: &Known<'_>, verdict: &Verdict, out: &Out) {
    let word = if known.is_real { "situation" } else { "supposing" };
    row(word, &format!("{} ({})", situation(verdict.situation), verdict.situation.as_str()), out);
    if let Some(unit) = &known.step.unit {
        row("unit", &unit_now(unit, verdict), out);
    }
    advisories(known.step, verdict.critical, known.is_real, out);
}

fn say_rules(known: &Known<'_>, out: &Out) {
    let Some((first, verdict)) = known.rules.first() else { return };
    if known.step.role == Role::Derived {
        row("rule", "none: tito generates this file, and writes it whenever it differs", out);
        row("update", decision(verdict.decision), out);
        return;
    }
    row("decides", &format!("{} ({}): {}", first.name, first.from, actions(first, &known.zone)), out);
    if let Some(why) = &first.why {
        row("", why, out);
    }
    row("so", &because(verdict, known.step.unit.is_some()), out);
    row("update", &outcome(known.step, verdict, known.is_real), out);
    if let Some((next, other)) = known.rules.get(1) {
        row("next", &format!("{} ({}): {}", next.name, next.from, actions(next, &known.zone)), out);
        row("", &format!("would be {}: {}", other.action, decision(other.decision)), out);
    }
}

fn row(name: &str, text: &str, out: &Out) {
    out.line(format!("  {name:<10} {}", clean(text)));
}

/// By which path rules match: that of the course, or where the file was.
fn place<'a>(step: &'a Step, planned: &'a Planned) -> &'a WorkspacePath {
    let of_course = planned.target.files.iter().find(|(_, file)| file.id == step.id).map(|(path, _)| path);
    of_course.or(step.recorded.as_ref()).unwrap_or(&step.path)
}

fn advisories(step: &Step, critical: bool, is_real: bool, out: &Out) {
    let which = step.advisories.join(", ");
    match (is_real, critical, which.is_empty()) {
        (true, _, true) | (false, false, _) => {}
        (true, critical, false) => {
            row("advisory", &if critical { format!("{which} (critical)") } else { which }, out);
        }
        (false, true, _) => row("advisory", "a critical advisory covers the change", out),
    }
}

/// What an update does: as planned, which a merge that failed or an offer made before may turn from what the rule comes to.
fn outcome(step: &Step, verdict: &Verdict, is_real: bool) -> String {
    if !is_real {
        return decision(verdict.decision).to_owned();
    }
    let text = match step.settled {
        Some(Settled::Declined) => "does nothing: you declined this version",
        Some(Settled::Offered) => "does nothing more: its version is in .tinytorch/incoming/",
        None if step.because == Because::Announced => "does nothing until its unit opens",
        None => decision(step.decision),
    };
    match &step.note {
        Some(note) => format!("{text}: {note}"),
        None => text.to_owned(),
    }
}
