//! Where text goes: data to stdout, talk to stderr; colour only where the terminal wants it; nothing unescaped from a file name.

#![expect(clippy::disallowed_methods, reason = "the environment is an input of the command line")]

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

use super::exit::Exit;
use crate::world::reason;

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// Annotations of GitHub Actions; of `check` and `lock --check`.
    Github,
    /// SARIF 2.1.0, for code scanning; of `check` and `lock --check`.
    Sarif,
    /// A table for a page; of `explain --table` and `compare --matrix`.
    Markdown,
}

/// Standard output and error, as this run may use them.
pub(super) struct Out {
    choice: anstream::ColorChoice,
    /// JSON asked for?
    pub(super) json: bool,
    /// What was asked for.
    pub(super) format: Format,
    /// What was said, where someone listens.
    heard: Option<Mutex<Heard>>,
    /// Why data could not be written, where that failed.
    unwritten: Arc<OnceLock<String>>,
}

/// What a command said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// The lines of data, or the JSON.
    pub(super) lines: String,
    /// Said it anything else?
    pub(super) is_more: bool,
}

/// How a piece of text looks on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Good,
    Notice,
    Bad,
    Quiet,
    Strong,
    /// A line that is gone.
    Gone,
    /// The words of it that are.
    GoneWord,
    /// The words of a new line that are new.
    FreshWord,
}

impl Look {
    const ALL: [Self; 8] = [
        Self::Good,
        Self::Notice,
        Self::Bad,
        Self::Quiet,
        Self::Strong,
        Self::Gone,
        Self::GoneWord,
        Self::FreshWord,
    ];

    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Notice => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Quiet => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
            Self::Gone => AnsiColor::Red.on_default(),
            Self::GoneWord => AnsiColor::Red.on_default().bold().underline(),
            Self::FreshWord => AnsiColor::Green.on_default().bold().underline(),
        }
    }
}

impl Out {
    pub(super) fn new(color: Color, format: Format) -> Self {
        let choice = match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        Self { choice, json: format == Format::Json, format, heard: None, unwritten: Arc::default() }
    }

    /// The same output, where someone listens.
    pub(super) fn listening(&self) -> Self {
        Self {
            heard: Some(Mutex::default()),
            unwritten: self.unwritten.clone(),
            choice: self.choice,
            json: self.json,
            format: self.format,
        }
    }

    /// What was said since someone listens.
    pub(super) fn heard(self) -> Heard {
        self.heard.map(|heard| heard.into_inner().unwrap_or_else(PoisonError::into_inner)).unwrap_or_default()
    }

