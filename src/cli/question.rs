//! The question before something replaces what a student wrote. Without a terminal, `--yes` must have said it.

#![expect(clippy::disallowed_methods, reason = "says when a file was last modified")]

use crate::plan::merge::changes::Changes;

use super::ask::{Answer, Consent};
use super::differences::{FileDiff, What, show};
use super::exit::Exit;
use super::out::{Look, Out, clean, counted, paint, shell_word};
use super::time;
use super::workspace::Home;

/// A verb that replaces what a student wrote.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// Did the command line say `--yes`?
    pub(super) yes: bool,
    /// The verb as it is asked: `reset`.
    pub(super) verb: &'a str,
    /// The verb at the beginning of a sentence: `a reset`.
    pub(super) what: &'a str,
    /// The command that shows what would change.
    pub(super) show: &'a str,
}

/// The command line, to be typed again.
fn as_typed() -> String {
    let words = std::env::args_os().skip(1).map(|word| shell_word(&word.to_string_lossy()));
    std::iter::once("tito".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

impl Question<'_> {
    /// Shows what would change in `files`, and asks.
    pub(super) fn agreed(&self, files: &[FileDiff], home: &Home, out: &Out) -> Result<bool, Exit> {
        let question: Vec<String> = files.iter().map(|file| summary(file, home)).collect();
        let message =
            format!("{} asks before it changes anything, but there is no terminal to ask on", self.what);
        let help = format!(
            "answer on the command line: `{} --yes`; what it would change: `{}`",
            as_typed(),
            self.show
        );
        let consent = Consent {
            yes: self.yes,
            question: &question,
            go_on: &format!("backup and {}", self.verb),
            default: Answer::Agreed,
            view: Some(&|| files.iter().for_each(|file| show(file, out))),
            alone: (&message, &help, Exit::Usage),
        };
        consent.agreed(out)
    }
}

/// `modules/05_autograd/autograd.ipynb   modified 2027-01-12 14:03, 12 kB, 4 lines of yours go`.
fn summary(file: &FileDiff, home: &Home) -> String {
    let path = paint(Look::Strong, &clean(file.path.as_str()));
    if file.what == What::Deleted {
        return format!("{path}   deleted; it is restored");
    }
    let mut facts = Vec::new();
    if let Ok(found) = std::fs::symlink_metadata(home.root.join(file.path.as_str())) {
        let modified = found.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
        facts.extend(modified.map(|time| format!("modified {}", time::local(time))));
        facts.push(size(found.len()));
    }
    facts.push(match &file.changes {
        Some(Changes::Unreadable { .. }) => "it cannot be read as a notebook".to_owned(),
        changes => {
            let (gone, fresh) = changes.as_ref().map(Changes::count).unwrap_or_default();
            format!("{} of yours removed, {fresh} of the course's added", counted(gone, "line"))
        }
    });
    format!("{path}   {}", facts.join(", "))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_round() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(12_345), "12 kB");
        assert_eq!(size(12_345_678), "12 MB");
    }
}
