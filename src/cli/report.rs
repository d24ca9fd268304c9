//! Diagnostics as text (by miette) and as JSON.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde::Serialize;

use crate::diagnostic::{self, Checked, Diagnostic, Label, Severity, has_errors};
use crate::source::Source;

use super::excerpt::Excerpt;
use super::exit::Exit;
use super::out::{Look, Out, clean, counted, paint, shortened};

/// So many are shown as text: no one reads more, and a file that was generated may have a hundred thousand.
const MOST_SHOWN: usize = 200;

/// Shows them, on stderr, or all of them as JSON on stdout.
pub(super) fn show(diagnostics: &[Diagnostic], out: &Out) {
    if out.json {
        out.value(&Report {
            diagnostics: diagnostics.iter().map(Entry::of).collect(),
            summary: Summary::of(diagnostics),
        });
        return;
    }
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        out.say_as_it_is(text(diagnostic, out.colours()).trim_end());
        out.say("");
    }
    if let Some(more) = diagnostics.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        out.say(format!("… and {more} more: fix these first, or see all of them with --format json"));
    }
    if let Some(line) = summary_line(diagnostics) {
        out.say(line);
    }
}

/// The value of something that was checked.
///
/// # Errors
/// After showing everything that is wrong, where something is.
pub(super) fn whole<T>(checked: Checked<T>, out: &Out) -> Result<T, Exit> {
    if has_errors(&checked.diagnostics) {
        show(&checked.diagnostics, out);
        return Err(Exit::Failed);
    }
    checked.value.ok_or(Exit::Failed)
}

/// The same, for what goes out to students: warnings are shown, too, and keep nothing from going on.
///
/// # Errors
/// Those of [`whole`].
pub(super) fn whole_with_warnings<T>(checked: Checked<T>, out: &Out) -> Result<T, Exit> {
    // What has errors is shown with them.
    if !has_errors(&checked.diagnostics) {
        show_warnings(&warnings(&checked.diagnostics), out);
    }
    whole(checked, out)
}

/// The warnings among them, in the order in which they are shown.
pub(super) fn warnings(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let warnings = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning);
    let mut warnings: Vec<Diagnostic> = warnings.cloned().collect();
    diagnostic::sort(&mut warnings);
    warnings
}

/// Shows warnings beside what a command says. A program reads only the value of the command.
pub(super) fn show_warnings(warnings: &[Diagnostic], out: &Out) {
    if !warnings.is_empty() && !out.json {
        show(warnings, out);
    }
}

/// `2 errors, 1 warning`, or nothing.
pub(super) fn summary_line(diagnostics: &[Diagnostic]) -> Option<String> {
    let summary = Summary::of(diagnostics);
    let count = |number: usize, word: &str, look| (number > 0).then(|| paint(look, &counted(number, word)));
    let parts: Vec<String> = [
        count(summary.errors, "error", Look::Bad),
        count(summary.warnings, "warning", Look::Notice),
        count(summary.notes, "note", Look::Quiet),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// One diagnostic as text, 100 columns wide.
pub(super) fn text(diagnostic: &Diagnostic, colours: bool) -> String {
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(100).with_context_lines(1).with_links(false);
    let mut text = String::new();
    match handler.render_report(&mut text, &Shown::of(diagnostic)) {
        Ok(()) => text,
        Err(_) => format!("{}: {}\n", diagnostic.code, diagnostic.message),
    }
}

/// A diagnostic as miette sees it: what is in the main file; and one more for each other file.
#[derive(Debug)]
struct Shown {
    code: Option<String>,
    message: String,
    severity: miette::Severity,
    help: Option<String>,
    source: Option<Excerpt>,
    labels: Vec<LabeledSpan>,
    others: Vec<Shown>,
}

impl Shown {
    fn of(diagnostic: &Diagnostic) -> Self {
        let severity = match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        };
        let main = diagnostic.labels.first().map(|label| label.span.source().clone());
        let of_file = |source: &Source| -> Vec<&Label> {
            diagnostic.labels.iter().filter(|label| label.span.source().name() == source.name()).collect()
        };
        let mut others: Vec<Source> = Vec::new();
        for label in &diagnostic.labels {
            let source = label.span.source();
            let known = main.iter().chain(&others).any(|other| other.name() == source.name());
            if !known {
                others.push(source.clone());
            }
        }
        let more = |source: &Source| {
            let labels = of_file(source);
            let message = labels
                .iter()
                .map(|label| label.text.as_str())
                .find(|text| !text.is_empty())
                .unwrap_or("see also");
            let (excerpt, spans) = Excerpt::of(source, &labels);
            Shown {
                code: None,
                message: shortened(&clean(message)),
                severity: miette::Severity::Advice,
                help: None,
                source: Some(excerpt),
                labels: spans,
                others: Vec::new(),
            }
        };
        let excerpt = main.as_ref().map(|source| Excerpt::of(source, &of_file(source)));
        let (source, labels) = excerpt.map_or((None, Vec::new()), |(excerpt, spans)| (Some(excerpt), spans));
        Self {
            code: Some(diagnostic.code.to_string()),
            message: shortened(&clean(&diagnostic.message)),
            severity,
            help: diagnostic.help.as_deref().map(|help| shortened(&clean(help))),
            source,
            labels,
            others: others.iter().map(more).collect(),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.others.is_empty()).then(|| {
            Box::new(self.others.iter().map(|other| other as &dyn miette::Diagnostic))
                as Box<dyn Iterator<Item = &dyn miette::Diagnostic>>
        })
    }
}

/// Diagnostics as JSON has them.
pub(super) fn entries(diagnostics: &[Diagnostic]) -> impl Serialize {
    diagnostics.iter().map(Entry::of).collect::<Vec<_>>()
}

/// How many there are of each severity, as JSON has them.
pub(super) fn summary(diagnostics: &[Diagnostic]) -> impl Serialize {
    Summary::of(diagnostics)
}

/// The JSON report of `check`.
#[derive(Serialize)]
struct Report {
    diagnostics: Vec<Entry>,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Summary {
    fn of(diagnostics: &[Diagnostic]) -> Self {
        let count =
            |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }
}

#[derive(Serialize)]
struct Entry {
    code: &'static str,
    severity: Severity,
    message: String,
    labels: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    /// The cell of the notebook, as `cell 3`; line, column, start and end count from its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<String>,
    line: usize,
    column: usize,
    start: usize,
    end: usize,
    text: String,
}

impl Entry {
    fn of(diagnostic: &Diagnostic) -> Self {
        let place = |label: &Label| {
            let (line, column) = label.span.line_column();
            let source = label.span.source();
            Place {
                file: source.file().to_owned(),
                cell: source.cell_name().map(ToOwned::to_owned),
                line,
                column,
                start: label.span.start(),
                end: label.span.end(),
                text: label.text.clone(),
            }
        };
        Self {
            code: diagnostic.code.as_str(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            labels: diagnostic.labels.iter().map(place).collect(),
            help: diagnostic.help.clone(),
        }
    }
}
