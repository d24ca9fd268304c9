//! The question before something replaces what a student wrote. Without a terminal, `--yes` must have said it.

#![expect(clippy::disallowed_methods, reason = "says when a file was last modified")]

use crate::plan::merge::changes::Changes;

use super::ask;
use super::diff::{FileDiff, What, show};
use super::exit::Exit;
use super::history;
use super::out::{Look, Out, clean, counted, paint};
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
    /// The command: `tito module reset …`.
    pub(super) command: &'a str,
    /// The command that shows what would change.
    pub(super) show: &'a str,
}

/// What the student says to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Agreed,
    View,
    Cancel,
}

impl Question<'_> {
    /// Shows what would change in `files`, and asks.
    pub(super) fn agreed(&self, files: &[FileDiff], home: &Home, out: &Out) -> Result<bool, Exit> {
        if self.yes {
            return Ok(true);
        }
        if !ask::can_ask(out) {
            out.fail(
                &format!("{} asks before it changes anything, and there is no terminal to ask on", self.what),
                &format!(
                    "say it on the command line: `{} --yes`; what it would change: `{}`",
                    self.command, self.show
                ),
            );
            return Err(Exit::Usage);
        }
        for file in files {
            out.say(summary(file, home));
        }
        loop {
            out.say(format!("  1 backup and {} (default)   2 view the diff first   3 cancel", self.verb));
            // The end of the input is no consent to replace anything.
            match ask::line().map_or(Some(Answer::Cancel), |line| answer(&line)) {
                Some(Answer::Agreed) => return Ok(true),
                Some(Answer::View) => files.iter().for_each(|file| show(file, out)),
                Some(Answer::Cancel) => {
                    out.say("nothing was changed");
                    return Ok(false);
                }
                None => {}
            }
        }
    }
}

fn answer(line: &str) -> Option<Answer> {
    match line.trim().to_lowercase().as_str() {
        "" | "1" | "y" | "yes" => Some(Answer::Agreed),
        "2" | "v" | "d" => Some(Answer::View),
        "3" | "c" | "n" | "no" | "q" => Some(Answer::Cancel),
        _ => None,
    }
}

/// `modules/05_autograd/autograd.ipynb   modified 2027-01-12 14:03, 12 kB, 4 lines of yours go`.
fn summary(file: &FileDiff, home: &Home) -> String {
    let path = paint(Look::Strong, &clean(file.path.as_str()));
    if file.what == What::Deleted {
        return format!("{path}   deleted; it comes back");
    }
    let mut facts = Vec::new();
    if let Ok(found) = std::fs::symlink_metadata(home.root.join(file.path.as_str())) {
        let modified = found.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
        facts.extend(modified.map(|time| format!("modified {}", history::local(time))));
        facts.push(size(found.len()));
    }
    facts.push(match &file.changes {
        Some(Changes::Unreadable { .. }) => "it cannot be read as a notebook".to_owned(),
        changes => {
            let (gone, fresh) = changes.as_ref().map(Changes::count).unwrap_or_default();
            format!("{} of yours go, {fresh} of the course's come", counted(gone, "line"))
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
    fn the_default_is_to_back_up_and_reset_and_what_is_not_understood_is_asked_again() {
        assert_eq!(answer("\n"), Some(Answer::Agreed));
        assert_eq!(answer("1\n"), Some(Answer::Agreed));
        assert_eq!(answer(" 2 \n"), Some(Answer::View));
        assert_eq!(answer("3"), Some(Answer::Cancel));
        assert_eq!(answer("no"), Some(Answer::Cancel));
        assert_eq!(answer("perhaps"), None);
    }

    #[test]
    fn sizes_are_round() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(12_345), "12 kB");
        assert_eq!(size(12_345_678), "12 MB");
    }
}
