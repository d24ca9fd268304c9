//! The help of the whole program: the verbs in groups, by who needs them, the student's first.
//!
//! clap has no groups of subcommands, so the list is text that is made from the verbs themselves: a verb is in one group by its name, and what
//! it does is said once, where it is declared. A verb that no group names is shown under [`OTHER`], so that none is ever hidden.

use std::fmt::Write as _;

use anstyle::Style;
use clap::{Command, CommandFactory};

use super::Cli;

/// Verbs that the same people need, in the order in which they need them.
struct Group {
    title: &'static str,
    verbs: &'static [&'static str],
}

/// What students use. It is also the short help.
const EVERY_DAY: Group = Group {
    title: "Every day",
    verbs: &[
        "init",
        "status",
        "start",
        "lab",
        "test",
        "complete",
        "update",
        "diff",
        "undo",
        "submit",
        "reset",
        "milestone",
        "data",
        "state",
        "doctor",
    ],
};

/// The groups before [`OTHER`].
const GROUPS: [Group; 4] = [
    EVERY_DAY,
    Group {
        title: "Updates and backups",
        verbs: &["take", "restore", "backups", "history", "explain", "plan", "apply"],
    },
    Group {
        title: "For instructors",
        verbs: &[
            "new", "check", "lock", "show", "graph", "calendar", "compare", "publish", "key", "vendor",
            "nbgrader", "collect", "return", "class",
        ],
    },
    Group { title: "For maintainers of a base", verbs: &["catalog", "merge", "schema"] },
];

/// The title of the last group: the verbs that no other group has.
const OTHER: &str = "Other";

/// The command line, with its help in groups, and with examples for the verbs inside of verbs.
pub(super) fn command() -> Command {
    let mut command = Cli::command();
    for verb in command.get_subcommands_mut() {
        let examples = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        let name = verb.get_name().to_owned();
        for inner in verb.get_subcommands_mut().filter(|inner| inner.get_after_help().is_none()) {
            let begin = format!("  tito {name} {}", inner.get_name());
            let is_of_it = |line: &&str| {
                line.strip_prefix(&begin).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            let lines: Vec<&str> = examples.lines().filter(is_of_it).collect();
            if !lines.is_empty() {
                *inner = std::mem::take(inner).after_help(format!("Examples:\n{}", lines.join("\n")));
            }
        }
    }
    let template = grouped(&command);
    command.help_template(template)
}

/// What a student needs first, and where the rest is: said outside of a workspace, where `tito` alone has nothing to show.
pub(super) fn short() -> String {
    let command = Cli::command();
    let mut text = format!(
        "{}\n\nUsage: tito [OPTIONS] [COMMAND]\n\n",
        command.get_about().map(ToString::to_string).unwrap_or_default()
    );
    list(&mut text, EVERY_DAY.title, &present(&command, EVERY_DAY.verbs), &command);
    text += "\nAll commands: tito help · one command: tito help COMMAND · guides: tito help students, tito help instructors";
    text
}

/// The template of clap's help, with the verbs in their groups.
fn grouped(command: &Command) -> String {
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n\n".to_owned();
    for group in &GROUPS {
        list(&mut text, group.title, &present(command, group.verbs), command);
        text += "\n";
    }
    let named = |name: &str| GROUPS.iter().any(|group| group.verbs.contains(&name));
    let visible = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let rest: Vec<&str> = visible.map(Command::get_name).filter(|name| !named(name)).collect();
    list(&mut text, OTHER, &rest, command);
    let _ = writeln!(text, "\n{}\n{{options}}", heading("Options"));
    text += "\n`tito help COMMAND` explains a command, with examples. Guides: ";
    text += &super::topics::NAMES.join(", ");
    text += " (`tito help TOPIC`).";
    text
}

/// Those of `verbs` that there are.
fn present<'a>(command: &Command, verbs: &[&'a str]) -> Vec<&'a str> {
    verbs.iter().copied().filter(|name| command.find_subcommand(name).is_some()).collect()
}

/// A group: its title, and a line for each verb.
fn list(text: &mut String, title: &str, verbs: &[&str], command: &Command) {
    let _ = writeln!(text, "{}", heading(title));
    let name = Style::new().bold();
    for verb in verbs {
        let about = command.find_subcommand(verb).and_then(|verb| verb.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "  {}{verb:<12}{} {about}", name.render(), name.render_reset());
    }
}

/// A heading as clap writes them.
fn heading(title: &str) -> String {
    let style = Style::new().bold().underline();
    format!("{}{title}:{}", style.render(), style.render_reset())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_verb_is_in_one_group() {
        let all: Vec<&str> = GROUPS.iter().flat_map(|group| group.verbs.iter().copied()).collect();
        let unlike: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), unlike.len(), "a verb is in two groups");
    }

    #[test]
    fn every_verb_is_listed_once_with_what_it_does() {
        let command = command();
        let text = command.clone().render_help().to_string();
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let line = format!("  {:<12} {}\n", verb.get_name(), verb.get_about().unwrap());
            assert_eq!(text.matches(&line).count(), 1, "{line}{text}");
            assert!(line.chars().count() <= 100, "{line}");
        }
    }

    #[test]
    fn every_leaf_has_examples() {
        fn look(command: &Command, path: &str, lacking: &mut Vec<String>) {
            for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
                let path = format!("{path} {}", verb.get_name());
                let has =
                    |help: &clap::builder::StyledStr| help.to_string().starts_with("Examples:\n  tito ");
                if !verb.get_after_help().is_some_and(has) {
                    lacking.push(path.clone());
                }
                look(verb, &path, lacking);
            }
        }
        let mut lacking = Vec::new();
        look(&command(), "tito", &mut lacking);
        assert!(lacking.is_empty(), "{lacking:?}");
    }
}