    fn hear(&self, heard: impl FnOnce(&mut Heard)) {
        if let Some(listener) = &self.heard {
            heard(&mut listener.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// A line of data. What a terminal would obey in it is escaped.
    pub(super) fn line(&self, text: impl AsRef<str>) {
        self.hear(|heard| heard.lines.extend([text.as_ref(), "\n"]));
        self.print(&visible(text.as_ref()));
    }

    /// What was heard of a command before ([`Out::heard`]). None of it does more than what the command said: it is escaped again.
    pub(super) fn again(&self, lines: &str) {
        let lines = lines.strip_suffix('\n').unwrap_or(lines);
        if !self.json {
            self.print(&visible(lines));
        } else if serde_json::from_str::<serde::de::IgnoredAny>(lines).is_ok() {
            self.print(lines);
        }
    }

    fn print(&self, text: &str) {
        let mut stream = anstream::AutoStream::new(std::io::stdout(), self.choice).lock();
        self.written(writeln!(stream, "{text}"));
    }

    /// Remembers why data could not be written. A reader that has read enough is no one's fault.
    fn written(&self, answer: std::io::Result<()>) {
        if let Err(error) = answer
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_init(|| reason(&error));
        }
    }

    /// How a command ends that ended with `exit`: whoever reads its data must know that they are not whole.
    pub(super) fn end(&self, exit: Exit) -> Exit {
        self.written(std::io::stdout().flush());
        match self.unwritten.get() {
            Some(why) if exit == Exit::Done || exit == Exit::Changes => {
                self.fail(&format!("the output cannot be written: {why}"), "what the command did is done")
            }
            _ => exit,
        }
    }

    /// A line of talk. What a terminal would obey in it is escaped.
    pub(super) fn say(&self, text: impl AsRef<str>) {
        self.say_as_it_is(visible(text.as_ref()));
    }

    /// A line of data that is escaped already, or comes from a program of the user's.
    pub(super) fn line_as_it_is(&self, text: impl AsRef<str>) {
        self.hear(|heard| heard.is_more = true);
        self.print(text.as_ref());
    }

    /// A line of talk that is escaped already, or comes from a program of the user's.
    pub(super) fn say_as_it_is(&self, text: impl AsRef<str>) {
        self.hear(|heard| heard.is_more = true);
        let mut stream = anstream::AutoStream::new(std::io::stderr(), self.choice).lock();
        let _ = writeln!(stream, "{}", text.as_ref());
    }

    /// Text of data as it is, without a line end of ours.
    pub(super) fn raw(&self, text: &[u8]) {
        self.hear(|heard| heard.is_more = true);
        self.written(std::io::stdout().lock().write_all(text));
    }

    /// A value as JSON, on stdout.
    pub(super) fn value(&self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => {
                self.hear(|heard| heard.lines.extend([text.as_str(), "\n"]));
                self.print(&text);
            }
            Err(error) => self.say(format!("error: this report cannot be written as JSON: {error}")),
        }
    }

    /// A failure that has no place in a file: one line, and what to do.
    pub(super) fn fail(&self, message: &str, help: &str) -> Exit {
        self.say(format!("{} {}", paint(Look::Bad, "error:"), clean(message)));
        if !help.is_empty() {
            self.say(format!("  help: {}", clean(help)));
        }
        Exit::Failed
    }

    /// Something to know, and what helps, where the command goes on.
    pub(super) fn note(&self, message: &str, help: &str) {
        self.say(format!("{} {}", paint(Look::Notice, "note:"), clean(message)));
        self.say(format!("  help: {}", clean(help)));
    }

    /// Asked for findings as other programs show them, beside the lines of a repository?
    pub(super) fn is_annotated(&self) -> bool {
        matches!(self.format, Format::Github | Format::Sarif)
    }

    /// May stderr show colours?
    pub(super) fn colours(&self) -> bool {
        self.may_paint(|| std::io::stderr().is_terminal())
    }

    /// May stdout show bold text and colours?
    pub(super) fn styled(&self) -> bool {
        self.may_paint(|| std::io::stdout().is_terminal())
    }

    fn may_paint(&self, is_terminal: impl Fn() -> bool) -> bool {
        match self.choice {
            anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
            anstream::ColorChoice::Never => false,
            anstream::ColorChoice::Auto => {
                is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Where a look begins is marked by the character after this one of the same number; the marks become codes when all else is escaped.
const MARKS: u32 = 0x10_ff00;
/// Where any look ends.
const END: char = '\u{10fffd}';

/// `text` in a look.
pub(super) fn paint(look: Look, text: &str) -> String {
    let at = Look::ALL.iter().position(|other| *other == look).unwrap_or_default();
    let begin = u32::try_from(at).ok().and_then(|at| char::from_u32(MARKS + at));
    begin.map_or_else(|| text.to_owned(), |begin| format!("{begin}{text}{END}"))
}

/// `text` as a terminal may have it: what it might obey is escaped, and the marks of [`paint`] are codes. The stream takes these out
/// again where they are not wanted.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let look = u32::from(c).checked_sub(MARKS).and_then(|at| Look::ALL.get(usize::try_from(at).ok()?));
        match look {
            Some(look) => out += &look.style().render().to_string(),
            None if c == END => out += &anstyle::Reset.render().to_string(),
            None => push_clean(&mut out, c),
        }
    }
    out
}

/// What a terminal might obey, escaped: a file name or a course must not be able to move the cursor or turn text around.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_clean(&mut out, c));
    out
}

fn push_clean(out: &mut String, c: char) {
    if is_odd(c) && c != '\n' && c != '\t' {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
    }
}

/// Might a terminal obey `c`, or show nothing for it?
pub(super) fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{10ff00}'..='\u{10ffff}')
}

/// `text`, or its beginning where it is longer than a message can be.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 2000;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `text` as a word of a command that people copy into a shell: in quotes where a shell would take it for something else.
pub(super) fn shell(text: &str) -> String {
    match text.starts_with('-') {
        true => shell_word(&format!("./{text}")),
        false => shell_word(text),
    }
}

/// The same for a word that was typed, which may be an option.
pub(super) fn shell_word(text: &str) -> String {
    let tame = |c: char| c.is_alphanumeric() || "_./-:@%+=,".contains(c) || (cfg!(windows) && c == '\\');
    let text = clean(text);
    match text.chars().next() {
        None => "\"\"".to_owned(),
        Some(_) if text.chars().all(tame) => text,
        // Double quotes mean the same to every shell, as long as nothing in them is special.
        Some(_) if cfg!(windows) || !text.contains(['"', '$', '`', '\\', '!']) => format!("\"{text}\""),
        Some(_) => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_command_are_quoted_for_a_shell() {
        for (text, word) in [
            ("modules/01_a/a.ipynb", "modules/01_a/a.ipynb"),
            ("my course", "\"my course\""),
            ("Übung", "Übung"),
            ("it's", "\"it's\""),
            ("a$b", "'a$b'"),
            ("it's $1", r"'it'\''s $1'"),
            ("-rf", "./-rf"),
            ("a;b&c", "\"a;b&c\""),
            ("", "\"\""),
        ] {
            assert_eq!(shell(text), word);
        }
    }

    #[test]
    fn who_listens_hears_lines_and_that_there_was_more() {
        let out = Out::new(Color::Never, Format::Json).listening();
        assert!(out.json);
        out.line("a");
        out.value(&1);
        assert_eq!(out.heard(), Heard { lines: "a\n1\n".to_owned(), is_more: false });
        let out = Out::new(Color::Never, Format::Text).listening();
        out.say("b");
        assert!(out.heard().is_more);
        assert_eq!(Out::new(Color::Never, Format::Text).heard(), Heard::default());
    }

    #[test]
    fn terminals_obey_nothing_that_comes_from_a_file() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c"), "a\\u{1b}[31mb\\u{202e}c");
        assert_eq!(clean("é\tü\n"), "é\tü\n");
        let painted = format!("{} b\u{1b}[0m\r\u{ad}", paint(Look::Strong, "a\u{1b}]0;t\u{7}"));
        let shown = visible(&painted);
        assert_eq!(shown, "\u{1b}[1ma\\u{1b}]0;t\\u{7}\u{1b}[0m b\\u{1b}[0m\\u{d}\\u{ad}");
        assert_eq!(visible(&clean(&paint(Look::Bad, "x"))), "\\u{10ff02}x\\u{10fffd}");
    }
}
