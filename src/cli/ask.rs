//! Questions on the terminal. Where there is none, the command line must have answered.

use std::io::{BufRead, IsTerminal};

use super::exit::Exit;
use super::out::Out;

/// Is there someone to ask?
pub(super) fn can_ask(out: &Out) -> bool {
    !out.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a text; an empty line, or the end of the input, means `default`.
pub(super) fn text(question: &str, default: &str, out: &Out) -> String {
    out.say(format!("{question} [{default}]:"));
    let mut line = String::new();
    let _ = std::io::stdin().lock().read_line(&mut line);
    let line = line.trim();
    if line.is_empty() { default.to_owned() } else { line.to_owned() }
}

/// What may be answered to a question.
pub(super) struct Menu<'a, T> {
    /// The answers in the order of their numbers: how they read, words that mean them too, what they mean.
    pub(super) answers: &'a [(&'a str, &'a [&'a str], T)],
    /// What an empty line means.
    pub(super) default: T,
    /// What the end of the input means. It should agree to nothing.
    pub(super) at_end: T,
}

impl<T: Copy + PartialEq> Menu<'_, T> {
    /// Shows the menu until one of its answers is given.
    pub(super) fn ask(&self, out: &Out) -> T {
        loop {
            out.say(self.text());
            let mut line = String::new();
            if !matches!(std::io::stdin().lock().read_line(&mut line), Ok(1..)) {
                return self.at_end;
            }
            if let Some(answer) = self.understood(&line) {
                return answer;
            }
        }
    }

    /// `  1 cancel (default)   2 continue`.
    fn text(&self) -> String {
        let shown = self.answers.iter().enumerate().map(|(at, (text, _, means))| {
            let default = if *means == self.default { " (default)" } else { "" };
            format!("{} {text}{default}", at + 1)
        });
        format!("  {}", shown.collect::<Vec<_>>().join("   "))
    }

    fn understood(&self, line: &str) -> Option<T> {
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            return Some(self.default);
        }
        let is_meant = |(at, (_, words, _)): &(usize, &(&str, &[&str], T))| {
            line == (at + 1).to_string() || words.contains(&line.as_str())
        };
        self.answers.iter().enumerate().find(is_meant).map(|(_, (_, _, means))| *means)
    }
}

/// What someone says to a question whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Go on.
    Agreed,
    /// Show more, and ask again.
    View,
    /// Change nothing.
    Cancel,
}

/// A question whether to go on.
pub(super) struct Consent<'a> {
    /// Did the command line say `--yes`?
    pub(super) yes: bool,
    /// What is said before the menu.
    pub(super) question: &'a [String],
    /// How going on reads: `backup and reset`.
    pub(super) go_on: &'a str,
    /// What an empty line means; it comes first.
    pub(super) default: Answer,
    /// Shows more.
    pub(super) view: Option<&'a dyn Fn()>,
    /// Where there is no one to ask: what is wrong, what helps, and how the command ends.
    pub(super) alone: (&'a str, &'a str, Exit),
}

impl Consent<'_> {
    /// Asks.
    ///
    /// # Errors
    /// Where there is no one to ask, after saying so.
    pub(super) fn agreed(&self, out: &Out) -> Result<bool, Exit> {
        if self.yes {
            return Ok(true);
        }
        if !can_ask(out) {
            let (message, help, exit) = self.alone;
            out.fail(message, help);
            return Err(exit);
        }
        for line in self.question {
            out.say(line);
        }
        loop {
            match menu(&self.answers(), self.default).ask(out) {
                Answer::Agreed => return Ok(true),
                Answer::View => self.view.iter().for_each(|view| view()),
                Answer::Cancel => {
                    out.say("nothing was changed");
                    return Ok(false);
                }
            }
        }
    }

    fn answers(&self) -> Vec<(&str, &'static [&'static str], Answer)> {
        let view: Option<(&str, &'static [&'static str], Answer)> =
            self.view.map(|_| ("view the diff first", &["v", "d"][..], Answer::View));
        let mut answers = vec![(self.go_on, &["y", "yes"][..], Answer::Agreed)];
        answers.extend(view);
        answers.push(("cancel", &["c", "n", "no", "q"][..], Answer::Cancel));
        if self.default == Answer::Cancel {
            answers.reverse();
        }
        answers
    }
}

/// The end of the input is not consent to change anything.
fn menu<'a>(answers: &'a [(&'a str, &'a [&'a str], Answer)], default: Answer) -> Menu<'a, Answer> {
    Menu { answers, default, at_end: Answer::Cancel }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(default: Answer, view: Option<&dyn Fn()>) -> Consent<'_> {
        let alone = ("", "", Exit::Usage);
        Consent { yes: false, question: &[], go_on: "backup and reset", default, view, alone }
    }

    #[test]
    fn the_default_comes_first_and_is_what_an_empty_line_means() {
        let asked = consent(Answer::Agreed, Some(&|| {}));
        let answers = asked.answers();
        let menu = menu(&answers, asked.default);
        assert_eq!(menu.text(), "  1 backup and reset (default)   2 view the diff first   3 cancel");
        let answer = |line: &str| menu.understood(line);
        assert_eq!(["\n", "1\n", "Yes"].map(answer), [Some(Answer::Agreed); 3]);
        assert_eq!([" 2 \n", "d"].map(answer), [Some(Answer::View); 2]);
        assert_eq!(["3", "no", "q"].map(answer), [Some(Answer::Cancel); 3]);
        assert_eq!(["perhaps", "0", "4"].map(answer), [None; 3]);
    }

    #[test]
    fn where_nothing_is_kept_the_default_is_to_cancel() {
        let asked = Consent { go_on: "continue", ..consent(Answer::Cancel, None) };
        let answers = asked.answers();
        let menu = menu(&answers, asked.default);
        assert_eq!(menu.text(), "  1 cancel (default)   2 continue");
        assert_eq!(["", "1", "n"].map(|line| menu.understood(line)), [Some(Answer::Cancel); 3]);
        assert_eq!(["2", "y"].map(|line| menu.understood(line)), [Some(Answer::Agreed); 2]);
        assert_eq!(menu.understood("3"), None);
    }
}
