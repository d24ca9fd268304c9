//! A file of a course: where it comes from, and which rule decides what an update may do to it.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::compile::{File, Overrides, Rule, Target};
use crate::diagnostic::nearest;
use crate::id::Role;
use crate::path::WorkspacePath;
use crate::plan::{Supposition, Verdict, suppose_given};
use crate::world::disk::Disk;

use super::words::{actions, because, decision, role, situation, unit_now};
use crate::cli::exit::Exit;
use crate::cli::moment::At;
use crate::cli::out::{Look, Out, clean, paint};
use crate::cli::{find, report, sources};

#[derive(Serialize)]
struct Explanation<'a> {
    path: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    role: Role,
    origin: &'a str,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    supposing: Option<&'a Supposition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    rules: Vec<RuleShown<'a>>,
}

#[derive(Serialize)]
struct RuleShown<'a> {
    name: &'a str,
    from: &'a str,
    actions: String,
    decides: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// The course compiled, which is `course.yml` of this folder where none is named.
pub(super) fn compiled(config: Option<&Path>, out: &Out) -> Result<Target, Exit> {
    report::whole(sources::compile(&Disk::new(), &find::course(config), &Overrides::default()), out)
}

/// The file of `target` that `wanted` names.
pub(super) fn file<'a>(
    wanted: &str,
    target: &'a Target,
    out: &Out,
) -> Result<(&'a WorkspacePath, &'a File), Exit> {
    target.files.get_key_value(wanted).ok_or_else(|| {
        let help = match nearest(wanted, target.files.keys().map(WorkspacePath::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`tito show --files` lists the files of this course".to_owned(),
        };
        out.fail(&format!("this course has no file `{wanted}`"), &help)
    })
}

pub(super) fn run(
    wanted: &str,
    config: Option<&Path>,
    supposed: Option<&Supposition>,
    at: &At,
    out: &Out,
) -> Result<Exit, Exit> {
    let target = compiled(config, out)?;
    let (path, file) = file(wanted, &target, out)?;
    let now = moment(&target, at, out)?;
    explain(path, file, &target, supposed, now, out);
    Ok(Exit::Done)
}

/// The moment that is meant: the one that was named, or now.
pub(super) fn moment(target: &Target, at: &At, out: &Out) -> Result<Timestamp, Exit> {
    at.or_now(&Disk::new(), target.timezone.as_deref(), out)
}

fn explain<'a>(
    path: &WorkspacePath,
    file: &File,
    target: &'a Target,
    supposed: Option<&Supposition>,
    now: Timestamp,
    out: &Out,
) {
    let matching = target.policy.matching(path, file.unit.as_ref(), file.role);
    let matching: Vec<(usize, &Rule)> = matching.filter(|(_, rule)| rule.window.contains(now)).collect();
    let first = matching.first().map(|(_, rule)| *rule);
    // As in a workspace: what is not said is as it is at that moment.
    let unit = target.units.iter().find(|unit| Some(&unit.id) == file.unit.as_ref());
    let closed = unit.is_some_and(|unit| unit.dates.is_closed(now));
    let as_it_is = |given: &Supposition| Supposition { closed: given.closed.or(Some(closed)), ..*given };
    let verdict = supposed.zip(first).map(|(given, rule)| suppose_given(rule, file.role, &as_it_is(given)));
    if out.json {
        let shown = |(place, (_, rule)): (usize, &(usize, &'a Rule))| RuleShown {
            name: &rule.name,
            from: &rule.from,
            actions: actions(rule, &target.zone()),
            decides: place == 0,
            why: rule.why.as_deref(),
        };
        let rules = matching.iter().enumerate().map(shown).collect();
        out.value(&Explanation {
            path: path.as_str(),
            id: file.id.as_str(),
            unit: file.unit.as_ref().map(|unit| unit.as_str()),
            role: file.role,
            origin: &file.origin,
            sha256: file.digest.to_string(),
            supposing: supposed,
            verdict,
            rules,
        });
        return;
    }
    out.line(paint(Look::Strong, path.as_str()));
    out.line(format!("  is        {}", clean(file.id.as_str())));
    out.line(format!("  for       {}", role(file.role)));
    out.line(format!("  from      {}", clean(&file.origin)));
    if file.role == Role::Derived {
        out.line("  rule      none: tito generates this file, and writes it whenever it differs");
        return;
    }
    if let Some(verdict) = &verdict {
        row("supposing", situation(verdict.situation), out);
        if let Some(unit) = &file.unit {
            row("unit", &unit_now(unit, verdict), out);
        }
        if verdict.critical {
            row("advisory", "a critical advisory covers the change", out);
        }
        row("so", &because(verdict, file.unit.is_some()), out);
        row("update", decision(verdict.decision), out);
    }
    for (number, (_, rule)) in matching.iter().enumerate() {
        let word = if number == 0 { "decides" } else { "next" };
        out.line(format!(
            "  {word:<9} {} ({}): {}",
            clean(&rule.name),
            clean(&rule.from),
            actions(rule, &target.zone())
        ));
        if let Some(why) = &rule.why {
            out.line(format!("            {}", clean(why)));
        }
    }
}

fn row(name: &str, text: &str, out: &Out) {
    out.line(format!("  {name:<9} {}", clean(text)));
}
