//! A file of a course: where it comes from, and which rule decides what an update may do to it.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::compile::{File, Overrides, PerState, Rule, Target};
use crate::diagnostic::{has_errors, nearest};
use crate::id::Role;
use crate::path::WorkspacePath;
use crate::world::World;
use crate::world::disk::Disk;

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

pub(super) fn run(wanted: &str, config: Option<&Path>, at: &At, out: &Out) -> Exit {
    let course = find::course(config);
    let compiled = sources::compile(&Disk::new(), &course, &Overrides::default());
    if has_errors(&compiled.diagnostics) {
        report::show(&compiled.diagnostics, out);
        return Exit::Failed;
    }
    let Some(target) = compiled.value else { return Exit::Failed };
    let Some((path, file)) = target.files.get_key_value(wanted) else {
        let help = match nearest(wanted, target.files.keys().map(WorkspacePath::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`tito show --files` lists the files of this course".to_owned(),
        };
        return out.fail(&format!("this course has no file `{wanted}`"), &help);
    };
    let now = match at.moment(target.timezone.as_deref(), out) {
        Ok(moment) => moment.unwrap_or_else(|| Disk::new().now()),
        Err(exit) => return exit,
    };
    explain(path, file, &target, now, out);
    Exit::Done
}

fn explain(path: &WorkspacePath, file: &File, target: &Target, now: Timestamp, out: &Out) {
    let matching = target.policy.matching(path, file.unit.as_ref(), file.role);
    let matching: Vec<(usize, &Rule)> = matching.filter(|(_, rule)| rule.window.contains(now)).collect();
    let decides = matching.first().map(|(at, _)| *at);
    if out.json {
        let shown = |(at, rule): &(usize, &'_ Rule)| {
            (Some(*at) == decides, rule.name.clone(), rule.from.clone(), actions(rule), rule.why.clone())
        };
        let rules: Vec<_> = matching.iter().map(shown).collect();
        let rules = rules
            .iter()
            .map(|(decides, name, from, actions, why)| RuleShown {
                name,
                from,
                actions: actions.clone(),
                decides: *decides,
                why: why.as_deref(),
            })
            .collect();
        out.value(&Explanation {
            path: path.as_str(),
            id: file.id.as_str(),
            unit: file.unit.as_ref().map(|unit| unit.as_str()),
            role: file.role,
            origin: &file.origin,
            sha256: file.digest.to_string(),
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
    for (number, (_, rule)) in matching.iter().enumerate() {
        let word = if number == 0 { "decides" } else { "next" };
        out.line(format!("  {word:<9} {} ({}): {}", clean(&rule.name), clean(&rule.from), actions(rule)));
        if let Some(why) = &rule.why {
            out.line(format!("            {}", clean(why)));
        }
    }
}

/// What a rule does, in one line.
pub(crate) fn actions(rule: &Rule) -> String {
    let per_state = |action: &PerState| {
        if action.named().all(|(_, named)| named == action.not_started) {
            return action.not_started.to_string();
        }
        action.named().map(|(state, named)| format!("{state} {named}")).collect::<Vec<_>>().join(", ")
    };
    let mut text = per_state(&rule.action);
    if let Some(edited) = rule.edited {
        text += &format!("; if edited at most {edited}");
    }
    if let Some(critical) = &rule.critical {
        text += &format!("; if critical at least {}", per_state(critical));
    }
    if rule.is_final {
        text += "; final";
    }
    text
}

/// What a role means.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Work => "work: the student edits it",
        Role::Test => "test: it checks the student's work",
        Role::Doc => "doc: it is read",
        Role::Milestone => "milestone: it runs on what the student built",
        Role::Support => "support: the rest needs it to run",
        Role::Data => "data",
        Role::Export => "export: generated from the student's work",
        Role::Derived => "derived: generated by tito",
    }
}
